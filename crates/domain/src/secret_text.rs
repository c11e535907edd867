//! Secret texts: what is typed on its way into the engine, and values inside the engine or the vault.

use std::fmt;

use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

/// A secret text on its way into the engine: a value, a key, a passphrase.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SecretInput(Zeroizing<String>);

impl SecretInput {
    pub fn new(text: impl Into<String>) -> Self {
        Self(Zeroizing::new(text.into()))
    }

    pub fn expose(&self) -> &str {
        &self.0
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Debug for SecretInput {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretInput(…)")
    }
}

/// A secret value inside the engine or the vault. It is wiped on drop, and cannot be serialized:
///
/// ```compile_fail,E0277
/// fn answer(_: impl serde::Serialize) {}
/// answer(latchkey_domain::secret_text::SecretValue::text("fake"));
/// ```
#[derive(Clone, PartialEq, Eq)]
pub enum SecretValue {
    Text(Zeroizing<String>),
    Binary(Zeroizing<Vec<u8>>),
}

impl SecretValue {
    pub fn text(text: impl Into<String>) -> Self {
        Self::Text(Zeroizing::new(text.into()))
    }

    pub fn binary(bytes: impl Into<Vec<u8>>) -> Self {
        Self::Binary(Zeroizing::new(bytes.into()))
    }

    pub fn as_bytes(&self) -> &[u8] {
        match self {
            Self::Text(text) => text.as_bytes(),
            Self::Binary(bytes) => bytes,
        }
    }

    /// The field of the API that holds it.
    pub fn field(&self) -> ValueField {
        match self {
            Self::Text(_) => ValueField::SecretString,
            Self::Binary(_) => ValueField::SecretBinary,
        }
    }

    /// The same bytes in this field; none where they are no text.
    pub fn in_field(&self, field: ValueField) -> Option<Self> {
        match field {
            ValueField::SecretString => std::str::from_utf8(self.as_bytes()).ok().map(Self::text),
            ValueField::SecretBinary => Some(Self::binary(self.as_bytes())),
        }
    }
}

/// Where consumers find a value in the answer of GetSecretValue: never in both.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ValueField {
    SecretString,
    SecretBinary,
}

impl ValueField {
    /// As the API spells it.
    pub fn name(self) -> &'static str {
        match self {
            Self::SecretString => "SecretString",
            Self::SecretBinary => "SecretBinary",
        }
    }
}

impl fmt::Debug for SecretValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Text(_) => "SecretValue::Text(…)",
            Self::Binary(_) => "SecretValue::Binary(…)",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::{SecretInput, SecretValue};

    #[test]
    fn debug_output_never_holds_a_value() {
        let shown = format!(
            "{:?} {:?} {:?}",
            SecretInput::new("fake-canary"),
            SecretValue::text("fake-canary"),
            SecretValue::binary(*b"fake-canary"),
        );
        assert!(!shown.contains("canary"), "{shown}");
    }
}
