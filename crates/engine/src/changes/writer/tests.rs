//! Reading with one role and writing with another, against an Identity Center and accounts below the SDK.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use latchkey_domain::change::{ApplyChanges, ItemOutcome, StagePreview};
use latchkey_domain::connection::{Connection, ForgetConnection, ListConnections};
use latchkey_domain::contract::{EditConnection, SearchJournal, StartSignIn};
use latchkey_domain::guard::Guard;
use latchkey_domain::identity_center::{FinishSignIn, SaveSsoRoles, SignInWay, SsoRoleDraft, SsoSession};
use latchkey_domain::writes::StageChange;
use latchkey_domain::{ApiError, Code, ConnectionId, Scope};
use serde_json::{Value, json};

use crate::aws::gate::Refused;
use crate::testing::center::{FakeCenter, signer};
use crate::testing::changes::{Applied, PlanStages, Seen};
use crate::testing::{Answer, Bench, answer, edit_of, ok};

const START_URL: &str = "https://example.awsapps.com/start";
const ARN: &str = "arn:aws:secretsmanager:eu-west-1:111111111111:secret:app/db-AbC12x";
const VERSION: &str = "11111111-1111-1111-1111-111111111111";

/// One secret whose labels stay as they are moved, and an STS that takes each key for the account in its name.
fn account() -> impl Fn(&str, &Value, &str) -> Answer + Send + Sync + 'static {
    let labels = Arc::new(Mutex::new(BTreeSet::from(["AWSCURRENT".to_owned()])));
    move |operation, body, signer| match operation {
        "GetCallerIdentity" => caller(signer.split('-').nth(1).unwrap_or("111111111111"), signer),
        "AssumeRole" => answer(
            200,
            "<AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId>ASIAROLE-111111111111-assumed</AccessKeyId>\
             <SecretAccessKey>fake</SecretAccessKey><SessionToken>fake</SessionToken>\
             <Expiration>2026-11-21T03:00:00Z</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>",
        ),
        "DescribeSecret" => ok(json!({
            "ARN": ARN, "Name": "app/db", "VersionIdsToStages": { VERSION: *labels.lock().unwrap() },
        })),
        "ListSecretVersionIds" => ok(json!({ "Versions": [] })),
        "UpdateSecretVersionStage" => {
            labels.lock().unwrap().insert(body["VersionStage"].as_str().unwrap().to_owned());
            ok(json!({}))
        }
        _ => ok(json!({ "SecretList": [] })),
    }
}

fn caller(account: &str, name: &str) -> Answer {
    let arn = format!("arn:aws:sts::{account}:assumed-role/{name}/ana");
    answer(
        200,
        format!(
            "<GetCallerIdentityResponse><GetCallerIdentityResult><Arn>{arn}</Arn><Account>{account}</Account>\
             </GetCallerIdentityResult></GetCallerIdentityResponse>"
        ),
    )
}

fn session() -> SsoSession {
    SsoSession { start_url: START_URL.into(), region: "eu-west-1".into() }
}

async fn sign_in(bench: &Bench, center: &FakeCenter) {
    let request =
        StartSignIn { start_url: START_URL.into(), region: "eu-west-1".into(), way: SignInWay::Browser };
    let prompt = bench.engine.start_sign_in(request).await.unwrap();
    let (engine, sign_in_id) = (bench.engine.clone(), prompt.sign_in_id);
    let finished = tokio::spawn(async move { engine.finish_sign_in(FinishSignIn { sign_in_id }).await });
    center.allow(&prompt.url).await;
    finished.await.unwrap().unwrap();
}

fn role(account: &str, role_name: &str, writes_with: Option<&str>) -> SsoRoleDraft {
    SsoRoleDraft {
        name: format!("{account} {role_name}"),
        account_id: account.into(),
        role_name: role_name.into(),
        writes_with: writes_with.map(str::to_owned),
    }
}

async fn save(bench: &Bench, roles: Vec<SsoRoleDraft>) -> Result<(), ApiError> {
    let request = SaveSsoRoles {
        session: session(),
        region: "eu-west-1".into(),
        endpoint_url: None,
        variant: Default::default(),
        roles,
    };
    bench.engine.save_sso_roles(request).await.map(drop)
}

/// Signed in, with a Reader that writes with the role Admin of its account.
async fn bench() -> (Bench, FakeCenter) {
    let center = FakeCenter::default();
    center.play(account());
    let bench = center.bench(tempfile::tempdir().unwrap());
    sign_in(&bench, &center).await;
    let roles = vec![role("111111111111", "Reader", Some("Admin")), role("111111111111", "Admin", None)];
    save(&bench, roles).await.unwrap();
    (bench, center)
}

