//! Endpoints, proxies and CA bundles: what a connection shows of them, and what is sent before they are trusted.

use hyper_util::client::proxy::matcher::Matcher;
use latchkey_domain::connection::{
    AccessKeyDraft, Connection, ListConnections, SaveAccessKey, TestConnection,
};
use latchkey_domain::contract::LoadInventory;
use latchkey_domain::detour::{TrustConnection, listed};
use latchkey_domain::identity_center::{SaveSsoRoles, SsoRoleDraft, SsoSession};
use latchkey_domain::secret_text::SecretInput;
use latchkey_domain::{ApiError, Code, ConnectionId, Scope};
use serde_json::json;

use crate::aws::client::Transport;
use crate::aws::detour::Detours;
use crate::aws::trust::Bundle;
use crate::testing::listener::fake_ca;
use crate::testing::{Bench, FakeVault, network, ok};

const KEYS: &str =
    "aws_access_key_id = AKIAFAKEFAKEFAKE0001\naws_secret_access_key = fake\nregion = eu-west-1\n";
const PROXY: &str = "http://fake-user:fake-password@proxy.corp.example:3128";

fn bench(config: &str, detours: impl FnOnce(&mut Transport)) -> Bench {
    let (mut transport, log) = network(|_, _| ok(json!({ "SecretList": [] })));
    detours(&mut transport);
    let bench = Bench::on(transport, log, FakeVault { gate: None });
    bench.write_aws_config(config);
    bench
}

fn by_proxy(transport: &mut Transport) {
    let proxy = Matcher::builder().https(PROXY).no("secretsmanager.eu-west-2.amazonaws.com").build();
    transport.detours = Detours::new(proxy, None);
}

async fn shown(bench: &Bench, id: &str) -> Connection {
    let known =
        bench.engine.list_connections(ListConnections {}).await.expect("the list is always told").list;
    known.into_iter().find(|known| known.id.as_str() == id).expect("it is listed")
}

/// What a connection shows of its detours, a line each.
async fn told(bench: &Bench, id: &str) -> Vec<String> {
    let detours = shown(bench, id).await.marks.detours.into_iter();
    let line = |is_trusted| if is_trusted { "trusted" } else { "not trusted" };
    detours
        .map(|detour| format!("{} by {}: {}", detour.way.words(), detour.source, line(detour.is_trusted)))
        .collect()
}

async fn list(bench: &Bench, id: &str) -> Result<(), ApiError> {
    let scope = Scope { connection: ConnectionId::from(id), region: "eu-west-1".into() };
    let loaded = bench.engine.load_inventory(LoadInventory { scope }).await?;
    loaded.failure.map_or(Ok(()), Err)
}

async fn trust(bench: &Bench, id: &str) -> Result<(), ApiError> {
    bench.engine.trust_connection(TrustConnection { connection: id.into() }).await.map(drop)
}

#[tokio::test]
async fn an_endpoint_of_a_profile_is_shown_and_nothing_is_sent_there_before_it_is_trusted() {
    let bench = bench(&format!("[profile dev]\n{KEYS}endpoint_url = https://vpce.example\n"), |_| {});
    let id = "profile:dev";
    assert_eq!(
        told(&bench, id).await,
        ["the endpoint https://vpce.example by the AWS profile (config, line 5): not trusted"]
    );
    let refused = list(&bench, id).await.expect_err("nobody trusts it");
    assert_eq!(refused.code, Code::Untrusted);
    assert!(refused.message.contains("https://vpce.example"), "{}", refused.message);
    let scope = Scope { connection: id.into(), region: "eu-west-1".into() };
    let tested =
        bench.engine.test_connection(TestConnection::Saved { scope }).await.expect_err("nor by its test");
    assert_eq!(tested.code, Code::Untrusted);

    assert!(trust(&bench, id).await.is_err(), "the person says no");
    assert!(list(&bench, id).await.is_err() && bench.log.all().is_empty(), "so nothing was sent");
    bench.person.agree(true);
    trust(&bench, id).await.expect("the person says yes");
    let question = bench.person.take_asked().pop().expect("a system dialog asked");
    assert!(
        question.text.contains("https://vpce.example, set by the AWS profile (config, line 5)"),
        "{}",
        question.text
    );
    list(&bench, id).await.expect("it is trusted");
    assert_eq!(
        told(&bench, id).await,
        ["the endpoint https://vpce.example by the AWS profile (config, line 5): trusted"]
    );
    trust(&bench, id).await.expect("nothing is new");
    assert!(bench.person.take_asked().is_empty(), "once is enough");
}

