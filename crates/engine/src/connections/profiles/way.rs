//! How a profile comes to its credentials: the order of the AWS CLI, and what is wrong with a way before it is gone.

use chrono::{DateTime, NaiveDateTime, Utc};
use latchkey_domain::{ApiError, Code, Region};

use crate::aws_files::{AwsFile, AwsFiles, Section};

const KEY_ID: &str = "aws_access_key_id";
const SECRET: &str = "aws_secret_access_key";
/// botocore takes the first that there is.
pub(super) const TOKENS: [&str; 2] = ["aws_security_token", "aws_session_token"];
/// Where programs that write temporary keys note their end.
const EXPIRATIONS: [&str; 4] =
    ["aws_expiration", "aws_session_expiration", "x_security_token_expires", "expiration"];

/// Where credentials come from. None of it is secret: keys and lines of programs are read when they are used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Way {
    /// The key that stands in this file.
    Keys(AwsFile),
    Program,
    Sso(SsoRole),
    WebIdentity(WebIdentity),
    /// A sign-in of `aws login`.
    Login,
    Role(Box<RoleWay>),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct SsoRole {
    pub session: Option<String>,
    pub start_url: String,
    pub region: Region,
    pub account_id: String,
    pub role_name: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct WebIdentity {
    pub token_file: String,
    pub role_arn: String,
    pub session_name: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct RoleWay {
    pub role_arn: String,
    pub external_id: Option<String>,
    pub session_name: Option<String>,
    pub duration_seconds: Option<i32>,
    pub mfa_serial: Option<String>,
    pub base: Base,
}

/// Whose credentials assume a role.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Base {
    /// Those of another profile, or of this one beside its role.
    Profile(String, Way),
    Named(Named),
}

/// The values of `credential_source`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Named {
    Environment,
    Ec2InstanceMetadata,
    EcsContainer,
}

impl Way {
    /// The way of a profile, in the order of botocore's `create_credential_resolver`.
    pub fn find(files: &AwsFiles, name: &str) -> Result<Self, ApiError> {
        let section = section(files, name)?;
        if assumes_a_role(section) {
            return role(files, name, section, &mut vec![name.to_owned()]);
        }
        Self::own(files, name, section)
    }

    /// What a profile has beside a role.
    fn own(files: &AwsFiles, name: &str, section: &Section) -> Result<Self, ApiError> {
        if let Some(token_file) = section.get("web_identity_token_file").filter(|file| !file.is_empty()) {
            return Ok(Self::WebIdentity(WebIdentity {
                token_file: token_file.to_owned(),
                role_arn: needed(name, section, "role_arn", "a web_identity_token_file")?,
                session_name: optional(name, section, "role_session_name")?,
            }));
        }
        if section.has("sso_role_name") || section.has("sso_account_id") {
            return sso(files, name, section).map(Self::Sso);
        }
        if section.has_in(AwsFile::Credentials, KEY_ID) {
            return keys(name, section, AwsFile::Credentials);
        }
        if section.has("login_session") {
            return Ok(Self::Login);
        }
        if section.get("credential_process").is_some() {
            return Ok(Self::Program);
        }
        if section.has_in(AwsFile::Config, KEY_ID) {
            return keys(name, section, AwsFile::Config);
        }
        let next = if section.has("sso_session") {
            "It names an sso_session, and needs sso_account_id and sso_role_name beside it. `aws configure sso` adds them."
        } else {
            "Add an access key, an sso_session with its role, a role_arn or a credential_process to it."
        };
        Err(flawed(format!("The profile {name} has no credentials. {next}")))
    }

    /// Whether a code of an MFA device is needed somewhere on the way.
    pub fn needs_code(&self) -> bool {
        match self {
            Self::Role(role) => role.mfa_serial.is_some() || role.base.needs_code(),
            _ => false,
        }
    }

    /// Where the credentials come from, in words; arguments of programs may be secret.
    pub fn words(&self, section: &Section) -> String {
        match self {
            Self::Role(role) => format!("Role {}, from {}", role.role_arn, role.base.words()),
            Self::WebIdentity(WebIdentity { role_arn, token_file, .. }) => {
                format!("Role {role_arn}, from {token_file}")
            }
            Self::Sso(SsoRole { session, start_url, .. }) => {
                format!("IAM Identity Center, {}", session.as_ref().unwrap_or(start_url))
            }
            Self::Program => "A program (credential_process)".to_owned(),
            Self::Login => "A sign-in of the AWS CLI (aws login)".to_owned(),
            Self::Keys(file) => {
                format!("Access key {}", section.get_in(*file, KEY_ID).unwrap_or_default())
            }
        }
    }
}

impl Base {
    fn needs_code(&self) -> bool {
        matches!(self, Self::Profile(_, way) if way.needs_code())
    }

