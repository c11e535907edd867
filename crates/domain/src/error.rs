//! The error that the front end receives when a command fails.

use serde::{Deserialize, Serialize};

/// A failed command: what happened, to what, and what to do next. Never holds a secret value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{message}")]
pub struct ApiError {
    pub code: Code,
    pub message: String,
    /// AWS's own words, to copy into a ticket; absent when the request never got an answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub aws: Option<Box<AwsFault>>,
    /// The operating system's own message, only in the copied error details.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
}

/// The answer of Secrets Manager as it came.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AwsFault {
    pub code: String,
    pub message: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
}

/// The kinds of failure that the console treats differently.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", content = "field")]
pub enum Code {
    NotFound,
    AccessDenied,
    SignInNeeded,
    Throttled,
    Offline,
    Conflict,
    /// The input at `field` cannot be accepted; the name is that of the request's member.
    Invalid(String),
    PendingDeletion,
    ReadOnly,
    /// The request would use an endpoint, a proxy or certificates that the user does not trust.
    Untrusted,
    Locked,
    Internal,
}

impl ApiError {
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), aws: None, detail: None }
    }

    /// The input named `field` cannot be accepted.
    pub fn invalid(field: &str, message: impl Into<String>) -> Self {
        Self::new(Code::Invalid(field.to_owned()), message)
    }

    pub fn internal(message: impl Into<String>) -> Self {
        Self::new(Code::Internal, message)
    }
}
