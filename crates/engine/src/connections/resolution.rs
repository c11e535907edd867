//! Where the requests of a profile, or of the key in the environment, go: what the environment and the AWS files say, in
//! the order of the AWS SDKs and Tools reference. `docs/endpoints.md` has the table.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use latchkey_domain::endpoint::EndpointVariant;
use latchkey_domain::{ApiError, Code, Region};

use crate::aws::endpoint;
use crate::aws::hosts::Service;
use crate::aws::routes::{Configured, Routes, Source};
use crate::aws::trust::{Bundle, CA_BUNDLE, OwnBundle};
use crate::aws_files::{AwsFiles, Place, Section};

const BUNDLE: &str = "ca_bundle";
const EVERY_SERVICE: &str = "AWS_ENDPOINT_URL";
const IGNORE: &str = "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS";
const FIPS: &str = "AWS_USE_FIPS_ENDPOINT";
const DUAL_STACK: &str = "AWS_USE_DUALSTACK_ENDPOINT";
const REGIONS: [&str; 2] = ["AWS_REGION", "AWS_DEFAULT_REGION"];
const DEFAULT_REGION: &str = "us-east-1";

/// The variable that names the endpoint of a service, and the key in a section of services.
fn names(service: Service) -> (&'static str, &'static str) {
    match service {
        Service::SecretsManager => ("AWS_ENDPOINT_URL_SECRETS_MANAGER", "secrets_manager"),
        Service::Sts => ("AWS_ENDPOINT_URL_STS", "sts"),
        Service::Iam => ("AWS_ENDPOINT_URL_IAM", "iam"),
        Service::Portal => ("AWS_ENDPOINT_URL_SSO", "sso"),
        Service::Oidc => ("AWS_ENDPOINT_URL_SSO_OIDC", "sso_oidc"),
    }
}

/// The variable that names the endpoint of a service.
pub(super) fn variable_of(service: Service) -> &'static str {
    names(service).0
}

/// The variables that decide where requests go, as they were at the start; an empty one is none.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Variables(BTreeMap<&'static str, String>);

impl Variables {
    pub fn read(variable: impl Fn(&str) -> Option<String>) -> Self {
        let of_services = Service::ALL.map(|service| names(service).0);
        let others = [EVERY_SERVICE, IGNORE, FIPS, DUAL_STACK, CA_BUNDLE].into_iter().chain(REGIONS);
        let named = of_services.into_iter().chain(others);
        let value = |name| variable(name).map(|text| text.trim().to_owned()).filter(|text| !text.is_empty());
        Self(named.filter_map(|name| Some((name, value(name)?))).collect())
    }

    fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }
}

/// The Region where nothing names one.
pub(super) fn default_region() -> Region {
    Region::from(DEFAULT_REGION)
}

/// What is known of where a connection sends.
#[derive(Debug, Clone)]
pub(super) struct Resolution {
    pub region: Region,
    pub routes: Routes,
    /// What keeps it from being used.
    pub fault: Option<ApiError>,
}

/// The files of certificates that profiles name, each read once: many profiles name the same one.
#[derive(Default)]
pub(super) struct Bundles(BTreeMap<PathBuf, Result<Arc<Bundle>, String>>);

impl Bundles {
    pub fn read(files: &AwsFiles) -> Self {
        let named = files.profiles.values().filter_map(|profile| profile.get(BUNDLE));
        let named: BTreeSet<_> = named.filter(|path| !path.is_empty()).collect();
        let read = |path: &Path| Bundle::load(path).map(Arc::new);
        Self(named.into_iter().map(|path| (PathBuf::from(path), read(Path::new(path)))).collect())
    }

    pub fn paths(&self) -> Vec<PathBuf> {
        self.0.keys().cloned().collect()
    }
}

/// The one answer: from the variables, and from a profile of the files if there is one.
pub(super) fn resolve(
    variables: &Variables,
    files: &AwsFiles,
    bundles: &Bundles,
    profile: Option<&Section>,
) -> Resolution {
    let sources = Sources { variables, files, profile };
    let named = Service::ALL.map(|service| sources.endpoint(service));
    let mut fault = named.iter().find_map(|found| found.as_ref().err().cloned());
    let variant = EndpointVariant {
        fips: sources.is_on(FIPS, "use_fips_endpoint"),
        dual_stack: sources.is_on(DUAL_STACK, "use_dualstack_endpoint"),
    };
    let configured = |service: Service| named[service as usize].clone().ok().flatten();
    for service in [Service::SecretsManager, Service::Sts] {
        let found = configured(service);
        let checked = endpoint::check_variant(found.as_ref().map(|found| found.url.as_str()), variant);
        if let (Some(Configured { source: Source::Found(source), .. }), Err(_)) = (found, checked) {
            let message = format!(
                "{} names an endpoint, and FIPS and dual-stack choose among AWS's own endpoints. Remove it, or switch them \
                 off.",
                capital(&source)
            );
            fault = fault.or(Some(ApiError::new(Code::SignInNeeded, message)));
        }
    }
    let (bundle, bundle_fault) = match sources.bundle(bundles) {
        Ok(bundle) => (bundle, None),
        Err(error) => (None, Some(error)),
    };
    let (region, region_fault) = match sources.region() {
        Ok(region) => (region, None),
        Err(error) => (default_region(), Some(error)),
    };
    let routes = Routes::of(configured, variant).trusting(bundle);
    Resolution { region, routes, fault: region_fault.or(fault).or(bundle_fault) }
}

