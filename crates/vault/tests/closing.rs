//! A closed vault: who was connected gets nothing more, who still holds it gets an error, and its file is free at once.
#![allow(clippy::unwrap_used)]

mod common;

use std::fs;
use std::io::Write;
use std::net::TcpStream;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use common::keyring::{FakeKeyring, by_keyring};
use common::{REGION, World, as_it_is, connect, read_reply, token};
use latchkey_domain::secret_text::SecretInput;
use latchkey_vault::seed::Seed;
use latchkey_vault::{BackupError, FaultCode, Limits, Options, Vault};
use rusqlite::Connection;
use serde_json::json;

/// What is promised, and what a busy machine may add.
const SOON: Duration = Duration::from_millis(1000 + 500);

/// Ends the port and the vault, as both programs do, and fails if that takes longer than promised.
fn close_soon(world: World) {
    let World { runtime, server, vault, .. } = world;
    let began = Instant::now();
    runtime.block_on(async {
        server.stop().await;
        vault.close().await;
    });
    let took = began.elapsed();
    assert!(took < SOON, "the vault took {took:?} to close");
}

#[test]
fn a_request_that_ends_after_the_close_gets_no_value() {
    let world = World::new();
    world.create("a", &token("1"), "fake value");
    let request = world.caller().request("GetSecretValue", &json!({ "SecretId": "a" }));
    let address = world.server.address();
    let mut stream = connect(address);
    let (last, begun) = request.split_last().unwrap();
    stream.write_all(begun).unwrap();
    let World { runtime, server, .. } = world;
    let stopping = runtime.spawn(server.stop());
    while TcpStream::connect(address).is_ok() {
        std::thread::yield_now();
    }
    // It may be closed already.
    let _ = stream.write_all(&[*last]);
    let reply = read_reply(&mut stream);
    assert_ne!(reply.status, 200, "answered after the close: {}", reply.body);
    runtime.block_on(stopping).unwrap();
}

#[test]
fn clients_that_never_read_do_not_keep_a_closed_vault_open() {
    let home = tempfile::tempdir().unwrap();
    let keyring = Arc::new(FakeKeyring::default());
    let options = || Options::folder(home.path(), by_keyring(&keyring), "a test");
    let world = World::with_options(Limits::default(), options());
    world.create("a", &token("1"), &"x".repeat(65_536));
    let mut unsigned = connect(world.server.address());
    unsigned.set_write_timeout(Some(Duration::from_secs(2))).unwrap();
    // Until the server reads no more, or has closed the connection.
    while unsigned.write_all(b"POST / HTTP/1.1\r\nhost: localhost\r\ncontent-length: 0\r\n\r\n").is_ok() {}
    let mut signed = connect(world.server.address());
    let request = world.caller().request("GetSecretValue", &json!({ "SecretId": "a" }));
    signed.write_all(&request.repeat(200)).unwrap();
    // Both are served by now: an answer has arrived.
    signed.peek(&mut [0]).unwrap();

    close_soon(world);
    assert!(Vault::open_blocking(options()).is_ok(), "the file is free");
}

fn wait_until(what: &str, mut is_so: impl FnMut() -> bool) {
    let began = Instant::now();
    while !is_so() {
        assert!(began.elapsed() < Duration::from_secs(60), "{what}");
        thread::yield_now();
    }
}

