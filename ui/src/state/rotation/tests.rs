//! What is typed is sent as typed, what is refused stays, and an answer lands on its own secret only.
#![allow(clippy::unwrap_used)]

use std::cell::RefCell;
use std::rc::Rc;

use latchkey_domain::settings::Settings;
use latchkey_domain::{ConnectionId, Region, Scope};
use serde_json::{Value as Json, json};

use super::*;
use crate::ipc::host;

const ARN: &str = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:prod/db-AbCdEf";
const FUNCTION: &str = "arn:aws:lambda:eu-central-1:123456789012:function:fake-rotation";

fn described(rotation: &Json) -> Json {
    json!({
        "summary": { "arn": ARN, "name": "prod/db", "tags": [], "rotation": rotation },
        "version_map": {}, "versions": [], "replicas": [],
    })
}

fn kept(enabled: bool) -> Json {
    json!({ "enabled": enabled, "lambda_arn": FUNCTION, "schedule_expression": "cron(0 8 ? * MON *)", "duration": "2h" })
}

fn scope() -> Scope {
    Scope { connection: ConnectionId::local(), region: Region::from("eu-central-1") }
}

/// Commands and their requests, in order.
type Sent = Rc<RefCell<Vec<(String, Json)>>>;

/// The desk of an open secret, and the requests that left it; `refusal` is the answer to all of them, if any.
fn desk(rotation: Json, refusal: Option<ApiError>) -> (RotationDesk, Sent) {
    let sent = Rc::new(RefCell::new(Vec::new()));
    let log = sent.clone();
    host::answer_with(move |name, arguments| {
        let arguments: Json = serde_json::from_str(arguments).unwrap();
        log.borrow_mut().push((name.to_owned(), arguments["request"].clone()));
        let answer = match &refusal {
            Some(refusal) => Err(serde_json::to_string(refusal).unwrap()),
            None => Ok(described(&kept(name != "cancel_rotation")).to_string()),
        };
        async move { answer }
    });
    let detail = Detail::new(RwSignal::new(Settings::default()).into(), || DateTime::UNIX_EPOCH);
    detail.show(scope(), serde_json::from_value(described(&rotation)).unwrap());
    (RotationDesk::new(detail, Toasts::new()), sent)
}

fn is_on(desk: RotationDesk) -> Option<bool> {
    desk.detail.secret.get_untracked().unwrap().summary.rotation.map(|rotation| rotation.enabled)
}

#[tokio::test]
async fn a_rotation_is_set_up_with_what_was_typed() {
    let _owner = Owner::new_root(None);
    let (desk, sent) = desk(Json::Null, None);
    desk.edit();
    assert!(desk.rotate_immediately.get_untracked(), "a new rotation is tried at once, as AWS does");
    desk.lambda_arn.set(format!(" {FUNCTION} "));
    desk.draft.update(|draft| draft.set_text("cron(0 8 ? * MON *)".into()));
    desk.draft.update(|draft| draft.set_duration_text("2h".into()));
    desk.save().await;
    let (name, request) = sent.borrow()[0].clone();
    assert_eq!(name, "save_rotation");
    assert_eq!(
        (&request["secret_id"], &request["lambda_arn"]),
        (&json!(ARN), &json!(FUNCTION)),
        "the ARN, not the name; and no blanks around"
    );
    assert_eq!(request["schedule_expression"], "cron(0 8 ? * MON *)");
    assert_eq!((&request["duration"], &request["rotate_immediately"]), (&json!("2h"), &json!(true)));
    assert_eq!(is_on(desk), Some(true), "the pane shows what the secret is now");
    assert!(!untrack(|| desk.is_editing()), "and the form is closed");
}

#[tokio::test]
async fn editing_begins_with_what_the_secret_has() {
    let _owner = Owner::new_root(None);
    let (desk, sent) = desk(kept(true), None);
    desk.edit();
    assert!(untrack(|| desk.is_editing()), "the form is open");
    assert_eq!(desk.draft.get_untracked(), ScheduleDraft::of("cron(0 8 ? * MON *)", "2h"));
    assert_eq!(desk.lambda_arn.get_untracked(), FUNCTION);
    assert!(!desk.rotate_immediately.get_untracked(), "an edit does not change the value unasked");
    desk.lambda_arn.set(String::new());
    desk.draft.update(|draft| draft.set_duration_text(String::new()));
    desk.save().await;
    let request = sent.borrow()[0].1.clone();
    assert_eq!((&request["lambda_arn"], &request["duration"]), (&Json::Null, &Json::Null), "empty is none");
}

