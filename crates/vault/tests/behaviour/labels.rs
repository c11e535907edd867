//! Moving labels.

use serde_json::{Value, json};

use crate::common::{World, token};
use crate::fault;

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
