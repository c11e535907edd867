//! Profiles from files of a test, on a network that plays both STS and Secrets Manager.

use latchkey_domain::connection::{Connection, ConnectionState, ForgetConnection, ListConnections};
use latchkey_domain::contract::LoadInventory;
use latchkey_domain::{ApiError, Code, ConnectionId, Scope};
use serde_json::json;

use crate::testing::{Bench, ok};

mod as_the_cli;
mod cli_sign_in;
mod many;
mod web_identity;

async fn bench(config: &str) -> Bench {
    let bench = Bench::new(|_, _| ok(json!({ "SecretList": [] }))).await;
    bench.write_aws_config(config);
    profiles(&bench).await;
    bench
}

async fn profiles(bench: &Bench) -> Vec<Connection> {
    let known = bench.engine.list_connections(ListConnections {}).await.expect("the list is always told");
    known.list.into_iter().filter(|connection| !connection.id.is_local()).collect()
}

/// Lists secrets through a profile; the id of the access key that signed the request.
async fn signer(bench: &Bench, profile: &str) -> Result<String, ApiError> {
    let connection = ConnectionId(format!("profile:{profile}"));
    let scope = Scope { connection, region: "eu-west-1".into() };
    let before = bench.log.all().len();
    if let Some(failure) = bench.engine.load_inventory(LoadInventory { scope }).await?.failure {
        return Err(failure);
    }
    let sent = bench.log.all().split_off(before).pop().expect("a request was sent");
    let (_, rest) = sent.headers["authorization"].split_once("Credential=").expect("it is signed");
    Ok(rest.split('/').next().unwrap_or_default().to_owned())
}

#[tokio::test]
async fn every_profile_of_the_files_is_a_connection_and_says_where_its_credentials_come_from() {
    let bench = bench(
        "[default]\naws_access_key_id = AKIAFAKEDEFAULT\naws_secret_access_key = fake\n\
         [profile admin]\nrole_arn = arn:aws:iam::123456789012:role/admin\nsource_profile = default\nregion = eu-west-1\n\
         [profile corp]\nsso_session = corp\nsso_account_id = 123456789012\nsso_role_name = ops\n\
         [profile vpn]\ncredential_process = vpn --token fake-argument\n",
    )
    .await;
    let found = profiles(&bench).await;
    let shown: Vec<String> =
        found.iter().map(|profile| format!("{} {:?}", profile.name, profile.kind)).collect();
    assert_eq!(found.len(), 4, "{shown:?}");
    for words in [
        "Role arn:aws:iam::123456789012:role/admin, from default",
        "IAM Identity Center, corp",
        "Access key AKIAFAKEDEFAULT",
    ] {
        assert!(shown.iter().any(|line| line.contains(words)), "{words} is missing in {shown:?}");
    }
    assert!(!shown.concat().contains("fake-argument"), "arguments of a program may be secret");
    let admin = found.iter().find(|profile| profile.name == "admin").expect("it is listed");
    assert_eq!(admin.default_region.as_str(), "eu-west-1");
}

#[tokio::test]
async fn requests_are_signed_with_the_keys_of_the_profile_and_follow_the_file() {
    let keys = |id: &str| format!("[profile ops]\naws_access_key_id = {id}\naws_secret_access_key = fake\n");
    let bench = bench(&keys("AKIAFAKEFIRST")).await;
    assert_eq!(signer(&bench, "ops").await.as_deref(), Ok("AKIAFAKEFIRST"));
    bench.write_aws_config(&keys("AKIAFAKESECONDONE"));
    assert_eq!(signer(&bench, "ops").await.as_deref(), Ok("AKIAFAKESECONDONE"), "the file has changed");
    bench.write_aws_config("");
    let gone = signer(&bench, "ops").await.expect_err("the profile is gone");
    assert_eq!(gone.code, Code::NotFound);
}