    fn words(&self) -> &str {
        match self {
            Self::Profile(name, _) => name,
            Self::Named(Named::Environment) => "Environment",
            Self::Named(Named::Ec2InstanceMetadata) => "Ec2InstanceMetadata",
            Self::Named(Named::EcsContainer) => "EcsContainer",
        }
    }
}

/// What a profile without a way would use, in words.
pub(super) fn meant(section: &Section) -> String {
    let words = [
        ("role_arn", "Role"),
        ("sso_session", "IAM Identity Center,"),
        ("sso_start_url", "IAM Identity Center,"),
    ];
    let found = words.into_iter().find_map(|(key, kind)| Some(format!("{kind} {}", section.get(key)?)));
    found.unwrap_or_else(|| "No credentials of its own".to_owned())
}

/// The key that a profile has in a file: id, secret and token.
pub(super) fn key(section: &Section, file: AwsFile) -> Option<(&str, &str, Option<&str>)> {
    let token = TOKENS.iter().find_map(|key| section.get_in(file, key));
    Some((section.get_in(file, KEY_ID)?, section.get_in(file, SECRET)?, token))
}

/// What is no Region is told with its place.
pub(super) fn check_region(name: &str, section: &Section) -> Result<(), ApiError> {
    let text = section.get("region").unwrap_or_default();
    if !section.has("region") || Region::is_valid(text) {
        return Ok(());
    }
    let next = if text.contains(char::is_whitespace) {
        "A comment needs a line of its own that begins with #."
    } else {
        "Write a Region code such as eu-central-1."
    };
    Err(at(name, section, "region", &format!("region is not a Region code. {next}")))
}

fn section<'a>(files: &'a AwsFiles, name: &str) -> Result<&'a Section, ApiError> {
    let section = files.profiles.get(name);
    let section = section.ok_or_else(|| flawed(format!("There is no profile {name}.")))?;
    match section.faults.first() {
        Some(fault) => Err(flawed(format!("The profile {name} cannot be used. {fault}"))),
        None => Ok(section),
    }
}

fn assumes_a_role(section: &Section) -> bool {
    section.has("role_arn") && !section.has("web_identity_token_file")
}

fn has_a_key(section: &Section) -> bool {
    section.has(KEY_ID) || section.has(SECRET)
}

fn role(files: &AwsFiles, name: &str, section: &Section, visited: &mut Vec<String>) -> Result<Way, ApiError> {
    let base = match (section.get("source_profile"), section.get("credential_source")) {
        (Some(_), Some(_)) => {
            let words = "It has both a source_profile and a credential_source. Remove one of them.";
            return Err(at(name, section, "credential_source", words));
        }
        (None, None) => {
            let with_code = if section.has("mfa_serial") {
                ", whose key is used with the code of its mfa_serial"
            } else {
                ""
            };
            let words = format!(
                "It has a role_arn, and needs a source_profile or a credential_source{with_code}. Add one."
            );
            return Err(at(name, section, "role_arn", &words));
        }
        (None, Some("Environment")) => Base::Named(Named::Environment),
        (None, Some("Ec2InstanceMetadata")) => Base::Named(Named::Ec2InstanceMetadata),
        (None, Some("EcsContainer")) => Base::Named(Named::EcsContainer),
        (None, Some(_)) => {
            let words = "credential_source is one of Environment, Ec2InstanceMetadata and EcsContainer.";
            return Err(at(name, section, "credential_source", words));
        }
        (Some(source), None) => base(files, name, section, source, visited)?,
    };
    // botocore takes no notice of a duration that is no number.
    let seconds = section.get("duration_seconds").and_then(|text| text.trim().parse().ok());
    Ok(Way::Role(Box::new(RoleWay {
        role_arn: needed(name, section, "role_arn", "a source_profile")?,
        external_id: optional(name, section, "external_id")?,
        session_name: optional(name, section, "role_session_name")?,
        duration_seconds: seconds,
        mfa_serial: optional(name, section, "mfa_serial")?,
        base,
    })))
}

fn base(
    files: &AwsFiles,
    name: &str,
    from: &Section,
    source: &str,
    visited: &mut Vec<String>,
) -> Result<Base, ApiError> {
    if !files.profiles.contains_key(source) {
        let words = format!("The source_profile {source} does not exist. Correct its name, or add it.");
        return Err(at(name, from, "source_profile", &words));
    }
    let of_source = section(files, source)?;
    // A profile may take its own key to assume its role, or its own program, which botocore does not know.
    let is_own = source == name && (has_a_key(of_source) || of_source.has("credential_process"));
    if visited.iter().any(|seen| seen == source) && !is_own {
        let words =
            "The source_profile leads back to this profile, in a loop. Name one that has credentials.";
        return Err(at(name, from, "source_profile", words));
    }
    visited.push(source.to_owned());
    // As a source, the key of a profile counts over its role.
    let way = if is_own || has_a_key(of_source) || !assumes_a_role(of_source) {
        Way::own(files, source, of_source)?
    } else {
        role(files, source, of_source, visited)?
    };
    Ok(Base::Profile(source.to_owned(), way))
}

