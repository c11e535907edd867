//! Where requests really go: listeners in the places that variables and files name, and one in the place of AWS.
#![allow(clippy::unwrap_used)]

use std::sync::{Arc, Mutex};

use aws_smithy_http_client::test_util::infallible_client_fn;
use aws_smithy_types::body::SdkBody;
use latchkey_domain::connection::{Connection, ConnectionState, ListConnections};
use latchkey_domain::contract::LoadInventory;
use latchkey_domain::detour::TrustConnection;
use latchkey_domain::{ApiError, Code, ConnectionId, Scope};
use serde_json::json;

use crate::Environment;
use crate::aws::client::Transport;
use crate::testing::listener::{Listener, role_of};
use crate::testing::{Bench, FakeVault, answer, in_own_home, ok};

const KEY: &str = "aws_access_key_id = AKIAFAKEBASE\naws_secret_access_key = fake\n";
const ROLE: &str = "role_arn = arn:aws:iam::210987654321:role/admin\nregion = eu-west-1\n";

pub(super) struct Scene {
    pub bench: Bench,
    /// The hosts of AWS that were asked.
    aws: Arc<Mutex<Vec<String>>>,
}

impl Scene {
    /// An engine with these variables and this file. What goes to AWS is noted and answered here.
    pub async fn new(variables: &[(&str, &str)], config: &str) -> Self {
        let aws = Arc::new(Mutex::new(Vec::new()));
        let noted = aws.clone();
        let internet = infallible_client_fn(move |request: http::Request<SdkBody>| {
            noted.lock().unwrap().push(request.uri().host().unwrap_or_default().to_owned());
            let body = String::from_utf8_lossy(request.body().bytes().unwrap_or_default()).into_owned();
            if body.contains("Action=AssumeRole") {
                return answer(200, role_of("AssumeRole", "ASIAFAKEOFAWS"));
            }
            if body.contains("Action=") {
                return answer(403, "<Error/>");
            }
            ok(json!({ "SecretList": [] }))
        });
        let mut transport = Transport::system();
        transport.internet = internet;
        let value = |name: &str| {
            variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
        };
        let bench = Bench::in_environment(Environment::read(value), transport, FakeVault { gate: None });
        bench.write_aws_config(config);
        let scene = Self { bench, aws };
        scene.shown().await;
        scene
    }

    async fn shown(&self) -> Vec<Connection> {
        self.bench.engine.list_connections(ListConnections {}).await.unwrap().list
    }

    async fn find(&self, id: &str) -> Connection {
        self.shown().await.into_iter().find(|known| known.id.as_str() == id).expect(id)
    }

    pub async fn list(&self, id: &str) -> Result<(), ApiError> {
        let scope = Scope { connection: ConnectionId::from(id), region: "eu-west-1".into() };
        self.bench.engine.load_inventory(LoadInventory { scope }).await?.failure.map_or(Ok(()), Err)
    }

    async fn trust(&self, id: &str) -> Result<(), ApiError> {
        self.bench.engine.trust_connection(TrustConnection { connection: id.into() }).await.map(drop)
    }

    /// The hosts of AWS that were asked since the last look, each once.
    fn take_aws(&self) -> Vec<String> {
        let mut hosts = std::mem::take(&mut *self.aws.lock().unwrap());
        hosts.sort();
        hosts.dedup();
        hosts
    }
}

