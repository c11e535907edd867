//! How the store of a vault is found or made, with its lock and its key.

use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use latchkey_domain::secret_text::SecretInput;
use rusqlite::Connection;
use uuid::Uuid;

use super::counter::{self, Counter};
use super::trust::{self, Accepted, Trusted};
use super::{KeySource, Open, Place, Wish};
use crate::keyring::KeyringProblem;
use crate::store::connections::Connections;
use crate::store::file;
use crate::store::header::{Header, Wrapping};
use crate::store::in_place::FilePlace;
use crate::store::lock::Lock;
use crate::store::open_error::OpenError;
use crate::store::sealing::SealingKey;
use crate::store::versions::Sealer;
use crate::store::{read_only, schema, tally};

/// What decides how a store is opened.
pub struct Opening<'a> {
    /// The holder's name.
    pub program: &'a str,
    pub accepted: Accepted,
    pub now: DateTime<Utc>,
}

/// Opens the store, or makes one where that is wished for.
pub fn open(place: Place, opening: &Opening<'_>) -> Result<(Header, Open), OpenError> {
    let now = opening.now;
    let (opened, lock) = match place {
        Place::Memory => (in_memory(now).map_err(OpenError::sqlite(Path::new(":memory:")))?, None),
        Place::File { file, key, wish } => {
            let file = enter(&file, wish)?;
            if wish == Wish::Beside {
                return open_beside(&file, &key);
            }
            let exists = file.try_exists().map_err(OpenError::io(&file))?;
            if exists && wish != Wish::Make && !read_only::is_writable(&file).map_err(OpenError::io(&file))? {
                let lock = Lock::take_read_only(&file)?;
                (open_read_only(&file, &lock, &key, opening)?, Some(lock))
            } else {
                let mut lock = Lock::take(&file, opening.program, now)?;
                let opened = match file.try_exists().map_err(OpenError::io(&file))? {
                    true if wish == Wish::Make => return Err(OpenError::Exists { file }),
                    true => open_existing(&file, &lock, &key, opening)?,
                    false => make_new(&file, &mut lock, &key, now)?,
                };
                (opened, Some(lock))
            }
        }
    };
    let Opened { connections, header, sealer, counter } = opened;
    Ok((header, Open { connections, sealer, counter, _lock: lock }))
}

/// The file, by its one path. Nothing is created next to a file that is not a vault, and no folder is created unasked.
fn enter(file: &Path, wish: Wish) -> Result<PathBuf, OpenError> {
    match wish {
        Wish::OpenOrMake => file::make_folder(file::folder_of(file))?,
        Wish::Open | Wish::Beside => file::check_kind(file)?,
        Wish::Make if file.try_exists().map_err(OpenError::io(file))? => {
            return Err(OpenError::Exists { file: file.to_owned() });
        }
        Wish::Make => {}
    }
    file::resolve(file)
}

struct Opened {
    connections: Connections,
    header: Header,
    sealer: Sealer,
    /// `None` if the vault is opened without the keyring, or takes no writes.
    counter: Option<Counter>,
}

fn in_memory(now: DateTime<Utc>) -> rusqlite::Result<Opened> {
    let key = SealingKey::generate();
    let header = Header::new(Uuid::new_v4().to_string(), &key);
    let sealer = Sealer::new(header.vault_id.clone(), key);
    let (rows, name) = file::memory(&header, &sealer, now.timestamp_millis())?;
    Ok(Opened { connections: Connections::beside(rows, name, None)?, header, sealer, counter: None })
}

fn open_existing(
    file: &Path,
    lock: &Lock,
    source: &KeySource,
    opening: &Opening<'_>,
) -> Result<Opened, OpenError> {
    file::narrow(file)?;
    match open_for_writing(file, lock, source, opening) {
        // A disk that is full has no room for what every writer lays beside the file.
        Err(OpenError::Io { .. }) => open_read_only(file, lock, source, opening),
        opened => opened,
    }
}

