//! One HTTP request: host and origin checks, size limit, signature; then the operation.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use chrono::Utc;
use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper::body::{Body as _, Incoming};
use hyper::header::{CONNECTION, CONTENT_LENGTH, CONTENT_TYPE, HOST, HeaderValue, ORIGIN, TRANSFER_ENCODING};
use hyper::{HeaderMap, Method, Request, Response, StatusCode};
use tokio::sync::watch;
use uuid::Uuid;
use zeroize::Zeroizing;

use super::lengths::Lengths;
use super::places::Place;
use super::sigv4::Claim;
use crate::credentials::{Callers, Signed};
use crate::fault::{Fault, FaultCode};
use crate::operations::{self, Operation};
use crate::vault::Vault;

/// The largest body that is read.
pub const MAX_BODY_BYTES: usize = 1024 * 1024;

const TARGET_PREFIX: &str = "secretsmanager.";

/// What every answer is written in.
pub const MEDIA_TYPE: &str = "application/x-amz-json-1.1";
/// The header that has the id of an answer, which the log has too.
pub const REQUEST_ID: &str = "x-amzn-requestid";

/// What an answer is made of; wiped when it was sent.
type Answer = Zeroizing<Vec<u8>>;
/// The body of a request.
type Body = Zeroizing<Vec<u8>>;

/// What every request needs.
#[derive(Clone)]
pub struct Context {
    pub vault: Arc<Vault>,
    pub callers: Arc<Callers>,
    pub body_timeout: Duration,
    /// Whether the server stops: nothing is begun any more.
    pub stopping: watch::Receiver<bool>,
}

/// Handles one request and logs the operation, never its content. A connection ends after a request that is not signed,
/// and after one whose end others may see elsewhere.
pub async fn answer(
    context: Context,
    place: Arc<Place>,
    lengths: Lengths,
    request: Request<Incoming>,
) -> Result<Response<Full<Bytes>>, Infallible> {
    let started = Instant::now();
    let request_id = Uuid::new_v4().to_string();
    let operation = operation_name(request.headers()).and_then(Operation::parse);
    let is_chunked = request.headers().contains_key(TRANSFER_ENCODING);
    if request.headers().contains_key(CONTENT_LENGTH) {
        lengths.know();
    }
    // A proxy could take what follows for part of the body, or part of the body for what follows.
    let is_unclear = is_chunked && lengths.are_hidden();
    let signed = check(&context, &place, request, is_unclear).await;
    let is_signed = signed.is_ok();
    let outcome = match signed {
        Ok((signed, body)) => carry_out(&context, signed, body, operation).await,
        Err(fault) => Err(fault),
    };
    let (status, code) = match &outcome {
        Ok(_) => (200, "OK"),
        Err(fault) => (fault.code.status(), fault.code.as_str()),
    };
    tracing::info!(
        target: "latchkey_vault::call",
        operation = operation.map_or("Unknown", Operation::as_str),
        status,
        code,
        request_id,
        duration_ms = started.elapsed().as_secs_f64() * 1000.0,
    );
    let mut response = respond(outcome, &request_id);
    if !is_signed || is_chunked {
        response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
    }
    Ok(response)
}

/// Who signed the request, and its body.
async fn check(
    context: &Context,
    place: &Place,
    request: Request<Incoming>,
    is_unclear: bool,
) -> Result<(Signed, Body), Fault> {
    check_caller_is_no_page(request.headers())?;
    check_host(&request)?;
    if is_unclear {
        discard_body(request.into_body(), context.body_timeout).await;
        return Err(two_lengths());
    }
    if request.method() != Method::POST || request.uri().path() != "/" || request.uri().query().is_some() {
        return Err(unknown_operation());
    }
    let (parts, body) = request.into_parts();
    let claim = match Claim::read(&parts.headers, &context.callers, Utc::now()) {
        Ok(claim) => claim,
        Err(fault) => {
            discard_body(body, context.body_timeout).await;
            return Err(fault);
        }
    };
    place.claim();
    let body = read_body(body, context.body_timeout).await?;
    let signed = claim.verify(&body)?;
    place.sign()?;
    Ok((signed, body))
}

async fn carry_out(
    context: &Context,
    signed: Signed,
    body: Body,
    operation: Option<Operation>,
) -> Result<Answer, Fault> {
    let operation = operation.ok_or_else(unknown_operation)?;
    if *context.stopping.borrow() {
        return Err(Fault::vault_closed());
    }
    let vault = context.vault.clone();
    let work = move || operations::carry_out(&vault, &signed, operation, &body);
    let done = tokio::task::spawn_blocking(work).await;
    if context.vault.has_accesses_to_note() {
        let vault = context.vault.clone();
        // The answer does not wait for it.
        drop(tokio::task::spawn_blocking(move || vault.note_accesses()));
    }
    done.unwrap_or_else(|_| {
        Err(Fault::internal("The vault failed to process this request. See its log for details."))
    })
}

fn operation_name(headers: &HeaderMap) -> Option<&str> {
    headers.get("x-amz-target")?.to_str().ok()?.strip_prefix(TARGET_PREFIX)
}

