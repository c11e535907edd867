//! The outcome of each request, for the log and the diagnostics: never its content or target.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::Intercept;
use aws_smithy_runtime_api::client::interceptors::context::{
    BeforeSerializationInterceptorContextRef, FinalizerInterceptorContextRef,
};
use aws_smithy_runtime_api::client::orchestrator::Metadata;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::config_bag::{ConfigBag, Storable, StoreReplace};

/// How many of the last requests are kept.
const KEPT: usize = 50;

/// The interceptor of every client, and the last requests that passed it.
#[derive(Debug, Clone, Default)]
pub(crate) struct RequestLog(Arc<Mutex<VecDeque<Passed>>>);

/// One call of an operation, with all its attempts.
#[derive(Debug, Clone)]
pub(crate) struct Passed {
    operation: String,
    outcome: String,
    request_id: Option<String>,
    took: Duration,
}

impl fmt::Display for Passed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let request_id = self.request_id.as_deref().unwrap_or("no request id");
        write!(f, "{} {} {} ms, {request_id}", self.operation, self.outcome, self.took.as_millis())
    }
}

impl RequestLog {
    /// The last requests, the oldest first.
    pub fn last(&self) -> Vec<Passed> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).iter().cloned().collect()
    }

    fn keep(&self, passed: Passed) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() == KEPT {
            kept.pop_front();
        }
        kept.push_back(passed);
    }
}

#[derive(Debug, Clone, Copy)]
struct Began(Instant);

impl Storable for Began {
    type Storer = StoreReplace<Self>;
}

#[aws_smithy_runtime_api::client::interceptors::dyn_dispatch_hint]
impl Intercept for RequestLog {
    fn name(&self) -> &'static str {
        "RequestLog"
    }

    fn read_before_execution(
        &self,
        _: &BeforeSerializationInterceptorContextRef<'_>,
        settings: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        settings.interceptor_state().store_put(Began(Instant::now()));
        Ok(())
    }

    fn read_after_execution(
        &self,
        context: &FinalizerInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        settings: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let operation = settings.load::<Metadata>().map_or("?", |metadata| metadata.name()).to_owned();
        let took = settings.load::<Began>().map_or(Duration::ZERO, |began| began.0.elapsed());
        let request_id = context.response().and_then(|answer| answer.headers().get("x-amzn-requestid"));
        let request_id = request_id.map(str::to_owned);
        let outcome = outcome(context);
        tracing::info!(%operation, %outcome, request_id = request_id.as_deref(), duration_ms = took.as_millis(), "request");
        self.keep(Passed { operation, outcome, request_id, took });
        Ok(())
    }
}

/// The status of the answer, or why there is none.
fn outcome(context: &FinalizerInterceptorContextRef<'_>) -> String {
    let failed = context.output_or_error().and_then(Result::err);
    match (context.response(), failed) {
        (_, Some(error)) if error.is_timeout_error() => "timed out".to_owned(),
        (_, Some(error)) if error.is_interceptor_error() => "was not sent".to_owned(),
        (_, Some(error)) if error.is_connector_error() => "had no connection".to_owned(),
        (Some(answer), Some(error)) if error.is_response_error() => {
            format!("{} cannot be read", answer.status().as_u16())
        }
        (Some(answer), _) => answer.status().as_u16().to_string(),
        (None, _) => "had no answer".to_owned(),
    }
}
