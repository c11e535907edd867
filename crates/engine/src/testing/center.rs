//! An IAM Identity Center below the SDK: OpenID Connect and access portal, with a browser's side to it. It checks what
//! the protocol asks for: the registered redirect, the verifier against its challenge, tokens that are its own.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard};

use aws_smithy_http_client::test_util::infallible_client_fn;
use aws_smithy_types::body::SdkBody;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use url::Url;

use super::{Answer, Bench, CallLog, FakeVault, Sent, answer, fault, ok};
use crate::aws::client::Transport;
use crate::aws::detour::Detours;

/// Seconds that an access token lasts.
pub const TOKEN_LIFETIME: i64 = 3600;
/// When the clock of a bench begins.
const STARTED_MILLIS: i64 = 1_795_226_400_000;

/// An AWS account as a test needs it: answers to an operation, its body, and the key that signed it.
type Play = Arc<dyn Fn(&str, &Value, &str) -> Answer + Send + Sync>;

#[derive(Clone, Default)]
pub struct FakeCenter(Arc<Mutex<Inside>>);

#[derive(Default)]
struct Inside {
    registration: Value,
    challenge: String,
    /// What the next answers to a device code are, before a token: codes of errors.
    pending: VecDeque<&'static str>,
    /// The number of the last tokens that were given; the ones before are no longer good.
    generation: u32,
    /// The error that the next request of an operation gets, once.
    refusals: Vec<(&'static str, u16, &'static str)>,
    /// What answers for the accounts behind it.
    accounts: Option<Play>,
    log: CallLog,
}

impl FakeCenter {
    pub fn bench(&self, folder: tempfile::TempDir) -> Bench {
        self.bench_behind(Detours::default(), folder)
    }

    /// A console whose requests to the internet are led another way.
    pub fn bench_behind(&self, detours: Detours, folder: tempfile::TempDir) -> Bench {
        let center = self.clone();
        let client = infallible_client_fn(move |request: http::Request<SdkBody>| center.answer(&request));
        let mut transport = Transport::over(client);
        transport.detours = detours;
        Bench::in_folder(folder, transport, self.inside().log.clone(), FakeVault { gate: None })
    }

    /// The next request of this operation is refused.
    pub fn refuse(&self, operation: &'static str, status: u16, code: &'static str) {
        self.inside().refusals.push((operation, status, code));
    }

    /// What the accounts behind it answer.
    pub fn play(&self, accounts: impl Fn(&str, &Value, &str) -> Answer + Send + Sync + 'static) {
        self.inside().accounts = Some(Arc::new(accounts));
    }

    /// What the next questions about a device code are answered, before a token is given.
    pub fn answer_polls(&self, codes: &[&'static str]) {
        self.inside().pending.extend(codes);
    }

    /// The person in the browser: allows the client and is sent back. The answer is what the browser then shows.
    pub async fn allow(&self, page: &str) -> String {
        let page = Url::parse(page).unwrap();
        let asked = |name: &str| page.query_pairs().find(|(key, _)| key == name).unwrap().1.into_owned();
        assert_eq!(page.host_str(), Some("oidc.eu-west-1.amazonaws.com"), "the host of the Region");
        assert_eq!(
            (asked("response_type").as_str(), asked("code_challenge_method").as_str()),
            ("code", "S256")
        );
        assert_eq!(asked("client_id"), "fake-client");
        let redirect = asked("redirect_uri");
        {
            let mut inside = self.inside();
            let registered = inside.registration["redirectUris"][0].as_str().unwrap().to_owned();
            let without_port = Url::parse(&redirect).map(|mut url| {
                url.set_port(None).unwrap();
                url.to_string()
            });
            assert_eq!(without_port.unwrap(), registered, "any port, nothing else");
            inside.challenge = asked("code_challenge");
        }
        visit(&format!("{redirect}?code=fake-code&state={}", asked("state"))).await
    }

    fn inside(&self) -> MutexGuard<'_, Inside> {
        self.0.lock().unwrap()
    }

