//! A system dialog outlives the lock, and what is answered behind the lock does nothing.
#![allow(clippy::unwrap_used)]

use latchkey_domain::connection::{
    AccessKeyDraft, AddVault, ListConnections, MakeVault, SaveAccessKey, TestConnection,
};
use latchkey_domain::contract::{EditConnection, ExportJournal, LockConsole, RevealValue, UnlockConsole};
use latchkey_domain::detour::TrustConnection;
use latchkey_domain::guard::Guard;
use latchkey_domain::secret_text::SecretInput;
use latchkey_domain::value::{ExportValue, Part, VersionRef};
use latchkey_domain::{ApiError, Code, ConnectionId};
use serde_json::json;

use crate::testing::{ARN, Bench, edit_of, ok, scope};

const PROFILE: &str = "profile:elsewhere";

/// With a connection that is read only and asks, and a profile whose way nobody trusts.
async fn bench() -> Bench {
    let bench = Bench::new(|_, _| {
        ok(json!({ "ARN": ARN, "Name": "prod/db", "VersionId": "v-1", "SecretString": "fake-canary" }))
    })
    .await;
    bench.write_aws_config(
        "[profile elsewhere]\naws_access_key_id = AKIAFAKEFAKEFAKEFAKE\naws_secret_access_key = fake\n\
         endpoint_url = http://127.0.0.1:9\n",
    );
    bench.engine.edit_connection(edit(Guard::ReadOnly, true)).await.unwrap();
    bench
}

fn edit(guard: Guard, reveal_asks: bool) -> EditConnection {
    EditConnection { reveal_asks, ..edit_of(&ConnectionId::local(), guard) }
}

fn version() -> VersionRef {
    VersionRef { scope: scope(), secret_id: ARN.into(), version_id: "v-1".into() }
}

/// Locks while a window is open, lets the person agree there, and unlocks again; what came of the command.
async fn answered_behind_the_lock<T>(
    bench: &Bench,
    work: impl Future<Output = Result<T, ApiError>>,
) -> Result<(), ApiError> {
    bench.person.agree(true);
    let windows = [bench.person.hold(), bench.picker.hold()];
    let lock = async {
        while !bench.person.is_asked() && !bench.picker.is_asked() {
            tokio::task::yield_now().await;
        }
        bench.engine.lock_console(LockConsole {}).await.unwrap();
        for window in windows {
            let _ = window.send(());
        }
    };
    let (answer, ()) = tokio::join!(work, lock);
    bench.engine.unlock_console(UnlockConsole { passphrase: None }).await.unwrap();
    answer.map(drop)
}

async fn shown(bench: &Bench) -> Vec<latchkey_domain::connection::Connection> {
    bench.engine.list_connections(ListConnections {}).await.unwrap().list
}

#[tokio::test]
async fn a_question_that_is_answered_behind_the_lock_loosens_nothing() {
    let bench = bench().await;
    let before = shown(&bench).await;
    let loosened =
        answered_behind_the_lock(&bench, bench.engine.edit_connection(edit(Guard::Free, false))).await;
    assert_eq!(loosened.expect_err("it was locked").code, Code::Locked);
    let trust = TrustConnection { connection: ConnectionId::from(PROFILE) };
    let trusted = answered_behind_the_lock(&bench, bench.engine.trust_connection(trust)).await;
    assert_eq!(trusted.expect_err("it was locked").code, Code::Locked);
    assert_eq!(shown(&bench).await, before, "guards and ways are as they were");

    let reveal = RevealValue { version: version(), part: Part::All };
    let revealed = answered_behind_the_lock(&bench, bench.engine.reveal_value(reveal)).await;
    assert_eq!(revealed.expect_err("it was locked").code, Code::Locked);
    assert!(bench.log.of("GetSecretValue").is_empty(), "nothing was read");
}

#[tokio::test]
async fn a_connection_that_is_confirmed_behind_the_lock_is_neither_tested_nor_saved() {
    let bench = bench().await;
    let before = shown(&bench).await;
    let draft = AccessKeyDraft {
        name: "Ops".into(),
        access_key_id: "AKIAFAKEFAKEFAKEFAKE".into(),
        secret_access_key: SecretInput::new("fake"),
        session_token: None,
        region: "eu-west-1".into(),
        endpoint_url: None,
        variant: Default::default(),
    };
    let test = bench.engine.test_connection(TestConnection::Draft { draft: draft.clone() });
    let tested = answered_behind_the_lock(&bench, test).await;
    assert_eq!(tested.expect_err("it was locked").code, Code::Locked);
    let saved = answered_behind_the_lock(&bench, bench.engine.save_access_key(SaveAccessKey { draft })).await;
    assert_eq!(saved.expect_err("it was locked").code, Code::Locked);
    assert_eq!(shown(&bench).await, before);
    assert!(bench.log.all().is_empty(), "nothing was sent");
    assert_eq!(
        bench.person.take_asked_to_connect().len(),
        2,
        "what was said to a locked console is forgotten"
    );
}

#[tokio::test]
async fn a_file_that_is_chosen_behind_the_lock_is_neither_written_nor_taken_in() {
    let bench = bench().await;
    bench.person.agree(true);
    bench.engine.edit_connection(edit(Guard::Free, false)).await.unwrap();
    let before = shown(&bench).await;
    let export = ExportValue { version: version() };
    let exported = answered_behind_the_lock(&bench, bench.engine.export_value(export)).await;
    assert_eq!(exported.expect_err("it was locked").code, Code::Locked);
    assert!(bench.engine.values.is_empty(), "no value was opened again");
    let export = ExportJournal { text: String::new(), secret_id: None };
    let exported = answered_behind_the_lock(&bench, bench.engine.export_journal(export)).await;
    assert_eq!(exported.expect_err("it was locked").code, Code::Locked);
    assert!(!bench.export_path().exists(), "nothing was written");

    let file = bench.folder.path().join("Team.latchkey");
    bench.choose_file(&file);
    let made =
        answered_behind_the_lock(&bench, bench.engine.make_vault(MakeVault { passphrase: None })).await;
    assert_eq!(made.expect_err("it was locked").code, Code::Locked);
    assert!(!file.exists(), "no vault was made");
    std::fs::write(&file, "").unwrap();
    let added = answered_behind_the_lock(&bench, bench.engine.add_vault(AddVault {})).await;
    assert_eq!(added.expect_err("it was locked").code, Code::Locked);
    assert_eq!(shown(&bench).await, before, "no vault was added");
}
