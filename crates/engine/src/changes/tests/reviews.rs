//! What a review shows is what is applied: compared once more, quiet only where nobody notices, undone while it can be.
#![allow(clippy::unwrap_used)]

use latchkey_domain::change::{
    AnyChange, ApplyChanges, Change, Effect, ItemOutcome, PlanChanges, Planned, SecretChange,
};
use latchkey_domain::contract::PlanUndo;
use latchkey_domain::guard::Guard;

use super::many::{apply, each, tags};
use crate::testing::wire::RealVault;
use crate::testing::{Bench, edit_of, ok, scope};

#[tokio::test]
async fn a_change_is_undone_while_the_secret_is_as_it_left_it() {
    let vault = RealVault::start().await;
    let bench = vault.engine().await;
    let made = bench.create("prod/db", "fake").await;
    let arn = &made.summary.arn;
    let key = "arn:aws:kms:us-east-1:123456789012:key/11111111-2222-3333-4444-555555555555";
    let undo = async || {
        let entry_id = bench.journal().await.pop().unwrap().entry_id;
        bench.engine.plan_undo(PlanUndo { scope: scope(), entry_id }).await
    };
    for change in [
        Change::Description { description: "fake words".into() },
        Change::KmsKey { kms_key_id: key.into() },
        tags("blue"),
        Change::Delete { recovery_days: 7 },
    ] {
        let before = change.part_of(&bench.describe(arn).await);
        bench.change(arn, change.clone(), Some("prod/db")).await.unwrap();
        assert_ne!(change.part_of(&bench.describe(arn).await), before, "{change:?}");
        apply(&bench, &undo().await.unwrap()).await;
        assert_eq!(change.part_of(&bench.describe(arn).await), before, "{change:?}");
    }
    let refused = undo().await.unwrap_err();
    assert!(refused.message.contains("does not delete a restored secret"), "{}", refused.message);

    bench.change(arn, tags("blue"), None).await.unwrap();
    let put = aws_sdk_secretsmanager::types::Tag::builder().key("theirs").value("x").build();
    vault.client().tag_resource().secret_id(arn).tags(put).send().await.unwrap();
    let refused = undo().await.unwrap_err();
    assert!(refused.message.contains("somebody has changed it since"), "{}", refused.message);
}

#[tokio::test]
async fn what_was_changed_between_review_and_word_is_a_conflict_and_nothing_is_sent() {
    let vault = RealVault::start().await;
    let bench = vault.engine().await;
    let arn = bench.create("prod/db", "fake").await.summary.arn;
    let describe = Change::Description { description: "mine".into() };
    let review = bench.engine.plan_changes(each(std::slice::from_ref(&arn), &describe)).await.unwrap();
    assert!(review.is_quiet);
    vault.client().update_secret().secret_id(&arn).description("theirs").send().await.unwrap();
    let item = apply(&bench, &review).await.items.remove(0);
    assert!(matches!(item.outcome, ItemOutcome::Conflict(_)), "{:?}", item.outcome);
    assert_eq!(item.detail.unwrap().summary.description.as_deref(), Some("theirs"), "as it is now");
    assert!(bench.log.of("UpdateSecret").is_empty());
    assert_eq!(bench.journal().await.len(), 1, "the creation alone");
}

#[tokio::test]
async fn what_is_so_already_is_done_without_a_request() {
    let bench = Bench::new(|operation, _| match operation {
        "DescribeSecret" => ok(serde_json::json!({
            "ARN": crate::testing::ARN, "Name": "prod/db", "Description": "same", "VersionIdsToStages": {}
        })),
        "ListSecretVersionIds" => ok(serde_json::json!({ "Versions": [] })),
        other => panic!("{other} is not needed"),
    })
    .await;
    bench.change("prod/db", Change::Description { description: "same".into() }, None).await.unwrap();
    assert!(bench.journal().await.is_empty(), "nothing was begun");
}

#[tokio::test]
async fn what_others_changed_since_a_form_was_opened_is_reviewed_first() {
    let vault = RealVault::start().await;
    let bench = vault.engine().await;
    let made = bench.create("prod/db", "fake").await;
    let put = aws_sdk_secretsmanager::types::Tag::builder().key("theirs").value("x").build();
    vault.client().tag_resource().secret_id(&made.summary.arn).tags(put).send().await.unwrap();
    let change = tags("blue");
    let plan = |begun_from| PlanChanges {
        scope: scope(),
        changes: vec![SecretChange {
            secret_id: made.summary.arn.clone(),
            change: AnyChange::Plain { change: change.clone(), begun_from },
        }],
    };
    let now = bench.describe(&made.summary.arn).await;
    for (seen, is_quiet) in [(&made, false), (&now, true)] {
        let review = bench.engine.plan_changes(plan(Some(change.part_of(seen)))).await.unwrap();
        assert_eq!(review.is_quiet, is_quiet, "their tag would go in one press");
        let is_told = matches!(review.items[0].planned, Planned::Change { changed_since: true, .. });
        assert_eq!(is_told, !is_quiet);
    }
}