struct Sources<'a> {
    variables: &'a Variables,
    files: &'a AwsFiles,
    profile: Option<&'a Section>,
}

impl<'a> Sources<'a> {
    fn property(&self, key: &str) -> Option<&'a str> {
        self.profile?.get(key).filter(|text| !text.is_empty())
    }

    fn is_on(&self, variable: &str, key: &str) -> bool {
        let text = self.variables.get(variable).or_else(|| self.property(key));
        text.is_some_and(|text| text.trim().eq_ignore_ascii_case("true"))
    }

    /// The Region of the profile, else of the environment.
    fn region(&self) -> Result<Region, ApiError> {
        let of_profile = || Some((self.property("region")?, line(self.profile?.place_of("region"))));
        let of_environment =
            || REGIONS.iter().find_map(|name| Some((self.variables.get(name)?, (*name).to_owned())));
        match of_profile().or_else(of_environment) {
            Some((text, _)) if Region::is_valid(text) => Ok(Region::from(text)),
            Some((_, source)) => {
                let message = format!(
                    "{} names a Region that is not a Region code such as eu-central-1. Correct it, or write another \
                     region into the profile.",
                    capital(&source)
                );
                Err(ApiError::new(Code::SignInNeeded, message))
            }
            None => Ok(default_region()),
        }
    }

    /// The certificates of the profile. Those of the environment count before them, and for every connection.
    fn bundle(&self, bundles: &Bundles) -> Result<Option<OwnBundle>, ApiError> {
        let is_of_all = self.variables.get(CA_BUNDLE).is_some();
        let Some(path) = self.property(BUNDLE).filter(|_| !is_of_all) else { return Ok(None) };
        let Some(read) = bundles.0.get(Path::new(path)) else { return Ok(None) };
        let source = line(self.profile.and_then(|profile| profile.place_of(BUNDLE)));
        match read {
            Ok(bundle) => Ok(Some(OwnBundle { bundle: bundle.clone(), source })),
            Err(why) => {
                let message =
                    format!("{} names {path} as its ca_bundle, {why}. Correct it.", capital(&source));
                Err(ApiError::new(Code::SignInNeeded, message))
            }
        }
    }

    /// The endpoint of a service, checked; none for AWS's own.
    fn endpoint(&self, service: Service) -> Result<Option<Configured>, ApiError> {
        if self.is_on(IGNORE, "ignore_configured_endpoint_urls") {
            return Ok(None);
        }
        let Some((url, source)) = self.named(service)? else { return Ok(None) };
        let checked = endpoint::check(url.trim()).map_err(|error| {
            let message =
                format!("{} names an endpoint that cannot be used. {}", capital(&source), error.message);
            ApiError::new(Code::SignInNeeded, message)
        })?;
        Ok(Some(Configured { url: checked, source: Source::Found(source) }))
    }

    fn named(&self, service: Service) -> Result<Option<(&'a str, String)>, ApiError> {
        let (variable, key) = names(service);
        for variable in [variable, EVERY_SERVICE] {
            if let Some(url) = self.variables.get(variable) {
                return Ok(Some((url, variable.to_owned())));
            }
        }
        let of_profile = || {
            let url = self.property("endpoint_url")?;
            Some((url, line(self.profile?.place_of("endpoint_url"))))
        };
        let Some(name) = self.property("services") else { return Ok(of_profile()) };
        let Some(services) = self.files.services.get(name) else {
            let message = format!(
                "{} names the services {name}, and there is no section [services {name}]. Add it, or remove the line.",
                capital(&line(self.profile.and_then(|profile| profile.place_of("services"))))
            );
            return Err(ApiError::new(Code::SignInNeeded, message));
        };
        let url = services.nested(key, "endpoint_url").filter(|url| !url.is_empty());
        let of_services = url.map(|url| (url, line(services.place_of_nested(key, "endpoint_url"))));
        Ok(of_services.or_else(of_profile))
    }
}

fn capital(words: &str) -> String {
    words.strip_prefix("the ").map_or_else(|| words.to_owned(), |rest| format!("The {rest}"))
}

/// Where something stands, for a sentence.
fn line(place: Option<Place>) -> String {
    let Some(Place { file, line }) = place else { return "the AWS profile".to_owned() };
    let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
    format!("the AWS profile ({name}, line {line})")
}

#[cfg(test)]
mod tests;
