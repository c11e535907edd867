//! Validation of a change before anything is sent.

use super::{Change, WriteRequest, check_writable};
use crate::error::{ApiError, Code};
use crate::guard::Guard;
use crate::name::Arn;
use crate::schedule::{Field, ScheduleError, ScheduleExpression, Severity, WindowDuration, check};
use crate::scope::Region;
use crate::secret::{SecretDetail, Tag};
use crate::stages::PENDING;
use crate::text::short_id;

/// Days that a deleted secret can be restored in.
pub const RECOVERY_DAYS: (u32, u32) = (7, 30);

/// The API's limits, in characters (API model: DescriptionType, KmsKeyIdType).
const MAX_DESCRIPTION_CHARS: usize = 2_048;
const MAX_KMS_KEY_CHARS: usize = 2_048;

/// The API's limits (API model: TagListType, TagKeyType, TagValueType).
const MAX_TAGS: usize = 50;
const MAX_TAG_KEY_CHARS: usize = 128;
const MAX_TAG_VALUE_CHARS: usize = 256;

impl Change {
    /// What is invalid for every secret.
    pub fn check(&self) -> Result<(), ApiError> {
        match self {
            Self::Description { description } => {
                check_length("description", description, MAX_DESCRIPTION_CHARS)
            }
            Self::KmsKey { kms_key_id } => check_length("kms_key_id", kms_key_id, MAX_KMS_KEY_CHARS),
            Self::Delete { recovery_days } => {
                let (shortest, longest) = RECOVERY_DAYS;
                if (shortest..=longest).contains(recovery_days) {
                    return Ok(());
                }
                let message = format!("The recovery window is {shortest} to {longest} days long.");
                Err(ApiError::invalid("recovery_days", message))
            }
            Self::ConfigureRotation { lambda_arn, schedule_expression, duration, .. } => {
                check_rules(schedule_expression, duration.as_deref())?;
                lambda_arn.as_deref().map_or(Ok(()), check_function)
            }
            Self::Tags { .. } | Self::Restore | Self::RotateNow { .. } | Self::CancelRotation => Ok(()),
        }
    }

    /// What this secret does not allow, as described in this Region, through a connection with this guard.
    pub fn check_on(&self, guard: Guard, region: &Region, detail: &SecretDetail) -> Result<(), ApiError> {
        // What is restored is scheduled for deletion.
        if *self != Self::Restore {
            check_writable(guard, region, &detail.summary)?;
        }
        match self {
            Self::Tags { tags } => {
                let put = self.requests(&self.part_of(detail));
                for request in &put {
                    if let WriteRequest::TagResource(put) = request {
                        check_new_tags(put)?;
                    }
                }
                // AWS and its services reserve some tags.
                let own: Vec<Tag> = tags.iter().filter(|tag| !tag.key.starts_with("aws:")).cloned().collect();
                check_new_tags(&own)
            }
            Self::Delete { .. } if !detail.replicas.is_empty() => {
                let regions: Vec<&str> =
                    detail.replicas.iter().map(|replica| replica.region.as_str()).collect();
                let message = format!(
                    "{} has replicas in {}. AWS deletes a secret only after its replicas are removed.",
                    detail.summary.name,
                    regions.join(", ")
                );
                Err(ApiError::new(Code::Conflict, message))
            }
            // AWS would start another rotation with the version of a finished one.
            Self::RotateNow { version_id: Some(tried) }
                if detail.has_version(tried) && detail.version_map.holder(PENDING) != Some(tried) =>
            {
                let message = format!(
                    "The rotation to {} is over: AWSPENDING is no longer on it, so it is not retried. Check the \
                     versions of {}.",
                    short_id(tried),
                    detail.summary.name
                );
                Err(ApiError::new(Code::Conflict, message))
            }
            _ => Ok(()),
        }
    }
}

/// The tags that a person puts on a secret.
pub fn check_new_tags(tags: &[Tag]) -> Result<(), ApiError> {
    let refuse = |message: String| Err(ApiError::invalid("tags", message));
    if tags.len() > MAX_TAGS {
        return refuse(format!("A secret can have at most {MAX_TAGS} tags, and these are {}.", tags.len()));
    }
    for (at, Tag { key, value }) in tags.iter().enumerate() {
        if key.is_empty() || key.chars().count() > MAX_TAG_KEY_CHARS {
            return refuse(format!("The key of a tag must be 1 to {MAX_TAG_KEY_CHARS} characters long."));
        }
        if value.chars().count() > MAX_TAG_VALUE_CHARS {
            return refuse(format!(
                "The value of the tag {key} is longer than {MAX_TAG_VALUE_CHARS} characters."
            ));
        }
        if key.starts_with("aws:") {
            return refuse(format!("The tag {key} is refused: AWS reserves keys that begin with aws:."));
        }
        if tags[..at].iter().any(|earlier| earlier.key == *key) {
            return refuse(format!("The tag key {key} is used twice. Each key can be used once."));
        }
    }
    Ok(())
}

fn check_length(field: &str, text: &str, most: usize) -> Result<(), ApiError> {
    let length = text.chars().count();
    if length <= most {
        return Ok(());
    }
    Err(ApiError::invalid(
        field,
        format!("It can have at most {most} characters and has {length}. Shorten it."),
    ))
}

/// The window shows each broken rule while typing; here all are enforced.
fn check_rules(expression: &str, duration: Option<&str>) -> Result<(), ApiError> {
    let at_expression = |why: String| ApiError::invalid("schedule_expression", why);
    let at_duration = |why: String| ApiError::invalid("duration", why);
    let expression: ScheduleExpression =
        expression.parse().map_err(|error: ScheduleError| at_expression(error.to_string()))?;
    let duration: Option<WindowDuration> = duration
        .map(str::parse)
        .transpose()
        .map_err(|error: ScheduleError| at_duration(error.to_string()))?;
    match check(&expression, duration).into_iter().find(|breach| breach.severity() == Severity::Refused) {
        Some(breach) if breach.field() == Field::Duration => Err(at_duration(breach.to_string())),
        Some(breach) => Err(at_expression(breach.to_string())),
        None => Ok(()),
    }
}

fn check_function(arn: &str) -> Result<(), ApiError> {
    let is_function = Arn::parse(arn)
        .is_some_and(|parsed| parsed.service == "lambda" && parsed.resource.starts_with("function:"));
    if is_function {
        return Ok(());
    }
    let message = "This is not the ARN of a Lambda function. It is written \
                   arn:aws:lambda:us-east-1:123456789012:function:name.";
    Err(ApiError::invalid("lambda_arn", message))
}