async fn find(bench: &Bench, name: &str) -> Connection {
    let known = bench.engine.list_connections(ListConnections {}).await.unwrap().list;
    known.into_iter().find(|known| known.name == name).unwrap_or_else(|| panic!("no connection {name}"))
}

async fn scope(bench: &Bench, name: &str) -> Scope {
    Scope { connection: find(bench, name).await.id, region: "eu-west-1".into() }
}

async fn plan(bench: &Bench, name: &str, label: &str) -> Seen<StagePreview> {
    let change = StageChange::Attach { label: label.into(), version_id: VERSION.into() };
    let scope = scope(bench, name).await;
    let request = PlanStages { scope, secret_id: ARN.into(), change, keep_under: None };
    bench.plan_stages(request).await.unwrap()
}

async fn apply(bench: &Bench, preview: &Seen<StagePreview>) -> Result<Applied, ApiError> {
    let plan_id = preview.plan_id.clone();
    bench.apply(ApplyChanges { plan_id, typed: None, acknowledged: true, is_reviewed: true }).await
}

/// The keys that signed the requests of these operations.
fn signers(bench: &Bench, is_wanted: impl Fn(&str) -> bool) -> BTreeSet<String> {
    let sent = bench.log.all();
    let wanted = sent.iter().filter(|sent| is_wanted(&sent.operation));
    wanted.map(|sent| signer(&sent.headers["authorization"])).collect()
}

fn writers(bench: &Bench) -> Vec<String> {
    signers(bench, |operation| operation == "UpdateSecretVersionStage").into_iter().collect()
}

async fn callers(bench: &Bench) -> Vec<Option<String>> {
    let all =
        SearchJournal { text: String::new(), secret_id: None, unfinished_only: false, offset: 0, limit: 10 };
    let entries = bench.engine.search_journal(all).await.unwrap().entries;
    entries.into_iter().map(|entry| entry.caller_arn).collect()
}

fn edit(connection: &Connection, writes_through: Option<ConnectionId>) -> EditConnection {
    EditConnection { writes_through, ..edit_of(&connection.id, connection.marks.guard) }
}

const READER: &str = "111111111111 Reader";
const ADMIN: &str = "111111111111 Admin";
const ADMINS_KEY: &str = "ASIAFAKE1-111111111111-Admin";

#[tokio::test]
async fn a_plan_is_read_with_one_role_and_applied_with_another_that_is_fetched_for_it_alone() {
    let (bench, _center) = bench().await;
    let preview = plan(&bench, READER, "LIVE").await;
    assert_eq!(
        preview.writes_through.as_ref().unwrap().name,
        ADMIN,
        "the preview says which role will write"
    );
    let fetched = || bench.log.of("federation/credentials").len();
    assert_eq!(fetched(), 1, "the reader's; the role that writes is not fetched for a preview");
    assert_eq!(apply(&bench, &preview).await.unwrap().outcome, ItemOutcome::Done);
    assert_eq!(fetched(), 2);
    let second = plan(&bench, READER, "CANARY").await;
    apply(&bench, &second).await.unwrap();
    assert_eq!(fetched(), 3, "nothing of the role that wrote was kept");
    assert_eq!(writers(&bench), [ADMINS_KEY], "every write is the admin's");
    let reads = signers(&bench, |operation| ["DescribeSecret", "ListSecretVersionIds"].contains(&operation));
    assert_eq!(
        reads,
        BTreeSet::from(["ASIAFAKE1-111111111111-Reader".to_owned()]),
        "and every read the reader's"
    );
    let told = Some(format!("arn:aws:sts::111111111111:assumed-role/{ADMINS_KEY}/ana"));
    assert_eq!(callers(&bench).await, [told.clone(), told], "the journal names who wrote");
}

#[tokio::test]
async fn the_reading_role_itself_is_kept_from_every_write() {
    let (bench, _center) = bench().await;
    let client = bench.engine.client(&scope(&bench, READER).await).await.unwrap().into_all();
    let error = client.update_secret_version_stage().secret_id(ARN).version_stage("X").send().await;
    let refused = Refused::find(&error.expect_err("it reads only")).expect("our refusal");
    assert_eq!(refused.code, Code::Conflict);
    assert!(writers(&bench).is_empty(), "nothing left this computer");
}

#[tokio::test]
async fn a_role_that_is_no_longer_granted_is_told_and_nothing_is_written() {
    let (bench, center) = bench().await;
    let preview = plan(&bench, READER, "LIVE").await;
    center.refuse("federation/credentials", 403, "ForbiddenException");
    let error = apply(&bench, &preview).await.expect_err("the role was taken away");
    assert_eq!(error.code, Code::AccessDenied);
    assert!(error.message.contains("Admin in account 111111111111 is not assigned"), "{error}");
    assert!(writers(&bench).is_empty() && callers(&bench).await.is_empty(), "no write, no entry of one");
    apply(&bench, &preview).await.expect("granted again, the plan is as it was");
}

