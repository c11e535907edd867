//! The diagnostics: a text about the program that is safe to paste in public.

use serde::{Deserialize, Serialize};

/// Puts the diagnostics on the clipboard and answers them: what runs where, how many connections of which kind there
/// are, which settings differ, and what became of the last requests. No name, account, Region, endpoint or value.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct CopyDiagnostics {}

/// What was put on the clipboard.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Diagnostics {
    pub text: String,
}
