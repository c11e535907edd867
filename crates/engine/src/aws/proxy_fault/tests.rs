//! Proxies that lead nowhere, on ports of this machine: what is told of each.
#![allow(clippy::unwrap_used)]

use std::io::ErrorKind;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use aws_sdk_secretsmanager::Client;
use aws_sdk_secretsmanager::config::retry::RetryConfig;
use aws_sdk_secretsmanager::config::{Config, SharedHttpClient};
use aws_smithy_http_client::proxy::ProxyConfig;
use aws_smithy_http_client::tls::{Provider, TlsContext, TrustStore, rustls_provider::CryptoMode};
use aws_smithy_http_client::{Builder, ConnectorBuilder};
use aws_smithy_runtime_api::client::dns::{DnsFuture, ResolveDns, ResolveDnsError};
use aws_smithy_runtime_api::client::result::ConnectorError;
use hyper_util::client::proxy::matcher::Matcher;
use latchkey_domain::secret_text::SecretInput;
use latchkey_domain::{ApiError, Code};
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;

use super::{Did, did, telling};
use crate::aws::client::{Access, Transport, secrets_manager};
use crate::aws::fault::{Attempt, classify};
use crate::aws::routes::Routes;
use crate::testing::{open_gate, scope, share};

const HOST: &str = "secretsmanager.us-east-1.amazonaws.com";
const LATER: &str = "Try again in a moment. If it persists, ask the proxy's administrator.";

#[derive(Debug, Clone)]
struct NoNames;

impl ResolveDns for NoNames {
    fn resolve_dns<'a>(&'a self, name: &'a str) -> DnsFuture<'a> {
        DnsFuture::ready(Err(ResolveDnsError::new(format!("no address for {name}"))))
    }
}

/// A client that goes by this proxy; without names, none is resolved.
fn by(proxy: &str, has_names: bool) -> Client {
    trusting(TrustStore::default(), proxy, has_names)
}

fn trusting(trusted: TrustStore, proxy: &str, has_names: bool) -> Client {
    let config = ProxyConfig::https(proxy).unwrap();
    let http: SharedHttpClient = Builder::new().build_with_connector_fn(move |settings, components| {
        let mut connector = ConnectorBuilder::default()
            .tls_provider(Provider::Rustls(CryptoMode::AwsLc))
            .tls_context(TlsContext::builder().with_trust_store(trusted.clone()).build().unwrap())
            .proxy_config(config.clone());
        connector.set_connector_settings(settings.cloned());
        connector.set_sleep_impl(components.and_then(|components| components.sleep_impl()));
        if has_names { connector.build() } else { connector.build_with_resolver(NoNames) }
    });
    let matcher = Arc::new(Matcher::builder().https(proxy.to_owned()).build());
    let access = Access {
        routes: Routes::typed(None, Default::default()),
        access_key_id: "AKIAFAKE".into(),
        secret_access_key: SecretInput::new("fake-secret"),
        session_token: None,
    };
    let transport = Transport::over(telling(http, matcher, "HTTPS_PROXY"));
    secrets_manager(&transport, &access, &scope().region, share(), open_gate()).into_all()
}

/// What is told of one try.
async fn told(client: &Client) -> ApiError {
    let once = Config::builder().retry_config(RetryConfig::disabled());
    let asked = client.get_secret_value().secret_id("prod/db").customize().config_override(once).send().await;
    classify(
        Attempt { operation: "GetSecretValue", subject: "prod/db" },
        &asked.expect_err("the proxy leads nowhere"),
    )
}

/// A proxy that gives this answer to whatever it is asked for, then hangs up. How often it was asked counts.
async fn answering(answer: &'static str) -> (String, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let asked = Arc::new(AtomicUsize::new(0));
    let counted = asked.clone();
    tokio::spawn(async move {
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut request = [0; 4096];
            let length = stream.read(&mut request).await.unwrap();
            let request = String::from_utf8_lossy(&request[..length]).into_owned();
            assert!(request.starts_with(&format!("CONNECT {HOST}:443 HTTP/1.1")), "{request}");
            counted.fetch_add(1, Ordering::SeqCst);
            stream.write_all(answer.as_bytes()).await.unwrap();
            if answer.ends_with("established\r\n\r\n") {
                // What follows is the handshake.
                let _ = stream.read(&mut [0; 4096]).await;
            }
        }
    });
    (address, asked)
}

#[track_caller]
fn says(error: &ApiError, address: &str, what: &str, next: &str) {
    assert_eq!(error.code, Code::Offline, "{}", error.message);
    let begin =
        format!("GetSecretValue on prod/db was not sent: the proxy {address}, set by HTTPS_PROXY, {what}. ");
    assert!(error.message.starts_with(&begin), "{:?} is told, not {begin:?}", error.message);
    assert!(error.message.ends_with(next), "{:?} ends with {next:?}", error.message);
    assert!(!format!("{error:?}").contains("fake-password"), "no part of the proxy's URL beside its host");
}

