//! Roles on a network that plays STS and Secrets Manager, and on moto's.
#![allow(clippy::unwrap_used)]

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};

use latchkey_domain::assumed_role::{AssumeRole, AssumedRoleDraft, SaveAssumedRole};
use latchkey_domain::connection::{
    Connection, ConnectionState, Finding, ForgetConnection, ListConnections, TestConnection,
};
use latchkey_domain::contract::LoadInventory;
use latchkey_domain::secret_text::SecretInput;
use latchkey_domain::{ApiError, Code, ConnectionId, Scope};
use serde_json::{Value, json};

use crate::Engine;
use crate::aws::client::Transport;
use crate::testing::moto::Moto;
use crate::testing::{Answer, Bench, CallLog, FakeVault, answer, lock_now, ok};

const ROLE: &str = "arn:aws:iam::210987654321:role/admin";
const DEVICE: &str = "arn:aws:iam::123456789012:mfa/ana";
const CODE: &str = "123456";

/// STS as far as these tests need it: each role that is given has the next number in its key.
fn sts() -> impl Fn(&str, &Value) -> Answer + Send + Sync + 'static {
    let given = AtomicUsize::new(0);
    move |operation, body| {
        let form = body.as_str().unwrap_or_default();
        let refuse = |words: &str| {
            let error = format!(
                "<ErrorResponse><Error><Type>Sender</Type><Code>AccessDenied</Code><Message>{words}</Message></Error>\
                 <RequestId>fake-request-1</RequestId></ErrorResponse>"
            );
            answer(403, error)
        };
        match operation {
            "AssumeRole" if form.contains("denied") => refuse("not authorized to perform: sts:AssumeRole"),
            "AssumeRole" if form.contains("SerialNumber") && !form.contains(&format!("TokenCode={CODE}")) => {
                refuse("MultiFactorAuthentication failed with invalid MFA one time pass code.")
            }
            "AssumeRole" => {
                let n = given.fetch_add(1, Ordering::SeqCst) + 1;
                // The clock of the bench begins at two.
                let expires_at = format!("2026-11-21T{:02}:00:00Z", 2 + n);
                answer(
                    200,
                    format!(
                        "<AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId>ASIAFAKEROLE{n}</AccessKeyId>\
                         <SecretAccessKey>fake</SecretAccessKey><SessionToken>fake-token-{n}</SessionToken>\
                         <Expiration>{expires_at}</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>"
                    ),
                )
            }
            _ => ok(json!({ "SecretList": [] })),
        }
    }
}

/// With a profile to assume roles by.
async fn bench() -> Bench {
    let bench = Bench::new(sts()).await;
    write_base(&bench, "");
    bench.engine.list_connections(ListConnections {}).await.unwrap();
    bench
}

fn write_base(bench: &Bench, more: &str) {
    let keys = "[profile base]\naws_access_key_id = AKIAFAKEBASE\naws_secret_access_key = fake\n";
    bench.write_aws_config(&format!("{keys}{more}"));
}

fn draft(name: &str) -> AssumedRoleDraft {
    AssumedRoleDraft {
        name: name.into(),
        base: ConnectionId::from("profile:base"),
        role_arn: ROLE.into(),
        external_id: Some("fake-external-id".into()),
        session_name: None,
        duration_minutes: Some(90),
        mfa_serial: None,
        region: "eu-west-1".into(),
        endpoint_url: None,
    }
}

async fn save(bench: &Bench, draft: AssumedRoleDraft) -> Connection {
    let name = draft.name.clone();
    let known = bench.engine.save_assumed_role(SaveAssumedRole { draft }).await.unwrap();
    known.list.into_iter().find(|connection| connection.name == name).unwrap()
}

async fn state(bench: &Bench, id: &ConnectionId) -> ConnectionState {
    let known = bench.engine.list_connections(ListConnections {}).await.unwrap();
    known.list.into_iter().find(|connection| connection.id == *id).unwrap().state
}

