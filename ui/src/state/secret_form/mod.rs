//! The form of a new secret. Typed text is kept until the engine has it, then dropped.

mod row;
mod starts;

use std::collections::HashSet;

use latchkey_domain::change::{AnyChange, ChangesReview, NewSecret, PlanChanges};
use latchkey_domain::document::{Document, Edit, JsonKind, NewField};
use latchkey_domain::secret::{SecretDetail, Tag};
use latchkey_domain::secret_text::SecretInput;
use latchkey_domain::template::{Finding, Strategy, Template};
use latchkey_domain::text::too_long;
use latchkey_domain::value::{NewValue, VersionRef};
use latchkey_domain::writes::PlanId;
use latchkey_domain::{ApiError, Scope};
use leptos::prelude::*;

use super::change_review::Review;
use super::request::Request;
use super::word::{self, Unsent, Word};
use crate::ipc;
pub use row::FormRow;

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
    /// The value of another secret, byte for byte.
    pub copied: RwSignal<Option<CopiedValue>>,
    /// What is pasted and not read yet.
    pub pasted: RwSignal<String>,
    /// What was made of a pasted text, line by line.
    pub paste_notes: RwSignal<Vec<String>>,
    /// The pasted JSON waits: it would replace the plain text that was typed.
    pub asks_to_replace: RwSignal<bool>,
    pub template: RwSignal<Option<Template>>,
    pub tags: RwSignal<Vec<FormRow>>,
    /// What would be made, while it is reviewed.
    pub review: RwSignal<Option<ChangesReview>>,
    /// What the person says to it.
    pub word: Word,
    pub request: Request,
    next_row: StoredValue<usize>,
    begun: StoredValue<Begun>,
}

/// What the form began with, which nobody typed.
#[derive(Default)]
struct Begun {
    name: String,
    description: String,
    kms_key_id: String,
    text: Option<SecretInput>,
}

/// How the value is typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ValueInput {
    #[default]
    Fields,
    Text,
    /// Text of which fields are made.
    Paste,
    /// As another secret has it.
    Copy,
}

/// A value that is taken over as it is. It stays in the engine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CopiedValue {
    /// The name of the secret that it comes from.
    pub from: String,
    pub version: VersionRef,
    pub size_bytes: usize,
    /// Whether it can be changed as text.
    pub is_text: bool,
}

impl SecretForm {
    /// An empty form with one row for the first field.
    pub fn new() -> Self {
        let form = Self {
            name: RwSignal::default(),
            description: RwSignal::default(),
            kms_key_id: RwSignal::default(),
            input: RwSignal::default(),
            fields: RwSignal::default(),
            text: RwSignal::default(),
            copied: RwSignal::new(None),
            pasted: RwSignal::default(),
            paste_notes: RwSignal::default(),
            asks_to_replace: RwSignal::default(),
            template: RwSignal::default(),
            tags: RwSignal::default(),
            review: RwSignal::default(),
            word: Word::default(),
            request: Request::of_form(&FIELDS),
            next_row: StoredValue::default(),
            begun: StoredValue::default(),
        };
        form.fields.set(vec![form.row("", "")]);
        form
    }

    /// Adds an empty row to the fields or to the tags.
    pub fn add_row(self, rows: RwSignal<Vec<FormRow>>) {
        let row = FormRow { takes_focus: ArcStoredValue::new(true), ..self.row("", "") };
        rows.update(|rows| rows.push(row));
    }

    /// A row that the form itself fills.
    fn row(self, key: &str, value: &str) -> FormRow {
        FormRow::filled(self.next_id(), key, value)
    }

    fn next_id(self) -> usize {
        let id = self.next_row.get_value();
        self.next_row.set_value(id + 1);
        id
    }

    /// Takes a row away, with what was typed into it.
    pub fn remove_row(self, rows: RwSignal<Vec<FormRow>>, id: usize) {
        rows.update(|rows| rows.retain(|row| row.id != id));
    }

