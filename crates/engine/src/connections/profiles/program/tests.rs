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

/// A time to sleep that no other process has, to be found by.
fn own_time(of: u32) -> String {
    format!("600.{}{of}", std::process::id())
}

/// Waits until so many processes sleep for this time.
async fn sleepers(time: &str, wanted: usize) {
    let line = format!("sleep\0{time}\0");
    loop {
        let all = std::fs::read_dir("/proc").expect("there are processes").flatten();
        let lines = all.filter_map(|entry| std::fs::read(entry.path().join("cmdline")).ok());
        if lines.filter(|found| found == line.as_bytes()).count() == wanted {
            return;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// A program that leaves its session, and its parent, and runs on.
fn daemon(time: &str, then: &str) -> String {
    let script = format!("setsid sh -c 'setsid sleep {time} & sleep {time}' & {then}");
    let quoted = script.replace('\\', r"\\").replace('"', r#"\""#);
    format!("[profile daemon]\ncredential_process = sh -c \"{quoted}\"\n")
}

fn daemon_scope() -> Scope {
    Scope { connection: "profile:daemon".into(), region: "eu-west-1".into() }
}

#[tokio::test]
#[cfg(target_os = "linux")]
async fn what_a_program_leaves_behind_ends_with_it_out_of_its_session_too() {
    let time = own_time(1);
    let answer = r#"{"Version":1,"AccessKeyId":"ASIAFAKEPROGRAM","SecretAccessKey":"fake"}"#;
    let then = format!("until test -e PLACE/end; do sleep 0.02; done; printf '%s' '{answer}'");
    let home = Home::new(&daemon(&time, &then)).await;
    let engine = home.bench.engine.clone();
    let asking =
        tokio::spawn(
            async move { engine.test_connection(TestConnection::Saved { scope: daemon_scope() }).await },
        );
    sleepers(&time, 2).await;
    std::fs::write(home.bench.folder.path().join("end"), "").expect("writable");
    asking.await.expect("it ends").expect("it gave credentials, and who holds its output is not waited for");
    sleepers(&time, 0).await;
}

/// Where a console of its own is to ask for credentials, until it is killed.
const KILLED_AT: &str = "LATCHKEY_TEST_KILLED_AT";

#[tokio::test]
async fn a_console_asks_for_credentials_until_it_is_killed() {
    // This test does something only in the process that the next one starts.
    let Ok(time) = std::env::var(KILLED_AT) else { return };
    let home = Home::new(&daemon(&time, "trap '' TERM HUP; wait")).await;
    let asked = home.bench.engine.test_connection(TestConnection::Saved { scope: daemon_scope() }).await;
    panic!("it is killed before there is an answer: {asked:?}");
}

#[tokio::test]
#[cfg(target_os = "linux")]
async fn nothing_of_a_program_is_left_after_kill_9_of_the_console() {
    let time = own_time(2);
    let test = "connections::profiles::program::tests::a_console_asks_for_credentials_until_it_is_killed";
    let mut console = std::process::Command::new(std::env::current_exe().expect("a path"));
    console.args(["--exact", test]).env(KILLED_AT, &time).stdout(std::process::Stdio::null());
    let mut console = console.spawn().expect("it starts");
    sleepers(&time, 2).await;
    console.kill().expect("by kill -9");
    console.wait().expect("it is dead");
    sleepers(&time, 0).await;
}
