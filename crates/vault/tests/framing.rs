//! Requests whose end could be seen in two places: none of them smuggles in a second one.
#![allow(clippy::unwrap_used)]

mod common;

use std::io::{Read, Write};

use common::{World, connect, is_closed, read_one, token};
use serde_json::{Value, json};

/// What came back on one connection, up to its end.
struct Came {
    answers: usize,
    text: String,
}

impl Came {
    /// Whether it is one refusal with the words of an error, after which the connection ends.
    fn is_one_refusal(&self) -> bool {
        let (head, body) = self.text.split_once("\r\n\r\n").unwrap_or_default();
        let head = head.to_lowercase();
        let words: Value = serde_json::from_str(body).unwrap_or_default();
        let message = words["message"].as_str().or(words["Message"].as_str()).unwrap_or_default();
        let has = |header: &str| head.lines().any(|line| line == header);
        self.answers == 1
            && head.starts_with("http/1.1 4")
            && has("content-type: application/x-amz-json-1.1")
            && has("connection: close")
            && words["__type"].as_str().is_some_and(|code| !code.is_empty())
            && !message.is_empty()
    }
}

/// Sends this, and the end of what a client has to say.
fn send(world: &World, bytes: &[u8]) -> Came {
    let mut stream = connect(world.server.address());
    // The server may close before it has read all of it.
    let _ = stream.write_all(bytes);
    let mut came = Vec::new();
    // A reset is an end too.
    let _ = stream.read_to_end(&mut came);
    let text = String::from_utf8_lossy(&came).into_owned();
    Came { answers: text.matches("HTTP/1.1 ").count(), text }
}

/// A request that creates a secret, rightly signed: what shall never be answered.
fn second(world: &World) -> String {
    let request = json!({ "Name": "smuggled", "ClientRequestToken": token("1"), "SecretString": "fake" });
    String::from_utf8(world.caller().request("CreateSecret", &request)).unwrap()
}

/// A rightly signed head for the body `{}`, without what says where that ends.
fn head(world: &World, line: &str) -> String {
    let headers = world.caller().sign("ListSecrets", b"{}");
    let lines = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n"));
    std::iter::once(format!("{line}\r\n")).chain(lines).collect()
}

const LINE: &str = "POST / HTTP/1.1";
const CHUNKS: &str = "2\r\n{}\r\n0\r\n\r\n";

#[test]
fn a_request_whose_end_is_unclear_is_refused_and_nothing_behind_it_is_read() {
    let world = World::new();
    let many = "x-a: b\r\n".repeat(200);
    let long = format!("x-a: {}\r\n", "b".repeat(100 * 1024));
    // What follows the signed headers, the empty line and the body included.
    let unclear = [
        ("two lengths", "content-length: 2\r\ncontent-length: 0\r\n\r\n{}"),
        ("two lengths in a line", "content-length: 2, 2\r\n\r\n{}"),
        ("a length with a sign", "content-length: +2\r\n\r\n{}"),
        ("a length below zero", "content-length: -2\r\n\r\n{}"),
        ("a length in hex", "content-length: 0x2\r\n\r\n{}"),
        ("a length beyond all", "content-length: 18446744073709551618\r\n\r\n{}"),
        ("no number", "content-length: two\r\n\r\n{}"),
        ("another encoding", "transfer-encoding: gzip\r\n\r\n2\r\n{}\r\n0\r\n\r\n"),
        ("an encoding behind chunked", "transfer-encoding: chunked, gzip\r\n\r\n2\r\n{}\r\n0\r\n\r\n"),
        ("a chunk of no size", "transfer-encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n"),
        ("a chunk below zero", "transfer-encoding: chunked\r\n\r\n-2\r\n{}\r\n0\r\n\r\n"),
        ("a chunk beyond all", "transfer-encoding: chunked\r\n\r\n10000000000000002\r\n{}\r\n0\r\n\r\n"),
        ("a chunk in 0x", "transfer-encoding: chunked\r\n\r\n0x2\r\n{}\r\n0\r\n\r\n"),
        ("a chunk longer than it says", "transfer-encoding: chunked\r\n\r\n1\r\n{}\r\n0\r\n\r\n"),
        ("a folded line", "x-a: b\r\n c\r\ncontent-length: 2\r\n\r\n{}"),
        ("a blank before the colon", "content-length : 2\r\n\r\n{}"),
        ("a line without a colon", "content-length\r\n\r\n{}"),
        ("a carriage return alone", "x-a: b\rcontent-length: 0\r\ncontent-length: 2\r\n\r\n{}"),
        ("a line feed alone", "x-a: b\ncontent-length: 0\r\ncontent-length: 2\r\n\r\n{}"),
        ("a zero byte", "x-a: b\0\r\ncontent-length: 2\r\n\r\n{}"),
        ("a second host", "host: localhost\r\ncontent-length: 2\r\n\r\n{}"),
        ("too many headers", &format!("{many}content-length: 2\r\n\r\n{{}}")),
        ("too long a head", &format!("{long}content-length: 2\r\n\r\n{{}}")),
    ];
    for (name, rest) in unclear {
        let came = send(&world, format!("{}{rest}{}", head(&world, LINE), second(&world)).as_bytes());
        assert!(came.is_one_refusal(), "{name}: {}", came.text);
    }
    assert_eq!(world.caller().call("ListSecrets", &json!({})).body["SecretList"], json!([]));
}

