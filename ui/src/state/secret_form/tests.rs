//! Nothing typed is lost, and nothing wrong is sent.

use std::cell::RefCell;
use std::rc::Rc;

use latchkey_domain::{Code, ConnectionId, Region};

use super::*;
use crate::ipc::host;

fn scope() -> Scope {
    Scope { connection: ConnectionId::local(), region: Region::from("eu-central-1") }
}

fn filled() -> SecretForm {
    let form = SecretForm::new();
    form.name.set("prod/db".into());
    fill(form.fields, 0, "password", "fake-password");
    form
}

fn fill(rows: RwSignal<Vec<FormRow>>, at: usize, key: &str, value: &str) {
    rows.with(|rows| {
        rows[at].key.set(key.into());
        rows[at].value.set(value.into());
    });
}

fn refuse_with(error: &ApiError) {
    let text = serde_json::to_string(error).expect("an error is JSON");
    host::answer_with(move |_, _| {
        let text = text.clone();
        async move { Err(text) }
    });
}

#[tokio::test]
async fn a_refused_secret_loses_nothing_and_says_where_it_is_wrong() {
    let _owner = Owner::new_root(None);
    let form = filled();
    refuse_with(&ApiError::invalid("name", "That name is taken."));
    assert!(form.create(scope()).await.is_none(), "the engine refused");
    assert_eq!(form.failure.at("name").as_deref(), Some("That name is taken."), "told at its field");
    assert!(form.failure.of_the_whole().is_none(), "and not a second time");
    assert_eq!(form.typed(form.fields), [("password".into(), "fake-password".into())], "nothing is lost");
    assert!(!form.saving.get_untracked(), "it can be tried again");
}

#[tokio::test]
async fn a_failure_of_the_connection_is_told_as_a_whole() {
    let _owner = Owner::new_root(None);
    let form = filled();
    refuse_with(&ApiError::new(Code::Offline, "No answer."));
    assert!(form.create(scope()).await.is_none(), "the engine refused");
    assert_eq!(
        form.failure.of_the_whole().map(|failure| failure.code),
        Some(Code::Offline),
        "no field is to blame"
    );
}

#[tokio::test]
async fn a_value_that_cannot_be_right_is_not_sent() {
    let _owner = Owner::new_root(None);
    let sent = Rc::new(RefCell::new(0));
    let count = sent.clone();
    host::answer_with(move |_, _| {
        *count.borrow_mut() += 1;
        async { Err(String::new()) }
    });
    let form = SecretForm::new();
    assert!(form.create(scope()).await.is_none(), "no field is typed");
    fill(form.fields, 0, "", "fake-password");
    assert!(form.create(scope()).await.is_none(), "the key is missing");
    fill(form.fields, 0, "password", "fake-password");
    form.add_row(form.fields);
    fill(form.fields, 1, "password", "fake-other");
    assert!(form.create(scope()).await.is_none(), "the key is there twice");
    assert!(form.failure.at("value").is_some_and(|text| text.contains("password")), "the key is named");
    form.input.set(ValueInput::Text);
    form.text.set("x".repeat(MAX_VALUE_BYTES + 1));
    assert!(form.create(scope()).await.is_none(), "a byte too long");
    assert_eq!(*sent.borrow(), 0, "nothing of it was sent");
}

#[test]
fn the_size_is_that_of_the_json_that_will_be_stored() {
    let _owner = Owner::new_root(None);
    let form = filled();
    form.add_row(form.fields);
    fill(form.fields, 1, "quote \" and é", "line\nbreak");
    form.add_row(form.fields);
    let json = serde_json::json!({ "password": "fake-password", "quote \" and é": "line\nbreak" });
    assert_eq!(form.size_bytes(), json.to_string().len(), "escapes count, blank rows do not");
}

#[tokio::test]
async fn what_was_typed_is_dropped_once_the_secret_exists() {
    let _owner = Owner::new_root(None);
    let form = filled();
    form.text.set("fake-text".into());
    let answer = created();
    host::answer_with(move |_, _| {
        let answer = answer.clone();
        async move { Ok(answer) }
    });
    assert!(form.create(scope()).await.is_some(), "the engine took it");
    assert!(form.fields.with(Vec::is_empty) && form.text.with(String::is_empty), "no typed value is left");
}

fn created() -> String {
    serde_json::json!({
        "summary": {
            "arn": "arn:aws:secretsmanager:eu-central-1:123456789012:secret:prod/db-AbCdEf",
            "name": "prod/db", "tags": [],
        },
        "version_map": {}, "versions": [], "replicas": [],
    })
    .to_string()
}

#[test]
fn a_template_lays_out_its_keys_and_keeps_what_was_typed() {
    let _owner = Owner::new_root(None);
    let form = filled();
    form.use_template(Some(Template::MySql));
    let keys: Vec<String> = form.fields.with(|rows| rows.iter().map(|row| row.key.get()).collect());
    assert_eq!(keys, ["engine", "host", "username", "password", "port"]);
    let typed = form.typed(form.fields);
    assert!(typed.contains(&("password".into(), "fake-password".into())), "typed before");
    assert!(typed.contains(&("engine".into(), "mysql".into())), "filled in");
    let finding = form.finding().expect("its engine says what it is");
    assert_eq!(finding.missing.len(), 2, "host and username are empty: {finding}");
    assert!(form.further_keys().iter().any(|(key, _)| *key == "dbname"), "optional keys wait");
    form.add_key("dbname");
    assert!(form.fields.with(|rows| rows.iter().any(|row| row.key.get() == "dbname")));
    let text = form.typed_object().expect("JSON").expect("the port is a number");
    assert!(text.expose().contains("\"port\":3306"), "a number, not a text");
}

#[test]
fn every_template_makes_json_with_its_kinds() {
    let _owner = Owner::new_root(None);
    for template in Template::ALL {
        let form = SecretForm::new();
        form.use_template(Some(template));
        form.fields.with_untracked(|rows| {
            for row in rows.iter().filter(|row| row.value.with_untracked(String::is_empty)) {
                row.value.set(if row.kind == JsonKind::Array { "[]".into() } else { "fake".into() });
            }
        });
        assert_eq!(form.check_value(), Ok(()), "{}", template.title());
        let finding = form.finding();
        let missing = finding.map(|finding| finding.missing).unwrap_or_default();
        assert_eq!(missing, [], "{}: rotation would work", template.title());
    }
}

#[test]
fn pasted_env_becomes_fields_and_pasted_json_stays_as_it_is() {
    let _owner = Owner::new_root(None);
    let form = SecretForm::new();
    form.pasted.set("export A=fake-1\nnonsense\nB='fake 2'\n".into());
    form.read_pasted();
    assert_eq!(form.typed(form.fields), [("A".into(), "fake-1".into()), ("B".into(), "fake 2".into())]);
    assert!(
        form.paste_notes.get().iter().any(|note| note.contains("Line 2")),
        "nothing is left out in silence"
    );
    assert!(form.pasted.with(String::is_empty), "read");
    form.pasted.set("{ \"a\" : 1.0 }".into());
    form.read_pasted();
    assert_eq!((form.input.get(), form.text.get()), (ValueInput::Text, "{ \"a\" : 1.0 }".into()));
    form.input.set(ValueInput::Paste);
    form.pasted.set("{\"a\":".into());
    form.read_pasted();
    assert!(form.failure.at("value").is_some(), "what cannot be read is told");
    assert!(!form.pasted.with(String::is_empty), "and stays");
}
