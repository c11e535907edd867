//! Connections through the real OS keyring: these tests run in a session of their own with a Secret Service.
#![allow(clippy::unwrap_used)]

use aws_sdk_secretsmanager::config::SharedHttpClient;
use aws_smithy_http_client::test_util::NeverClient;
use latchkey_domain::connection::{
    AccessKeyDraft, Connection, ConnectionKind, ConnectionState, Finding, ForgetConnection, ListConnections,
    OpenVault, SaveAccessKey, SetVaultPassphrase, TestConnection,
};
use latchkey_domain::contract::{DescribeSecret, LoadInventory, SearchCatalog};
use latchkey_domain::event::Event;
use latchkey_domain::secret_text::SecretInput;
use latchkey_domain::{Code, ConnectionId, Scope};
use serde_json::json;

use crate::aws::client::Transport;
use crate::testing::{Answer, Bench, CallLog, FakeVault, answer, fault, network, ok, scope};

fn draft(name: &str) -> AccessKeyDraft {
    AccessKeyDraft {
        name: name.into(),
        access_key_id: "ASIAFAKEFAKEFAKEOTHR".into(),
        secret_access_key: SecretInput::new("fake/other+secret\n"),
        session_token: Some(SecretInput::new("fake-token")),
        region: "eu-central-1".into(),
        endpoint_url: Some("https://secrets.example.com/".into()),
        variant: Default::default(),
    }
}

fn empty_list(_: &str, _: &serde_json::Value) -> Answer {
    ok(json!({ "SecretList": [] }))
}

#[tokio::test]
async fn a_saved_key_is_used_after_a_restart_and_gone_when_forgotten() {
    let bench = Bench::new(empty_list).await;
    let list = bench.engine.save_access_key(SaveAccessKey { draft: draft("Ops") }).await.unwrap().list;
    assert_eq!(list.len(), 2, "the vault and the new one");
    let id = list[1].id.clone();
    let kind = ConnectionKind::AccessKey { access_key_id: "ASIAFAKEFAKEFAKEOTHR".into() };
    assert_eq!((&list[1].kind, &list[1].state), (&kind, &ConnectionState::Ready));
    assert_eq!(list[1].endpoint_url.as_deref(), Some("https://secrets.example.com"));

    let file = std::fs::read_to_string(bench.folder.path().join("data/connections.json")).unwrap();
    assert!(
        !file.contains("other+secret") && !file.contains("fake-token"),
        "secrets are in the keyring: {file}"
    );
    let error =
        bench.engine.save_access_key(SaveAccessKey { draft: draft("Ops") }).await.expect_err("same name");
    assert_eq!(error.code, Code::Invalid("name".into()));

    let (transport, log) = network(empty_list);
    let bench = Bench::in_folder(bench.folder, transport, log, FakeVault { gate: None });
    let scope = Scope { connection: id.clone(), region: "eu-west-1".into() };
    let state = bench.engine.load_inventory(LoadInventory { scope: scope.clone() }).await.unwrap();
    assert_eq!(state.failure, None, "the keyring gave the key back");
    let sent = bench.log.all().remove(0);
    assert!(sent.headers["authorization"].contains("Credential=ASIAFAKEFAKEFAKEOTHR/"));
    assert!(sent.headers["authorization"].contains("/eu-west-1/"), "the Region is that of the scope");
    assert_eq!(sent.headers["x-amz-security-token"], "fake-token");

    let list =
        bench.engine.forget_connection(ForgetConnection { connection: id.clone() }).await.unwrap().list;
    assert_eq!(list.len(), 1);
    assert!(!bench.engine.connections.pages().credentials.holds(&id), "nothing is kept because of its key");
    let missing = super::keyring::load(&bench.engine.lock.keyring, &id, "Ops")
        .await
        .expect_err("the keyring forgot it too");
    assert_eq!(missing.code, Code::SignInNeeded);
    let error = bench.engine.load_inventory(LoadInventory { scope }).await.expect_err("it is unknown now");
    assert_eq!(error.code, Code::NotFound);
    let again =
        bench.engine.forget_connection(ForgetConnection { connection: id }).await.expect_err("unknown");
    assert_eq!(again.code, Code::NotFound);
}

