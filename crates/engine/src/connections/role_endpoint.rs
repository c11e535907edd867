//! The separate Secrets Manager endpoint of a role; STS uses the base's endpoint.

use latchkey_domain::connection::Connection;
use latchkey_domain::endpoint::EndpointVariant;
use latchkey_domain::{ApiError, ConnectionId};

use super::Pages;
use super::saved::{SavedConnection, SavedKind};
use crate::Engine;
use crate::aws::client::Access;
use crate::aws::endpoint;
use crate::aws::routes::Routes;

const FIELD: &str = "endpoint_url";

impl Pages {
    /// The endpoint that was typed for a role, or for the nearest role that it is based on.
    pub(super) fn typed_for_role(&self, id: &ConnectionId) -> Option<&str> {
        self.typed(id).or_else(|| self.typed_for_bases(id))
    }

    /// The endpoint that counts for a role which has none of its own.
    pub(super) fn typed_for_bases(&self, id: &ConnectionId) -> Option<&str> {
        self.saved.bases(id).find_map(|base| self.typed(base))
    }

    fn typed(&self, id: &ConnectionId) -> Option<&str> {
        match &self.saved.find(id)?.kind {
            SavedKind::AssumedRole(role) => role.endpoint_url.as_deref(),
            _ => None,
        }
    }

    /// Where the requests of a connection go. A role sends where the first of its bases does, but for an endpoint of
    /// Secrets Manager of its own.
    pub(super) fn routes(&self, id: &ConnectionId) -> Option<Routes> {
        let mut routes = self.routes_of_first(id)?;
        if self.saved.find(id).is_some() {
            routes.variant = self.variant_of(id);
        }
        Some(routes.with_secrets_manager_at(self.typed_for_role(id)))
    }

    /// Where the first of its bases sends to, which asks STS for every role after it.
    pub(super) fn routes_of_first(&self, id: &ConnectionId) -> Option<Routes> {
        let first = self.saved.bases(id).last().unwrap_or(id);
        let of_saved = || self.saved.find(first).or_else(|| self.saved.find(id)).map(SavedConnection::routes);
        let of_profile = || self.profiles.find(first).map(|profile| profile.routes().clone());
        of_profile().or_else(|| self.environment.routes(first).cloned()).or_else(of_saved)
    }

    /// What was given to a role, as it is sent now: the endpoints may have changed since.
    pub(super) fn direct(&self, saved: &SavedConnection, access: Access) -> Result<Access, ApiError> {
        let Some(routes) = self.routes(&saved.id) else { return Ok(access) };
        endpoint::check_variant(self.typed_for_role(&saved.id), routes.variant)?;
        Ok(access.at(routes))
    }
}

impl Engine {
    /// FIPS and dual-stack of the base would not count at an endpoint of the role's own.
    pub(super) fn check_own_endpoint(&self, base: &ConnectionId, own: Option<&str>) -> Result<(), ApiError> {
        let known = self.known_connections().list;
        let variant = known.iter().find(|known| known.id == *base).map(|known| known.variant);
        endpoint::check_variant(own, variant.unwrap_or_default())
    }

    /// The endpoint that a role is to have from an edit on, checked; none for that of its base.
    pub(crate) fn edited_endpoint(
        &self,
        connection: &Connection,
        typed: &str,
        variant: EndpointVariant,
    ) -> Result<Option<String>, ApiError> {
        let is_role = {
            let pages = self.connections.pages();
            let saved = pages.saved.find(&connection.id);
            saved.is_some_and(|saved| matches!(saved.kind, SavedKind::AssumedRole(_)))
        };
        if !is_role {
            let message = format!("The endpoint of {} is set at its source, not here.", connection.name);
            return Err(ApiError::invalid(FIELD, message));
        }
        let typed = Some(typed.trim()).filter(|typed| !typed.is_empty());
        let own = typed.map(endpoint::check).transpose()?;
        endpoint::check_variant(own.as_deref(), variant)?;
        Ok(own)
    }

    /// Sets it. What was loaded from the former endpoint is dropped, and so are the plans that were made there.
    pub(crate) fn set_role_endpoint(&self, id: &ConnectionId, own: Option<String>) -> Result<(), ApiError> {
        let dropped: Vec<ConnectionId> = {
            let mut pages = self.connections.pages();
            pages.saved.change(id, |saved| {
                if let SavedKind::AssumedRole(role) = &mut saved.kind {
                    role.endpoint_url = own;
                }
            })?;
            let dropped = pages.based_on(|known| known == id);
            pages.credentials.remake_clients(|known| dropped.contains(known));
            dropped
        };
        dropped.iter().for_each(|id| self.forget_read(id));
        Ok(())
    }
}

#[cfg(test)]
mod tests;
