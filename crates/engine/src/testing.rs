//! What the tests of the engine stand on: a network that answers from a script below the SDK, a clock that is moved by
//! hand, and a vault that is an address only.
#![allow(clippy::unwrap_used)]

pub mod botocore;
pub mod center;
pub mod changes;
mod fake_vault;
pub mod guardian;
mod keyring;
pub mod listener;
pub mod moto;
mod own_home;
mod person;
pub mod proxy;
pub mod vault_file;
pub mod wire;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use aws_smithy_http_client::test_util::infallible_client_fn;
use aws_smithy_types::body::SdkBody;
use chrono::{DateTime, Utc};
use latchkey_domain::connection::OpenVault;
use latchkey_domain::detour::TrustConnection;
use latchkey_domain::event::Event;
use latchkey_domain::guard::{EditConnection, Guard};
use latchkey_domain::secret::{SecretSummary, Tag};
use latchkey_domain::{ConnectionId, Region, Scope};
use latchkey_keyring::Keyring;
use serde_json::{Value, json};
use tokio::sync::oneshot;

use crate::aws::budget::{Budget, Payer, Share};
use crate::aws::client::Transport;
use crate::{BoxFuture, Clock, Engine, EngineParts, Environment, Folders, ProfileFiles, VaultHost};

pub use fake_vault::FakeVault;
pub use keyring::{FakeKeyring, data_key};
pub use own_home::in_own_home;
use person::{FakeBrowser, FakePicker};
pub use person::{FakePerson, lock_now};
pub use vault_file::CLOSING;

pub const ARN: &str = "arn:aws:secretsmanager:us-east-1:123456789012:secret:prod/db-AbC12x";

/// A request as it left the SDK.
#[derive(Debug, Clone)]
pub struct Sent {
    pub operation: String,
    pub body: Value,
    pub headers: BTreeMap<String, String>,
}

/// Every request of one test, in order.
#[derive(Clone, Default)]
pub struct CallLog(Arc<Mutex<Vec<Sent>>>);

impl CallLog {
    pub fn all(&self) -> Vec<Sent> {
        self.0.lock().unwrap().clone()
    }

    pub fn of(&self, operation: &str) -> Vec<Value> {
        let mut sent = self.all();
        sent.retain(|sent| sent.operation == operation);
        sent.into_iter().map(|sent| sent.body).collect()
    }
}

pub type Answer = http::Response<SdkBody>;

/// An answer of Secrets Manager.
pub fn answer(status: u16, body: impl Into<String>) -> Answer {
    http::Response::builder()
        .status(status)
        .header("x-amzn-RequestId", "fake-request-1")
        .body(SdkBody::from(body.into()))
        .unwrap()
}

pub fn ok(body: Value) -> Answer {
    answer(200, body.to_string())
}

pub fn fault(status: u16, code: &str, message: &str) -> Answer {
    answer(status, json!({ "__type": code, "Message": message }).to_string())
}

/// An HTTP client that hands each request to `reply`, by its operation; signing, encoding and parsing stay real.
pub fn network(reply: impl Fn(&str, &Value) -> Answer + Send + Sync + 'static) -> (Transport, CallLog) {
    let log = CallLog::default();
    let written = log.clone();
    let client = infallible_client_fn(move |request: http::Request<SdkBody>| {
        let header = |name: &str| request.headers().get(name).and_then(|value| value.to_str().ok());
        let form = std::str::from_utf8(request.body().bytes().unwrap_or_default()).unwrap_or_default();
        let target = header("x-amz-target").or_else(|| form.strip_prefix("Action=")?.split('&').next());
        let target = target.unwrap_or("none");
        let operation = target.rsplit('.').next().unwrap_or_default().to_owned();
        // The forms of STS are kept as they are.
        let body = serde_json::from_str(form).unwrap_or_else(|_| Value::String(form.to_owned()));
        let headers = request
            .headers()
            .iter()
            .map(|(name, value)| (name.to_string(), value.to_str().unwrap_or_default().to_owned()))
            .collect();
        let reply = reply(&operation, &body);
        written.0.lock().unwrap().push(Sent { operation, body, headers });
        reply
    });
    (Transport::over(client), log)
}