/// Lists secrets through a connection; the id of the access key that signed the request.
async fn signer(bench: &Bench, id: &ConnectionId) -> Result<String, ApiError> {
    let scope = Scope { connection: id.clone(), region: "eu-west-1".into() };
    if let Some(failure) = bench.engine.load_inventory(LoadInventory { scope }).await?.failure {
        return Err(failure);
    }
    Ok(key_of(&bench.log))
}

fn key_of(log: &CallLog) -> String {
    let sent = log.all().pop().unwrap();
    let (_, rest) = sent.headers["authorization"].split_once("Credential=").unwrap();
    rest.split('/').next().unwrap().to_owned()
}

#[tokio::test]
async fn a_role_is_assumed_by_its_base_and_again_before_its_credentials_end() {
    let bench = bench().await;
    let role = save(&bench, draft("Admin")).await;
    assert_eq!(signer(&bench, &role.id).await.as_deref(), Ok("ASIAFAKEROLE1"));
    let sent = bench.log.all();
    let asked = sent.iter().find(|sent| sent.operation == "AssumeRole").unwrap();
    assert!(asked.headers["authorization"].contains("Credential=AKIAFAKEBASE/"), "the base asks");
    let form = asked.body.as_str().unwrap();
    for part in ["DurationSeconds=5400", "ExternalId=fake-external-id", "RoleSessionName=latchkey"] {
        assert!(form.contains(part), "{part} is missing in {form}");
    }
    assert_eq!(signer(&bench, &role.id).await.as_deref(), Ok("ASIAFAKEROLE1"), "they are good for an hour");
    bench.clock.advance(3500).await;
    assert_eq!(signer(&bench, &role.id).await.as_deref(), Ok("ASIAFAKEROLE2"), "renewed before the end");
    let file = std::fs::read_to_string(bench.folder.path().join("data/connections.json")).unwrap();
    assert!(!file.contains("ASIAFAKEROLE") && !file.contains("fake-token"), "in memory only: {file}");
}

#[tokio::test]
async fn a_role_with_an_mfa_device_asks_for_its_code_and_again_when_the_credentials_have_ended() {
    let bench = bench().await;
    let role = save(&bench, AssumedRoleDraft { mfa_serial: Some(DEVICE.into()), ..draft("Admin") }).await;
    let needs_code = ConnectionState::NeedsCode(DEVICE.into());
    assert_eq!(role.state, needs_code, "nobody is asked before it is used");
    let refused = signer(&bench, &role.id).await.expect_err("no code yet");
    assert_eq!(refused.code, Code::SignInNeeded);
    assert!(bench.log.of("AssumeRole").is_empty(), "STS would count a try without a code");

    let give = |code: &str| {
        bench.engine.assume_role(AssumeRole { connection: role.id.clone(), code: SecretInput::new(code) })
    };
    assert_eq!(give("12 34").await.expect_err("too short").code, Code::Invalid("code".into()));
    let wrong = give("654321").await.expect_err("not the code of this moment");
    assert_eq!(wrong.code, Code::Invalid("code".into()), "{wrong}");
    assert!(!wrong.message.contains("654321"), "{}", wrong.message);
    give("123 456").await.unwrap();
    assert_eq!(state(&bench, &role.id).await, ConnectionState::Ready);
    assert_eq!(signer(&bench, &role.id).await.as_deref(), Ok("ASIAFAKEROLE1"));

    bench.clock.advance(3600).await;
    assert_eq!(signer(&bench, &role.id).await.expect_err("they have ended").code, Code::SignInNeeded);
    assert_eq!(state(&bench, &role.id).await, needs_code);
    give(CODE).await.unwrap();
    assert_eq!(signer(&bench, &role.id).await.as_deref(), Ok("ASIAFAKEROLE2"), "and on it goes");
}

