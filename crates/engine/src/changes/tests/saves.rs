//! Nobody's edit is lost: swaps, puts, merges, races and lost answers.
#![allow(clippy::unwrap_used)]

use std::sync::Arc;

use latchkey_domain::Code;
use latchkey_domain::change::{ApplyChanges, ItemOutcome};
use latchkey_domain::contract::SearchJournal;
use latchkey_domain::diff::{Choice, Detail, MergeState, Take};
use latchkey_domain::document::Edit;
use latchkey_domain::guard::{EditConnection, Guard};
use latchkey_domain::secret::SecretDetail;
use latchkey_domain::secret_text::SecretInput;
use latchkey_domain::stages::{CURRENT, PENDING, PREVIOUS, VersionMap};
use latchkey_domain::writes::{
    JournalEntry, JournalResult, MergeReview, SavePreview, SaveWay, StageChange, ValueChange, WayReason,
};

use crate::testing::changes::{Applied, PlanSave, PlanStages, SaveReview, Seen};
use crate::testing::wire::{Fate, RealVault, nth};
use crate::testing::{Bench, edit_of, fault, scope};

pub(super) const VALUE: &str =
    "{ \"user\": \"fake-user\",\n  \"port\": 5432.00, \"password\": \"fake-old\" }";
pub(super) const THEIRS: &str = "99999999-9999-9999-9999-999999999999";

/// Sets the field at this place.
pub(super) fn set(place: usize, text: &str) -> Edit {
    Edit::Set { way: vec![place], kind: None, text: SecretInput::new(text) }
}

pub(super) fn request(secret: &SecretDetail, change: ValueChange) -> PlanSave {
    PlanSave {
        scope: scope(),
        secret_id: secret.summary.arn.clone(),
        base_version_id: secret.version_map.holder(CURRENT).map(str::to_owned),
        change,
        put: false,
    }
}

pub(super) async fn review(bench: &Bench, request: PlanSave) -> Seen<SavePreview> {
    match bench.plan_save(request).await.unwrap() {
        SaveReview::Save(preview) => preview,
        SaveReview::Merge(merge) => panic!("nobody else has saved: {merge:?}"),
    }
}

pub(super) async fn apply(bench: &Bench, preview: &Seen<SavePreview>) -> Applied {
    let request = ApplyChanges {
        plan_id: preview.plan_id.clone(),
        typed: None,
        acknowledged: false,
        is_reviewed: true,
    };
    bench.apply(request).await.unwrap()
}

async fn save(bench: &Bench, secret: &SecretDetail, edit: Edit) -> Applied {
    let preview = review(bench, request(secret, ValueChange::Edits(vec![edit]))).await;
    apply(bench, &preview).await
}

pub(super) async fn merged(saved: Applied) -> MergeReview {
    assert!(matches!(saved.outcome, ItemOutcome::Conflict(_)), "{:?}", saved.outcome);
    saved.merge.expect("somebody else has saved")
}

pub(super) async fn current_text(vault: &RealVault, arn: &str) -> String {
    let read = vault.client().get_secret_value().secret_id(arn).send().await.unwrap();
    read.secret_string.unwrap()
}

pub(super) async fn put_theirs(vault: &RealVault, arn: &str, value: &str) {
    let put = vault.client().put_secret_value().secret_id(arn).client_request_token(THEIRS);
    put.secret_string(value).send().await.unwrap();
}

pub(super) async fn attach(vault: &RealVault, arn: &str, label: &str, version_id: &str) {
    let request = vault.client().update_secret_version_stage().secret_id(arn).version_stage(label);
    request.move_to_version_id(version_id).send().await.unwrap();
}

pub(super) async fn unfinished(bench: &Bench) -> Vec<JournalEntry> {
    let request =
        SearchJournal { text: String::new(), secret_id: None, unfinished_only: true, offset: 0, limit: 10 };
    bench.engine.search_journal(request).await.unwrap().entries
}

pub(super) fn has_no_orphan(map: &VersionMap) -> bool {
    !map.0.values().flatten().any(|label| label.starts_with("latchkey-"))
}

