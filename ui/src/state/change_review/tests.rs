//! A change is applied at once or reviewed, its outcome told, and what is refused stays in the review.
#![allow(clippy::unwrap_used)]

use std::cell::RefCell;
use std::rc::Rc;

use chrono::DateTime;
use latchkey_domain::settings::Settings;
use latchkey_domain::{ConnectionId, Region, Scope};
use serde_json::{Value as Json, json};

use super::*;
use crate::ipc::host;
use crate::state::testing::{change_review, in_window};

const ARN: &str = "arn:aws:secretsmanager:us-east-1:123456789012:secret:prod/db-AbCdEf";

fn secret(description: &str) -> Json {
    json!({
        "summary": { "arn": ARN, "name": "prod/db", "description": description, "tags": [] },
        "version_map": {}, "replicas": [],
        "versions": [{ "version_id": "v1", "stages": ["AWSCURRENT"], "kms_key_ids": ["fake-key"] }],
    })
}

fn plan(is_quiet: bool, must_type: Option<&str>) -> Json {
    json!({
        "plan_id": "fake-plan", "must_type": must_type, "is_quiet": is_quiet, "writes_through": null,
        "journal_in_memory": false,
        "items": [{
            "secret_id": ARN, "name": "prod/db", "cli_lines": ["aws fake"], "cli_problem": null,
            "planned": {
                "planned": "change", "changed_since": false,
                "change": { "kind": "description", "description": "New" },
                "before": { "part": "description", "description": "Old" },
                "after": { "part": "description", "description": "New" },
            },
        }],
    })
}

fn applied(outcome: Json) -> Json {
    let item = json!({
        "secret_id": ARN, "name": "prod/db", "outcome": outcome, "entry_id": "fake-entry", "detail": secret("New"),
    });
    json!({ "plan_id": "fake-plan", "items": [item] })
}

/// Commands and their requests, in order.
type Sent = Rc<RefCell<Vec<(String, Json)>>>;

fn review(planned: Json, outcome: Json) -> (ChangeReview, Sent) {
    let sent = Sent::default();
    let log = sent.clone();
    host::answer_with(move |name, arguments| {
        let arguments: Json = serde_json::from_str(arguments).unwrap();
        log.borrow_mut().push((name.to_owned(), arguments["request"].clone()));
        let answer = match name {
            "plan_changes" | "plan_undo" => planned.to_string(),
            _ => applied(outcome.clone()).to_string(),
        };
        async move { Ok(answer) }
    });
    let detail = Detail::new(RwSignal::new(Settings::default()).into(), || DateTime::UNIX_EPOCH);
    detail.show(target().scope, serde_json::from_value(secret("Old")).unwrap());
    (change_review(detail, Toasts::new()), sent)
}

fn target() -> Target {
    let scope = Scope { connection: ConnectionId::local(), region: Region::from("us-east-1") };
    Target { scope, secret_id: ARN.into() }
}

async fn propose(review: ChangeReview, due: Review) -> (Result<(), ApiError>, bool) {
    let was_applied = RwSignal::new(false);
    let on_applied = Callback::new(move |()| was_applied.set(true));
    let change = Change::Description { description: "New".into() };
    let answer = review.propose(target(), change, None, due, on_applied).await;
    (answer, was_applied.get_untracked())
}

fn names(sent: &Sent) -> Vec<String> {
    sent.borrow().iter().map(|(name, _)| name.clone()).collect()
}

fn done() -> Json {
    json!({ "outcome": "done" })
}

#[tokio::test]
async fn a_quiet_change_is_applied_in_one_press_and_offers_its_undo() {
    in_window(async {
        let (review, sent) = review(plan(true, None), done());
        let (answer, was_applied) = propose(review, Review::WhereDue).await;
        assert!(answer.is_ok() && was_applied);
        assert_eq!(names(&sent), ["plan_changes", "apply_changes"]);
        assert!(review.open.with_untracked(Option::is_none), "nothing is asked");
        let toasts = review.toasts.list.get_untracked();
        assert_eq!(toasts[0].text, "Saved the description of prod/db.");
        let (_, undo) = toasts[0].action.clone().unwrap();
        undo.run(());
        any_spawner::Executor::tick().await;
        assert_eq!(sent.borrow()[2].0, "plan_undo");
        assert_eq!(sent.borrow()[2].1["entry_id"], "fake-entry");
        assert!(review.open.with_untracked(Option::is_some), "an undo is reviewed");
    })
    .await;
}

#[tokio::test]
async fn what_is_guarded_waits_for_its_word() {
    in_window(async {
        let (review, sent) = review(plan(false, Some("prod/db")), done());
        let (answer, was_applied) = propose(review, Review::WhereDue).await;
        assert!(answer.is_ok() && !was_applied, "it is reviewed first");
        assert_eq!(names(&sent), ["plan_changes"]);
        review.word.typed.set("prod/db".into());
        review.apply().await;
        assert_eq!(
            sent.borrow()[1].1,
            json!({ "plan_id": "fake-plan", "typed": "prod/db", "acknowledged": false, "is_reviewed": true })
        );
        assert!(review.open.with_untracked(Option::is_none));
    })
    .await;
}

#[tokio::test]
async fn a_conflict_is_planned_again_and_says_why() {
    in_window(async {
        let error = ApiError::new(Code::Conflict, "prod/db was changed meanwhile.");
        let (review, sent) = review(plan(false, None), json!({ "outcome": "conflict", "error": error }));
        let (_, _) = propose(review, Review::WhereDue).await;
        review.apply().await;
        assert_eq!(names(&sent), ["plan_changes", "apply_changes", "plan_changes"]);
        assert_eq!(review.request.failure.get_untracked(), Some(error), "beside the new picture");
        assert!(review.open.with_untracked(Option::is_some));
    })
    .await;
}

#[tokio::test]
async fn what_aws_refuses_is_planned_again_and_never_called_done() {
    in_window(async {
        for outcome in [
            json!({ "outcome": "not_done", "error": ApiError::invalid("description", "AWS refused it.") }),
            json!({ "outcome": "not_started" }),
        ] {
            let (review, sent) = review(plan(false, None), outcome);
            let (_, was_applied) = propose(review, Review::WhereDue).await;
            review.apply().await;
            assert!(
                !was_applied && review.toasts.list.with_untracked(Vec::is_empty),
                "nothing is called done"
            );
            assert_eq!(
                names(&sent),
                ["plan_changes", "apply_changes", "plan_changes"],
                "the plan was used up"
            );
            assert!(review.request.failure.with_untracked(Option::is_some));
        }
    })
    .await;
}

#[test]
fn what_is_sealed_under_which_key_is_told_as_aws_tells_it() {
    let detail: SecretDetail = serde_json::from_value(secret("Old")).unwrap();
    let told = told::sealed_text("prod/db", Some(&detail));
    assert_eq!(told, "Saved the encryption key of prod/db. Encrypted now: AWSCURRENT under fake-key.");
}
