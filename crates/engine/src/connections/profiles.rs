//! The profiles of the AWS configuration files: followed while they change, never written.
//!
//! `aws-config` reads the files and goes the way of a profile to its credentials; what is here is which profiles there
//! are, when they are read again, and how a failure is told. A way that needs the code of an MFA device is the one that
//! `aws-config` does not go: `guarded` finds it, and its roles are assumed like those of saved connections.

mod guarded;
pub(super) mod program;

use std::collections::HashMap;
use std::error::Error;
use std::path::Path;
use std::time::{Duration, SystemTime};

use aws_config::profile::{self, Profile as Section, ProfileFileCredentialsProvider, ProfileSet};
use aws_config::provider_config::ProviderConfig;
use aws_credential_types::Credentials;
use aws_credential_types::provider::ProvideCredentials;
use aws_credential_types::provider::error::CredentialsError;
use aws_runtime::env_config::file::{EnvConfigFileKind, EnvConfigFiles};
use aws_types::os_shim_internal::{Env, Fs};
use latchkey_domain::connection::{Connection, ConnectionKind, ConnectionState};
use latchkey_domain::endpoint::EndpointVariant;
use latchkey_domain::guard::Marks;
use latchkey_domain::identity_center::SsoSession;
use latchkey_domain::secret_text::SecretInput;
use latchkey_domain::{ApiError, Code, ConnectionId, Region, Scope};

use super::identity_center;
use super::saved::SavedConnection;
use crate::Engine;
use crate::aws::client::Access;
use crate::aws::endpoint;
use crate::guards::unknown_connection;
use crate::ports::ProfileFiles;
use program::Origin;

const ID_PREFIX: &str = "profile:";
const DEFAULT_REGION: &str = "us-east-1";
/// A program that is asked for credentials, or a sign-in service, may take this long.
const CREDENTIALS_TIMEOUT: Duration = Duration::from_secs(30);
/// Credentials that end sooner than this are asked for again before they are used.
const RENEW_BEFORE: Duration = Duration::from_secs(120);

/// The profiles as the files had them at the last look.
pub(super) struct Profiles {
    files: ProfileFiles,
    seen: Option<Stamp>,
    /// By name.
    list: Vec<Profile>,
    /// The sessions of IAM Identity Center that have a section of their own, by name.
    sso_sessions: Vec<(String, SsoSession)>,
    failure: Option<ApiError>,
    resolved: HashMap<ConnectionId, Resolved>,
}

/// When the two files were written last, and how long they are.
type Stamp = [Option<(SystemTime, u64)>; 2];

#[derive(Debug, Clone)]
pub(super) struct Profile {
    name: String,
    source: String,
    region: Region,
    endpoint_url: Option<String>,
    variant: EndpointVariant,
    /// Whether its credentials are those of a role, of IAM or of IAM Identity Center.
    is_role: bool,
    /// What keeps it from being used.
    fault: Option<ApiError>,
    /// Set if its credentials come by way of an MFA device.
    guarded: Option<SavedConnection>,
    /// Set if its credentials come from a program.
    origin: Option<Origin>,
}

struct Resolved {
    access: Access,
    expires_at: Option<SystemTime>,
}

impl Profiles {
    pub fn new(files: ProfileFiles) -> Self {
        Self {
            files,
            seen: None,
            list: Vec::new(),
            sso_sessions: Vec::new(),
            failure: None,
            resolved: HashMap::new(),
        }
    }

    pub fn failure(&self) -> Option<ApiError> {
        self.failure.clone()
    }

    pub fn sso_sessions(&self) -> &[(String, SsoSession)] {
        &self.sso_sessions
    }

    pub fn shown(&self) -> impl Iterator<Item = Connection> {
        self.list.iter().map(Profile::shown)
    }

    /// The role of a profile whose credentials come by way of an MFA device, as if it had been saved.
    pub fn guarded(&self, id: &ConnectionId) -> Option<&SavedConnection> {
        self.find(id)?.guarded.as_ref()
    }