#[tokio::test]
async fn a_refusal_loses_nothing_that_was_typed() {
    let _owner = Owner::new_root(None);
    let (desk, _) = desk(Json::Null, Some(ApiError::invalid("lambda_arn", "Name a function.")));
    desk.edit();
    desk.draft.update(|draft| draft.set_text("rate(10 days)".into()));
    desk.save().await;
    assert_eq!(untrack(|| desk.failure.at("lambda_arn")).as_deref(), Some("Name a function."));
    assert!(untrack(|| desk.is_editing()), "the form stays open");
    assert_eq!(desk.draft.with_untracked(|draft| draft.text().to_owned()), "rate(10 days)");
    assert!(!desk.busy.get_untracked(), "and can be sent again");
}

#[tokio::test]
async fn rotate_now_and_cancel_ask_first_and_do_just_that() {
    let _owner = Owner::new_root(None);
    let (desk, sent) = desk(kept(true), None);
    desk.agree().await;
    assert!(sent.borrow().is_empty(), "nothing happens unasked");
    for (question, command, on) in
        [(Question::RotateNow, "rotate_secret", true), (Question::Cancel, "cancel_rotation", false)]
    {
        desk.ask(question);
        desk.agree().await;
        let (name, request) = sent.borrow().last().cloned().unwrap();
        assert_eq!((name.as_str(), &request["secret_id"]), (command, &json!(ARN)));
        assert_eq!(desk.question.get_untracked(), None, "the question is answered");
        assert_eq!(is_on(desk), Some(on), "{command}");
    }
}

#[tokio::test]
async fn a_refused_start_stays_in_its_question() {
    let _owner = Owner::new_root(None);
    let refusal = ApiError::new(latchkey_domain::Code::Conflict, "An earlier rotation is not complete.");
    let (desk, _) = desk(kept(true), Some(refusal.clone()));
    desk.ask(Question::RotateNow);
    desk.agree().await;
    assert_eq!(desk.question.get_untracked(), Some(Question::RotateNow), "it can be tried again");
    assert_eq!(desk.refusal.get_untracked(), Some(refusal), "and says why");
    desk.ask(Question::Cancel);
    assert_eq!(desk.refusal.get_untracked(), None, "another question starts clean");
}

#[tokio::test]
async fn an_answer_never_lands_on_another_secret() {
    let _owner = Owner::new_root(None);
    let (desk, _) = desk(kept(true), None);
    desk.edit();
    let target = desk.detail.target_untracked().unwrap();
    let mut other = described(&Json::Null);
    other["summary"]["arn"] = json!(ARN.replace("prod/db", "prod/web"));
    desk.detail.show(scope(), serde_json::from_value(other).unwrap());
    assert!(!untrack(|| desk.is_editing()), "what was typed belongs to the other one");
    desk.detail.take_changed(&target, serde_json::from_value(described(&kept(false))).unwrap());
    assert_eq!(is_on(desk), None, "prod/web has no rotation");
}

#[test]
fn days_without_an_expression_are_the_rate_that_means_the_same() {
    let rotation = |rotation: Json| serde_json::from_value::<Rotation>(rotation).unwrap();
    let days =
        |days: i64| kept_schedule(&rotation(json!({ "enabled": true, "automatically_after_days": days })));
    assert_eq!(days(30).text(), "rate(30 days)");
    assert_eq!(days(1).text(), "rate(1 day)");
    assert!(!days(1000).can_be_sent(), "AWS takes a thousand days, but not as a rate");
    let derived =
        json!({ "enabled": true, "automatically_after_days": 7, "schedule_expression": "rate(170 hours)" });
    assert_eq!(kept_schedule(&rotation(derived)).text(), "rate(170 hours)", "AWS derives the days from it");
}

#[test]
fn a_window_is_open_only_while_rotation_is_on() {
    let rotation: Rotation = serde_json::from_value(kept(true)).unwrap();
    let monday = |time: &str| format!("2026-11-23T{time}Z").parse::<DateTime<Utc>>().unwrap();
    let open = |rotation: &Rotation, now| open_window(rotation, None, now);
    assert_eq!(open(&rotation, monday("09:59:59")).map(|window| window.closes_at), Some(monday("10:00:00")));
    assert_eq!(open(&rotation, monday("10:00:00")), None, "the closing belongs to it no more");
    let off = Rotation { enabled: false, ..rotation };
    assert_eq!(open(&off, monday("09:00:00")), None, "nothing rotates");
}

/// The answer of an engine that can be changed: which stages version v-2 has, and what the vault says.
struct Script {
    stages: Json,
    trouble: Json,
    asked: usize,
}

