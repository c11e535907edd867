//! One process per vault: an exclusive lock beside its file that tells others who holds it.
//!
//! The lock is of the operating system and ends with its process; the note beside it only names the holder.

use std::fmt;
use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};

use chrono::{DateTime, SecondsFormat, Utc};
use serde::{Deserialize, Serialize};

use super::file::{private_file, with_suffix, write_private};
use super::open_error::OpenError;

/// What the names of the lock and of the note have behind that of the vault.
const LOCK: &str = ".lock";
const NOTE: &str = ".holder.json";

/// Who has a vault open.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holder {
    pub program: String,
    pub pid: u32,
    pub since_at: DateTime<Utc>,
}

impl fmt::Display for Holder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { program, pid, since_at } = self;
        let since = since_at.to_rfc3339_opts(SecondsFormat::Secs, true);
        write!(f, "{program} (process {pid}, since {since})")
    }
}

/// Held as long as it lives.
#[derive(Debug)]
pub struct Lock {
    _file: File,
    note: PathBuf,
}

impl Lock {
    pub fn take(vault: &Path, program: &str, now: DateTime<Utc>) -> Result<Self, OpenError> {
        let path = with_suffix(vault, LOCK);
        let note = with_suffix(vault, NOTE);
        let file = private_file(&path).map_err(OpenError::io(&path))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(OpenError::Locked { file: vault.to_owned(), holder: read_holder(&note) });
            }
            Err(TryLockError::Error(source)) => return Err(OpenError::Io { path, source }),
        }
        let holder = Holder { program: program.to_owned(), pid: std::process::id(), since_at: now };
        let json = serde_json::to_vec(&holder).map_err(std::io::Error::other);
        json.and_then(|json| write_private(&note, &json)).map_err(OpenError::io(&note))?;
        Ok(Self { _file: file, note })
    }
}

impl Drop for Lock {
    /// A leftover note is harmless: without the lock it is not read.
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.note);
    }
}

/// The holder may not have written its note yet.
fn read_holder(note: &Path) -> Holder {
    let read = std::fs::read(note).ok().and_then(|json| serde_json::from_slice(&json).ok());
    read.unwrap_or(Holder { program: "another process".to_owned(), pid: 0, since_at: DateTime::UNIX_EPOCH })
}
