//! A move is looked at, carried out once, told with a way back, and planned anew when others were faster.

use std::cell::RefCell;
use std::rc::Rc;

use chrono::DateTime;
use latchkey_domain::writes::PlanId;
use latchkey_domain::{ConnectionId, Region, Scope};
use serde_json::{Value as Json, json};

use super::*;
use crate::ipc::host;
use crate::state::testing::in_window;
use crate::state::toasts::Toast;

const ARN: &str = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:prod/db-AbCdEf";

fn target() -> Target {
    let scope = Scope { connection: ConnectionId::local(), region: Region::from("eu-central-1") };
    Target { scope, secret_id: ARN.into() }
}

fn rollback() -> StageChange {
    StageChange::Rollback { version_id: "v1".into(), detach_pending: true }
}

fn preview(plan_id: &str, change: &Json) -> Json {
    let planned = json!({
        "planned": "labels",
        "moved": change,
        "before": { "v2": ["AWSCURRENT"], "v1": ["AWSPREVIOUS"] },
        "after": { "v1": ["AWSCURRENT"], "v2": ["AWSPREVIOUS"] },
        "steps": [{ "label": "AWSCURRENT", "from": "v2", "to": "v1" }],
        "deprecates": [],
        "lost": [],
        "target": { "version_id": "v1", "was_read": false },
    });
    let items = json!([{ "secret_id": ARN, "name": "prod/db", "planned": planned }]);
    json!({ "plan_id": plan_id, "items": items, "needs_tick": false, "is_quiet": false })
}

fn applied(outcome: Json) -> Json {
    json!({
        "plan_id": "plan-1",
        "items": [{
            "secret_id": ARN, "name": "prod/db", "outcome": outcome, "entry_id": "plan-1",
            "detail": {
                "summary": { "arn": ARN, "name": "prod/db", "tags": [] },
                "version_map": {},
                "versions": [],
                "replicas": [],
            },
        }],
    })
}

/// An engine that plans `plan-1`, `plan-2` and so on, and applies with this answer; the commands that it heard.
fn engine(apply: Result<Json, Json>) -> Rc<RefCell<Vec<String>>> {
    let heard = Rc::new(RefCell::new(Vec::new()));
    let log = heard.clone();
    host::answer_with(move |name, arguments| {
        log.borrow_mut().push(name.to_owned());
        let plans = log.borrow().iter().filter(|name| name.starts_with("plan_")).count();
        let request: Json = serde_json::from_str(arguments).expect("JSON");
        let asked = request["request"]["changes"][0]["change"]["move_labels"].clone();
        let undone = request["request"]["entry_id"].clone();
        let undo = json!({ "change": { "change": "undo", "plan_id": undone }, "keep_under": null });
        let answer = match name {
            "plan_changes" => Ok(preview(&format!("plan-{plans}"), &asked).to_string()),
            "plan_undo" => Ok(preview(&format!("plan-{plans}"), &undo).to_string()),
            "apply_changes" => apply.clone().map(|json| json.to_string()).map_err(|json| json.to_string()),
            other => panic!("{other} was not asked for"),
        };
        async move { answer }
    });
    heard
}

fn review() -> (ChangeReview, Toasts) {
    let settings: Signal<Settings> = RwSignal::new(Settings::default()).into();
    let detail = Detail::new(settings, || DateTime::UNIX_EPOCH);
    let toasts = Toasts::new();
    (ChangeReview::new(detail, Timeline::new(detail, settings), toasts, settings), toasts)
}

fn plan_in_view(review: ChangeReview) -> Option<String> {
    review.open.with_untracked(|open| Some(open.as_ref()?.plan.plan_id.0.clone()))
}

fn error(kind: Json) -> Json {
    json!({ "code": kind, "message": "The labels were changed meanwhile.", "aws": null })
}

#[tokio::test]
async fn what_is_done_is_told_with_a_way_back() {
    in_window(async {
        engine(Ok(applied(json!({ "outcome": "done" }))));
        let (review, toasts) = review();
        review.try_propose_move_of(target(), rollback()).await.expect("a plan");
        assert_eq!(plan_in_view(review).as_deref(), Some("plan-1"), "to be looked at");
        review.word.typed.set("prod/db".into());
        review.apply().await;
        assert_eq!(plan_in_view(review), None, "the dialog is over");
        let notices = toasts.list.get_untracked();
        let [Toast { text, action: Some((words, undo)), seconds, .. }] = notices.as_slice() else {
            panic!("one notice with an action")
        };
        assert_eq!(
            (text.as_str(), words.as_str(), *seconds),
            ("Version v1 is now AWSCURRENT.", "Undo…", Some(20))
        );
        undo.run(());
        any_spawner::Executor::tick().await;
        let change = review.open.with_untracked(|open| Some(open.as_ref()?.labels()?.moved.change.clone()));
        assert_eq!(
            change,
            Some(StageChange::Undo { plan_id: PlanId("plan-1".into()) }),
            "a plan with a preview of its own"
        );
    })
    .await;
}

#[tokio::test]
async fn a_conflict_shows_the_picture_of_now_and_applies_nothing_again() {
    in_window(async {
        let conflict = json!({ "outcome": "conflict", "error": error(json!({ "kind": "Conflict" })) });
        let heard = engine(Ok(applied(conflict)));
        let (review, _) = review();
        review.try_propose_move_of(target(), rollback()).await.expect("a plan");
        review.word.typed.set("prod/db".into());
        review.apply().await;
        assert_eq!(plan_in_view(review).as_deref(), Some("plan-2"), "planned anew");
        assert!(review.request.failure.with_untracked(Option::is_some), "and the reason is told");
        assert_eq!(
            *heard.borrow(),
            ["plan_changes", "apply_changes", "plan_changes"],
            "nothing else was sent"
        );
    })
    .await;
}

#[tokio::test]
async fn a_plan_that_lacks_a_tick_or_a_sign_in_stays_as_it_is() {
    in_window(async {
        for missing in
            [json!({ "kind": "Invalid", "field": "acknowledged" }), json!({ "kind": "SignInNeeded" })]
        {
            engine(Err(error(missing)));
            let (review, _) = review();
            review.try_propose_move_of(target(), rollback()).await.expect("a plan");
            review.apply().await;
            assert_eq!(plan_in_view(review).as_deref(), Some("plan-1"), "the same plan still waits");
            assert!(review.request.failure.with_untracked(Option::is_some), "and says what is missing");
        }
    })
    .await;
}
