//! A backup of an open vault.

use std::io;
use std::path::{Path, PathBuf};

use rusqlite::{Connection, TransactionBehavior};

use super::Vault;
use crate::fault::Fault;
use crate::store::backup::{self, NewFile, Opened};
use crate::store::connections::Reader;
use crate::store::file;
use crate::store::header::Header;
use crate::store::open_error::OpenError;
use crate::store::secrets::Rows;
use crate::store::tally;

/// What a backup holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BackedUp {
    /// In all accounts and Regions.
    pub secrets: u64,
    /// Versions with a value.
    pub values: u64,
    /// Of them those that cannot be opened in the vault either: they were changed outside of it.
    pub unopenable: u64,
}

/// Why no backup was made. There is no file of it.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// A backup never takes the place of a file.
    #[error("The file {} already exists. Choose another name for the backup.", .file.display())]
    Exists { file: PathBuf },
    /// It would be written to, or deleted, with that file.
    #[error("The backup cannot be called {}: it would be taken for a part of {}. Choose another name.",
        .file.display(), .owner.display())]
    PartOf { file: PathBuf, owner: PathBuf },
    /// It would be read together with that file.
    #[error("The backup {} would be read together with {}, which is left of another file. Remove that, or choose \
        another name.", .file.display(), .leftover.display())]
    Leftover { file: PathBuf, leftover: PathBuf },
    #[error("The backup {} could not be written: {source}. Check that its folder exists, is yours and has space.",
        .file.display())]
    Io { file: PathBuf, source: io::Error },
    /// The copy was made, and is not like the vault.
    #[error("The backup {} did not pass its check, and was removed: {reason}. Check the disk, then try again.",
        .file.display())]
    Unsound { file: PathBuf, reason: String },
    /// The vault was closed meanwhile, or its store failed.
    #[error("The backup was not made. {}", .0.message)]
    Vault(#[from] Fault),
}

impl Vault {
    /// Copies the vault into a file, for its owner only, which the same keyring or passphrase opens as a vault. What it
    /// holds is of one moment: reads go on meanwhile, writes wait for the copy. Then it is checked: every page and index,
    /// the key, and every value, which has to open unless it does not open in the vault either.
    ///
    /// The file has its name only once all of that is done. An error if there is a file of this name, if the name
    /// belongs to another file, if it cannot be written, if it does not pass the check, or if the vault is closed meanwhile. A vault in memory has a key that
    /// ends with it, so its backup opens nowhere.
    ///
    /// Waits for the disk: some seconds for 500,000 secrets.
    pub fn back_up(&self, file: &Path) -> Result<BackedUp, BackupError> {
        let io_error = |source: io::Error| match source.kind() {
            io::ErrorKind::AlreadyExists => BackupError::Exists { file: file.to_owned() },
            _ => BackupError::Io { file: file.to_owned(), source },
        };
        if let Some(owner) = file::owner_of(file) {
            return Err(BackupError::PartOf { file: file.to_owned(), owner });
        }
        let new = NewFile::beside(file).map_err(io_error)?;
        if let Some(leftover) = file::leftover_beside(file) {
            return Err(BackupError::Leftover { file: file.to_owned(), leftover });
        }
        let goes_on = || !self.closing.has_begun();
        let copied = self.with_open(|open| {
            open.connections.read_at_rest(|rows| Ok(backup::copy(rows, new.path(), goes_on)))
        });
        if !copied?.map_err(|error| io_error(io::Error::other(error)))? {
            return Err(Fault::vault_closed().into());
        }
        backup::sync(new.path()).map_err(io_error)?;
        let made = self.check_backup(file, new.path())?;
        new.keep(file).map_err(io_error)?;
        Ok(made)
    }

