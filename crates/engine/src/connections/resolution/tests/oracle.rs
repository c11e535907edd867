//! Where botocore sends for the same files and the same environment, and who signs: generated combinations.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;
use std::path::Path;

use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use serde::Deserialize;
use serde_json::json;

use super::super::*;
use crate::connections::profiles::first_key;
use crate::testing::botocore::{SERVICES, answers};
use crate::testing::listener::fake_ca;

const CASES: usize = 60;

#[derive(Debug, Clone)]
struct Case {
    environment: BTreeMap<String, String>,
    config: String,
}

#[derive(Debug, Deserialize)]
struct Asked {
    url: Option<String>,
    region: Option<String>,
    signer: Option<String>,
    /// The file of certificates; none for those that the library has.
    certificates: Option<String>,
    error: Option<String>,
}

fn url() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec!["https://one.example", "https://two.example", "http://127.0.0.1:4000"])
}

fn switch() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec!["true", "True", "false", "no"])
}

/// Each of these lines in one of a few cases.
fn seldom<T: std::fmt::Debug>(value: impl Strategy<Value = T>) -> impl Strategy<Value = Option<T>> {
    prop::option::weighted(0.25, value)
}

fn case() -> impl Strategy<Value = Case> {
    let region =
        prop::sample::select(vec!["eu-west-1", "us-east-1", "us-gov-west-1", "cn-north-1", "eusc-de-east-1"]);
    let variables = [
        "AWS_ENDPOINT_URL",
        "AWS_ENDPOINT_URL_SECRETS_MANAGER",
        "AWS_ENDPOINT_URL_STS",
        "AWS_ENDPOINT_URL_SSO_OIDC",
    ];
    let urls = prop::collection::vec(seldom(url()), variables.len());
    let switches = prop::collection::vec(seldom(switch()), 6);
    let of_services = prop::collection::vec(seldom(url()), 3);
    let bundles = (seldom(Just("ca.pem")), seldom(Just("server.pem")));
    (region, any::<bool>(), urls, switches, seldom(url()), of_services, seldom(Just("gone")), bundles)
        .prop_map(
            move |(
                region,
                in_file,
                urls,
                switches,
                endpoint_url,
                of_services,
                gone,
                (of_profile, of_all),
            )| {
                let mut environment = BTreeMap::new();
                let mut config =
                    String::from("[profile p]\naws_access_key_id = AKIAFAKE\naws_secret_access_key = fake\n");
                let mut line = |key: &str, value: &str| config.push_str(&format!("{key} = {value}\n"));
                match in_file {
                    true => line("region", region),
                    false => drop(environment.insert("AWS_DEFAULT_REGION".to_owned(), region.to_owned())),
                }
                for (name, url) in variables.iter().zip(urls) {
                    environment.extend(url.map(|url| ((*name).to_owned(), url.to_owned())));
                }
                let names = [
                    ("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "ignore_configured_endpoint_urls"),
                    ("AWS_USE_FIPS_ENDPOINT", "use_fips_endpoint"),
                    ("AWS_USE_DUALSTACK_ENDPOINT", "use_dualstack_endpoint"),
                ];
                for (at, value) in switches.into_iter().enumerate() {
                    let (variable, key) = names[at / 2];
                    match value {
                        Some(value) if at % 2 == 0 => {
                            drop(environment.insert(variable.to_owned(), value.to_owned()))
                        }
                        Some(value) => line(key, value),
                        None => {}
                    }
                }
                let path = |name| fake_ca(name).display().to_string();
                environment.extend(of_all.map(|name| (CA_BUNDLE.to_owned(), path(name))));
                if let Some(name) = of_profile {
                    line("ca_bundle", &path(name));
                }
                if let Some(url) = endpoint_url {
                    line("endpoint_url", url);
                }
                line("services", gone.unwrap_or("local"));
                config.push_str("[services local]\nother =\n  endpoint_url = https://other.example\n");
                for (key, url) in ["secrets_manager", "sts", "sso"].iter().zip(of_services) {
                    if let Some(url) = url {
                        config.push_str(&format!("{key} =\n  endpoint_url = {url}\n"));
                    }
                }
                Case { environment, config }
            },
        )
}

/// What botocore would ask.
fn botocore(cases: &[Case]) -> Vec<BTreeMap<String, Asked>> {
    let question =
        |case: &Case| json!({ "environment": case.environment, "config": case.config, "profile": "p" });
    answers("botocore_resolves.py", &cases.iter().map(question).collect::<Vec<_>>())
}

#[test]
fn endpoint_region_and_signer_are_those_of_botocore_for_the_same_files_and_environment() {
    let mut runner = TestRunner::deterministic();
    let cases: Vec<_> = (0..CASES).map(|_| case().new_tree(&mut runner).unwrap().current()).collect();
    let mut compared = 0;
    for (case, theirs) in cases.iter().zip(botocore(&cases)) {
        let files = AwsFiles::read(Some((Path::new("/fake/config"), case.config.as_bytes())), None);
        let variables = Variables::read(|name| case.environment.get(name).cloned());
        let ours = resolve(&variables, &files, &Bundles::read(&files), files.profiles.get("p"));
        let asked = |name: &str| &theirs[name];
        if ours.fault.is_some() {
            // Beside FIPS or dual-stack botocore sends to another endpoint all the same.
            let is_variant = ours.routes.variant != EndpointVariant::default();
            let refused = is_variant || SERVICES.iter().any(|(name, _)| asked(name).error.is_some());
            assert!(refused, "{:?}, and botocore sends: {case:#?}", ours.fault);
            continue;
        }
        for (name, service) in SERVICES {
            let Asked { url, region, signer, certificates, error } = asked(name);
            let at = ours.routes.at(service, &ours.region);
            if let Some(error) = error {
                // Our own requests of these kinds are seldom; what the SDK would refuse is refused when one is sent.
                assert!(
                    !matches!(service, Service::SecretsManager | Service::Sts),
                    "{name}: {error} {case:#?}"
                );
                continue;
            }
            assert_eq!(at, *url, "{name} of {case:#?}");
            let of_profile = ours.routes.bundle.as_ref().map(|own| own.bundle.path.display().to_string());
            let counts = variables.get(CA_BUNDLE).map(str::to_owned).or(of_profile);
            assert_eq!(counts, *certificates, "{name} of {case:#?}");
            if service != Service::Iam {
                assert_eq!(region.as_deref(), Some(ours.region.as_str()), "{name} of {case:#?}");
            }
            if service == Service::SecretsManager {
                assert_eq!(*signer, first_key(&files, "p"), "{case:#?}");
            }
            compared += 1;
        }
    }
    assert!(compared > 3 * CASES / 2, "{compared} endpoints are compared");
}
