//! Networks that fail in every way: what is told, and that nothing hangs longer than its deadline.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use aws_sdk_secretsmanager::Client;
use aws_sdk_secretsmanager::config::SharedHttpClient;
use aws_smithy_http_client::Builder;
use aws_smithy_http_client::test_util::{NeverClient, infallible_client_fn};
use aws_smithy_runtime_api::client::dns::{DnsFuture, ResolveDns, ResolveDnsError};
use aws_smithy_types::body::SdkBody;
use latchkey_domain::endpoint::EndpointVariant;
use latchkey_domain::secret_text::SecretInput;
use latchkey_domain::{ApiError, Code};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::time::Instant;

use super::{Access, OPERATION_TIMEOUT, Transport, secrets_manager, sts};
use crate::aws::fault::{Attempt, classify};
use crate::aws::routes::Routes;
use crate::testing::listener::{Listener, fake_ca};
use crate::testing::{Answer, answer, fault, open_gate, scope, share};

fn through(http: SharedHttpClient, endpoint_url: Option<&str>) -> Client {
    client(&Transport::over(http), endpoint_url)
}

fn client(transport: &Transport, endpoint_url: Option<&str>) -> Client {
    let access = Access {
        routes: Routes::typed(endpoint_url.map(str::to_owned), Default::default()),
        access_key_id: "AKIAFAKE".into(),
        secret_access_key: SecretInput::new("fake-secret"),
        session_token: None,
    };
    secrets_manager(transport, &access, &scope().region, share(), open_gate()).into_all()
}

async fn failure(client: &Client) -> ApiError {
    let error = client.get_secret_value().secret_id("prod/db").send().await.expect_err("the network fails");
    classify(Attempt { operation: "GetSecretValue", subject: "prod/db" }, &error)
}

/// When each request left, on a network that gives this answer to all.
fn always(reply: impl Fn() -> Answer + Send + Sync + 'static) -> (Client, Arc<Mutex<Vec<Instant>>>) {
    let left = Arc::new(Mutex::new(Vec::new()));
    let noted = left.clone();
    let http = infallible_client_fn(move |_: http::Request<SdkBody>| {
        noted.lock().unwrap().push(Instant::now());
        reply()
    });
    (through(http, None), left)
}

#[tokio::test(start_paused = true)]
async fn an_endpoint_that_never_answers_is_given_up_at_the_deadline() {
    let began = Instant::now();
    let error = failure(&through(SharedHttpClient::new(NeverClient::new()), None)).await;
    assert_eq!(error.code, Code::Offline);
    assert!(error.message.contains("timed out"), "{}", error.message);
    assert!(began.elapsed() <= OPERATION_TIMEOUT, "it took {:?}", began.elapsed());
}

#[tokio::test(start_paused = true)]
async fn storms_are_met_with_growing_pauses_that_differ_from_client_to_client() {
    for (status, aws_code, code) in [
        (400, "ThrottlingException", Code::Throttled),
        (429, "TooManyRequestsException", Code::Throttled),
        (500, "InternalServiceError", Code::Offline),
        (503, "ServiceUnavailable", Code::Offline),
    ] {
        let mut pauses = BTreeSet::new();
        for _ in 0..12 {
            let (client, left) = always(move || fault(status, aws_code, "Later."));
            let began = Instant::now();
            assert_eq!(failure(&client).await.code, code, "{aws_code}");
            assert!(began.elapsed() < OPERATION_TIMEOUT, "{aws_code} took {:?}", began.elapsed());
            let left = left.lock().unwrap();
            assert_eq!(left.len(), 3, "{aws_code} may pass by itself");
            pauses.insert((left[1] - left[0], left[2] - left[1]));
        }
        assert!(pauses.len() > 6, "clients that fail together must not come back together: {pauses:?}");
        let sum = |of: fn(&(Duration, Duration)) -> Duration| pauses.iter().map(of).sum::<Duration>();
        assert!(sum(|pause| pause.1) > sum(|pause| pause.0), "{aws_code}: the second pause is longer");
    }
}

#[tokio::test(start_paused = true)]
async fn a_connection_that_fails_leaves_the_others_their_retries() {
    let (failing, left) = always(|| fault(503, "ServiceUnavailable", "Later."));
    for _ in 0..60 {
        failure(&failing).await;
    }
    left.lock().unwrap().clear();
    failure(&failing).await;
    assert_eq!(left.lock().unwrap().len(), 1, "its own are used up: it asks once and tells");
    let (other, left) = always(|| fault(503, "ServiceUnavailable", "Later."));
    failure(&other).await;
    assert_eq!(left.lock().unwrap().len(), 3, "another connection is tried again as ever");
}

