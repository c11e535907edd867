//! A creation whose answer is lost, or that is cut off, is looked up by its name and the version that was sent.
#![allow(clippy::unwrap_used)]

use std::sync::Arc;

use latchkey_domain::Code;
use latchkey_domain::change::ApplyChanges;
use latchkey_domain::contract::CancelChanges;
use latchkey_domain::guard::Guard;
use latchkey_domain::secret_text::SecretInput;
use latchkey_domain::value::NewValue;
use latchkey_domain::writes::{JournalResult, StageChange, WayOut};
use serde_json::Value;

use super::outcomes::losing;
use crate::testing::changes::{PlanCreation, PlanStages};
use crate::testing::wire::{Fate, RealVault};
use crate::testing::{Bench, edit_of, fault, scope};

fn draft() -> PlanCreation {
    PlanCreation {
        scope: scope(),
        name: "prod/new".into(),
        description: None,
        kms_key_id: None,
        value: NewValue::Text(SecretInput::new("fake")),
        tags: Vec::new(),
    }
}

#[tokio::test]
async fn a_creation_whose_answer_is_lost_is_done_when_its_version_is_there() {
    let vault = RealVault::start().await;
    let bench = vault.engine_on(losing("CreateSecret")).await;
    let made = bench.create_as(draft()).await.unwrap();
    assert_eq!(made.summary.name, "prod/new");
    let [entry] = bench.journal().await.try_into().expect("one creation");
    assert_eq!((entry.result, &entry.secret_id), (JournalResult::Done, &made.summary.arn));

    let offline = |operation: &'static str| {
        move |_: usize, sent: &str, _: &Value| match sent == operation || sent == "DescribeSecret" {
            true => Fate::Instead(Arc::new(|| fault(500, "InternalServiceError", "fake"))),
            false => Fate::Pass,
        }
    };
    let away = vault.engine_on(offline("CreateSecret")).await;
    let told = away.create_as(draft()).await.unwrap_err();
    assert!(told.message.contains("The outcome is unknown"), "{}", told.message);
    assert!(matches!(away.journal().await[0].result, JournalResult::Unknown(_)));
}

#[tokio::test]
async fn a_creation_that_was_cut_off_is_looked_up_at_the_next_start() {
    for has_landed in [true, false] {
        let vault = RealVault::start().await;
        let sent = Arc::new(tokio::sync::Notify::new());
        let (at_sent, other) = (sent.clone(), vault.clone());
        let bench = vault
            .engine_on(move |_, operation, body| {
                assert_eq!(operation, "CreateSecret");
                let token = body["ClientRequestToken"].as_str().unwrap().to_owned();
                let (at_sent, client) = (at_sent.clone(), other.client());
                // The request arrives or does not, and no answer comes before the end of the program.
                Fate::After(Arc::new(move || {
                    let arrives = client.create_secret().name("prod/new").client_request_token(&token);
                    let arrives = has_landed.then(|| arrives.secret_string("fake").send());
                    let at_sent = at_sent.clone();
                    Box::pin(async move {
                        if let Some(arrives) = arrives {
                            arrives.await.unwrap();
                        }
                        at_sent.notify_one();
                        std::future::pending().await
                    })
                }))
            })
            .await;
        let engine = bench.engine.clone();
        let plan_id = bench.plan_creation(draft()).await.unwrap().plan_id;
        let request = ApplyChanges { plan_id, typed: None, acknowledged: false, is_reviewed: false };
        let creating = tokio::spawn(async move { engine.apply_changes(request).await });
        sent.notified().await;
        creating.abort();
        assert!(creating.await.unwrap_err().is_cancelled());
        let Bench { engine, folder, .. } = bench;
        drop(engine);

        let next = vault.engine_in(folder, |_, _, _| Fate::Pass).await;
        let [entry] = next.journal().await.try_into().expect("one creation");
        assert!(entry.result.is_open(), "{:?}", entry.result);
        let change = StageChange::Recover { entry_id: entry.entry_id, way_out: WayOut::Finish };
        let request = PlanStages { scope: scope(), secret_id: entry.secret_id, change, keep_under: None };
        let told = next.plan_stages(request).await.expect_err("there is nothing to plan");
        match has_landed {
            true => assert!(told.message.starts_with("The change was applied."), "{}", told.message),
            false => assert_eq!(told.code, Code::NotFound, "{}", told.message),
        }
        let entry = next.journal().await.remove(0);
        assert_eq!(entry.result == JournalResult::Done, has_landed, "{:?}", entry.result);
        assert!(!entry.result.is_open());
        let arn = vault.client().describe_secret().secret_id("prod/new").send().await.ok();
        let arn = arn.and_then(|secret| secret.arn).unwrap_or_else(|| "prod/new".into());
        assert_eq!(entry.secret_id, arn, "known by its ARN from now on");
    }
}

#[tokio::test]
async fn a_creation_on_a_connection_that_asks_is_reviewed_first_and_applied_once() {
    let vault = RealVault::start().await;
    let bench = vault.engine().await;
    let quiet = bench.plan_creation(draft()).await.unwrap();
    assert!(quiet.is_quiet && quiet.cli_lines.len() == 1);
    bench.engine.edit_connection(edit_of(&scope().connection, Guard::Confirm)).await.unwrap();
    let guarded = bench.plan_creation(draft()).await.unwrap();
    assert!(!guarded.is_quiet);
    for plan_id in [quiet.plan_id, guarded.plan_id.clone()] {
        let request = ApplyChanges { plan_id, typed: None, acknowledged: false, is_reviewed: false };
        let refused = bench.apply_creation(request).await.unwrap_err();
        assert!(refused.message.contains("requires confirmation"), "{}", refused.message);
    }
    assert!(bench.log.of("CreateSecret").is_empty());
    let request =
        ApplyChanges { plan_id: guarded.plan_id, typed: None, acknowledged: false, is_reviewed: true };
    assert_eq!(bench.apply_creation(request.clone()).await.unwrap().summary.name, "prod/new");
    assert_eq!(bench.apply_creation(request).await.unwrap_err().code, Code::Conflict, "it was used");
}

#[tokio::test]
async fn a_review_that_is_left_keeps_no_value() {
    let vault = RealVault::start().await;
    let bench = vault.engine().await;
    let review = bench.plan_creation(draft()).await.unwrap();
    assert_eq!(bench.engine.plans.changes.len(), 1);
    let left = CancelChanges { plan_id: review.plan_id.clone() };
    bench.engine.cancel_changes(left).await.unwrap();
    assert_eq!(bench.engine.plans.changes.len(), 0);
    let request =
        ApplyChanges { plan_id: review.plan_id, typed: None, acknowledged: false, is_reviewed: true };
    assert_eq!(bench.apply_creation(request).await.unwrap_err().code, Code::Conflict, "it is gone");
    assert!(bench.log.of("CreateSecret").is_empty());
}