#[tokio::test]
async fn a_swap_changes_one_field_and_nothing_else() {
    let vault = RealVault::start().await;
    let bench = vault.engine().await;
    let made = bench.create("prod/db", VALUE).await;
    let (arn, base) = (&made.summary.arn, made.version_map.holder(CURRENT).unwrap());
    for label in ["LIVE", PENDING] {
        attach(&vault, arn, label, base).await;
    }
    let preview = review(&bench, request(&made, ValueChange::Edits(vec![set(2, "fake-canary")]))).await;
    assert_eq!((preview.way, preview.why), (SaveWay::Swap, WayReason::Safest));
    let Some(Detail::Fields(_)) = preview.difference.as_ref().map(|d| &d.detail) else { panic!("by key") };
    assert!(!preview.text.contains("canary"), "the review is masked");
    let saved = apply(&bench, &preview).await;
    assert_eq!(saved.outcome, ItemOutcome::Done);
    assert_eq!(current_text(&vault, arn).await, VALUE.replace("fake-old", "fake-canary"), "byte for byte");
    let map = &saved.detail.as_ref().unwrap().version_map;
    assert_eq!(map.holder(CURRENT), Some(saved.version_id.as_str()));
    assert_eq!(map.labels(base), [PREVIOUS, "LIVE"], "custom labels stay, AWSPENDING is not stranded");
    assert!(has_no_orphan(map));
    let request =
        SearchJournal { text: "save".into(), secret_id: None, unfinished_only: false, offset: 0, limit: 9 };
    let page = bench.engine.search_journal(request).await.unwrap();
    assert_eq!(page.entries[0].result, JournalResult::Done);
    assert!(!format!("{page:?}").contains("canary"), "the journal holds no value");
    assert_eq!(page.entries[0].account.as_deref(), Some("123456789012"));
}

#[tokio::test]
async fn a_save_is_undone_by_a_plan_with_a_preview() {
    let vault = RealVault::start().await;
    let bench = vault.engine().await;
    let made = bench.create("prod/db", VALUE).await;
    let arn = &made.summary.arn;
    let saved = save(&bench, &made, set(2, "fake-new")).await;
    let undo = || PlanStages {
        scope: scope(),
        secret_id: arn.clone(),
        change: StageChange::Undo { plan_id: saved.plan_id.clone() },
        keep_under: None,
    };
    let preview = bench.plan_stages(undo()).await.unwrap();
    assert!(preview.after.same_as(&made.version_map), "{:?}", preview.after);
    let request = ApplyChanges {
        plan_id: preview.plan_id,
        typed: Some("prod/db".into()),
        acknowledged: true,
        is_reviewed: true,
    };
    assert_eq!(bench.apply(request).await.unwrap().outcome, ItemOutcome::Done);
    assert_eq!(current_text(&vault, arn).await, VALUE);
    let error = bench.plan_stages(undo()).await.expect_err("the labels are not those it left");
    assert_eq!(error.code, Code::Conflict);
}

#[tokio::test]
async fn a_lost_answer_anywhere_in_a_swap_is_made_up_for() {
    let vault = RealVault::start().await;
    let lost = [
        ("PutSecretValue", 0),
        ("UpdateSecretVersionStage", 0),
        ("UpdateSecretVersionStage", 1),
        ("UpdateSecretVersionStage", 2),
    ];
    for (case, (operation, n)) in lost.into_iter().enumerate() {
        let bench = vault.engine_on(nth(operation, n, Fate::Lose)).await;
        let made = bench.create(&format!("lost-{case}"), VALUE).await;
        let saved = save(&bench, &made, set(2, "fake-new")).await;
        assert_eq!(saved.outcome, ItemOutcome::Done, "{operation} {n} had landed");
        assert!(has_no_orphan(&saved.detail.as_ref().unwrap().version_map));
        assert_eq!(saved.detail.as_ref().unwrap().versions.len(), 2, "one new version");
        assert_eq!(unfinished(&bench).await, []);
    }
}

#[tokio::test]
async fn what_two_people_changed_apart_merges_and_what_both_changed_is_chosen() {
    let vault = RealVault::start().await;
    let bench = vault.engine().await;
    let made = bench.create("prod/db", VALUE).await;
    let arn = &made.summary.arn;
    let edits = vec![set(0, "fake-mine"), set(2, "fake-mine")];
    let preview = review(&bench, request(&made, ValueChange::Edits(edits))).await;
    let theirs = VALUE.replace("5432.00", "6432").replace("fake-old", "fake-theirs");
    put_theirs(&vault, arn, &theirs).await;
    let review_of = merged(apply(&bench, &preview).await).await;
    assert_eq!(current_text(&vault, arn).await, theirs, "theirs is untouched");
    let states: Vec<_> = review_of.rows.iter().map(|row| row.state).collect();
    assert_eq!(states, [MergeState::Mine, MergeState::Theirs, MergeState::Conflict]);
    assert_eq!((review_of.conflicts, review_of.theirs_version_id.as_str()), (1, THEIRS));
    let merge = |choices| {
        let merge_id = review_of.merge_id.clone();
        request(&made, ValueChange::Merged { merge_id, choices })
    };
    let error = bench.plan_save(merge(Vec::new())).await.expect_err("one key must be chosen");
    assert_eq!(error.code, Code::Invalid("choices".into()));
    let path = review_of.rows[2].path.clone();
    let preview = self::review(&bench, merge(vec![Choice { path, take: Take::Theirs }])).await;
    let saved = apply(&bench, &preview).await;
    assert_eq!(saved.outcome, ItemOutcome::Done);
    let expected = theirs.replace("fake-user", "fake-mine");
    assert_eq!(current_text(&vault, arn).await, expected, "both people's edits are there");
    assert!(has_no_orphan(&saved.detail.as_ref().unwrap().version_map));
}

