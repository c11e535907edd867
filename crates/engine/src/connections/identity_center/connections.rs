//! Roles as connections: saved several at once, and used with the credentials of the moment.

use std::collections::HashSet;

use latchkey_domain::connection::Connections;
use latchkey_domain::identity_center::{SaveSsoRoles, SsoAccount, SsoRoleDraft, SsoSession};
use latchkey_domain::{ApiError, ConnectionId};

use super::super::saved::{SavedConnection, SavedKind};
use super::super::{check_region, draft};
use super::accounts::{Role, RoleCredentials, check_account_id};
use crate::Engine;
use crate::aws::client::Access;
use crate::aws::endpoint;
use crate::aws::routes::Routes;
use crate::ports::BoxFuture;

const MAX_ROLE_NAME_CHARS: usize = 64;

impl Engine {
    /// Saves the roles that were chosen, each as a connection of its own; all of them or none.
    pub(crate) async fn save_sso_roles(&self, request: SaveSsoRoles) -> Result<Connections, ApiError> {
        let SaveSsoRoles { session, region, endpoint_url, variant, roles } = request;
        let session = super::session::check(&session.start_url, &session.region)?;
        check_region(&region)?;
        let endpoint_url = endpoint_url.as_deref().map(str::trim).filter(|text| !text.is_empty());
        let endpoint_url = endpoint_url.map(endpoint::check).transpose()?;
        endpoint::check_variant(endpoint_url.as_deref(), variant)?;
        if roles.is_empty() {
            return Err(ApiError::invalid("roles", "Choose at least one role."));
        }
        let mut names = HashSet::new();
        let mut connections = Vec::new();
        let mut writers = Vec::new();
        for SsoRoleDraft { name, account_id, role_name, writes_with } in roles {
            let name = draft::check_name(name.trim())?;
            check_account_id(&account_id)?;
            check_role_name(&role_name)?;
            if !names.insert(name.clone()) {
                return Err(taken(&name, "is there twice"));
            }
            let role = Role { session: session.clone(), account_id, role_name };
            writers.push(writes_with.map(|role_name| Role { role_name, ..role.clone() }));
            let account_name = self.account_name(&role);
            let (region, endpoint_url) = (region.clone(), endpoint_url.clone());
            let saved = SavedConnection::of_role(name, role, region, endpoint_url, variant);
            connections.push(SavedConnection { account_name, ..saved });
        }
        let pairs = pairs(&connections, &writers)?;
        {
            let mut pages = self.connections.pages();
            pages.saved.reload_if_broken()?;
            for connection in &connections {
                let is_free = pages.saved.check_name(&connection.name);
                is_free.map_err(|_| taken(&connection.name, "belongs to another connection"))?;
            }
        }
        let destination = match connections.first().and_then(|first| first.endpoint_url.as_deref()) {
            Some(url) => {
                let names: Vec<_> = connections.iter().map(|connection| connection.name.as_str()).collect();
                Some(self.confirm_sso_roles(&session, &names, url, &region).await?)
            }
            None => None,
        };
        // First, so that none of them is ever there without the role that writes for it.
        for (reads, writes) in &pairs {
            self.guards.set_writes_through(reads, writes.clone())?;
        }
        self.add_connections(connections)?;
        destination.iter().for_each(|destination| self.forget_confirmed(destination));
        Ok(self.tell_connections())
    }

    /// Remembers what the accounts of a session are called, and tells it of the roles that are connections already.
    pub(super) fn note_account_names(
        &self,
        session: &SsoSession,
        accounts: &[SsoAccount],
    ) -> Result<(), ApiError> {
        let names = accounts
            .iter()
            .map(|account| ((session.clone(), account.account_id.clone()), account.name.clone()));
        self.identity_center.account_names().extend(names);
        let renamed = |saved: &SavedConnection| {
            let SavedKind::SsoRole(role) = &saved.kind else { return None };
            let name = self.account_name(role)?;
            (saved.account_name.as_ref() != Some(&name)).then(|| (saved.id.clone(), name))
        };
        {
            let mut pages = self.connections.pages();
            let renamed: Vec<_> = pages.saved.list().iter().filter_map(renamed).collect();
            if renamed.is_empty() {
                return Ok(());
            }
            for (id, name) in renamed {
                pages.saved.change(&id, |saved| saved.account_name = Some(name))?;
            }
        }
        self.tell_connections();
        Ok(())
    }

    fn account_name(&self, role: &Role) -> Option<String> {
        let key = (role.session.clone(), role.account_id.clone());
        self.identity_center.account_names().get(&key).cloned()
    }

    /// Forgets what depends on the credentials of a role that were renewed since.
    pub(in super::super) async fn follow_role(&self, id: &ConnectionId, role: &Role) -> Result<(), ApiError> {
        let credentials = self.current_credentials(role).await?;
        self.connections.pages().credentials.follow_key(id, &credentials.access_key_id);
        Ok(())
    }

    pub(in super::super) async fn role_access(
        &self,
        role: &Role,
        routes: Routes,
    ) -> Result<Access, ApiError> {
        Ok(self.current_credentials(role).await?.into_access(routes))
    }

    /// Fresh credentials of a role, which nothing keeps.
    pub(in super::super) async fn role_access_for_once(
        &self,
        role: &Role,
        routes: Routes,
    ) -> Result<Access, ApiError> {
        Ok(self.ask_for_credentials(role).await?.into_access(routes))
    }

    /// Behind a pointer: every request of every command goes through here.
    fn current_credentials<'a>(&'a self, role: &'a Role) -> BoxFuture<'a, Result<RoleCredentials, ApiError>> {
        Box::pin(self.role_credentials(role))
    }
}

/// The characters of IAM's role names.
fn check_role_name(role_name: &str) -> Result<(), ApiError> {
    let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"+=,.@-_".contains(&byte);
    if (1..=MAX_ROLE_NAME_CHARS).contains(&role_name.len()) && role_name.bytes().all(is_allowed) {
        return Ok(());
    }
    Err(ApiError::invalid("roles", format!("{role_name:?} is not the name of a role.")))
}

/// Which of the connections reads, and which one writes for it: a role that was chosen with it and writes itself.
fn pairs(
    connections: &[SavedConnection],
    writers: &[Option<Role>],
) -> Result<Vec<(ConnectionId, ConnectionId)>, ApiError> {
    let mut pairs = Vec::new();
    for (reads, writer) in connections.iter().zip(writers) {
        let Some(writer) = writer else { continue };
        let is_writer = |(other, its): &(&SavedConnection, &Option<Role>)| {
            other.id != reads.id && its.is_none() && other.kind == SavedKind::SsoRole(writer.clone())
        };
        let Some((other, _)) = connections.iter().zip(writers).find(is_writer) else {
            let message = format!(
                "{} writes with the role {}. Choose that role too, and let it write directly.",
                reads.name, writer.role_name
            );
            return Err(ApiError::invalid("roles", message));
        };
        pairs.push((reads.id.clone(), other.id.clone()));
    }
    Ok(pairs)
}

fn taken(name: &str, why: &str) -> ApiError {
    ApiError::invalid("roles", format!("The name {name:?} {why}. Choose a different one."))
}
