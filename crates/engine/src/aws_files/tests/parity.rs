//! The same files read by botocore: those that people have, and many that nobody has.
#![allow(clippy::unwrap_used)]

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use serde_json::{Map, Value, json};

use super::super::ini::{self, Flaw, Value as Property};
use super::super::{AwsFiles, Section};
use crate::testing::botocore::{self, Case, Reading};

const GENERATED: usize = 300;
/// How a section begins whose name was taken.
const REPEATED: &str = "repeated in line ";
/// How a property begins that stands where none could be read.
const UNREADABLE: &str = "unreadable line ";

fn file<'a>(name: &'a str, bytes: &'a Option<Vec<u8>>) -> Option<(&'a Path, &'a [u8])> {
    bytes.as_deref().map(|bytes| (Path::new(name), bytes))
}

fn ours(case: &Case) -> AwsFiles {
    AwsFiles::read(file("config", &case.config), file("credentials", &case.credentials))
}

fn as_json(section: &Section) -> Value {
    let value = |key: &str| match section.get(key) {
        Some(text) => json!(text),
        None => {
            let block =
                section.nested_keys(key).map(|inner| (inner.to_owned(), json!(section.nested(key, inner))));
            Value::Object(block.collect())
        }
    };
    Value::Object(section.keys().map(|key| (key.to_owned(), value(key))).collect())
}

/// The sections without a fault.
fn sound(sections: &BTreeMap<String, Section>) -> Value {
    let sound = sections.iter().filter(|(_, section)| section.faults.is_empty());
    Value::Object(sound.map(|(name, section)| (name.clone(), as_json(section))).collect())
}

/// The sections of botocore that have no fault here.
fn without_faulty(read: &Value, ours: &BTreeMap<String, Section>) -> Value {
    let is_sound = |name: &String| {
        !name.starts_with(REPEATED) && ours.get(name).is_none_or(|section| section.faults.is_empty())
    };
    let mut all = read.as_object().cloned().unwrap_or_default();
    for section in all.values_mut().filter_map(Value::as_object_mut) {
        section.retain(|key, _| !key.starts_with(UNREADABLE));
        for block in section.values_mut().filter_map(Value::as_object_mut) {
            block.retain(|key, _| !key.starts_with(UNREADABLE));
        }
    }
    Value::Object(all.into_iter().filter(|(name, _)| is_sound(name)).collect::<Map<_, _>>())
}

/// The lines that are told of one file.
fn lines_told(files: &AwsFiles, file: &str) -> BTreeSet<usize> {
    let all = [&files.profiles, &files.sso_sessions, &files.services];
    let of_sections =
        all.into_iter().flat_map(|sections| sections.values()).flat_map(|section| &section.faults);
    let of_file =
        files.faults.iter().chain(of_sections).filter(|fault| &*fault.place.file == Path::new(file));
    of_file.map(|fault| fault.place.line).collect()
}

fn assert_same_values(case: &Case, theirs: &Reading) {
    let ours = ours(case);
    let about = || format!("{}: {}", case.name, told_text(case));
    assert_eq!(sound(&ours.profiles), without_faulty(&theirs.profiles, &ours.profiles), "{}", about());
    assert_eq!(
        sound(&ours.sso_sessions),
        without_faulty(&theirs.sso_sessions, &ours.sso_sessions),
        "{}",
        about()
    );
    assert_eq!(sound(&ours.services), without_faulty(&theirs.services, &ours.services), "{}", about());
}

fn told_text(case: &Case) -> String {
    let text = |bytes: &Option<Vec<u8>>| {
        bytes.as_deref().map(String::from_utf8_lossy).unwrap_or_default().into_owned()
    };
    format!("{:?} and {:?}", text(&case.config), text(&case.credentials))
}

