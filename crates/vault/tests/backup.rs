//! A backup is a vault of its own, of one moment, checked, and never in the place of another file.
#![allow(clippy::unwrap_used)]

mod common;

use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;

use common::keyring::{FakeKeyring, by_keyring};
use common::program::{PASSPHRASE, Program, command, with_pipes};
use common::{World, token};
use latchkey_vault::{BackupError, Limits, Options, Wish};
use serde_json::json;

fn world_of(file: &Path, keyring: &Arc<FakeKeyring>, wish: Wish) -> World {
    World::with_options(Limits::default(), Options::file(file, by_keyring(keyring), wish, "a test"))
}

fn names_in(folder: &Path) -> Vec<String> {
    let mut names: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

#[test]
fn a_backup_among_writes_is_a_vault_of_one_moment() {
    let (home, safe) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let keyring = Arc::new(FakeKeyring::default());
    let world = world_of(&home.path().join("vault.db"), &keyring, Wish::Make);
    let (written, is_over) = (AtomicUsize::new(0), AtomicBool::new(false));
    thread::scope(|scope| {
        scope.spawn(|| {
            // Each secret says how many there were before it.
            for n in 0.. {
                world.create(&format!("s{n}"), &token(&n.to_string()), &format!("fake {n}"));
                written.store(n + 1, Ordering::SeqCst);
                if is_over.load(Ordering::SeqCst) {
                    return;
                }
            }
        });
        for round in 1..4 {
            while written.load(Ordering::SeqCst) < round * 5 {
                thread::yield_now();
            }
            let before = written.load(Ordering::SeqCst) as u64;
            let file = safe.path().join(format!("backup{round}.db"));
            let made = world.vault.back_up(&file).unwrap();
            let after = written.load(Ordering::SeqCst) as u64 + 1;
            assert!((before..=after).contains(&made.secrets), "{before} <= {made:?} <= {after}");
            assert_eq!((made.values, made.unopenable), (made.secrets, 0));
            let backup = world_of(&file, &keyring, Wish::Open);
            for n in 0..made.secrets {
                let read = backup.ok("GetSecretValue", json!({ "SecretId": format!("s{n}") }));
                assert_eq!(read["SecretString"], json!(format!("fake {n}")));
            }
            let beyond = json!({ "SecretId": format!("s{}", made.secrets) });
            assert_eq!(backup.fault("DescribeSecret", beyond).0, "ResourceNotFoundException");
            backup.create("new", &token("new"), "fake: it takes writes as any vault");
            drop(backup);
            let expected = ["", ".lock"].map(|suffix| format!("backup{round}.db{suffix}"));
            assert_eq!(names_in(safe.path()), expected, "nothing else is left beside it");
            expected.iter().for_each(|name| fs::remove_file(safe.path().join(name)).unwrap());
        }
        is_over.store(true, Ordering::SeqCst);
    });
}

#[cfg(unix)]
#[test]
fn a_backup_is_its_owners_alone_and_takes_the_place_of_no_file() {
    use std::os::unix::fs::{PermissionsExt, symlink};
    let (home, safe) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let keyring = Arc::new(FakeKeyring::default());
    let world = world_of(&home.path().join("vault.db"), &keyring, Wish::Make);
    world.create("a", &token("1"), "fake");
    let file = safe.path().join("backup.db");
    world.vault.back_up(&file).unwrap();
    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);

    let first = fs::read(&file).unwrap();
    world.create("b", &token("2"), "fake");
    let told = world.vault.back_up(&file).unwrap_err();
    assert!(matches!(told, BackupError::Exists { .. }), "{told}");
    assert_eq!(fs::read(&file).unwrap(), first, "it is as it was");
    let link = safe.path().join("link.db");
    symlink(safe.path().join("nowhere"), &link).unwrap();
    assert!(
        matches!(world.vault.back_up(&link).unwrap_err(), BackupError::Exists { .. }),
        "a link is a file"
    );
    let told = world.vault.back_up(&safe.path().join("missing/backup.db")).unwrap_err();
    assert!(matches!(told, BackupError::Io { .. }), "{told}");
    assert_eq!(names_in(safe.path()), ["backup.db", "link.db"], "nothing is left of those that failed");

    world.runtime.block_on(world.vault.clone().close());
    let told = world.vault.back_up(&safe.path().join("late.db")).unwrap_err();
    assert!(matches!(&told, BackupError::Vault(fault) if fault.message.contains("closed")), "{told}");
    assert_eq!(names_in(safe.path()), ["backup.db", "link.db"], "nor of one that came too late");
}

