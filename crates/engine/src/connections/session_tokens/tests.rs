//! Session tokens are not in the keyring: through a restart, a lock and an entry of a former version.
#![allow(clippy::unwrap_used)]

use latchkey_domain::connection::{AccessKeyDraft, ForgetConnection, SaveAccessKey};
use latchkey_domain::contract::DescribeSecret;
use latchkey_domain::lock::{LockConsole, SetLockPassphrase, UnlockConsole};
use latchkey_domain::secret_text::SecretInput;
use latchkey_domain::{ApiError, Code, ConnectionId, Scope};
use serde_json::json;

use latchkey_keyring::{MAX_SECRET_BYTES, SEALING_KEY};

use super::super::keyring::{self, Stored};
use crate::testing::{ARN, Bench, CallLog, FakeVault, network, ok};

/// Longer than three entries of the keyring on Windows.
fn long_token() -> String {
    "fake-session-token/".chars().cycle().take(8192).collect()
}

fn draft(token: &str) -> AccessKeyDraft {
    AccessKeyDraft {
        name: "Ops".into(),
        access_key_id: "ASIAFAKEFAKEFAKEOTHR".into(),
        secret_access_key: SecretInput::new("fake/other+secret"),
        session_token: Some(SecretInput::new(token)),
        region: "eu-central-1".into(),
        endpoint_url: Some("https://secrets.example.com".into()),
        variant: Default::default(),
    }
}

fn start(folder: tempfile::TempDir) -> Bench {
    let (transport, log) = network(|_, _| ok(json!({ "ARN": ARN, "Name": "prod/db" })));
    Bench::in_folder(folder, transport, log, FakeVault { gate: None })
}

fn fresh() -> Bench {
    start(tempfile::tempdir().unwrap())
}

async fn add(bench: &Bench, token: &str) -> ConnectionId {
    let list = bench.engine.save_access_key(SaveAccessKey { draft: draft(token) }).await.unwrap().list;
    list.last().unwrap().id.clone()
}

async fn describe(bench: &Bench, id: &ConnectionId) -> Result<(), ApiError> {
    let scope = Scope { connection: id.clone(), region: "eu-west-1".into() };
    bench.engine.describe_secret(DescribeSecret { scope, secret_id: ARN.into() }).await.map(drop)
}

/// The different tokens that requests bore.
fn tokens_sent(log: &CallLog) -> Vec<String> {
    let token = |sent: crate::testing::Sent| sent.headers.get("x-amz-security-token").cloned();
    let mut tokens: Vec<_> = log.all().into_iter().map(|sent| token(sent).unwrap_or_default()).collect();
    tokens.dedup();
    tokens
}

/// The bytes of the entry in the keyring.
fn entry(bench: &Bench, id: &ConnectionId) -> Vec<u8> {
    bench.keyring.entry(&format!("connection:{id}"))
}

#[tokio::test]
async fn a_long_session_token_is_sealed_beside_the_keyring_used_after_a_restart_and_gone_when_forgotten() {
    let bench = fresh();
    let id = add(&bench, &long_token()).await;
    let held = entry(&bench, &id);
    assert!((1..=MAX_SECRET_BYTES).contains(&held.len()), "{} bytes", held.len());
    assert!(!String::from_utf8_lossy(&held).contains("fake-session-token"), "no part of the token");
    let path = bench.engine.connections.session_tokens.path(&id);
    let bytes = std::fs::read(&path).unwrap();
    assert!(bytes.len() > 8192 && !String::from_utf8_lossy(&bytes).contains("session-token"), "sealed");
    #[cfg(unix)]
    assert_eq!(
        std::os::unix::fs::PermissionsExt::mode(&path.metadata().unwrap().permissions()) & 0o777,
        0o600
    );

    let bench = start(bench.folder);
    describe(&bench, &id).await.expect("the sealed file gave the token back");
    assert!(tokens_sent(&bench.log) == [long_token()], "it is sent whole");

    bench.engine.forget_connection(ForgetConnection { connection: id.clone() }).await.unwrap();
    assert!(!path.exists(), "the file goes with its connection");
    assert!(entry(&bench, &id).is_empty(), "and so does the entry");
}

