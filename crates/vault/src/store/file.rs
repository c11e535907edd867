//! The file of a vault: made whole or not at all, opened only if it is sound, readable by its owner only.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use latchkey_system::files;
pub use latchkey_system::files::folder_of;
use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};
use uuid::Uuid;

use super::header::Header;
use super::open_error::OpenError;
use super::versions::Sealer;
use super::{read_only, schema};

const FILE: &str = "vault.db";
const NEW: &str = ".new";
const SQLITE: &[u8] = b"SQLite format 3\0";

/// The file of the vault that has a folder to itself.
pub fn vault_file(folder: &Path) -> PathBuf {
    folder.join(FILE)
}

/// The one path of a file, whatever links lead to it: the lock and the log that lie beside it are the same for all. The
/// file need not exist. One with a second name is refused: under each name it would get a lock and a log of its own.
pub fn resolve(file: &Path) -> Result<PathBuf, OpenError> {
    match fs::symlink_metadata(file) {
        Ok(_) => {}
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let folder = fs::canonicalize(folder_of(file)).map_err(OpenError::io(file))?;
            return Ok(folder.join(file.file_name().unwrap_or_default()));
        }
        Err(source) => return Err(OpenError::Io { path: file.to_owned(), source }),
    }
    let resolved = fs::canonicalize(file).map_err(missing_or_io(file))?;
    refuse_pipe(&resolved)?;
    match names_of(&resolved).map_err(OpenError::io(file))? {
        1 => Ok(resolved),
        names => Err(OpenError::ManyNames { file: file.to_owned(), names }),
    }
}

fn missing_or_io(file: &Path) -> impl Fn(io::Error) -> OpenError {
    move |error| match error.kind() {
        io::ErrorKind::NotFound => OpenError::Missing { file: file.to_owned() },
        _ => OpenError::Io { path: file.to_owned(), source: error },
    }
}

/// A named pipe would be waited for: somebody has to open its other end.
fn refuse_pipe(file: &Path) -> Result<(), OpenError> {
    let found = fs::metadata(file).map_err(missing_or_io(file))?;
    if found.is_file() || found.is_dir() {
        Ok(())
    } else {
        Err(OpenError::NotAVault { file: file.to_owned() })
    }
}

/// How many names (hard links) a file has.
#[cfg(unix)]
fn names_of(file: &Path) -> io::Result<u64> {
    let metadata = fs::metadata(file)?;
    // The links of a folder are those that lie in it.
    Ok(if metadata.is_dir() { 1 } else { std::os::unix::fs::MetadataExt::nlink(&metadata) })
}

#[cfg(not(unix))]
fn names_of(_: &Path) -> io::Result<u64> {
    Ok(1)
}

/// Makes the folder and those above it, for its owner only. One that exists stays as it is.
pub fn make_folder(folder: &Path) -> Result<(), OpenError> {
    files::make_folder(folder).map_err(OpenError::io(folder))
}

/// Makes a new vault beside its final place and moves it there when it is complete, so that a crash leaves either no
/// vault or a sound one.
pub fn create(file: &Path, header: &mut Header, sealer: &Sealer, now: i64) -> Result<Connection, OpenError> {
    let new = with_suffix(file, NEW);
    for leftover in [new.clone(), with_suffix(&new, "-journal")] {
        match fs::remove_file(&leftover) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                return Err(OpenError::Io { path: leftover, source: error });
            }
            _ => {}
        }
    }
    files::create(&new).map_err(OpenError::io(&new))?;
    let access = flags(OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NOFOLLOW);
    let mut rows = Connection::open_with_flags(&new, access).map_err(OpenError::sqlite(&new))?;
    schema::create(&mut rows, header, sealer, now).map_err(OpenError::sqlite(&new))?;
    rows.close().map_err(|(_, error)| OpenError::sqlite(&new)(error))?;
    File::open(&new).and_then(|made| made.sync_all()).map_err(OpenError::io(&new))?;
    files::rename_new(&new, file).map_err(OpenError::io(file))?;
    let (mut rows, _) = open(file)?;
    bring_up_to_date(&mut rows, file, header, sealer, now)?;
    Ok(rows)
}

