//! Two-step writes: plans that wait for a person's word, and what carries them out.

mod labels;
mod stages;

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};
use latchkey_domain::writes::{PLAN_LIFETIME_SECONDS, PlanId};
use latchkey_domain::{ApiError, Code, ConnectionId, Scope};
use serde::Serialize;
use sha2::{Digest, Sha256};

/// The plans that wait; each can be taken once.
#[derive(Default)]
pub(crate) struct Plans(Mutex<HashMap<PlanId, Waiting>>);

struct Waiting {
    made_at: DateTime<Utc>,
    connection: ConnectionId,
    plan: Planned,
}

/// What a plan will do.
enum Planned {
    Stages(stages::PlannedStages),
}

impl Plans {
    /// Keeps a plan for its two minutes.
    fn put(&self, plan_id: PlanId, connection: &ConnectionId, plan: Planned, now: DateTime<Utc>) {
        let mut plans = self.waiting();
        plans.retain(|_, waiting| is_fresh(waiting, now));
        plans.insert(plan_id, Waiting { made_at: now, connection: connection.clone(), plan });
    }

    /// Takes a plan that `fits`; one that does not stays, so that a missing tick costs no new plan.
    fn take(
        &self,
        plan_id: &PlanId,
        now: DateTime<Utc>,
        fits: impl FnOnce(&Planned) -> Result<(), ApiError>,
    ) -> Result<Planned, ApiError> {
        let mut plans = self.waiting();
        let gone = || {
            let message = "This plan was used already, or is older than two minutes. Look at it again.";
            ApiError::new(Code::Conflict, message)
        };
        let waiting = plans.get(plan_id).filter(|waiting| is_fresh(waiting, now)).ok_or_else(gone)?;
        fits(&waiting.plan)?;
        plans.remove(plan_id).map(|waiting| waiting.plan).ok_or_else(gone)
    }

    /// Drops the plans of a connection.
    pub fn forget(&self, connection: &ConnectionId) {
        self.waiting().retain(|_, waiting| waiting.connection != *connection);
    }

    pub fn forget_all(&self) {
        self.waiting().clear();
    }

    fn waiting(&self) -> MutexGuard<'_, HashMap<PlanId, Waiting>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn is_fresh(waiting: &Waiting, now: DateTime<Utc>) -> bool {
    now - waiting.made_at <= TimeDelta::seconds(PLAN_LIFETIME_SECONDS)
}

/// The name of a plan: a hash of where it will be applied, of what it was made on, of what it does and of when it was
/// made. Two plans that look alike to a person and are not have different names.
fn plan_id(scope: &Scope, arn: &str, made_at: DateTime<Utc>, content: &impl Serialize) -> PlanId {
    let json = serde_json::to_vec(&(scope, arn, made_at, content)).unwrap_or_default();
    PlanId(hex::encode(Sha256::digest(json)))
}
