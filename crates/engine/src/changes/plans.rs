//! Reviewed plans that wait for confirmation.

use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};
use latchkey_domain::writes::{PLAN_LIFETIME_SECONDS, PlanId};
use latchkey_domain::{ApiError, Code, ConnectionId, Scope};
use serde::Serialize;
use sha2::{Digest, Sha256};

use super::PlannedChanges;
use super::merge::OpenMerge;
use super::save::PlannedSave;
use crate::Engine;

/// How long a plan can be applied.
pub(super) const LIFETIME: TimeDelta = TimeDelta::seconds(PLAN_LIFETIME_SECONDS);
/// How long a merge can be decided, and a plan over many secrets read.
pub(super) const LONG_LIFETIME: TimeDelta = TimeDelta::minutes(30);

/// What waits for a person. The values in it are dropped when it expires.
#[derive(Clone, Default)]
pub(crate) struct Plans {
    pub(super) changes: Kept<Arc<PlannedChanges>>,
    /// Saves that were tried and are not done, by their plan: their values can be reviewed again.
    pub(super) spent_saves: Kept<Vec<Arc<PlannedSave>>>,
    pub(super) merges: Kept<Arc<OpenMerge>>,
    /// Plans that are being applied, by their connection, and whether each was cancelled.
    applying: Arc<Mutex<HashMap<PlanId, Stop>>>,
    /// Secrets, by ARN, for which moving labels was denied in this session.
    unmovable: Arc<Mutex<HashSet<(Scope, String)>>>,
}

/// The connection of a plan that is being applied, and whether it was cancelled.
type Stop = (ConnectionId, Arc<AtomicBool>);

/// Plans of one kind.
pub(super) struct Kept<T>(Arc<Mutex<HashMap<PlanId, Waiting<T>>>>);

struct Waiting<T> {
    expires_at: DateTime<Utc>,
    connection: ConnectionId,
    plan: T,
}

impl<T> Clone for Kept<T> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<T> Default for Kept<T> {
    fn default() -> Self {
        Self(Arc::default())
    }
}

impl<T: Clone> Kept<T> {
    /// A plan; it stays, so that neither a missing tick nor a sign-in costs a new one.
    pub fn look(&self, plan_id: &PlanId, now: DateTime<Utc>) -> Result<T, ApiError> {
        let plans = self.lock();
        let waiting = plans.get(plan_id).filter(|waiting| now <= waiting.expires_at);
        waiting.map(|waiting| waiting.plan.clone()).ok_or_else(gone)
    }

    /// Uses a plan up: it can be applied once.
    pub fn take(&self, plan_id: &PlanId, now: DateTime<Utc>) -> Result<(), ApiError> {
        let taken = self.lock().remove(plan_id).filter(|waiting| now <= waiting.expires_at);
        taken.map(drop).ok_or_else(gone)
    }

    fn retain(&self, stays: &impl Fn(&ConnectionId, &PlanId) -> bool) {
        self.lock().retain(|plan_id, waiting| stays(&waiting.connection, plan_id));
    }

