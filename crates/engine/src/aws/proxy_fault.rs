//! Explains a proxy failure: which proxy, what it did, and what to do about it.
//!
//! hyper-util tells a tunnel that was not opened in a few words and drops the status that the proxy answered with, so
//! the proxy is asked once more where that is what there is to know.

use std::error::Error;
use std::fmt;
use std::io::ErrorKind;
use std::sync::Arc;
use std::time::Duration;

use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient,
    SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use hyper_util::client::proxy::matcher::{Intercept, Matcher};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::detour::address;

/// Timeout for asking the proxy for its status.
const PROXY_TIMEOUT: Duration = Duration::from_secs(2);
const MAX_ANSWER_BYTES: usize = 8192;

/// What a proxy did instead of opening a tunnel.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Did {
    Refused,
    HasNoAddress,
    CannotBeReached(String),
    /// Nothing, in time.
    Nothing,
    AsksForPassword {
        has_one: bool,
    },
    Forbids,
    /// 502, 503 or 504: it could not reach the host itself.
    FoundNobody(u16),
    Answered(u16),
    Closed,
    ClosedTheTunnel,
    SpokeNoHttp,
    HasUnknownCertificate,
    OpenedNoTunnel,
}

/// Host and port of a proxy, and what it did. Never the credentials in its URL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ProxyFault {
    address: String,
    /// The variable that names the proxy.
    variable: &'static str,
    /// The host that it was asked for.
    host: String,
    did: Did,
}

impl ProxyFault {
    /// The one among the causes of an error.
    pub fn find<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a Self> {
        causes(error).find_map(|cause| cause.downcast_ref())
    }

    /// What to do about it.
    pub fn next(&self) -> String {
        let Self { variable, host, did, .. } = self;
        match did {
            Did::Refused | Did::CannotBeReached(_) => {
                format!(
                    "Check that the proxy is running and that {variable} names its host and port, then try again."
                )
            }
            Did::HasNoAddress => {
                format!("Check the host name in {variable}, the network and the VPN, then try again.")
            }
            Did::AsksForPassword { has_one: false } => format!(
                "Add a user name and password to {variable} (http://user:password@host:port) and restart Latchkey."
            ),
            Did::AsksForPassword { has_one: true } => {
                format!("Correct the user name and password in {variable} and restart Latchkey.")
            }
            Did::Forbids => format!(
                "Ask the proxy's administrator to allow {host}, or add that host to NO_PROXY if it can be reached \
                 directly."
            ),
            Did::SpokeNoHttp => {
                format!("Check that {variable} names the port of an HTTP proxy, and restart Latchkey.")
            }
            Did::HasUnknownCertificate => {
                "Set AWS_CA_BUNDLE to its certificates and restart Latchkey.".to_owned()
            }
            Did::Nothing
            | Did::FoundNobody(_)
            | Did::Answered(_)
            | Did::Closed
            | Did::ClosedTheTunnel
            | Did::OpenedNoTunnel => {
                "Try again in a moment. If it persists, ask the proxy's administrator.".to_owned()
            }
        }
    }

    /// Whether a retry could do harm: three wrong passwords may lock an account.
    fn is_final(&self) -> bool {
        matches!(self.did, Did::AsksForPassword { .. } | Did::Forbids)
    }
}

