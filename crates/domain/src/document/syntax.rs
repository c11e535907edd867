//! What is wrong with a text that is not JSON, and where.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::MAX_DEPTH;

/// A place in a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// From 1.
    pub line: usize,
    /// From 1, in characters.
    pub column: usize,
    /// From 0, in bytes.
    pub offset: usize,
}

impl Place {
    /// The place of a byte; it must begin a character.
    pub(super) fn of(text: &str, offset: usize) -> Self {
        let before = text.get(..offset).unwrap_or(text);
        let line_start = before.rfind('\n').map_or(0, |at| at + 1);
        let line = before.bytes().filter(|&b| b == b'\n').count() + 1;
        Self { line, column: before[line_start..].chars().count() + 1, offset }
    }
}

/// Why a text is not a JSON document. Quotes nothing of the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
pub struct SyntaxError {
    pub at: Place,
    pub fault: Fault,
    /// The text ends where more is expected.
    pub ended: bool,
}

impl fmt::Display for SyntaxError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Place { line, column, .. } = self.at;
        let ending = if self.ended { ", but the text ends here" } else { "" };
        write!(f, "Line {line}, column {column}: {}{ending}.", self.fault)
    }
}

/// What is expected, or not allowed, at a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fault {
    ByteOrderMark,
    Value,
    KeyOrBrace,
    Key,
    Colon,
    CommaOrBrace,
    CommaOrBracket,
    TrailingComma,
    TrailingText,
    Digit,
    Literal,
    ClosingQuote,
    ControlCharacter,
    Escape,
    HexDigits,
    TooDeep,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::ByteOrderMark => "a byte order mark precedes the JSON; remove it",
            Self::Value => {
                "expected a value: a string in double quotes, a number, true, false, null, an object or an array"
            }
            Self::KeyOrBrace => "expected a key in double quotes or a closing }",
            Self::Key => "expected a key in double quotes",
            Self::Colon => "expected a colon after the key",
            Self::CommaOrBrace => "expected a comma or a closing }",
            Self::CommaOrBracket => "expected a comma or a closing ]",
            Self::TrailingComma => "a comma precedes the closing bracket; remove it",
            Self::TrailingText => "the JSON is complete before this; remove what follows",
            Self::Digit => "expected a digit",
            Self::Literal => "expected true, false or null, in lowercase",
            Self::ClosingQuote => "expected the closing double quote of a string",
            Self::ControlCharacter => {
                "a control character is in a string; write it as an escape, \\n for a line break"
            }
            Self::Escape => "after a backslash one of \" \\ / b f n r t u is expected",
            Self::HexDigits => "expected four hexadecimal digits after \\u",
            Self::TooDeep => {
                return write!(f, "more than {MAX_DEPTH} objects and arrays are open; this is shown as text");
            }
        })
    }
}