    pub fn find(&self, id: &ConnectionId) -> Option<&Profile> {
        let name = id.as_str().strip_prefix(ID_PREFIX)?;
        let at = self.list.binary_search_by(|profile| profile.name.as_str().cmp(name)).ok()?;
        self.list.get(at)
    }

    pub fn forget_resolved(&mut self) {
        self.resolved.clear();
    }

    pub(super) fn fresh(&self, id: &ConnectionId) -> Option<&Access> {
        let resolved = self.resolved.get(id)?;
        let is_fresh = resolved.expires_at.is_none_or(|at| at > SystemTime::now() + RENEW_BEFORE);
        is_fresh.then_some(&resolved.access)
    }
}

fn id_of(profile: &str) -> ConnectionId {
    ConnectionId(format!("{ID_PREFIX}{profile}"))
}

/// Whether a connection is one of the configuration files.
pub(crate) fn is_profile(id: &ConnectionId) -> bool {
    id.as_str().starts_with(ID_PREFIX)
}

impl Engine {
    /// Reads the files again if they have changed; credentials from them are then asked for anew.
    pub(super) async fn follow_profiles(&self) {
        let files = self.connections.pages().profiles.files.clone();
        let stamp = [&files.config, &files.credentials].map(|file| stamp(file));
        if self.connections.pages().profiles.seen == Some(stamp) {
            return;
        }
        let read = profile::load(&Fs::real(), &Env::real(), &sources(&files, ""), None).await;
        let mut pages = self.connections.pages();
        // Roles that were assumed by a profile send to where it sends.
        let by_profile: Vec<ConnectionId> = {
            let list = pages.saved.list().iter().map(|saved| &saved.id);
            list.filter(|id| pages.saved.bases(id).any(is_profile)).cloned().collect()
        };
        pages.clients.retain(|Scope { connection, .. }, _| {
            !is_profile(connection) && !by_profile.contains(connection)
        });
        pages.callers.retain(|id, _| !is_profile(id));
        pages.account_asked_at.retain(|id, _| !is_profile(id));
        pages.assumed.retain(|id| !is_profile(id));
        self.guards.lose_accounts(is_profile);
        let sso_sessions = read.as_ref().map(sso_sessions).unwrap_or_default();
        let (list, failure) = match read {
            Ok(set) => {
                let mut names: Vec<&str> = set.profiles().collect();
                names.sort_unstable();
                (
                    names
                        .into_iter()
                        .filter_map(|name| Some(Profile::new(&set, name, set.get_profile(name)?)))
                        .collect(),
                    None,
                )
            }
            Err(error) => (Vec::new(), Some(unreadable(&files, &error))),
        };
        pages.profiles =
            Profiles { files, seen: Some(stamp), list, sso_sessions, failure, resolved: HashMap::new() };
    }

    /// The credentials that a profile leads to; asked for again when they are about to end.
    pub(super) async fn profile_access(&self, id: &ConnectionId) -> Result<Access, ApiError> {
        self.follow_profiles().await;
        let profile = self.usable_profile(id)?;
        self.check_detours(id)?;
        if let Some(access) = self.connections.pages().profiles.fresh(id) {
            return Ok(access.clone());
        }
        if let Some(guarded) = &profile.guarded {
            let access = self.saved_access(guarded).await?;
            return Ok(Access { endpoint_url: profile.endpoint_url, variant: profile.variant, ..access });
        }
        let credentials = self.credentials_of(&profile).await?;
        let access = profile.access_with(&credentials);
        let mut pages = self.connections.pages();
        // Under the same lock as what is dropped when the console closes.
        self.lock.check_open()?;
        pages.clients.retain(|scope, _| scope.connection != *id);
        // Other credentials may lead to another account.
        pages.callers.remove(id);
        pages.account_asked_at.remove(id);
        self.guards.lose_accounts(|known| known == id);
        let resolved = Resolved { access: access.clone(), expires_at: credentials.expiry() };
        pages.profiles.resolved.insert(id.clone(), resolved);
        Ok(access)
    }

