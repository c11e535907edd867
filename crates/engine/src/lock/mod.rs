//! The lock: closed on idle, by a key or with the screen. Closed, every command but its own is refused; with a
//! passphrase the keys, the clients and the vault's port go too.

pub(crate) mod data_key;
mod idle;
mod standing;
#[cfg(test)]
mod tests;

use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use chrono::{DateTime, Utc};
use latchkey_domain::ApiError;
use latchkey_domain::connection::OpenVault;
use latchkey_domain::event::Event;
use latchkey_domain::lock::{
    ANSWERED_WHEN_LOCKED, LoadLock, LockConsole, LockState, SetLockPassphrase, UnlockConsole,
};
use latchkey_domain::secret_text::SecretInput;
use latchkey_keyring::{Keyring, PassphraseState};
use tokio::sync::{Notify, RwLock};

use crate::Engine;
use crate::keyring::{ask, told};
use crate::ports::BoxFuture;
use data_key::{DataKey, locked};
use standing::Standing;

/// How long a closing lock waits for commands that are under way: a write should end before its keys go.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(10);
/// How long the vaults wait for them, which serve others too. They take as long again to close, and a second in all.
const VAULTS_TIMEOUT: Duration = Duration::from_millis(500);

/// Whether it is known if there is a passphrase.
#[derive(Clone, Copy)]
enum Begun {
    /// Not asked yet.
    No,
    /// The keyring did not say, and is asked again from this time on.
    Unanswered {
        until: DateTime<Utc>,
    },
    Yes,
}

/// How the lock stands, and the key behind it.
pub(crate) struct Lock {
    /// Of all entries; locked with the console.
    pub keyring: Arc<Keyring>,
    pub key: Arc<DataKey>,
    standing: Mutex<Standing>,
    /// Whether the keyring has told if there is a passphrase.
    begun: tokio::sync::Mutex<Begun>,
    /// Held for reading by every command that is under way.
    under_way: RwLock<()>,
    /// One opening or change of the passphrase at a time, and no keys dropped in the middle of it.
    turning: tokio::sync::Mutex<()>,
    /// Held by who closes, from the first moment to the last.
    closing: tokio::sync::Mutex<()>,
    /// Tells the idle timer that the settings or the lock changed.
    changed: Arc<Notify>,
}

impl Lock {
    pub fn new(keyring: Arc<Keyring>, data: &Path, now: DateTime<Utc>) -> Self {
        Self {
            key: Arc::new(DataKey::new(keyring.clone(), data)),
            keyring,
            standing: Mutex::new(Standing::new(now)),
            begun: tokio::sync::Mutex::new(Begun::No),
            under_way: RwLock::default(),
            turning: tokio::sync::Mutex::default(),
            closing: tokio::sync::Mutex::default(),
            changed: Arc::default(),
        }
    }

    /// Refuses while the lock is closed.
    pub fn check_open(&self) -> Result<(), ApiError> {
        if self.standing().is_locked { Err(locked()) } else { Ok(()) }
    }

    /// What depends on the settings is looked at again.
    pub fn settings_changed(&self) {
        self.changed.notify_one();
    }

