//! Text from the clipboard as the fields of a new secret: a JSON object, or the lines of an `.env` file.
//!
//! An `.env` file is read as most loaders read it: `export` in front, single quotes as they are, double quotes with
//! escapes, both over several lines, `#` comments. Variables are not expanded: `$HOME` stays `$HOME`. Nothing is dropped
//! in silence: what is no assignment, and a key that comes twice, is told by its line.

use std::collections::HashSet;
use std::fmt;

use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::document::{Document, NewField, SyntaxError};
use crate::secret_text::SecretInput;

/// What was pasted.
#[derive(Debug)]
pub enum Pasted {
    /// A JSON object; the document keeps it as it was written.
    Json(Document),
    Env(EnvText),
}

/// The fields of an `.env` text in their order, and what could not be read.
#[derive(Debug, Clone, Default)]
pub struct EnvText {
    pub fields: Vec<NewField>,
    pub problems: Vec<EnvProblem>,
}

/// A line that needs a look. Quotes nothing of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct EnvProblem {
    /// From 1.
    pub line: usize,
    pub kind: EnvProblemKind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EnvProblemKind {
    /// No `KEY=value`; the line is left out.
    NotAnAssignment,
    /// The quote is never closed; the rest of the line is taken as it is.
    UnclosedQuote,
    /// Text stands behind the closing quote; it is left out.
    TextAfterQuote,
    /// The key stands above already; both fields are kept.
    DuplicateKey,
}

impl fmt::Display for EnvProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let told = match self.kind {
            EnvProblemKind::NotAnAssignment => "this is not KEY=value, and was skipped",
            EnvProblemKind::UnclosedQuote => {
                "the closing quote is missing; the opening quote was kept as part of the value"
            }
            EnvProblemKind::TextAfterQuote => "the text after the closing quote was ignored",
            EnvProblemKind::DuplicateKey => "duplicate key; choose which one to keep",
        };
        write!(f, "Line {}: {told}.", self.line)
    }
}

/// Why nothing can be made of a pasted text. Quotes nothing of it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PasteError {
    #[error("There is no text to paste.")]
    Empty,
    #[error("This looks like JSON and cannot be read. {0}")]
    Syntax(SyntaxError),
    #[error("No line is KEY=value, and the text is not a JSON object. Paste it as plain text instead.")]
    NoFields,
}

/// Reads a pasted text; JSON is what begins with a brace.
pub fn read(text: &str) -> Result<Pasted, PasteError> {
    // Editors on Windows leave a byte order mark in front, which belongs to no field.
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    if text.trim().is_empty() {
        return Err(PasteError::Empty);
    }
    if text.trim_start().starts_with('{') {
        let document = Document::parse(text).map_err(PasteError::Syntax)?;
        return Ok(Pasted::Json(document));
    }
    let env = read_env(text);
    if env.fields.is_empty() { Err(PasteError::NoFields) } else { Ok(Pasted::Env(env)) }
}

/// Reads the lines of an `.env` file.
pub fn read_env(text: &str) -> EnvText {
    let mut env = EnvText::default();
    let mut keys = HashSet::new();
    let mut rest = text;
    let mut line = 1;
    while !rest.is_empty() {
        let read = assignment(rest);
        let problem = |kind| EnvProblem { line, kind };
        env.problems.extend(read.problem.map(problem));
        if let Some(field) = read.field {
            if !keys.insert(field.key.clone()) {
                env.problems.push(problem(EnvProblemKind::DuplicateKey));
            }
            env.fields.push(field);
        }
        line += rest[..read.bytes].matches('\n').count();
        rest = &rest[read.bytes..];
    }
    env
}

/// One assignment, comment or blank line, which may be several lines of text.
struct Read {
    /// How much of the text it takes, line break included.
    bytes: usize,
    field: Option<NewField>,
    problem: Option<EnvProblemKind>,
}

fn assignment(text: &str) -> Read {
    let line = text.split_inclusive('\n').next().unwrap_or(text);
    let nothing = |problem| Read { bytes: line.len(), field: None, problem };
    let start = line.trim_start();
    if start.is_empty() || start.starts_with('#') {
        return nothing(None);
    }
    let Some((name, _)) = line.split_once('=') else {
        return nothing(Some(EnvProblemKind::NotAnAssignment));
    };
    let value_at = name.len() + 1;
    let key = without_export(name.trim());
    if key.is_empty() || key.contains(|c: char| c.is_whitespace() || "\"'`#".contains(c)) {
        return nothing(Some(EnvProblemKind::NotAnAssignment));
    }
    let value = text[value_at..].trim_start_matches([' ', '\t']);
    let (value, bytes, problem) = match value.chars().next().filter(|c| "\"'`".contains(*c)) {
        None => (Zeroizing::new(unquoted(&line[value_at..]).to_owned()), line.len(), None),
        Some(quote) => match quoted(&value[1..], quote) {
            None => {
                let as_it_is = Zeroizing::new(line[value_at..].trim().to_owned());
                (as_it_is, line.len(), Some(EnvProblemKind::UnclosedQuote))
            }
            Some((content, length)) => {
                let behind = &value[1 + length + 1..];
                let tail = behind.split_inclusive('\n').next().unwrap_or_default();
                let is_clean = tail.trim().is_empty() || tail.trim_start().starts_with('#');
                let problem = (!is_clean).then_some(EnvProblemKind::TextAfterQuote);
                (content, text.len() - behind.len() + tail.len(), problem)
            }
        },
    };
    Read { bytes, field: Some(NewField { key: key.to_owned(), value: SecretInput::new(&*value) }), problem }
}

fn without_export(name: &str) -> &str {
    match name.strip_prefix("export") {
        Some(key) if key.starts_with(char::is_whitespace) => key.trim_start(),
        _ => name,
    }
}

/// A value without quotes: up to a `#` behind a blank, without the blanks around it.
fn unquoted(text: &str) -> &str {
    let comment = text
        .char_indices()
        .find(|&(at, c)| c == '#' && (at == 0 || text[..at].ends_with(char::is_whitespace)));
    text[..comment.map_or(text.len(), |(at, _)| at)].trim()
}

/// The text up to the closing quote, and how many bytes it takes there. Escapes count between double quotes only.
fn quoted(text: &str, quote: char) -> Option<(Zeroizing<String>, usize)> {
    let mut content = Zeroizing::new(String::with_capacity(text.len()));
    let mut chars = text.char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            _ if c == quote => return Some((content, at)),
            '\\' if quote == '"' => match chars.next()?.1 {
                'n' => content.push('\n'),
                'r' => content.push('\r'),
                't' => content.push('\t'),
                itself @ ('"' | '\\' | '$' | '`') => content.push(itself),
                other => content.extend(['\\', other]),
            },
            '\r' if text[at..].starts_with("\r\n") => {}
            _ => content.push(c),
        }
    }
    None
}
