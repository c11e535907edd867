//! How the store of a vault is found or made, with its lock and its key.

use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use latchkey_domain::secret_text::SecretInput;
use rusqlite::Connection;
use uuid::Uuid;

use super::{KeySource, Open, Place, Wish};
use crate::keyring::KeyringProblem;
use crate::store::file;
use crate::store::header::{DerivationProblem, Header};
use crate::store::lock::Lock;
use crate::store::open_error::OpenError;
use crate::store::sealing::SealingKey;
use crate::store::versions::Sealer;

/// Opens the store, or makes one where that is wished for.
pub fn open(place: Place, program: &str, now: DateTime<Utc>) -> Result<(Header, Open), OpenError> {
    let (rows, header, key, lock) = match place {
        Place::Memory => {
            let key = SealingKey::generate();
            let header = Header::new(Uuid::new_v4().to_string(), &key);
            let rows = file::memory(&header).map_err(OpenError::sqlite(Path::new(":memory:")))?;
            (rows, header, key, None)
        }
        Place::File { file, key, wish } => {
            let file = enter(&file, wish)?;
            let mut lock = Lock::take(&file, program, now)?;
            let (rows, header, key) = match file.try_exists().map_err(OpenError::io(&file))? {
                true if wish == Wish::Make => return Err(OpenError::Exists { file }),
                true => open_existing(&file, &key)?,
                false => {
                    let made = make_new(&file, &key)?;
                    lock.hold_new(&file)?;
                    made
                }
            };
            (rows, header, key, Some(lock))
        }
    };
    let sealer = Sealer { vault_id: header.vault_id.clone(), key };
    Ok((header, Open { rows, sealer, _lock: lock }))
}

/// The file, by its one path. Nothing is created next to a file that is not a vault, and no folder is created unasked.
fn enter(file: &Path, wish: Wish) -> Result<PathBuf, OpenError> {
    match wish {
        Wish::OpenOrMake => file::make_folder(file::folder_of(file))?,
        Wish::Open => file::check_kind(file)?,
        Wish::Make if file.try_exists().map_err(OpenError::io(file))? => {
            return Err(OpenError::Exists { file: file.to_owned() });
        }
        Wish::Make => {}
    }
    file::resolve(file)
}

type Opened = (Connection, Header, SealingKey);

fn open_existing(file: &Path, source: &KeySource) -> Result<Opened, OpenError> {
    let (rows, header) = file::open(file)?;
    let vault_id = header.vault_id.clone();
    let key = match source {
        KeySource::Passphrase(passphrase) => key_by_passphrase(file, &header, passphrase)?,
        KeySource::Keyring(store) => {
            let no_key = |reason| match header.passphrase {
                Some(_) => OpenError::NeedsPassphrase { reason },
                None => OpenError::NoKey { vault_id: vault_id.clone(), reason },
            };
            let loaded = store.load(&vault_id).map_err(|problem| no_key(problem.to_string()))?;
            let missing = || no_key("The OS keyring holds no key for this vault.".to_owned());
            SealingKey::new(loaded.ok_or_else(missing)?)
        }
    };
    if !header.accepts(&key) {
        return Err(OpenError::WrongKey { vault_id });
    }
    Ok((rows, header, key))
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
        Some(DerivationProblem(reason)) => OpenError::Damaged { file: file.to_owned(), reason },
    })
}

/// The key is safe before the file is there: a vault without a key would be lost.
fn make_new(file: &Path, source: &KeySource) -> Result<Opened, OpenError> {
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
            header.set_passphrase(&key, passphrase.expose()).map_err(|problem| OpenError::Io {
                path: file.to_owned(),
                source: std::io::Error::other(problem),
            })?;
        }
    }
    let rows = file::create(file, &header)?;
    Ok((rows, header, key))
}
