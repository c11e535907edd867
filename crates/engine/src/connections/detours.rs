//! Detours of requests on their way to AWS: shown with each connection, and trusted once before anything is sent.

use latchkey_domain::connection::Connections;
use latchkey_domain::detour::{Detour, TrustConnection, Way, listed};
use latchkey_domain::endpoint::EndpointVariant;
use latchkey_domain::{ApiError, Code, ConnectionId, Region};

use super::saved::SavedKind;
use super::{Pages, VAULT_REGION, profiles};
use crate::Engine;
use crate::aws::endpoint::{is_loopback, is_of_aws};
use crate::guards::unknown_connection;
use crate::ports::Question;

/// Where a connection sends to.
struct Place {
    region: Region,
    variant: EndpointVariant,
    /// Whether one of AWS's own endpoints is asked too.
    asks_aws: bool,
    /// What is not AWS's own, and who says so.
    endpoints: Vec<(String, Source)>,
}

enum Source {
    /// Typed for a connection in this console, and therefore trusted.
    Typed,
    Found(String),
}

impl Pages {
    fn place(&self, id: &ConnectionId) -> Option<Place> {
        let mut place = self.place_for_secrets(id)?;
        // With an endpoint of its own, a role is still given by the STS of its first base.
        if self.typed_for_role(id).is_some()
            && let Some(given) = self.saved.bases(id).last().and_then(|first| self.place_for_secrets(first))
        {
            place.asks_aws |= given.asks_aws;
            let is_new = |(url, _): &(String, Source)| place.endpoints.iter().all(|(known, _)| known != url);
            let new: Vec<_> = given.endpoints.into_iter().filter(is_new).collect();
            place.endpoints.extend(new);
        }
        Some(place)
    }

    fn place_for_secrets(&self, id: &ConnectionId) -> Option<Place> {
        // Beside an endpoint of AWS for one service, the others are asked at their own.
        let asks_others =
            |url: &Option<String>| url.as_deref().is_none_or(is_of_aws);
        if let Some(saved) = self.saved.find(id) {
            let endpoint_url = self.endpoint_of(saved);
            return Some(Place {
                region: saved.default_region.clone(),
                variant: self.variant_of(id),
                asks_aws: matches!(saved.kind, SavedKind::SsoRole(_)) || asks_others(&endpoint_url),
                endpoints: endpoint_url.into_iter().map(|url| (url, self.source(id))).collect(),
            });
        }
        let (found, asks_aws) = match self.profiles.find(id) {
            Some(profile) => (profile.shown(), profile.asks_aws()),
            None => (self.environment.shown().filter(|found| found.id == *id)?, false),
        };
        Some(Place {
            region: found.default_region,
            variant: found.variant,
            asks_aws: asks_aws || asks_others(&found.endpoint_url),
            endpoints: found.endpoint_url.into_iter().map(|url| (url, self.source(id))).collect(),
        })
    }

    /// Who says where a connection sends to. A role without an endpoint of its own sends to where its base does.
    fn source(&self, id: &ConnectionId) -> Source {
        let first = self.saved.bases(id).last().unwrap_or(id);
        if self.typed_for_role(id).is_some() || self.saved.find(first).is_some() {
            Source::Typed
        } else if profiles::is_profile(first) {
            Source::Found("the AWS profile".to_owned())
        } else {
            Source::Found("AWS_ENDPOINT_URL".to_owned())
        }
    }
}

impl Engine {
    /// What leads the requests of a connection another way, and whether the person trusts it. What stays on this machine
    /// meets no proxy and needs no certificate.
    pub(super) fn detours(&self, pages: &Pages, id: &ConnectionId) -> Vec<Detour> {
        if id.is_vault() {
            return Vec::new();
        }
        let Some(Place { region, variant, asks_aws, endpoints }) = pages.place(id) else {
            return Vec::new();
        };
        let detours = &self.transport.detours;
        let far = endpoints.iter().map(|(url, _)| url.clone()).filter(|url| !is_loopback(url));
        let far: Vec<_> = far.collect();
        let mut met = if far.is_empty() { Vec::new() } else { detours.toward(&far) };
        if asks_aws {
            for way in detours.toward_aws(&region, variant) {
                if !met.contains(&way) {
                    met.push(way);
                }
            }
        }
        let met = met.into_iter().map(untrusted);
        let endpoints = endpoints.into_iter().map(|(url, source)| match source {
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

fn untrusted((way, source): (Way, &'static str)) -> Detour {
    Detour { way, source: source.to_owned(), is_trusted: false }
}

fn question(name: &str, detours: &[Detour]) -> Question {
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