    fn check_backup(&self, file: &Path, copy: &Path) -> Result<BackedUp, BackupError> {
        let unsound = |reason: String| BackupError::Unsound { file: file.to_owned(), reason };
        let (mut rows, header) = backup::open(copy).map_err(|error| match error {
            OpenError::Damaged { reason, .. } => unsound(reason),
            other => unsound(other.to_string()),
        })?;
        if !self.is_header(&header)? {
            return Err(unsound("it does not open with the vault's key".to_owned()));
        }
        let goes_on = || !self.closing.has_begun();
        let is_authentic = self.with_open(|open| {
            let examined = tally::examine_while(&rows, &open.sealer.macs, goes_on);
            let examined = examined.map_err(|error| self.closing.explain(error.into()))?;
            Ok(examined.is_authentic)
        })?;
        if !is_authentic {
            return Err(unsound("what it holds is not what was written".to_owned()));
        }
        let mut opened = Opened::default();
        let store = |error: rusqlite::Error| unsound(error.to_string());
        for (account, region) in backup::scopes(&rows).map_err(store)? {
            let mut after = None;
            loop {
                // The key is taken anew for each slice: a vault that is closed has none.
                after = self.with_open(|open| {
                    let work = rows.transaction_with_behavior(TransactionBehavior::Deferred)?;
                    let macs = &open.sealer.macs;
                    // Those that have to be purged are there too.
                    let rows =
                        Rows { work, account: &account, region: &region, macs, only: None, now: i64::MIN };
                    opened.look(&rows, &open.sealer, after.as_ref())
                })?;
                if after.is_none() {
                    break;
                }
            }
        }
        for &version in &opened.unopenable {
            if !self.is_like(&rows, version)? {
                return Err(unsound("one of its values does not open".to_owned()));
            }
        }
        let Opened { secrets, values, unopenable } = opened;
        Ok(BackedUp { secrets, values, unopenable: unopenable.len() as u64 })
    }

    fn is_header(&self, header: &Header) -> Result<bool, Fault> {
        self.with_open(|open| Ok(header.vault_id == open.sealer.vault_id && header.accepts(&open.sealer.key)))
    }

    /// Whether a version is in the vault what it is in the copy.
    fn is_like(&self, copy: &Connection, version: i64) -> Result<bool, Fault> {
        let copied = backup::sealed(copy, version)?;
        let kept = self.with_open(|open| {
            open.connections.read(Reader::Lookup, |rows| Ok(backup::sealed(rows, version)?))
        })?;
        Ok(copied.is_some() && copied == kept)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use latchkey_domain::secret_text::{SecretInput, SecretValue};

    use super::*;
    use crate::seed::{Seed, SeedVersion};
    use crate::vault::{KeySource, Options};

    /// Changes the value of the first secret, outside of the vault.
    fn damage(file: &Path) {
        let rows = Connection::open(file).unwrap();
        let changed = rows.execute("UPDATE version SET sealed = zeroblob(length(sealed)) WHERE id = 1", []);
        assert_eq!(changed, Ok(1));
    }

    #[test]
    fn a_backup_that_does_not_hold_what_the_vault_holds_does_not_pass() {
        let home = tempfile::tempdir().unwrap();
        let open = || {
            let key = KeySource::Passphrase(SecretInput::new("fake passphrase"));
            Vault::open_blocking(Options::folder(home.path(), key, "a test")).unwrap()
        };
        let vault = open();
        for name in ["a", "b"] {
            let version = SeedVersion {
                value: SecretValue::text("fake"),
                stages: vec!["AWSCURRENT".into()],
                created_at: vault.now(),
            };
            let seed = Seed { name: name.into(), versions: vec![version], ..Seed::default() };
            assert!(vault.seed("us-east-1", seed).unwrap());
        }
        let file = home.path().join("backup.db");
        vault.back_up(&file).unwrap();
        damage(&file);
        let told = vault.check_backup(&file, &file).unwrap_err();
        assert!(matches!(&told, BackupError::Unsound { reason, .. } if reason.contains("values")), "{told}");
        std::fs::write(&file, "no database, and longer than a hundred bytes".repeat(9)).unwrap();
        let told = vault.check_backup(&file, &file).unwrap_err();
        assert!(matches!(told, BackupError::Unsound { .. }), "{told}");
        let other = Vault::open_blocking(Options::memory()).unwrap();
        std::fs::remove_file(&file).unwrap();
        other.back_up(&file).unwrap();
        let told = vault.check_backup(&file, &file).unwrap_err();
        assert!(matches!(&told, BackupError::Unsound { reason, .. } if reason.contains("key")), "{told}");
        std::fs::remove_file(&file).unwrap();

        // What is damaged in the vault itself keeps nobody from a backup.
        vault.close_blocking();
        damage(&home.path().join("vault.db"));
        let made = open().back_up(&file).unwrap();
        assert_eq!(made, BackedUp { secrets: 2, values: 2, unopenable: 1 });
    }
}
