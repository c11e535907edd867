//! The requests of the API that a change sends, one after the other.

use serde_json::{Value, json};

use super::{Change, DEFAULT_KEY, Part};
use crate::cli_line::{CliLineError, CliTarget, option};
use crate::secret::Tag;

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
        /// None if the request makes no version: any token will do.
        version_id: Option<String>,
    },
    RotateNow {
        version_id: Option<String>,
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

    /// The same request as a line for the AWS CLI. A version that it makes is named, so that sent twice it is one.
    pub fn cli_line(&self, target: CliTarget<'_>) -> Result<String, CliLineError> {
        let text = |value: Value| value.to_string();
        match self {
            Self::UpdateDescription(description) => {
                let options = [option("description", "description", Some(description))];
                target.line("update-secret", &options, None)
            }
            Self::UpdateKmsKey(key) => {
                target.line("update-secret", &[option("kms-key-id", "encryption key", Some(key))], None)
            }
            Self::UntagResource(keys) => {
                target.line("untag-resource", &[option("tag-keys", "tags", Some(&text(json!(keys))))], None)
            }
            Self::TagResource(tags) => {
                target.line("tag-resource", &[option("tags", "tags", Some(&tags_text(tags)))], None)
            }
            Self::DeleteSecret { recovery_days } => {
                let days = recovery_days.to_string();
                let options = [option("recovery-window-in-days", "recovery window", Some(&days))];
                target.line("delete-secret", &options, None)
            }
            Self::RestoreSecret => target.line("restore-secret", &[], None),
            Self::ConfigureRotation {
                lambda_arn,
                schedule_expression,
                duration,
                rotate_immediately,
                version_id,
            } => {
                let mut rules = json!({ "ScheduleExpression": schedule_expression });
                if let (Some(duration), Some(rules)) = (duration, rules.as_object_mut()) {
                    rules.insert("Duration".to_owned(), json!(duration));
                }
                let rules = text(rules);
                let options = [
                    option("client-request-token", "version", version_id.as_deref()),
                    option("rotation-lambda-arn", "rotation function", lambda_arn.as_deref()),
                    option("rotation-rules", "rotation rules", Some(&rules)),
                ];
                let flag = if *rotate_immediately { "rotate-immediately" } else { "no-rotate-immediately" };
                target.line("rotate-secret", &options, Some(flag))
            }
            Self::RotateNow { version_id } => {
                let options = [option("client-request-token", "version", version_id.as_deref())];
                target.line("rotate-secret", &options, None)
            }
            Self::CancelRotateSecret => target.line("cancel-rotate-secret", &[], None),
        }
    }
}

/// Tags as the AWS CLI takes them.
pub(super) fn tags_text(tags: &[Tag]) -> String {
    tags.iter().map(|tag| json!({ "Key": tag.key, "Value": tag.value })).collect::<Value>().to_string()
}

impl Change {
    /// What is sent, on the secret as it was described before; nothing where it is so already. Tags that stay are not
    /// touched.
    pub fn requests(&self, before: &Part) -> Vec<WriteRequest> {
        match self {
            Self::Description { .. } if self.part_after(before) == *before => Vec::new(),
            Self::Description { description } => vec![WriteRequest::UpdateDescription(description.clone())],
            Self::KmsKey { kms_key_id } if kms_key_id.is_empty() => {
                vec![WriteRequest::UpdateKmsKey(format!("alias/{DEFAULT_KEY}"))]
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
            Self::ConfigureRotation {
                lambda_arn,
                schedule_expression,
                duration,
                rotate_immediately,
                version_id,
            } => vec![WriteRequest::ConfigureRotation {
                lambda_arn: lambda_arn.clone(),
                schedule_expression: schedule_expression.clone(),
                duration: duration.clone(),
                rotate_immediately: *rotate_immediately,
                version_id: version_id.clone(),
            }],
            Self::RotateNow { version_id } => {
                vec![WriteRequest::RotateNow { version_id: version_id.clone() }]
            }
            Self::CancelRotation => vec![WriteRequest::CancelRotateSecret],
        }
    }
}