/// Refuses what is no vault by its first bytes, before anything is laid beside it.
pub fn check_kind(file: &Path) -> Result<(), OpenError> {
    let mut start = Vec::new();
    refuse_pipe(file)?;
    let opened = File::open(file).map_err(missing_or_io(file))?;
    opened.take(SQLITE.len() as u64).read_to_end(&mut start).map_err(OpenError::io(file))?;
    if start == SQLITE { Ok(()) } else { Err(OpenError::NotAVault { file: file.to_owned() }) }
}

/// The file that would take one of this name for its own: what lies beside a vault has its name and an ending.
pub fn owner_of(file: &Path) -> Option<PathBuf> {
    let name = file.file_name()?.to_str()?;
    let endings = ["-wal", "-shm", "-journal", NEW, super::lock::LOCK, super::lock::NOTE];
    let owners = endings.iter().filter_map(|ending| name.strip_suffix(ending));
    owners.map(|owner| file.with_file_name(owner)).find(|owner| owner.is_file())
}

/// What is left of a write to a file of this name, and would count for the next one that has it.
pub fn leftover_beside(file: &Path) -> Option<PathBuf> {
    ["-wal", "-journal"].iter().map(|ending| with_suffix(file, ending)).find(|beside| has_content(beside))
}

/// Takes the rights of others from an existing vault, and refuses links in the place of what lies beside it. SQLite gives
/// that the same rights.
pub fn narrow(file: &Path) -> Result<(), OpenError> {
    let beside = ["-wal", "-shm", "-journal"].map(|side| with_suffix(file, side));
    for ours in [file.to_owned()].into_iter().chain(beside) {
        files::narrow(&ours).map_err(OpenError::io(&ours))?;
    }
    Ok(())
}

/// Opens an existing vault after checking every page and index of it. Nothing is changed: what is refused later stays as it
/// is.
pub fn open(file: &Path) -> Result<(Connection, Header), OpenError> {
    let access = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NOFOLLOW;
    let rows = open_sound(file, file, access, Depth::Indexes)?;
    let header = schema::check(&rows, file)?;
    Ok((rows, header))
}

/// Brings an open vault to the form of this code.
pub fn bring_up_to_date(
    rows: &mut Connection,
    file: &Path,
    header: &mut Header,
    sealer: &Sealer,
    now: i64,
) -> Result<(), OpenError> {
    schema::configure(rows).map_err(OpenError::sqlite(file))?;
    schema::migrate(rows, header, sealer, now).map_err(OpenError::sqlite(file))
}

/// The header of a vault, without opening it for good.
pub fn peek(file: &Path) -> Result<Header, OpenError> {
    if !read_only::is_writable(file).map_err(OpenError::io(file))? {
        return Ok(read_only::look(file, Depth::Pages)?.1);
    }
    let rows = open_sound(file, file, OpenFlags::SQLITE_OPEN_READ_ONLY, Depth::Pages)?;
    schema::check(&rows, file)
}

/// A store in memory, and the name by which further connections of this process reach it. Gone with the last of them.
pub fn memory(header: &Header, sealer: &Sealer, now: i64) -> rusqlite::Result<(Connection, PathBuf)> {
    let (mut rows, name) = empty_memory()?;
    schema::create(&mut rows, header, sealer, now)?;
    schema::configure(&rows)?;
    Ok((rows, name))
}

/// An empty database in memory, and its name.
pub fn empty_memory() -> rusqlite::Result<(Connection, PathBuf)> {
    let name = PathBuf::from(format!("file:/{}?vfs=memdb", Uuid::new_v4()));
    let made = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE;
    Ok((Connection::open_with_flags(&name, flags(made))?, name))
}