#[tokio::test]
async fn a_connection_that_breaks_in_the_middle_of_a_body_is_offline_and_quotes_nothing() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    let served = tokio::spawn(async move {
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut request = [0; 8192];
            let _ = stream.read(&mut request).await.unwrap();
            let half = "HTTP/1.1 200 OK\r\ncontent-length: 500\r\n\r\n{\"SecretString\":\"fake-canary";
            stream.write_all(half.as_bytes()).await.unwrap();
        }
    });
    let error = failure(&client(&Transport::trusting(None), Some(&endpoint))).await;
    served.abort();
    assert_eq!(error.code, Code::Offline, "{}", error.message);
    assert!(error.message.contains("try again"), "{}", error.message);
    assert!(!format!("{error:?}").contains("canary"), "half a value is a value: {error:?}");
}

#[derive(Debug, Clone)]
struct NoNames;

impl ResolveDns for NoNames {
    fn resolve_dns<'a>(&'a self, name: &'a str) -> DnsFuture<'a> {
        DnsFuture::ready(Err(ResolveDnsError::new(format!("no address for {name}"))))
    }
}

#[tokio::test(start_paused = true)]
async fn a_host_that_nobody_knows_is_offline_and_named() {
    let http = Builder::new()
        .tls_provider(super::Provider::Rustls(super::CryptoMode::AwsLc))
        .build_with_resolver(NoNames);
    let error = failure(&through(http, None)).await;
    assert_eq!(error.code, Code::Offline, "{}", error.message);
    assert!(
        error.message.contains("no address for secretsmanager.us-east-1.amazonaws.com"),
        "{}",
        error.message
    );
}

#[tokio::test]
async fn fips_and_dual_stack_choose_among_awss_own_endpoints() {
    let asked = Arc::new(Mutex::new(Vec::new()));
    let noted = asked.clone();
    let http = infallible_client_fn(move |request: http::Request<SdkBody>| {
        noted.lock().unwrap().push(request.uri().host().unwrap_or_default().to_owned());
        answer(200, "{}")
    });
    let transport = Transport::over(http);
    // The usual host of Secrets Manager has addresses of both kinds already; that of STS has not.
    for (fips, dual_stack, host, host_of_sts) in [
        (false, false, "secretsmanager.us-east-1.amazonaws.com", "sts.us-east-1.amazonaws.com"),
        (true, false, "secretsmanager-fips.us-east-1.amazonaws.com", "sts-fips.us-east-1.amazonaws.com"),
        (false, true, "secretsmanager.us-east-1.amazonaws.com", "sts.us-east-1.api.aws"),
        (true, true, "secretsmanager-fips.us-east-1.amazonaws.com", "sts-fips.us-east-1.api.aws"),
    ] {
        let access = Access {
            routes: Routes::typed(None, EndpointVariant { fips, dual_stack }),
            access_key_id: "AKIAFAKE".into(),
            secret_access_key: SecretInput::new("fake-secret"),
            session_token: None,
        };
        let client = secrets_manager(&transport, &access, &scope().region, share(), open_gate());
        client.list_secrets().send().await.unwrap();
        assert_eq!(
            asked.lock().unwrap().pop().as_deref(),
            Some(host),
            "fips {fips}, dual-stack {dual_stack}"
        );
        // It cannot read this answer; where it asked is what counts.
        let _ = sts(&transport, &access, &scope().region).get_caller_identity().send().await;
        assert_eq!(asked.lock().unwrap().pop().as_deref(), Some(host_of_sts), "STS as well");
    }
}

#[tokio::test(start_paused = true)]
async fn a_wrong_clock_is_told_as_one() {
    for (aws_code, words) in [
        (
            "InvalidSignatureException",
            "Signature expired: 20261121T020000Z is now earlier than 20261121T021500Z",
        ),
        ("InvalidSignatureException", "Signature not yet current: 20261121T020000Z is still later than"),
        ("RequestExpired", "Request has expired."),
        (
            "RequestTimeTooSkewed",
            "The difference between the request time and the current time is too large.",
        ),
    ] {
        let (client, _) = always(move || fault(400, aws_code, words));
        let error = failure(&client).await;
        assert_eq!(error.code, Code::SignInNeeded, "{aws_code}");
        assert!(error.message.contains("this computer's clock"), "{aws_code}: {}", error.message);
    }
}

