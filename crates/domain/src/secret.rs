//! Secrets as they are listed and described: metadata only, never a value.

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

use crate::error::ApiError;
use crate::schedule::{AutomaticallyAfterDays, RotationWindow, ScheduleExpression, WindowDuration};
use crate::scope::Scope;
pub use crate::stages::VersionMap;

/// One row of the catalog. A field that AWS did not send is absent.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct SecretSummary {
    pub arn: String,
    pub name: String,
    pub description: Option<String>,
    pub tags: Vec<Tag>,
    /// The customer managed key; absent for `aws/secretsmanager`.
    pub kms_key_id: Option<String>,
    pub created_at: Option<DateTime<Utc>>,
    pub last_changed_at: Option<DateTime<Utc>>,
    /// A UTC date: AWS knows no hour (rules, Reading 2).
    pub last_accessed_on: Option<NaiveDate>,
    /// When deletion was asked for; absent on live secrets.
    pub deleted_at: Option<DateTime<Utc>>,
    pub rotation: Option<Rotation>,
    pub owning_service: Option<String>,
    /// Where a replicated secret has its primary; absent without replication.
    pub primary_region: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tag {
    pub key: String,
    pub value: String,
}

/// The rotation settings; absent on a secret that never had any.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Rotation {
    pub enabled: bool,
    pub lambda_arn: Option<String>,
    pub schedule_expression: Option<String>,
    pub automatically_after_days: Option<i64>,
    pub duration: Option<String>,
    pub last_rotated_at: Option<DateTime<Utc>>,
    pub next_rotation_at: Option<DateTime<Utc>>,
}

impl Rotation {
    /// The schedule as an expression. Days without one are the rate that means the same.
    pub fn schedule(&self) -> Option<String> {
        let of_days = || {
            self.automatically_after_days.map(|days| {
                let unit = if days == 1 { "day" } else { "days" };
                format!("rate({days} {unit})")
            })
        };
        self.schedule_expression.clone().or_else(of_days)
    }

    /// The window that closes at the next date, which is all that AWS tells of it; absent where the schedule has no
    /// such window. A rate counts from the last rotation, or from when the secret was made.
    pub fn next_window(&self, created_at: Option<DateTime<Utc>>) -> Option<RotationWindow> {
        let closes_at = self.next_rotation_at?;
        let duration: Option<WindowDuration> = self.duration.as_deref().map(str::parse).transpose().ok()?;
        let counted_from = self.last_rotated_at.or(created_at).unwrap_or(closes_at);
        let window = match &self.schedule_expression {
            Some(text) => {
                let expression: ScheduleExpression = text.parse().ok()?;
                expression.windows(duration, counted_from).opening_before(closes_at).next()
            }
            None => {
                let days = AutomaticallyAfterDays::try_from(self.automatically_after_days?).ok()?;
                days.windows(duration, counted_from).opening_before(closes_at).next()
            }
        };
        window.filter(|window| window.closes_at == closes_at)
    }
}

/// Everything that can be known of a secret without reading its value.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SecretDetail {
    pub summary: SecretSummary,
    pub version_map: VersionMap,
    /// Newest first, those without a label too; without ListSecretVersionIds, the labelled ones in no order of time.
    pub versions: Vec<Version>,
    /// Why `versions` comes from DescribeSecret alone (rules, Reading 3).
    pub versions_denied: Option<ApiError>,
    pub replicas: Vec<Replica>,
}

impl SecretDetail {
    /// Whether a version is there, as far as the labels and the list of versions show.
    pub fn has_version(&self, version_id: &str) -> bool {
        let is_listed = || self.versions.iter().any(|version| version.version_id == version_id);
        self.version_map.0.contains_key(version_id) || is_listed()
    }
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Version {
    pub version_id: String,
    pub stages: Vec<String>,
    pub created_at: Option<DateTime<Utc>>,
    pub last_accessed_on: Option<NaiveDate>,
    pub kms_key_ids: Vec<String>,
    /// A version can hold labels before it holds a value; unknown when versions could not be listed.
    pub has_value: Option<bool>,
}

/// The copy of a secret in another Region.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Replica {
    pub region: String,
    pub kms_key_id: Option<String>,
    pub status: Option<String>,
    pub status_message: Option<String>,
    pub last_accessed_on: Option<NaiveDate>,
}

/// `secret_id` is the full ARN wherever it is known: a recreated name is another secret.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct DescribeSecret {
    pub scope: Scope,
    pub secret_id: String,
}

/// Opens a secret by its name, its ARN or a URL of AWS's console, without a list.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct FindSecret {
    pub scope: Scope,
    pub text: String,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FoundSecret {
    /// The scope that answered: an ARN or a URL may name another Region.
    pub scope: Scope,
    pub detail: SecretDetail,
}