/// A connection is used by one thread at a time; a name that begins with `file:` is a URI.
pub fn flags(access: OpenFlags) -> OpenFlags {
    access | OpenFlags::SQLITE_OPEN_NO_MUTEX | OpenFlags::SQLITE_OPEN_URI
}

/// How much of a store is checked.
#[derive(Debug, Clone, Copy)]
pub enum Depth {
    /// Every page by itself.
    Pages,
    /// Also whether each index says what its table says: answers are found through them. Takes four to five times as
    /// long.
    Indexes,
}

/// Opens a sound store: `source` is the path of the file, or its URI. Until a connection says otherwise, closing it leaves
/// what is in the log there.
pub fn open_sound(
    file: &Path,
    source: &Path,
    access: OpenFlags,
    depth: Depth,
) -> Result<Connection, OpenError> {
    if is_cut_off(file).map_err(OpenError::io(file))? {
        let reason = "its end is missing".to_owned();
        return Err(OpenError::Damaged { file: file.to_owned(), reason });
    }
    let rows = Connection::open_with_flags(source, flags(access)).map_err(OpenError::sqlite(file))?;
    keep_log(&rows, has_log(file)).map_err(OpenError::sqlite(file))?;
    trust_no_program(&rows).map_err(OpenError::sqlite(file))?;
    let check = match depth {
        Depth::Pages => "PRAGMA quick_check(1)",
        Depth::Indexes => "PRAGMA integrity_check(1)",
    };
    let verdict: String = rows.query_row(check, [], |row| row.get(0)).map_err(OpenError::sqlite(file))?;
    if verdict != "ok" {
        return Err(OpenError::Damaged { file: file.to_owned(), reason: verdict });
    }
    Ok(rows)
}

/// Opens a store to read it beside the program that writes it.
pub fn open_unchecked(file: &Path) -> Result<Connection, OpenError> {
    let opened = Connection::open_with_flags(file, flags(OpenFlags::SQLITE_OPEN_READ_ONLY));
    let rows = opened.map_err(OpenError::sqlite(file))?;
    keep_log(&rows, true).map_err(OpenError::sqlite(file))?;
    trust_no_program(&rows).map_err(OpenError::sqlite(file))?;
    Ok(rows)
}

/// Runs nothing that somebody has written into the file: a vault has neither triggers nor views of its own.
pub fn trust_no_program(rows: &Connection) -> rusqlite::Result<()> {
    rows.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_TRIGGER, false)?;
    rows.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_VIEW, false)?;
    rows.set_db_config(DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false).map(drop)
}

/// Whether closing this connection, if it is the last one, leaves the log as it is, in place of emptying it into the file.
pub fn keep_log(rows: &Connection, keeps: bool) -> rusqlite::Result<()> {
    rows.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, keeps).map(drop)
}

/// Whether the file is shorter than it says. SQLite takes an empty file for a new database and may overlook a missing
/// end. After a crash the end can still be in the write-ahead log; then SQLite's own check has to do.
fn is_cut_off(file: &Path) -> io::Result<bool> {
    const HEADER_BYTES: usize = 100;
    let size = fs::metadata(file)?.len();
    let mut header = [0; HEADER_BYTES];
    if size < HEADER_BYTES as u64 {
        return Ok(true);
    }
    File::open(file)?.read_exact(&mut header)?;
    let page_bytes = match u16::from_be_bytes([header[16], header[17]]) {
        1 => 65_536,
        bytes => u64::from(bytes),
    };
    let pages = u64::from(u32::from_be_bytes([header[28], header[29], header[30], header[31]]));
    Ok(!has_log(file) && header.starts_with(SQLITE) && size < page_bytes * pages)
}

/// Whether a crash, or an earlier version, left something in the write-ahead log.
fn has_log(file: &Path) -> bool {
    has_content(&with_suffix(file, "-wal"))
}

/// Whether there is such a file, and something in it.
pub fn has_content(file: &Path) -> bool {
    fs::metadata(file).is_ok_and(|found| found.len() > 0)
}

/// The name of what lies beside a vault.
pub fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}
