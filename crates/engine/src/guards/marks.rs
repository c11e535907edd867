//! The file of what a person set on connections, those included that are saved elsewhere: the vault and the profiles.
//!
//! Beside it is a note that there is such a file, made with it and never deleted by Latchkey. A file that somebody deleted,
//! or that a restore left out, is missing then, and says as little as a damaged one. Where neither is there, Latchkey has
//! never run, or both are gone with all that was set.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use latchkey_domain::detour::Way;
use latchkey_domain::guard::{Colour, Emblem, Guard};
use latchkey_domain::{ApiError, ConnectionId};
use serde::{Deserialize, Serialize};

use crate::files;

const FILE: &str = "marks.json";
const NOTE: &str = "marks.note.txt";
const NOTE_TEXT: &str = "\
The guards of Latchkey's connections are in marks.json. While that file is missing, every connection is read-only.
To go on without any guard, write {} into it.
";

/// What was set on one connection.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Mark {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub guard: Option<Guard>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub colour: Option<Colour>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub icon: Option<Emblem>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub reveal_asks: bool,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub saves_by_put: bool,
    /// The account id that the profile led to when it was first used, or the one accepted since.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub account: Option<String>,
    /// What that account, or the one of any other connection, calls itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub alias: Option<Alias>,
    /// The connection whose credentials write.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub writes_through: Option<ConnectionId>,
    /// The detours that the person trusts.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub trusted: Vec<Way>,
}

/// An alias, and the account that had it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Alias {
    pub account: String,
    pub name: String,
}

type All = BTreeMap<ConnectionId, Mark>;

/// The file and what it holds. While it is damaged or missing every connection is read only, because the guards are
/// unknown.
#[derive(Debug)]
pub(super) struct MarksFile {
    path: PathBuf,
    content: Mutex<Result<All, ApiError>>,
}

impl MarksFile {
    pub fn load(folder: &Path) -> Self {
        let path = folder.join(FILE);
        let content = Mutex::new(read(&path));
        Self { path, content }
    }

    /// Makes the file and its note, if this is the first start: from now on a missing one is missed.
    pub fn keep(&self) -> Result<(), ApiError> {
        let is_kept = self.path.exists() && note_of(&self.path).exists();
        // What cannot be read stays as it is.
        if is_kept || self.content().is_err() { Ok(()) } else { self.replace(|_| {}) }
    }

    /// What was set on a connection; nothing is set on one that is not in the file.
    pub fn of(&self, connection: &ConnectionId) -> Result<Mark, ApiError> {
        match &*self.content() {
            Ok(all) => Ok(all.get(connection).cloned().unwrap_or_default()),
            Err(error) => Err(error.clone()),
        }
    }

    pub fn change(&self, connection: &ConnectionId, change: impl FnOnce(&mut Mark)) -> Result<(), ApiError> {
        self.replace(|all| {
            change(all.entry(connection.clone()).or_default());
            all.retain(|_, mark| *mark != Mark::default());
        })
    }

    pub fn forget(&self, connection: &ConnectionId) -> Result<(), ApiError> {
        if self.of(connection)? == Mark::default() {
            return Ok(());
        }
        self.replace(|all| {
            all.remove(connection);
        })
    }

    /// Reads the file again if it could not be read before: it may have been fixed.
    pub fn reload_if_broken(&self) {
        let mut content = self.content();
        if content.is_err() {
            *content = read(&self.path);
        }
    }

    fn replace(&self, change: impl FnOnce(&mut All)) -> Result<(), ApiError> {
        let mut content = self.content();
        let mut all = content.clone()?;
        change(&mut all);
        let written = serde_json::to_vec_pretty(&all).map_err(std::io::Error::from);
        let failed = |path: &Path, error| {
            ApiError::internal(format!("{} could not be written: {error}.", path.display()))
        };
        written.and_then(|json| files::save(&self.path, &json)).map_err(|error| failed(&self.path, error))?;
        let note = note_of(&self.path);
        if !note.exists() {
            files::save(&note, NOTE_TEXT.as_bytes()).map_err(|error| failed(&note, error))?;
        }
        *content = Ok(all);
        Ok(())
    }

    fn content(&self) -> MutexGuard<'_, Result<All, ApiError>> {
        self.content.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn note_of(path: &Path) -> PathBuf {
    path.with_file_name(NOTE)
}

fn read(path: &Path) -> Result<All, ApiError> {
    let shown = path.display();
    let text = files::load_text(path)
        .map_err(|error| ApiError::internal(format!("{shown} could not be read: {error}.")))?;
    match text {
        Some(text) => serde_json::from_str(&text).map_err(|error| {
            ApiError::internal(format!(
                "{shown} is damaged: {error}. Fix it, or write {{}} into it to go on without any guard, then try again."
            ))
        }),
        None if note_of(path).exists() => Err(ApiError::internal(format!(
            "{shown} is missing. Restore it, or write {{}} into it to go on without any guard, then try again."
        ))),
        None => Ok(All::new()),
    }
}
