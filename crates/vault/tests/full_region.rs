//! A Region that holds as many secrets as AWS allows: the last one is taken, one more is not.
#![allow(clippy::unwrap_used)]

mod common;

use std::path::Path;

use common::{World, as_it_is, token};
use latchkey_domain::secret_text::SecretInput;
use latchkey_vault::{KeySource, Limits, Options};
use rusqlite::Connection;
use serde_json::{Value, json};

/// AWS's quota for one Region.
const SECRETS: i64 = 500_000;

fn open(home: &Path) -> World {
    let key = KeySource::Passphrase(SecretInput::new("fake passphrase"));
    World::with_options(Limits::default(), as_it_is(Options::folder(home, key, "a test")))
}

/// Rows beside the first secret, as many as are missing to one below the quota. Through requests it would take minutes.
fn fill(home: &Path) {
    let database = Connection::open(home.join("vault.db")).unwrap();
    let sql = "INSERT INTO secret (account, region, name, arn, created_at, changed_at)
        WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?1)
        SELECT account, region, printf('bulk/%06d', i), printf('%s-%06d', arn, i), created_at + i, changed_at + i
        FROM secret, n";
    assert_eq!(database.execute(sql, [SECRETS - 2]).unwrap() as i64, SECRETS - 2);
}

#[test]
fn a_region_takes_as_many_secrets_as_aws_allows_and_not_one_more() {
    let home = tempfile::tempdir().unwrap();
    let world = open(home.path());
    world.create("first", &token("first"), "fake");
    drop(world);
    fill(home.path());

    let world = open(home.path());
    world.create("last", &token("last"), "fake");
    let request =
        |name: &str| json!({ "Name": name, "ClientRequestToken": token(name), "SecretString": "fake" });
    let (code, message) = world.fault("CreateSecret", request("one-more"));
    assert_eq!(code, "LimitExceededException", "{message}");
    assert!(message.contains("500000 secrets"), "{message}");
    world.ok("CreateSecret", request("last"));
    assert_eq!(
        world.fault("DescribeSecret", json!({ "SecretId": "one-more" })).0,
        "ResourceNotFoundException"
    );

    let found = world.ok("ListSecrets", json!({ "Filters": [{ "Key": "name", "Values": ["bulk/49999"] }] }));
    let names: Vec<&Value> = found["SecretList"].as_array().unwrap().iter().map(|row| &row["Name"]).collect();
    assert_eq!(names.len(), 9, "499990 to 499998: {names:?}");
    let page = world.ok("ListSecrets", json!({ "MaxResults": 100, "SortOrder": "asc" }));
    assert_eq!(page["SecretList"].as_array().unwrap().len(), 100);
    assert!(page["NextToken"].is_string(), "the list goes on");

    world.ok("DeleteSecret", json!({ "SecretId": "bulk/000001", "ForceDeleteWithoutRecovery": true }));
    world.ok("CreateSecret", request("one-more"));
}
