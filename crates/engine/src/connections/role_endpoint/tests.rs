//! Where the requests of a role go: to listeners, by TCP.
#![allow(clippy::unwrap_used)]

use latchkey_domain::assumed_role::{AssumedRoleDraft, SaveAssumedRole};
use latchkey_domain::connection::{
    AccessKeyDraft, Connection, Finding, ListConnections, SaveAccessKey, TestConnection,
};
use latchkey_domain::contract::LoadInventory;
use latchkey_domain::endpoint::EndpointVariant;
use latchkey_domain::guard::EditConnection;
use latchkey_domain::secret_text::SecretInput;
use latchkey_domain::{ApiError, Code, ConnectionId, Scope};

use crate::aws::client::Transport;
use crate::testing::listener::Listener;
use crate::testing::{Bench, CallLog, FakeVault, edit_of};

const NOBODY: &str = "http://127.0.0.1:9";

struct Scene {
    bench: Bench,
    /// Where the base sends to, and STS is.
    there: Listener,
    /// The endpoint of the role's own.
    own: Listener,
    base: ConnectionId,
}

async fn scene() -> Scene {
    let bench = Bench::on(Transport::system(), CallLog::default(), FakeVault { gate: None });
    let (there, own) = (Listener::aws(), Listener::aws());
    let draft = AccessKeyDraft {
        name: "base".into(),
        access_key_id: "AKIAFAKEBASE".into(),
        secret_access_key: SecretInput::new("fake"),
        session_token: None,
        region: "eu-west-1".into(),
        endpoint_url: Some(there.url.clone()),
        variant: Default::default(),
    };
    let known = bench.engine.save_access_key(SaveAccessKey { draft }).await.unwrap();
    let base = known.list.last().unwrap().id.clone();
    Scene { bench, there, own, base }
}

fn draft(name: &str, base: &ConnectionId, endpoint_url: &str) -> AssumedRoleDraft {
    AssumedRoleDraft {
        name: name.into(),
        base: base.clone(),
        role_arn: "arn:aws:iam::210987654321:role/admin".into(),
        external_id: None,
        session_name: None,
        duration_minutes: None,
        mfa_serial: None,
        region: "eu-west-1".into(),
        endpoint_url: Some(endpoint_url.into()),
    }
}

async fn save(bench: &Bench, draft: AssumedRoleDraft) -> Connection {
    let name = draft.name.clone();
    let known = bench.engine.save_assumed_role(SaveAssumedRole { draft }).await.unwrap();
    known.list.into_iter().find(|connection| connection.name == name).unwrap()
}

async fn find(bench: &Bench, id: &ConnectionId) -> Connection {
    let known = bench.engine.list_connections(ListConnections {}).await.unwrap();
    known.list.into_iter().find(|connection| connection.id == *id).unwrap()
}

async fn list(bench: &Bench, id: &ConnectionId) -> Result<(), ApiError> {
    let scope = Scope { connection: id.clone(), region: "eu-west-1".into() };
    bench.engine.load_inventory(LoadInventory { scope }).await?.failure.map_or(Ok(()), Err)
}

fn to(connection: &Connection, endpoint_url: &str) -> EditConnection {
    let endpoint_url = Some(endpoint_url.to_owned());
    EditConnection { endpoint_url, ..edit_of(&connection.id, connection.marks.guard) }
}

#[tokio::test]
async fn a_role_with_an_endpoint_of_its_own_asks_secrets_manager_there_and_sts_where_its_base_does() {
    let Scene { bench, there, own, base } = scene().await;
    let role = save(&bench, draft("own", &base, &format!(" {}/ ", own.url))).await;
    assert_eq!(role.endpoint_url.as_ref(), Some(&own.url), "shown with the connection");
    let ways: Vec<_> = role.marks.detours.iter().map(|way| (way.way.words(), way.source.as_str())).collect();
    let words = |listener: &Listener| format!("the endpoint {}", listener.url);
    assert_eq!(ways, [(words(&own), "you"), (words(&there), "you")], "both are told");
    assert!(role.marks.is_way_trusted(), "typed by the person");

    list(&bench, &role.id).await.unwrap();
    let asked = own.take();
    assert_eq!(asked.iter().map(|sent| sent.operation.as_str()).collect::<Vec<_>>(), ["ListSecrets"]);
    assert_eq!(asked[0].signer(), "ASIAFAKEROLE");
    assert_eq!(there.take_operations(), ["AssumeRole"], "no secret is asked for there");

    let scope = Scope { connection: role.id.clone(), region: "eu-west-1".into() };
    let report = bench.engine.test_connection(TestConnection::Saved { scope }).await.unwrap();
    assert!(matches!(report.identity, Finding::Passed(_)), "{report:?}");
    assert!(there.take_operations().contains(&"GetCallerIdentity".to_owned()), "STS tells who it is");
    assert_eq!(own.take_operations(), ["ListSecrets"]);

    let again =
        Bench::in_folder(bench.folder, Transport::system(), CallLog::default(), FakeVault { gate: None });
    list(&again, &role.id).await.unwrap();
    assert_eq!(own.take_operations(), ["ListSecrets"], "it is saved");
}

