//! Sign-ins of the AWS CLI in `~/.aws/sso/cache`, in a home of the test's own.
#![allow(clippy::unwrap_used)]

use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use aws_smithy_http_client::test_util::infallible_client_fn;
use aws_smithy_types::body::SdkBody;
use chrono::{TimeDelta, Utc};
use latchkey_domain::connection::ListConnections;
use latchkey_domain::contract::LoadInventory;
use latchkey_domain::{ApiError, Code, ConnectionId, Scope};
use serde_json::{Value, json};

use crate::aws::client::Transport;
use crate::testing::{Bench, CallLog, FakeVault, answer, in_own_home, ok};

const START_URL: &str = "https://fake.awsapps.com/start";
/// The CLI names its files by the SHA-1 of the start URL, or of the session's name.
const FILE_OF_URL: &str = "13d964f74e530cef34c9cc5577ad15501abebe0e.json";
const FILE_OF_SESSION: &str = "ee0bfd2552fbd840c02cc48b6e823320543c450f.json";

const CONFIG: &str = "\
[profile legacy]
sso_start_url = https://fake.awsapps.com/start
sso_region = eu-west-1
sso_account_id = 111111111111
sso_role_name = Reader
region = eu-west-1

[sso-session corp]
sso_start_url = https://fake.awsapps.com/start
sso_region = eu-west-1
sso_registration_scopes = sso:account:access

[profile modern]
sso_session = corp
sso_account_id = 111111111111
sso_role_name = Reader
region = eu-west-1
";

/// One request: its URL, the token that it bears, and its body.
#[derive(Debug, Clone)]
struct Asked {
    url: String,
    bearer: String,
    body: Value,
}

struct Scene {
    bench: Bench,
    asked: Arc<Mutex<Vec<Asked>>>,
}

impl Scene {
    /// IAM Identity Center gives the role for these access tokens, and a new one for a refresh token.
    async fn new(good: &'static [&'static str]) -> Self {
        let asked = Arc::new(Mutex::new(Vec::new()));
        let noted = asked.clone();
        let http = infallible_client_fn(move |request: http::Request<SdkBody>| {
            let header = |name: &str| {
                request
                    .headers()
                    .get(name)
                    .and_then(|value| value.to_str().ok())
                    .unwrap_or_default()
                    .to_owned()
            };
            let (url, bearer) = (request.uri().to_string(), header("x-amz-sso_bearer_token"));
            let body = serde_json::from_slice(request.body().bytes().unwrap_or_default()).unwrap_or_default();
            noted.lock().unwrap().push(Asked { url: url.clone(), bearer: bearer.clone(), body });
            if url.contains("/federation/credentials") {
                if !good.contains(&bearer.as_str()) {
                    return answer(
                        401,
                        r#"{"__type":"UnauthorizedException","message":"Session token not found or invalid"}"#,
                    );
                }
                let until = (Utc::now() + TimeDelta::hours(1)).timestamp_millis();
                return ok(json!({ "roleCredentials": {
                    "accessKeyId": "ASIAFAKECLI", "secretAccessKey": "fake", "sessionToken": "fake", "expiration": until
                } }));
            }
            if url.ends_with("/token") {
                return ok(
                    json!({ "accessToken": "fake-refreshed", "expiresIn": 3600, "refreshToken": "fake-refresh-2" }),
                );
            }
            ok(json!({ "SecretList": [] }))
        });
        let bench = Bench::on(Transport::over(http), CallLog::default(), FakeVault { gate: None });
        bench.write_aws_config(CONFIG);
        bench.engine.list_connections(ListConnections {}).await.unwrap();
        Self { bench, asked }
    }

    async fn list(&self, profile: &str) -> Result<(), ApiError> {
        let connection = ConnectionId(format!("profile:{profile}"));
        let scope = Scope { connection, region: "eu-west-1".into() };
        self.bench.engine.load_inventory(LoadInventory { scope }).await?.failure.map_or(Ok(()), Err)
    }

    /// What was asked of IAM Identity Center since the last look.
    fn take(&self) -> Vec<Asked> {
        let mut asked = std::mem::take(&mut *self.asked.lock().unwrap());
        asked.retain(|asked| asked.url.contains("portal.sso") || asked.url.contains("oidc"));
        asked
    }
}

fn file(name: &str) -> PathBuf {
    let home = PathBuf::from(std::env::var_os("HOME").unwrap());
    home.join(".aws/sso/cache").join(name)
}

/// Writes a sign-in as `aws sso login` does; one of a session can be renewed.
fn sign_in(name: &str, token: &str, lasts: TimeDelta) {
    let instant = |lasts: TimeDelta| (Utc::now() + lasts).format("%Y-%m-%dT%H:%M:%SZ").to_string();
    let mut kept = json!({
        "startUrl": START_URL, "region": "eu-west-1", "accessToken": token, "expiresAt": instant(lasts),
    });
    if name == FILE_OF_SESSION {
        kept["clientId"] = "fake-client".into();
        kept["clientSecret"] = "fake-client-secret".into();
        kept["registrationExpiresAt"] = instant(TimeDelta::days(30)).into();
        kept["refreshToken"] = "fake-refresh".into();
    }
    std::fs::create_dir_all(file(name).parent().unwrap()).unwrap();
    std::fs::write(file(name), kept.to_string()).unwrap();
}

