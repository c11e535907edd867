//! The entries of this program, bare or sealed under the key that the passphrase wraps.
//!
//! A sealed entry is a second one, named after its key: so all are sealed anew beside what is there, one replaced or deleted
//! file makes them the ones that count, and what counted before is deleted afterwards. A kill at any moment leaves all of
//! one kind, and the next start deletes what is left of the other. What has no twin that counts is never deleted.

mod standing;
#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use latchkey_sealing::{Cost, PASSPHRASE_COST, SealingKey};
use latchkey_system::files;

use crate::lock_file::{self, FORMER_PLACE, LockFile, Wrapped};
use crate::system::SystemEntries;
use crate::{Entries, KeyringProblem, MAX_SECRET_BYTES, Secret};
use standing::{FORMER_LOCKS, Kind};

/// The account of the key that seals files. A passphrase opens it also where its entry was deleted.
pub const SEALING_KEY: &str = "sealing-key";

const LOCK_FILE: &str = "lock.json";
/// The account of the copy of the file: to delete one of both undoes nothing.
const LOCK_COPY: &str = "lock";
const SEALED: &str = "sealed:";

/// The way to all entries.
pub struct Keyring {
    entries: Arc<dyn Entries>,
    lock_file: PathBuf,
    cost: Cost,
    /// What unlocks, while the console is open.
    held: Mutex<Option<Held>>,
    /// Held for writing while all entries change their kind.
    turn: RwLock<()>,
}

#[derive(Clone)]
struct Held {
    lock: LockFile,
    key: SealingKey,
}

/// What is known of the passphrase before one is typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PassphraseState {
    NotSet,
    Set,
    /// The entries are sealed, and no passphrase can unlock them; why.
    Useless(KeyringProblem),
}

impl Keyring {
    /// The keyring of the system. `folder` is where the console keeps its data.
    pub fn of_system(folder: &Path) -> Arc<Self> {
        Self::with(Arc::new(SystemEntries), folder)
    }

    pub fn with(entries: Arc<dyn Entries>, folder: &Path) -> Arc<Self> {
        Arc::new(Self {
            entries,
            lock_file: folder.join(LOCK_FILE),
            cost: PASSPHRASE_COST,
            held: Mutex::default(),
            turn: RwLock::default(),
        })
    }

    /// Whether a passphrase seals the entries, and whether one can unlock them. Deletes what a kill left over, where the
    /// keyring answers.
    pub fn passphrase(&self) -> Result<PassphraseState, KeyringProblem> {
        let _turn = self.turn.write().unwrap_or_else(PoisonError::into_inner);
        let (kind, names) = self.look()?;
        let state = match kind {
            Kind::Sealed(_) => PassphraseState::Set,
            Kind::Lost(problem) => PassphraseState::Useless(problem),
            Kind::Bare if self.former()?.is_some() => PassphraseState::Set,
            Kind::Bare => PassphraseState::NotSet,
        };
        if let Err(problem) = self.delete_twins(&names) {
            tracing::warn!(%problem, "entries of the keyring that no longer count were not deleted");
        }
        Ok(state)
    }

    /// Whether a passphrase seals the entries, as [`passphrase`](Self::passphrase) finds it.
    pub fn has_passphrase(&self) -> Result<bool, KeyringProblem> {
        Ok(self.passphrase()? != PassphraseState::NotSet)
    }

    /// Whether it was the passphrase; from now on entries can be opened.
    pub fn unlock(&self, passphrase: &str) -> Result<bool, KeyringProblem> {
        let _turn = self.turn.write().unwrap_or_else(PoisonError::into_inner);
        match self.look()?.0 {
            Kind::Lost(problem) => return Err(problem),
            Kind::Sealed(lock) => {
                let Some(key) = lock.open(passphrase)? else { return Ok(false) };
                self.hold(Some(Held { lock, key }));
            }
            Kind::Bare => {
                let Some(former) = self.former()? else {
                    // It was removed elsewhere. Where all is gone, there is nothing that a passphrase could open.
                    let was_removed = !self.former_locks()?.is_empty();
                    let has_key = self.entries.load(SEALING_KEY)?.is_some();
                    return if was_removed && has_key { Ok(true) } else { Err(self.lost()) };
                };
                let Some(key) = former.open(FORMER_PLACE, passphrase)? else { return Ok(false) };
                self.seal_all(passphrase, Some(Secret::new(key.bytes().to_vec())))?;
            }
        }
        if let Err(problem) = self.settle() {
            tracing::warn!(%problem, "not all entries of the keyring were sealed");
        }
        Ok(true)
    }

    /// Forgets what unlocks.
    pub fn let_go(&self) {
        self.hold(None);
    }

    /// Seals all entries under this passphrase from now on, or makes them bare without one. An error after the entries
    /// changed their kind leaves some of the other kind, which the next start deletes.
    pub fn set_passphrase(&self, passphrase: Option<&str>) -> Result<(), KeyringProblem> {
        let _turn = self.turn.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(held) = self.counting()? {
            self.check_copy(&held)?;
        }
        let changed = match passphrase {
            Some(passphrase) => self.seal_all(passphrase, None),
            None => self.bare_all(),
        };
        if changed.is_err() {
            // What was made in vain; the answer is what went wrong first.
            let deleted = self.entries.accounts().and_then(|names| self.delete_twins(&names));
            deleted.unwrap_or_default();
        }
        changed?;
        self.settle()
    }

