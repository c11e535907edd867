//! The fields of several objects side by side.

use std::collections::HashMap;

use super::PathKey;
use crate::document::{Document, JsonKind, Value};

/// A value and the positions that lead to it.
#[derive(Debug, Clone)]
pub(super) struct Found<'a> {
    pub(super) value: Value<'a>,
    pub(super) way: Vec<usize>,
}

impl<'a> Found<'a> {
    pub(super) fn root(document: &'a Document) -> Self {
        Self { value: document.root(), way: Vec::new() }
    }
}

/// The fields of all objects by key: those of the first in its order, then what each next one adds. The n-th field of
/// a name is matched with the n-th of the same name.
pub(super) fn aligned<'a, const N: usize>(
    objects: [&Found<'a>; N],
) -> Vec<(PathKey, [Option<Found<'a>>; N])> {
    let mut rows: Vec<(PathKey, [Option<Found<'a>>; N])> = Vec::new();
    let mut places: HashMap<PathKey, usize> = HashMap::new();
    for (side, object) in objects.into_iter().enumerate() {
        let mut seen: HashMap<String, usize> = HashMap::new();
        for (position, value) in object.value.members().enumerate() {
            let key = value.key().unwrap_or_default().into_owned();
            let count = seen.entry(key.clone()).or_default();
            let key = PathKey { key, occurrence: *count };
            *count += 1;
            let place = *places.entry(key.clone()).or_insert_with(|| {
                rows.push((key, [const { None }; N]));
                rows.len() - 1
            });
            let way = object.way.iter().copied().chain([position]).collect();
            rows[place].1[side] = Some(Found { value, way });
        }
    }
    rows
}

/// Whether all are objects and there is a field in any of them to compare.
pub(super) fn any_member<const N: usize>(found: [&Found<'_>; N]) -> bool {
    found.iter().all(|found| found.value.kind() == JsonKind::Object)
        && found.iter().any(|found| found.value.members().next().is_some())
}