/// A clock that stands still until it is moved; only waits of a few seconds between two requests pass by themselves.
pub struct ManualClock(Mutex<Hands>);

/// What waits longer, waits for the test.
const PASSES_BY_ITSELF: Duration = Duration::from_secs(5);

struct Hands {
    now: DateTime<Utc>,
    sleepers: Vec<(DateTime<Utc>, oneshot::Sender<()>)>,
}

impl ManualClock {
    pub fn new() -> Arc<Self> {
        let now = "2026-11-21T02:00:00Z".parse().unwrap();
        Arc::new(Self(Mutex::new(Hands { now, sleepers: Vec::new() })))
    }

    /// Moves the clock and lets those that wake up do their work.
    pub async fn advance(&self, seconds: i64) {
        {
            let mut hands = self.0.lock().unwrap();
            hands.now += chrono::TimeDelta::seconds(seconds);
            let now = hands.now;
            for (_, sleeper) in hands.sleepers.extract_if(.., |(until, _)| *until <= now) {
                let _ = sleeper.send(());
            }
        }
        for _ in 0..20 {
            tokio::task::yield_now().await;
        }
    }
}

impl Clock for ManualClock {
    fn now(&self) -> DateTime<Utc> {
        self.0.lock().unwrap().now
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
        let mut hands = self.0.lock().unwrap();
        let until = hands.now + duration;
        if duration < PASSES_BY_ITSELF {
            hands.now = until;
            return Box::pin(tokio::task::yield_now());
        }
        let (sleeper, awake) = oneshot::channel();
        hands.sleepers.push((until, sleeper));
        Box::pin(async move {
            let _ = awake.await;
        })
    }
}

/// An engine on a scripted network, and everything that it told.
pub struct Bench {
    pub engine: Arc<Engine>,
    pub keyring: Arc<FakeKeyring>,
    pub clock: Arc<ManualClock>,
    pub log: CallLog,
    pub events: Arc<Mutex<Vec<Event>>>,
    pub folder: tempfile::TempDir,
    pub picker: Arc<FakePicker>,
    pub person: Arc<FakePerson>,
    browser: Arc<FakeBrowser>,
}

impl Bench {
    /// The vault is open.
    pub async fn new(reply: impl Fn(&str, &Value) -> Answer + Send + Sync + 'static) -> Self {
        let (transport, log) = network(reply);
        let bench = Self::on(transport, log, FakeVault { gate: None });
        bench.engine.begin_lock().await;
        bench.engine.open_vault(OpenVault::local()).await.unwrap();
        bench
    }

    /// The vault is as it is at the start of the program.
    pub fn on(transport: Transport, log: CallLog, vault: impl VaultHost) -> Self {
        let folder = tempfile::tempdir().unwrap();
        Self::in_folder(folder, transport, log, vault)
    }

    pub fn in_folder(
        folder: tempfile::TempDir,
        transport: Transport,
        log: CallLog,
        vault: impl VaultHost,
    ) -> Self {
        let keyring = FakeKeyring::new(folder.path());
        Self::with_keyring(folder, transport, log, vault, keyring)
    }

    pub fn with_keyring(
        folder: tempfile::TempDir,
        transport: Transport,
        log: CallLog,
        vault: impl VaultHost,
        keyring: Arc<FakeKeyring>,
    ) -> Self {
        Self::begin(folder, transport, log, vault, keyring, Environment::default())
    }