/// Where botocore reads the files, both say the same. Where it refuses a file, its line is told, and what is left is
/// what botocore reads once the lines that are told are out of its way.
fn assert_parity(cases: &[Case]) {
    let mut refused = Vec::new();
    for (case, theirs) in cases.iter().zip(botocore::read(cases)) {
        if theirs.refused.is_empty() {
            let files = ours(case);
            let faulty = [&files.profiles, &files.sso_sessions, &files.services]
                .into_iter()
                .flat_map(|sections| sections.values())
                .find(|section| !section.faults.is_empty());
            assert!(faulty.is_none(), "{}: botocore reads {faulty:?} of {}", case.name, told_text(case));
            assert_same_values(case, &theirs);
            continue;
        }
        for (file, refusal) in &theirs.refused {
            let told = lines_told(&ours(case), file);
            let named = refusal.lines.iter().filter(|line| !told.contains(line)).collect::<Vec<_>>();
            assert!(
                !told.is_empty() && named.is_empty(),
                "{}: {} in {file}, told are {told:?}, missing {named:?} of {}",
                case.name,
                refusal.kind,
                told_text(case)
            );
        }
        let freed = |bytes: &Option<Vec<u8>>| bytes.as_deref().map(freed);
        refused.push((
            case,
            Case {
                name: format!("{} without its faults", case.name),
                config: freed(&case.config),
                credentials: freed(&case.credentials),
                identities: false,
            },
        ));
    }
    let again: Vec<_> = refused.iter().map(|(_, freed)| freed.clone()).collect();
    for ((case, freed), theirs) in refused.iter().zip(botocore::read(&again)) {
        let why = &theirs.refused;
        assert!(why.is_empty(), "{}: {why:?}, of {} from {}", freed.name, told_text(freed), told_text(case));
        assert_same_values(case, &theirs);
    }
}

/// The file with each line that has a flaw made harmless at its place.
fn freed(bytes: &[u8]) -> Vec<u8> {
    let document = ini::parse(bytes);
    let mut flaws: Vec<(usize, Flaw)> = document.flaws;
    flaws.extend(document.sections.into_iter().flat_map(|section| section.flaws));
    let text = bytes.strip_prefix("\u{feff}".as_bytes()).unwrap_or(bytes);
    let lines = ini::lines(text).enumerate().map(|(at, line)| {
        let line_number = at + 1;
        let line = String::from_utf8_lossy(line).into_owned();
        let Some((_, flaw)) =
            flaws.iter().find(|(number, flaw)| *number == line_number && *flaw != Flaw::ByteOrderMark)
        else {
            return line;
        };
        let indent: String = line.chars().take_while(|c| ini::is_space(*c)).collect();
        match flaw {
            Flaw::OutsideOfSections => String::from("#"),
            Flaw::RepeatedSection { .. } => format!("{indent}[{REPEATED}{line_number}]"),
            Flaw::NotUtf8 if line.contains(']') => line,
            _ => format!("{indent}{UNREADABLE}{line_number} = 1"),
        }
    });
    lines.collect::<Vec<_>>().join("\n").into_bytes()
}

#[test]
fn odd_files_are_read_as_botocore_reads_them() {
    let mut cases = botocore::cases();
    assert!(cases.len() > 30, "the folder of odd files is there");
    cases.push(Case { name: "no files".to_owned(), ..Case::default() });
    let profile = |number| {
        format!(
            "[profile p{number}]\nregion = eu-west-1\nrole_arn = arn:aws:iam::111111111111:role/ops\nsource_profile = p{}\n",
            number + 1
        )
    };
    let many: String = (0..2000).map(profile).collect();
    cases.push(Case {
        name: "two thousand profiles".to_owned(),
        config: Some(many.into_bytes()),
        ..Case::default()
    });
    for case in &mut cases {
        case.identities = false;
    }
    assert_parity(&cases);
}

#[test]
fn generated_files_are_read_as_botocore_reads_them() {
    let mut runner = TestRunner::default();
    let cases: Vec<Case> = (0..GENERATED)
        .map(|number| {
            let (config, credentials) =
                (any_file(), proptest::option::of(any_file())).new_tree(&mut runner).unwrap().current();
            let name = format!("generated {number}");
            Case { name, config: Some(config), credentials, identities: false }
        })
        .collect();
    let is_refused = |case: &&Case| !lines_told(&ours(case), "config").is_empty();
    let refused = cases.iter().filter(is_refused).count();
    assert!((30..270).contains(&refused), "{refused} of them have a fault: both kinds are tried");
    assert_parity(&cases);
}

