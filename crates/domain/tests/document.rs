//! A document keeps every byte that it is not asked to change.
//!
//! `PROPTEST_CASES=5000` tries more random cases than the usual 256.
#![allow(clippy::unwrap_used)]

mod json_text;

use json_text::{Field, field_texts, json_text, object_text, print_object};
use latchkey_domain::document::{
    Document, Edit, EditError, Fault, JsonKind, MAX_DEPTH, NewField, NoticeKind, Place,
};
use latchkey_domain::secret_text::SecretInput;
use proptest::prelude::*;
use serde::de::IgnoredAny;

fn set(way: &[usize], text: &str) -> Edit {
    Edit::Set { way: way.to_vec(), kind: None, text: SecretInput::new(text) }
}

fn set_as(way: &[usize], kind: JsonKind, text: &str) -> Edit {
    Edit::Set { way: way.to_vec(), kind: Some(kind), text: SecretInput::new(text) }
}

fn add(way: &[usize], position: Option<usize>, key: Option<&str>, text: &str) -> Edit {
    let key = key.map(str::to_owned);
    Edit::Add { way: way.to_vec(), position, key, kind: JsonKind::String, text: SecretInput::new(text) }
}

fn edited(text: &str, edit: &Edit) -> String {
    let mut document = Document::parse(text).expect("the text of the test is JSON");
    document.apply(edit).expect("the edit of the test can be made");
    document.as_str().to_owned()
}

/// Whether one text is the other with bytes put in at a single place.
fn is_one_insertion(shorter: &str, longer: &str) -> bool {
    let (shorter, longer) = (shorter.as_bytes(), longer.as_bytes());
    let front = shorter.iter().zip(longer).take_while(|(a, b)| a == b).count();
    longer.ends_with(&shorter[front..])
}

