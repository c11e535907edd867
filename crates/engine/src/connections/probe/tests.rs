//! What an account calls itself: asked once beside who we are, kept, and never in the way.
#![allow(clippy::unwrap_used)]

use std::sync::{Arc, Mutex};

use latchkey_domain::change::Change;
use latchkey_domain::connection::{
    AccessKeyDraft, Connection, ConnectionReport, Finding, ListConnections, SaveAccessKey, TestConnection,
};
use latchkey_domain::contract::LoadInventory;
use latchkey_domain::guard::{Colour, EditConnection, Guard};
use latchkey_domain::secret_text::SecretInput;
use latchkey_domain::{Code, ConnectionId, Scope};
use serde_json::json;

use crate::aws::client::Transport;
use crate::testing::moto::Moto;
use crate::testing::{ARN, Answer, Bench, CallLog, FakeVault, answer, edit_of, fault, network, ok};

const ACCOUNT: &str = "123456789012";

/// The alias that IAM tells; none while it refuses.
type Told = Arc<Mutex<Option<&'static str>>>;

fn reply(told: &Told, operation: &str) -> Answer {
    match (operation, *told.lock().unwrap()) {
        ("GetCallerIdentity", _) => answer(
            200,
            format!(
                "<GetCallerIdentityResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\">\
                 <GetCallerIdentityResult><Arn>arn:aws:iam::{ACCOUNT}:user/fake</Arn><UserId>fake</UserId>\
                 <Account>{ACCOUNT}</Account></GetCallerIdentityResult></GetCallerIdentityResponse>"
            ),
        ),
        ("ListAccountAliases", Some(alias)) => answer(
            200,
            format!(
                "<ListAccountAliasesResponse><ListAccountAliasesResult><AccountAliases><member>{alias}</member>\
                 </AccountAliases></ListAccountAliasesResult></ListAccountAliasesResponse>"
            ),
        ),
        ("ListAccountAliases", None) => fault(403, "AccessDenied", "fake: not authorized to list aliases"),
        ("DescribeSecret", _) => ok(json!({ "ARN": ARN, "Name": "prod/db" })),
        _ => ok(json!({ "SecretList": [] })),
    }
}

async fn start(told: &Told, folder: Option<tempfile::TempDir>) -> Bench {
    let told = told.clone();
    let (transport, log) = network(move |operation, _| reply(&told, operation));
    let folder = folder.unwrap_or_else(|| tempfile::tempdir().unwrap());
    let bench = Bench::in_folder(folder, transport, log, FakeVault { gate: None });
    configure(&bench, "").await;
    bench
}

async fn configure(bench: &Bench, more: &str) {
    let keys = "aws_access_key_id = AKIAFAKE\naws_secret_access_key = fake";
    bench.write_aws_config(&format!("[profile ops]\n{keys}\n{more}"));
    shown(bench).await;
}

fn ops() -> Scope {
    Scope { connection: ConnectionId("profile:ops".into()), region: "eu-west-1".into() }
}

async fn shown(bench: &Bench) -> Connection {
    let known = bench.engine.list_connections(ListConnections {}).await.unwrap().list;
    known.into_iter().find(|known| known.id == ops().connection).unwrap()
}

async fn read(bench: &Bench) {
    let told = bench.engine.load_inventory(LoadInventory { scope: ops() }).await.unwrap();
    assert_eq!(told.failure, None, "it is read as ever");
}

async fn test(bench: &Bench) -> ConnectionReport {
    bench.engine.test_connection(TestConnection::Saved { scope: ops() }).await.unwrap()
}

#[tokio::test]
async fn an_account_that_calls_itself_production_proposes_confirm_and_is_known_at_the_next_start() {
    let told = Told::new(Mutex::new(Some("acme-prod")));
    let bench = start(&told, None).await;
    assert!(!shown(&bench).await.marks.is_production, "nobody was asked yet");
    for _ in 0..3 {
        read(&bench).await;
    }
    let marks = shown(&bench).await.marks;
    assert_eq!((marks.guard, marks.is_production), (Guard::Confirm, true));
    assert_eq!(marks.account_alias.as_deref(), Some("acme-prod"));
    for operation in ["GetCallerIdentity", "ListAccountAliases"] {
        assert_eq!(bench.log.of(operation).len(), 1, "{operation} is asked once");
    }

    let folder = bench.folder;
    *told.lock().unwrap() = None;
    let bench = start(&told, Some(folder)).await;
    assert!(shown(&bench).await.marks.is_production, "it is remembered");
    read(&bench).await;
    assert!(shown(&bench).await.marks.is_production, "who refuses to say it takes nothing back");
}

