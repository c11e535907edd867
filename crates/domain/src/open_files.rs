//! Files of the console that others on this computer could read.

use serde::{Deserialize, Serialize};

/// Takes those that were found since this was last asked: each is told once.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct TakeOpenFiles {}

/// A file that others could read when the console opened it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenFile {
    pub path: String,
    /// Whether only its owner can read it since.
    pub is_closed: bool,
}

impl OpenFile {
    pub fn words(&self) -> String {
        let Self { path, is_closed } = self;
        match is_closed {
            true => format!("Others on this computer could read {path}. From now on only you can."),
            false => format!(
                "Others on this computer can read {path}, and that could not be changed. Check who owns it, or move it \
                 to a file system that keeps permissions."
            ),
        }
    }
}
