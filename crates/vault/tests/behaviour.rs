//! What the real service was seen to answer: creating, putting, labels, reading, deleting, listing, tags, passwords.
#![allow(clippy::unwrap_used)]

mod common;

use std::collections::BTreeSet;

use chrono::TimeDelta;
use common::{World, token};
use serde_json::{Value, json};

const INVALID_NAME: &str = "Invalid name. Must be a valid name containing alphanumeric characters, or any of the \
                            following: -/_+=.@!";
const NO_SECRET: &str = "Secrets Manager can't find the specified secret.";
const MARKED: &str = "You can't perform this operation on the secret because it was marked for deletion.";

fn fault(code: &str, message: &str) -> (String, String) {
    (code.to_owned(), message.to_owned())
}

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
fn every_operation_refuses_an_invalid_name_alike() {
    let world = World::new();
    let expected = fault("ValidationException", INVALID_NAME);
    for name in [" a", "a b", "a*", "a?", "a]", "a\\", "<script>", "arn:nonsense"] {
        let create = json!({ "Name": name, "ClientRequestToken": token("1"), "SecretString": "fake" });
        assert_eq!(world.fault("CreateSecret", create), expected, "{name}");
        let request = json!({
            "SecretId": name, "ClientRequestToken": token("1"), "SecretString": "fake",
            "Tags": [{ "Key": "k", "Value": "v" }], "TagKeys": ["k"], "VersionStage": "x"
        });
        for operation in [
            "DeleteSecret",
            "DescribeSecret",
            "GetSecretValue",
            "ListSecretVersionIds",
            "PutSecretValue",
            "TagResource",
            "UntagResource",
            "UpdateSecret",
            "RestoreSecret",
        ] {
            assert_eq!(world.fault(operation, request.clone()), expected, "{operation} {name}");
        }
    }
}

#[test]
fn a_secret_is_found_by_name_by_arn_and_by_arn_without_suffix() {
    let world = World::new();
    let arn = world.create("dir/a", &token("1"), "fake");
    let partial = &arn[..arn.len() - 7];
    for id in ["dir/a", &arn, partial] {
        assert_eq!(world.ok("DescribeSecret", json!({ "SecretId": id }))["ARN"], json!(arn), "{id}");
    }
    let odd = world.create("ends-abcdef", &token("1"), "fake");
    let partial = &odd[..odd.len() - 7];
    assert_eq!(
        world.fault("DescribeSecret", json!({ "SecretId": partial })),
        fault("ResourceNotFoundException", NO_SECRET)
    );
}

#[test]
fn moving_awscurrent_takes_awsprevious_along_and_leaves_custom_labels() {
    let world = World::new();
    world.create("a", &token("0"), "fake");
    world.put("a", &token("1"), Some(&["AWSCURRENT", "PUT1"]));
    world.put("a", &token("2"), Some(&["AWSPENDING", "PUT2"]));
    let moved = world.ok(
        "UpdateSecretVersionStage",
        json!({
            "SecretId": "a", "VersionStage": "AWSCURRENT",
            "RemoveFromVersionId": token("1"), "MoveToVersionId": token("2")
        }),
    );
    assert_eq!(moved.as_object().unwrap().len(), 2, "ARN and Name only: {moved}");
    assert_eq!(
        world.stages("a"),
        json!({ token("1"): ["AWSPREVIOUS", "PUT1"], token("2"): ["AWSCURRENT", "AWSPENDING", "PUT2"] }),
        "AWSPENDING stays where it is; the former AWSPREVIOUS is deprecated"
    );
    world.put("a", &token("3"), None);
    assert_eq!(
        world.stages("a"),
        json!({ token("1"): ["PUT1"], token("2"): ["AWSPREVIOUS"], token("3"): ["AWSCURRENT"] }),
        "a plain put takes AWSPENDING from the version that was current; the former AWSPREVIOUS keeps its own label"
    );
    let listed = world.ok("ListSecretVersionIds", json!({ "SecretId": "a", "IncludeDeprecated": true }));
    let deprecated: Vec<&Value> =
        listed["Versions"].as_array().unwrap().iter().filter(|v| v.get("VersionStages").is_none()).collect();
    assert_eq!(deprecated.len(), 1, "{listed}");
    assert_eq!(deprecated[0]["KmsKeyIds"], json!(["DefaultEncryptionKey"]));
}

