//! Puts that land over what somebody else has saved meanwhile: it is told, and theirs is found again.
#![allow(clippy::unwrap_used)]

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use latchkey_domain::change::{ApplyChanges, ItemOutcome};
use latchkey_domain::contract::{RevealMerge, Revealed, SearchJournal};
use latchkey_domain::guard::{EditConnection, Guard};
use latchkey_domain::secret::SecretDetail;
use latchkey_domain::secret_text::SecretInput;
use latchkey_domain::stages::{CURRENT, PREVIOUS};
use latchkey_domain::writes::{
    Effect, JournalResult, MergeSide, SaveWay, StageChange, StagePreview, ValueChange, WayOut, WayReason,
};
use latchkey_domain::{ApiError, Code};

use super::saves::{
    THEIRS, VALUE, apply, attach, current_text, merged, put_theirs, request, review, set, unfinished,
};
use crate::testing::changes::{PlanSave, PlanStages, SaveReview, Seen};
use crate::testing::wire::{Fate, RealVault, nth, old_looks_after};
use crate::testing::{Bench, edit_of, fault, scope};

/// Somebody else puts this value first.
fn faster(vault: &Arc<RealVault>, arn: &str, theirs: &str) -> Fate {
    let (vault, arn, theirs) = (vault.clone(), arn.to_owned(), theirs.to_owned());
    Fate::After(Arc::new(move || {
        let (vault, arn, theirs) = (vault.clone(), arn.clone(), theirs.clone());
        Box::pin(async move { put_theirs(&vault, &arn, &theirs).await })
    }))
}

/// An engine whose first put comes after one of somebody else.
async fn beaten_to_the_put(vault: &Arc<RealVault>, arn: &str, theirs: &str) -> Bench {
    vault.engine_on(nth("PutSecretValue", 0, faster(vault, arn, theirs))).await
}

fn conflict(outcome: ItemOutcome) -> ApiError {
    match outcome {
        ItemOutcome::Conflict(error) => error,
        other => panic!("somebody else has saved: {other:?}"),
    }
}

async fn results(bench: &Bench) -> Vec<JournalResult> {
    let request =
        SearchJournal { text: "save".into(), secret_id: None, unfinished_only: false, offset: 0, limit: 9 };
    bench
        .engine
        .search_journal(request)
        .await
        .unwrap()
        .entries
        .into_iter()
        .map(|entry| entry.result)
        .collect()
}

#[tokio::test]
async fn a_put_gives_labels_back_and_finds_the_edit_that_it_replaced() {
    let vault = RealVault::start().await;
    let bench = vault.engine().await;
    let made = bench.create("prod/db", VALUE).await;
    let arn = made.summary.arn.clone();
    attach(&vault, &arn, "LIVE", made.version_map.holder(CURRENT).unwrap()).await;
    let theirs = VALUE.replace("5432.00", "6432");
    let racing = beaten_to_the_put(&vault, &arn, &theirs).await;
    let asked = |change| PlanSave { put: true, ..request(&made, change) };
    let preview = review(&racing, asked(ValueChange::Edits(vec![set(2, "fake-mine")]))).await;
    assert_eq!(preview.why, WayReason::Asked);
    let saved = apply(&racing, &preview).await;
    assert_eq!(
        saved.detail.as_ref().unwrap().version_map.holder("LIVE"),
        made.version_map.holder(CURRENT),
        "put back"
    );
    let review_of = merged(saved).await;
    assert_eq!((review_of.theirs_version_id.as_str(), review_of.conflicts), (THEIRS, 0));
    assert!(review_of.has_landed(), "mine is current, over theirs");
    let side = async |side| {
        let request = RevealMerge { merge_id: review_of.merge_id.clone(), side };
        racing.engine.reveal_merge(request).await.unwrap()
    };
    let (mine, both) = (VALUE.replace("fake-old", "fake-mine"), theirs.replace("fake-old", "fake-mine"));
    assert_eq!(side(MergeSide::Base).await, Revealed::Text(VALUE.into()));
    assert_eq!(side(MergeSide::Theirs).await, Revealed::Text(theirs.clone()));
    assert_eq!(side(MergeSide::Mine).await, Revealed::Text(mine.clone()));
    assert_eq!(side(MergeSide::Onto).await, Revealed::Text(mine));
    assert_eq!(side(MergeSide::Merged(Vec::new())).await, Revealed::Text(both));
    let merge_id = review_of.merge_id.clone();
    let preview = review(&racing, asked(ValueChange::Merged { merge_id, choices: Vec::new() })).await;
    assert_eq!(apply(&racing, &preview).await.outcome, ItemOutcome::Done);
    assert_eq!(current_text(&vault, &arn).await, theirs.replace("fake-old", "fake-mine"), "nobody lost");
}