#[tokio::test]
async fn a_recovery_passphrase_is_told_only_once_the_vault_has_it() {
    let bench = Bench::new(empty_list).await;
    let has_one = |list: &[Connection]| match &list[0].kind {
        ConnectionKind::LocalVault { has_passphrase, .. } => *has_passphrase,
        _ => None,
    };
    let known = async || bench.engine.list_connections(ListConnections {}).await.unwrap().list;
    assert_eq!(has_one(&known().await), Some(false), "the keyring opened it");
    let set = async |text: &str| {
        bench
            .engine
            .set_vault_passphrase(SetVaultPassphrase {
                connection: ConnectionId::local(),
                passphrase: SecretInput::new(text),
            })
            .await
    };
    set("").await.expect_err("the vault refuses it");
    assert_eq!(has_one(&known().await), Some(false), "a refusal changes nothing");
    let list = set("fake recovery passphrase").await.unwrap().list;
    assert_eq!(has_one(&list), Some(true));
    assert_eq!(has_one(&known().await), Some(true), "and it stays known");
}

#[tokio::test]
async fn a_key_that_left_the_keyring_is_told_and_the_connection_can_be_forgotten() {
    let bench = Bench::new(empty_list).await;
    let list = bench.engine.save_access_key(SaveAccessKey { draft: draft("Lost") }).await.unwrap().list;
    let id = list[1].id.clone();
    super::keyring::delete(&bench.engine.lock.keyring, &id).await.unwrap();
    let request = DescribeSecret {
        scope: Scope { connection: id.clone(), region: "eu-west-1".into() },
        secret_id: "prod/db".into(),
    };
    let error = bench.engine.describe_secret(request).await.expect_err("there is no key");
    assert_eq!(error.code, Code::SignInNeeded);
    assert!(error.message.contains("\"Lost\""), "{}", error.message);
    bench
        .engine
        .forget_connection(ForgetConnection { connection: id })
        .await
        .expect("nothing to delete is fine");
}

#[tokio::test]
async fn a_damaged_file_is_told_and_never_overwritten() {
    let bench = Bench::new(empty_list).await;
    let path = bench.folder.path().join("data/connections.json");
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(&path, "[{\n\"id\":").unwrap();
    let (transport, log) = network(empty_list);
    let bench = Bench::in_folder(bench.folder, transport, log, FakeVault { gate: None });
    let error = bench.engine.list_connections(ListConnections {}).await.expect_err("the file is cut off");
    assert!(
        error.message.contains("connections.json is damaged") && error.message.contains("line 2"),
        "{error}"
    );
    bench
        .engine
        .save_access_key(SaveAccessKey { draft: draft("New") })
        .await
        .expect_err("nothing is overwritten");
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "[{\n\"id\":");
    std::fs::write(&path, "[]").unwrap();
    let list = bench.engine.list_connections(ListConnections {}).await.expect("somebody fixed it").list;
    assert_eq!(list.len(), 1);
}

