//! Labels move as they were previewed, or nothing is written; what came of it is decided by looking.
#![allow(clippy::unwrap_used)]

use std::sync::Arc;

use latchkey_domain::Code;
use latchkey_domain::change::{ApplyChanges, ItemOutcome};
use latchkey_domain::contract::{OpenValue, SearchJournal};
use latchkey_domain::secret::SecretDetail;
use latchkey_domain::stages::{CURRENT, PENDING, PREVIOUS};
use latchkey_domain::value::VersionRef;
use latchkey_domain::writes::{Effect, JournalEntry, JournalResult, StageChange, StagePreview, ValueChange};

use super::saves;
use super::saves::{VALUE, attach, request, review, set};
use crate::testing::changes::{Applied, PlanSave, PlanStages, Seen};
use crate::testing::wire::{Fate, RealVault, nth, old_looks_after};
use crate::testing::{Bench, fault, ok, scope};

pub(super) const V2: &str = "22222222-2222-2222-2222-222222222222";
pub(super) const V3: &str = "33333333-3333-3333-3333-333333333333";

/// A secret with three versions: the first deprecated, V2 previous, V3 current and holding AWSPENDING too.
pub(super) async fn rotated(vault: &RealVault, bench: &Bench) -> SecretDetail {
    rotated_as(vault, bench, "prod/db").await
}

async fn rotated_as(vault: &RealVault, bench: &Bench, name: &str) -> SecretDetail {
    let made = bench.create(name, "fake-1").await;
    let arn = &made.summary.arn;
    let client = vault.client();
    for (id, value) in [(V2, "fake-2"), (V3, "fake-3")] {
        let put = client.put_secret_value().secret_id(arn).client_request_token(id).secret_string(value);
        put.send().await.unwrap();
    }
    let pend = client.update_secret_version_stage().secret_id(arn).version_stage(PENDING);
    pend.move_to_version_id(V3).send().await.unwrap();
    bench.describe(arn).await
}

pub(super) fn rollback(version_id: &str) -> StageChange {
    StageChange::Rollback { version_id: version_id.into(), detach_pending: true }
}

pub(super) async fn plan(bench: &Bench, arn: &str, change: StageChange) -> Seen<StagePreview> {
    let request = PlanStages { scope: scope(), secret_id: arn.into(), change, keep_under: None };
    bench.plan_stages(request).await.unwrap()
}

pub(super) async fn apply(bench: &Bench, preview: &Seen<StagePreview>) -> Applied {
    let request = ApplyChanges {
        plan_id: preview.plan_id.clone(),
        typed: Some("prod/db".into()),
        acknowledged: true,
        is_reviewed: true,
    };
    bench.apply(request).await.unwrap()
}

async fn results(bench: &Bench) -> Vec<JournalResult> {
    moves(bench).await.into_iter().map(|entry| entry.result).collect()
}

/// The moves of labels that the journal knows.
async fn moves(bench: &Bench) -> Vec<JournalEntry> {
    let request =
        SearchJournal { text: String::new(), secret_id: None, unfinished_only: false, offset: 0, limit: 10 };
    let page = bench.engine.search_journal(request).await.unwrap();
    assert_eq!(page.problems, [], "the journal is on the disk");
    page.entries.into_iter().filter(|entry| entry.stages.is_some()).collect()
}

#[tokio::test]
async fn a_rollback_leaves_what_its_preview_showed_and_its_undo_brings_it_back() {
    let vault = RealVault::start().await;
    let bench = vault.engine().await;
    let made = rotated(&vault, &bench).await;
    let arn = &made.summary.arn;
    let preview = plan(&bench, arn, rollback(V2)).await;
    assert_eq!(preview.before, made.version_map);
    assert_eq!(preview.steps.len(), 2, "AWSPENDING is detached in a step of its own");
    assert!(preview.cli_lines[1].contains(V2), "{:?}", preview.cli_lines);
    assert!(preview.effects.contains(&Effect::NoEvent), "{:?}", preview.effects);
    let applied = apply(&bench, &preview).await;
    assert_eq!(applied.outcome, ItemOutcome::Done);
    assert!(
        applied.detail.as_ref().unwrap().version_map.same_as(&preview.after),
        "the preview equals the result"
    );
    assert_eq!(applied.detail.as_ref().unwrap().version_map.holder(PREVIOUS), Some(V3));
    assert_eq!(applied.detail.as_ref().unwrap().version_map.holder(PENDING), None);

    let undo = plan(&bench, arn, StageChange::Undo { plan_id: preview.plan_id.clone() }).await;
    assert!(undo.after.same_as(&made.version_map), "everything goes back, AWSPENDING too");
    assert_eq!(apply(&bench, &undo).await.outcome, ItemOutcome::Done);
    assert!(bench.describe(arn).await.version_map.same_as(&made.version_map));
    assert_eq!(results(&bench).await, [JournalResult::Done, JournalResult::Done]);
    assert_eq!(bench.log.of("GetSecretValue").len(), 0, "nobody clicked to read");
}

