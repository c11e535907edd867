//! An edit changes what was typed and nothing else.

use latchkey_domain::document::JsonKind;

use super::*;

const VALUE: &str = "{\n  \"username\": \"ops\",\n  \"password\" : \"fake-old\",\n  \"port\": 5432.00,\n  \"db\": {\"hosts\": [\"a\", \"b\"]}\n}\n";

fn id_of(editing: &Editing, key: &str) -> usize {
    editing.rows().into_iter().find(|row| row.key.as_deref() == Some(key)).expect("the key is there").id
}

fn keys(editing: &Editing) -> Vec<String> {
    editing.rows().into_iter().filter_map(|row| row.key).collect()
}

#[test]
fn an_edit_of_one_row_keeps_every_other_byte() {
    let mut editing = Editing::new(VALUE);
    assert!(!editing.is_changed(), "nothing was typed");
    let password = id_of(&editing, "password");
    editing.type_value(password, "fake-new");
    assert_eq!(editing.text(), VALUE.replace("fake-old", "fake-new"));
    let port = id_of(&editing, "port");
    editing.type_value(port, "5433");
    assert_eq!(editing.rows()[2].kind, JsonKind::Number, "a number stays a number");
    assert_eq!(editing.text(), VALUE.replace("fake-old", "fake-new").replace("5432.00", "5433"));
}

#[test]
fn what_does_not_fit_its_kind_stays_typed_and_holds_the_review() {
    let mut editing = Editing::new(VALUE);
    let port = id_of(&editing, "port");
    editing.toggle(port);
    editing.type_value(port, "54x");
    assert_eq!(editing.text(), VALUE, "the text is as it was");
    assert_eq!(editing.clear_text(port).as_deref(), Some("54x"), "nothing typed is lost");
    assert!(editing.row_error(port).is_some_and(|error| error.contains("number")), "and told");
    let problem = editing.problem().unwrap_or_default();
    assert!(problem.contains("The row port"), "it cannot be reviewed, and the row is named: {problem}");
    editing.choose(Form::Raw);
    assert_eq!(editing.form, Form::Rows, "in the raw text nobody would see what is wrong");
    assert!(editing.obstacle().is_some_and(|obstacle| obstacle.contains("port")), "which is told");
    editing.change_kind(port, JsonKind::String);
    assert_eq!(editing.row_error(port), None, "as a text it fits");
    assert!(editing.text().contains("\"port\": \"54x\""));
}

#[test]
fn rows_are_added_renamed_moved_and_removed() {
    let mut editing = Editing::new("{\"a\":1,\"b\":\"x\"}");
    let added = editing.add().expect("there is room");
    assert_eq!(keys(&editing), ["a", "b", "new_key"]);
    assert!(editing.is_shown(added), "somebody is about to type");
    editing.type_key(added, "c");
    editing.type_value(added, "fake-text");
    editing.move_by(added, -1);
    assert_eq!(editing.text(), "{\"a\":1,\"c\":\"fake-text\",\"b\":\"x\"}");
    assert_eq!(id_of(&editing, "c"), added, "a row keeps its name when it moves");
    editing.remove(id_of(&editing, "a"));
    assert_eq!(editing.text(), "{\"c\":\"fake-text\",\"b\":\"x\"}");
    assert!(!editing.move_by(added, -1), "it is the first");
}

#[test]
fn a_deleted_row_is_put_back_until_something_else_is_changed() {
    let mut editing = Editing::new(VALUE);
    let password = id_of(&editing, "password");
    editing.remove(password);
    assert_eq!(editing.removed().as_deref(), Some("password"));
    assert_eq!(keys(&editing), ["username", "port", "db"]);
    assert_eq!(editing.put_back(), Some(password));
    assert_eq!(editing.text(), VALUE, "every byte is back, the blank before the colon too");
    assert_eq!(id_of(&editing, "password"), password, "it is the same row");
    assert_eq!((editing.removed(), editing.clear_text(password)), (None, None), "and masked");
    editing.remove(password);
    editing.type_value(id_of(&editing, "username"), "other");
    assert_eq!((editing.removed(), editing.put_back()), (None, None), "what came after would be lost");
    assert!(editing.text().contains("other"));
}

#[test]
fn a_key_that_is_taken_is_refused_and_stays_typed() {
    let mut editing = Editing::new("{\"a\":1,\"b\":2}");
    let b = id_of(&editing, "b");
    editing.type_key(b, "a");
    assert_eq!(editing.text(), "{\"a\":1,\"b\":2}");
    assert_eq!(keys(&editing), ["a", "a"], "what was typed is shown");
    assert!(editing.row_error(b).is_some_and(|error| error.contains("already there")));
    editing.type_key(b, "ab");
    assert_eq!(editing.text(), "{\"a\":1,\"ab\":2}");
    assert_eq!(editing.row_error(b), None);
}

#[test]
fn nested_json_opens_in_its_own_rows() {
    let mut editing = Editing::new(VALUE);
    editing.open(id_of(&editing, "db"));
    assert_eq!(editing.trail(), ["db"]);
    editing.open(id_of(&editing, "hosts"));
    assert_eq!(editing.trail(), ["db", "hosts"]);
    let second = editing.rows()[1].id;
    assert_eq!(editing.rows()[1].key, None, "items have no keys");
    editing.type_value(second, "c");
    assert_eq!(editing.text(), VALUE.replace("\"b\"", "\"c\""));
    editing.leave_to(0);
    assert_eq!(keys(&editing), ["username", "password", "port", "db"]);
}