fn scripted(script: &Rc<RefCell<Script>>) -> RotationDesk {
    let script = script.clone();
    host::answer_with(move |name, _| {
        let mut script = script.borrow_mut();
        script.asked += usize::from(name == "describe_secret");
        let mut detail = described(&kept(true));
        let is_complete = script.stages[0] == "AWSCURRENT";
        let first = if is_complete { "AWSPREVIOUS" } else { "AWSCURRENT" };
        detail["version_map"] = json!({ "v-1": [first], "v-2": script.stages });
        detail["versions"] = json!([
            { "version_id": "v-2", "stages": script.stages, "kms_key_ids": [], "has_value": true },
        ]);
        let answer = if name == "find_rotation_trouble" { script.trouble.clone() } else { detail };
        async move { Ok(answer.to_string()) }
    });
    let detail = Detail::new(RwSignal::new(Settings::default()).into(), || DateTime::UNIX_EPOCH);
    detail.show(scope(), serde_json::from_value(described(&kept(true))).unwrap());
    RotationDesk::new(detail, Toasts::new())
}

async fn in_window<F: Future<Output = ()>>(test: F) {
    let _ = any_spawner::Executor::init_tokio();
    tokio::task::LocalSet::new()
        .run_until(async {
            let _owner = Owner::new_root(None);
            test.await;
        })
        .await;
}

async fn look(desk: RotationDesk) {
    desk.following.look();
    any_spawner::Executor::tick().await;
}

#[tokio::test]
async fn a_rotation_under_way_is_looked_at_ever_more_rarely_until_it_is_complete() {
    in_window(async {
        let script =
            Rc::new(RefCell::new(Script { stages: json!(["AWSPENDING"]), trouble: json!({}), asked: 0 }));
        let desk = scripted(&script);
        look(desk).await;
        assert_eq!(script.borrow().asked, 0, "nothing is under way");
        desk.ask(Question::RotateNow);
        desk.agree().await;
        let states =
            |desk: RotationDesk| untrack(|| desk.following.progress()).map(|progress| progress.states);
        assert!(states(desk).is_some(), "the version that is being made is known");
        for _ in 0..100 {
            look(desk).await;
        }
        assert_eq!(script.borrow().asked, 13, "after 1, 2, 3 ticks and so on: it takes its time");
        script.borrow_mut().stages = json!(["AWSCURRENT", "AWSPENDING"]);
        script.borrow_mut().asked = 0;
        for _ in 0..40 {
            look(desk).await;
        }
        assert_eq!(script.borrow().asked, 2, "it is complete, and its date came a little later");
    })
    .await;
}

#[tokio::test]
async fn what_the_vault_says_of_a_failure_is_shown_at_its_step() {
    use latchkey_domain::rotation::{Remedy, StepState};
    in_window(async {
        let failure = json!({
            "step": "testSecret", "failed_at": "2026-11-23T08:00:00Z", "reason": "fake", "has_output": true,
        });
        let script = Rc::new(RefCell::new(Script {
            stages: json!(["AWSPENDING"]),
            trouble: json!({ "failure": failure }),
            asked: 0,
        }));
        let desk = scripted(&script);
        desk.ask(Question::RotateNow);
        desk.agree().await;
        desk.following.notice();
        any_spawner::Executor::tick().await;
        let progress = untrack(|| desk.following.progress()).unwrap();
        assert_eq!(
            progress.states,
            [StepState::Done, StepState::Done, StepState::Failed, StepState::Waiting]
        );
        let diagnosis = untrack(|| desk.following.diagnosis(None, DateTime::UNIX_EPOCH));
        assert!(diagnosis.is_stuck, "the vault knows that it failed");
        assert!(diagnosis.remedies.contains(&Remedy::TryAgain));
    })
    .await;
}

#[tokio::test]
async fn another_try_is_for_the_version_that_is_pending() {
    in_window(async {
        let _ = any_spawner::Executor::init_tokio();
        let (desk, sent) = desk(kept(true), None);
        let mut detail = described(&kept(true));
        detail["version_map"] = json!({ "v-1": ["AWSCURRENT"], "v-2": ["AWSPENDING"] });
        desk.detail.show(scope(), serde_json::from_value(detail).unwrap());
        desk.ask(Question::TryAgain);
        desk.agree().await;
        let (name, request) = sent.borrow().last().cloned().unwrap();
        assert_eq!((name.as_str(), &request["again_for"]), ("rotate_secret", &json!("v-2")));
    })
    .await;
}
