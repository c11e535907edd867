//! The impact of a label change, computed in advance.

use std::fmt;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::secret::SecretDetail;
use crate::stages::{CURRENT, PENDING, StagePlan, VersionMap};
use crate::text::{instant_text, short_id};

/// One effect that the user should know before labels move. `Display` writes it as a sentence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "effect", rename_all = "snake_case")]
pub enum Effect {
    /// Rotation goes on and replaces the value at its next date.
    RotationIsOn {
        next_rotation_at: Option<DateTime<Utc>>,
        /// When the window opens that closes then.
        opens_at: Option<DateTime<Utc>>,
    },
    /// The value becomes older than the last rotation: the database keeps the newer password.
    OlderThanRotation {
        last_rotated_at: DateTime<Utc>,
    },
    /// A rotation is under way or stuck on this version.
    RotationInProgress {
        version_id: String,
    },
    /// A version that a rotation left unfinished loses its last label: it may hold the live password.
    UnfinishedIsLetGo {
        version_id: String,
    },
    /// AWSPENDING is left or put on a version that is not AWSCURRENT.
    PendingIsStranded {
        version_id: String,
    },
    Replicas {
        regions: Vec<String>,
    },
    /// Caching consumers get the new value later.
    CachingReaders,
    /// Moving labels does not emit the usual event.
    NoEvent,
    ManagedBy {
        service: String,
    },
    /// The version that becomes current is sealed under other keys.
    OtherKeys {
        kms_key_ids: Vec<String>,
    },
    /// AWS may have removed a version without labels.
    TargetIsDeprecated {
        version_id: String,
    },
    /// An interrupted save has replaced this version, which somebody else saved.
    ReplacedTheirs {
        version_id: String,
    },
}

impl Effect {
    /// Whether the person must tick that they have read it.
    pub fn needs_tick(&self) -> bool {
        matches!(
            self,
            Self::RotationIsOn { .. }
                | Self::OlderThanRotation { .. }
                | Self::UnfinishedIsLetGo { .. }
                | Self::PendingIsStranded { .. }
                | Self::ReplacedTheirs { .. }
        )
    }
}

impl fmt::Display for Effect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::RotationIsOn { next_rotation_at: Some(at), opens_at } => {
                write!(f, "Rotation is on and replaces this value by {}", instant_text(*at))?;
                if let Some(opens_at) = opens_at {
                    write!(f, "; its next window opens on {}", instant_text(*opens_at))?;
                }
                f.write_str(". Rotate now to have a fresh one.")
            }
            Self::RotationIsOn { next_rotation_at: None, .. } => {
                f.write_str("Rotation is on and replaces this value at its next date.")
            }
            Self::OlderThanRotation { last_rotated_at } => write!(
                f,
                "This version is older than the rotation of {}. The database keeps the newer password: moving \
                 labels does not change it.",
                instant_text(*last_rotated_at)
            ),
            Self::RotationInProgress { version_id } => write!(
                f,
                "A rotation is in progress or stuck: AWSPENDING is on version {}, which may hold the live \
                 password.",
                short_id(version_id)
            ),
            Self::UnfinishedIsLetGo { version_id } => write!(
                f,
                "Version {} loses its last label, so AWS may remove it. If the rotation had set its \
                 password already, that is the live one: keep the version under a label.",
                short_id(version_id)
            ),
            Self::PendingIsStranded { version_id } => write!(
                f,
                "AWSPENDING stays on version {}, which is not AWSCURRENT: AWS refuses every later rotation \
                 until it is removed.",
                short_id(version_id)
            ),
            Self::Replicas { regions } => {
                write!(f, "Replicas in {} are updated too.", regions.join(", "))
            }
            Self::CachingReaders => f.write_str(
                "Consumers may read the old value for a while: caching clients for 1 hour, the Secrets Manager Agent \
                 for 300 seconds, ECS tasks until they restart.",
            ),
            Self::NoEvent => f.write_str(
                "Moving labels emits no PutSecretValue, UpdateSecret or RotationSucceeded event.",
            ),
            Self::ManagedBy { service } => write!(
                f,
                "{service} manages this secret: AWS may refuse the change, and the service may change it again or \
                 fail on a value that it did not set."
            ),
            Self::OtherKeys { kms_key_ids } => {
                write!(f, "Consumers need kms:Decrypt on {}.", kms_key_ids.join(", "))
            }
            Self::TargetIsDeprecated { version_id } => {
                write!(f, "Version {} has no label now. AWS may have removed it.", short_id(version_id))
            }
            Self::ReplacedTheirs { version_id } => write!(
                f,
                "The save was applied over version {}, which somebody else saved meanwhile. Theirs is AWSPREVIOUS: \
                 compare the two under Versions.",
                short_id(version_id)
            ),
        }
    }
}

