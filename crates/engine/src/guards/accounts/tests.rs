//! A profile that leads to another account than before writes nothing until a person accepts it.
#![allow(clippy::unwrap_used)]

use std::sync::{Arc, Mutex};

use latchkey_domain::change::Change;
use latchkey_domain::connection::{Connection, ListConnections};
use latchkey_domain::contract::{AcceptAccount, LoadInventory};
use latchkey_domain::guard::MovedAccount;
use latchkey_domain::{ApiError, Code, ConnectionId, Scope};
use serde_json::json;

use crate::testing::{ARN, Answer, Bench, FakeVault, answer, fault, network, ok};

const FIRST: &str = "111111111111";
const OTHER: &str = "222222222222";

/// The account that STS tells; none while it refuses.
type Told = Arc<Mutex<Option<&'static str>>>;

fn reply(told: &Told, operation: &str) -> Answer {
    match (operation, *told.lock().unwrap()) {
        ("GetCallerIdentity", Some(account)) => answer(
            200,
            format!(
                "<GetCallerIdentityResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\">\
                 <GetCallerIdentityResult><Arn>arn:aws:iam::{account}:user/fake</Arn><UserId>fake</UserId>\
                 <Account>{account}</Account></GetCallerIdentityResult></GetCallerIdentityResponse>"
            ),
        ),
        ("GetCallerIdentity", None) => fault(503, "ServiceUnavailable", "fake"),
        ("ListSecrets", _) => ok(json!({ "SecretList": [] })),
        _ => ok(json!({ "ARN": ARN, "Name": "prod/db", "VersionIdsToStages": {} })),
    }
}

fn start(told: &Told, folder: Option<tempfile::TempDir>) -> Bench {
    let told = told.clone();
    let (transport, log) = network(move |operation, _| reply(&told, operation));
    match folder {
        Some(folder) => Bench::in_folder(folder, transport, log, FakeVault { gate: None }),
        None => Bench::on(transport, log, FakeVault { gate: None }),
    }
}

/// Gives the profile `ops` other credentials.
async fn configure(bench: &Bench, access_key_id: &str) {
    let keys = format!("aws_access_key_id = {access_key_id}\naws_secret_access_key = fake\n");
    bench.write_aws_config(&format!("[profile ops]\n{keys}"));
    shown(bench).await;
}

fn ops() -> Scope {
    Scope { connection: ConnectionId("profile:ops".into()), region: "eu-west-1".into() }
}

async fn shown(bench: &Bench) -> Connection {
    let known = bench.engine.list_connections(ListConnections {}).await.unwrap().list;
    known.into_iter().find(|known| known.id == ops().connection).unwrap()
}

async fn read(bench: &Bench) -> Option<ApiError> {
    bench.engine.load_inventory(LoadInventory { scope: ops() }).await.unwrap().failure
}

async fn write(bench: &Bench) -> Result<(), ApiError> {
    let describe = Change::Description { description: "another".into() };
    bench.change_in(ops(), ARN, describe, None).await.map(drop)
}

fn accept(account: &str) -> AcceptAccount {
    AcceptAccount { connection: ops().connection, account: account.into() }
}

