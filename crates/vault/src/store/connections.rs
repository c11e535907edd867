//! The connections to one store: one that writes, and a few beside it that only read.
//!
//! The file is whole by itself after every write that is acknowledged. SQLite commits into a log beside the file, so
//! that reads go on meanwhile; the log is then emptied into the file, and only then is the write acknowledged. Emptying
//! waits for the transactions that were reading at the commit, and for no later one, so every read has to be short.
//! A rollback journal would keep the file whole too, but lets no read begin while a commit waits for the disk, and waits
//! for it four times where this does twice.
//!
//! Where there is no such log, in memory and on a file system without shared memory, reads and writes take turns.

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, RwLock, TryLockError};

use rusqlite::{Connection, OpenFlags};

use super::closing::Closing;
use super::in_place::{Change, FilePlace};
use super::{file, tally};
use crate::fault::Fault;

/// Reads at once. Each takes an instant, and has a cache of pages.
const MAX_READERS: usize = 8;
/// Of them scans, so that a lookup never waits for one.
const MAX_SCANS: usize = 4;

/// Prepared statements that a connection keeps: those of a usual request, with what authenticates its secrets.
const STATEMENTS: usize = 64;

/// What a read is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reader {
    /// What is named.
    Lookup,
    /// What has to be searched for, in slices.
    Scan,
}

/// The connections to a store. Closed when dropped, the one that writes last: it removes the log.
pub struct Connections {
    readers: Readers,
    /// `None` if the store takes no writes.
    writer: Option<Mutex<Connection>>,
    /// Whether the connection that writes waits for another program.
    is_patient: Arc<AtomicBool>,
    /// Where there is no log: held shared by a read, alone by a write.
    turns: Option<RwLock<()>>,
}

struct Readers {
    /// The path of the store, or its URI.
    source: PathBuf,
    /// `None` for a store that lies in no file.
    place: Option<FilePlace>,
    closing: Arc<Closing>,
    pool: Mutex<Pool>,
    /// Notified when a connection comes back.
    back: Condvar,
}

#[derive(Default)]
struct Pool {
    idle: Vec<Connection>,
    lookups: usize,
    scans: usize,
}

impl Connections {
    /// Beside the connection that writes. What is left in its log from a crash, or from an earlier version, goes to the
    /// file.
    pub fn beside(
        mut writer: Connection,
        source: PathBuf,
        place: Option<FilePlace>,
    ) -> rusqlite::Result<Self> {
        let mode: String = writer.pragma_query_value(None, "journal_mode", |row| row.get(0))?;
        let has_log = mode == "wal";
        file::keep_log(&writer, false)?;
        let (closing, is_patient) = (Arc::new(Closing::default()), Arc::new(AtomicBool::new(true)));
        closing.watch(&mut writer, is_patient.clone())?;
        writer.set_prepared_statement_cache_capacity(STATEMENTS);
        tally::watch(&writer)?;
        if has_log && !matches!(empty_log(&writer), Ok(true)) {
            tracing::warn!("the vault's file is brought up to date with the next write");
        }
        place.iter().for_each(FilePlace::note);
        let turns = (!has_log).then(RwLock::default);
        let readers = Readers::new(source, place, closing);
        let connections = Self { readers, writer: Some(Mutex::new(writer)), is_patient, turns };
        // What would keep it from being read is known at once.
        connections.readers.open().map(|first| connections.readers.lock().idle.push(first))?;
        Ok(connections)
    }

    /// Of a store that takes no writes.
    pub fn read_only(first: Connection, source: PathBuf, place: FilePlace) -> Self {
        place.note();
        let readers = Readers::new(source, Some(place), Arc::default());
        readers.lock().idle.push(first);
        Self { readers, writer: None, is_patient: Arc::default(), turns: None }
    }

    pub fn is_read_only(&self) -> bool {
        self.writer.is_none()
    }

    /// What ends the waiting of those who read and write.
    pub fn closing(&self) -> &Arc<Closing> {
        &self.readers.closing
    }

    /// An error once the file was deleted, moved away, replaced or written to by another program: what is open would
    /// answer with what it held, and what is opened with what lies there now. To be asked before each request.
    pub fn check_in_place(&self) -> Result<(), Fault> {
        let is_kept = self.readers.place.as_ref().is_none_or(FilePlace::is_kept);
        if is_kept { Ok(()) } else { Err(Fault::vault_file_gone()) }
    }

