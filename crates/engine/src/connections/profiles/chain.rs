//! The way of a profile to its credentials: from what it has or asks for at first, by the roles that are assumed one after
//! the other. The order of sources is botocore's; every request goes by the routes of the profile.

use std::collections::HashSet;

use zeroize::Zeroizing;

use crate::aws_files::{AwsFile, AwsFiles, Section};

/// Where the credentials of a profile come from.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Chain {
    pub first: First,
    /// Assumed one after the other.
    pub roles: Vec<Role>,
}

/// What needs no credentials itself. Keys and lines of programs are secret, so `Debug` leaves them out.
#[derive(Clone, PartialEq, Eq)]
pub(super) enum First {
    Key {
        id: String,
        secret: Zeroizing<String>,
        token: Option<Zeroizing<String>>,
    },
    Program {
        line: Zeroizing<String>,
    },
    WebIdentity {
        role: Role,
        token_file: String,
    },
    IdentityCenter {
        start_url: String,
        region: String,
        session: Option<String>,
        account_id: String,
        role_name: String,
    },
    /// The key in the environment.
    Environment,
}

/// What AssumeRole is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Role {
    pub arn: String,
    pub session_name: Option<String>,
    pub external_id: Option<String>,
    pub seconds: Option<i32>,
}

impl Chain {
    /// Follows a profile to its end; else, why there are no credentials.
    pub fn find(files: &AwsFiles, name: &str) -> Result<Self, String> {
        let mut roles = Vec::new();
        let mut seen = HashSet::new();
        let mut next = name;
        loop {
            let section = files.profiles.get(next).ok_or_else(|| format!("there is no profile {next}"))?;
            let is_base = !seen.insert(next);
            // A profile may take its own key, or its own program, to assume its role.
            let is_own = || has_key(section) || section.has("credential_process");
            if is_base && !(seen.len() == 1 && is_own()) {
                return Err(format!("its roles are a loop, which comes back to {next}"));
            }
            let assumes = section.has("role_arn") && !section.has("web_identity_token_file");
            if is_base || !assumes || (next != name && has_key(section)) {
                roles.reverse();
                return Ok(Self { first: first(files, section)?, roles });
            }
            roles.push(role(section)?);
            match (section.get("source_profile"), section.get("credential_source")) {
                (Some(_), Some(_)) => {
                    return Err("it has both a source_profile and a credential_source".to_owned());
                }
                (Some(source), None) => next = source,
                (None, Some(source)) => {
                    roles.reverse();
                    return Ok(Self { first: named(source)?, roles });
                }
                (None, None) => {
                    return Err("its role has neither a source_profile nor a credential_source".to_owned());
                }
            }
        }
    }
}

fn has_key(section: &Section) -> bool {
    section.has("aws_access_key_id") || section.has("aws_secret_access_key")
}

fn named(source: &str) -> Result<First, String> {
    match source {
        "Environment" => Ok(First::Environment),
        _ => Err(format!(
            "its credential_source is {source}, and Latchkey asks no service of a machine for credentials"
        )),
    }
}

fn first(files: &AwsFiles, section: &Section) -> Result<First, String> {
    if let (Some(_), Some(token_file)) = (section.get("role_arn"), section.get("web_identity_token_file")) {
        return Ok(First::WebIdentity { role: role(section)?, token_file: token_file.to_owned() });
    }
    if section.has("sso_account_id") || section.has("sso_role_name") {
        return identity_center(files, section);
    }
    if let Some(key) = key(section, AwsFile::Credentials)? {
        return Ok(key);
    }
    if section.has("login_session") {
        return Err("it signs in by `aws login`, which Latchkey does not use".to_owned());
    }
    if let Some(line) = section.get("credential_process") {
        return Ok(First::Program { line: Zeroizing::new(line.to_owned()) });
    }
    key(section, AwsFile::Config)?
        .ok_or_else(|| "it has no credentials and names no source of them".to_owned())
}

