//! The outcome of a change is what DescribeSecret shows, whatever became of the answers, and the journal says so.
#![allow(clippy::unwrap_used)]

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use latchkey_domain::Code;
use latchkey_domain::change::{ApplyChanges, Change, ChangeRecord, ItemOutcome, NameIsTyped, Part};
use latchkey_domain::contract::SearchJournal;
use latchkey_domain::secret::{SecretDetail, Tag};
use latchkey_domain::writes::{JournalEntry, JournalResult, Operation, StageChange, WayOut};
use serde_json::{Value, json};

use super::many::each;
use crate::journal::tests::entry;
use crate::testing::changes::PlanStages;
use crate::testing::wire::{Fate, RealVault};
use crate::testing::{ARN, Answer, Bench, fault, ok, scope};

const KEY: &str = "arn:aws:kms:us-east-1:123456789012:key/11111111-2222-3333-4444-555555555555";

fn tags(pairs: &[(&str, &str)]) -> Vec<Tag> {
    pairs.iter().map(|(key, value)| Tag { key: (*key).into(), value: (*value).into() }).collect()
}

async fn journal(bench: &Bench, unfinished_only: bool) -> Vec<JournalEntry> {
    let search =
        SearchJournal { text: String::new(), secret_id: None, unfinished_only, offset: 0, limit: 50 };
    bench.engine.search_journal(search).await.unwrap().entries
}

/// Everything that this operation answers is lost, though it is carried out.
pub(super) fn losing(lost: &'static str) -> impl Fn(usize, &str, &Value) -> Fate + Send + Sync {
    move |_, operation, _| if operation == lost { Fate::Lose } else { Fate::Pass }
}

/// The changes that a vault carries out, and the operation whose answer is lost.
fn changes() -> Vec<(Change, &'static str)> {
    vec![
        (Change::Description { description: "fake words".into() }, "UpdateSecret"),
        (Change::KmsKey { kms_key_id: KEY.into() }, "UpdateSecret"),
        (Change::Tags { tags: tags(&[("team", "fake")]) }, "TagResource"),
        (Change::Tags { tags: Vec::new() }, "UntagResource"),
        (Change::Delete { recovery_days: 7 }, "DeleteSecret"),
        (Change::Restore, "RestoreSecret"),
    ]
}

/// A secret as this change needs it, made by an engine that nothing disturbs.
async fn secret_for(vault: &Arc<RealVault>, change: &Change) -> SecretDetail {
    let bench = vault.engine().await;
    let made = bench.create("prod/db", "fake").await;
    let arn = made.summary.arn.as_str();
    let before = match change {
        Change::Tags { tags } if tags.is_empty() => Change::Tags { tags: self::tags(&[("old", "fake")]) },
        Change::Restore => Change::Delete { recovery_days: 7 },
        _ => return made,
    };
    bench.change(arn, before, Some("prod/db")).await.unwrap()
}

#[tokio::test]
async fn a_change_whose_answer_is_lost_is_done_when_the_secret_shows_it() {
    for (change, lost) in changes() {
        let vault = RealVault::start().await;
        let before = secret_for(&vault, &change).await;
        let bench = vault.engine_on(losing(lost)).await;
        let typed = (change.name_is_typed() == NameIsTyped::Always).then_some("prod/db");
        let after = bench.change(&before.summary.arn, change.clone(), typed).await;
        let after = after.unwrap_or_else(|error| panic!("{change:?}: {}", error.message));
        assert_ne!(change.part_of(&after), change.part_of(&before), "{change:?}");
        let entry = journal(&bench, false).await.remove(0);
        assert_eq!((entry.operation, entry.result), (change.operation(), JournalResult::Done));
    }
}

