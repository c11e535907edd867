//! The search box: its chips and words, and what completes the word at the cursor.

use latchkey_domain::catalog::{SuggestFilters, Suggestion};
use latchkey_domain::filter::{Completion, CompletionTarget, FilterKey, Query, completion};
use leptos::prelude::*;

use super::coalescing::Coalescing;
use super::session::Session;
use crate::ipc;

const SUGGESTIONS: usize = 8;

/// One line of the completion list.
#[derive(Debug, Clone, PartialEq)]
pub struct Choice {
    pub text: String,
    /// What a key looks at, or how many secrets hold a value.
    pub note: String,
}

/// What stands in the box, and the list under it.
#[derive(Clone, Copy)]
pub struct Search {
    pub query: RwSignal<Query>,
    pub choices: RwSignal<Vec<Choice>>,
    /// The choice that Enter takes; None for the words as they are.
    pub highlighted: RwSignal<Option<usize>>,
    completion: StoredValue<Option<Completion>>,
    coalescing: Coalescing,
    session: Session,
}

impl Search {
    pub fn new(session: Session) -> Self {
        Self {
            query: RwSignal::default(),
            choices: RwSignal::default(),
            highlighted: RwSignal::new(None),
            completion: StoredValue::new(None),
            coalescing: Coalescing::default(),
            session,
        }
    }

    /// The words as they are typed now, with the cursor at a byte offset.
    pub fn edit(self, text: String, cursor: usize) {
        self.complete(&text, cursor);
        if self.query.with_untracked(|query| query.text != text) {
            self.query.update(|query| query.text = text);
        }
    }

    /// Turns the words into chips.
    pub fn commit(self) {
        self.close_choices();
        self.query.update(Query::commit);
    }

    /// Turns the last chip into words again; whether there was one to take.
    pub fn take_back(self) -> bool {
        let takes = self.query.with_untracked(|query| query.text.is_empty() && !query.chips.is_empty());
        if takes {
            self.query.update(Query::take_back);
        }
        takes
    }

    /// Takes a chip away.
    pub fn remove_chip(self, at: usize) {
        self.query.update(|query| {
            if at < query.chips.len() {
                query.chips.remove(at);
            }
        });
    }

    /// Empties the box.
    pub fn clear(self) {
        self.close_choices();
        self.query.set(Query::default());
    }

    /// Moves the highlight, through the words as they are, around the ends.
    pub fn highlight(self, down: bool) {
        let count = self.choices.with_untracked(Vec::len);
        self.highlighted.update(|at| {
            *at = match (*at, down) {
                (_, _) if count == 0 => None,
                (None, true) => Some(0),
                (None, false) => Some(count - 1),
                (Some(at), true) => (at + 1 < count).then_some(at + 1),
                (Some(at), false) => at.checked_sub(1),
            };
        });
    }

    /// Puts a choice into the words; gives the byte offset of the cursor after it.
    pub fn choose(self, at: usize) -> Option<usize> {
        let choice = self.choices.with_untracked(|choices| choices.get(at).cloned())?;
        let completion = self.completion.get_value()?;
        let (text, cursor) = self.query.with_untracked(|query| completion.insert(&query.text, &choice.text));
        self.query.update(|query| query.text.clone_from(&text));
        match completion.target {
            CompletionTarget::Key => self.complete(&text, cursor),
            CompletionTarget::Value(_) => self.close_choices(),
        }
        Some(cursor)
    }

    /// Puts the list away.
    pub fn close_choices(self) {
        self.completion.set_value(None);
        self.show(Vec::new());
    }

    /// Offers what fits at the cursor.
    pub fn complete(self, text: &str, cursor: usize) {
        let found = completion(text, cursor);
        self.completion.set_value(found.clone());
        match found {
            None => self.show(Vec::new()),
            Some(Completion { target: CompletionTarget::Key, start, .. }) => {
                self.show(FilterKey::suggestions(&start).into_iter().map(key_choice).collect());
            }
            Some(Completion { target: CompletionTarget::Value(_), .. }) => {
                self.coalescing.run(move || self.ask_values());
            }
        }
    }

    async fn ask_values(self) {
        let Some((request, asked)) = self.value_request() else { return };
        // Missing suggestions are harmless; the search itself reports the error.
        let suggestions = ipc::call(request).await.unwrap_or_default();
        if self.completion.get_value().as_ref() == Some(&asked) {
            let choice = |found: Suggestion| Choice { text: found.value, note: found.count.to_string() };
            self.show(suggestions.into_iter().map(choice).collect());
        }
    }

    fn value_request(self) -> Option<(SuggestFilters, Completion)> {
        let completion = self.completion.get_value()?;
        let CompletionTarget::Value(key) = completion.target else { return None };
        let scopes = self.session.scopes.get_untracked();
        let start = completion.start.clone();
        Some((SuggestFilters { scopes, key, start, limit: SUGGESTIONS }, completion))
    }

    fn show(self, choices: Vec<Choice>) {
        self.highlighted.set(None);
        self.choices.set(choices);
    }
}

fn key_choice(key: FilterKey) -> Choice {
    let note = match key {
        FilterKey::Name => "Beginning of the name",
        FilterKey::Description => "Words of the description",
        FilterKey::TagKey => "Beginning of a tag's key",
        FilterKey::TagValue => "Beginning of a tag's value",
        FilterKey::PrimaryRegion => "Where a replicated secret has its primary",
        FilterKey::OwningService => "The service that manages the secret",
        FilterKey::All => "Words of name, description and tags",
    };
    Choice { text: key.as_str().to_owned(), note: note.to_owned() }
}
