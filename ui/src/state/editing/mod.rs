//! The text that is being edited: its JSON by rows, or the raw text. It is secret, and gone with the edit.
//!
//! Pure: `state::value_edit` asks the engine. Every change of a row replaces the bytes of that row and no others.

mod row;

use std::collections::{BTreeMap, BTreeSet};

use latchkey_domain::document::{Document, Edit, JsonKind, Notice, SyntaxError, looks_like_json};
use latchkey_domain::secret_text::SecretInput;
use latchkey_domain::template::{Finding, Template};
use latchkey_domain::text::{escape_invisible, short, too_long};
use latchkey_domain::typed::retyped;

pub use row::EditRow;
use row::{Draft, Removed};

/// AWS takes no larger value.
pub const MAX_VALUE_BYTES: usize = 65_536;

/// How the text is edited.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// The members of an object or array, each in a row.
    Rows,
    Raw,
    /// The rows and the raw text beside them.
    Both,
}

/// One text on its way to become a new version.
pub struct Editing {
    original: SecretInput,
    /// The text while it is no JSON object or array; none while it is the document's.
    text: Option<SecretInput>,
    /// What is in the rows: the text as it last was an object or array.
    document: Option<Document>,
    fault: Option<SyntaxError>,
    pub form: Form,
    /// Whether the raw text is in the clear.
    pub raw_shown: bool,
    /// Leads to the object or array whose members are in the rows.
    way: Vec<usize>,
    /// The names of the rows, in the order of the members: a row keeps its name when it moves.
    ids: Vec<usize>,
    next_id: usize,
    shown: BTreeSet<usize>,
    /// Typed text that is not a valid key.
    key_drafts: BTreeMap<usize, Draft<String>>,
    /// Typed text that is not a valid value of its type.
    value_drafts: BTreeMap<usize, Draft<(JsonKind, SecretInput)>>,
    /// The row that was just deleted, until something else is changed.
    removed: Option<Removed>,
}

impl Editing {
    /// Begins with the text as it is stored; all of it is masked.
    pub fn new(text: &str) -> Self {
        let mut editing = Self {
            original: SecretInput::new(text),
            text: None,
            document: None,
            fault: None,
            form: Form::Raw,
            raw_shown: false,
            way: Vec::new(),
            ids: Vec::new(),
            next_id: 0,
            shown: BTreeSet::new(),
            key_drafts: BTreeMap::new(),
            value_drafts: BTreeMap::new(),
            removed: None,
        };
        editing.read(text);
        if editing.has_rows() {
            editing.form = Form::Rows;
        }
        // There is nothing to mask, and the user is about to type.
        editing.raw_shown = text.is_empty();
        editing
    }

    /// Goes on with the text that an edit of `original` came to.
    pub fn resumed(original: &str, text: &str) -> Self {
        Self { original: SecretInput::new(original), ..Self::new(text) }
    }

    /// Takes a whole text and looks for rows in it.
    fn read(&mut self, text: &str) {
        let parsed = Document::parse(text);
        self.fault = parsed.as_ref().err().copied();
        self.removed = None;
        let is_container =
            |document: &Document| matches!(document.root().kind(), JsonKind::Object | JsonKind::Array);
        let Some(document) = parsed.ok().filter(is_container) else {
            self.text = Some(SecretInput::new(text));
            return;
        };
        let before = self.outline();
        self.text = None;
        self.document = Some(document);
        if self.container().is_none() {
            self.way.clear();
        }
        // Where as many rows of one kind stand as before, they are the same rows.
        if self.outline() != before {
            self.shown.clear();
            self.name_rows();
        }
    }

    /// What the rows are members of, and how many there are.
    fn outline(&self) -> Option<(JsonKind, usize)> {
        let container = self.container()?;
        Some((container.kind(), container.members().count()))
    }

    /// The whole text as it stands.
    pub fn text(&self) -> &str {
        match (&self.text, &self.document) {
            (Some(text), _) => text.expose(),
            (None, document) => document.as_ref().map_or("", Document::as_str),
        }
    }

    /// The text that the edit began with.
    pub fn original(&self) -> &str {
        self.original.expose()
    }

    pub fn is_changed(&self) -> bool {
        self.text() != self.original.expose() || self.has_drafts()
    }

    pub fn size_bytes(&self) -> usize {
        self.text().len()
    }

    /// Whether the text is an object or an array, which can be edited by rows.
    pub fn has_rows(&self) -> bool {
        self.document.is_some() && self.text.is_none()
    }

    /// Whether the rows show the text as it was before it could no longer be read.
    pub fn is_stale(&self) -> bool {
        self.document.is_some() && self.text.is_some()
    }

    /// The document, while it is what the text says.
    fn read_document(&self) -> Option<&Document> {
        self.document.as_ref().filter(|_| self.text.is_none())
    }