#[tokio::test]
async fn a_role_that_may_not_move_stages_puts_and_verifies() {
    let vault = RealVault::start().await;
    let denied = |_: usize, operation: &str, _: &serde_json::Value| match operation {
        "UpdateSecretVersionStage" => {
            Fate::Instead(Arc::new(|| fault(400, "AccessDeniedException", "Not you.")))
        }
        _ => Fate::Pass,
    };
    let bench = vault.engine_on(denied).await;
    let made = bench.create("prod/db", VALUE).await;
    attach(&vault, &made.summary.arn, "LIVE", made.version_map.holder(CURRENT).unwrap()).await;
    let made = bench.describe(&made.summary.arn).await;
    let saved = save(&bench, &made, set(2, "fake-new")).await;
    assert!(matches!(&saved.outcome, ItemOutcome::NotDone(error) if error.code == Code::AccessDenied));
    assert!(saved.detail.as_ref().unwrap().version_map.same_as(&made.version_map), "nothing was written");
    let again =
        ApplyChanges { plan_id: saved.plan_id.clone(), typed: None, acknowledged: false, is_reviewed: true };
    let error = bench.apply(again).await.expect_err("it was tried");
    assert!(error.message.contains("already used"), "{}", error.message);
    let preview = review(&bench, request(&made, ValueChange::Planned(saved.plan_id))).await;
    assert_eq!((preview.way, preview.why), (SaveWay::PutAndVerify, WayReason::MayNotMoveStages));
    let saved = apply(&bench, &preview).await;
    assert_eq!(saved.outcome, ItemOutcome::Done);
    assert_eq!(saved.lost_labels, ["LIVE"], "the put dropped it, and this role cannot put it back");
    assert_eq!(current_text(&vault, &made.summary.arn).await, VALUE.replace("fake-old", "fake-new"));
}

#[tokio::test]
async fn with_all_twenty_labels_in_use_a_save_puts_and_gives_them_back() {
    let vault = RealVault::start().await;
    let bench = vault.engine().await;
    let made = bench.create("prod/db", VALUE).await;
    let arn = &made.summary.arn;
    for n in 1..20 {
        attach(&vault, arn, &format!("label-{n}"), made.version_map.holder(CURRENT).unwrap()).await;
    }
    let made = bench.describe(arn).await;
    let preview = review(&bench, request(&made, ValueChange::Edits(vec![set(2, "fake-new")]))).await;
    assert_eq!((preview.way, preview.why), (SaveWay::PutAndVerify, WayReason::NoFreeLabel));
    assert_eq!(preview.version_count, Some(1));
    let saved = apply(&bench, &preview).await;
    assert_eq!(saved.outcome, ItemOutcome::Done);
    assert_eq!(current_text(&vault, arn).await, VALUE.replace("fake-old", "fake-new"));
    let map = saved.detail.unwrap().version_map;
    // AWSPREVIOUS is the twentieth beside AWSCURRENT now, so that one of them finds no room.
    let kept =
        (1..20).filter(|n| map.holder(&format!("label-{n}")) == made.version_map.holder(CURRENT)).count();
    assert_eq!(kept + saved.lost_labels.len(), 19, "each is back or told: {:?}", saved.lost_labels);
    assert!(saved.lost_labels.len() <= 1, "{:?}", saved.lost_labels);
    assert_eq!(unfinished(&bench).await, [], "there is no room to finish it in");
}

#[tokio::test]
async fn a_planned_value_is_reviewed_again_for_the_other_way_and_saved_as_it_was() {
    let vault = RealVault::start().await;
    let bench = vault.engine().await;
    let made = bench.create("prod/db", VALUE).await;
    let swap = review(&bench, request(&made, ValueChange::Binary(SecretInput::new("AGZha2U=")))).await;
    assert_eq!((swap.way, swap.why), (SaveWay::Swap, WayReason::Safest));
    let again = || ValueChange::Planned(swap.plan_id.clone());
    let put = review(&bench, PlanSave { put: true, ..request(&made, again()) }).await;
    assert_eq!((put.way, put.why), (SaveWay::PutAndVerify, WayReason::Asked));
    assert_eq!((put.size_bytes, &put.difference), (swap.size_bytes, &swap.difference), "the same value");
    let other = bench.create("prod/other", VALUE).await;
    let error = bench.plan_save(request(&other, again())).await.unwrap_err();
    assert_eq!(error.code, Code::Invalid("change".into()), "it is no way into another secret");
    assert_eq!(apply(&bench, &put).await.outcome, ItemOutcome::Done);
    bench.clock.advance(180).await;
    let error = bench.plan_save(request(&made, again())).await.unwrap_err();
    assert_eq!(error.code, Code::Conflict, "its time is over");
}