#[tokio::test]
async fn an_endpoint_that_changes_in_the_file_is_another_one() {
    let config = |host: &str| format!("[profile dev]\n{KEYS}endpoint_url = https://{host}\n");
    let bench = bench(&config("vpce.example"), |_| {});
    shown(&bench, "profile:dev").await;
    bench.person.agree(true);
    trust(&bench, "profile:dev").await.expect("the person says yes");
    list(&bench, "profile:dev").await.expect("it is trusted");
    let sent = bench.log.all().len();
    bench.write_aws_config(&config("attacker.example"));
    assert_eq!(list(&bench, "profile:dev").await.map_err(|error| error.code), Err(Code::Untrusted));
    assert_eq!(bench.log.all().len(), sent, "nothing went there");
}

#[tokio::test]
async fn trust_is_given_to_one_connection_and_outlives_a_restart() {
    let both = format!(
        "[profile one]\n{KEYS}[profile two]\n{KEYS}[profile near]\n{KEYS}endpoint_url = http://localhost:1\n"
    );
    let bench = bench(&both, by_proxy);
    shown(&bench, "profile:one").await;
    bench.person.agree(true);
    trust(&bench, "profile:one").await.expect("the person says yes");
    let trusted = ["the proxy proxy.corp.example:3128 by HTTPS_PROXY: trusted"];
    assert_eq!(told(&bench, "profile:one").await, trusted, "and nothing of its password");
    assert_eq!(
        told(&bench, "profile:two").await,
        ["the proxy proxy.corp.example:3128 by HTTPS_PROXY: not trusted"]
    );
    let near = told(&bench, "profile:near").await;
    assert_eq!(
        near,
        ["the endpoint http://localhost:1 by the AWS profile (config, line 13): not trusted"],
        "no proxy on the way there"
    );
    assert!(told(&bench, ConnectionId::local().as_str()).await.is_empty(), "the vault is on this machine");

    let (mut transport, log) = network(|_, _| ok(json!({ "SecretList": [] })));
    by_proxy(&mut transport);
    let later = Bench::in_folder(bench.folder, transport, log, FakeVault { gate: None });
    assert_eq!(told(&later, "profile:one").await, trusted);
}

