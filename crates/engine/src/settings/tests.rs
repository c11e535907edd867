//! The settings file: what is written, what is refused, and what only the person may write.

mod kept;

use latchkey_domain::Code;
use latchkey_domain::catalog::{Column, Sort};
use latchkey_domain::settings::{LoadSettings, SaveSettings, Settings, Theme};

use super::written::HEADER;
use super::{FILE, SettingsFile};
use crate::testing::Bench;

fn folder_with(text: &str) -> (tempfile::TempDir, SettingsFile) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    std::fs::write(folder.path().join(FILE), text).expect("writable");
    let file = SettingsFile::new(folder.path());
    (folder, file)
}

fn text_in(folder: &tempfile::TempDir) -> String {
    std::fs::read_to_string(folder.path().join(FILE)).expect("the file is there")
}

#[test]
fn only_what_differs_from_the_defaults_is_written() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = SettingsFile::new(folder.path());
    assert_eq!(file.load(), Ok(Settings::default()), "no file means the defaults");
    let settings = Settings {
        theme: Theme::Dark,
        hide_after_seconds: 5,
        sort: Sort { column: Column::LastChanged, descending: true },
        ..Settings::default()
    };
    file.save(&settings).expect("valid settings");
    let text = text_in(&folder);
    let body = text.strip_prefix(HEADER).expect("the header explains the file");
    assert_eq!(
        body,
        "hide_after_seconds = 5\ntheme = \"dark\"\n\n[sort]\ncolumn = \"last_changed\"\ndescending = true\n"
    );
    assert_eq!(file.load(), Ok(settings), "what was written reads back");
    file.save(&Settings::default()).expect("valid settings");
    assert_eq!(text_in(&folder), HEADER, "defaults leave the header alone");
}

#[test]
fn an_unknown_key_is_told_with_its_file_and_line_and_kept() {
    let text = "theme = \"dark\"\n# mine\nhide_on_blurr = true\n";
    let (folder, file) = folder_with(text);
    let error = file.load().expect_err("hide_on_blurr is no setting");
    assert_eq!(error.code, Code::Invalid("settings".into()));
    assert!(error.message.contains(&folder.path().join(FILE).display().to_string()), "{}", error.message);
    assert!(error.message.contains("line 3: unknown field `hide_on_blurr`"), "{}", error.message);
    file.save(&Settings::default()).expect_err("a file that cannot be read is not overwritten");
    assert_eq!(text_in(&folder), text, "the person's file is as it was");
    assert_eq!(file.current(), Settings::default(), "the defaults apply until it is corrected");
}

#[test]
fn rotation_functions_are_a_table_of_names_and_commands() {
    let (folder, file) = folder_with("[rotation_functions]\nRotateFake = \"/bin/fake --flag 'one word'\"\n");
    let settings = file.load().expect("a table of texts");
    assert_eq!(settings.rotation_functions["RotateFake"], "/bin/fake --flag 'one word'");
    file.save(&Settings { theme: Theme::Dark, ..settings.clone() }).expect("valid settings");
    assert_eq!(file.load().expect("readable").rotation_functions, settings.rotation_functions);
    drop(folder);
}

#[tokio::test]
async fn the_window_reads_rotation_functions_and_never_sets_them() {
    let bench = Bench::new(|_, _| panic!("nothing is sent")).await;
    let folder = bench.folder.path();
    let path = bench.engine.settings.path.clone();
    assert!(path.starts_with(folder), "a file of this test");
    std::fs::create_dir_all(path.parent().expect("a folder")).expect("writable");
    std::fs::write(&path, "[rotation_functions]\nMine = \"/bin/mine\"\n").expect("writable");
    let mut settings = bench.engine.load_settings(LoadSettings {}).await.expect("readable");
    settings.theme = Theme::Dark;
    settings.rotation_functions = [("Mine".into(), "/bin/evil".into())].into();
    let saved = bench.engine.save_settings(SaveSettings { settings }).await.expect("valid settings");
    assert_eq!(
        saved.rotation_functions["Mine"], "/bin/mine",
        "a page that could set them could run anything"
    );
    let kept = bench.engine.load_settings(LoadSettings {}).await.expect("readable");
    assert_eq!((kept.theme, kept.rotation_functions["Mine"].as_str()), (Theme::Dark, "/bin/mine"));
}

#[test]
fn values_out_of_range_are_refused_at_their_field() {
    let (_folder, file) = folder_with("hide_after_seconds = 0\n");
    let error = file.load().expect_err("zero seconds would hide at once");
    assert_eq!(error.code, Code::Invalid("hide_after_seconds".into()));
    let (_folder, file) = folder_with("");
    for (settings, field) in [
        (
            Settings { clear_clipboard_after_seconds: 3601, ..Settings::default() },
            "clear_clipboard_after_seconds",
        ),
        (Settings { request_share_percent: 0, ..Settings::default() }, "request_share_percent"),
        (Settings { request_share_percent: 101, ..Settings::default() }, "request_share_percent"),
        (Settings { columns: vec![Column::Tags], ..Settings::default() }, "columns"),
        (Settings { columns: vec![Column::Name, Column::Name], ..Settings::default() }, "columns"),
    ] {
        let error = file.save(&settings).expect_err("these make no sense");
        assert_eq!(error.code, Code::Invalid(field.into()));
    }
}
