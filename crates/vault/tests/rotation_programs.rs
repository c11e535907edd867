//! Programs of the user as rotation functions: what they are given, what they may do, and a whole rotation by one.
#![allow(clippy::unwrap_used)]
#![cfg(unix)]

mod common;

use std::collections::HashMap;
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use common::{Caller, REGION, World, token};
use latchkey_vault::{FunctionError, RotationFunctions, RotationStep};
use serde_json::{Value, json};
use tempfile::TempDir;

const DATABASE: &str = r#"{"username":"app","password":"fake old"}"#;
const PROGRAM: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/programs/rotate.py");

fn world(command: &str) -> World {
    World::with_functions(RotationFunctions::default().with_program("Database", command).unwrap())
}

fn rotate(region: &str) -> Value {
    json!({
        "SecretId": "db", "ClientRequestToken": token("2"),
        "RotationLambdaARN": format!("arn:aws:lambda:{region}:123456789012:function:Database"),
        "RotationRules": { "AutomaticallyAfterDays": 10 }
    })
}

/// Waits for what a program or a server does in its own time.
fn wait_for<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let started = Instant::now();
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(started.elapsed() < Duration::from_secs(20), "{what} did not come");
        std::thread::sleep(Duration::from_millis(20));
    }
}

fn password(caller: &Caller, stage: &str) -> String {
    let answer = caller.call("GetSecretValue", &json!({ "SecretId": "db", "VersionStage": stage }));
    let value: Value = serde_json::from_str(answer.body["SecretString"].as_str().unwrap()).unwrap();
    value["password"].as_str().unwrap().to_owned()
}

#[test]
fn a_program_rotates_a_secret_and_what_it_protects() {
    let home = TempDir::new().unwrap();
    let database = home.path().join("the database");
    fs::write(&database, "fake old").unwrap();
    let world = world(&format!("python3 '{PROGRAM}' '{}'", database.display()));
    world.create("db", &token("1"), DATABASE);
    world.ok("RotateSecret", rotate(REGION));
    world.settle();
    let trouble = world.vault.rotation_trouble(REGION, "db").unwrap();
    assert_eq!(trouble.failure.map(|failure| failure.output.expose().to_owned()), None);
    assert_eq!(fs::read_to_string(&database).unwrap(), password(&world.caller(), "AWSCURRENT"));
    assert_eq!(password(&world.caller(), "AWSPREVIOUS"), "fake old");
    assert_eq!(
        world.stages("db"),
        json!({ token("1"): ["AWSPREVIOUS"], token("2"): ["AWSCURRENT", "AWSPENDING"] })
    );
}

#[test]
fn a_step_that_fails_half_way_is_taken_up_again_from_the_first() {
    let home = TempDir::new().unwrap();
    let database = home.path().join("missing/database");
    let world = world(&format!("python3 '{PROGRAM}' '{}'", database.display()));
    world.create("db", &token("1"), DATABASE);
    world.ok("RotateSecret", rotate(REGION));
    world.settle();
    let failure = world.vault.rotation_trouble(REGION, "db").unwrap().failure.unwrap();
    assert_eq!(failure.step, RotationStep::SetSecret);
    assert_eq!(failure.reason, "python3 ended with status 1.");
    assert!(failure.output.expose().contains("FileNotFoundError"), "{}", failure.output.expose());
    let pending = password(&world.caller(), "AWSPENDING");
    fs::create_dir(home.path().join("missing")).unwrap();
    world.hands.set(failure.next_try_at.unwrap());
    world.settle();
    assert_eq!(password(&world.caller(), "AWSCURRENT"), pending, "the value that was made first");
    assert_eq!(fs::read_to_string(&database).unwrap(), pending);
}

#[test]
fn a_rotation_that_broke_off_with_its_server_goes_on_with_its_token() {
    let home = TempDir::new().unwrap();
    let (database, started) = (home.path().join("database"), home.path().join("started"));
    let command = format!(
        "sh -c 'test -e {0} || {{ : > {0}; exec sleep 60; }}; exec python3 {PROGRAM} {1}'",
        started.display(),
        database.display()
    );
    let mut world = world(&command);
    world.create("db", &token("1"), DATABASE);
    world.ok("RotateSecret", rotate(REGION));
    wait_for("the first step", || started.exists().then_some(()));
    world.serve_again();
    world.settle();
    assert_eq!(world.stages("db")[token("2")], json!(["AWSCURRENT", "AWSPENDING"]));
    assert_eq!(fs::read_to_string(&database).unwrap(), password(&world.caller(), "AWSCURRENT"));
}

