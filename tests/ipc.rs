//! The wall between front end and engine: every row of the contract answers, and nothing is quoted back.

use std::sync::{Arc, mpsc};
use std::time::Duration;

use latchkey::{Surroundings, VaultPlace};
use latchkey_domain::change::{AnyChange, NewSecret};
use latchkey_domain::connection::ConnectionState;
use latchkey_domain::contract::*;
use latchkey_domain::document::NewField;
use latchkey_domain::lock::ANSWERED_WHEN_LOCKED;
use latchkey_domain::scope::{ConnectionId, Region, Scope};
use latchkey_domain::secret::Tag;
use latchkey_domain::secret_text::SecretInput;
use latchkey_domain::value::{NewValue, Part, VersionRef};
use latchkey_domain::{ApiError, Code, Command, with_commands};
use latchkey_engine::{Environment, ProfileFiles, SystemClock};
use latchkey_vault::folders::Folders;
use serde_json::{Value, json};
use tauri::ipc::{CallbackFn, InvokeBody, InvokeResponse};
use tauri::test::{INVOKE_KEY, MockRuntime, mock_builder};
use tauri::webview::InvokeRequest;
use tauri::{App, Manager};

macro_rules! name_list {
    ($($name:ident($request:ty) -> $output:ty,)*) => {
        const COMMANDS: &[&str] = &[$(stringify!($name)),*];
    };
}
with_commands!(name_list);

/// The app on Tauri's mock runtime, with a vault in memory and a home of its own.
struct Shell {
    app: App<MockRuntime>,
    _home: tempfile::TempDir,
}

impl Shell {
    fn open() -> Self {
        let home = tempfile::tempdir().expect("a temporary folder");
        let surroundings = Surroundings {
            browser: None,
            identity_center_url: None,
            profiles: ProfileFiles::below(&home.path().join("aws")),
            environment: Environment::default(),
            folders: Folders::below(home.path()),
            vault: VaultPlace::Memory,
            clock: Arc::new(SystemClock),
            files: None,
            confirmation: None,
        };
        let app = latchkey::assemble(mock_builder(), latchkey::context(), surroundings).expect("the app");
        let shell = Self { app, _home: home };
        while shell.call(ListConnections {}).expect("connections").list[0].state == ConnectionState::Opening {
            std::thread::yield_now();
        }
        shell
    }

    fn invoke(&self, command: &str, arguments: Value) -> Result<Value, Value> {
        let (sender, answer) = mpsc::channel();
        let window = self.app.get_webview_window("main").expect("the app opens its window");
        window.as_ref().clone().on_message(
            InvokeRequest {
                cmd: command.to_owned(),
                callback: CallbackFn(0),
                error: CallbackFn(1),
                url: "tauri://localhost".parse().expect("a URL"),
                body: InvokeBody::Json(arguments),
                headers: Default::default(),
                invoke_key: INVOKE_KEY.to_owned(),
            },
            Box::new(move |_, _, response, _, _| sender.send(response).expect("the test still waits")),
        );
        match answer.recv_timeout(Duration::from_secs(30)).expect("the command answers") {
            InvokeResponse::Ok(body) => Ok(body.deserialize().expect("an answer is JSON")),
            InvokeResponse::Err(error) => Err(error.0),
        }
    }

    fn call<C: Command>(&self, request: C) -> Result<C::Output, ApiError> {
        let read = "both ends share the types";
        match self.invoke(C::NAME, json!({ "request": request })) {
            Ok(answer) => Ok(serde_json::from_value(answer).expect(read)),
            Err(error) => Err(serde_json::from_value(error).expect(read)),
        }
    }

    fn create(&self, name: &str) -> Result<SecretDetail, ApiError> {
        let plan_id = self.call(new_secret(name))?.plan_id;
        let request = ApplyChanges { plan_id, typed: None, acknowledged: false, is_reviewed: false };
        let item = self.call(request)?.items.remove(0);
        item.outcome.error().cloned().map_or(Ok(()), Err)?;
        Ok(item.detail.expect("a plan of one describes its secret"))
    }
}

fn local() -> Scope {
    Scope { connection: ConnectionId::local(), region: Region::from("us-east-1") }
}

fn new_secret(name: &str) -> PlanChanges {
    let field = NewField { key: "password".into(), value: SecretInput::new("fake-canary") };
    let secret = NewSecret {
        description: Some("Made by a test".into()),
        kms_key_id: None,
        value: NewValue::Fields(vec![field]),
        tags: vec![Tag { key: "team".into(), value: "ops".into() }],
    };
    PlanChanges::one(local(), name.into(), AnyChange::Create(secret))
}

#[test]
fn every_command_refuses_a_malformed_request_without_quoting_it() {
    let shell = Shell::open();
    for command in COMMANDS {
        let error = shell.invoke(command, json!({ "request": "fake-canary" })).expect_err(command);
        let text = error.to_string();
        assert!(text.contains(command), "{command} must name itself: {text}");
        assert!(!text.contains("canary"), "{command} must not quote its input: {text}");
    }
}

#[test]
fn a_locked_console_answers_no_command_but_those_of_the_lock() {
    let shell = Shell::open();
    assert!(shell.call(LockConsole {}).expect("it locks").locked);
    let refused = |command: &str| {
        let error = shell.invoke(command, json!({ "request": "fake-canary" })).expect_err(command);
        serde_json::from_value::<ApiError>(error).expect("an error of the engine").code == Code::Locked
    };
    let answered: Vec<_> = COMMANDS.iter().filter(|command| !refused(command)).collect();
    assert_eq!(answered, ANSWERED_WHEN_LOCKED.iter().collect::<Vec<_>>(), "nothing else is even read");
    assert!(!shell.call(UnlockConsole { passphrase: None }).expect("it opens").locked);
    shell.call(ListConnections {}).expect("everything is answered again");
}

#[test]
fn an_unknown_command_is_refused() {
    let error = Shell::open().invoke("read_everything", json!({})).expect_err("there is no such command");
    assert!(error.to_string().contains("read_everything"), "{error}");
}

#[test]
fn a_secret_is_created_described_and_revealed_through_the_wall() {
    let shell = Shell::open();
    let created = shell.create("app/db").expect("the vault takes a new secret");
    let described = shell
        .call(DescribeSecret { scope: local(), secret_id: created.summary.arn.clone() })
        .expect("the secret is there");
    assert_eq!(described.summary.name, "app/db");
    let version = VersionRef {
        scope: local(),
        secret_id: created.summary.arn,
        version_id: described.versions[0].version_id.clone(),
    };
    let shape = shell.call(OpenValue { version: version.clone() }).expect("the value can be read");
    let shown = serde_json::to_string(&shape).expect("a shape is JSON");
    assert!(!shown.contains("canary"), "a shape holds no value: {shown}");
    let revealed = shell.call(RevealValue { version, part: Part::Field(0) }).expect("it can be revealed");
    assert_eq!(revealed, Revealed::Field("fake-canary".into()));
}

#[test]
fn a_failure_carries_the_words_of_the_service() {
    let shell = Shell::open();
    shell.create("twice").expect("the first of that name");
    let error = shell.create("twice").expect_err("the name is taken");
    let aws = error.aws.expect("the vault answered");
    assert_eq!(aws.code, "ResourceExistsException");
    assert_eq!(aws.message, "The operation failed because the secret twice already exists.");
    assert!(aws.request_id.is_some(), "a request id is there to copy");
    let missing = shell
        .call(DescribeSecret { scope: local(), secret_id: "nowhere".into() })
        .expect_err("there is no such secret");
    assert_eq!(missing.code, Code::NotFound);
}