    /// Bytes that the value will take as it is typed now.
    pub fn size_bytes(self) -> usize {
        match self.input.get() {
            ValueInput::Text => self.text.with(String::len),
            ValueInput::Paste => self.pasted.with(String::len),
            ValueInput::Copy => {
                self.copied.with(|copied| copied.as_ref().map_or(0, |copied| copied.size_bytes))
            }
            ValueInput::Fields => {
                if let Ok(Some(text)) = self.typed_object() {
                    return text.expose().len();
                }
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
            return Err(ApiError::invalid("value", too_long(size, MAX_VALUE_BYTES)));
        }
        let fault = match self.input.get() {
            ValueInput::Text if self.text.with(String::is_empty) => {
                Some("Type the value of the secret.".to_owned())
            }
            ValueInput::Paste => Some("Read the pasted text first, or choose another way.".to_owned()),
            ValueInput::Text | ValueInput::Copy => None,
            ValueInput::Fields => {
                fault_of_rows(&self.typed(self.fields)).or_else(|| self.typed_object().err())
            }
        };
        fault.map_or(Ok(()), |fault| Err(ApiError::invalid("value", fault)))
    }

    /// Creates the secret, after a review where the connection or the person asks for one. On failure everything typed
    /// stays; on success nothing does.
    pub async fn create(self, scope: Scope, review: Review) -> Option<SecretDetail> {
        let creation = self.request.act(async {
            untrack(|| self.check_value())?;
            let plan = ipc::call(self.typed_secret(scope)).await?;
            if !plan.is_quiet || review == Review::Always {
                self.review.try_set(Some(plan));
                return Ok(None);
            }
            self.send(plan.plan_id, false).await.map(Some)
        });
        let detail = creation.await??;
        self.drop_typed();
        Some(detail)
    }

    /// Creates the secret as it was reviewed. What failed was typed in the form, or is reviewed anew.
    pub async fn confirm(self) -> Option<SecretDetail> {
        let plan_id =
            self.review.with_untracked(|review| review.as_ref().map(|plan| plan.plan_id.clone()))?;
        let Some(detail) = self.request.act(self.send(plan_id, true)).await else {
            self.leave_review();
            return None;
        };
        self.review.try_set(None);
        self.drop_typed();
        Some(detail)
    }

    /// The secret that was made.
    async fn send(self, plan_id: PlanId, is_reviewed: bool) -> Result<SecretDetail, ApiError> {
        let request = self.word.said().to(plan_id, is_reviewed);
        let item = word::apply(request).await.map_err(Unsent::into_error)?;
        match word::failure(&item) {
            Some(failure) => Err(failure),
            None => item.detail.ok_or_else(|| {
                ApiError::internal(format!("{} was created, but cannot be described.", item.name))
            }),
        }
    }

    /// Back to the form.
    pub fn leave_review(self) {
        if self.request.is_busy() {
            return;
        }
        if let Some(Some(plan)) = self.review.try_update(Option::take) {
            word::let_go(plan.plan_id);
        }
    }

    fn typed_secret(self, scope: Scope) -> PlanChanges {
        let secret = untrack(|| NewSecret {
            description: Some(self.description.get()).filter(|text| !text.is_empty()),
            kms_key_id: Some(self.kms_key_id.with(|text| text.trim().to_owned()))
                .filter(|text| !text.is_empty()),
            value: match self.input.get() {
                ValueInput::Text | ValueInput::Paste => NewValue::Text(SecretInput::new(self.text.get())),
                ValueInput::Copy => self.copied.get().map_or_else(
                    || NewValue::Text(SecretInput::new("")),
                    |copied| NewValue::CopyOf(copied.version),
                ),
                ValueInput::Fields => match self.typed_object() {
                    Ok(Some(text)) => NewValue::Text(text),
                    _ => NewValue::Fields(
                        self.typed(self.fields)
                            .into_iter()
                            .map(|(key, value)| NewField { key, value: SecretInput::new(value) })
                            .collect(),
                    ),
                },
            },
            tags: self.typed(self.tags).into_iter().map(|(key, value)| Tag { key, value }).collect(),
        });
        PlanChanges::one(scope, self.name.get_untracked(), AnyChange::Create(secret))
    }

    /// What the fields look like, and what rotation would miss.
    pub fn finding(self) -> Option<Finding> {
        let typed: Vec<(String, String)> =
            self.typed(self.fields).into_iter().filter(|(_, value)| !value.is_empty()).collect();
        let keys: Vec<&str> = typed.iter().map(|(key, _)| key.as_str()).collect();
        let engine = typed.iter().find(|(key, _)| key == "engine").map(|(_, value)| value.as_str());
        Finding::of(&keys, engine, Strategy::SingleUser, false)
    }

    /// The structure that the fields are laid out for, else the one that they look like.
    pub fn structure(self) -> Option<Template> {
        self.template.get().or_else(|| self.finding()?.template)
    }

    /// The JSON of the fields, where one of them is no text.
    fn typed_object(self) -> Result<Option<SecretInput>, String> {
        let rows: Vec<FormRow> = self.fields.get().into_iter().filter(|row| !row.is_blank()).collect();
        if rows.iter().all(|row| row.kind == JsonKind::String) {
            return Ok(None);
        }
        let mut document = Document::parse("{}").map_err(|error| error.to_string())?;
        for row in rows {
            let key = row.key.get();
            let add = Edit::Add {
                way: Vec::new(),
                position: None,
                key: Some(key.clone()),
                kind: row.kind,
                text: SecretInput::new(row.value.get()),
            };
            document.apply(&add).map_err(|error| format!("{key}: {error}"))?;
        }
        Ok(Some(SecretInput::new(document.as_str())))
    }

    /// The rows that hold something.
    fn typed(self, rows: RwSignal<Vec<FormRow>>) -> Vec<(String, String)> {
        rows.with(|rows| {
            rows.iter().filter(|row| !row.is_blank()).map(|row| (row.key.get(), row.value.get())).collect()
        })
    }

    /// Whether closing the form would lose something that was typed.
    pub fn holds_anything(self) -> bool {
        let is_typed = |rows: RwSignal<Vec<FormRow>>| {
            rows.with_untracked(|rows| rows.iter().any(|row| untrack(|| row.is_typed())))
        };
        let is_other = |text: RwSignal<String>, begun: &str| text.with_untracked(|text| text != begun);
        let is_text_typed = self.begun.with_value(|begun| {
            is_other(self.name, &begun.name)
                || is_other(self.description, &begun.description)
                || is_other(self.kms_key_id, &begun.kms_key_id)
        });
        is_text_typed
            || self.has_typed_text()
            || is_other(self.pasted, "")
            || is_typed(self.fields)
            || is_typed(self.tags)
    }

    /// Whether the plain text is other than the form began with.
    fn has_typed_text(self) -> bool {
        self.begun.with_value(|begun| {
            let begun = begun.text.as_ref().map_or("", SecretInput::expose);
            self.text.with_untracked(|text| !text.is_empty() && text != begun)
        })
    }

    /// Forgets everything typed.
    pub fn drop_typed(self) {
        for text in [self.name, self.description, self.kms_key_id, self.text, self.pasted] {
            text.try_set(String::new());
        }
        self.let_copied_go();
        self.begun.try_update_value(|begun| *begun = Begun::default());
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
        return Some("A value has no key. Name it, or remove the row.".into());
    }
    let mut known = HashSet::new();
    let twice = rows.iter().find(|(key, _)| !known.insert(key));
    twice.map(|(key, _)| format!("The key {key} is used twice. Rename one of them."))
}

/// The length of `text` as JSON, quotes and escapes included.
fn json_bytes(text: &str) -> usize {
    serde_json::Value::from(text).to_string().len()
}

#[cfg(test)]
mod tests;
