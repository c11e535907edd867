//! The dates of accesses that are not in the file yet: they are noted after the answers, so that no read waits for a write.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::versions::Access;

/// After a try that failed: the disk is full, or another program holds the file.
const PAUSE: Duration = Duration::from_secs(30);
/// Secrets that are remembered while nothing can be noted. The dates of others are lost, as those of a crash are.
const MAX_SECRETS: usize = 1_000;

/// The midnights of the days of accesses, by secret and version.
#[derive(Debug, Default)]
pub struct Accesses(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    days: HashMap<i64, HashMap<String, i64>>,
    is_noting: bool,
    not_before: Option<Instant>,
}

impl State {
    fn are_due(&self) -> bool {
        let is_paused = self.not_before.is_some_and(|not_before| Instant::now() < not_before);
        !self.days.is_empty() && !self.is_noting && !is_paused
    }
}

impl Accesses {
    pub fn keep(&self, accesses: Vec<Access>, day: i64) {
        let mut state = self.lock();
        for Access { secret_id, version_id } in accesses {
            if state.days.len() < MAX_SECRETS || state.days.contains_key(&secret_id) {
                state.days.entry(secret_id).or_default().insert(version_id, day);
            }
        }
    }

    pub fn is_empty(&self) -> bool {
        self.lock().days.is_empty()
    }

    /// Those that are to be noted, each with its day. They stay until they are [noted](Self::noted).
    pub fn all(&self) -> Vec<(Access, i64)> {
        let all = |(&secret_id, versions): (&i64, &HashMap<String, i64>)| {
            let access = |(version_id, &day): (&String, &i64)| {
                (Access { secret_id, version_id: version_id.clone() }, day)
            };
            versions.iter().map(access).collect::<Vec<_>>()
        };
        self.lock().days.iter().flat_map(all).collect()
    }

    /// These are in the file. Those that came meanwhile are not.
    pub fn noted(&self, noted: &[(Access, i64)]) {
        let mut state = self.lock();
        for (Access { secret_id, version_id }, day) in noted {
            let Some(versions) = state.days.get_mut(secret_id) else { continue };
            if versions.get(version_id) == Some(day) {
                versions.remove(version_id);
            }
            if versions.is_empty() {
                state.days.remove(secret_id);
            }
        }
        state.not_before = None;
    }

    /// Whether there is something to note, and nobody does, and no pause.
    pub fn are_due(&self) -> bool {
        self.lock().are_due()
    }

    /// Whether the caller is the one who notes them now.
    pub fn begin_noting(&self) -> bool {
        let mut state = self.lock();
        let begins = state.are_due();
        state.is_noting |= begins;
        begins
    }

    /// Ends what [`begin_noting`](Self::begin_noting) began.
    pub fn end_noting(&self, has_failed: bool) {
        let mut state = self.lock();
        state.is_noting = false;
        if has_failed {
            state.not_before = Some(Instant::now() + PAUSE);
        }
    }

    /// The day of the last access to a secret, 0 if none waits.
    pub fn day_of_secret(&self, secret_id: i64) -> i64 {
        let state = self.lock();
        state.days.get(&secret_id).and_then(|versions| versions.values().max().copied()).unwrap_or_default()
    }

    /// The day of the last access to a version, 0 if none waits.
    pub fn day_of_version(&self, secret_id: i64, version_id: &str) -> i64 {
        let state = self.lock();
        let day = state.days.get(&secret_id).and_then(|versions| versions.get(version_id));
        day.copied().unwrap_or_default()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
