//! Where a connection leads that the page describes: a system dialog asks before anything is sent there. Else a page that
//! somebody else controls could make a connection of its own, and send there what is saved.

use std::collections::HashSet;

use latchkey_domain::assumed_role::AssumedRoleDraft;
use latchkey_domain::connection::{AccessKeyDraft, Connection};
use latchkey_domain::detour::Way;
use latchkey_domain::endpoint::EndpointVariant;
use latchkey_domain::identity_center::SsoSession;
use latchkey_domain::text::escape_invisible;
use latchkey_domain::{ApiError, ConnectionId, Region};

use super::assumed_role::AssumedRole;
use crate::Engine;
use crate::aws::endpoint;
use crate::aws::hosts::{self, Service};
use crate::ports::Question;

/// What the button says that agrees to a new connection.
pub(crate) const CONNECT: &str = "Connect";

/// What a person confirms. What else is typed may change between a test and a save without another question.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Destination {
    /// The account of an access key, or what answers at an endpoint.
    Key { access_key_id: String, endpoint_url: Option<String> },
    /// The account of a role.
    Role { base: ConnectionId, role_arn: String, endpoint_url: Option<String> },
    /// Roles of IAM Identity Center at an endpoint that is not AWS's.
    SsoRoles { session: SsoSession, endpoint_url: String },
    /// Another endpoint of a role that is saved.
    Edited { connection: ConnectionId, endpoint_url: String },
}

/// What was confirmed and not saved yet: saving it asks no second time.
pub(super) type Confirmed = HashSet<Destination>;

impl Engine {
    /// Confirms where an access key leads, before it is tested or saved.
    pub(super) async fn confirm_key(&self, draft: &AccessKeyDraft) -> Result<Destination, ApiError> {
        let destination = Destination::Key {
            access_key_id: draft.access_key_id.clone(),
            endpoint_url: draft.endpoint_url.clone(),
        };
        let url = draft.endpoint_url.as_deref();
        let lines = [format!("Access key ID: {}", draft.access_key_id)];
        let question = question(&draft.name, url, &draft.region, draft.variant, &lines);
        let field = if url.is_some() { "endpoint_url" } else { "access_key_id" };
        self.confirm(destination, question, field).await
    }

    /// Confirms where a role leads, before it is tested or saved. `draft` is what `role` was made of.
    pub(super) async fn confirm_role(
        &self,
        draft: &AssumedRoleDraft,
        role: &AssumedRole,
    ) -> Result<Destination, ApiError> {
        let known = self.known_connections().list;
        let base = known.iter().find(|known| known.id == role.base);
        let url = role.endpoint_url.as_deref().or_else(|| base?.endpoint_url.as_deref());
        let lines = [
            format!("Role: {}", role.role_arn),
            format!("Account: {}", role.role_arn.split(':').nth(4).unwrap_or_default()),
            format!("Assumed through: {}", base.map_or("", |base| base.name.as_str())),
        ];
        let variant = base.map(|base| base.variant).unwrap_or_default();
        let question = question(&draft.name, url, &draft.region, variant, &lines);
        let destination = Destination::Role {
            base: role.base.clone(),
            role_arn: role.role_arn.clone(),
            endpoint_url: role.endpoint_url.clone(),
        };
        let field = if role.endpoint_url.is_some() { "endpoint_url" } else { "role_arn" };
        self.confirm(destination, question, field).await
    }

    /// Confirms the endpoint of roles of IAM Identity Center, before they are saved. AWS's own needs no word: the person
    /// has signed in outside of the page.
    pub(super) async fn confirm_sso_roles(
        &self,
        session: &SsoSession,
        names: &[&str],
        endpoint_url: &str,
        region: &Region,
    ) -> Result<Destination, ApiError> {
        let destination =
            Destination::SsoRoles { session: session.clone(), endpoint_url: endpoint_url.to_owned() };
        let lines = [format!("Signed in at: {}", session.start_url)];
        let names = names.join(", ");
        let question = question(&names, Some(endpoint_url), region, EndpointVariant::default(), &lines);
        self.confirm(destination, question, "endpoint_url").await
    }

    /// Confirms the other endpoint that a saved role is to have, before it is tested or saved; none if it has it already.
    pub(crate) async fn confirm_endpoint(
        &self,
        before: &Connection,
        url: &str,
    ) -> Result<Option<Destination>, ApiError> {
        if before.endpoint_url.as_deref() == Some(url) {
            return Ok(None);
        }
        let way = Way::Endpoint { url: url.to_owned() };
        let name = escape_invisible(&before.name);
        let question = Question {
            title: format!("Send the requests of {name} to {url}?"),
            text: format!("Secret values are read there and saved there from now on. {}", way.risk()),
            verb: "Send them there".to_owned(),
        };
        let destination = Destination::Edited { connection: before.id.clone(), endpoint_url: url.to_owned() };
        let refused = format!("{} keeps its endpoint: the new one was not confirmed.", before.name);
        self.confirm_or(destination, question, || ApiError::invalid("endpoint_url", refused)).await.map(Some)
    }

    /// What was confirmed is saved: whoever wants it once more is asked once more.
    pub(crate) fn forget_confirmed(&self, destination: &Destination) {
        self.connections.pages().confirmed.remove(destination);
    }

    async fn confirm(
        &self,
        destination: Destination,
        question: Question,
        field: &str,
    ) -> Result<Destination, ApiError> {
        let refused =
            || ApiError::invalid(field, "Nothing was sent or saved: the connection was not confirmed.");
        self.confirm_or(destination, question, refused).await
    }

    async fn confirm_or(
        &self,
        destination: Destination,
        question: Question,
        refused: impl FnOnce() -> ApiError,
    ) -> Result<Destination, ApiError> {
        if self.connections.pages().confirmed.contains(&destination) {
            return Ok(destination);
        }
        if !self.ask(question).await? {
            return Err(refused());
        }
        let mut pages = self.connections.pages();
        // Under the same lock as what is dropped when the console closes.
        self.lock.check_open()?;
        pages.confirmed.insert(destination.clone());
        Ok(destination)
    }
}

/// `endpoint_url` is none for AWS's own.
fn question(
    name: &str,
    endpoint_url: Option<&str>,
    region: &Region,
    variant: EndpointVariant,
    lines: &[String],
) -> Question {
    let of_aws = hosts::own(Service::SecretsManager, region, variant);
    let host = endpoint::host(endpoint_url.or(of_aws.as_deref()).unwrap_or(region.as_str()));
    let name = Some(name.trim()).filter(|name| !name.is_empty()).unwrap_or("the new connection");
    let name = escape_invisible(name);
    let (place, risk) = match endpoint_url {
        Some(url) => (url.to_owned(), Way::Endpoint { url: url.to_owned() }.risk()),
        None => (format!("{host} (AWS)"), "Whoever owns the account can read what is saved there."),
    };
    let lines = lines.iter().map(|line| escape_invisible(line)).collect::<Vec<_>>().join("\n");
    Question {
        title: format!("Connect {name} to {host}?"),
        text: format!(
            "Requests go to: {place}\nRegion: {region}\n{lines}\n\nSecret values are read there and saved there. \
             {risk} Connect only if you entered this yourself."
        ),
        verb: CONNECT.to_owned(),
    }
}

#[cfg(test)]
mod tests;