#[test]
fn awscurrent_cannot_be_removed_or_moved_blindly() {
    let world = World::new();
    world.create("a", &token("1"), "fake");
    world.put("a", &token("2"), Some(&["other"]));
    let request = |from: Option<&str>, to: Option<&str>| json!({ "SecretId": "a", "VersionStage": "AWSCURRENT", "RemoveFromVersionId": from, "MoveToVersionId": to });
    let blind = format!(
        "The parameter RemoveFromVersionId can't be empty. Staging label AWSCURRENT is currently attached to version \
         {}, so you must explicitly reference that version in RemoveFromVersionId.",
        token("1")
    );
    assert_eq!(
        world.fault("UpdateSecretVersionStage", request(None, Some(&token("2")))),
        fault("InvalidParameterException", &blind)
    );
    assert_eq!(
        world.fault("UpdateSecretVersionStage", request(Some(&token("1")), None)),
        fault(
            "InvalidParameterException",
            "You can only move staging label AWSCURRENT to a different secret version. It can't be completely removed."
        )
    );
    let (code, _) = world.fault("UpdateSecretVersionStage", request(Some(&token("2")), Some(&token("2"))));
    assert_eq!(code, "InvalidParameterException", "the label is not there: somebody else moved it");
    assert_eq!(
        world.stages("a"),
        json!({ token("1"): ["AWSCURRENT"], token("2"): ["other"] }),
        "nothing moved"
    );
}

#[test]
fn the_twenty_first_label_is_refused_and_nothing_is_kept_of_the_call() {
    let world = World::new();
    world.create("a", &token("1"), "fake");
    let labels: Vec<String> = (0..19).map(|n| format!("label{n}")).collect();
    let labels: Vec<&str> = labels.iter().map(String::as_str).collect();
    world.put("a", &token("2"), Some(&labels));
    let before = world.stages("a");
    let one_more = json!({
        "SecretId": "a", "ClientRequestToken": token("3"), "SecretString": "fake", "VersionStages": ["one-more"]
    });
    assert_eq!(world.fault("PutSecretValue", one_more).0, "LimitExceededException");
    assert_eq!(world.stages("a"), before);
    let (code, _) = world.fault("GetSecretValue", json!({ "SecretId": "a", "VersionId": token("3") }));
    assert_eq!(code, "ResourceNotFoundException", "the version of the refused call must not stay");
}

#[test]
fn reading_names_what_is_missing() {
    let world = World::new();
    world.create("a", &token("1"), "fake");
    let get = |version: Option<&str>, stage: Option<&str>| {
        world.fault("GetSecretValue", json!({ "SecretId": "a", "VersionId": version, "VersionStage": stage }))
    };
    let text = "Secrets Manager can't find the specified secret value for";
    assert_eq!(get(None, Some("X")), fault("ResourceNotFoundException", &format!("{text} staging label: X")));
    let id = token("9");
    assert_eq!(get(Some(&id), None), fault("ResourceNotFoundException", &format!("{text} VersionId: {id}")));
    assert_eq!(
        get(Some(&token("1")), Some("X")),
        fault(
            "InvalidRequestException",
            "You provided a VersionStage that is not associated to the provided VersionId."
        )
    );
    for operation in ["GetSecretValue", "ListSecretVersionIds", "DescribeSecret"] {
        let missing = world.fault(operation, json!({ "SecretId": "b" }));
        assert_eq!(missing, fault("ResourceNotFoundException", NO_SECRET), "{operation}");
    }
}

#[test]
fn a_read_sets_the_day_of_the_last_access_once() {
    let world = World::new();
    world.create("a", &token("1"), "fake");
    let accessed = || world.ok("DescribeSecret", json!({ "SecretId": "a" }))["LastAccessedDate"].clone();
    assert_eq!(accessed(), Value::Null, "never read");
    world.ok("GetSecretValue", json!({ "SecretId": "a" }));
    assert_eq!(accessed(), json!(1_772_323_200.0), "2026-03-01T00:00:00Z");
    world.hands.advance(TimeDelta::hours(13));
    world.ok("GetSecretValue", json!({ "SecretId": "a" }));
    assert_eq!(accessed(), json!(1_772_323_200.0), "the same day");
    world.hands.advance(TimeDelta::hours(1));
    world.ok("GetSecretValue", json!({ "SecretId": "a" }));
    assert_eq!(accessed(), json!(1_772_409_600.0), "the next day");
}

