//! Whose credentials a profile gives: as botocore decides it, and what is told where it would fail.
#![allow(clippy::unwrap_used)]

use std::path::Path;

use aws_credential_types::provider::ProvideCredentials;
use chrono::{TimeDelta, Utc};
use latchkey_domain::connection::{ConnectionState, ListConnections};

use super::super::program::Running;
use super::super::way::{Way, key};
use super::{bench, profiles, signer};
use crate::aws_files::{AwsFile, AwsFiles};
use crate::testing::botocore;

fn method(way: &Way) -> &'static str {
    match way {
        Way::Keys(AwsFile::Credentials) => "shared-credentials-file",
        Way::Keys(AwsFile::Config) => "config-file",
        Way::Program => "custom-process",
        Way::Sso(_) => "sso",
        Way::WebIdentity(_) => "assume-role-with-web-identity",
        Way::Login => "login",
        Way::Role(_) => "assume-role",
    }
}

/// The key that a way gives without a request.
async fn key_given(files: &AwsFiles, name: &str, way: &Way) -> Option<String> {
    let section = &files.profiles[name];
    match way {
        Way::Keys(file) => key(section, *file).map(|(id, ..)| id.to_owned()),
        Way::Program => {
            let running = Running::new();
            let program = running.program(section.get("credential_process").unwrap());
            program.provide_credentials().await.ok().map(|given| given.access_key_id().to_owned())
        }
        _ => None,
    }
}

fn file<'a>(name: &'a str, bytes: &'a Option<Vec<u8>>) -> Option<(&'a Path, &'a [u8])> {
    bytes.as_deref().map(|bytes| (Path::new(name), bytes))
}

#[tokio::test]
#[cfg(unix)]
async fn each_profile_of_the_odd_files_gives_the_identity_that_botocore_gives() {
    // Programs are guarded by the program that a bench makes of this one.
    let _bench = bench("").await;
    let cases = botocore::cases();
    let mut compared = 0;
    for (case, theirs) in cases.iter().zip(botocore::read(&cases)) {
        let files = AwsFiles::read(file("config", &case.config), file("credentials", &case.credentials));
        for (name, theirs) in &theirs.identities {
            let about = format!("{name} of {}", case.name);
            let ours = Way::find(&files, name);
            compared += 1;
            let Some(theirs) = theirs else {
                assert!(ours.is_err(), "{about} has no credentials: {ours:?}");
                continue;
            };
            // What is only found out when it is asked for.
            let asked = ["CredentialRetrievalError", "MissingDependencyException", "JSONDecodeError"];
            match &theirs.error {
                Some(error) if !asked.contains(&error.as_str()) => {
                    assert!(ours.is_err(), "{about}: {error}, and {ours:?}");
                }
                _ => {
                    let way = ours.unwrap_or_else(|error| panic!("{about}: {error:?}, and {theirs:?}"));
                    assert_eq!(method(&way), theirs.method, "{about}");
                    assert_eq!(key_given(&files, name, &way).await, theirs.key, "{about}");
                }
            }
        }
    }
    assert!(compared > 50, "{compared} profiles were compared");
}

#[tokio::test]
#[cfg(unix)]
async fn a_key_of_the_credentials_file_counts_over_a_program_of_the_same_profile() {
    let program = r#"printf '%s' '{"Version":1,"AccessKeyId":"AKIAFAKEPROGRAM","SecretAccessKey":"fake"}'"#;
    let bench = bench(&format!("[profile ops]\ncredential_process = {program}\n")).await;
    assert_eq!(signer(&bench, "ops").await.as_deref(), Ok("AKIAFAKEPROGRAM"));
    bench.write_aws_credentials("[ops]\naws_access_key_id = AKIAFAKEOPS\naws_secret_access_key = fake\n");
    assert_eq!(signer(&bench, "ops").await.as_deref(), Ok("AKIAFAKEOPS"));
}

