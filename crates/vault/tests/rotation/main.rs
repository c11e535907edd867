//! Rotation as AWS was seen to do it: settings, steps, labels, failures, windows.
#![allow(clippy::unwrap_used)]

#[path = "../common/mod.rs"]
mod common;
mod windows;

use chrono::{DateTime, TimeDelta, Utc};
use common::{REGION, World, token};
use latchkey_vault::{RotationFunctions, RotationStep};
use serde_json::{Value, json};

const PENDING: &str = "A previous rotation isn't complete. That rotation will be reattempted.";

fn function(name: &str) -> String {
    format!("arn:aws:lambda:{REGION}:123456789012:function:{name}")
}

fn with_programs(programs: &[(&str, &str)]) -> World {
    let functions = programs
        .iter()
        .fold(RotationFunctions::default(), |all, (name, command)| all.with_program(name, command).unwrap());
    World::with_functions(functions)
}

fn rotate(token_name: &str, function_name: &str) -> Value {
    json!({ "SecretId": "db", "ClientRequestToken": token(token_name), "RotationLambdaARN": function(function_name) })
}

fn describe(world: &World) -> Value {
    world.ok("DescribeSecret", json!({ "SecretId": "db" }))
}

fn value(world: &World, stage: &str) -> String {
    let read = world.ok("GetSecretValue", json!({ "SecretId": "db", "VersionStage": stage }));
    read["SecretString"].as_str().unwrap().to_owned()
}

/// Seconds since 1970, as dates are on the wire.
fn seconds(instant: &str) -> Value {
    json!(instant.parse::<DateTime<Utc>>().unwrap().timestamp() as f64)
}

const DATABASE: &str = r#"{"username":"app",  "password":"fake old","port":5432}"#;

#[test]
fn the_first_rotation_needs_a_function_that_can_be_called() {
    let world = World::new();
    world.create("db", &token("1"), DATABASE);
    let none = json!({ "SecretId": "db", "ClientRequestToken": token("2") });
    let (code, message) = world.fault("RotateSecret", none);
    assert_eq!(code, "InvalidRequestException");
    assert_eq!(message, "No Lambda rotation function ARN is associated with this secret.");
    let elsewhere = "arn:aws:lambda:us-west-2:123456789012:function:GenericPasswordRotation".to_owned();
    for arn in [function("Unknown"), elsewhere, "nonsense".to_owned()] {
        let mut request = rotate("2", "x");
        request["RotationLambdaARN"] = json!(arn);
        let (code, message) = world.fault("RotateSecret", request);
        assert_eq!(code, "AccessDeniedException", "{arn}");
        assert_eq!(
            message,
            "Secrets Manager cannot invoke the specified Lambda function. Ensure that the function policy grants \
             access to the principal secretsmanager.amazonaws.com."
        );
    }
    let described = describe(&world);
    assert!(described.get("RotationEnabled").is_none(), "nothing was stored: {described}");
}

#[test]
fn rules_that_aws_refuses_are_refused_and_nothing_is_stored() {
    let world = World::new();
    world.create("db", &token("1"), DATABASE);
    let refused = |rules: Value| {
        let mut request = rotate("2", "GenericPasswordRotation");
        request["RotationRules"] = rules.clone();
        let fault = world.fault("RotateSecret", request);
        assert!(describe(&world).get("RotationEnabled").is_none(), "stored {rules}");
        fault
    };
    let both = json!({ "AutomaticallyAfterDays": 10, "ScheduleExpression": "rate(10 days)" });
    let (code, message) = refused(both);
    assert_eq!(code, "InvalidParameterException");
    assert_eq!(message, "You cannot specify both rotation frequency and schedule expression together.");
    for of_the_model in [
        json!({ "AutomaticallyAfterDays": 0 }),
        json!({ "AutomaticallyAfterDays": 1001 }),
        json!({ "Duration": "90m" }),
        json!({ "Duration": "100h" }),
        json!({ "ScheduleExpression": "rate(1 day); true" }),
        json!({ "ScheduleExpression": "" }),
    ] {
        assert_eq!(refused(of_the_model.clone()).0, "ValidationException", "{of_the_model}");
    }
    for of_the_schedule in [
        json!({ "ScheduleExpression": "rate(3 hours)" }),
        json!({ "ScheduleExpression": "rate(1000 days)" }),
        json!({ "ScheduleExpression": "cron(5 8 * * ? *)" }),
        json!({ "ScheduleExpression": "cron(0 0/3 * * ? *)" }),
        json!({ "ScheduleExpression": "rate(4 hours)", "Duration": "5h" }),
        json!({ "ScheduleExpression": "cron(0 20 * * ? *)", "Duration": "5h" }),
        json!({ "AutomaticallyAfterDays": 1, "Duration": "0h" }),
        json!({ "AutomaticallyAfterDays": 1, "Duration": "25h" }),
        json!({ "Duration": "3h" }),
    ] {
        let (code, message) = refused(of_the_schedule.clone());
        assert_eq!(code, "InvalidParameterException", "{of_the_schedule}: {message}");
    }
    let no_token = json!({ "SecretId": "db", "RotationLambdaARN": function("GenericPasswordRotation") });
    assert_eq!(world.fault("RotateSecret", no_token).0, "InvalidRequestException");
}