#[tokio::test]
async fn a_proxy_that_refuses_the_connection_is_named() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    drop(listener);
    let error = told(&by(&format!("http://fake-user:fake-password@{address}"), true)).await;
    says(
        &error,
        &address,
        "refused the connection",
        "Check that the proxy is running and that HTTPS_PROXY names its host and port, then try again.",
    );
}

#[tokio::test]
async fn a_proxy_whose_host_name_nobody_knows_is_named() {
    let error = told(&by("http://fake-user:fake-password@proxy.corp.example:3128", false)).await;
    assert_eq!(error.code, Code::Offline);
    assert_eq!(
        error.message,
        "GetSecretValue on prod/db was not sent: the host name of the proxy proxy.corp.example:3128, set by \
         HTTPS_PROXY, could not be resolved. Check the host name in HTTPS_PROXY, the network and the VPN, then try again."
    );
}

#[tokio::test]
async fn a_proxy_that_wants_a_password_says_where_to_put_it_and_is_asked_once() {
    let (address, asked) = answering("HTTP/1.1 407 Proxy Authentication Required\r\n\r\n").await;
    let error = told(&by(&format!("http://{address}"), true)).await;
    let next = "(http://user:password@host:port) and restart Latchkey.";
    says(&error, &address, "requires a user name and password (407)", next);

    let client = by(&format!("http://fake-user:fake-password@{address}"), true);
    asked.store(0, Ordering::SeqCst);
    let refused = client.get_secret_value().secret_id("prod/db").send().await.expect_err("a wrong password");
    let error = classify(Attempt { operation: "GetSecretValue", subject: "prod/db" }, &refused);
    let what = "rejected the user name and password (407)";
    let next = "Correct the user name and password in HTTPS_PROXY and restart Latchkey.";
    says(&error, &address, what, next);
    assert_eq!(asked.load(Ordering::SeqCst), 1, "a wrong password is not tried until the account is locked");
}

#[tokio::test]
async fn the_status_that_a_proxy_answers_with_is_told_in_words() {
    let allow = format!(
        "Ask the proxy's administrator to allow {HOST}, or add that host to NO_PROXY if it can be reached directly."
    );
    for (answer, what, next) in [
        (
            "HTTP/1.1 403 Forbidden\r\n\r\n",
            format!("does not allow a connection to {HOST} (403)"),
            allow.as_str(),
        ),
        ("HTTP/1.1 502 Bad Gateway\r\n\r\n", format!("could not reach {HOST} itself (502)"), LATER),
        ("HTTP/1.0 503 Unavailable\r\n\r\n", format!("could not reach {HOST} itself (503)"), LATER),
        ("HTTP/1.1 504 Gateway Timeout\r\n\r\n", format!("could not reach {HOST} itself (504)"), LATER),
        (
            "HTTP/1.1 500 Oh\r\n\r\n<p>fake page</p>",
            format!("did not connect to {HOST} and answered with status 500"),
            LATER,
        ),
    ] {
        let (address, _) = answering(answer).await;
        let error = told(&by(&format!("http://fake-user:fake-password@{address}"), true)).await;
        says(&error, &address, &what, next);
        assert!(!error.message.contains("fake page"), "nothing of its page: {}", error.message);
    }
}

#[tokio::test]
async fn a_proxy_that_speaks_no_http_is_told_as_one() {
    let endless = format!("HTTP/1.1 200 OK\r\nfake: {}", "x".repeat(9_000)).leak();
    for answer in ["SSH-2.0-fake\r\n", "\x15\x03\x01\x00\x02\x02\x0a", endless] {
        let (address, _) = answering(answer).await;
        let error = told(&by(&format!("http://{address}"), true)).await;
        let next = "Check that HTTPS_PROXY names the port of an HTTP proxy, and restart Latchkey.";
        says(&error, &address, "gave a response that is not HTTP", next);
    }
}

#[tokio::test]
async fn a_proxy_that_hangs_up_before_or_in_the_handshake_is_named() {
    for (answer, what) in [
        ("", format!("closed the connection before connecting to {HOST}")),
        ("HTTP/1.1 200 ", format!("closed the connection before connecting to {HOST}")),
        (
            "HTTP/1.1 200 Connection established\r\n\r\n",
            format!("closed the connection to {HOST} during the TLS handshake"),
        ),
    ] {
        let (address, _) = answering(answer).await;
        let error = told(&by(&format!("http://{address}"), true)).await;
        says(&error, &address, &what, LATER);
    }
}

#[tokio::test(start_paused = true)]
async fn a_proxy_that_says_nothing_is_named_when_the_time_is_over() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let error = told(&by(&format!("http://{address}"), true)).await;
    says(&error, &address, "did not answer in time", LATER);
    drop(listener);
}

#[tokio::test]
async fn a_proxy_that_breaks_the_connection_off_is_named() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    tokio::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            // Closed with what nobody has read, the system tells of it by a reset.
            stream.readable().await.unwrap();
        }
    });
    let error = told(&by(&format!("http://{address}"), true)).await;
    says(&error, &address, &format!("closed the connection before connecting to {HOST}"), LATER);
}