#[tokio::test]
async fn an_alias_only_proposes_and_a_denied_one_changes_nothing() {
    let told = Told::new(Mutex::new(None));
    let bench = start(&told, None).await;
    let denied = test(&bench).await;
    assert!(matches!(denied.identity, Finding::Passed(_)), "{denied:?}");
    assert_eq!((denied.failure_at_field(), denied.account_alias), (None, None));
    read(&bench).await;
    assert_eq!(shown(&bench).await.marks.guard, Guard::Free);

    let colour = Some(Colour::Violet);
    let coloured = EditConnection { colour, ..edit_of(&ops().connection, Guard::Free) };
    bench.engine.edit_connection(coloured.clone()).await.unwrap();
    *told.lock().unwrap() = Some("acme-prod");
    assert_eq!(test(&bench).await.account_alias.as_deref(), Some("acme-prod"));
    let marks = shown(&bench).await.marks;
    assert_eq!((marks.colour, marks.guard), (colour, Guard::Confirm), "a colour decides nothing else");

    bench.person.agree(true);
    bench.engine.edit_connection(coloured).await.unwrap();
    let marks = shown(&bench).await.marks;
    assert_eq!((marks.guard, marks.is_production), (Guard::Free, true), "what a person chose stays");

    *told.lock().unwrap() = Some("acme-preprod");
    test(&bench).await;
    let marks = shown(&bench).await.marks;
    assert_eq!((marks.account_alias.as_deref(), marks.is_production), (Some("acme-preprod"), false));
}

#[tokio::test]
async fn the_first_rotation_in_an_account_that_calls_itself_production_takes_the_typed_name() {
    for rotates_now in [true, false] {
        let told = Told::new(Mutex::new(Some("acme-prod")));
        let bench = start(&told, None).await;
        let draft = AccessKeyDraft {
            name: "plain".into(),
            access_key_id: "AKIAFAKEFAKEFAKEFAKE".into(),
            secret_access_key: SecretInput::new("fake"),
            session_token: None,
            region: "eu-west-1".into(),
            endpoint_url: None,
            variant: Default::default(),
        };
        let known = bench.engine.save_access_key(SaveAccessKey { draft }).await.unwrap().list;
        let saved = known.into_iter().find(|known| known.name == "plain").unwrap();
        assert_eq!(saved.marks.guard, Guard::Free, "nobody was asked yet");
        let scope = Scope { connection: saved.id, region: "eu-west-1".into() };
        let change = match rotates_now {
            true => Change::RotateNow { version_id: None },
            false => Change::ConfigureRotation {
                lambda_arn: None,
                schedule_expression: "rate(10 days)".into(),
                duration: None,
                rotate_immediately: true,
                version_id: None,
            },
        };
        let refused = bench.change_in(scope, ARN, change, None).await;
        let code = refused.expect_err("the name was not typed").code;
        assert_eq!(code, Code::Invalid("typed_name".into()));
        assert_eq!(bench.log.of("ListAccountAliases").len(), 1, "it was asked who will write");
        assert!(bench.log.of("RotateSecret").is_empty(), "nothing was sent");
    }
}

#[tokio::test]
async fn the_alias_of_an_independent_account_is_told_by_a_test_and_by_the_first_use() {
    for (alias, is_production) in [("acme-preprod", false), ("acme-prod", true)] {
        let moto = Moto::start();
        moto.name_account(alias);
        let bench = Bench::on(Transport::system(), CallLog::default(), FakeVault { gate: None });
        configure(&bench, &format!("endpoint_url = {}\n", moto.endpoint_url)).await;
        bench.trust_way(&ops().connection).await;
        read(&bench).await;
        let marks = shown(&bench).await.marks;
        assert_eq!((marks.account_alias.as_deref(), marks.is_production), (Some(alias), is_production));
        assert_eq!(test(&bench).await.account_alias.as_deref(), Some(alias));
    }
}
