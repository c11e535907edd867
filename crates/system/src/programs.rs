//! Programs of the user: run beside Latchkey, and ended with everything that they have started.
//!
//! On Linux each is started by a [`guardian`], a process of its own, which ends what has come from the program: when the
//! program ends, when [`Running`] is dropped, and when this process is gone, however it ended. Elsewhere a program has a
//! process group, or on Windows a job, which ends with the program or when [`Running`] is dropped.

#[cfg(not(target_os = "linux"))]
mod grouped;
#[cfg(target_os = "linux")]
mod guarded;
pub mod guardian;

use std::ffi::OsString;

#[cfg(not(target_os = "linux"))]
pub use grouped::Running;
#[cfg(target_os = "linux")]
pub use guarded::Running;

/// The longest value of a variable that is passed on, in bytes. Windows takes no longer one, and Linux starts nothing
/// whose variables are too long together.
pub const MAX_VALUE_BYTES: usize = 32_767;

/// What to run and what it is given. It inherits the working folder, and no descriptor but the three that are set here.
#[derive(Clone)]
#[cfg_attr(target_os = "linux", derive(serde::Serialize, serde::Deserialize))]
pub struct Job {
    pub command: Command,
    /// All variables that it sees.
    pub variables: Vec<(OsString, OsString)>,
    /// What it reads on its standard input.
    pub input: Vec<u8>,
    pub read: Stream,
}

/// A program, or the line of a shell.
#[derive(Clone)]
#[cfg_attr(target_os = "linux", derive(serde::Serialize, serde::Deserialize))]
pub enum Command {
    /// The first is a path, or a name that is looked for in the `PATH` of its own variables.
    Words(Vec<OsString>),
    /// For `sh`, on Windows for `cmd.exe`.
    Line(String),
}

/// The stream of a program that is read. The other one leads nowhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(target_os = "linux", derive(serde::Serialize, serde::Deserialize))]
pub enum Stream {
    Output,
    Errors,
}

/// How a program ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    Status(i32),
    /// A signal ended it.
    Signal,
}

/// These variables, but for those that are too long, which the log names.
pub fn passed_on(variables: impl Iterator<Item = (OsString, OsString)>) -> Vec<(OsString, OsString)> {
    let is_short = |(name, value): &(OsString, OsString)| {
        let bytes = value.len();
        if bytes > MAX_VALUE_BYTES {
            let name = name.display();
            tracing::warn!(%name, bytes, "a variable is too long to be passed on to a program");
        }
        bytes <= MAX_VALUE_BYTES
    };
    variables.filter(is_short).collect()
}
