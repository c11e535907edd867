//! One process per vault: an exclusive lock beside its file that tells others who holds it, and one on the file itself,
//! which holds by whatever path the file is reached.
//!
//! The locks are of the operating system and end with their process; the note beside them only names the holder.

use std::fmt;
use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};

use chrono::{DateTime, SecondsFormat, Utc};
use latchkey_system::files;
use serde::{Deserialize, Serialize};

use super::file::with_suffix;
use super::in_place::FilePlace;
use super::open_error::OpenError;

/// What the names of the lock and of the note have behind that of the vault.
pub(super) const LOCK: &str = ".lock";
pub(super) const NOTE: &str = ".holder.json";

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
    /// `None` where nothing can be laid beside the vault.
    _beside: Option<File>,
    /// The lock on the vault's own file, where there can be one.
    of_file: Option<File>,
    /// `None` if there is none of this holder.
    note: Option<PathBuf>,
}

impl Lock {
    pub fn take(vault: &Path, program: &str, now: DateTime<Utc>) -> Result<Self, OpenError> {
        let path = with_suffix(vault, LOCK);
        let note = with_suffix(vault, NOTE);
        let beside = files::open_or_create(&path).map_err(OpenError::io(&path))?;
        let held = || OpenError::Locked { file: vault.to_owned(), holder: read_holder(&note) };
        try_lock(&beside, &path, held)?;
        let of_file = lock_file(vault, held)?;
        let holder = Holder { program: program.to_owned(), pid: std::process::id(), since_at: now };
        let json = serde_json::to_vec(&holder).map_err(std::io::Error::other);
        // On a disk that is full there is none.
        if let Err(error) = json.and_then(|json| files::save(&note, &json)) {
            tracing::warn!(%error, "others are not told who holds the vault");
        }
        Ok(Self { _beside: Some(beside), of_file, note: Some(note) })
    }

    /// For a vault that takes no writes: whoever may write it elsewhere is kept out, and where it lies nothing changes.
    pub fn take_read_only(vault: &Path) -> Result<Self, OpenError> {
        let path = with_suffix(vault, LOCK);
        let held =
            || OpenError::Locked { file: vault.to_owned(), holder: read_holder(&with_suffix(vault, NOTE)) };
        // There may be none, or one that only its owner may open.
        let is_file = std::fs::metadata(&path).is_ok_and(|found| found.is_file());
        let beside = is_file.then(|| File::open(&path).ok()).flatten();
        if let Some(beside) = &beside {
            try_lock(beside, &path, held)?;
        }
        Ok(Self { _beside: beside, of_file: lock_file(vault, held)?, note: None })
    }

    /// The vault's file: the locked one, or where it is not locked itself, the one that lies there.
    pub fn place(&self, vault: &Path) -> Result<FilePlace, OpenError> {
        let place = match &self.of_file {
            Some(locked) => locked.metadata().and_then(|locked| FilePlace::of(vault, &locked)),
            None => FilePlace::at(vault),
        };
        place.map_err(OpenError::io(vault))
    }

    /// Locks a vault's file that was made under this lock.
    pub fn hold_new(&mut self, vault: &Path) -> Result<(), OpenError> {
        let note = with_suffix(vault, NOTE);
        let held = || OpenError::Locked { file: vault.to_owned(), holder: read_holder(&note) };
        self.of_file = lock_file(vault, held)?;
        Ok(())
    }
}

impl Drop for Lock {
    /// A leftover note is harmless: without the lock it is not read.
    fn drop(&mut self) {
        if let Some(note) = &self.note {
            let _ = std::fs::remove_file(note);
        }
    }
}

fn try_lock(file: &File, path: &Path, held: impl FnOnce() -> OpenError) -> Result<(), OpenError> {
    match file.try_lock() {
        Ok(()) => Ok(()),
        Err(TryLockError::WouldBlock) => Err(held()),
        Err(TryLockError::Error(source)) => Err(OpenError::Io { path: path.to_owned(), source }),
    }
}

/// Locks the file itself, if it exists and its file system keeps this lock apart from SQLite's: elsewhere SQLite could no
/// longer open it.
#[cfg(target_os = "linux")]
fn lock_file(vault: &Path, held: impl FnOnce() -> OpenError) -> Result<Option<File>, OpenError> {
    const CIFS: u32 = 0xFF53_4D42;
    const SMB2: u32 = 0xFE53_4D42;
    const NFS: u32 = 0x6969;
    let file = match File::open(vault) {
        Ok(file) => file,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(source) => return Err(OpenError::Io { path: vault.to_owned(), source }),
    };
    let system = rustix::fs::fstatfs(&file).map_err(|error| OpenError::io(vault)(error.into()))?;
    // Its type has another size on each processor, and the upper half of a larger one is empty.
    if [CIFS, SMB2, NFS].contains(&(system.f_type as u32)) {
        return Ok(None);
    }
    try_lock(&file, vault, held)?;
    Ok(Some(file))
}

#[cfg(not(target_os = "linux"))]
fn lock_file(_: &Path, _: impl FnOnce() -> OpenError) -> Result<Option<File>, OpenError> {
    Ok(None)
}

/// The holder may not have written its note yet.
fn read_holder(note: &Path) -> Holder {
    let read = std::fs::read(note).ok().and_then(|json| serde_json::from_slice(&json).ok());
    read.unwrap_or(Holder { program: "another process".to_owned(), pid: 0, since_at: DateTime::UNIX_EPOCH })
}