/// Only browsers send these headers.
fn check_caller_is_no_page(headers: &HeaderMap) -> Result<(), Fault> {
    let is_page =
        headers.contains_key(ORIGIN) || headers.keys().any(|name| name.as_str().starts_with("sec-fetch-"));
    if is_page {
        return Err(Fault::new(
            FaultCode::Forbidden,
            "The vault does not accept requests from web pages. Use an AWS SDK or the AWS CLI.",
        ));
    }
    Ok(())
}

/// Protects against DNS rebinding.
fn check_host(request: &Request<Incoming>) -> Result<(), Fault> {
    let mut hosts = request.headers().get_all(HOST).iter();
    let host = hosts.next().and_then(|value| value.to_str().ok());
    if hosts.next().is_none() && host.is_some_and(is_own_host) && request.uri().host().is_none_or(is_own_host)
    {
        return Ok(());
    }
    Err(Fault::new(
        FaultCode::Forbidden,
        "The vault answers to 127.0.0.1, localhost and [::1] only. Use one of them in the endpoint URL.",
    ))
}

/// With any port, or none.
fn is_own_host(host: &str) -> bool {
    let host = host.to_ascii_lowercase();
    ["127.0.0.1", "localhost", "[::1]"].into_iter().any(|own| {
        host.strip_prefix(own)
            .is_some_and(|rest| rest.is_empty() || rest.strip_prefix(':').is_some_and(is_port))
    })
}

/// Digits only: Rust's numbers may have a sign.
fn is_port(port: &str) -> bool {
    port.bytes().all(|byte| byte.is_ascii_digit()) && port.parse::<u16>().is_ok()
}

/// Lets a refused client send its body to the end, else it would see a connection that breaks and no reason. Nothing of
/// it is kept.
async fn discard_body(body: Incoming, timeout: Duration) {
    let mut body = Limited::new(body, MAX_BODY_BYTES);
    let discarding = async { while let Some(Ok(_)) = body.frame().await {} };
    let _ = tokio::time::timeout(timeout, discarding).await;
}

async fn read_body(body: Incoming, timeout: Duration) -> Result<Body, Fault> {
    let too_large =
        || Fault::new(FaultCode::RequestEntityTooLargeException, "The request is larger than 1 MiB.");
    // As large as it says, so that it need not grow.
    let announced = usize::try_from(body.size_hint().lower()).unwrap_or(MAX_BODY_BYTES);
    let mut body = Limited::new(body, MAX_BODY_BYTES);
    let mut bytes = Zeroizing::new(Vec::with_capacity(announced.min(MAX_BODY_BYTES)));
    let reading = async {
        while let Some(frame) = body.frame().await {
            match frame {
                Ok(frame) => bytes.extend_from_slice(frame.data_ref().map_or(&[][..], |data| data)),
                Err(error) if error.is::<LengthLimitError>() => return Err(too_large()),
                Err(_) => return Err(incomplete_body()),
            }
        }
        Ok(())
    };
    tokio::time::timeout(timeout, reading).await.unwrap_or_else(|_| Err(incomplete_body()))?;
    Ok(bytes)
}

fn incomplete_body() -> Fault {
    Fault::new(FaultCode::SerializationException, "The request ended before its body was complete.")
}

fn two_lengths() -> Fault {
    Fault::new(
        FaultCode::SerializationException,
        "The request has both Transfer-Encoding and Content-Length. Send one of them.",
    )
}

fn unknown_operation() -> Fault {
    Fault::new(
        FaultCode::UnknownOperationException,
        "This is not an operation of Secrets Manager: send POST / with X-Amz-Target: secretsmanager.<Operation>.",
    )
}

fn respond(outcome: Result<Answer, Fault>, request_id: &str) -> Response<Full<Bytes>> {
    let (status, body) = match outcome {
        Ok(answer) => (StatusCode::OK, Bytes::from_owner(answer)),
        Err(fault) => (
            StatusCode::from_u16(fault.code.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR),
            Bytes::from(fault.to_json()),
        ),
    };
    let mut response = Response::new(Full::new(body));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(MEDIA_TYPE));
    if let Ok(id) = HeaderValue::from_str(request_id) {
        headers.insert(REQUEST_ID, id);
    }
    response
}

#[cfg(test)]
mod tests {
    use super::is_own_host;

    #[test]
    fn only_names_of_this_machine_are_own_hosts() {
        for own in
            ["127.0.0.1", "127.0.0.1:8080", "localhost", "LOCALHOST", "localHost:1", "[::1]", "[::1]:65535"]
        {
            assert!(is_own_host(own), "{own}");
        }
        let foreign = ["", "example.com", "127.0.0.1.example.com", "localhost.", "127.0.0.2"];
        let bad_ports = ["127.0.0.1:", "[::1]:x", "localhost:+80", "localhost:-1", "localhost:65536"];
        for foreign in foreign.into_iter().chain(bad_ports) {
            assert!(!is_own_host(foreign), "{foreign:?}");
        }
    }
}
