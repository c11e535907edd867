//! FIPS and dual-stack: which connections ask for them, and how a saved one is set.

use latchkey_domain::connection::Connection;
use latchkey_domain::endpoint::EndpointVariant;
use latchkey_domain::{ApiError, ConnectionId};

use super::Pages;
use crate::Engine;
use crate::aws::endpoint;

impl Pages {
    /// What a saved connection and all that it is based on ask for.
    pub(super) fn variant_of(&self, id: &ConnectionId) -> EndpointVariant {
        let own = self.saved.find(id).map(|saved| saved.variant).unwrap_or_default();
        own.with(self.variant_of_bases(id))
    }

    /// What the connections that a role is based on ask for.
    pub(super) fn variant_of_bases(&self, id: &ConnectionId) -> EndpointVariant {
        let of_base = |base: &ConnectionId| {
            let mut found_here = self.profiles.shown().chain(self.environment.shown());
            let of_found = || found_here.find(|known| known.id == *base).map(|known| known.variant);
            self.saved.find(base).map(|saved| saved.variant).or_else(of_found).unwrap_or_default()
        };
        let asked = self.saved.bases(id).map(of_base);
        asked.fold(EndpointVariant::default(), EndpointVariant::with)
    }
}

impl Engine {
    /// Whether a connection can be set so: it is saved here, and sends to AWS's own endpoints.
    pub(crate) fn check_variant(
        &self,
        connection: &Connection,
        variant: EndpointVariant,
    ) -> Result<(), ApiError> {
        if !connection.is_saved() {
            let message = format!("{} is set at its source, not here.", connection.name);
            return Err(ApiError::invalid("variant", message));
        }
        let checked = endpoint::check_variant(connection.endpoint_url.as_deref(), variant);
        checked.map_err(|error| ApiError::invalid("variant", error.message))
    }

    /// Sets it; every client is made anew, since roles send where their bases do.
    pub(crate) fn set_variant(&self, id: &ConnectionId, variant: EndpointVariant) -> Result<(), ApiError> {
        let mut pages = self.connections.pages();
        pages.saved.change(id, |saved| saved.variant = variant)?;
        pages.credentials.remake_clients(|_| true);
        Ok(())
    }
}

#[cfg(test)]
mod tests;
