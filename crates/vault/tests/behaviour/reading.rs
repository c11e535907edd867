//! Finding, reading, listing and filtering.

use std::time::{Duration, Instant};

use chrono::TimeDelta;
use latchkey_domain::secret_text::SecretInput;
use latchkey_vault::{KeySource, Limits, Options};
use rusqlite::Connection;
use serde_json::{Value, json};

use crate::common::{World, token};
use crate::{INVALID_NAME, NO_SECRET, fault};

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
fn regions_of_one_vault_are_apart() {
    let world = World::new();
    world.create("a", &token("1"), "fake");
    let mut elsewhere = world.caller();
    elsewhere.region = "us-east-1".into();
    let answer = elsewhere.call("DescribeSecret", &json!({ "SecretId": "a" }));
    assert_eq!(answer.fault().1, NO_SECRET);
}

#[test]
fn a_read_waits_for_no_other_program_that_writes_and_what_is_to_be_purged_is_gone_at_its_time() {
    // What a write waits for another program.
    const LONG: Duration = Duration::from_secs(4);
    let home = tempfile::tempdir().unwrap();
    let key = KeySource::Passphrase(SecretInput::new("fake passphrase"));
    let world = World::with_options(Limits::default(), Options::folder(home.path(), key, "a test"));
    for name in ["kept", "leaving"] {
        world.create(name, &token("1"), "fake");
    }
    world.ok("DeleteSecret", json!({ "SecretId": "leaving", "RecoveryWindowInDays": 7 }));
    let other = Connection::open(home.path().join("vault.db")).unwrap();
    let count = |sql: &str| other.query_row(sql, [], |row| row.get::<_, i64>(0)).unwrap();
    let (purged, noted) = (
        "SELECT count(*) FROM secret WHERE purge_at > 0",
        "SELECT count(*) FROM version WHERE accessed_on > 0",
    );
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    world.hands.advance(TimeDelta::days(8));
    let began = Instant::now();
    world.ok("GetSecretValue", json!({ "SecretId": "kept" }));
    let described = world.ok("DescribeSecret", json!({ "SecretId": "kept" }));
    assert!(described["LastAccessedDate"].is_number(), "{described}");
    let versions = world.ok("ListSecretVersionIds", json!({ "SecretId": "kept" }));
    assert!(versions["Versions"][0]["LastAccessedDate"].is_number(), "{versions}");
    for operation in ["DescribeSecret", "GetSecretValue", "ListSecretVersionIds"] {
        let gone = world.fault(operation, json!({ "SecretId": "leaving" }));
        assert_eq!(gone, fault("ResourceNotFoundException", NO_SECRET), "{operation}");
    }
    let all = world.ok("ListSecrets", json!({ "IncludePlannedDeletion": true }));
    assert_eq!(all["SecretList"].as_array().unwrap().len(), 1, "{all}");
    assert!(began.elapsed() < LONG, "the reads took {:?}", began.elapsed());
    assert_eq!((count(purged), count(noted)), (1, 0), "nothing could be written meanwhile");

    other.execute_batch("ROLLBACK").unwrap();
    world.settle();
    assert_eq!((count(purged), count(noted)), (0, 1), "and now it is");
}

#[test]
fn a_vault_that_is_closed_has_noted_the_dates_of_its_reads() {
    let home = tempfile::tempdir().unwrap();
    let key = || KeySource::Passphrase(SecretInput::new("fake passphrase"));
    let world = World::with_options(Limits::default(), Options::folder(home.path(), key(), "a test"));
    world.create("a", &token("1"), "fake");
    world.ok("GetSecretValue", json!({ "SecretId": "a" }));
    let World { vault, .. } = world;
    vault.close_blocking();
    let rows = Connection::open(home.path().join("vault.db")).unwrap();
    let noted = rows.query_row("SELECT accessed_on FROM version", [], |row| row.get::<_, i64>(0));
    assert_eq!(noted, Ok(1_772_323_200_000), "2026-03-01T00:00:00Z");
}
