//! The undo of an applied change, or why there is none.

use super::{Change, ChangeRecord, Part};

/// Why a change cannot be undone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoUndo {
    #[error("Undo does not delete a restored secret again. Schedule its deletion again.")]
    Restored,
    #[error(
        "A rotation cannot be undone: the service already uses the new value. Make the earlier version current instead."
    )]
    Rotated,
    #[error("The secret had no schedule with which rotation could be turned on again. Set it up again.")]
    NoSchedule,
}

impl ChangeRecord {
    /// The change that makes the secret what it was before. Rotation that was off is turned off again; the function and
    /// the schedule that were stored with it stay, and the review shows that.
    pub fn undo(&self) -> Result<Change, NoUndo> {
        let text = |text: &Option<String>| text.clone().unwrap_or_default();
        match (&self.change, &self.before) {
            (_, Part::Description { description }) => {
                Ok(Change::Description { description: text(description) })
            }
            (_, Part::KmsKey { kms_key_id }) => Ok(Change::KmsKey { kms_key_id: text(kms_key_id) }),
            (_, Part::Tags { tags }) => Ok(Change::Tags { tags: tags.clone() }),
            (_, Part::Deletion { is_scheduled: false }) => Ok(Change::Restore),
            (_, Part::Deletion { is_scheduled: true }) => Err(NoUndo::Restored),
            (_, Part::RotatedVersion { .. } | Part::RotationRules { rotated: Some(_), .. }) => {
                Err(NoUndo::Rotated)
            }
            (Change::ConfigureRotation { .. }, Part::RotationRules { enabled: false, .. }) => {
                Ok(Change::CancelRotation)
            }
            (_, Part::RotationRules { lambda_arn, schedule_expression, duration, .. }) => {
                Ok(Change::ConfigureRotation {
                    lambda_arn: lambda_arn.clone(),
                    schedule_expression: schedule_expression.clone().ok_or(NoUndo::NoSchedule)?,
                    duration: duration.clone(),
                    rotate_immediately: false,
                    version_id: None,
                })
            }
        }
    }
}
