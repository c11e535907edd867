//! Where a new secret begins: a structure of the user guide, a pasted text, or another secret.

use latchkey_domain::password::{GeneratePassword, Recipe};
use latchkey_domain::paste::{self, Pasted};
use latchkey_domain::secret::SecretDetail;
use latchkey_domain::template::{Field, Need, Template};
use latchkey_domain::text::count;
use latchkey_domain::value::{
    CloseValue, Layout, OpenValue, Part, RevealValue, Revealed, SecretInput, ValueShape, VersionRef,
};
use latchkey_domain::{ApiError, Scope};
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::{CopiedValue, FormRow, SecretForm, ValueInput};
use crate::ipc;
use crate::state::described::CURRENT;

impl SecretForm {
    /// Lays out the keys of a structure: what rotation needs and what has a default. What was typed under one of its keys
    /// stays.
    pub fn use_template(self, template: Option<Template>) {
        self.template.set(template);
        let typed = untrack(|| self.typed(self.fields));
        let known = |key: &str| typed.iter().find(|(typed, _)| typed == key).map(|(_, value)| value.clone());
        let fields = template.map(Template::fields).unwrap_or_default();
        let mut rows = Vec::new();
        for field in fields.iter().filter(|field| field.need == Need::Required || field.default.is_some()) {
            let value = known(field.key).or_else(|| field.default.map(str::to_owned)).unwrap_or_default();
            rows.push(self.row_of(field, &value));
        }
        let is_laid_out = |key: &String| rows.iter().any(|row| row.key.with_untracked(|known| known == key));
        let others: Vec<_> = typed.iter().filter(|(key, _)| !is_laid_out(key)).collect();
        rows.extend(others.into_iter().map(|(key, value)| self.row(key, value)));
        if rows.is_empty() {
            rows.push(self.row("", ""));
        }
        self.fields.set(rows);
    }

    fn row_of(self, field: &Field, value: &str) -> FormRow {
        let is_required = field.need == Need::Required;
        FormRow { kind: field.kind, hint: field.hint, is_required, ..self.row(field.key, value) }
    }

    /// The keys of the template that are not laid out yet, with what belongs there.
    pub fn further_keys(self) -> Vec<(&'static str, &'static str)> {
        let fields = self.template.get().map(Template::fields).unwrap_or_default();
        let rows = self.fields.get();
        let is_there = |key: &str| rows.iter().any(|row| row.key.with(|known| known == key));
        fields.iter().filter(|field| !is_there(field.key)).map(|field| (field.key, field.hint)).collect()
    }

    /// Adds a key of the template.
    pub fn add_key(self, key: &str) {
        let template = self.template.get_untracked();
        let found = template.and_then(|template| template.fields().iter().find(|field| field.key == key));
        if let Some(field) = found {
            let row = self.row_of(field, field.default.unwrap_or_default());
            self.fields.update(|rows| rows.push(row));
        }
    }

    /// Fills the blank passwords of the template with generated ones.
    pub async fn generate_passwords(self, scope: Scope) {
        let Some(template) = self.template.get_untracked() else { return };
        let is_blank_password = |row: &FormRow| {
            let is_password = row.key.with_untracked(|key| key.to_lowercase().ends_with("password"));
            is_password && row.value.with_untracked(String::is_empty)
        };
        let rows: Vec<FormRow> = self.fields.get_untracked().into_iter().filter(is_blank_password).collect();
        for row in rows {
            let request = GeneratePassword { scope: scope.clone(), recipe: Recipe::of_template(template) };
            match ipc::call(request).await {
                // What was typed meanwhile counts.
                Ok(Revealed::Text(password)) if is_blank_password(&row) => row.value.set(password),
                Ok(_) => {}
                Err(failure) => return self.failure.set(failure),
            }
        }
    }

    /// Makes fields of a pasted `.env`; JSON is kept as it was written.
    pub fn read_pasted(self) {
        self.failure.clear();
        let text = SecretInput::new(self.pasted.get_untracked());
        match paste::read(text.expose()) {
            Ok(Pasted::Json(document)) => {
                let keys = count(document.root().members().count(), "key", "keys");
                self.text.set(document.as_str().to_owned());
                self.paste_notes.set(vec![format!("A JSON object with {keys}, kept as it was written.")]);
                self.input.set(ValueInput::Text);
            }
            Ok(Pasted::Env(env)) => {
                let rows = env.fields.iter().map(|field| self.row(&field.key, field.value.expose()));
                self.fields.set(rows.collect());
                let mut notes = vec![format!("{} read.", count(env.fields.len(), "key", "keys"))];
                notes.extend(env.problems.iter().map(ToString::to_string));
                self.paste_notes.set(notes);
                self.input.set(ValueInput::Fields);
            }
            Err(error) => return self.failure.set(ApiError::invalid("value", error.to_string())),
        }
        self.pasted.set(String::new());
    }

    /// Begins with what another secret has; its value is read now.
    pub async fn duplicate(self, scope: Scope, secret: SecretDetail) {
        let summary = secret.summary;
        self.name.set(format!("{}-copy", summary.name));
        self.description.set(summary.description.unwrap_or_default());
        self.kms_key_id.set(summary.kms_key_id.unwrap_or_default());
        let own = summary.tags.iter().filter(|tag| !tag.key.starts_with("aws:"));
        self.tags.set(own.map(|tag| self.row(&tag.key, &tag.value)).collect());
        let Some(version_id) = secret.version_map.holder(CURRENT).map(str::to_owned) else { return };
        let version = VersionRef { scope, secret_id: summary.arn, version_id };
        match ipc::call(OpenValue { version: version.clone() }).await {
            Ok(ValueShape { size_bytes, layout, .. }) => {
                let is_text = layout != Layout::Binary;
                let copied = CopiedValue { from: summary.name, version, size_bytes, is_text };
                self.copied.try_set(Some(copied));
                self.input.try_set(ValueInput::Copy);
            }
            Err(failure) => self.failure.set(failure),
        }
    }

    /// Turns the copied value into text that can be changed: from here on it is in the window.
    pub async fn change_copied(self) {
        let Some(copied) = self.copied.get_untracked() else { return };
        match ipc::call(RevealValue { version: copied.version, part: Part::Source }).await {
            Ok(Revealed::Text(text)) => {
                self.text.try_set(text);
                self.input.try_set(ValueInput::Text);
                self.let_copied_go();
            }
            Ok(_) => {}
            Err(failure) => self.failure.set(failure),
        }
    }

    /// The engine wipes the copied value, if there is one.
    pub fn let_copied_go(self) {
        let Some(CopiedValue { version, .. }) = self.copied.try_update(Option::take).flatten() else {
            return;
        };
        spawn_local(async move {
            // A version that cannot be closed is gone with its connection.
            drop(ipc::call(CloseValue { version }).await);
        });
    }
}
