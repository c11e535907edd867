//! A file of sealed records that only grows: each is on the disk before the work that it tells of goes on.
//!
//! A record is its length and sealed bytes whose place names the journal and the record's number, so that none can be
//! moved, left out in the middle or taken to another connection. A record that a crash left half written at the end is
//! dropped; anything else that does not open is damage, and then nothing is written.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::Path;

use latchkey_sealing::SealingKey;
use zeroize::Zeroizing;

use crate::files;

/// How the names of sealed files end.
pub(crate) const SEALED_FILES: &str = "sealed";

const MAGIC: &[u8; 8] = b"LKJRNL01";
const LENGTH_BYTES: usize = 4;

/// What one record holds.
pub(crate) type Plain = Zeroizing<Vec<u8>>;

/// An open file, locked for this process.
pub(crate) struct SealedLog {
    file: File,
    key: SealingKey,
    /// Which journal this is.
    name: String,
    /// How many records there are, and where the last one ends.
    count: u64,
    end: u64,
}

/// Why a file cannot be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum LogProblem {
    #[error("it is in use by another Latchkey")]
    InUse,
    #[error("record {0} does not open with the key in the OS keyring")]
    Damaged(u64),
    #[error("it is not a journal")]
    NotAJournal,
    #[error(transparent)]
    Io(#[from] io::Error),
}

impl SealedLog {
    /// Opens the file, or makes it, and hands over every record in order.
    pub fn open(path: &Path, key: &SealingKey, name: &str) -> Result<(Self, Vec<Plain>), LogProblem> {
        files::make_folder(files::folder_of(path))?;
        let mut file = files::open_or_create(path)?;
        file.try_lock().map_err(|error| match error {
            std::fs::TryLockError::WouldBlock => LogProblem::InUse,
            std::fs::TryLockError::Error(error) => LogProblem::Io(error),
        })?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes)?;
        let end = MAGIC.len() as u64;
        let mut log = Self { file, key: key.clone(), name: name.to_owned(), count: 0, end };
        if bytes.len() < MAGIC.len() && MAGIC.starts_with(&bytes) {
            log.cut_to(0)?;
            log.file.write_all(MAGIC)?;
            log.file.sync_all()?;
            return Ok((log, Vec::new()));
        }
        let records = log.read(bytes.strip_prefix(MAGIC).ok_or(LogProblem::NotAJournal)?)?;
        log.cut_to(log.end)?;
        Ok((log, records))
    }

    /// Adds a record; it is on the disk when this returns.
    pub fn append(&mut self, plain: &[u8]) -> io::Result<()> {
        let sealed = self.key.seal(self.place(self.count), plain);
        let length = u32::try_from(sealed.len()).map_err(|_| io::ErrorKind::FileTooLarge)?;
        let record = [&length.to_le_bytes(), sealed.as_slice()].concat();
        if let Err(error) = self.file.write_all(&record).and_then(|()| self.file.sync_data()) {
            // What is half written would hide all that follows.
            self.cut_to(self.end)?;
            return Err(error);
        }
        self.count += 1;
        self.end += record.len() as u64;
        Ok(())
    }

    fn read(&mut self, mut rest: &[u8]) -> Result<Vec<Plain>, LogProblem> {
        let mut records = Vec::new();
        while let Some((length, after)) = rest.split_at_checked(LENGTH_BYTES) {
            let length = length.try_into().map_or(0, u32::from_le_bytes) as usize;
            let Some((record, after)) = after.split_at_checked(length) else { break };
            match self.unseal(record) {
                Some(plain) => records.push(plain),
                // Only the last write can be torn, and never into the first record of a wrong key.
                None if self.count > 0 && after.iter().all(|byte| *byte == 0) => break,
                None => return Err(LogProblem::Damaged(self.count + 1)),
            }
            self.count += 1;
            self.end += (LENGTH_BYTES + length) as u64;
            rest = after;
        }
        Ok(records)
    }

    fn unseal(&self, record: &[u8]) -> Option<Plain> {
        self.key.open(self.place(self.count), record).ok()
    }

    fn place(&self, number: u64) -> Vec<u8> {
        [b"latchkey journal\0", self.name.as_bytes(), b"\0", &number.to_le_bytes()].concat()
    }

    fn cut_to(&mut self, end: u64) -> io::Result<()> {
        self.file.set_len(end)?;
        self.file.seek(SeekFrom::Start(end)).map(drop)
    }
}

