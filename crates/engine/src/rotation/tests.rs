//! Rotation is asked for as it was typed, after its rules are checked, and refusals keep AWS's words.
#![allow(clippy::unwrap_used)]

use latchkey_domain::change::Change;
use latchkey_domain::contract::{
    FindRotationTrouble, ListKeys, RevealFunctionOutput, Revealed, RotationTrouble, SearchCatalog,
    SearchJournal,
};
use latchkey_domain::template::Template;
use latchkey_domain::writes::{JournalResult, Operation};
use latchkey_domain::{Code, Scope};
use serde_json::{Value, json};

use crate::testing::{ARN, Answer, Bench, fault, ok, scope};

const FUNCTION: &str = "arn:aws:lambda:us-east-1:123456789012:function:fake-rotation";

fn described(enabled: bool) -> Answer {
    ok(json!({
        "ARN": ARN, "Name": "prod/db", "RotationEnabled": enabled, "RotationLambdaARN": FUNCTION,
        "RotationRules": { "AutomaticallyAfterDays": 10, "ScheduleExpression": "rate(10 days)", "Duration": "3h" },
        "VersionIdsToStages": { "v-1": ["AWSCURRENT"] }, "NextRotationDate": 1_800_000_000
    }))
}

async fn bench(rotate: impl Fn(&str, &Value) -> Answer + Send + Sync + 'static) -> Bench {
    Bench::new(move |operation, body| match operation {
        "DescribeSecret" => described(true),
        "ListSecretVersionIds" => ok(json!({ "Versions": [] })),
        other => rotate(other, body),
    })
    .await
}

/// Rotation as it is set up; `change` makes it another one.
fn rules(change: impl FnOnce(&mut Rules)) -> Change {
    let mut rules = Rules {
        lambda_arn: Some(FUNCTION.into()),
        schedule_expression: "rate(10 days)".into(),
        duration: Some("3h".into()),
        rotate_immediately: false,
    };
    change(&mut rules);
    let Rules { lambda_arn, schedule_expression, duration, rotate_immediately } = rules;
    Change::ConfigureRotation {
        lambda_arn,
        schedule_expression,
        duration,
        rotate_immediately,
        version_id: None,
    }
}

struct Rules {
    lambda_arn: Option<String>,
    schedule_expression: String,
    duration: Option<String>,
    rotate_immediately: bool,
}

const ROTATE_NOW: Change = Change::RotateNow { version_id: None };

#[tokio::test]
async fn rotation_is_set_up_as_it_was_typed_and_described_at_once() {
    let bench = bench(|_, _| ok(json!({ "ARN": ARN, "Name": "prod/db", "VersionId": "v-2" }))).await;
    let detail = bench.change(ARN, rules(|_| ()), None).await.unwrap();
    let rotation = detail.summary.rotation.expect("the secret was described after it");
    assert_eq!((rotation.enabled, rotation.lambda_arn.as_deref()), (true, Some(FUNCTION)));
    let sent = bench.log.of("RotateSecret");
    assert_eq!(sent.len(), 1, "one request for all of it");
    assert_eq!(sent[0]["RotationLambdaARN"], FUNCTION);
    assert_eq!(
        sent[0]["RotationRules"],
        json!({ "ScheduleExpression": "rate(10 days)", "Duration": "3h" }),
        "the days are AWS's to compute: it refuses both together"
    );
    assert_eq!(sent[0]["RotateImmediately"], false, "AWS's default is true, so it is always said");
    assert_eq!(sent[0]["ClientRequestToken"].as_str().map(str::len), Some(36), "a retry is the same request");
    let everything = SearchCatalog {
        scopes: vec![scope()],
        query: Default::default(),
        prefix: String::new(),
        shelf: Default::default(),
        sort: Default::default(),
        offset: 0,
        limit: 10,
    };
    assert_eq!(
        bench.engine.search_catalog(everything).await.unwrap().matched,
        1,
        "the list shows it at once"
    );
}

#[tokio::test]
async fn managed_rotation_names_no_function_and_the_default_window_none() {
    let bench = bench(|_, _| ok(json!({ "ARN": ARN, "Name": "prod/db" }))).await;
    let managed = rules(|rules| {
        (rules.lambda_arn, rules.duration) = (None, None);
        rules.rotate_immediately = true;
    });
    bench.change(ARN, managed, None).await.unwrap();
    let sent = &bench.log.of("RotateSecret")[0];
    assert_eq!(sent.get("RotationLambdaARN"), None, "AWS manages it");
    assert_eq!(sent["RotationRules"], json!({ "ScheduleExpression": "rate(10 days)" }));
    assert_eq!(sent["RotateImmediately"], true);
}