#[test]
fn whatever_a_file_holds_it_is_read_and_values_stay_out_of_what_is_told() {
    proptest!(|(bytes in proptest::collection::vec(any::<u8>(), 0..200), text in "(\\[profile a\\]\n)?(.{0,20}\n){0,8}")| {
        ini::parse(&bytes);
        for section in ini::parse(text.as_bytes()).sections {
            for property in section.properties.values() {
                if let Property::Text(value) = &property.value && value.chars().count() > 6 {
                    let told = format!("{:?}", section.flaws);
                    prop_assert!(!told.contains(value.as_str()), "{told}");
                }
            }
        }
    });
}

fn any_file() -> impl Strategy<Value = Vec<u8>> {
    let ending = prop_oneof![6 => Just("\n"), 2 => Just("\r\n"), 1 => Just("\r")];
    let first = prop_oneof![9 => header(), 1 => line()];
    (first, proptest::collection::vec((line(), ending), 0..14), any::<bool>()).prop_map(
        |(first, lines, ends)| {
            let mut text = format!("{first}\n");
            for (line, ending) in &lines {
                text += line;
                text += ending;
            }
            if !ends {
                text.pop();
            }
            text.into_bytes()
        },
    )
}

fn line() -> impl Strategy<Value = String> {
    let indent = prop_oneof![
        5 => Just(""), 2 => Just("  "), 1 => Just("    "), 1 => Just("\t"), 1 => Just("\u{a0}"), 1 => Just("\u{1c}")
    ];
    let comment = prop::sample::select(vec!["# note", "; note", "#", "#[profile a]", "; a = b"]);
    let blank = prop::sample::select(vec!["", " ", "\t", "\u{b}", "\u{85}", "\u{2028}"]);
    // The property behind it: whether an indented line goes on with one is another question.
    let flaw = prop::sample::select(vec!["fake\nr = 1", "[profile z\ns = 1", "= fake\nt = 1", "[]\nu = 1"]);
    let content = prop_oneof![
        4 => header(),
        12 => property(),
        3 => comment.prop_map(str::to_owned),
        2 => blank.prop_map(str::to_owned),
        1 => flaw.prop_map(str::to_owned),
    ];
    (indent, content).prop_map(|(indent, content)| format!("{indent}{content}"))
}

fn header() -> impl Strategy<Value = String> {
    let known = vec![
        "[default]",
        "[profile default]",
        "[DEFAULT]",
        "[profile a]",
        "[profile \"a\"]",
        "[profile b]",
        "[profile c d]",
        "[profile 'c d']",
        "[profile c\\ d]",
        "[profile \"c]",
        "[profile \u{e9}]",
        "[profile]",
        "[profiles x]",
        "[ profile e]",
        "[profile\te]",
        "[profile e] # text",
        "[profile f]]",
        "[a] b",
        "[sso-session s]",
        "[sso-session 's t']",
        "[sso-session s t]",
        "[services v]",
        "[services]",
        "[preview]",
        "[x=y]",
        "[profile \"\"]",
        "[profile g\u{a0}h]",
        "[profile \"a\\\"b\\c\"]",
        "[b]",
        "[c d]",
        "[[profile i]]",
        "[profile j]k[l]",
    ];
    prop::sample::select(known).prop_map(str::to_owned)
}

fn property() -> impl Strategy<Value = String> {
    let key = prop::sample::select(vec![
        "region",
        "Region",
        "aws_access_key_id",
        "aws_secret_access_key",
        "s3",
        "key one",
        "\u{c9}",
        "k\u{a0}",
        "m",
        "n",
        "o",
        "p",
        "q",
    ]);
    let between = prop::sample::select(vec![" = ", "=", ": ", " :", "\t=\t", "=\u{a0}", " := "]);
    let value = prop::sample::select(vec![
        "",
        "",
        "eu-west-1",
        "eu-west-1 # note",
        "a ; b",
        "'a b'",
        "a=b",
        "a:b",
        "[profile z]",
        "\u{e4}\u{2028}b",
        "\u{b}",
        "%(x)s",
        "a\u{1d}b=c",
        "\u{0}",
        "# a",
    ]);
    (key, between, value).prop_map(|(key, between, value)| format!("{key}{between}{value}"))
}
