//! The `ca_bundle` of a profile, before real TLS.
#![allow(clippy::unwrap_used)]

use std::path::Path;

use latchkey_domain::Code;
use serde_json::json;

use super::super::{Bundles, CA_BUNDLE, Resolution, Variables, resolve};
use super::sent::Scene;
use crate::aws_files::AwsFiles;
use crate::testing::in_own_home;
use crate::testing::listener::{Arrived, Listener, Reply, fake_ca};

/// All services in one.
fn answered(request: &Arrived) -> Reply {
    let path = request.operation.as_str();
    if path.starts_with("/federation/credentials") {
        let given = json!({ "roleCredentials": {
            "accessKeyId": "ASIAFAKEPORTAL", "secretAccessKey": "fake", "sessionToken": "fake",
            "expiration": 4_102_444_800_000_u64,
        } });
        return (200, given.to_string());
    }
    match path {
        "/token" => (200, json!({ "accessToken": "fake-new", "expiresIn": 28800 }).to_string()),
        "GetCallerIdentity" => (
            200,
            "<GetCallerIdentityResponse><GetCallerIdentityResult><Arn>arn:aws:sts::210987654321:assumed-role/a/b</Arn>\
             <Account>210987654321</Account></GetCallerIdentityResult></GetCallerIdentityResponse>"
                .to_owned(),
        ),
        "ListSecrets" => (200, json!({ "SecretList": [] }).to_string()),
        _ => (404, "{}".to_owned()),
    }
}

#[tokio::test]
async fn the_certificates_of_a_profile_count_for_each_of_its_services_and_for_no_other_profile() {
    let test = "the_certificates_of_a_profile_count_for_each_of_its_services_and_for_no_other_profile";
    if !in_own_home(module_path!(), test) {
        return;
    }
    let cache = std::path::PathBuf::from(std::env::var_os("HOME").unwrap()).join(".aws/sso/cache");
    std::fs::create_dir_all(&cache).unwrap();
    // A sign-in that has ended and can be renewed; the CLI names its file by the SHA-1 of the name `corp`.
    let sign_in = json!({
        "accessToken": "fake-old", "expiresAt": "2020-01-01T00:00:00Z", "refreshToken": "fake-refresh",
        "clientId": "fake-client", "clientSecret": "fake-client-secret",
        "registrationExpiresAt": "2099-01-01T00:00:00Z", "region": "eu-west-1",
        "startUrl": "https://fake.awsapps.com/start",
    });
    std::fs::write(cache.join("ee0bfd2552fbd840c02cc48b6e823320543c450f.json"), sign_in.to_string()).unwrap();
    let aws = Listener::start(answered);
    let url = aws.secured().await;
    let profile = format!(
        "sso_session = corp\nsso_account_id = 111111111111\nsso_role_name = Reader\nregion = eu-west-1\nendpoint_url = {url}\n"
    );
    let config = format!(
        "[sso-session corp]\nsso_start_url = https://fake.awsapps.com/start\nsso_region = eu-west-1\n\
         [profile plain]\n{profile}[profile corp]\n{profile}ca_bundle = {}\n",
        fake_ca("ca.pem").display()
    );
    let scene = Scene::new(&[], &config).await;
    for id in ["profile:plain", "profile:corp"] {
        scene.bench.trust_way(&id.into()).await;
    }
    scene.list("profile:plain").await.expect_err("nobody vouches for the server");
    assert_eq!(aws.take_operations(), Vec::<String>::new(), "nothing was said to it");

    scene.list("profile:corp").await.unwrap();
    let asked = aws.take_operations();
    for service in
        ["/token", "/federation/credentials", "GetCallerIdentity", "ListAccountAliases", "ListSecrets"]
    {
        assert!(asked.iter().any(|operation| operation.starts_with(service)), "{service} in {asked:?}");
    }
}

const CONFIG: &str = "/fake/config";

fn resolved(variables: &[(&str, &str)], ca_bundle: &Path) -> Resolution {
    let config = format!("[profile p]\nregion = eu-west-1\nca_bundle = {}\n", ca_bundle.display());
    let files = AwsFiles::read(Some((Path::new(CONFIG), config.as_bytes())), None);
    let value =
        |name: &str| variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned());
    resolve(&Variables::read(value), &files, &Bundles::read(&files), files.profiles.get("p"))
}

#[test]
fn certificates_of_the_environment_count_before_those_of_a_profile() {
    let own = resolved(&[], &fake_ca("ca.pem")).routes.bundle.expect("its own");
    assert_eq!(own.bundle.path, fake_ca("ca.pem"));
    assert_eq!(own.source, "the AWS profile (config, line 3)");
    for path in [fake_ca("ca.pem"), "/fake/gone.pem".into()] {
        let found = resolved(&[(CA_BUNDLE, "/fake/corp.pem")], &path);
        assert!(found.routes.bundle.is_none() && found.fault.is_none(), "{:?}", found.fault);
    }
}

#[test]
fn a_ca_bundle_that_cannot_be_used_is_told_at_its_line() {
    let folder = tempfile::tempdir().unwrap();
    let [empty, broken, gone] = ["empty.pem", "broken.pem", "gone.pem"].map(|name| folder.path().join(name));
    std::fs::write(&empty, "no certificate").unwrap();
    std::fs::write(&broken, "-----BEGIN CERTIFICATE-----\n!!\n-----END CERTIFICATE-----\n").unwrap();
    for (path, why) in [(gone, "cannot be read"), (empty, "no certificate"), (broken, "not a PEM file")] {
        let fault = resolved(&[], &path).fault.expect("it is told");
        assert_eq!(fault.code, Code::SignInNeeded);
        let words = fault.message;
        assert!(
            words.starts_with("The AWS profile (config, line 3) names ") && words.contains(why),
            "{words}"
        );
        assert!(words.contains(path.to_str().unwrap()), "{words}");
    }
}