#[tokio::test]
async fn a_sign_in_that_ends_before_the_write_costs_a_sign_in_and_not_the_plan() {
    let (bench, center) = bench().await;
    let preview = plan(&bench, READER, "LIVE").await;
    center.refuse("federation/credentials", 401, "UnauthorizedException");
    let error = apply(&bench, &preview).await.expect_err("the session was ended elsewhere");
    assert_eq!(error.code, Code::SignInNeeded);
    let known = bench.engine.known_connections();
    assert!(known.sso_sessions.iter().all(|known| !known.signed_in), "the window asks for a sign-in");
    sign_in(&bench, &center).await;
    assert_eq!(apply(&bench, &preview).await.unwrap().outcome, ItemOutcome::Done);
    assert!(apply(&bench, &preview).await.is_err(), "once");
}

#[tokio::test]
async fn a_role_that_leads_to_another_account_writes_nothing() {
    let (bench, center) = bench().await;
    let preview = plan(&bench, READER, "LIVE").await;
    let account = account();
    center.play(move |operation, body, signer| match operation {
        "GetCallerIdentity" if signer.ends_with("Admin") => caller("999999999999", "elsewhere"),
        _ => account(operation, body, signer),
    });
    let error = apply(&bench, &preview).await.expect_err("another account");
    assert_eq!(error.code, Code::ReadOnly);
    assert!(error.message.contains("belongs to the account 999999999999"), "{error}");
    assert!(writers(&bench).is_empty() && callers(&bench).await.is_empty());
}

#[tokio::test]
async fn an_sts_that_does_not_answer_leaves_the_account_that_the_role_names() {
    let (bench, center) = bench().await;
    let preview = plan(&bench, READER, "LIVE").await;
    let account = account();
    center.play(move |operation, body, signer| match operation {
        "GetCallerIdentity" => {
            answer(400, "<ErrorResponse><Error><Code>Throttling</Code></Error></ErrorResponse>")
        }
        _ => account(operation, body, signer),
    });
    assert_eq!(apply(&bench, &preview).await.unwrap().outcome, ItemOutcome::Done);
    assert_eq!(callers(&bench).await, [None], "nobody told the ARN");
}

#[tokio::test]
async fn the_stricter_guard_of_the_two_counts() {
    let (bench, _center) = bench().await;
    let admin = find(&bench, ADMIN).await;
    let guard = async |guard| {
        let request = EditConnection { guard, ..edit(&admin, None) };
        bench.engine.edit_connection(request).await.unwrap();
    };
    let before = plan(&bench, READER, "LIVE").await;
    guard(Guard::Confirm).await;
    assert!(plan(&bench, READER, "LIVE").await.needs_name, "the admin's guard asks");
    let error = apply(&bench, &before).await.expect_err("a plan of before is held to it");
    assert_eq!(error.code, Code::Invalid("typed_name".into()));

    guard(Guard::ReadOnly).await;
    assert!(find(&bench, READER).await.marks.is_read_only(), "the window shows it");
    let fetched = bench.log.of("federation/credentials").len();
    assert_eq!(apply(&bench, &before).await.expect_err("read only").code, Code::ReadOnly);
    assert_eq!(bench.log.of("federation/credentials").len(), fetched, "nobody asks for credentials");
}

#[tokio::test]
async fn another_writer_loosens_a_guard_only_in_a_window_of_the_system() {
    let (bench, _center) = bench().await;
    save(&bench, vec![role("111111111111", "Writer", None)]).await.unwrap();
    let admin = EditConnection { guard: Guard::ReadOnly, ..edit(&find(&bench, ADMIN).await, None) };
    bench.engine.edit_connection(admin).await.unwrap();
    let reader = find(&bench, READER).await;
    let writer = find(&bench, "111111111111 Writer").await;
    for other in [None, Some(writer.id.clone())] {
        let error = bench.engine.edit_connection(edit(&reader, other)).await.expect_err("nobody agreed");
        assert_eq!(error.code, Code::Invalid("guard".into()), "{error}");
    }
    assert!(find(&bench, READER).await.marks.is_read_only(), "it stays guarded");
    let words = "It writes through another connection, and the guard of its writes changes from read only to \
                 unrestricted.";
    let asked = bench.person.take_asked();
    assert_eq!(asked.iter().map(|question| question.text.as_str()).collect::<Vec<_>>(), [words, words]);
    bench.person.agree(true);
    bench.engine.edit_connection(edit(&reader, Some(writer.id))).await.unwrap();
    assert_eq!(find(&bench, READER).await.marks.guard_of_writes(), Guard::Free);
}

