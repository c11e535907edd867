//! What a person wrote in the settings file stays when something is changed in the window.

use std::collections::BTreeMap;

use latchkey_domain::Code;
use latchkey_domain::catalog::{Column, Sort};
use latchkey_domain::settings::{Settings, Theme};
use proptest::prelude::*;
use toml::{Table, Value};

use super::super::written::{HEADER, with};
use super::{folder_with, text_in};

fn read(text: &str) -> Settings {
    toml::from_str(text).expect("the text can be read")
}

/// The text after a change in the window.
fn changed(text: &str, change: impl FnOnce(&mut Settings)) -> String {
    let (folder, file) = folder_with(text);
    let mut settings = file.load().expect("the file can be read");
    change(&mut settings);
    assert_eq!(file.save(&settings).expect("valid settings"), settings);
    let written = text_in(&folder);
    assert_eq!(read(&written), settings, "what was written reads back: {written}");
    written
}

const MINE: &str = "\
# On the beamer everything is large.
theme = 'light'   # the boss wants it

# Not longer than a coffee.
hide_after_seconds = 3_0

columns = [
  \"name\",
  \"tags\", # who owns it
  \"rotation\",
]

# By age.
[sort] # newest first
column = \"last_changed\" # not created
descending = true

# Mine.
[rotation_functions]
Mine = \"/bin/mine\" # in my home
# The end.
";

#[test]
fn a_change_in_the_window_leaves_the_rest_of_the_file_as_a_person_wrote_it() {
    assert_eq!(changed(MINE, |_| {}), MINE, "no change, no difference");
    assert_eq!(changed(MINE, |settings| settings.theme = Theme::Dark), MINE.replace("'light'", "\"dark\""));
    assert_eq!(
        changed(MINE, |settings| settings.sort.descending = false),
        MINE.replace("descending = true", "descending = false")
    );
    let wider = changed(MINE, |settings| settings.sidebar_width = 300);
    assert_eq!(
        wider,
        MINE.replace("]\n\n# By age", "]\nsidebar_width = 300\n\n# By age"),
        "behind the others"
    );
    let columns = changed(MINE, |settings| {
        settings.columns = vec![Column::Name, Column::Rotation, Column::EncryptionKey];
    });
    let list = "[\n  \"name\",\n  \"rotation\",\n  \"encryption_key\", # who owns it\n]";
    assert!(
        columns.contains("# who owns it") && columns.contains("\n  \"encryption_key\""),
        "{columns}, not {list}"
    );
}

#[test]
fn a_setting_that_is_the_default_again_leaves_the_file_unless_a_comment_is_about_it() {
    let text = "theme = \"dark\"\n\n# about blur\nhide_on_blur = false\nsidebar_width = 300\n";
    let back = changed(text, |settings| settings.theme = Theme::System);
    assert_eq!(back, "\n# about blur\nhide_on_blur = false\nsidebar_width = 300\n");
    let back = changed(text, |settings| settings.hide_on_blur = true);
    assert_eq!(back, text.replace("= false", "= true"), "its comment would say something of another line");
    assert_eq!(
        changed(text, |settings| *settings = Settings::default()),
        "\n# about blur\nhide_on_blur = true\n"
    );
    assert_eq!(changed("[sort]\ncolumn = \"tags\"\ndescending = true\n", |s| s.sort = Sort::default()), "");
    let default = "theme = \"system\"\n";
    assert!(changed(default, |s| s.sidebar_width = 300).starts_with(default), "written out on purpose");
}

#[test]
fn comments_alone_and_the_explanation_stay_above_what_is_set() {
    let notes = "# Only notes.\n\n# And one more.\n";
    assert_eq!(changed(notes, |s| s.theme = Theme::Dark), format!("{notes}theme = \"dark\"\n"));
    let sorted = changed(notes, |s| s.sort.descending = true);
    assert!(sorted.starts_with(notes) && sorted.contains("[sort]"), "{sorted}");
    assert_eq!(changed("", |s| s.theme = Theme::Dark), format!("{HEADER}theme = \"dark\"\n"));
    let old = "# Latchkey's settings. Only what differs from the defaults stands here; delete a line to go back to its \
               default.\n# The window writes this file anew when a setting is changed there, without comments of \
               yours.\n\ntheme = \"dark\"\n";
    assert_eq!(
        changed(old, |s| s.sidebar_width = 300),
        format!("{HEADER}theme = \"dark\"\nsidebar_width = 300\n"),
        "the explanation of before is not true any more"
    );
    let functions = "[rotation_functions]\nMine = \"/bin/mine\"\n";
    assert_eq!(changed(functions, |s| s.theme = Theme::Dark), format!("theme = \"dark\"\n\n{functions}"));
}

#[test]
fn dotted_and_inline_settings_stay_so() {
    let dotted = "sort.column = \"tags\" # mine\nsort.descending = true\n";
    let changed_dotted = changed(dotted, |s| s.sort.descending = false);
    assert_eq!(changed_dotted, dotted.replace("true", "false"));
    let inline = "sort = { column = \"tags\", descending = true } # mine\n";
    assert_eq!(
        changed(inline, |s| s.sort = Sort::default()),
        "sort = { column = \"name\", descending = false } # mine\n"
    );
}

