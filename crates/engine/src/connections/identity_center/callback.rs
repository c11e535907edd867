//! The OAuth redirect listener: on loopback, for one sign-in, accepting exactly one matching `state`.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode, header};
use hyper_util::rt::{TokioIo, TokioTimer};
use latchkey_domain::ApiError;
use latchkey_domain::secret_text::SecretInput;
use subtle::ConstantTimeEq;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use url::form_urlencoded;

const PATH: &str = "/oauth/callback";
/// Browsers open a few connections before they use one; more come from other programs.
const MAX_CONNECTIONS: usize = 16;
const READ_TIMEOUT: Duration = Duration::from_secs(10);

/// The result of the browser's redirect.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// The authorization code.
    Code(SecretInput),
    /// The person refused, or was refused: the word for it in OAuth.
    Refused(String),
}

/// An open port without a redirect yet.
#[derive(Debug)]
pub(super) struct Callback {
    listener: TcpListener,
    address: SocketAddr,
}

impl Callback {
    pub async fn open() -> Result<Self, ApiError> {
        let opened = async {
            let listener = TcpListener::bind((std::net::Ipv4Addr::LOCALHOST, 0)).await?;
            let address = listener.local_addr()?;
            Ok(Self { listener, address })
        };
        opened.await.map_err(|error: std::io::Error| {
            ApiError::internal(format!(
                "Could not open a local port for the browser to return to: {error}. Sign in with a \
                 device code instead."
            ))
        })
    }

    pub fn redirect_uri(&self) -> String {
        format!("http://{}{PATH}", self.address)
    }

    /// The address without its port, which is how a client is registered: AWS takes any port of loopback.
    pub fn registered_uri() -> String {
        format!("http://127.0.0.1{PATH}")
    }

    /// Waits for the browser. A request with another `state` is refused, and the wait continues.
    pub async fn wait(self, state: &SecretInput) -> Verdict {
        let mut visits = JoinSet::new();
        loop {
            tokio::select! {
                accepted = self.listener.accept() => match accepted {
                    Ok((stream, _)) if visits.len() < MAX_CONNECTIONS => {
                        let host = self.address.to_string();
                        visits.spawn(visit(stream, host, state.clone()));
                    }
                    Ok(_) => {}
                    Err(error) => tracing::warn!(%error, "the browser's connection could not be accepted"),
                },
                Some(Ok(Some(verdict))) = visits.join_next() => return verdict,
            }
        }
    }
}

/// Answers one request and closes, so that the page has arrived when the verdict has.
async fn visit(stream: TcpStream, host: String, state: SecretInput) -> Option<Verdict> {
    let verdict = Arc::new(Mutex::new(None));
    let heard = verdict.clone();
    let answer = move |request: Request<Incoming>| {
        let read = read(&request, &host, &state);
        let page = page_for(&read);
        if let Ok(found) = read {
            *heard.lock().unwrap_or_else(PoisonError::into_inner) = Some(found);
        }
        async { Ok::<_, Infallible>(page) }
    };
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(READ_TIMEOUT)
        .keep_alive(false)
        .serve_connection(TokioIo::new(stream), service_fn(answer));
    // A browser that breaks off may still have brought the code.
    let _ = connection.await;
    verdict.lock().unwrap_or_else(PoisonError::into_inner).take()
}

/// What a request brings; an error is the status for one that does not belong to this sign-in.
fn read<B>(request: &Request<B>, host: &str, state: &SecretInput) -> Result<Verdict, StatusCode> {
    let named = request.headers().get(header::HOST).and_then(|value| value.to_str().ok());
    if named != Some(host) {
        return Err(StatusCode::FORBIDDEN);
    }
    if request.method() != Method::GET || request.uri().path() != PATH {
        return Err(StatusCode::NOT_FOUND);
    }
    let query = request.uri().query().unwrap_or_default();
    let given = |name: &str| {
        let mut pairs = form_urlencoded::parse(query.as_bytes());
        pairs.find(|(key, _)| key == name).map(|(_, value)| SecretInput::new(value))
    };
    let brought = given("state").unwrap_or_else(|| SecretInput::new(""));
    if !bool::from(brought.expose().as_bytes().ct_eq(state.expose().as_bytes())) {
        return Err(StatusCode::BAD_REQUEST);
    }
    match (given("code"), given("error")) {
        (Some(code), None) if !code.is_empty() => Ok(Verdict::Code(code)),
        (_, Some(word)) => Ok(Verdict::Refused(word.expose().to_owned())),
        _ => Err(StatusCode::BAD_REQUEST),
    }
}

