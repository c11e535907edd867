//! What is not accepted: unsigned, wrongly signed or malformed requests, pages, foreign hosts, too much at once.
#![allow(clippy::unwrap_used)]

mod common;

use std::io::Write;
use std::net::TcpStream;
use std::time::Duration;

use common::{World, connect, exchange, is_closed, token};
use latchkey_vault::Limits;
use serde_json::json;

const MISMATCH: &str = "The request signature we calculated does not match the signature you provided. Check your AWS \
                        Secret Access Key and signing method. Consult the service documentation for details.";
const INVALID_TOKEN: &str = "The security token included in the request is invalid.";

fn pair(code: &str, message: &str) -> (String, String) {
    (code.to_owned(), message.to_owned())
}

#[test]
fn every_answer_has_a_request_id_and_errors_have_aws_form() {
    let world = World::new();
    let good = world.caller().call("ListSecrets", &json!({}));
    let bad = world.caller().call("DescribeSecret", &json!({ "SecretId": "a" }));
    for reply in [&good, &bad] {
        assert!(reply.head.contains("x-amzn-requestid: "), "{}", reply.head);
        assert!(reply.head.contains("content-type: application/x-amz-json-1.1"), "{}", reply.head);
    }
    assert_eq!(bad.status, 400, "not 404");
    assert!(bad.body.get("Message").is_some(), "modelled errors have a capital Message: {}", bad.body);
    let invalid = world.caller().call("ListSecrets", &json!({ "MaxResults": 0 }));
    assert!(invalid.body.get("message").is_some(), "a ValidationException has not: {}", invalid.body);
}

#[test]
fn unsigned_and_wrongly_signed_requests_are_refused_in_aws_words() {
    let world = World::new();
    let host = ("host".to_owned(), world.server.address().to_string());
    let unsigned = exchange(world.server.address(), "POST / HTTP/1.1", std::slice::from_ref(&host), b"{}");
    assert_eq!(unsigned.fault(), pair("MissingAuthenticationTokenException", "Missing Authentication Token"));
    let malformed = ("authorization".to_owned(), "AWS4-HMAC-SHA256 Credential=a/b/c/d/e".to_owned());
    let (code, message) =
        exchange(world.server.address(), "POST / HTTP/1.1", &[host, malformed], b"{}").fault();
    assert_eq!(code, "IncompleteSignatureException");
    assert!(message.contains("'Signature'") && message.contains("'SignedHeaders'"), "{message}");

    let mut caller = world.caller();
    caller.secret = "fake other".into();
    assert_eq!(caller.call("ListSecrets", &json!({})).fault(), pair("InvalidSignatureException", MISMATCH));
    let tampered = world.caller().send("ListSecrets", b"{}", b"{ }");
    assert_eq!(tampered.fault(), pair("InvalidSignatureException", MISMATCH));
    let mut caller = world.caller();
    caller.id = "AKIAUNKNOWN".into();
    assert_eq!(
        caller.call("ListSecrets", &json!({})).fault(),
        pair("UnrecognizedClientException", INVALID_TOKEN)
    );
    let mut caller = world.caller();
    caller.service = "s3".into();
    assert_eq!(
        caller.call("ListSecrets", &json!({})).fault(),
        pair(
            "InvalidSignatureException",
            "Credential should be scoped to correct service: 'secretsmanager'."
        )
    );
}

#[test]
fn a_signature_is_good_for_fifteen_minutes_either_way() {
    let world = World::new();
    let shifted = |seconds: i64| {
        let mut caller = world.caller();
        let by = Duration::from_secs(seconds.unsigned_abs());
        caller.time = if seconds < 0 { caller.time - by } else { caller.time + by };
        caller.call("ListSecrets", &json!({}))
    };
    for good in [-880, 880] {
        assert_eq!(shifted(good).status, 200, "{good} seconds off");
    }
    let (code, message) = shifted(-920).fault();
    assert_eq!(code, "InvalidSignatureException");
    assert!(message.starts_with("Signature expired: ") && message.ends_with(" - 15 min.)"), "{message}");
    let (code, message) = shifted(920).fault();
    assert_eq!(code, "InvalidSignatureException");
    assert!(message.starts_with("Signature not yet current: "), "{message}");
}