proptest! {
    #[test]
    fn a_text_that_is_only_read_is_printed_byte_for_byte(text in json_text()) {
        let document = Document::parse(&text).expect("a generated text is JSON");
        prop_assert_eq!(document.as_str(), &text);
    }

    #[test]
    fn setting_one_field_keeps_all_other_bytes(
        fields in object_text(1..8), pick: prop::sample::Index, typed in json_text()
    ) {
        let place = pick.index(fields.len());
        let text = print_object(&fields);
        let new_kind = Document::parse(&typed).unwrap().root().kind();
        let shown = Document::parse(&typed).unwrap().root().shown().to_string();
        let mut document = Document::parse(&text).unwrap();
        let old_shown = document.at(&[place]).unwrap().shown().to_string();
        let same = document.at(&[place]).unwrap().kind() == new_kind && old_shown == shown;
        document.apply(&set_as(&[place], new_kind, &shown)).unwrap();

        let written = document.at(&[place]).unwrap().raw().to_owned();
        let mut expected = fields.clone();
        if !same {
            expected[place].value = written;
        }
        prop_assert_eq!(document.as_str(), print_object(&expected), "only the value's own bytes may change");
        prop_assert_eq!(document.at(&[place]).unwrap().kind(), new_kind);
        let shown_now = document.at(&[place]).unwrap().shown();
        prop_assert_eq!(shown_now.as_str(), shown);
    }

    #[test]
    fn renaming_one_field_keeps_all_other_bytes(
        fields in object_text(1..8), pick: prop::sample::Index, name in "\\PC{0,6}new"
    ) {
        let place = pick.index(fields.len());
        let way = vec![place];
        let mut expected = fields.clone();
        expected[place].key = serde_json::to_string(&name).unwrap();
        let result = edited(&print_object(&fields), &Edit::Rename { way, key: name });
        prop_assert_eq!(result, print_object(&expected));
    }

    #[test]
    fn moving_one_field_only_exchanges_the_texts_of_fields(
        fields in object_text(1..8), from: prop::sample::Index, to: prop::sample::Index
    ) {
        let (from, to) = (from.index(fields.len()), to.index(fields.len()));
        let mut members: Vec<_> =
            fields.iter().map(|f| (f.key.clone(), f.colon.clone(), f.value.clone())).collect();
        let moved = members.remove(from);
        members.insert(to, moved);
        let expected: Vec<Field> = fields.iter().zip(members).map(|(slot, (key, colon, value))| {
            Field { before: slot.before.clone(), key, colon, value, after: slot.after.clone() }
        }).collect();
        let result = edited(&print_object(&fields), &Edit::Move { way: vec![from], to });
        prop_assert_eq!(result, print_object(&expected));
    }

    #[test]
    fn removing_one_field_takes_out_one_run_of_bytes(
        fields in object_text(1..8), pick: prop::sample::Index
    ) {
        let place = pick.index(fields.len());
        let text = print_object(&fields);
        let result = edited(&text, &Edit::Remove { way: vec![place] });
        prop_assert!(is_one_insertion(&result, &text), "{text} became {result}");
        let mut expected = field_texts(&text);
        expected.remove(place);
        prop_assert_eq!(field_texts(&result), expected, "the other fields stay as they are written");
    }

    #[test]
    fn adding_one_field_puts_in_one_run_of_bytes(
        fields in object_text(0..8), position: prop::sample::Index, name in "\\PC{0,6}new", value in "\\PC{0,12}"
    ) {
        let position = position.index(fields.len() + 1);
        let text = print_object(&fields);
        let result = edited(&text, &add(&[], Some(position), Some(&name), &value));
        prop_assert!(is_one_insertion(&text, &result), "{text} became {result}");
        let mut expected = field_texts(&text);
        expected.insert(position, (name, serde_json::to_string(&value).unwrap()));
        prop_assert_eq!(field_texts(&result), expected);
    }

    #[test]
    fn validity_agrees_with_serde_json(
        text in json_text(), at: prop::sample::Index, cut in 0usize..3,
        put in prop::sample::select(vec![
            "", "\"", "\\", "{", "}", "[", "]", ",", ":", "0", "1", "-", ".", "e", "+", "t", "null", " ", "\u{0}", "\n",
            "\u{a0}", "\u{feff}", "é", "\\u00", "/",
        ])
    ) {
        let mut chars: Vec<char> = text.chars().collect();
        let from = at.index(chars.len() + 1);
        let upto = (from + cut).min(chars.len());
        chars.splice(from..upto, put.chars());
        let damaged: String = chars.into_iter().collect();
        let serde = serde_json::from_str::<IgnoredAny>(&damaged);
        let ours = Document::parse(&damaged);
        prop_assert_eq!(ours.is_ok(), serde.is_ok(), "{:?}: {:?}, serde_json: {:?}", damaged, ours, serde);
    }

    #[test]
    fn any_text_at_all_is_read_or_refused_with_a_place_inside_it(text in "\\PC{0,40}") {
        if let Err(error) = Document::parse(&text) {
            prop_assert!(error.at.offset <= text.len());
            prop_assert!(text.is_char_boundary(error.at.offset));
            prop_assert_eq!(error.ended, error.at.offset == text.len());
        }
    }

    #[test]
    fn strings_are_read_as_serde_json_reads_them(json in json_text()) {
        let document = Document::parse(&json).unwrap();
        if let Ok(text) = serde_json::from_str::<String>(&json) {
            let shown = document.root().shown();
            prop_assert_eq!(shown.as_str(), text);
        }
    }

    #[test]
    fn a_typed_text_is_written_as_the_shortest_json(text in any::<String>()) {
        let mut document = Document::parse("{\"k\":null}").unwrap();
        document.apply(&set_as(&[0], JsonKind::String, &text)).unwrap();
        let shortest = serde_json::to_string(&text).unwrap();
        prop_assert_eq!(document.at(&[0]).unwrap().raw(), shortest);
        let shown = document.at(&[0]).unwrap().shown();
        prop_assert_eq!(shown.as_str(), text);
    }
}

#[test]
fn an_edited_number_stays_a_number_of_any_size() {
    let text = r#"{ "port" : 5432, "big": 123456789012345678901234567890.50e-7 }"#;
    assert_eq!(
        edited(text, &set(&[0], "5433")),
        r#"{ "port" : 5433, "big": 123456789012345678901234567890.50e-7 }"#
    );
    let mut document = Document::parse(text).unwrap();
    for refused in ["", "five", "05", "0x10", "1.", "\"5432\"", "1 2", "NaN"] {
        assert_eq!(
            document.apply(&set(&[0], refused)),
            Err(EditError::NotOfKind(JsonKind::Number)),
            "{refused:?} is no JSON number"
        );
    }
    assert_eq!(document.as_str(), text, "a refused edit changes nothing");
    assert_eq!(
        edited(text, &set_as(&[0], JsonKind::String, "five")),
        r#"{ "port" : "five", "big": 123456789012345678901234567890.50e-7 }"#,
        "another kind is taken when it is asked for"
    );
}

