//! The order of the catalog's rows, column by column.

use std::cmp::Ordering;

use latchkey_domain::catalog::{Column, Sort};
use latchkey_domain::secret::{Rotation, SecretSummary};

/// Compares rows of different scopes, each with the place of its scope.
pub(super) fn compare_across(a: (usize, &SecretSummary), b: (usize, &SecretSummary), sort: Sort) -> Ordering {
    let by_scope = a.0.cmp(&b.0);
    match sort.column {
        Column::Connection => directed(by_scope, sort.descending).then_with(|| compare(a.1, b.1, sort)),
        _ => by_column_and_name(a.1, b.1, sort).then(by_scope).then_with(|| a.1.arn.cmp(&b.1.arn)),
    }
}

/// Compares two rows of one scope. What a row does not have comes last in both directions; equals are ordered by name,
/// then ARN.
pub(super) fn compare(a: &SecretSummary, b: &SecretSummary, sort: Sort) -> Ordering {
    by_column_and_name(a, b, sort).then_with(|| a.arn.cmp(&b.arn))
}

fn by_column_and_name(a: &SecretSummary, b: &SecretSummary, sort: Sort) -> Ordering {
    let Sort { column, descending } = sort;
    let by_column = match column {
        Column::Name => directed(by_name(a, b), descending),
        Column::Connection => Ordering::Equal,
        Column::Description => optional(a.description.as_deref(), b.description.as_deref(), descending),
        Column::Tags => optional(tags(a), tags(b), descending),
        Column::LastChanged => optional(a.last_changed_at, b.last_changed_at, descending),
        Column::LastAccessed => optional(a.last_accessed_on, b.last_accessed_on, descending),
        Column::Rotation => optional(rotation(a), rotation(b), descending),
        Column::EncryptionKey => optional(a.kms_key_id.as_deref(), b.kms_key_id.as_deref(), descending),
        Column::OwningService => {
            optional(a.owning_service.as_deref(), b.owning_service.as_deref(), descending)
        }
        Column::Replication => optional(a.primary_region.as_deref(), b.primary_region.as_deref(), descending),
    };
    by_column.then_with(|| by_name(a, b))
}

fn directed(ordering: Ordering, descending: bool) -> Ordering {
    if descending { ordering.reverse() } else { ordering }
}

fn optional<T: Ord>(a: Option<T>, b: Option<T>, descending: bool) -> Ordering {
    match (a, b) {
        (Some(a), Some(b)) => directed(a.cmp(&b), descending),
        (a, b) => b.is_some().cmp(&a.is_some()),
    }
}

/// Names hold ASCII only; capitals stand beside their small letters.
fn by_name(a: &SecretSummary, b: &SecretSummary) -> Ordering {
    let folded = |byte: u8| byte.to_ascii_lowercase();
    a.name.bytes().map(folded).cmp(b.name.bytes().map(folded))
}

fn tags(row: &SecretSummary) -> Option<impl Ord> {
    (!row.tags.is_empty())
        .then(|| row.tags.iter().map(|tag| (tag.key.as_str(), tag.value.as_str())).collect::<Vec<_>>())
}

/// What is switched on first, the next one due first.
fn rotation(row: &SecretSummary) -> Option<impl Ord> {
    let due = |rotation: &Rotation| {
        (!rotation.enabled, rotation.next_rotation_at.is_none(), rotation.next_rotation_at)
    };
    row.rotation.as_ref().map(due)
}
