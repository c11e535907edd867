//! Sends the requests of a change, one after the other.

use aws_sdk_secretsmanager::types::{self, RotationRulesType};
use latchkey_domain::change::WriteRequest;
use latchkey_domain::{ApiError, Code};
use uuid::Uuid;

use super::write_client::WriteClient;
use crate::aws::fault::{Attempt, classify};

/// What became of the requests of one change.
#[derive(Default)]
pub(super) struct Sent {
    /// How many were accepted.
    pub accepted: usize,
    pub version_ids: Vec<String>,
    pub failure: Option<Failure>,
}

impl Sent {
    /// Whether the first request was refused, so that nothing was changed.
    pub fn was_refused(&self) -> bool {
        self.accepted == 0 && self.failure.as_ref().is_some_and(|failure| !failure.may_have_landed)
    }
}

/// Why the requests stopped.
pub(super) struct Failure {
    pub error: ApiError,
    /// An answer was lost: the request may have been carried out all the same.
    pub may_have_landed: bool,
}

/// Stops at the first request that fails.
pub(super) async fn send(client: &WriteClient, arn: &str, requests: Vec<WriteRequest>) -> Sent {
    let mut sent = Sent::default();
    for request in requests {
        match send_one(client, arn, request).await {
            Ok(version_id) => {
                sent.accepted += 1;
                sent.version_ids.extend(version_id);
            }
            Err(error) => {
                sent.failure = Some(Failure { error, may_have_landed: client.may_have_landed() });
                break;
            }
        }
    }
    sent
}

/// The version that the answer names, if it names one.
async fn send_one(
    client: &WriteClient,
    arn: &str,
    request: WriteRequest,
) -> Result<Option<String>, ApiError> {
    let attempt = Attempt { operation: request.operation(), subject: arn };
    match request {
        WriteRequest::UpdateDescription(description) => {
            let update = client.update_secret().secret_id(arn).client_request_token(new_token());
            let sent = update.description(description).send().await;
            sent.map(|_| None).map_err(|error| classify(attempt, &error))
        }
        WriteRequest::UpdateKmsKey(kms_key_id) => {
            let update = client.update_secret().secret_id(arn).client_request_token(new_token());
            let sent = update.kms_key_id(kms_key_id).send().await;
            sent.map(|_| None).map_err(|error| classify(attempt, &error))
        }
        WriteRequest::UntagResource(keys) => {
            let untag = client.untag_resource().secret_id(arn).set_tag_keys(Some(keys));
            let sent = untag.send().await;
            sent.map(|_| None).map_err(|error| classify(attempt, &error))
        }
        WriteRequest::TagResource(tags) => {
            let tags = tags.iter().map(|tag| types::Tag::builder().key(&tag.key).value(&tag.value).build());
            let tag = client.tag_resource().secret_id(arn).set_tags(Some(tags.collect()));
            let sent = tag.send().await;
            sent.map(|_| None).map_err(|error| classify(attempt, &error))
        }
        WriteRequest::DeleteSecret { recovery_days } => {
            let delete = client.delete_secret().secret_id(arn).recovery_window_in_days(recovery_days.into());
            let sent = delete.send().await;
            sent.map(|_| None).map_err(|error| classify(attempt, &error))
        }
        WriteRequest::RestoreSecret => {
            let sent = client.restore_secret().secret_id(arn).send().await;
            sent.map(|_| None).map_err(|error| classify(attempt, &error))
        }
        WriteRequest::ConfigureRotation {
            lambda_arn,
            schedule_expression,
            duration,
            rotate_immediately,
            version_id,
        } => {
            let rules = RotationRulesType::builder()
                .schedule_expression(schedule_expression)
                .set_duration(duration)
                .build();
            let configure = client
                .rotate_secret()
                .secret_id(arn)
                .client_request_token(version_id.unwrap_or_else(new_token))
                .set_rotation_lambda_arn(lambda_arn.clone())
                .rotation_rules(rules)
                .rotate_immediately(rotate_immediately);
            let sent = configure.send().await;
            sent.map(|answer| answer.version_id)
                .map_err(|error| refused_rotation(classify(attempt, &error), lambda_arn.as_deref()))
        }
        WriteRequest::RotateNow { version_id } => {
            // The version's id is the token of the rotation that makes it: AWS takes the same token for the same
            // rotation.
            let rotate = client.rotate_secret().secret_id(arn).set_client_request_token(version_id);
            let sent = rotate.send().await;
            sent.map(|answer| answer.version_id)
                .map_err(|error| refused_rotation(classify(attempt, &error), None))
        }
        WriteRequest::CancelRotateSecret => {
            let cancel = client.cancel_rotate_secret().secret_id(arn);
            let sent = cancel.send().await;
            sent.map(|answer| answer.version_id).map_err(|error| classify(attempt, &error))
        }
    }
}

fn new_token() -> String {
    Uuid::new_v4().to_string()
}

/// RotateSecret uses one code for many states; they are told by AWS's words alone (AWS's behaviour, A9).
fn refused_rotation(mut error: ApiError, lambda_arn: Option<&str>) -> ApiError {
    let words = error.aws.as_ref().map(|fault| fault.message.as_str()).unwrap_or_default();
    let told = match &error.code {
        Code::AccessDenied if words.contains("cannot invoke") => {
            let function = lambda_arn.unwrap_or("the rotation function");
            Some((
                error.code.clone(),
                format!(
                    "Secrets Manager may not invoke {function}. Allow secretsmanager.amazonaws.com to invoke it in \
                     the function's policy, then try again."
                ),
            ))
        }
        Code::Conflict if words.contains("No Lambda rotation function") => Some((
            Code::Conflict,
            "The secret has no rotation function. Specify one by its ARN.".to_owned(),
        )),
        Code::Conflict if words.contains("previous rotation") => Some((
            Code::Conflict,
            "An earlier rotation is not complete, so AWS does not start another. Check the version with AWSPENDING."
                .to_owned(),
        )),
        _ => None,
    };
    if let Some((code, message)) = told {
        (error.code, error.message) = (code, message);
    }
    error
}
