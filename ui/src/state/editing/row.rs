//! The rows of an edit: one member of an object or array each.

use std::collections::BTreeMap;

use latchkey_domain::document::{Document, Edit, JsonKind, NoticeKind, Value};
use latchkey_domain::secret_text::SecretInput;
use latchkey_domain::typed::retyped;

use super::Editing;

/// What a row shows while it is masked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EditRow {
    /// Names the row for as long as its object is in view.
    pub id: usize,
    /// None in an array.
    pub key: Option<String>,
    pub kind: JsonKind,
    /// The key stands in the object already.
    pub is_duplicate: bool,
    /// Holds half a surrogate pair, which a text field cannot show: edited as raw text only.
    pub is_raw_only: bool,
}

/// What was typed into the key or the value of a row and cannot be taken.
pub(super) struct Draft<T> {
    typed: T,
    error: String,
}

/// A row that was deleted, and what leads back to it.
pub(super) struct Removed {
    id: usize,
    position: usize,
    pub(super) name: String,
    /// The whole text as it was with the row.
    text: SecretInput,
}

impl Editing {
    /// The rows in view, in the order of the text.
    pub fn rows(&self) -> Vec<EditRow> {
        let Some(container) = self.container() else { return Vec::new() };
        let notices = self.notices();
        let here = |position: usize, kind: NoticeKind| {
            notices.iter().any(|notice| {
                notice.kind == kind && notice.way.split_last() == Some((&position, self.way.as_slice()))
            })
        };
        self.ids
            .iter()
            .zip(container.members())
            .enumerate()
            .map(|(position, (&id, member))| EditRow {
                id,
                key: self.key_draft(id).or_else(|| member.key().map(|key| key.into_owned())),
                kind: self.kind_draft(id).unwrap_or(member.kind()),
                is_duplicate: !notices.is_empty() && here(position, NoticeKind::DuplicateKey),
                is_raw_only: !notices.is_empty() && here(position, NoticeKind::LoneSurrogate),
            })
            .collect()
    }

    /// The text of a row while it is in the clear: a string without its quotes, anything else as JSON.
    pub fn clear_text(&self, id: usize) -> Option<String> {
        if !self.shown.contains(&id) {
            return None;
        }
        self.row_text(id)
    }

    fn row_text(&self, id: usize) -> Option<String> {
        if let Some(Draft { typed: (_, text), .. }) = self.value_drafts.get(&id) {
            return Some(text.expose().to_owned());
        }
        Some(self.member(id)?.shown().to_string())
    }

    /// Why a row cannot be taken as it is typed.
    pub fn row_error(&self, id: usize) -> Option<String> {
        let of_value = self.value_drafts.get(&id).map(|draft| draft.error.clone());
        of_value.or_else(|| Some(self.key_drafts.get(&id)?.error.clone()))
    }

    pub fn is_shown(&self, id: usize) -> bool {
        self.shown.contains(&id)
    }

    pub fn toggle(&mut self, id: usize) {
        if !self.shown.remove(&id) {
            self.shown.insert(id);
        }
    }

    pub fn type_key(&mut self, id: usize, typed: &str) {
        let Some(way) = self.way_of(id) else { return };
        let renamed = self.apply(Edit::Rename { way, key: typed.to_owned() });
        settle(&mut self.key_drafts, id, renamed, typed.to_owned());
    }

    /// Takes what the field of a row holds; the kind stays.
    pub fn type_value(&mut self, id: usize, typed: &str) {
        let kind = self.kind_draft(id).or_else(|| Some(self.member(id)?.kind()));
        let (Some(before), Some(kind)) = (self.row_text(id), kind) else { return };
        let text = retyped(&before, typed);
        self.set(id, kind, SecretInput::new(text.as_str()));
    }

    /// Puts a text in place of the value, as a string.
    pub fn put_text(&mut self, id: usize, text: &str) {
        self.set(id, JsonKind::String, SecretInput::new(text));
    }

    /// Takes the value as one of another kind. What does not fit stays as it is typed, until it is fixed.
    pub fn change_kind(&mut self, id: usize, kind: JsonKind) {
        let Some(before) = self.row_text(id) else { return };
        let text = match kind {
            JsonKind::Null => "null".to_owned(),
            _ if before.is_empty() => blank(kind).to_owned(),
            _ => before,
        };
        self.shown.insert(id);
        self.set(id, kind, SecretInput::new(text));
    }

