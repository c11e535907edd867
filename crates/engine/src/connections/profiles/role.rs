//! The roles that profiles assume: as roles of saved connections are, by one request and with one way to tell a failure.

use latchkey_domain::endpoint::EndpointVariant;
use latchkey_domain::{ApiError, Code, ConnectionId, Region};

use super::way::{Base, RoleWay, Way};
use super::{Profile, id_of, is_profile};
use crate::Engine;
use crate::aws::client::Access;
use crate::connections::assumed_role::AssumedRole;
use crate::connections::saved::{SavedConnection, SavedKind};
use crate::ports::BoxFuture;

/// The role of a profile as if it had been saved.
pub(super) fn saved(name: &str, role: &RoleWay, region: &Region) -> SavedConnection {
    SavedConnection {
        id: id_of(name),
        name: name.to_owned(),
        kind: SavedKind::AssumedRole(assumed(name, role)),
        default_region: region.clone(),
        account_name: None,
        endpoint_url: None,
        variant: EndpointVariant::default(),
    }
}

fn assumed(name: &str, role: &RoleWay) -> AssumedRole {
    AssumedRole {
        base: match &role.base {
            Base::Profile(base, _) => id_of(base),
            Base::Named(_) => id_of(name),
        },
        role_arn: role.role_arn.clone(),
        external_id: role.external_id.clone(),
        session_name: role.session_name.clone(),
        duration_minutes: None,
        duration_seconds: role.duration_seconds,
        mfa_serial: role.mfa_serial.clone(),
        endpoint_url: None,
    }
}

impl Engine {
    /// What a connection assumes its role with. A role of a profile takes the credentials of its base, and sends as the
    /// profile itself does.
    pub(in crate::connections) async fn base_access(
        &self,
        id: &ConnectionId,
        role: &AssumedRole,
    ) -> Result<Access, ApiError> {
        if !is_profile(id) {
            return self.access(&role.base).await;
        }
        let profile = self.usable_profile(id)?;
        let Way::Role(way) = profile.way()? else {
            return Err(ApiError::new(
                Code::Conflict,
                "The AWS configuration files have changed. Try again.",
            ));
        };
        self.base_of_profile(&profile, &way.base).await
    }

    /// Fresh credentials of a role without an MFA device, which nothing keeps.
    pub(super) async fn role_for_once(&self, profile: &Profile, role: &RoleWay) -> Result<Access, ApiError> {
        let base = self.base_of_profile(profile, &role.base).await?;
        let role = assumed(&profile.name, role);
        let (access, _) = self.ask_for_role(&base, &profile.region, &role, None).await?;
        Ok(profile.sending(access))
    }

    /// Behind a pointer: the base may be a role itself.
    pub(super) fn base_of_profile<'a>(
        &'a self,
        profile: &'a Profile,
        base: &'a Base,
    ) -> BoxFuture<'a, Result<Access, ApiError>> {
        Box::pin(async move {
            match base {
                Base::Named(named) => self.named_credentials(profile, *named),
                // A code counts once, so what it gave is used by everything that goes through that profile.
                Base::Profile(name, way) if way.needs_code() => {
                    let access = self.access(&id_of(name)).await?;
                    Ok(profile.sending(access))
                }
                Base::Profile(name, Way::Role(role)) => {
                    let access = self.base_of_profile(profile, &role.base).await?;
                    let (given, _) =
                        self.ask_for_role(&access, &profile.region, &assumed(name, role), None).await?;
                    Ok(profile.sending(given))
                }
                Base::Profile(name, way) => {
                    Ok(profile.access_with(&self.credentials_by(profile, name, way).await?))
                }
            }
        })
    }
}
