//! A JSON document that keeps every byte it is not asked to change.
//!
//! White space, escapes, the texts of numbers, the order of keys and keys that stand twice are all kept: an edit
//! replaces the bytes of one value and no others. What is not JSON is refused with its place and stays text.
//!
//! Decided here:
//! - Nesting is read down to [`MAX_DEPTH`]; a deeper text is not a document, and is shown as text only.
//! - A byte order mark at the front is refused, as most readers of secrets refuse it.
//! - A NUL or another bare control character inside a string is refused; `\u0000` is a character like any other.
//! - An escape of half a surrogate pair (`\ud800`) is JSON, but no character: it is kept, reported by
//!   [`Document::notices`], and shown as the escape itself.

mod edit;
mod field;
mod notice;
mod scan;
mod string;
mod syntax;
mod value;

use std::fmt;

use zeroize::Zeroizing;

pub use edit::{Edit, EditError};
pub use field::{FieldShape, JsonKind, NewField};
pub use notice::{Notice, NoticeKind};
pub use syntax::{Fault, Place, SyntaxError};
pub use value::{Members, Value};

use scan::Node;

pub(crate) use edit::{rebuild_members, spliced};

/// How many objects and arrays may be open inside one another.
pub const MAX_DEPTH: usize = 512;

/// Whether a text begins as an object or an array does, so that somebody may take it for JSON.
pub fn looks_like_json(text: &str) -> bool {
    text.trim_start().starts_with(['{', '['])
}

/// A valid JSON text with the places of its values. Its text is secret: it is wiped on drop and never shown by
/// `Debug`.
#[derive(Clone)]
pub struct Document {
    text: Zeroizing<String>,
    /// Every value in the order of the text, the root first.
    nodes: Vec<Node>,
}

impl Document {
    /// Reads a JSON text. The error names the place and what is expected there, and quotes nothing.
    pub fn parse(text: &str) -> Result<Self, SyntaxError> {
        Self::from_text(Zeroizing::new(text.to_owned()))
    }

    fn from_text(text: Zeroizing<String>) -> Result<Self, SyntaxError> {
        let nodes = scan::scan(&text)?;
        Ok(Self { text, nodes })
    }

    /// A JSON object of texts in this order, on one line.
    pub fn from_fields(fields: &[NewField]) -> Self {
        let texts: Vec<_> = fields
            .iter()
            .flat_map(|field| [string::encode(&field.key), string::encode(field.value.expose())])
            .collect();
        let mut parts = vec!["{"];
        for (place, text) in texts.iter().enumerate() {
            parts.extend([if place == 0 { "" } else { [",", ":"][place % 2] }, text.as_str()]);
        }
        parts.push("}");
        Self::from_text(edit::joined(&parts)).expect("keys and texts that were encoded here are JSON")
    }

    /// The whole text, byte for byte.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    pub fn into_text(self) -> Zeroizing<String> {
        self.text
    }

    pub fn root(&self) -> Value<'_> {
        Value::new(self, 0)
    }

    /// The value at the end of a way of positions: the third field's second item is `[2, 1]`, the root is `[]`.
    pub fn at(&self, way: &[usize]) -> Option<Value<'_>> {
        way.iter().try_fold(self.root(), |value, &position| value.member(position))
    }

    /// Keys and kinds of the fields, if the document is an object; a key that stands twice is here twice.
    pub fn fields(&self) -> Option<Vec<FieldShape>> {
        let root = self.root();
        (root.kind() == JsonKind::Object).then(|| {
            root.members()
                .map(|member| FieldShape {
                    key: member.key().unwrap_or_default().into_owned(),
                    kind: member.kind(),
                })
                .collect()
        })
    }

    /// Valid JSON that parsers read differently.
    pub fn notices(&self) -> Vec<Notice> {
        notice::notices(self)
    }
}

impl fmt::Debug for Document {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Document(…)")
    }
}

impl PartialEq for Document {
    /// Equal byte for byte.
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for Document {}