#[tokio::test]
async fn a_proxy_that_stands_before_another_region_only_is_shown_and_asked_about_too() {
    let hosts = "secretsmanager.eu-west-1.amazonaws.com,sts.eu-west-1.amazonaws.com,iam.amazonaws.com";
    let excluding = |no_proxy: &'static str| {
        move |transport: &mut Transport| {
            transport.detours = Detours::new(Matcher::builder().https(PROXY).no(no_proxy).build(), None);
        }
    };
    let proxied = "the proxy proxy.corp.example:3128 by HTTPS_PROXY: not trusted";
    let config = format!("[profile dev]\n{KEYS}[profile six]\n{KEYS}use_dualstack_endpoint = true\n");
    let narrow = bench(&config, excluding(hosts));
    assert_eq!(told(&narrow, "profile:dev").await, [proxied], "the next Region may be another");
    let scope = Scope { connection: "profile:dev".into(), region: "us-east-1".into() };
    let refused = narrow.engine.load_inventory(LoadInventory { scope }).await.expect("told with the list");
    assert_eq!(refused.failure.map(|error| error.code), Some(Code::Untrusted));
    assert!(narrow.log.all().is_empty(), "nothing went by it");

    let wide = bench(&config, excluding(".amazonaws.com"));
    assert!(told(&wide, "profile:dev").await.is_empty(), "all of its hosts are excluded");
    assert_eq!(told(&wide, "profile:six").await, [proxied], "dual-stack has hosts of another domain");
    let near = |more: &str| {
        bench(
            &format!("[profile near]\n{KEYS}endpoint_url = https://own.example\n{more}"),
            excluding("own.example"),
        )
    };
    let endpoint = "the endpoint https://own.example by the AWS profile (config, line 5): not trusted";
    assert_eq!(told(&near(""), "profile:near").await, [endpoint], "its own key needs nothing of AWS");
    let role = "role_arn = arn:aws:iam::210987654321:role/admin\nsource_profile = near\n";
    assert_eq!(
        told(&near(role), "profile:near").await,
        [endpoint],
        "the STS that gives its role is there too"
    );
    let of_one =
        format!("{role}services = one\n[services one]\niam =\n  endpoint_url = https://iam.example\n");
    let two = told(&near(&of_one), "profile:near").await;
    assert!(two.contains(&proxied.to_owned()), "one service of several is enough: {two:?}");
    for (name, endpoint_url, is_met) in [
        ("vpce", "https://vpce-1.secretsmanager.eu-west-1.vpce.amazonaws.com", true),
        ("emulator", "http://127.0.0.1:4566", false),
    ] {
        let draft = AccessKeyDraft {
            name: name.into(),
            access_key_id: "AKIAFAKEFAKEFAKE0002".into(),
            secret_access_key: SecretInput::new("fake"),
            session_token: None,
            region: "eu-west-1".into(),
            endpoint_url: Some(endpoint_url.into()),
            variant: Default::default(),
        };
        let near = bench("", excluding(".vpce.amazonaws.com"));
        let known = near.engine.save_access_key(SaveAccessKey { draft }).await.expect("it is saved").list;
        let saved = known.into_iter().find(|known| known.name == name).expect("it is listed");
        assert_eq!(
            told(&near, saved.id.as_str()).await.contains(&proxied.to_owned()),
            is_met,
            "{name}: STS and IAM"
        );
    }
}

#[tokio::test]
async fn a_role_of_identity_center_meets_the_proxy_also_where_its_endpoint_is_on_this_machine() {
    let bench = bench("", by_proxy);
    let role = |name: &str| SsoRoleDraft {
        name: name.into(),
        account_id: "111111111111".into(),
        role_name: "Reader".into(),
        writes_with: None,
    };
    let request = SaveSsoRoles {
        session: SsoSession {
            start_url: "https://example.awsapps.com/start".into(),
            region: "eu-west-1".into(),
        },
        region: "eu-west-1".into(),
        endpoint_url: Some("http://127.0.0.1:4566".into()),
        variant: Default::default(),
        roles: vec![role("reader")],
    };
    let known = bench.engine.save_sso_roles(request).await.expect("it is saved").list;
    let saved = known.into_iter().find(|known| known.name == "reader").expect("it is listed");
    assert_eq!(
        told(&bench, saved.id.as_str()).await,
        [
            "the endpoint http://127.0.0.1:4566 by you: trusted",
            "the proxy proxy.corp.example:3128 by HTTPS_PROXY: not trusted"
        ],
        "its credentials come from AWS"
    );
}

#[tokio::test]
async fn what_a_connection_would_meet_is_told_before_it_is_added() {
    let known = |bench: Bench| async move {
        let known = bench.engine.list_connections(ListConnections {}).await.expect("the list is told");
        listed(&known.detours)
    };
    assert_eq!(known(bench("", |_| {})).await, "");
    let told = known(bench("", by_proxy)).await;
    assert_eq!(told, "the proxy proxy.corp.example:3128, set by HTTPS_PROXY", "and nothing of its password");
}