#[tokio::test]
async fn an_endpoint_of_sts_is_shown_and_asked_about_and_gets_nothing_signed_before_the_person_agrees() {
    for variable in ["AWS_ENDPOINT_URL_STS", "AWS_ENDPOINT_URL"] {
        let sts = Listener::aws();
        let config = format!("[profile base]\n{KEY}[profile admin]\n{ROLE}source_profile = base\n");
        let scene = Scene::new(&[(variable, &sts.url)], &config).await;
        let id = "profile:admin";
        let detours = scene.find(id).await.marks.detours;
        assert!(detours.iter().any(|detour| detour.source == variable && !detour.is_trusted), "{detours:?}");
        assert_eq!(scene.list(id).await.expect_err("nobody agreed").code, Code::Untrusted);
        scene.bench.person.agree(false);
        scene.trust(id).await.expect_err("the person says no");
        assert!(scene.list(id).await.is_err());
        assert_eq!(sts.take_operations(), Vec::<String>::new(), "{variable}: nothing arrived");
        assert_eq!(scene.take_aws(), Vec::<String>::new());
        scene.bench.person.agree(true);
        scene.trust(id).await.unwrap();
        let question = scene.bench.person.take_asked().pop().expect("a system dialog asked");
        assert!(question.text.contains(&sts.url) && question.text.contains(variable), "{}", question.text);
        scene.list(id).await.unwrap();
        let arrived = sts.take();
        let asked = arrived.iter().find(|sent| sent.operation == "AssumeRole").expect("it was asked");
        assert_eq!(asked.signer(), "AKIAFAKEBASE");
    }
}

#[tokio::test]
async fn an_endpoint_in_plain_http_on_another_host_gets_nothing_and_is_told_by_its_variable() {
    let config = format!("[profile base]\n{KEY}[profile admin]\n{ROLE}source_profile = base\n");
    let scene = Scene::new(&[("AWS_ENDPOINT_URL_STS", "http://sts.example")], &config).await;
    let ConnectionState::Failed(error) = scene.find("profile:admin").await.state else {
        panic!("it is told at once")
    };
    assert!(error.message.starts_with("AWS_ENDPOINT_URL_STS"), "{}", error.message);
    scene.bench.person.agree(true);
    scene.list("profile:admin").await.expect_err("it cannot be used");
    assert_eq!(scene.take_aws(), Vec::<String>::new(), "and nothing is asked instead");
}

#[tokio::test]
async fn keys_meant_for_an_emulator_by_a_section_of_services_sign_no_request_to_aws() {
    let emulator = Listener::aws();
    let url = &emulator.url;
    let config = format!(
        "[profile local]\n{KEY}region = eu-west-1\nservices = emulator\n[services emulator]\nsecrets_manager =\n  \
         endpoint_url = {url}\nsts =\n  endpoint_url = {url}\niam =\n  endpoint_url = {url}\n"
    );
    let scene = Scene::new(&[], &config).await;
    let shown = scene.find("profile:local").await;
    assert_eq!(shown.endpoint_url.as_ref(), Some(url), "shown with the connection");
    let source = &shown.marks.detours[0].source;
    assert_eq!(source, "the AWS profile (config, line 8)", "with the line");
    scene.bench.trust_way(&"profile:local".into()).await;
    scene.list("profile:local").await.unwrap();
    let listed =
        emulator.take().into_iter().find(|sent| sent.operation == "ListSecrets").expect("it was asked");
    assert_eq!(listed.signer(), "AKIAFAKEBASE");
    assert_eq!(scene.take_aws(), Vec::<String>::new());
}

