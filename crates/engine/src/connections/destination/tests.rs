//! Nothing is sent to where the page says alone.
#![allow(clippy::unwrap_used)]

use latchkey_domain::assumed_role::{AssumedRoleDraft, SaveAssumedRole};
use latchkey_domain::connection::{
    AccessKeyDraft, ForgetConnection, ListConnections, SaveAccessKey, TestConnection,
};
use latchkey_domain::identity_center::{SaveSsoRoles, SsoRoleDraft, SsoSession};
use latchkey_domain::lock::{LockConsole, SetLockPassphrase, UnlockConsole};
use latchkey_domain::secret_text::SecretInput;
use latchkey_domain::{ApiError, Code, ConnectionId};
use serde_json::json;

use crate::testing::{Bench, ok};

const AWS: Option<&str> = None;
const OTHER: Option<&str> = Some("https://secrets.example.com:8443/fake");
const HERE: Option<&str> = Some("http://127.0.0.1:9");

async fn bench() -> Bench {
    let bench = Bench::new(|_, _| ok(json!({ "SecretList": [] }))).await;
    bench
        .write_aws_config("[profile base]\naws_access_key_id = AKIAFAKEBASE\naws_secret_access_key = fake\n");
    bench.engine.list_connections(ListConnections {}).await.unwrap();
    bench
}

fn key(endpoint_url: Option<&str>) -> AccessKeyDraft {
    AccessKeyDraft {
        name: "Ops".into(),
        access_key_id: "AKIAFAKEFAKEFAKEOPSX".into(),
        secret_access_key: SecretInput::new("fake"),
        session_token: None,
        region: "eu-west-1".into(),
        endpoint_url: endpoint_url.map(str::to_owned),
        variant: Default::default(),
    }
}

fn role(endpoint_url: Option<&str>) -> AssumedRoleDraft {
    AssumedRoleDraft {
        name: "Admin".into(),
        base: ConnectionId::from("profile:base"),
        role_arn: "arn:aws:iam::210987654321:role/admin".into(),
        external_id: None,
        session_name: None,
        duration_minutes: None,
        mfa_serial: None,
        region: "eu-west-1".into(),
        endpoint_url: endpoint_url.map(str::to_owned),
    }
}

async fn test_key(bench: &Bench, draft: AccessKeyDraft) -> Result<(), ApiError> {
    bench.engine.test_connection(TestConnection::Draft { draft }).await.map(drop)
}

async fn save_key(bench: &Bench, draft: AccessKeyDraft) -> Result<ConnectionId, ApiError> {
    let known = bench.engine.save_access_key(SaveAccessKey { draft }).await?;
    Ok(known.list.into_iter().find(|known| known.name == "Ops").unwrap().id)
}

async fn save_sso(bench: &Bench, endpoint_url: Option<&str>) -> Result<(), ApiError> {
    let (account_id, role_name) = ("123456789012".into(), "Reader".into());
    let request = SaveSsoRoles {
        session: SsoSession {
            start_url: "https://fake.awsapps.com/start".into(),
            region: "eu-west-1".into(),
        },
        region: "eu-west-1".into(),
        endpoint_url: endpoint_url.map(str::to_owned),
        variant: Default::default(),
        roles: vec![SsoRoleDraft { name: "Reader".into(), account_id, role_name, writes_with: None }],
    };
    bench.engine.save_sso_roles(request).await.map(drop)
}

#[track_caller]
fn refused_at<T>(field: &str, outcome: Result<T, ApiError>) {
    let error = outcome.map(drop).expect_err("the person says no");
    assert_eq!(error.code, Code::Invalid(field.into()), "{}", error.message);
}

#[tokio::test]
async fn nothing_is_sent_or_saved_for_a_connection_that_the_person_does_not_confirm() {
    let bench = bench().await;
    let before = bench.engine.known_connections().list;
    bench.person.connect(false);
    for (endpoint_url, field) in [(AWS, "access_key_id"), (OTHER, "endpoint_url"), (HERE, "endpoint_url")] {
        refused_at(field, test_key(&bench, key(endpoint_url)).await);
        refused_at(field, save_key(&bench, key(endpoint_url)).await);
    }
    for (endpoint_url, field) in [(AWS, "role_arn"), (OTHER, "endpoint_url"), (HERE, "endpoint_url")] {
        let draft = role(endpoint_url);
        refused_at(field, bench.engine.test_connection(TestConnection::Role { draft: draft.clone() }).await);
        refused_at(field, bench.engine.save_assumed_role(SaveAssumedRole { draft }).await);
    }
    refused_at("endpoint_url", save_sso(&bench, HERE).await);
    assert!(bench.log.all().is_empty(), "nothing was sent");
    assert_eq!(bench.engine.known_connections().list, before, "nothing was saved");
    assert_eq!(bench.person.take_asked_to_connect().len(), 13, "each was asked for");
}