#[test]
fn a_program_has_a_time_limit_and_functions_can_be_replaced() {
    let limit = Duration::from_millis(200);
    let slow = RotationFunctions::default().with_program("Database", "sleep 60").unwrap();
    let world = World::with_functions(slow.with_step_time_limit(limit));
    world.create("db", &token("1"), DATABASE);
    world.ok("RotateSecret", rotate(REGION));
    world.settle();
    let failure = || world.vault.rotation_trouble(REGION, "db").unwrap().failure.unwrap();
    assert_eq!(failure().reason, "sleep did not finish within 0.2 seconds.");
    world.vault.set_functions(RotationFunctions::default());
    world.hands.set(failure().next_try_at.unwrap());
    world.settle();
    assert!(failure().reason.contains("no longer has the rotation function"), "{}", failure().reason);
}

#[test]
fn the_four_steps_come_in_order_with_one_token() {
    let home = TempDir::new().unwrap();
    let log = home.path().join("log");
    // It does nothing, so the rotation does not succeed.
    let world = world(&format!("sh -c 'cat >> {0}; echo >> {0}'", log.display()));
    let arn = world.create("db", &token("1"), DATABASE);
    world.ok("RotateSecret", rotate(REGION));
    world.settle();
    let text = fs::read_to_string(&log).unwrap();
    let events: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let steps: Vec<&str> = events.iter().map(|event| event["Step"].as_str().unwrap()).collect();
    assert_eq!(steps, ["createSecret", "setSecret", "testSecret", "finishSecret"]);
    for event in &events {
        assert_eq!(event["SecretId"], json!(arn));
        assert_eq!(event["ClientRequestToken"], json!(token("2")));
        assert!(event["RotationToken"].as_str().is_some_and(|text| text.len() == 36), "{event}");
        assert_eq!(event["RotationToken"], events[0]["RotationToken"]);
        assert_eq!(event.as_object().unwrap().len(), 4);
    }
    let failure = world.vault.rotation_trouble(REGION, "db").unwrap().failure.unwrap();
    assert_eq!(failure.step, RotationStep::FinishSecret, "{}", failure.reason);
}

/// A program that hands out its environment and waits until it may end.
struct Held {
    home: TempDir,
    world: World,
    environment: HashMap<String, String>,
}

impl Held {
    fn new() -> Self {
        let home = TempDir::new().unwrap();
        let at = home.path().display();
        let world = world(&format!(
            "sh -c 'env > {at}/new; mv {at}/new {at}/env; until test -e {at}/end; do sleep 0.02; done; exit 1'"
        ));
        world.create("db", &token("1"), DATABASE);
        world.create("other", &token("1"), "fake");
        world.ok("RotateSecret", rotate(REGION));
        let text = wait_for("the environment", || fs::read_to_string(home.path().join("env")).ok());
        let pairs = text.lines().filter_map(|line| line.split_once('='));
        let environment = pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        Self { home, world, environment }
    }

    fn caller(&self) -> Caller {
        let mut caller = self.world.caller();
        caller.id = self.environment["AWS_ACCESS_KEY_ID"].clone();
        caller.secret = self.environment["AWS_SECRET_ACCESS_KEY"].clone();
        caller.session_token = Some(self.environment["AWS_SESSION_TOKEN"].clone());
        caller
    }

    fn end(&self) {
        fs::write(self.home.path().join("end"), "").unwrap();
        self.world.settle();
    }
}

#[test]
fn a_program_is_told_where_the_vault_is_and_nothing_of_the_user() {
    let held = Held::new();
    let endpoint = held.world.server.endpoint();
    for (name, value) in [
        ("AWS_ENDPOINT_URL_SECRETS_MANAGER", endpoint.as_str()),
        ("SECRETS_MANAGER_ENDPOINT", &endpoint),
        ("AWS_REGION", REGION),
        ("AWS_DEFAULT_REGION", REGION),
        ("AWS_CONFIG_FILE", "/dev/null"),
        ("AWS_SHARED_CREDENTIALS_FILE", "/dev/null"),
    ] {
        assert_eq!(held.environment[name], value, "{name}");
    }
    assert!(!held.environment.keys().any(|name| name.starts_with("CARGO")), "{:?}", held.environment.keys());
    held.end();
}

