//! Locked, nothing is answered and nothing is left; idle time, wrong passphrases and restarts are counted by the clock.
#![allow(clippy::unwrap_used)]

mod closing;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use latchkey_domain::connection::{AccessKeyDraft, ConnectionState, ListConnections, SaveAccessKey};
use latchkey_domain::contract::*;
use latchkey_domain::event::Event;
use latchkey_domain::secret_text::SecretInput;
use latchkey_domain::settings::Settings;
use latchkey_domain::value::VersionRef;
use latchkey_domain::{ApiError, Code, ConnectionId};
use latchkey_keyring::Entries;
use serde_json::json;

use crate::testing::{ARN, Bench, FakeKeyring, FakeVault, network, ok, scope};

const RIGHT: &str = "fake right passphrase";

async fn bench() -> Bench {
    let reply = |_: &str, _: &serde_json::Value| {
        ok(json!({ "ARN": ARN, "Name": "prod/db", "VersionId": "v-1", "SecretString": "fake-canary" }))
    };
    Bench::new(reply).await
}

async fn set(bench: &Bench, current: Option<&str>, new: Option<&str>) -> Result<LockState, ApiError> {
    let (current, passphrase) = (current.map(SecretInput::new), new.map(SecretInput::new));
    bench.engine.set_lock_passphrase(SetLockPassphrase { current, passphrase }).await
}

async fn lock(bench: &Bench) -> LockState {
    bench.engine.lock_console(LockConsole {}).await.unwrap()
}

async fn unlock(bench: &Bench, passphrase: Option<&str>) -> Result<LockState, ApiError> {
    let passphrase = passphrase.map(SecretInput::new);
    bench.engine.unlock_console(UnlockConsole { passphrase }).await
}

async fn add_access_key(bench: &Bench) -> ConnectionId {
    let draft = AccessKeyDraft {
        name: "Ops".into(),
        access_key_id: "AKIAFAKEFAKEFAKEOPS1".into(),
        secret_access_key: SecretInput::new("fake-canary-of-a-connection"),
        session_token: None,
        region: "us-east-1".into(),
        endpoint_url: None,
        variant: Default::default(),
    };
    let list = bench.engine.save_access_key(SaveAccessKey { draft }).await.unwrap().list;
    list.last().unwrap().id.clone()
}

#[tokio::test]
async fn without_the_entry_of_the_key_the_passphrase_is_asked_for_and_opens_the_files_all_the_same() {
    let bench = bench().await;
    set(&bench, None, Some(RIGHT)).await.unwrap();
    let key = bench.engine.lock.key.get().await.unwrap();
    let sealed = bench.keyring.names().into_iter().find(|name| name.ends_with(":sealing-key")).unwrap();
    let names = bench.keyring.names();
    for gone in [vec![sealed], names] {
        for name in &gone {
            Entries::delete(&*bench.keyring, name).unwrap();
        }
        let other = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(other.path().join("data")).unwrap();
        std::fs::copy(lock_file(bench.folder.path()), lock_file(other.path())).unwrap();
        let started = started_in(other, &bench).await;
        let state = started.engine.load_lock(LoadLock {}).await.unwrap();
        assert!(state.locked && state.has_passphrase, "without {gone:?}");
        assert_eq!(started.engine.known_connections().list[0].endpoint_url, None, "no vault is opened");
        assert_eq!(started.engine.lock.key.get().await.unwrap_err().code, Code::Locked, "and no key is made");
        unlock(&started, Some(RIGHT)).await.unwrap();
        assert!(started.engine.lock.key.get().await.unwrap() == key, "it is the key of before");
    }
}

fn lock_file(folder: &Path) -> PathBuf {
    folder.join("data/lock.json")
}

/// A start in this folder, with the keyring of `bench`.
async fn started_in(folder: tempfile::TempDir, bench: &Bench) -> Bench {
    started_with(folder, bench, FakeVault { gate: None }).await
}

async fn started_with(folder: tempfile::TempDir, bench: &Bench, vault: FakeVault) -> Bench {
    let (transport, log) = network(|_, _| panic!("nothing is sent"));
    let started = Bench::with_keyring(folder, transport, log, vault, bench.keyring.clone());
    started.engine.start().await;
    started
}

