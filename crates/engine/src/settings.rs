//! The settings file: TOML that holds only what differs from the defaults. A word it does not know is an error, told
//! with its line, and nothing is overwritten then.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use latchkey_domain::catalog::Column;
use latchkey_domain::settings::{LoadSettings, SaveSettings, Settings};
use latchkey_domain::{ApiError, Region};
use toml::Table;

use crate::{Engine, files};

const FILE: &str = "settings.toml";
const HEADER: &str = "\
# Latchkey's settings. Only what differs from the defaults stands here; delete a line to go back to its default.
# The window writes this file anew when a setting is changed there, without comments of yours.

";

/// The settings file and what was last read from it.
pub(crate) struct SettingsFile {
    path: PathBuf,
    current: Mutex<Settings>,
}

impl SettingsFile {
    /// A file that cannot be read is told by [`Self::load`]; until it is mended the defaults count.
    pub fn new(folder: &Path) -> Self {
        let path = folder.join(FILE);
        let current = Mutex::new(read(&path).unwrap_or_default());
        Self { path, current }
    }

    pub fn current(&self) -> Settings {
        self.current.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The names of the settings that differ from their defaults.
    pub fn differing(&self) -> Vec<String> {
        differing(&self.current()).map(|table| table.keys().cloned().collect()).unwrap_or_default()
    }

    fn set(&self, settings: &Settings) {
        *self.current.lock().unwrap_or_else(PoisonError::into_inner) = settings.clone();
    }

    fn load(&self) -> Result<Settings, ApiError> {
        let settings = read(&self.path)?;
        self.set(&settings);
        Ok(settings)
    }

    fn save(&self, settings: &Settings) -> Result<(), ApiError> {
        check(settings)?;
        read(&self.path)?;
        let text = format!("{HEADER}{}", differences(settings)?);
        files::save(&self.path, text.as_bytes()).map_err(|error| {
            ApiError::internal(format!("{} could not be written: {error}.", self.path.display()))
        })?;
        self.set(settings);
        Ok(())
    }
}

impl Engine {
    /// Reads the settings file anew, and registers the rotation functions in it with the vault.
    pub async fn load_settings(&self, _: LoadSettings) -> Result<Settings, ApiError> {
        let settings = self.settings.load()?;
        self.budget.set_percent(settings.request_share_percent);
        self.lock.settings_changed();
        let registered = self.register_functions(&settings.rotation_functions).await;
        registered.map_err(|error| {
            let shown = self.settings.path.display();
            ApiError::new(error.code, format!("{shown}: {} Mend the file, then try again.", error.message))
        })?;
        Ok(settings)
    }

    /// Writes the settings; refused while the file holds something that cannot be read. The rotation functions stay what
    /// the file has.
    pub async fn save_settings(&self, request: SaveSettings) -> Result<Settings, ApiError> {
        let rotation_functions = read(&self.settings.path)?.rotation_functions;
        let settings = Settings { rotation_functions, ..request.settings };
        self.settings.save(&settings)?;
        self.lock.settings_changed();
        self.budget.set_percent(settings.request_share_percent);
        Ok(settings)
    }
}

fn read(path: &Path) -> Result<Settings, ApiError> {
    let shown = path.display();
    let text = files::load(path)
        .map_err(|error| ApiError::internal(format!("{shown} could not be read: {error}.")))?
        .unwrap_or_default();
    let settings = toml::from_str(&text).map_err(|error| {
        let line = error.span().map_or(1, |span| text[..span.start].matches('\n').count() + 1);
        ApiError::invalid(
            "settings",
            format!("{shown}, line {line}: {}. Mend or delete that line, then try again.", error.message()),
        )
    })?;
    check(&settings).map_err(|error| {
        ApiError::new(error.code, format!("{shown}: {} Mend the file, then try again.", error.message))
    })?;
    Ok(settings)
}

/// Whether the settings make sense together.
fn check(settings: &Settings) -> Result<(), ApiError> {
    for (field, seconds) in [
        ("hide_after_seconds", settings.hide_after_seconds),
        ("clear_clipboard_after_seconds", settings.clear_clipboard_after_seconds),
    ] {
        if !(1..=3600).contains(&seconds) {
            return Err(ApiError::invalid(field, format!("{field} must be from 1 to 3600, not {seconds}.")));
        }
    }
    let minutes = settings.lock_after_minutes;
    if minutes > 1440 {
        let told = format!("lock_after_minutes must be from 0 (never) to 1440, not {minutes}.");
        return Err(ApiError::invalid("lock_after_minutes", told));
    }
    let percent = settings.request_share_percent;
    if !(1..=100).contains(&percent) {
        let told = format!("request_share_percent must be from 1 to 100, not {percent}.");
        return Err(ApiError::invalid("request_share_percent", told));
    }
    if settings.columns.first() != Some(&Column::Name) {
        return Err(ApiError::invalid("columns", "The first column must be the name."));
    }
    let repeated = |(at, column): (usize, &Column)| settings.columns[..at].contains(column);
    if settings.columns.iter().enumerate().any(repeated) {
        return Err(ApiError::invalid("columns", "A column can be shown only once."));
    }
    for (field, regions) in
        [("favourite_regions", &settings.favourite_regions), ("recent_regions", &settings.recent_regions)]
    {
        if let Some(region) = regions.iter().find(|region| !Region::is_valid(region.as_str())) {
            let told = format!("{field} holds {:?}, which is not a Region code.", region.as_str());
            return Err(ApiError::invalid(field, told));
        }
    }
    Ok(())
}

fn differing(settings: &Settings) -> Result<Table, toml::ser::Error> {
    let defaults = Table::try_from(Settings::default())?;
    let mut given = Table::try_from(settings)?;
    given.retain(|key, value| defaults.get(key) != Some(value));
    Ok(given)
}

fn differences(settings: &Settings) -> Result<String, ApiError> {
    differing(settings)
        .and_then(|table| toml::to_string(&table))
        .map_err(|error| ApiError::internal(format!("The settings could not be written as TOML: {error}.")))
}

#[cfg(test)]
mod tests {
    use latchkey_domain::Code;
    use latchkey_domain::catalog::{Column, Sort};
    use latchkey_domain::settings::{LoadSettings, SaveSettings, Settings, Theme};

    use super::{FILE, HEADER, SettingsFile};
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
        assert_eq!(file.current(), Settings::default(), "until it is mended the defaults count");
    }

    #[test]
    fn rotation_functions_are_a_table_of_names_and_commands() {
        let (folder, file) =
            folder_with("[rotation_functions]\nRotateFake = \"/bin/fake --flag 'one word'\"\n");
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
}
