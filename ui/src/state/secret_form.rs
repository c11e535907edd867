//! A secret that is being written. Nothing typed is lost before the engine has taken it; after that, all of it.

use latchkey_domain::secret::{CreateSecret, SecretDetail, Tag};
use latchkey_domain::value::{NewField, NewValue, SecretInput};
use latchkey_domain::{ApiError, Scope};
use leptos::prelude::*;

use super::form_failure::FormFailure;
use crate::ipc;

/// AWS takes no larger value.
pub const MAX_VALUE_BYTES: usize = 65_536;

/// The members of the request that have a field in the form.
const FIELDS: [&str; 5] = ["name", "description", "kms_key_id", "value", "tags"];

/// The form of *Create secret*.
#[derive(Clone, Copy)]
pub struct SecretForm {
    pub name: RwSignal<String>,
    pub description: RwSignal<String>,
    /// Empty for `aws/secretsmanager`.
    pub kms_key_id: RwSignal<String>,
    pub input: RwSignal<ValueInput>,
    pub fields: RwSignal<Vec<FormRow>>,
    pub text: RwSignal<String>,
    pub tags: RwSignal<Vec<FormRow>>,
    /// Why the last try failed.
    pub failure: FormFailure,
    pub saving: RwSignal<bool>,
    next_row: StoredValue<usize>,
}

/// How the value is typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ValueInput {
    #[default]
    Fields,
    Text,
}

/// A key and a value in a list of rows; `id` tells the rows apart while they are typed.
#[derive(Clone)]
pub struct FormRow {
    pub id: usize,
    pub key: ArcRwSignal<String>,
    pub value: ArcRwSignal<String>,
}

impl FormRow {
    fn is_blank(&self) -> bool {
        self.key.with(String::is_empty) && self.value.with(String::is_empty)
    }
}

impl SecretForm {
    /// The id of the row that an empty form starts with.
    pub const FIRST_ROW: usize = 0;

    /// An empty form with one row for the first field.
    pub fn new() -> Self {
        let form = Self {
            name: RwSignal::default(),
            description: RwSignal::default(),
            kms_key_id: RwSignal::default(),
            input: RwSignal::default(),
            fields: RwSignal::default(),
            text: RwSignal::default(),
            tags: RwSignal::default(),
            failure: FormFailure::new(&FIELDS),
            saving: RwSignal::default(),
            next_row: StoredValue::new(Self::FIRST_ROW),
        };
        form.add_row(form.fields);
        form
    }

    /// Adds an empty row to the fields or to the tags.
    pub fn add_row(self, rows: RwSignal<Vec<FormRow>>) {
        let id = self.next_row.get_value();
        self.next_row.set_value(id + 1);
        let row = FormRow { id, key: ArcRwSignal::default(), value: ArcRwSignal::default() };
        rows.update(|rows| rows.push(row));
    }

    /// Takes a row away, with what was typed into it.
    pub fn remove_row(self, rows: RwSignal<Vec<FormRow>>, id: usize) {
        rows.update(|rows| rows.retain(|row| row.id != id));
    }

    /// Bytes that the value will take as it is typed now.
    pub fn size_bytes(self) -> usize {
        match self.input.get() {
            ValueInput::Text => self.text.with(String::len),
            ValueInput::Fields => {
                let rows = self.typed(self.fields);
                let pairs: usize =
                    rows.iter().map(|(key, value)| json_bytes(key) + 1 + json_bytes(value)).sum();
                "{}".len() + pairs + rows.len().saturating_sub(1)
            }
        }
    }

    /// What is wrong with the value as it stands.
    fn check_value(self) -> Result<(), ApiError> {
        let size = self.size_bytes();
        if size > MAX_VALUE_BYTES {
            let fault = format!("A value may take 65,536 bytes; this one takes {size}. Shorten it.");
            return Err(ApiError::invalid("value", fault));
        }
        let fault = match self.input.get() {
            ValueInput::Text if self.text.with(String::is_empty) => {
                Some("Type the value of the secret.".to_owned())
            }
            ValueInput::Text => None,
            ValueInput::Fields => fault_of_rows(&self.typed(self.fields)),
        };
        fault.map_or(Ok(()), |fault| Err(ApiError::invalid("value", fault)))
    }

    /// Creates the secret. On failure everything typed stays; on success nothing does.
    pub async fn create(self, scope: Scope) -> Option<SecretDetail> {
        if let Err(fault) = untrack(|| self.check_value()) {
            self.failure.set(fault);
            return None;
        }
        self.failure.clear();
        self.saving.set(true);
        let answer = ipc::call(self.request(scope)).await;
        self.saving.try_set(false);
        match answer {
            Ok(detail) => {
                self.drop_typed();
                Some(detail)
            }
            Err(failure) => {
                self.failure.set(failure);
                None
            }
        }
    }

    fn request(self, scope: Scope) -> CreateSecret {
        untrack(|| CreateSecret {
            scope,
            name: self.name.get(),
            description: Some(self.description.get()).filter(|text| !text.is_empty()),
            kms_key_id: Some(self.kms_key_id.with(|text| text.trim().to_owned()))
                .filter(|text| !text.is_empty()),
            value: match self.input.get() {
                ValueInput::Text => NewValue::Text(SecretInput::new(self.text.get())),
                ValueInput::Fields => NewValue::Fields(
                    self.typed(self.fields)
                        .into_iter()
                        .map(|(key, value)| NewField { key, value: SecretInput::new(value) })
                        .collect(),
                ),
            },
            tags: self.typed(self.tags).into_iter().map(|(key, value)| Tag { key, value }).collect(),
        })
    }

    /// The rows that hold something.
    fn typed(self, rows: RwSignal<Vec<FormRow>>) -> Vec<(String, String)> {
        rows.with(|rows| {
            rows.iter().filter(|row| !row.is_blank()).map(|row| (row.key.get(), row.value.get())).collect()
        })
    }

    /// Whether closing the form would lose something.
    pub fn holds_anything(self) -> bool {
        let texts = [self.name, self.description, self.kms_key_id, self.text];
        let has_row =
            |rows: RwSignal<Vec<FormRow>>| rows.with_untracked(|rows| rows.iter().any(|row| !row.is_blank()));
        texts.iter().any(|text| !text.with_untracked(String::is_empty))
            || has_row(self.fields)
            || has_row(self.tags)
    }

    /// Forgets everything typed.
    pub fn drop_typed(self) {
        for text in [self.name, self.description, self.kms_key_id, self.text] {
            text.try_set(String::new());
        }
        self.fields.try_update(Vec::clear);
        self.tags.try_update(Vec::clear);
    }
}

impl Default for SecretForm {
    fn default() -> Self {
        Self::new()
    }
}

fn fault_of_rows(rows: &[(String, String)]) -> Option<String> {
    if rows.is_empty() {
        return Some("Type at least one key and its value.".into());
    }
    if rows.iter().any(|(key, _)| key.is_empty()) {
        return Some("A value has no key. Name it, or take the row away.".into());
    }
    let is_twice = |at: usize, key: &String| rows[..at].iter().any(|(other, _)| other == key);
    let twice = rows.iter().enumerate().find(|(at, (key, _))| is_twice(*at, key));
    twice.map(|(_, (key, _))| format!("The key {key} is there twice. Rename one of them."))
}

/// The length of `text` as JSON, quotes and escapes included.
fn json_bytes(text: &str) -> usize {
    serde_json::Value::from(text).to_string().len()
}

#[cfg(test)]
mod tests {
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
        assert!(
            form.fields.with(Vec::is_empty) && form.text.with(String::is_empty),
            "no typed value is left"
        );
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
}