#[tokio::test]
async fn a_rule_that_is_broken_is_told_at_its_field_and_nothing_is_sent() {
    let bench = Bench::new(|operation, _| panic!("{operation} must not be sent")).await;
    let expression = |text: &str| rules(|rules| rules.schedule_expression = text.into());
    let duration = |text: &str| rules(|rules| rules.duration = Some(text.into()));
    let function = |arn: &str| rules(|rules| rules.lambda_arn = Some(arn.into()));
    let overlapping = rules(|rules| {
        rules.schedule_expression = "rate(4 hours)".into();
        rules.duration = Some("5h".into());
    });
    for (change, field, words) in [
        (expression("rate(3 hours)"), "schedule_expression", "every four hours at most"),
        (expression("cron(5 8 * * ? *)"), "schedule_expression", "must be 0"),
        (expression("cron(0 8 1 * MON *)"), "schedule_expression", "both set"),
        (duration("90m"), "duration", "whole hours"),
        (duration("25h"), "duration", "at most 24 hours"),
        (overlapping, "duration", "runs into the next one"),
        (function("fake-rotation"), "lambda_arn", "ARN of a Lambda function"),
        (function(ARN), "lambda_arn", "ARN of a Lambda function"),
    ] {
        let error = bench.change(ARN, change, None).await.expect_err(words);
        assert_eq!(error.code, Code::Invalid(field.into()), "{}", error.message);
        assert!(error.message.contains(words), "{}", error.message);
    }
}

#[tokio::test]
async fn rotating_now_changes_no_settings() {
    let bench = bench(|_, _| ok(json!({ "ARN": ARN, "Name": "prod/db", "VersionId": "v-2" }))).await;
    let detail = bench.change(ARN, ROTATE_NOW, None).await.unwrap();
    assert_eq!(detail.summary.arn, ARN);
    let sent = &bench.log.of("RotateSecret")[0];
    for parameter in ["RotationLambdaARN", "RotationRules", "RotateImmediately"] {
        assert_eq!(sent.get(parameter), None, "{parameter} stays as it is stored");
    }
}

#[tokio::test]
async fn a_rotation_that_did_not_end_is_tried_again_under_its_own_token() {
    let bench = bench(|_, _| ok(json!({ "ARN": ARN, "Name": "prod/db", "VersionId": "v-2" }))).await;
    bench.change(ARN, Change::RotateNow { version_id: Some("v-2".into()) }, None).await.unwrap();
    assert_eq!(
        bench.log.of("RotateSecret"),
        [json!({ "SecretId": ARN, "ClientRequestToken": "v-2" })],
        "another token would be another rotation, which AWS refuses while this one is open"
    );
}

#[tokio::test]
async fn what_was_begun_stands_in_the_journal_with_how_it_ended() {
    let bench = bench(|operation, _| match operation {
        "CancelRotateSecret" => fault(400, "InvalidRequestException", "fake refusal"),
        _ => ok(json!({ "ARN": ARN, "Name": "prod/db", "VersionId": "v-2" })),
    })
    .await;
    bench.change(ARN, rules(|_| ()), None).await.unwrap();
    bench.change(ARN, ROTATE_NOW, None).await.unwrap();
    bench.change(ARN, Change::CancelRotation, None).await.expect_err("the fake refuses");
    let search = SearchJournal {
        text: String::new(),
        secret_id: Some(ARN.into()),
        unfinished_only: false,
        offset: 0,
        limit: 10,
    };
    let mut entries = bench.engine.search_journal(search).await.unwrap().entries;
    entries.sort_by_key(|entry| entry.operation.words());
    let [cancelled, rotated, saved] = entries.as_slice() else { panic!("three entries: {entries:?}") };
    assert_eq!(cancelled.operation, Operation::CancelRotation);
    assert!(!matches!(cancelled.result, JournalResult::Done | JournalResult::Unfinished), "it was refused");
    assert_eq!((rotated.operation, &rotated.result), (Operation::RotateSecret, &JournalResult::Done));
    assert_eq!((saved.operation, &saved.result), (Operation::SaveRotation, &JournalResult::Done));
    assert_eq!(saved.version_ids, ["v-2"], "the version that the rotation makes");
    assert_eq!(saved.secret_name, "prod/db");
}

