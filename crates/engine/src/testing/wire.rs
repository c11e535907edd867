//! The real vault behind a wire that a test may cut: requests that never arrive, answers that are lost, looks that are
//! stale. Signing, HTTP and the vault's rules are those of the product.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use aws_sdk_secretsmanager::config::{HttpClient, RuntimeComponents, SharedHttpClient};
use aws_sdk_secretsmanager::types::{SortByType, SortOrderType};
use aws_smithy_runtime_api::client::http::{
    HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_types::body::SdkBody;
use chrono::DateTime;
use latchkey_domain::connection::{AccessKeyDraft, OpenVault, SaveAccessKey};
use latchkey_domain::contract::{DescribeSecret, SearchJournal};
use latchkey_domain::secret::SecretDetail;
use latchkey_domain::secret_text::{SecretInput, SecretValue};
use latchkey_domain::stages::CURRENT;
use latchkey_domain::value::NewValue;
use latchkey_domain::{ConnectionId, Region};
use latchkey_vault::seed::{Seed, SeedVersion};
use latchkey_vault::{Credentials, Options, Server, Vault};
use serde_json::{Value, json};

use super::vault_file::VaultFile;
use super::{Answer, Bench, CallLog, Sent, open_gate, scope, share};
use crate::aws::client::{Access, Transport, secrets_manager};
use crate::aws::routes::Routes;
use crate::testing::changes::PlanCreation;
use crate::{BoxFuture, Doubt, OpenedVault, TroubleReport, VaultHost, VaultProblem};

/// What happens to one request.
#[derive(Clone)]
pub enum Fate {
    Pass,
    /// It arrives and is carried out; the answer is lost.
    Lose,
    /// Somebody else does something first, then it passes.
    After(Arc<dyn Fn() -> BoxFuture<'static, ()> + Send + Sync>),
    /// Somebody on the way answers instead.
    Instead(Arc<dyn Fn() -> Answer + Send + Sync>),
}

/// Decides by the request's number (from 0), its operation and its body.
pub type Script = Arc<dyn Fn(usize, &str, &Value) -> Fate + Send + Sync>;

/// A vault in memory on a port of its own. Several engines may use it.
pub struct RealVault {
    vault: Arc<Vault>,
    server: Server,
    /// Made once: reading the machine's certificates takes longer than most tests.
    transport: Transport,
}

const ID: &str = "AKIAFAKEFAKEFAKEFAKE";
const SECRET: &str = "fake-secret-access-key";

impl RealVault {
    pub async fn start() -> Arc<Self> {
        let vault = Vault::open(Options::memory()).await.unwrap();
        let credentials =
            Credentials { access_key_id: ID.into(), secret_access_key: SecretInput::new(SECRET) };
        let listen = SocketAddr::from(([127, 0, 0, 1], 0));
        let server = Server::start(vault.clone(), listen, credentials).await.unwrap();
        Arc::new(Self { vault, server, transport: Transport::system() })
    }

    /// An engine whose every request goes through.
    pub async fn engine(self: &Arc<Self>) -> Bench {
        self.engine_on(|_, _, _| Fate::Pass).await
    }

    /// An engine behind a wire.
    pub async fn engine_on(
        self: &Arc<Self>,
        script: impl Fn(usize, &str, &Value) -> Fate + Send + Sync + 'static,
    ) -> Bench {
        self.engine_in(tempfile::tempdir().unwrap(), script).await
    }

    /// An engine that finds what an earlier one left in its folder.
    pub async fn engine_in(
        self: &Arc<Self>,
        folder: tempfile::TempDir,
        script: impl Fn(usize, &str, &Value) -> Fate + Send + Sync + 'static,
    ) -> Bench {
        let log = CallLog::default();
        let wire =
            Wire { inner: self.transport.loopback.clone(), script: Arc::new(script), log: log.clone() };
        let wire = SharedHttpClient::new(wire);
        let transport = Transport::over(wire);
        let bench = Bench::in_folder(folder, transport, log, Address(self.opened()));
        bench.engine.open_vault(OpenVault::local()).await.unwrap();
        bench
    }

    /// An engine that reaches the vault at another address, by TCP alone.
    pub async fn engine_through(&self, endpoint_url: &str) -> Bench {
        let address = Address(OpenedVault { endpoint_url: endpoint_url.to_owned(), ..self.opened() });
        let bench = Bench::on(self.transport.clone(), CallLog::default(), address);
        bench.engine.open_vault(OpenVault::local()).await.unwrap();
        bench
    }

    pub fn endpoint_url(&self) -> String {
        self.server.endpoint()
    }

    /// Secrets with this name and a number, made without a request for each; their ARNs, in the order of the names.
    pub async fn seed(&self, name: &str, count: usize) -> Vec<String> {
        for at in 0..count {
            let version = SeedVersion {
                value: SecretValue::text("fake"),
                stages: vec![CURRENT.to_owned()],
                created_at: DateTime::UNIX_EPOCH,
            };
            let name = format!("{name}/{at:04}");
            let seed = Seed { name, versions: vec![version], ..Seed::default() };
            assert!(self.vault.seed(scope().region.as_str(), seed).unwrap());
        }
        let listed = self.client().list_secrets().sort_by(SortByType::Name).sort_order(SortOrderType::Asc);
        let mut pages = listed.max_results(100).into_paginator().send();
        let mut arns = Vec::with_capacity(count);
        while let Some(page) = pages.next().await {
            arns.extend(
                page.unwrap().secret_list.unwrap_or_default().into_iter().filter_map(|secret| secret.arn),
            );
        }
        arns
    }

    /// Another writer: a plain SDK client.
    pub(crate) fn client(&self) -> aws_sdk_secretsmanager::Client {
        self.client_at(&self.server.endpoint())
    }

    /// Another writer at another address.
    pub(crate) fn client_at(&self, endpoint_url: &str) -> aws_sdk_secretsmanager::Client {
        let access = Access {
            routes: Routes::typed(Some(endpoint_url.to_owned()), Default::default()),
            access_key_id: ID.into(),
            secret_access_key: SecretInput::new(SECRET),
            session_token: None,
        };
        secrets_manager(&self.transport, &access, &scope().region, share(), open_gate()).into_all()
    }

    /// A connection of this engine to the vault by its access key, beside the one that every console has.
    pub async fn connected(&self, bench: &Bench, name: &str) -> ConnectionId {
        let draft = AccessKeyDraft {
            name: name.into(),
            access_key_id: ID.into(),
            secret_access_key: SecretInput::new(SECRET),
            session_token: None,
            region: scope().region,
            endpoint_url: Some(self.server.endpoint()),
            variant: Default::default(),
        };
        let known = bench.engine.save_access_key(SaveAccessKey { draft }).await.unwrap().list;
        known.into_iter().find(|known| known.name == name).unwrap().id
    }

    fn opened(&self) -> OpenedVault {
        OpenedVault {
            endpoint_url: self.server.endpoint(),
            region: Region::from("us-east-1"),
            account: "123456789012".into(),
            access_key_id: ID.into(),
            secret_access_key: SecretInput::new(SECRET),
            session_token: None,
            has_passphrase: None,
            takes_no_writes: false,
        }
    }
}

impl Bench {
    /// Creates a secret with this text as its first value.
    pub async fn create(&self, name: &str, value: &str) -> SecretDetail {
        let request = PlanCreation {
            scope: scope(),
            name: name.into(),
            description: None,
            kms_key_id: None,
            value: NewValue::Text(SecretInput::new(value)),
            tags: Vec::new(),
        };
        Box::pin(self.create_as(request)).await.unwrap()
    }

    /// The first version of the first secret that was created here, as the journal knows it.
    pub async fn first_version(&self) -> String {
        let request = SearchJournal {
            text: "create".into(),
            secret_id: None,
            unfinished_only: false,
            offset: 0,
            limit: 1,
        };
        self.engine.search_journal(request).await.unwrap().entries.remove(0).version_ids.remove(0)
    }

    pub async fn describe(&self, arn: &str) -> SecretDetail {
        let request = DescribeSecret { scope: scope(), secret_id: arn.into() };
        self.engine.describe_secret(request).await.unwrap()
    }
}

struct Address(OpenedVault);

impl VaultHost for Address {
    fn folder(&self) -> String {
        "/fake/vault".into()
    }

    fn at(&self, file: &Path) -> Arc<dyn VaultHost> {
        VaultFile::at(file)
    }

    fn lies_in(&self, _: &Path) -> bool {
        false
    }

    fn check(&self) -> BoxFuture<'_, Result<(), latchkey_domain::ApiError>> {
        Box::pin(async { Ok(()) })
    }

    fn make(&self, _: Option<SecretInput>) -> BoxFuture<'_, Result<(), latchkey_domain::ApiError>> {
        Box::pin(async { Ok(()) })
    }

    fn open(
        &self,
        _: Option<SecretInput>,
        _: Vec<Doubt>,
    ) -> BoxFuture<'_, Result<OpenedVault, VaultProblem>> {
        Box::pin(async { Ok(self.0.clone()) })
    }

    fn set_rotation_functions(
        &self,
        _: BTreeMap<String, String>,
    ) -> BoxFuture<'_, Result<(), latchkey_domain::ApiError>> {
        Box::pin(async { Ok(()) })
    }

    fn rotation_trouble(
        &self,
        _: Region,
        _: String,
    ) -> BoxFuture<'_, Result<TroubleReport, latchkey_domain::ApiError>> {
        Box::pin(async { Ok(TroubleReport::default()) })
    }

    fn close(&self) -> BoxFuture<'_, ()> {
        Box::pin(async {})
    }

    fn set_passphrase(&self, _: SecretInput) -> BoxFuture<'_, Result<(), latchkey_domain::ApiError>> {
        Box::pin(async { Ok(()) })
    }

    fn back_up(&self, _: PathBuf) -> BoxFuture<'_, Result<(), latchkey_domain::ApiError>> {
        Box::pin(async { Err(latchkey_domain::ApiError::internal("It has no file.")) })
    }

    fn load_samples(&self, _: Region) -> BoxFuture<'_, Result<(), latchkey_domain::ApiError>> {
        Box::pin(async { Ok(()) })
    }
}

