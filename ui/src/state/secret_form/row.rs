//! A row of the form: a key and a value, and whether a person typed them.

use latchkey_domain::document::JsonKind;
use latchkey_domain::secret_text::SecretInput;
use leptos::prelude::*;

/// A key and a value in a list of rows; `id` tells the rows apart while they are typed.
#[derive(Clone)]
pub struct FormRow {
    pub id: usize,
    pub key: ArcRwSignal<String>,
    pub value: ArcRwSignal<String>,
    /// What the value is in the JSON; the rows of a template know.
    pub kind: JsonKind,
    /// What belongs there; empty for a row without a template.
    pub hint: &'static str,
    /// Rotation needs it.
    pub is_required: bool,
    /// Somebody asked for the row and is about to type into it.
    pub(super) takes_focus: ArcStoredValue<bool>,
    /// The key and the value as the form itself put them there.
    pub(super) filled: ArcStoredValue<(String, SecretInput)>,
}

impl FormRow {
    pub(super) fn filled(id: usize, key: &str, value: &str) -> Self {
        Self {
            id,
            key: ArcRwSignal::new(key.to_owned()),
            value: ArcRwSignal::new(value.to_owned()),
            kind: JsonKind::String,
            hint: "",
            is_required: false,
            takes_focus: ArcStoredValue::new(false),
            filled: ArcStoredValue::new((key.to_owned(), SecretInput::new(value))),
        }
    }

    /// Whether the row takes the focus as it appears. Only once: a row that is scrolled back into view does not.
    pub fn take_focus(&self) -> bool {
        self.takes_focus.try_update_value(std::mem::take).unwrap_or_default()
    }

    /// Puts a value there that nobody typed.
    pub(super) fn fill(&self, value: String) {
        self.filled.update_value(|(_, filled)| *filled = SecretInput::new(value.as_str()));
        self.value.set(value);
    }

    pub(super) fn is_blank(&self) -> bool {
        self.key.with(String::is_empty) && self.value.with(String::is_empty)
    }

    /// Whether a person put something there; tracks.
    pub(super) fn is_typed(&self) -> bool {
        let is_as_filled = self.filled.with_value(|(key, value)| {
            self.key.with(|typed| typed == key) && self.value.with(|typed| typed == value.expose())
        });
        !is_as_filled && !self.is_blank()
    }
}
