//! The text that is being edited: its JSON by rows, or the raw text. It is secret, and gone with the edit.
//!
//! Pure: `state::value_desk` asks the engine. Every change of a row replaces the bytes of that row and no others.

mod row;

use std::collections::{BTreeMap, BTreeSet};

use latchkey_domain::document::{Document, Edit, Notice, NoticeKind, SyntaxError};
use latchkey_domain::template::{Finding, Template};
use latchkey_domain::text::escape_invisible;
use latchkey_domain::typed::retyped;
use latchkey_domain::value::{JsonKind, SecretInput};

use row::Draft;
pub use row::EditRow;

/// AWS takes no larger value.
pub const MAX_VALUE_BYTES: usize = 65_536;

/// How the text is edited.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// The members of an object or array, each in a row.
    Rows,
    Raw,
}

/// One text on its way to become a new version.
pub struct Editing {
    original: SecretInput,
    /// The text while it is no JSON object or array, else the document's.
    text: SecretInput,
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
    /// What was typed and is no possible key.
    key_drafts: BTreeMap<usize, Draft<String>>,
    /// What was typed and is no value of its kind.
    value_drafts: BTreeMap<usize, Draft<(JsonKind, SecretInput)>>,
}

impl Editing {
    /// Begins with the text as it is stored; all of it is masked.
    pub fn new(text: &str) -> Self {
        let mut editing = Self {
            original: SecretInput::new(text),
            text: SecretInput::new(""),
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
        };
        editing.read(text);
        if editing.has_rows() {
            editing.form = Form::Rows;
        }
        // There is nothing to mask, and somebody is about to type.
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
        self.document = parsed
            .ok()
            .filter(|document| matches!(document.root().kind(), JsonKind::Object | JsonKind::Array));
        self.text = if self.document.is_some() { SecretInput::new("") } else { SecretInput::new(text) };
        self.way.clear();
        self.shown.clear();
        self.key_drafts.clear();
        self.value_drafts.clear();
        self.name_rows();
    }

    /// The whole text as it stands.
    pub fn text(&self) -> &str {
        self.document.as_ref().map_or(self.text.expose(), Document::as_str)
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
        self.document.is_some()
    }

    /// Where the text is no JSON, if it was some or looks as if it should be.
    pub fn fault(&self) -> Option<SyntaxError> {
        let looks_so = |text: &str| text.trim_start().starts_with(['{', '[']);
        self.fault.filter(|_| looks_so(self.text()) || looks_so(self.original.expose()))
    }

    /// What is valid JSON and yet not read alike by every reader.
    pub fn notices(&self) -> Vec<Notice> {
        self.document.as_ref().map(Document::notices).unwrap_or_default()
    }

    /// Why the edit cannot be reviewed yet.
    pub fn problem(&self) -> Option<String> {
        if let Some(row) = self.unmended() {
            return Some(format!("The row {row} cannot be saved as it is. Mend it first."));
        }
        match self.size_bytes() {
            0 => Some("A value cannot be empty.".into()),
            size if size > MAX_VALUE_BYTES => {
                Some(format!("A value may take 65,536 bytes; this one takes {size}. Shorten it."))
            }
            _ if !self.is_changed() => Some("Nothing was changed so far.".into()),
            _ => None,
        }
    }

    /// Takes what the raw text field holds.
    pub fn type_raw(&mut self, typed: &str) {
        let text = retyped(self.text(), typed);
        self.read(&text);
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
        match self.form {
            Form::Rows => {
                let row = self.unmended()?;
                Some(format!("The raw text waits for the row {row}, which cannot be saved as it is."))
            }
            Form::Raw if self.has_rows() => None,
            Form::Raw => Some("Keys and values can be shown once the text reads as JSON.".into()),
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
        self.name_rows();
    }

    fn name_rows(&mut self) {
        let members = self.container().map_or(0, |container| container.members().count());
        self.ids = (self.next_id..self.next_id + members).collect();
        self.next_id += members;
    }

    /// What the value looks like by its keys and its engine, and what rotation would miss.
    pub fn finding(&self) -> Option<Finding> {
        Finding::of_document(self.document.as_ref()?)
    }

    /// The structure of the user guide that the value has.
    pub fn template(&self) -> Option<Template> {
        self.finding()?.template
    }

    /// What is said of a notice.
    pub fn notice_text(notice: &Notice) -> String {
        let (line, column) = (notice.at.line, notice.at.column);
        let key = escape_invisible(&notice.key);
        match notice.kind {
            NoticeKind::DuplicateKey => format!(
                "The key {key} is there twice (line {line}, column {column}). Most readers take the last one."
            ),
            NoticeKind::LoneSurrogate => format!(
                "{key} holds half a character (line {line}, column {column}). Readers differ in what they make of it."
            ),
        }
    }

    /// What the first row is called that cannot be taken as it is typed.
    fn unmended(&self) -> Option<String> {
        let is_draft = |id: &usize| self.key_drafts.contains_key(id) || self.value_drafts.contains_key(id);
        let position = self.ids.iter().position(is_draft)?;
        let name = self.rows().into_iter().nth(position).and_then(|row| row.key);
        Some(name.map_or_else(|| format!("item {}", position + 1), |key| escape_invisible(&key).into_owned()))
    }

    fn has_drafts(&self) -> bool {
        !self.key_drafts.is_empty() || !self.value_drafts.is_empty()
    }

    fn apply(&mut self, edit: Edit) -> Result<(), String> {
        let document = self.document.as_mut().ok_or("There are no rows any more.")?;
        document.apply(&edit).map_err(|error| error.to_string())
    }
}

#[cfg(test)]
mod tests;