    fn answer(&self, request: &http::Request<SdkBody>) -> Answer {
        let url = Url::parse(&request.uri().to_string()).unwrap();
        let mut inside = self.inside();
        let form = std::str::from_utf8(request.body().bytes().unwrap_or_default()).unwrap_or_default();
        let body: Value = serde_json::from_str(form).unwrap_or_default();
        let query =
            |name: &str| url.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned());
        let operation = url.path().trim_matches('/').to_owned();
        let header = |name: &str| {
            request.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
        };
        let bearer = header("x-amz-sso_bearer_token");
        let of_sts = || form.strip_prefix("Action=")?.split('&').next();
        let operation = match header("x-amz-target").split_once('.') {
            Some((_, operation)) => operation.to_owned(),
            None => of_sts().map_or(operation, str::to_owned),
        };
        let signer = signer(header("authorization"));
        let headers = [("bearer", bearer), ("authorization", header("authorization"))]
            .map(|(name, text)| (name.into(), text.into()));
        let headers = headers.into();
        inside.log.0.lock().unwrap().push(Sent { operation: operation.clone(), body: body.clone(), headers });
        if let Some(at) = inside.refusals.iter().position(|(refused, ..)| *refused == operation) {
            let (_, status, code) = inside.refusals.remove(at);
            return fault(status, code, "refused by the test");
        }
        let is_signed_in = bearer == format!("fake-access-{}", inside.generation);
        match operation.as_str() {
            "client/register" => {
                inside.registration = body;
                ok(json!({ "clientId": "fake-client", "clientSecret": "fake-client-secret" }))
            }
            "device_authorization" => ok(json!({
                "deviceCode": "fake-device-code", "userCode": "ABCD-EFGH", "expiresIn": 600, "interval": 5,
                "verificationUri": "https://device.sso.eu-west-1.amazonaws.com/",
                "verificationUriComplete": "https://device.sso.eu-west-1.amazonaws.com/?user_code=ABCD-EFGH",
            })),
            "token" => inside.token(&body),
            "assignment/accounts" | "assignment/roles" | "federation/credentials" | "logout"
                if !is_signed_in =>
            {
                fault(401, "UnauthorizedException", "Session token not found or invalid")
            }
            "assignment/accounts" if query("next_token").is_none() => ok(json!({
                "accountList": [{ "accountId": "222222222222", "accountName": "staging", "emailAddress": "s@example.com" }],
                "nextToken": "more",
            })),
            "assignment/accounts" => ok(json!({
                "accountList": [{ "accountId": "111111111111", "accountName": "production", "emailAddress": "p@example.com" }],
            })),
            "assignment/roles" if query("account_id").as_deref() == Some("222222222222") => {
                ok(json!({ "roleList": [] }))
            }
            "assignment/roles" => ok(json!({ "roleList": [
                { "roleName": "Reader", "accountId": "111111111111" },
                { "roleName": "Admin", "accountId": "111111111111" },
            ] })),
            "federation/credentials" => ok(json!({ "roleCredentials": {
                "accessKeyId": format!(
                    "ASIAFAKE{}-{}-{}", inside.generation, query("account_id").unwrap(), query("role_name").unwrap()
                ),
                "secretAccessKey": "fake-role-secret", "sessionToken": "fake-role-token",
                // As long as the access token that it was given for, in the time of the tests.
                "expiration": STARTED_MILLIS + i64::from(inside.generation) * TOKEN_LIFETIME * 1000,
            } })),
            "logout" => answer(200, ""),
            operation => match &inside.accounts {
                Some(accounts) => accounts(operation, &body, &signer),
                None if operation == "ListSecrets" => ok(json!({ "SecretList": [] })),
                None => panic!("nobody may ask for {operation}"),
            },
        }
    }
}

impl Inside {
    fn token(&mut self, body: &Value) -> Answer {
        assert_eq!(
            (&body["clientId"], &body["clientSecret"]),
            (&json!("fake-client"), &json!("fake-client-secret"))
        );
        let is_right = match body["grantType"].as_str().unwrap() {
            "authorization_code" => {
                let verifier = body["codeVerifier"].as_str().unwrap();
                body["code"] == "fake-code"
                    && URL_SAFE_NO_PAD.encode(Sha256::digest(verifier)) == self.challenge
            }
            "refresh_token" => body["refreshToken"] == format!("fake-refresh-{}", self.generation),
            _ => match self.pending.pop_front() {
                Some(code) => return fault(400, code, ""),
                None => body["deviceCode"] == "fake-device-code",
            },
        };
        if !is_right {
            return fault(400, "InvalidGrantException", "");
        }
        self.generation += 1;
        ok(json!({
            "accessToken": format!("fake-access-{}", self.generation), "expiresIn": TOKEN_LIFETIME,
            "refreshToken": format!("fake-refresh-{}", self.generation), "tokenType": "Bearer",
        }))
    }
}

/// The id of the access key in the header of a signed request.
pub fn signer(authorization: &str) -> String {
    let id = authorization.split_once("Credential=").and_then(|(_, rest)| rest.split('/').next());
    id.unwrap_or_default().to_owned()
}

/// A browser that goes to a page of this machine: the answer as it came.
pub async fn visit(url: &str) -> String {
    let url = Url::parse(url).unwrap();
    let address = format!("{}:{}", url.host_str().unwrap(), url.port().unwrap());
    let mut stream = TcpStream::connect(&address).await.unwrap();
    let path = &url[url::Position::BeforePath..];
    stream.write_all(format!("GET {path} HTTP/1.1\r\nHost: {address}\r\n\r\n").as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    answer
}
