//! A vault in memory behind a real port, and a caller that signs with AWS's own code.
#![allow(dead_code, clippy::unwrap_used)]

pub mod keyring;
pub mod program;

use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use aws_credential_types::Credentials as AwsCredentials;
use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4;
use chrono::{DateTime, TimeDelta, Utc};
use latchkey_domain::secret_text::SecretInput;
use latchkey_system::programs::guardian;
use latchkey_vault::{Accepted, Clock, Credentials, Limits, Options, RotationFunctions, Server, Vault};
use serde_json::{Value, json};
use tokio::runtime::Runtime;

pub const REGION: &str = "eu-central-1";
pub const ID: &str = "AKIAFAKEFAKEFAKEFAKE";
pub const SECRET: &str = "fake-secret-access-key";

/// A clock that tests move.
#[derive(Clone)]
pub struct Hands(Arc<Mutex<DateTime<Utc>>>);

impl Hands {
    pub fn new() -> Self {
        Self(Arc::new(Mutex::new("2026-03-01T10:00:00Z".parse().unwrap())))
    }

    pub fn advance(&self, by: TimeDelta) {
        *self.0.lock().unwrap() += by;
    }

    pub fn now(&self) -> DateTime<Utc> {
        *self.0.lock().unwrap()
    }

    pub fn set(&self, to: DateTime<Utc>) {
        *self.0.lock().unwrap() = to;
    }

    pub fn clock(&self) -> Clock {
        let hands = self.clone();
        Arc::new(move || *hands.0.lock().unwrap())
    }
}

pub struct World {
    pub runtime: Runtime,
    pub vault: Arc<Vault>,
    pub server: Server,
    pub hands: Hands,
}

impl World {
    pub fn new() -> Self {
        Self::with(Limits::default())
    }

    pub fn with(limits: Limits) -> Self {
        Self::with_options(limits, Options::memory())
    }

    pub fn with_functions(functions: RotationFunctions) -> Self {
        stand_guard();
        let mut options = Options::memory();
        options.functions = functions;
        Self::with_options(Limits::default(), options)
    }

    pub fn with_options(limits: Limits, mut options: Options) -> Self {
        let hands = Hands::new();
        let runtime = Runtime::new().unwrap();
        options.clock = hands.clock();
        let vault = Vault::open_blocking(options).unwrap();
        let server = start(&runtime, &vault, limits);
        Self { runtime, vault, server, hands }
    }

    /// Ends the server at once, with what it is doing, and starts another one for the same vault.
    pub fn serve_again(&mut self) {
        self.server = start(&self.runtime, &self.vault, Limits::default());
    }

    /// Lets everything end that is due by the clock.
    pub fn settle(&self) {
        self.runtime.block_on(self.server.rotate_due());
    }

    pub fn caller(&self) -> Caller {
        Caller::new(self.server.address())
    }

    /// The answer of a call that works.
    pub fn ok(&self, operation: &str, request: Value) -> Value {
        let answer = self.caller().call(operation, &request);
        assert_eq!(answer.status, 200, "{operation} {request}: {}", answer.body);
        answer.body
    }

    /// The `__type` and the text of a call that is refused.
    pub fn fault(&self, operation: &str, request: Value) -> (String, String) {
        self.caller().call(operation, &request).fault()
    }

    /// Creates a secret and returns its ARN.
    pub fn create(&self, name: &str, token: &str, value: &str) -> String {
        let request = json!({ "Name": name, "ClientRequestToken": token, "SecretString": value });
        self.ok("CreateSecret", request)["ARN"].as_str().unwrap().to_owned()
    }

    pub fn put(&self, name: &str, token: &str, stages: Option<&[&str]>) -> Value {
        let mut request = json!({ "SecretId": name, "ClientRequestToken": token, "SecretString": "fake" });
        if let Some(stages) = stages {
            request["VersionStages"] = json!(stages);
        }
        self.ok("PutSecretValue", request)
    }

    pub fn stages(&self, name: &str) -> Value {
        self.ok("DescribeSecret", json!({ "SecretId": name }))["VersionIdsToStages"].clone()
    }
}

/// Programs need a guardian, and the program of these tests is it.
#[test]
pub fn this_program_of_tests_guards_others() {
    stand_guard();
}

fn stand_guard() {
    guardian::stand_guard_in_test("common::this_program_of_tests_guards_others");
}

fn start(runtime: &Runtime, vault: &Arc<Vault>, limits: Limits) -> Server {
    let credentials = Credentials { access_key_id: ID.into(), secret_access_key: SecretInput::new(SECRET) };
    let listen = SocketAddr::from(([127, 0, 0, 1], 0));
    runtime.block_on(Server::start_with(vault.clone(), listen, credentials, limits)).unwrap()
}

/// Opens a vault whose rows a test wrote itself: they count as they are.
pub fn as_it_is(options: Options) -> Options {
    Options { accepted: Accepted { changed_file: true, ..Accepted::default() }, ..options }
}

/// A token of 32 characters.
pub fn token(name: &str) -> String {
    format!("{name:->32}")
}

