//! What differs between two values, and how three of them merge.
//!
//! JSON objects are compared key by key, nested objects by their path; an array, and anything that is not an object on
//! both sides, is one unit; other texts are compared line by line, binary values by size and fingerprint.
//!
//! Everything here that can be serialized is a masked shape: keys, kinds and whether values are equal, as small
//! numbers that mean nothing outside one answer. The values themselves stay in their documents.

mod aligned;
mod classes;
mod merge;

use std::fmt;

use serde::{Deserialize, Serialize};
use similar::{Algorithm, DiffOp, capture_diff_slices};

pub use merge::{Choice, Merge, MergeError, MergeRow, MergeState, Take};

use crate::document::{Document, JsonKind};
use crate::secret_text::SecretValue;
use aligned::{Found, aligned, any_member};
use classes::{Classes, line_classes};

/// The keys that lead from the root of a document to a value.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct KeyPath(pub Vec<PathKey>);

/// One key of a path.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct PathKey {
    pub key: String,
    /// Which of the fields of this name, from 0, where a key stands more than once in its object.
    pub occurrence: usize,
}

impl KeyPath {
    fn below(&self, key: PathKey) -> Self {
        Self(self.0.iter().cloned().chain([key]).collect())
    }
}

impl fmt::Display for KeyPath {
    /// `db.host`, and `db.host (2)` for the second field of that name. To be read, not to be parsed.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, PathKey { key, occurrence }) in self.0.iter().enumerate() {
            let dot = if place == 0 { "" } else { "." };
            write!(f, "{dot}{key}")?;
            if *occurrence > 0 {
                write!(f, " ({})", occurrence + 1)?;
            }
        }
        Ok(())
    }
}

/// How two values differ; holds no value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Difference {
    /// Equal byte for byte. Where nothing else differs, only spacing, escapes or the order of keys do.
    pub identical: bool,
    pub detail: Detail,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "by", content = "changes", rename_all = "snake_case")]
pub enum Detail {
    /// Both are JSON objects: the old one's fields in its order, then what is new.
    Fields(Vec<FieldChange>),
    /// Both are texts.
    Lines(Vec<LineRun>),
    /// At least one is binary.
    Whole { old: WholeSide, new: WholeSide },
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldChange {
    pub path: KeyPath,
    pub change: Change,
    pub old: Option<Side>,
    pub new: Option<Side>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Change {
    Added,
    Removed,
    Changed,
    /// Another JSON type, a number that became a text for example.
    TypeChanged,
    Unchanged,
}

/// One value of a comparison, masked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Side {
    /// Absent for a value that is compared as a whole and not as JSON.
    pub kind: Option<JsonKind>,
    /// Values with the same number are equal, in this answer only.
    pub class: u32,
    /// The positions that lead to the value in its document, to reveal or copy it.
    pub way: Vec<usize>,
}

/// Consecutive lines with the same fate. Lines count from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct LineRun {
    pub change: LineChange,
    pub old_line: usize,
    pub new_line: usize,
    pub count: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LineChange {
    Same,
    Removed,
    Added,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WholeSide {
    pub size_bytes: usize,
    pub is_text: bool,
    pub fingerprint: Fingerprint,
}

/// A keyed hash of a value: equal values have equal ones as long as the key lives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Fingerprint(pub [u8; 8]);

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// Compares two values. `fingerprint` must be keyed with a key that no file holds and that ends with the session: a
/// plain hash would allow guessing the value.
pub fn compare(
    old: &SecretValue,
    new: &SecretValue,
    fingerprint: impl Fn(&[u8]) -> Fingerprint,
) -> Difference {
    let detail = match (old, new) {
        (SecretValue::Text(old), SecretValue::Text(new)) => match (object(old), object(new)) {
            (Some(old), Some(new)) => Detail::Fields(field_changes(&old, &new)),
            _ => Detail::Lines(line_runs(old, new)),
        },
        _ => {
            let side = |value: &SecretValue| WholeSide {
                size_bytes: value.as_bytes().len(),
                is_text: matches!(value, SecretValue::Text(_)),
                fingerprint: fingerprint(value.as_bytes()),
            };
            Detail::Whole { old: side(old), new: side(new) }
        }
    };
    Difference { identical: old == new, detail }
}

/// The lines that [`LineRun`] counts, each with its line break.
pub fn lines(text: &str) -> Vec<&str> {
    text.split_inclusive('\n').collect()
}

/// The document, if the text is a JSON object.
fn object(text: &str) -> Option<Document> {
    Document::parse(text).ok().filter(|document| document.root().kind() == JsonKind::Object)
}

fn field_changes(old: &Document, new: &Document) -> Vec<FieldChange> {
    let mut comparison = FieldComparison { classes: Classes::default(), changes: Vec::new() };
    comparison.walk(&KeyPath::default(), [&Found::root(old), &Found::root(new)]);
    comparison.changes
}

struct FieldComparison<'a> {
    classes: Classes<'a>,
    changes: Vec<FieldChange>,
}

impl<'a> FieldComparison<'a> {
    /// Compares two objects. Documents nest no deeper than their limit, and so does this.
    fn walk(&mut self, path: &KeyPath, objects: [&Found<'a>; 2]) {
        for (key, members) in aligned(objects) {
            let path = path.below(key);
            match &members {
                [Some(old), Some(new)] if any_member([old, new]) => self.walk(&path, [old, new]),
                [old, new] => {
                    let change = change(old.as_ref(), new.as_ref());
                    let [old, new] = [old, new].map(|found| found.as_ref().map(|f| self.classes.side(f)));
                    self.changes.push(FieldChange { path, change, old, new });
                }
            }
        }
    }
}

fn change(old: Option<&Found<'_>>, new: Option<&Found<'_>>) -> Change {
    match (old, new) {
        (None, _) => Change::Added,
        (Some(_), None) => Change::Removed,
        (Some(old), Some(new)) if old.value.kind() != new.value.kind() => Change::TypeChanged,
        (Some(old), Some(new)) if old.value.is_same_as(new.value) => Change::Unchanged,
        (Some(_), Some(_)) => Change::Changed,
    }
}

fn line_runs(old: &str, new: &str) -> Vec<LineRun> {
    let (old, new) = line_classes(&lines(old), &lines(new));
    let run = |change, old_line, new_line, count| LineRun { change, old_line, new_line, count };
    capture_diff_slices(Algorithm::Myers, &old, &new)
        .into_iter()
        .flat_map(|op| match op {
            DiffOp::Equal { old_index, new_index, len } => {
                vec![run(LineChange::Same, old_index, new_index, len)]
            }
            DiffOp::Delete { old_index, old_len, new_index } => {
                vec![run(LineChange::Removed, old_index, new_index, old_len)]
            }
            DiffOp::Insert { old_index, new_index, new_len } => {
                vec![run(LineChange::Added, old_index, new_index, new_len)]
            }
            DiffOp::Replace { old_index, old_len, new_index, new_len } => vec![
                run(LineChange::Removed, old_index, new_index, old_len),
                run(LineChange::Added, old_index + old_len, new_index, new_len),
            ],
        })
        .collect()
}
