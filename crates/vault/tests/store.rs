//! The store on disk: keys, passphrases, damage, locks, sealing, and writes that survive a kill.
#![allow(clippy::unwrap_used)]

mod common;

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::Command;
use std::sync::Arc;

use chrono::Utc;
use common::keyring::{FakeKeyring, by_keyring};
use common::program::{PASSPHRASE, Program, command, told_at_start};
use common::{World, token};
use latchkey_domain::secret_text::{SecretInput, SecretValue};
use latchkey_vault::keyring::KeyBytes;
use latchkey_vault::seed::{Seed, SeedVersion};
use latchkey_vault::{FoundVault, KeySource, Limits, OpenError, Options, Vault, Wish, vault_file};
use serde_json::json;

fn open(folder: &Path, key: KeySource) -> Result<Arc<Vault>, OpenError> {
    Vault::open_blocking(Options::folder(folder, key, "a test"))
}

/// The error of an opening that must fail.
fn refused(folder: &Path, key: KeySource) -> OpenError {
    match open(folder, key) {
        Ok(_) => panic!("the vault must not open"),
        Err(error) => error,
    }
}

fn by_passphrase(text: &str) -> KeySource {
    KeySource::Passphrase(SecretInput::new(text))
}

fn seed(vault: &Vault, name: &str) {
    let version = SeedVersion {
        value: SecretValue::text("fake-canary"),
        stages: vec!["AWSCURRENT".into()],
        created_at: Utc::now(),
    };
    let seed = Seed { name: name.into(), versions: vec![version], ..Seed::default() };
    assert!(vault.seed("us-east-1", seed).unwrap(), "{name} is new");
}

fn found(folder: &Path) -> FoundVault {
    Vault::check(&vault_file(folder)).unwrap()
}

fn database(folder: &Path) -> Vec<u8> {
    fs::read(folder.join("vault.db")).unwrap()
}

#[test]
fn a_vault_opens_again_by_its_keyring_and_holds_no_plain_value() {
    let home = tempfile::tempdir().unwrap();
    let folder = home.path().join("vault");
    let keyring = Arc::new(FakeKeyring::default());
    assert!(!vault_file(&folder).exists());
    seed(&open(&folder, by_keyring(&keyring)).unwrap(), "a");
    assert!(!found(&folder).has_passphrase);
    assert!(open(&folder, by_keyring(&keyring)).is_ok());
    for file in fs::read_dir(&folder).unwrap() {
        let bytes = fs::read(file.unwrap().path()).unwrap();
        assert!(!bytes.windows(6).any(|part| part == b"canary"), "a value stands in the clear");
    }
}

#[cfg(unix)]
#[test]
fn files_are_readable_by_their_owner_only() {
    use std::os::unix::fs::PermissionsExt;
    let home = tempfile::tempdir().unwrap();
    let folder = home.path().join("vault");
    let vault = open(&folder, by_keyring(&Arc::default())).unwrap();
    seed(&vault, "a");
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&folder), 0o700);
    for file in fs::read_dir(&folder).unwrap() {
        let path = file.unwrap().path();
        assert_eq!(mode(&path), 0o600, "{}", path.display());
    }
}

#[test]
fn a_missing_or_wrong_key_never_becomes_a_new_one() {
    let home = tempfile::tempdir().unwrap();
    let keyring = Arc::new(FakeKeyring::default());
    drop(open(home.path(), by_keyring(&keyring)).unwrap());
    let before = database(home.path());
    let empty = Arc::new(FakeKeyring::default());
    assert!(matches!(refused(home.path(), by_keyring(&empty)), OpenError::NoKey { .. }));
    assert!(empty.keys.lock().unwrap().is_empty(), "no key was made");
    let vault_id = found(home.path()).vault_id;
    empty.keys.lock().unwrap().insert(vault_id, KeyBytes::new([7; 32]));
    assert!(matches!(refused(home.path(), by_keyring(&empty)), OpenError::WrongKey { .. }));
    assert!(matches!(refused(home.path(), by_passphrase("fake")), OpenError::NoPassphrase { .. }));
    assert_eq!(database(home.path()), before, "nothing was overwritten");
}

#[test]
fn without_a_keyring_a_new_vault_asks_for_a_passphrase_and_makes_no_file() {
    let home = tempfile::tempdir().unwrap();
    let locked = Arc::new(FakeKeyring { is_locked: true, ..FakeKeyring::default() });
    let error = refused(home.path(), by_keyring(&locked));
    assert!(
        matches!(&error, OpenError::NewNeedsPassphrase { reason } if reason.contains("The keyring is locked")),
        "{error}"
    );
    assert!(!vault_file(home.path()).exists());
}