#[tokio::test]
async fn what_the_passphrase_needs_is_told_missing_before_one_is_typed_and_looked_for_again() {
    let bench = bench().await;
    set(&bench, None, Some(RIGHT)).await.unwrap();
    let lock = std::fs::read(lock_file(bench.folder.path())).unwrap();
    Entries::delete(&*bench.keyring, "lock").unwrap();
    let started = started_in(tempfile::tempdir().unwrap(), &bench).await;
    let state = started.engine.load_lock(LoadLock {}).await.unwrap();
    assert!(state.locked && state.has_passphrase);
    let problem = state.problem.unwrap();
    assert!(problem.message.contains("lock.json is missing"), "{}", problem.message);
    assert_eq!(unlock(&started, None).await.unwrap_err(), problem, "it is missing still");
    assert_eq!(unlock(&started, Some(RIGHT)).await.unwrap_err(), problem, "whatever is typed");
    std::fs::create_dir_all(started.folder.path().join("data")).unwrap();
    std::fs::write(lock_file(started.folder.path()), lock).unwrap();
    let state = unlock(&started, None).await.unwrap();
    assert!(state.locked && state.problem.is_none(), "it waits for the passphrase now");
    assert!(!unlock(&started, Some(RIGHT)).await.unwrap().locked);
}

#[tokio::test]
async fn encrypted_files_whose_key_is_gone_with_all_else_never_mean_that_there_was_no_passphrase() {
    let bench = bench().await;
    for name in bench.keyring.names() {
        Entries::delete(&*bench.keyring, &name).unwrap();
    }
    let folder = tempfile::tempdir().unwrap();
    let drafts = folder.path().join("data/drafts/fake");
    std::fs::create_dir_all(&drafts).unwrap();
    std::fs::write(drafts.join("one.sealed"), "fake").unwrap();
    let started = started_in(folder, &bench).await;
    let state = started.engine.load_lock(LoadLock {}).await.unwrap();
    assert!(state.locked && state.has_passphrase, "it may have been set");
    assert!(state.problem.as_ref().unwrap().message.contains("one.sealed"), "{:?}", state.problem);
    let refused = unlock(&started, Some(RIGHT)).await.unwrap_err();
    assert!(refused.message.contains("lock.json"), "it says what opens it: {}", refused.message);
    assert_eq!(started.engine.known_connections().list[0].endpoint_url, None, "no vault is opened");
    std::fs::remove_file(drafts.join("one.sealed")).unwrap();
    let state = unlock(&started, None).await.unwrap();
    assert!(!state.locked && !state.has_passphrase, "nothing is left that a passphrase would open");
}

#[tokio::test]
async fn no_new_key_is_made_where_files_are_that_a_former_one_sealed() {
    let bench = bench().await;
    Entries::delete(&*bench.keyring, "sealing-key").unwrap();
    let drafts = bench.folder.path().join("data/drafts/fake");
    std::fs::create_dir_all(&drafts).unwrap();
    std::fs::write(drafts.join("one.sealed"), "fake").unwrap();
    let error = bench.engine.lock.key.get().await.unwrap_err();
    assert!(error.message.contains("one.sealed") && error.message.contains("elsewhere"), "{}", error.message);
    assert!(bench.keyring.names().is_empty(), "none is made: {:?}", bench.keyring.names());
    std::fs::remove_file(drafts.join("one.sealed")).unwrap();
    let made = bench.engine.lock.key.get().await.unwrap();
    assert_eq!(bench.keyring.entry("sealing-key"), **made.bytes(), "there is nothing that it would not open");
}

fn version() -> VersionRef {
    VersionRef { scope: scope(), secret_id: ARN.into(), version_id: "v-1".into() }
}

#[tokio::test]
async fn a_lock_without_a_passphrase_hides_and_one_press_opens_it() {
    let bench = bench().await;
    bench.engine.open_value(OpenValue { version: version() }).await.unwrap();
    let state = lock(&bench).await;
    assert!(state.locked && !state.has_passphrase, "it says that it only hides");
    assert!(bench.engine.values.is_empty(), "opened values are wiped");
    let refused = bench.engine.admit("list_connections", async { Ok(()) }).await;
    assert_eq!(refused.unwrap_err().code, Code::Locked);
    assert!(!unlock(&bench, None).await.unwrap().locked, "no passphrase is asked for");
    let list = bench.engine.list_connections(ListConnections {}).await.unwrap().list;
    assert_eq!(list[0].state, ConnectionState::Ready, "the vault stayed open");
}