#[tokio::test]
async fn what_a_file_gets_wrong_is_told_at_its_line_and_no_such_profile_is_ready() {
    let key = "aws_access_key_id = AKIAFAKEOPS\naws_secret_access_key = fake\n";
    for (profile, line, words) in [
        (format!("region = eu-west-1 # was 2\n{key}"), 2, "region"),
        (format!("region = eu-west-1\n  eu-west-2\n{key}"), 2, "region"),
        (format!("region = Frankfurt\n{key}"), 2, "such as eu-central-1"),
        (
            "aws_access_key_id = AKIAFAKE # mine\naws_secret_access_key = fake\n".to_owned(),
            2,
            "aws_access_key_id",
        ),
        (
            "aws_access_key_id = AKIAFAKE\naws_secret_access_key = fake # mine\n".to_owned(),
            3,
            "aws_secret_access_key",
        ),
        ("aws_access_key_id = AKIAFAKE\n".to_owned(), 2, "aws_secret_access_key"),
        (format!("{key}region = eu-west-1\nregion = eu-west-2\n"), 5, "line 4"),
        (
            format!("{key}aws_session_token = fake\nx_security_token_expires = 2020-01-01T00:00:00Z\n"),
            5,
            "ended",
        ),
        (
            "role_arn = arn:aws:iam::111111111111:role/a\nsource_profile = lost\n".to_owned(),
            3,
            "lost does not exist",
        ),
        (
            "role_arn = arn:aws:iam::111111111111:role/a\ncredential_source = Lambda\n".to_owned(),
            3,
            "Environment",
        ),
        (
            "role_arn = arn:aws:iam::111111111111:role/a\ncredential_source = EcsContainer\n".to_owned(),
            3,
            "the services of a machine",
        ),
        (
            "role_arn = arn:aws:iam::111111111111:role/a\ncredential_source = Ec2InstanceMetadata\n"
                .to_owned(),
            3,
            "the services of a machine",
        ),
        ("sso_session = lost\nsso_account_id = 1\nsso_role_name = a\n".to_owned(), 2, "[sso-session lost]"),
        ("role_arn = arn:aws:iam::111111111111:role/a\n".to_owned(), 2, "source_profile"),
    ] {
        let bench = bench(&format!("[profile odd]\n{profile}[profile good]\n{key}")).await;
        let list = profiles(&bench).await;
        let odd = list.iter().find(|known| known.name == "odd").expect("it is listed");
        let ConnectionState::Failed(error) = &odd.state else { panic!("{profile} is {:?}", odd.state) };
        assert!(error.message.contains(&format!("config, line {line}: ")), "{profile}: {}", error.message);
        assert!(error.message.contains(words), "{profile}: {}", error.message);
        let advice = ["aws sso login", "cargo", "source profile chain"];
        assert!(advice.iter().all(|words| !error.message.contains(words)), "{}", error.message);
        signer(&bench, "odd").await.expect_err("nothing is sent");
        assert_eq!(signer(&bench, "good").await.as_deref(), Ok("AKIAFAKEOPS"), "{profile}");
    }
}

#[tokio::test]
#[cfg(unix)]
async fn credentials_that_have_ended_are_refused_whoever_gives_them() {
    let lasts = |time: TimeDelta| (Utc::now() + time).format("%Y-%m-%dT%H:%M:%SZ").to_string();
    for (lasts, is_good) in [(lasts(TimeDelta::hours(-1)), false), (lasts(TimeDelta::hours(1)), true)] {
        let answer = format!(
            r#"{{"Version":1,"AccessKeyId":"ASIAFAKE","SecretAccessKey":"fake","SessionToken":"fake","Expiration":"{lasts}"}}"#
        );
        let bench = bench(&format!("[profile ops]\ncredential_process = printf %s '{answer}'\n")).await;
        let answer = signer(&bench, "ops").await;
        assert_eq!(answer.is_ok(), is_good, "{answer:?}");
        if let Err(error) = answer {
            assert!(error.message.contains("ended at"), "{}", error.message);
        }
    }
}

#[tokio::test]
async fn a_sign_in_of_aws_login_says_what_works_in_its_place() {
    let bench = bench("[profile me]\nlogin_session = arn:aws:iam::111111111111:user/me\n").await;
    let error = signer(&bench, "me").await.expect_err("it is not supported");
    let line = "credential_process = aws configure export-credentials --profile me";
    assert!(error.message.contains(line), "{}", error.message);
}

#[tokio::test]
async fn a_name_that_nothing_reads_and_a_file_that_is_missing_are_told_above_the_list() {
    let bench =
        bench("[profile Data Platform]\nregion = eu-west-1\n[profile ops]\nregion = eu-west-1\n").await;
    let known = bench.engine.list_connections(ListConnections {}).await.unwrap();
    let told = known.profiles_failure.expect("one of the names is not read").message;
    assert!(told.contains("config, line 1: ") && told.contains("[profile \"Data Platform\"]"), "{told}");
    assert!(known.list.iter().any(|connection| connection.name == "ops"));

    let folder = tempfile::tempdir().unwrap();
    let mut files = crate::ports::ProfileFiles::below(folder.path());
    assert!(super::super::read_files(&files).missing.is_empty(), "usual files need not exist");
    files.named_by.push(("AWS_CONFIG_FILE", files.config.clone()));
    let [told] = &super::super::read_files(&files).missing[..] else { panic!("it is missing") };
    assert!(told.contains("does not exist, and AWS_CONFIG_FILE names it"), "{told}");
}