    fn standing(&self) -> MutexGuard<'_, Standing> {
        self.standing.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Engine {
    /// Does a command's work, unless the lock is closed. What it read is kept back if the lock closed meanwhile.
    pub(crate) async fn admit<T>(
        &self,
        command: &str,
        work: impl Future<Output = Result<T, ApiError>>,
    ) -> Result<T, ApiError> {
        if ANSWERED_WHEN_LOCKED.contains(&command) {
            return work.await;
        }
        self.begin_lock().await;
        self.lock.check_open()?;
        let _under_way = self.lock.under_way.read().await;
        self.lock.check_open()?;
        let answer = work.await;
        self.lock.check_open()?;
        answer
    }

    /// A console that has a passphrase starts locked. One whose keyring does not answer has nothing to unlock with: it
    /// starts open, and closes once the keyring tells of a passphrase.
    pub(crate) async fn begin_lock(&self) {
        let mut begun = self.lock.begun.lock().await;
        let asked_at = self.clock.now();
        let is_late = match *begun {
            Begun::Yes => return,
            Begun::Unanswered { until } if asked_at < until => return,
            Begun::Unanswered { .. } => true,
            Begun::No => false,
        };
        let answer = self.look_for_passphrase().await;
        let now = self.clock.now();
        let Ok(has_passphrase) = answer else {
            // One that is slow to say no would hold up every command.
            *begun = Begun::Unanswered { until: now + (now - asked_at) };
            return;
        };
        *begun = Begun::Yes;
        match (has_passphrase, is_late) {
            (true, true) => {
                self.close_lock().await;
                // It may have been closed before, when it only hid.
                self.drop_keys().await;
                self.tell(Event::Lock(self.lock_state()));
            }
            (true, false) => self.lock.standing().is_locked = true,
            (false, _) => {}
        }
    }

    /// How the lock stands.
    pub(crate) async fn load_lock(&self, _: LoadLock) -> Result<LockState, ApiError> {
        self.begin_lock().await;
        Ok(self.lock_state())
    }

    /// Locks; answers when everything that the lock hides is gone.
    pub(crate) async fn lock_console(&self, _: LockConsole) -> Result<LockState, ApiError> {
        self.begin_lock().await;
        self.close_lock().await;
        Ok(self.lock_state())
    }

    /// Opens the lock, and the vault with it where the lock had closed that.
    pub(crate) async fn unlock_console(&self, request: UnlockConsole) -> Result<LockState, ApiError> {
        self.begin_lock().await;
        let closings = self.lock.standing().closings;
        // What closes is waited for; once it is closed, another closing has nothing to do.
        drop(self.lock.closing.lock().await);
        if self.open_lock(request, closings).await? {
            // Not in the lock's turn: a question about its file may stand for long, and the lock can close meanwhile.
            self.open_vault(OpenVault::local()).await?;
        }
        Ok(self.lock_state())
    }

    /// Whether it opened, and the vault has to be opened too. `closings` is how many there were when this was asked for.
    async fn open_lock(&self, request: UnlockConsole, closings: u64) -> Result<bool, ApiError> {
        let _turn = self.lock.turning.lock().await;
        if self.lock.check_open().is_ok() {
            return Ok(false);
        }
        let was_impossible = self.lock.standing().problem.is_some();
        if was_impossible {
            self.look_for_passphrase().await?;
            let state = self.lock_state();
            self.tell(Event::Lock(state.clone()));
            if let Some(problem) = state.problem {
                return Err(problem);
            }
        }
        let has_passphrase = self.lock.standing().has_passphrase;
        if has_passphrase && was_impossible && request.passphrase.is_none() {
            return Ok(false);
        }
        if has_passphrase {
            self.try_passphrase("passphrase", request.passphrase).await?;
            // Books that were opened without the key know nothing.
            self.journal.close().await;
        }
        if !self.lock.standing().open_unless_closed_since(closings) {
            self.lock.keyring.let_go();
            return Ok(false);
        }
        self.note_active();
        self.tell(Event::Lock(self.lock_state()));
        Ok(has_passphrase)
    }

    /// Sets, changes or removes the passphrase; the one that is set now has to be given.
    pub(crate) async fn set_lock_passphrase(
        &self,
        request: SetLockPassphrase,
    ) -> Result<LockState, ApiError> {
        self.begin_lock().await;
        let _turn = self.lock.turning.lock().await;
        // The turn before may have closed it, and let go of the key.
        self.lock.check_open()?;
        let passphrase = request.passphrase.filter(|text| !text.is_empty());
        if self.has_passphrase().await? {
            self.try_passphrase("current", request.current).await?;
        }
        // What the passphrase opens by itself is there from now on.
        self.lock.key.get().await?;
        let set = ask(&self.lock.keyring, move |keyring| {
            keyring.set_passphrase(passphrase.as_ref().map(SecretInput::expose))
        });
        let set = set.await;
        // It may be set though not all that it replaces is gone.
        self.lock.standing().has_passphrase = self.has_passphrase().await?;
        set?;
        let state = self.lock_state();
        self.tell(Event::Lock(state.clone()));
        Ok(state)
    }

    async fn has_passphrase(&self) -> Result<bool, ApiError> {
        ask(&self.lock.keyring, Keyring::has_passphrase).await
    }

    /// Whether the lock needs a passphrase, and what it lacks to be opened by one. Where the keys of encrypted files are
    /// gone with all else, it is not known that there was none.
    async fn look_for_passphrase(&self) -> Result<bool, ApiError> {
        let (is_set, problem) = match ask(&self.lock.keyring, Keyring::passphrase).await? {
            PassphraseState::Set => (true, None),
            PassphraseState::Useless(problem) => (true, Some(told(&problem))),
            PassphraseState::NotSet => (false, self.lock.key.lost().await),
        };
        let mut standing = self.lock.standing();
        standing.has_passphrase = is_set || problem.is_some();
        standing.problem = problem;
        Ok(standing.has_passphrase)
    }

    /// `field` is where the passphrase was typed.
    async fn try_passphrase(&self, field: &str, given: Option<SecretInput>) -> Result<(), ApiError> {
        let wait = self.lock.standing().wait_seconds(self.clock.now());
        if wait > 0 {
            return Err(ApiError::invalid(field, format!("Try again in {}.", seconds(wait))));
        }
        let given = given.filter(|text| !text.is_empty());
        let given = given.ok_or_else(|| ApiError::invalid(field, "Type the passphrase."))?;
        let is_right = ask(&self.lock.keyring, move |keyring| keyring.unlock(given.expose())).await?;
        let mut standing = self.lock.standing();
        if is_right {
            standing.note_right();
            return Ok(());
        }
        let now = self.clock.now();
        standing.note_wrong(now);
        let wait = seconds(standing.wait_seconds(now));
        Err(ApiError::invalid(field, format!("Wrong passphrase. Try again in {wait}.")))
    }

    /// Locks because the system locked its screen or goes to sleep, unless the settings say not to; returns when
    /// everything that the lock hides is gone.
    pub async fn lock_with_screen(&self) {
        if self.settings.current().lock_with_screen {
            self.begin_lock().await;
            self.close_lock().await;
        }
    }

    /// Closes the lock, unless it is closed; returns when everything that it hides is gone. From the first moment on no
    /// command is answered, whatever the turn waits for.
    pub(crate) async fn close_lock(&self) {
        let was_locked = self.lock.standing().close();
        if !was_locked {
            self.tell(Event::Lock(self.lock_state()));
        }
        let _closing = self.lock.closing.lock().await;
        if was_locked {
            return;
        }
        self.inventories.cancel_all();
        self.forget_opened();
        let has_passphrase = self.lock.standing().has_passphrase;
        let commands_end = async {
            let long_enough = self.clock.sleep(CLOSE_TIMEOUT);
            if !self.ends_before(self.clock.sleep(VAULTS_TIMEOUT)).await {
                if has_passphrase {
                    self.close_vaults().await;
                }
                self.ends_before(long_enough).await;
            }
        };
        // Who has the clipboard by now may take seconds to say what is on it.
        tokio::join!(commands_end, self.clear_clipboard());
        let _turn = self.lock.turning.lock().await;
        self.forget_opened();
        // Whoever had the turn may have set one.
        let has_passphrase = self.lock.standing().has_passphrase;
        let keys_go = async {
            if has_passphrase {
                self.drop_keys().await;
            }
        };
        tokio::join!(keys_go, self.clear_clipboard());
    }

    /// Waits for the commands that are under way; whether they ended before this did.
    async fn ends_before(&self, timeout: BoxFuture<'static, ()>) -> bool {
        tokio::select! {
            _ = self.lock.under_way.write() => true,
            () = timeout => false,
        }
    }

    async fn drop_keys(&self) {
        self.journal.settle().await;
        self.journal.close().await;
        self.inventories.forget_all();
        let mut closing = std::pin::pin!(self.close_connections());
        tokio::select! {
            // A vault that closes may have something to note in the keyring.
            () = &mut closing => self.lock.keyring.let_go(),
            // One that is just being opened may wait for the keyring, which waits for a person.
            () = self.clock.sleep(VAULTS_TIMEOUT) => {
                self.lock.keyring.let_go();
                closing.await;
            }
        }
    }

    fn forget_opened(&self) {
        self.values.forget_all();
        self.plans.forget_all();
    }

    fn lock_state(&self) -> LockState {
        let standing = self.lock.standing();
        LockState {
            locked: standing.is_locked,
            has_passphrase: standing.has_passphrase,
            problem: standing.problem.clone(),
            wait_seconds: standing.wait_seconds(self.clock.now()),
            theme: self.settings.current().theme,
        }
    }
}

fn seconds(count: u32) -> String {
    if count == 1 { "1 second".to_owned() } else { format!("{count} seconds") }
}