#[test]
fn what_was_changed_in_the_file_meanwhile_outlives_a_change_in_the_window() {
    let (folder, file) = folder_with("hide_after_seconds = 15\n");
    let in_window = file.load().expect("readable");
    std::fs::write(folder.path().join(super::FILE), "hide_after_seconds = 5 # now\ntheme = \"light\"\n")
        .expect("writable");
    let saved = file.save(&Settings { theme: Theme::Dark, ..in_window }).expect("valid settings");
    assert_eq!(
        (saved.hide_after_seconds, saved.theme),
        (5, Theme::Dark),
        "the window did not touch the time"
    );
    assert_eq!(text_in(&folder), "hide_after_seconds = 5 # now\ntheme = \"dark\"\n");
    assert_eq!(file.current(), saved);
}

#[test]
fn a_damaged_file_is_told_and_not_overwritten() {
    for damaged in
        ["theme = \n", "theme = \"dark\"\ntheme = \"light\"\n", "# mine\n[sort\n", "columns = [\"name\"\n"]
    {
        let (folder, file) = folder_with(damaged);
        let error = file.save(&Settings { theme: Theme::Dark, ..Settings::default() }).expect_err(damaged);
        assert_eq!(error.code, Code::Invalid("settings".into()), "{damaged}");
        assert!(error.message.contains("line "), "{}", error.message);
        assert_eq!(text_in(&folder), damaged, "the person's file is as it was");
    }
}

#[cfg(unix)]
#[test]
fn a_changed_file_stays_its_owners_alone_and_is_replaced_as_a_whole() {
    use std::os::unix::fs::{MetadataExt, PermissionsExt};
    let (folder, file) = folder_with("# mine\ntheme = \"dark\"\n");
    let path = folder.path().join(super::FILE);
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).expect("ours");
    let before = path.metadata().expect("it is there").ino();
    let reader = std::fs::File::open(&path).expect("readable");
    file.save(&Settings { theme: Theme::Light, ..file.current() }).expect("valid settings");
    let after = path.metadata().expect("it is there");
    assert_eq!(after.permissions().mode() & 0o777, 0o600);
    assert_ne!(after.ino(), before, "another file under the name, not a file that is being written");
    let old = std::io::read_to_string(reader).expect("readable");
    assert_eq!(old, "# mine\ntheme = \"dark\"\n", "who reads meanwhile has the old file, whole");
    assert_eq!(folder.path().read_dir().expect("readable").count(), 1, "no leftovers");
}

/// What a person may have chosen.
fn settings() -> impl Strategy<Value = Settings> {
    let columns = prop_oneof![
        Just(Settings::default().columns),
        Just(vec![Column::Name]),
        Just(vec![Column::Name, Column::Rotation, Column::Tags, Column::EncryptionKey]),
        Just(vec![Column::Name, Column::LastChanged]),
    ];
    let sort = (prop_oneof![Just(Column::Name), Just(Column::Tags)], any::<bool>());
    let regions =
        prop::collection::vec(prop_oneof![Just("eu-west-1"), Just("us-east-1"), Just("us-west-2")], 0..3);
    let theme = prop_oneof![Just(Theme::System), Just(Theme::Light), Just(Theme::Dark)];
    let seconds = prop_oneof![Just(60_u32), 1..4_u32];
    (theme, any::<bool>(), seconds, columns, sort, regions).prop_map(
        |(theme, hide_on_blur, hide_after_seconds, columns, (column, descending), regions)| Settings {
            theme,
            hide_on_blur,
            hide_after_seconds,
            columns,
            sort: Sort { column, descending },
            recent_regions: regions.into_iter().map(Into::into).collect(),
            ..Settings::default()
        },
    )
}

/// How a person writes one setting.
#[derive(Debug, Clone, Copy)]
struct Hand {
    /// Where it stands among the others.
    place: u8,
    /// Written out where it is the default.
    in_full: bool,
    blank_before: bool,
    note_before: bool,
    note_behind: bool,
    /// A list over several lines, with a note at each element.
    spread: bool,
}

fn hand() -> impl Strategy<Value = Hand> {
    (any::<u8>(), any::<[bool; 5]>()).prop_map(
        |(place, [in_full, blank_before, note_before, note_behind, spread])| Hand {
            place,
            in_full,
            blank_before,
            note_before,
            note_behind,
            spread,
        },
    )
}

