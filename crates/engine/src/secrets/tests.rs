//! Secrets are created as they were typed and described with all that is allowed.
#![allow(clippy::unwrap_used)]

use latchkey_domain::Code;
use latchkey_domain::contract::{DescribeSecret, FindSecret, SearchCatalog};
use latchkey_domain::document::NewField;
use latchkey_domain::event::Event;
use latchkey_domain::secret::Tag;
use latchkey_domain::secret_text::SecretInput;
use latchkey_domain::value::{NewValue, VersionRef};
use serde_json::{Value, json};

use crate::testing::changes::PlanCreation;
use crate::testing::{ARN, Bench, fault, ok, scope};

fn described() -> Value {
    json!({
        "ARN": ARN, "Name": "prod/db", "Description": "Fake", "CreatedDate": 1_700_000_000.25,
        "LastChangedDate": 1_700_000_100, "LastAccessedDate": 1_700_006_400,
        "Tags": [{ "Key": "team", "Value": "payments" }],
        "VersionIdsToStages": { "v-1": ["AWSPREVIOUS"], "v-2": ["LIVE", "AWSCURRENT"], "v-3": ["AWSPENDING"] },
        "ReplicationStatus": [{ "Region": "eu-west-1", "Status": "InSync" }], "PrimaryRegion": "us-east-1",
        "RotationEnabled": true, "RotationRules": { "ScheduleExpression": "rate(4 hours)", "Duration": "1h" }
    })
}

fn draft(value: NewValue) -> PlanCreation {
    PlanCreation {
        scope: scope(),
        name: "prod/db".into(),
        description: Some(String::new()),
        kms_key_id: None,
        value,
        tags: vec![Tag { key: "team".into(), value: "payments".into() }],
    }
}

fn field(key: &str, value: &str) -> NewField {
    NewField { key: key.into(), value: SecretInput::new(value) }
}

fn ask_all() -> SearchCatalog {
    SearchCatalog {
        scopes: vec![scope()],
        query: Default::default(),
        prefix: String::new(),
        shelf: Default::default(),
        sort: Default::default(),
        offset: 0,
        limit: 10,
    }
}