#[tokio::test]
async fn a_profile_with_an_mfa_device_asks_for_its_code_and_so_does_what_goes_through_it() {
    let bench = bench().await;
    let guarded = format!(
        "[profile token]\nrole_arn = {ROLE}\nsource_profile = base\nmfa_serial = {DEVICE}\nrole_session_name = ana\n\
         external_id = fake-external-id\nduration_seconds = 5400\n\
         [profile beyond]\nrole_arn = {ROLE}\nsource_profile = token\n"
    );
    write_base(&bench, &guarded);
    let [token, beyond] = ["profile:token", "profile:beyond"].map(ConnectionId::from);
    let needs_code = ConnectionState::NeedsCode(DEVICE.into());
    assert_eq!(state(&bench, &token).await, needs_code);
    for id in [&token, &beyond] {
        let refused = signer(&bench, id).await.expect_err("no code yet");
        assert_eq!(refused.code, Code::SignInNeeded);
        assert!(refused.message.starts_with("token needs a new code"), "{}", refused.message);
    }
    assert!(bench.log.of("AssumeRole").is_empty(), "STS would count a try without a code");

    let give = || AssumeRole { connection: token.clone(), code: SecretInput::new(CODE) };
    bench.engine.assume_role(give()).await.unwrap();
    assert_eq!(state(&bench, &token).await, ConnectionState::Ready);
    assert_eq!(signer(&bench, &token).await.as_deref(), Ok("ASIAFAKEROLE1"));
    let form = bench.log.of("AssumeRole").remove(0);
    for part in ["DurationSeconds=5400", "ExternalId=fake-external-id", "RoleSessionName=ana"] {
        assert!(form.as_str().unwrap().contains(part), "{part} is missing in {form}");
    }
    assert_eq!(signer(&bench, &beyond).await.as_deref(), Ok("ASIAFAKEROLE2"), "by way of the first");

    write_base(&bench, &guarded.replace("5400", "900"));
    assert_eq!(state(&bench, &token).await, needs_code, "the file has changed");
    bench.engine.assume_role(give()).await.unwrap();
    bench.clock.advance(4 * 3600).await;
    assert_eq!(signer(&bench, &token).await.expect_err("they have ended").code, Code::SignInNeeded);
}

#[tokio::test]
async fn a_role_of_a_profile_is_assumed_in_one_way_with_and_without_an_mfa_device() {
    let bench = bench().await;
    let more = "role_session_name = ana\nexternal_id = fake-external-id\nduration_seconds = 5445\n";
    let key = "aws_access_key_id = AKIAFAKEOWN\naws_secret_access_key = fake\n";
    write_base(
        &bench,
        &format!(
            "[profile plain]\nrole_arn = {ROLE}\nsource_profile = base\n{more}\
             [profile own]\nrole_arn = {ROLE}\nsource_profile = own\n{more}{key}\
             [profile beyond]\nrole_arn = {ROLE}\nsource_profile = plain\n{more}\
             [profile code]\nrole_arn = {ROLE}\nsource_profile = base\nmfa_serial = {DEVICE}\n{more}"
        ),
    );
    let code = ConnectionId::from("profile:code");
    bench.engine.list_connections(ListConnections {}).await.unwrap();
    bench.engine.assume_role(AssumeRole { connection: code, code: SecretInput::new(CODE) }).await.unwrap();
    for (profile, base, requests) in [
        ("code", "AKIAFAKEBASE", 1),
        ("plain", "AKIAFAKEBASE", 2),
        ("own", "AKIAFAKEOWN", 3),
        // The role of its base, and its own.
        ("beyond", "ASIAFAKEROLE4", 5),
    ] {
        let given = signer(&bench, &ConnectionId(format!("profile:{profile}"))).await;
        assert_eq!(given, Ok(format!("ASIAFAKEROLE{requests}")), "{profile}");
        let asked = bench.log.all().into_iter().rfind(|sent| sent.operation == "AssumeRole").unwrap();
        let form = asked.body.as_str().unwrap();
        for part in ["DurationSeconds=5445", "ExternalId=fake-external-id", "RoleSessionName=ana"] {
            assert!(form.contains(part), "{profile}: {part} is missing in {form}");
        }
        assert!(asked.headers["authorization"].contains(&format!("Credential={base}/")), "{profile}");
        signer(&bench, &ConnectionId(format!("profile:{profile}"))).await.unwrap();
        assert_eq!(bench.log.of("AssumeRole").len(), requests, "{profile}: the role is still good");
    }
}

