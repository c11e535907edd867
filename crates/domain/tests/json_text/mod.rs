//! JSON texts as people and programs write them: odd spacing, escapes, big numbers, keys that stand twice.
#![allow(dead_code, clippy::unwrap_used, reason = "each test file takes what it needs")]

use std::fmt;

use proptest::prelude::*;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

/// One field of an object with the white space around it; `colon` is the colon with its white space.
#[derive(Debug, Clone)]
pub struct Field {
    pub before: String,
    pub key: String,
    pub colon: String,
    pub value: String,
    pub after: String,
}

pub fn print_object(fields: &[Field]) -> String {
    let printed: Vec<_> = fields
        .iter()
        .map(|f| [&f.before, &f.key, &f.colon, &f.value, &f.after].into_iter().cloned().collect::<String>())
        .collect();
    format!("{{{}}}", printed.join(","))
}

pub fn json_text() -> impl Strategy<Value = String> {
    scalar_text().prop_recursive(4, 40, 6, |inner| {
        prop_oneof![
            prop::collection::vec((blanks(), inner.clone(), blanks()), 0..6).prop_map(|items| {
                let items: Vec<_> = items.into_iter().map(|(a, value, b)| a + &value + &b).collect();
                format!("[{}]", items.join(","))
            }),
            prop::collection::vec(field(inner), 0..6).prop_map(|fields| print_object(&fields)),
        ]
    })
}

pub fn object_text(fields: std::ops::Range<usize>) -> impl Strategy<Value = Vec<Field>> {
    prop::collection::vec(field(json_text()), fields)
}

fn field(value: impl Strategy<Value = String>) -> impl Strategy<Value = Field> {
    let key = prop_oneof!["\"[abc]\"".prop_map(String::from), string_text()];
    (blanks(), key, blanks(), blanks(), value, blanks()).prop_map(
        |(before, key, front, back, value, after)| Field {
            before,
            key,
            colon: format!("{front}:{back}"),
            value,
            after,
        },
    )
}

fn blanks() -> impl Strategy<Value = String> {
    prop_oneof![3 => Just(String::new()), 1 => "[ \t\r\n]{1,3}"]
}

fn scalar_text() -> impl Strategy<Value = String> {
    prop_oneof![
        3 => string_text(),
        2 => "-?(0|[1-9][0-9]{0,30})(\\.[0-9]{1,20})?([eE][+-]?[0-9]{1,4})?",
        1 => prop::sample::select(vec!["true", "false", "null"]).prop_map(String::from),
    ]
}

pub fn string_text() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        4 => "[^\"\\\\\\x00-\\x1f]{1,4}",
        1 => prop::sample::select(vec![
            "\\\"", "\\\\", "\\/", "\\b", "\\f", "\\n", "\\r", "\\t", "\\u0000", "\\u00e9", "\\u00E9", "\\ud83d\\ude00",
            "\\ud800", "\\uDFFF", "\\ud800\\u0041", "😀", "\u{202e}", "\u{7f}",
        ]).prop_map(String::from),
    ];
    prop::collection::vec(piece, 0..5).prop_map(|pieces| format!("\"{}\"", pieces.concat()))
}

/// The keys and the untouched texts of the values of an object, as serde_json reads them. A key that serde_json
/// cannot hold is a mark.
pub fn field_texts(text: &str) -> Vec<(String, String)> {
    struct Fields;
    impl<'de> Visitor<'de> for Fields {
        type Value = Vec<(String, String)>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("an object")
        }

        fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
            let mut fields = Vec::new();
            while let Some((key, value)) = map.next_entry::<Box<RawValue>, Box<RawValue>>()? {
                let key = serde_json::from_str(key.get()).unwrap_or_else(|_| key.get().to_owned());
                fields.push((key, value.get().to_owned()));
            }
            Ok(fields)
        }
    }
    serde_json::Deserializer::from_str(text).deserialize_map(Fields).expect("the text is a JSON object")
}