    /// The program was started with these variables.
    pub fn in_environment(environment: Environment, transport: Transport, vault: impl VaultHost) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let keyring = FakeKeyring::new(folder.path());
        Self::begin(folder, transport, CallLog::default(), vault, keyring, environment)
    }

    fn begin(
        folder: tempfile::TempDir,
        transport: Transport,
        log: CallLog,
        vault: impl VaultHost,
        keyring: Arc<FakeKeyring>,
        environment: Environment,
    ) -> Self {
        guardian::this_program_of_tests_guards_others();
        let clock = ManualClock::new();
        let events = Arc::new(Mutex::new(Vec::new()));
        let heard = events.clone();
        let folders = Folders { config: folder.path().join("config"), data: folder.path().join("data") };
        let picker = Arc::new(FakePicker::new(folder.path().join("export.jsonl")));
        let person = Arc::new(FakePerson::default());
        let browser = Arc::new(FakeBrowser::default());
        let parts = EngineParts {
            profiles: ProfileFiles::below(&folder.path().join("aws")),
            environment,
            vault: Arc::new(vault),
            keyring: Keyring::with(keyring.clone(), &folders.data),
            clock: clock.clone(),
            files: picker.clone(),
            confirmation: person.clone(),
            browser: browser.clone(),
            identity_center_url: None,
            folders,
            events: Arc::new(move |event| heard.lock().unwrap().push(event)),
        };
        let engine = Engine::with_transport(parts, transport);
        Self { engine, keyring, clock, log, events, folder, picker, person, browser }
    }

    /// Where the person saves.
    pub fn export_path(&self) -> PathBuf {
        self.folder.path().join("export.jsonl")
    }

    /// What the person chooses from now on.
    pub fn choose_file(&self, path: &Path) {
        *self.picker.path.lock().unwrap() = Some(path.to_owned());
    }

    /// From now on the person changes their mind.
    pub fn refuse_files(&self) {
        *self.picker.path.lock().unwrap() = None;
    }

    /// The pages that the browser was to show.
    pub fn pages(&self) -> Vec<String> {
        self.browser.0.lock().unwrap().clone()
    }

    /// Writes the AWS configuration file that this console follows.
    pub fn write_aws_config(&self, text: &str) {
        let folder = self.folder.path().join("aws");
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join("config"), text).unwrap();
    }

    /// Writes the AWS credentials file beside it.
    pub fn write_aws_credentials(&self, text: &str) {
        let folder = self.folder.path().join("aws");
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join("credentials"), text).unwrap();
    }

    /// The person trusts the ways of a connection, as they are now.
    pub async fn trust_way(&self, connection: &ConnectionId) {
        self.person.agree(true);
        let request = TrustConnection { connection: connection.clone() };
        self.engine.trust_connection(request).await.unwrap();
    }

    pub fn events(&self) -> Vec<Event> {
        self.events.lock().unwrap().clone()
    }
}

/// An edit of a connection that sets its guard alone.
pub fn edit_of(connection: &ConnectionId, guard: Guard) -> EditConnection {
    EditConnection {
        connection: connection.clone(),
        name: String::new(),
        guard,
        colour: None,
        icon: None,
        reveal_asks: false,
        saves_by_put: false,
        writes_through: None,
        variant: None,
        endpoint_url: None,
    }
}

pub fn scope() -> Scope {
    Scope { connection: ConnectionId::local(), region: Region::from("us-east-1") }
}

/// The gate of a connection on which nothing was set.
pub fn open_gate() -> crate::aws::gate::Gate {
    crate::guards::Guards::new(std::path::Path::new("/nowhere")).gate(&ConnectionId::local(), None)
}

/// A budget of its own.
pub fn share() -> Share {
    let payer = Payer { account: "123456789012".into(), region: scope().region };
    Share { budget: Budget::new(20), payer }
}

/// A live secret with this name.
pub fn row(name: &str) -> SecretSummary {
    SecretSummary {
        arn: format!("arn:aws:secretsmanager:us-east-1:123456789012:secret:{name}-AbC12x"),
        name: name.to_owned(),
        created_at: DateTime::from_timestamp(1_700_000_000, 0),
        ..SecretSummary::default()
    }
}

pub fn tagged(name: &str, key: &str, value: &str) -> SecretSummary {
    SecretSummary { tags: vec![Tag { key: key.into(), value: value.into() }], ..row(name) }
}