/// The key that one of the files has.
fn key(section: &Section, file: AwsFile) -> Result<Option<First>, String> {
    let Some(id) = section.get_in(file, "aws_access_key_id") else { return Ok(None) };
    let secret = section.get_in(file, "aws_secret_access_key").filter(|secret| !secret.is_empty());
    let secret = secret.ok_or("its aws_access_key_id has no aws_secret_access_key beside it")?;
    let text = |text: &str| Zeroizing::new(text.to_owned());
    let token =
        section.get_in(file, "aws_session_token").or_else(|| section.get_in(file, "aws_security_token"));
    Ok(Some(First::Key { id: id.to_owned(), secret: text(secret), token: token.map(text) }))
}

fn identity_center(files: &AwsFiles, section: &Section) -> Result<First, String> {
    let session = section.get("sso_session");
    let settings = match session {
        Some(name) => {
            files.sso_sessions.get(name).ok_or_else(|| format!("there is no section [sso-session {name}]"))?
        }
        None => section,
    };
    let of = |section: &Section, key: &str| {
        section.get(key).map(str::to_owned).ok_or_else(|| format!("it has no {key} for IAM Identity Center"))
    };
    Ok(First::IdentityCenter {
        start_url: of(settings, "sso_start_url")?,
        region: of(settings, "sso_region")?,
        session: session.map(str::to_owned),
        account_id: of(section, "sso_account_id")?,
        role_name: of(section, "sso_role_name")?,
    })
}

fn role(section: &Section) -> Result<Role, String> {
    let text = |key: &str| section.get(key).map(str::to_owned);
    let seconds = section.get("duration_seconds").map(|text| text.trim().parse()).transpose();
    Ok(Role {
        arn: text("role_arn").unwrap_or_default(),
        session_name: text("role_session_name"),
        external_id: text("external_id"),
        seconds: seconds.map_err(|_| "its duration_seconds is not a number of seconds")?,
    })
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    /// The first source and the roles of a profile, in words.
    fn way(config: &str, name: &str) -> String {
        let files = AwsFiles::read(Some((Path::new("/fake/config"), config.as_bytes())), None);
        let Chain { first, roles } = match Chain::find(&files, name) {
            Ok(chain) => chain,
            Err(reason) => return reason,
        };
        let first = match first {
            First::Key { id, .. } => id,
            First::Program { line } => line.to_string(),
            First::WebIdentity { token_file, .. } => token_file,
            First::IdentityCenter { start_url, session, .. } => format!("{start_url} {session:?}"),
            First::Environment => "environment".to_owned(),
        };
        roles.iter().fold(first, |way, role| format!("{way} > {}", role.arn))
    }

    const KEY: &str = "aws_access_key_id = AKIAFAKE\naws_secret_access_key = fake\n";

    #[test]
    fn a_way_leads_from_its_first_credentials_by_the_roles_in_their_order() {
        let config = format!(
            "[profile a]\nrole_arn = a\nsource_profile = b\n[profile b]\nrole_arn = b\nsource_profile = c\n\
             [profile c]\n{KEY}credential_process = never\n[profile self]\nrole_arn = s\nsource_profile = self\n{KEY}\
             [profile env]\nrole_arn = e\ncredential_source = Environment\n\
             [profile machine]\nrole_arn = m\ncredential_source = Ec2InstanceMetadata\n\
             [profile ring]\nrole_arn = r\nsource_profile = gnir\n[profile gnir]\nrole_arn = g\nsource_profile = ring\n\
             [profile web]\nrole_arn = w\nweb_identity_token_file = /fake/token\nsource_profile = c\n\
             [profile half]\naws_access_key_id = AKIAFAKE\n[profile none]\nregion = eu-west-1\n\
             [profile keyed]\nrole_arn = k\nsource_profile = both\n[profile both]\nrole_arn = x\nsource_profile = a\n{KEY}",
        );
        for (name, expected) in [
            ("a", "never > b > a"),
            ("self", "AKIAFAKE > s"),
            ("env", "environment > e"),
            ("web", "/fake/token"),
            ("keyed", "AKIAFAKE > k"),
            (
                "machine",
                "its credential_source is Ec2InstanceMetadata, and Latchkey asks no service of a machine for credentials",
            ),
            ("ring", "its roles are a loop, which comes back to ring"),
            ("half", "its aws_access_key_id has no aws_secret_access_key beside it"),
            ("none", "it has no credentials and names no source of them"),
        ] {
            assert_eq!(way(&config, name), expected, "{name}");
        }
    }
}
