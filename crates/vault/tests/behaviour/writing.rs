//! Creating, putting and updating: tokens, repeats, versions, values.

use std::collections::BTreeSet;

use chrono::TimeDelta;
use serde_json::json;

use crate::common::{World, token};
use crate::fault;

#[test]
fn a_missing_request_token_is_told_before_a_missing_secret() {
    let world = World::new();
    let expected = fault(
        "InvalidRequestException",
        "You must provide a ClientRequestToken value. We recommend a UUID-type value.",
    );
    assert_eq!(world.fault("CreateSecret", json!({ "Name": "a", "SecretString": "fake" })), expected);
    for operation in ["PutSecretValue", "UpdateSecret"] {
        assert_eq!(
            world.fault(operation, json!({ "SecretId": "missing", "SecretString": "fake" })),
            expected
        );
    }
}

#[test]
fn a_secret_without_a_value_has_no_version() {
    let world = World::new();
    let made =
        world.ok("CreateSecret", json!({ "Name": "a", "ClientRequestToken": token("1"), "Description": "" }));
    assert!(made.get("VersionId").is_none(), "{made}");
    let described = world.ok("DescribeSecret", json!({ "SecretId": "a" }));
    let keys: BTreeSet<&str> = described.as_object().unwrap().keys().map(String::as_str).collect();
    let expected = BTreeSet::from(["ARN", "CreatedDate", "LastChangedDate", "Name"]);
    assert_eq!(keys, expected, "only fields with a value");
    assert_eq!(
        world.fault("GetSecretValue", json!({ "SecretId": "a" })),
        fault(
            "ResourceNotFoundException",
            "Secrets Manager can't find the specified secret value for staging label: AWSCURRENT"
        )
    );
}

#[test]
fn a_repeated_create_gets_its_answer_again_and_a_different_one_is_refused() {
    let world = World::new();
    let request = json!({ "Name": "a", "ClientRequestToken": token("1"), "SecretString": "fake" });
    let first = world.ok("CreateSecret", request.clone());
    assert_eq!(world.ok("CreateSecret", request), first);
    let arn = first["ARN"].as_str().unwrap();
    let changed = json!({ "Name": "a", "ClientRequestToken": token("1"), "SecretString": "fake other" });
    let expected = format!(
        "You can't use ClientRequestToken {} because that value is already in use for a version of secret {arn}.",
        token("1")
    );
    assert_eq!(world.fault("CreateSecret", changed), fault("ResourceExistsException", &expected));
    let new_token = json!({ "Name": "a", "ClientRequestToken": token("2"), "SecretString": "fake" });
    assert_eq!(
        world.fault("CreateSecret", new_token),
        fault("ResourceExistsException", "The operation failed because the secret a already exists.")
    );
}

#[test]
fn a_repeated_put_or_update_changes_nothing() {
    let world = World::new();
    let arn = world.create("a", &token("1"), "fake");
    let before = world.ok("DescribeSecret", json!({ "SecretId": "a" }));
    world.hands.advance(TimeDelta::minutes(1));
    let again = json!({ "SecretId": "a", "ClientRequestToken": token("1"), "SecretString": "fake" });
    let put = world.ok("PutSecretValue", again.clone());
    assert_eq!(put["VersionStages"], json!(["AWSCURRENT"]));
    assert_eq!(
        world.ok("UpdateSecret", again)["VersionId"],
        json!(token("1")),
        "not an error, unlike the documentation"
    );
    assert_eq!(world.ok("DescribeSecret", json!({ "SecretId": "a" })), before);
    let other = json!({ "SecretId": "a", "ClientRequestToken": token("1"), "SecretString": "fake other" });
    for operation in ["PutSecretValue", "UpdateSecret"] {
        let (code, message) = world.fault(operation, other.clone());
        assert_eq!(code, "ResourceExistsException");
        assert!(message.ends_with(&format!("for a version of secret {arn}.")), "{message}");
    }
}

#[test]
fn an_update_without_a_value_makes_no_version() {
    let world = World::new();
    world.create("a", &token("1"), "fake");
    let answer = world.ok(
        "UpdateSecret",
        json!({ "SecretId": "a", "ClientRequestToken": token("2"), "Description": "text" }),
    );
    assert!(answer.get("VersionId").is_none(), "{answer}");
    assert_eq!(world.stages("a"), json!({ token("1"): ["AWSCURRENT"] }));
    let same_value = json!({ "SecretId": "a", "ClientRequestToken": token("3"), "SecretString": "fake" });
    assert_eq!(
        world.ok("UpdateSecret", same_value)["VersionId"],
        json!(token("3")),
        "a new token is a new version"
    );
}

#[test]
fn constraints_are_told_in_aws_words_and_values_never() {
    let world = World::new();
    assert_eq!(
        world.fault("ListSecrets", json!({ "MaxResults": 101 })),
        fault(
            "ValidationException",
            "1 validation error detected: Value '101' at 'maxResults' failed to satisfy constraint: Member must have \
             value less than or equal to 100"
        )
    );
    let value = format!("fake-canary{}", "x".repeat(65_526));
    assert_eq!(value.len(), 65_537);
    let request = json!({ "Name": "a", "ClientRequestToken": token("1"), "SecretString": value });
    let (code, message) = world.fault("CreateSecret", request);
    assert_eq!(code, "ValidationException");
    assert!(
        message.contains("length less than or equal to 65536") && !message.contains("canary"),
        "{message}"
    );
    let odd = "fake \0 <script>alert(1)</script> \u{202e}rtl \u{1f511}";
    world.create("b", &token("1"), odd);
    assert_eq!(world.ok("GetSecretValue", json!({ "SecretId": "b" }))["SecretString"], json!(odd));
    world.create("full", &token("1"), &"x".repeat(65_536));
}

#[test]
fn binary_values_come_back_as_they_were() {
    let world = World::new();
    let request = json!({ "Name": "a", "ClientRequestToken": token("1"), "SecretBinary": "AP9GQUtF" });
    world.ok("CreateSecret", request);
    let read = world.ok("GetSecretValue", json!({ "SecretId": "a" }));
    assert_eq!((&read["SecretBinary"], read.get("SecretString")), (&json!("AP9GQUtF"), None));
}

#[test]
fn old_unlabelled_versions_go_and_young_ones_stay() {
    let world = World::new();
    world.create("a", &token("first"), "fake");
    for n in 0..120 {
        world.put("a", &token(&n.to_string()), None);
        world.hands.advance(TimeDelta::seconds(1));
    }
    let count = || {
        let list = json!({ "SecretId": "a", "IncludeDeprecated": true, "MaxResults": 100 });
        let first = world.ok("ListSecretVersionIds", list.clone());
        let mut second = list;
        second["NextToken"] = first["NextToken"].clone();
        let second = world.ok("ListSecretVersionIds", second);
        first["Versions"].as_array().unwrap().len() + second["Versions"].as_array().unwrap().len()
    };
    assert_eq!(count(), 121, "all are younger than a day");
    world.hands.advance(TimeDelta::days(2));
    world.put("a", &token("last"), None);
    assert_eq!(count(), 102, "100 without a label, AWSCURRENT and AWSPREVIOUS");
}