#[tokio::test]
async fn a_first_value_that_replaces_another_first_value_names_it() {
    let vault = RealVault::start().await;
    let made = vault.client().create_secret().name("empty").send().await.unwrap();
    let arn = made.arn().unwrap();
    let racing = beaten_to_the_put(&vault, arn, "fake-theirs").await;
    let secret = racing.describe(arn).await;
    let preview = review(&racing, request(&secret, ValueChange::Text(SecretInput::new("fake-mine")))).await;
    assert_eq!(preview.way, SaveWay::First);
    let saved = apply(&racing, &preview).await;
    assert_eq!(
        saved.detail.as_ref().unwrap().version_map.holder(PREVIOUS),
        Some(THEIRS),
        "theirs is the one that was replaced"
    );
    let error = conflict(saved.outcome);
    assert!(error.message.contains(THEIRS) && error.message.contains(PREVIOUS), "{}", error.message);
    assert!(matches!(results(&racing).await.as_slice(), [JournalResult::Conflict(_)]));
}

#[tokio::test]
async fn a_put_over_a_version_that_may_not_be_read_names_it_and_gives_labels_back() {
    let vault = RealVault::start().await;
    let bench = vault.engine().await;
    let made = bench.create("prod/db", VALUE).await;
    let arn = made.summary.arn.clone();
    attach(&vault, &arn, "LIVE", made.version_map.holder(CURRENT).unwrap()).await;
    let first_put = nth("PutSecretValue", 0, faster(&vault, &arn, "fake-theirs"));
    let racing = vault
        .engine_on(move |n, operation, body| match operation {
            "GetSecretValue" if body["VersionId"] == THEIRS => {
                Fate::Instead(Arc::new(|| fault(400, "AccessDeniedException", "Not you.")))
            }
            _ => first_put(n, operation, body),
        })
        .await;
    let made = racing.describe(&arn).await;
    let asked = request(&made, ValueChange::Edits(vec![set(2, "fake-mine")]));
    let preview = review(&racing, PlanSave { put: true, ..asked }).await;
    let saved = apply(&racing, &preview).await;
    assert_eq!(
        saved.detail.as_ref().unwrap().version_map.holder("LIVE"),
        made.version_map.holder(CURRENT),
        "put back"
    );
    let error = conflict(saved.outcome);
    assert!(error.message.contains(THEIRS), "{}", error.message);
    assert!(matches!(results(&racing).await.as_slice(), [JournalResult::Conflict(_)]));
    assert_eq!(unfinished(&racing).await, [], "it is told, and nothing is left to finish");
}

/// A put over an edit of somebody else, cut off before it can look; the secret before it, and the next start.
async fn cut_off_after_the_put(vault: &Arc<RealVault>, label: Option<&str>) -> (SecretDetail, Bench) {
    let bench = vault.engine().await;
    let made = bench.create("prod/db", VALUE).await;
    let arn = made.summary.arn.clone();
    if let Some(label) = label {
        attach(vault, &arn, label, made.version_map.holder(CURRENT).unwrap()).await;
    }
    let first_put = nth("PutSecretValue", 0, faster(vault, &arn, "fake-theirs"));
    let was_put = AtomicBool::new(false);
    let cut = vault
        .engine_on(move |n, operation, body| match operation {
            "DescribeSecret" if was_put.load(Relaxed) => {
                Fate::Instead(Arc::new(|| fault(400, "AccessDeniedException", "Not any more.")))
            }
            _ => {
                was_put.fetch_or(operation == "PutSecretValue", Relaxed);
                first_put(n, operation, body)
            }
        })
        .await;
    let made = cut.describe(&arn).await;
    let asked = request(&made, ValueChange::Edits(vec![set(2, "fake-mine")]));
    let preview = review(&cut, PlanSave { put: true, ..asked }).await;
    let asked =
        ApplyChanges { plan_id: preview.plan_id, typed: None, acknowledged: false, is_reviewed: true };
    cut.apply(asked).await.expect_err("nobody knows what came of it");
    let Bench { engine, folder, .. } = cut;
    drop(engine);
    (made, vault.engine_in(folder, |_, _, _| Fate::Pass).await)
}

async fn way_out(next: &Bench, arn: &str, way_out: WayOut) -> Result<Seen<StagePreview>, ApiError> {
    let entry_id = unfinished(next).await.remove(0).entry_id;
    let change = StageChange::Recover { entry_id, way_out };
    let request = PlanStages { scope: scope(), secret_id: arn.to_owned(), change, keep_under: None };
    next.plan_stages(request).await
}