#[test]
fn a_rotation_makes_a_new_password_and_leaves_the_rest_of_the_value() {
    let world = World::new();
    world.create("db", &token("1"), DATABASE);
    let mut request = rotate("2", "GenericPasswordRotation");
    request["RotationRules"] = json!({ "AutomaticallyAfterDays": 30 });
    let answer = world.ok("RotateSecret", request);
    assert_eq!(answer["VersionId"], json!(token("2")));
    world.settle();
    let new = value(&world, "AWSCURRENT");
    assert_eq!(value(&world, "AWSPREVIOUS"), DATABASE);
    let (head, tail) = (r#"{"username":"app",  "password":""#, r#"","port":5432}"#);
    let password = new.strip_prefix(head).and_then(|rest| rest.strip_suffix(tail)).unwrap();
    assert!(password.len() == 32 && !password.contains(['/', '@', '"', '\'', '\\']), "{password}");
    let described = describe(&world);
    assert_eq!(
        described["VersionIdsToStages"],
        json!({ token("1"): ["AWSPREVIOUS"], token("2"): ["AWSCURRENT", "AWSPENDING"] })
    );
    assert_eq!(described["RotationEnabled"], true);
    assert_eq!(described["RotationLambdaARN"], json!(function("GenericPasswordRotation")));
    assert_eq!(described["RotationRules"], json!({ "AutomaticallyAfterDays": 30 }));
    assert_eq!(described["LastRotatedDate"], seconds("2026-03-01T10:00:00Z"));
    assert_eq!(described["NextRotationDate"], seconds("2026-04-01T00:00:00Z"), "the end of its window");
    let listed = &world.ok("ListSecrets", json!({}))["SecretList"][0];
    for field in
        ["RotationEnabled", "RotationLambdaARN", "RotationRules", "LastRotatedDate", "NextRotationDate"]
    {
        assert_eq!(listed[field], described[field], "{field}");
    }
    let again = world.ok("RotateSecret", json!({ "SecretId": "db", "ClientRequestToken": token("3") }));
    assert_eq!(again["VersionId"], json!(token("3")), "the stored function and rules are used again");
    world.settle();
    assert_eq!(value(&world, "AWSPREVIOUS"), new);
    assert_eq!(describe(&world)["RotationRules"], json!({ "AutomaticallyAfterDays": 30 }));
}

#[test]
fn the_days_are_worked_out_from_the_schedule() {
    for (expression, days) in [
        ("rate(10 days)", 10),
        ("rate(4 hours)", 1),
        ("cron(0 8 * * ? *)", 1),
        ("cron(0 16 1,15 * ? *)", 17),
        ("cron(0 0 1 1/3 ? *)", 92),
    ] {
        let world = World::new();
        world.create("db", &token("1"), DATABASE);
        let mut request = rotate("2", "GenericPasswordRotation");
        request["RotationRules"] = json!({ "ScheduleExpression": expression });
        world.ok("RotateSecret", request);
        let rules = json!({ "AutomaticallyAfterDays": days, "ScheduleExpression": expression });
        assert_eq!(describe(&world)["RotationRules"], rules);
    }
}

#[test]
fn the_pending_version_is_there_without_a_value_before_create_secret() {
    let world = with_programs(&[("Slow", "sleep 60")]);
    world.create("db", &token("1"), DATABASE);
    world.ok("RotateSecret", rotate("2", "Slow"));
    assert_eq!(world.stages("db"), json!({ token("1"): ["AWSCURRENT"], token("2"): ["AWSPENDING"] }));
    let pending = json!({ "SecretId": "db", "VersionId": token("2"), "VersionStage": "AWSPENDING" });
    assert_eq!(world.fault("GetSecretValue", pending).0, "ResourceNotFoundException");
    let versions = world.ok("ListSecretVersionIds", json!({ "SecretId": "db", "IncludeDeprecated": true }));
    assert_eq!(versions["Versions"].as_array().unwrap().len(), 1, "it is not listed: {versions}");
    let (code, message) = world.fault("RotateSecret", rotate("3", "Slow"));
    assert_eq!((code.as_str(), message.as_str()), ("InvalidRequestException", PENDING));
    let same = world.ok("RotateSecret", rotate("2", "Slow"));
    assert_eq!(same["VersionId"], json!(token("2")), "a repeated token gets its answer again");
    let make_current = json!({
        "SecretId": "db", "VersionStage": "AWSCURRENT", "MoveToVersionId": token("2"), "RemoveFromVersionId": token("1")
    });
    assert_eq!(world.fault("UpdateSecretVersionStage", make_current).0, "ResourceNotFoundException");

    let cancelled = world.ok("CancelRotateSecret", json!({ "SecretId": "db" }));
    assert_eq!(cancelled["VersionId"], json!(token("2")));
    let described = describe(&world);
    assert_eq!(described["RotationEnabled"], false);
    assert_eq!(described["RotationLambdaARN"], json!(function("Slow")), "the settings stay");
    assert!(described.get("NextRotationDate").is_none(), "{described}");
    assert_eq!(described["VersionIdsToStages"][token("2")], json!(["AWSPENDING"]), "the label stays");
    let remove = json!({ "SecretId": "db", "VersionStage": "AWSPENDING", "RemoveFromVersionId": token("2") });
    world.ok("UpdateSecretVersionStage", remove);
    assert_eq!(world.stages("db"), json!({ token("1"): ["AWSCURRENT"] }));
}

#[test]
fn a_failed_step_leaves_its_labels_and_is_tried_five_times_with_one_token() {
    let world = World::new();
    world.create("db", &token("1"), r#"{"user":"fake-canary"}"#);
    world.ok("RotateSecret", rotate("2", "GenericPasswordRotation"));
    let trouble = || world.vault.rotation_trouble(REGION, "db").unwrap();
    let mut pauses = Vec::new();
    world.settle();
    while let Some(next) = trouble().failure.unwrap().next_try_at {
        pauses.push((next - world.hands.now()).num_seconds());
        world.hands.set(next);
        world.settle();
    }
    assert_eq!(pauses, [10, 30, 90, 270], "four pauses between five tries");
    let failure = trouble().failure.unwrap();
    assert_eq!(failure.step, RotationStep::CreateSecret);
    assert!(failure.reason.contains("\"password\"") && !failure.reason.contains("canary"), "{failure:?}");
    assert_eq!(
        world.stages("db"),
        json!({ token("1"): ["AWSCURRENT"], token("2"): ["AWSPENDING"] }),
        "AWSPENDING stays on the empty version"
    );
    assert_eq!(world.fault("RotateSecret", rotate("3", "GenericPasswordRotation")).1, PENDING);
    assert!(describe(&world).get("LastRotatedDate").is_none());

    world.put("db", &token("4"), None);
    let fixed = json!({ "SecretId": "db", "ClientRequestToken": token("5"), "SecretString": DATABASE });
    world.ok("PutSecretValue", fixed);
    world.ok("RotateSecret", rotate("2", "GenericPasswordRotation"));
    world.settle();
    assert_eq!(
        world.stages("db")[token("2")],
        json!(["AWSCURRENT", "AWSPENDING"]),
        "its token tries it again"
    );
    assert_eq!(trouble(), latchkey_vault::RotationTrouble::default(), "and the failure is forgotten");
}

#[test]
fn a_rotation_that_waits_for_its_next_try_is_tried_at_once_if_it_is_asked_for() {
    let world = World::new();
    world.create("db", &token("1"), r#"{"user":"fake"}"#);
    world.ok("RotateSecret", rotate("2", "GenericPasswordRotation"));
    world.settle();
    let fixed = json!({ "SecretId": "db", "ClientRequestToken": token("3"), "SecretString": DATABASE });
    world.ok("PutSecretValue", fixed);
    world.settle();
    assert_eq!(world.stages("db")[token("2")], json!(["AWSPENDING"]), "its next try is 10 s away");
    world.ok("RotateSecret", rotate("2", "GenericPasswordRotation"));
    world.settle();
    assert_eq!(world.stages("db")[token("2")], json!(["AWSCURRENT", "AWSPENDING"]));
}

#[test]
fn a_failed_rotation_whose_version_is_put_aside_makes_room_for_another() {
    let world = with_programs(&[("Fails", "sh -c 'exit 1'")]);
    world.create("db", &token("1"), DATABASE);
    world.ok("RotateSecret", rotate("2", "Fails"));
    world.settle();
    let failure = || world.vault.rotation_trouble(REGION, "db").unwrap().failure;
    assert_eq!(failure().map(|failure| failure.step), Some(RotationStep::CreateSecret));
    let again = rotate("3", "GenericPasswordRotation");
    assert_eq!(world.fault("RotateSecret", again.clone()).1, PENDING);
    let put = json!({ "SecretId": "db", "ClientRequestToken": token("2"), "SecretString": DATABASE,
        "VersionStages": ["AWSPENDING"] });
    world.ok("PutSecretValue", put);
    let label = |stage: &str, end: &str| {
        world.ok(
            "UpdateSecretVersionStage",
            json!({ "SecretId": "db", "VersionStage": stage, end: token("2") }),
        )
    };
    label("unfinished", "MoveToVersionId");
    assert_eq!(world.fault("RotateSecret", again.clone()).1, PENDING, "AWSPENDING is still there");
    label("AWSPENDING", "RemoveFromVersionId");
    assert_eq!(failure(), None, "it was ended by hand");
    world.ok("RotateSecret", again);
    world.settle();
    let stages = world.stages("db");
    assert_eq!(stages[token("2")], json!(["unfinished"]), "and its value is kept");
    assert_eq!(stages[token("3")], json!(["AWSCURRENT", "AWSPENDING"]));
}

#[test]
fn a_rotation_that_is_not_to_begin_at_once_only_tests_a_copy() {
    let log = tempfile::NamedTempFile::new().unwrap();
    let command = format!("sh -c 'cat >> {}'", log.path().display());
    let world = with_programs(&[("Log", &command), ("Fail", "sh -c 'echo fake reason >&2; exit 1'")]);
    world.create("db", &token("1"), DATABASE);
    let before = value(&world, "AWSCURRENT");
    for (name, token_name) in [("Log", "2"), ("Fail", "3")] {
        let mut request = rotate(token_name, name);
        request["RotateImmediately"] = json!(false);
        request["RotationRules"] = json!({ "ScheduleExpression": "cron(0 8 1 * ? *)", "Duration": "3h" });
        world.ok("RotateSecret", request);
        world.settle();
        assert_eq!(
            world.stages("db"),
            json!({ token("1"): ["AWSCURRENT"] }),
            "the copy is removed after {name}"
        );
        let list = json!({ "SecretId": "db", "IncludeDeprecated": true });
        assert_eq!(world.ok("ListSecretVersionIds", list)["Versions"].as_array().unwrap().len(), 1);
    }
    assert_eq!(value(&world, "AWSCURRENT"), before);
    let event: Value = serde_json::from_str(&std::fs::read_to_string(log.path()).unwrap()).unwrap();
    assert_eq!(event["Step"], "testSecret", "one step only");
    assert_eq!(event["ClientRequestToken"], json!(token("2")), "on a version of its own");
    let failure = world.vault.rotation_trouble(REGION, "db").unwrap().failure.unwrap();
    assert_eq!((failure.step, failure.next_try_at), (RotationStep::TestSecret, None));
    assert_eq!(failure.output.expose(), "fake reason\n");
    let described = describe(&world);
    assert!(described.get("LastRotatedDate").is_none(), "a test is no rotation");
    assert_eq!(described["NextRotationDate"], seconds("2026-04-01T11:00:00Z"));
}

#[test]
fn a_value_by_hand_counts_for_the_next_date_and_a_moved_label_does_not() {
    let world = World::new();
    world.create("db", &token("1"), DATABASE);
    let mut request = rotate("2", "GenericPasswordRotation");
    request["RotationRules"] = json!({ "AutomaticallyAfterDays": 10 });
    world.ok("RotateSecret", request);
    world.settle();
    let next = || describe(&world)["NextRotationDate"].clone();
    assert_eq!(next(), seconds("2026-03-12T00:00:00Z"));
    world.hands.advance(TimeDelta::days(4));
    let roll_back = json!({
        "SecretId": "db", "VersionStage": "AWSCURRENT", "MoveToVersionId": token("1"), "RemoveFromVersionId": token("2")
    });
    world.ok("UpdateSecretVersionStage", roll_back);
    assert_eq!(next(), seconds("2026-03-12T00:00:00Z"), "a label was moved");
    world.put("db", &token("3"), None);
    assert_eq!(next(), seconds("2026-03-16T00:00:00Z"), "a value was put");
    assert_eq!(describe(&world)["LastRotatedDate"], seconds("2026-03-01T10:00:00Z"));
}
