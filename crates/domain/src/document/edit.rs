//! Edits of a document: each replaces only the bytes of its target.

use std::collections::BTreeSet;
use std::ops::Range;

use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::value::Value;
use super::{Document, JsonKind, SyntaxError, string};
use crate::secret_text::SecretInput;

/// One change. A way is the positions that lead to a value, as [`Document::at`] takes them.
///
/// A typed text becomes a JSON value by its kind: a string is the text itself; a number, `true`, `false`, `null`, an
/// object or an array must be written as JSON.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "edit", rename_all = "snake_case")]
pub enum Edit {
    /// Replaces a value. Without a kind it keeps its own: a number stays a number.
    Set {
        way: Vec<usize>,
        kind: Option<JsonKind>,
        text: SecretInput,
    },
    /// Puts a new field (with a key) or a new item (without one) into the object or array at `way`, before the
    /// member at `position`; at the end without one.
    Add {
        way: Vec<usize>,
        position: Option<usize>,
        key: Option<String>,
        kind: JsonKind,
        text: SecretInput,
    },
    Rename {
        way: Vec<usize>,
        key: String,
    },
    Remove {
        way: Vec<usize>,
    },
    /// Puts a field or item at another position of its object or array.
    Move {
        way: Vec<usize>,
        to: usize,
    },
}

/// Why an edit cannot be made; the document is as it was. Quotes no value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EditError {
    #[error("This field no longer exists. Open the value again and repeat the change.")]
    NotThere,
    #[error("This is not {}. Change its type, or write it as one.", article(*.0))]
    NotOfKind(JsonKind),
    #[error("This cannot be read as JSON. {0}")]
    Syntax(#[from] SyntaxError),
    #[error("The key {0:?} is already there. Choose another name, or edit that field.")]
    KeyExists(String),
    #[error("A field of an object needs a key, and an item of an array has none.")]
    KeyMismatch,
    #[error("Only fields of an object and items of an array can be renamed, moved or removed.")]
    NotAMember,
}

/// The kind in words.
fn article(kind: JsonKind) -> &'static str {
    match kind {
        JsonKind::String => "a string",
        JsonKind::Number => "a number",
        JsonKind::Boolean => "true or false",
        JsonKind::Null => "null",
        JsonKind::Object => "a JSON object",
        JsonKind::Array => "a JSON array",
    }
}

/// Bytes that are replaced, and by what.
pub(super) type Splice = (Range<usize>, Zeroizing<String>);

impl Document {
    /// Makes one change; on an error the document is as it was.
    pub fn apply(&mut self, edit: &Edit) -> Result<(), EditError> {
        let splices = match edit {
            Edit::Set { way, kind, text } => self.set(way, *kind, text.expose())?,
            Edit::Add { way, position, key, kind, text } => {
                self.add(way, *position, key.as_deref(), value_text(*kind, text.expose())?)?
            }
            Edit::Rename { way, key } => self.rename(way, key)?,
            Edit::Remove { way } => {
                let (container, position) = self.member_of(way)?;
                rebuild_members(container, &BTreeSet::from([position]), Vec::new())
            }
            Edit::Move { way, to } => self.reorder(way, *to)?,
        };
        *self = Self::from_text(spliced(&self.text, splices))?;
        Ok(())
    }

    fn set(&self, way: &[usize], kind: Option<JsonKind>, text: &str) -> Result<Vec<Splice>, EditError> {
        let value = self.at(way).ok_or(EditError::NotThere)?;
        let kind = kind.unwrap_or(value.kind());
        if kind == value.kind() && value.shown().as_str() == text {
            // The same text may be written with other escapes: it is not touched.
            return Ok(Vec::new());
        }
        Ok(vec![(value.span(), value_text(kind, text)?)])
    }

    fn add(
        &self,
        way: &[usize],
        position: Option<usize>,
        key: Option<&str>,
        value: Zeroizing<String>,
    ) -> Result<Vec<Splice>, EditError> {
        let container = self.at(way).ok_or(EditError::NotThere)?;
        match (container.kind(), key) {
            (JsonKind::Object, Some(key)) => refuse_second(container, key)?,
            (JsonKind::Array, None) => {}
            _ => return Err(EditError::KeyMismatch),
        }
        let key = key.map(string::encode);
        match position.map(|position| container.member(position)) {
            Some(Some(next)) => Ok(vec![insertion(container, next, key, value)]),
            Some(None) if position != Some(container.members().count()) => Err(EditError::NotThere),
            _ => Ok(rebuild_members(container, &BTreeSet::new(), vec![(key, value)])),
        }
    }

    fn rename(&self, way: &[usize], key: &str) -> Result<Vec<Splice>, EditError> {
        let (container, _) = self.member_of(way)?;
        let member = self.at(way).ok_or(EditError::NotThere)?;
        let span = member.key_span().ok_or(EditError::KeyMismatch)?;
        if member.key().as_deref() == Some(key) {
            return Ok(Vec::new());
        }
        refuse_second(container, key)?;
        Ok(vec![(span, string::encode(key))])
    }

