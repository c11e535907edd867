//! The journal survives a restart, goes with its connection, and works without a keyring as long as Latchkey runs.
#![allow(clippy::unwrap_used)]

use std::sync::Arc;

use latchkey_domain::ConnectionId;
use latchkey_domain::stages::VersionMap;
use latchkey_domain::writes::{JournalEntry, JournalResult, Operation, SearchWords, StageRecord};

use super::search::latest_changes;
use super::{Ending, Journal};
use crate::lock::data_key::DataKey;
use crate::testing::{ARN, FakeKeyring, data_key, scope};

fn key(folder: &tempfile::TempDir) -> Arc<DataKey> {
    data_key(&FakeKeyring::new(folder.path()))
}

/// An open entry.
pub fn entry(entry_id: &str) -> JournalEntry {
    JournalEntry {
        entry_id: entry_id.into(),
        began_at: "2026-11-21T02:00:00Z".parse().unwrap(),
        ended_at: None,
        scope: scope(),
        connection_name: "Local vault".into(),
        account: None,
        caller_arn: None,
        secret_id: "prod/db".into(),
        secret_name: "prod/db".into(),
        operation: Operation::CreateSecret,
        version_ids: vec!["v-1".into()],
        request_ids: Vec::new(),
        stages: None,
        save: None,
        change: None,
        plan: None,
        result: JournalResult::Unfinished,
    }
}

fn ending(entry_id: &str) -> Ending {
    let ended_at = "2026-11-21T02:00:01Z".parse().unwrap();
    Ending {
        request_ids: vec!["request-1".into()],
        secret_id: Some(ARN.into()),
        ..Ending::new(entry_id.into(), ended_at, JournalResult::Done)
    }
}

#[tokio::test]
async fn a_profile_has_a_file_name_that_any_system_takes_and_its_journal_of_before_is_found() {
    let folder = tempfile::tempdir().unwrap();
    let connection = ConnectionId("profile:team/ops".into());
    let began = |entry_id: &str| {
        let mut entry = entry(entry_id);
        entry.scope.connection = connection.clone();
        entry
    };
    let key = key(&folder);
    Journal::new(folder.path(), key.clone()).begin(began("one")).await;
    let names = || -> Vec<String> {
        let files = std::fs::read_dir(folder.path().join("journal")).unwrap();
        files.map(|file| file.unwrap().file_name().into_string().unwrap()).collect()
    };
    let [name] = &names()[..] else { panic!("one file: {:?}", names()) };
    assert!(name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'.'), "{name}");

    // As it lay there when the id was the name.
    let before = folder.path().join("journal/profile:team/ops.sealed");
    std::fs::create_dir_all(before.parent().unwrap()).unwrap();
    std::fs::rename(folder.path().join("journal").join(name), &before).unwrap();
    let journal = Journal::new(folder.path(), key);
    assert!(journal.find(&connection, "one").await.is_some(), "it is found");
    assert!(!before.exists(), "and has the name of now");
    journal.begin(began("two")).await;
    journal.forget(&connection).await.unwrap();
    assert!(!folder.path().join("journal").join(name).exists(), "and goes with its connection");
}

#[tokio::test]
async fn entries_come_back_after_a_restart_with_how_they_ended() {
    let folder = tempfile::tempdir().unwrap();
    let local = ConnectionId::local();
    {
        let journal = Journal::new(folder.path(), key(&folder));
        journal.begin(entry("one")).await;
        journal.end(&local, ending("one")).await;
        journal.begin(entry("two")).await;
    }
    let journal = Journal::new(folder.path(), key(&folder));
    let one = journal.find(&local, "one").await.unwrap();
    assert_eq!((one.result, one.secret_id.as_str()), (JournalResult::Done, ARN));
    assert_eq!(one.account.as_deref(), Some("123456789012"), "the ARN tells the account");
    assert_eq!(one.request_ids, ["request-1"]);
    let two = journal.find(&local, "two").await.unwrap();
    assert_eq!(two.result, JournalResult::Unfinished, "it was cut off");
}