#[test]
fn credentials_of_a_rotation_are_for_its_secret_only_and_end_with_the_step() {
    let held = Held::new();
    let caller = held.caller();
    let code = |caller: &Caller, operation: &str, request: Value| caller.call(operation, &request).fault().0;
    for (operation, request) in [
        ("DescribeSecret", json!({ "SecretId": "db" })),
        ("GetSecretValue", json!({ "SecretId": "db" })),
        ("GetRandomPassword", json!({})),
    ] {
        assert_eq!(code(&caller, operation, request), "status 200", "{operation}");
    }
    for (operation, request) in [
        ("DescribeSecret", json!({ "SecretId": "other" })),
        ("GetSecretValue", json!({ "SecretId": "other" })),
        ("GetSecretValue", json!({ "SecretId": "absent" })),
        (
            "PutSecretValue",
            json!({ "SecretId": "other", "ClientRequestToken": token("9"), "SecretString": "fake" }),
        ),
        ("ListSecrets", json!({})),
        ("BatchGetSecretValue", json!({ "SecretIdList": ["other"] })),
        ("DeleteSecret", json!({ "SecretId": "db" })),
        ("RotateSecret", rotate(REGION)),
        ("CreateSecret", json!({ "Name": "new", "ClientRequestToken": token("9") })),
    ] {
        assert_eq!(
            code(&caller, operation, request.clone()),
            "AccessDeniedException",
            "{operation} {request}"
        );
    }
    let mut elsewhere = caller.clone();
    elsewhere.region = "us-east-1".into();
    assert_eq!(code(&elsewhere, "GetRandomPassword", json!({})), "AccessDeniedException", "another Region");
    held.end();
    let late = code(&caller, "GetSecretValue", json!({ "SecretId": "db" }));
    assert_eq!(late, "UnrecognizedClientException", "the step is over");
}

#[test]
fn names_and_commands_that_cannot_be_used_are_refused() {
    let all = || RotationFunctions::default();
    let name = |name: &str| all().with_program(name, "true").unwrap_err();
    for bad in ["", "a b", "a:b", &"x".repeat(65)] {
        assert_eq!(name(bad), FunctionError::Name { name: bad.to_owned() });
    }
    let taken = |name: &str| FunctionError::Taken { name: name.to_owned() };
    assert_eq!(name("GenericPasswordRotation"), taken("GenericPasswordRotation"));
    let twice = all().with_program("a", "true").unwrap().with_program("a", "true");
    assert_eq!(twice.unwrap_err(), taken("a"));
    for bad in ["", "  ", "'open", "''"] {
        let refused = all().with_program("a", bad).unwrap_err();
        assert_eq!(refused, FunctionError::Command { name: "a".to_owned() }, "{bad:?}");
    }
}

/// `latchkey-vault serve --in-memory` with more arguments. Ends with the test.
struct Program {
    child: Child,
    caller: Caller,
}

impl Program {
    fn start(more: &[&str]) -> Self {
        let mut child = serve(more).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let ready: Value = serde_json::from_str(&line).unwrap();
        let text = |key: &str| ready[key].as_str().unwrap().to_owned();
        let mut caller = Caller::new(text("endpoint").trim_start_matches("http://").parse().unwrap());
        (caller.id, caller.secret) = (text("access_key_id"), text("secret_access_key"));
        Self { child, caller }
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn serve(more: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_latchkey-vault"));
    command.args(["serve", "--in-memory"]).args(more);
    command
}

fn function(database: &Path) -> String {
    format!("Database=python3 '{PROGRAM}' '{}'", database.display())
}

#[test]
fn the_program_latchkey_vault_rotates_with_a_clock_that_is_ahead() {
    let home = TempDir::new().unwrap();
    let database = home.path().join("database");
    let function = function(&database);
    let ten_days = "864000";
    let program = Program::start(&["--rotation-function", &function, "--clock-offset", ten_days]);
    let create = json!({ "Name": "db", "ClientRequestToken": token("1"), "SecretString": DATABASE });
    assert_eq!(program.caller.call("CreateSecret", &create).status, 200);
    let rotated = program.caller.call("RotateSecret", &rotate(REGION));
    assert_eq!(rotated.status, 200, "{}", rotated.body);
    let rotated_at = wait_for("the rotation", || {
        program.caller.call("DescribeSecret", &json!({ "SecretId": "db" })).body["LastRotatedDate"].as_f64()
    });
    let ahead = rotated_at - chrono::Utc::now().timestamp() as f64;
    assert!((863_900.0..=864_001.0).contains(&ahead), "{ahead} seconds ahead");
    assert_eq!(fs::read_to_string(&database).unwrap(), password(&program.caller, "AWSCURRENT"));
}

#[test]
fn functions_that_cannot_be_registered_end_the_program_with_the_reason() {
    for (given, reason) in [
        ("Database", "--rotation-function Database has no command. Write it as NAME=COMMAND."),
        ("Data base=true", "\"Data base\" is not a valid function name."),
        ("Database='open", "The command of Database cannot be split into arguments"),
    ] {
        let ended = serve(&["--rotation-function", given]).output().unwrap();
        let told = String::from_utf8_lossy(&ended.stderr).into_owned();
        assert!(!ended.status.success() && told.contains(reason), "{told}");
    }
}
