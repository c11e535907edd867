//! Deletion, restoring and tags.

use chrono::TimeDelta;
use serde_json::json;

use crate::common::{World, token};
use crate::{MARKED, NO_SECRET, fault};

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