#[test]
fn a_recovery_passphrase_opens_the_vault_without_its_keyring() {
    let home = tempfile::tempdir().unwrap();
    let keyring = Arc::new(FakeKeyring::default());
    let vault = open(home.path(), by_keyring(&keyring)).unwrap();
    vault.set_passphrase(&SecretInput::new(PASSPHRASE)).unwrap();
    drop(vault);
    assert!(found(home.path()).has_passphrase);
    assert!(matches!(refused(home.path(), by_passphrase("fake wrong")), OpenError::WrongPassphrase));
    let locked = Arc::new(FakeKeyring { is_locked: true, ..FakeKeyring::default() });
    assert!(matches!(refused(home.path(), by_keyring(&locked)), OpenError::NeedsPassphrase { .. }));
    assert!(open(home.path(), by_passphrase(PASSPHRASE)).is_ok());
    assert!(open(home.path(), by_keyring(&keyring)).is_ok(), "the keyring still opens it");
}

#[test]
fn a_cut_or_foreign_file_is_refused_and_left_as_it_is() {
    let home = tempfile::tempdir().unwrap();
    let keyring = Arc::new(FakeKeyring::default());
    let vault = open(home.path(), by_keyring(&keyring)).unwrap();
    for n in 0..50 {
        seed(&vault, &format!("s{n}"));
    }
    drop(vault);
    let file = home.path().join("vault.db");
    let sound = database(home.path());
    for length in [0, 1, 100, 4096, sound.len() / 2, sound.len() - 1] {
        fs::write(&file, &sound[..length]).unwrap();
        let error = refused(home.path(), by_keyring(&keyring));
        assert!(matches!(error, OpenError::Damaged { .. }), "cut to {length}: {error}");
        assert_eq!(database(home.path()), &sound[..length], "it must stay as it is");
    }
    fs::write(&file, b"this is a text, not a vault, and longer than a hundred bytes to be sure ".repeat(9))
        .unwrap();
    assert!(matches!(refused(home.path(), by_keyring(&keyring)), OpenError::Damaged { .. }));
    fs::write(&file, &sound).unwrap();
    let rows = rusqlite::Connection::open(&file).unwrap();
    rows.pragma_update(None, "user_version", 99).unwrap();
    drop(rows);
    assert!(matches!(refused(home.path(), by_keyring(&keyring)), OpenError::NewerSchema { found: 99, .. }));
}

#[test]
fn a_vault_in_a_file_of_its_own_is_made_once_and_opened_where_it_is() {
    let home = tempfile::tempdir().unwrap();
    let file = home.path().join("team.latchkey");
    let keyring = Arc::new(FakeKeyring::default());
    let try_to = |wish| {
        Vault::open_blocking(Options::file(&file, by_keyring(&keyring), wish, "a test"))
            .map(|vault| seed(&vault, "a"))
            .err()
    };
    assert!(matches!(try_to(Wish::Open), Some(OpenError::Missing { .. })), "nothing is made unasked");
    assert_eq!(fs::read_dir(home.path()).unwrap().count(), 0, "and nothing is laid there");
    assert!(try_to(Wish::Make).is_none(), "a new vault");
    assert!(matches!(try_to(Wish::Make), Some(OpenError::Exists { .. })), "it takes the place of no file");
    let again = Vault::open_blocking(Options::file(&file, by_keyring(&keyring), Wish::Open, "a test"));
    assert!(!again.unwrap().seed("us-east-1", Seed { name: "a".into(), ..Seed::default() }).unwrap(), "kept");
}