#[tokio::test]
async fn a_lock_with_a_passphrase_drops_keys_clients_values_and_the_vault() {
    let bench = bench().await;
    assert!(set(&bench, None, Some(RIGHT)).await.unwrap().has_passphrase);
    bench.engine.open_value(OpenValue { version: version() }).await.unwrap();
    lock(&bench).await;
    assert_eq!(bench.engine.lock.key.get().await.unwrap_err().code, Code::Locked, "the key is gone");
    assert_eq!(bench.engine.client(&scope()).await.unwrap_err().code, Code::Locked, "no client is made");
    assert!(bench.engine.values.is_empty(), "opened values are wiped");
    let list = bench.engine.list_connections(ListConnections {}).await.unwrap().list;
    assert_eq!(list[0].endpoint_url, None, "the vault is closed");
    assert!(bench.events().iter().any(|event| matches!(event, Event::Lock(state) if state.locked)), "told");

    unlock(&bench, None).await.expect_err("a passphrase is needed");
    unlock(&bench, Some(RIGHT)).await.unwrap();
    let list = bench.engine.list_connections(ListConnections {}).await.unwrap().list;
    assert_eq!(list[0].state, ConnectionState::Ready, "the vault is open again");
    assert_eq!(**bench.engine.lock.key.get().await.unwrap().bytes(), [7; 32], "it is the key of before");
}

#[tokio::test]
async fn the_keyring_holds_nothing_bare_while_a_passphrase_is_set() {
    let bench = bench().await;
    let keyring = &bench.keyring;
    keyring.put("vault:fake", b"fake-canary-of-a-vault");
    set(&bench, None, Some(RIGHT)).await.unwrap();
    let id = add_access_key(&bench).await;
    let all = || keyring.names().iter().flat_map(|name| keyring.entry(name)).collect::<Vec<u8>>();
    for secret in [&[7; 32][..], hex::encode([7; 32]).as_bytes(), b"fake-canary"] {
        assert!(!all().windows(secret.len()).any(|part| part == secret), "an entry can be read");
    }
    assert_eq!(
        set(&bench, Some("fake wrong"), None).await.unwrap_err().code,
        Code::Invalid("current".into())
    );
    assert!(bench.engine.lock.key.get().await.is_ok(), "a wrong try leaves the open console as it is");
    bench.clock.advance(10).await;
    set(&bench, Some(RIGHT), None).await.unwrap();
    assert_eq!(keyring.entry("sealing-key"), [7; 32], "bare again");
    assert_eq!(keyring.entry("vault:fake"), b"fake-canary-of-a-vault");
    assert!(!keyring.entry(&format!("connection:{id}")).is_empty());
    let is_entry = |name: &String| name != "former-locks";
    let entries = keyring.names().into_iter().filter(is_entry).count();
    assert_eq!(entries, 3, "and nothing else is left, but the note that there was a passphrase");
}

#[tokio::test]
async fn with_a_passphrase_the_console_starts_locked() {
    let home = tempfile::tempdir().unwrap();
    let keyring = FakeKeyring::new(home.path());
    let start = |folder| {
        let (transport, log) = network(|_, _| panic!("nothing is sent"));
        Bench::with_keyring(folder, transport, log, FakeVault { gate: None }, keyring.clone())
    };
    let first = start(tempfile::tempdir().unwrap());
    set(&first, None, Some(RIGHT)).await.unwrap();
    let second = start(tempfile::tempdir().unwrap());
    second.engine.start().await;
    let state = second.engine.load_lock(LoadLock {}).await.unwrap();
    assert!(state.locked && state.has_passphrase);
    assert_eq!(second.engine.known_connections().list[0].endpoint_url, None, "the vault is not opened");
    unlock(&second, Some(RIGHT)).await.unwrap();
    assert_eq!(second.engine.known_connections().list[0].state, ConnectionState::Ready);
}

