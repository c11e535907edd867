//! Pasted `.env` text and JSON become fields, and nothing is lost in silence.
#![allow(clippy::unwrap_used)]

use latchkey_domain::paste::{EnvProblemKind, PasteError, Pasted, read, read_env};
use proptest::prelude::*;

fn fields(text: &str) -> Vec<(String, String)> {
    read_env(text).fields.iter().map(|field| (field.key.clone(), field.value.expose().to_owned())).collect()
}

fn pairs(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|(key, value)| (key.to_string(), value.to_string())).collect()
}

fn problems(text: &str) -> Vec<(usize, EnvProblemKind)> {
    read_env(text).problems.iter().map(|problem| (problem.line, problem.kind)).collect()
}

#[test]
fn lines_of_an_env_file_become_fields_in_order() {
    let text = "# fake values\n\nDB_HOST=db.example\nexport DB_USER = ops\n\tEMPTY=\nURL=postgres://u:p@h/d?x=1&y=#a # note\n\
                exported=1\n";
    assert_eq!(
        fields(text),
        pairs(&[
            ("DB_HOST", "db.example"),
            ("DB_USER", "ops"),
            ("EMPTY", ""),
            ("URL", "postgres://u:p@h/d?x=1&y=#a"),
            ("exported", "1"),
        ])
    );
    assert_eq!(problems(text), []);
}

#[test]
fn quotes_keep_blanks_comments_and_line_breaks() {
    let text = "A=' x # y '\nB=\"tab\\tquote\\\" dollar\\$ other\\d\" # note\nC=`a'b\"c`\nKEY=\"-----BEGIN\nfake\n-----END\"\nD='$HOME\\n'\n";
    assert_eq!(
        fields(text),
        pairs(&[
            ("A", " x # y "),
            ("B", "tab\tquote\" dollar$ other\\d"),
            ("C", "a'b\"c"),
            ("KEY", "-----BEGIN\nfake\n-----END"),
            ("D", "$HOME\\n"),
        ])
    );
    assert_eq!(problems(text), []);
}

#[test]
fn windows_line_ends_and_a_byte_order_mark_are_no_part_of_a_value() {
    assert_eq!(fields("A=1\r\nB=\"x\r\ny\"\r\nC='z'\r\n"), pairs(&[("A", "1"), ("B", "x\ny"), ("C", "z")]));
    let Ok(Pasted::Env(env)) = read("\u{feff}A=1") else { panic!("an .env text") };
    assert_eq!(env.fields[0].key, "A");
}

#[test]
fn what_cannot_be_read_is_told_by_its_line() {
    let text = "A=1\njust words\n=x\nB=\"open\nC='x' tail\nA=2\nbad key=1\n";
    assert_eq!(
        problems(text),
        [
            (2, EnvProblemKind::NotAnAssignment),
            (3, EnvProblemKind::NotAnAssignment),
            (4, EnvProblemKind::UnclosedQuote),
            (5, EnvProblemKind::TextAfterQuote),
            (6, EnvProblemKind::DuplicateKey),
            (7, EnvProblemKind::NotAnAssignment),
        ]
    );
    assert_eq!(fields(text), pairs(&[("A", "1"), ("B", "\"open"), ("C", "x"), ("A", "2")]));
    let lines = read_env("A='x\ny\nz'\nnothing\n").problems;
    assert_eq!(lines[0].line, 4, "a value of several lines counts with all of them");
}

#[test]
fn json_is_kept_as_it_was_written() {
    let text = " {\"port\": 5432, \"a\": \"\\u00e9\"}\n";
    let Ok(Pasted::Json(document)) = read(text) else { panic!("JSON") };
    assert_eq!(document.as_str(), text);
}

#[test]
fn what_is_neither_is_refused_with_a_way_on() {
    assert_eq!(read(" \n").unwrap_err(), PasteError::Empty);
    assert!(matches!(read("{\"a\":1,}").unwrap_err(), PasteError::Syntax(error) if error.at.column == 7));
    assert_eq!(read("just a fake password").unwrap_err(), PasteError::NoFields);
    assert_eq!(read("[1]").unwrap_err(), PasteError::NoFields);
}

#[test]
fn no_value_is_in_an_error_or_in_debug_output() {
    let text = "A=fake-canary\nfake-canary\nB=\"fake-canary\n";
    let env = read_env(text);
    let told = format!("{env:?} {:?} {}", read("{fake-canary}"), read("fake-canary").unwrap_err());
    let shown: Vec<_> = env.problems.iter().map(ToString::to_string).collect();
    assert!(!told.contains("canary") && !shown.concat().contains("canary"), "{told} {shown:?}");
}

proptest! {
    #[test]
    fn any_value_written_in_double_quotes_is_read_back(
        values in prop::collection::vec("[^\r\u{feff}]{0,20}", 1..5)
    ) {
        let escaped = |value: &str| value.replace('\\', "\\\\").replace('"', "\\\"");
        let text: String = values.iter().enumerate().map(|(n, v)| format!("K{n}=\"{}\"\n", escaped(v))).collect();
        let expected: Vec<_> = values.iter().enumerate().map(|(n, v)| (format!("K{n}"), v.clone())).collect();
        prop_assert_eq!(fields(&text), expected);
        prop_assert_eq!(problems(&text), vec![]);
    }

    #[test]
    fn any_text_at_all_is_read_to_its_end(text in any::<String>()) {
        let env = read_env(&text);
        let lines = text.split_inclusive('\n').count();
        prop_assert!(env.problems.iter().all(|problem| (1..=lines).contains(&problem.line)));
        prop_assert!(env.fields.len() <= lines);
    }
}