#[test]
fn a_scheduled_secret_refuses_use_until_it_is_restored_and_goes_when_its_window_ends() {
    let world = World::new();
    let arn = world.create("a", &token("1"), "fake");
    let deleted = world.ok("DeleteSecret", json!({ "SecretId": "a" }));
    assert_eq!(deleted["ARN"], json!(arn));
    let refused = fault("InvalidRequestException", MARKED);
    let request = json!({
        "SecretId": "a", "ClientRequestToken": token("2"), "SecretString": "fake",
        "Tags": [{ "Key": "k", "Value": "v" }], "TagKeys": ["k"]
    });
    for operation in ["GetSecretValue", "PutSecretValue", "UpdateSecret", "TagResource", "UntagResource"] {
        assert_eq!(world.fault(operation, request.clone()), refused, "{operation}");
    }
    assert_eq!(
        world.fault(
            "CreateSecret",
            json!({ "Name": "a", "ClientRequestToken": token("2"), "SecretString": "fake" })
        ),
        fault(
            "InvalidRequestException",
            "You can't create this secret because a secret with this name is already scheduled for deletion."
        )
    );
    assert!(world.ok("DescribeSecret", json!({ "SecretId": "a" }))["DeletedDate"].is_number());
    assert_eq!(world.ok("ListSecrets", json!({}))["SecretList"], json!([]));
    let with = world.ok("ListSecrets", json!({ "IncludePlannedDeletion": true }));
    assert_eq!(with["SecretList"].as_array().unwrap().len(), 1);
    world.ok("RestoreSecret", json!({ "SecretId": "a" }));
    assert_eq!(world.ok("GetSecretValue", json!({ "SecretId": "a" }))["SecretString"], json!("fake"));
    world.ok("DeleteSecret", json!({ "SecretId": "a", "RecoveryWindowInDays": 7 }));
    world.hands.advance(TimeDelta::days(7) - TimeDelta::seconds(1));
    world.ok("DescribeSecret", json!({ "SecretId": "a" }));
    world.hands.advance(TimeDelta::seconds(1));
    assert_eq!(
        world.fault("DescribeSecret", json!({ "SecretId": "a" })).1,
        NO_SECRET,
        "the window has ended"
    );
}

#[test]
fn a_forced_deletion_is_immediate_even_of_nothing_and_a_new_secret_has_a_new_suffix() {
    let world = World::new();
    let forced = json!({ "SecretId": "a", "ForceDeleteWithoutRecovery": true });
    assert!(world.ok("DeleteSecret", forced.clone())["ARN"].as_str().unwrap().contains(":secret:a-"));
    assert_eq!(world.fault("DeleteSecret", json!({ "SecretId": "a" })).1, NO_SECRET);
    let first = world.create("a", &token("1"), "fake");
    world.ok("DeleteSecret", json!({ "SecretId": "a" }));
    world.ok("DeleteSecret", forced);
    assert_ne!(world.create("a", &token("1"), "fake"), first);
    assert_eq!(
        world.fault("DeleteSecret", json!({ "SecretId": "a", "RecoveryWindowInDays": 31 })),
        fault(
            "InvalidParameterException",
            "The RecoveryWindowInDays value must be between 7 and 30 days (inclusive)."
        )
    );
    assert_eq!(
        world
            .fault(
                "DeleteSecret",
                json!({ "SecretId": "a", "RecoveryWindowInDays": 7, "ForceDeleteWithoutRecovery": true })
            )
            .1,
        "You can't use ForceDeleteWithoutRecovery in conjunction with RecoveryWindowInDays."
    );
}

#[test]
fn the_last_tag_leaves_an_empty_list_behind() {
    let world = World::new();
    world.create("a", &token("1"), "fake");
    let tags = || world.ok("DescribeSecret", json!({ "SecretId": "a" })).get("Tags").cloned();
    assert_eq!(tags(), None, "never tagged");
    let request = json!({ "SecretId": "a", "Tags": [{ "Key": "k", "Value": "v" }] });
    assert_eq!(world.ok("TagResource", request), json!({}));
    world.ok("UntagResource", json!({ "SecretId": "a", "TagKeys": ["missing"] }));
    assert_eq!(tags(), Some(json!([{ "Key": "k", "Value": "v" }])));
    assert_eq!(world.ok("UntagResource", json!({ "SecretId": "a", "TagKeys": ["k"] })), json!({}));
    assert_eq!(tags(), Some(json!([])));
}

