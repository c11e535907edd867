//! The profiles whose way to credentials leads past an MFA device, as roles that one profile assumes by another.

use std::collections::HashSet;

use aws_config::profile::{Profile as Section, ProfileSet};
use latchkey_domain::endpoint::EndpointVariant;
use latchkey_domain::{ApiError, Code, Region};

use super::id_of;
use crate::connections::assumed_role::AssumedRole;
use crate::connections::saved::{SavedConnection, SavedKind};

/// The role of a profile if it, or one that it goes through, names an MFA device. A way that is broken is none: what is
/// wrong with it `aws-config` says.
pub(super) fn find(
    set: &ProfileSet,
    name: &str,
    region: &Region,
) -> Result<Option<SavedConnection>, ApiError> {
    let Some(section) = set.get_profile(name) else { return Ok(None) };
    let (Some(role_arn), true) = (section.get("role_arn"), needs_code(set, name, section)) else {
        return Ok(None);
    };
    let Some(source) = section.get("source_profile").filter(|source| *source != name) else {
        return Err(ApiError::new(
            Code::SignInNeeded,
            format!(
                "The profile {name} has an mfa_serial, but no source_profile whose key could be used with the code. \
                 Add one, then try again."
            ),
        ));
    };
    let role = AssumedRole {
        base: id_of(source),
        role_arn: role_arn.to_owned(),
        external_id: section.get("external_id").map(str::to_owned),
        session_name: section.get("role_session_name").map(str::to_owned),
        duration_minutes: duration_minutes(name, section)?,
        mfa_serial: section.get("mfa_serial").map(str::to_owned),
        endpoint_url: None,
    };
    Ok(Some(SavedConnection {
        id: id_of(name),
        name: name.to_owned(),
        kind: SavedKind::AssumedRole(role),
        default_region: region.clone(),
        account_name: None,
        endpoint_url: None,
        variant: EndpointVariant::default(),
    }))
}

fn needs_code(set: &ProfileSet, name: &str, section: &Section) -> bool {
    let mut needs_code = false;
    let mut seen = HashSet::from([name]);
    let mut next = section;
    // A profile that assumes no role holds the credentials: its own mfa_serial is for other programs.
    while next.get("role_arn").is_some() {
        needs_code |= next.get("mfa_serial").is_some();
        let Some(source) = next.get("source_profile") else { break };
        match set.get_profile(source) {
            // A profile may take its own keys to assume its role.
            Some(_) if source == name && seen.len() == 1 => break,
            Some(section) if seen.insert(source) => next = section,
            _ => return false,
        }
    }
    needs_code
}

/// The file counts in seconds; half a minute more or less is nothing to a role.
fn duration_minutes(name: &str, section: &Section) -> Result<Option<u32>, ApiError> {
    let Some(text) = section.get("duration_seconds") else { return Ok(None) };
    let seconds: u32 = text.trim().parse().map_err(|_| {
        let message =
            format!("The profile {name} has a duration_seconds that is not a number of seconds. Fix it.");
        ApiError::new(Code::SignInNeeded, message)
    })?;
    Ok(Some(seconds / 60))
}