#[test]
fn writes_that_wait_for_another_program_and_for_each_other_do_not_keep_a_closing_vault_open() {
    const WRITERS: usize = 24;
    let home = tempfile::tempdir().unwrap();
    let keyring = Arc::new(FakeKeyring::default());
    let options = || Options::folder(home.path(), by_keyring(&keyring), "a test");
    for foreign in ["BEGIN; SELECT count(*) FROM secret", "BEGIN IMMEDIATE"] {
        let world = World::with_options(Limits::default(), options());
        let (file, log) = (home.path().join("vault.db"), home.path().join("vault.db-wal"));
        let before = format!("before/{}", foreign.len());
        world.create(&before, &token("0"), "fake");
        let other = Connection::open(&file).unwrap();
        // Its statements are finished with it.
        other.execute_batch(foreign).unwrap();
        let is_log_written = || fs::metadata(&log).is_ok_and(|log| log.len() > 0);
        let writers: Vec<_> = (0..WRITERS)
            .map(|n| {
                let (caller, name) = (world.caller(), format!("{n}/beside/{}", foreign.len()));
                thread::spawn(move || {
                    let request =
                        json!({ "Name": name, "ClientRequestToken": token("1"), "SecretString": "fake" });
                    (name, caller.call("CreateSecret", &request).status)
                })
            })
            .collect();
        let (vault, copy) = (world.vault.clone(), home.path().join("copy.db"));
        // One after the other, so that the close meets one.
        let backup = thread::spawn(move || {
            loop {
                match vault.back_up(&copy) {
                    Ok(_) => fs::remove_file(&copy).unwrap(),
                    Err(ended) => return ended,
                }
            }
        });
        // Committed, and waiting for the other program to read no more.
        wait_until("a write is under way", || is_log_written() || foreign.contains("IMMEDIATE"));
        wait_until("the backup has begun", || {
            fs::read_dir(home.path())
                .unwrap()
                .flatten()
                .any(|entry| entry.file_name().to_string_lossy().ends_with(".part"))
        });
        close_soon(world);

        // One that found the port closed has no answer.
        let answers: Vec<_> = writers.into_iter().filter_map(|writer| writer.join().ok()).collect();
        let backed_up = backup.join().unwrap();
        assert!(
            matches!(&backed_up, BackupError::Vault(fault) if fault.code == FaultCode::VaultClosed),
            "{backed_up:?}"
        );
        assert!(
            answers.iter().all(|(_, status)| *status != 200),
            "none of them was in the file: {answers:?}"
        );
        drop(other);
        let world = World::with_options(Limits::default(), options());
        world.ok("GetSecretValue", json!({ "SecretId": before }));
        // What was committed and not acknowledged stays, and is whole.
        let is_there = |(name, _): &&(String, u16)| {
            world.caller().call("GetSecretValue", &json!({ "SecretId": name })).status == 200
        };
        assert!(
            answers.iter().filter(is_there).count() <= 1,
            "those that waited for their turn did not begin"
        );
        close_soon(world);
    }
}

#[test]
fn a_backup_that_is_being_checked_does_not_keep_a_closing_vault_open() {
    let home = tempfile::tempdir().unwrap();
    let keyring = Arc::new(FakeKeyring::default());
    let options = || Options::folder(home.path(), by_keyring(&keyring), "a test");
    let world = World::with_options(Limits::default(), options());
    world.create("a", &token("1"), "fake");
    close_soon(world);
    // Through requests it would take minutes.
    let fill = "INSERT INTO secret (account, region, name, arn, created_at, changed_at)
        WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000)
        SELECT account, region, printf('bulk/%06d', i), printf('%s-%06d', arn, i), created_at + i, changed_at + i
        FROM secret, n";
    Connection::open(home.path().join("vault.db")).unwrap().execute(fill, []).unwrap();
    let world = World::with_options(Limits::default(), as_it_is(options()));
    let began = Instant::now();
    world.vault.back_up(&home.path().join("whole.db")).unwrap();
    let whole = began.elapsed();
    let (vault, copy) = (world.vault.clone(), home.path().join("cut.db"));
    let began = Instant::now();
    let backup = thread::spawn(move || vault.back_up(&copy));
    // The copy takes an instant, the check of its pages about as long as that of its secrets, which needs the key.
    wait_until("most of it is done", || began.elapsed() > whole * 6 / 10);
    close_soon(world);
    let cut = backup.join().unwrap();
    assert!(matches!(&cut, Err(BackupError::Vault(_))), "it ended with the vault: {cut:?}");
    assert!(!home.path().join("cut.db").exists(), "and there is no file of it");
}

#[test]
fn who_still_holds_a_closed_vault_gets_an_error_and_its_file_is_free() {
    let home = tempfile::tempdir().unwrap();
    let keyring = Arc::new(FakeKeyring::default());
    let options = || Options::folder(home.path(), by_keyring(&keyring), "a test");
    let world = World::with_options(Limits::default(), options());
    world.create("a", &token("1"), r#"{"password":"fake"}"#);
    let function = format!("arn:aws:lambda:{REGION}:123456789012:function:GenericPasswordRotation");
    let rotate = json!({ "SecretId": "a", "ClientRequestToken": token("2"), "RotationLambdaARN": function });
    world.ok("RotateSecret", rotate);
    world.settle();
    world.runtime.block_on(world.vault.clone().close());

    let closed = "The vault is closed. Open it, then try again.".to_owned();
    let told = world.fault("GetSecretValue", json!({ "SecretId": "a" }));
    assert_eq!(told, ("ServiceUnavailableException".to_owned(), closed), "a server that still runs");
    world.settle();
    let seeded = world.vault.seed(REGION, Seed { name: "b".into(), ..Seed::default() });
    assert_eq!(seeded.unwrap_err().code, FaultCode::VaultClosed);
    let set = world.vault.set_passphrase(&SecretInput::new("fake passphrase"));
    assert_eq!(set.unwrap_err().code, FaultCode::VaultClosed);
    assert!(Vault::open_blocking(options()).is_ok(), "the file is free while others hold the closed vault");
}
