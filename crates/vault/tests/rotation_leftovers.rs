//! What is left of rotation functions once their time, their vault or they themselves have ended: nothing.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used)]

mod common;

use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use common::{Caller, REGION, token};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};

/// How long anything here may take. Nothing waits for it to pass.
const LIMIT: Duration = Duration::from_secs(30);

fn wait_for(what: &str, mut is_so: impl FnMut() -> bool) {
    let began = Instant::now();
    while !is_so() {
        assert!(began.elapsed() < LIMIT, "{what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// A time to sleep that no other process has, to be found by.
fn own_time(of: u32) -> String {
    format!("600.{}{of}", std::process::id())
}

/// The processes that sleep for this time.
fn sleepers(time: &str) -> usize {
    let all = fs::read_dir("/proc").unwrap().flatten();
    let lines = all.filter_map(|entry| fs::read(entry.path().join("cmdline")).ok());
    lines.filter(|line| line == format!("sleep\0{time}\0").as_bytes()).count()
}

/// `latchkey-vault serve` with one rotation function and one secret, which is being rotated.
struct Rotating {
    child: Child,
    caller: Caller,
}

impl Rotating {
    fn start(function: &str, more: &[&str]) -> Self {
        Self::start_as(Command::new(env!("CARGO_BIN_EXE_latchkey-vault")), function, more)
    }

    fn start_as(mut command: Command, function: &str, more: &[&str]) -> Self {
        command.args(["serve", "--in-memory", "--rotation-function", &format!("Database={function}")]);
        let mut child = command.args(more).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let ready: Value = serde_json::from_str(&line).unwrap();
        let text = |key: &str| ready[key].as_str().unwrap_or_default().to_owned();
        let mut caller = Caller::new(text("endpoint").trim_start_matches("http://").parse().unwrap());
        if !text("secret_access_key").is_empty() {
            (caller.id, caller.secret) = (text("access_key_id"), text("secret_access_key"));
        }
        let rotating = Self { child, caller };
        let create = json!({ "Name": "db", "ClientRequestToken": token("1"), "SecretString": "fake" });
        assert_eq!(rotating.caller.call("CreateSecret", &create).status, 200);
        let rotate = json!({
            "SecretId": "db", "ClientRequestToken": token("2"),
            "RotationLambdaARN": format!("arn:aws:lambda:{REGION}:123456789012:function:Database"),
            "RotationRules": { "AutomaticallyAfterDays": 10 }
        });
        assert_eq!(rotating.caller.call("RotateSecret", &rotate).status, 200);
        rotating
    }

    fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).unwrap();
    }

    /// Ends the vault; what it has logged.
    fn log(mut self) -> String {
        self.signal(Signal::TERM);
        let mut log = String::new();
        self.child.stderr.take().unwrap().read_to_string(&mut log).unwrap();
        log
    }
}

impl Drop for Rotating {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A function that leaves its session, and its parent, and runs on.
fn daemon(time: &str, then: &str) -> String {
    format!("sh -c \"setsid sh -c 'setsid sleep {time} & sleep {time}' & {then}\"")
}

#[test]
fn a_function_that_has_left_its_session_ends_with_its_time() {
    let time = own_time(1);
    let rotating = Rotating::start(&daemon(&time, "exec sleep 600"), &["--rotation-time-limit", "2"]);
    wait_for("it runs", || sleepers(&time) == 2);
    wait_for("it is gone after its time", || sleepers(&time) == 0);
    drop(rotating);
}

#[test]
fn what_a_function_leaves_behind_ends_with_it() {
    let (time, home) = (own_time(2), tempfile::tempdir().unwrap());
    let (ready, end) = (home.path().join("ready"), home.path().join("end"));
    let wait = format!(": > {}; until test -e {}; do sleep 0.02; done", ready.display(), end.display());
    let rotating = Rotating::start(&daemon(&time, &wait), &[]);
    wait_for("it runs", || ready.exists() && sleepers(&time) == 2);
    fs::write(end, "").unwrap();
    wait_for("what it left ends with it, long before its time", || sleepers(&time) == 0);
    drop(rotating);
}

#[test]
fn nothing_of_a_function_is_left_after_kill_9_of_its_vault() {
    let time = own_time(3);
    let rotating = Rotating::start(&daemon(&time, "trap '' TERM HUP; wait"), &[]);
    wait_for("it runs", || sleepers(&time) == 2);
    rotating.signal(Signal::KILL);
    wait_for("nothing of it is left", || sleepers(&time) == 0);

    let rotating = Rotating::start(&daemon(&time, "wait"), &[]);
    wait_for("it runs", || sleepers(&time) == 2);
    rotating.signal(Signal::TERM);
    wait_for("nor when the vault is closed", || sleepers(&time) == 0);
}

/// What a function wrote.
fn written(path: &Path) -> String {
    wait_for("the function has run", || path.exists());
    fs::read_to_string(path).unwrap()
}

#[test]
fn a_function_inherits_no_descriptor_of_the_vault_or_of_who_started_it() {
    let home = tempfile::tempdir().unwrap();
    let (new, told) = (home.path().join("new"), home.path().join("told"));
    let list = format!(
        "import os\nat = '/proc/self/fd/'\n\
         open_now = [fd for fd in os.listdir(at) if int(fd) > 2 and os.path.lexists(at + fd)]\n\
         named = [os.readlink(at + fd) for fd in open_now]\n\
         open({new:?}, 'w').write(str(named))\nos.rename({new:?}, {told:?})\n"
    );
    let program = home.path().join("list.py");
    fs::write(&program, list).unwrap();
    let mut command = Command::new("sh");
    command.args(["-c", "exec \"$0\" \"$@\" 9</dev/zero", env!("CARGO_BIN_EXE_latchkey-vault")]);
    // These come to the vault in a pipe that its program keeps open.
    command
        .env("LATCHKEY_VAULT_ACCESS_KEY_ID", common::ID)
        .env("LATCHKEY_VAULT_SECRET_ACCESS_KEY", common::SECRET);
    let rotating = Rotating::start_as(command, &format!("python3 '{}'", program.display()), &[]);
    assert_eq!(written(&told), "[]");
    drop(rotating);
}

#[test]
fn a_variable_that_is_too_long_is_not_passed_on_and_named_in_the_log() {
    let home = tempfile::tempdir().unwrap();
    let (new, told) = (home.path().join("new"), home.path().join("told"));
    let mut command = Command::new(env!("CARGO_BIN_EXE_latchkey-vault"));
    command.env("TZ", "x".repeat(100_000)).env("LANG", "fake");
    let function =
        format!("sh -c 'echo ${{TZ-unset}} $LANG > {0}; mv {0} {1}'", new.display(), told.display());
    let rotating = Rotating::start_as(command, &function, &[]);
    assert_eq!(written(&told), "unset fake\n");
    let log = rotating.log();
    assert!(log.contains("too long to be passed on") && log.contains("name=TZ"), "{log}");
}

#[test]
fn credentials_that_are_too_long_for_the_environment_are_told_and_not_waited_for() {
    let mut command = Command::new(env!("CARGO_BIN_EXE_latchkey-vault"));
    command.args(["serve", "--in-memory"]).env("LATCHKEY_VAULT_ACCESS_KEY_ID", common::ID);
    command.env("LATCHKEY_VAULT_SECRET_ACCESS_KEY", "fake".repeat(25_000));
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let mut status = None;
    wait_for("it ends", || {
        status = child.try_wait().unwrap();
        status.is_some()
    });
    let mut told = String::new();
    child.stderr.take().unwrap().read_to_string(&mut told).unwrap();
    assert!(told.contains("are too long") && told.contains("--credentials-file"), "{told}");
    assert!(!told.contains("fakefake") && !status.unwrap().success(), "{told}");
}
