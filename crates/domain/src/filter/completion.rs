//! What the search box can complete at the cursor: the name of a key, or a value of one.

use std::ops::Range;

use super::FilterKey;
use super::syntax::{self, items, unquote};

/// What is being typed at the cursor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Completion {
    pub target: CompletionTarget,
    /// What of it stands before the cursor, without quotes and `!`.
    pub start: String,
    /// The bytes of the text that a choice replaces.
    pub replaces: Range<usize>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CompletionTarget {
    /// The name of a key, or a free word.
    Key,
    /// A value of this key.
    Value(FilterKey),
}

/// What is being typed at the cursor, a byte offset into the text. None where nothing can be suggested: in quoted or
/// listed free words.
pub fn completion(text: &str, cursor: usize) -> Option<Completion> {
    text.get(..cursor)?;
    let touches = |span: &Range<usize>| span.start <= cursor && cursor <= span.end;
    let Some(item) = items(text).find(|item| touches(&item.span)) else {
        return Some(Completion {
            target: CompletionTarget::Key,
            start: String::new(),
            replaces: cursor..cursor,
        });
    };
    let value = item.values.iter().find(|value| touches(&value.span));
    let (target, span) = match (&item.key, value) {
        (Some(key), _) if key.span.start <= cursor && cursor < key.span.end => {
            (CompletionTarget::Key, key.span.clone())
        }
        (Some(key), Some(value)) => (CompletionTarget::Value(key.key), value.span.clone()),
        (None, Some(value)) if item.values.len() == 1 && !value.quoted => {
            (CompletionTarget::Key, value.span.clone())
        }
        _ => return None,
    };
    let typed = &text[span.start..cursor];
    let start = if target == CompletionTarget::Key { typed.to_owned() } else { unquote(typed) };
    Some(Completion { target, start, replaces: span })
}

impl Completion {
    /// The text with a choice put in, quoted where that is needed, and the place of the cursor after it.
    pub fn insert(&self, text: &str, choice: &str) -> (String, usize) {
        let inserted = match self.target {
            CompletionTarget::Key => format!("{choice}:"),
            CompletionTarget::Value(_) => syntax::value_text(choice),
        };
        let mut completed = text.to_owned();
        completed.replace_range(self.replaces.clone(), &inserted);
        (completed, self.replaces.start + inserted.len())
    }
}

impl FilterKey {
    /// The keys to suggest for what is typed: those that begin with it, then those of which a later word does.
    pub fn suggestions(start: &str) -> Vec<Self> {
        let start = start.to_ascii_lowercase();
        let begins = |key: &Self| key.as_str().starts_with(&start);
        let later = |key: &Self| key.as_str().split('-').skip(1).any(|word| word.starts_with(&start));
        let (mut first, others): (Vec<_>, Vec<_>) = Self::ALL.into_iter().partition(begins);
        first.extend(others.into_iter().filter(later));
        first
    }
}