#[tokio::test]
async fn what_the_vault_saw_is_told_of_its_own_secrets_and_of_no_others() {
    let bench = bench(|_, _| ok(json!({}))).await;
    let ask = |scope| FindRotationTrouble { scope, secret_id: ARN.into() };
    let failure = bench.engine.find_rotation_trouble(ask(scope())).await.unwrap().failure.unwrap();
    assert_eq!(failure.reason, "fake ended with status 1.");
    let elsewhere = Scope { connection: "other".into(), ..scope() };
    let trouble = bench.engine.find_rotation_trouble(ask(elsewhere.clone())).await.unwrap();
    assert_eq!(trouble, RotationTrouble::default(), "AWS tells CloudWatch only");
    let reveal = |scope| RevealFunctionOutput { scope, secret_id: ARN.into() };
    let output = bench.engine.reveal_function_output(reveal(scope())).await.unwrap();
    assert_eq!(output, Revealed::Text("fake-output".into()));
    let error = bench.engine.reveal_function_output(reveal(elsewhere)).await.expect_err("nothing is kept");
    assert_eq!(error.code, Code::NotFound);
}

#[tokio::test]
async fn cancelling_says_what_the_secret_is_afterwards() {
    let bench = Bench::new(|operation, _| match operation {
        "DescribeSecret" => described(false),
        "CancelRotateSecret" => ok(json!({ "ARN": ARN, "Name": "prod/db" })),
        _ => ok(json!({ "Versions": [] })),
    })
    .await;
    let cancelled = bench.change(ARN, Change::CancelRotation, None).await.unwrap();
    let rotation = cancelled.summary.rotation.unwrap();
    assert!(!rotation.enabled, "it is off");
    assert_eq!(rotation.lambda_arn.as_deref(), Some(FUNCTION), "and its configuration is kept");
    assert_eq!(bench.log.of("CancelRotateSecret"), [json!({ "SecretId": ARN })]);
}

#[tokio::test]
async fn a_refusal_says_which_state_it_is_about_in_the_words_of_aws() {
    for (aws_code, words, code, says) in [
        (
            "InvalidRequestException",
            "No Lambda rotation function ARN is associated with this secret.",
            Code::Conflict,
            "no rotation function",
        ),
        (
            "AccessDeniedException",
            "Secrets Manager cannot invoke the specified Lambda function. Ensure that the function policy grants \
             access to the principal secretsmanager.amazonaws.com.",
            Code::AccessDenied,
            FUNCTION,
        ),
        (
            "AccessDeniedException",
            "User is not authorized to perform: secretsmanager:RotateSecret",
            Code::AccessDenied,
            "secretsmanager:RotateSecret",
        ),
        (
            "InvalidRequestException",
            "A previous rotation isn't complete. That rotation will be reattempted.",
            Code::Conflict,
            "AWSPENDING",
        ),
        (
            "InvalidRequestException",
            "You can't perform this operation on the secret because it was marked for deletion.",
            Code::PendingDeletion,
            "Restore it first",
        ),
    ] {
        let bench = bench(move |_, _| fault(400, aws_code, words)).await;
        let error = bench.change(ARN, rules(|_| ()), None).await.expect_err(words);
        assert_eq!(error.code, code, "{words}");
        assert!(error.message.contains(says), "{}", error.message);
        assert_eq!(error.aws.expect("AWS answered").message, words, "its own words stay");
        assert_eq!(bench.log.of("DescribeSecret").len(), 2, "before it; there is nothing new to look at");
    }
}

#[tokio::test]
async fn keys_are_told_without_their_values() {
    let value = r#"{"engine":"postgres","host":"fake-canary-host","Password":"fake-canary","n":{"inner":1}}"#;
    let bench = bench(move |operation, _| match operation {
        "GetSecretValue" => ok(json!({
            "ARN": ARN, "Name": "prod/db", "VersionId": "v-1", "VersionStages": ["AWSCURRENT"], "SecretString": value,
        })),
        other => panic!("{other} is not needed"),
    })
    .await;
    let request = ListKeys { scope: scope(), secret_id: ARN.into() };
    let found = bench.engine.list_keys(request).await.unwrap();
    assert_eq!(found.version_id, "v-1");
    assert_eq!(found.recognised, Some(Template::PostgreSql), "by its engine");
    let told = serde_json::to_string(&found).unwrap();
    assert!(!told.contains("canary") && !told.contains("inner"), "{told}");
    assert_eq!(found.keys.unwrap(), ["engine", "host", "Password", "n"]);
}

#[tokio::test]
async fn a_value_that_is_no_object_has_no_keys() {
    let bench = bench(|_, _| {
        ok(json!({ "ARN": ARN, "VersionId": "v-1", "VersionStages": ["AWSCURRENT"], "SecretString": "fake" }))
    })
    .await;
    let request = ListKeys { scope: scope(), secret_id: ARN.into() };
    let found = bench.engine.list_keys(request).await.unwrap();
    assert_eq!((found.keys, found.recognised), (None, None));
}
