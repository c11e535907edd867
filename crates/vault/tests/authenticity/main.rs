//! What a vault says is what was written: a file that was changed is not opened unasked, and what is changed while the vault
//! is open is not served.
#![allow(clippy::unwrap_used)]

#[path = "../common/mod.rs"]
mod common;
mod every;
mod generations;

use std::fs;
use std::path::PathBuf;
use std::sync::Arc;

use common::keyring::{FakeKeyring, by_keyring};
use common::program::{Program, command, told_at_start};
use common::{World, as_it_is, token};
use latchkey_domain::secret_text::SecretInput;
use latchkey_vault::{KeySource, Limits, OpenError, Options, Vault, Wish};
use rusqlite::Connection;
use serde_json::{Value, json};

const ROTATION: &str = "arn:aws:lambda:eu-central-1:123456789012:function:GenericPasswordRotation";

/// A folder with a vault, and its keyring.
struct Home {
    folder: tempfile::TempDir,
    keyring: Arc<FakeKeyring>,
}

impl Home {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap(), keyring: Arc::default() }
    }

    /// One with a secret in each state, closed.
    fn filled() -> Self {
        let home = Self::new();
        let world = home.open();
        world.create("a", &token("1"), "fake a");
        world.put("a", &token("2"), None);
        world.ok("TagResource", json!({ "SecretId": "a", "Tags": [{ "Key": "team", "Value": "fake" }] }));
        let update = json!({
            "SecretId": "a", "Description": "fake", "KmsKeyId": "alias/fake", "ClientRequestToken": token("u")
        });
        world.ok("UpdateSecret", update);
        world.create("b", &token("1"), "fake b");
        let rules = json!({ "ScheduleExpression": "rate(10 days)", "Duration": "3h" });
        let rotate = json!({
            "SecretId": "b", "ClientRequestToken": token("rotated"), "RotationLambdaARN": ROTATION,
            "RotationRules": rules, "RotateImmediately": false
        });
        world.ok("RotateSecret", rotate);
        world.settle();
        world.create("c", &token("1"), "fake c");
        world.ok("DeleteSecret", json!({ "SecretId": "c", "RecoveryWindowInDays": 7 }));
        world.ok("GetSecretValue", json!({ "SecretId": "a" }));
        drop(world);
        home
    }

    fn file(&self) -> PathBuf {
        self.folder.path().join("vault.db")
    }

    fn options(&self) -> Options {
        Options::folder(self.folder.path(), by_keyring(&self.keyring), "a test")
    }

    fn open(&self) -> World {
        World::with_options(Limits::default(), self.options())
    }

    /// Why it does not open.
    fn refused(&self) -> OpenError {
        Vault::open_blocking(self.options()).expect_err("it must not open")
    }

    /// Writes into the file as somebody who has it, and nothing else.
    fn tamper(&self, sql: &str) {
        let rows = Connection::open(self.file()).unwrap();
        rows.execute_batch("PRAGMA foreign_keys = off").unwrap();
        rows.execute_batch(sql).unwrap_or_else(|error| panic!("{sql}: {error}"));
        rows.close().unwrap();
    }

    fn generation(&self) -> u64 {
        *self.keyring.generations.lock().unwrap().values().next().unwrap()
    }
}