struct Wire {
    inner: SharedHttpClient,
    script: Script,
    log: CallLog,
}

impl std::fmt::Debug for Wire {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Wire")
    }
}

impl HttpClient for Wire {
    fn http_connector(
        &self,
        settings: &HttpConnectorSettings,
        components: &RuntimeComponents,
    ) -> SharedHttpConnector {
        SharedHttpConnector::new(WiredConnector {
            inner: self.inner.http_connector(settings, components),
            script: self.script.clone(),
            log: self.log.clone(),
        })
    }
}

struct WiredConnector {
    inner: SharedHttpConnector,
    script: Script,
    log: CallLog,
}

impl std::fmt::Debug for WiredConnector {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("WiredConnector")
    }
}

impl HttpConnector for WiredConnector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let target = request.headers().get("x-amz-target").unwrap_or_default();
        let operation = target.rsplit('.').next().unwrap_or_default().to_owned();
        let body = serde_json::from_slice(request.body().bytes().unwrap_or_default()).unwrap_or(json!(null));
        let fate = {
            let mut sent = self.log.0.lock().unwrap();
            let fate = (self.script)(sent.len(), &operation, &body);
            sent.push(Sent { operation, body, headers: Default::default() });
            fate
        };
        match fate {
            Fate::Pass => self.inner.call(request),
            Fate::Instead(answer) => HttpConnectorFuture::new(async move { read(answer()) }),
            Fate::After(first) => {
                let inner = self.inner.clone();
                HttpConnectorFuture::new(async move {
                    first().await;
                    inner.call(request).await
                })
            }
            Fate::Lose => {
                let arrived = self.inner.call(request);
                HttpConnectorFuture::new(async move {
                    arrived.await?;
                    Err(ConnectorError::io("the answer was lost".into()))
                })
            }
        }
    }
}