    fn set(&mut self, id: usize, kind: JsonKind, text: SecretInput) {
        let Some(way) = self.way_of(id) else { return };
        let set = self.apply(Edit::Set { way, kind: Some(kind), text: text.clone() });
        settle(&mut self.value_drafts, id, set, (kind, text));
    }

    /// Puts a new empty text at the end, in the clear, under a key that is free. Answers its row.
    pub fn add(&mut self) -> Option<usize> {
        let container = self.container()?;
        let is_free = |key: &String| !container.members().any(|member| member.key().as_deref() == Some(key));
        let key = (container.kind() == JsonKind::Object).then(|| (1..).map(new_key).find(is_free)).flatten();
        let text = SecretInput::new("");
        let way = self.way.clone();
        self.apply(Edit::Add { way, position: None, key, kind: JsonKind::String, text }).ok()?;
        let id = self.next_id;
        self.next_id += 1;
        self.ids.push(id);
        self.shown.insert(id);
        Some(id)
    }

    /// Deletes a row. It can be put back until something else is changed.
    pub fn remove(&mut self, id: usize) {
        let (Some(way), Some(position)) = (self.way_of(id), self.position(id)) else { return };
        let key = self.member(id).and_then(|member| member.key().map(|key| key.into_owned()));
        let name = key.unwrap_or_else(|| format!("item {}", position + 1));
        let text = SecretInput::new(self.text());
        if self.apply(Edit::Remove { way }).is_ok() {
            self.ids.remove(position);
            self.shown.remove(&id);
            self.key_drafts.remove(&id);
            self.value_drafts.remove(&id);
            self.removed = Some(Removed { id, position, name, text });
        }
    }

    /// Puts the deleted row back where it was, byte for byte and masked. Answers the row.
    pub fn put_back(&mut self) -> Option<usize> {
        let Removed { id, position, text, .. } = self.removed.take()?;
        self.document = Document::parse(text.expose()).ok();
        self.ids.insert(position, id);
        Some(id)
    }

    /// Moves a row up (-1) or down (1). Whether it could.
    pub fn move_by(&mut self, id: usize, by: isize) -> bool {
        let Some(from) = self.position(id) else { return false };
        let Some(to) = from.checked_add_signed(by).filter(|to| *to < self.ids.len()) else { return false };
        let Some(way) = self.way_of(id) else { return false };
        let moved = self.apply(Edit::Move { way, to }).is_ok();
        if moved {
            let id = self.ids.remove(from);
            self.ids.insert(to, id);
        }
        moved
    }

    /// Turns to the members of an object or array in a row.
    pub fn open(&mut self, id: usize) {
        let is_nested =
            self.member(id).is_some_and(|member| matches!(member.kind(), JsonKind::Object | JsonKind::Array));
        if let Some(way) = self.way_of(id).filter(|_| is_nested && !self.has_drafts()) {
            self.way = way;
            self.enter();
        }
    }

    pub(super) fn container(&self) -> Option<Value<'_>> {
        self.document.as_ref()?.at(&self.way)
    }

    fn position(&self, id: usize) -> Option<usize> {
        self.ids.iter().position(|known| *known == id)
    }

    /// Leads to the member of a row; none while the rows wait for the text.
    fn way_of(&self, id: usize) -> Option<Vec<usize>> {
        let position = self.position(id).filter(|_| self.text.is_none())?;
        Some(self.way.iter().copied().chain([position]).collect())
    }

    fn member(&self, id: usize) -> Option<Value<'_>> {
        self.container()?.member(self.position(id)?)
    }

    fn key_draft(&self, id: usize) -> Option<String> {
        Some(self.key_drafts.get(&id)?.typed.clone())
    }

    fn kind_draft(&self, id: usize) -> Option<JsonKind> {
        Some(self.value_drafts.get(&id)?.typed.0)
    }
}

fn settle<T>(drafts: &mut BTreeMap<usize, Draft<T>>, id: usize, done: Result<(), String>, typed: T) {
    match done {
        Ok(()) => drop(drafts.remove(&id)),
        Err(error) => drop(drafts.insert(id, Draft { typed, error })),
    }
}

fn new_key(number: usize) -> String {
    if number == 1 { "new_key".into() } else { format!("new_key_{number}") }
}

/// What a value of this kind begins with.
fn blank(kind: JsonKind) -> &'static str {
    match kind {
        JsonKind::String => "",
        JsonKind::Number => "0",
        JsonKind::Boolean => "false",
        JsonKind::Null => "null",
        JsonKind::Object => "{}",
        JsonKind::Array => "[]",
    }
}
