//! The lock of the console as the window sees it, and the activity that keeps it open.

use chrono::{DateTime, TimeDelta, Utc};
use latchkey_domain::ApiError;
use latchkey_domain::lock::{
    LoadLock, LockConsole, LockState, NoteActivity, SetLockPassphrase, UnlockConsole,
};
use latchkey_domain::secret_text::SecretInput;
use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::ipc;

/// Activity is reported at most this often.
const TELL_EVERY: TimeDelta = TimeDelta::seconds(10);

/// How the lock stands; nothing is known until the engine has answered.
#[derive(Clone, Copy)]
pub struct Lock {
    pub standing: RwSignal<Option<LockState>>,
    /// Whether the engine could not say: then the window opens and shows the other errors.
    unknown: RwSignal<bool>,
    /// Whether the page is about to be reloaded.
    leaving: RwSignal<bool>,
    told_at: StoredValue<Option<DateTime<Utc>>>,
    clock: fn() -> DateTime<Utc>,
}

impl Lock {
    pub fn new(clock: fn() -> DateTime<Utc>) -> Self {
        Self {
            standing: RwSignal::default(),
            unknown: RwSignal::default(),
            leaving: RwSignal::default(),
            told_at: StoredValue::default(),
            clock,
        }
    }

    /// Whether the window may be shown; none until that is known. Tracks.
    pub fn is_open(self) -> Option<bool> {
        if self.unknown.get() {
            return Some(true);
        }
        self.standing.with(|standing| Some(!standing.as_ref()?.locked))
    }

    /// Whether it was locked while the window was open: the page has shown secrets, and is reloaded. Tracks.
    pub fn is_leaving(self) -> bool {
        self.leaving.get()
    }

    /// Tracks.
    pub fn has_passphrase(self) -> bool {
        self.standing.with(|standing| standing.as_ref().is_some_and(|standing| standing.has_passphrase))
    }

    /// Why no passphrase opens it, if that is so. Tracks.
    pub fn problem(self) -> Option<ApiError> {
        self.standing.with(|standing| standing.as_ref()?.problem.clone())
    }

    pub async fn load(self) {
        match ipc::call(LoadLock {}).await {
            Ok(standing) => self.receive(standing),
            Err(_) => self.unknown.set(true),
        }
    }

    /// Locks; the page is reloaded when the engine confirms.
    pub async fn lock(self) -> Result<(), ApiError> {
        ipc::call(LockConsole {}).await.map(|standing| self.receive(standing))
    }

    pub async fn unlock(self, passphrase: Option<SecretInput>) -> Result<(), ApiError> {
        ipc::call(UnlockConsole { passphrase }).await.map(|standing| self.receive(standing))
    }

    /// Sets or changes the passphrase, or removes it where none is given.
    pub async fn set_passphrase(
        self,
        current: SecretInput,
        passphrase: Option<SecretInput>,
    ) -> Result<(), ApiError> {
        let request = SetLockPassphrase { current: Some(current), passphrase };
        ipc::call(request).await.map(|standing| self.receive(standing))
    }

    pub fn receive(self, standing: LockState) {
        if standing.locked && untrack(|| self.is_open()) == Some(true) {
            self.leaving.try_set(true);
        }
        self.standing.try_set(Some(standing));
    }

    /// Resets the engine's idle timer.
    pub fn note_activity(self) {
        let now = (self.clock)();
        let is_due = |told_at: &mut Option<DateTime<Utc>>| {
            let due = told_at.is_none_or(|at| now - at >= TELL_EVERY);
            if due {
                *told_at = Some(now);
            }
            due
        };
        if self.told_at.try_update_value(is_due) == Some(true) {
            // Refused if locked in the meantime: the page is about to be reloaded.
            spawn_local(async { drop(ipc::call(NoteActivity {}).await) });
        }
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::rc::Rc;

    use super::Lock;
    use crate::ipc::host;
    use crate::state::testing::in_window;

    #[tokio::test]
    async fn activity_is_told_once_in_a_while() {
        in_window(async {
            let told = Rc::new(Cell::new(0));
            let count = told.clone();
            host::answer_with(move |name, _| {
                assert_eq!(name, "note_activity");
                count.set(count.get() + 1);
                async { Ok("null".to_owned()) }
            });
            let lock = Lock::new(|| "2026-11-21T02:00:00Z".parse().expect("an instant"));
            for _ in 0..50 {
                lock.note_activity();
            }
            tokio::task::yield_now().await;
            assert_eq!(told.get(), 1, "fifty movements of the mouse are one message");
        })
        .await;
    }

    #[tokio::test]
    async fn an_engine_that_cannot_say_how_the_lock_stands_keeps_nobody_out() {
        in_window(async {
            let lock = Lock::new(chrono::DateTime::default);
            assert_eq!(lock.is_open(), None, "nothing is shown before the answer");
            host::answer_with(|_, _| async { Err("gone".to_owned()) });
            lock.load().await;
            assert_eq!(lock.is_open(), Some(true), "the window tells what else does not work");
        })
        .await;
    }
}
