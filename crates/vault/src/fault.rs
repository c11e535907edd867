//! The vault's errors, with AWS's codes and messages.

use std::fmt;

use serde_json::json;

/// The `__type` of an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FaultCode {
    DecryptionFailure,
    InternalServiceError,
    InvalidNextTokenException,
    InvalidParameterException,
    InvalidRequestException,
    LimitExceededException,
    ResourceExistsException,
    ResourceNotFoundException,
    AccessDeniedException,
    /// For requests that the vault refuses entirely. AWS has no such error.
    Forbidden,
    ExpiredTokenException,
    IncompleteSignatureException,
    InvalidSignatureException,
    MissingAuthenticationTokenException,
    NotImplementedException,
    RequestEntityTooLargeException,
    SerializationException,
    ServiceUnavailableException,
    UnknownOperationException,
    UnrecognizedClientException,
    ValidationException,
    /// To those who still hold a vault that was closed. AWS has no such error.
    VaultClosed,
    /// To writes to a vault that is open for reading only. AWS has no such error.
    VaultReadOnly,
}

impl FaultCode {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::DecryptionFailure => "DecryptionFailure",
            Self::InternalServiceError => "InternalServiceError",
            Self::InvalidNextTokenException => "InvalidNextTokenException",
            Self::InvalidParameterException => "InvalidParameterException",
            Self::InvalidRequestException => "InvalidRequestException",
            Self::LimitExceededException => "LimitExceededException",
            Self::ResourceExistsException => "ResourceExistsException",
            Self::ResourceNotFoundException => "ResourceNotFoundException",
            Self::AccessDeniedException | Self::Forbidden | Self::VaultReadOnly => "AccessDeniedException",
            Self::ExpiredTokenException => "ExpiredTokenException",
            Self::IncompleteSignatureException => "IncompleteSignatureException",
            Self::InvalidSignatureException => "InvalidSignatureException",
            Self::MissingAuthenticationTokenException => "MissingAuthenticationTokenException",
            Self::NotImplementedException => "NotImplementedException",
            Self::RequestEntityTooLargeException => "RequestEntityTooLargeException",
            Self::SerializationException => "SerializationException",
            Self::ServiceUnavailableException | Self::VaultClosed => "ServiceUnavailableException",
            Self::UnknownOperationException => "UnknownOperationException",
            Self::UnrecognizedClientException => "UnrecognizedClientException",
            Self::ValidationException => "ValidationException",
        }
    }

    /// Whether the API model describes the error; AWS then writes its `Message` with a capital letter.
    fn is_modelled(self) -> bool {
        matches!(
            self,
            Self::DecryptionFailure
                | Self::InternalServiceError
                | Self::InvalidNextTokenException
                | Self::InvalidParameterException
                | Self::InvalidRequestException
                | Self::LimitExceededException
                | Self::ResourceExistsException
                | Self::ResourceNotFoundException
        )
    }

    /// The HTTP status. AWS sends 400 for nearly everything, "not found" included.
    pub fn status(self) -> u16 {
        match self {
            Self::Forbidden => 403,
            Self::RequestEntityTooLargeException => 413,
            Self::InternalServiceError => 500,
            Self::NotImplementedException => 501,
            Self::ServiceUnavailableException | Self::VaultClosed => 503,
            _ => 400,
        }
    }
}

impl fmt::Display for FaultCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// An error as it goes over the wire. The message never holds a secret value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{code}: {message}")]
pub struct Fault {
    pub code: FaultCode,
    pub message: String,
}

impl Fault {
    pub fn new(code: FaultCode, message: impl Into<String>) -> Self {
        Self { code, message: message.into() }
    }

    pub fn internal(message: &str) -> Self {
        Self::new(FaultCode::InternalServiceError, message)
    }

    pub fn invalid_parameter(message: &str) -> Self {
        Self::new(FaultCode::InvalidParameterException, message)
    }

    pub fn invalid_request(message: &str) -> Self {
        Self::new(FaultCode::InvalidRequestException, message)
    }

    pub fn validation(message: &str) -> Self {
        Self::new(FaultCode::ValidationException, message)
    }

    pub fn limit_exceeded(message: &str) -> Self {
        Self::new(FaultCode::LimitExceededException, message)
    }

