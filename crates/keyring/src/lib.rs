//! What is kept in the keyring of the operating system, by account: Secret Service, Keychain or Credential Manager.
//!
//! Each call has a connection of its own, so that a keyring that was started again is simply there; and none waits
//! without an end. The calls block: make them on a thread for that.

mod problem;
#[cfg(not(any(target_os = "macos", target_os = "windows")))]
mod secret_service;
#[cfg(all(test, target_os = "linux"))]
mod tests;

use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use keyring_core::api::CredentialStoreApi;
use keyring_core::{Entry, Error};
use zeroize::Zeroizing;

pub use problem::{KeyringProblem, Lack};

#[cfg(target_os = "macos")]
use apple_native_keyring_store::keychain::Store;
#[cfg(target_os = "windows")]
use windows_native_keyring_store::Store;
#[cfg(not(any(target_os = "macos", target_os = "windows")))]
use zbus_secret_service_keyring_store::Store;

const SERVICE: &str = "latchkey";

/// The most that one entry takes on every system (Windows: `CRED_MAX_CREDENTIAL_BLOB_SIZE`). More is refused everywhere:
/// what works on one system works on all.
pub const MAX_SECRET_BYTES: usize = 2560;

/// What an entry holds, wiped on drop.
pub type Secret = Zeroizing<Vec<u8>>;

/// How long a keyring is waited for.
struct Patience {
    /// Until one that asks nothing of the person answers.
    answer: Duration,
    /// Until the person has answered its question for a password.
    question: Duration,
    /// After a question that was turned away or not answered, until the next one.
    quiet: Duration,
}

const PATIENCE: Patience = Patience {
    answer: Duration::from_secs(10),
    question: Duration::from_secs(60),
    quiet: Duration::from_secs(60),
};

/// What an account holds; none if the keyring answers and holds nothing.
pub fn load(account: &str) -> Result<Option<Secret>, KeyringProblem> {
    load_within(&PATIENCE, account)
}

/// Adds or replaces what an account holds.
pub fn save(account: &str, secret: Secret) -> Result<(), KeyringProblem> {
    save_within(&PATIENCE, account, secret)
}

/// Succeeds also where there is nothing to delete.
pub fn delete(account: &str) -> Result<(), KeyringProblem> {
    use_entry(&PATIENCE, account, |entry| match entry.delete_credential() {
        Ok(()) | Err(Error::NoEntry) => Ok(()),
        Err(error) => Err(error),
    })
}

fn load_within(patience: &Patience, account: &str) -> Result<Option<Secret>, KeyringProblem> {
    use_entry(patience, account, |entry| match entry.get_secret() {
        Ok(bytes) => Ok(Some(Zeroizing::new(bytes))),
        Err(Error::NoEntry) => Ok(None),
        Err(error) => Err(error),
    })
}

fn save_within(patience: &Patience, account: &str, secret: Secret) -> Result<(), KeyringProblem> {
    if secret.len() > MAX_SECRET_BYTES {
        return Err(KeyringProblem::TooLong { bytes: secret.len() });
    }
    use_entry(patience, account, move |entry| entry.set_secret(&secret))
}

/// When the person last turned the keyring's question away; held while it is asked, so that there is one at a time.
static TURNED_AWAY_AT: Mutex<Option<Instant>> = Mutex::new(None);

/// How long a keyring that broke off is waited for: the session starts it again.
const RESTART: Duration = Duration::from_secs(2);
const RESTART_POLL: Duration = Duration::from_millis(100);

/// Does one thing with an entry, which may be done twice: a keyring that breaks off is asked again once it is back.
/// gnome-keyring ends now and then where several programs ask at once.
fn use_entry<T: Send + 'static>(
    patience: &Patience,
    account: &str,
    work: impl Fn(&Entry) -> keyring_core::Result<T> + Clone + Send + 'static,
) -> Result<T, KeyringProblem> {
    let first = try_entry(patience, account, work.clone());
    if !matches!(&first, Err(problem) if problem.broke_off()) {
        return first;
    }
    let since = Instant::now();
    while since.elapsed() < RESTART {
        std::thread::sleep(RESTART_POLL);
        match try_entry(patience, account, work.clone()) {
            Err(KeyringProblem::Missing { .. } | KeyringProblem::Broke { .. }) => {}
            answer => return answer,
        }
    }
    first
}

/// A locked keyring asks for its password, but not again and again.
fn try_entry<T: Send + 'static>(
    patience: &Patience,
    account: &str,
    work: impl Fn(&Entry) -> keyring_core::Result<T> + Send + 'static,
) -> Result<T, KeyringProblem> {
    let account = account.to_owned();
    let work = move || {
        let entry = Store::new()?.build(SERVICE, &account, None)?;
        work(&entry)
    };
    let work = move || work().map_err(KeyringProblem::from);
    if !is_locked(patience)? {
        return within(unlocked_patience(patience), work);
    }
    let mut turned_away_at = TURNED_AWAY_AT.lock().unwrap_or_else(PoisonError::into_inner);
    // Whoever was asked before may have unlocked it.
    if !is_locked(patience)? {
        return within(patience.answer, work);
    }
    if turned_away_at.is_some_and(|at| at.elapsed() < patience.quiet) {
        return Err(KeyringProblem::Locked);
    }
    let answer = within(patience.question, work);
    if let Err(KeyringProblem::Locked | KeyringProblem::Silent { .. }) = answer {
        *turned_away_at = Some(Instant::now());
    }
    answer
}

#[cfg(not(any(target_os = "macos", target_os = "windows")))]
fn is_locked(patience: &Patience) -> Result<bool, KeyringProblem> {
    within(patience.answer, secret_service::is_locked)
}

/// Unknown here; the system prompts for what it needs.
#[cfg(any(target_os = "macos", target_os = "windows"))]
fn is_locked(_: &Patience) -> Result<bool, KeyringProblem> {
    Ok(false)
}

fn unlocked_patience(patience: &Patience) -> Duration {
    if cfg!(any(target_os = "macos", target_os = "windows")) { patience.question } else { patience.answer }
}

/// Does the work on a thread of its own, which is left alone if it does not end in time: nothing can call it back.
fn within<T: Send + 'static>(
    limit: Duration,
    work: impl FnOnce() -> Result<T, KeyringProblem> + Send + 'static,
) -> Result<T, KeyringProblem> {
    let (sender, answer) = mpsc::channel();
    // The caller may have stopped waiting.
    std::thread::spawn(move || sender.send(work()).unwrap_or_default());
    answer.recv_timeout(limit).unwrap_or_else(|reason| match reason {
        RecvTimeoutError::Timeout => Err(KeyringProblem::Silent { seconds: limit.as_secs() }),
        RecvTimeoutError::Disconnected => Err(KeyringProblem::Broke { words: String::new() }),
    })
}
