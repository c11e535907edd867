//! Makes SDK clients from explicit parts: never from the environment, `~/.aws` or the metadata service of a machine.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use aws_sdk_secretsmanager::config::retry::{RetryConfig, RetryPartition};
use aws_sdk_secretsmanager::config::timeout::TimeoutConfig;
use aws_sdk_secretsmanager::config::{BehaviorVersion, Credentials, SharedHttpClient};
use aws_smithy_http_client::proxy::ProxyConfig;
use aws_smithy_http_client::tls::{Provider, TlsContext, TrustStore, rustls_provider::CryptoMode};
use aws_smithy_http_client::{Builder, ConnectorBuilder};
use latchkey_domain::Region;
use latchkey_domain::secret_text::SecretInput;

use super::budget::{Share, budgeted};
use super::detour::Detours;
use super::endpoint::is_loopback;
use super::gate::Gate;
use super::hosts::Service;
use super::read_client::ReadClient;
use super::request_log::RequestLog;
use super::routes::Routes;
use super::trust::{self, Bundle, CA_BUNDLE};

const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);
const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(10);
const OPERATION_TIMEOUT: Duration = Duration::from_secs(30);
const MAX_ATTEMPTS: u32 = 3;

/// Credentials of one connection, and where they are sent.
#[derive(Debug, Clone)]
pub(crate) struct Access {
    pub routes: Routes,
    pub access_key_id: String,
    pub secret_access_key: SecretInput,
    pub session_token: Option<SecretInput>,
}

impl Access {
    /// The same credentials, sent elsewhere.
    pub fn at(self, routes: Routes) -> Self {
        Self { routes, ..self }
    }
}

/// The HTTP clients that all SDK clients share, and the log of what was sent through them.
#[derive(Debug, Clone)]
pub(crate) struct Transport {
    pub internet: SharedHttpClient,
    pub loopback: SharedHttpClient,
    pub requests: RequestLog,
    /// What requests through `internet` meet.
    pub detours: Detours,
    /// The clients of connections with certificates of their own; none if nothing counts beside the two above.
    bundled: Option<Bundled>,
}

/// By the fingerprint of the certificates: a client for the internet, and one for this machine.
type Bundled = Arc<Mutex<HashMap<String, [SharedHttpClient; 2]>>>;

impl Transport {
    /// A proxy of the environment is used, but never for this machine's own ports: it would read the values. The
    /// certificates of `AWS_CA_BUNDLE` count beside those of the system.
    pub fn system() -> Self {
        Self::trusting(std::env::var_os(CA_BUNDLE).filter(|path| !path.is_empty()).map(PathBuf::from))
    }

    fn trusting(ca_bundle: Option<PathBuf>) -> Self {
        let named = ca_bundle.as_deref();
        let found = named.map(|path| {
            Bundle::load(path).map_err(|why| format!("{CA_BUNDLE} names {}, {why}", path.display()))
        });
        match found.transpose() {
            Ok(bundle) => {
                let trusted = bundle.as_ref().map(Bundle::trust_store).unwrap_or_default();
                let detours = Detours::from_env(bundle.as_ref().map(Bundle::way));
                let [internet, loopback] = http_clients(&detours, &trusted);
                let requests = RequestLog::default();
                Self { internet, loopback, requests, detours, bundled: Some(Bundled::default()) }
            }
            // The local vault has no certificate.
            Err(reason) => Self {
                internet: trust::nobody(reason),
                loopback: http_client(ProxyConfig::disabled(), TrustStore::default()),
                requests: RequestLog::default(),
                detours: Detours::default(),
                bundled: None,
            },
        }
    }

    /// One client for everything, that of a test.
    #[cfg(test)]
    pub fn over(client: SharedHttpClient) -> Self {
        Self {
            internet: client.clone(),
            loopback: client,
            requests: RequestLog::default(),
            detours: Detours::default(),
            bundled: None,
        }
    }

    /// The client for an endpoint of these routes; none is AWS's own.
    pub fn toward(&self, routes: &Routes, endpoint_url: Option<&str>) -> SharedHttpClient {
        let [internet, loopback] = match (&routes.bundle, &self.bundled) {
            (Some(own), Some(bundled)) => {
                let mut bundled = bundled.lock().unwrap_or_else(PoisonError::into_inner);
                let new = || http_clients(&self.detours, &own.bundle.trust_store());
                bundled.entry(own.bundle.fingerprint().to_owned()).or_insert_with(new).clone()
            }
            _ => [self.internet.clone(), self.loopback.clone()],
        };
        if endpoint_url.is_some_and(is_loopback) { loopback } else { internet }
    }
}

