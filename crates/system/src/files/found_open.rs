//! The files that this process found open to others, until somebody tells the person.

#[cfg(unix)]
use std::path::Path;
use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// A file that others could read when it was opened here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundOpen {
    pub path: PathBuf,
    /// Whether it is its owner's alone since. Not if it belongs to somebody else, or its file system keeps no rights.
    pub is_closed: bool,
}

/// Each with whether it was taken.
static FOUND: Mutex<Vec<(FoundOpen, bool)>> = Mutex::new(Vec::new());

/// Those that were found since this was last called.
pub fn take() -> Vec<FoundOpen> {
    let mut found = lock();
    let new = found.iter().filter(|(_, is_taken)| !is_taken).map(|(file, _)| file.clone()).collect();
    found.iter_mut().for_each(|(_, is_taken)| *is_taken = true);
    new
}

/// Notes one. False if it was noted before, and could not be closed then either.
#[cfg(unix)]
pub(super) fn note(path: &Path, is_closed: bool) -> bool {
    let file = FoundOpen { path: path.to_owned(), is_closed };
    let mut found = lock();
    if !is_closed && found.iter().any(|(known, _)| *known == file) {
        return false;
    }
    found.retain(|(known, _)| known.path != file.path);
    found.push((file, false));
    true
}

fn lock() -> MutexGuard<'static, Vec<(FoundOpen, bool)>> {
    FOUND.lock().unwrap_or_else(PoisonError::into_inner)
}