#[tokio::test]
async fn a_sign_in_of_the_cli_opens_its_profiles_whether_they_name_a_start_url_or_a_session() {
    if !in_own_home(
        module_path!(),
        "a_sign_in_of_the_cli_opens_its_profiles_whether_they_name_a_start_url_or_a_session",
    ) {
        return;
    }
    let scene = Scene::new(&["fake-cli-token", "fake-session-token"]).await;
    sign_in(FILE_OF_URL, "fake-cli-token", TimeDelta::hours(8));
    sign_in(FILE_OF_SESSION, "fake-session-token", TimeDelta::hours(8));
    for (profile, token) in [("legacy", "fake-cli-token"), ("modern", "fake-session-token")] {
        scene.list(profile).await.expect(profile);
        let [asked] = &scene.take()[..] else { panic!("{profile} asks once for its role") };
        assert!(asked.url.starts_with("https://portal.sso.eu-west-1.amazonaws.com/federation/credentials"));
        for part in ["role_name=Reader", "account_id=111111111111"] {
            assert!(asked.url.contains(part), "{profile}: {part} is missing in {}", asked.url);
        }
        assert_eq!(asked.bearer, token, "{profile}");
        scene.list(profile).await.expect(profile);
        assert!(scene.take().is_empty(), "{profile}: the role is still good");
    }
}

#[tokio::test]
async fn a_sign_in_of_the_cli_that_has_ended_says_how_to_sign_in_and_works_after_that_without_a_restart() {
    let name =
        "a_sign_in_of_the_cli_that_has_ended_says_how_to_sign_in_and_works_after_that_without_a_restart";
    if !in_own_home(module_path!(), name) {
        return;
    }
    let scene = Scene::new(&["fake-new-token"]).await;
    let error = scene.list("legacy").await.expect_err("nobody has signed in yet");
    assert!(error.message.contains("`aws sso login --profile legacy`"), "{}", error.message);
    sign_in(FILE_OF_URL, "fake-old-token", TimeDelta::hours(-1));
    let error = scene.list("legacy").await.expect_err("it has ended");
    assert_eq!(error.code, Code::SignInNeeded);
    assert!(error.message.contains("`aws sso login --profile legacy`"), "{}", error.message);
    assert!(!format!("{error:?}").contains("fake-old-token"), "no part of it is told");
    scene.take();
    sign_in(FILE_OF_URL, "fake-new-token", TimeDelta::hours(8));
    scene.list("legacy").await.expect("somebody signed in");
    assert_eq!(scene.take()[0].bearer, "fake-new-token");
}

#[tokio::test]
async fn a_session_of_the_cli_is_renewed_by_its_refresh_token_as_the_cli_does() {
    if !in_own_home(module_path!(), "a_session_of_the_cli_is_renewed_by_its_refresh_token_as_the_cli_does") {
        return;
    }
    let scene = Scene::new(&["fake-refreshed"]).await;
    sign_in(FILE_OF_SESSION, "fake-session-token", TimeDelta::minutes(-10));
    scene.list("modern").await.expect("it is renewed");
    let asked = scene.take();
    let [renewed, role] = &asked[..] else { panic!("two requests, not {asked:?}") };
    assert_eq!(renewed.url, "https://oidc.eu-west-1.amazonaws.com/token");
    assert_eq!(renewed.body["refreshToken"], "fake-refresh");
    assert_eq!(renewed.body["clientId"], "fake-client");
    assert_eq!(role.bearer, "fake-refreshed");
    let kept: Value = serde_json::from_slice(&std::fs::read(file(FILE_OF_SESSION)).unwrap()).unwrap();
    assert_eq!(kept["accessToken"], "fake-refreshed", "the CLI goes on with it too");
    assert_eq!(kept["refreshToken"], "fake-refresh-2");
}

#[tokio::test]
async fn a_sign_in_of_the_cli_that_was_signed_out_elsewhere_is_told_at_its_profile() {
    if !in_own_home(
        module_path!(),
        "a_sign_in_of_the_cli_that_was_signed_out_elsewhere_is_told_at_its_profile",
    ) {
        return;
    }
    let scene = Scene::new(&[]).await;
    sign_in(FILE_OF_SESSION, "fake-session-token", TimeDelta::hours(8));
    let error = scene.list("modern").await.expect_err("the service does not know it");
    assert_eq!(error.code, Code::SignInNeeded);
    assert!(error.message.contains("The profile modern gave no credentials"), "{}", error.message);
    assert!(error.message.contains("`aws sso login --profile modern`"), "{}", error.message);
    assert!(!error.message.contains("fake-session-token"), "{}", error.message);
}
