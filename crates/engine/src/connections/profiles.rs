//! The profiles of the AWS configuration files: followed while they change, never written.
//!
//! `crate::aws_files` reads the files, `way` finds how a profile comes to its credentials, in the order of the AWS CLI,
//! `given` asks for them, and `role` assumes the roles of profiles as those of saved connections are assumed. What is
//! here is which profiles there are, when they are read again, and how a failure is told.

mod end;
mod given;
pub(super) mod program;
mod role;
mod way;

use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use latchkey_domain::connection::{Connection, ConnectionKind, ConnectionState};
use latchkey_domain::guard::Marks;
use latchkey_domain::identity_center::SsoSession;
use latchkey_domain::{ApiError, ConnectionId, Region};
use zeroize::Zeroizing;

use super::environment::is_environment;
use super::identity_center;
use super::resolution::{Bundles, Variables, resolve};
use super::saved::SavedConnection;
use crate::Engine;
use crate::aws::client::Access;
use crate::aws::hosts::Service;
use crate::aws::routes::Routes;
use crate::aws_files::{AwsFiles, Section};
use crate::guards::unknown_connection;
use crate::ports::ProfileFiles;
use way::Way;

const ID_PREFIX: &str = "profile:";
/// How many lines that are not read are told at once.
const MAX_TOLD: usize = 5;
/// A program that is asked for credentials, or a sign-in service, may take this long.
const CREDENTIALS_TIMEOUT: Duration = Duration::from_secs(30);

/// The profiles as the files had them at the last look.
pub(super) struct Profiles {
    files: ProfileFiles,
    seen: Option<Seen>,
    /// The files of certificates that profiles name, which are followed too.
    bundles: Vec<PathBuf>,
    /// By name.
    list: Vec<Profile>,
    /// The sessions of IAM Identity Center that have a section of their own, by name.
    sso_sessions: Vec<(String, SsoSession)>,
    failure: Option<ApiError>,
}

/// When a file was written last, and how long it is; none if it is not there.
type Stamp = Option<(SystemTime, u64)>;

/// The two files, and the files of certificates.
type Seen = ([Stamp; 2], Vec<Stamp>);

#[derive(Debug, Clone)]
pub(super) struct Profile {
    name: String,
    source: String,
    region: Region,
    routes: Routes,
    /// The Region of the IAM Identity Center that its credentials come from.
    sso_region: Option<Region>,
    /// How it comes to its credentials.
    way: Option<Way>,
    /// What keeps it from being used.
    fault: Option<ApiError>,
    /// Set if it assumes a role.
    role: Option<SavedConnection>,
}