#[tokio::test]
async fn a_journal_is_deleted_with_its_connection_alone() {
    let folder = tempfile::tempdir().unwrap();
    let journal = Journal::new(folder.path(), key(&folder));
    let (local, other) = (ConnectionId::local(), ConnectionId::from("other"));
    journal.begin(entry("one")).await;
    let mut elsewhere = entry("two");
    elsewhere.scope.connection = other.clone();
    journal.begin(elsewhere).await;
    journal.forget(&other).await.unwrap();
    assert!(!journal.path(&other).exists());
    assert_eq!(journal.find(&other, "two").await, None);
    assert!(journal.find(&local, "one").await.is_some(), "the others stay");
    journal.forget(&ConnectionId::from("never-used")).await.expect("there is nothing to delete");
}

#[tokio::test]
async fn without_a_keyring_the_journal_waits_in_memory_and_is_written_once_there_is_one() {
    let folder = tempfile::tempdir().unwrap();
    let keyring = FakeKeyring::new(folder.path());
    keyring.set_answers(false);
    let journal = Journal::new(folder.path(), data_key(&keyring));
    journal.begin(entry("one")).await;
    assert!(journal.find(&ConnectionId::local(), "one").await.is_some());
    let mut books = journal.books.lock().await;
    let problem = journal.book(&mut books, &ConnectionId::local()).await.problem.clone().unwrap();
    assert!(problem.message.contains("memory only"), "{}", problem.message);
    assert!(!journal.path(&ConnectionId::local()).exists(), "nothing unsealed is written");
    drop(books);
    assert!(journal.is_in_memory(&ConnectionId::local()).await, "told before the next change");
    assert!(journal.is_in_memory(&ConnectionId::from("other")).await, "and where none was made yet");

    keyring.set_answers(true);
    journal.end(&ConnectionId::local(), ending("one")).await;
    let mut books = journal.books.lock().await;
    let book = journal.book(&mut books, &ConnectionId::local()).await;
    assert!(book.problem.is_none(), "it says no more that it is in memory");
    drop(books);
    assert!(!journal.is_in_memory(&ConnectionId::local()).await, "nor does a review");
    drop(journal);
    let after = Journal::new(folder.path(), key(&folder));
    let one = after.find(&ConnectionId::local(), "one").await.unwrap();
    assert_eq!(one.result, JournalResult::Done, "what began without a key is on the disk");
}

#[tokio::test]
async fn only_the_last_move_of_the_labels_of_a_secret_is_undone() {
    let folder = tempfile::tempdir().unwrap();
    let journal = Journal::new(folder.path(), key(&folder));
    let moved = |entry_id: &str, operation| JournalEntry {
        secret_id: ARN.into(),
        operation,
        stages: Some(StageRecord { before: VersionMap::default(), steps: Vec::new() }),
        ..entry(entry_id)
    };
    let latest = async || {
        let books = journal.books.lock().await;
        latest_changes(&books).into_iter().map(str::to_owned).collect::<Vec<_>>()
    };
    for entry_id in ["first", "second"] {
        journal.begin(moved(entry_id, Operation::MoveStages)).await;
        journal.end(&scope().connection, ending(entry_id)).await;
        assert_eq!(latest().await, [entry_id]);
    }
    journal.begin(JournalEntry { operation: Operation::SaveTags, ..entry("tags") }).await;
    journal.end(&scope().connection, ending("tags")).await;
    journal.begin(moved("cut off", Operation::MoveStages)).await;
    assert_eq!(latest().await, ["second"], "tags move no label, and what is unfinished is not undone");
    journal
        .begin(JournalEntry { secret_id: ARN.into(), operation: Operation::RotateSecret, ..entry("rotated") })
        .await;
    journal.end(&scope().connection, ending("rotated")).await;
    assert_eq!(latest().await, ["rotated"], "a rotation moves labels too");
}

#[test]
fn a_search_finds_every_word_anywhere_in_an_entry() {
    let entry = JournalEntry { account: Some("123456789012".into()), ..entry("one") };
    for found in ["", "PROD", "create v-1", "unfinished 123456789012 us-east-1"] {
        assert!(SearchWords::new(found).are_in(&entry.search_text()), "{found:?}");
    }
    for missing in ["staging", "create v-2", "done"] {
        assert!(!SearchWords::new(missing).are_in(&entry.search_text()), "{missing:?}");
    }
}
