//! What is typed is sent as typed, what is refused stays, and an answer lands on its own secret only.
#![allow(clippy::unwrap_used)]

use std::cell::RefCell;
use std::rc::Rc;

use latchkey_domain::settings::Settings;
use latchkey_domain::{ApiError, ConnectionId, Region, Scope};
use serde_json::{Value as Json, json};

use super::*;
use crate::ipc::host;
use crate::state::testing::change_review;

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

/// The form of an open secret, and the requests that left it; `refusal` is the answer to all of them, if any.
fn form(rotation: Json, refusal: Option<ApiError>) -> (RotationForm, Sent) {
    let sent = Rc::new(RefCell::new(Vec::new()));
    let (log, planned) = (sent.clone(), RefCell::new(Json::Null));
    host::answer_with(move |name, arguments| {
        let arguments: Json = serde_json::from_str(arguments).unwrap();
        log.borrow_mut().push((name.to_owned(), arguments["request"].clone()));
        let change = arguments["request"]["changes"][0]["change"]["plain"]["change"].clone();
        if name == "plan_changes" {
            planned.replace(change);
        }
        let is_cancel = planned.borrow()["kind"] == "cancel_rotation";
        let answer = match &refusal {
            Some(refusal) => Err(serde_json::to_string(refusal).unwrap()),
            None if name == "plan_changes" => Ok(plan(&planned.borrow()).to_string()),
            None => Ok(applied(&described(&kept(!is_cancel))).to_string()),
        };
        async move { answer }
    });
    let detail = Detail::new(RwSignal::new(Settings::default()).into(), || DateTime::UNIX_EPOCH);
    detail.show(scope(), serde_json::from_value(described(&rotation)).unwrap());
    let toasts = Toasts::new();
    (RotationForm::new(detail, change_review(detail, toasts), toasts), sent)
}

/// A plan of this change that needs no review.
fn plan(change: &Json) -> Json {
    let part = json!({ "part": "rotated_version", "is_there": false });
    json!({
        "plan_id": "fake-plan", "must_type": null, "is_quiet": true, "writes_through": null, "journal_in_memory": false,
        "items": [{
            "secret_id": ARN, "name": "prod/db",
            "planned": {
                "planned": "change", "change": change, "before": part, "after": part, "changed_since": false,
            },
        }],
    })
}

fn applied(detail: &Json) -> Json {
    json!({
        "plan_id": "fake-plan",
        "items": [{
            "secret_id": ARN, "name": "prod/db", "outcome": { "outcome": "done" }, "entry_id": "fake-entry",
            "detail": detail,
        }],
    })
}

/// The change of a plan that was asked for.
fn change_of(sent: &Sent, at: usize) -> (Json, Json) {
    let (name, request) = sent.borrow()[at].clone();
    assert_eq!(name, "plan_changes");
    (request["changes"][0]["secret_id"].clone(), request["changes"][0]["change"]["plain"]["change"].clone())
}

fn is_on(form: RotationForm) -> Option<bool> {
    form.detail.secret.get_untracked().unwrap().summary.rotation.map(|rotation| rotation.enabled)
}

#[tokio::test]
async fn a_rotation_is_set_up_with_what_was_typed() {
    let _owner = Owner::new_root(None);
    let (form, sent) = form(Json::Null, None);
    form.edit();
    assert!(form.rotate_immediately.get_untracked(), "a new rotation is tried at once, as AWS does");
    form.lambda_arn.set(format!(" {FUNCTION} "));
    form.draft.update(|draft| draft.set_text("cron(0 8 ? * MON *)".into()));
    form.draft.update(|draft| draft.set_duration_text("2h".into()));
    form.save().await;
    let (secret_id, request) = change_of(&sent, 0);
    assert_eq!(request["kind"], "configure_rotation");
    assert_eq!(
        (&secret_id, &request["lambda_arn"]),
        (&json!(ARN), &json!(FUNCTION)),
        "the ARN, not the name; and no blanks around"
    );
    assert_eq!(request["schedule_expression"], "cron(0 8 ? * MON *)");
    assert_eq!((&request["duration"], &request["rotate_immediately"]), (&json!("2h"), &json!(true)));
    assert_eq!(is_on(form), Some(true), "the pane shows what the secret is now");
    assert!(!untrack(|| form.is_editing()), "and the form is closed");
}

#[tokio::test]
async fn editing_begins_with_what_the_secret_has() {
    let _owner = Owner::new_root(None);
    let (form, sent) = form(kept(true), None);
    form.edit();
    assert!(untrack(|| form.is_editing()), "the form is open");
    assert_eq!(form.draft.get_untracked(), ScheduleDraft::of("cron(0 8 ? * MON *)", "2h"));
    assert_eq!(form.lambda_arn.get_untracked(), FUNCTION);
    assert!(!form.rotate_immediately.get_untracked(), "an edit does not change the value unasked");
    form.lambda_arn.set(String::new());
    form.draft.update(|draft| draft.set_duration_text(String::new()));
    form.save().await;
    let (_, request) = change_of(&sent, 0);
    assert_eq!((&request["lambda_arn"], &request["duration"]), (&Json::Null, &Json::Null), "empty is none");
}

#[tokio::test]
async fn a_refusal_loses_nothing_that_was_typed() {
    let _owner = Owner::new_root(None);
    let (form, _) = form(Json::Null, Some(ApiError::invalid("lambda_arn", "Name a function.")));
    form.edit();
    form.draft.update(|draft| draft.set_text("rate(10 days)".into()));
    form.save().await;
    assert_eq!(untrack(|| form.request.at("lambda_arn")).as_deref(), Some("Name a function."));
    assert!(untrack(|| form.is_editing()), "the form stays open");
    assert_eq!(form.draft.with_untracked(|draft| draft.text().to_owned()), "rate(10 days)");
    assert!(!form.changes.request.is_busy(), "and can be sent again");
}