#[tokio::test(start_paused = true)]
async fn a_truncated_answer_is_told_without_its_text() {
    let (client, _) = always(|| answer(200, r#"{"SecretString":"fake-canary"#));
    let error = failure(&client).await;
    assert_eq!(error.code, Code::Internal);
    assert!(!format!("{error:?}").contains("canary"), "{error:?}");
}

/// A server with a certificate of the fake CA; answers every request with an empty object.
async fn secure_server() -> String {
    Listener::start(|_| (200, "{}".to_owned())).secured().await
}

#[tokio::test]
async fn a_companys_certificates_count_beside_those_of_the_system() {
    let endpoint = secure_server().await;
    let trusting = client(&Transport::trusting(Some(fake_ca("ca.pem"))), Some(&endpoint));
    trusting.get_secret_value().secret_id("prod/db").send().await.expect("the bundle vouches for the server");
    let error = failure(&client(&Transport::trusting(None), Some(&endpoint))).await;
    assert_eq!(error.code, Code::Offline);
    assert!(error.message.contains("certificate"), "the reason names TLS: {}", error.message);
}

/// A proxy that opens tunnels and notes where to.
async fn tunnels() -> (String, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let proxy = format!("http://{}", listener.local_addr().unwrap());
    let asked = Arc::new(Mutex::new(Vec::new()));
    let noted = asked.clone();
    tokio::spawn(async move {
        loop {
            let (mut client, _) = listener.accept().await.unwrap();
            let mut request = [0; 8192];
            let length = client.read(&mut request).await.unwrap();
            let line =
                String::from_utf8_lossy(&request[..length]).lines().next().unwrap_or_default().to_owned();
            let target = line.split(' ').nth(1).unwrap_or_default().to_owned();
            noted.lock().unwrap().push(line);
            let mut server = tokio::net::TcpStream::connect(target).await.unwrap();
            client.write_all(b"HTTP/1.1 200 Connection established\r\n\r\n").await.unwrap();
            tokio::spawn(async move { tokio::io::copy_bidirectional(&mut client, &mut server).await });
        }
    });
    (proxy, asked)
}

#[tokio::test]
async fn a_proxy_opens_a_tunnel_through_which_a_companys_certificates_count() {
    let endpoint = secure_server().await;
    let (proxy, asked) = tunnels().await;
    let trusted = super::trust::Bundle::load(&fake_ca("ca.pem")).unwrap().trust_store();
    let through_proxy = |trusted| super::http_client(super::ProxyConfig::https(&proxy).unwrap(), trusted);
    let client = through(through_proxy(trusted), Some(&endpoint));
    client.get_secret_value().secret_id("prod/db").send().await.expect("the tunnel ends at the server");
    let connect = format!("CONNECT {} HTTP/1.1", endpoint.trim_start_matches("https://"));
    assert_eq!(asked.lock().unwrap().as_slice(), [connect], "nothing but the name of the host in the clear");
    let error = failure(&through(through_proxy(super::TrustStore::default()), Some(&endpoint))).await;
    assert!(error.message.contains("certificate"), "no proxy vouches for a server: {}", error.message);
}

#[tokio::test]
async fn a_bundle_that_cannot_be_used_is_told_and_the_vault_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let empty = folder.path().join("empty.pem");
    std::fs::write(&empty, "no certificate").unwrap();
    let broken = folder.path().join("broken.pem");
    std::fs::write(&broken, "-----BEGIN CERTIFICATE-----\n!!\n-----END CERTIFICATE-----\n").unwrap();
    for (path, reason) in [
        (folder.path().join("gone.pem"), "cannot be read"),
        (empty, "no certificate"),
        (broken, "not a PEM file"),
    ] {
        let transport = Transport::trusting(Some(path.clone()));
        let error = failure(&client(&transport, None)).await;
        assert_eq!(error.code, Code::Offline);
        let names_it =
            error.message.contains("AWS_CA_BUNDLE") && error.message.contains(path.to_str().unwrap());
        assert!(names_it && error.message.contains(reason), "{}", error.message);
    }
}