#[tokio::test]
async fn a_change_that_never_arrived_is_not_done() {
    for (change, failing) in changes() {
        let vault = RealVault::start().await;
        let before = secret_for(&vault, &change).await;
        let bench = vault
            .engine_on(move |_, operation, _| {
                if operation != failing {
                    return Fate::Pass;
                }
                Fate::Instead(Arc::new(|| fault(500, "InternalServiceError", "fake")))
            })
            .await;
        let arn = &before.summary.arn;
        let told = bench.change(arn, change.clone(), Some("prod/db")).await;
        assert_eq!(told.unwrap_err().code, Code::Offline, "{change:?}");
        assert_eq!(change.part_of(&bench.describe(arn).await), change.part_of(&before), "{change:?}");
        let entry = journal(&bench, false).await.remove(0);
        assert!(matches!(entry.result, JournalResult::NotDone(_)), "{change:?}: {:?}", entry.result);
    }
}

#[tokio::test]
async fn what_nobody_could_look_up_is_unknown_and_looked_up_at_the_next_start() {
    for has_landed in [true, false] {
        let vault = RealVault::start().await;
        let change = Change::Delete { recovery_days: 7 };
        let before = secret_for(&vault, &change).await;
        let arn = before.summary.arn.clone();
        let was_sent = std::sync::Mutex::new(false);
        let bench = vault
            .engine_on(move |_, operation, _| {
                let mut was_sent = was_sent.lock().unwrap();
                *was_sent |= operation == "DeleteSecret";
                let offline = || Fate::Instead(Arc::new(|| fault(500, "InternalServiceError", "fake")));
                match operation {
                    "DeleteSecret" if has_landed => Fate::Lose,
                    "DeleteSecret" => offline(),
                    "DescribeSecret" if *was_sent => offline(),
                    _ => Fate::Pass,
                }
            })
            .await;
        let told = bench.change(&arn, change, Some("prod/db")).await.unwrap_err();
        assert!(told.message.contains("The outcome is unknown"), "{}", told.message);
        assert!(matches!(journal(&bench, false).await[0].result, JournalResult::Unknown(_)));
        let Bench { engine, folder, .. } = bench;
        drop(engine);

        let next = vault.engine_in(folder, |_, _, _| Fate::Pass).await;
        let [entry] = journal(&next, true).await.try_into().expect("one is open");
        let recover = StageChange::Recover { entry_id: entry.entry_id.clone(), way_out: WayOut::Finish };
        let other = next.create("prod/other", "fake").await.summary.arn;
        let request =
            PlanStages { scope: scope(), secret_id: other, change: recover.clone(), keep_under: None };
        let told = next.plan_stages(request).await.expect_err("it is of another secret");
        assert_eq!(told.code, Code::NotFound, "another secret decides nothing: {}", told.message);
        assert_eq!(journal(&next, true).await.len(), 1, "it is still open");
        let request = PlanStages { scope: scope(), secret_id: arn, change: recover, keep_under: None };
        let told = next.plan_stages(request).await.expect_err("there is nothing to plan");
        let words = if has_landed { "The change was applied." } else { "The change was not applied." };
        assert!(told.message.starts_with(words), "{}", told.message);
        assert!(journal(&next, true).await.is_empty(), "it is over");
        let kept = journal(&next, false).await;
        let kept = kept.into_iter().find(|kept| kept.entry_id == entry.entry_id).expect("it is kept");
        assert_eq!(kept.result == JournalResult::Done, has_landed, "{:?}", kept.result);
    }
}

#[tokio::test]
async fn tags_of_which_only_the_removal_landed_are_partly_changed_and_every_request_is_kept() {
    let vault = RealVault::start().await;
    let change = Change::Tags { tags: Vec::new() };
    let before = secret_for(&vault, &change).await;
    let bench = vault
        .engine_on(|_, operation, _| match operation {
            "TagResource" => Fate::Instead(Arc::new(|| {
                let mut refusal = fault(400, "InvalidRequestException", "fake refusal");
                refusal.headers_mut().insert("x-amzn-requestid", "fake-refused".parse().unwrap());
                refusal
            })),
            _ => Fate::Pass,
        })
        .await;
    let arn = &before.summary.arn;
    let change = Change::Tags { tags: tags(&[("new", "fake")]) };
    let told = bench.change(arn, change, None).await.unwrap_err();
    assert!(told.message.contains("Part of the change was applied"), "{}", told.message);
    assert_eq!(told.aws.unwrap().message, "fake refusal");
    assert!(bench.describe(arn).await.summary.tags.is_empty(), "the old one is gone");
    let entry = journal(&bench, false).await.remove(0);
    assert!(matches!(entry.result, JournalResult::Partly(_)), "{:?}", entry.result);
    let [untagged, refused] = entry.request_ids.as_slice() else { panic!("{:?}", entry.request_ids) };
    assert_ne!(untagged, "fake-refused");
    assert_eq!(refused, "fake-refused", "the id of a refusal is what AWS's support asks for");
}

