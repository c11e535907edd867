//! What a person says to a plan under review.

use latchkey_domain::change::ApplyChanges;
use latchkey_domain::writes::PlanId;
use leptos::prelude::*;

#[derive(Clone, Copy, Default)]
pub struct Word {
    /// What the plan asks to be typed.
    pub typed: RwSignal<String>,
    /// The tick beside the effects.
    pub acknowledged: RwSignal<bool>,
}

impl Word {
    /// The request that applies the plan, with what was said to it.
    pub fn said_to(self, plan_id: PlanId, is_reviewed: bool) -> ApplyChanges {
        let typed = Some(self.typed.get_untracked()).filter(|typed| !typed.is_empty());
        ApplyChanges { plan_id, typed, acknowledged: self.acknowledged.get_untracked(), is_reviewed }
    }

    pub fn clear(self) {
        self.typed.set(String::new());
        self.acknowledged.set(false);
    }
}