#[tokio::test]
async fn a_role_without_an_endpoint_sends_to_that_of_its_base_and_so_does_one_based_on_a_role() {
    let Scene { bench, there, own, base } = scene().await;
    let blank = save(&bench, draft("blank", &base, " ")).await;
    assert_eq!(blank.endpoint_url.as_ref(), Some(&there.url));
    list(&bench, &blank.id).await.unwrap();
    assert_eq!(there.take_operations(), ["AssumeRole", "ListSecrets"]);
    assert!(own.take_operations().is_empty());

    let hub = save(&bench, draft("hub", &base, &own.url)).await;
    let spoke = save(&bench, draft("spoke", &hub.id, "")).await;
    assert_eq!(spoke.endpoint_url.as_ref(), Some(&own.url), "its base is the hub");
    list(&bench, &spoke.id).await.unwrap();
    assert_eq!(own.take_operations(), ["ListSecrets"]);
    assert_eq!(there.take_operations(), ["AssumeRole", "AssumeRole"], "STS stays where it was");
}

#[tokio::test]
async fn a_role_is_tested_at_its_own_endpoint_before_it_is_saved() {
    let Scene { bench, there, own, base } = scene().await;
    let test = |draft| bench.engine.test_connection(TestConnection::Role { draft });
    let report = test(draft("any", &base, &own.url)).await.unwrap();
    assert!(matches!(report.listing, Finding::Passed(_)), "{report:?}");
    assert_eq!(own.take_operations(), ["ListSecrets"]);
    let mut of_sts = there.take_operations();
    of_sts.retain(|operation| !operation.starts_with('/') && operation != "ListAccountAliases");
    assert_eq!(of_sts, ["AssumeRole", "GetCallerIdentity"]);
    let report = test(draft("any", &base, NOBODY)).await.unwrap();
    assert_eq!(report.field_at_fault.as_deref(), Some("endpoint_url"), "told at its field: {report:?}");
    let refused = test(draft("any", &base, "http://example.com")).await.expect_err("in the clear");
    assert_eq!(refused.code, Code::Invalid("endpoint_url".into()));
    assert_eq!(bench.engine.known_connections().list.len(), 2, "nothing is saved");
}