/// What a plan on this secret touches, beyond the labels themselves.
pub fn effects(detail: &SecretDetail, plan: &StagePlan) -> Vec<Effect> {
    let mut found = Vec::new();
    let summary = &detail.summary;
    let after = plan.after();
    if detail.version_map.blocks_rotation()
        && let Some(pending) = detail.version_map.holder(PENDING)
    {
        found.push(Effect::RotationInProgress { version_id: pending.to_owned() });
        if after.labels(pending).is_empty() {
            found.push(Effect::UnfinishedIsLetGo { version_id: pending.to_owned() });
        }
    }
    if let Some(service) = &summary.owning_service {
        found.push(Effect::ManagedBy { service: service.clone() });
    }
    let (now, then) = (plan.before.holder(CURRENT), after.holder(CURRENT));
    if now != then
        && let Some(target) = then
    {
        found.extend(value_effects(detail, now, target));
    }
    found.extend(stranded(&plan.before, &after));
    if !detail.replicas.is_empty() {
        let regions = detail.replicas.iter().map(|replica| replica.region.clone()).collect();
        found.push(Effect::Replicas { regions });
    }
    found
}

/// What it means that another value becomes current.
fn value_effects(detail: &SecretDetail, now: Option<&str>, target: &str) -> Vec<Effect> {
    let mut found = vec![Effect::CachingReaders, Effect::NoEvent];
    let version = |id: &str| detail.versions.iter().find(|version| version.version_id == id);
    let rotation = detail.summary.rotation.as_ref();
    if let Some(rotation) = rotation.filter(|rotation| rotation.enabled) {
        found.push(Effect::RotationIsOn {
            next_rotation_at: rotation.next_rotation_at,
            opens_at: rotation.next_window(detail.summary.created_at).map(|window| window.opens_at),
        });
    }
    let rotated_at = rotation.and_then(|rotation| rotation.last_rotated_at);
    let created_at = version(target).and_then(|version| version.created_at);
    // A version of unknown age (it has no label, or versions could not be listed) counts as older.
    if let Some(last_rotated_at) = rotated_at
        && created_at.is_none_or(|created_at| created_at < last_rotated_at)
    {
        found.push(Effect::OlderThanRotation { last_rotated_at });
    }
    if detail.version_map.labels(target).is_empty() {
        found.push(Effect::TargetIsDeprecated { version_id: target.to_owned() });
    }
    if let (Some(now), Some(then)) = (now.and_then(version), version(target))
        && !then.kms_key_ids.is_empty()
        && then.kms_key_ids != now.kms_key_ids
    {
        found.push(Effect::OtherKeys { kms_key_ids: then.kms_key_ids.clone() });
    }
    found
}

/// Whether the plan itself is what makes AWSPENDING stand in the way of rotations.
fn stranded(before: &VersionMap, after: &VersionMap) -> Option<Effect> {
    let pending = after.holder(PENDING).filter(|_| after.blocks_rotation())?;
    let was_so = before.blocks_rotation() && before.holder(PENDING) == Some(pending);
    (!was_so).then(|| Effect::PendingIsStranded { version_id: pending.to_owned() })
}