/// What a person with the file could write, and the secrets that are told then.
const CHANGES: &[(&str, &[&str])] = &[
    // Labels.
    (
        "UPDATE stage SET version_id = (SELECT version_id FROM stage AS other WHERE label = 'AWSPREVIOUS'
            AND other.secret_id = stage.secret_id) WHERE secret_id = 1 AND label = 'AWSCURRENT'",
        &["a"],
    ),
    ("DELETE FROM stage WHERE secret_id = 1 AND label = 'AWSPREVIOUS'", &["a"]),
    ("INSERT INTO stage SELECT secret_id, 'fake', version_id FROM stage WHERE secret_id = 2", &["b"]),
    // Names and what else a secret says of itself.
    (
        "UPDATE secret SET name = 'x' WHERE id = 1; UPDATE secret SET name = 'a' WHERE id = 2;
         UPDATE secret SET name = 'b' WHERE id = 1",
        &["b", "a"],
    ),
    ("UPDATE secret SET tags = '[]' WHERE id = 1", &["a"]),
    ("UPDATE secret SET description = NULL WHERE id = 1", &["a"]),
    ("UPDATE secret SET deleted_at = NULL, purge_at = NULL WHERE id = 3", &["c"]),
    ("UPDATE secret SET purge_at = 1 WHERE id = 3", &["c"]),
    ("UPDATE secret SET id = 4 WHERE id = 1", &["a"]),
    // Rotation.
    ("UPDATE rotation SET is_enabled = 0", &["b"]),
    ("UPDATE rotation SET lambda_arn = lambda_arn || 'x'", &["b"]),
    ("DELETE FROM rotation", &["b"]),
    ("INSERT INTO rotation SELECT 1, is_enabled, lambda_arn, after_days, expression, duration, counted_from,
        last_rotated_at, next_opens_at, next_closes_at, missed_at, token, is_test, tries, try_at, try_until
        FROM rotation", &["a"]),
    // What the next secret would get.
    (
        "INSERT INTO rotation SELECT 4, is_enabled, lambda_arn, after_days, expression, duration, counted_from,
            last_rotated_at, next_opens_at, next_closes_at, missed_at, token, is_test, tries, try_at, try_until
            FROM rotation",
        &[],
    ),
    // Versions.
    (
        "INSERT INTO version (secret_id, version_id, created_at, kms_key_id, is_binary, wrapped_key, sealed)
            SELECT 2, 'copied', created_at, kms_key_id, is_binary, wrapped_key, sealed FROM version WHERE id = 1",
        &["b"],
    ),
    ("DELETE FROM version WHERE version_id LIKE '%1' AND secret_id = 1", &["a"]),
    ("UPDATE version SET sealed = x'' WHERE id = 1", &["a"]),
    // Secrets that are gone, with and without what told of them.
    ("DELETE FROM secret WHERE id = 2", &[]),
    ("DELETE FROM secret WHERE id = 3; DELETE FROM secret_mac WHERE secret_id = 3", &[]),
    // What authenticates them.
    ("DELETE FROM secret_mac", &["a", "b", "c"]),
    ("UPDATE secret_mac SET mac = (SELECT mac FROM secret_mac AS other WHERE other.secret_id = 2)", &["a", "c"]),
    ("DELETE FROM tally", &[]),
    ("UPDATE tally SET sealed = zeroblob(length(sealed))", &[]),
    ("DROP TABLE secret_mac; DROP TABLE tally; PRAGMA user_version = 2", &[]),
];

#[test]
fn a_file_that_was_changed_is_told_and_opened_only_by_a_word() {
    let home = Home::filled();
    let sound = fs::read(home.file()).unwrap();
    for (sql, names) in CHANGES {
        fs::write(home.file(), &sound).unwrap();
        home.tamper(sql);
        let before = fs::read(home.file()).unwrap();
        let told = home.refused();
        let OpenError::ChangedFile { secrets, others: 0, .. } = &told else { panic!("{sql}: {told}") };
        assert_eq!(secrets, names, "{sql}");
        assert!(told.to_string().contains("changed outside of Latchkey"), "{told}");
        assert!(fs::read(home.file()).unwrap() == before, "{sql}: it is left as it is");
    }
    drop(World::with_options(Limits::default(), as_it_is(home.options())));
    let world = home.open();
    assert_eq!(world.stages("a").as_object().unwrap().len(), 2, "a word was enough for good");
}

