//! The profiles of the AWS configuration files: followed while they change, never written.
//!
//! What is here is which profiles there are, when they are read again, and how a failure is told. `chain` finds the way of
//! a profile to its credentials, and `credentials` goes it. For a way that needs the code of an MFA device `guarded` finds
//! the roles, which are assumed like those of saved connections.

mod chain;
mod credentials;
mod guarded;
pub(super) mod program;

use std::collections::{HashMap, HashSet};
use std::error::Error;
use std::path::Path;
use std::time::{Duration, SystemTime};

use aws_config::profile::{self, Profile as Section, ProfileSet};
use aws_credential_types::Credentials;
use aws_runtime::env_config::file::{EnvConfigFileKind, EnvConfigFiles};
use aws_types::os_shim_internal::{Env, Fs};
use latchkey_domain::connection::{Connection, ConnectionKind, ConnectionState};
use latchkey_domain::guard::Marks;
use latchkey_domain::identity_center::SsoSession;
use latchkey_domain::secret_text::SecretInput;
use latchkey_domain::{ApiError, ConnectionId, Region, Scope};

use super::environment::is_environment;
use super::identity_center;
use super::resolution::{Resolution, resolve};
use super::saved::SavedConnection;
use crate::Engine;
use crate::aws::client::Access;
use crate::aws::hosts::Service;
use crate::aws::routes::Routes;
use crate::aws_files::AwsFiles;
use crate::guards::unknown_connection;
use crate::ports::ProfileFiles;
use chain::Chain;
use zeroize::Zeroizing;

const ID_PREFIX: &str = "profile:";
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

#[derive(Clone)]
pub(super) struct Profile {
    name: String,
    source: String,
    region: Region,
    routes: Routes,
    /// The Region of the IAM Identity Center that its credentials come from.
    sso_region: Option<Region>,
    /// What keeps it from being used.
    fault: Option<ApiError>,
    /// Set if its credentials come by way of an MFA device.
    guarded: Option<SavedConnection>,
    /// Its way to credentials; else, why there is none.
    chain: Result<Chain, String>,
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

/// The id of the key that a profile begins with.
#[cfg(test)]
pub(super) fn first_key(files: &AwsFiles, name: &str) -> Option<String> {
    match Chain::find(files, name).ok()?.first {
        chain::First::Key { id, .. } => Some(id),
        _ => None,
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
        let read = profile::load(&Fs::real(), &Env::real(), &sources(&files), None).await;
        let said = said(&files);
        let mut pages = self.connections.pages();
        pages.environment.follow(&said);
        // The files say where the key in the environment goes too; roles follow what they are assumed by.
        let is_of_files = |id: &ConnectionId| is_profile(id) || is_environment(id);
        let following: Vec<ConnectionId> = {
            let list = pages.saved.list().iter().map(|saved| &saved.id);
            list.filter(|id| pages.saved.bases(id).any(is_of_files)).cloned().collect()
        };
        pages.clients.retain(|Scope { connection, .. }, _| {
            !is_of_files(connection) && !following.contains(connection)
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
                let variables = pages.environment.variables();
                let profile = |name| {
                    let resolution = resolve(variables, &said, said.profiles.get(name));
                    Some(Profile::new(
                        &set,
                        name,
                        set.get_profile(name)?,
                        Chain::find(&said, name),
                        resolution,
                    ))
                };
                (names.into_iter().filter_map(profile).collect(), None)
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
            return Ok(access.at(profile.routes));
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
}

impl Profile {
    fn new(
        set: &ProfileSet,
        name: &str,
        section: &Section,
        chain: Result<Chain, String>,
        resolution: Resolution,
    ) -> Self {
        let Resolution { region, routes, fault } = resolution;
        let (guarded, mfa_fault) = match guarded::find(set, name, &region) {
            Ok(found) => (found, None),
            Err(error) => (None, Some(error)),
        };
        Self {
            name: name.to_owned(),
            source: source(section),
            sso_region: sso_region(set, name),
            region,
            fault: fault.or(mfa_fault),
            routes,
            guarded,
            chain,
        }
    }

    pub(super) fn routes(&self) -> &Routes {
        &self.routes
    }

    pub(super) fn sso_region(&self) -> Option<&Region> {
        self.sso_region.as_ref()
    }

    fn access_with(&self, credentials: &Credentials) -> Access {
        Access {
            routes: self.routes.clone(),
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
            endpoint_url: self.routes.url(Service::SecretsManager).map(str::to_owned),
            variant: self.routes.variant,
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

/// The Region of the IAM Identity Center at the end of a profile's way.
fn sso_region(set: &ProfileSet, name: &str) -> Option<Region> {
    let mut seen = HashSet::new();
    let mut next = name;
    loop {
        let section = set.get_profile(next).filter(|_| seen.insert(next))?;
        let of_session =
            section.get("sso_session").and_then(|session| set.sso_session(session)?.get("sso_region"));
        if let Some(region) = of_session.or(section.get("sso_region")) {
            return Some(Region::from(region));
        }
        next = section.get("source_profile")?;
    }
}

/// What the files say, as it decides where requests go.
fn said(files: &ProfileFiles) -> AwsFiles {
    let read = |path: &Path| std::fs::read(path).ok().map(Zeroizing::new);
    let (config, credentials) = (read(&files.config), read(&files.credentials));
    AwsFiles::read(
        config.as_ref().map(|bytes| (files.config.as_path(), bytes.as_slice())),
        credentials.as_ref().map(|bytes| (files.credentials.as_path(), bytes.as_slice())),
    )
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

fn sources(files: &ProfileFiles) -> EnvConfigFiles {
    let kinds =
        [(EnvConfigFileKind::Config, &files.config), (EnvConfigFileKind::Credentials, &files.credentials)];
    let there = kinds.into_iter().filter(|(_, file)| file.exists());
    there
        .fold(EnvConfigFiles::builder().with_contents(EnvConfigFileKind::Config, ""), |all, (kind, file)| {
            all.with_file(kind, file)
        })
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

fn innermost(error: &dyn Error) -> String {
    let mut cause = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    cause.to_string()
}

#[cfg(test)]
mod tests;
