//! Further vaults as the engine knows them: chosen in a dialog, opened at their first use, told where they fail.
#![allow(clippy::unwrap_used)]

use std::path::PathBuf;

use latchkey_domain::change::{AnyChange, Change, PlanChanges};
use latchkey_domain::connection::{AddVault, ListConnections, MakeVault};
use latchkey_domain::contract::{ForgetConnection, LoadInventory, LockConsole, SetLockPassphrase};
use latchkey_domain::guard::Guard;
use latchkey_domain::{Region, Scope};
use serde_json::json;

use super::*;
use crate::testing::{Bench, CLOSING, FakeVault, edit_of, network, ok};

async fn bench() -> Bench {
    Bench::new(|_, _| ok(json!({ "SecretList": [] }))).await
}

/// A vault that does what this text says, added by the person.
async fn added(bench: &Bench, name: &str, text: &str) -> Result<Connection, ApiError> {
    let file = bench.folder.path().join(name).with_extension("latchkey");
    std::fs::write(&file, text).unwrap();
    bench.choose_file(&file);
    let known = bench.engine.add_vault(AddVault {}).await?.list;
    Ok(known.into_iter().find(|connection| connection.name == name).unwrap())
}

async fn shown(bench: &Bench, id: &ConnectionId) -> Connection {
    let known = bench.engine.list_connections(ListConnections {}).await.unwrap().list;
    known.into_iter().find(|connection| connection.id == *id).unwrap()
}

/// Uses a connection, as the window does when it comes into view.
async fn used(bench: &Bench, id: &ConnectionId) -> Option<ApiError> {
    let scope = Scope { connection: id.clone(), region: Region::from("us-east-1") };
    bench.engine.load_inventory(LoadInventory { scope }).await.map_or_else(Some, |state| state.failure)
}

#[tokio::test]
async fn a_vault_is_made_where_the_person_says_and_opened_at_its_first_use_after_a_restart() {
    let bench = bench().await;
    bench.refuse_files();
    let list = bench.engine.make_vault(MakeVault { passphrase: None }).await.unwrap().list;
    assert_eq!(list.len(), 1, "a changed mind makes nothing");
    let file = bench.folder.path().join("Team.latchkey");
    bench.choose_file(&file);
    let list = bench.engine.make_vault(MakeVault { passphrase: None }).await.unwrap().list;
    let made = &list[1];
    let kind = ConnectionKind::VaultFile { file: file.display().to_string(), has_passphrase: Some(false) };
    assert_eq!((made.name.as_str(), &made.kind, &made.state), ("Team", &kind, &ConnectionState::Ready));
    assert!(
        made.endpoint_url.is_some() && made.endpoint_url != list[0].endpoint_url,
        "an endpoint of its own"
    );
    let again = bench.engine.make_vault(MakeVault { passphrase: None }).await.expect_err("the file is taken");
    assert!(again.message.contains("already"), "{}", again.message);

    let (transport, log) = network(|_, _| ok(json!({ "SecretList": [] })));
    let bench = Bench::in_folder(bench.folder, transport, log, FakeVault { gate: None });
    assert_eq!(shown(&bench, &made.id).await.endpoint_url, None, "nobody has used it yet");
    assert_eq!(used(&bench, &made.id).await, None);
    assert!(shown(&bench, &made.id).await.endpoint_url.is_some(), "it is open now");
    bench.engine.stop().await;
    assert_eq!(shown(&bench, &made.id).await.endpoint_url, None, "it closes with the console");
}

#[tokio::test]
async fn a_vault_is_backed_up_into_the_file_that_the_person_chooses() {
    let bench = bench().await;
    let vault = added(&bench, "Team", "open").await.unwrap();
    let back_up = || bench.engine.back_up_vault(BackUpVault { connection: vault.id.clone() });
    bench.refuse_files();
    assert_eq!(back_up().await.unwrap().path, None, "a changed mind copies nothing");
    let file = bench.folder.path().join("Backup.latchkey");
    bench.choose_file(&file);
    assert_eq!(back_up().await.unwrap().path, Some(file.display().to_string()));
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "open", "it is a copy");
}

#[tokio::test]
async fn what_keeps_a_vault_closed_is_told_there_and_the_others_go_on() {
    let bench = bench().await;
    let held = added(&bench, "Held", "It is in use by another program.").await.unwrap();
    let sealed = added(&bench, "Sealed", "passphrase fake-right").await.unwrap();
    let open = added(&bench, "Open", "open").await.unwrap();
    assert_eq!(used(&bench, &held.id).await.unwrap().message, "It is in use by another program.");
    assert!(matches!(shown(&bench, &held.id).await.state, ConnectionState::Failed(_)));
    assert_eq!(used(&bench, &sealed.id).await.unwrap().code, Code::Locked);
    assert_eq!(used(&bench, &open.id).await, None, "another vault is not held up");
    assert_eq!(used(&bench, &ConnectionId::local()).await, None, "nor is the local one");

    let open_with = async |id: &ConnectionId, text: &str| {
        let request = OpenVault { connection: id.clone(), passphrase: Some(SecretInput::new(text)) };
        bench.engine.open_vault(request).await.unwrap();
        shown(&bench, id).await.state
    };
    assert!(matches!(open_with(&sealed.id, "fake-wrong").await, ConnectionState::NeedsPassphrase(_)));
    assert_eq!(open_with(&sealed.id, "fake-right").await, ConnectionState::Ready);
    assert_eq!(used(&bench, &sealed.id).await, None);
    std::fs::write(bench.folder.path().join("Held.latchkey"), "open").unwrap();
    assert_eq!(open_with(&held.id, "").await, ConnectionState::Ready, "it is let go, and tried again");
}