#[tokio::test]
async fn what_somebody_changed_since_cannot_be_undone() {
    let vault = RealVault::start().await;
    let bench = vault.engine().await;
    let made = rotated(&vault, &bench).await;
    let arn = &made.summary.arn;
    let preview = plan(&bench, arn, rollback(V2)).await;
    apply(&bench, &preview).await;
    let other = vault.client().update_secret_version_stage().secret_id(arn).version_stage("LIVE");
    other.move_to_version_id(V2).send().await.unwrap();
    let change = StageChange::Undo { plan_id: preview.plan_id };
    let request = PlanStages { scope: scope(), secret_id: arn.clone(), change, keep_under: None };
    let error = bench.plan_stages(request).await.expect_err("the labels are not those that we left");
    assert_eq!(error.code, Code::Conflict, "{}", error.message);
}

#[tokio::test]
async fn a_save_is_not_undone_once_somebody_has_moved_a_label_since() {
    let vault = RealVault::start().await;
    let bench = vault.engine().await;
    for put in [false, true] {
        let made = bench.create(&format!("prod/{put}"), VALUE).await;
        let arn = &made.summary.arn;
        attach(&vault, arn, "LIVE", made.version_map.holder(CURRENT).unwrap()).await;
        let made = bench.describe(arn).await;
        let asked = request(&made, ValueChange::Edits(vec![set(2, "fake-new")]));
        let preview = review(&bench, PlanSave { put, ..asked }).await;
        let saved = saves::apply(&bench, &preview).await;
        let undo = || PlanStages {
            scope: scope(),
            secret_id: arn.clone(),
            change: StageChange::Undo { plan_id: saved.plan_id.clone() },
            keep_under: None,
        };
        let preview = bench.plan_stages(undo()).await.expect("the labels are those that it left");
        assert!(preview.after.same_as(&made.version_map), "{:?}", preview.after);
        attach(&vault, arn, "THEIRS", &saved.version_id).await;
        let error = bench.plan_stages(undo()).await.expect_err("it would take their label along");
        assert_eq!(error.code, Code::Conflict, "{}", error.message);
    }
}

#[tokio::test]
async fn a_move_that_was_accepted_and_does_not_show_stays_unfinished() {
    let vault = RealVault::start().await;
    let bench = vault.engine().await;
    let made = rotated(&vault, &bench).await;
    let lagging = vault.engine_on(old_looks_after("UpdateSecretVersionStage", &made)).await;
    let preview = plan(&lagging, &made.summary.arn, rollback(V2)).await;
    let typed_name = Some("prod/db".into());
    let request =
        ApplyChanges { plan_id: preview.plan_id, typed: typed_name, acknowledged: true, is_reviewed: true };
    let error = lagging.apply(request).await.expect_err("nobody has seen it land");
    assert!(error.message.contains("is not known"), "{}", error.message);
    let moved = moves(&lagging).await.remove(0);
    assert!(matches!(moved.result, JournalResult::Unknown(_)), "{:?}", moved.result);
    assert!(moved.result.is_open(), "it is found again at the next start");
    assert_eq!(moved.request_ids.len(), 1, "the request was answered");
}

#[tokio::test]
async fn a_rollback_to_a_deprecated_version_keeps_the_one_that_loses_its_last_label() {
    let vault = RealVault::start().await;
    let bench = vault.engine().await;
    let first = bench.create("prod/db", "fake-1").await;
    let first_id = first.version_map.holder(CURRENT).unwrap().to_owned();
    let arn = rotated_again(&vault, &first).await;
    let preview = plan(&bench, &arn, rollback(&first_id)).await;
    assert_eq!(preview.deprecates, [V2], "V2 was AWSPREVIOUS only");
    assert!(preview.effects.contains(&Effect::TargetIsDeprecated { version_id: first_id.clone() }));
    let request = PlanStages {
        scope: scope(),
        secret_id: arn.clone(),
        change: rollback(&first_id),
        keep_under: Some("KEPT".into()),
    };
    let preview = bench.plan_stages(request).await.unwrap();
    assert_eq!(preview.deprecates, <[&str; 0]>::default());
    let applied = apply(&bench, &preview).await;
    assert_eq!(applied.outcome, ItemOutcome::Done);
    let map = applied.detail.unwrap().version_map;
    assert_eq!((map.holder(CURRENT), map.holder("KEPT")), (Some(first_id.as_str()), Some(V2)));
}

