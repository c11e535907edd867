//! Detours of requests on their way to AWS: shown with each connection, and trusted once before anything is sent.

use latchkey_domain::connection::Connections;
use latchkey_domain::detour::{Detour, TrustConnection, Way, listed};
use latchkey_domain::endpoint::EndpointVariant;
use latchkey_domain::{ApiError, Code, ConnectionId, Region};

use super::saved::SavedKind;
use super::{Pages, VAULT_REGION, profiles};
use crate::Engine;
use crate::aws::endpoint::is_loopback;
use crate::aws::hosts::Service;
use crate::aws::routes::{Configured, Source};
use crate::aws::trust::OwnBundle;
use crate::guards::unknown_connection;
use crate::ports::Question;

/// Where a connection sends to.
struct Place {
    /// The Regions of AWS's own endpoints that are asked.
    own: Vec<Region>,
    variant: EndpointVariant,
    /// What is not AWS's own, each once.
    endpoints: Vec<Configured>,
    bundle: Option<OwnBundle>,
}

impl Pages {
    fn place(&self, id: &ConnectionId) -> Option<Place> {
        let routes = self.routes(id)?;
        let first = self.saved.bases(id).last().unwrap_or(id);
        let region = self.default_region(id)?;
        // Who gives its credentials: IAM Identity Center is asked by profiles where they say, else by us at its own.
        let of_profile = self.profiles.find(first).and_then(|profile| profile.sso_region());
        let of_saved = self.saved.find(first).and_then(|saved| match &saved.kind {
            SavedKind::SsoRole(role) => Some(&role.session.region),
            _ => None,
        });
        let bundle = routes.bundle.clone();
        let mut place = Place { own: Vec::new(), variant: routes.variant, endpoints: Vec::new(), bundle };
        let asked = [Service::SecretsManager, Service::Sts, Service::Iam].map(|service| (service, &region));
        let portals = [Service::Portal, Service::Oidc].into_iter();
        let portals =
            of_profile.into_iter().flat_map(|region| portals.clone().map(move |service| (service, region)));
        for (service, region) in asked.into_iter().chain(portals) {
            match routes.configured(service) {
                Some(configured) if place.endpoints.iter().any(|known| known.url == configured.url) => {}
                Some(configured) => place.endpoints.push(configured.clone()),
                None => place.own.push(region.clone()),
            }
        }
        place.own.extend(of_saved.cloned());
        place.own.sort_unstable();
        place.own.dedup();
        Some(place)
    }

    fn default_region(&self, id: &ConnectionId) -> Option<Region> {
        let saved = || self.saved.find(id).map(|saved| saved.default_region.clone());
        let of_profile = || self.profiles.find(id).map(|profile| profile.region().clone());
        let of_environment = || self.environment.shown().filter(|known| known.id == *id);
        of_profile().or_else(saved).or_else(|| of_environment().map(|known| known.default_region))
    }
}

impl Engine {
    /// What leads the requests of a connection another way, and whether the person trusts it. What stays on this machine
    /// meets no proxy and needs no certificate.
    pub(super) fn detours(&self, pages: &Pages, id: &ConnectionId) -> Vec<Detour> {
        if id.is_vault() {
            return Vec::new();
        }
        let Some(Place { own, variant, endpoints, bundle }) = pages.place(id) else {
            return Vec::new();
        };
        let detours = &self.transport.detours;
        let far = endpoints.iter().map(|configured| configured.url.clone()).filter(|url| !is_loopback(url));
        let far: Vec<_> = far.collect();
        let mut met = if far.is_empty() { Vec::new() } else { detours.toward(&far) };
        for way in own.iter().flat_map(|region| detours.toward_aws(region, variant)) {
            if !met.contains(&way) {
                met.push(way);
            }
        }
        let bundle = bundle.filter(|_| !own.is_empty() || !far.is_empty());
        let bundle =
            bundle.map(|own| Detour { way: own.bundle.way(), source: own.source, is_trusted: false });
        let met = met.into_iter().map(untrusted).chain(bundle);
        let endpoints = endpoints.into_iter().map(|Configured { url, source }| match source {
            Source::Typed => {
                Detour { way: Way::Endpoint { url }, source: "you".to_owned(), is_trusted: true }
            }
            Source::Found(source) => Detour { way: Way::Endpoint { url }, source, is_trusted: false },
        });
        let mut detours: Vec<_> = endpoints.chain(met).collect();
        if detours.iter().any(|detour| !detour.is_trusted) {
            // A role goes where its base goes.
            let owners = std::iter::once(id).chain(pages.saved.bases(id));
            let trusted: Vec<_> = owners.flat_map(|owner| self.guards.trusted(owner)).collect();
            detours.iter_mut().for_each(|detour| detour.is_trusted |= trusted.contains(&detour.way));
        }
        detours
    }

    /// What requests meet on their way to AWS's own endpoints, before there is a connection that could trust it.
    pub(super) fn detours_to_aws(&self) -> Vec<Detour> {
        let met = self.transport.detours.toward_aws(&Region::from(VAULT_REGION), EndpointVariant::default());
        met.into_iter().map(untrusted).collect()
    }

    /// Refuses requests through routes that the user does not trust.
    pub(super) fn check_detours(&self, id: &ConnectionId) -> Result<(), ApiError> {
        let mut detours = self.detours(&self.connections.pages(), id);
        detours.retain(|detour| !detour.is_trusted);
        if detours.is_empty() {
            return Ok(());
        }
        let message = format!(
            "Requests would go through {}, which is not trusted for this connection yet, so nothing was sent. Trust \
             it, or remove it at its source.",
            listed(&detours)
        );
        Err(ApiError::new(Code::Untrusted, message))
    }

    /// Trusts the detours of a connection once the person agreed in a system dialog.
    pub(crate) async fn trust_connection(&self, request: TrustConnection) -> Result<Connections, ApiError> {
        let id = request.connection;
        if profiles::is_profile(&id) {
            self.follow_profiles().await;
        }
        let shown = self.known_connections().list.into_iter().find(|known| known.id == id);
        let shown = shown.ok_or_else(|| unknown_connection(&id))?;
        if !shown.marks.is_way_trusted() {
            let (name, detours) = (shown.name, shown.marks.detours);
            if !self.ask(question(&name, &detours)).await? {
                let message = format!("{name} sends nothing: the confirmation was declined.");
                return Err(ApiError::invalid("connection", message));
            }
            self.guards.trust(&id, detours.into_iter().map(|detour| detour.way).collect())?;
        }
        Ok(self.tell_connections())
    }
}

pub(super) fn untrusted((way, source): (Way, &'static str)) -> Detour {
    Detour { way, source: source.to_owned(), is_trusted: false }
}

pub(super) fn question(name: &str, detours: &[Detour]) -> Question {
    let new: Vec<_> = detours.iter().filter(|detour| !detour.is_trusted).cloned().collect();
    let risks: Vec<_> = new.iter().map(|detour| detour.way.risk()).collect();
    Question {
        title: format!("Trust the route of {name}?"),
        text: format!(
            "Its requests do not go directly to AWS, but through {}. {}",
            listed(&new),
            risks.join(" ")
        ),
        verb: "Trust this route".to_owned(),
    }
}

#[cfg(test)]
mod tests;
