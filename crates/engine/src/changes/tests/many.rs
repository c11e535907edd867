//! A plan over many secrets: an outcome for each, cancelled, tried again, cut off in the middle.
#![allow(clippy::unwrap_used)]

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use latchkey_domain::change::{
    AnyChange, AppliedChanges, ApplyChanges, CancelChanges, Change, ChangesProgress, ChangesReview,
    ItemOutcome, PlanChanges, Planned, SecretChange,
};
use latchkey_domain::connection::ForgetConnection;
use latchkey_domain::contract::LockConsole;
use latchkey_domain::event::Event;
use latchkey_domain::guard::Guard;
use latchkey_domain::secret::Tag;
use latchkey_domain::writes::{JournalResult, StageChange, WayOut};
use latchkey_domain::{Code, Scope};
use serde_json::{Value, json};

use crate::testing::changes::PlanStages;
use crate::testing::wire::{Fate, RealVault};
use crate::testing::{Bench, edit_of, fault, ok, scope};

/// Enough for a plan that takes its time.
const MANY: usize = 1_000;
/// Secrets that are changed after all.
const REST: usize = 20;
/// More than are sent before a word to stop is heard, and few beside all.
const SOON: usize = 50;

pub(super) fn tags(value: &str) -> Change {
    Change::Tags { tags: vec![Tag { key: "team".into(), value: value.into() }] }
}

/// What is told of a secret without tags, in place of two thousand requests that would say so.
fn untagged(body: &Value) -> Fate {
    let told = json!({ "ARN": body["SecretId"], "Name": "many" });
    Fate::Instead(Arc::new(move || ok(told.clone())))
}

pub(super) fn each(arns: &[String], change: &Change) -> PlanChanges {
    let changes = arns
        .iter()
        .map(|arn| SecretChange { secret_id: arn.clone(), change: AnyChange::plain(change.clone()) });
    PlanChanges { scope: scope(), changes: changes.collect() }
}

pub(super) async fn apply(bench: &Bench, review: &ChangesReview) -> AppliedChanges {
    let request = ApplyChanges {
        plan_id: review.plan_id.clone(),
        typed: review.must_type.clone(),
        acknowledged: false,
        is_reviewed: true,
    };
    bench.engine.apply_changes(request).await.unwrap()
}

/// How many there are of each outcome.
fn counted(applied: &AppliedChanges) -> BTreeMap<&'static str, usize> {
    let mut counts = BTreeMap::new();
    for item in &applied.items {
        let name = match item.outcome {
            ItemOutcome::Done => "done",
            ItemOutcome::NotStarted => "not started",
            ItemOutcome::Conflict(_) => "conflict",
            ItemOutcome::NotDone(_) => "not done",
            ItemOutcome::Partly(_) => "partly",
            ItemOutcome::Unknown(_) => "unknown",
        };
        *counts.entry(name).or_default() += 1;
    }
    counts
}

async fn tagged(vault: &RealVault, value: &str) -> usize {
    let client = vault.client();
    let mut pages = client.list_secrets().max_results(100).into_paginator().send();
    let mut count = 0;
    while let Some(page) = pages.next().await {
        let listed = page.unwrap().secret_list.unwrap_or_default();
        let has_it = |secret: &&aws_sdk_secretsmanager::types::SecretListEntry| {
            secret.tags().iter().any(|tag| tag.value() == Some(value))
        };
        count += listed.iter().filter(has_it).count();
    }
    count
}

