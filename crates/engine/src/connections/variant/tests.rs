//! FIPS and dual-stack of roles, as they are set, tested and inherited.
#![allow(clippy::unwrap_used)]

use latchkey_domain::assumed_role::{AssumedRoleDraft, SaveAssumedRole};
use latchkey_domain::connection::{Connection, ConnectionReport, Finding, ListConnections, TestConnection};
use latchkey_domain::endpoint::EndpointVariant;
use latchkey_domain::guard::EditConnection;
use latchkey_domain::{ApiError, Code, ConnectionId};
use serde_json::{Value, json};

use crate::testing::{Answer, Bench, answer, edit_of, ok};

const FIPS: EndpointVariant = EndpointVariant { fips: true, dual_stack: false };
const DUAL_STACK: EndpointVariant = EndpointVariant { fips: false, dual_stack: true };

fn sts(operation: &str, body: &Value) -> Answer {
    match operation {
        "AssumeRole" if body.as_str().unwrap_or_default().contains("denied") => {
            answer(403, "<ErrorResponse><Error><Code>AccessDenied</Code></Error></ErrorResponse>")
        }
        "AssumeRole" => answer(
            200,
            "<AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId>ASIAFAKEROLE</AccessKeyId>\
             <SecretAccessKey>fake</SecretAccessKey><SessionToken>fake</SessionToken>\
             <Expiration>2026-11-21T03:00:00Z</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>",
        ),
        "GetCallerIdentity" => answer(
            200,
            "<GetCallerIdentityResponse><GetCallerIdentityResult><Arn>arn:aws:sts::111111111111:assumed-role/r/ana</Arn>\
             </GetCallerIdentityResult></GetCallerIdentityResponse>",
        ),
        _ => ok(json!({ "SecretList": [] })),
    }
}

/// A profile, and roles that follow one another from it: Hub, then Spoke; and one that nobody may assume.
async fn bench() -> Bench {
    let bench = Bench::new(sts).await;
    let keys = "[profile base]\naws_access_key_id = AKIAFAKEBASE\naws_secret_access_key = fake\n";
    bench.write_aws_config(keys);
    bench.engine.list_connections(ListConnections {}).await.unwrap();
    save(&bench, "Hub", "profile:base".into()).await;
    let hub = find(&bench, "Hub").await.id;
    save(&bench, "Spoke", hub).await;
    save(&bench, "denied", "profile:base".into()).await;
    bench
}

async fn save(bench: &Bench, name: &str, base: ConnectionId) {
    let draft = AssumedRoleDraft {
        name: name.into(),
        base,
        role_arn: format!("arn:aws:iam::111111111111:role/{name}"),
        external_id: None,
        session_name: None,
        duration_minutes: None,
        mfa_serial: None,
        region: "eu-west-1".into(),
        endpoint_url: None,
    };
    bench.engine.save_assumed_role(SaveAssumedRole { draft }).await.unwrap();
}

async fn find(bench: &Bench, name: &str) -> Connection {
    let known = bench.engine.list_connections(ListConnections {}).await.unwrap().list;
    known.into_iter().find(|known| known.name == name).unwrap()
}

fn edit(connection: &Connection, variant: Option<EndpointVariant>) -> EditConnection {
    EditConnection { variant, ..edit_of(&connection.id, connection.marks.guard) }
}

async fn test(bench: &Bench, edit: EditConnection) -> Result<ConnectionReport, ApiError> {
    bench.engine.test_connection(TestConnection::Edited { edit }).await
}

#[tokio::test]
async fn fips_of_a_role_is_set_kept_shown_and_inherited_by_the_roles_that_it_assumes() {
    let bench = bench().await;
    let [hub, spoke] = [find(&bench, "Hub").await, find(&bench, "Spoke").await];
    let used =
        async |connection: &Connection| bench.engine.access(&connection.id).await.unwrap().routes.variant;
    assert_eq!(used(&spoke).await, EndpointVariant::default(), "its credentials are at hand from now on");
    bench.engine.edit_connection(edit(&hub, Some(FIPS))).await.unwrap();
    assert_eq!((used(&hub).await, used(&spoke).await), (FIPS, FIPS), "a role sends where its base does");
    bench.engine.edit_connection(edit(&spoke, Some(DUAL_STACK))).await.unwrap();
    assert_eq!(used(&spoke).await, FIPS.with(DUAL_STACK));
    assert_eq!(
        find(&bench, "Spoke").await.variant.words(),
        Some("FIPS, dual-stack"),
        "and the list shows it"
    );
    bench.engine.edit_connection(edit(&hub, None)).await.unwrap();
    assert_eq!(used(&hub).await, FIPS, "what is not asked for stays");
    let file = std::fs::read_to_string(bench.folder.path().join("data/connections.json")).unwrap();
    assert!(file.contains("\"fips\": true"), "it outlives the program: {file}");
    bench.engine.edit_connection(edit(&hub, Some(EndpointVariant::default()))).await.unwrap();
    assert_eq!((used(&hub).await, used(&spoke).await), (EndpointVariant::default(), DUAL_STACK));
}

#[tokio::test]
async fn what_is_found_on_this_computer_is_not_set_here() {
    let bench = bench().await;
    for name in ["base", "Local vault"] {
        let found = find(&bench, name).await;
        let error = bench.engine.edit_connection(edit(&found, Some(FIPS))).await.expect_err(name);
        assert_eq!(error.code, Code::Invalid("variant".into()), "{name}: {error}");
        bench.engine.edit_connection(edit(&found, Some(found.variant))).await.expect("as it is");
    }
}

#[tokio::test]
async fn a_test_of_an_edit_tells_who_would_write_and_saves_nothing() {
    let bench = bench().await;
    let [hub, spoke, denied] =
        [find(&bench, "Hub").await, find(&bench, "Spoke").await, find(&bench, "denied").await];
    let elevated = EditConnection { writes_through: Some(spoke.id), ..edit(&hub, Some(FIPS)) };
    let report = test(&bench, elevated.clone()).await.unwrap();
    assert!(
        matches!(&report.writer, Some(Finding::Passed(arn)) if arn.contains("assumed-role")),
        "{report:?}"
    );
    assert_eq!(report.field_at_fault, None);
    let after = find(&bench, "Hub").await;
    assert_eq!((after.variant, after.marks.writes_through), (EndpointVariant::default(), None), "as before");

    let report = test(&bench, EditConnection { writes_through: Some(denied.id), ..elevated }).await.unwrap();
    assert!(matches!(report.writer, Some(Finding::Failed(_))), "{report:?}");
    assert_eq!(report.field_at_fault.as_deref(), Some("writes_through"));
    assert!(report.failure_at_field().unwrap().message.contains("role/denied"), "{report:?}");

    let taken = EditConnection { name: "Spoke".into(), ..edit(&hub, None) };
    assert_eq!(test(&bench, taken).await.expect_err("it is taken").code, Code::Invalid("name".into()));
    let vault = find(&bench, "Local vault").await;
    let report = test(&bench, edit(&vault, None)).await.unwrap();
    assert!(matches!(report.identity, Finding::Unavailable(_)), "a vault has no STS: {report:?}");
}