#[tokio::test]
async fn a_keyring_that_answers_late_closes_the_lock_that_it_knows_of() {
    let home = tempfile::tempdir().unwrap();
    let keyring = FakeKeyring::new(home.path());
    let start = || {
        let (transport, log) = network(|_, _| panic!("nothing is sent"));
        let (folder, vault) = (tempfile::tempdir().unwrap(), FakeVault { gate: None });
        Bench::with_keyring(folder, transport, log, vault, keyring.clone())
    };
    set(&start(), None, Some(RIGHT)).await.unwrap();
    keyring.set_answers(false);
    let bench = start();
    bench.engine.start().await;
    let list = || bench.engine.admit("list_connections", bench.engine.list_connections(ListConnections {}));
    assert_eq!(list().await.unwrap().list[0].state, ConnectionState::Ready, "opened without the keyring");

    keyring.set_answers(true);
    assert_eq!(list().await.unwrap_err().code, Code::Locked, "the next command finds the passphrase");
    assert!(bench.events().iter().any(|event| matches!(event, Event::Lock(state) if state.locked)), "told");
    assert_eq!(bench.engine.known_connections().list[0].endpoint_url, None, "the vault is closed");
    unlock(&bench, Some(RIGHT)).await.unwrap();
    assert_eq!(list().await.unwrap().list[0].state, ConnectionState::Ready);
}

#[tokio::test]
async fn each_wrong_passphrase_doubles_the_wait_for_the_next_try() {
    let bench = bench().await;
    set(&bench, None, Some(RIGHT)).await.unwrap();
    lock(&bench).await;
    for wait in [1, 2, 4] {
        let error = unlock(&bench, Some("fake wrong")).await.unwrap_err();
        assert_eq!(error.code, Code::Invalid("passphrase".into()));
        assert!(error.message.contains(&format!("again in {wait} second")), "{}", error.message);
        let early = unlock(&bench, Some(RIGHT)).await.unwrap_err();
        assert!(early.message.contains("Try again in"), "the right one waits too: {}", early.message);
        assert_eq!(bench.engine.load_lock(LoadLock {}).await.unwrap().wait_seconds, wait);
        bench.clock.advance(wait.into()).await;
    }
    assert!(!unlock(&bench, Some(RIGHT)).await.unwrap().locked);
    lock(&bench).await;
    unlock(&bench, Some("fake wrong")).await.unwrap_err();
    assert_eq!(bench.engine.load_lock(LoadLock {}).await.unwrap().wait_seconds, 1, "counted anew");
}

#[tokio::test]
async fn it_locks_with_the_screen_unless_the_settings_say_not_to() {
    let bench = bench().await;
    set(&bench, None, Some(RIGHT)).await.unwrap();
    let locked = async || bench.engine.load_lock(LoadLock {}).await.unwrap().locked;
    let settings = Settings { lock_with_screen: false, ..Settings::default() };
    bench.engine.save_settings(SaveSettings { settings }).await.unwrap();
    bench.engine.lock_with_screen().await;
    assert!(!locked().await, "it was turned off");
    bench.engine.save_settings(SaveSettings { settings: Settings::default() }).await.unwrap();
    bench.engine.lock_with_screen().await;
    assert!(locked().await, "on by default");
    assert_eq!(bench.engine.lock.key.get().await.unwrap_err().code, Code::Locked, "the key is gone");
    let list = bench.engine.list_connections(ListConnections {}).await.unwrap().list;
    assert_eq!(list[0].endpoint_url, None, "the vault is closed");
}

#[tokio::test]
async fn it_locks_after_the_time_without_activity_and_never_if_so_set() {
    let bench = bench().await;
    bench.engine.start().await;
    let locked = async || bench.engine.load_lock(LoadLock {}).await.unwrap().locked;
    bench.clock.advance(590).await;
    assert!(!locked().await, "ten minutes are not over");
    bench.engine.note_activity(NoteActivity {}).await.unwrap();
    bench.clock.advance(590).await;
    assert!(!locked().await, "activity began them anew");
    bench.clock.advance(10).await;
    assert!(locked().await, "ten minutes without activity");
    unlock(&bench, None).await.unwrap();
    let settings = Settings { lock_after_minutes: 0, ..Settings::default() };
    bench.engine.save_settings(SaveSettings { settings }).await.unwrap();
    bench.clock.advance(100_000).await;
    assert!(!locked().await, "never");
    let settings = Settings { lock_after_minutes: 1, ..Settings::default() };
    bench.engine.save_settings(SaveSettings { settings }).await.unwrap();
    bench.clock.advance(0).await;
    assert!(locked().await, "a shorter time counts from the last activity");
}