#[tokio::test]
async fn a_secret_is_created_from_fields_in_their_order_and_listed_at_once() {
    let bench = Bench::new(|operation, _| match operation {
        "CreateSecret" => ok(json!({ "ARN": ARN, "Name": "prod/db", "VersionId": "v-1" })),
        "DescribeSecret" => ok(described()),
        "ListSecretVersionIds" => ok(json!({ "Versions": [] })),
        other => panic!("{other} is not needed"),
    })
    .await;
    let value = NewValue::Fields(vec![field("z", "fake\"1\n"), field("a", "fake-é"), field("", "x")]);
    let error = bench.create_as(draft(value)).await.expect_err("a field has no key");
    assert_eq!(error.code, Code::Invalid("value".into()));
    let value = NewValue::Fields(vec![field("z", "fake\"1\n"), field("a", "fake-é")]);
    let detail = bench.create_as(draft(value)).await.unwrap();
    assert_eq!(detail.summary.arn, ARN);
    let sent = bench.log.of("CreateSecret");
    assert_eq!(sent.len(), 1, "the draft without a key was never sent");
    assert_eq!(sent[0]["SecretString"], r#"{"z":"fake\"1\n","a":"fake-é"}"#);
    assert_eq!(sent[0]["Tags"], json!([{ "Key": "team", "Value": "payments" }]));
    assert_eq!(sent[0].get("Description"), None, "an empty description is none");
    assert_eq!(sent[0]["ClientRequestToken"].as_str().map(str::len), Some(36), "a retry is the same request");
    let window = bench.engine.search_catalog(ask_all()).await.unwrap();
    assert_eq!(window.matched, 1, "the list shows a write at once");
    assert!(bench.events().iter().any(|event| matches!(event, Event::Inventory(state) if state.count == 1)));
    assert_eq!(bench.log.of("ListSecrets").len(), 0, "ListSecrets may lag: a write is described");
}

#[tokio::test]
async fn a_refused_creation_names_the_field_and_never_quotes_the_value() {
    for (aws_code, words, code) in [
        ("ResourceExistsException", "The secret prod/db already exists.", Code::Invalid("name".into())),
        (
            "InvalidRequestException",
            "a secret with this name is already scheduled for deletion.",
            Code::PendingDeletion,
        ),
        ("ValidationException", "Value 'fake-canary' at 'secretString'", Code::Invalid("request".into())),
    ] {
        let bench = Bench::new(move |_, _| fault(400, aws_code, words)).await;
        for value in [
            NewValue::Text(SecretInput::new("fake-canary")),
            NewValue::Fields(vec![field("key", "fake-canary")]),
        ] {
            let error = bench.create_as(draft(value)).await.expect_err(aws_code);
            assert_eq!(error.code, code, "{aws_code}");
            assert!(!format!("{error:?}").contains("canary"), "{error:?}");
        }
    }
}

#[tokio::test]
async fn a_copy_of_another_version_is_read_and_sent_as_it_is() {
    let bench = Bench::new(|operation, _| match operation {
        "GetSecretValue" => ok(json!({ "ARN": ARN, "VersionId": "v-2", "SecretBinary": "AP8K" })),
        "CreateSecret" => ok(json!({ "ARN": ARN, "Name": "prod/db", "VersionId": "v-1" })),
        "DescribeSecret" => ok(described()),
        _ => ok(json!({ "Versions": [] })),
    })
    .await;
    let version = VersionRef { scope: scope(), secret_id: "original".into(), version_id: "v-2".into() };
    bench.create_as(draft(NewValue::CopyOf(version))).await.unwrap();
    let read = &bench.log.of("GetSecretValue")[0];
    assert_eq!((read["SecretId"].as_str(), read["VersionId"].as_str()), (Some("original"), Some("v-2")));
    let sent = &bench.log.of("CreateSecret")[0];
    assert_eq!((sent["SecretBinary"].as_str(), sent.get("SecretString")), (Some("AP8K"), None));
}

#[tokio::test]
async fn input_that_aws_would_refuse_is_not_sent() {
    let bench = Bench::new(|operation, _| panic!("{operation} must not be sent")).await;
    let good = || NewValue::Text(SecretInput::new("fake"));
    let tag = |key: &str, value: &str| Tag { key: key.into(), value: value.into() };
    for (request, wrong) in [
        (PlanCreation { name: "a b".into(), ..draft(good()) }, "name"),
        (PlanCreation { name: String::new(), ..draft(good()) }, "name"),
        (draft(NewValue::Text(SecretInput::new(""))), "value"),
        (draft(NewValue::Text(SecretInput::new("x".repeat(65_537)))), "value"),
        (draft(NewValue::Fields(vec![field("a", "1"), field("a", "2")])), "value"),
        (PlanCreation { tags: vec![tag("", "x")], ..draft(good()) }, "tags"),
        (PlanCreation { tags: vec![tag("aws:x", "x")], ..draft(good()) }, "tags"),
        (PlanCreation { tags: vec![tag("a", ""), tag("a", "")], ..draft(good()) }, "tags"),
        (PlanCreation { tags: vec![tag("a", &"x".repeat(257))], ..draft(good()) }, "tags"),
        (PlanCreation { tags: (0..51).map(|n| tag(&n.to_string(), "")).collect(), ..draft(good()) }, "tags"),
    ] {
        let error = bench.create_as(request).await.expect_err(wrong);
        assert_eq!(error.code, Code::Invalid(wrong.into()), "{}", error.message);
    }
}

#[tokio::test]
async fn versions_come_newest_first_over_all_pages_and_a_pending_one_has_no_value_yet() {
    let bench = Bench::new(|operation, body| match (operation, body["NextToken"].as_str()) {
        ("DescribeSecret", _) => ok(described()),
        (_, None) => ok(json!({ "NextToken": "more", "Versions": [
            { "VersionId": "v-1", "VersionStages": ["AWSPREVIOUS"], "CreatedDate": 100 }] })),
        (_, Some(_)) => ok(json!({ "NextToken": "", "Versions": [
            { "VersionId": "v-2", "VersionStages": ["LIVE", "AWSCURRENT"], "CreatedDate": 200,
              "KmsKeyIds": ["DefaultEncryptionKey"], "LastAccessedDate": 1_700_006_400 }] })),
    })
    .await;
    let request = DescribeSecret { scope: scope(), secret_id: "prod/db".into() };
    let detail = bench.engine.describe_secret(request).await.unwrap();
    let order: Vec<_> = detail.versions.iter().map(|v| (v.version_id.as_str(), v.has_value)).collect();
    assert_eq!(order, [("v-3", Some(false)), ("v-2", Some(true)), ("v-1", Some(true))]);
    assert_eq!(detail.versions[1].stages, ["AWSCURRENT", "LIVE"], "labels are in one order everywhere");
    assert_eq!(detail.versions_denied, None);
    assert_eq!(detail.replicas[0].status.as_deref(), Some("InSync"));
    assert_eq!(detail.summary.last_accessed_on.unwrap().to_string(), "2023-11-15");
    let rotation = detail.summary.rotation.unwrap();
    assert_eq!((rotation.enabled, rotation.schedule_expression.as_deref()), (true, Some("rate(4 hours)")));
    assert_eq!(bench.log.of("ListSecretVersionIds")[0]["SecretId"], ARN, "the ARN, once it is known");
    assert_eq!(bench.log.of("GetSecretValue").len(), 0, "nothing was clicked");
}

#[tokio::test]
async fn without_the_right_to_list_versions_the_labels_tell_them() {
    let bench = Bench::new(|operation, _| match operation {
        "DescribeSecret" => ok(described()),
        _ => fault(400, "AccessDeniedException", "not authorized"),
    })
    .await;
    let request = DescribeSecret { scope: scope(), secret_id: ARN.into() };
    let detail = bench.engine.describe_secret(request).await.unwrap();
    assert_eq!(detail.versions_denied.map(|error| error.code), Some(Code::AccessDenied));
    assert_eq!(detail.versions.len(), 3);
    assert!(detail.versions.iter().all(|version| version.has_value.is_none()), "nobody can tell");
}

#[tokio::test]
async fn a_secret_is_found_by_arn_in_the_arns_own_region() {
    let bench = Bench::new(|operation, _| match operation {
        "DescribeSecret" => ok(described()),
        _ => ok(json!({ "Versions": [] })),
    })
    .await;
    let text = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:prod/db-AbC12x";
    let request = FindSecret { scope: scope(), text: format!(" {text}\n") };
    let found = bench.engine.find_secret(request).await.unwrap();
    assert_eq!(found.scope.region.as_str(), "eu-west-1");
    let sent = bench.log.all().remove(0);
    assert!(sent.headers["authorization"].contains("/eu-west-1/"), "the request goes to that Region");
    assert_eq!(sent.body["SecretId"], text);
    let request = FindSecret { scope: scope(), text: "not a name".into() };
    let error = bench.engine.find_secret(request).await.expect_err("blanks are no part of a name");
    assert_eq!(error.code, Code::Invalid("text".into()));
}