#[tokio::test]
#[cfg(unix)]
async fn a_program_gives_credentials_and_what_it_says_of_a_failure_is_left_out() {
    let answer =
        r#"{"Version":1,"AccessKeyId":"ASIAFAKEPROGRAM","SecretAccessKey":"fake","SessionToken":"fake"}"#;
    let bench = bench(&format!(
        "[profile good]\ncredential_process = printf '%s' '{answer}'\n\
         [profile bad]\ncredential_process = sh -c 'echo fake-secret-on-stderr >&2; exit 3'\n"
    ))
    .await;
    assert_eq!(signer(&bench, "good").await.as_deref(), Ok("ASIAFAKEPROGRAM"));
    let failed = signer(&bench, "bad").await.expect_err("it ended with 3");
    assert_eq!(failed.code, Code::SignInNeeded);
    assert!(failed.message.contains("bad") && failed.message.contains('3'), "{}", failed.message);
    assert!(!failed.message.contains("fake-secret-on-stderr"), "{}", failed.message);
}

#[tokio::test(start_paused = true)]
async fn a_program_that_hangs_is_given_up_after_half_a_minute() {
    let bench = bench("[profile slow]\ncredential_process = sleep 60\n").await;
    let asked_at = tokio::time::Instant::now();
    let failed = signer(&bench, "slow").await.expect_err("it says nothing");
    assert_eq!(asked_at.elapsed().as_secs(), 30, "the clock of the runtime goes on where nothing else does");
    assert!(failed.message.contains("no answer within 30 s"), "{}", failed.message);
}

#[tokio::test]
async fn what_keeps_a_profile_from_working_is_told_of_that_profile_and_the_others_go_on() {
    let bench = bench(
        "[profile ring]\nrole_arn = arn:aws:iam::123456789012:role/a\nsource_profile = gnir\n\
         [profile gnir]\nrole_arn = arn:aws:iam::123456789012:role/b\nsource_profile = ring\n\
         [profile empty]\nregion = eu-west-1\n\
         [profile token]\nrole_arn = arn:aws:iam::123456789012:role/c\nsource_profile = token\nmfa_serial = fake\n\
         [profile far]\naws_access_key_id = AKIAFAKE\naws_secret_access_key = fake\nendpoint_url = http://example.com\n\
         [profile both]\nuse_fips_endpoint = true\nendpoint_url = https://example.com\n\
         [profile ops]\naws_access_key_id = AKIAFAKEOPS\naws_secret_access_key = fake\n",
    )
    .await;
    for (profile, words) in
        [("ring", "loop"), ("empty", "empty"), ("token", "loop"), ("far", "Plain http"), ("both", "FIPS")]
    {
        let error = signer(&bench, profile).await.expect_err(profile);
        assert!(error.message.contains(words), "{profile}: {}", error.message);
    }
    let states = profiles(&bench).await;
    let failed: Vec<&str> = states
        .iter()
        .filter(|profile| matches!(profile.state, ConnectionState::Failed(_)))
        .map(|profile| profile.name.as_str())
        .collect();
    let seen = ["both", "empty", "far", "gnir", "ring", "token"];
    assert_eq!(failed, seen, "what can be seen without asking is told at once");
    assert_eq!(signer(&bench, "ops").await.as_deref(), Ok("AKIAFAKEOPS"));
}

#[tokio::test]
async fn a_malformed_file_is_told_and_the_vault_goes_on_working() {
    let bench = bench("[profile ops\naws_access_key_id = AKIAFAKE\n").await;
    let known = bench.engine.list_connections(ListConnections {}).await.expect("the list is told");
    assert_eq!((known.list.len(), &known.list[0].state), (1, &ConnectionState::Ready), "the local vault");
    let failure = known.profiles_failure.expect("why there are no profiles");
    assert!(failure.message.contains("config, line 1: "), "{}", failure.message);
    bench.write_aws_config("[profile ops]\naws_access_key_id = AKIAFAKE\naws_secret_access_key = fake\n");
    assert_eq!(profiles(&bench).await.len(), 1, "somebody fixed it");
}

#[tokio::test]
async fn a_profile_is_not_ours_to_forget() {
    let bench = bench("[profile ops]\naws_access_key_id = AKIAFAKE\naws_secret_access_key = fake\n").await;
    let connection = profiles(&bench).await.remove(0).id;
    let refused = bench.engine.forget_connection(ForgetConnection { connection }).await.expect_err("refused");
    assert!(refused.message.contains("AWS configuration files"), "{}", refused.message);
}
