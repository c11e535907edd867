//! One plan of every kind of change at once: each secret has its review, its outcome and its entry.
#![allow(clippy::unwrap_used)]

use latchkey_domain::Code;
use latchkey_domain::change::{
    AnyChange, ApplyChanges, Change, ItemOutcome, LabelMove, NewSecret, NewVersion, PlanChanges, Planned,
    SecretChange, StageChange, ValueChange,
};
use latchkey_domain::secret_text::SecretInput;
use latchkey_domain::stages::{CURRENT, PREVIOUS};
use latchkey_domain::value::NewValue;
use latchkey_domain::writes::{JournalEntry, JournalResult, Operation};

use super::saves::{VALUE, current_text, put_theirs};
use crate::testing::changes::said;
use crate::testing::scope;
use crate::testing::wire::RealVault;

fn create(value: &str) -> AnyChange {
    let value = NewValue::Text(SecretInput::new(value));
    AnyChange::Create(NewSecret { description: None, kms_key_id: None, value, tags: Vec::new() })
}

fn save(base: &str, value: &str) -> AnyChange {
    let change = ValueChange::Text(SecretInput::new(value));
    AnyChange::SaveValue(NewVersion { base_version_id: Some(base.to_owned()), change, put: false })
}

fn move_labels(change: StageChange) -> AnyChange {
    AnyChange::MoveLabels(LabelMove { change, keep_under: None })
}

#[tokio::test]
async fn one_plan_creates_saves_moves_labels_and_describes_with_an_outcome_for_each() {
    let vault = RealVault::start().await;
    let bench = vault.engine().await;
    let [saved, raced, moved, described] = {
        let mut made = Vec::new();
        for name in ["prod/saved", "prod/raced", "prod/moved", "prod/described"] {
            made.push(bench.create(name, VALUE).await);
        }
        <[_; 4]>::try_from(made).unwrap()
    };
    let base = |secret: &latchkey_domain::secret::SecretDetail| {
        secret.version_map.holder(CURRENT).unwrap().to_owned()
    };
    let label = StageChange::Attach { label: "LIVE".into(), version_id: base(&moved) };
    let changes = [
        ("prod/new", create("fake-canary-new")),
        (saved.summary.arn.as_str(), save(&base(&saved), "fake-canary-saved")),
        (raced.summary.arn.as_str(), save(&base(&raced), "fake-canary-raced")),
        (moved.summary.arn.as_str(), move_labels(label)),
        (
            described.summary.arn.as_str(),
            AnyChange::plain(Change::Description { description: "fake".into() }),
        ),
        ("not a name", create("fake")),
    ];
    let changes = changes.map(|(id, change)| SecretChange { secret_id: id.to_owned(), change });
    let request = PlanChanges { scope: scope(), changes: changes.into() };
    let review = bench.engine.plan_changes(request).await.unwrap();
    let kinds: Vec<_> = review
        .items
        .iter()
        .map(|item| match &item.planned {
            Planned::Change { .. } => "change",
            Planned::Creation { .. } => "creation",
            Planned::Save(_) => "save",
            Planned::Merge(_) => "merge",
            Planned::Labels(_) => "labels",
            Planned::Refused(error) => match &error.code {
                Code::Invalid(field) if field == "name" => "refused",
                other => panic!("{other:?}"),
            },
        })
        .collect();
    assert_eq!(kinds, ["creation", "save", "save", "labels", "change", "refused"]);
    assert!(review.items[..5].iter().all(|item| !item.cli_lines.is_empty()), "each has its lines");
    assert!(!serde_json::to_string(&review).unwrap().contains("canary"), "and none holds a value");
    assert!(!review.is_quiet);
    assert!(bench.log.of("CreateSecret").len() == 4, "a plan writes nothing");

    put_theirs(&vault, &raced.summary.arn, &VALUE.replace("fake-old", "fake-theirs")).await;
    let unseen: ApplyChanges = said(review.plan_id.clone(), None, false);
    assert_eq!(bench.engine.apply_changes(unseen).await.unwrap_err().code, Code::Conflict);
    let applied = bench.engine.apply_changes(said(review.plan_id.clone(), None, true)).await.unwrap();
    let outcomes: Vec<_> = applied.items.iter().map(|item| item.outcome == ItemOutcome::Done).collect();
    assert_eq!(outcomes, [true, true, false, true, true], "{:?}", applied.items);
    let merge = applied.items[2].saved.as_ref().and_then(|saved| saved.merge.as_ref());
    assert!(merge.is_some(), "nobody's edit is lost");
    assert!(applied.items[0].secret_id.starts_with("arn:"), "what was created is known by its ARN");

    assert_eq!(current_text(&vault, "prod/new").await, "fake-canary-new");
    assert_eq!(current_text(&vault, "prod/saved").await, "fake-canary-saved");
    assert!(current_text(&vault, "prod/raced").await.contains("fake-theirs"));
    let map = bench.describe(&moved.summary.arn).await.version_map;
    assert_eq!(map.holder("LIVE"), Some(base(&moved).as_str()));
    assert_eq!(map.holder(PREVIOUS), None);
    let journal: Vec<JournalEntry> = bench.journal().await;
    let of_plan: Vec<_> =
        journal.iter().filter(|entry| entry.plan.as_ref() == Some(&review.plan_id)).collect();
    let mut operations: Vec<_> = of_plan.iter().map(|entry| entry.operation.words()).collect();
    operations.sort_unstable();
    let expected = [
        Operation::SaveDescription,
        Operation::CreateSecret,
        Operation::MoveStages,
        Operation::SaveValue,
        Operation::SaveValue,
    ];
    assert_eq!(operations, expected.map(Operation::words), "an entry for each, under one plan");
    let conflicts = of_plan.iter().filter(|entry| matches!(entry.result, JournalResult::Conflict(_)));
    assert_eq!(conflicts.count(), 1);
}