    pub fn vault_closed() -> Self {
        Self::new(FaultCode::VaultClosed, "The vault is closed. Open it, then try again.")
    }

    /// Nothing was changed, and nothing will be by trying again.
    pub fn vault_read_only() -> Self {
        Self::new(
            FaultCode::VaultReadOnly,
            "The vault is open for reading only: its file or folder is read-only, or the disk was full. Change that, or \
             move it to where it can be written, then open it again.",
        )
    }

    /// The write is committed, and not safe yet.
    pub fn not_in_the_file(reason: &str) -> Self {
        Self::internal(&format!(
            "The change was made and could not be written through to the vault's file: {reason}. Look whether it is \
             there before you try again."
        ))
    }

    /// It was deleted, replaced or overwritten while the vault was open.
    pub fn vault_file_gone() -> Self {
        Self::internal(
            "The vault's file was deleted or replaced, or another program wrote to it, while the vault was open, so \
             nothing is read and nothing is kept. Close the vault, then open what is in the place of its file, or \
             restore a backup.",
        )
    }

    pub fn no_secret() -> Self {
        Self::not_found("Secrets Manager can't find the specified secret.".to_owned())
    }

    pub fn no_value_at_stage(stage: &str) -> Self {
        Self::not_found(format!(
            "Secrets Manager can't find the specified secret value for staging label: {stage}"
        ))
    }

    pub fn no_value_of_version(version_id: &str) -> Self {
        Self::not_found(format!(
            "Secrets Manager can't find the specified secret value for VersionId: {version_id}"
        ))
    }

    pub fn marked_for_deletion() -> Self {
        Self::invalid_request(
            "You can't perform this operation on the secret because it was marked for deletion.",
        )
    }

    pub fn no_request_token() -> Self {
        Self::invalid_request("You must provide a ClientRequestToken value. We recommend a UUID-type value.")
    }

    pub fn token_in_use(token: &str, arn: &str) -> Self {
        Self::new(
            FaultCode::ResourceExistsException,
            format!(
                "You can't use ClientRequestToken {token} because that value is already in use for a version of \
                 secret {arn}."
            ),
        )
    }

    /// To credentials that were made for the rotation of one secret.
    pub fn outside_of_rotation() -> Self {
        Self::new(
            FaultCode::AccessDeniedException,
            "These credentials are for the rotation of one secret and allow nothing else.",
        )
    }

    pub fn invalid_next_token() -> Self {
        Self::new(FaultCode::InvalidNextTokenException, "The NextToken value is invalid.")
    }

    pub fn unopenable_value(version_id: &str) -> Self {
        Self::new(
            FaultCode::DecryptionFailure,
            format!(
                "The value of version {version_id} cannot be opened: it was changed outside of Secrets Manager. \
                 Restore the vault from a backup to get it back."
            ),
        )
    }

    /// Its rows are not what was written.
    pub fn changed_outside(name: &str) -> Self {
        Self::internal(&format!(
            "The secret {name:?} was changed outside of Latchkey while the vault was open, and is not served. Close the \
             vault, and restore it from a backup."
        ))
    }

    pub fn tally_changed_outside() -> Self {
        Self::internal(
            "The vault's file was changed outside of Latchkey while the vault was open, and takes no change. Close the \
             vault, and restore it from a backup.",
        )
    }

    pub fn not_implemented(what: &str) -> Self {
        Self::new(FaultCode::NotImplementedException, format!("The local vault does not support {what} yet."))
    }

    fn not_found(message: String) -> Self {
        Self::new(FaultCode::ResourceNotFoundException, message)
    }

    /// The body of the answer.
    pub fn to_json(&self) -> String {
        let key = if self.code.is_modelled() { "Message" } else { "message" };
        json!({ "__type": self.code.as_str(), key: self.message }).to_string()
    }
}

/// SQLite's words name tables and codes, never what is stored.
impl From<rusqlite::Error> for Fault {
    fn from(error: rusqlite::Error) -> Self {
        tracing::error!(%error, "the vault's store failed");
        Self::internal(&format!("The vault's store failed: {error}. Check the disk, then try again."))
    }
}