    /// What an account holds; `None` if the keyring answers and holds nothing.
    pub fn load(&self, account: &str) -> Result<Option<Secret>, KeyringProblem> {
        let _turn = self.turn.read().unwrap_or_else(PoisonError::into_inner);
        match self.counting()? {
            Some(held) => self.load_sealed(&held, account),
            None => match self.entries.load(account)? {
                None if self.is_lost(account)? => Err(self.lost()),
                held => Ok(held),
            },
        }
    }

    /// Adds or replaces what an account holds.
    pub fn save(&self, account: &str, secret: Secret) -> Result<(), KeyringProblem> {
        if secret.len() > MAX_SECRET_BYTES {
            return Err(KeyringProblem::TooLong { bytes: secret.len() });
        }
        let _turn = self.turn.read().unwrap_or_else(PoisonError::into_inner);
        match self.counting()? {
            // A program with another folder sealed them since.
            None if self.entries.load(LOCK_COPY)?.is_some() => Err(KeyringProblem::Sealed),
            None => self.entries.save(account, secret),
            Some(held) => {
                self.check_copy(&held)?;
                self.save_sealed(&held, account, &secret)?;
                self.entries.delete(account)
            }
        }
    }

    /// Succeeds also where there is nothing to delete, and where the entry cannot be opened. What is left of another kind
    /// goes too: without its twin it would never be deleted, and tell of a passphrase once there is none.
    pub fn delete(&self, account: &str) -> Result<(), KeyringProblem> {
        let _turn = self.turn.read().unwrap_or_else(PoisonError::into_inner);
        for name in self.entries.accounts()?.iter().filter(|name| account_in(name) == account) {
            self.entries.delete(name)?;
        }
        Ok(())
    }

    /// What opens the entries that count; none where they are bare.
    fn counting(&self) -> Result<Option<Held>, KeyringProblem> {
        let held = self.held.lock().unwrap_or_else(PoisonError::into_inner).clone();
        match (self.read_file()?, held) {
            (None, None) => Ok(None),
            (Some(lock), Some(held)) if held.lock == lock => Ok(Some(held)),
            (Some(_), _) => Err(KeyringProblem::Sealed),
            // Somebody deleted the file: what is saved now must not be bare for that.
            (None, Some(held)) => {
                self.write_file(&held.lock)?;
                Ok(Some(held))
            }
        }
    }

    fn load_sealed(&self, held: &Held, account: &str) -> Result<Option<Secret>, KeyringProblem> {
        if let Some(sealed) = self.entries.load(&held.lock.name_of(account))? {
            return lock_file::open(&held.key, account, &sealed).map(Some);
        }
        if account == SEALING_KEY
            && let Some(secret) = held.lock.sealing_key(&held.key, account)?
        {
            self.save_sealed(held, account, &secret)?;
            return Ok(Some(secret));
        }
        // An older Latchkey may have saved it since.
        let Some(secret) = self.entries.load(account)? else { return self.check_copy(held).map(|()| None) };
        self.save_sealed(held, account, &secret)?;
        self.entries.delete(account)?;
        Ok(Some(secret))
    }

    /// Refuses where a program with another folder has changed the passphrase since.
    fn check_copy(&self, held: &Held) -> Result<(), KeyringProblem> {
        let copy = self.entries.load(LOCK_COPY)?;
        if copy.is_none_or(|copy| copy == held.lock.bytes()) { Ok(()) } else { Err(KeyringProblem::Sealed) }
    }

    fn save_sealed(&self, held: &Held, account: &str, secret: &Secret) -> Result<(), KeyringProblem> {
        self.entries.save(&held.lock.name_of(account), lock_file::seal(&held.key, account, secret))
    }

    /// `sealing_key` is what its entry should hold, where that is in the form of before.
    fn seal_all(&self, passphrase: &str, sealing_key: Option<Secret>) -> Result<(), KeyringProblem> {
        let former = self.counting()?;
        let sealing_key = match sealing_key {
            None => self.load_counting(former.as_ref(), SEALING_KEY)?,
            known => known,
        };
        let key = SealingKey::generate();
        let lock = LockFile::new(&key, sealing_key.as_ref(), SEALING_KEY, passphrase, self.cost)?;
        let next = Held { lock, key };
        for account in self.accounts(former.as_ref())? {
            let secret = match &sealing_key {
                Some(known) if account == SEALING_KEY => Some(known.clone()),
                _ => self.load_counting(former.as_ref(), &account)?,
            };
            if let Some(secret) = secret {
                self.save_sealed(&next, &account, &secret)?;
            }
        }
        if let Some(former) = &former {
            self.note_former(&former.lock.id)?;
        }
        self.write_file(&next.lock)?;
        self.hold(Some(next));
        Ok(())
    }