#[tokio::test]
async fn rotate_now_and_cancel_ask_first_and_do_just_that() {
    let _owner = Owner::new_root(None);
    let (form, sent) = form(kept(true), None);
    for (question, kind, on) in
        [(Question::RotateNow, "rotate_now", true), (Question::Cancel, "cancel_rotation", false)]
    {
        sent.borrow_mut().clear();
        form.ask(question).await;
        let (secret_id, change) = change_of(&sent, 0);
        assert_eq!((secret_id, &change["kind"]), (json!(ARN), &json!(kind)));
        assert_eq!(sent.borrow().len(), 1, "nothing is written before the review");
        form.changes.apply().await;
        assert_eq!(sent.borrow()[1].0, "apply_changes");
        assert!(form.changes.open.with_untracked(Option::is_none), "the review is over");
        assert_eq!(is_on(form), Some(on), "{kind}");
    }
}

#[tokio::test]
async fn a_refused_start_says_why_and_opens_no_review() {
    let _owner = Owner::new_root(None);
    let refusal = ApiError::new(latchkey_domain::Code::Conflict, "An earlier rotation is not complete.");
    let (form, sent) = form(kept(true), Some(refusal.clone()));
    form.ask(Question::RotateNow).await;
    assert_eq!(sent.borrow().len(), 1, "nothing was written");
    assert!(form.changes.open.with_untracked(Option::is_none));
    let told = form.toasts.list.with_untracked(|toasts| toasts[0].text.clone());
    assert_eq!(told, refusal.message);
}

#[tokio::test]
async fn an_answer_never_lands_on_another_secret() {
    let _owner = Owner::new_root(None);
    let (form, _) = form(kept(true), None);
    form.edit();
    let target = form.detail.target_untracked().unwrap();
    let mut other = described(&Json::Null);
    other["summary"]["arn"] = json!(ARN.replace("prod/db", "prod/web"));
    form.detail.show(scope(), serde_json::from_value(other).unwrap());
    assert!(!untrack(|| form.is_editing()), "what was typed belongs to the other one");
    form.detail.take_changed(&target, serde_json::from_value(described(&kept(false))).unwrap());
    assert_eq!(is_on(form), None, "prod/web has no rotation");
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

fn scripted(script: &Rc<RefCell<Script>>) -> RotationForm {
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
        let answer = match name {
            "find_rotation_trouble" => script.trouble.clone(),
            "plan_changes" => plan(&json!({ "kind": "rotate_now", "version_id": "v-2" })),
            "apply_changes" => applied(&detail),
            _ => detail,
        };
        async move { Ok(answer.to_string()) }
    });
    let detail = Detail::new(RwSignal::new(Settings::default()).into(), || DateTime::UNIX_EPOCH);
    detail.show(scope(), serde_json::from_value(described(&kept(true))).unwrap());
    let toasts = Toasts::new();
    RotationForm::new(detail, change_review(detail, toasts), toasts)
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

async fn look(form: RotationForm) {
    form.following.look();
    any_spawner::Executor::tick().await;
}

#[tokio::test]
async fn a_rotation_under_way_is_looked_at_ever_more_rarely_until_it_is_complete() {
    in_window(async {
        let script =
            Rc::new(RefCell::new(Script { stages: json!(["AWSPENDING"]), trouble: json!({}), asked: 0 }));
        let form = scripted(&script);
        look(form).await;
        assert_eq!(script.borrow().asked, 0, "nothing is under way");
        form.ask(Question::RotateNow).await;
        form.changes.apply().await;
        let states =
            |form: RotationForm| untrack(|| form.following.progress()).map(|progress| progress.states);
        assert!(states(form).is_some(), "the version that is being made is known");
        for _ in 0..100 {
            look(form).await;
        }
        assert_eq!(script.borrow().asked, 13, "after 1, 2, 3 ticks and so on: it takes its time");
        script.borrow_mut().stages = json!(["AWSCURRENT", "AWSPENDING"]);
        script.borrow_mut().asked = 0;
        for _ in 0..40 {
            look(form).await;
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
        let form = scripted(&script);
        form.ask(Question::RotateNow).await;
        form.changes.apply().await;
        form.following.notice();
        any_spawner::Executor::tick().await;
        let progress = untrack(|| form.following.progress()).unwrap();
        assert_eq!(
            progress.states,
            [StepState::Done, StepState::Done, StepState::Failed, StepState::Waiting]
        );
        let diagnosis = untrack(|| form.following.diagnosis(None, DateTime::UNIX_EPOCH));
        assert!(diagnosis.is_stuck, "the vault knows that it failed");
        assert!(diagnosis.remedies.contains(&Remedy::TryAgain));
    })
    .await;
}

#[tokio::test]
async fn another_try_is_for_the_version_that_is_pending() {
    in_window(async {
        let _ = any_spawner::Executor::init_tokio();
        let (form, sent) = form(kept(true), None);
        let mut detail = described(&kept(true));
        detail["version_map"] = json!({ "v-1": ["AWSCURRENT"], "v-2": ["AWSPENDING"] });
        form.detail.show(scope(), serde_json::from_value(detail).unwrap());
        form.ask(Question::TryAgain).await;
        let (_, change) = change_of(&sent, 0);
        assert_eq!(change, json!({ "kind": "rotate_now", "version_id": "v-2" }));
    })
    .await;
}