impl Drop for SealedLog {
    /// Closing is not enough: a process that is just being started may hold a copy of the file.
    fn drop(&mut self) {
        let _ = self.file.unlock();
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use latchkey_sealing::{OVERHEAD_BYTES, SealingKey};

    use super::{LogProblem, SealedLog};

    fn texts(records: Vec<super::Plain>) -> Vec<String> {
        records.into_iter().map(|record| String::from_utf8(record.to_vec()).expect("text")).collect()
    }

    fn written(folder: &tempfile::TempDir) -> (std::path::PathBuf, SealingKey) {
        let (path, key) = (folder.path().join("deep/a.sealed"), SealingKey::generate());
        let (mut log, records) = SealedLog::open(&path, &key, "a").expect("a new file");
        assert!(records.is_empty());
        for record in ["fake-one", "fake-two", "fake-three"] {
            log.append(record.as_bytes()).expect("writable");
        }
        (path, key)
    }

    #[test]
    fn records_come_back_in_order_and_nothing_of_them_is_readable_in_the_file() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let (path, key) = written(&folder);
        let bytes = fs::read(&path).expect("it is there");
        assert!(!bytes.windows(4).any(|window| window == b"fake"), "the file is sealed");
        let (mut log, records) = SealedLog::open(&path, &key, "a").expect("the same key");
        assert_eq!(texts(records), ["fake-one", "fake-two", "fake-three"]);
        log.append(b"fake-four").expect("writable");
        assert!(matches!(SealedLog::open(&path, &key, "a"), Err(LogProblem::InUse)), "one writer at a time");
        drop(log);
        let (_log, records) = SealedLog::open(&path, &key, "a").expect("the same key");
        assert_eq!(records.len(), 4);
    }

    #[test]
    fn a_write_that_was_cut_off_anywhere_costs_the_last_record_only() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let (path, key) = written(&folder);
        let whole = fs::read(&path).expect("it is there");
        let last = super::LENGTH_BYTES + OVERHEAD_BYTES + "fake-three".len();
        for cut in 1..=last {
            fs::write(&path, &whole[..whole.len() - cut]).expect("writable");
            let (mut log, records) = SealedLog::open(&path, &key, "a").expect("a torn end is no damage");
            assert_eq!(records.len(), 2, "{cut} bytes were cut off");
            log.append(b"fake-again").expect("writable");
            drop(log);
            let (_log, records) = SealedLog::open(&path, &key, "a").expect("it is whole again");
            assert_eq!(texts(records), ["fake-one", "fake-two", "fake-again"]);
        }
    }

    #[test]
    fn another_key_another_name_and_a_changed_byte_are_told_and_change_nothing() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let (path, key) = written(&folder);
        let whole = fs::read(&path).expect("it is there");
        assert!(
            matches!(SealedLog::open(&path, &SealingKey::generate(), "a"), Err(LogProblem::Damaged(1))),
            "the key"
        );
        assert!(matches!(SealedLog::open(&path, &key, "b"), Err(LogProblem::Damaged(1))), "the name");
        assert_eq!(fs::read(&path).expect("it is there"), whole, "nothing was overwritten");
        let mut changed = whole.clone();
        changed[super::MAGIC.len() + super::LENGTH_BYTES] ^= 1;
        fs::write(&path, &changed).expect("writable");
        assert!(matches!(SealedLog::open(&path, &key, "a"), Err(LogProblem::Damaged(1))), "a byte");
        fs::write(&path, b"something else").expect("writable");
        assert!(matches!(SealedLog::open(&path, &key, "a"), Err(LogProblem::NotAJournal)));
    }

    #[cfg(unix)]
    #[test]
    fn a_journal_is_not_opened_through_a_link_and_loses_the_rights_of_others() {
        use std::os::unix::fs::{PermissionsExt, symlink};
        let folder = tempfile::tempdir().expect("a temporary folder");
        let (path, key) = written(&folder);
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).expect("ours");
        SealedLog::open(&path, &key, "a").expect("it opens");
        assert_eq!(path.metadata().expect("it is there").permissions().mode() & 0o777, 0o600);
        let elsewhere = folder.path().join("elsewhere");
        fs::rename(&path, &elsewhere).expect("writable");
        symlink(&elsewhere, &path).expect("writable");
        assert!(matches!(SealedLog::open(&path, &key, "a"), Err(LogProblem::Io(_))), "though it is sound");
    }
}
