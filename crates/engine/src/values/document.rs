//! An opened value: what may be shown of it while it is masked, and its parts when they are asked for.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use latchkey_domain::ApiError;
use latchkey_domain::document::Document;
use latchkey_domain::secret_text::SecretValue;
use latchkey_domain::value::{Layout, Part, Revealed};
use zeroize::Zeroizing;

/// A value and, where it is a JSON object, its document. Wiped on drop, like the value.
#[derive(Debug)]
pub(super) struct OpenedValue {
    value: SecretValue,
    /// None for what is no JSON object.
    object: Option<Document>,
}

impl OpenedValue {
    pub fn new(value: SecretValue) -> Self {
        let document = match &value {
            SecretValue::Text(text) => Document::parse(text).ok(),
            SecretValue::Binary(_) => None,
        };
        Self { value, object: document.filter(|document| document.fields().is_some()) }
    }

    pub fn value(&self) -> &SecretValue {
        &self.value
    }

    pub fn size_bytes(&self) -> usize {
        self.value.as_bytes().len()
    }

    pub fn layout(&self) -> Layout {
        match (&self.value, self.object.as_ref().and_then(Document::fields)) {
            (SecretValue::Binary(_), _) => Layout::Binary,
            (SecretValue::Text(_), None) => Layout::Text,
            (SecretValue::Text(_), Some(fields)) => Layout::Fields(fields),
        }
    }

    /// What a person sees of a part.
    pub fn reveal(&self, part: Part) -> Result<Revealed, ApiError> {
        Ok(match (part, &self.value, &self.object) {
            (Part::Field(index), ..) => Revealed::Field(self.field(index)?.to_string()),
            (Part::All, SecretValue::Text(_), Some(object)) => {
                Revealed::Fields(object.root().members().map(|field| field.shown().to_string()).collect())
            }
            (Part::All | Part::Source, SecretValue::Text(text), _) => Revealed::Text(text.to_string()),
            (Part::All | Part::Source, SecretValue::Binary(bytes), _) => {
                Revealed::Binary(BASE64_STANDARD.encode(bytes))
            }
        })
    }

    /// What goes to the clipboard: a field as it is shown, a whole text as it is stored, bytes as base64.
    pub fn copy(&self, part: Part) -> Result<Zeroizing<String>, ApiError> {
        match (part, &self.value) {
            (Part::Field(index), _) => self.field(index),
            (Part::All | Part::Source, SecretValue::Text(text)) => Ok(text.clone()),
            (Part::All | Part::Source, SecretValue::Binary(bytes)) => {
                Ok(Zeroizing::new(BASE64_STANDARD.encode(bytes)))
            }
        }
    }

    fn field(&self, index: usize) -> Result<Zeroizing<String>, ApiError> {
        let found = self.object.as_ref().and_then(|object| object.root().member(index));
        found.map(|field| field.shown()).ok_or_else(|| {
            ApiError::invalid("part", format!("This version has no field number {}.", index + 1))
        })
    }
}

#[cfg(test)]
mod tests {
    use latchkey_domain::secret_text::SecretValue;
    use latchkey_domain::value::{Layout, Part, Revealed};

    use latchkey_domain::document::{JsonKind, MAX_DEPTH};

    use super::OpenedValue;

    fn text(text: &str) -> OpenedValue {
        OpenedValue::new(SecretValue::text(text))
    }

    #[test]
    fn an_object_keeps_its_order_its_doubles_and_every_digit() {
        let document = text(
            " { \"port\" : 5432.00 , \"a\":\"x\\n\\u00e9\", \"a\":\"second\", \"big\": 12345678901234567890123,\n\
             \"deep\":{ \"b\" : [1, 2] }, \"no\":null, \"on\":true, \"list\":[ ] } ",
        );
        let Layout::Fields(fields) = document.layout() else { panic!("an object has fields") };
        let kinds: Vec<_> = fields.iter().map(|field| (field.key.as_str(), field.kind)).collect();
        assert_eq!(
            kinds,
            [
                ("port", JsonKind::Number),
                ("a", JsonKind::String),
                ("a", JsonKind::String),
                ("big", JsonKind::Number),
                ("deep", JsonKind::Object),
                ("no", JsonKind::Null),
                ("on", JsonKind::Boolean),
                ("list", JsonKind::Array),
            ]
        );
        let all = [
            "5432.00",
            "x\né",
            "second",
            "12345678901234567890123",
            "{ \"b\" : [1, 2] }",
            "null",
            "true",
            "[ ]",
        ];
        assert_eq!(document.reveal(Part::All), Ok(Revealed::Fields(all.map(str::to_owned).into())));
        for (index, shown) in all.into_iter().enumerate() {
            assert_eq!(document.reveal(Part::Field(index)), Ok(Revealed::Field(shown.into())));
            assert_eq!(document.copy(Part::Field(index)).expect("a field").as_str(), shown);
        }
        document.reveal(Part::Field(all.len())).expect_err("there is no such field");
    }

    #[test]
    fn the_source_is_the_text_as_it_is_stored() {
        let stored = " {\"a\" : 1.0,\r\n\"a\":2}";
        assert_eq!(text(stored).reveal(Part::Source), Ok(Revealed::Text(stored.into())));
    }

    #[test]
    fn what_is_no_json_object_is_text() {
        for other in [
            "",
            "plain",
            "[1]",
            "\"x\"",
            "5",
            "{\"a\":1} x",
            "{\"a\":1,}",
            "{'a':1}",
            "\u{feff}{}",
            "{\"a\":",
        ] {
            let document = text(other);
            assert_eq!(document.layout(), Layout::Text, "{other:?}");
            assert_eq!(document.reveal(Part::All), Ok(Revealed::Text(other.into())));
            document.reveal(Part::Field(0)).expect_err("text has no fields");
        }
        assert_eq!(text("{}").layout(), Layout::Fields(vec![]), "an object may be empty");
    }

    #[test]
    fn an_object_that_is_nested_too_deep_is_text_only() {
        let nested = |depth: usize| format!("{{\"a\":{}{}}}", "[".repeat(depth - 1), "]".repeat(depth - 1));
        assert!(matches!(text(&nested(MAX_DEPTH)).layout(), Layout::Fields(fields) if fields.len() == 1));
        assert_eq!(text(&nested(MAX_DEPTH + 1)).layout(), Layout::Text, "as the editor reads it");
    }

    #[test]
    fn half_a_surrogate_is_shown_as_it_is_written() {
        assert_eq!(text(r#"{"a":"\ud800"}"#).reveal(Part::Field(0)), Ok(Revealed::Field(r"\ud800".into())));
    }

    #[test]
    fn bytes_are_shown_and_copied_as_base64() {
        let document = OpenedValue::new(SecretValue::binary(*b"\x00fake"));
        assert_eq!(document.layout(), Layout::Binary);
        assert_eq!(document.reveal(Part::All), Ok(Revealed::Binary("AGZha2U=".into())));
        assert_eq!(document.copy(Part::All).expect("all").as_str(), "AGZha2U=");
    }
}