    /// Where the text is no JSON, if it was some or looks as if it should be.
    pub fn fault(&self) -> Option<SyntaxError> {
        self.fault.filter(|_| looks_like_json(self.text()) || looks_like_json(self.original.expose()))
    }

    /// Valid JSON that parsers read differently.
    pub fn notices(&self) -> Vec<Notice> {
        self.read_document().map(Document::notices).unwrap_or_default()
    }

    /// Why the edit cannot be reviewed yet.
    pub fn problem(&self) -> Option<String> {
        if let Some(row) = self.unmended() {
            return Some(format!("The row {row} cannot be saved as it is. Fix it first."));
        }
        match self.size_bytes() {
            0 => Some("A value cannot be empty.".into()),
            size if size > MAX_VALUE_BYTES => Some(too_long(size, MAX_VALUE_BYTES)),
            _ if !self.is_changed() => Some("Nothing has changed yet.".into()),
            _ => None,
        }
    }

    /// Takes what the raw text field holds. It waits for a row that is not right yet.
    pub fn type_raw(&mut self, typed: &str) {
        if self.has_drafts() {
            return;
        }
        let text = retyped(self.text(), typed);
        self.read(&text);
    }

    /// What the row is called that was just deleted and can be put back.
    pub fn removed(&self) -> Option<String> {
        self.removed.as_ref().map(|removed| removed.name.clone())
    }

    /// Turns to the other form, if nothing is in the way.
    pub fn choose(&mut self, form: Form) {
        if form != self.form && self.obstacle().is_none() {
            self.form = form;
            self.hide();
        }
    }

    /// Whether the text has two forms, even if one cannot be turned to just now.
    pub fn has_forms(&self) -> bool {
        self.has_rows() || self.fault().is_some()
    }

    /// Why the other form cannot be turned to.
    pub fn obstacle(&self) -> Option<String> {
        match self.unmended() {
            Some(row) => Some(format!("The raw text is not updated until the row {row} is valid.")),
            None if self.has_rows() => None,
            None if self.form == Form::Both => {
                Some("One of them alone can be shown once the text is valid JSON.".into())
            }
            None => Some("Keys and values can be shown once the text is valid JSON.".into()),
        }
    }

    /// Masks everything; what is typed stays.
    pub fn hide(&mut self) {
        self.shown.clear();
        self.raw_shown = false;
    }

    pub fn is_anything_shown(&self) -> bool {
        self.raw_shown || !self.shown.is_empty()
    }

    /// The keys that lead from the root to the rows: `db`, `[2]`.
    pub fn trail(&self) -> Vec<String> {
        let Some(document) = &self.document else { return Vec::new() };
        (1..=self.way.len())
            .map(|depth| {
                let key = document.at(&self.way[..depth]).and_then(|value| value.key());
                key.map_or_else(|| format!("[{}]", self.way[depth - 1]), |key| key.into_owned())
            })
            .collect()
    }

    /// Turns to an object or array around the rows: 0 is the whole value. A row that is not right yet keeps the person
    /// there.
    pub fn leave_to(&mut self, depth: usize) {
        if !self.has_drafts() {
            self.way.truncate(depth);
            self.enter();
        }
    }

    fn enter(&mut self) {
        self.shown.clear();
        self.removed = None;
        self.name_rows();
    }

    fn name_rows(&mut self) {
        let members = self.container().map_or(0, |container| container.members().count());
        self.ids = (self.next_id..self.next_id + members).collect();
        self.next_id += members;
    }

    /// What the value looks like by its keys and its engine, and what rotation would miss.
    pub fn finding(&self) -> Option<Finding> {
        Finding::of_document(self.read_document()?)
    }

    /// The structure of the user guide that the value has.
    pub fn template(&self) -> Option<Template> {
        self.finding()?.template
    }

    /// What the first row is called that cannot be taken as it is typed.
    fn unmended(&self) -> Option<String> {
        let is_draft = |id: &usize| self.key_drafts.contains_key(id) || self.value_drafts.contains_key(id);
        let position = self.ids.iter().position(is_draft)?;
        let name = self.rows().into_iter().nth(position).and_then(|row| row.key);
        let shown = |key: String| escape_invisible(&short(&key)).into_owned();
        Some(name.map_or_else(|| format!("item {}", position + 1), shown))
    }

    fn has_drafts(&self) -> bool {
        !self.key_drafts.is_empty() || !self.value_drafts.is_empty()
    }

    fn apply(&mut self, edit: Edit) -> Result<(), String> {
        let document = self.document.as_mut().filter(|_| self.text.is_none());
        let document = document.ok_or("The rows can be edited once the text is valid JSON.")?;
        document.apply(&edit).map_err(|error| error.to_string())?;
        self.removed = None;
        Ok(())
    }
}

#[cfg(test)]
mod tests;
