//! Keeps the console's requests to a share of what AWS allows an account: rotation, Terraform and operators need the
//! rest.

use std::collections::{HashMap, VecDeque};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient,
    SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use latchkey_domain::Region;
use tokio::time::Instant;

const SECOND: Duration = Duration::from_secs(1);

/// What was sent in the last second, by account, Region and group of operations. Time is that of a monotonic clock:
/// one that is set back must not stop requests.
#[derive(Debug)]
pub(crate) struct Budget {
    percent: AtomicU32,
    sent: Mutex<HashMap<(Payer, &'static str), VecDeque<Instant>>>,
}

/// The account whose quota a request uses.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Payer {
    /// The account id, or the connection's id as long as the account is not known.
    pub account: String,
    pub region: Region,
}

impl Budget {
    pub fn new(percent: u32) -> Arc<Self> {
        Arc::new(Self { percent: AtomicU32::new(percent), sent: Mutex::default() })
    }

    /// From the next request on.
    pub fn set_percent(&self, percent: u32) {
        self.percent.store(percent, Ordering::Relaxed);
    }

    /// When the next request may be sent; this call reserves the slot.
    fn next(&self, payer: &Payer, operation: &str) -> Instant {
        let (group, quota) = quota(operation);
        let per_second = (quota * self.percent.load(Ordering::Relaxed) / 100).max(1) as usize;
        let now = Instant::now();
        let mut sent = self.sent.lock().unwrap_or_else(PoisonError::into_inner);
        let sent = sent.entry((payer.clone(), group)).or_default();
        while sent.front().is_some_and(|at| *at + SECOND <= now) {
            sent.pop_front();
        }
        let turn = match sent.len().checked_sub(per_second).and_then(|index| sent.get(index)) {
            Some(earlier) => (*earlier + SECOND).max(now),
            None => now,
        };
        sent.push_back(turn);
        turn
    }
}

/// The group whose requests are counted together, and how many of them AWS allows an account in one Region in one
/// second (user guide, "AWS Secrets Manager quotas").
fn quota(operation: &str) -> (&'static str, u32) {
    match operation {
        "GetSecretValue" => ("GetSecretValue", 10_000),
        "DescribeSecret" => ("DescribeSecret", 40_000),
        "ListSecrets" => ("ListSecrets", 100),
        "BatchGetSecretValue" => ("BatchGetSecretValue", 100),
        "ListSecretVersionIds" => ("ListSecretVersionIds", 50),
        "GetRandomPassword" => ("GetRandomPassword", 50),
        "CreateSecret" => ("CreateSecret", 50),
        "DeleteSecret" => ("DeleteSecret", 50),
        "RestoreSecret" => ("RestoreSecret", 50),
        "RotateSecret" | "CancelRotateSecret" => ("rotation", 50),
        "TagResource" | "UntagResource" => ("tags", 50),
        "DeleteResourcePolicy" | "GetResourcePolicy" | "PutResourcePolicy" | "ValidateResourcePolicy" => {
            ("resource policies", 50)
        }
        "PutSecretValue"
        | "UpdateSecret"
        | "UpdateSecretVersionStage"
        | "ReplicateSecretToRegions"
        | "RemoveRegionsFromReplication"
        | "StopReplicationToReplica" => ("changes", 50),
        _ => ("others", 50),
    }
}

/// The part of a budget that one client draws on.
#[derive(Debug, Clone)]
pub(crate) struct Share {
    pub budget: Arc<Budget>,
    pub payer: Payer,
}

/// An HTTP client that waits for its slot before each request, including the SDK's retries.
pub(crate) fn budgeted(inner: SharedHttpClient, share: Share) -> SharedHttpClient {
    SharedHttpClient::new(Budgeted { inner, share })
}

/// `T` is a client, or a connector that the client made.
#[derive(Debug)]
struct Budgeted<T> {
    inner: T,
    share: Share,
}

impl Share {
    fn next(&self, operation: &str) -> Instant {
        self.budget.next(&self.payer, operation)
    }
}

impl HttpClient for Budgeted<SharedHttpClient> {
    fn http_connector(
        &self,
        settings: &HttpConnectorSettings,
        components: &RuntimeComponents,
    ) -> SharedHttpConnector {
        SharedHttpConnector::new(Budgeted {
            inner: self.inner.http_connector(settings, components),
            share: self.share.clone(),
        })
    }
}

impl HttpConnector for Budgeted<SharedHttpConnector> {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let target = request.headers().get("x-amz-target").unwrap_or_default();
        let turn = self.share.next(target.rsplit('.').next().unwrap_or_default());
        if turn <= Instant::now() {
            return self.inner.call(request);
        }
        let inner = self.inner.clone();
        HttpConnectorFuture::new(async move {
            tokio::time::sleep_until(turn).await;
            inner.call(request).await
        })
    }
}

#[cfg(test)]
mod tests;
