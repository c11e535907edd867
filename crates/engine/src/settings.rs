//! The settings file: TOML that holds only what differs from the defaults. A word it does not know is an error, told
//! with its line, and nothing is overwritten then. A change in the window leaves everything else as the person wrote it.

mod written;

use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use latchkey_domain::catalog::Column;
use latchkey_domain::settings::{LoadSettings, SaveSettings, Settings, Theme};
use latchkey_domain::{ApiError, Region};
use toml::Table;

use crate::{Engine, files};

const FILE: &str = "settings.toml";
/// The settings file and what was last read from it.
pub(crate) struct SettingsFile {
    path: PathBuf,
    current: Mutex<Settings>,
}

impl SettingsFile {
    /// A file that cannot be read is told by [`Self::load`]; until it is fixed the defaults count.
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

    /// Writes what was changed in the window since the file was read. What somebody has changed in the file meanwhile
    /// stays, and so do the rotation functions: a page that could set them could run anything.
    fn save(&self, wanted: &Settings) -> Result<Settings, ApiError> {
        let text = text(&self.path)?;
        let in_file = parse(&self.path, &text)?;
        let settings = written::merged(&self.current(), &in_file, wanted)?;
        check(&settings)?;
        let new = written::with(&text, &in_file, &settings)?;
        let saved = behind_link(&self.path).and_then(|file| files::save(&file, new.as_bytes()));
        saved.map_err(|error| {
            ApiError::internal(format!("{} could not be written: {error}.", self.path.display()))
        })?;
        self.set(&settings);
        Ok(settings)
    }
}

impl Engine {
    /// The theme that the settings ask for, also while the console is locked.
    pub fn theme(&self) -> Theme {
        self.settings.current().theme
    }

    /// Reads the settings file anew, and registers the rotation functions in it with the vault.
    pub(crate) async fn load_settings(&self, _: LoadSettings) -> Result<Settings, ApiError> {
        let settings = self.settings.load()?;
        self.budget.set_percent(settings.request_share_percent);
        self.lock.settings_changed();
        let registered = self.register_functions(&settings.rotation_functions).await;
        registered.map_err(|error| {
            let shown = self.settings.path.display();
            ApiError::new(error.code, format!("{shown}: {} Fix the file, then try again.", error.message))
        })?;
        Ok(settings)
    }

    /// Writes the settings, and tells those that count now; refused while the file holds something that cannot be read.
    pub(crate) async fn save_settings(&self, request: SaveSettings) -> Result<Settings, ApiError> {
        let settings = self.settings.save(&request.settings)?;
        self.lock.settings_changed();
        self.budget.set_percent(settings.request_share_percent);
        Ok(settings)
    }
}

fn read(path: &Path) -> Result<Settings, ApiError> {
    parse(path, &text(path)?)
}

/// What is written in the file; nothing if there is none.
fn text(path: &Path) -> Result<String, ApiError> {
    let loaded = match path.is_symlink() {
        true => behind_link(path).and_then(std::fs::read_to_string).map(Some),
        false => files::load_text(path),
    };
    let loaded =
        loaded.map_err(|error| ApiError::internal(format!("{} could not be read: {error}.", path.display())));
    Ok(loaded?.unwrap_or_default())
}

/// The settings are the person's own file, and alone among our files may be a link to where that person keeps such
/// files. They are read and replaced there, and the link stays.
fn behind_link(path: &Path) -> io::Result<PathBuf> {
    if !path.is_symlink() {
        return Ok(path.to_owned());
    }
    path.canonicalize().map_err(|_| io::Error::other("it is a link that leads to no file"))
}

fn parse(path: &Path, text: &str) -> Result<Settings, ApiError> {
    let shown = path.display();
    let settings = toml::from_str(text).map_err(|error| {
        let line = error.span().map_or(1, |span| text[..span.start].matches('\n').count() + 1);
        ApiError::invalid(
            "settings",
            format!("{shown}, line {line}: {}. Fix or delete that line, then try again.", error.message()),
        )
    })?;
    check(&settings).map_err(|error| {
        ApiError::new(error.code, format!("{shown}: {} Fix the file, then try again.", error.message))
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

#[cfg(test)]
mod tests;