#[test]
fn setting_a_text_to_what_it_says_already_keeps_its_escapes() {
    let text = r#"{"a":"caf\u00e9 \/ \ud83d\ude00"}"#;
    assert_eq!(edited(text, &set(&[0], "café / 😀")), text);
    assert_eq!(edited(text, &Edit::Rename { way: vec![0], key: "a".into() }), text);
}

#[test]
fn nested_values_are_edited_in_place() {
    let text = "{\n  \"db\": { \"hosts\": [\"a\",  \"b\"], \"ssl\": true }\n}";
    assert_eq!(
        edited(text, &set(&[0, 0, 1], "c")),
        "{\n  \"db\": { \"hosts\": [\"a\",  \"c\"], \"ssl\": true }\n}"
    );
    assert_eq!(
        edited(text, &add(&[0, 0], None, None, "c")),
        "{\n  \"db\": { \"hosts\": [\"a\",  \"b\",  \"c\"], \"ssl\": true }\n}"
    );
    assert_eq!(
        edited(text, &Edit::Remove { way: vec![0, 1] }),
        "{\n  \"db\": { \"hosts\": [\"a\",  \"b\"] }\n}"
    );
    assert_eq!(
        edited(text, &set(&[0, 0], "[1]")),
        "{\n  \"db\": { \"hosts\": [1], \"ssl\": true }\n}",
        "an array is typed as JSON"
    );
}