#[test]
fn description_and_name_filters_match_as_recorded() {
    let world = World::new();
    for (name, description) in
        [("s/1", "a secret"), ("s/2", "an secret"), ("s/3", "asecret"), ("other", "thesecret")]
    {
        let request = json!({
            "Name": name, "Description": description, "ClientRequestToken": token("1"), "SecretString": "fake"
        });
        world.ok("CreateSecret", request);
        world.hands.advance(TimeDelta::seconds(1));
    }
    let found = |filters: Value| -> Vec<String> {
        let list = world.ok("ListSecrets", json!({ "Filters": filters }));
        let names = list["SecretList"].as_array().unwrap().iter();
        names.map(|secret| secret["Name"].as_str().unwrap().to_owned()).collect()
    };
    let one = |key: &str, value: &str| found(json!([{ "Key": key, "Values": [value] }]));
    assert_eq!(one("description", "a"), ["s/1", "s/2", "s/3"]);
    assert_eq!(one("description", "a secret"), ["s/1", "s/2"]);
    assert_eq!(one("description", "!a"), ["other"]);
    assert_eq!(one("name", "s/"), ["s/1", "s/2", "s/3"]);
    assert_eq!(one("name", "!s/"), ["other"]);
    let both = json!([{ "Key": "name", "Values": ["s/"] }, { "Key": "name", "Values": ["!s/1"] }]);
    assert_eq!(found(both), ["s/2", "s/3"], "filters of one key are ANDed");
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
fn a_batch_tells_what_failed_for_each_secret() {
    let world = World::new();
    world.create("a", &token("1"), "fake-a");
    let batch = world.ok("BatchGetSecretValue", json!({ "SecretIdList": ["a", "missing"] }));
    assert_eq!(batch["SecretValues"][0]["SecretString"], json!("fake-a"));
    assert_eq!(
        batch["Errors"],
        json!([{ "SecretId": "missing", "ErrorCode": "ResourceNotFoundException", "Message": NO_SECRET }])
    );
    let filtered =
        world.ok("BatchGetSecretValue", json!({ "Filters": [{ "Key": "name", "Values": ["a"] }] }));
    assert_eq!(filtered["SecretValues"].as_array().unwrap().len(), 1);
    assert_eq!(world.fault("BatchGetSecretValue", json!({})).0, "InvalidParameterException");
}

#[test]
fn passwords_hold_what_was_asked_for() {
    let world = World::new();
    let make = |request: Value| {
        world.ok("GetRandomPassword", request)["RandomPassword"].as_str().unwrap().to_owned()
    };
    assert_eq!(make(json!({})).len(), 32);
    for _ in 0..50 {
        let four = make(json!({ "PasswordLength": 4 }));
        let has = |test: fn(char) -> bool| four.chars().any(test);
        assert!(
            has(|c| c.is_ascii_lowercase())
                && has(|c| c.is_ascii_uppercase())
                && has(|c| c.is_ascii_digit())
                && has(|c| c.is_ascii_punctuation()),
            "{four} lacks a type"
        );
    }
    let excluded =
        make(json!({ "PasswordLength": 120, "ExcludeCharacters": "abc\"@/\\", "ExcludeNumbers": true }));
    assert!(!excluded.contains(|c: char| "abc\"@/\\".contains(c) || c.is_ascii_digit()), "{excluded}");
    assert_eq!(
        world.fault("GetRandomPassword", json!({ "PasswordLength": 3 })),
        fault("InvalidParameterException", "Password length is too short based on the required types.")
    );
    let none = json!({
        "ExcludeNumbers": true, "ExcludePunctuation": true, "ExcludeUppercase": true, "ExcludeLowercase": true
    });
    assert_eq!(world.fault("GetRandomPassword", none).0, "InvalidParameterException");
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

#[test]
fn regions_of_one_vault_are_apart() {
    let world = World::new();
    world.create("a", &token("1"), "fake");
    let mut elsewhere = world.caller();
    elsewhere.region = "us-east-1".into();
    let answer = elsewhere.call("DescribeSecret", &json!({ "SecretId": "a" }));
    assert_eq!(answer.fault().1, NO_SECRET);
}

#[test]
fn operations_of_later_are_known_and_others_are_not() {
    let world = World::new();
    assert_eq!(world.fault("PutResourcePolicy", json!({ "SecretId": "a" })).0, "NotImplementedException");
    assert_eq!(world.fault("StealSecret", json!({})).0, "UnknownOperationException");
}

#[test]
fn samples_load_once() {
    let world = World::new();
    let first = latchkey_vault::samples::load(&world.vault, common::REGION).unwrap();
    assert!(first.created >= 35 && first.skipped == 0, "{first:?}");
    let second = latchkey_vault::samples::load(&world.vault, common::REGION).unwrap();
    assert_eq!((second.created, second.skipped), (0, first.created));
    let list =
        world.ok("ListSecrets", json!({ "Filters": [{ "Key": "owning-service", "Values": ["rds"] }] }));
    assert_eq!(list["SecretList"].as_array().unwrap().len(), 1);
    let replicated = json!({ "SecretId": "prod/web/database", "ForceDeleteWithoutRecovery": true });
    let (code, message) = world.fault("DeleteSecret", replicated);
    assert_eq!(code, "InvalidParameterException");
    assert!(message.ends_with("that still has replica regions [us-west-2]."), "{message}");
}