#[test]
fn a_backup_takes_no_name_that_belongs_to_another_file_and_lies_beside_nothing_that_would_count_for_it() {
    let (home, safe) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let keyring = Arc::new(FakeKeyring::default());
    let vault = home.path().join("vault.db");
    let world = world_of(&vault, &keyring, Wish::Make);
    world.create("a", &token("1"), "fake");
    for ending in ["-journal", "-wal", "-shm", ".new", ".lock", ".holder.json"] {
        let told = world.vault.back_up(&home.path().join(format!("vault.db{ending}"))).unwrap_err();
        assert!(matches!(&told, BackupError::PartOf { owner, .. } if *owner == vault), "{ending}: {told}");
        world.ok("GetSecretValue", json!({ "SecretId": "a" }));
    }
    world.vault.back_up(&safe.path().join("of-journal")).unwrap();

    for ending in ["-wal", "-journal"] {
        let leftover = safe.path().join(format!("backup.db{ending}"));
        fs::write(&leftover, "what is left of another file").unwrap();
        let told = world.vault.back_up(&safe.path().join("backup.db")).unwrap_err();
        assert!(told.to_string().contains(&leftover.display().to_string()), "{told}");
        fs::remove_file(leftover).unwrap();
    }
    assert_eq!(names_in(safe.path()), ["of-journal"]);
}

fn back_up(folder: &Path, file: &Path) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_latchkey-vault"));
    command.arg("backup").arg(file).args(["--passphrase-file", "-", "--data"]).arg(folder);
    with_pipes(&mut command);
    let mut child = command.spawn().unwrap();
    // It may have ended without reading the passphrase.
    let _ = child.stdin.take().unwrap().write_all(PASSPHRASE.as_bytes());
    child.wait_with_output().unwrap()
}

#[test]
fn the_program_backs_up_a_vault_that_is_closed() {
    let (home, safe) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let file = safe.path().join("vault.db");
    let told = back_up(home.path(), &file);
    assert!(!told.status.success(), "there is no vault, and none is made");
    assert_eq!(names_in(home.path()), [""; 0]);

    let mut program = Program::start(home.path());
    let create = json!({ "Name": "a", "ClientRequestToken": token("1"), "SecretString": "fake" });
    assert_eq!(program.caller.call("CreateSecret", &create).status, 200);
    program.end();

    let told = back_up(home.path(), &file);
    let words = String::from_utf8_lossy(&told.stdout).into_owned();
    assert!(told.status.success() && words.contains("Secrets: 1, values: 1"), "{told:?}");
    let mut restored = Program::start(safe.path());
    let read = restored.caller.call("GetSecretValue", &json!({ "SecretId": "a" }));
    assert_eq!(read.body["SecretString"], json!("fake"), "the backup is a vault");
    restored.end();
    let told = back_up(home.path(), &file);
    assert!(String::from_utf8_lossy(&told.stderr).contains("already exists"), "{told:?}");
}

#[test]
fn the_program_backs_up_a_vault_that_another_one_writes() {
    let (home, safe) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let mut quiet = command(home.path());
    // It logs each request, and nobody would read that.
    quiet.stderr(Stdio::null());
    let mut program = Program::of(quiet);
    let is_over = AtomicBool::new(false);
    let written = AtomicUsize::new(0);
    thread::scope(|scope| {
        scope.spawn(|| {
            // Each secret says how many there were before it.
            for n in 0.. {
                let value = format!("fake {n}");
                let create = json!({ "Name": format!("s{n}"), "ClientRequestToken": token(&n.to_string()), "SecretString": value });
                let answer = program.caller.call("CreateSecret", &create);
                assert_eq!(answer.status, 200, "no write fails for it: {answer:?}");
                written.store(n + 1, Ordering::SeqCst);
                if is_over.load(Ordering::SeqCst) {
                    return;
                }
            }
        });
        for round in 1..4 {
            while written.load(Ordering::SeqCst) < round * 5 {
                thread::yield_now();
            }
            let before = written.load(Ordering::SeqCst);
            let folder = safe.path().join(round.to_string());
            fs::create_dir(&folder).unwrap();
            let told = back_up(home.path(), &folder.join("vault.db"));
            assert!(told.status.success(), "{told:?}");
            let words = String::from_utf8_lossy(&told.stdout).into_owned();
            let held = (before..=written.load(Ordering::SeqCst) + 1)
                .find(|held| words.contains(&format!("Secrets: {held}, values: {held}")));
            let held = held.unwrap_or_else(|| panic!("all that was written before: {before}: {words}"));
            let mut restored = Program::start(&folder);
            for n in [0, before - 1, held - 1] {
                let read = restored.caller.call("GetSecretValue", &json!({ "SecretId": format!("s{n}") }));
                assert_eq!(read.body["SecretString"], json!(format!("fake {n}")));
            }
            let beyond = restored.caller.call("DescribeSecret", &json!({ "SecretId": format!("s{held}") }));
            assert_eq!(beyond.status, 400, "it is of one moment");
            restored.end();
        }
        is_over.store(true, Ordering::SeqCst);
    });
    program.end();
}