#[tokio::test]
async fn configured_endpoints_that_are_switched_off_get_nothing() {
    let off = ("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "true");
    let listener = Listener::aws();
    let keys = format!("[profile ops]\n{KEY}region = eu-west-1\nendpoint_url = {}\n", listener.url);
    let in_file = format!("{keys}ignore_configured_endpoint_urls = true\n");
    let named = ("AWS_ENDPOINT_URL_SECRETS_MANAGER", listener.url.as_str());
    for (variables, config) in
        [(&[][..], &in_file), (&[off], &keys), (&[off, named], &keys), (&[named], &in_file)]
    {
        let scene = Scene::new(variables, config).await;
        assert_eq!(scene.find("profile:ops").await.endpoint_url, None);
        scene.list("profile:ops").await.unwrap();
        assert!(listener.take_operations().is_empty(), "{variables:?}");
        assert!(scene.take_aws().contains(&"secretsmanager.eu-west-1.amazonaws.com".to_owned()));
    }
}

#[tokio::test]
async fn fips_of_the_environment_counts_for_secrets_manager_sts_and_iam_alike() {
    let config = format!("[profile base]\n{KEY}[profile admin]\n{ROLE}source_profile = base\n");
    let scene = Scene::new(&[("AWS_USE_FIPS_ENDPOINT", "true")], &config).await;
    assert_eq!(scene.find("profile:admin").await.variant.words(), Some("FIPS"), "shown with the connection");
    scene.list("profile:admin").await.unwrap();
    let hosts = scene.take_aws();
    assert!(hosts.contains(&"secretsmanager-fips.eu-west-1.amazonaws.com".to_owned()), "{hosts:?}");
    assert!(hosts.contains(&"sts-fips.eu-west-1.amazonaws.com".to_owned()), "{hosts:?}");
    assert!(hosts.iter().all(|host| host.contains("fips")), "{hosts:?}");
}

#[tokio::test]
async fn a_web_identity_token_goes_to_the_sts_that_was_agreed_to_and_to_no_other() {
    let sts = Listener::aws();
    let scene = Scene::new(&[("AWS_ENDPOINT_URL_STS", &sts.url)], "").await;
    let token = scene.bench.folder.path().join("token");
    std::fs::write(&token, "fake.web.token").unwrap();
    let config = format!("[profile ci]\n{ROLE}web_identity_token_file = {}\n", token.display());
    scene.bench.write_aws_config(&config);
    scene.shown().await;
    assert_eq!(scene.list("profile:ci").await.expect_err("nobody agreed").code, Code::Untrusted);
    assert!(sts.take().is_empty());
    scene.bench.trust_way(&"profile:ci".into()).await;
    scene.list("profile:ci").await.unwrap();
    assert!(sts.take().iter().any(|sent| sent.text.contains("WebIdentityToken=fake.web.token")));
    assert!(scene.take_aws().iter().all(|host| !host.starts_with("sts")), "nothing of it at AWS");
}

#[tokio::test]
async fn the_bearer_token_of_a_sign_in_goes_to_no_portal_that_nobody_agreed_to() {
    if !in_own_home(module_path!(), "the_bearer_token_of_a_sign_in_goes_to_no_portal_that_nobody_agreed_to") {
        return;
    }
    let portal = Listener::start(|_| {
        let given = json!({ "roleCredentials": {
            "accessKeyId": "ASIAFAKEPORTAL", "secretAccessKey": "fake", "sessionToken": "fake",
            "expiration": 4_102_444_800_000_u64,
        } });
        (200, given.to_string())
    });
    let cache = std::path::PathBuf::from(std::env::var_os("HOME").unwrap()).join(".aws/sso/cache");
    std::fs::create_dir_all(&cache).unwrap();
    // The CLI names the file by the SHA-1 of the start URL.
    let file = cache.join("13d964f74e530cef34c9cc5577ad15501abebe0e.json");
    let sign_in = json!({ "accessToken": "fake-bearer-token", "expiresAt": "2099-01-01T00:00:00Z" });
    std::fs::write(file, sign_in.to_string()).unwrap();
    let config = "[profile corp]\nsso_start_url = https://fake.awsapps.com/start\nsso_region = eu-west-1\n\
                  sso_account_id = 111111111111\nsso_role_name = Reader\nregion = eu-west-1\n";
    let scene = Scene::new(&[("AWS_ENDPOINT_URL_SSO", &portal.url)], config).await;
    let refused = scene.list("profile:corp").await.expect_err("nobody agreed");
    assert_eq!(refused.code, Code::Untrusted);
    assert!(refused.message.contains("AWS_ENDPOINT_URL_SSO"), "{}", refused.message);
    assert!(portal.take().is_empty(), "no token arrived");
    scene.bench.trust_way(&"profile:corp".into()).await;
    scene.list("profile:corp").await.unwrap();
    assert!(portal.take()[0].text.contains("fake-bearer-token"));
    assert!(scene.take_aws().iter().all(|host| !host.contains("sso")), "nothing of it at AWS");
}

#[tokio::test]
async fn the_key_in_the_environment_follows_the_default_profile_and_its_own_variables() {
    let (secrets, sts) = (Listener::aws(), Listener::aws());
    let variables = [
        ("AWS_ACCESS_KEY_ID", "AKIAFAKEFAKEFAKEFAKE"),
        ("AWS_SECRET_ACCESS_KEY", "fake"),
        ("AWS_ENDPOINT_URL_STS", sts.url.as_str()),
    ];
    let config = format!("[default]\nregion = eu-central-1\nendpoint_url = {}\n", secrets.url);
    let scene = Scene::new(&variables, &config).await;
    let shown = scene.find("environment").await;
    assert_eq!(
        (shown.endpoint_url.as_ref(), shown.default_region.as_str()),
        (Some(&secrets.url), "eu-central-1")
    );
    assert_eq!(scene.list("environment").await.expect_err("nobody agreed").code, Code::Untrusted);
    scene.bench.trust_way(&"environment".into()).await;
    scene.list("environment").await.unwrap();
    assert!(secrets.take_operations().contains(&"ListSecrets".to_owned()));
    assert!(sts.take_operations().iter().all(|operation| operation == "GetCallerIdentity"));
    assert_eq!(scene.take_aws(), Vec::<String>::new());
}

#[tokio::test]
async fn a_role_is_assumed_with_the_key_in_the_environment_where_its_own_profile_sends() {
    let sts = Listener::aws();
    let variables = [("AWS_ACCESS_KEY_ID", "AKIAFAKEFAKEFAKEFAKE"), ("AWS_SECRET_ACCESS_KEY", "fake")];
    let config = format!(
        "[profile ci]\n{ROLE}credential_source = Environment\nservices = own\n[services own]\nsts =\n  endpoint_url = {}\n",
        sts.url
    );
    let scene = Scene::new(&variables, &config).await;
    scene.bench.trust_way(&"profile:ci".into()).await;
    scene.list("profile:ci").await.unwrap();
    let arrived = sts.take();
    let asked = arrived.iter().find(|sent| sent.operation == "AssumeRole").expect("it was asked");
    assert_eq!(asked.signer(), "AKIAFAKEFAKEFAKEFAKE");
    assert!(scene.take_aws().iter().all(|host| !host.starts_with("sts")), "nothing of it at AWS");
}

#[tokio::test]
async fn a_key_in_the_environment_that_cannot_be_used_is_told_to_the_profile_that_takes_it() {
    let config = format!("[profile ci]\n{ROLE}credential_source = Environment\n");
    let id = ("AWS_ACCESS_KEY_ID", "AKIAFAKEFAKEFAKEFAKE");
    for (variables, words) in [
        (vec![], "no variable of an access key is set"),
        (vec![id], "AWS_SECRET_ACCESS_KEY is not set"),
        (vec![("AWS_SECRET_ACCESS_KEY", "fake")], "AWS_ACCESS_KEY_ID is not set"),
        (vec![id, ("AWS_SECRET_ACCESS_KEY", "fake secret")], "AWS_SECRET_ACCESS_KEY cannot be used"),
        (
            vec![("AWS_ACCESS_KEY_ID", "ASIAFAKEFAKEFAKEFAKE"), ("AWS_SECRET_ACCESS_KEY", "fake")],
            "AWS_SESSION_TOKEN cannot be used",
        ),
    ] {
        let error = Scene::new(&variables, &config).await.list("profile:ci").await.expect_err(words);
        assert!(error.message.contains(words), "{words} in {}", error.message);
        assert!(error.message.contains("The profile ci"), "{}", error.message);
    }
}

#[tokio::test]
async fn a_region_of_the_environment_that_is_none_is_told_in_the_list_of_profiles() {
    let keys = format!("[profile none]\n{KEY}[profile own]\n{KEY}region = eu-west-1\n");
    let scene = Scene::new(&[("AWS_DEFAULT_REGION", "Frankfurt")], &keys).await;
    let ConnectionState::Failed(error) = scene.find("profile:none").await.state else { panic!("it is told") };
    assert!(error.message.starts_with("AWS_DEFAULT_REGION"), "{}", error.message);
    assert_eq!(scene.find("profile:own").await.state, ConnectionState::Ready);
}
