//! A role for the token of a web identity, as programs in a cluster have it: through STS, from a file that changes.
#![allow(clippy::unwrap_used)]

use chrono::{TimeDelta, Utc};
use latchkey_domain::connection::ListConnections;
use latchkey_domain::contract::LoadInventory;
use latchkey_domain::{ApiError, Code, Scope};

use crate::aws::client::Transport;
use crate::testing::listener::{Listener, role_of};
use crate::testing::{Bench, CallLog, FakeVault};

const ROLE: &str = "arn:aws:iam::210987654321:role/ci";

/// STS that gives the role for as long as this, and an empty list of secrets.
fn aws(lasts: TimeDelta) -> Listener {
    Listener::start(move |request| match request.operation.as_str() {
        "AssumeRoleWithWebIdentity" => {
            let until = (Utc::now() + lasts).format("%Y-%m-%dT%H:%M:%SZ").to_string();
            let given = role_of("AssumeRoleWithWebIdentity", "ASIAFAKEWEB");
            (200, given.replace("2099-11-21T03:00:00Z", &until))
        }
        "ListSecrets" => (200, r#"{"SecretList":[]}"#.to_owned()),
        _ => (403, String::new()),
    })
}

async fn bench(listener: &Listener) -> Bench {
    let bench = Bench::on(Transport::system(), CallLog::default(), FakeVault { gate: None });
    let token = bench.folder.path().join("token");
    bench.write_aws_config(&format!(
        "[profile ci]\nrole_arn = {ROLE}\nweb_identity_token_file = {}\nregion = eu-west-1\nendpoint_url = {}\n",
        token.display(),
        listener.url
    ));
    bench.engine.list_connections(ListConnections {}).await.unwrap();
    bench.trust_way(&"profile:ci".into()).await;
    bench
}

fn write_token(bench: &Bench, token: &str) {
    std::fs::write(bench.folder.path().join("token"), token).unwrap();
}

async fn list(bench: &Bench) -> Result<(), ApiError> {
    let scope = Scope { connection: "profile:ci".into(), region: "eu-west-1".into() };
    bench.engine.load_inventory(LoadInventory { scope }).await?.failure.map_or(Ok(()), Err)
}

/// The tokens that STS was shown since the last look, in order.
fn shown(listener: &Listener) -> Vec<String> {
    let of_sts = listener.take().into_iter().filter(|sent| sent.operation == "AssumeRoleWithWebIdentity");
    let token = |text: &str| text.split("WebIdentityToken=").nth(1)?.split('&').next().map(str::to_owned);
    of_sts.filter_map(|sent| token(&sent.text)).collect()
}

#[tokio::test]
async fn a_web_identity_token_gives_its_role_by_sts_and_is_kept_while_that_lasts() {
    let listener = aws(TimeDelta::hours(1));
    let bench = bench(&listener).await;
    write_token(&bench, "fake.web.token");
    list(&bench).await.unwrap();
    let sent = listener.take();
    let asked = sent.iter().find(|sent| sent.operation == "AssumeRoleWithWebIdentity").unwrap();
    for part in ["WebIdentityToken=fake.web.token", "RoleArn=arn%3Aaws%3Aiam%3A%3A210987654321%3Arole%2Fci"] {
        assert!(asked.text.contains(part), "{part} is missing in {}", asked.text);
    }
    assert!(
        !asked.text.to_ascii_lowercase().contains("authorization:"),
        "nobody signs it: the token is who it is"
    );
    let listed = sent.iter().find(|sent| sent.operation == "ListSecrets").unwrap();
    assert_eq!(listed.signer(), "ASIAFAKEWEB");
    list(&bench).await.unwrap();
    assert!(shown(&listener).is_empty(), "the role is still good");
}

#[tokio::test]
async fn the_file_of_a_web_identity_is_read_again_when_its_role_ends() {
    let listener = aws(TimeDelta::seconds(60));
    let bench = bench(&listener).await;
    write_token(&bench, "fake.first.token");
    list(&bench).await.unwrap();
    assert!(shown(&listener).iter().all(|token| token == "fake.first.token"));
    write_token(&bench, "fake.second.token");
    list(&bench).await.unwrap();
    let second = shown(&listener);
    assert!(!second.is_empty() && second.iter().all(|token| token == "fake.second.token"), "{second:?}");
}

#[tokio::test]
async fn a_web_identity_without_its_file_is_told_at_its_profile_and_works_once_it_is_there() {
    let listener = aws(TimeDelta::hours(1));
    let bench = bench(&listener).await;
    let error = list(&bench).await.expect_err("there is no file");
    assert_eq!(error.code, Code::SignInNeeded);
    assert!(error.message.starts_with("The profile ci gave no credentials"), "{}", error.message);
    assert!(listener.take_operations().is_empty(), "nothing was sent");
    write_token(&bench, "fake.web.token");
    list(&bench).await.unwrap();
}
