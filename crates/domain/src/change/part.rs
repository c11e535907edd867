//! The part of a secret that a change touches, before and after it, and the outcome by comparing both with the
//! current state.

use serde::{Deserialize, Serialize};

use super::{Change, ChangeRecord};
use crate::secret::{Rotation, SecretDetail, Tag};

/// The part of DescribeSecret that a change affects.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "part", rename_all = "snake_case")]
pub enum Part {
    Description {
        description: Option<String>,
    },
    KmsKey {
        kms_key_id: Option<String>,
    },
    /// Sorted by their keys.
    Tags {
        tags: Vec<Tag>,
    },
    Deletion {
        is_scheduled: bool,
    },
    RotationRules {
        enabled: bool,
        lambda_arn: Option<String>,
        schedule_expression: Option<String>,
        duration: Option<String>,
        /// Whether the version of the rotation that is begun with it is there; none where none is begun.
        rotated: Option<bool>,
    },
    /// Whether the version that a rotation makes is there.
    RotatedVersion {
        is_there: bool,
    },
}

/// The outcome of a change by DescribeSecret.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Settled {
    /// The state after the change.
    Done,
    /// The state before the change.
    NotDone,
    /// Neither: part of the change was applied, or somebody else changed it.
    Neither,
    /// DescribeSecret shows the same either way.
    Undecidable,
}

impl Change {
    /// The current state of the affected part.
    pub fn part_of(&self, detail: &SecretDetail) -> Part {
        let summary = &detail.summary;
        let rotation = summary.rotation.as_ref();
        let is_there =
            |version_id: &Option<String>| version_id.as_ref().is_some_and(|id| detail.has_version(id));
        match self {
            Self::Description { .. } => {
                Part::Description { description: filled(summary.description.as_deref()) }
            }
            Self::KmsKey { .. } => Part::KmsKey { kms_key_id: filled(summary.kms_key_id.as_deref()) },
            Self::Tags { .. } => Part::Tags { tags: sorted(&summary.tags) },
            Self::Delete { .. } | Self::Restore => {
                Part::Deletion { is_scheduled: summary.deleted_at.is_some() }
            }
            Self::RotateNow { version_id } => Part::RotatedVersion { is_there: is_there(version_id) },
            Self::ConfigureRotation { .. } | Self::CancelRotation => Part::RotationRules {
                enabled: rotation.is_some_and(|rotation| rotation.enabled),
                lambda_arn: rotation.and_then(|rotation| rotation.lambda_arn.clone()),
                schedule_expression: rotation.and_then(Rotation::schedule),
                duration: rotation.and_then(|rotation| rotation.duration.clone()),
                rotated: match self {
                    Self::ConfigureRotation { rotate_immediately: true, version_id, .. } => {
                        Some(is_there(version_id))
                    }
                    _ => None,
                },
            },
        }
    }

    /// The affected part after the change.
    pub fn part_after(&self, before: &Part) -> Part {
        match self {
            Self::Description { description } => Part::Description { description: filled(Some(description)) },
            Self::KmsKey { kms_key_id } => Part::KmsKey { kms_key_id: filled(Some(kms_key_id)) },
            Self::Tags { tags } => Part::Tags { tags: sorted(tags) },
            Self::Delete { .. } => Part::Deletion { is_scheduled: true },
            Self::Restore => Part::Deletion { is_scheduled: false },
            Self::RotateNow { .. } => Part::RotatedVersion { is_there: true },
            Self::ConfigureRotation {
                lambda_arn, schedule_expression, duration, rotate_immediately, ..
            } => {
                let kept = match before {
                    Part::RotationRules { lambda_arn, .. } => lambda_arn.clone(),
                    _ => None,
                };
                Part::RotationRules {
                    enabled: true,
                    lambda_arn: lambda_arn.clone().or(kept),
                    schedule_expression: Some(schedule_expression.clone()),
                    duration: duration.clone(),
                    rotated: rotate_immediately.then_some(true),
                }
            }
            Self::CancelRotation => match before.clone() {
                Part::RotationRules { lambda_arn, schedule_expression, duration, rotated, .. } => {
                    Part::RotationRules { enabled: false, lambda_arn, schedule_expression, duration, rotated }
                }
                other => other,
            },
        }
    }
}

impl ChangeRecord {
    pub fn new(change: Change, before: &SecretDetail) -> Self {
        let before = change.part_of(before);
        Self { change, before }
    }

    /// The outcome, by the secret as described now.
    pub fn settled(&self, now: &SecretDetail) -> Settled {
        let (now, after) = (self.change.part_of(now), self.change.part_after(&self.before));
        if after == self.before && matches!(after, Part::RotatedVersion { .. }) {
            // The retry of a rotation whose version exists already.
            Settled::Undecidable
        } else if now == after {
            Settled::Done
        } else if now == self.before {
            Settled::NotDone
        } else {
            Settled::Neither
        }
    }
}

/// AWS sends an empty string for none, or omits it.
fn filled(text: Option<&str>) -> Option<String> {
    text.filter(|text| !text.is_empty()).map(str::to_owned)
}

fn sorted(tags: &[Tag]) -> Vec<Tag> {
    let mut tags = tags.to_vec();
    tags.sort_by(|a, b| a.key.cmp(&b.key));
    tags
}