#[tokio::test]
async fn the_question_names_the_host_the_key_or_role_and_the_region() {
    let bench = bench().await;
    bench.person.connect(false);
    let asked = || {
        let question = bench.person.take_asked_to_connect().pop().expect("a system dialog asked");
        (question.title, question.text)
    };
    let named = AccessKeyDraft { name: "Ops\u{202e}spO".into(), ..key(OTHER) };
    test_key(&bench, named).await.expect_err("no");
    let (title, text) = asked();
    assert_eq!(title, r"Connect Ops\u{202e}spO to secrets.example.com:8443?");
    for part in [
        "Requests go to: https://secrets.example.com:8443/fake\n",
        "Region: eu-west-1\n",
        "Access key ID: AKIAFAKEFAKEFAKEOPSX\n",
        "receives the requests and the secret values in them",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    let mut fips = key(AWS);
    fips.variant.fips = true;
    test_key(&bench, fips).await.expect_err("no");
    let (title, text) = asked();
    assert_eq!(title, "Connect Ops to secretsmanager-fips.eu-west-1.amazonaws.com?");
    assert!(text.contains("(AWS)") && text.contains("Whoever owns the account"), "{text}");

    let draft = role(AWS);
    bench.engine.save_assumed_role(SaveAssumedRole { draft }).await.expect_err("no");
    let (title, text) = asked();
    assert_eq!(title, "Connect Admin to secretsmanager.eu-west-1.amazonaws.com?");
    for part in
        ["Role: arn:aws:iam::210987654321:role/admin\n", "Account: 210987654321\n", "Assumed through: base\n"]
    {
        assert!(text.contains(part), "{part}: {text}");
    }
    save_sso(&bench, HERE).await.expect_err("no");
    let (title, text) = asked();
    assert_eq!(title, "Connect Reader to 127.0.0.1:9?");
    assert!(text.contains("Signed in at: https://fake.awsapps.com/start\n"), "{text}");
}

#[tokio::test]
async fn what_was_confirmed_at_a_test_is_saved_without_a_second_question_and_asked_again_after_that() {
    let bench = bench().await;
    let asked = || bench.person.take_asked_to_connect().len();
    for _ in 0..2 {
        test_key(&bench, key(OTHER)).await.unwrap();
    }
    assert_eq!(asked(), 1, "once for both tests");
    let renamed = AccessKeyDraft { region: "eu-north-1".into(), ..key(OTHER) };
    let id = save_key(&bench, renamed).await.unwrap();
    assert_eq!(asked(), 0, "it is the same key at the same endpoint");

    for other in
        [key(HERE), key(AWS), AccessKeyDraft { access_key_id: "AKIAFAKEFAKEFAKEXXXX".into(), ..key(OTHER) }]
    {
        test_key(&bench, other).await.unwrap();
        assert_eq!(asked(), 1, "another endpoint, or another key");
    }
    bench.engine.forget_connection(ForgetConnection { connection: id }).await.unwrap();
    test_key(&bench, key(OTHER)).await.unwrap();
    assert_eq!(asked(), 1, "what is added once more is asked for once more");
    let passphrase = || Some(SecretInput::new("fake right passphrase"));
    let set = SetLockPassphrase { current: None, passphrase: passphrase() };
    bench.engine.set_lock_passphrase(set).await.unwrap();
    bench.engine.lock_console(LockConsole {}).await.unwrap();
    bench.engine.unlock_console(UnlockConsole { passphrase: passphrase() }).await.unwrap();
    let id = save_key(&bench, key(OTHER)).await.unwrap();
    assert_eq!(asked(), 1, "what was not saved before the lock is forgotten by it");
    bench.engine.forget_connection(ForgetConnection { connection: id }).await.unwrap();
    save_sso(&bench, AWS).await.unwrap();
    assert_eq!(asked(), 0, "who signed in outside of the page has said so");
}
