//! Which of several sources counts. `oracle` compares the same with botocore.

mod certificates;
mod oracle;
mod sent;

use std::path::Path;

use super::*;

const CONFIG: &str = "\
[profile plain]
region = eu-west-1
[profile url]
endpoint_url = https://profile.example
[profile services]
endpoint_url = https://profile.example
services = local
[profile off]
endpoint_url = https://profile.example
services = local
ignore_configured_endpoint_urls = true
[profile fips]
use_fips_endpoint = true
[profile nowhere]
services = gone
[profile clear]
services = clear
[services local]
secrets_manager =
  endpoint_url = http://127.0.0.1:4000
[services clear]
sts =
  endpoint_url = http://sts.example
";

fn resolved(profile: &str, variables: &[(&str, &str)]) -> Resolution {
    let files = AwsFiles::read(Some((Path::new("/fake/config"), CONFIG.as_bytes())), None);
    let value =
        |name: &str| variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned());
    resolve(&Variables::read(value), &files, &Bundles::read(&files), files.profiles.get(profile))
}

/// The endpoint of a service and who says so.
fn told(resolution: &Resolution, service: Service) -> String {
    match resolution.routes.configured(service) {
        Some(Configured { url, source: Source::Found(source) }) => format!("{url} by {source}"),
        Some(Configured { url, source: Source::Typed }) => url.clone(),
        None => "AWS".to_owned(),
    }
}

#[test]
fn the_endpoint_of_a_service_comes_from_the_first_source_that_names_one() {
    use Service::{SecretsManager, Sts};
    let own = ("AWS_ENDPOINT_URL_STS", "https://sts.example");
    let all = ("AWS_ENDPOINT_URL", "https://all.example/");
    for (profile, variables, service, expected) in [
        ("plain", &[][..], Sts, "AWS"),
        ("plain", &[own], Sts, "https://sts.example by AWS_ENDPOINT_URL_STS"),
        ("plain", &[own], SecretsManager, "AWS"),
        ("plain", &[own, all], Sts, "https://sts.example by AWS_ENDPOINT_URL_STS"),
        ("plain", &[own, all], SecretsManager, "https://all.example by AWS_ENDPOINT_URL"),
        ("services", &[all], SecretsManager, "https://all.example by AWS_ENDPOINT_URL"),
        ("services", &[], SecretsManager, "http://127.0.0.1:4000 by the AWS profile (config, line 20)"),
        ("services", &[], Sts, "https://profile.example by the AWS profile (config, line 6)"),
        ("url", &[], SecretsManager, "https://profile.example by the AWS profile (config, line 4)"),
        ("off", &[own, all], Sts, "AWS"),
        ("off", &[], SecretsManager, "AWS"),
        ("services", &[("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "TRUE"), all], SecretsManager, "AWS"),
        (
            "off",
            &[("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "false")],
            Sts,
            "https://profile.example by the AWS profile (config, line 9)",
        ),
        ("none", &[own], Sts, "https://sts.example by AWS_ENDPOINT_URL_STS"),
    ] {
        assert_eq!(told(&resolved(profile, variables), service), expected, "{profile} {variables:?}");
    }
}

#[test]
fn fips_and_dual_stack_count_for_every_service_and_the_environment_counts_first() {
    let fips = ("AWS_USE_FIPS_ENDPOINT", "true");
    for (profile, variables, expected) in [
        ("plain", &[][..], None),
        ("plain", &[fips], Some("FIPS")),
        ("fips", &[], Some("FIPS")),
        ("fips", &[("AWS_USE_FIPS_ENDPOINT", "false")], None),
        ("fips", &[("AWS_USE_DUALSTACK_ENDPOINT", "true")], Some("FIPS, dual-stack")),
    ] {
        let found = resolved(profile, variables);
        assert_eq!(found.routes.variant.words(), expected, "{profile} {variables:?}");
    }
    let found = resolved("plain", &[fips]);
    let at = |service| found.routes.at(service, &found.region).unwrap_or_default();
    for service in Service::ALL {
        assert!(at(service).contains("fips"), "{service:?} at {}", at(service));
    }
}

#[test]
fn the_region_is_that_of_the_profile_else_of_the_environment() {
    let both = [("AWS_REGION", "eu-central-1"), ("AWS_DEFAULT_REGION", "eu-north-1")];
    assert_eq!(resolved("plain", &both).region.as_str(), "eu-west-1");
    assert_eq!(resolved("url", &both).region.as_str(), "eu-central-1");
    assert_eq!(resolved("url", &both[1..]).region.as_str(), "eu-north-1");
    assert_eq!(resolved("url", &[]).region.as_str(), "us-east-1");
}

#[test]
fn a_region_of_the_environment_that_is_none_is_told_by_its_variable_and_only_where_it_counts() {
    for variable in ["AWS_REGION", "AWS_DEFAULT_REGION"] {
        let found = resolved("url", &[(variable, "Frankfurt")]);
        let fault = found.fault.expect("it is told");
        assert!(fault.message.starts_with(&format!("{variable} names a Region")), "{}", fault.message);
        assert_eq!(found.region.as_str(), "us-east-1", "nothing is sent there, and nothing is made of it");
        assert!(resolved("plain", &[(variable, "Frankfurt")]).fault.is_none(), "the profile has its own");
    }
}

#[test]
fn what_cannot_be_used_is_told_by_its_source() {
    for (profile, variables, words) in [
        ("plain", &[("AWS_ENDPOINT_URL_STS", "http://sts.example")][..], "AWS_ENDPOINT_URL_STS"),
        ("clear", &[], "config, line 23"),
        ("nowhere", &[], "[services gone]"),
        ("url", &[("AWS_USE_FIPS_ENDPOINT", "true")], "FIPS"),
        ("fips", &[("AWS_ENDPOINT_URL_STS", "https://sts.example")], "AWS_ENDPOINT_URL_STS"),
    ] {
        let fault = resolved(profile, variables).fault.expect(profile);
        assert!(fault.message.contains(words), "{profile}: {}", fault.message);
    }
    assert!(resolved("off", &[("AWS_USE_FIPS_ENDPOINT", "true")]).fault.is_none(), "they are switched off");
}