#[tokio::test]
async fn a_locked_vault_opens_with_its_passphrase_and_answers_from_then_on() {
    let (transport, log) = network(empty_list);
    let bench = Bench::on(transport, log, FakeVault { gate: Some("fake-passphrase") });
    bench.engine.start().await;
    let list = bench.engine.list_connections(ListConnections {}).await.unwrap().list;
    assert!(matches!(list[0].state, ConnectionState::NeedsPassphrase(_)), "{:?}", list[0].state);
    let describe = || DescribeSecret { scope: scope(), secret_id: "x".into() };
    let error = bench.engine.describe_secret(describe()).await.expect_err("it is locked");
    assert_eq!(error.code, Code::Locked);
    let wrong = OpenVault { passphrase: Some(SecretInput::new("fake-wrong")), ..OpenVault::local() };
    let list = bench.engine.open_vault(wrong).await.unwrap().list;
    assert!(matches!(list[0].state, ConnectionState::NeedsPassphrase(_)));
    let right = OpenVault { passphrase: Some(SecretInput::new("fake-passphrase")), ..OpenVault::local() };
    let list = bench.engine.open_vault(right).await.unwrap().list;
    assert_eq!(list[0].state, ConnectionState::Ready);
    assert_eq!(list[0].endpoint_url.as_deref(), Some("http://127.0.0.1:9"));
    let told = bench.events().into_iter().filter(|event| matches!(event, Event::Connections(_))).count();
    assert_eq!(told, 6, "each try tells its beginning and its end");
    let state = bench.engine.load_inventory(LoadInventory { scope: scope() }).await.unwrap();
    assert_eq!(state.failure, None);
    let vault = ForgetConnection { connection: ConnectionId::local() };
    bench.engine.forget_connection(vault).await.expect_err("the vault stays");
}

#[tokio::test]
async fn a_region_that_is_none_is_refused_before_anything_is_sent() {
    let bench = Bench::new(|_, _| panic!("nothing may be sent")).await;
    let scope = Scope { region: "evil.example.com/".into(), ..scope() };
    let request = DescribeSecret { scope: scope.clone(), secret_id: "x".into() };
    let error = bench.engine.describe_secret(request).await.expect_err("no Region");
    assert_eq!(error.code, Code::Invalid("region".into()));
    let empty = SearchCatalog {
        scopes: vec![scope],
        query: Default::default(),
        prefix: String::new(),
        shelf: Default::default(),
        sort: Default::default(),
        offset: 0,
        limit: 1,
    };
    assert_eq!(bench.engine.search_catalog(empty).await.unwrap().matched, 0, "searching sends nothing");
}

#[tokio::test]
async fn testing_a_draft_tells_who_we_are_and_whether_we_may_list() {
    let bench = Bench::new(|operation, _| match operation {
        "GetCallerIdentity" => answer(
            200,
            "<GetCallerIdentityResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><GetCallerIdentityResult>\
             <Arn>arn:aws:iam::123456789012:user/ops</Arn><Account>123456789012</Account>\
             </GetCallerIdentityResult></GetCallerIdentityResponse>",
        ),
        _ => fault(400, "AccessDeniedException", "not authorized"),
    })
    .await;
    let report = bench.engine.test_connection(TestConnection::Draft { draft: draft("Any") }).await.unwrap();
    assert_eq!(report.identity, Finding::Passed("arn:aws:iam::123456789012:user/ops".into()));
    assert!(matches!(report.listing, Finding::Denied(_)), "a denied call is told, not a failure: {report:?}");
    assert_eq!(bench.log.of("ListSecrets")[0]["MaxResults"], 1);
    let list = bench.engine.list_connections(ListConnections {}).await.unwrap().list;
    assert_eq!(list.len(), 1, "nothing is saved");
}

#[tokio::test]
async fn an_endpoint_without_sts_is_a_finding_of_its_own() {
    let bench = Bench::new(|operation, _| match operation {
        "GetCallerIdentity" => fault(400, "UnknownOperationException", ""),
        _ => ok(json!({ "SecretList": [] })),
    })
    .await;
    let report = bench.engine.test_connection(TestConnection::Draft { draft: draft("Any") }).await.unwrap();
    assert!(matches!(report.identity, Finding::Unavailable(_)), "{report:?}");
    assert!(matches!(report.listing, Finding::Passed(_)), "{report:?}");
    let report = bench.engine.test_connection(TestConnection::Saved { scope: scope() }).await.unwrap();
    let Finding::Unavailable(text) = report.identity else { panic!("a vault has no STS: {report:?}") };
    assert!(text.contains("123456789012"), "{text}");
    assert_eq!(bench.log.of("GetCallerIdentity").len(), 1, "the vault was not asked");
}

