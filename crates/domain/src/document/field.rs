//! A field of a JSON object: its kind, what is shown of it while it is masked, and one that is to be made.

use serde::{Deserialize, Serialize};

use crate::secret_text::SecretInput;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldShape {
    pub key: String,
    pub kind: JsonKind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum JsonKind {
    String,
    Number,
    Boolean,
    Null,
    Object,
    Array,
}

impl JsonKind {
    pub fn word(self) -> &'static str {
        match self {
            Self::String => "text",
            Self::Number => "number",
            Self::Boolean => "boolean",
            Self::Null => "null",
            Self::Object => "object",
            Self::Array => "array",
        }
    }
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct NewField {
    pub key: String,
    pub value: SecretInput,
}
