//! Whatever is written through the vault is authentic, and every cell that was not is told.

use std::fs;

use latchkey_vault::{OpenError, Vault};
use proptest::prelude::*;
use rusqlite::Connection;
use serde_json::{Value, json};

use super::common::token;
use super::{Home, ROTATION};

/// One request of any kind, about one of three secrets.
fn request() -> impl Strategy<Value = (&'static str, Value)> {
    let id = |n: usize| json!({ "SecretId": format!("s{n}") });
    let with = move |n: usize, more: Value| {
        let mut request = id(n);
        request.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        request
    };
    let label = prop_oneof![Just("AWSCURRENT"), Just("AWSPENDING"), Just("custom")];
    (0..3usize, 0..4usize, 0..14usize, label).prop_map(move |(n, version, kind, label)| {
        let version = token(&version.to_string());
        match kind {
            0 | 1 => (
                "CreateSecret",
                json!({ "Name": format!("s{n}"), "ClientRequestToken": version, "SecretString": "fake" }),
            ),
            2 | 3 => (
                "PutSecretValue",
                with(
                    n,
                    json!({ "ClientRequestToken": version, "SecretString": "f", "VersionStages": [label] }),
                ),
            ),
            4 => (
                "UpdateSecret",
                with(n, json!({ "Description": version, "KmsKeyId": label, "ClientRequestToken": version })),
            ),
            5 => ("TagResource", with(n, json!({ "Tags": [{ "Key": label, "Value": version }] }))),
            6 => ("UntagResource", with(n, json!({ "TagKeys": [label] }))),
            7 => (
                "UpdateSecretVersionStage",
                with(n, json!({ "VersionStage": label, "MoveToVersionId": version })),
            ),
            8 => (
                "UpdateSecretVersionStage",
                with(n, json!({ "VersionStage": label, "RemoveFromVersionId": version })),
            ),
            9 => ("DeleteSecret", with(n, json!({ "RecoveryWindowInDays": 7 }))),
            10 => ("DeleteSecret", with(n, json!({ "ForceDeleteWithoutRecovery": true }))),
            11 => ("RestoreSecret", id(n)),
            12 => (
                "RotateSecret",
                with(
                    n,
                    json!({
                        "ClientRequestToken": version, "RotationLambdaARN": ROTATION,
                        "RotationRules": { "AutomaticallyAfterDays": 3 }
                    }),
                ),
            ),
            _ => ("GetSecretValue", id(n)),
        }
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn whatever_is_written_through_the_vault_is_authentic(requests in proptest::collection::vec(request(), 1..30)) {
        let home = Home::new();
        let world = home.open();
        for (n, (operation, request)) in requests.into_iter().enumerate() {
            let reply = world.caller().call(operation, &request);
            prop_assert!(reply.status < 500, "{} {}: {}", operation, request, reply.body);
            if operation == "RotateSecret" {
                world.settle();
            }
            if n % 7 == 6 {
                world.hands.advance(chrono::TimeDelta::days(4));
            }
        }
        drop(world);
        Vault::open_blocking(home.options()).unwrap();
    }
}

#[test]
fn every_cell_that_means_something_is_authenticated() {
    let home = Home::filled();
    let sound = fs::read(home.file()).unwrap();
    let mut changed = 0;
    for (table, key) in [("secret", "id"), ("version", "id"), ("stage", "label"), ("rotation", "secret_id")] {
        let rows = Connection::open(home.file()).unwrap();
        let strings = |sql: &str| -> Vec<String> {
            let mut query = rows.prepare(sql).unwrap();
            query.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
        };
        let columns = strings(&format!("SELECT name FROM pragma_table_info('{table}')"));
        let keys = strings(&format!("SELECT DISTINCT quote({key}) FROM {table}"));
        drop(rows);
        assert!(!keys.is_empty(), "{table}");
        for column in columns.iter().filter(|column| *column != "accessed_on") {
            for at in &keys {
                fs::write(home.file(), &sound).unwrap();
                // The bytes of a value are its cipher's; how many there are says whether it is there.
                let value = match column.as_str() {
                    "sealed" => "x''".to_owned(),
                    "wrapped_key" => "zeroblob(length(wrapped_key))".to_owned(),
                    _ => format!(
                        "CASE typeof({column}) WHEN 'integer' THEN {column} + 1000 WHEN 'text' THEN {column} || 'x'
                         ELSE (SELECT CASE type WHEN 'TEXT' THEN 'x' ELSE 1 END
                            FROM pragma_table_info('{table}') WHERE name = '{column}') END"
                    ),
                };
                let sql = format!("UPDATE {table} SET {column} = {value} WHERE {key} = {at}");
                home.tamper(&sql);
                let told = home.refused();
                assert!(matches!(told, OpenError::ChangedFile { .. }), "{sql}: {told}");
                changed += 1;
            }
        }
    }
    assert!(changed > 100, "{changed} cells were changed");
}