#[tokio::test]
async fn an_endpoint_that_was_typed_here_is_shown_and_needs_no_further_word() {
    let bench = bench("", by_proxy);
    let draft = AccessKeyDraft {
        name: "Emulator".into(),
        access_key_id: "AKIAFAKEFAKEFAKE0002".into(),
        secret_access_key: SecretInput::new("fake"),
        session_token: None,
        region: "eu-west-1".into(),
        endpoint_url: Some("http://127.0.0.1:4566".into()),
        variant: Default::default(),
    };
    let known = bench.engine.save_access_key(SaveAccessKey { draft }).await.expect("it is saved").list;
    let id = known.into_iter().find(|known| known.name == "Emulator").expect("it is listed").id;
    assert_eq!(told(&bench, id.as_str()).await, ["the endpoint http://127.0.0.1:4566 by you: trusted"]);
    list(&bench, id.as_str()).await.expect("nothing is asked");
}

#[tokio::test]
async fn a_ca_bundle_is_trusted_by_what_is_in_it() {
    // Two files of one name: what counts is the certificate.
    let folder = tempfile::tempdir().expect("a folder");
    let bundle = |fixture: &str| {
        let path = folder.path().join("corp.pem");
        std::fs::copy(fake_ca(fixture), &path).expect("a file");
        Bundle::load(&path).expect("it is a bundle").way()
    };
    let (first, second) = (bundle("ca.pem"), bundle("server.pem"));
    assert!(first.words().starts_with("the certificate in corp.pem (SHA-256 "), "{}", first.words());
    let of = |way| {
        move |transport: &mut Transport| {
            transport.detours = Detours::new(Matcher::builder().build(), Some(way))
        }
    };
    let before = bench(&format!("[profile dev]\n{KEYS}"), of(first));
    shown(&before, "profile:dev").await;
    before.person.agree(true);
    trust(&before, "profile:dev").await.expect("the person says yes");
    list(&before, "profile:dev").await.expect("it is trusted");

    let (mut transport, log) = network(|_, _| ok(json!({ "SecretList": [] })));
    of(second)(&mut transport);
    let after = Bench::in_folder(before.folder, transport, log, FakeVault { gate: None });
    shown(&after, "profile:dev").await;
    assert_eq!(list(&after, "profile:dev").await.map_err(|error| error.code), Err(Code::Untrusted));
    assert!(after.log.all().is_empty(), "nothing was said to whom the second bundle trusts");
}

#[tokio::test]
async fn the_certificates_of_a_profile_are_asked_about_on_its_way_to_aws_and_once_more_when_they_change() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("corp.pem");
    std::fs::copy(fake_ca("ca.pem"), &path).expect("a file");
    let bench = bench(
        &format!("[profile plain]\n{KEYS}[profile dev]\n{KEYS}ca_bundle = {}\n", path.display()),
        |_| {},
    );
    let id = "profile:dev";
    let first = told(&bench, id).await;
    let [line] = first.as_slice() else { panic!("{first:?}") };
    assert!(line.starts_with("the certificate in corp.pem (SHA-256 "), "{line}");
    assert!(line.ends_with(" by the AWS profile (config, line 9): not trusted"), "{line}");
    assert_eq!(list(&bench, id).await.expect_err("nobody trusts it").code, Code::Untrusted);
    assert!(told(&bench, "profile:plain").await.is_empty(), "the other profile has none");
    bench.person.agree(true);
    trust(&bench, id).await.expect("the person says yes");
    list(&bench, id).await.expect("it is trusted");
    let sent = bench.log.all().len();

    std::fs::copy(fake_ca("server.pem"), &path).expect("another certificate");
    assert_ne!(told(&bench, id).await, first);
    assert_eq!(list(&bench, id).await.expect_err("it is another one").code, Code::Untrusted);
    assert_eq!(bench.log.all().len(), sent, "nothing was said to whom the second one trusts");
}