#[test]
fn a_secret_that_is_put_back_from_an_older_file_is_told() {
    let home = Home::filled();
    let older = home.folder.path().join("older.db");
    fs::copy(home.file(), &older).unwrap();
    let world = home.open();
    world.put("a", &token("3"), None);
    world.create("d", &token("1"), "fake d");
    world.ok("DeleteSecret", json!({ "SecretId": "b", "ForceDeleteWithoutRecovery": true }));
    drop(world);
    let newer = fs::read(home.file()).unwrap();
    let put_back = |id: u32| {
        let of = |table: &str, key: &str| {
            format!(
                "DELETE FROM main.{table} WHERE {key} = {id};
                 INSERT INTO main.{table} SELECT * FROM older.{table} WHERE {key} = {id};"
            )
        };
        let tables =
            [("secret", "id"), ("version", "secret_id"), ("stage", "secret_id"), ("rotation", "secret_id")];
        let all: String = tables.iter().map(|(table, key)| of(table, key)).collect();
        format!("ATTACH '{}' AS older; {all} {}", older.display(), of("secret_mac", "secret_id"))
    };
    for (id, what) in [(1, "as it was before the last change"), (2, "after it was deleted")] {
        fs::write(home.file(), &newer).unwrap();
        home.tamper(&put_back(id));
        let told = home.refused();
        assert!(
            matches!(&told, OpenError::ChangedFile { secrets, .. } if secrets.is_empty()),
            "{what}: {told}"
        );
    }
    fs::write(home.file(), &newer).unwrap();
    home.tamper(&format!("{} DELETE FROM tally; INSERT INTO tally SELECT * FROM older.tally;", put_back(1)));
    assert!(matches!(home.refused(), OpenError::ChangedFile { .. }), "with the tally of then");
}

#[test]
fn what_is_changed_while_the_vault_is_open_is_not_served() {
    let home = Home::filled();
    let world = home.open();
    let rows = Connection::open(home.file()).unwrap();
    rows.execute(
        "UPDATE stage SET version_id = ?1 WHERE secret_id = 1 AND label = 'AWSCURRENT'",
        [token("1")],
    )
    .unwrap();
    let id = json!({ "SecretId": "a" });
    let with = |key: &str, value: Value| {
        let mut request = id.clone();
        request[key] = value;
        request
    };
    for (operation, request) in [
        ("GetSecretValue", id.clone()),
        ("DescribeSecret", id.clone()),
        ("ListSecretVersionIds", id.clone()),
        ("ListSecrets", json!({})),
        ("BatchGetSecretValue", json!({ "Filters": [{ "Key": "name", "Values": ["a"] }] })),
        ("UpdateSecretVersionStage", with("VersionStage", json!("fake"))),
        ("TagResource", with("Tags", json!([{ "Key": "k", "Value": "v" }]))),
        ("DeleteSecret", with("RecoveryWindowInDays", json!(7))),
        ("CreateSecret", json!({ "Name": "a", "ClientRequestToken": token("1"), "SecretString": "fake" })),
    ] {
        let (code, words) = world.fault(operation, request);
        assert_eq!(code, "InternalServiceError", "{operation}: {words}");
        assert!(words.contains("changed outside of Latchkey"), "{operation}: {words}");
    }
    let batch = world.ok("BatchGetSecretValue", json!({ "SecretIdList": ["a", "b"] }));
    assert_eq!(batch["Errors"][0]["ErrorCode"], json!("InternalServiceError"), "{batch}");
    assert_eq!(batch["SecretValues"].as_array().map(Vec::len), Some(1), "the others are served: {batch}");
    let backup = home.folder.path().join("backup.db");
    let told = world.vault.back_up(&backup).unwrap_err().to_string();
    assert!(told.contains("not what was written") && !backup.exists(), "{told}");
    // A purge that nobody asked for.
    rows.execute("UPDATE secret SET purge_at = 1 WHERE id = 2", []).unwrap();
    let create = json!({ "Name": "d", "ClientRequestToken": token("1"), "SecretString": "fake" });
    assert!(world.fault("CreateSecret", create).1.contains("changed outside of Latchkey"));
    drop(rows);
    drop(world);
    let told = home.refused();
    assert!(matches!(&told, OpenError::ChangedFile { secrets, .. } if secrets == &["a", "b"]), "{told}");
}

#[test]
fn a_secret_that_is_removed_while_the_vault_is_open_stays_missing() {
    let home = Home::filled();
    let world = home.open();
    let rows = Connection::open(home.file()).unwrap();
    rows.execute("DELETE FROM secret WHERE id = 3", []).unwrap();
    drop(rows);
    // It would take the id of the one that is gone.
    world.create("d", &token("1"), "fake");
    drop(world);
    assert!(matches!(home.refused(), OpenError::ChangedFile { .. }));
}