/// The file, and the notes in it.
fn written(settings: &Settings, hands: &[Hand]) -> (String, Vec<String>) {
    let defaults = Table::try_from(Settings::default()).expect("TOML");
    let table = Table::try_from(settings).expect("TOML");
    let mut notes = Vec::new();
    let mut note = |is_there: bool| {
        if !is_there {
            return String::new();
        }
        notes.push(format!("# fake note {} \"=[", notes.len()));
        notes.last().cloned().unwrap_or_default()
    };
    let mut keys: Vec<(&String, &Value, Hand)> =
        table.iter().zip(hands.iter().cycle()).map(|((key, value), hand)| (key, value, *hand)).collect();
    keys.retain(|(key, value, hand)| {
        *key != "rotation_functions" && (hand.in_full || defaults.get(*key) != Some(value))
    });
    keys.sort_by_key(|(_, value, hand)| (value.is_table(), hand.place));
    let mut text = String::new();
    for (key, value, hand) in keys {
        text += if hand.blank_before { "\n" } else { "" };
        let before = note(hand.note_before);
        text += &if before.is_empty() { before } else { format!("  {before}\n") };
        match value {
            Value::Table(table) => {
                text += &format!("[{key}] {}\n", note(hand.note_behind));
                for (key, value) in table {
                    text += &format!("{}\n{key}={value} {}\n", note(hand.spread), note(hand.note_behind));
                }
            }
            Value::Array(list) if hand.spread => {
                text += &format!("{key} = [ {}\n", note(hand.note_before));
                for element in list {
                    text += &format!("\t{element}, {}\n", note(hand.note_behind));
                }
                text += &format!("{}\n] {}\n", note(hand.in_full), note(hand.note_behind));
            }
            value => text += &format!("{key}   = {value} {}\n", note(hand.note_behind)),
        }
    }
    text += &note(hands.first().is_some_and(|hand| hand.note_behind));
    (text, notes)
}

/// The names of what stands in a text, in order.
fn order(text: &str) -> Vec<String> {
    let document: toml_edit::DocumentMut = text.parse().expect("TOML");
    document.iter().map(|(key, _)| key.to_owned()).collect()
}

proptest! {
    #[test]
    fn every_comment_of_a_person_outlives_every_change_of_a_setting(
        before in settings(),
        after in settings(),
        hands in prop::collection::vec(hand(), 14),
    ) {
        let (text, notes) = written(&before, &hands);
        prop_assert_eq!(&read(&text), &before, "{}", &text);
        let changed = with(&text, &before, &after).expect("it can be written");
        prop_assert_eq!(&read(&changed), &after, "{}\n---\n{}", &text, &changed);
        let count = |note: &str| changed.lines().filter(|line| line.trim_end().ends_with(note)).count();
        for note in notes {
            prop_assert_eq!(count(&note), 1, "{} in\n{}\n---\n{}", note, &text, &changed);
        }
        let (old, new) = (order(&text), order(&changed));
        let of_old: Vec<_> = old.iter().filter(|key| new.contains(key)).collect();
        let of_new: Vec<_> = new.iter().filter(|key| old.contains(key)).collect();
        prop_assert_eq!(of_old, of_new, "the order is the person's");
        prop_assert_eq!(with(&text, &before, &before).expect("it can be written"), with_end(&text));
        let back = with(&changed, &after, &before).expect("it can be written");
        prop_assert_eq!(&read(&back), &before);
    }
}

/// The explanation stands in what is empty.
fn with_end(text: &str) -> String {
    if text.trim().is_empty() { format!("{HEADER}{text}") } else { text.to_owned() }
}

#[test]
fn rotation_functions_are_never_written_by_the_window() {
    let text = "[rotation_functions]\nMine = \"/bin/mine\" # mine\n";
    let evil = BTreeMap::from([("Mine".to_owned(), "/bin/evil".to_owned())]);
    let (folder, file) = folder_with(text);
    file.save(&Settings { rotation_functions: evil, ..Settings::default() }).expect("valid settings");
    assert_eq!(text_in(&folder), text);
    file.save(&Settings::default()).expect("valid settings");
    assert_eq!(text_in(&folder), text, "nor taken out");
}

#[cfg(unix)]
#[test]
fn settings_that_are_a_link_are_changed_where_it_leads() {
    use std::os::unix::fs::symlink;
    let (folder, file) = folder_with("");
    let (path, kept) = (folder.path().join("settings.toml"), folder.path().join("dotfiles/latchkey.toml"));
    std::fs::remove_file(&path).expect("writable");
    symlink("dotfiles/latchkey.toml", &path).expect("writable");
    let told = file.load().expect_err("it leads nowhere").message;
    assert!(told.contains("a link that leads to no file"), "{told}");
    file.save(&Settings::default()).expect_err("nothing is made there");

    std::fs::create_dir(folder.path().join("dotfiles")).expect("writable");
    std::fs::write(&kept, "# mine\nhide_after_seconds = 5\n").expect("writable");
    let mut settings = file.load().expect("it is read where it is kept");
    assert_eq!(settings.hide_after_seconds, 5);
    settings.hide_after_seconds = 7;
    file.save(&settings).expect("valid settings");
    assert!(path.is_symlink(), "the link stays");
    assert_eq!(std::fs::read_to_string(&kept).expect("readable"), "# mine\nhide_after_seconds = 7\n");
}