fn sso(files: &AwsFiles, name: &str, section: &Section) -> Result<SsoRole, ApiError> {
    let session = section.get("sso_session");
    let of_session = match session {
        None => None,
        Some(session) => {
            let Some(found) = files.sso_sessions.get(session) else {
                let words = format!(
                    "There is no section [sso-session {session}]. Correct the name, or add the section. A sign-in does not \
                     help."
                );
                return Err(at(name, section, "sso_session", &words));
            };
            if let Some(fault) = found.faults.first() {
                return Err(flawed(format!("The profile {name} needs its sso-session. {fault}")));
            }
            let differs = |key: &&str| section.has(key) && section.get(key) != found.get(key);
            if let Some(key) = found.keys().find(differs) {
                let words = format!("{key} differs from that of the sso-session {session}. Remove it here.");
                return Err(at(name, section, key, &words));
            }
            Some(found)
        }
    };
    let value = |key: &str| {
        let (section, what) = match of_session.filter(|session| session.has(key)) {
            Some(session) => (session, "a sign-in"),
            None => (section, "a role of IAM Identity Center"),
        };
        needed(name, section, key, what)
    };
    let (start_url, region) = (value("sso_start_url")?, value("sso_region")?);
    if !Region::is_valid(&region) {
        let of = of_session.filter(|session| session.has("sso_region")).unwrap_or(section);
        return Err(at(name, of, "sso_region", "sso_region is not a Region code such as eu-central-1."));
    }
    Ok(SsoRole {
        session: session.map(str::to_owned),
        start_url,
        region: Region(region),
        account_id: value("sso_account_id")?,
        role_name: value("sso_role_name")?,
    })
}

fn keys(name: &str, section: &Section, file: AwsFile) -> Result<Way, ApiError> {
    let Some((id, secret, token)) = key(section, file) else {
        let words = format!("{KEY_ID} has no {SECRET} beside it, in the same file. Add it.");
        return Err(at(name, section, KEY_ID, &words));
    };
    if id.is_empty() || !id.bytes().all(|byte| byte.is_ascii_graphic()) {
        let words = format!(
            "{KEY_ID} is not the ID of an access key. A comment needs a line of its own that begins with #."
        );
        return Err(at(name, section, KEY_ID, &words));
    }
    let token = token
        .map(|token| (TOKENS.into_iter().find(|key| section.has_in(file, key)).unwrap_or_default(), token));
    for (key, text) in [Some((SECRET, secret)), token].into_iter().flatten() {
        if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_graphic()) {
            let words = format!(
                "{key} is empty or holds a blank, which no key does. A comment needs a line of its own that begins with #."
            );
            return Err(at(name, section, key, &words));
        }
    }
    let ended = EXPIRATIONS.iter().find_map(|key| {
        let text = section.get_in(file, key)?;
        Some((*key, text, instant(text).filter(|at| *at <= Utc::now())?))
    });
    match ended {
        Some((key, text, _)) => {
            let words = format!("The key ended at {text}. Get a new one the way this one was got.");
            Err(at(name, section, key, &words))
        }
        None => Ok(Way::Keys(file)),
    }
}

/// RFC 3339, or without a zone as some programs write it in UTC.
fn instant(text: &str) -> Option<DateTime<Utc>> {
    let with_zone = DateTime::parse_from_rfc3339(text).map(|at| at.to_utc());
    with_zone
        .or_else(|_| NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M:%S").map(|at| at.and_utc()))
        .ok()
}

fn needed(name: &str, section: &Section, key: &str, beside: &str) -> Result<String, ApiError> {
    optional(name, section, key)?.filter(|text| !text.is_empty()).ok_or_else(|| {
        flawed(format!("{}: The profile {name} needs {key} for {beside}. Add it.", section.place))
    })
}

/// A value that is one word for AWS.
fn optional(name: &str, section: &Section, key: &str) -> Result<Option<String>, ApiError> {
    let Some(text) = section.get(key) else { return Ok(None) };
    if text.contains(char::is_whitespace) {
        let words = format!(
            "{key} holds a blank or goes on in the next line. A comment needs a line of its own that begins with #."
        );
        return Err(at(name, section, key, &words));
    }
    Ok(Some(text.to_owned()))
}

/// What is wrong with a value, at its place.
pub(super) fn at(name: &str, section: &Section, key: &str, words: &str) -> ApiError {
    let place = section.place_of(key).unwrap_or_else(|| section.place.clone());
    flawed(format!("The profile {name} cannot be used. {place}: {words}"))
}

fn flawed(message: String) -> ApiError {
    ApiError::new(Code::SignInNeeded, message)
}
