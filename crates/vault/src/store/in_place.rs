//! Whether the file of an open vault still lies where it was opened.
//!
//! The connections of an open vault keep their file, whatever lies at its path by now, and further ones open what lies
//! there. So what is read and written goes on being one file only while the path leads to it.

use std::fs::{self, Metadata};
use std::io;
use std::path::{Path, PathBuf};

/// A file, and the path that has to lead to it.
#[derive(Debug)]
pub struct FilePlace {
    path: PathBuf,
    identity: Identity,
}

/// What a file has for itself while it is open: its device and its number there.
#[cfg(unix)]
type Identity = (u64, u64);

/// When it was made. An open file can neither be moved nor deleted on Windows.
#[cfg(not(unix))]
type Identity = std::time::SystemTime;

impl FilePlace {
    /// The file that lies there now.
    pub fn at(path: &Path) -> io::Result<Self> {
        Self::of(path, &fs::metadata(path)?)
    }

    /// The file that this is known of.
    pub fn of(path: &Path, known: &Metadata) -> io::Result<Self> {
        Ok(Self { path: path.to_owned(), identity: identity(known)? })
    }

    /// Whether the path still leads to it. What cannot be looked at is not known to.
    pub fn is_kept(&self) -> bool {
        fs::metadata(&self.path).and_then(|found| identity(&found)).is_ok_and(|found| found == self.identity)
    }
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
