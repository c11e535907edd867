//! The request IDs of all responses to a client, and whether every attempt of its last request was answered.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use aws_sdk_secretsmanager::config::interceptors::{
    BeforeDeserializationInterceptorContextRef, BeforeTransmitInterceptorContextRef,
};
use aws_sdk_secretsmanager::config::{ConfigBag, Intercept, RuntimeComponents};
use aws_sdk_secretsmanager::error::BoxError;

/// The interceptor of a client that sends one request after the other.
#[derive(Debug, Clone, Default)]
pub(crate) struct Attempts(Arc<Mutex<Seen>>);

#[derive(Debug, Default)]
struct Seen {
    unanswered: usize,
    request_ids: Vec<String>,
}

impl Attempts {
    /// Another request follows.
    pub fn begin(&self) {
        self.seen().unanswered = 0;
    }

    /// The ids of all answers, also of those that refused.
    pub fn request_ids(&self) -> Vec<String> {
        self.seen().request_ids.clone()
    }

    /// Whether an attempt of the last request got no answer, or an error of the server: it may have been applied.
    pub fn may_have_landed(&self) -> bool {
        self.seen().unanswered > 0
    }

    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[aws_smithy_runtime_api::client::interceptors::dyn_dispatch_hint]
impl Intercept for Attempts {
    fn name(&self) -> &'static str {
        "Attempts"
    }

    fn read_before_transmit(
        &self,
        _: &BeforeTransmitInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        self.seen().unanswered += 1;
        Ok(())
    }

    fn read_after_transmit(
        &self,
        context: &BeforeDeserializationInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let answer = context.response();
        let mut seen = self.seen();
        if !answer.status().is_server_error() {
            seen.unanswered -= 1;
        }
        seen.request_ids.extend(answer.headers().get("x-amzn-requestid").map(str::to_owned));
        Ok(())
    }
}