#[tokio::test]
async fn a_token_in_an_entry_of_a_former_version_is_used_and_moves_into_its_file() {
    let bench = fresh();
    let id = add(&bench, "fake-token").await;
    let path = bench.engine.connections.session_tokens.path(&id);
    std::fs::remove_file(&path).unwrap();
    let former = Stored {
        secret_access_key: SecretInput::new("fake/other+secret"),
        session_token: Some(SecretInput::new("fake-former-token")),
        token_is_in_file: false,
    };
    keyring::save(&bench.engine.lock.keyring, &id, former).await.unwrap();
    assert!(
        !String::from_utf8_lossy(&entry(&bench, &id)).contains("token_is_in_file"),
        "as it was written then"
    );

    let bench = start(bench.folder);
    describe(&bench, &id).await.expect("it is used as it is");
    assert!(path.exists(), "it moved");
    assert!(
        !String::from_utf8_lossy(&entry(&bench, &id)).contains("fake-former-token"),
        "out of the keyring"
    );
    let bench = start(bench.folder);
    describe(&bench, &id).await.expect("it is used from its file");
    assert_eq!(tokens_sent(&bench.log), ["fake-former-token"]);
    bench.engine.forget_connection(ForgetConnection { connection: id }).await.unwrap();
}

#[tokio::test]
async fn a_former_token_that_cannot_be_sealed_now_is_used_and_stays_where_it_is() {
    let bench = fresh();
    let id = add(&bench, "fake-token").await;
    let former = Stored {
        secret_access_key: SecretInput::new("fake/other+secret"),
        session_token: Some(SecretInput::new("fake-former-token")),
        token_is_in_file: false,
    };
    keyring::save(&bench.engine.lock.keyring, &id, former).await.unwrap();
    bench.keyring.put(SEALING_KEY, b"damaged");
    let bench = start(bench.folder);
    describe(&bench, &id).await.expect("it opens its connection");
    assert_eq!(tokens_sent(&bench.log), ["fake-former-token"]);
    assert!(String::from_utf8_lossy(&entry(&bench, &id)).contains("fake-former-token"), "nothing is lost");
    bench.engine.forget_connection(ForgetConnection { connection: id }).await.unwrap();
}

#[tokio::test]
async fn a_token_without_its_file_or_in_the_place_of_another_is_told_and_nothing_is_signed() {
    let bench = fresh();
    let one = add(&bench, "fake-token-one").await;
    let other = SaveAccessKey { draft: AccessKeyDraft { name: "Other".into(), ..draft("fake-token-two") } };
    let other = bench.engine.save_access_key(other).await.unwrap().list.last().unwrap().id.clone();
    let path = |id| bench.engine.connections.session_tokens.path(id);
    std::fs::copy(path(&one), path(&other)).unwrap();
    let error = describe(&bench, &other).await.expect_err("it is bound to its connection");
    assert_eq!(error.code, Code::SignInNeeded);
    assert!(
        error.message.contains("\"Other\"") && !error.message.contains("fake-token"),
        "{}",
        error.message
    );
    std::fs::remove_file(path(&one)).unwrap();
    assert_eq!(describe(&bench, &one).await.expect_err("no file").code, Code::SignInNeeded);
    assert!(bench.log.all().is_empty(), "a key without its token would only be refused");
    for connection in [one, other] {
        bench
            .engine
            .forget_connection(ForgetConnection { connection })
            .await
            .expect("nothing to delete is fine");
    }
}

#[tokio::test]
async fn a_session_token_cannot_be_read_while_the_lock_is_closed() {
    let bench = fresh();
    let passphrase = || Some(SecretInput::new("fake right passphrase"));
    let set = SetLockPassphrase { current: None, passphrase: passphrase() };
    bench.engine.set_lock_passphrase(set).await.unwrap();
    let id = add(&bench, "fake-token").await;
    bench.engine.lock_console(LockConsole {}).await.unwrap();
    assert_eq!(describe(&bench, &id).await.expect_err("no key").code, Code::Locked);
    bench.engine.unlock_console(UnlockConsole { passphrase: passphrase() }).await.unwrap();
    describe(&bench, &id).await.expect("readable again");
    assert_eq!(tokens_sent(&bench.log), ["fake-token"]);
    bench.engine.forget_connection(ForgetConnection { connection: id }).await.unwrap();
}

#[tokio::test]
async fn a_key_that_cannot_be_kept_leaves_nothing_behind() {
    let bench = fresh();
    let request = SaveAccessKey {
        draft: AccessKeyDraft {
            secret_access_key: SecretInput::new("f".repeat(2600)),
            ..draft("fake-token")
        },
    };
    let error = bench.engine.save_access_key(request).await.expect_err("longer than any key");
    assert_eq!(error.code, Code::Internal);
    assert!(error.message.contains("which takes 2520 at most"), "{}", error.message);
    let folder = bench.folder.path().join("data/session-tokens");
    assert_eq!(folder.read_dir().map_or(0, Iterator::count), 0, "no file without its connection");
    assert_eq!(bench.engine.known_connections().list.len(), 1, "the vault alone");
}
