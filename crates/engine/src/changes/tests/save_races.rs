//! Writers that race, and looks that lag behind: no edit is lost, and no label of a save is left.
#![allow(clippy::unwrap_used)]

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use latchkey_domain::change::ItemOutcome;
use latchkey_domain::document::Edit;
use latchkey_domain::secret::SecretDetail;
use latchkey_domain::secret_text::SecretInput;
use latchkey_domain::stages::CURRENT;
use latchkey_domain::writes::{SaveWay, ValueChange};

use super::saves::{VALUE, apply, current_text, has_no_orphan, request, review, set, unfinished};
use crate::testing::changes::{Applied, PlanSave, SaveReview};
use crate::testing::wire::{Fate, RealVault, nth};
use crate::testing::{Bench, fault, ok};

fn races() -> usize {
    std::env::var("LATCHKEY_RACES").ok().and_then(|n| n.parse().ok()).unwrap_or(200)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_writers_lose_no_edit_and_leave_no_label() {
    race(races(), [false, false]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn writers_who_put_and_verify_lose_no_edit_either() {
    race(races() / 4, [true, true]).await;
    race(races() / 4, [false, true]).await;
}

/// Two people change different fields of one secret at the same time, each until it is saved; `put` says how.
async fn race(races: usize, put: [bool; 2]) {
    let vault = RealVault::start().await;
    let (one, two) = (vault.engine().await, vault.engine().await);
    for race in 0..races {
        let made = one.create(&format!("race-{race}"), VALUE).await;
        tokio::join!(
            save_until_done(&one, &made, set(0, "fake-one"), put[0]),
            save_until_done(&two, &made, set(2, "fake-two"), put[1])
        );
        let expected = VALUE.replace("fake-user", "fake-one").replace("fake-old", "fake-two");
        assert_eq!(current_text(&vault, &made.summary.arn).await, expected, "race {race} of {put:?}");
        assert!(has_no_orphan(&one.describe(&made.summary.arn).await.version_map), "race {race} of {put:?}");
    }
    assert_eq!(unfinished(&one).await, []);
    assert_eq!(unfinished(&two).await, []);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_first_values_at_most_one_is_called_done() {
    let vault = RealVault::start().await;
    let (one, two) = (vault.engine().await, vault.engine().await);
    for race in 0..races() / 4 {
        let made = vault.client().create_secret().name(format!("empty-{race}")).send().await.unwrap();
        let secret = one.describe(made.arn().unwrap()).await;
        let saves = [(&one, "fake-one"), (&two, "fake-two")].map(async |(bench, value)| {
            let change = ValueChange::Text(SecretInput::new(value));
            match bench.plan_save(request(&secret, change)).await {
                Ok(SaveReview::Save(preview)) => apply(bench, &preview).await.outcome == ItemOutcome::Done,
                Ok(SaveReview::Merge(merge)) => panic!("there is nothing to merge with: {merge:?}"),
                Err(_) => false,
            }
        });
        let [first, second] = saves;
        let (first, second) = tokio::join!(first, second);
        assert!(!(first && second), "race {race}: one of them was replaced unseen");
    }
}

/// From the first value that is sent on, somebody else moves a label of theirs before each request.
#[tokio::test]
async fn a_save_is_withdrawn_whatever_moves_beside_it() {
    let vault = RealVault::start().await;
    let made = vault.engine().await.create("prod/db", VALUE).await;
    let base = made.version_map.holder(CURRENT).unwrap().to_owned();
    let (theirs, arn) = (vault.clone(), made.summary.arn.clone());
    let is_sent = AtomicBool::new(false);
    let on = Arc::new(AtomicBool::new(false));
    let bench = vault
        .engine_on(move |_, operation, _| {
            if operation == "PutSecretValue" {
                is_sent.store(true, Ordering::SeqCst);
                return Fate::Instead(Arc::new(|| fault(400, "InvalidRequestException", "fake refusal")));
            }
            if !is_sent.load(Ordering::SeqCst) {
                return Fate::Pass;
            }
            let (theirs, arn, base, on) = (theirs.clone(), arn.clone(), base.clone(), on.clone());
            Fate::After(Arc::new(move || {
                let (theirs, arn, base, on) = (theirs.clone(), arn.clone(), base.clone(), on.clone());
                Box::pin(async move {
                    let (from, to) = match on.fetch_not(Ordering::SeqCst) {
                        true => (Some(base), None),
                        false => (None, Some(base)),
                    };
                    let moved = theirs.client().update_secret_version_stage().secret_id(arn);
                    let moved = moved.version_stage("LIVE").set_remove_from_version_id(from);
                    moved.set_move_to_version_id(to).send().await.unwrap();
                })
            }))
        })
        .await;
    let change = ValueChange::Edits(vec![set(2, "fake-new")]);
    let preview = review(&bench, request(&made, change)).await;
    let saved = apply(&bench, &preview).await;
    assert!(
        matches!(saved.outcome, ItemOutcome::Conflict(_) | ItemOutcome::NotDone(_)),
        "{:?}",
        saved.outcome
    );
    assert!(
        has_no_orphan(&saved.detail.as_ref().unwrap().version_map),
        "{:?}",
        saved.detail.as_ref().unwrap().version_map
    );
    assert_eq!(unfinished(&bench).await, []);
}

async fn save_until_done(bench: &Bench, made: &SecretDetail, edit: Edit, put: bool) {
    let mut next = PlanSave { put, ..request(made, ValueChange::Edits(vec![edit])) };
    for _ in 0..50 {
        let planned = match bench.plan_save(next.clone()).await {
            // The other one has merged both edits already.
            Err(error) if error.message.starts_with("Nothing was changed") => return,
            planned => planned.unwrap(),
        };
        let merge = match planned {
            SaveReview::Merge(merge) => merge,
            SaveReview::Save(preview) => match apply(bench, &preview).await {
                Applied { merge: Some(merge), .. } => merge,
                Applied { outcome: ItemOutcome::Done, .. } => return,
                Applied { outcome: ItemOutcome::Conflict(_) | ItemOutcome::NotDone(_), .. } => {
                    let pause = uuid::Uuid::new_v4().as_u128() as u64 % 20;
                    tokio::time::sleep(Duration::from_millis(pause)).await;
                    continue;
                }
                other => panic!("nobody cancelled it: {other:?}"),
            },
        };
        assert_eq!(merge.conflicts, 0, "they changed different fields");
        let change = ValueChange::Merged { merge_id: merge.merge_id, choices: Vec::new() };
        next = PlanSave { change, ..next };
    }
    panic!("somebody must come through");
}

/// DescribeSecret answers once with the labels from before the write.
async fn saves_in_spite_of_a_stale_look(put: bool, looks: std::ops::Range<usize>) {
    let vault = RealVault::start().await;
    let bench = vault.engine().await;
    for look in looks {
        let made = bench.create(&format!("stale-{look}"), VALUE).await;
        let (arn, stale) = (made.summary.arn.clone(), made.version_map.0.clone());
        let answered = arn.clone();
        let old = Fate::Instead(Arc::new(move || {
            ok(serde_json::json!({ "ARN": answered, "Name": "stale", "VersionIdsToStages": stale }))
        }));
        let lagging = vault.engine_on(nth("DescribeSecret", look, old)).await;
        let wanted = PlanSave { put, ..request(&made, ValueChange::Edits(vec![set(2, "fake-new")])) };
        let preview = review(&lagging, wanted).await;
        assert_eq!(preview.way == SaveWay::PutAndVerify, put);
        let saved = apply(&lagging, &preview).await;
        assert_eq!(saved.outcome, ItemOutcome::Done, "look {look} lags");
        assert_eq!(current_text(&vault, &arn).await, VALUE.replace("fake-old", "fake-new"));
        let map = bench.describe(&arn).await.version_map;
        assert_eq!(map.holder(CURRENT), Some(saved.version_id.as_str()));
        assert!(has_no_orphan(&map), "look {look} lags: {map:?}");
        assert_eq!(lagging.log.of("PutSecretValue").len(), 1, "the value is written once");
    }
}

// Looks 0 (the review) and 1 (before the first write) come before anything could lag.
#[tokio::test]
async fn a_swap_waits_out_a_stale_look_wherever_it_comes() {
    saves_in_spite_of_a_stale_look(false, 2..6).await;
}

#[tokio::test]
async fn a_put_waits_out_a_stale_look_after_it() {
    saves_in_spite_of_a_stale_look(true, 2..3).await;
}