    /// The texts of the members change places; what stands between them stays.
    fn reorder(&self, way: &[usize], to: usize) -> Result<Vec<Splice>, EditError> {
        let (container, from) = self.member_of(way)?;
        let slots: Vec<_> = container.members().map(Value::member_span).collect();
        if to >= slots.len() {
            return Err(EditError::NotThere);
        }
        let mut order: Vec<_> = (0..slots.len()).collect();
        let moved = order.remove(from);
        order.insert(to, moved);
        let texts = order.into_iter().map(|from| Zeroizing::new(self.text[slots[from].clone()].to_owned()));
        Ok(slots.iter().cloned().zip(texts).collect())
    }

    /// The object or array that holds the value, and its position there.
    fn member_of(&self, way: &[usize]) -> Result<(Value<'_>, usize), EditError> {
        let (&position, outer) = way.split_last().ok_or(EditError::NotAMember)?;
        let container = self.at(outer).ok_or(EditError::NotThere)?;
        container.member(position).ok_or(EditError::NotThere)?;
        Ok((container, position))
    }
}

fn refuse_second(container: Value<'_>, key: &str) -> Result<(), EditError> {
    match container.members().any(|member| member.key().as_deref() == Some(key)) {
        true => Err(EditError::KeyExists(key.to_owned())),
        false => Ok(()),
    }
}

/// What is typed, as JSON of this kind.
fn value_text(kind: JsonKind, text: &str) -> Result<Zeroizing<String>, EditError> {
    if kind == JsonKind::String {
        return Ok(string::encode(text));
    }
    let typed = match Document::parse(text.trim()) {
        Ok(typed) => typed,
        Err(error) if matches!(kind, JsonKind::Object | JsonKind::Array) => return Err(error.into()),
        Err(_) => return Err(EditError::NotOfKind(kind)),
    };
    if typed.root().kind() != kind {
        return Err(EditError::NotOfKind(kind));
    }
    Ok(typed.text)
}

/// A new member before another, spaced as the members around it are.
fn insertion(
    container: Value<'_>,
    next: Value<'_>,
    key: Option<Zeroizing<String>>,
    value: Zeroizing<String>,
) -> Splice {
    let start = next.member_span().start;
    let (colon, lead) = (colon(container, key.is_some()), lead(container));
    let key = key.as_deref().map_or("", String::as_str);
    (start..start, joined(&[key, colon, &value, ",", lead]))
}

/// Takes members out of an object or array and puts others at its end, commas and spacing included.
pub(crate) fn rebuild_members(
    container: Value<'_>,
    removed: &BTreeSet<usize>,
    appended: Vec<(Option<Zeroizing<String>>, Zeroizing<String>)>,
) -> Vec<Splice> {
    let spans: Vec<_> = container.members().map(Value::member_span).collect();
    let last_kept = (0..spans.len()).rev().find(|position| !removed.contains(position));
    // Behind the last member that stays, all goes up to the end of the last one, with the comma in front.
    let tail = last_kept.map_or(container.span().start + 1, |position| spans[position].end);
    let first_of_tail = last_kept.map_or(0, |position| position + 1);
    let blank = || Zeroizing::new(String::new());
    let mut splices: Vec<Splice> = removed
        .range(..first_of_tail)
        .filter_map(|&position| Some((spans[position].start..spans.get(position + 1)?.start, blank())))
        .collect();
    let end = if first_of_tail < spans.len() { spans[spans.len() - 1].end } else { tail };
    let lead = lead(container);
    let mut added = Vec::with_capacity(appended.len() * 5);
    for (place, (key, value)) in appended.iter().enumerate() {
        let comma = if place > 0 || last_kept.is_some() { "," } else { "" };
        let colon = colon(container, key.is_some());
        added.extend([comma, lead, key.as_deref().map_or("", String::as_str), colon, value]);
    }
    splices.push((tail..end, joined(&added)));
    splices
}

/// The white space in front of a member, as the container has it: after its first comma, else after its bracket.
fn lead(container: Value<'_>) -> &str {
    let mut members = container.members();
    let before = match (members.next(), members.next()) {
        (Some(first), Some(second)) => first.span().end..second.member_span().start,
        (Some(first), None) => container.span().start + 1..first.member_span().start,
        _ => return "",
    };
    let between = &container.source()[before];
    between.split_once(',').map_or(between, |(_, after)| after)
}

/// What stands between a key and its value in this container.
fn colon(container: Value<'_>, has_key: bool) -> &str {
    match container.members().next().and_then(|first| Some(first.key_span()?.end..first.span().start)) {
        _ if !has_key => "",
        Some(between) => &container.source()[between],
        None => ":",
    }
}

/// The parts in one text, allocated once so that no copy of a value stays behind.
pub(super) fn joined(parts: &[&str]) -> Zeroizing<String> {
    let mut text = Zeroizing::new(String::with_capacity(parts.iter().map(|part| part.len()).sum()));
    parts.iter().for_each(|part| text.push_str(part));
    text
}

/// The text with these bytes replaced; the ranges do not overlap.
pub(crate) fn spliced(text: &str, mut splices: Vec<Splice>) -> Zeroizing<String> {
    splices.sort_by_key(|(range, _)| range.start);
    let mut parts = Vec::with_capacity(splices.len() * 2 + 1);
    let mut at = 0;
    for (range, replacement) in &splices {
        parts.push(&text[at..range.start]);
        parts.push(replacement.as_str());
        at = range.end;
    }
    parts.push(&text[at..]);
    joined(&parts)
}
