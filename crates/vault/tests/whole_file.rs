//! The file of a vault is right by itself: after every acknowledged write, after a kill, and once it was opened.
#![allow(clippy::unwrap_used)]

mod common;

use std::fs;
use std::path::Path;
use std::process::Stdio;
use std::sync::Arc;
use std::sync::mpsc::channel;
use std::thread;

use common::keyring::{FakeKeyring, by_keyring};
use common::program::{PASSPHRASE, Program, command};
use common::{World, token};
use latchkey_domain::secret_text::SecretInput;
use latchkey_vault::{KeySource, Limits, OpenError, Options, Vault, Wish};
use rusqlite::Connection;
use serde_json::{Value, json};

/// Opens a copy of the vault's file, without anything that lay beside it.
fn open_copy(file: &Path, key: KeySource) -> (tempfile::TempDir, World) {
    let elsewhere = tempfile::tempdir().unwrap();
    let copy = elsewhere.path().join("copy.db");
    fs::copy(file, &copy).unwrap();
    let world = World::with_options(Limits::default(), Options::file(copy, key, Wish::Open, "a test"));
    (elsewhere, world)
}

#[test]
fn a_copy_of_the_file_alone_holds_every_acknowledged_write() {
    let home = tempfile::tempdir().unwrap();
    let keyring = Arc::new(FakeKeyring::default());
    let options = Options::folder(home.path(), by_keyring(&keyring), "a test");
    let world = World::with_options(Limits::default(), options);
    let file = home.path().join("vault.db");
    let describe = |world: &World| world.caller().call("DescribeSecret", &json!({ "SecretId": "a" })).body;
    let writes = [
        ("CreateSecret", json!({ "Name": "a", "ClientRequestToken": token("1"), "SecretString": "fake 1" })),
        (
            "PutSecretValue",
            json!({ "SecretId": "a", "ClientRequestToken": token("2"), "SecretString": "fake 2" }),
        ),
        (
            "UpdateSecretVersionStage",
            json!({ "SecretId": "a", "VersionStage": "own", "MoveToVersionId": token("1") }),
        ),
        ("TagResource", json!({ "SecretId": "a", "Tags": [{ "Key": "k", "Value": "v" }] })),
        ("UpdateSecret", json!({ "SecretId": "a", "ClientRequestToken": token("3"), "Description": "fake" })),
        ("DeleteSecret", json!({ "SecretId": "a" })),
        ("RestoreSecret", json!({ "SecretId": "a" })),
    ];
    for (operation, request) in writes {
        world.ok(operation, request);
        let (_elsewhere, copied) = open_copy(&file, by_keyring(&keyring));
        assert_eq!(describe(&copied), describe(&world), "after {operation}");
    }
    let (_elsewhere, copied) = open_copy(&file, by_keyring(&keyring));
    assert_eq!(copied.ok("GetSecretValue", json!({ "SecretId": "a" }))["SecretString"], json!("fake 2"));
    for side in ["vault.db-wal", "vault.db-journal"] {
        let left = fs::metadata(home.path().join(side)).map_or(0, |side| side.len());
        assert_eq!(left, 0, "{side} holds something that the file does not");
    }
}

/// How many transactions a write-ahead log ends: frames that give the size of the database after them.
fn commits_in(log: &[u8]) -> usize {
    const HEADER: usize = 32;
    const FRAME: usize = 24 + 4096;
    let frames = log.get(HEADER..).unwrap_or_default().chunks_exact(FRAME);
    frames.filter(|frame| frame[4..8] != [0; 4]).count()
}

#[cfg(unix)]
#[test]
fn after_a_kill_among_writes_the_file_holds_what_was_acknowledged() {
    const WRITERS: usize = 3;
    let home = tempfile::tempdir().unwrap();
    let mut quiet = command(home.path());
    quiet.stderr(Stdio::null());
    let mut program = Program::of(quiet);
    let (acknowledged, all) = channel();
    for writer in 0..WRITERS {
        let (caller, acknowledged) = (program.caller.clone(), acknowledged.clone());
        thread::spawn(move || {
            for n in 0.. {
                let name = format!("w{writer}/{n}");
                let request = json!({
                    "Name": name, "ClientRequestToken": token(&name), "SecretString": format!("fake {name}")
                });
                // Ends with the program: a connection that breaks off panics, or answers nothing.
                if caller.call("CreateSecret", &request).status != 200 || acknowledged.send(name).is_err() {
                    return;
                }
            }
        });
    }
    drop(acknowledged);
    let mut names: Vec<String> = all.iter().take(60).collect();
    program.end();
    names.extend(all.iter());

    // What lies beside the file is the write that was under way at the kill, and no other. It may be half in the file.
    let file = home.path().join("vault.db");
    let log = fs::read(home.path().join("vault.db-wal")).unwrap_or_default();
    let commits = commits_in(&log);
    assert!(commits <= 1, "{commits} writes are in the log only");
    if commits == 1 {
        let rows = Connection::open(&file).unwrap();
        rows.query_row("SELECT 1 FROM header", [], |_| Ok(())).unwrap();
    }
    let (_elsewhere, copied) = open_copy(&file, KeySource::Passphrase(SecretInput::new(PASSPHRASE)));
    for name in &names {
        let caller = common::Caller { region: program.caller.region.clone(), ..copied.caller() };
        let read = caller.call("GetSecretValue", &json!({ "SecretId": name }));
        assert_eq!(read.body["SecretString"], json!(format!("fake {name}")), "{name} was acknowledged");
    }
}