impl fmt::Display for ProxyFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { address, variable, host, did } = self;
        if *did == Did::HasNoAddress {
            return write!(
                f,
                "the host name of the proxy {address}, set by {variable}, could not be resolved"
            );
        }
        write!(f, "the proxy {address}, set by {variable}, ")?;
        match did {
            Did::Refused => f.write_str("refused the connection"),
            Did::HasNoAddress => Ok(()),
            Did::CannotBeReached(reason) => write!(f, "could not be reached ({reason})"),
            Did::Nothing => f.write_str("did not answer in time"),
            Did::AsksForPassword { has_one: false } => f.write_str("requires a user name and password (407)"),
            Did::AsksForPassword { has_one: true } => {
                f.write_str("rejected the user name and password (407)")
            }
            Did::Forbids => write!(f, "does not allow a connection to {host} (403)"),
            Did::FoundNobody(status) => write!(f, "could not reach {host} itself ({status})"),
            Did::Answered(status) => write!(f, "did not connect to {host} and answered with status {status}"),
            Did::Closed => write!(f, "closed the connection before connecting to {host}"),
            Did::ClosedTheTunnel => write!(f, "closed the connection to {host} during the TLS handshake"),
            Did::SpokeNoHttp => f.write_str("gave a response that is not HTTP"),
            Did::HasUnknownCertificate => f.write_str("has a certificate that is not trusted"),
            Did::OpenedNoTunnel => write!(f, "did not connect to {host}"),
        }
    }
}

impl Error for ProxyFault {}

/// A client that tells what the proxy of a request did. `variable` is the one that names the proxy.
pub(crate) fn telling(
    inner: SharedHttpClient,
    proxy: Arc<Matcher>,
    variable: &'static str,
) -> SharedHttpClient {
    SharedHttpClient::new(Telling { inner, proxy, variable })
}

/// `T` is a client, or a connector that the client made.
#[derive(Debug)]
struct Telling<T> {
    inner: T,
    proxy: Arc<Matcher>,
    variable: &'static str,
}

impl HttpClient for Telling<SharedHttpClient> {
    fn http_connector(
        &self,
        settings: &HttpConnectorSettings,
        components: &RuntimeComponents,
    ) -> SharedHttpConnector {
        SharedHttpConnector::new(Telling {
            inner: self.inner.http_connector(settings, components),
            proxy: self.proxy.clone(),
            variable: self.variable,
        })
    }
}

impl HttpConnector for Telling<SharedHttpConnector> {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let uri = request.uri().parse::<hyper::Uri>().ok();
        let met = uri.and_then(|uri| Some((self.proxy.intercept(&uri)?, uri)));
        let answer = self.inner.call(request);
        let Some((proxy, uri)) = met else { return answer };
        let variable = self.variable;
        HttpConnectorFuture::new(async move {
            match answer.await {
                Ok(answer) => Ok(answer),
                Err(error) => Err(told(error, &proxy, &uri, variable).await),
            }
        })
    }
}

/// The error with what the proxy did as its cause; the same one where that is not what failed.
async fn told(
    error: ConnectorError,
    proxy: &Intercept,
    uri: &hyper::Uri,
    variable: &'static str,
) -> ConnectorError {
    let mut did = did(&error);
    if matches!(did, Some(Did::AsksForPassword { .. })) {
        did = Some(Did::AsksForPassword { has_one: proxy.basic_auth().is_some() });
    } else if did == Some(Did::OpenedNoTunnel) {
        did = Some(ask(proxy, uri).await);
    }
    let Some(did) = did else { return error };
    let host = uri.host().unwrap_or_default().to_owned();
    let fault = ProxyFault { address: address(proxy), variable, host, did };
    let is_final = fault.is_final();
    let fault = Box::new(fault);
    match error {
        _ if is_final => ConnectorError::user(fault),
        error if error.is_timeout() => ConnectorError::timeout(fault),
        error if error.is_io() => ConnectorError::io(fault),
        _ => ConnectorError::other(fault, None),
    }
}

fn did(error: &ConnectorError) -> Option<Did> {
    let texts: Vec<String> = causes(error).map(ToString::to_string).collect();
    let says = |words: &str| texts.iter().any(|text| text.contains(words));
    let tunnel = texts.iter().find_map(|text| text.strip_prefix("tunnel error: "));
    match tunnel {
        Some("proxy authorization required") => Some(Did::AsksForPassword { has_one: false }),
        Some("unexpected end of file" | "io error establishing tunnel") => Some(Did::Closed),
        Some("failed to create underlying connection") if says("certificate") => {
            Some(Did::HasUnknownCertificate)
        }
        Some("failed to create underlying connection") if says("dns error") => Some(Did::HasNoAddress),
        Some("failed to create underlying connection") => Some(unreached(error)),
        Some("proxy response headers too long") => Some(Did::SpokeNoHttp),
        Some(_) => Some(Did::OpenedNoTunnel),
        // The time to connect ran out, whoever was waited for: behind a proxy that is the proxy.
        None if error.is_timeout() && says("connect timeout") => Some(Did::Nothing),
        // Behind the tunnel: what was to be a handshake.
        None if says("client error (Connect)") && !says("certificate") && has_ended(error) => {
            Some(Did::ClosedTheTunnel)
        }
        None => None,
    }
}