#[tokio::test]
async fn an_edited_endpoint_is_tested_confirmed_by_the_person_and_used_from_then_on() {
    let Scene { bench, there, own, base } = scene().await;
    let role = save(&bench, draft("role", &base, "")).await;
    let spoke = save(&bench, draft("spoke", &role.id, "")).await;
    for id in [&role.id, &spoke.id] {
        list(&bench, id).await.unwrap();
    }
    there.take();
    let edit = to(&role, &own.url);
    let test = |edit| bench.engine.test_connection(TestConnection::Edited { edit });
    let refusals = [
        test(edit.clone()).await.map(drop).expect_err("the person says no to a test"),
        bench.engine.edit_connection(edit.clone()).await.map(drop).expect_err("and to the edit"),
    ];
    let asked = bench.person.take_asked();
    assert_eq!(asked.len(), refusals.len(), "each was asked for");
    for (refused, asked) in refusals.into_iter().zip(asked) {
        assert_eq!(refused.code, Code::Invalid("endpoint_url".into()));
        assert!(asked.title.contains(&own.url), "a system dialog names it: {}", asked.title);
    }
    list(&bench, &role.id).await.unwrap();
    assert!(own.take_operations().is_empty(), "it keeps its endpoint");

    bench.person.agree(true);
    let report = test(edit.clone()).await.unwrap();
    assert!(matches!(report.listing, Finding::Passed(_)), "{report:?}");
    assert_eq!(own.take_operations(), ["ListSecrets"], "tested as it would be");
    let report = test(to(&role, NOBODY)).await.unwrap();
    assert_eq!(report.field_at_fault.as_deref(), Some("endpoint_url"));
    assert_eq!(bench.person.take_asked().len(), 2, "each of the two endpoints");
    bench.engine.edit_connection(edit).await.unwrap();
    assert!(bench.person.take_asked().is_empty(), "it was confirmed at the test");
    assert_eq!(
        find(&bench, &spoke.id).await.endpoint_url.as_ref(),
        Some(&own.url),
        "what is based on it too"
    );
    there.take();
    for id in [&role.id, &spoke.id] {
        list(&bench, id).await.unwrap();
    }
    assert_eq!(own.take_operations(), ["ListSecrets", "ListSecrets"]);
    assert!(there.take_operations().is_empty(), "the credentials are still good");

    bench.person.take_asked();
    bench.engine.edit_connection(to(&role, "")).await.unwrap();
    assert!(bench.person.take_asked().is_empty(), "the endpoint of the base needs no word");
    list(&bench, &role.id).await.unwrap();
    assert_eq!(there.take_operations(), ["ListSecrets"]);
}

#[tokio::test]
async fn only_a_role_has_an_endpoint_to_edit_and_none_beside_fips_and_dual_stack() {
    let Scene { bench, own, base, .. } = scene().await;
    let key = find(&bench, &base).await;
    let refused = bench.engine.edit_connection(to(&key, &own.url)).await.expect_err("it is an access key");
    assert_eq!(refused.code, Code::Invalid("endpoint_url".into()));
    bench.write_aws_config(
        "[profile fips]\naws_access_key_id = AKIAFAKEFIPS\naws_secret_access_key = fake\nuse_fips_endpoint = true\n",
    );
    bench.engine.list_connections(ListConnections {}).await.unwrap();
    let request = SaveAssumedRole { draft: draft("role", &"profile:fips".into(), &own.url) };
    let refused = bench.engine.save_assumed_role(request).await.expect_err("FIPS would not count there");
    assert_eq!(refused.code, Code::Invalid("endpoint_url".into()), "{}", refused.message);
    let role = save(&bench, draft("role", &base, &own.url)).await;
    let variant = Some(EndpointVariant { fips: true, dual_stack: false });
    let edit = EditConnection { variant, ..edit_of(&role.id, role.marks.guard) };
    let refused = bench.engine.edit_connection(edit).await.expect_err("nor when it is switched on later");
    assert_eq!(refused.code, Code::Invalid("variant".into()));
}

#[tokio::test]
async fn a_role_follows_the_endpoint_of_its_profile_when_the_file_changes() {
    let Scene { bench, there, own, .. } = scene().await;
    let profile = |url: &str| {
        let keys = "aws_access_key_id = AKIAFAKEPROFILE\naws_secret_access_key = fake";
        bench.write_aws_config(&format!("[profile ops]\n{keys}\nendpoint_url = {url}\n# {}\n", url.len()));
    };
    profile(&there.url);
    bench.engine.list_connections(ListConnections {}).await.unwrap();
    bench.trust_way(&"profile:ops".into()).await;
    let role = save(&bench, draft("role", &"profile:ops".into(), "")).await;
    list(&bench, &role.id).await.unwrap();
    assert!(there.take_operations().contains(&"ListSecrets".to_owned()));

    profile(&format!("{}/other", own.url));
    assert!(!find(&bench, &role.id).await.marks.is_way_trusted(), "another way, which nobody trusts yet");
    assert_eq!(list(&bench, &role.id).await.map_err(|error| error.code), Err(Code::Untrusted));
    bench.trust_way(&"profile:ops".into()).await;
    list(&bench, &role.id).await.unwrap();
    assert!(own.take_operations().contains(&"ListSecrets".to_owned()), "where the file says now");
    assert!(there.take_operations().is_empty(), "and no more where it said before");
}