/// A client for the internet, and one for this machine.
fn http_clients(detours: &Detours, trusted: &TrustStore) -> [SharedHttpClient; 2] {
    [
        detours.told_by(http_client(ProxyConfig::from_env(), trusted.clone())),
        http_client(ProxyConfig::disabled(), trusted.clone()),
    ]
}

fn http_client(proxy: ProxyConfig, trusted: TrustStore) -> SharedHttpClient {
    Builder::new().build_with_connector_fn(move |settings, components| {
        let mut connector = ConnectorBuilder::default().tls_provider(Provider::Rustls(CryptoMode::AwsLc));
        // It cannot fail: what the bundle holds was read before.
        if let Ok(context) = TlsContext::builder().with_trust_store(trusted.clone()).build() {
            connector = connector.tls_context(context);
        }
        connector.set_connector_settings(settings.cloned());
        connector.set_sleep_impl(components.and_then(|components| components.sleep_impl()));
        connector.set_proxy_config(Some(proxy.clone()));
        connector.build()
    })
}

/// A Secrets Manager client at the endpoint of its route, which keeps to its share of the quotas; endpoints on this machine have none.
pub(crate) fn secrets_manager(
    transport: &Transport,
    access: &Access,
    region: &Region,
    share: Share,
    gate: Gate,
) -> ReadClient {
    let variant = access.routes.variant;
    let url = access.routes.url(Service::SecretsManager);
    let http_client = transport.toward(&access.routes, url);
    let mut config = aws_sdk_secretsmanager::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(aws_sdk_secretsmanager::config::Region::new(region.0.clone()))
        .credentials_provider(credentials(access))
        .timeout_config(timeouts())
        .retry_config(retries())
        .retry_partition(own_retries())
        .interceptor(gate)
        .interceptor(transport.requests.clone())
        .http_client(if url.is_some_and(is_loopback) { http_client } else { budgeted(http_client, share) });
    match access.routes.at(Service::SecretsManager, region) {
        Some(url) => config.set_endpoint_url(Some(url)),
        None => config.set_use_fips(Some(variant.fips)).set_use_dual_stack(Some(variant.dual_stack)),
    };
    ReadClient::new(aws_sdk_secretsmanager::Client::from_conf(config.build()))
}

/// A client of STS at the endpoint of its route. Where AWS has no such endpoint the SDK says so.
pub(crate) fn sts(transport: &Transport, access: &Access, region: &Region) -> aws_sdk_sts::Client {
    sts_with(transport, &access.routes, region, Some(credentials(access)))
}

/// A client of STS, for requests that nobody signs if there are no credentials.
pub(crate) fn sts_with(
    transport: &Transport,
    routes: &Routes,
    region: &Region,
    credentials: Option<Credentials>,
) -> aws_sdk_sts::Client {
    let variant = routes.variant;
    let mut config = aws_sdk_sts::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(aws_sdk_sts::config::Region::new(region.0.clone()))
        .timeout_config(timeouts())
        .retry_config(retries())
        .retry_partition(own_retries())
        .interceptor(transport.requests.clone())
        .http_client(transport.toward(routes, routes.url(Service::Sts)));
    if let Some(credentials) = credentials {
        config = config.credentials_provider(credentials);
    }
    match routes.at(Service::Sts, region) {
        Some(url) => config.set_endpoint_url(Some(url)),
        None => config.set_use_fips(Some(variant.fips)).set_use_dual_stack(Some(variant.dual_stack)),
    };
    aws_sdk_sts::Client::from_conf(config.build())
}

pub(crate) fn credentials(access: &Access) -> Credentials {
    let session_token = access.session_token.as_ref().map(|token| token.expose().to_owned());
    let secret = access.secret_access_key.expose();
    Credentials::new(&access.access_key_id, secret, session_token, None, "latchkey")
}

pub(crate) fn retries() -> RetryConfig {
    RetryConfig::standard().with_max_attempts(MAX_ATTEMPTS)
}

/// What a client may spend on retries. The SDK shares one retry quota per service and Region, and a connection
/// that fails would empty it for the others.
pub(crate) fn own_retries() -> RetryPartition {
    RetryPartition::custom("latchkey").build()
}

pub(crate) fn timeouts() -> TimeoutConfig {
    TimeoutConfig::builder()
        .connect_timeout(CONNECT_TIMEOUT)
        .operation_attempt_timeout(ATTEMPT_TIMEOUT)
        .operation_timeout(OPERATION_TIMEOUT)
        .build()
}

#[cfg(test)]
mod tests;