fn described(more: Value) -> Answer {
    let mut detail = json!({
        "ARN": ARN, "Name": "prod/db", "RotationEnabled": true,
        "VersionIdsToStages": { "v-1": ["AWSCURRENT"] },
    });
    detail.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    ok(detail)
}

async fn rotate_all(bench: &Bench) -> Vec<latchkey_domain::ApiError> {
    let configure = Change::ConfigureRotation {
        lambda_arn: None,
        schedule_expression: "rate(10 days)".into(),
        duration: None,
        rotate_immediately: false,
        version_id: None,
    };
    let mut refused = Vec::new();
    for change in [configure, Change::RotateNow { version_id: None }, Change::CancelRotation] {
        refused.extend(bench.change("prod/db", change, None).await.err());
    }
    refused
}

#[tokio::test]
async fn rotation_is_not_asked_of_a_replica_nor_of_what_waits_for_its_deletion() {
    for (state, code) in [
        (json!({ "PrimaryRegion": "eu-central-1" }), Code::ReadOnly),
        (json!({ "DeletedDate": 1_800_000_000 }), Code::PendingDeletion),
    ] {
        let bench = Bench::new(move |operation, _| match operation {
            "DescribeSecret" => described(state.clone()),
            "ListSecretVersionIds" => ok(json!({ "Versions": [] })),
            other => panic!("{other} must not be sent"),
        })
        .await;
        let refused = rotate_all(&bench).await;
        assert_eq!(refused.iter().map(|error| error.code.clone()).collect::<Vec<_>>(), vec![code; 3]);
        assert!(journal(&bench, false).await.is_empty(), "nothing was begun");
    }
}

#[tokio::test]
async fn the_journal_names_a_secret_by_its_arn_whatever_it_was_called_by() {
    let bench = Bench::new(move |operation, _| match operation {
        "DescribeSecret" => described(json!({})),
        "ListSecretVersionIds" => ok(json!({ "Versions": [] })),
        _ => ok(json!({ "ARN": ARN, "Name": "prod/db", "VersionId": "v-2" })),
    })
    .await;
    assert!(rotate_all(&bench).await.is_empty());
    let kept = journal(&bench, false).await;
    assert_eq!(kept.len(), 3);
    assert!(kept.iter().all(|entry| entry.secret_id == ARN && entry.secret_name == "prod/db"), "{kept:?}");
}

#[tokio::test]
async fn a_rotation_whose_answer_is_lost_is_done_once_its_version_is_there() {
    for is_there in [true, false] {
        let asked_for = std::sync::Mutex::new(None);
        let bench = Bench::new(move |operation, body| match operation {
            "DescribeSecret" => {
                let asked_for = asked_for.lock().unwrap().clone().filter(|_| is_there);
                let mut stages = json!({ "v-1": ["AWSCURRENT"] });
                if let Some(version_id) = asked_for {
                    stages.as_object_mut().unwrap().insert(version_id, json!(["AWSPENDING"]));
                }
                described(json!({ "VersionIdsToStages": stages }))
            }
            "ListSecretVersionIds" => ok(json!({ "Versions": [] })),
            _ => {
                let token = body["ClientRequestToken"].as_str().unwrap().to_owned();
                *asked_for.lock().unwrap() = Some(token);
                fault(500, "InternalServiceError", "fake")
            }
        })
        .await;
        let answer = bench.change(ARN, Change::RotateNow { version_id: None }, None).await;
        assert_eq!(answer.is_ok(), is_there, "{answer:?}");
        let result = journal(&bench, false).await.remove(0).result;
        assert_eq!(result == JournalResult::Done, is_there, "{result:?}");
    }
}