/// Sends requests, signed as it is told.
#[derive(Clone)]
pub struct Caller {
    pub address: SocketAddr,
    pub id: String,
    pub secret: String,
    pub session_token: Option<String>,
    pub region: String,
    pub service: String,
    pub time: SystemTime,
    /// Headers that are sent unsigned.
    pub extra: Vec<(String, String)>,
    pub host: String,
}

#[derive(Debug)]
pub struct Reply {
    pub status: u16,
    pub head: String,
    pub body: Value,
}

impl Reply {
    pub fn fault(&self) -> (String, String) {
        let text = |key: &str| self.body[key].as_str().map(str::to_owned);
        let message = text("Message").or(text("message")).unwrap_or_default();
        (text("__type").unwrap_or_else(|| format!("status {}", self.status)), message)
    }
}

impl Caller {
    pub fn new(address: SocketAddr) -> Self {
        Self {
            address,
            id: ID.into(),
            secret: SECRET.into(),
            session_token: None,
            region: REGION.into(),
            service: "secretsmanager".into(),
            time: SystemTime::now(),
            extra: Vec::new(),
            host: address.to_string(),
        }
    }

    pub fn call(&self, operation: &str, request: &Value) -> Reply {
        let body = request.to_string();
        self.send(operation, body.as_bytes(), body.as_bytes())
    }

    /// Signs one body and sends another.
    pub fn send(&self, operation: &str, signed: &[u8], sent: &[u8]) -> Reply {
        exchange(self.address, "POST / HTTP/1.1", &self.sign(operation, signed), sent)
    }

    /// A whole request, after which the connection stays open.
    pub fn request(&self, operation: &str, request: &Value) -> Vec<u8> {
        let body = request.to_string();
        let headers = self.sign(operation, body.as_bytes());
        let mut text = head("POST / HTTP/1.1", &headers, body.len());
        text.push_str("\r\n");
        text.push_str(&body);
        text.into_bytes()
    }

    /// The headers of a request, all that count for its signature.
    pub fn sign(&self, operation: &str, body: &[u8]) -> Vec<(String, String)> {
        let mut headers = vec![
            ("host".to_owned(), self.host.clone()),
            ("content-type".to_owned(), "application/x-amz-json-1.1".to_owned()),
            ("x-amz-target".to_owned(), format!("secretsmanager.{operation}")),
        ];
        let token = self.session_token.clone();
        let identity = AwsCredentials::new(&self.id, &self.secret, token, None, "test").into();
        let params = v4::SigningParams::builder()
            .identity(&identity)
            .region(&self.region)
            .name(&self.service)
            .time(self.time)
            .settings(SigningSettings::default())
            .build()
            .unwrap()
            .into();
        let url = format!("http://{}/", self.host);
        let pairs = headers.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        let request = SignableRequest::new("POST", &url, pairs, SignableBody::Bytes(body)).unwrap();
        let (instructions, _) = sign(request, &params).unwrap().into_parts();
        let (added, _) = instructions.into_parts();
        headers.extend(added.iter().map(|header| (header.name().to_owned(), header.value().to_owned())));
        headers.extend(self.extra.clone());
        headers
    }
}

/// One request on a connection of its own.
pub fn exchange(address: SocketAddr, line: &str, headers: &[(String, String)], body: &[u8]) -> Reply {
    let text = head(line, headers, body.len()) + "connection: close\r\n\r\n";
    let mut stream = connect(address);
    stream.write_all(text.as_bytes()).unwrap();
    // The server may refuse before it read all of it.
    let _ = stream.write_all(body);
    read_reply(&mut stream)
}

fn head(line: &str, headers: &[(String, String)], length: usize) -> String {
    let mut text = format!("{line}\r\n");
    for (name, value) in headers {
        text.push_str(&format!("{name}: {value}\r\n"));
    }
    text.push_str(&format!("content-length: {length}\r\n"));
    text
}

/// A connection that fails a test in place of hanging.
pub fn connect(address: SocketAddr) -> TcpStream {
    let stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(120))).unwrap();
    stream
}

/// Whether the server has closed the connection. Waits for it.
pub fn is_closed(stream: &mut TcpStream) -> bool {
    let ended = stream.read_to_end(&mut Vec::new()).map_err(|error| error.kind());
    matches!(ended, Ok(_) | Err(ErrorKind::ConnectionReset | ErrorKind::BrokenPipe))
}

/// One reply on a connection that stays open.
pub fn read_one(stream: &mut TcpStream) -> Reply {
    let mut text = Vec::new();
    while !text.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        stream.read_exact(&mut byte).unwrap();
        text.push(byte[0]);
    }
    let head = String::from_utf8(text).unwrap().to_lowercase();
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")).unwrap();
    let mut body = vec![0; length.parse().unwrap()];
    stream.read_exact(&mut body).unwrap();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    Reply { status, head, body: serde_json::from_slice(&body).unwrap() }
}

/// All that comes up to the end of the connection, as one reply.
pub fn read_reply(stream: &mut TcpStream) -> Reply {
    let mut text = Vec::new();
    let _ = stream.read_to_end(&mut text);
    let text = String::from_utf8_lossy(&text).into_owned();
    let (head, body) = text.split_once("\r\n\r\n").unwrap_or((&text, ""));
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or(0);
    Reply { status, head: head.to_lowercase(), body: serde_json::from_str(body).unwrap_or(Value::Null) }
}
