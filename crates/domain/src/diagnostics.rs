//! The diagnostics: a text about the program that is safe to paste in public.

use serde::{Deserialize, Serialize};

/// Writes the diagnostics, to be looked at before they are copied.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct TakeDiagnostics {}

/// What runs where, how many connections of which kind there are, which settings differ, and what became of the last
/// requests. No name, account, Region, endpoint or value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Diagnostics {
    pub text: String,
}

/// Puts the text that was looked at on the clipboard.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct CopyDiagnostics {
    pub text: String,
}
