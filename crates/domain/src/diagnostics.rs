//! The diagnostics: a text about the program that is safe to post publicly.

use serde::{Deserialize, Serialize};

/// Creates the diagnostics, which are shown before they are copied.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct TakeDiagnostics {}

/// What runs where, how many connections of which kind there are, which settings differ, and the outcome of the last
/// requests. No name, account, Region, endpoint or value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Diagnostics {
    pub text: String,
}

/// Copies the shown text to the clipboard.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct CopyDiagnostics {
    pub text: String,
}