    fn bare_all(&self) -> Result<(), KeyringProblem> {
        let Some(former) = self.counting()? else { return Ok(()) };
        for account in self.accounts(Some(&former))? {
            if let Some(secret) = self.load_counting(Some(&former), &account)? {
                self.entries.save(&account, secret)?;
            }
        }
        // From here on neither the file nor its copy counts, here or in another folder.
        self.note_former(&former.lock.id)?;
        self.entries.delete(LOCK_COPY)?;
        files::remove(&self.lock_file).map_err(self.failed())?;
        self.hold(None);
        Ok(())
    }

    fn load_counting(&self, held: Option<&Held>, account: &str) -> Result<Option<Secret>, KeyringProblem> {
        match held {
            None => self.entries.load(account),
            Some(held) => self.load_sealed(held, account),
        }
    }

    /// The accounts of the entries that count, and of those that an older Latchkey left bare.
    fn accounts(&self, held: Option<&Held>) -> Result<Vec<String>, KeyringProblem> {
        let names = self.entries.accounts()?;
        let account = |name: &String| match held.and_then(|held| held.lock.account_of(name)) {
            Some(account) => Some(account.to_owned()),
            None => (!is_sealed(name) && !is_of_lock(name)).then(|| name.clone()),
        };
        let mut accounts: Vec<String> = names.iter().filter_map(account).collect();
        accounts.sort_unstable();
        accounts.dedup();
        Ok(accounts)
    }

    /// After all changed their kind, and after unlocking: nothing of another kind is left, and the copy is right.
    fn settle(&self) -> Result<(), KeyringProblem> {
        let held = self.counting()?;
        if let Some(held) = &held {
            if self.entries.load(LOCK_COPY)?.is_none_or(|copy| copy != held.lock.bytes()) {
                self.entries.save(LOCK_COPY, held.lock.bytes())?;
            }
            for account in self.accounts(Some(held))? {
                self.load_sealed(held, &account)?;
            }
        }
        self.delete_twins(&self.entries.accounts()?)
    }

    /// Deletes each entry that does not count and stands for an account that has one that does.
    fn delete_twins(&self, names: &[String]) -> Result<(), KeyringProblem> {
        let lock = self.read_file()?;
        for name in names.iter().filter(|name| !is_of_lock(name)) {
            let account = account_in(name);
            let twin = lock.as_ref().map_or_else(|| account.to_owned(), |lock| lock.name_of(account));
            if *name != twin && names.contains(&twin) {
                self.entries.delete(name)?;
            }
        }
        Ok(())
    }

    /// The key of sealed files as a passphrase wrapped it up to 0.2, and nothing else with it.
    fn former(&self) -> Result<Option<Wrapped>, KeyringProblem> {
        let Some(entry) = self.entries.load(SEALING_KEY)? else { return Ok(None) };
        if entry.len() == 32 {
            return Ok(None);
        }
        serde_json::from_slice(&entry).map(Some).map_err(|_| KeyringProblem::Damaged)
    }

    /// Whether the account has a sealed entry, which nothing opens.
    fn is_lost(&self, account: &str) -> Result<bool, KeyringProblem> {
        Ok(self.entries.accounts()?.iter().any(|name| is_sealed(name) && account_in(name) == account))
    }

    fn read_file(&self) -> Result<Option<LockFile>, KeyringProblem> {
        let bytes = files::load(&self.lock_file).map_err(self.failed())?;
        bytes.map(|bytes| LockFile::read(&bytes, &self.lock_file)).transpose()
    }

    fn write_file(&self, lock: &LockFile) -> Result<(), KeyringProblem> {
        files::save(&self.lock_file, &lock.bytes()).map_err(self.failed())
    }

    fn failed(&self) -> impl Fn(std::io::Error) -> KeyringProblem {
        |error| KeyringProblem::LockFailed { file: self.lock_file.clone(), words: error.to_string() }
    }

    fn lost(&self) -> KeyringProblem {
        KeyringProblem::LockMissing { file: self.lock_file.clone() }
    }

    fn hold(&self, held: Option<Held>) {
        *self.held.lock().unwrap_or_else(PoisonError::into_inner) = held;
    }
}

impl LockFile {
    /// The name of the entry that its key seals.
    fn name_of(&self, account: &str) -> String {
        format!("{SEALED}{}:{account}", self.id)
    }

    /// The account of an entry that its key seals.
    fn account_of<'a>(&self, name: &'a str) -> Option<&'a str> {
        name.strip_prefix(SEALED)?.strip_prefix(self.id.as_str())?.strip_prefix(':')
    }
}

fn is_sealed(name: &str) -> bool {
    name.starts_with(SEALED)
}

/// Whether an entry is the lock's own, and holds no secret.
fn is_of_lock(name: &str) -> bool {
    name == LOCK_COPY || name == FORMER_LOCKS
}

/// The account that an entry is for, sealed or not.
fn account_in(name: &str) -> &str {
    name.strip_prefix(SEALED).and_then(|rest| rest.split_once(':')).map_or(name, |(_, account)| account)
}
