//! Where a new secret begins: a structure of the user guide, a pasted text, or another secret.

use std::collections::{HashMap, HashSet};

use latchkey_domain::document::NewField;
use latchkey_domain::password::{GeneratePassword, Recipe};
use latchkey_domain::paste::{self, Pasted};
use latchkey_domain::secret::SecretDetail;
use latchkey_domain::secret_text::SecretInput;
use latchkey_domain::template::{Field, Need, Template};
use latchkey_domain::text::{count, escape_invisible};
use latchkey_domain::value::{
    CloseValue, Layout, OpenValue, Part, RevealValue, Revealed, ValueShape, VersionRef,
};
use latchkey_domain::{ApiError, Scope};
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::{Begun, CopiedValue, FormRow, SecretForm, ValueInput};
use crate::ipc;
use crate::state::described::CURRENT;

impl SecretForm {
    /// Lays out the keys of a structure: what rotation needs and what has a default. What a person typed stays, under
    /// its
    /// key; what another structure had put there goes with it. The structure decides on `engine`.
    pub fn use_template(self, template: Option<Template>) {
        self.template.set(template);
        let is_other_engine = |row: &FormRow| {
            row.key.with_untracked(|key| key == "engine")
                && template
                    .is_some_and(|template| row.value.with_untracked(|engine| !template.takes_engine(engine)))
        };
        let mut typed = self.fields.get_untracked();
        typed.retain(|row| untrack(|| row.is_typed()) && !is_other_engine(row));
        let fields = template.map(Template::fields).unwrap_or_default();
        let laid_out = fields.iter().filter(|field| field.need == Need::Required || field.default.is_some());
        let mut rows: Vec<FormRow> = laid_out.map(|field| self.row_of(field)).collect();
        for row in &rows {
            if let Some(at) = typed.iter().position(|typed| has_key(typed, &row.key.get_untracked())) {
                row.value.set(typed.remove(at).value.get_untracked());
            }
        }
        rows.extend(typed.into_iter().map(|row| FormRow {
            id: self.next_id(),
            hint: "",
            is_required: false,
            ..row
        }));
        if rows.is_empty() {
            rows.push(self.row("", ""));
        }
        self.fields.set(rows);
    }

    fn row_of(self, field: &Field) -> FormRow {
        let is_required = field.need == Need::Required;
        let row = self.row(field.key, field.default.unwrap_or_default());
        FormRow { kind: field.kind, hint: field.hint, is_required, ..row }
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
            let row = self.row_of(field);
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
                Ok(Revealed::Text(password)) if is_blank_password(&row) => row.fill(password),
                Ok(_) => {}
                Err(failure) => return self.request.fail(failure),
            }
        }
    }

    /// Makes fields of a pasted `.env`, beside those that were typed; JSON is kept as it was written, and asks before
    /// it
    /// replaces a text.
    pub fn read_pasted(self) {
        self.take_pasted(false);
    }

    /// Takes the pasted JSON in place of the text that was typed.
    pub fn replace_text(self) {
        self.take_pasted(true);
    }

    /// Leaves the pasted JSON where it is, and the text that was typed too.
    pub fn keep_text(self) {
        self.asks_to_replace.set(false);
    }

    fn take_pasted(self, replaces: bool) {
        self.request.clear();
        self.asks_to_replace.set(false);
        let text = SecretInput::new(self.pasted.get_untracked());
        match paste::read(text.expose()) {
            Ok(Pasted::Json(document)) => {
                let is_same = self.text.with_untracked(|text| text == document.as_str());
                if self.has_typed_text() && !is_same && !replaces {
                    return self.asks_to_replace.set(true);
                }
                let keys = count(document.root().members().count(), "key", "keys");
                self.text.set(document.as_str().to_owned());
                self.paste_notes.set(vec![format!("A JSON object with {keys}, kept as it was written.")]);
                self.input.set(ValueInput::Text);
            }
            Ok(Pasted::Env(env)) => {
                let mut notes = vec![format!("{} read.", count(env.fields.len(), "key", "keys"))];
                notes.extend(env.problems.iter().map(ToString::to_string));
                notes.extend(self.add_pasted(&env.fields));
                self.paste_notes.set(notes);
                self.input.set(ValueInput::Fields);
            }
            Err(error) => return self.request.fail(ApiError::invalid("value", error.to_string())),
        }
        self.pasted.set(String::new());
    }

    /// Puts pasted fields where nothing was typed under their key, else behind the rows. Answers what is there twice
    /// now.
    fn add_pasted(self, pasted: &[NewField]) -> Vec<String> {
        let mut rows = self.fields.get_untracked();
        rows.retain(|row| untrack(|| !row.is_blank()));
        let mut typed = HashSet::new();
        // The first row of each key that nobody typed into.
        let mut free = HashMap::new();
        for row in &rows {
            let key = row.key.get_untracked();
            if untrack(|| row.is_typed()) {
                typed.insert(key);
            } else {
                free.entry(key).or_insert_with(|| row.value.clone());
            }
        }
        let mut twice = Vec::new();
        for NewField { key, value } in pasted {
            if typed.contains(key) {
                let key = escape_invisible(key);
                twice
                    .push(format!("You had already typed {key}: it is now there twice. Remove one of them."));
            }
            match free.remove(key) {
                Some(free) => free.set(value.expose().to_owned()),
                None => {
                    let row = self.row(key, "");
                    row.value.set(value.expose().to_owned());
                    rows.push(row);
                }
            }
        }
        self.fields.set(rows);
        twice
    }

    /// Begins with what another secret has; its value is read now.
    pub async fn duplicate(self, scope: Scope, secret: SecretDetail) {
        let summary = secret.summary;
        self.name.set(format!("{}-copy", summary.name));
        self.description.set(summary.description.unwrap_or_default());
        self.kms_key_id.set(summary.kms_key_id.unwrap_or_default());
        let own = summary.tags.iter().filter(|tag| !tag.key.starts_with("aws:"));
        self.tags.set(own.map(|tag| self.row(&tag.key, &tag.value)).collect());
        self.begun.set_value(Begun {
            name: self.name.get_untracked(),
            description: self.description.get_untracked(),
            kms_key_id: self.kms_key_id.get_untracked(),
            text: None,
        });
        let Some(version_id) = secret.version_map.holder(CURRENT).map(str::to_owned) else { return };
        let version = VersionRef { scope, secret_id: summary.arn, version_id };
        match ipc::call(OpenValue { version: version.clone() }).await {
            Ok(ValueShape { size_bytes, layout, .. }) => {
                let is_text = layout != Layout::Binary;
                let copied = CopiedValue { from: summary.name, version, size_bytes, is_text };
                self.copied.try_set(Some(copied));
                self.input.try_set(ValueInput::Copy);
            }
            Err(failure) => self.request.fail(failure),
        }
    }

    /// Turns the copied value into text that can be changed: from here on it is in the window.
    pub async fn change_copied(self) {
        let Some(copied) = self.copied.get_untracked() else { return };
        match ipc::call(RevealValue { version: copied.version, part: Part::Source }).await {
            Ok(Revealed::Text(text)) => {
                let begun = Some(SecretInput::new(text.as_str()));
                self.begun.try_update_value(|known| known.text = begun);
                self.text.try_set(text);
                self.input.try_set(ValueInput::Text);
                self.let_copied_go();
            }
            Ok(_) => {}
            Err(failure) => self.request.fail(failure),
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

fn has_key(row: &FormRow, key: &str) -> bool {
    row.key.with_untracked(|known| known == key)
}
