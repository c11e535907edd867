//! A program of the user as a rotation function.

/// The program and its arguments.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Program {
    path: String,
    arguments: Vec<String>,
}

impl Program {
    /// Splits a command like a shell does, without expanding anything; `None` if it cannot be split or is empty.
    pub fn parse(command: &str) -> Option<Self> {
        let mut words = shlex::split(command)?.into_iter();
        Some(Self { path: words.next()?, arguments: words.collect() })
    }
}