#[tokio::test]
async fn a_connection_that_is_set_so_saves_by_put() {
    let vault = RealVault::start().await;
    let bench = vault.engine().await;
    let made = bench.create("prod/db", VALUE).await;
    let edit = EditConnection { saves_by_put: true, ..edit_of(&scope().connection, Guard::Free) };
    bench.engine.edit_connection(edit).await.unwrap();
    let preview = review(&bench, request(&made, ValueChange::Edits(vec![set(2, "fake-new")]))).await;
    assert_eq!((preview.way, preview.why), (SaveWay::PutAndVerify, WayReason::SetSo));
    let saved = apply(&bench, &preview).await;
    assert_eq!(saved.outcome, ItemOutcome::Done);
    assert_eq!(bench.log.of("UpdateSecretVersionStage").len(), 0, "its readers get it at once");
}

#[tokio::test]
async fn a_save_beside_a_pending_rotation_needs_the_name() {
    let vault = RealVault::start().await;
    let bench = vault.engine().await;
    let made = bench.create("prod/db", VALUE).await;
    let put = vault.client().put_secret_value().secret_id(&made.summary.arn).version_stages(PENDING);
    put.client_request_token(THEIRS).secret_string("fake-pending").send().await.unwrap();
    let preview = review(&bench, request(&made, ValueChange::Edits(vec![set(2, "fake-new")]))).await;
    assert!(preview.needs_name, "the pending version may hold the live password");
    let apply = |typed: Option<&str>| {
        let typed_name = typed.map(str::to_owned);
        bench.apply(ApplyChanges {
            plan_id: preview.plan_id.clone(),
            typed: typed_name,
            acknowledged: false,
            is_reviewed: true,
        })
    };
    let error = apply(None).await.expect_err("the name was not typed");
    assert_eq!(error.code, Code::Invalid("typed_name".into()));
    let saved = apply(Some("prod/db")).await.unwrap();
    assert_eq!(saved.outcome, ItemOutcome::Done);
    assert_eq!(
        saved.detail.as_ref().unwrap().version_map.holder(PENDING),
        Some(THEIRS),
        "the rotation's version is kept"
    );
}

#[tokio::test]
async fn what_cannot_be_saved_is_refused_before_anything_is_sent() {
    let vault = RealVault::start().await;
    let bench = vault.engine().await;
    let made = bench.create("prod/db", VALUE).await;
    let text = |text: String| ValueChange::Text(SecretInput::new(text));
    for change in [
        text(String::new()),
        text("x".repeat(65_537)),
        text(VALUE.to_owned()),
        ValueChange::Binary(SecretInput::new("not base64 fake-canary")),
        ValueChange::Edits(vec![set(1, "fake-canary")]),
        ValueChange::Edits(vec![set(7, "fake-canary")]),
    ] {
        let error = bench.plan_save(request(&made, change)).await.expect_err("it makes no sense");
        assert_eq!(error.code, Code::Invalid("change".into()), "{}", error.message);
        assert!(!format!("{error:?}").contains("canary"), "{error:?}");
    }
    assert_eq!(bench.log.of("PutSecretValue").len(), 0);
    let preview = review(&bench, request(&made, ValueChange::Binary(SecretInput::new("AGZha2U=")))).await;
    assert_eq!(apply(&bench, &preview).await.outcome, ItemOutcome::Done);
    let read = vault.client().get_secret_value().secret_id("prod/db").send().await.unwrap();
    assert_eq!(read.secret_binary.unwrap().into_inner(), b"\0fake", "byte for byte");
}

#[tokio::test]
async fn the_first_value_becomes_current_at_once() {
    let vault = RealVault::start().await;
    let bench = vault.engine().await;
    let made = vault.client().create_secret().name("empty").send().await.unwrap();
    let secret = bench.describe(made.arn().unwrap()).await;
    let preview = review(&bench, request(&secret, ValueChange::Text(SecretInput::new("fake-first")))).await;
    assert_eq!((preview.way, preview.difference.as_ref()), (SaveWay::First, None));
    let saved = apply(&bench, &preview).await;
    assert_eq!(saved.outcome, ItemOutcome::Done);
    assert_eq!(current_text(&vault, &secret.summary.arn).await, "fake-first");
    assert_eq!(bench.log.of("UpdateSecretVersionStage").len(), 0, "there is nothing to swap");
}
