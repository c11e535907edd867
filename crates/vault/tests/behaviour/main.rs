//! What the real service was seen to answer: creating, putting, labels, reading, deleting, listing, tags, passwords.
#![allow(clippy::unwrap_used)]

#[path = "../common/mod.rs"]
mod common;
mod deleting;
mod labels;
mod reading;
mod writing;

use common::World;
use serde_json::{Value, json};

const INVALID_NAME: &str = "Invalid name. Must be a valid name containing alphanumeric characters, or any of the \
                            following: -/_+=.@!";
const NO_SECRET: &str = "Secrets Manager can't find the specified secret.";
const MARKED: &str = "You can't perform this operation on the secret because it was marked for deletion.";

fn fault(code: &str, message: &str) -> (String, String) {
    (code.to_owned(), message.to_owned())
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