#[tokio::test]
async fn a_role_that_is_added_again_begins_with_its_guard() {
    let (bench, _center) = bench().await;
    let admin = EditConnection { guard: Guard::ReadOnly, ..edit(&find(&bench, ADMIN).await, None) };
    bench.engine.edit_connection(admin).await.unwrap();
    let again = |name: &str| SsoRoleDraft { name: name.into(), ..role("111111111111", "Admin", None) };
    save(&bench, vec![again("again")]).await.unwrap();
    assert_eq!(find(&bench, "again").await.marks.guard, Guard::ReadOnly);
    let roles = vec![SsoRoleDraft { name: "reads".into(), ..role("111111111111", "Reader", Some("Admin")) }];
    save(&bench, [roles, vec![again("writes")]].concat()).await.unwrap();
    let reads = find(&bench, "reads").await.marks;
    assert_eq!(reads.guard, Guard::Free, "its own");
    assert!(reads.is_read_only(), "and what writes for it is guarded");
}

#[tokio::test]
async fn what_cannot_write_for_a_connection_is_refused_when_it_is_chosen() {
    let (bench, _center) = bench().await;
    save(&bench, vec![role("222222222222", "Admin", None)]).await.unwrap();
    let request = SaveSsoRoles {
        session: session(),
        region: "eu-west-1".into(),
        endpoint_url: Some("https://vpce-1.example.com".into()),
        variant: Default::default(),
        roles: vec![SsoRoleDraft { name: "private".into(), ..role("111111111111", "Writer", None) }],
    };
    bench.engine.save_sso_roles(request).await.unwrap();
    let [reader, admin] = [find(&bench, READER).await, find(&bench, ADMIN).await];
    let choose = async |of: &Connection, other: ConnectionId| {
        let error = bench.engine.edit_connection(edit(of, Some(other))).await.expect_err("it is refused");
        assert_eq!(error.code, Code::Invalid("writes_through".into()), "{error}");
        error.message
    };
    let other_account = find(&bench, "222222222222 Admin").await.id;
    assert!(choose(&reader, other_account.clone()).await.contains("belongs to the account 222222222222"));
    let private = find(&bench, "private").await.id;
    assert!(choose(&reader, private).await.contains("another endpoint"));
    assert!(choose(&reader, ConnectionId::from("gone")).await.contains("is gone"));
    assert!(choose(&reader, ConnectionId::local()).await.contains("cannot write through"));
    assert!(choose(&reader, reader.id.clone()).await.contains("cannot write through"));
    assert!(choose(&admin, reader.id.clone()).await.contains("writes through 111111111111 Admin itself"));
    assert!(choose(&admin, other_account).await.contains("writes through this connection"));
    for roles in [
        vec![role("111111111111", "R", Some("Nobody"))],
        vec![role("111111111111", "R", Some("W")), role("222222222222", "W", None)],
        vec![role("111111111111", "R", Some("W")), role("111111111111", "W", Some("R"))],
    ] {
        let error = save(&bench, roles).await.expect_err("the role was not chosen");
        assert_eq!(error.code, Code::Invalid("roles".into()), "{error}");
    }
}

#[tokio::test]
async fn a_plan_that_was_shown_with_another_writer_is_not_applied() {
    let (bench, _center) = bench().await;
    let preview = plan(&bench, READER, "LIVE").await;
    let reader = find(&bench, READER).await;
    bench.engine.edit_connection(edit(&reader, None)).await.unwrap();
    let error = apply(&bench, &preview).await.expect_err("it was to be the admin");
    assert_eq!(error.code, Code::Conflict);
    assert!(writers(&bench).is_empty());
    let preview = plan(&bench, READER, "LIVE").await;
    assert_eq!(preview.writes_through, None, "a plain connection");
    apply(&bench, &preview).await.unwrap();
    assert_eq!(writers(&bench), ["ASIAFAKE1-111111111111-Reader"], "writes itself");
}

#[tokio::test]
async fn the_roles_of_an_account_share_its_quota() {
    let (bench, _center) = bench().await;
    for name in [READER, ADMIN] {
        let share = bench.engine.share(&find(&bench, name).await.id, &"eu-west-1".into());
        assert_eq!(share.payer.account, "111111111111", "{name}, before anybody asked STS");
    }
}

#[tokio::test]
async fn a_connection_that_writes_for_another_one_is_not_forgotten() {
    let (bench, _center) = bench().await;
    let forget = async |name: &str| {
        let connection = find(&bench, name).await.id;
        bench.engine.forget_connection(ForgetConnection { connection }).await
    };
    let error = forget(ADMIN).await.expect_err("the reader needs it");
    assert!(error.message.contains("111111111111 Reader writes through"), "{error}");
    forget(READER).await.unwrap();
    forget(ADMIN).await.unwrap();
}

mod every_kind;
mod other_kinds;
