//! The file of saved connections: everything of them that is not secret.

use std::path::{Path, PathBuf};

use latchkey_domain::connection::{AccessKeyDraft, Connection, ConnectionKind, ConnectionState};
use latchkey_domain::endpoint::EndpointVariant;
use latchkey_domain::guard::Marks;
use latchkey_domain::{ApiError, ConnectionId, Region};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::assumed_role::AssumedRole;
use super::identity_center::Role;
use crate::aws::routes::Routes;
use crate::files;

const FILE: &str = "connections.json";
/// An edited file may contain a cycle of roles.
const MAX_BASES: usize = 10;
/// So that a number still fits behind it.
const MAX_FREE_NAME_CHARS: usize = 80;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SavedConnection {
    pub id: ConnectionId,
    pub name: String,
    pub kind: SavedKind,
    /// What IAM Identity Center calls the account.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account_name: Option<String>,
    pub default_region: Region,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub endpoint_url: Option<String>,
    #[serde(default, skip_serializing_if = "is_usual")]
    pub variant: EndpointVariant,
}

fn is_usual(variant: &EndpointVariant) -> bool {
    *variant == EndpointVariant::default()
}

/// The part of a connection that depends on its kind, without secrets.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "snake_case")]
pub(super) enum SavedKind {
    AccessKey { access_key_id: String },
    VaultFile { file: PathBuf },
    SsoRole(Role),
    AssumedRole(AssumedRole),
}

impl SavedConnection {
    pub fn new(draft: &AccessKeyDraft) -> Self {
        Self {
            id: ConnectionId(Uuid::new_v4().to_string()),
            name: draft.name.clone(),
            kind: SavedKind::AccessKey { access_key_id: draft.access_key_id.clone() },
            account_name: None,
            default_region: draft.region.clone(),
            endpoint_url: draft.endpoint_url.clone(),
            variant: draft.variant,
        }
    }

    /// A vault in a file of its own.
    pub fn of_vault(name: String, file: PathBuf) -> Self {
        Self {
            id: ConnectionId::of_vault(&Uuid::new_v4().to_string()),
            name,
            kind: SavedKind::VaultFile { file },
            account_name: None,
            default_region: Region::from(super::VAULT_REGION),
            endpoint_url: None,
            variant: EndpointVariant::default(),
        }
    }

    /// A role under a name of its own.
    pub fn of_role(
        name: String,
        role: Role,
        region: Region,
        endpoint_url: Option<String>,
        variant: EndpointVariant,
    ) -> Self {
        Self {
            id: ConnectionId(Uuid::new_v4().to_string()),
            name,
            kind: SavedKind::SsoRole(role),
            account_name: None,
            default_region: region,
            endpoint_url,
            variant,
        }
    }

    /// A role that another connection assumes; requests go where those of its base go.
    pub fn of_assumed_role(
        name: String,
        role: AssumedRole,
        region: Region,
        endpoint_url: Option<String>,
    ) -> Self {
        Self {
            id: ConnectionId(Uuid::new_v4().to_string()),
            name,
            kind: SavedKind::AssumedRole(role),
            account_name: None,
            default_region: region,
            endpoint_url,
            variant: EndpointVariant::default(),
        }
    }

    /// Where its requests go. That of a role depends on its bases.
    pub fn routes(&self) -> Routes {
        Routes::typed(self.endpoint_url.clone(), self.variant)
    }

    pub fn shown(&self) -> Connection {
        Connection {
            id: self.id.clone(),
            name: self.name.clone(),
            kind: self.kind.shown(),
            account_name: self.account_name.clone(),
            default_region: self.default_region.clone(),
            endpoint_url: self.endpoint_url.clone(),
            variant: self.variant,
            state: ConnectionState::Ready,
            marks: Marks::default(),
        }
    }
}

impl SavedKind {
    /// The connection that this one needs.
    pub fn base(&self) -> Option<&ConnectionId> {
        match self {
            Self::AssumedRole(role) => Some(&role.base),
            Self::AccessKey { .. } | Self::SsoRole(_) | Self::VaultFile { .. } => None,
        }
    }

