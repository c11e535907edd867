//! Nothing typed is lost, and nothing wrong is sent.

use std::cell::RefCell;
use std::rc::Rc;

use latchkey_domain::value::{Layout, ValueShape};
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
    assert!(form.create(scope(), Review::WhereDue).await.is_none(), "the engine refused");
    assert_eq!(form.request.at("name").as_deref(), Some("That name is taken."), "told at its field");
    assert!(form.request.of_the_whole().is_none(), "and not a second time");
    assert_eq!(form.typed(form.fields), [("password".into(), "fake-password".into())], "nothing is lost");
    assert!(!form.request.is_busy(), "it can be tried again");
}

#[tokio::test]
async fn a_failure_of_the_connection_is_told_as_a_whole() {
    let _owner = Owner::new_root(None);
    let form = filled();
    refuse_with(&ApiError::new(Code::Offline, "No answer."));
    assert!(form.create(scope(), Review::WhereDue).await.is_none(), "the engine refused");
    assert_eq!(
        form.request.of_the_whole().map(|failure| failure.code),
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
    assert!(form.create(scope(), Review::WhereDue).await.is_none(), "no field is typed");
    fill(form.fields, 0, "", "fake-password");
    assert!(form.create(scope(), Review::WhereDue).await.is_none(), "the key is missing");
    fill(form.fields, 0, "password", "fake-password");
    form.add_row(form.fields);
    fill(form.fields, 1, "password", "fake-other");
    assert!(form.create(scope(), Review::WhereDue).await.is_none(), "the key is there twice");
    assert!(form.request.at("value").is_some_and(|text| text.contains("password")), "the key is named");
    form.input.set(ValueInput::Text);
    form.text.set("x".repeat(MAX_VALUE_BYTES + 1));
    assert!(form.create(scope(), Review::WhereDue).await.is_none(), "a byte too long");
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
    answer_creation(true);
    assert!(form.create(scope(), Review::WhereDue).await.is_some(), "the engine took it");
    assert!(form.fields.with(Vec::is_empty) && form.text.with(String::is_empty), "no typed value is left");
}

#[tokio::test]
async fn a_creation_is_reviewed_where_the_connection_or_the_person_asks_for_it() {
    let _owner = Owner::new_root(None);
    for (is_quiet, review) in [(false, Review::WhereDue), (true, Review::Always)] {
        let form = filled();
        answer_creation(is_quiet);
        assert!(form.create(scope(), review).await.is_none(), "nothing is created yet");
        assert!(form.review.with_untracked(Option::is_some), "it is reviewed");
        assert!(form.holds_anything(), "what was typed stays until it is stored");
        assert!(form.confirm().await.is_some(), "the engine took it");
        assert!(form.review.with_untracked(Option::is_none) && form.fields.with(Vec::is_empty));
    }
}

#[tokio::test]
async fn a_creation_that_was_cancelled_before_it_was_sent_is_not_told_as_made() {
    let _owner = Owner::new_root(None);
    let form = filled();
    host::answer_with(|command, _| {
        let answer = match command {
            "plan_changes" => serde_json::json!({ "plan_id": "plan-1", "is_quiet": true, "items": [] }),
            _ => serde_json::json!({
                "plan_id": "plan-1",
                "items": [{ "secret_id": ARN, "name": "prod/db", "outcome": { "outcome": "not_started" } }],
            }),
        };
        async move { Ok(answer.to_string()) }
    });
    assert!(form.create(scope(), Review::WhereDue).await.is_none());
    let failure = form.request.failure.get_untracked().expect("it is told");
    assert!(failure.message.contains("cancelled before it was sent"), "{failure}");
    assert!(form.holds_anything(), "what was typed stays");
}

/// Takes every plan and every creation.
fn answer_creation(is_quiet: bool) {
    host::answer_with(move |command, _| {
        let answer = match command {
            "plan_changes" => serde_json::json!({
                "plan_id": "plan-1", "is_quiet": is_quiet,
                "items": [{
                    "secret_id": "prod/db", "name": "prod/db",
                    "planned": { "planned": "creation", "tags": [], "field": "secret_string", "size_bytes": 4 },
                }],
            })
            .to_string(),
            "apply_changes" => applied(),
            other => panic!("{other} is not needed"),
        };
        async move { Ok(answer) }
    });
}

const ARN: &str = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:prod/db-AbCdEf";

fn created() -> serde_json::Value {
    serde_json::json!({
        "summary": { "arn": ARN, "name": "prod/db", "tags": [] }, "version_map": {}, "versions": [], "replicas": [],
    })
}

fn applied() -> String {
    let item = serde_json::json!({
        "secret_id": ARN, "name": "prod/db", "outcome": { "outcome": "done" }, "detail": created(),
    });
    serde_json::json!({ "plan_id": "plan-1", "items": [item] }).to_string()
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
    assert!(form.request.at("value").is_some(), "what cannot be read is told");
    assert!(!form.pasted.with(String::is_empty), "and stays");
}

/// The value under a key; None if no row has it.
fn value_of(form: SecretForm, key: &str) -> Option<String> {
    form.typed(form.fields).into_iter().find(|(known, _)| known == key).map(|(_, value)| value)
}

fn type_value(form: SecretForm, key: &str, value: &str) {
    let row = form.fields.get_untracked().into_iter().find(|row| row.key.get_untracked() == key);
    row.expect("the key is laid out").value.set(value.into());
}

/// Answers each request for a password with one of the length that it asks for.
fn make_passwords() {
    host::answer_with(|_, payload| {
        let length = payload
            .split("\"length\":")
            .nth(1)
            .and_then(|rest| rest.split(|c: char| !c.is_ascii_digit()).next()?.parse::<usize>().ok());
        let password = "f".repeat(length.unwrap_or_default());
        async move { Ok(serde_json::json!({ "revealed": "text", "content": password }).to_string()) }
    });
}

#[tokio::test]
async fn another_template_takes_back_what_the_first_one_filled_in() {
    let _owner = Owner::new_root(None);
    make_passwords();
    let form = SecretForm::new();
    form.use_template(Some(Template::MySql));
    form.generate_passwords(scope()).await;
    assert_eq!(value_of(form, "password").map(|text| text.len()), Some(32));
    type_value(form, "host", "db-1");
    form.use_template(Some(Template::Oracle));
    form.generate_passwords(scope()).await;
    assert_eq!(value_of(form, "engine").as_deref(), Some("oracle"), "nobody typed mysql");
    assert_eq!(value_of(form, "port").as_deref(), Some("1521"), "nor MySQL's port");
    assert_eq!(value_of(form, "password").map(|text| text.len()), Some(30), "Oracle takes no longer one");
    assert_eq!(value_of(form, "host").as_deref(), Some("db-1"), "this was typed");
    assert_eq!(form.structure(), Some(Template::Oracle));
    form.use_template(None);
    assert_eq!(
        form.typed(form.fields),
        [("host".into(), "db-1".into())],
        "no template leaves what was typed"
    );
}

#[test]
fn a_typed_engine_stays_only_with_a_template_that_takes_it() {
    let _owner = Owner::new_root(None);
    let form = SecretForm::new();
    form.use_template(Some(Template::MySql));
    type_value(form, "engine", "aurora-mysql");
    type_value(form, "port", "3307");
    form.use_template(Some(Template::MySql));
    assert_eq!(value_of(form, "engine").as_deref(), Some("aurora-mysql"));
    form.use_template(Some(Template::Oracle));
    assert_eq!(value_of(form, "engine").as_deref(), Some("oracle"));
    assert_eq!(value_of(form, "port").as_deref(), Some("3307"), "a port may be any");
}

#[test]
fn a_pasted_env_leaves_what_was_typed() {
    let _owner = Owner::new_root(None);
    let form = filled();
    form.add_row(form.fields);
    fill(form.fields, 1, "A", "fake-typed");
    form.pasted.set("A=fake-pasted\nB=fake-2\n".into());
    form.read_pasted();
    let expected =
        [("password", "fake-password"), ("A", "fake-typed"), ("A", "fake-pasted"), ("B", "fake-2")];
    assert_eq!(form.typed(form.fields), expected.map(|(key, value)| (key.to_owned(), value.to_owned())));
    assert!(
        form.paste_notes.get().iter().any(|note| note.contains("already typed A")),
        "both are there, and told"
    );
    let laid_out = SecretForm::new();
    laid_out.use_template(Some(Template::MySql));
    laid_out.pasted.set("host=db-1\nport=3307\n".into());
    laid_out.read_pasted();
    assert_eq!(value_of(laid_out, "host").as_deref(), Some("db-1"), "a laid out key is filled");
    assert_eq!(value_of(laid_out, "port").as_deref(), Some("3307"), "in place of the default");
    assert_eq!(laid_out.fields.with(Vec::len), 5, "and no row is added");
}

#[test]
fn pasted_json_asks_before_it_replaces_a_typed_text() {
    let _owner = Owner::new_root(None);
    let form = SecretForm::new();
    form.text.set("fake-typed".into());
    form.pasted.set("{\"a\":1}".into());
    form.read_pasted();
    assert!(form.asks_to_replace.get(), "the text would be lost");
    assert_eq!(form.text.get(), "fake-typed");
    form.keep_text();
    assert_eq!(
        (form.text.get(), form.pasted.get()),
        ("fake-typed".into(), "{\"a\":1}".into()),
        "nothing is lost"
    );
    form.read_pasted();
    form.replace_text();
    assert_eq!((form.text.get(), form.asks_to_replace.get()), ("{\"a\":1}".into(), false));
}

#[tokio::test]
async fn a_duplicate_holds_nothing_until_somebody_types() {
    crate::state::testing::in_window(async {
        host::answer_with(|_, _| async {
            let shape = ValueShape {
                version_id: "v1".into(),
                stages: Vec::new(),
                created_at: None,
                size_bytes: 4,
                layout: Layout::Text,
                finding: None,
                notices: Vec::new(),
                fault: None,
            };
            Ok(serde_json::to_string(&shape).expect("a shape is JSON"))
        });
        let mut secret = created();
        secret["summary"]["description"] = "Fake".into();
        secret["summary"]["tags"] = serde_json::json!([{ "key": "team", "value": "a" }]);
        secret["version_map"] = serde_json::json!({ "v1": ["AWSCURRENT"] });
        let original: SecretDetail = serde_json::from_value(secret).expect("a secret");
        let form = SecretForm::new();
        form.duplicate(scope(), original.clone()).await;
        assert_eq!(form.name.get_untracked(), "prod/db-copy");
        assert!(!form.holds_anything(), "nobody typed");
        form.tags.with_untracked(|tags| tags[0].value.set("b".into()));
        assert!(form.holds_anything(), "a changed tag is typed");
        let form = SecretForm::new();
        form.duplicate(scope(), original).await;
        form.name.set("prod/other".into());
        assert!(form.holds_anything(), "so is another name");
    })
    .await;
}

#[test]
fn a_template_alone_is_nothing_typed() {
    let _owner = Owner::new_root(None);
    let form = SecretForm::new();
    form.use_template(Some(Template::MySql));
    assert!(!form.holds_anything(), "the form filled it in itself");
    type_value(form, "host", "db-1");
    assert!(form.holds_anything());
}