#[test]
fn a_program_that_somebody_wrote_into_the_file_is_not_run() {
    let home = Home::filled();
    home.tamper(
        "CREATE TRIGGER planted AFTER INSERT ON version BEGIN
            UPDATE secret SET description = 'planted' WHERE id = new.secret_id; END;",
    );
    let world = home.open();
    world.create("d", &token("1"), "fake");
    let described = world.ok("DescribeSecret", json!({ "SecretId": "d" }));
    assert_eq!(described["Description"], Value::Null);
}

#[test]
fn a_file_whose_tables_are_declared_in_another_way_is_not_opened() {
    let home = Home::filled();
    let sound = fs::read(home.file()).unwrap();
    for (table, ours, other) in [
        // "A" would be found as "a", and AWSCURRENT where somebody called a label awscurrent.
        ("secret", "name TEXT NOT NULL", "name TEXT NOT NULL COLLATE NOCASE"),
        ("stage", "label TEXT NOT NULL", "label TEXT NOT NULL COLLATE NOCASE"),
        // What is deleted would stay.
        ("version", "ON DELETE CASCADE", ""),
        ("rotation", "is_test INTEGER NOT NULL DEFAULT 0", "is_test INTEGER NOT NULL DEFAULT 1"),
    ] {
        fs::write(home.file(), &sound).unwrap();
        home.tamper(&format!(
            "PRAGMA writable_schema = on;
             UPDATE sqlite_schema SET sql = replace(sql, '{ours}', '{other}') WHERE name = '{table}';
             PRAGMA writable_schema = reset; REINDEX"
        ));
        let told = home.refused();
        assert!(matches!(told, OpenError::Damaged { .. }) && told.to_string().contains(table), "{told}");
    }
    fs::write(home.file(), &sound).unwrap();
    drop(home.open());
}

#[test]
fn a_vault_of_the_schema_before_is_taken_as_it_is_once() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("vault.db");
    let rows = Connection::open(&file).unwrap();
    rows.execute_batch(include_str!("../fixtures/schema2.sql")).unwrap();
    drop(rows);
    let options = || {
        let key = KeySource::Passphrase(SecretInput::new("fake passphrase"));
        Options::file(&file, key, Wish::Open, "a test")
    };
    for _ in 0..2 {
        let world = World::with_options(Limits::default(), options());
        let value = world.ok("GetSecretValue", json!({ "SecretId": "a" }));
        assert_eq!(value["SecretString"], json!("fake second"));
        let described = world.ok("DescribeSecret", json!({ "SecretId": "c" }));
        assert_eq!(described["RotationEnabled"], json!(true));
        assert_eq!(described["Tags"], Value::Null);
    }
    // From then on it cannot be made to look like one of before.
    let rows = Connection::open(&file).unwrap();
    rows.execute_batch("DROP TABLE secret_mac; DROP TABLE tally; PRAGMA user_version = 2").unwrap();
    drop(rows);
    let told = Vault::open_blocking(options()).unwrap_err();
    assert!(matches!(told, OpenError::ChangedFile { .. }), "{told}");
}

#[test]
fn the_program_opens_a_changed_file_only_with_the_option() {
    let home = tempfile::tempdir().unwrap();
    let mut program = Program::start(home.path());
    let create = json!({ "Name": "a", "ClientRequestToken": token("1"), "SecretString": "fake" });
    assert_eq!(program.caller.call("CreateSecret", &create).status, 200);
    program.end();
    let rows = Connection::open(home.path().join("vault.db")).unwrap();
    rows.execute("UPDATE secret SET name = 'b'", []).unwrap();
    drop(rows);
    let told = told_at_start(home.path());
    assert!(told.contains("\"b\"") && told.contains("--accept-changed-file"), "{told}");
    let mut accepting = command(home.path());
    accepting.arg("--accept-changed-file");
    let mut program = Program::of(accepting);
    assert_eq!(program.caller.call("DescribeSecret", &json!({ "SecretId": "b" })).status, 200);
    program.end();
    let mut program = Program::start(home.path());
    assert_eq!(program.caller.call("DescribeSecret", &json!({ "SecretId": "b" })).status, 200);
    program.end();
}