/// A proxy that is spoken to through TLS, with a certificate of the fake CA, and gives this answer to whatever it is
/// asked for. How often it was asked counts.
async fn answering_securely(answer: &'static str) -> (String, Arc<AtomicUsize>) {
    let certificates = CertificateDer::pem_file_iter(fake_ca("server.pem")).unwrap();
    let key = PrivateKeyDer::from_pem_file(fake_ca("server.key")).unwrap();
    let config = ServerConfig::builder().with_no_client_auth();
    let config = config.with_single_cert(certificates.map(Result::unwrap).collect(), key).unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("localhost:{}", listener.local_addr().unwrap().port());
    let asked = Arc::new(AtomicUsize::new(0));
    let counted = asked.clone();
    tokio::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            // Who does not trust the certificate hangs up.
            let Ok(mut stream) = acceptor.accept(stream).await else { continue };
            counted.fetch_add(1, Ordering::SeqCst);
            let _ = stream.read(&mut [0; 4096]).await.unwrap();
            stream.write_all(answer.as_bytes()).await.unwrap();
            stream.flush().await.unwrap();
        }
    });
    (address, asked)
}

fn fake_ca(name: &str) -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/src/aws/client/fake_ca")).join(name)
}

#[tokio::test]
async fn a_proxy_whose_certificate_nobody_vouches_for_says_where_to_name_it() {
    let (address, asked) = answering_securely("HTTP/1.1 500 Oh\r\n\r\n").await;
    let error = told(&by(&format!("https://fake-user:fake-password@{address}"), true)).await;
    let next = "Set AWS_CA_BUNDLE to its certificates and restart Latchkey.";
    says(&error, &address, "has a certificate that is not trusted", next);
    assert_eq!(asked.load(Ordering::SeqCst), 0, "nothing is sent to it");
}

#[tokio::test]
async fn a_proxy_behind_tls_that_opens_no_tunnel_is_named_and_not_asked_again_in_the_clear() {
    let (address, asked) = answering_securely("HTTP/1.1 500 Oh\r\n\r\n<p>fake page</p>").await;
    let vouched = TrustStore::empty().with_pem_certificate(std::fs::read(fake_ca("ca.pem")).unwrap());
    let proxy = format!("https://fake-user:fake-password@{address}");
    let error = told(&trusting(vouched, &proxy, true)).await;
    says(&error, &address, &format!("did not connect to {HOST}"), LATER);
    assert_eq!(asked.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn a_proxy_that_was_to_speak_tls_and_does_not_is_named() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    tokio::spawn(async move {
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            let _ = stream.read(&mut [0; 4096]).await.unwrap();
            stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await.unwrap();
        }
    });
    let error = told(&by(&format!("https://fake-user:fake-password@{address}"), true)).await;
    let what = "could not be reached (received corrupt message of type InvalidContentType)";
    let next =
        "Check that the proxy is running and that HTTPS_PROXY names its host and port, then try again.";
    says(&error, &address, what, next);
}

#[tokio::test]
async fn a_proxy_that_gives_its_status_once_and_then_none_is_named_without_one() {
    // It has come to its senses, or is gone.
    for again in [Some("HTTP/1.1 200 Connection established\r\n\r\n"), None] {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let proxy = async {
            let (mut stream, _) = listener.accept().await.unwrap();
            let _ = stream.read(&mut [0; 4096]).await.unwrap();
            let listener = Some(listener).filter(|_| again.is_some());
            stream.write_all(b"HTTP/1.1 500 Oh\r\n\r\n").await.unwrap();
            let (Some(again), Some(listener)) = (again, listener) else { return };
            let (mut stream, _) = listener.accept().await.unwrap();
            let _ = stream.read(&mut [0; 4096]).await.unwrap();
            stream.write_all(again.as_bytes()).await.unwrap();
        };
        let client = by(&format!("http://{address}"), true);
        let (error, ()) = tokio::join!(told(&client), proxy);
        says(&error, &address, &format!("did not connect to {HOST}"), LATER);
    }
}

/// As the client tells of a proxy to which it found no way.
#[derive(Debug, thiserror::Error)]
#[error("tunnel error: failed to create underlying connection")]
struct NoWay(#[source] std::io::Error);

#[test]
fn each_reason_of_the_system_not_to_reach_a_proxy_is_told_as_what_the_proxy_did() {
    let reason = |kind: ErrorKind| did(&ConnectorError::io(Box::new(NoWay(kind.into()))));
    for (kind, what) in [
        (ErrorKind::ConnectionRefused, Did::Refused),
        (ErrorKind::TimedOut, Did::Nothing),
        (ErrorKind::UnexpectedEof, Did::Closed),
        (ErrorKind::ConnectionReset, Did::Closed),
        (ErrorKind::NetworkUnreachable, Did::CannotBeReached("network unreachable".into())),
        (ErrorKind::HostUnreachable, Did::CannotBeReached("host unreachable".into())),
        (ErrorKind::PermissionDenied, Did::CannotBeReached("permission denied".into())),
    ] {
        assert_eq!(reason(kind), Some(what), "{kind:?}");
    }
}
