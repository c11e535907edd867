//! The gate that every Secrets Manager request passes before it is sent: a read-only connection sends only reads.

use std::error::Error;
use std::fmt;
use std::sync::Arc;

use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::Intercept;
use aws_smithy_runtime_api::client::interceptors::context::BeforeSerializationInterceptorContextRef;
use aws_smithy_runtime_api::client::orchestrator::Metadata;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::config_bag::ConfigBag;
use latchkey_domain::{ApiError, ConnectionId};

/// The read operations. Anything not listed counts as a write, including future operations.
const READS: [&str; 8] = [
    "BatchGetSecretValue",
    "DescribeSecret",
    "GetRandomPassword",
    "GetResourcePolicy",
    "GetSecretValue",
    "ListSecretVersionIds",
    "ListSecrets",
    "ValidateResourcePolicy",
];

/// Decides whether a client may send writes.
pub(crate) trait WritePolicy: fmt::Debug + Send + Sync {
    /// `writer` is the connection whose credentials the client has, where they are not its own.
    fn check_sender(&self, connection: &ConnectionId, writer: Option<&ConnectionId>) -> Result<(), ApiError>;
}

/// The check of one client before each request.
#[derive(Debug, Clone)]
pub(crate) struct Gate {
    policy: Arc<dyn WritePolicy>,
    connection: ConnectionId,
    writer: Option<ConnectionId>,
}

impl Gate {
    pub fn new(
        policy: Arc<dyn WritePolicy>,
        connection: &ConnectionId,
        writer: Option<&ConnectionId>,
    ) -> Self {
        Self { policy, connection: connection.clone(), writer: writer.cloned() }
    }
}

/// A request that was not made, and why.
#[derive(Debug)]
pub(crate) struct Refused(ApiError);

impl Refused {
    /// The refusal among the causes of an error, if that is what it was.
    pub fn find(error: &(dyn Error + 'static)) -> Option<ApiError> {
        let mut cause = Some(error);
        while let Some(error) = cause {
            if let Some(refused) = error.downcast_ref::<Self>() {
                return Some(refused.0.clone());
            }
            cause = error.source();
        }
        None
    }
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.message)
    }
}

impl Error for Refused {}

#[aws_smithy_runtime_api::client::interceptors::dyn_dispatch_hint]
impl Intercept for Gate {
    fn name(&self) -> &'static str {
        "Gate"
    }

    fn read_before_serialization(
        &self,
        _: &BeforeSerializationInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        settings: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let operation = settings.load::<Metadata>().map(|metadata| metadata.name().to_owned());
        let is_read = operation.is_some_and(|operation| READS.contains(&operation.as_str()));
        if is_read {
            return Ok(());
        }
        self.policy
            .check_sender(&self.connection, self.writer.as_ref())
            .map_err(|error| Refused(error).into())
    }
}