#[tokio::test]
async fn a_rotation_that_goes_on_and_whose_answer_is_lost_is_unknown() {
    let bench = Bench::new(move |operation, _| match operation {
        "DescribeSecret" => {
            described(json!({ "VersionIdsToStages": { "v-1": ["AWSCURRENT"], "v-2": ["AWSPENDING"] } }))
        }
        "ListSecretVersionIds" => ok(json!({ "Versions": [] })),
        _ => fault(500, "InternalServiceError", "fake"),
    })
    .await;
    let again = Change::RotateNow { version_id: Some("v-2".into()) };
    let told = bench.change(ARN, again, None).await.unwrap_err();
    assert!(
        told.message.contains("The outcome is unknown"),
        "its version was there before: {}",
        told.message
    );
    assert!(matches!(journal(&bench, false).await[0].result, JournalResult::Unknown(_)));
}

#[tokio::test]
async fn a_rotation_that_is_over_by_now_is_not_tried_again() {
    let is_over = Arc::new(AtomicBool::new(false));
    let over = is_over.clone();
    let bench = Bench::new(move |operation, _| match operation {
        "DescribeSecret" => {
            let label = if over.load(Relaxed) { "AWSPREVIOUS" } else { "AWSPENDING" };
            described(json!({ "VersionIdsToStages": { "v-1": ["AWSCURRENT"], "v-2": [label] } }))
        }
        "ListSecretVersionIds" => ok(json!({ "Versions": [] })),
        other => panic!("{other} would begin another rotation"),
    })
    .await;
    let again = Change::RotateNow { version_id: Some("v-2".into()) };
    let review = bench.engine.plan_changes(each(&[ARN.to_owned()], &again)).await.unwrap();
    is_over.store(true, Relaxed);
    let request =
        ApplyChanges { plan_id: review.plan_id, typed: None, acknowledged: false, is_reviewed: true };
    let item = bench.engine.apply_changes(request).await.unwrap().items.remove(0);
    let ItemOutcome::Conflict(told) = item.outcome else { panic!("{:?}", item.outcome) };
    assert!(told.message.contains("no longer on it"), "{}", told.message);
    let refused =
        bench.engine.plan_changes(each(&[ARN.to_owned()], &again)).await.expect_err("nor is it planned");
    assert_eq!(refused.code, Code::Conflict);
}

#[tokio::test]
async fn only_the_open_entry_of_a_secret_that_is_gone_is_ended() {
    let gone = |operation: &str, _: &Value| match operation {
        "DescribeSecret" => fault(400, "ResourceNotFoundException", "fake"),
        other => panic!("{other} is not needed"),
    };
    let bench = Bench::new(gone).await;
    for (operation, is_done) in [(Operation::DeleteSecret, true), (Operation::SaveTags, false)] {
        let entry_id = format!("{operation:?}");
        let entry = JournalEntry {
            secret_id: ARN.into(),
            operation,
            change: Some(ChangeRecord {
                change: Change::Restore,
                before: Part::Deletion { is_scheduled: true },
            }),
            ..entry(&entry_id)
        };
        bench.engine.journal.begin(entry).await;
        let recover = async |secret_id: &str| {
            let change = StageChange::Recover { entry_id: entry_id.clone(), way_out: WayOut::Finish };
            let secret_id = secret_id.to_owned();
            let request = PlanStages { scope: scope(), secret_id, change, keep_under: None };
            bench.plan_stages(request).await.expect_err("it is gone");
            let entry = bench.engine.journal.find(&scope().connection, &entry_id).await.unwrap();
            entry.result
        };
        assert!(recover("prod/absent").await.is_open(), "another secret decides nothing");
        let result = recover(ARN).await;
        assert!(!result.is_open() && (result == JournalResult::Done) == is_done, "{operation:?}: {result:?}");
    }
}