fn unreached(error: &ConnectorError) -> Did {
    let found = causes(error).filter_map(|cause| cause.downcast_ref::<std::io::Error>()).next();
    match found.map(std::io::Error::kind) {
        Some(ErrorKind::ConnectionRefused) => Did::Refused,
        Some(ErrorKind::TimedOut) => Did::Nothing,
        Some(ErrorKind::UnexpectedEof | ErrorKind::ConnectionReset) => Did::Closed,
        _ => Did::CannotBeReached(causes(error).last().map(ToString::to_string).unwrap_or_default()),
    }
}

fn has_ended(error: &ConnectorError) -> bool {
    let ends = [ErrorKind::UnexpectedEof, ErrorKind::ConnectionReset, ErrorKind::BrokenPipe];
    causes(error)
        .filter_map(|cause| cause.downcast_ref::<std::io::Error>())
        .any(|found| ends.contains(&found.kind()))
}

/// Asks the proxy for the tunnel once more, for the status of its answer.
async fn ask(proxy: &Intercept, uri: &hyper::Uri) -> Did {
    // Through TLS nothing is asked: what is known is enough.
    if proxy.uri().scheme_str() != Some("http") {
        return Did::OpenedNoTunnel;
    }
    let asked = tokio::time::timeout(PROXY_TIMEOUT, answer_of(proxy, uri)).await;
    let Ok(Ok(answer)) = asked else { return Did::OpenedNoTunnel };
    let line = String::from_utf8_lossy(&answer);
    let status = line.strip_prefix("HTTP/1.").and_then(|rest| rest.get(2..5)?.parse::<u16>().ok());
    match status {
        None => Did::SpokeNoHttp,
        Some(403) => Did::Forbids,
        Some(status @ 502..=504) => Did::FoundNobody(status),
        // The proxy works again; the next request will succeed.
        Some(200) => Did::OpenedNoTunnel,
        Some(status) => Did::Answered(status),
    }
}

async fn answer_of(proxy: &Intercept, uri: &hyper::Uri) -> std::io::Result<Vec<u8>> {
    let at = (proxy.uri().host().unwrap_or_default(), proxy.uri().port_u16().unwrap_or(80));
    let mut stream = TcpStream::connect((at.0.trim_matches(['[', ']']), at.1)).await?;
    let host = uri.host().unwrap_or_default();
    let port = uri.port_u16().unwrap_or(443);
    let mut request = format!("CONNECT {host}:{port} HTTP/1.1\r\nHost: {host}:{port}\r\n").into_bytes();
    if let Some(auth) = proxy.basic_auth() {
        request.extend_from_slice(b"Proxy-Authorization: ");
        request.extend_from_slice(auth.as_bytes());
        request.extend_from_slice(b"\r\n");
    }
    request.extend_from_slice(b"\r\n");
    stream.write_all(&request).await?;
    let mut answer = Vec::new();
    while answer.len() < MAX_ANSWER_BYTES && !answer.contains(&b'\n') {
        if stream.read_buf(&mut answer).await? == 0 {
            break;
        }
    }
    Ok(answer)
}

/// An error and what caused it. An error of the system hides the one that it was made of from `source`.
fn causes<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(Some(error), |&error| match error.downcast_ref::<std::io::Error>() {
        Some(found) => found.get_ref().map(|inner| inner as &(dyn Error + 'static)),
        None => error.source(),
    })
}

#[cfg(test)]
mod tests;
