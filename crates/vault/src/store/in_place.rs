//! Whether the file of an open vault still lies where it was opened, and holds what the vault has written.
//!
//! The connections of an open vault keep their file, whatever lies at its path by now, and further ones open what lies
//! there. So what is read and written goes on being one file only while the path leads to it. A copy *into* the file, as
//! by `cp` of a backup, keeps the file and replaces what is in it: the connections would answer from what they remember and
//! write into what they don't know. While nothing is written the file has one size and one time of its last change, since
//! SQLite commits to the log beside it.

use std::fs::{self, Metadata};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

/// A file, and the path that has to lead to it.
#[derive(Debug)]
pub struct FilePlace {
    path: PathBuf,
    identity: Identity,
    /// `None` where another may write the file too, or where its time of change is not of the moment.
    content: Option<Mutex<Content>>,
}

/// What a file has for itself while it is open: its device and its number there.
#[cfg(unix)]
type Identity = (u64, u64);

/// When it was made. An open file can neither be moved nor deleted on Windows.
#[cfg(not(unix))]
type Identity = SystemTime;

/// What is known of the content of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Content {
    /// The vault is writing it, or has not looked at it yet.
    Changing,
    /// When it was changed last, and its size.
    Written(SystemTime, u64),
}

/// A change of the file by the vault itself. What is there when it is dropped is what the vault has written.
pub struct Change<'a>(&'a FilePlace);

impl FilePlace {
    /// The file that lies there now, which others may write.
    pub fn at(path: &Path) -> io::Result<Self> {
        Ok(Self { content: None, ..Self::of(path, &fs::metadata(path)?)? })
    }

    /// The file that this is known of, which nobody else may write.
    pub fn of(path: &Path, known: &Metadata) -> io::Result<Self> {
        // Windows may tell the time of a change only once the file is closed.
        let content = cfg!(unix).then(|| Mutex::new(Content::Changing));
        Ok(Self { path: path.to_owned(), identity: identity(known)?, content })
    }

    /// Whether the path still leads to it, and it holds what was written. What cannot be looked at is not known to.
    pub fn is_kept(&self) -> bool {
        let before = self.content();
        let Ok(found) = fs::metadata(&self.path) else { return false };
        let is_there = identity(&found).is_ok_and(|found| found == self.identity);
        let is_as_written = || match before {
            // A write of the vault may have begun or ended since.
            Some(Content::Written(..)) => Content::of(&found) == before || self.content() != before,
            Some(Content::Changing) | None => true,
        };
        is_there && is_as_written()
    }

    /// To be held from before the vault writes the file until it has.
    pub fn change(&self) -> Change<'_> {
        self.set_content(Content::Changing);
        Change(self)
    }

    /// Takes what the file holds now for what was written.
    pub fn note(&self) {
        let found = fs::metadata(&self.path).ok().as_ref().and_then(Content::of);
        self.set_content(found.unwrap_or(Content::Changing));
    }

    fn content(&self) -> Option<Content> {
        self.content.as_ref().map(|content| *lock(content))
    }

    fn set_content(&self, now: Content) {
        if let Some(content) = &self.content {
            *lock(content) = now;
        }
    }
}

impl Drop for Change<'_> {
    fn drop(&mut self) {
        self.0.note();
    }
}

impl Content {
    fn of(known: &Metadata) -> Option<Self> {
        known.modified().ok().map(|changed_at| Self::Written(changed_at, known.len()))
    }
}

fn lock(content: &Mutex<Content>) -> MutexGuard<'_, Content> {
    content.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(unix)]
fn identity(known: &Metadata) -> io::Result<Identity> {
    use std::os::unix::fs::MetadataExt;
    Ok((known.dev(), known.ino()))
}

#[cfg(not(unix))]
fn identity(known: &Metadata) -> io::Result<Identity> {
    known.created()
}