    fn change(&self) -> Option<Change<'_>> {
        self.readers.place.as_ref().map(FilePlace::change)
    }

    /// Reads on a connection of its own, whatever else is read or written.
    pub fn read<T>(
        &self,
        reader: Reader,
        work: impl FnOnce(&mut Connection) -> Result<T, Fault>,
    ) -> Result<T, Fault> {
        let mut place = self.readers.enter(reader);
        self.closing().check()?;
        let mut connection = match place.connection.take() {
            Some(connection) => connection,
            None => {
                let opened = self.readers.open();
                self.check_in_place()?;
                opened?
            }
        };
        let turn = self.turns.as_ref().map(|turns| turns.read().unwrap_or_else(PoisonError::into_inner));
        let answer = self.closing().check().and_then(|()| work(&mut connection));
        drop(turn);
        place.connection = Some(connection);
        answer.map_err(|fault| self.closing().explain(fault))
    }

    /// Writes, one after the other. What was written is in the file when it returns, and the file in its place.
    pub fn write<T>(&self, work: impl FnOnce(&mut Connection) -> Result<T, Fault>) -> Result<T, Fault> {
        let writer = self.writer.as_ref().ok_or_else(Fault::vault_read_only)?;
        // A thread that panicked left no transaction behind: dropping one rolls it back.
        let mut writer = writer.lock().unwrap_or_else(PoisonError::into_inner);
        let turn = self.turns.as_ref().map(|turns| turns.write().unwrap_or_else(PoisonError::into_inner));
        // Those that waited for their turn do not begin when the vault closes.
        self.closing().check()?;
        self.check_in_place()?;
        let change = self.change();
        let answer = work(&mut writer).map_err(|fault| self.closing().explain(fault))?;
        if turn.is_none() {
            match empty_log(&writer) {
                Ok(true) => {}
                Ok(false) => return Err(Fault::not_in_the_file("another program is reading it")),
                Err(error) => return Err(Fault::not_in_the_file(&error.to_string())),
            }
        }
        drop(change);
        self.check_in_place()?;
        Ok(answer)
    }

    /// Writes what is not acknowledged, unless that would have to wait for somebody: then it is `None`, or stays in the
    /// log up to the next write.
    pub fn write_at_once<T>(
        &self,
        work: impl FnOnce(&mut Connection) -> Result<T, Fault>,
    ) -> Option<Result<T, Fault>> {
        let mut writer = if_free(self.writer.as_ref()?.try_lock())?;
        let turn = match &self.turns {
            Some(turns) => Some(if_free(turns.try_write())?),
            None => None,
        };
        let write = || {
            self.check_in_place()?;
            let _change = self.change();
            let answer = work(&mut writer)?;
            if turn.is_none() {
                empty_log(&writer)?;
            }
            Ok(answer)
        };
        self.is_patient.store(false, Ordering::SeqCst);
        let written = write();
        self.is_patient.store(true, Ordering::SeqCst);
        Some(written)
    }

    /// Reads while nothing is written.
    pub fn read_at_rest<T>(
        &self,
        work: impl FnOnce(&mut Connection) -> Result<T, Fault>,
    ) -> Result<T, Fault> {
        let writer = self.writer.as_ref();
        self.check_in_place()?;
        let _still = writer.map(|writer| writer.lock().unwrap_or_else(PoisonError::into_inner));
        self.closing().check()?;
        self.read(Reader::Scan, work)
    }

    /// From now on the store refuses every write, like a disk that is full.
    #[cfg(test)]
    pub fn refuse_writes(&self) -> rusqlite::Result<()> {
        let writer = self.writer.iter().map(|writer| writer.lock().unwrap_or_else(PoisonError::into_inner));
        for writer in writer {
            writer.pragma_update(None, "query_only", true)?;
        }
        Ok(())
    }
}

/// What a lock guards, unless somebody else holds it.
fn if_free<Guard>(locked: Result<Guard, TryLockError<Guard>>) -> Option<Guard> {
    match locked {
        Ok(guard) => Some(guard),
        Err(TryLockError::Poisoned(poisoned)) => Some(poisoned.into_inner()),
        Err(TryLockError::WouldBlock) => None,
    }
}

/// Writes what is in the log into the file, and empties the log. Returns whether all of it is in the file.
fn empty_log(writer: &Connection) -> rusqlite::Result<bool> {
    writer.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| {
        let (in_log, in_file): (i64, i64) = (row.get(1)?, row.get(2)?);
        Ok(in_log == in_file)
    })
}

impl Readers {
    fn new(source: PathBuf, place: Option<FilePlace>, closing: Arc<Closing>) -> Self {
        Self { source, place, closing, pool: Mutex::default(), back: Condvar::new() }
    }

    fn lock(&self) -> MutexGuard<'_, Pool> {
        self.pool.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn open(&self) -> rusqlite::Result<Connection> {
        let read_only = file::flags(OpenFlags::SQLITE_OPEN_READ_ONLY);
        let mut rows = Connection::open_with_flags(&self.source, read_only)?;
        self.closing.watch(&mut rows, Arc::new(AtomicBool::new(true)))?;
        file::trust_no_program(&rows)?;
        rows.set_prepared_statement_cache_capacity(STATEMENTS);
        Ok(rows)
    }

    /// A place among those that read. Waits while all are taken.
    fn enter(&self, reader: Reader) -> ReaderPlace<'_> {
        let mut pool = self.lock();
        while pool.is_full(reader) {
            pool = self.back.wait(pool).unwrap_or_else(PoisonError::into_inner);
        }
        *pool.count(reader) += 1;
        ReaderPlace { readers: self, reader, connection: pool.idle.pop() }
    }
}

impl Pool {
    fn is_full(&self, reader: Reader) -> bool {
        self.lookups + self.scans >= MAX_READERS || (reader == Reader::Scan && self.scans >= MAX_SCANS)
    }

    fn count(&mut self, reader: Reader) -> &mut usize {
        match reader {
            Reader::Lookup => &mut self.lookups,
            Reader::Scan => &mut self.scans,
        }
    }
}

/// A place among those that read, with a connection if one is at rest.
struct ReaderPlace<'a> {
    readers: &'a Readers,
    reader: Reader,
    connection: Option<Connection>,
}

impl Drop for ReaderPlace<'_> {
    fn drop(&mut self) {
        let mut pool = self.readers.lock();
        *pool.count(self.reader) -= 1;
        pool.idle.extend(self.connection.take());
        // Those that wait do not all wait for the same.
        self.readers.back.notify_all();
    }
}