#[tokio::test]
async fn a_role_may_be_the_base_of_another_which_keeps_it_from_being_forgotten() {
    let bench = bench().await;
    let hub = save(&bench, draft("Hub")).await;
    let spoke = save(&bench, AssumedRoleDraft { base: hub.id.clone(), ..draft("Spoke") }).await;
    assert_eq!(signer(&bench, &spoke.id).await.as_deref(), Ok("ASIAFAKEROLE2"), "by way of the first");
    let forget = |id: &ConnectionId| ForgetConnection { connection: id.clone() };
    let refused = bench.engine.forget_connection(forget(&hub.id)).await.expect_err("Spoke needs it");
    assert!(refused.message.contains("Spoke"), "{}", refused.message);
    bench.engine.forget_connection(forget(&spoke.id)).await.unwrap();
    bench.engine.forget_connection(forget(&hub.id)).await.unwrap();
}

#[tokio::test]
async fn a_loop_of_bases_in_the_file_is_told_and_the_others_go_on() {
    let bench = bench().await;
    let first = save(&bench, draft("First")).await;
    let second = save(&bench, AssumedRoleDraft { base: first.id.clone(), ..draft("Second") }).await;
    let path = bench.folder.path().join("data/connections.json");
    let ring = std::fs::read_to_string(&path).unwrap().replacen("profile:base", second.id.as_str(), 1);
    std::fs::write(&path, ring).unwrap();
    let (transport, log) = crate::testing::network(sts());
    let again = Bench::in_folder(bench.folder, transport, log, FakeVault { gate: None });
    again.engine.list_connections(ListConnections {}).await.unwrap();
    let error = signer(&again, &first.id).await.expect_err("it leads back to itself");
    assert!(error.message.contains("through itself"), "{}", error.message);
    assert_eq!(signer(&again, &ConnectionId::from("profile:base")).await.as_deref(), Ok("AKIAFAKEBASE"));
}

#[tokio::test]
async fn what_cannot_be_a_role_is_refused_at_its_field() {
    let bench = bench().await;
    let refused = async |draft| {
        bench.engine.save_assumed_role(SaveAssumedRole { draft }).await.expect_err("it cannot be right").code
    };
    let typo = AssumedRoleDraft { role_arn: "arn:aws:iam::210987654321:rolle/admin".into(), ..draft("A") };
    assert_eq!(refused(typo).await, Code::Invalid("role_arn".into()));
    let local = AssumedRoleDraft { base: ConnectionId::local(), ..draft("A") };
    assert_eq!(refused(local).await, Code::Invalid("base".into()));
    let gone = AssumedRoleDraft { base: ConnectionId::from("gone"), ..draft("A") };
    assert_eq!(refused(gone).await, Code::Invalid("base".into()));
    assert_eq!(
        refused(AssumedRoleDraft { name: " ".into(), ..draft("A") }).await,
        Code::Invalid("name".into())
    );
    let far = AssumedRoleDraft { region: "Frankfurt".into(), ..draft("A") };
    assert_eq!(refused(far).await, Code::Invalid("region".into()));
}

