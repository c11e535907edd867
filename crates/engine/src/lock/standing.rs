//! How the lock stands, and how long a wrong passphrase makes the next one wait.

use chrono::{DateTime, TimeDelta, Utc};
use latchkey_domain::ApiError;

/// The longest wait after a wrong passphrase.
const MAX_WAIT_SECONDS: i64 = 300;

#[derive(Default)]
pub(super) struct Standing {
    pub is_locked: bool,
    /// How often the lock was asked to close: who is about to open it looks whether that happened meanwhile.
    pub closings: u64,
    pub has_passphrase: bool,
    pub problem: Option<ApiError>,
    wrong_tries: u32,
    next_try_at: Option<DateTime<Utc>>,
    pub active_at: DateTime<Utc>,
}

impl Standing {
    pub fn new(now: DateTime<Utc>) -> Self {
        Self { active_at: now, ..Self::default() }
    }

    /// Whether it was closed before.
    pub fn close(&mut self) -> bool {
        self.closings += 1;
        std::mem::replace(&mut self.is_locked, true)
    }

    /// Whether it is open now: not if it was asked to close since there had been so many closings.
    pub fn open_unless_closed_since(&mut self, closings: u64) -> bool {
        self.is_locked = self.closings != closings;
        !self.is_locked
    }

    pub fn wait_seconds(&self, now: DateTime<Utc>) -> u32 {
        let left = self.next_try_at.map_or(TimeDelta::zero(), |at| at - now);
        u32::try_from((left.num_milliseconds() + 999).max(0) / 1000).unwrap_or(u32::MAX)
    }

    /// Each wrong try doubles the wait for the next one.
    pub fn note_wrong(&mut self, now: DateTime<Utc>) {
        let wait = 1_i64.checked_shl(self.wrong_tries.min(20)).unwrap_or(MAX_WAIT_SECONDS);
        self.next_try_at = Some(now + TimeDelta::seconds(wait.min(MAX_WAIT_SECONDS)));
        self.wrong_tries += 1;
    }

    pub fn note_right(&mut self) {
        (self.wrong_tries, self.next_try_at) = (0, None);
    }
}