async fn rotated_again(vault: &RealVault, first: &SecretDetail) -> String {
    let arn = &first.summary.arn;
    for id in [V2, V3] {
        let put = vault.client().put_secret_value().secret_id(arn).client_request_token(id);
        put.secret_string("fake").send().await.unwrap();
    }
    arn.clone()
}

#[tokio::test]
async fn labels_that_somebody_moved_meanwhile_are_a_conflict_and_nothing_is_written() {
    let vault = RealVault::start().await;
    let bench = vault.engine().await;
    let made = rotated(&vault, &bench).await;
    let arn = &made.summary.arn;
    let preview = plan(&bench, arn, rollback(V2)).await;
    let other = vault.client().update_secret_version_stage().secret_id(arn).version_stage("LIVE");
    other.move_to_version_id(V2).send().await.unwrap();
    let applied = apply(&bench, &preview).await;
    assert!(matches!(&applied.outcome, ItemOutcome::Conflict(error) if error.code == Code::Conflict));
    assert_eq!(
        applied.detail.as_ref().unwrap().version_map.labels(V2),
        [PREVIOUS, "LIVE"],
        "the new picture comes with it"
    );
    assert_eq!(bench.log.of("UpdateSecretVersionStage").len(), 0, "nothing was written");
}

#[tokio::test]
async fn a_lost_answer_is_success_when_the_first_try_landed() {
    let vault = RealVault::start().await;
    for n in 0..2 {
        let lost = vault.engine_on(nth("UpdateSecretVersionStage", n, Fate::Lose)).await;
        let bench = vault.engine().await;
        let name = format!("lost-{n}");
        let made = bench.create(&name, "fake-1").await;
        let arn = rotated_again(&vault, &made).await;
        let pend = vault.client().update_secret_version_stage().secret_id(&arn).version_stage(PENDING);
        pend.move_to_version_id(V3).send().await.unwrap();
        let preview = plan(&lost, &arn, rollback(V2)).await;
        let request = ApplyChanges {
            plan_id: preview.plan_id.clone(),
            typed: Some(name),
            acknowledged: true,
            is_reviewed: true,
        };
        let applied = lost.apply(request).await.unwrap();
        assert_eq!(applied.outcome, ItemOutcome::Done, "the retry of step {n} was refused, as it had landed");
        assert!(applied.detail.as_ref().unwrap().version_map.same_as(&preview.after));
        assert_eq!(lost.log.of("UpdateSecretVersionStage").len(), 3, "two steps, one of them sent twice");
    }
}

#[tokio::test]
async fn a_refused_step_is_not_done_with_awss_words() {
    let vault = RealVault::start().await;
    let denied = Fate::Instead(Arc::new(|| fault(400, "AccessDeniedException", "Not you.")));
    let bench = vault.engine_on(nth("UpdateSecretVersionStage", 0, denied)).await;
    let made = rotated(&vault, &bench).await;
    let preview = plan(&bench, &made.summary.arn, rollback(V2)).await;
    let applied = apply(&bench, &preview).await;
    let ItemOutcome::NotDone(error) = applied.outcome else { panic!("{:?}", applied.outcome) };
    assert_eq!((error.code, error.aws.unwrap().message.as_str()), (Code::AccessDenied, "Not you."));
    assert!(applied.detail.as_ref().unwrap().version_map.same_as(&made.version_map), "it is as it was");
    assert!(matches!(results(&bench).await.as_slice(), [JournalResult::NotDone(_)]));
}

#[tokio::test]
async fn a_writer_who_is_faster_between_our_look_and_our_write_wins() {
    let vault = RealVault::start().await;
    let bench = vault.engine().await;
    let made = rotated(&vault, &bench).await;
    let (arn, first) = (made.summary.arn.clone(), bench.first_version().await);
    let faster = Fate::After(Arc::new({
        let (client, arn, first) = (vault.client(), arn.clone(), first.clone());
        move || {
            let request = client.update_secret_version_stage().secret_id(&arn).version_stage(CURRENT);
            let request = request.remove_from_version_id(V3).move_to_version_id(&first);
            Box::pin(async move { drop(request.send().await.unwrap()) })
        }
    }));
    // Our first step detaches AWSPENDING, the second one finds AWSCURRENT elsewhere.
    let racing = vault.engine_on(nth("UpdateSecretVersionStage", 1, faster)).await;
    let preview = plan(&racing, &arn, rollback(V2)).await;
    let applied = apply(&racing, &preview).await;
    let ItemOutcome::Conflict(error) = applied.outcome else { panic!("{:?}", applied.outcome) };
    assert!(
        error.message.contains("The earlier steps were applied"),
        "AWSPENDING is gone: {}",
        error.message
    );
    assert_eq!(
        applied.detail.as_ref().unwrap().version_map.holder(CURRENT),
        Some(first.as_str()),
        "theirs stays"
    );
    assert!(matches!(results(&racing).await.as_slice(), [JournalResult::Conflict(_)]));
}

