//! The grammar by examples; `tests/aws_files` compares it with botocore's.

mod parity;

use std::path::Path;

use super::{AwsFile, AwsFiles};

const CONFIG: &str = "/fake/config";
const CREDENTIALS: &str = "/fake/credentials";

fn read(config: &str) -> AwsFiles {
    AwsFiles::read(Some((Path::new(CONFIG), config.as_bytes())), None)
}

fn value(config: &str, profile: &str, key: &str) -> Option<String> {
    read(config).profiles.get(profile)?.get(key).map(str::to_owned)
}

/// The lines that are told, of all sections.
fn told(files: &AwsFiles) -> Vec<String> {
    let sections = files.profiles.values().chain(files.sso_sessions.values()).chain(files.services.values());
    let of_sections = sections.flat_map(|section| &section.faults);
    files.faults.iter().chain(of_sections).map(ToString::to_string).collect()
}

#[test]
fn a_value_ends_with_its_line_and_keeps_what_looks_like_a_comment() {
    for (line, expected) in [
        ("key = a b ", "a b"),
        ("key: a", "a"),
        ("key=a=b", "a=b"),
        ("KEY = a", "a"),
        ("key = run --x ';' # y", "run --x ';' # y"),
        ("key = a\r", "a"),
        ("key = a\n# note\n", "a"),
        ("key = a\n  ; note\n", "a"),
        ("key = a\n  b\n", "a\nb"),
        ("key = a\n\n  b\n\n", "a\n\nb"),
        ("key =", ""),
        ("  key = a\n  other = b", "a"),
    ] {
        let text = format!("[default]\n{line}");
        assert_eq!(value(&text, "default", "key").as_deref(), Some(expected), "{line:?}");
        assert_eq!(told(&read(&text)), Vec::<String>::new(), "{line:?}");
    }
}

#[test]
fn a_header_names_its_profile_as_a_shell_divides_words() {
    for (header, name) in [
        ("[default]", "default"),
        ("[profile ops]", "ops"),
        ("[profile  ops ]", "ops"),
        ("[profile ops] # text", "ops"),
        ("[profile \"Data Platform\"]", "Data Platform"),
        ("[profile 'Data Platform']", "Data Platform"),
        ("[profile prod(eu)]", "prod(eu)"),
        ("[profile a\\ b]", "a b"),
        ("[profile \"a \\\"b\\\" \\c\"]", "a \"b\" \\c"),
        ("[profile Müller]", "Müller"),
        ("[profile \"\"]", ""),
        ("  [profile ops]", "ops"),
    ] {
        let files = read(&format!("{header}\nregion = eu-west-1\n"));
        assert_eq!(files.profiles.keys().collect::<Vec<_>>(), [name], "{header}");
        assert_eq!(files.profiles[name].get("region"), Some("eu-west-1"), "{header}");
    }
    let files = read(
        "[sso-session 'Acme Dev']\nsso_region = eu-west-1\n[services local]\nsts =\n  endpoint_url = http://localhost:1\n",
    );
    assert_eq!(files.sso_sessions["Acme Dev"].get("sso_region"), Some("eu-west-1"));
    assert_eq!(files.services["local"].nested("sts", "endpoint_url"), Some("http://localhost:1"));
    assert_eq!(
        files.services["local"].place_of_nested("sts", "endpoint_url").map(|place| place.line),
        Some(5)
    );
    assert_eq!(files.services["local"].get("sts"), None, "a block is no text");
    assert!(files.services["local"].has("sts"));
}

#[test]
fn a_header_that_no_program_reads_is_told_with_one_that_works() {
    for (header, words) in [
        ("[profile Data Platform]", "[profile \"Data Platform\"]"),
        ("[profile it's]", "[profile \"it's\"]"),
        ("[profile]", "[profile NAME]"),
        ("[ profile ops]", "[profile ops]"),
        ("[Profile ops]", "[profile ops]"),
        ("[sso-session Acme Dev]", "[sso-session \"Acme Dev\"]"),
        ("[ default ]", "[default]"),
        ("[ops]\nrole_arn = x", "[profile ops]"),
    ] {
        let files = read(&format!("# first\n{header}\n[profile good]\n"));
        let told = told(&files);
        assert_eq!(told.len(), 1, "{header}: {told:?}");
        assert!(told[0].starts_with("/fake/config, line 2: ") && told[0].contains(words), "{told:?}");
        assert!(files.profiles.contains_key("good"), "{header}");
    }
    assert_eq!(
        told(&read("[plugins]\ncli_legacy_plugin_path = x\n[preview]\nx = true")),
        Vec::<String>::new()
    );
}