#[cfg(unix)]
#[test]
fn nothing_is_read_or_acknowledged_of_a_file_that_was_deleted_or_replaced() {
    let (home, keyring) = (tempfile::tempdir().unwrap(), Arc::new(FakeKeyring::default()));
    let file = home.path().join("team.latchkey");
    // A copy of an earlier moment: what it holds is genuine, and not what was acknowledged last.
    let copy = home.path().join("backup.latchkey");
    let open = |file: &Path, wish| {
        World::with_options(Limits::default(), Options::file(file, by_keyring(&keyring), wish, "a test"))
    };
    let move_away = |file: &Path| fs::rename(file, file.with_extension("moved"));
    type TakeAway<'a> = &'a dyn Fn() -> std::io::Result<()>;
    let ways: [(&str, TakeAway<'_>); 6] = [
        ("deleted", &|| fs::remove_file(&file)),
        ("moved away", &|| move_away(&file)),
        ("moved away, and a copy put in its place", &|| {
            move_away(&file).and_then(|()| fs::copy(&copy, &file)).map(drop)
        }),
        ("replaced by a rename", &|| fs::rename(&copy, &file)),
        ("overwritten by a copy", &|| fs::copy(&copy, &file).map(drop)),
        ("overwritten by its own content", &|| fs::read(&file).and_then(|same| fs::write(&file, same))),
    ];
    for (way, take_away) in ways {
        fs::remove_file(&file).unwrap_or_default();
        let world = open(&file, Wish::Make);
        world.create("a", &token("a"), "fake a");
        fs::copy(&file, &copy).unwrap();
        world.put("a", &token("2"), None);
        wait_for_a_later_time(&file);
        take_away().unwrap();
        let before = fs::read(&file).ok();
        let create = json!({ "Name": "b", "ClientRequestToken": token("b"), "SecretString": "fake b" });
        let requests = [
            ("GetSecretValue", json!({ "SecretId": "a" })),
            ("CreateSecret", create),
            ("ListSecrets", json!({})),
            ("GetSecretValue", json!({ "SecretId": "a" })),
        ];
        for (operation, request) in requests {
            let (code, words) = world.fault(operation, request);
            assert!(
                code == "InternalServiceError" && words.contains("deleted or replaced"),
                "{way}: {operation}: {code}: {words}"
            );
        }
        let set = world.vault.set_passphrase(&SecretInput::new("fake passphrase")).unwrap_err();
        assert!(set.message.contains("deleted or replaced"), "{way}: {set}");
        let backup = world.vault.back_up(&home.path().join("another")).unwrap_err();
        assert!(backup.to_string().contains("deleted or replaced"), "{way}: {backup}");
        drop(world);
        assert!(fs::read(&file).ok() == before, "{way}: what lies there now was changed");
    }
}

/// The time of a change is told in steps of some milliseconds.
fn wait_for_a_later_time(file: &Path) {
    let changed_at = fs::metadata(file).unwrap().modified().unwrap();
    let probe = tempfile::NamedTempFile::new_in(file.parent().unwrap()).unwrap();
    while fs::metadata(probe.path()).unwrap().modified().unwrap() <= changed_at {
        fs::write(probe.path(), "fake").unwrap();
    }
}

#[test]
fn what_is_no_vault_is_told_and_nothing_is_laid_beside_it() {
    let home = tempfile::tempdir().unwrap();
    let open_file = |name: &str| {
        let key = by_passphrase(PASSPHRASE);
        Vault::open_blocking(Options::file(home.path().join(name), key, Wish::Open, "a test")).unwrap_err()
    };
    fs::write(home.path().join("empty"), "").unwrap();
    fs::write(home.path().join("photo"), "no database").unwrap();
    assert!(matches!(open_file("empty"), OpenError::NotAVault { .. }), "an empty file");
    assert!(matches!(open_file("photo"), OpenError::NotAVault { .. }), "a file of another kind");
    assert!(matches!(open_file("."), OpenError::Io { .. }), "a folder");
    #[cfg(unix)]
    {
        let pipe = home.path().join("pipe");
        assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
        assert!(matches!(open_file("pipe"), OpenError::NotAVault { .. }), "a pipe is not waited for");
        let folder = Options::file(&pipe, by_passphrase(PASSPHRASE), Wish::OpenOrMake, "a test");
        assert!(matches!(Vault::open_blocking(folder).unwrap_err(), OpenError::NotAVault { .. }));
        fs::remove_file(pipe).unwrap();
    }
    assert_eq!(fs::read_dir(home.path()).unwrap().count(), 2, "no lock beside what is not ours");
    let foreign = rusqlite::Connection::open(home.path().join("foreign")).unwrap();
    foreign.pragma_update(None, "user_version", 80).unwrap();
    drop(foreign);
    assert!(matches!(open_file("foreign"), OpenError::NotAVault { .. }), "a database of another program");
}

#[test]
fn a_second_opening_is_told_who_holds_the_vault() {
    let home = tempfile::tempdir().unwrap();
    let keyring = Arc::new(FakeKeyring::default());
    let first = open(home.path(), by_keyring(&keyring)).unwrap();
    let text = refused(home.path(), by_keyring(&keyring)).to_string();
    assert!(text.contains("a test") && text.contains(&std::process::id().to_string()), "{text}");
    drop(first);
    assert!(open(home.path(), by_keyring(&keyring)).is_ok(), "the lock ends with its holder");
}

#[cfg(unix)]
#[test]
fn an_acknowledged_write_survives_kill_9_and_a_second_process_is_refused() {
    let home = tempfile::tempdir().unwrap();
    let mut first = Program::start(home.path());
    for n in 0..20 {
        let request = json!({
            "Name": format!("s{n}"), "ClientRequestToken": token("1"), "SecretString": format!("fake {n}")
        });
        assert_eq!(first.caller.call("CreateSecret", &request).status, 200);
    }
    let told = told_at_start(home.path());
    assert!(told.contains(&format!("process {}", first.child.id())), "{told}");
    let linked = tempfile::tempdir().unwrap();
    std::os::unix::fs::symlink(home.path().join("vault.db"), linked.path().join("vault.db")).unwrap();
    let told = told_at_start(linked.path());
    assert!(told.contains(&format!("process {}", first.child.id())), "through a link: {told}");
    let second_name = tempfile::tempdir().unwrap();
    fs::hard_link(home.path().join("vault.db"), second_name.path().join("vault.db")).unwrap();
    let told = told_at_start(second_name.path());
    assert!(told.contains("hard links"), "by another name: {told}");
    fs::remove_file(second_name.path().join("vault.db")).unwrap();

    first.end();
    for side in ["vault.db-wal", "vault.db-shm", "vault.db-journal"] {
        // Nothing is under way, so the file needs none of them.
        let _ = fs::remove_file(home.path().join(side));
    }
    let mut again = Program::start(home.path());
    for n in 0..20 {
        let read = again.caller.call("GetSecretValue", &json!({ "SecretId": format!("s{n}") }));
        assert_eq!(read.body["SecretString"], json!(format!("fake {n}")), "an acknowledged write is gone");
    }
    let pid = again.child.id().to_string();
    assert!(Command::new("kill").args(["-TERM", &pid]).status().unwrap().success());
    assert!(again.child.wait().unwrap().success(), "SIGTERM ends it cleanly");
}

#[test]
fn a_clock_that_is_ahead_purges_nothing_on_disk_unless_that_is_asked_for() {
    let home = tempfile::tempdir().unwrap();
    let mut first = Program::start(home.path());
    let create = json!({ "Name": "a", "ClientRequestToken": token("1"), "SecretString": "fake" });
    assert_eq!(first.caller.call("CreateSecret", &create).status, 200);
    let delete = json!({ "SecretId": "a", "RecoveryWindowInDays": 7 });
    assert_eq!(first.caller.call("DeleteSecret", &delete).status, 200);
    first.end();

    let ten_days = ["--clock-offset", "864000"];
    let mut refused = command(home.path()).args(ten_days).spawn().unwrap();
    // It may have ended without reading the passphrase.
    let _ = refused.stdin.take().unwrap().write_all(PASSPHRASE.as_bytes());
    let mut line = String::new();
    BufReader::new(refused.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let _ = refused.kill();
    let told = String::from_utf8_lossy(&refused.wait_with_output().unwrap().stderr).into_owned();
    assert!(told.contains("purge") && told.contains("--clock-offset-on-data"), "{told}");

    let describe = json!({ "SecretId": "a" });
    let mut again = Program::start(home.path());
    assert_eq!(again.caller.call("DescribeSecret", &describe).status, 200, "it can still be restored");
    again.end();
    let mut ahead = command(home.path());
    ahead.args(ten_days).arg("--clock-offset-on-data");
    let mut ahead = Program::of(ahead);
    assert_eq!(ahead.caller.call("DescribeSecret", &describe).fault().0, "ResourceNotFoundException");
    ahead.end();
}

#[test]
fn a_value_does_not_open_in_the_row_of_another_nor_after_a_change() {
    let home = tempfile::tempdir().unwrap();
    let mut first = Program::start(home.path());
    for name in ["a", "b", "c"] {
        let request =
            json!({ "Name": name, "ClientRequestToken": token("1"), "SecretString": format!("fake {name}") });
        assert_eq!(first.caller.call("CreateSecret", &request).status, 200);
    }
    first.end();
    let rows = rusqlite::Connection::open(home.path().join("vault.db")).unwrap();
    rows.execute_batch(
        "UPDATE version SET (wrapped_key, sealed) = (SELECT wrapped_key, sealed FROM version WHERE id = 2) WHERE id = 1;
         UPDATE version SET is_binary = 1 WHERE id = 3;",
    )
    .unwrap();
    drop(rows);
    assert!(told_at_start(home.path()).contains("changed outside of Latchkey"));
    let mut as_it_is = command(home.path());
    as_it_is.arg("--accept-changed-file");
    let mut again = Program::of(as_it_is);
    let status = |name: &str| again.caller.call("GetSecretValue", &json!({ "SecretId": name })).fault().0;
    assert_eq!(status("a"), "DecryptionFailure", "the row of another secret");
    assert_eq!(status("b"), "status 200", "untouched");
    assert_eq!(status("c"), "DecryptionFailure", "another kind");
    again.end();
}
