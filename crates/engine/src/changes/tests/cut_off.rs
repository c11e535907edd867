//! A change that is cut off at any of its requests is found at the next start, and ends one way or the other.
#![allow(clippy::unwrap_used)]

use std::sync::Arc;

use latchkey_domain::Code;
use latchkey_domain::change::{ApplyChanges, ItemOutcome};
use latchkey_domain::secret::SecretDetail;
use latchkey_domain::secret_text::SecretInput;
use latchkey_domain::stages::{CURRENT, PENDING, PREVIOUS};
use latchkey_domain::writes::{PlanId, StageChange, ValueChange, WayOut};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use super::saves::{VALUE, attach, current_text, has_no_orphan, request, review, unfinished};
use crate::testing::changes::{PlanSave, PlanStages};
use crate::testing::proxy::{Cut, End, Proxy};
use crate::testing::wire::{Fate, RealVault};
use crate::testing::{Bench, scope};

/// More than any of these changes sends.
const REQUESTS: usize = 18;
/// Runs at a time: a vault serves 128 connections.
const AT_ONCE: usize = 24;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Change {
    Swap,
    Put,
    /// To a version without labels, away from one that holds AWSPENDING; the version that would lose its last label
    /// is kept under another.
    Rollback,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_swap_that_is_cut_off_at_any_request_is_finished_or_withdrawn_at_the_next_start() {
    assert!(
        cut_everywhere(Change::Swap).await > 12,
        "attach, put, move, detach, remove, and looks between them"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_put_that_is_cut_off_at_any_request_is_finished_or_withdrawn_at_the_next_start() {
    assert!(cut_everywhere(Change::Put).await > 5, "look, put, look, and a label put back");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_rollback_that_is_cut_off_at_any_request_is_finished_or_withdrawn_at_the_next_start() {
    assert!(cut_everywhere(Change::Rollback).await > 6, "three steps, and a look after each");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_can_go_neither_way_any_more_is_told_once_and_not_offered_again() {
    for is_gone in [true, false] {
        let vault = RealVault::start().await;
        let proxy = Proxy::before(&vault.endpoint_url());
        let bench = vault.engine_through(&proxy.endpoint_url).await;
        let (made, plan_id) = prepare(&vault, &bench, Change::Rollback, "prod/db").await;
        let arn = &made.summary.arn;
        proxy.cut(Cut { after: 2, arrives: true, end: End::Broken });
        let request =
            ApplyChanges { plan_id, typed: Some("prod/db".into()), acknowledged: true, is_reviewed: true };
        drop(bench.apply(request).await);
        let Bench { engine, folder, .. } = bench;
        drop(engine);
        if is_gone {
            let deletion = vault.client().delete_secret().secret_id(arn).force_delete_without_recovery(true);
            deletion.send().await.unwrap();
        } else {
            attach(&vault, arn, "THEIRS", made.version_map.holder(CURRENT).unwrap()).await;
        }
        let next = vault.engine_in(folder, |_, _, _| Fate::Pass).await;
        let entry_id = unfinished(&next).await.remove(0).entry_id;
        let change = StageChange::Recover { entry_id, way_out: WayOut::Withdraw };
        let request = PlanStages { scope: scope(), secret_id: arn.clone(), change, keep_under: None };
        let told = next.plan_stages(request).await.expect_err("there is no way out");
        assert_eq!(told.code, if is_gone { Code::NotFound } else { Code::Conflict }, "{}", told.message);
        assert_eq!(unfinished(&next).await, [], "it is over");
    }
}

/// Cuts the change at each of its requests, in every way; how many requests it has.
async fn cut_everywhere(change: Change) -> usize {
    let vault = RealVault::start().await;
    let turn = Arc::new(Semaphore::new(AT_ONCE));
    let mut runs = JoinSet::new();
    for after in 0..REQUESTS {
        for (arrives, end, way_out) in [
            (false, End::Silence, WayOut::Finish),
            (false, End::Silence, WayOut::Withdraw),
            (true, End::Silence, WayOut::Finish),
            (true, End::Silence, WayOut::Withdraw),
            (false, End::Broken, WayOut::Withdraw),
            (true, End::Broken, WayOut::Finish),
        ] {
            let (vault, turn) = (vault.clone(), turn.clone());
            runs.spawn(async move {
                let _turn = turn.acquire().await;
                run(vault, change, Cut { after, arrives, end }, way_out).await.then_some(after)
            });
        }
    }
    let cut = runs.join_all().await;
    assert!(cut.contains(&None), "the last cuts come after the change");
    cut.into_iter().flatten().max().unwrap_or_default() + 1
}

/// Whether the cut came before the change was done.
async fn run(vault: Arc<RealVault>, change: Change, cut: Cut, way_out: WayOut) -> bool {
    let proxy = Proxy::before(&vault.endpoint_url());
    let bench = vault.engine_through(&proxy.endpoint_url).await;
    let name = format!("{change:?}-{cut:?}-{way_out:?}").replace(|c: char| !c.is_alphanumeric(), "-");
    let (made, plan_id) = prepare(&vault, &bench, change, &name).await;
    proxy.cut(cut);
    let applied = async {
        match change {
            Change::Rollback => {
                let typed_name = Some(name.clone());
                let request =
                    ApplyChanges { plan_id, typed: typed_name, acknowledged: true, is_reviewed: true };
                drop(bench.apply(request).await);
            }
            Change::Swap | Change::Put => {
                drop(
                    bench
                        .apply(ApplyChanges { plan_id, typed: None, acknowledged: false, is_reviewed: true })
                        .await,
                );
            }
        }
    };
    match cut.end {
        End::Broken => applied.await,
        End::Silence => tokio::select! { () = applied => {} () = proxy.was_cut() => {} },
    }
    let Bench { engine, folder, .. } = bench;
    drop(engine);
    let next = vault.engine_in(folder, |_, _, _| Fate::Pass).await;
    recover(&next, &made, way_out).await;
    check(&vault, &next, change, &made).await;
    proxy.is_cut()
}

/// The secret as it is before the change, and the plan of it.
async fn prepare(vault: &RealVault, bench: &Bench, change: Change, name: &str) -> (SecretDetail, PlanId) {
    let mut made = bench.create(name, VALUE).await;
    let arn = made.summary.arn.clone();
    let first = made.version_map.holder(CURRENT).unwrap().to_owned();
    if change == Change::Rollback {
        for value in ["fake-second", "fake-third"] {
            vault.client().put_secret_value().secret_id(&arn).secret_string(value).send().await.unwrap();
        }
        made = bench.describe(&arn).await;
        attach(vault, &arn, PENDING, made.version_map.holder(CURRENT).unwrap()).await;
        let made = bench.describe(&arn).await;
        let request = PlanStages {
            scope: scope(),
            secret_id: arn,
            change: StageChange::Rollback { version_id: first, detach_pending: true },
            keep_under: Some("KEPT".into()),
        };
        let plan = bench.plan_stages(request).await.unwrap();
        return (made, plan.plan_id);
    }
    attach(vault, &arn, "LIVE", &first).await;
    if change == Change::Swap {
        attach(vault, &arn, PENDING, &first).await;
    }
    let made = bench.describe(&arn).await;
    let asked = request(&made, ValueChange::Text(SecretInput::new(new_value())));
    let preview = review(bench, PlanSave { put: change == Change::Put, ..asked }).await;
    (made, preview.plan_id)
}

fn new_value() -> String {
    VALUE.replace("fake-old", "fake-new")
}

/// Takes the way out, or the other one where there is none that way.
async fn recover(next: &Bench, made: &SecretDetail, wanted: WayOut) {
    for entry in unfinished(next).await {
        for way_out in [wanted, WayOut::Finish, WayOut::Withdraw] {
            let change = StageChange::Recover { entry_id: entry.entry_id.clone(), way_out };
            let secret_id = made.summary.arn.clone();
            let request = PlanStages { scope: scope(), secret_id, change, keep_under: None };
            let Ok(preview) = next.plan_stages(request).await else { continue };
            let typed_name = Some(made.summary.name.clone());
            let request = ApplyChanges {
                plan_id: preview.plan_id,
                typed: typed_name,
                acknowledged: true,
                is_reviewed: true,
            };
            let applied = next.apply(request).await.unwrap();
            assert_eq!(applied.outcome, ItemOutcome::Done, "{}", made.summary.name);
            break;
        }
    }
    // Applying a recovery is a change of its own, and it is finished too.
    assert_eq!(unfinished(next).await, [], "{}", made.summary.name);
}

/// Nothing is lost and nothing is left half-done.
async fn check(vault: &RealVault, next: &Bench, change: Change, made: &SecretDetail) {
    let (arn, name) = (&made.summary.arn, &made.summary.name);
    let (before, now) = (&made.version_map, next.describe(arn).await.version_map);
    let text = current_text(vault, arn).await;
    let is_as_before = now.holder(CURRENT) == before.holder(CURRENT);
    assert!(has_no_orphan(&now), "{name}: {now:?}");
    assert!(!now.blocks_rotation(), "{name}: AWSPENDING is stranded in {now:?}");
    if change == Change::Rollback {
        assert_eq!(text, if is_as_before { "fake-third" } else { VALUE }, "{name}");
        assert_eq!(is_as_before, now.same_as(before), "{name}: {now:?} is neither before nor after");
        assert_eq!(is_as_before, now.holder("KEPT").is_none(), "{name}: {now:?}");
        return;
    }
    assert_eq!(text, if is_as_before { VALUE.to_owned() } else { new_value() }, "{name}");
    assert_eq!(
        now.holder("LIVE"),
        before.holder(CURRENT),
        "{name}: a label of somebody else's is where it was"
    );
    if !is_as_before {
        assert_eq!(now.holder(PREVIOUS), before.holder(CURRENT), "{name}: {now:?}");
    }
}
