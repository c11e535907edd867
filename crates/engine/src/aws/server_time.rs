//! Records the time of an endpoint from the `Date` header of its responses.

use std::sync::{Arc, Mutex, PoisonError};

use aws_sdk_secretsmanager::config::interceptors::BeforeDeserializationInterceptorContextRef;
use aws_sdk_secretsmanager::config::{ConfigBag, Intercept, RuntimeComponents};
use aws_sdk_secretsmanager::error::BoxError;
use chrono::{DateTime, Utc};

/// The interceptor of one call.
#[derive(Debug, Clone, Default)]
pub(crate) struct ServerTime(Arc<Mutex<Option<DateTime<Utc>>>>);

impl ServerTime {
    /// The time of the last answer, to the second. None if no answer came or told one.
    pub fn last(&self) -> Option<DateTime<Utc>> {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[aws_smithy_runtime_api::client::interceptors::dyn_dispatch_hint]
impl Intercept for ServerTime {
    fn name(&self) -> &'static str {
        "ServerTime"
    }

    fn read_after_transmit(
        &self,
        context: &BeforeDeserializationInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let told = context.response().headers().get("date");
        if let Some(at) = told.and_then(|text| DateTime::parse_from_rfc2822(text).ok()) {
            *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(at.to_utc());
        }
        Ok(())
    }
}