async fn take(next: &Bench, preview: Seen<StagePreview>) {
    let typed_name = Some("prod/db".into());
    let request =
        ApplyChanges { plan_id: preview.plan_id, typed: typed_name, acknowledged: true, is_reviewed: true };
    assert_eq!(next.apply(request).await.unwrap().outcome, ItemOutcome::Done);
}

#[tokio::test]
async fn a_put_that_was_cut_off_over_somebodys_edit_is_not_called_done() {
    let vault = RealVault::start().await;
    let (made, next) = cut_off_after_the_put(&vault, None).await;
    let arn = &made.summary.arn;
    let error = way_out(&next, arn, WayOut::Finish).await.expect_err("there are no steps left");
    assert!(error.message.contains(&THEIRS[..8]), "whose edit it replaced: {}", error.message);
    assert!(matches!(results(&next).await.as_slice(), [JournalResult::Conflict(_)]));
    assert_eq!(unfinished(&next).await, [], "it is told");
}

#[tokio::test]
async fn a_put_that_was_cut_off_over_somebodys_edit_is_withdrawn_to_theirs() {
    let vault = RealVault::start().await;
    let (made, next) = cut_off_after_the_put(&vault, Some("LIVE")).await;
    let arn = &made.summary.arn;
    let preview = way_out(&next, arn, WayOut::Withdraw).await.unwrap();
    let replaced = Effect::ReplacedTheirs { version_id: THEIRS.into() };
    assert!(preview.effects.contains(&replaced) && preview.needs_tick, "{:?}", preview.effects);
    take(&next, preview).await;
    assert_eq!(current_text(&vault, arn).await, "fake-theirs");
    let map = next.describe(arn).await.version_map;
    assert_eq!(map.holder("LIVE"), made.version_map.holder(CURRENT), "the dropped label is back");
}

#[tokio::test]
async fn a_put_that_was_cut_off_over_somebodys_edit_ends_as_a_conflict_once_its_labels_are_back() {
    let vault = RealVault::start().await;
    let (made, next) = cut_off_after_the_put(&vault, Some("LIVE")).await;
    let arn = &made.summary.arn;
    let preview = way_out(&next, arn, WayOut::Finish).await.unwrap();
    assert!(preview.effects.contains(&Effect::ReplacedTheirs { version_id: THEIRS.into() }));
    take(&next, preview).await;
    assert_eq!(next.describe(arn).await.version_map.holder("LIVE"), made.version_map.holder(CURRENT));
    assert!(matches!(results(&next).await.as_slice(), [JournalResult::Conflict(_)]));
}

#[tokio::test]
async fn a_put_that_was_accepted_and_does_not_show_stays_unfinished() {
    let vault = RealVault::start().await;
    let bench = vault.engine().await;
    let made = bench.create("prod/db", VALUE).await;
    let lagging = vault.engine_on(old_looks_after("PutSecretValue", &made)).await;
    let asked = request(&made, ValueChange::Edits(vec![set(2, "fake-mine")]));
    let preview = review(&lagging, PlanSave { put: true, ..asked }).await;
    let request =
        ApplyChanges { plan_id: preview.plan_id, typed: None, acknowledged: false, is_reviewed: true };
    let error = lagging.apply(request).await.expect_err("nobody has seen it land");
    assert!(error.message.contains("is not known"), "{}", error.message);
    assert_eq!(unfinished(&lagging).await.len(), 1, "it is found again at the next start");
}

#[tokio::test]
async fn a_side_of_a_merge_is_shown_once_the_person_agrees_where_the_connection_asks() {
    let vault = RealVault::start().await;
    let bench = vault.engine().await;
    let made = bench.create("prod/db", VALUE).await;
    let edited = request(&made, ValueChange::Edits(vec![set(2, "fake-mine")]));
    put_theirs(&vault, &made.summary.arn, "fake-theirs").await;
    let SaveReview::Merge(merge) = bench.plan_save(edited).await.unwrap() else {
        panic!("somebody else has saved")
    };
    let asking = EditConnection { reveal_asks: true, ..edit_of(&scope().connection, Guard::Free) };
    bench.engine.edit_connection(asking).await.unwrap();
    let reveal = |side| RevealMerge { merge_id: merge.merge_id.clone(), side };
    for side in [MergeSide::Base, MergeSide::Theirs, MergeSide::Mine] {
        let refused = bench.engine.reveal_merge(reveal(side)).await.unwrap_err();
        assert_eq!(refused.code, Code::Invalid("confirmation".into()));
    }
    assert_eq!(bench.person.take_asked().len(), 3);
    bench.person.agree(true);
    let theirs = bench.engine.reveal_merge(reveal(MergeSide::Theirs)).await.unwrap();
    assert_eq!(theirs, Revealed::Text("fake-theirs".into()));
}
