//! What the lock waits for when it closes, and what never holds it up.

use std::sync::atomic::{AtomicBool, Ordering};

use latchkey_domain::writes::JournalResult;

use super::*;
use crate::journal::Ending;
use crate::journal::tests::entry;

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
async fn a_command_that_does_not_end_keeps_no_vault_open_behind_the_lock() {
    let bench = Arc::new(bench().await);
    set(&bench, None, Some(RIGHT)).await.unwrap();
    let engine = bench.engine.clone();
    let command = tokio::spawn(async move {
        engine.admit("test_connection", std::future::pending::<Result<(), ApiError>>()).await
    });
    tokio::task::yield_now().await;
    let engine = bench.engine.clone();
    let locking = tokio::spawn(async move { engine.lock_console(LockConsole {}).await });
    let endpoint = || bench.engine.known_connections().list[0].endpoint_url.clone();
    while !bench.events().iter().any(|event| matches!(event, Event::Lock(state) if state.locked)) {
        tokio::task::yield_now().await;
    }
    assert!(endpoint().is_some(), "a write may still end");
    bench.clock.advance(1).await;
    while endpoint().is_some() {
        assert!(!locking.is_finished(), "the vault is closed while the command still waits");
        tokio::task::yield_now().await;
    }
    assert!(!locking.is_finished(), "a request to AWS may still end");
    bench.clock.advance(10).await;
    locking.await.unwrap().unwrap();
    assert_eq!(bench.engine.lock.key.get().await.unwrap_err().code, Code::Locked, "and then the keys go");
    command.abort();
}

#[tokio::test]
async fn what_was_let_in_before_the_lock_closed_leaves_no_key_behind_it() {
    let bench = Arc::new(bench().await);
    set(&bench, None, Some(RIGHT)).await.unwrap();
    let turn = bench.engine.lock.turning.lock().await;
    let engine = bench.engine.clone();
    let changing = tokio::spawn(async move {
        let (current, passphrase) =
            (Some(SecretInput::new(RIGHT)), Some(SecretInput::new("fake other passphrase")));
        let request = SetLockPassphrase { current, passphrase };
        engine.admit("set_lock_passphrase", engine.set_lock_passphrase(request)).await
    });
    tokio::task::yield_now().await;
    let engine = bench.engine.clone();
    let locking = tokio::spawn(async move { engine.lock_console(LockConsole {}).await });
    while bench.engine.lock.check_open().is_ok() {
        tokio::task::yield_now().await;
    }
    assert!(!locking.is_finished(), "no command is answered any more, though another one has the turn");
    drop(turn);
    tokio::task::yield_now().await;
    bench.clock.advance(10).await;
    locking.await.unwrap().unwrap();
    assert_eq!(changing.await.unwrap().unwrap_err().code, Code::Locked);
    assert_eq!(bench.engine.lock.key.get().await.unwrap_err().code, Code::Locked, "the key is gone");
    assert!(unlock(&bench, Some(RIGHT)).await.is_ok(), "the passphrase is the one of before");
}

#[tokio::test]
async fn a_vault_that_does_not_open_keeps_nobody_from_locking_again() {
    let bench = bench().await;
    set(&bench, None, Some(RIGHT)).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir_all(folder.path().join("data")).unwrap();
    std::fs::copy(lock_file(bench.folder.path()), lock_file(folder.path())).unwrap();
    let started = Arc::new(started_with(folder, &bench, FakeVault { gate: Some(FakeVault::STUCK) }).await);
    let unlocker = started.clone();
    let unlocking = tokio::spawn(async move { unlock(&unlocker, Some(RIGHT)).await });
    while started.engine.lock.check_open().is_err() {
        tokio::task::yield_now().await;
    }
    let state = lock(&started).await;
    assert!(state.locked && !unlocking.is_finished(), "a question about the vault's file may still stand");
    assert_eq!(started.engine.lock.key.get().await.unwrap_err().code, Code::Locked, "the keys are gone");
    unlocking.abort();
}

#[tokio::test]
async fn a_lock_that_is_asked_to_close_while_a_passphrase_is_tried_stays_closed() {
    let bench = Arc::new(bench().await);
    set(&bench, None, Some(RIGHT)).await.unwrap();
    lock(&bench).await;
    let turn = bench.engine.lock.turning.lock().await;
    let unlocker = bench.clone();
    let unlocking = tokio::spawn(async move { unlock(&unlocker, Some(RIGHT)).await });
    tokio::task::yield_now().await;
    bench.engine.lock_with_screen().await;
    drop(turn);
    assert!(unlocking.await.unwrap().unwrap().locked, "the screen was locked after it was asked for");
    assert_eq!(bench.engine.lock.key.get().await.unwrap_err().code, Code::Locked, "nothing was opened");
    assert!(!unlock(&bench, Some(RIGHT)).await.unwrap().locked);
}

#[tokio::test]
async fn an_outcome_that_comes_behind_the_lock_is_in_the_journal_after_it() {
    let bench = bench().await;
    set(&bench, None, Some(RIGHT)).await.unwrap();
    let journal = &bench.engine.journal;
    let began = entry("one");
    let connection = began.scope.connection.clone();
    let under_way = journal.begin(began).await;
    lock(&bench).await;
    let ended_at = "2026-11-21T02:00:01Z".parse().unwrap();
    journal.end(&connection, Ending::new("one".into(), ended_at, JournalResult::Done)).await;
    drop(under_way);
    lock(&bench).await;
    unlock(&bench, Some(RIGHT)).await.unwrap();
    let kept = journal.find(&connection, "one").await.unwrap();
    assert_eq!(kept.result, JournalResult::Done);
    journal.close().await;
    assert_eq!(
        journal.find(&connection, "one").await.unwrap().result,
        JournalResult::Done,
        "on the disk too"
    );
}