fn progress(bench: &Bench) -> Vec<ChangesProgress> {
    let told = bench.events().into_iter().filter_map(|event| match event {
        Event::Changes(progress) => Some(progress),
        _ => None,
    });
    told.collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_secrets_each_have_an_outcome_and_those_that_failed_are_tried_again() {
    let vault = RealVault::start().await;
    let arns = vault.seed("many", MANY).await;
    let refused = Arc::new(arns.iter().step_by(10).cloned().collect::<Vec<_>>());
    let is_refused = refused.clone();
    let bench = vault
        .engine_on(move |_, operation, body| {
            let arn = body["SecretId"].as_str().unwrap_or_default();
            if operation == "TagResource" && is_refused.iter().any(|refused| refused == arn) {
                return Fate::Instead(Arc::new(|| fault(400, "AccessDeniedException", "Not you.")));
            }
            Fate::Pass
        })
        .await;
    let review = bench.engine.plan_changes(each(&arns, &tags("blue"))).await.unwrap();
    assert_eq!(
        review.items.iter().map(|item| &item.secret_id).collect::<Vec<_>>(),
        arns.iter().collect::<Vec<_>>()
    );
    assert!(
        review
            .items
            .iter()
            .all(|item| matches!(item.planned, Planned::Change { .. }) && item.cli_lines.len() == 1)
    );
    assert_eq!(tagged(&vault, "blue").await, 0, "a plan writes nothing");

    let meanwhile = &arns[1];
    let put = aws_sdk_secretsmanager::types::Tag::builder().key("team").value("theirs").build();
    vault.client().tag_resource().secret_id(meanwhile).tags(put).send().await.unwrap();
    let applied = apply(&bench, &review).await;
    assert_eq!(counted(&applied), [("conflict", 1), ("done", MANY - 101), ("not done", 100)].into());
    assert!(
        matches!(&applied.items[1].outcome, ItemOutcome::Conflict(_)),
        "what differs is a conflict of that one alone"
    );
    assert_eq!(tagged(&vault, "blue").await, MANY - 101);
    let told = progress(&bench);
    let last = told.last().unwrap();
    assert_eq!((told.len(), last.ended, last.failed, last.total), (MANY, MANY, 101, MANY));
    let journal = bench.journal().await;
    assert_eq!(journal.len(), MANY - 1, "an entry for each that was sent");
    assert!(journal.iter().all(|entry| entry.plan.as_ref() == Some(&review.plan_id)), "under one plan");

    let failed: Vec<String> = applied
        .items
        .iter()
        .filter(|item| item.outcome != ItemOutcome::Done)
        .map(|item| item.secret_id.clone())
        .collect();
    let again = vault.engine().await;
    let review = again.engine.plan_changes(each(&failed, &tags("blue"))).await.unwrap();
    assert_eq!(counted(&apply(&again, &review).await), [("done", 101)].into());
    assert_eq!(tagged(&vault, "blue").await, MANY);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_plan_is_cancelled_before_its_next_secret_and_what_was_sent_is_settled() {
    let vault = RealVault::start().await;
    let arns = vault.seed("many", MANY).await;
    let sent = Arc::new(AtomicUsize::new(0));
    let (counted_here, cancel) = (sent.clone(), Arc::new(tokio::sync::Notify::new()));
    let asked = cancel.clone();
    let bench = vault
        .engine_on(move |_, operation, body| {
            if operation == "DescribeSecret" {
                return untagged(body);
            }
            if operation == "TagResource" && counted_here.fetch_add(1, Ordering::SeqCst) == MANY / 2 {
                asked.notify_one();
            }
            Fate::Pass
        })
        .await;
    let review = bench.engine.plan_changes(each(&arns, &tags("blue"))).await.unwrap();
    let plan_id = review.plan_id.clone();
    let (applied, ()) = tokio::join!(apply(&bench, &review), async {
        cancel.notified().await;
        bench.engine.cancel_changes(CancelChanges { plan_id }).await.unwrap();
    });
    let counts = counted(&applied);
    let done = counts["done"];
    assert!((MANY / 2 + 1..MANY / 2 + SOON).contains(&done), "{counts:?}");
    assert_eq!(counts["not started"], MANY - done, "{counts:?}");
    assert_eq!(
        (tagged(&vault, "blue").await, sent.load(Ordering::SeqCst)),
        (done, done),
        "nothing is half done"
    );
    assert!(bench.journal().await.iter().all(|entry| entry.result == JournalResult::Done));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_plan_that_is_cut_off_in_the_middle_leaves_entries_that_the_next_start_looks_up() {
    let vault = RealVault::start().await;
    let arns = vault.seed("many", MANY).await;
    let sent = Arc::new(AtomicUsize::new(0));
    let (counted_here, cut) = (sent.clone(), Arc::new(tokio::sync::Notify::new()));
    let waiting = Arc::new(Mutex::new(BTreeSet::new()));
    let (at_cut, waiting_here) = (cut.clone(), waiting.clone());
    let bench = vault
        .engine_on(move |_, operation, body| {
            if operation == "DescribeSecret" {
                return untagged(body);
            }
            if operation != "TagResource" || counted_here.fetch_add(1, Ordering::SeqCst) < MANY / 2 {
                return Fate::Pass;
            }
            // From here on the answers do not come in time.
            waiting_here.lock().unwrap().insert(body["SecretId"].as_str().unwrap().to_owned());
            at_cut.notify_one();
            Fate::After(Arc::new(|| Box::pin(std::future::pending())))
        })
        .await;
    let review = bench.engine.plan_changes(each(&arns, &tags("blue"))).await.unwrap();
    let engine = bench.engine.clone();
    let request =
        ApplyChanges { plan_id: review.plan_id.clone(), typed: None, acknowledged: false, is_reviewed: true };
    let applying = tokio::spawn(async move { engine.apply_changes(request).await });
    cut.notified().await;
    applying.abort();
    assert!(applying.await.unwrap_err().is_cancelled());
    let Bench { engine, folder, .. } = bench;
    drop(engine);

    let next = vault.engine_in(folder, |_, _, _| Fate::Pass).await;
    let open: Vec<_> = next.journal().await.into_iter().filter(|entry| entry.result.is_open()).collect();
    assert!(open.len() <= super::super::AT_ONCE, "those that were under way: {open:?}");
    let offered: BTreeSet<_> = open.iter().map(|entry| entry.secret_id.clone()).collect();
    let waiting = std::mem::take(&mut *waiting.lock().unwrap());
    assert!(!waiting.is_empty() && waiting.is_subset(&offered), "{waiting:?} of {offered:?}");
    for entry in open {
        let change = StageChange::Recover { entry_id: entry.entry_id, way_out: WayOut::Finish };
        let secret_id = entry.secret_id;
        let request = PlanStages { scope: scope(), secret_id, change, keep_under: None };
        let told = next.plan_stages(request).await.expect_err("there is nothing to plan");
        // Of those under way, one may have landed already.
        assert!(told.message.starts_with("The change was "), "{}", told.message);
    }
    let ended = next.journal().await;
    assert!(ended.iter().all(|entry| !entry.result.is_open()));
    let done = ended.iter().filter(|entry| entry.result == JournalResult::Done).count();
    let most = MANY / 2;
    assert!((most - super::super::AT_ONCE..=most).contains(&done), "it was in the middle: {done}");
    assert_eq!(tagged(&vault, "blue").await, done, "the journal knows which of them landed");
    // Some of the rest.
    let rest: Vec<String> = arns
        .iter()
        .filter(|arn| {
            !ended.iter().any(|entry| entry.secret_id == **arn && entry.result == JournalResult::Done)
        })
        .take(REST)
        .cloned()
        .collect();
    let review = next.engine.plan_changes(each(&rest, &tags("blue"))).await.unwrap();
    assert_eq!(counted(&apply(&next, &review).await), [("done", REST)].into());
}

#[tokio::test]
async fn what_a_secret_does_not_take_is_left_out_of_a_plan_of_many_and_told() {
    let vault = RealVault::start().await;
    let bench = vault.engine().await;
    let mut arns = vault.seed("many", 3).await;
    bench.change(&arns[1], Change::Delete { recovery_days: 7 }, Some("many/0001")).await.unwrap();
    arns.push("many/0000".into());
    arns.push("absent".into());
    let review = bench.engine.plan_changes(each(&arns, &tags("blue"))).await.unwrap();
    let codes: Vec<_> = review
        .items
        .iter()
        .map(|item| match &item.planned {
            Planned::Change { .. } => None,
            Planned::Refused(error) => Some(error.code.clone()),
            other => panic!("it is a change of tags: {other:?}"),
        })
        .collect();
    let twice = Code::Invalid("changes".into());
    assert_eq!(codes, [None, Some(Code::PendingDeletion), None, Some(twice), Some(Code::NotFound)]);
    let applied = apply(&bench, &review).await;
    assert_eq!(counted(&applied), [("done", 2)].into());
    let again = ApplyChanges { plan_id: review.plan_id, typed: None, acknowledged: false, is_reviewed: true };
    assert_eq!(
        bench.engine.apply_changes(again).await.unwrap_err().code,
        Code::Conflict,
        "a plan is used once"
    );
}

#[tokio::test]
async fn many_secrets_are_counted_aloud_where_the_connection_asks_or_a_secret_is_deleted() {
    let vault = RealVault::start().await;
    let arns = vault.seed("many", 2).await;
    let bench = vault.engine().await;
    let word = Some("2 secrets in Local vault");
    let deletion =
        bench.engine.plan_changes(each(&arns, &Change::Delete { recovery_days: 7 })).await.unwrap();
    assert_eq!(deletion.must_type.as_deref(), word);
    for typed in [None, Some("many/0000"), Some("3 secrets in Local vault")] {
        let request = ApplyChanges {
            plan_id: deletion.plan_id.clone(),
            typed: typed.map(str::to_owned),
            acknowledged: false,
            is_reviewed: true,
        };
        let refused = bench.engine.apply_changes(request).await.unwrap_err();
        assert_eq!(refused.code, Code::Invalid("typed_name".into()), "{typed:?}");
    }
    assert!(bench.log.of("DeleteSecret").is_empty());
    let free = bench.engine.plan_changes(each(&arns, &tags("blue"))).await.unwrap();
    assert_eq!((free.must_type, free.is_quiet), (None, false), "of many there is a review");
    bench.engine.edit_connection(edit_of(&scope().connection, Guard::Confirm)).await.unwrap();
    let guarded = bench.engine.plan_changes(each(&arns, &tags("blue"))).await.unwrap();
    assert_eq!(guarded.must_type.as_deref(), word);
    let one = bench.engine.plan_changes(each(&arns[..1], &tags("blue"))).await.unwrap();
    assert_eq!(
        (one.must_type.as_deref(), one.is_quiet),
        (None, false),
        "a tag changes no value, and is reviewed"
    );
}

/// What else stops a plan that is being applied.
#[derive(Debug, Clone, Copy)]
enum Stop {
    Forgotten,
    Locked,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_plan_stops_with_its_connection_and_at_the_lock() {
    for stop in [Stop::Forgotten, Stop::Locked] {
        let vault = RealVault::start().await;
        let arns = vault.seed("many", 100).await;
        let (sent, reached) = (Arc::new(AtomicUsize::new(0)), Arc::new(tokio::sync::Notify::new()));
        let (counted_here, at_reached) = (sent.clone(), reached.clone());
        let bench = vault
            .engine_on(move |_, operation, _| {
                if operation == "TagResource" && counted_here.fetch_add(1, Ordering::SeqCst) == 10 {
                    at_reached.notify_one();
                }
                Fate::Pass
            })
            .await;
        let connection = vault.connected(&bench, "beside").await;
        let scope = Scope { connection: connection.clone(), ..scope() };
        let request = PlanChanges { scope, ..each(&arns, &tags("blue")) };
        let review = bench.engine.plan_changes(request).await.unwrap();
        let (applied, ()) = tokio::join!(apply(&bench, &review), async {
            reached.notified().await;
            match stop {
                Stop::Forgotten => {
                    bench.engine.forget_connection(ForgetConnection { connection }).await.map(drop).unwrap();
                }
                Stop::Locked => assert!(bench.engine.lock_console(LockConsole {}).await.unwrap().locked),
            }
        });
        let counts = counted(&applied);
        assert!(counts["not started"] > 0, "{stop:?}: {counts:?}");
        let done = sent.load(Ordering::SeqCst);
        assert_eq!(counts["done"], done, "{stop:?}: what was sent is settled");
        assert_eq!(tagged(&vault, "blue").await, done, "{stop:?}: and nothing else was sent");
    }
}