    fn shown(&self) -> ConnectionKind {
        match self.clone() {
            Self::AccessKey { access_key_id } => ConnectionKind::AccessKey { access_key_id },
            Self::VaultFile { file } => {
                ConnectionKind::VaultFile { file: file.display().to_string(), has_passphrase: None }
            }
            Self::AssumedRole(AssumedRole { base, role_arn, .. }) => {
                ConnectionKind::AssumedRole { base, role_arn }
            }
            Self::SsoRole(Role { session, account_id, role_name }) => {
                ConnectionKind::SsoRole { session, account_id, role_name }
            }
        }
    }
}

/// The file and what it holds; a damaged file holds nothing and is never overwritten.
pub(super) struct SavedFile {
    path: PathBuf,
    content: Result<Vec<SavedConnection>, ApiError>,
}

impl SavedFile {
    pub fn load(folder: &Path) -> Self {
        let path = folder.join(FILE);
        let content = read(&path);
        Self { path, content }
    }

    /// Reads the file again if it could not be read before: it may have been fixed.
    pub fn reload_if_broken(&mut self) -> Result<(), ApiError> {
        if self.content.is_err() {
            self.content = read(&self.path);
        }
        self.content.as_ref().map(drop).map_err(Clone::clone)
    }

    pub fn list(&self) -> &[SavedConnection] {
        self.content.as_deref().unwrap_or_default()
    }

    /// What a role is based on, from its base to the first of all.
    pub fn bases<'a>(&'a self, id: &ConnectionId) -> impl Iterator<Item = &'a ConnectionId> {
        let base = |id: &ConnectionId| self.find(id).and_then(|saved| saved.kind.base());
        std::iter::successors(base(id), move |id| base(id)).take(MAX_BASES)
    }

    pub fn find(&self, id: &ConnectionId) -> Option<&SavedConnection> {
        self.list().iter().find(|saved| saved.id == *id)
    }

    /// Two connections of one name could not be told apart.
    pub fn check_name(&self, name: &str) -> Result<(), ApiError> {
        if self.list().iter().any(|saved| saved.name == name) {
            return Err(ApiError::invalid(
                "name",
                "Another connection has this name. Choose a different one.",
            ));
        }
        Ok(())
    }

    /// This name, or one like it that no other connection has.
    pub fn free_name(&self, name: &str) -> String {
        let name: String = name.chars().filter(|c| !c.is_control()).take(MAX_FREE_NAME_CHARS).collect();
        let others = (2..).map(|n| format!("{name} {n}"));
        let mut names = std::iter::once(name.clone()).chain(others);
        names.find(|name| self.check_name(name).is_ok()).unwrap_or(name)
    }

    /// Adds all of them or none.
    pub fn add(&mut self, connections: Vec<SavedConnection>) -> Result<(), ApiError> {
        for connection in &connections {
            self.check_name(&connection.name)?;
        }
        self.replace(|list| list.extend(connections))
    }

    /// Changes one connection; nothing if it is gone.
    pub fn change(
        &mut self,
        id: &ConnectionId,
        change: impl FnOnce(&mut SavedConnection),
    ) -> Result<(), ApiError> {
        self.replace(|list| {
            if let Some(saved) = list.iter_mut().find(|saved| saved.id == *id) {
                change(saved);
            }
        })
    }

    pub fn remove(&mut self, id: &ConnectionId) -> Result<(), ApiError> {
        self.replace(|list| list.retain(|saved| saved.id != *id))
    }

    fn replace(&mut self, change: impl FnOnce(&mut Vec<SavedConnection>)) -> Result<(), ApiError> {
        let mut list = self.content.clone()?;
        change(&mut list);
        write(&self.path, &list)?;
        self.content = Ok(list);
        Ok(())
    }
}

fn read(path: &Path) -> Result<Vec<SavedConnection>, ApiError> {
    let shown = path.display();
    let text = files::load_text(path)
        .map_err(|error| ApiError::internal(format!("{shown} could not be read: {error}.")))?;
    let Some(text) = text else { return Ok(Vec::new()) };
    serde_json::from_str(&text).map_err(|error| {
        ApiError::internal(format!("{shown} is damaged: {error}. Fix it or move it away, then try again."))
    })
}

fn write(path: &Path, list: &[SavedConnection]) -> Result<(), ApiError> {
    let written = serde_json::to_vec_pretty(list).map_err(std::io::Error::from);
    written
        .and_then(|json| files::save(path, &json))
        .map_err(|error| ApiError::internal(format!("{} could not be written: {error}.", path.display())))
}