/// Makes the vault of a folder what an earlier version left there when it was killed: its last write is in the log only.
fn leave_in_the_log(folder: &Path, left: &Path) {
    let rows = Connection::open(folder.join("vault.db")).unwrap();
    rows.pragma_update(None, "journal_mode", "wal").unwrap();
    rows.pragma_update(None, "wal_autocheckpoint", 0).unwrap();
    rows.execute("UPDATE secret SET accessed_on = 86400000", []).unwrap();
    for file in ["vault.db", "vault.db-wal"] {
        fs::copy(folder.join(file), left.join(file)).unwrap();
    }
}

#[test]
fn what_an_earlier_version_left_in_its_log_is_in_the_file_once_it_is_open() {
    let (home, left) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let keyring = Arc::new(FakeKeyring::default());
    let options = |folder: &Path| Options::folder(folder, by_keyring(&keyring), "a test");
    let world = World::with_options(Limits::default(), options(home.path()));
    world.create("a", &token("1"), "fake");
    drop(world);
    leave_in_the_log(home.path(), left.path());
    let accessed = |world: &World| -> Value {
        world.ok("DescribeSecret", json!({ "SecretId": "a" }))["LastAccessedDate"].clone()
    };
    let file = left.path().join("vault.db");
    let (_elsewhere, before) = open_copy(&file, by_keyring(&keyring));
    assert_eq!(accessed(&before), Value::Null, "the file alone is of before");

    let opened = World::with_options(Limits::default(), options(left.path()));
    assert_eq!(accessed(&opened), json!(86400.0));
    let (_elsewhere, copied) = open_copy(&file, by_keyring(&keyring));
    assert_eq!(accessed(&copied), json!(86400.0), "and now in the file");
}

#[test]
fn a_wrong_passphrase_leaves_a_file_and_its_log_as_they_are() {
    let (home, left) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let options = |folder: &Path, passphrase: &str| {
        let key = KeySource::Passphrase(SecretInput::new(passphrase));
        Options::folder(folder, key, "a test")
    };
    let world = World::with_options(Limits::default(), options(home.path(), PASSPHRASE));
    world.create("a", &token("1"), "fake");
    drop(world);
    leave_in_the_log(home.path(), left.path());
    let content = || ["vault.db", "vault.db-wal"].map(|file| fs::read(left.path().join(file)).unwrap());
    let before = content();
    assert!(!before[1].is_empty(), "the log holds a write");
    let refused = Vault::open_blocking(options(left.path(), "another fake passphrase"));
    assert!(matches!(refused, Err(OpenError::WrongPassphrase)), "{refused:?}");
    assert!(content() == before, "it was changed");

    let world = World::with_options(Limits::default(), options(left.path(), PASSPHRASE));
    let described = world.ok("DescribeSecret", json!({ "SecretId": "a" }));
    assert_eq!(described["LastAccessedDate"], json!(86400.0), "nothing is lost by it");
}

#[test]
fn a_file_whose_index_says_something_else_than_its_table_is_not_opened() {
    const LABEL: &[u8] = b"fake-label-to-damage";
    let home = tempfile::tempdir().unwrap();
    let keyring = Arc::new(FakeKeyring::default());
    let options = || Options::folder(home.path(), by_keyring(&keyring), "a test");
    let world = World::with_options(Limits::default(), options());
    world.create("a", &token("1"), "fake");
    let label = std::str::from_utf8(LABEL).unwrap();
    let request = json!({ "SecretId": "a", "VersionStage": label, "MoveToVersionId": token("1") });
    world.ok("UpdateSecretVersionStage", request);
    drop(world);
    let file = home.path().join("vault.db");
    let sound = fs::read(&file).unwrap();
    let places: Vec<usize> = sound
        .windows(LABEL.len())
        .enumerate()
        .filter(|(_, found)| *found == LABEL)
        .map(|(at, _)| at)
        .collect();
    assert!(places.len() >= 2, "it stands in the table and in an index");
    for at in places {
        let mut damaged = sound.clone();
        damaged[at] ^= 1;
        fs::write(&file, &damaged).unwrap();
        let refused = Vault::open_blocking(options());
        assert!(matches!(refused, Err(OpenError::Damaged { .. })), "{refused:?}");
        assert!(fs::read(&file).unwrap() == damaged, "it was left as it was");
    }
    fs::write(&file, &sound).unwrap();
    Vault::open_blocking(options()).unwrap();
}