#[test]
fn a_new_field_is_spaced_as_its_neighbours() {
    let pretty = "{\n  \"a\": 1,\n  \"b\": 2\n}\n";
    assert_eq!(
        edited(pretty, &add(&[], None, Some("c"), "x")),
        "{\n  \"a\": 1,\n  \"b\": 2,\n  \"c\": \"x\"\n}\n"
    );
    assert_eq!(
        edited(pretty, &add(&[], Some(0), Some("c"), "x")),
        "{\n  \"c\": \"x\",\n  \"a\": 1,\n  \"b\": 2\n}\n"
    );
    assert_eq!(edited("{}", &add(&[], None, Some("c"), "x")), r#"{"c":"x"}"#);
    assert_eq!(edited("{ \"a\": 1 }", &add(&[], None, Some("c"), "x")), r#"{ "a": 1, "c": "x" }"#);
    assert_eq!(edited("{\n  \"a\": 1\n}", &Edit::Remove { way: vec![0] }), "{\n}");
}

#[test]
fn a_key_that_stands_twice_is_kept_shown_and_edited_by_its_place() {
    let text = r#"{"a":1,"b":{"x":1,"x":2},"\u0061":3}"#;
    let document = Document::parse(text).unwrap();
    let fields = document.fields().unwrap();
    assert_eq!(fields.iter().map(|f| f.key.as_str()).collect::<Vec<_>>(), ["a", "b", "a"]);
    let notices = document.notices();
    assert_eq!(
        notices.iter().map(|n| (n.kind, n.way.clone(), n.key.as_str(), n.at.offset)).collect::<Vec<_>>(),
        [
            (NoticeKind::DuplicateKey, vec![1, 1], "x", text.rfind("\"x\"").unwrap()),
            (NoticeKind::DuplicateKey, vec![2], "a", text.find("\"\\u0061").unwrap()),
        ]
    );
    assert_eq!(edited(text, &set(&[2], "4")), r#"{"a":1,"b":{"x":1,"x":2},"\u0061":4}"#);
    assert_eq!(edited(text, &Edit::Remove { way: vec![0] }), r#"{"b":{"x":1,"x":2},"\u0061":3}"#);
}

#[test]
fn an_edit_never_makes_a_second_key_of_the_same_name() {
    let mut document = Document::parse(r#"{"a":1,"b":2}"#).unwrap();
    let exists = Err(EditError::KeyExists("a".into()));
    assert_eq!(document.apply(&add(&[], None, Some("a"), "x")), exists);
    assert_eq!(document.apply(&Edit::Rename { way: vec![1], key: "a".into() }), exists);
}

#[test]
fn edits_of_what_is_not_there_are_refused() {
    let mut document = Document::parse(r#"{"a":[1]}"#).unwrap();
    assert_eq!(document.apply(&set(&[1], "x")), Err(EditError::NotThere));
    assert_eq!(document.apply(&set(&[0, 0, 0], "x")), Err(EditError::NotThere));
    assert_eq!(document.apply(&Edit::Remove { way: vec![] }), Err(EditError::NotAMember));
    assert_eq!(document.apply(&Edit::Move { way: vec![0], to: 1 }), Err(EditError::NotThere));
    assert_eq!(document.apply(&add(&[], Some(2), Some("b"), "x")), Err(EditError::NotThere));
    assert_eq!(document.apply(&add(&[], None, None, "x")), Err(EditError::KeyMismatch));
    assert_eq!(document.apply(&add(&[0], None, Some("b"), "x")), Err(EditError::KeyMismatch));
    assert_eq!(
        document.apply(&Edit::Rename { way: vec![0, 0], key: "b".into() }),
        Err(EditError::KeyMismatch)
    );
}

#[test]
fn faults_name_line_column_and_byte() {
    let cases = [
        ("", Fault::Value, 1, 1, true),
        ("{\"é\":}", Fault::Value, 1, 6, false),
        ("{\n  \"a\" 1}", Fault::Colon, 2, 7, false),
        ("{\"a\":1 \"b\":2}", Fault::CommaOrBrace, 1, 8, false),
        ("[1 2]", Fault::CommaOrBracket, 1, 4, false),
        ("{\"a\":1,}", Fault::TrailingComma, 1, 7, false),
        ("{'a':1}", Fault::KeyOrBrace, 1, 2, false),
        ("{\"a\":1,b:2}", Fault::Key, 1, 8, false),
        ("{} x", Fault::TrailingText, 1, 4, false),
        ("{\"a\":\"x", Fault::ClosingQuote, 1, 8, true),
        ("{\"a\":\"x\ny\"}", Fault::ControlCharacter, 1, 8, false),
        ("\"a\u{0}b\"", Fault::ControlCharacter, 1, 3, false),
        ("\"\\x\"", Fault::Escape, 1, 3, false),
        ("\"\\u12g4\"", Fault::HexDigits, 1, 4, false),
        ("1.", Fault::Digit, 1, 3, true),
        ("True", Fault::Value, 1, 1, false),
        ("tru", Fault::Literal, 1, 1, false),
        ("\u{feff}{}", Fault::ByteOrderMark, 1, 1, false),
    ];
    for (text, fault, line, column, ended) in cases {
        let error = Document::parse(text).expect_err(text);
        assert_eq!(
            (error.fault, error.at.line, error.at.column, error.ended),
            (fault, line, column, ended),
            "{text:?}"
        );
    }
    let error = Document::parse("{\"é\":}").unwrap_err();
    assert_eq!(
        error.at,
        Place { line: 1, column: 6, offset: 6 },
        "the offset counts bytes, the column characters"
    );
    assert_eq!(
        Document::parse("{\"a\" ").unwrap_err().to_string(),
        "Line 1, column 6: expected a colon after the key, but the text ends here."
    );
}

#[test]
fn nesting_is_read_to_the_limit_and_refused_beyond_it() {
    let nested = |depth: usize| "[".repeat(depth) + &"]".repeat(depth);
    assert!(Document::parse(&nested(MAX_DEPTH)).is_ok());
    let error = Document::parse(&nested(MAX_DEPTH + 1)).unwrap_err();
    assert_eq!((error.fault, error.at.offset), (Fault::TooDeep, MAX_DEPTH));
    assert_eq!(Document::parse(&"{\"a\":".repeat(100_000)).unwrap_err().fault, Fault::TooDeep);

    let mut document = Document::parse(&nested(MAX_DEPTH)).unwrap();
    let way = vec![0; MAX_DEPTH - 1];
    let deeper =
        Edit::Add { way, position: None, key: None, kind: JsonKind::Array, text: SecretInput::new("[]") };
    assert!(
        matches!(document.apply(&deeper), Err(EditError::Syntax(error)) if error.fault == Fault::TooDeep)
    );
}

#[test]
fn an_unusually_long_key_is_told_without_all_of_it() {
    let key = "k".repeat(60_000);
    let notices =
        Document::parse(&format!(r#"{{"a":1,"{key}":2,"{}":3}}"#, "b".repeat(255))).unwrap().notices();
    assert_eq!(notices.len(), 1, "255 characters may be meant");
    assert_eq!((notices[0].kind, notices[0].way.as_slice()), (NoticeKind::LongKey, [1].as_slice()));
    let told = notices[0].to_string();
    assert!(told.contains("60,000 characters") && told.len() < 200, "{told}");
    let twice = Document::parse(&format!(r#"{{"{key}":1,"{key}":2}}"#)).unwrap().notices();
    let told = twice.last().map(ToString::to_string).unwrap_or_default();
    assert!(told.contains("is there twice") && told.len() < 400, "{told}");
}

#[test]
fn half_a_surrogate_pair_is_kept_and_told() {
    let text = r#"{"a":"x\uD800y","b":"\ud83d\ude00"}"#;
    let document = Document::parse(text).unwrap();
    assert_eq!(document.as_str(), text);
    assert_eq!(document.at(&[0]).unwrap().shown().as_str(), r"x\ud800y");
    let notices = document.notices();
    assert_eq!(notices.len(), 1, "a whole pair is no notice: {notices:?}");
    assert_eq!((notices[0].kind, notices[0].key.as_str()), (NoticeKind::LoneSurrogate, "a"));
    let other = Document::parse(r#"{"a":"x\ud801y","b":"😀"}"#).unwrap();
    assert!(
        !document.at(&[0]).unwrap().is_same_as(other.at(&[0]).unwrap()),
        "two halves are not the same half"
    );
    assert!(document.at(&[1]).unwrap().is_same_as(other.at(&[1]).unwrap()), "an escape means its character");
}

#[test]
fn values_are_in_no_error_and_no_debug_output() {
    let canary = "fake-canary";
    let mut document = Document::parse(&format!("{{\"a\":\"{canary}\",\"n\":1}}")).unwrap();
    let mut told = format!("{document:?} {:?} {:?}", document.root(), document.at(&[0]).unwrap());
    for broken in [format!("{{\"a\":{canary}"), format!("\"{canary}"), format!("[\"{canary}\" 1]")] {
        let error = Document::parse(&broken).unwrap_err();
        told += &format!("{error} {error:?}");
    }
    for edit in [set(&[1], canary), set_as(&[0], JsonKind::Object, canary), add(&[], None, None, canary)] {
        let error = document.apply(&edit).unwrap_err();
        told += &format!("{error} {error:?} {edit:?}");
    }
    assert!(!told.contains("canary"), "{told}");
}

#[test]
fn new_fields_become_an_object_in_their_order() {
    let field = |key: &str, value: &str| NewField { key: key.into(), value: SecretInput::new(value) };
    let document = Document::from_fields(&[field("b", "1"), field("a\"", "line\nline"), field("b", "")]);
    assert_eq!(document.as_str(), r#"{"b":"1","a\"":"line\nline","b":""}"#);
    assert_eq!(Document::from_fields(&[]).as_str(), "{}");
}

#[test]
fn five_thousand_keys_and_a_key_of_sixty_kilobytes_are_edited() {
    let fields: Vec<_> =
        (0..5_000).map(|n| NewField { key: format!("key{n}"), value: SecretInput::new("fake") }).collect();
    let text = Document::from_fields(&fields).as_str().to_owned();
    let result = edited(&text, &set(&[4_321], "other fake"));
    assert_eq!(result, text.replacen("\"key4321\":\"fake\"", "\"key4321\":\"other fake\"", 1));

    let long = "k".repeat(60 * 1024);
    let result = edited(&format!("{{\"{long}\":1}}"), &set(&[0], "2"));
    assert_eq!(result, format!("{{\"{long}\":2}}"));
}
