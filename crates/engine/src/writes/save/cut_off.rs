//! A save that is killed after any of its requests is found at the next start, and ends one way or the other.
#![allow(clippy::unwrap_used)]

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use latchkey_domain::contract::{ApplyPlan, PlanStages};
use latchkey_domain::secret::SecretDetail;
use latchkey_domain::stages::{CURRENT, PREVIOUS};
use latchkey_domain::writes::{Outcome, StageChange, ValueChange, WayOut};

use super::tests::{VALUE, apply, current_text, has_no_orphan, request, review, set, unfinished};
use crate::testing::wire::{Fate, RealVault};
use crate::testing::{Bench, scope};

#[tokio::test]
async fn a_save_that_is_killed_after_any_request_is_finished_or_withdrawn_at_the_next_start() {
    let vault = RealVault::start().await;
    let mut killed = 0;
    for last in 0.. {
        let allowed = Arc::new(AtomicUsize::new(usize::MAX));
        let script = {
            let allowed = allowed.clone();
            move |sent: usize, _: &str, _: &serde_json::Value| {
                if sent < allowed.load(Ordering::SeqCst) { Fate::Pass } else { Fate::Hang }
            }
        };
        let bench = vault.engine_on(script).await;
        let made = bench.create(&format!("killed-{last}"), VALUE).await;
        let preview = review(&bench, request(&made, ValueChange::Edits(vec![set(2, "fake-new")]))).await;
        allowed.store(bench.log.all().len() + last, Ordering::SeqCst);
        let done = tokio::time::timeout(Duration::from_millis(400), apply(&bench, &preview)).await.is_ok();
        let Bench { engine, folder, .. } = bench;
        drop(engine);
        if done {
            break;
        }
        killed += 1;
        let next = vault.engine_in(folder, |_, _, _| Fate::Pass).await;
        recover(&vault, &next, &made, last).await;
    }
    assert!(killed > 8, "a save has more requests than {killed}");
}

async fn recover(vault: &RealVault, next: &Bench, made: &SecretDetail, last: usize) {
    let arn = &made.summary.arn;
    for entry in unfinished(next).await {
        for way_out in [WayOut::Finish, WayOut::Withdraw] {
            let change = StageChange::Recover { entry_id: entry.entry_id.clone(), way_out };
            let request = PlanStages { scope: scope(), secret_id: arn.clone(), change, keep_under: None };
            let Ok(preview) = next.engine.plan_stages(request).await else { continue };
            let typed_name = Some(made.summary.name.clone());
            let request = ApplyPlan { plan_id: preview.plan_id, typed_name, acknowledged: true };
            let applied = next.engine.apply_plan(request).await.unwrap();
            assert_eq!(applied.outcome, Outcome::Done, "killed after {last} requests");
            break;
        }
    }
    // Applying a recovery is a change of its own, and it is finished too.
    assert_eq!(unfinished(next).await, [], "killed after {last} requests");
    let map = next.describe(arn).await.version_map;
    assert!(has_no_orphan(&map), "killed after {last} requests: {map:?}");
    let base = made.version_map.holder(CURRENT).unwrap();
    match current_text(vault, arn).await {
        text if text == VALUE => assert_eq!(map.holder(CURRENT), Some(base)),
        text => {
            assert_eq!(text, VALUE.replace("fake-old", "fake-new"), "killed after {last} requests");
            assert_eq!(map.holder(PREVIOUS), Some(base));
        }
    }
}
