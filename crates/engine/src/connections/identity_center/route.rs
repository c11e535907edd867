//! The way of a sign-in to IAM Identity Center, before there is a connection that could trust it.

use latchkey_domain::detour::{Detour, listed};
use latchkey_domain::identity_center::SsoSession;
use latchkey_domain::{ApiError, Code, ConnectionId};

use crate::Engine;
use crate::aws::endpoint::is_loopback;
use crate::aws::hosts::Service;
use crate::connections::detours::{question, untrusted};

/// Under which the trust in the way of a sign-in is kept; no connection has such an id.
pub(super) fn id_of(session: &SsoSession) -> ConnectionId {
    ConnectionId(format!("sign-in:{} {}", session.region, session.start_url))
}

impl Engine {
    /// What leads the requests of a session another way. Roles that are saved from it are asked about by themselves.
    fn sign_in_detours(&self, session: &SsoSession) -> Vec<Detour> {
        let routes = &self.identity_center.routes;
        let detours = &self.transport.detours;
        let typed = [Service::Oidc, Service::Portal].into_iter().filter_map(|service| routes.url(service));
        let typed: Vec<_> = typed.map(str::to_owned).collect();
        let met = match typed.is_empty() {
            true => detours.toward_aws(&session.region, routes.variant),
            false if typed.iter().all(|url| is_loopback(url)) => Vec::new(),
            false => detours.toward(&typed),
        };
        let trusted = self.guards.trusted(&id_of(session));
        let with_trust = |detour: Detour| Detour { is_trusted: trusted.contains(&detour.way), ..detour };
        met.into_iter().map(untrusted).map(with_trust).collect()
    }

    /// Asks in a system dialog, before the first request of a session, about a way that is not trusted.
    pub(super) async fn confirm_sign_in_route(&self, session: &SsoSession) -> Result<(), ApiError> {
        let detours = self.sign_in_detours(session);
        if detours.iter().all(|detour| detour.is_trusted) {
            return Ok(());
        }
        let name = format!("the sign-in to {}", session.start_url);
        if !self.ask(question(&name, &detours)).await? {
            let message = format!(
                "Nothing was sent to IAM Identity Center: the requests would go through {}, and the confirmation was \
                 declined.",
                listed(&detours)
            );
            return Err(ApiError::new(Code::Untrusted, message));
        }
        self.guards.trust(&id_of(session), detours.into_iter().map(|detour| detour.way).collect())
    }
}
