//! Requests about the value of a secret, what is shown of one while it is masked, and what may come out.
//!
//! [`Revealed`] is the only type that carries a value to the front end; the [contract](crate::contract) lists the
//! requests that it answers.

use std::fmt;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::document::{FieldShape, NewField, Notice, SyntaxError};
use crate::scope::Scope;
use crate::secret_text::SecretInput;
use crate::template::Finding;

/// The value of a new secret, as it is typed.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "kind", content = "value", rename_all = "snake_case")]
pub enum NewValue {
    /// Becomes a JSON object of texts, in this order.
    Fields(Vec<NewField>),
    Text(SecretInput),
    /// What another version holds, byte for byte; it does not pass the window.
    CopyOf(VersionRef),
}

/// One version of one secret.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct VersionRef {
    pub scope: Scope,
    pub secret_id: String,
    /// Empty for the version that readers get, where no version is known (rules, Reading 3).
    pub version_id: String,
}

impl VersionRef {
    /// What readers get who name no version.
    pub fn current(scope: Scope, secret_id: String) -> Self {
        Self { scope, secret_id, version_id: String::new() }
    }
}

/// Reads a version (one GetSecretValue) into the engine and tells its masked shape.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct OpenValue {
    pub version: VersionRef,
}

/// Hands a part of an opened version to the front end; reads it first if it was not open.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct RevealValue {
    pub version: VersionRef,
    pub part: Part,
}

/// Puts a part of a version on the OS clipboard; the front end never sees it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct CopyValue {
    pub version: VersionRef,
    pub part: Part,
}

/// Writes a version's value into a file that the person chooses in a dialog of the engine.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ExportValue {
    pub version: VersionRef,
}

/// What came of an export.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExportedValue {
    /// Where it lies; none if the person changed their mind.
    pub path: Option<String>,
}

/// Wipes an opened version from the engine's memory.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct CloseValue {
    pub version: VersionRef,
}

/// Compares two versions of one secret, each read first if it was not open (one GetSecretValue each). The answer is
/// masked.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct CompareVersions {
    /// The old one.
    pub left: VersionRef,
    /// The new one.
    pub right: VersionRef,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "part", content = "index", rename_all = "snake_case")]
pub enum Part {
    All,
    /// The whole as it is stored, to be edited.
    Source,
    /// A field of a JSON object, by its place.
    Field(usize),
}

/// What may be shown of an opened value while it is masked: keys and kinds, never content or its length.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ValueShape {
    pub version_id: String,
    pub stages: Vec<String>,
    pub created_at: Option<DateTime<Utc>>,
    pub size_bytes: usize,
    pub layout: Layout,
    /// The structure that its keys look like, and what rotation would miss.
    #[serde(default)]
    pub finding: Option<Finding>,
    /// Valid JSON that parsers read differently.
    #[serde(default)]
    pub notices: Vec<Notice>,
    /// Why a text that looks like JSON is none.
    #[serde(default)]
    pub fault: Option<SyntaxError>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "layout", content = "fields", rename_all = "snake_case")]
pub enum Layout {
    /// A JSON object, in its own order; a key that stands twice is here twice.
    Fields(Vec<FieldShape>),
    Text,
    Binary,
}

/// A value in the clear, for the eyes in front of the window.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "revealed", content = "content", rename_all = "snake_case")]
pub enum Revealed {
    /// Every field, in the order of the shape; a string without its quotes, anything else as JSON.
    Fields(Vec<String>),
    Field(String),
    Text(String),
    /// Base64 (RFC 4648, padded).
    Binary(String),
}

impl fmt::Debug for Revealed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Revealed(…)")
    }
}

/// What was done with the clipboard.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Copied {
    /// Seconds until the clipboard is cleared, if it still holds what was copied.
    pub clears_after_seconds: u32,
}

#[cfg(test)]
mod tests {
    use super::Revealed;

    #[test]
    fn debug_output_never_holds_what_is_revealed() {
        let shown = format!("{:?}", Revealed::Text("fake-canary".into()));
        assert!(!shown.contains("canary"), "{shown}");
    }
}
