//! A value as it was read: its bytes untouched, and where the fields of a JSON object lie in them.

use std::fmt;
use std::ops::Range;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use latchkey_domain::ApiError;
use latchkey_domain::value::{FieldShape, JsonKind, Layout, Part, Revealed, SecretValue};
use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;
use zeroize::Zeroizing;

/// A value and its layout. Wiped on drop, like the value.
#[derive(Debug)]
pub(super) struct Document {
    value: SecretValue,
    /// None for what is no JSON object.
    fields: Option<Vec<Field>>,
}

#[derive(Debug)]
struct Field {
    key: String,
    kind: JsonKind,
    /// Where its JSON lies in the text.
    span: Range<usize>,
}

impl Document {
    pub fn new(value: SecretValue) -> Self {
        let fields = match &value {
            SecretValue::Text(text) => fields(text),
            SecretValue::Binary(_) => None,
        };
        Self { value, fields }
    }

    pub fn value(&self) -> &SecretValue {
        &self.value
    }

    pub fn size_bytes(&self) -> usize {
        self.value.as_bytes().len()
    }

    pub fn layout(&self) -> Layout {
        match (&self.value, &self.fields) {
            (SecretValue::Binary(_), _) => Layout::Binary,
            (SecretValue::Text(_), None) => Layout::Text,
            (SecretValue::Text(_), Some(fields)) => Layout::Fields(
                fields.iter().map(|field| FieldShape { key: field.key.clone(), kind: field.kind }).collect(),
            ),
        }
    }

    /// What a person sees of a part.
    pub fn reveal(&self, part: Part) -> Result<Revealed, ApiError> {
        Ok(match (part, &self.value, &self.fields) {
            (Part::Field(index), ..) => Revealed::Field(self.field(index)?.to_string()),
            (Part::All, SecretValue::Text(text), Some(fields)) => Revealed::Fields(
                fields.iter().map(|field| shown(&text[field.span.clone()]).to_string()).collect(),
            ),
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
        let found = self.fields.as_ref().and_then(|fields| fields.get(index));
        match (&self.value, found) {
            (SecretValue::Text(text), Some(field)) => Ok(shown(&text[field.span.clone()])),
            _ => Err(ApiError::invalid("part", format!("This version has no field number {}.", index + 1))),
        }
    }
}

/// A string without its quotes, anything else as it is written.
fn shown(json: &str) -> Zeroizing<String> {
    let unquoted = serde_json::from_str::<String>(json);
    Zeroizing::new(unquoted.unwrap_or_else(|_| json.to_owned()))
}

/// The fields of a JSON object in their order, doubles included; `None` if the text is anything else.
fn fields(text: &str) -> Option<Vec<Field>> {
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let found = deserializer.deserialize_map(Fields { text }).ok()?;
    deserializer.end().ok()?;
    Some(found)
}

/// Reads an object as pairs, so that the second of two equal keys does not replace the first.
struct Fields<'t> {
    text: &'t str,
}

impl<'t> Visitor<'t> for Fields<'t> {
    type Value = Vec<Field>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON object")
    }

    fn visit_map<A: MapAccess<'t>>(self, mut map: A) -> Result<Vec<Field>, A::Error> {
        let mut fields = Vec::new();
        while let Some((key, raw)) = map.next_entry::<String, &'t RawValue>()? {
            let json = raw.get();
            // The raw value is a part of the text that is read: its place is the distance of the two.
            let start = json.as_ptr().addr() - self.text.as_ptr().addr();
            fields.push(Field { key, kind: kind(json), span: start..start + json.len() });
        }
        Ok(fields)
    }
}

fn kind(json: &str) -> JsonKind {
    match json.as_bytes().first() {
        Some(b'"') => JsonKind::String,
        Some(b'{') => JsonKind::Object,
        Some(b'[') => JsonKind::Array,
        Some(b't' | b'f') => JsonKind::Boolean,
        Some(b'n') => JsonKind::Null,
        _ => JsonKind::Number,
    }
}

#[cfg(test)]
mod tests {
    use latchkey_domain::value::{JsonKind, Layout, Part, Revealed, SecretValue};

    use super::Document;

    fn text(text: &str) -> Document {
        Document::new(SecretValue::text(text))
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
    fn an_object_may_be_deeper_than_any_stack() {
        let deep = format!("{{\"a\":{}{}}}", "[".repeat(20_000), "]".repeat(20_000));
        assert!(matches!(text(&deep).layout(), Layout::Fields(fields) if fields.len() == 1));
    }

    #[test]
    fn half_a_surrogate_is_shown_as_it_is_written() {
        assert_eq!(
            text(r#"{"a":"\ud800"}"#).reveal(Part::Field(0)),
            Ok(Revealed::Field(r#""\ud800""#.into()))
        );
    }

    #[test]
    fn bytes_are_shown_and_copied_as_base64() {
        let document = Document::new(SecretValue::binary(*b"\x00fake"));
        assert_eq!(document.layout(), Layout::Binary);
        assert_eq!(document.reveal(Part::All), Ok(Revealed::Binary("AGZha2U=".into())));
        assert_eq!(document.copy(Part::All).expect("all").as_str(), "AGZha2U=");
    }
}