    /// Fresh credentials of a profile, which nothing keeps. A code of an MFA device counts once, so what it gave is
    /// used while it lasts.
    pub(super) async fn profile_access_for_once(&self, id: &ConnectionId) -> Result<Access, ApiError> {
        self.follow_profiles().await;
        let profile = self.usable_profile(id)?;
        self.check_detours(id)?;
        if profile.guarded.is_some() {
            return self.profile_access(id).await;
        }
        Ok(profile.access_with(&self.credentials_of(&profile).await?))
    }

    fn usable_profile(&self, id: &ConnectionId) -> Result<Profile, ApiError> {
        let pages = self.connections.pages();
        let failure = pages.profiles.failure();
        let profile = pages.profiles.find(id).cloned();
        let profile = profile.ok_or_else(|| failure.unwrap_or_else(|| unknown_connection(id)))?;
        profile.fault.clone().map_or(Ok(profile), Err)
    }

    async fn credentials_of(&self, profile: &Profile) -> Result<Credentials, ApiError> {
        let files = self.connections.pages().profiles.files.clone();
        let is_local = profile.endpoint_url.as_deref().is_some_and(endpoint::is_loopback);
        let transport = if is_local { &self.transport.loopback } else { &self.transport.internet };
        let config = ProviderConfig::without_region()
            .with_region(Some(aws_types::region::Region::new(profile.region.0.clone())))
            .with_http_client(transport.clone());
        let mut provider =
            ProfileFileCredentialsProvider::builder().configure(&config).profile_name(&profile.name);
        provider = match &profile.origin {
            Some(origin) => provider
                .profile_files(sources(&files, &origin.overlay()))
                .with_custom_provider(program::SOURCE, self.connections.programs.program(origin.line())),
            None => provider.profile_files(sources(&files, "")),
        };
        let provider = provider.build();
        match tokio::time::timeout(CREDENTIALS_TIMEOUT, provider.provide_credentials()).await {
            Ok(Ok(credentials)) => Ok(credentials),
            Ok(Err(error)) => Err(no_credentials(profile, &reason(&error))),
            Err(_) => Err(no_credentials(
                profile,
                &format!("there was no answer within {} s", CREDENTIALS_TIMEOUT.as_secs()),
            )),
        }
    }
}

impl Profile {
    fn new(set: &ProfileSet, name: &str, section: &Section) -> Self {
        let endpoint = section.get("endpoint_url").map(endpoint::check).transpose();
        let (endpoint_url, endpoint_fault) = match endpoint {
            Ok(url) => (url, None),
            Err(error) => (None, Some(error)),
        };
        let is_on = |key| section.get(key).is_some_and(|text| text.eq_ignore_ascii_case("true"));
        let variant =
            EndpointVariant { fips: is_on("use_fips_endpoint"), dual_stack: is_on("use_dualstack_endpoint") };
        let region = Region::from(section.get("region").unwrap_or(DEFAULT_REGION));
        let (guarded, mfa_fault) = match guarded::find(set, name, &region) {
            Ok(found) => (found, None),
            Err(error) => (None, Some(error)),
        };
        Self {
            name: name.to_owned(),
            source: source(section),
            is_role: ["role_arn", "sso_session", "sso_start_url"]
                .iter()
                .any(|key| section.get(key).is_some()),
            region,
            fault: endpoint_fault
                .or(endpoint::check_variant(endpoint_url.as_deref(), variant).err())
                .or(mfa_fault),
            endpoint_url,
            variant,
            guarded,
            origin: Origin::find(set, name),
        }
    }

    /// Whether AWS is asked for its credentials by the way of all requests. One whose endpoint is on this machine goes
    /// by no proxy.
    pub(super) fn asks_aws(&self) -> bool {
        self.is_role && !self.endpoint_url.as_deref().is_some_and(endpoint::is_loopback)
    }

