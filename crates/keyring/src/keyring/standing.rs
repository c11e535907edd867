//! Which entries count: found out from the lock file, its copy, and the entries themselves.

use latchkey_system::files;

use super::{Keyring, LOCK_COPY, SEALING_KEY, account_in, is_sealed};
use crate::lock_file::LockFile;
use crate::{KeyringProblem, Secret};

/// The account of the ids of locks that were replaced or removed, the last one at the end. Another folder, or a backup, may
/// still have the file of one. That a passphrase was removed is read from here, and never from what is missing.
pub(super) const FORMER_LOCKS: &str = "former-locks";
/// As many ids as surely fit into an entry.
const MAX_FORMER_LOCKS: usize = 100;

/// Which entries count.
pub(super) enum Kind {
    Bare,
    Sealed(LockFile),
    /// Sealed, and nothing is left that their key could be had from; why.
    Lost(KeyringProblem),
}

impl Keyring {
    /// Which entries count, and the names of all. Looks at the file and at its copy, and puts the file back where it is
    /// missing, damaged or older than the entries.
    pub(super) fn look(&self) -> Result<(Kind, Vec<String>), KeyringProblem> {
        let (file, damage) = match self.read_file() {
            Ok(file) => (file, None),
            Err(damage) => (None, Some(damage)),
        };
        let Ok(copy) = self.entries.load(LOCK_COPY) else {
            let kind = match (file, damage) {
                (Some(lock), _) => Kind::Sealed(lock),
                (None, Some(damage)) => Kind::Lost(damage),
                (None, None) => Kind::Bare,
            };
            return Ok((kind, Vec::new()));
        };
        let copy = copy.and_then(|bytes| LockFile::read(&bytes, &self.lock_file).ok());
        let names = self.entries.accounts()?;
        let former = self.former_locks()?;
        let has = |name: &str| names.iter().any(|other| other == name);
        let seals = |lock: &LockFile| names.iter().any(|name| lock.account_of(name).is_some());
        // Every entry is bare again, or sealed by a later one.
        let is_over = |lock: &LockFile| {
            let is_left = |name: &String| lock.account_of(name).is_some_and(|account| !has(account));
            former.contains(&lock.id) && !names.iter().any(is_left)
        };
        if file.as_ref().is_some_and(is_over) {
            files::remove(&self.lock_file).map_err(self.failed())?;
        }
        if copy.as_ref().is_some_and(is_over) {
            self.entries.delete(LOCK_COPY)?;
        }
        let file = file.filter(|lock| !is_over(lock));
        let counting = match (&file, copy.filter(|lock| !is_over(lock))) {
            (Some(file), Some(copy)) if former.contains(&file.id) && file.id != copy.id => Some(copy),
            (Some(file), Some(copy)) if seals(file) || !seals(&copy) => Some(file.clone()),
            (Some(file), None) => Some(file.clone()),
            (_, copy) => copy,
        };
        if let Some(lock) = counting {
            if file.as_ref() != Some(&lock)
                && let Err(problem) = self.write_file(&lock)
            {
                // What needs the file says so.
                tracing::warn!(%problem, "the file of the lock was not put back");
            }
            return Ok((Kind::Sealed(lock), names));
        }
        let is_bare = has(SEALING_KEY) && !names.iter().any(|name| is_sealed(name));
        if is_bare && !former.is_empty() && matches!(damage, Some(KeyringProblem::LockDamaged { .. })) {
            // What is left of the file of a passphrase that was removed.
            files::remove(&self.lock_file).map_err(self.failed())?;
            return Ok((Kind::Bare, names));
        }
        let has_no_twin = |name: &String| !has(account_in(name));
        let is_lost = names.iter().any(|name| is_sealed(name) && has_no_twin(name));
        let lost = damage.or_else(|| is_lost.then(|| self.lost()));
        Ok((lost.map_or(Kind::Bare, Kind::Lost), names))
    }

    /// The ids of the locks that were replaced or removed.
    pub(super) fn former_locks(&self) -> Result<Vec<String>, KeyringProblem> {
        let Some(entry) = self.entries.load(FORMER_LOCKS)? else { return Ok(Vec::new()) };
        let text = std::str::from_utf8(&entry).map_err(|_| KeyringProblem::Damaged)?;
        Ok(text.lines().map(str::to_owned).collect())
    }

    pub(super) fn note_former(&self, id: &str) -> Result<(), KeyringProblem> {
        let mut former = self.former_locks()?;
        former.retain(|known| known != id);
        former.push(id.to_owned());
        let kept = former.len().saturating_sub(MAX_FORMER_LOCKS);
        self.entries.save(FORMER_LOCKS, Secret::new(former[kept..].join("\n").into_bytes()))
    }
}
