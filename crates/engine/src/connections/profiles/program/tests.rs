//! Real programs, with children of their own.
#![cfg(unix)]

use std::path::Path;
use std::time::Duration;

use latchkey_domain::connection::{ListConnections, TestConnection};
use latchkey_domain::{ApiError, ConnectionId, Scope};
use serde_json::json;

use crate::testing::{Bench, ok};

/// A program that waits for a child of its own. Both write their numbers once they run.
const SLOW: &str = r#"sh -c 'echo fake-secret-on-stderr >&2; echo fake-secret-on-stdout; (sh -c "echo \$\$ > PLACE/child.new; mv PLACE/child.new PLACE/child; exec sleep 600") & echo $$ > PLACE/leader; wait'"#;

struct Home {
    bench: Bench,
}

impl Home {
    async fn new(profiles: &str) -> Self {
        let bench = Bench::new(|_, _| ok(json!({ "SecretList": [] }))).await;
        let place = bench.folder.path().to_str().expect("it is text");
        bench.write_aws_config(&profiles.replace("PLACE", place));
        bench.engine.list_connections(ListConnections {}).await.expect("the profiles are listed");
        Self { bench }
    }

    /// Tests a profile in a task of its own; the two processes once they run.
    async fn ask(&self, profile: &str) -> (tokio::task::JoinHandle<Result<(), ApiError>>, [u32; 2]) {
        let engine = self.bench.engine.clone();
        let scope =
            Scope { connection: ConnectionId(format!("profile:{profile}")), region: "eu-west-1".into() };
        let asking =
            tokio::spawn(
                async move { engine.test_connection(TestConnection::Saved { scope }).await.map(drop) },
            );
        let folder = self.bench.folder.path();
        let both = [number(&folder.join("leader")).await, number(&folder.join("child")).await];
        (asking, both)
    }
}

async fn number(file: &Path) -> u32 {
    loop {
        if let Some(number) = std::fs::read_to_string(file).ok().and_then(|text| text.trim().parse().ok()) {
            return number;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// Waits until a process has ended; one that nobody has asked for its status yet has.
async fn has_ended(process: u32) {
    while let Ok(status) = std::fs::read_to_string(format!("/proc/{process}/stat")) {
        if status.rsplit(')').next().is_some_and(|state| state.trim_start().starts_with('Z')) {
            return;
        }
        std::thread::sleep(Duration::from_millis(10));
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_program_that_hangs_is_ended_with_its_children_after_half_a_minute() {
    let home = Home::new(&format!("[profile slow]\ncredential_process = {SLOW}\n")).await;
    let (asking, both) = home.ask("slow").await;
    tokio::time::pause();
    let asked_at = tokio::time::Instant::now();
    let failed = asking.await.expect("it ends").expect_err("nobody gave credentials");
    assert!(asked_at.elapsed().as_secs() <= 30, "it is not waited for longer");
    assert!(failed.message.contains("no answer within 30 s"), "{}", failed.message);
    assert!(!format!("{failed:?}").contains("fake-secret"), "{failed:?}");
    for process in both {
        has_ended(process).await;
    }
}

#[tokio::test]
async fn a_program_is_ended_with_its_children_when_nobody_waits_any_more_or_the_console_ends() {
    let role = "[profile role]\nrole_arn = arn:aws:iam::123456789012:role/fake\nsource_profile = slow\n";
    for profile in ["slow", "role"] {
        let home = Home::new(&format!("[profile slow]\ncredential_process = {SLOW}\n{role}")).await;
        let (asking, both) = home.ask(profile).await;
        asking.abort();
        for process in both {
            has_ended(process).await;
        }
    }
    let home = Home::new(&format!("[profile slow]\ncredential_process = {SLOW}\n")).await;
    let (asking, both) = home.ask("slow").await;
    home.bench.engine.stop().await;
    for process in both {
        has_ended(process).await;
    }
    let failed = asking.await.expect("it ends").expect_err("nobody gave credentials");
    assert!(failed.message.contains("the program was stopped by Latchkey"), "{}", failed.message);
}

#[tokio::test]
async fn a_profile_may_assume_its_role_with_its_own_program() {
    let answer = r#"{"Version":1,"AccessKeyId":"ASIAFAKEPROGRAM","SecretAccessKey":"fake"}"#;
    let home = Home::new(&format!(
        "[profile own]\nrole_arn = arn:aws:iam::123456789012:role/fake\nsource_profile = own\n\
         credential_process = printf '%s' '{answer}'\n"
    ))
    .await;
    let scope = Scope { connection: "profile:own".into(), region: "eu-west-1".into() };
    // What the network answers to AssumeRole is none; who asked is what counts.
    let _ = home.bench.engine.test_connection(TestConnection::Saved { scope }).await;
    let asked = home.bench.log.all();
    let assumes = asked.iter().find(|sent| sent.operation == "AssumeRole").expect("the role is asked for");
    assert!(assumes.headers["authorization"].contains("Credential=ASIAFAKEPROGRAM/"), "{assumes:?}");
}

#[tokio::test]
async fn an_answer_that_is_none_is_told_without_a_word_of_it() {
    let home = Home::new(
        "[profile text]\ncredential_process = echo fake-secret\n\
         [profile other]\ncredential_process = echo '{\"Version\":2,\"AccessKeyId\":\"fake-secret\",\"SecretAccessKey\":\"fake-secret\"}'\n\
         [profile wrong]\ncredential_process = echo '{\"Version\":1,\"AccessKeyId\":\"A\",\"SecretAccessKey\":\"B\",\"Expiration\":\"fake-secret\"}'\n\
         [profile endless]\ncredential_process = yes fake-secret\n",
    )
    .await;
    for (profile, words) in [
        ("text", "not the expected JSON"),
        ("other", "Version 2"),
        ("wrong", "not the expected JSON"),
        ("endless", "too long"),
    ] {
        let scope =
            Scope { connection: ConnectionId(format!("profile:{profile}")), region: "eu-west-1".into() };
        let asked = home.bench.engine.test_connection(TestConnection::Saved { scope }).await;
        let failed = asked.expect_err("these are no credentials");
        assert!(failed.message.contains(words), "{profile}: {}", failed.message);
        assert!(!format!("{failed:?}").contains("fake-secret"), "{profile}: {failed:?}");
    }
}
