//! A vault in a place that takes no writes is read, and says so.
#![cfg(unix)]
#![allow(clippy::unwrap_used)]

mod common;

use std::fs::{self, Permissions};
use std::io::Read;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use common::program::{PASSPHRASE, Program, command, told_at};
use common::token;
use latchkey_domain::secret_text::{SecretInput, SecretValue};
use latchkey_vault::seed::{Seed, SeedVersion};
use latchkey_vault::{KeySource, Options, Vault};
use rusqlite::Connection;
use serde_json::json;

const NOBODY: u32 = 65_534;

/// A closed vault with one secret, in a folder that takes no writes from then on.
struct Medium {
    home: tempfile::TempDir,
}

impl Medium {
    fn new(prepare: impl FnOnce(&Path)) -> Self {
        let home = tempfile::tempdir().unwrap();
        let folder = home.path().join("vault");
        let key = KeySource::Passphrase(SecretInput::new(PASSPHRASE));
        let vault = Vault::open_blocking(Options::folder(&folder, key, "a test")).unwrap();
        let version = SeedVersion {
            value: SecretValue::text("fake"),
            stages: vec!["AWSCURRENT".into()],
            created_at: vault.now(),
        };
        let seed = Seed { name: "a".into(), versions: vec![version], ..Seed::default() };
        assert!(vault.seed(common::REGION, seed).unwrap());
        vault.close_blocking();
        prepare(&folder);
        for file in fs::read_dir(&folder).unwrap() {
            fs::set_permissions(file.unwrap().path(), Permissions::from_mode(0o444)).unwrap();
        }
        fs::set_permissions(&folder, Permissions::from_mode(0o555)).unwrap();
        fs::set_permissions(home.path(), Permissions::from_mode(0o755)).unwrap();
        Self { home }
    }

    fn folder(&self) -> PathBuf {
        self.home.path().join("vault")
    }

    /// The program as somebody who may not write. Root may write everywhere, so it runs as nobody then, from where nobody
    /// can reach it.
    fn command(&self) -> Command {
        let command = command(&self.folder());
        if !rustix::process::geteuid().is_root() {
            return command;
        }
        let program = self.home.path().join("latchkey-vault");
        fs::copy(command.get_program(), &program).unwrap();
        let mut as_nobody = Command::new(program);
        as_nobody.args(command.get_args()).uid(NOBODY).gid(NOBODY);
        common::program::with_pipes(&mut as_nobody);
        as_nobody
    }

    fn content(&self) -> Vec<(PathBuf, Vec<u8>)> {
        let paths = fs::read_dir(self.folder()).unwrap().map(|entry| entry.unwrap().path());
        let mut content: Vec<_> = paths.map(|path| (path.clone(), fs::read(path).unwrap())).collect();
        content.sort();
        content
    }
}

impl Drop for Medium {
    fn drop(&mut self) {
        fs::set_permissions(self.folder(), Permissions::from_mode(0o755)).unwrap();
    }
}

#[test]
fn a_vault_that_takes_no_writes_opens_for_reading_and_says_so() {
    let medium = Medium::new(|_| {});
    let before = medium.content();
    let mut program = Program::of(medium.command());
    assert_eq!(program.ready["read_only"], json!(true), "{}", program.ready);
    program.caller.region = common::REGION.into();
    let call = |operation: &str, request| program.caller.call(operation, &request);
    for _ in 0..2 {
        let read = call("GetSecretValue", json!({ "SecretId": "a" }));
        assert_eq!(read.body["SecretString"], json!("fake"), "{}", read.body);
    }
    assert_eq!(call("ListSecrets", json!({})).body["SecretList"].as_array().map(Vec::len), Some(1));
    let create = json!({ "Name": "b", "ClientRequestToken": token("1"), "SecretString": "fake" });
    let (code, words) = call("CreateSecret", create).fault();
    assert_eq!(code, "AccessDeniedException", "it is not worth another try: {words}");
    assert!(words.contains("open for reading only"), "{words}");
    assert_eq!(call("GetSecretValue", json!({ "SecretId": "a" })).status, 200, "reading goes on");
    program.end();
    let mut told = String::new();
    program.child.stderr.take().unwrap().read_to_string(&mut told).unwrap();
    assert!(told.contains("open for reading only"), "{told}");
    assert!(!told.contains("could not"), "what cannot be is not tried: {told}");
    assert_eq!(medium.content(), before, "nothing was laid beside it");
}

#[test]
fn a_vault_of_an_earlier_schema_is_read_where_it_cannot_be_brought_up_to_date() {
    let medium = Medium::new(|folder| {
        fs::remove_file(folder.join("vault.db")).unwrap();
        let rows = Connection::open(folder.join("vault.db")).unwrap();
        rows.execute_batch(include_str!("fixtures/schema2.sql")).unwrap();
        rows.execute_batch("DROP TABLE rotation; PRAGMA user_version = 1; PRAGMA journal_mode = wal;")
            .unwrap();
    });
    let mut program = Program::of(medium.command());
    program.caller.region = common::REGION.into();
    let described = program.caller.call("DescribeSecret", &json!({ "SecretId": "a" }));
    assert_eq!(described.body["Name"], json!("a"), "{}", described.body);
    program.end();
}

#[test]
fn a_write_that_cannot_be_finished_where_it_was_cut_off_is_told() {
    let medium = Medium::new(|folder| {
        // A log without the index that lies in memory beside it, as after a copy of the folder.
        let rows = Connection::open(folder.join("vault.db")).unwrap();
        rows.pragma_update(None, "wal_autocheckpoint", 0).unwrap();
        rows.execute("UPDATE secret SET description = 'fake'", []).unwrap();
        let log = fs::read(folder.join("vault.db-wal")).unwrap();
        drop(rows);
        fs::write(folder.join("vault.db-wal"), log).unwrap();
    });
    let before = medium.content();
    let told = told_at(medium.command());
    assert!(told.contains("cut off") && told.contains("vault.db-wal"), "{told}");
    assert_eq!(medium.content(), before, "nothing was changed");
}
