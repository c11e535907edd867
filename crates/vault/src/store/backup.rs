//! A copy of a store in a file of its own, made beside its final place and moved there once it is known to be sound.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use latchkey_system::files;
use rusqlite::backup::{Backup, StepResult};
use rusqlite::{Connection, OpenFlags};
use uuid::Uuid;

use super::file::{Depth, flags, open_sound, with_suffix};
use super::header::Header;
use super::open_error::OpenError;
use super::page::{Order, SortBy};
use super::schema;
use super::secrets::{Rows, Secret};
use super::versions::Sealer;
use crate::fault::Fault;

/// Pages that are copied before it is asked whether to go on: a megabyte.
const STEP: i32 = 256;
/// Secrets whose values are opened before it is asked.
const SLICE: u32 = 64;

/// A file that does not have its final name yet. Removed when dropped.
pub struct NewFile {
    path: PathBuf,
}

impl NewFile {
    /// Empty, for its owner only.
    pub fn beside(file: &Path) -> io::Result<Self> {
        if fs::symlink_metadata(file).is_ok() {
            return Err(io::ErrorKind::AlreadyExists.into());
        }
        let path = with_suffix(file, &format!(".{}.part", Uuid::new_v4().simple()));
        files::create(&path)?;
        Ok(Self { path })
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Gives it its name. An error if a file has that name by now.
    pub fn keep(self, file: &Path) -> io::Result<()> {
        files::rename_new(&self.path, file)
    }
}

impl Drop for NewFile {
    fn drop(&mut self) {
        // It has its final name, or nobody needs it.
        let _ = fs::remove_file(&self.path);
    }
}

/// Copies a store as it is at this moment into an empty file. Returns whether it got to the end: between two steps it asks
/// whether to go on.
pub fn copy(from: &Connection, to: &Path, goes_on: impl Fn() -> bool) -> rusqlite::Result<bool> {
    let mut rows = Connection::open_with_flags(to, flags(OpenFlags::SQLITE_OPEN_READ_WRITE))?;
    // A copy that is cut off is thrown away.
    rows.pragma_update(None, "journal_mode", "off")?;
    rows.pragma_update(None, "synchronous", "off")?;
    // Where another program writes meanwhile, the copy would begin anew after each of its writes.
    let moment = from.unchecked_transaction()?;
    moment.query_row("SELECT id FROM header", [], |_| Ok(()))?;
    let copying = Backup::new(from, &mut rows)?;
    while copying.step(STEP)? != StepResult::Done {
        if !goes_on() {
            return Ok(false);
        }
    }
    drop(copying);
    // Of itself it is in the mode of the original, and would not open on a read-only medium.
    rows.pragma_update(None, "journal_mode", "delete")?;
    rows.close().map_err(|(_, error)| error)?;
    Ok(true)
}

/// Writes a file through to the disk.
pub fn sync(file: &Path) -> io::Result<()> {
    File::options().write(true).open(file)?.sync_all()
}

/// A copy whose every page and index is sound, and its header.
pub fn open(file: &Path) -> Result<(Connection, Header), OpenError> {
    let rows = open_sound(file, file, OpenFlags::SQLITE_OPEN_READ_ONLY, Depth::Indexes)?;
    let header = schema::check(&rows, file)?;
    Ok((rows, header))
}

/// The accounts and Regions that a store holds secrets of.
pub fn scopes(rows: &Connection) -> rusqlite::Result<Vec<(String, String)>> {
    let mut query = rows.prepare("SELECT DISTINCT account, region FROM secret")?;
    query.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?.collect()
}

/// What a search for values that do not open has seen.
#[derive(Debug, Default)]
pub struct Opened {
    pub secrets: u64,
    pub values: u64,
    /// The rows of the versions whose values do not open.
    pub unopenable: Vec<i64>,
}

impl Opened {
    /// Opens the values of the next secrets behind one. Returns the last of them, if others follow.
    pub fn look(
        &mut self,
        rows: &Rows<'_>,
        sealer: &Sealer,
        after: Option<&super::page::Mark>,
    ) -> Result<Option<super::page::Mark>, Fault> {
        let order = Order { by: SortBy::Created, is_descending: false };
        rows.each_secret(order, after, SLICE, |secret| {
            self.look_at(rows, sealer, &secret)?;
            Ok(true)
        })
    }

    fn look_at(&mut self, rows: &Rows<'_>, sealer: &Sealer, secret: &Secret) -> Result<(), Fault> {
        self.secrets += 1;
        for version in rows.versions(secret, None, true, usize::MAX)? {
            self.values += 1;
            if rows.value(sealer, secret, &version.version_id).is_err() {
                self.unopenable.push(version.row_id);
            }
        }
        Ok(())
    }
}

/// The sealed bytes of a version, if there is one in this row.
pub fn sealed(rows: &Connection, version: i64) -> rusqlite::Result<Option<(Vec<u8>, Vec<u8>)>> {
    use rusqlite::OptionalExtension;
    let sql = "SELECT wrapped_key, sealed FROM version WHERE id = ?1";
    rows.query_row(sql, [version], |row| Ok((row.get(0)?, row.get(1)?))).optional()
}