#[test]
fn a_request_in_chunks_is_the_last_of_its_connection() {
    let world = World::new();
    let alone =
        send(&world, format!("{}transfer-encoding: chunked\r\n\r\n{CHUNKS}", head(&world, LINE)).as_bytes());
    assert!(alone.answers == 1 && alone.text.starts_with("HTTP/1.1 200 "), "{}", alone.text);
    // Behind others that say their length as well.
    let before = String::from_utf8(world.caller().request("ListSecrets", &json!({}))).unwrap();
    let behind = format!("{before}{before}{}transfer-encoding: chunked\r\n\r\n{CHUNKS}", head(&world, LINE));
    assert_eq!(send(&world, behind.as_bytes()).text.matches("HTTP/1.1 200 ").count(), 3);
    for framing in [
        "transfer-encoding: chunked\r\n",
        "content-length: 2\r\ntransfer-encoding: chunked\r\n",
        "transfer-encoding: chunked\r\ncontent-length: 2\r\n",
        // The length of a body that would hold the second request.
        "content-length: 2000\r\ntransfer-encoding: chunked\r\n",
        "CONTENT-length: 2\r\nTransfer-Encoding: chunked\r\n",
        "x-a: b\ncontent-length: 2\r\ntransfer-encoding: chunked\r\n",
    ] {
        let bytes = format!("{}{framing}\r\n{CHUNKS}{}", head(&world, LINE), second(&world));
        let came = send(&world, bytes.as_bytes());
        // What follows it says a length, which could be its own.
        assert!(came.is_one_refusal() && came.text.contains("Transfer-Encoding"), "{framing}: {}", came.text);
    }
    assert_eq!(world.caller().call("ListSecrets", &json!({})).body["SecretList"], json!([]));
}

#[test]
fn lines_of_other_protocols_and_other_hosts_are_refused() {
    let world = World::new();
    let length = "content-length: 2\r\n\r\n{}";
    for line in [
        "POST /",
        "POST / HTTP/0.9",
        "POST / HTTP/2.0",
        "POST  / HTTP/1.1",
        "POST / HTTP/1.1 ",
        "POST\t/\tHTTP/1.1",
        "POST http://example.com/ HTTP/1.1",
        "POST http://127.0.0.1.example.com/ HTTP/1.1",
        "POST //example.com/ HTTP/1.1",
        "POST * HTTP/1.1",
        "CONNECT example.com:80 HTTP/1.1",
        "GET / HTTP/1.1",
    ] {
        let came = send(&world, format!("{}{length}{}", head(&world, line), second(&world)).as_bytes());
        assert!(came.is_one_refusal(), "{line}: {}", came.text);
    }
    for raw in ["GET /\r\n\r\n", "\r\n\r\n\r\n\r\n\0\0", "\u{16}\u{3}\u{1}"] {
        let came = send(&world, format!("{raw}{}", second(&world)).as_bytes());
        assert!(came.is_one_refusal(), "{raw:?}: {}", came.text);
    }
    // Who begins with the preface of HTTP/2 reads frames: an answer of HTTP/1.1 would be none for it.
    let preface = send(&world, format!("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n{}", second(&world)).as_bytes());
    assert_eq!(preface.text, "");
    assert_eq!(world.caller().call("ListSecrets", &json!({})).body["SecretList"], json!([]));
}

#[test]
fn what_is_no_http_is_refused_in_the_words_of_other_errors() {
    let world = World::new();
    let no_http = "SerializationException";
    let too_large = "RequestEntityTooLargeException";
    let long = "x".repeat(100 * 1024);
    for (name, request, status, code) in [
        ("a line that is none", "no request\r\n\r\n".to_owned(), 400, no_http),
        ("another version", "POST / HTTP/0.9\r\nhost: localhost\r\n\r\n".to_owned(), 400, no_http),
        (
            "two lengths",
            format!("{}content-length: 2\r\ncontent-length: 3\r\n\r\n{{}}", head(&world, LINE)),
            400,
            no_http,
        ),
        ("a zero byte", format!("{LINE}\r\nhost: local\0host\r\n\r\n"), 400, no_http),
        ("too many headers", format!("{LINE}\r\n{}\r\n", "x-a: b\r\n".repeat(200)), 431, too_large),
        ("too long a header", format!("{LINE}\r\nx-a: {long}\r\n\r\n"), 431, too_large),
        ("too long a URL", format!("POST /{long} HTTP/1.1\r\nhost: localhost\r\n\r\n"), 431, too_large),
    ] {
        let mut stream = connect(world.server.address());
        // The server may close before it has read all of it.
        let _ = stream.write_all(request.as_bytes());
        let reply = read_one(&mut stream);
        assert_eq!((reply.status, reply.fault().0.as_str()), (status, code), "{name}: {}", reply.head);
        assert!(!reply.fault().1.is_empty(), "{name}: {}", reply.body);
        for header in ["connection: close", "content-type: application/x-amz-json-1.1", "x-amzn-requestid: "]
        {
            assert!(reply.head.contains(header), "{name}: {}", reply.head);
        }
    }
}

#[test]
fn what_is_no_http_is_explained_behind_an_answer_too() {
    let world = World::new();
    let mut stream = connect(world.server.address());
    stream.write_all(&world.caller().request("ListSecrets", &json!({}))).unwrap();
    assert_eq!(read_one(&mut stream).status, 200);
    stream.write_all(b"no request\r\n\r\n").unwrap();
    assert_eq!(read_one(&mut stream).fault().0, "SerializationException");
    assert!(is_closed(&mut stream));
}