#[tokio::test]
async fn what_consumers_notice_is_never_quiet() {
    let vault = RealVault::start().await;
    let bench = vault.engine().await;
    let arn = bench.create("prod/db", "fake").await.summary.arn;
    let rotation = |rotate_immediately| Change::ConfigureRotation {
        lambda_arn: Some("arn:aws:lambda:us-east-1:123456789012:function:fake".into()),
        schedule_expression: "rate(10 days)".into(),
        duration: None,
        rotate_immediately,
        version_id: None,
    };
    for (change, is_quiet) in [
        (Change::Description { description: "fake".into() }, true),
        (tags("blue"), true),
        (rotation(false), true),
        (rotation(true), false),
        (Change::KmsKey { kms_key_id: "alias/fake".into() }, false),
        (Change::Delete { recovery_days: 7 }, false),
        (Change::RotateNow { version_id: None }, false),
        (Change::CancelRotation, false),
    ] {
        let review = bench.engine.plan_changes(each(std::slice::from_ref(&arn), &change)).await.unwrap();
        assert_eq!(review.is_quiet, is_quiet, "{change:?}");
    }
}

#[tokio::test]
async fn what_a_service_manages_is_reviewed_and_says_whose_it_is() {
    let bench = Bench::new(|operation, _| match operation {
        "DescribeSecret" => ok(serde_json::json!({
            "ARN": crate::testing::ARN, "Name": "rds!db-fake", "OwningService": "rds", "VersionIdsToStages": {}
        })),
        "ListSecretVersionIds" => ok(serde_json::json!({ "Versions": [] })),
        other => panic!("{other} is not needed"),
    })
    .await;
    let review = bench.engine.plan_changes(each(&["rds!db-fake".to_owned()], &tags("blue"))).await.unwrap();
    assert!(!review.is_quiet, "the same change without an owner is");
    assert_eq!(review.items[0].effects, [Effect::ManagedBy { service: "rds".into() }]);
}

#[tokio::test]
async fn a_guard_that_is_set_after_the_review_holds_back_what_was_quiet() {
    let vault = RealVault::start().await;
    let bench = vault.engine().await;
    let arn = bench.create("prod/db", "fake").await.summary.arn;
    let review = bench.engine.plan_changes(each(std::slice::from_ref(&arn), &tags("blue"))).await.unwrap();
    assert!(review.is_quiet);
    bench.engine.edit_connection(edit_of(&scope().connection, Guard::Confirm)).await.unwrap();
    let request =
        ApplyChanges { plan_id: review.plan_id, typed: None, acknowledged: false, is_reviewed: true };
    let refused = bench.engine.apply_changes(request).await.unwrap_err();
    assert!(refused.message.contains("requires confirmation"), "{}", refused.message);
    assert!(bench.log.of("TagResource").is_empty());
}

#[tokio::test]
async fn what_is_not_quiet_is_not_applied_without_its_review() {
    let vault = RealVault::start().await;
    let bench = vault.engine().await;
    let arn = bench.create("prod/db", "fake").await.summary.arn;
    let twin = bench.create("prod/twin", "fake").await.summary.arn;
    let key = "arn:aws:kms:us-east-1:123456789012:key/11111111-2222-3333-4444-555555555555";
    let key = Change::KmsKey { kms_key_id: key.into() };
    for changes in [each(std::slice::from_ref(&arn), &key), each(&[arn.clone(), twin], &tags("blue"))] {
        let review = bench.engine.plan_changes(changes).await.unwrap();
        assert!(!review.is_quiet);
        let sent = || (bench.log.of("UpdateSecret").len(), bench.log.of("TagResource").len());
        let before = sent();
        let apply = |is_reviewed| ApplyChanges {
            plan_id: review.plan_id.clone(),
            typed: None,
            acknowledged: false,
            is_reviewed,
        };
        let refused = bench.engine.apply_changes(apply(false)).await.unwrap_err();
        assert_eq!(refused.message, "Review the change before it is applied.");
        assert_eq!(sent(), before);
        bench.engine.apply_changes(apply(true)).await.expect("the plan still waits");
    }
}