/// What the vault is opened with, what the keyring knows of its generation, and whether the file may be opened.
fn examine(
    file: &Path,
    rows: &Connection,
    header: &Header,
    source: &KeySource,
    opening: &Opening<'_>,
) -> Result<(Sealer, Option<u64>, Trusted), OpenError> {
    let sealer = Sealer::new(header.vault_id.clone(), find_key(file, header, source)?);
    let known = known_generation(source, header);
    let trusted = trust::check(file, rows, header, &sealer, known, opening.accepted)?;
    Ok((sealer, known, trusted))
}

/// Changes nothing before the key is known to be right and the file to be trusted.
fn open_for_writing(
    file: &Path,
    lock: &Lock,
    source: &KeySource,
    opening: &Opening<'_>,
) -> Result<Opened, OpenError> {
    let place = lock.place(file)?;
    let (mut rows, mut header) = file::open(file)?;
    let (sealer, known, trusted) = examine(file, &rows, &header, source, opening)?;
    let now = opening.now.timestamp_millis();
    file::bring_up_to_date(&mut rows, file, &mut header, &sealer, now)?;
    if trusted.is_changed {
        tally::renew(&mut rows, &sealer.macs, trusted.generation, now).map_err(OpenError::sqlite(file))?;
    }
    let counter = start_counter(source, &header, known, trusted.generation)?;
    Ok(Opened { connections: connect(rows, file, place)?, header, sealer, counter })
}

/// What has to be brought up to date, or authenticated anew, is so in memory only.
fn open_read_only(
    file: &Path,
    lock: &Lock,
    source: &KeySource,
    opening: &Opening<'_>,
) -> Result<Opened, OpenError> {
    let place = lock.place(file)?;
    let (mut rows, mut header, mut name) = read_only::open(file)?;
    let (sealer, _, trusted) = examine(file, &rows, &header, source, opening)?;
    let bring_up_to_date = |rows: &Connection, header: &mut Header| -> rusqlite::Result<_> {
        let now = opening.now.timestamp_millis();
        let (mut copy, name) = read_only::copy(rows)?;
        schema::migrate(&mut copy, header, &sealer, now)?;
        if trusted.is_changed {
            tally::renew(&mut copy, &sealer.macs, trusted.generation, now)?;
        }
        Ok((copy, name))
    };
    if trusted.is_changed || !schema::is_current(&rows).map_err(OpenError::sqlite(file))? {
        (rows, name) = bring_up_to_date(&rows, &mut header).map_err(OpenError::sqlite(file))?;
    }
    tracing::warn!("nothing can be written to the vault's file: it is open for reading only");
    Ok(Opened { connections: Connections::read_only(rows, name, place), header, sealer, counter: None })
}

/// Checks nothing but the key: the other program's writes wait for whoever reads for long, and a backup is checked itself.
fn open_beside(file: &Path, source: &KeySource) -> Result<(Header, Open), OpenError> {
    let place = FilePlace::at(file).map_err(OpenError::io(file))?;
    let rows = file::open_unchecked(file)?;
    let header = schema::check(&rows, file)?;
    if !schema::is_current(&rows).map_err(OpenError::sqlite(file))? {
        let reason = "the program that has it open is of an older version".to_owned();
        return Err(OpenError::Io { path: file.to_owned(), source: std::io::Error::other(reason) });
    }
    let sealer = Sealer::new(header.vault_id.clone(), find_key(file, &header, source)?);
    let connections = Connections::read_only(rows, file.to_owned(), place);
    Ok((header, Open { connections, sealer, counter: None, _lock: None }))
}

fn connect(rows: Connection, file: &Path, place: FilePlace) -> Result<Connections, OpenError> {
    Connections::beside(rows, file.to_owned(), Some(place)).map_err(OpenError::sqlite(file))
}

