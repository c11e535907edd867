//! Valid JSON that parsers read differently: shown to the user, never fixed silently.

use std::collections::HashSet;
use std::fmt;

use serde::{Deserialize, Serialize};

use super::JsonKind;
use super::string;
use super::syntax::Place;
use super::value::{Value, inner};
use super::{Document, Members};
use crate::text::{escape_invisible, short, thousands};

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notice {
    pub kind: NoticeKind,
    /// The positions that lead to the value, as [`Document::at`] takes them.
    pub way: Vec<usize>,
    /// The key of the value, or of the nearest object around it that has one.
    pub key: String,
    pub at: Place,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NoticeKind {
    /// A duplicate key in its object; most parsers use the last one.
    DuplicateKey,
    /// The key is unusually long; a value may have been pasted in its place.
    LongKey,
    /// Half a surrogate pair in the key or in the text: parsers handle it differently.
    LoneSurrogate,
}

/// From here on a key is unusually long, in characters.
const LONG_KEY_CHARS: usize = 256;

/// An object or array that is being walked through.
struct Level<'a> {
    members: Members<'a>,
    position: usize,
    keys: HashSet<String>,
}

impl<'a> Level<'a> {
    fn of(value: Value<'a>) -> Self {
        Self { members: value.members(), position: 0, keys: HashSet::new() }
    }
}

pub(super) fn notices(document: &Document) -> Vec<Notice> {
    let root = document.root();
    let mut found = Vec::new();
    let mut levels = vec![Level::of(root)];
    let mut way = Vec::new();
    let mut keys = vec![String::new()];
    if is_lone(root) {
        found.push(notice(NoticeKind::LoneSurrogate, &[], "", root));
    }
    while let Some(level) = levels.last_mut() {
        let Some(member) = level.members.next() else {
            levels.pop();
            way.pop();
            keys.pop();
            continue;
        };
        way.push(level.position);
        level.position += 1;
        let key = member.key().map(|key| key.into_owned());
        let shown = key.clone().unwrap_or_else(|| keys.last().cloned().unwrap_or_default());
        if key.as_ref().is_some_and(|key| key.chars().nth(LONG_KEY_CHARS - 1).is_some()) {
            found.push(notice(NoticeKind::LongKey, &way, &shown, member));
        }
        if key.is_some_and(|key| !level.keys.insert(key)) {
            found.push(notice(NoticeKind::DuplicateKey, &way, &shown, member));
        }
        if is_lone(member) {
            found.push(notice(NoticeKind::LoneSurrogate, &way, &shown, member));
        }
        if matches!(member.kind(), JsonKind::Object | JsonKind::Array) {
            levels.push(Level::of(member));
            keys.push(shown);
        } else {
            way.pop();
        }
    }
    found
}

fn is_lone(value: Value<'_>) -> bool {
    value.raw_key().is_some_and(|key| string::has_lone_surrogate(inner(key)))
        || (value.kind() == JsonKind::String && string::has_lone_surrogate(inner(value.raw())))
}

impl fmt::Display for Notice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Place { line, column, .. } = self.at;
        let key = short(&self.key);
        let key = escape_invisible(&key);
        match self.kind {
            NoticeKind::DuplicateKey => write!(
                f,
                "The key {key} is there twice (line {line}, column {column}). Most parsers use the last one."
            ),
            NoticeKind::LongKey => write!(
                f,
                "A key is {} characters long (line {line}, column {column}). Was a value pasted in the place of a key?",
                thousands(self.key.chars().count())
            ),
            NoticeKind::LoneSurrogate => write!(
                f,
                "{key} holds half a character (line {line}, column {column}). Parsers handle it differently."
            ),
        }
    }
}

fn notice(kind: NoticeKind, way: &[usize], key: &str, value: Value<'_>) -> Notice {
    let at = Place::of(value.source(), value.member_span().start);
    Notice { kind, way: way.to_vec(), key: key.to_owned(), at }
}