#[tokio::test]
async fn a_vault_that_takes_no_writes_is_shown_so_and_nothing_is_sent_to_it() {
    let bench = bench().await;
    let (disc, open) =
        (added(&bench, "Disc", "read only").await.unwrap(), added(&bench, "Open", "open").await.unwrap());
    assert_eq!(used(&bench, &disc.id).await, None, "it is read");
    assert_eq!(used(&bench, &open.id).await, None);
    let marks = shown(&bench, &disc.id).await.marks;
    assert!(marks.is_read_only() && marks.guard == Guard::Free, "not by its guard");
    assert!(!shown(&bench, &open.id).await.marks.is_read_only());
    let sent = bench.log.all().len();
    let scope = Scope { connection: disc.id.clone(), region: Region::from("us-east-1") };
    let request = PlanChanges::one(scope, "a".into(), AnyChange::plain(Change::Restore));
    let refused = bench.engine.plan_changes(request).await.unwrap_err();
    assert_eq!(refused.code, Code::ReadOnly);
    assert!(refused.message.contains("The vault takes no writes"), "{}", refused.message);
    bench.engine.check_may_write(&disc.id).unwrap_err();
    bench.engine.check_may_write(&open.id).unwrap();
    assert_eq!(bench.log.all().len(), sent, "nothing was sent");
    bench.engine.edit_connection(edit_of(&disc.id, Guard::Confirm)).await.unwrap();
    bench.person.agree(false);
    bench
        .engine
        .edit_connection(edit_of(&disc.id, Guard::Free))
        .await
        .expect_err("a guard is loosened as elsewhere");
}

#[tokio::test]
async fn a_file_in_doubt_is_opened_only_by_a_word_of_the_person() {
    let bench = bench().await;
    for (name, doubt) in [("Restored", "older"), ("Altered", "changed")] {
        let vault = added(&bench, name, doubt).await.unwrap();
        bench.person.agree(false);
        let told = used(&bench, &vault.id).await.expect("it stays closed");
        assert!(told.message.contains(doubt), "{}", told.message);
        let asked = bench.person.take_asked();
        assert_eq!(asked.len(), 1, "it is asked once");
        assert!(asked[0].title.contains(name) && asked[0].text.contains(doubt), "{asked:?}");
        used(&bench, &vault.id).await.expect("it is not asked again unasked");
        assert!(bench.person.take_asked().is_empty());

        bench.person.agree(true);
        let open = || bench.engine.open_vault(OpenVault { connection: vault.id.clone(), passphrase: None });
        open().await.unwrap();
        assert_eq!(bench.person.take_asked().len(), 1);
        assert_eq!(shown(&bench, &vault.id).await.state, ConnectionState::Ready);
        assert_eq!(used(&bench, &vault.id).await, None, "it is open");
    }
}

#[tokio::test]
async fn what_is_no_vault_or_known_already_makes_no_connection() {
    let bench = bench().await;
    let team = added(&bench, "Team", "open").await.unwrap();
    let twice = added(&bench, "Team", "open").await.expect_err("it is known");
    assert_eq!(twice.code, Code::Conflict);
    assert!(twice.message.contains("the connection Team already"), "{}", twice.message);
    added(&bench, "Photo", "photo").await.expect_err("no vault");
    bench.choose_file(&PathBuf::from("/nowhere/gone.latchkey"));
    bench.engine.add_vault(AddVault {}).await.expect_err("nothing is there");
    std::fs::create_dir(bench.folder.path().join("other")).unwrap();
    let namesake = bench.folder.path().join("other/Team.latchkey");
    std::fs::write(&namesake, "open").unwrap();
    bench.choose_file(&namesake);
    let list = bench.engine.add_vault(AddVault {}).await.unwrap().list;
    let names: Vec<_> = list.iter().map(|connection| connection.name.as_str()).collect();
    assert_eq!(
        names,
        ["Local vault", "Team", "Team 2"],
        "two connections of one name could not be told apart"
    );
    bench.engine.forget_connection(ForgetConnection { connection: team.id }).await.unwrap();
    assert!(bench.folder.path().join("Team.latchkey").exists(), "its file stays");
    added(&bench, "Team", "open").await.expect("it can come back");
}

#[tokio::test(start_paused = true)]
async fn all_vaults_close_at_once() {
    let bench = bench().await;
    for name in ["One", "Two", "Three"] {
        let vault = added(&bench, name, "slow").await.unwrap();
        assert_eq!(used(&bench, &vault.id).await, None);
    }
    let began = tokio::time::Instant::now();
    bench.engine.stop().await;
    assert_eq!(began.elapsed(), CLOSING, "no client of one vault keeps those of another connected");
}

#[tokio::test]
async fn a_lock_with_a_passphrase_closes_every_vault_until_it_is_used_again() {
    let bench = bench().await;
    let team = added(&bench, "Team", "open").await.unwrap();
    assert_eq!(used(&bench, &team.id).await, None);
    let passphrase = Some(SecretInput::new("fake right passphrase"));
    bench.engine.set_lock_passphrase(SetLockPassphrase { current: None, passphrase }).await.unwrap();
    bench.engine.lock_console(LockConsole {}).await.unwrap();
    assert_eq!(bench.engine.known_connections().list[1].endpoint_url, None, "its port is closed");
}
