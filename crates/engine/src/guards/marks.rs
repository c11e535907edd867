//! The file of what a person set on connections, those included that are saved elsewhere: the vault and the profiles.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use latchkey_domain::detour::Way;
use latchkey_domain::guard::{Colour, Emblem, Guard};
use latchkey_domain::{ApiError, ConnectionId};
use serde::{Deserialize, Serialize};

use crate::files;

const FILE: &str = "marks.json";

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

/// The file and what it holds. While it is damaged every connection is read only, because the guards are unknown.
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
        written.and_then(|json| files::save(&self.path, &json)).map_err(|error| {
            ApiError::internal(format!("{} could not be written: {error}.", self.path.display()))
        })?;
        *content = Ok(all);
        Ok(())
    }

    fn content(&self) -> MutexGuard<'_, Result<All, ApiError>> {
        self.content.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn read(path: &Path) -> Result<All, ApiError> {
    let shown = path.display();
    let text = files::load(path)
        .map_err(|error| ApiError::internal(format!("{shown} could not be read: {error}.")))?;
    let Some(text) = text else { return Ok(All::new()) };
    serde_json::from_str(&text).map_err(|error| {
        ApiError::internal(format!("{shown} is damaged: {error}. Fix it or move it away, then try again."))
    })
}