/// What the browser shows. Nothing of the request is in it.
fn page_for(read: &Result<Verdict, StatusCode>) -> Response<Full<Bytes>> {
    let (status, title, text) = match read {
        Ok(Verdict::Code(_)) => {
            (StatusCode::OK, "Return to Latchkey", "The sign-in continues there. You can close this page.")
        }
        Ok(Verdict::Refused(_)) => {
            (StatusCode::OK, "Not signed in", "Latchkey was not given access. You can close this page.")
        }
        Err(status) => (
            *status,
            "Unexpected sign-in",
            "This page belongs to another sign-in. Start again from Latchkey.",
        ),
    };
    let page = format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><meta name=\"color-scheme\" content=\"light dark\">\
         <title>{title}</title><h1>{title}</h1><p>{text}</p></html>"
    );
    let mut response = Response::new(Full::new(Bytes::from(page)));
    *response.status_mut() = status;
    for (name, value) in [
        (header::CONTENT_TYPE, "text/html; charset=utf-8"),
        (header::CACHE_CONTROL, "no-store"),
        (header::CONTENT_SECURITY_POLICY, "default-src 'none'; frame-ancestors 'none'"),
        (header::REFERRER_POLICY, "no-referrer"),
    ] {
        response.headers_mut().insert(name, header::HeaderValue::from_static(value));
    }
    response
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    use super::*;

    async fn visit_with(address: SocketAddr, request: String) -> String {
        let mut stream = TcpStream::connect(address).await.expect("the port is open");
        stream.write_all(request.as_bytes()).await.expect("writable");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.expect("an answer and the end");
        answer
    }

    #[tokio::test]
    async fn only_the_matching_state_ends_the_wait() {
        let callback = Callback::open().await.expect("a free port");
        let address = callback.address;
        assert!(address.ip().is_loopback(), "nobody else reaches it");
        let waiting = tokio::spawn(async move { callback.wait(&SecretInput::new("fake-state")).await });
        let get = |path: &str, host: &str| format!("GET {path} HTTP/1.1\r\nHost: {host}\r\n\r\n");
        let here = address.to_string();
        for (request, status, why) in [
            (get("/oauth/callback?code=fake-theirs&state=other", &here), 400, "another state"),
            (get("/oauth/callback?code=fake-theirs", &here), 400, "no state"),
            (get("/oauth/callback?state=fake-state", &here), 400, "neither a code nor an error"),
            (get("/oauth/callback?code=&state=fake-state", &here), 400, "an empty code"),
            (get("/?code=fake-theirs&state=fake-state", &here), 404, "another page"),
            (
                get("/oauth/callback?code=fake-theirs&state=fake-state", "rebound.example.com"),
                403,
                "a rebound name",
            ),
        ] {
            let answer = visit_with(address, request).await;
            assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{why}: {answer}");
            assert!(!answer.contains("fake"), "the page quotes nothing: {answer}");
        }
        assert!(!waiting.is_finished(), "the wait goes on");
        let right = get("/oauth/callback?code=fake-code&state=fake-state", &here);
        let answer = visit_with(address, right).await;
        assert!(answer.starts_with("HTTP/1.1 200 ") && answer.contains("Return to Latchkey"), "{answer}");
        let verdict = waiting.await.expect("no panic");
        assert_eq!(verdict, Verdict::Code(SecretInput::new("fake-code")));
        TcpStream::connect(address).await.expect_err("the port is closed again");
    }

    #[tokio::test]
    async fn a_refusal_in_the_browser_is_heard_and_a_silent_connection_does_not_stop_it() {
        let callback = Callback::open().await.expect("a free port");
        let address = callback.address;
        let waiting = tokio::spawn(async move { callback.wait(&SecretInput::new("fake-state")).await });
        let _silent = TcpStream::connect(address).await.expect("the port is open");
        let request = format!(
            "GET /oauth/callback?error=access_denied&state=fake-state HTTP/1.1\r\nHost: {address}\r\n\r\n"
        );
        assert!(visit_with(address, request).await.contains("Not signed in"));
        assert_eq!(waiting.await.expect("no panic"), Verdict::Refused("access_denied".into()));
    }
}