impl Profiles {
    pub fn new(files: ProfileFiles) -> Self {
        Self {
            files,
            seen: None,
            bundles: Vec::new(),
            list: Vec::new(),
            sso_sessions: Vec::new(),
            failure: None,
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

    /// The role of a profile, as if it had been saved.
    pub fn role(&self, id: &ConnectionId) -> Option<&SavedConnection> {
        self.find(id)?.role.as_ref()
    }

    pub fn find(&self, id: &ConnectionId) -> Option<&Profile> {
        let name = id.as_str().strip_prefix(ID_PREFIX)?;
        let at = self.list.binary_search_by(|profile| profile.name.as_str().cmp(name)).ok()?;
        self.list.get(at)
    }
}

/// The id of the key that a profile begins with.
#[cfg(test)]
pub(super) fn first_key(files: &AwsFiles, name: &str) -> Option<String> {
    Way::find(files, name).ok()?.first_key(files, name)
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
        let (files, bundles, seen) = {
            let Profiles { files, bundles, seen, .. } = &self.connections.pages().profiles;
            (files.clone(), bundles.clone(), seen.clone())
        };
        // A folder of the network may take its time.
        let look = move || {
            let stamps = [&files.config, &files.credentials].map(|file| stamp(file));
            if seen == Some((stamps, stamps_of(&bundles))) {
                return None;
            }
            let read = read_files(&files);
            let bundles = Bundles::read(&read.files);
            let seen = (stamps, stamps_of(&bundles.paths()));
            Some((files, seen, read, bundles))
        };
        let looked = tokio::task::spawn_blocking(look).await;
        let Ok(Some((files, seen, Read { files: read, missing }, bundles))) = looked else { return };
        let mut pages = self.connections.pages();
        if pages.profiles.seen.as_ref() == Some(&seen) {
            // Somebody else was faster.
            return;
        }
        pages.environment.follow(&read, &bundles);
        // The files say where the key in the environment goes too; roles follow what they are assumed by.
        let is_of_files = |id: &ConnectionId| is_profile(id) || is_environment(id);
        let following = pages.based_on(is_of_files);
        pages.credentials.forget(is_of_files);
        pages.credentials.remake_clients(|id| following.contains(id));
        self.guards.lose_accounts(is_profile);
        let sso_sessions = sso_sessions(&read);
        let failure = failure(&read, missing);
        let variables = pages.environment.variables();
        let profiles = read.profiles.iter();
        let list =
            profiles.map(|(name, section)| Profile::new(variables, &read, &bundles, name, section)).collect();
        let bundles = bundles.paths();
        pages.profiles = Profiles { files, seen: Some(seen), bundles, list, sso_sessions, failure };
    }

    /// The credentials that a profile leads to; asked for again when they are about to end.
    pub(super) async fn profile_access(&self, id: &ConnectionId) -> Result<Access, ApiError> {
        self.follow_profiles().await;
        let profile = self.usable_profile(id)?;
        self.check_detours(id)?;
        if let Some(access) = self.connections.pages().credentials.fresh(id, SystemTime::now().into()) {
            return Ok(access.clone());
        }
        if let Some(role) = &profile.role {
            return Ok(profile.sending(self.saved_access(role).await?));
        }
        let credentials = self.credentials_by(&profile, &profile.name, profile.way()?).await?;
        let access = profile.access_with(&credentials);
        let mut pages = self.connections.pages();
        // Under the same lock as what is dropped when the console closes.
        self.lock.check_open()?;
        pages.credentials.renew(id, access.clone(), credentials.expiry().map(Into::into));
        // Other credentials may lead to another account.
        self.guards.lose_accounts(|known| known == id);
        Ok(access)
    }

    /// Fresh credentials of a profile, which nothing keeps. A code of an MFA device counts once, so what it gave is
    /// used while it lasts.
    pub(super) async fn profile_access_for_once(&self, id: &ConnectionId) -> Result<Access, ApiError> {
        self.follow_profiles().await;
        let profile = self.usable_profile(id)?;
        self.check_detours(id)?;
        match profile.way()? {
            way if way.needs_code() => self.profile_access(id).await,
            Way::Role(role) => self.role_for_once(&profile, role).await,
            way => Ok(profile.access_with(&self.credentials_by(&profile, &profile.name, way).await?)),
        }
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
        variables: &Variables,
        files: &AwsFiles,
        bundles: &Bundles,
        name: &str,
        section: &Section,
    ) -> Self {
        let resolution = resolve(variables, files, bundles, Some(section));
        let region = resolution.region;
        let region_fault = way::check_region(name, section).err();
        let found = Way::find(files, name);
        let refused = found.as_ref().ok().and_then(|way| way.refused(files, name));
        let (way, way_fault) = match found {
            Ok(way) => (Some(way), refused),
            Err(error) => (None, Some(error)),
        };
        let role = match &way {
            Some(Way::Role(way)) => Some(role::saved(name, way, &region)),
            _ => None,
        };
        Self {
            name: name.to_owned(),
            source: way.as_ref().map_or_else(|| way::meant(section), |way| way.words(section)),
            region,
            routes: resolution.routes,
            sso_region: way.as_ref().and_then(Way::sso_region).cloned(),
            fault: region_fault.or(resolution.fault).or(way_fault),
            way,
            role,
        }
    }

    /// A profile without a way has a fault, which is told before.
    fn way(&self) -> Result<&Way, ApiError> {
        let gone = || ApiError::internal("The AWS configuration files have changed. Try again.");
        self.way.as_ref().ok_or_else(|| self.fault.clone().unwrap_or_else(gone))
    }

    pub(super) fn routes(&self) -> &Routes {
        &self.routes
    }

    pub(super) fn region(&self) -> &Region {
        &self.region
    }

    pub(super) fn sso_region(&self) -> Option<&Region> {
        self.sso_region.as_ref()
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

/// The sections `[sso-session NAME]`, by name.
fn sso_sessions(files: &AwsFiles) -> Vec<(String, SsoSession)> {
    let session = |(name, section): (&String, &Section)| {
        let region = Region::from(section.get("sso_region").filter(|_| section.faults.is_empty())?);
        Some((name.clone(), identity_center::found(section.get("sso_start_url")?, region)))
    };
    files.sso_sessions.iter().filter_map(session).collect()
}

/// What the files say, and which of them could not be read.
struct Read {
    files: AwsFiles,
    missing: Vec<String>,
}

fn read_files(files: &ProfileFiles) -> Read {
    let mut missing = Vec::new();
    let [config, credentials] = [&files.config, &files.credentials].map(|path| match std::fs::read(path) {
        Ok(bytes) => Some(Zeroizing::new(bytes)),
        Err(error) => {
            let named = files.named_by.iter().find(|(_, named)| named == path);
            let path = path.display();
            match named {
                Some((variable, _)) if error.kind() == ErrorKind::NotFound => missing.push(format!(
                    "{path} does not exist, and {variable} names it. Correct the variable and restart Latchkey, or create \
                     the file."
                )),
                None if error.kind() == ErrorKind::NotFound => {}
                _ => missing.push(format!("{path} could not be read ({}). Check its permissions.", error.kind())),
            }
            None
        }
    });
    let [config, credentials] = [(&files.config, &config), (&files.credentials, &credentials)]
        .map(|(path, bytes)| Some((path.as_path(), bytes.as_ref()?.as_slice())));
    Read { files: AwsFiles::read(config, credentials), missing }
}

/// What is told above the list: the rest is told at its profile.
fn failure(read: &AwsFiles, missing: Vec<String>) -> Option<ApiError> {
    let told = missing.into_iter().chain(read.faults.iter().map(ToString::to_string));
    let mut told: Vec<_> = told.collect();
    if told.is_empty() {
        return None;
    }
    let more = told.len().saturating_sub(MAX_TOLD);
    told.truncate(MAX_TOLD);
    if more > 0 {
        told.push(format!("And {more} more."));
    }
    Some(ApiError::internal(format!("A part of the AWS configuration files is not read. {}", told.join(" "))))
}

fn stamps_of(files: &[PathBuf]) -> Vec<Stamp> {
    files.iter().map(|file| stamp(file)).collect()
}

fn stamp(file: &Path) -> Stamp {
    let metadata = std::fs::metadata(file).ok()?;
    Some((metadata.modified().ok()?, metadata.len()))
}

#[cfg(test)]
mod tests;
