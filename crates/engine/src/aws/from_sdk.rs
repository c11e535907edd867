//! Turns what the SDK read into the domain's words. What AWS did not send stays absent.

use std::collections::HashMap;

use aws_sdk_secretsmanager::operation::describe_secret::DescribeSecretOutput;
use aws_sdk_secretsmanager::primitives;
use aws_sdk_secretsmanager::types::{
    self, ReplicationStatusType, RotationRulesType, SecretListEntry, SecretVersionsListEntry,
};
use chrono::{DateTime, NaiveDate, Utc};
use latchkey_domain::secret::{Replica, Rotation, SecretSummary, Tag, Version, VersionMap};

/// One entry of ListSecrets; `None` if it names no secret.
pub(crate) fn listed(entry: SecretListEntry) -> Option<SecretSummary> {
    let rotation = rotation(RotationParts {
        enabled: entry.rotation_enabled,
        lambda_arn: entry.rotation_lambda_arn,
        rules: entry.rotation_rules,
        last_at: entry.last_rotated_date,
        next_at: entry.next_rotation_date,
    });
    Some(SecretSummary {
        arn: entry.arn?,
        name: entry.name?,
        description: text(entry.description),
        tags: tags(entry.tags),
        kms_key_id: text(entry.kms_key_id),
        created_at: instant(entry.created_date),
        last_changed_at: instant(entry.last_changed_date),
        last_accessed_on: date(entry.last_accessed_date),
        deleted_at: instant(entry.deleted_date),
        rotation,
        owning_service: text(entry.owning_service),
        primary_region: text(entry.primary_region),
    })
}

/// What DescribeSecret tells: the row, the labels, the replicas; `None` if it names no secret.
pub(crate) fn described(output: DescribeSecretOutput) -> Option<(SecretSummary, VersionMap, Vec<Replica>)> {
    let rotation = rotation(RotationParts {
        enabled: output.rotation_enabled,
        lambda_arn: output.rotation_lambda_arn,
        rules: output.rotation_rules,
        last_at: output.last_rotated_date,
        next_at: output.next_rotation_date,
    });
    let summary = SecretSummary {
        arn: output.arn?,
        name: output.name?,
        description: text(output.description),
        tags: tags(output.tags),
        kms_key_id: text(output.kms_key_id),
        created_at: instant(output.created_date),
        last_changed_at: instant(output.last_changed_date),
        last_accessed_on: date(output.last_accessed_date),
        deleted_at: instant(output.deleted_date),
        rotation,
        owning_service: text(output.owning_service),
        primary_region: text(output.primary_region),
    };
    let replicas = output.replication_status.unwrap_or_default().into_iter().map(replica).collect();
    Some((summary, version_map(output.version_ids_to_stages), replicas))
}

/// One entry of ListSecretVersionIds. AWS lists versions once they hold a value.
pub(crate) fn version(entry: SecretVersionsListEntry) -> Option<Version> {
    Some(Version {
        version_id: entry.version_id?,
        stages: sorted(entry.version_stages.unwrap_or_default()),
        created_at: instant(entry.created_date),
        last_accessed_on: date(entry.last_accessed_date),
        kms_key_ids: entry.kms_key_ids.unwrap_or_default(),
        has_value: Some(true),
    })
}

/// Where the next page begins. An empty token, as some imitations of AWS send it, is none.
pub(crate) fn next_page(token: Option<String>) -> Option<String> {
    text(token)
}

pub(crate) fn instant(at: Option<primitives::DateTime>) -> Option<DateTime<Utc>> {
    let at = at?;
    DateTime::from_timestamp(at.secs(), at.subsec_nanos())
}

fn date(at: Option<primitives::DateTime>) -> Option<NaiveDate> {
    instant(at).map(|at| at.date_naive())
}

fn text(text: Option<String>) -> Option<String> {
    text.filter(|text| !text.is_empty())
}

fn tags(tags: Option<Vec<types::Tag>>) -> Vec<Tag> {
    let tag =
        |tag: types::Tag| Tag { key: tag.key.unwrap_or_default(), value: tag.value.unwrap_or_default() };
    tags.unwrap_or_default().into_iter().map(tag).collect()
}

pub(crate) fn version_map(labels: Option<HashMap<String, Vec<String>>>) -> VersionMap {
    VersionMap(labels.unwrap_or_default().into_iter().map(|(id, stages)| (id, sorted(stages))).collect())
}

/// The order of labels on the wire means nothing.
fn sorted(mut stages: Vec<String>) -> Vec<String> {
    stages.sort();
    stages
}

fn replica(status: ReplicationStatusType) -> Replica {
    Replica {
        region: status.region.unwrap_or_default(),
        kms_key_id: text(status.kms_key_id),
        status: status.status.map(|status| status.as_str().to_owned()),
        status_message: text(status.status_message),
        last_accessed_on: date(status.last_accessed_date),
    }
}

struct RotationParts {
    enabled: Option<bool>,
    lambda_arn: Option<String>,
    rules: Option<RotationRulesType>,
    last_at: Option<primitives::DateTime>,
    next_at: Option<primitives::DateTime>,
}

fn rotation(parts: RotationParts) -> Option<Rotation> {
    if parts.enabled.is_none() && parts.rules.is_none() && parts.lambda_arn.is_none() {
        return None;
    }
    let rules = parts.rules;
    Some(Rotation {
        enabled: parts.enabled.unwrap_or_default(),
        lambda_arn: text(parts.lambda_arn),
        automatically_after_days: rules.as_ref().and_then(|rules| rules.automatically_after_days),
        duration: rules.as_ref().and_then(|rules| text(rules.duration.clone())),
        schedule_expression: rules.and_then(|rules| text(rules.schedule_expression)),
        last_rotated_at: instant(parts.last_at),
        next_rotation_at: instant(parts.next_at),
    })
}
