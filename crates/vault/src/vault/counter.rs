//! How far a vault has come, noted in the keyring: it tells an older file in the place of the vault's.
//!
//! No write waits for the keyring. A thread notes the newest generation, at most once a second, and when the vault closes.
//! What a crash or a keyring that hangs leaves unnoted makes the keyring know less than it could, and never more than the
//! file holds.

use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use crate::keyring::{KeyStore, KeyringProblem};

/// Between two notes, and after one that failed: a locked keyring may ask for its password each time.
const PAUSE: Duration = Duration::from_secs(1);
const LONG_PAUSE: Duration = Duration::from_secs(15 * 60);

/// How long a close waits for the keyring.
const AT_CLOSE: Duration = Duration::from_secs(2);

/// Notes the last generation when dropped.
pub struct Counter {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
    /// Disconnected when the thread ends.
    ended: Mutex<Receiver<()>>,
}

struct Shared {
    state: Mutex<State>,
    /// Notified when there is something to note, and at the end.
    changed: Condvar,
}

struct State {
    newest: u64,
    /// What the keyring holds; `None` if that is not known.
    noted: Option<u64>,
    is_over: bool,
    /// The last try failed.
    has_failed: bool,
}

/// What the keyring holds of a vault. One that cannot be asked knows nothing: its key was just there.
pub fn known(store: &dyn KeyStore, vault_id: &str) -> Option<u64> {
    store.load_generation(vault_id).unwrap_or_else(|problem| {
        tracing::warn!(%problem, "the keyring does not say how far the vault had come");
        None
    })
}

impl Counter {
    /// The vault is at this generation now, whatever the keyring holds.
    pub fn start(
        store: Arc<dyn KeyStore>,
        vault_id: String,
        noted: Option<u64>,
        newest: u64,
    ) -> std::io::Result<Self> {
        let state = State { newest, noted, is_over: false, has_failed: false };
        let shared = Arc::new(Shared { state: Mutex::new(state), changed: Condvar::new() });
        let noting = shared.clone();
        let (running, ended) = mpsc::channel();
        let run = move || {
            let _running: mpsc::Sender<()> = running;
            noting.run(|generation| store.save_generation(&vault_id, generation));
        };
        let thread = thread::Builder::new().name("vault generation".to_owned()).spawn(run)?;
        Ok(Self { shared, thread: Some(thread), ended: Mutex::new(ended) })
    }

    /// The vault has come as far as this.
    pub fn reach(&self, generation: u64) {
        let mut state = self.shared.lock();
        state.newest = state.newest.max(generation);
        self.shared.changed.notify_all();
    }
}

impl Drop for Counter {
    fn drop(&mut self) {
        self.shared.lock().is_over = true;
        self.shared.changed.notify_all();
        let ended = self.ended.get_mut().unwrap_or_else(PoisonError::into_inner);
        if ended.recv_timeout(AT_CLOSE) == Err(RecvTimeoutError::Timeout) {
            tracing::warn!("the vault is closed before the keyring has noted how far it has come");
            return;
        }
        if let Some(Err(_)) = self.thread.take().map(JoinHandle::join) {
            tracing::error!("the generation of the vault could not be noted");
        }
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn run(&self, save: impl Fn(u64) -> Result<(), KeyringProblem>) {
        while let Some(generation) = self.next() {
            let saved = save(generation);
            let mut state = self.lock();
            match saved {
                Ok(()) => state.noted = Some(generation),
                Err(problem) if !state.has_failed => {
                    tracing::warn!(%problem, "how far the vault has come could not be noted in the keyring");
                }
                Err(_) => {}
            }
            state.has_failed = state.noted != Some(generation);
            let pause = if state.has_failed { LONG_PAUSE } else { PAUSE };
            let paused = self.changed.wait_timeout_while(state, pause, |state| !state.is_over);
            drop(paused.unwrap_or_else(PoisonError::into_inner));
        }
    }

    /// Waits for what is to be noted; `None` at the end. A keyring that failed is not asked again at the end: it might
    /// ask for a password.
    fn next(&self) -> Option<u64> {
        let is_idle = |state: &mut State| state.noted == Some(state.newest) && !state.is_over;
        let state = self.changed.wait_while(self.lock(), is_idle).unwrap_or_else(PoisonError::into_inner);
        let is_done = state.noted == Some(state.newest) || (state.is_over && state.has_failed);
        (!is_done).then_some(state.newest)
    }
}