    #[cfg(test)]
    pub fn len(&self) -> usize {
        self.lock().len()
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<PlanId, Waiting<T>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Plans {
    /// The saves of a plan that still waits, or those that failed; they stay.
    pub(super) fn saves(
        &self,
        plan_id: &PlanId,
        now: DateTime<Utc>,
    ) -> Result<Vec<Arc<PlannedSave>>, ApiError> {
        let waiting = self.changes.look(plan_id, now).map(|plan| plan.saves().cloned().collect());
        waiting.or_else(|_| self.spent_saves.look(plan_id, now))
    }

    /// Drops the plans of a connection, and stops those that are being applied before their next secret.
    pub fn forget(&self, connection: &ConnectionId) {
        self.stop(|of, _| of == connection);
        self.retain(|of, _| of != connection);
        self.unmovable().retain(|(scope, _)| scope.connection != *connection);
    }

    pub fn forget_all(&self) {
        self.stop(|_, _| true);
        self.retain(|_, _| false);
    }

    pub(super) fn unmovable(&self) -> MutexGuard<'_, HashSet<(Scope, String)>> {
        self.unmovable.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes that a plan is being applied, until what is returned is dropped. It is applied once at a time.
    pub(super) fn applying(&self, plan_id: &PlanId, connection: &ConnectionId) -> Result<Applying, ApiError> {
        let is_cancelled = Arc::<AtomicBool>::default();
        match self.all_applying().entry(plan_id.clone()) {
            Entry::Occupied(_) => return Err(gone()),
            Entry::Vacant(place) => place.insert((connection.clone(), is_cancelled.clone())),
        };
        Ok(Applying { plans: self.clone(), plan_id: plan_id.clone(), is_cancelled })
    }

    /// Drops a plan that waits, or stops it before its next secret.
    pub(super) fn cancel(&self, plan_id: &PlanId) {
        self.stop(|_, applied| applied == plan_id);
        self.retain(|_, waiting| waiting != plan_id);
    }

    /// Keeps the plans, of every kind, that `stays` says.
    fn retain(&self, stays: impl Fn(&ConnectionId, &PlanId) -> bool) {
        self.changes.retain(&stays);
        self.spent_saves.retain(&stays);
        self.merges.retain(&stays);
    }

    fn stop(&self, which: impl Fn(&ConnectionId, &PlanId) -> bool) {
        for (plan_id, (connection, is_cancelled)) in self.all_applying().iter() {
            if which(connection, plan_id) {
                is_cancelled.store(true, Ordering::Relaxed);
            }
        }
    }

    fn all_applying(&self) -> MutexGuard<'_, HashMap<PlanId, Stop>> {
        self.applying.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A plan that is being applied.
pub(super) struct Applying {
    plans: Plans,
    plan_id: PlanId,
    is_cancelled: Arc<AtomicBool>,
}

impl Applying {
    pub fn is_cancelled(&self) -> bool {
        self.is_cancelled.load(Ordering::Relaxed)
    }
}

impl Drop for Applying {
    fn drop(&mut self) {
        self.plans.all_applying().remove(&self.plan_id);
    }
}

impl Engine {
    /// Keeps a plan for its time and drops it then, values and all. Nothing is kept behind a closed lock: whoever asked for
    /// the plan is refused it.
    pub(super) fn keep<T: Clone + Send + 'static>(
        &self,
        kept: &Kept<T>,
        plan_id: &PlanId,
        connection: &ConnectionId,
        lifetime: TimeDelta,
        plan: T,
    ) {
        let expires_at = self.clock.now() + lifetime;
        {
            let mut plans = kept.lock();
            // Under the same lock as what is dropped when the console closes.
            if self.lock.check_open().is_err() {
                return;
            }
            plans.insert(plan_id.clone(), Waiting { expires_at, connection: connection.clone(), plan });
        }
        let over = self.clock.sleep(lifetime.to_std().unwrap_or_default());
        let (plans, plan_id) = (Arc::downgrade(&kept.0), plan_id.clone());
        tokio::spawn(async move {
            over.await;
            if let Some(plans) = plans.upgrade() {
                plans.lock().unwrap_or_else(PoisonError::into_inner).remove(&plan_id);
            }
        });
    }
}

pub(super) fn gone() -> ApiError {
    let message = "This plan was already used or has expired. Review the change again.";
    ApiError::new(Code::Conflict, message)
}

/// The name of a plan: a hash of where it will be applied, of what it was made on, of what it does and of when it was
/// made. Two plans that look alike to a person and are not have different names.
pub(super) fn plan_id(scope: &Scope, made_at: DateTime<Utc>, content: &impl Serialize) -> PlanId {
    let json = serde_json::to_vec(&(scope, made_at, content)).unwrap_or_default();
    PlanId(hex::encode(Sha256::digest(json)))
}
