//! The journal keeps the ids of all requests, whatever came of them.
#![allow(clippy::unwrap_used)]

use std::sync::{Arc, Mutex};

use latchkey_domain::change::{ApplyChanges, ItemOutcome};
use latchkey_domain::writes::{JournalEntry, JournalResult, StageChange, ValueChange};

use super::saves::{VALUE, apply, request, review, set};
use super::stages::{V2, plan, rollback, rotated};
use crate::testing::changes::PlanSave;
use crate::testing::wire::{Fate, RealVault, nth};
use crate::testing::{Bench, fault};

fn refusal() -> Fate {
    Fate::Instead(Arc::new(|| {
        let mut refusal = fault(400, "AccessDeniedException", "fake refusal");
        refusal.headers_mut().insert("x-amzn-requestid", "fake-refused".parse().unwrap());
        refusal
    }))
}

/// The entry that was begun last.
async fn last(bench: &Bench) -> JournalEntry {
    bench.journal().await.pop().unwrap()
}

#[tokio::test]
async fn a_move_that_stops_half_way_keeps_the_ids_of_its_requests_and_stays_open() {
    let vault = RealVault::start().await;
    let made = rotated(&vault, &vault.engine().await).await;
    // The first step detaches AWSPENDING; the second one is refused.
    let bench = vault.engine_on(nth("UpdateSecretVersionStage", 1, refusal())).await;
    let preview = plan(&bench, &made.summary.arn, rollback(V2)).await;
    let request = ApplyChanges {
        plan_id: preview.plan_id,
        typed: Some("prod/db".into()),
        acknowledged: true,
        is_reviewed: true,
    };
    let error = bench.apply(request).await.expect_err("it is half done");
    assert!(error.message.contains("finish or withdraw it at the next start"), "{}", error.message);
    let entry = last(&bench).await;
    assert_eq!((entry.result, entry.ended_at), (JournalResult::Unfinished, None), "it can be finished");
    let [detached, refused] = entry.request_ids.as_slice() else { panic!("{:?}", entry.request_ids) };
    assert_ne!(detached, "fake-refused");
    assert_eq!(refused, "fake-refused", "the id of a refusal is what AWS's support asks for");
}

#[tokio::test]
async fn a_save_that_is_refused_keeps_the_ids_of_its_requests() {
    let vault = RealVault::start().await;
    let made = vault.engine().await.create("prod/db", VALUE).await;
    for (put, sent) in [(false, 3), (true, 1)] {
        let bench = vault.engine_on(nth("PutSecretValue", 0, refusal())).await;
        let asked = request(&made, ValueChange::Edits(vec![set(2, "fake-mine")]));
        let preview = review(&bench, PlanSave { put, ..asked }).await;
        let saved = apply(&bench, &preview).await;
        assert!(matches!(saved.outcome, ItemOutcome::NotDone(_)), "{:?}", saved.outcome);
        let ids = last(&bench).await.request_ids;
        assert_eq!(ids.len(), sent, "a swap attaches a label, puts, and takes the label off: {ids:?}");
        assert!(ids.iter().any(|id| id == "fake-refused"), "{ids:?}");
    }
}

#[tokio::test]
async fn a_save_that_cannot_look_at_the_labels_first_sends_nothing_and_is_over() {
    let vault = RealVault::start().await;
    let made = vault.engine().await.create("prod/db", VALUE).await;
    // Looks: for the plan, and before the put.
    let bench = vault.engine_on(nth("DescribeSecret", 1, refusal())).await;
    let asked = request(&made, ValueChange::Edits(vec![set(2, "fake-mine")]));
    let preview = review(&bench, PlanSave { put: true, ..asked }).await;
    let request =
        ApplyChanges { plan_id: preview.plan_id, typed: None, acknowledged: false, is_reviewed: true };
    let saved = bench.apply(request).await.expect("nothing was sent, and that is known");
    assert!(matches!(saved.outcome, ItemOutcome::NotDone(_)), "{:?}", saved.outcome);
    assert!(bench.log.of("PutSecretValue").is_empty());
    let entry = last(&bench).await;
    assert!(
        matches!(entry.result, JournalResult::NotDone(_)),
        "nothing is left to finish: {:?}",
        entry.result
    );
}

/// Refuses every look at the secret but the first after this write, which decides what came of it.
fn blind_after(write: &'static str) -> impl Fn(usize, &str, &serde_json::Value) -> Fate + Send + Sync {
    let looks = Mutex::new(None);
    move |_, operation, _| {
        let mut looks = looks.lock().unwrap();
        match (operation, looks.as_mut()) {
            ("DescribeSecret", Some(seen)) => {
                *seen += 1;
                if *seen > 1 { refusal() } else { Fate::Pass }
            }
            _ => {
                if operation == write {
                    *looks = Some(0);
                }
                Fate::Pass
            }
        }
    }
}

#[tokio::test]
async fn what_landed_and_cannot_be_described_afterwards_is_done_all_the_same() {
    let vault = RealVault::start().await;
    let made = vault.engine().await.create("prod/db", VALUE).await;
    let bench = vault.engine_on(blind_after("PutSecretValue")).await;
    let asked = request(&made, ValueChange::Edits(vec![set(2, "fake-mine")]));
    let preview = review(&bench, PlanSave { put: true, ..asked }).await;
    let saved = apply(&bench, &preview).await;
    assert_eq!((saved.outcome, saved.detail), (ItemOutcome::Done, None));
    assert_eq!(last(&bench).await.result, JournalResult::Done);

    let bench = vault.engine_on(blind_after("UpdateSecretVersionStage")).await;
    let now = vault.engine().await.describe(&made.summary.arn).await;
    let change = StageChange::Attach { label: "LIVE".into(), version_id: saved.version_id };
    let preview = plan(&bench, &now.summary.arn, change).await;
    let request =
        ApplyChanges { plan_id: preview.plan_id, typed: None, acknowledged: true, is_reviewed: true };
    let applied = bench.apply(request).await.unwrap();
    assert_eq!((applied.outcome, applied.detail), (ItemOutcome::Done, None));
}