#[tokio::test]
async fn credentials_that_are_not_accepted_fail_the_test() {
    let refuse = |_: &str, _: &serde_json::Value| fault(400, "UnrecognizedClientException", "invalid token");
    let bench = Bench::new(refuse).await;
    let report = bench.engine.test_connection(TestConnection::Draft { draft: draft("Any") }).await.unwrap();
    assert!(
        matches!(&report.listing, Finding::Failed(error) if error.code == Code::SignInNeeded),
        "{report:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn a_failed_test_of_a_draft_points_at_the_field_that_is_to_blame() {
    let report = async |code: &'static str, draft: AccessKeyDraft| {
        let bench = Bench::new(move |_, _| fault(400, code, "refused")).await;
        bench.engine.test_connection(TestConnection::Draft { draft }).await.unwrap()
    };
    for (code, field) in [
        ("UnrecognizedClientException", Some("access_key_id")),
        ("InvalidSignatureException", Some("secret_access_key")),
        ("ExpiredTokenException", Some("session_token")),
        ("RequestTimeTooSkewed", None),
        ("AccessDeniedException", None),
    ] {
        let found = report(code, draft("Any")).await.field_at_fault;
        assert_eq!(found.as_deref(), field, "{code}");
    }
    for (region, endpoint_url, field) in [
        ("eu-nowhere-9", None, Some("region")),
        ("eu-west-1", Some("https://fake.example.com"), Some("endpoint_url")),
        ("eu-west-1", None, None),
    ] {
        let http = SharedHttpClient::new(NeverClient::new());
        let transport = Transport::over(http);
        let bench = Bench::on(transport, CallLog::default(), FakeVault { gate: None });
        let draft = AccessKeyDraft {
            region: region.into(),
            endpoint_url: endpoint_url.map(str::to_owned),
            ..draft("Any")
        };
        let report = bench.engine.test_connection(TestConnection::Draft { draft }).await.unwrap();
        assert_eq!(report.field_at_fault.as_deref(), field, "{report:?}");
    }
}

#[tokio::test]
async fn a_test_tells_how_far_the_clock_is_off_and_which_action_is_missing() {
    let bench = Bench::new(|operation, _| {
        let mut told = match operation {
            "GetCallerIdentity" => answer(
                403,
                "<ErrorResponse><Error><Type>Sender</Type><Code>AccessDenied</Code><Message>explicit deny</Message>\
                 </Error></ErrorResponse>",
            ),
            _ => ok(json!({ "SecretList": [] })),
        };
        // The clock of the bench stands at two.
        told.headers_mut().insert("date", "Sat, 21 Nov 2026 02:06:40 GMT".parse().unwrap());
        told
    })
    .await;
    let report = bench.engine.test_connection(TestConnection::Draft { draft: draft("Any") }).await.unwrap();
    assert_eq!(report.clock_skew_seconds, Some(-400), "behind the endpoint");
    let Finding::Denied(error) = report.identity else { panic!("{:?}", report.identity) };
    assert!(error.message.contains("Ask for sts:GetCallerIdentity"), "{}", error.message);
}

#[tokio::test]
async fn without_a_keyring_nothing_is_saved_and_the_error_says_what_to_start() {
    let bench = Bench::new(empty_list).await;
    bench.keyring.set_answers(false);
    let request = SaveAccessKey { draft: draft("Ops") };
    let error = bench.engine.save_access_key(request).await.expect_err("no keyring");
    assert_eq!(error.code, Code::Locked);
    assert!(error.message.contains("gnome-keyring"), "{}", error.message);
    assert!(!bench.folder.path().join("data/connections.json").exists(), "nothing was saved");
}
