//! The requests of the API that a change sends, one after the other.

use super::{Change, Part};
use crate::secret::Tag;

/// The key that AWS uses where no customer managed one is set.
const DEFAULT_KEY: &str = "alias/aws/secretsmanager";

/// One request that writes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WriteRequest {
    UpdateDescription(String),
    UpdateKmsKey(String),
    UntagResource(Vec<String>),
    TagResource(Vec<Tag>),
    DeleteSecret {
        recovery_days: u32,
    },
    RestoreSecret,
    ConfigureRotation {
        lambda_arn: Option<String>,
        schedule_expression: String,
        duration: Option<String>,
        rotate_immediately: bool,
        /// None where the request makes no version: any token will do.
        version_id: Option<String>,
    },
    RotateNow {
        version_id: String,
    },
    CancelRotateSecret,
}

impl WriteRequest {
    /// The operation of the API, as a policy names it.
    pub fn operation(&self) -> &'static str {
        match self {
            Self::UpdateDescription(_) | Self::UpdateKmsKey(_) => "UpdateSecret",
            Self::UntagResource(_) => "UntagResource",
            Self::TagResource(_) => "TagResource",
            Self::DeleteSecret { .. } => "DeleteSecret",
            Self::RestoreSecret => "RestoreSecret",
            Self::ConfigureRotation { .. } | Self::RotateNow { .. } => "RotateSecret",
            Self::CancelRotateSecret => "CancelRotateSecret",
        }
    }
}

impl Change {
    /// What is sent, on the secret as it was described before. Tags that stay are not touched.
    pub fn requests(&self, before: &Part) -> Vec<WriteRequest> {
        match self {
            Self::Description { description } => vec![WriteRequest::UpdateDescription(description.clone())],
            Self::KmsKey { kms_key_id } if kms_key_id.is_empty() => {
                vec![WriteRequest::UpdateKmsKey(DEFAULT_KEY.to_owned())]
            }
            Self::KmsKey { kms_key_id } => vec![WriteRequest::UpdateKmsKey(kms_key_id.clone())],
            Self::Tags { tags } => {
                let known = match before {
                    Part::Tags { tags } => tags.as_slice(),
                    _ => &[],
                };
                let is_gone = |tag: &&Tag| !tags.iter().any(|kept| kept.key == tag.key);
                let gone: Vec<String> = known.iter().filter(is_gone).map(|tag| tag.key.clone()).collect();
                let put: Vec<Tag> = tags.iter().filter(|tag| !known.contains(tag)).cloned().collect();
                let untag = (!gone.is_empty()).then_some(WriteRequest::UntagResource(gone));
                let tag = (!put.is_empty()).then_some(WriteRequest::TagResource(put));
                untag.into_iter().chain(tag).collect()
            }
            Self::Delete { recovery_days } => {
                vec![WriteRequest::DeleteSecret { recovery_days: *recovery_days }]
            }
            Self::Restore => vec![WriteRequest::RestoreSecret],
            Self::ConfigureRotation { lambda_arn, schedule_expression, duration, rotate_into } => {
                vec![WriteRequest::ConfigureRotation {
                    lambda_arn: lambda_arn.clone(),
                    schedule_expression: schedule_expression.clone(),
                    duration: duration.clone(),
                    rotate_immediately: rotate_into.is_some(),
                    version_id: rotate_into.clone(),
                }]
            }
            Self::RotateNow { version_id } => {
                vec![WriteRequest::RotateNow { version_id: version_id.clone() }]
            }
            Self::CancelRotation => vec![WriteRequest::CancelRotateSecret],
        }
    }
}
