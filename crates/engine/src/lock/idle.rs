//! The time without activity, after which the lock closes. The window tells of keys and movements; the time is counted
//! here.

use std::sync::{Arc, Weak};
use std::time::Duration;

use latchkey_domain::ApiError;
use latchkey_domain::lock::NoteActivity;

use crate::Engine;

impl Engine {
    /// Begins the time until the lock anew. After a sleep of the machine the time may be over already: then it locks.
    pub(crate) async fn note_activity(&self, _: NoteActivity) -> Result<(), ApiError> {
        if self.idle_left() == Some(Duration::ZERO) {
            self.lock.changed.notify_one();
        } else {
            self.note_active();
        }
        Ok(())
    }

    pub(super) fn note_active(&self) {
        self.lock.standing().active_at = self.clock.now();
        self.lock.changed.notify_one();
    }

    /// Locks when nobody has been active for the time of the settings, as long as the engine lives.
    pub(crate) fn watch_idle(self: &Arc<Self>) {
        tokio::spawn(watch(Arc::downgrade(self)));
    }

    /// How long until the lock closes; none while it is closed or never does by itself.
    fn idle_left(&self) -> Option<Duration> {
        let minutes = self.settings.current().lock_after_minutes;
        let standing = self.lock.standing();
        if minutes == 0 || standing.is_locked {
            return None;
        }
        let gone = (self.clock.now() - standing.active_at).to_std().unwrap_or_default();
        Some(Duration::from_secs(u64::from(minutes) * 60).saturating_sub(gone))
    }
}

async fn watch(engine: Weak<Engine>) {
    while let Some(strong) = engine.upgrade() {
        let changed = strong.lock.changed.clone();
        let over = match strong.idle_left() {
            Some(Duration::ZERO) => {
                strong.close_lock().await;
                continue;
            }
            left => left.map(|left| strong.clock.sleep(left)),
        };
        drop(strong);
        match over {
            Some(over) => tokio::select! {
                () = over => {}
                () = changed.notified() => {}
            },
            None => changed.notified().await,
        }
    }
}