#[tokio::test]
async fn a_role_is_tested_before_it_is_saved() {
    let bench = bench().await;
    let test = |draft| bench.engine.test_connection(TestConnection::Role { draft });
    let report = test(draft("Any")).await.unwrap();
    assert!(matches!(report.listing, Finding::Passed(_)), "{report:?}");
    assert_eq!(key_of(&bench.log), "ASIAFAKEROLE1", "the role itself was asked");
    let role_arn = "arn:aws:iam::210987654321:role/denied".to_owned();
    let denied = test(AssumedRoleDraft { role_arn, ..draft("Any") }).await.expect_err("STS says no");
    assert!(denied.message.contains("sts:AssumeRole"), "{}", denied.message);
    let guarded = AssumedRoleDraft { mfa_serial: Some(DEVICE.into()), ..draft("Any") };
    assert_eq!(test(guarded).await.expect_err("no code").code, Code::Invalid("mfa_serial".into()));
    let known = bench.engine.list_connections(ListConnections {}).await.unwrap().list;
    assert_eq!(known.len(), 2, "nothing is saved");
}

#[tokio::test]
async fn a_role_that_may_not_be_assumed_says_what_to_ask_for() {
    let bench = bench().await;
    let role_arn = "arn:aws:iam::210987654321:role/denied".to_owned();
    let role = save(&bench, AssumedRoleDraft { role_arn, ..draft("Denied") }).await;
    let error = signer(&bench, &role.id).await.expect_err("STS says no");
    assert_eq!(error.code, Code::AccessDenied);
    assert!(error.message.contains("sts:AssumeRole"), "{}", error.message);
    assert_eq!(error.aws.unwrap().request_id.as_deref(), Some("fake-request-1"));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_sts_of_an_independent_aws_gives_the_role_in_the_account_of_its_arn() {
    let moto = tokio::task::spawn_blocking(Moto::start).await.unwrap();
    let bench = Bench::on(Transport::system(), CallLog::default(), FakeVault { gate: None });
    write_base(&bench, &format!("endpoint_url = {}\n", moto.endpoint_url));
    bench.engine.list_connections(ListConnections {}).await.unwrap();
    bench.trust_way(&"profile:base".into()).await;
    for account in ["210987654321", "345678901234"] {
        let role_arn = format!("arn:aws:iam::{account}:role/admin");
        let role = save(&bench, AssumedRoleDraft { role_arn, ..draft(account) }).await;
        let way = &role.marks.detours[0];
        assert!(
            way.source.starts_with("the AWS profile (config") && way.is_trusted,
            "the way of its base: {way:?}"
        );
        let scope = Scope { connection: role.id, region: "eu-west-1".into() };
        let report = bench.engine.test_connection(TestConnection::Saved { scope }).await.unwrap();
        let Finding::Passed(arn) = report.identity else { panic!("{report:?}") };
        assert_eq!(arn, format!("arn:aws:sts::{account}:assumed-role/admin/latchkey"));
        assert!(matches!(report.listing, Finding::Passed(_)), "{:?}", report.listing);
    }
}

#[tokio::test]
async fn a_role_that_is_given_behind_the_lock_is_not_kept() {
    let locked = Arc::new(OnceLock::<Arc<Engine>>::new());
    let (engine, sts) = (locked.clone(), sts());
    let bench = Bench::new(move |operation, body| {
        if operation == "AssumeRole" {
            lock_now(engine.get().expect("it is there before a request"));
        }
        sts(operation, body)
    })
    .await;
    write_base(&bench, "");
    bench.engine.list_connections(ListConnections {}).await.unwrap();
    let role = save(&bench, draft("Admin")).await;
    assert!(locked.set(bench.engine.clone()).is_ok());
    let scope = Scope { connection: role.id.clone(), region: "eu-west-1".into() };
    assert_eq!(bench.engine.client(&scope).await.expect_err("locked meanwhile").code, Code::Locked);
    assert_eq!(bench.log.of("AssumeRole").len(), 1);
    let now = bench.engine.clock.now();
    assert!(bench.engine.connections.pages().credentials.fresh(&role.id, now).is_none(), "no key is left");
}
