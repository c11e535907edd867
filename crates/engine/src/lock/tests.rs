//! Locked, nothing is answered and nothing is left; idle time, wrong passphrases and restarts are counted by the clock.
#![allow(clippy::unwrap_used)]

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use latchkey_domain::connection::{ConnectionState, ListConnections};
use latchkey_domain::contract::*;
use latchkey_domain::event::Event;
use latchkey_domain::secret_text::SecretInput;
use latchkey_domain::settings::Settings;
use latchkey_domain::value::VersionRef;
use latchkey_domain::{ApiError, Code};
use serde_json::json;

use crate::testing::{ARN, Bench, FakeKeyEntry, FakeVault, network, ok, scope};

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
    assert_eq!(*bench.engine.lock.key.get().await.unwrap(), [7; 32], "it is the key of before");
}

#[tokio::test]
async fn the_keyring_holds_no_bare_key_while_a_passphrase_is_set() {
    let key = FakeKeyEntry::new();
    let folder = tempfile::tempdir().unwrap();
    let (transport, log) = network(|_, _| panic!("nothing is sent"));
    let bench = Bench::with_key(folder, transport, log, FakeVault { gate: None }, key.clone());
    let stored = || key.0.lock().unwrap().clone().unwrap();
    set(&bench, None, Some(RIGHT)).await.unwrap();
    assert!(stored().len() > 32 && !stored().windows(32).any(|part| part == [7; 32]), "wrapped");
    assert!(!String::from_utf8_lossy(&stored()).contains(&hex::encode([7; 32])), "in hexadecimal neither");
    assert_eq!(
        set(&bench, Some("fake wrong"), None).await.unwrap_err().code,
        Code::Invalid("current".into())
    );
    assert!(bench.engine.lock.key.get().await.is_ok(), "a wrong try leaves the open console as it is");
    bench.clock.advance(10).await;
    set(&bench, Some(RIGHT), None).await.unwrap();
    assert_eq!(stored().as_slice(), [7; 32], "bare again");
}

#[tokio::test]
async fn with_a_passphrase_the_console_starts_locked() {
    let key = FakeKeyEntry::new();
    let start = |folder| {
        let (transport, log) = network(|_, _| panic!("nothing is sent"));
        Bench::with_key(folder, transport, log, FakeVault { gate: None }, key.clone())
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
    let key = FakeKeyEntry::new();
    let start = || {
        let (transport, log) = network(|_, _| panic!("nothing is sent"));
        Bench::with_key(tempfile::tempdir().unwrap(), transport, log, FakeVault { gate: None }, key.clone())
    };
    set(&start(), None, Some(RIGHT)).await.unwrap();
    let wrapped = key.0.lock().unwrap().take();
    let bench = start();
    bench.engine.start().await;
    let list = || bench.engine.admit("list_connections", bench.engine.list_connections(ListConnections {}));
    assert_eq!(list().await.unwrap().list[0].state, ConnectionState::Ready, "opened without the keyring");

    *key.0.lock().unwrap() = wrapped;
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

#[tokio::test]
async fn a_command_under_way_ends_before_the_keys_go_and_its_answer_is_kept_back() {
    let bench = Arc::new(bench().await);
    set(&bench, None, Some(RIGHT)).await.unwrap();
    let (go, wait) = tokio::sync::oneshot::channel::<()>();
    let had_key = Arc::new(AtomicBool::new(false));
    let (engine, seen) = (bench.engine.clone(), had_key.clone());
    let command = tokio::spawn(async move {
        let work = async {
            wait.await.unwrap();
            seen.store(engine.lock.key.get().await.is_ok(), Ordering::SeqCst);
            Ok("fake-canary")
        };
        engine.admit("reveal_value", work).await
    });
    tokio::task::yield_now().await;
    let engine = bench.engine.clone();
    let locking = tokio::spawn(async move { engine.lock_console(LockConsole {}).await });
    tokio::task::yield_now().await;
    go.send(()).unwrap();
    assert_eq!(command.await.unwrap().unwrap_err().code, Code::Locked, "no value leaves a locked console");
    assert!(had_key.load(Ordering::SeqCst), "a write under way still had its key");
    locking.await.unwrap().unwrap();
    assert!(bench.engine.lock.key.get().await.is_err(), "now it is gone");
    assert!(unlock(&bench, Some(RIGHT)).await.is_ok());
}

#[tokio::test]
async fn what_was_let_in_before_the_lock_closed_leaves_no_key_behind_it() {
    let bench = Arc::new(bench().await);
    set(&bench, None, Some(RIGHT)).await.unwrap();
    let turn = bench.engine.lock.turning.lock().await;
    let engine = bench.engine.clone();
    let locking = tokio::spawn(async move { engine.lock_console(LockConsole {}).await });
    tokio::task::yield_now().await;
    let engine = bench.engine.clone();
    let changing = tokio::spawn(async move {
        let (current, passphrase) =
            (Some(SecretInput::new(RIGHT)), Some(SecretInput::new("fake other passphrase")));
        let request = SetLockPassphrase { current, passphrase };
        engine.admit("set_lock_passphrase", engine.set_lock_passphrase(request)).await
    });
    tokio::task::yield_now().await;
    drop(turn);
    tokio::task::yield_now().await;
    bench.clock.advance(10).await;
    locking.await.unwrap().unwrap();
    assert_eq!(changing.await.unwrap().unwrap_err().code, Code::Locked);
    assert_eq!(bench.engine.lock.key.get().await.unwrap_err().code, Code::Locked, "the key is gone");
    assert!(unlock(&bench, Some(RIGHT)).await.is_ok(), "the passphrase is the one of before");
}
