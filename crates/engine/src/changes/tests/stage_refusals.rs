//! Moves of labels that are not planned, or whose plan is not kept.
#![allow(clippy::unwrap_used)]

use std::sync::{Arc, OnceLock};

use latchkey_domain::Code;
use latchkey_domain::guard::Guard;
use latchkey_domain::stages::{CURRENT, PREVIOUS};
use latchkey_domain::writes::{JournalEntry, JournalResult, Operation, StageChange, StageRecord, WayOut};
use serde_json::json;

use super::stages::{V2, V3, apply, plan, rollback, rotated};
use crate::Engine;
use crate::journal::tests::entry;
use crate::testing::changes::PlanStages;
use crate::testing::wire::RealVault;
use crate::testing::{ARN, Bench, edit_of, lock_now, ok, scope};

#[tokio::test]
async fn what_was_cut_off_is_looked_up_on_a_read_only_connection_too() {
    let vault = RealVault::start().await;
    let bench = vault.engine().await;
    let made = rotated(&vault, &bench).await;
    let preview = plan(&bench, &made.summary.arn, rollback(V2)).await;
    apply(&bench, &preview).await;
    let cut_off = JournalEntry {
        secret_id: made.summary.arn.clone(),
        operation: Operation::MoveStages,
        stages: Some(StageRecord { before: preview.before.clone(), steps: preview.steps.clone() }),
        ..entry("cut off")
    };
    bench.engine.journal.begin(cut_off).await;
    bench.engine.edit_connection(edit_of(&scope().connection, Guard::ReadOnly)).await.unwrap();
    let change = StageChange::Recover { entry_id: "cut off".into(), way_out: WayOut::Finish };
    let request = PlanStages { scope: scope(), secret_id: made.summary.arn, change, keep_under: None };
    let told = bench.plan_stages(request).await.expect_err("there is nothing to plan");
    assert!(told.message.contains("already complete"), "{}", told.message);
    let ended = bench.engine.journal.find(&scope().connection, "cut off").await.unwrap();
    assert_eq!(ended.result, JournalResult::Done);
}

#[tokio::test]
async fn replicas_and_secrets_that_wait_for_deletion_are_not_planned_on() {
    for (part, code) in [
        (serde_json::json!({ "PrimaryRegion": "eu-west-1" }), Code::ReadOnly),
        (serde_json::json!({ "DeletedDate": 1_700_000_000 }), Code::PendingDeletion),
    ] {
        let bench = Bench::new(move |operation, _| {
            let mut answer = part.clone();
            if operation == "DescribeSecret" {
                answer["ARN"] = serde_json::json!(ARN);
                answer["Name"] = serde_json::json!("prod/db");
                answer["VersionIdsToStages"] = serde_json::json!({ V3: [CURRENT], V2: [PREVIOUS] });
            }
            ok(answer)
        })
        .await;
        let request =
            PlanStages { scope: scope(), secret_id: ARN.into(), change: rollback(V2), keep_under: None };
        let error = bench.plan_stages(request).await.expect_err("it cannot be written to");
        assert_eq!(error.code, code);
        if code == Code::ReadOnly {
            assert!(error.message.contains("eu-west-1"), "where the primary is: {}", error.message);
        }
    }
}

#[tokio::test]
async fn a_plan_that_is_made_behind_the_lock_is_not_kept() {
    let locked = Arc::new(OnceLock::<Arc<Engine>>::new());
    let engine = locked.clone();
    let bench = Bench::new(move |operation, _| match operation {
        "DescribeSecret" => {
            engine.get().into_iter().for_each(|engine| lock_now(engine));
            ok(json!({ "ARN": ARN, "Name": "prod/db", "VersionIdsToStages": { V2: ["AWSPREVIOUS"], V3: ["AWSCURRENT"] } }))
        }
        _ => ok(json!({ "Versions": [] })),
    })
    .await;
    plan(&bench, ARN, rollback(V2)).await;
    assert_eq!(bench.engine.plans.changes.len(), 1, "an open console keeps it");
    bench.engine.plans.forget_all();
    assert!(locked.set(bench.engine.clone()).is_ok());
    plan(&bench, ARN, rollback(V2)).await;
    assert!(bench.engine.plans.changes.len() == 0, "nobody could confirm it, and it may hold values");
}