    fn access_with(&self, credentials: &Credentials) -> Access {
        Access {
            own_endpoint_url: None,
            endpoint_url: self.endpoint_url.clone(),
            variant: self.variant,
            access_key_id: credentials.access_key_id().to_owned(),
            secret_access_key: SecretInput::new(credentials.secret_access_key()),
            session_token: credentials.session_token().map(SecretInput::new),
        }
    }

    pub(super) fn shown(&self) -> Connection {
        Connection {
            id: id_of(&self.name),
            name: self.name.clone(),
            kind: ConnectionKind::Profile { profile: self.name.clone(), source: self.source.clone() },
            account_name: None,
            default_region: self.region.clone(),
            endpoint_url: self.endpoint_url.clone(),
            variant: self.variant,
            state: self.fault.clone().map_or(ConnectionState::Ready, ConnectionState::Failed),
            marks: Marks::default(),
        }
    }
}

/// Where the credentials of a profile come from, in words; arguments of programs may be secret.
fn source(section: &Section) -> String {
    let from = |key| section.get(key);
    if let Some(role) = from("role_arn") {
        let base = from("source_profile").or(from("credential_source")).or(from("web_identity_token_file"));
        return format!("Role {role}, from {}", base.unwrap_or("nothing"));
    }
    if let Some(session) = from("sso_session").or(from("sso_start_url")) {
        return format!("IAM Identity Center, {session}");
    }
    if from("credential_process").is_some() {
        return "A program (credential_process)".to_owned();
    }
    from("aws_access_key_id")
        .map_or_else(|| "No credentials of its own".to_owned(), |id| format!("Access key {id}"))
}

/// The sections `[sso-session NAME]`, by name.
fn sso_sessions(set: &ProfileSet) -> Vec<(String, SsoSession)> {
    let session = |name: &str| {
        let section = set.sso_session(name)?;
        let region = Region::from(section.get("sso_region")?);
        Some((name.to_owned(), identity_center::found(section.get("sso_start_url")?, region)))
    };
    let mut found: Vec<_> = set.sso_sessions().filter_map(session).collect();
    found.sort();
    found
}

/// The files, and what counts before them.
fn sources(files: &ProfileFiles, overlay: &str) -> EnvConfigFiles {
    let kinds =
        [(EnvConfigFileKind::Config, &files.config), (EnvConfigFileKind::Credentials, &files.credentials)];
    let there = kinds.into_iter().filter(|(_, file)| file.exists());
    there
        .fold(EnvConfigFiles::builder().with_contents(EnvConfigFileKind::Config, ""), |all, (kind, file)| {
            all.with_file(kind, file)
        })
        .with_contents(EnvConfigFileKind::Config, overlay)
        .build()
}

fn stamp(file: &Path) -> Option<(SystemTime, u64)> {
    let metadata = std::fs::metadata(file).ok()?;
    Some((metadata.modified().ok()?, metadata.len()))
}

fn unreadable(files: &ProfileFiles, error: &dyn Error) -> ApiError {
    ApiError::internal(format!(
        "The AWS profiles in {} and {} could not be read: {}. Fix the file, then try again.",
        files.config.display(),
        files.credentials.display(),
        innermost(error)
    ))
}

fn no_credentials(profile: &Profile, reason: &str) -> ApiError {
    let Profile { name, source, .. } = profile;
    let next = if source.starts_with("IAM Identity Center") {
        format!("Sign in with `aws sso login --profile {name}`, then try again.")
    } else {
        "Fix the profile or sign in again, then try again.".to_owned()
    };
    ApiError::new(Code::SignInNeeded, format!("The profile {name} gave no credentials: {reason}. {next}"))
}

/// Why there are no credentials.
fn reason(error: &CredentialsError) -> String {
    innermost(error).trim_end_matches('.').to_owned()
}

fn innermost(error: &dyn Error) -> String {
    let mut cause = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    cause.to_string()
}

#[cfg(test)]
mod tests;