fn read(answer: Answer) -> Result<HttpResponse, ConnectorError> {
    HttpResponse::try_from(answer.map(|body: SdkBody| body))
        .map_err(|error| ConnectorError::user(error.into()))
}

/// A script that does something to the n-th request of an operation, counted from 0, and lets all else pass.
pub fn nth(
    operation: &'static str,
    n: usize,
    fate: Fate,
) -> impl Fn(usize, &str, &Value) -> Fate + Send + Sync {
    let seen = Mutex::new(0);
    move |_, sent, _| {
        if sent != operation {
            return Fate::Pass;
        }
        let mut seen = seen.lock().unwrap();
        *seen += 1;
        if *seen == n + 1 { fate.clone() } else { Fate::Pass }
    }
}

/// From the first such write on, every DescribeSecret answers with these labels from before it.
pub fn old_looks_after(
    write: &'static str,
    before: &SecretDetail,
) -> impl Fn(usize, &str, &Value) -> Fate + Send + Sync + use<> {
    let (summary, stages) = (&before.summary, &before.version_map);
    let answer = json!({ "ARN": summary.arn, "Name": summary.name, "VersionIdsToStages": stages });
    let old: Fate = Fate::Instead(Arc::new(move || super::ok(answer.clone())));
    let was_written = Mutex::new(false);
    move |_, operation, _| {
        let mut was_written = was_written.lock().unwrap();
        *was_written |= operation == write;
        if *was_written && operation == "DescribeSecret" { old.clone() } else { Fate::Pass }
    }
}