/// What the keyring knows of how far the vault had come.
fn known_generation(source: &KeySource, header: &Header) -> Option<u64> {
    match source {
        KeySource::Keyring(store) => counter::known(&**store, &header.vault_id),
        KeySource::Passphrase(_) => None,
    }
}

fn start_counter(
    source: &KeySource,
    header: &Header,
    known: Option<u64>,
    generation: u64,
) -> Result<Option<Counter>, OpenError> {
    let KeySource::Keyring(store) = source else { return Ok(None) };
    let started = Counter::start(store.clone(), header.vault_id.clone(), known, generation);
    started.map(Some).map_err(OpenError::io(Path::new("the keyring")))
}

/// The key of an existing vault.
fn find_key(file: &Path, header: &Header, source: &KeySource) -> Result<SealingKey, OpenError> {
    let vault_id = header.vault_id.clone();
    let key = match source {
        KeySource::Passphrase(passphrase) => key_by_passphrase(file, header, passphrase)?,
        KeySource::Keyring(store) => {
            let no_key = |reason| match header.passphrase {
                Some(_) => OpenError::NeedsPassphrase { reason },
                None => OpenError::NoKey { vault_id: vault_id.clone(), reason },
            };
            let loaded = store.load(&vault_id).map_err(|problem| no_key(problem.to_string()))?;
            let missing = || {
                no_key(
                    "The OS keyring holds no key for this vault. Restore the keyring that it was made with."
                        .to_owned(),
                )
            };
            SealingKey::new(loaded.ok_or_else(missing)?)
        }
    };
    if !header.accepts(&key) {
        return Err(OpenError::WrongKey { vault_id });
    }
    Ok(key)
}

fn key_by_passphrase(
    file: &Path,
    header: &Header,
    passphrase: &SecretInput,
) -> Result<SealingKey, OpenError> {
    let Some(wrap) = &header.passphrase else {
        return Err(OpenError::NoPassphrase { vault_id: header.vault_id.clone() });
    };
    header.unwrap_key(wrap, passphrase.expose()).map_err(|problem| match problem {
        None => OpenError::WrongPassphrase,
        Some(problem) => OpenError::Damaged { file: file.to_owned(), reason: problem.to_string() },
    })
}

/// The key is safe before the file is there: a vault without a key would be lost.
fn make_new(
    file: &Path,
    lock: &mut Lock,
    source: &KeySource,
    now: DateTime<Utc>,
) -> Result<Opened, OpenError> {
    let key = SealingKey::generate();
    let mut header = Header::new(Uuid::new_v4().to_string(), &key);
    match source {
        KeySource::Keyring(store) => {
            let needs_passphrase =
                |problem: KeyringProblem| OpenError::NewNeedsPassphrase { reason: problem.to_string() };
            store.save(&header.vault_id, key.bytes()).map_err(needs_passphrase)?;
            let kept = store.load(&header.vault_id).map_err(needs_passphrase)?;
            if kept.as_ref() != Some(key.bytes()) {
                return Err(needs_passphrase(KeyringProblem(
                    "The OS keyring did not store the key.".to_owned(),
                )));
            }
        }
        KeySource::Passphrase(passphrase) if passphrase.is_empty() => return Err(OpenError::EmptyPassphrase),
        KeySource::Passphrase(passphrase) => {
            let wrapping = Wrapping::new(passphrase.expose()).map_err(|problem| OpenError::Io {
                path: file.to_owned(),
                source: std::io::Error::other(problem),
            })?;
            header.set_passphrase(&key, wrapping);
        }
    }
    let sealer = Sealer::new(header.vault_id.clone(), key);
    let rows = file::create(file, &mut header, &sealer, now.timestamp_millis())?;
    lock.hold_new(file)?;
    let place = lock.place(file)?;
    let counter = start_counter(source, &header, None, 0)?;
    Ok(Opened { connections: connect(rows, file, place)?, header, sealer, counter })
}
