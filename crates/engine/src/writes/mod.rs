//! Two-step writes: plans that wait for a person's word, and what carries them out.

#[cfg(test)]
mod cut_off;
mod labels;
mod merge;
mod put;
mod recovery;
mod save;
mod stages;
mod swap;

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};
use latchkey_domain::writes::{PLAN_LIFETIME_SECONDS, PlanId};
use latchkey_domain::{ApiError, Code, ConnectionId, Scope};
use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::Engine;

pub(crate) use labels::WAITS;

/// How long a merge can be decided.
const MERGE_LIFETIME: TimeDelta = TimeDelta::minutes(30);

/// The plans that wait; each can be taken once. What is held of values here goes with its time.
#[derive(Clone, Default)]
pub(crate) struct Plans {
    waiting: Arc<Mutex<HashMap<PlanId, Waiting>>>,
    /// Secrets, by ARN, whose labels this session was refused to move.
    unmovable: Arc<Mutex<HashSet<(Scope, String)>>>,
}

struct Waiting {
    expires_at: DateTime<Utc>,
    connection: ConnectionId,
    plan: Planned,
}

/// What a plan will do.
#[derive(Clone)]
enum Planned {
    Stages(stages::PlannedStages),
    Save(save::PlannedSave),
    /// A save that was tried and is not done: its value can be reviewed again.
    Spent(save::PlannedSave),
    Merge(Arc<merge::OpenMerge>),
}

impl Plans {
    /// A plan that `fits`; it stays, so that neither a missing tick nor a sign-in costs a new one.
    fn look(
        &self,
        plan_id: &PlanId,
        now: DateTime<Utc>,
        fits: impl Fn(&Planned) -> Result<(), ApiError>,
    ) -> Result<Planned, ApiError> {
        let plans = self.waiting();
        let waiting = plans.get(plan_id).filter(|waiting| now <= waiting.expires_at).ok_or_else(gone)?;
        fits(&waiting.plan).map(|()| waiting.plan.clone())
    }

    /// Takes a plan that still `fits`: it can be carried out once.
    fn take(
        &self,
        plan_id: &PlanId,
        now: DateTime<Utc>,
        fits: impl Fn(&Planned) -> Result<(), ApiError>,
    ) -> Result<(), ApiError> {
        let mut plans = self.waiting();
        let waiting = plans.get(plan_id).filter(|waiting| now <= waiting.expires_at).ok_or_else(gone)?;
        fits(&waiting.plan)?;
        plans.remove(plan_id).map(drop).ok_or_else(gone)
    }

    /// A merge stays until it is decided and saved.
    fn merge(&self, merge_id: &PlanId, now: DateTime<Utc>) -> Result<Arc<merge::OpenMerge>, ApiError> {
        match self.waiting().get(merge_id).filter(|waiting| now <= waiting.expires_at) {
            Some(Waiting { plan: Planned::Merge(merge), .. }) => Ok(merge.clone()),
            _ => Err(gone()),
        }
    }

    /// A save that still waits, or was tried in vain; it stays.
    fn save(&self, plan_id: &PlanId, now: DateTime<Utc>) -> Result<save::PlannedSave, ApiError> {
        match self.look(plan_id, now, |_| Ok(()))? {
            Planned::Save(save) | Planned::Spent(save) => Ok(save),
            Planned::Stages(_) | Planned::Merge(_) => Err(gone()),
        }
    }

    /// Drops the plans of a connection.
    pub fn forget(&self, connection: &ConnectionId) {
        self.waiting().retain(|_, waiting| waiting.connection != *connection);
        self.unmovable().retain(|(scope, _)| scope.connection != *connection);
    }

    pub fn forget_all(&self) {
        self.waiting().clear();
    }

    fn waiting(&self) -> MutexGuard<'_, HashMap<PlanId, Waiting>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn unmovable(&self) -> MutexGuard<'_, HashSet<(Scope, String)>> {
        self.unmovable.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Engine {
    /// Keeps a plan for its time and drops it then, values and all. Nothing is kept behind a closed lock: whoever asked for
    /// the plan is refused it.
    fn keep(&self, plan_id: &PlanId, connection: &ConnectionId, plan: Planned) {
        let lifetime = match plan {
            Planned::Merge(_) => MERGE_LIFETIME,
            Planned::Stages(_) | Planned::Save(_) | Planned::Spent(_) => {
                TimeDelta::seconds(PLAN_LIFETIME_SECONDS)
            }
        };
        let expires_at = self.clock.now() + lifetime;
        let waiting = Waiting { expires_at, connection: connection.clone(), plan };
        {
            let mut plans = self.plans.waiting();
            // Under the same lock as what is dropped when the console closes.
            if self.lock.check_open().is_err() {
                return;
            }
            plans.insert(plan_id.clone(), waiting);
        }
        let over = self.clock.sleep(lifetime.to_std().unwrap_or_default());
        let (plans, plan_id) = (Arc::downgrade(&self.plans.waiting), plan_id.clone());
        tokio::spawn(async move {
            over.await;
            if let Some(plans) = plans.upgrade() {
                plans.lock().unwrap_or_else(PoisonError::into_inner).remove(&plan_id);
            }
        });
    }
}

fn gone() -> ApiError {
    let message = "This plan was used already, or its time is over. Look at it again.";
    ApiError::new(Code::Conflict, message)
}

/// The name of a plan: a hash of where it will be applied, of what it was made on, of what it does and of when it was
/// made. Two plans that look alike to a person and are not have different names.
fn plan_id(scope: &Scope, arn: &str, made_at: DateTime<Utc>, content: &impl Serialize) -> PlanId {
    let json = serde_json::to_vec(&(scope, arn, made_at, content)).unwrap_or_default();
    PlanId(hex::encode(Sha256::digest(json)))
}