#[tokio::test]
async fn a_stale_look_after_the_write_is_waited_out() {
    let vault = RealVault::start().await;
    let bench = vault.engine().await;
    let made = rotated(&vault, &bench).await;
    let arn = made.summary.arn.clone();
    let stale = made.version_map.0.clone();
    let answered = arn.clone();
    let old = Fate::Instead(Arc::new(move || {
        ok(serde_json::json!({ "ARN": answered, "Name": "prod/db", "VersionIdsToStages": stale }))
    }));
    // Looks 0 (the plan) and 1 (before the write) are true; 2 comes after the first step.
    let lagging = vault.engine_on(nth("DescribeSecret", 2, old)).await;
    let preview = plan(&lagging, &arn, rollback(V2)).await;
    let applied = apply(&lagging, &preview).await;
    assert_eq!(applied.outcome, ItemOutcome::Done);
    assert!(applied.detail.as_ref().unwrap().version_map.same_as(&preview.after));
    assert_eq!(lagging.log.of("UpdateSecretVersionStage").len(), 2, "nothing is written twice");
}

#[tokio::test]
async fn a_plan_is_used_once_within_two_minutes() {
    let vault = RealVault::start().await;
    let bench = vault.engine().await;
    let made = rotated(&vault, &bench).await;
    let arn = &made.summary.arn;
    let preview = plan(&bench, arn, rollback(V2)).await;
    bench.clock.advance(121).await;
    let request = |id| ApplyChanges {
        plan_id: id,
        typed: Some("prod/db".into()),
        acknowledged: true,
        is_reviewed: true,
    };
    let error = bench.apply(request(preview.plan_id)).await.expect_err("it is too old");
    assert_eq!(error.code, Code::Conflict);
    let preview = plan(&bench, arn, rollback(V2)).await;
    apply(&bench, &preview).await;
    let error = bench.apply(request(preview.plan_id)).await.expect_err("it was used");
    assert_eq!(error.code, Code::Conflict);
}

#[tokio::test]
async fn a_target_must_be_read_first_or_the_name_typed() {
    let vault = RealVault::start().await;
    let bench = vault.engine().await;
    let made = rotated(&vault, &bench).await;
    let arn = &made.summary.arn;
    let preview = plan(&bench, arn, rollback(V2)).await;
    assert!(!preview.target.as_ref().unwrap().was_read);
    for typed_name in [None, Some("prod".to_owned())] {
        let request = ApplyChanges {
            plan_id: preview.plan_id.clone(),
            typed: typed_name,
            acknowledged: true,
            is_reviewed: true,
        };
        let error = bench.apply(request).await.expect_err("nobody knows that it can be read");
        assert_eq!(error.code, Code::Invalid("typed_name".into()));
    }
    assert_eq!(bench.log.of("UpdateSecretVersionStage").len(), 0);
    let version = VersionRef { scope: scope(), secret_id: "prod/db".into(), version_id: V2.into() };
    bench.engine.open_value(OpenValue { version }).await.unwrap();
    let request =
        ApplyChanges { plan_id: preview.plan_id, typed: None, acknowledged: false, is_reviewed: true };
    let applied = bench.apply(request).await.expect("the same plan, once it was read");
    assert_eq!(applied.outcome, ItemOutcome::Done);
}

#[tokio::test]
async fn labels_by_hand_move_as_planned_and_awscurrent_cannot_be_removed() {
    let vault = RealVault::start().await;
    let bench = vault.engine().await;
    let made = rotated(&vault, &bench).await;
    let arn = &made.summary.arn;
    for (change, holder) in [
        (StageChange::Attach { label: "LIVE".into(), version_id: V2.into() }, Some(V2)),
        (StageChange::Move { label: "LIVE".into(), version_id: V3.into() }, Some(V3)),
        (StageChange::Remove { label: "LIVE".into() }, None),
    ] {
        let preview = plan(&bench, arn, change).await;
        assert_eq!(preview.target, None, "AWSCURRENT stays, so nothing needs to be read");
        let applied = apply(&bench, &preview).await;
        assert_eq!(applied.outcome, ItemOutcome::Done);
        assert_eq!(applied.detail.as_ref().unwrap().version_map.holder("LIVE"), holder);
    }
    let change = StageChange::Remove { label: CURRENT.into() };
    let request = PlanStages { scope: scope(), secret_id: arn.clone(), change, keep_under: None };
    let error = bench.plan_stages(request).await.expect_err("AWS never allows it");
    assert_eq!(error.code, Code::Invalid("change".into()));
}
