//! A vault where nothing can be written: on a read-only medium, or in a file or folder of somebody else.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use rusqlite::{Connection, OpenFlags};

use super::file::{Depth, empty_memory, folder_of, has_content, open_sound, with_suffix};
use super::header::Header;
use super::open_error::OpenError;
use super::schema;

/// Whether the file can be written, and others laid beside it, as every write needs.
#[cfg(unix)]
pub fn is_writable(file: &Path) -> io::Result<bool> {
    use rustix::fs::{Access, access};
    use rustix::io::Errno;
    for path in [file, folder_of(file)] {
        match access(path, Access::WRITE_OK) {
            Ok(()) => {}
            Err(Errno::ACCESS | Errno::PERM | Errno::ROFS) => return Ok(false),
            Err(error) => return Err(error.into()),
        }
    }
    Ok(true)
}

#[cfg(not(unix))]
pub fn is_writable(file: &Path) -> io::Result<bool> {
    Ok(!std::fs::metadata(file)?.permissions().readonly())
}

/// The store of an existing vault with its header, and what further connections open.
pub fn open(file: &Path) -> Result<(Connection, Header, PathBuf), OpenError> {
    look(file, Depth::Indexes)
}

/// [`open`], as thoroughly as that.
pub fn look(file: &Path, depth: Depth) -> Result<(Connection, Header, PathBuf), OpenError> {
    let source = source(file).map_err(OpenError::io(file))?;
    let rows = open_sound(file, &source, OpenFlags::SQLITE_OPEN_READ_ONLY, depth).map_err(|error| {
        match (error, sides(file).find(|side| has_content(side))) {
            // SQLite has several words for a log that it cannot go on with here.
            (OpenError::Io { .. } | OpenError::Damaged { .. }, Some(side)) => {
                OpenError::Unfinished { file: file.to_owned(), side }
            }
            (error, _) => error,
        }
    })?;
    let header = schema::check(&rows, file)?;
    Ok((rows, header, source))
}

/// A copy in memory, which can be changed, and what further connections to it open.
pub fn copy(rows: &Connection) -> rusqlite::Result<(Connection, PathBuf)> {
    let (copy, name) = empty_memory()?;
    rows.execute("VACUUM INTO ?1", [name.to_string_lossy()])?;
    Ok((copy, name))
}

/// What to open of a file that takes no writes. In the mode with a log SQLite would lay files beside it; where no log is
/// left the file is whole, and it is told to look at nothing else.
fn source(file: &Path) -> io::Result<PathBuf> {
    const MODE: usize = 18;
    let mut start = Vec::new();
    File::open(file)?.take(MODE as u64 + 1).read_to_end(&mut start)?;
    let has_log_mode = start.get(MODE) == Some(&2);
    let is_whole = !sides(file).any(|side| has_content(&side));
    Ok(if has_log_mode && is_whole { uri(file, "immutable=1") } else { file.to_owned() })
}

/// What SQLite leaves beside a file while a write is under way.
fn sides(file: &Path) -> impl Iterator<Item = PathBuf> {
    ["-wal", "-journal"].into_iter().map(|suffix| with_suffix(file, suffix))
}

/// The URI by which SQLite opens a file.
fn uri(file: &Path, query: &str) -> PathBuf {
    let mut uri = "file:".to_owned();
    for &byte in file.as_os_str().as_encoded_bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'-' | b'_' | b'.' => uri.push(char::from(byte)),
            _ => uri.push_str(&format!("%{byte:02X}")),
        }
    }
    uri.push('?');
    uri.push_str(query);
    uri.into()
}