#[test]
fn a_line_that_cannot_be_read_is_a_fault_of_its_section_and_the_others_stay() {
    for (text, line) in [
        ("[profile a]\nfake-secret\n[profile b]\nkey = 1", 2),
        ("[profile a]\n= fake-secret\n[profile b]\nkey = 1", 2),
        ("[profile a]\nx = 1\nX = fake-secret\n[profile b]\nkey = 1", 3),
        ("[profile b]\nkey = 1\n[profile a]\n[profile a]\nx = fake-secret", 4),
        ("[profile a]\ns3 =\n  fake-secret\n[profile b]\nkey = 1", 3),
    ] {
        let files = read(text);
        assert_eq!(files.profiles["b"].get("key"), Some("1"), "{text}");
        assert!(files.profiles["b"].faults.is_empty() && files.faults.is_empty(), "{text}");
        let faults: Vec<_> = files.profiles["a"].faults.iter().map(|fault| fault.place.line).collect();
        assert_eq!(faults, [line], "{text}");
        let shown = format!("{:?} {:?}", told(&files), files.profiles);
        assert!(!shown.contains("fake-secret"), "a line may hold a secret: {shown}");
    }
    let files = read("region = x\n[profile b]\nkey = 1");
    assert_eq!((files.faults[0].place.line, files.profiles["b"].get("key")), (1, Some("1")));
}

#[test]
fn bytes_that_are_no_utf_8_are_a_fault_of_their_section_and_a_byte_order_mark_of_the_file() {
    let text = b"[profile a]\nx = M\xfcller\n[profile b]\nkey = 1\n";
    let files = AwsFiles::read(Some((Path::new(CONFIG), text)), None);
    assert_eq!(files.profiles["a"].faults[0].place.line, 2);
    assert_eq!(files.profiles["b"].get("key"), Some("1"));
    let files = read("\u{feff}[default]\nkey = 1\n");
    assert_eq!(files.profiles["default"].get("key"), Some("1"));
    assert_eq!(files.faults[0].place.line, 1);
}

#[test]
fn of_two_headers_for_one_profile_the_later_one_counts() {
    let text = "[default]\nregion = first\nonly = first\n[profile default]\nregion = second\n";
    let files = read(text);
    assert_eq!(files.profiles["default"].get("region"), Some("second"));
    assert_eq!(files.profiles["default"].get("only"), None, "the other one is replaced as a whole");
    let text = "[profile default]\nregion = first\n[default]\nregion = second\n";
    assert_eq!(value(text, "default", "region").as_deref(), Some("second"));
}

#[test]
fn properties_of_default_in_capitals_count_in_every_section() {
    let text = "[profile a]\nx = own\n[DEFAULT]\nx = all\ny = all\n[sso-session s]\n[DEFAULT]\nz = all\n";
    let files = read(text);
    assert_eq!(files.profiles.keys().collect::<Vec<_>>(), ["a"]);
    let a = &files.profiles["a"];
    assert_eq!([a.get("x"), a.get("y"), a.get("z")], [Some("own"), Some("all"), Some("all")]);
    assert_eq!(files.sso_sessions["s"].get("y"), Some("all"));
}

#[test]
fn the_credentials_file_names_profiles_as_they_are_and_counts_over_the_other_file() {
    let config = "[profile ops]\nregion = eu-west-1\naws_access_key_id = AKIAFAKECONFIG\n";
    let credentials = "[ops]\n\naws_access_key_id = AKIAFAKECREDENTIALS\n[profile ops]\nx = 1\n";
    let files = AwsFiles::read(
        Some((Path::new(CONFIG), config.as_bytes())),
        Some((Path::new(CREDENTIALS), credentials.as_bytes())),
    );
    assert_eq!(files.profiles.keys().collect::<Vec<_>>(), ["ops", "profile ops"]);
    let ops = &files.profiles["ops"];
    assert_eq!(ops.get("region"), Some("eu-west-1"));
    assert_eq!(ops.get("aws_access_key_id"), Some("AKIAFAKECREDENTIALS"));
    assert_eq!(ops.get_in(AwsFile::Config, "aws_access_key_id"), Some("AKIAFAKECONFIG"));
    assert!(!ops.has_in(AwsFile::Credentials, "region"));
    let place = ops.place_of("aws_access_key_id").map(|place| place.to_string());
    assert_eq!(place.as_deref(), Some("/fake/credentials, line 3"));
    let place = ops.place_of("region").map(|place| place.to_string());
    assert_eq!(place.as_deref(), Some("/fake/config, line 2"));
}