#[test]
fn temporary_credentials_need_their_token_and_end() {
    let world = World::new();
    let issued = world.server.issue_temporary(Duration::from_secs(3600)).unwrap();
    assert!(issued.access_key_id.starts_with("ASIA"));
    let mut caller = world.caller();
    caller.id = issued.access_key_id;
    caller.secret = issued.secret_access_key.expose().to_owned();
    let refused = pair("UnrecognizedClientException", INVALID_TOKEN);
    assert_eq!(caller.call("ListSecrets", &json!({})).fault(), refused, "no token");
    caller.session_token = Some("fake".into());
    assert_eq!(caller.call("ListSecrets", &json!({})).fault(), refused, "another token");
    caller.session_token = Some(issued.session_token.expose().to_owned());
    assert_eq!(caller.call("ListSecrets", &json!({})).status, 200);

    let ended = world.server.issue_temporary(Duration::ZERO).unwrap();
    caller.id = ended.access_key_id;
    caller.secret = ended.secret_access_key.expose().to_owned();
    caller.session_token = Some(ended.session_token.expose().to_owned());
    assert_eq!(
        caller.call("ListSecrets", &json!({})).fault(),
        pair("ExpiredTokenException", "The security token included in the request is expired")
    );
}

#[test]
fn pages_and_foreign_hosts_are_refused_before_anything_else() {
    let world = World::new();
    for name in ["Origin", "Sec-Fetch-Mode", "Sec-Fetch-Site"] {
        let mut caller = world.caller();
        caller.extra = vec![(name.into(), "null".into())];
        assert_eq!(caller.call("ListSecrets", &json!({})).status, 403, "{name}");
    }
    for host in ["example.com", "127.0.0.1.example.com", "127.0.0.2", "localhost:+80"] {
        let mut caller = world.caller();
        caller.host = host.into();
        assert_eq!(caller.call("ListSecrets", &json!({})).status, 403, "{host}");
    }
    for host in ["localhost", "LOCALHOST"] {
        let mut caller = world.caller();
        caller.host = format!("{host}:{}", world.server.address().port());
        assert_eq!(caller.call("ListSecrets", &json!({})).status, 200, "{host}");
    }
}

#[test]
fn malformed_requests_are_refused_without_quoting_them() {
    let world = World::new();
    for body in
        ["", "[", "{\"SecretId\": 1, \"x\": \"fake-canary\"}", "\"fake-canary\"", "{\"SecretId\": \"a\""]
    {
        let reply = world.caller().send("DescribeSecret", body.as_bytes(), body.as_bytes());
        let (code, message) = reply.fault();
        let expected = if body.is_empty() { "ValidationException" } else { "SerializationException" };
        assert_eq!(code, expected, "{body}");
        assert!(!message.contains("canary"), "{message}");
    }
    let junk = exchange(world.server.address(), "GARBAGE", &[], b"");
    assert_eq!(junk.status, 400);
    assert_eq!(world.caller().call("ListSecrets", &json!({})).status, 200, "the server lives on");
}

#[test]
fn a_body_above_one_mebibyte_is_refused() {
    let world = World::new();
    let body = vec![b' '; 1024 * 1024 + 1];
    let reply = world.caller().send("ListSecrets", &body, &body);
    assert_eq!(reply.fault().0, "RequestEntityTooLargeException", "{}", reply.head);
}

#[test]
fn idle_connections_are_closed() {
    let world = World::with(Limits { read_timeout: Duration::from_millis(200), ..Limits::default() });
    let mut idle: Vec<_> = (0..2).map(|_| connect(world.server.address())).collect();
    // It may be closed already.
    let _ = idle[0].write_all(b"POST / HT");
    for stream in &mut idle {
        assert!(is_closed(stream), "the server closes a connection that says nothing");
    }
}

#[test]
fn the_server_ends_its_connections_when_it_stops() {
    let world = World::new();
    world.create("a", &token("1"), "fake");
    let address = world.server.address();
    let World { runtime, server, .. } = world;
    runtime.block_on(server.stop());
    assert!(TcpStream::connect(address).is_err(), "the port is closed");
}