#[test]
fn raw_text_is_checked_while_it_is_typed() {
    let mut editing = Editing::new("{\"a\":1}");
    editing.choose(Form::Raw);
    editing.type_raw("{\"a\":1,}");
    assert!(!editing.has_rows(), "no rows in what is no JSON");
    assert_eq!(editing.fault().map(|fault| (fault.at.line, fault.at.column)), Some((1, 7)));
    assert_eq!(editing.text(), "{\"a\":1,}", "nothing typed is lost");
    editing.choose(Form::Rows);
    assert_eq!(editing.form, Form::Raw, "there is nothing to show in rows");
    assert!(
        editing.has_forms() && editing.obstacle().is_some(),
        "the way back stays, and says why it is shut"
    );
    editing.type_raw("{\"a\":1,\"a\":2}");
    assert_eq!(editing.fault(), None);
    assert_eq!(editing.notices().len(), 1, "a key that stands twice is told");
    assert!(editing.rows()[1].is_duplicate);
    assert_eq!(editing.obstacle(), None, "rows can be shown again");
}

#[test]
fn rows_and_raw_text_are_one_document_side_by_side() {
    let mut editing = Editing::new("{\"a\":1,\"b\":\"x\"}");
    editing.choose(Form::Both);
    let b = id_of(&editing, "b");
    editing.toggle(b);
    editing.type_value(b, "fake-row");
    assert_eq!(editing.text(), "{\"a\":1,\"b\":\"fake-row\"}", "the raw text follows the rows");
    editing.type_raw("{\"a\":1,\"b\":\"fake-raw\"}");
    assert_eq!(
        editing.clear_text(b).as_deref(),
        Some("fake-raw"),
        "the rows follow the raw text, and stay in the clear"
    );

    editing.type_raw("{\"a\":1,\"b\":\"fake-raw\",}");
    assert!(editing.is_stale(), "the rows say that they wait");
    assert_eq!(keys(&editing), ["a", "b"], "they show what could be read last");
    assert_eq!(editing.fault().map(|fault| (fault.at.line, fault.at.column)), Some((1, 22)));
    editing.type_value(b, "fake-lost");
    assert!(
        editing.text().ends_with(",}"),
        "a row takes nothing, or it would write over what is typed beside it"
    );
    editing.type_raw("{\"a\":1,\"b\":\"fake-raw\"}");
    assert_eq!((editing.is_stale(), editing.obstacle()), (false, None), "and all goes on");
}

#[test]
fn the_raw_text_waits_for_a_row_that_is_not_right_yet() {
    let mut editing = Editing::new("{\"a\":1}");
    editing.choose(Form::Both);
    let a = id_of(&editing, "a");
    editing.type_value(a, "1x");
    editing.type_raw("{}");
    assert_eq!(editing.text(), "{\"a\":1}", "what stands in the row would be lost");
    assert!(editing.obstacle().is_some_and(|obstacle| obstacle.contains("the row a")));
    editing.type_value(a, "2");
    editing.type_raw("{\"a\":2,\"b\":3}");
    assert_eq!(keys(&editing), ["a", "b"]);
}

#[test]
fn plain_text_has_no_fault_and_keeps_its_line_breaks() {
    let mut editing = Editing::new("line one\r\nline two\r\n");
    assert_eq!((editing.form, editing.fault()), (Form::Raw, None), "text need not be JSON");
    assert!(!editing.has_forms(), "there is nothing to turn to");
    editing.type_raw("line one\nline 2\n");
    assert_eq!(editing.text(), "line one\r\nline 2\r\n");
}

#[test]
fn what_rotation_would_miss_is_told_while_it_is_edited() {
    let mut editing = Editing::new(r#"{"username":"ops","password":"fake","dbInstanceIdentifier":"db-1"}"#);
    let told = |editing: &Editing| editing.finding().map(|finding| finding.to_string()).unwrap_or_default();
    assert!(told(&editing).contains("engine, host are missing"), "{}", told(&editing));
    let engine = editing.add().expect("there is room");
    editing.type_key(engine, "engine");
    editing.type_value(engine, "mysql");
    assert!(told(&editing).contains("a MySQL secret; host is missing"), "{}", told(&editing));
}

#[test]
fn hiding_masks_and_keeps_what_is_typed() {
    let mut editing = Editing::new(VALUE);
    let password = id_of(&editing, "password");
    assert_eq!(editing.clear_text(password), None, "masked at first");
    editing.toggle(password);
    editing.type_value(password, "fake-new");
    editing.hide();
    assert_eq!(editing.clear_text(password), None);
    assert!(editing.text().contains("fake-new"));
    assert!(!editing.is_anything_shown());
}

#[test]
fn a_value_over_the_limit_is_held_back() {
    let mut editing = Editing::new("x");
    editing.type_raw(&"x".repeat(MAX_VALUE_BYTES));
    assert_eq!(editing.problem(), None, "exactly the limit is fine");
    editing.type_raw(&"x".repeat(MAX_VALUE_BYTES + 1));
    assert!(editing.problem().is_some_and(|problem| problem.contains("65,537")));
}

#[test]
fn json_beyond_the_depth_limit_is_text_only() {
    let deep = format!("{}{}", "[".repeat(600), "]".repeat(600));
    let editing = Editing::new(&deep);
    assert_eq!(editing.form, Form::Raw);
    assert!(editing.fault().is_some_and(|fault| fault.to_string().contains("512")), "and says why");
}