#[tokio::test]
async fn a_profile_that_leads_to_another_account_writes_nothing_until_it_is_accepted() {
    let told = Told::new(Mutex::new(Some(FIRST)));
    let bench = start(&told, None);
    configure(&bench, "AKIAFAKEFIRST").await;
    assert_eq!(read(&bench).await, None);
    write(&bench).await.unwrap();
    assert_eq!(shown(&bench).await.marks.moved, None, "the first account is the one it is pinned to");

    configure(&bench, "AKIAFAKEOTHERONE").await;
    *told.lock().unwrap() = Some(OTHER);
    assert_eq!(read(&bench).await, None, "what reads goes on");
    let moved = MovedAccount { pinned: FIRST.into(), now: OTHER.into() };
    assert_eq!(shown(&bench).await.marks.moved, Some(moved), "it is shown");
    let before = bench.log.of("UpdateSecret").len();
    let refused = write(&bench).await.unwrap_err();
    assert_eq!(refused.code, Code::ReadOnly);
    assert!(refused.message.contains(FIRST) && refused.message.contains(OTHER), "{}", refused.message);
    assert_eq!(bench.log.of("UpdateSecret").len(), before, "nothing was sent");

    assert!(bench.engine.accept_account(accept(OTHER)).await.is_err(), "the window was answered with no");
    assert!(write(&bench).await.is_err());
    bench.person.agree(true);
    let gone = bench.engine.accept_account(accept(FIRST)).await.unwrap_err();
    assert_eq!(gone.code, Code::Conflict, "only the account that is there now can be accepted");
    bench.engine.accept_account(accept(OTHER)).await.unwrap();
    let asked = bench.person.take_asked();
    assert_eq!(asked.len(), 2, "once with no, once with yes");
    assert_eq!(asked[0].title, format!("Accept the account {OTHER} for ops?"));
    assert_eq!(shown(&bench).await.marks.moved, None);
    write(&bench).await.unwrap();
}

#[tokio::test]
async fn a_pin_outlives_the_program_and_an_account_that_nobody_tells_is_not_written_to() {
    let told = Told::new(Mutex::new(Some(FIRST)));
    let bench = start(&told, None);
    configure(&bench, "AKIAFAKEFIRST").await;
    assert_eq!(read(&bench).await, None);

    *told.lock().unwrap() = None;
    let bench = start(&told, Some(bench.folder));
    shown(&bench).await;
    assert_eq!(read(&bench).await, None, "what reads goes on");
    let refused = write(&bench).await.unwrap_err();
    assert_eq!(refused.code, Code::ReadOnly);
    assert!(refused.message.contains("could not be determined"), "{}", refused.message);
    assert!(bench.log.of("UpdateSecret").is_empty());

    *told.lock().unwrap() = Some(FIRST);
    write(&bench).await.unwrap();
}

#[tokio::test]
async fn the_account_that_a_profile_is_pinned_to_pays_for_its_requests_while_nobody_tells_another() {
    let told = Told::new(Mutex::new(Some(FIRST)));
    let bench = start(&told, None);
    configure(&bench, "AKIAFAKEFIRST").await;
    assert_eq!(payer_of(&bench), "profile:ops", "nobody knows yet");
    assert_eq!(read(&bench).await, None);
    assert_eq!(payer_of(&bench), FIRST);

    *told.lock().unwrap() = None;
    let bench = start(&told, Some(bench.folder));
    shown(&bench).await;
    assert_eq!(read(&bench).await, None);
    assert_eq!(payer_of(&bench), FIRST, "the quota is that of the account, whoever asks");
}

#[tokio::test]
async fn an_sts_that_does_not_answer_is_asked_once_for_all_reads_and_again_for_each_write() {
    let told = Told::new(Mutex::new(None));
    let bench = start(&told, None);
    configure(&bench, "AKIAFAKEFIRST").await;
    let asked = || bench.log.of("GetCallerIdentity").len();
    assert_eq!(read(&bench).await, None);
    let once = asked();
    assert!(once > 0, "it is asked before the first read");
    for _ in 0..5 {
        assert_eq!(read(&bench).await, None);
    }
    assert_eq!(asked(), once, "no other read waits for it");
    *told.lock().unwrap() = Some(FIRST);
    write(&bench).await.unwrap();
    assert!(asked() > once, "a write does");
    assert_eq!(payer_of(&bench), FIRST);

    *told.lock().unwrap() = None;
    configure(&bench, "AKIAFAKEOTHERONE").await;
    let before = asked();
    assert_eq!(read(&bench).await, None);
    assert!(asked() > before, "other credentials are asked about anew");
    let before = asked();
    bench.clock.advance(61).await;
    assert_eq!(read(&bench).await, None);
    assert!(asked() > before, "and after a minute it is tried again");
}

fn payer_of(bench: &Bench) -> String {
    bench.engine.share(&ops().connection, &ops().region).payer.account
}