#[tokio::test]
async fn the_lines_of_a_put_give_back_the_labels_that_aws_may_drop() {
    let vault = RealVault::start().await;
    let bench = vault.engine().await;
    let made = bench.create("prod/db", VALUE).await;
    let base = made.version_map.holder(CURRENT).unwrap().to_owned();
    super::saves::attach(&vault, &made.summary.arn, "LIVE", &base).await;
    let change = ValueChange::Text(SecretInput::new("fake-new"));
    let version = NewVersion { base_version_id: Some(base.clone()), change, put: true };
    let request = PlanChanges::one(scope(), made.summary.arn.clone(), AnyChange::SaveValue(version));
    let review = bench.engine.plan_changes(request).await.unwrap();
    let [put, note, back] = review.items[0].cli_lines.as_slice() else { panic!("{review:?}") };
    assert!(put.contains("put-secret-value"), "{put}");
    assert!(note.starts_with("# Only if"), "it is said when: {note}");
    for part in
        ["update-secret-version-stage", "--version-stage=LIVE", &format!("--move-to-version-id={base}")]
    {
        assert!(back.contains(part), "{back} lacks {part}");
    }
    assert!(!back.contains("--remove-from-version-id"), "as the engine sends it: {back}");

    let applied = bench.engine.apply_changes(said(review.plan_id, None, true)).await.unwrap();
    assert_eq!(applied.items[0].outcome, ItemOutcome::Done);
    let sent = bench.log.all().into_iter().filter(|sent| sent.operation == "UpdateSecretVersionStage");
    let sent: Vec<_> = sent.map(|sent| sent.body).collect();
    assert_eq!(sent.len(), 1, "the vault dropped it, and it was put back once");
    assert_eq!((&sent[0]["VersionStage"], &sent[0]["MoveToVersionId"]), (&"LIVE".into(), &base.into()));
}
