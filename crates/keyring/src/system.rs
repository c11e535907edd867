//! The keyring of the operating system: Secret Service, Keychain or Credential Manager.
//!
//! Each call has a connection of its own, so that a keyring that was started again is simply there; and none waits
//! without an end. The calls block: make them on a thread for that.

#[cfg(any(target_os = "macos", target_os = "windows"))]
mod native;
#[cfg(not(any(target_os = "macos", target_os = "windows")))]
mod secret_service;
#[cfg(all(test, target_os = "linux"))]
mod tests;

use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::{Entries, KeyringProblem, MAX_ENTRY_BYTES, Secret};
#[cfg(any(target_os = "macos", target_os = "windows"))]
use native::Store;
#[cfg(not(any(target_os = "macos", target_os = "windows")))]
use secret_service::Store;

const SERVICE: &str = "latchkey";

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

/// The entries of this program in the keyring of the system.
pub(crate) struct SystemEntries;

impl Entries for SystemEntries {
    fn load(&self, account: &str) -> Result<Option<Secret>, KeyringProblem> {
        load_within(&PATIENCE, account)
    }

    fn save(&self, account: &str, secret: Secret) -> Result<(), KeyringProblem> {
        save_within(&PATIENCE, account, secret)
    }

    fn delete(&self, account: &str) -> Result<(), KeyringProblem> {
        let account = account.to_owned();
        ask(&PATIENCE, move |store| store.delete(&account))
    }

    fn accounts(&self) -> Result<Vec<String>, KeyringProblem> {
        accounts_within(&PATIENCE)
    }
}

fn load_within(patience: &Patience, account: &str) -> Result<Option<Secret>, KeyringProblem> {
    let account = account.to_owned();
    ask(patience, move |store| store.load(&account))
}

fn save_within(patience: &Patience, account: &str, secret: Secret) -> Result<(), KeyringProblem> {
    if secret.len() > MAX_ENTRY_BYTES {
        return Err(KeyringProblem::TooLong { bytes: secret.len() });
    }
    let account = account.to_owned();
    ask(patience, move |store| store.save(&account, &secret))
}

fn accounts_within(patience: &Patience) -> Result<Vec<String>, KeyringProblem> {
    ask(patience, Store::accounts)
}

/// When the person last turned the keyring's question away; held while it is asked, so that there is one at a time.
static TURNED_AWAY_AT: Mutex<Option<Instant>> = Mutex::new(None);

/// How long a keyring that broke off is waited for: the session starts it again.
const RESTART: Duration = Duration::from_secs(2);
const RESTART_POLL: Duration = Duration::from_millis(100);

/// Does one thing with the keyring, which may be done twice: one that breaks off is asked again once it is back.
fn ask<T: Send + 'static>(
    patience: &Patience,
    work: impl Fn(&Store) -> Result<T, KeyringProblem> + Clone + Send + 'static,
) -> Result<T, KeyringProblem> {
    let first = ask_once(patience, work.clone());
    if !matches!(&first, Err(problem) if problem.broke_off()) {
        return first;
    }
    let since = Instant::now();
    while since.elapsed() < RESTART {
        std::thread::sleep(RESTART_POLL);
        match ask_once(patience, work.clone()) {
            Err(KeyringProblem::Missing { .. } | KeyringProblem::Broke { .. }) => {}
            answer => return answer,
        }
    }
    first
}

/// A locked keyring asks for its password, but not again and again.
fn ask_once<T: Send + 'static>(
    patience: &Patience,
    work: impl Fn(&Store) -> Result<T, KeyringProblem> + Send + 'static,
) -> Result<T, KeyringProblem> {
    let (store, is_locked) = open(patience)?;
    if !is_locked {
        return within(unlocked_patience(patience), move || work(&store));
    }
    let mut turned_away_at = TURNED_AWAY_AT.lock().unwrap_or_else(PoisonError::into_inner);
    // Whoever was asked before may have unlocked it.
    let (store, is_locked) = open(patience)?;
    if !is_locked {
        return within(patience.answer, move || work(&store));
    }
    if turned_away_at.is_some_and(|at| at.elapsed() < patience.quiet) {
        return Err(KeyringProblem::Locked);
    }
    let answer = within(patience.question, move || work(&store));
    if let Err(KeyringProblem::Locked | KeyringProblem::Silent { .. }) = answer {
        *turned_away_at = Some(Instant::now());
    }
    answer
}

/// The keyring, and whether it is locked.
fn open(patience: &Patience) -> Result<(Store, bool), KeyringProblem> {
    within(patience.answer, || {
        let store = Store::open()?;
        let is_locked = store.is_locked()?;
        Ok((store, is_locked))
    })
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
