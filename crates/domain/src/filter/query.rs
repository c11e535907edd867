//! The text of the search box as filters. How it is written stands in `syntax`.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::check::{FilterProblem, MAX_FILTERS, filter_problems, is_accepted};
use super::syntax;
use super::{Filter, FilterKey};

/// What stands in the search box: chips, all of which must match, and the words still being typed.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Query {
    pub chips: Vec<Filter>,
    pub text: String,
}

impl Query {
    /// Reads a whole line into chips; what is not a filter yet (`name:`) stays text.
    pub fn parse(line: &str) -> Self {
        let (chips, text) = syntax::parse(line);
        Self { chips, text }
    }

    /// Turns the words being typed into chips (Enter).
    pub fn commit(&mut self) {
        let (filters, unfinished) = syntax::parse(&self.text);
        self.chips.extend(filters);
        self.text = unfinished;
    }

    /// Turns the last chip into text again (Backspace in an empty box); does nothing while there is text.
    pub fn take_back(&mut self) {
        if self.text.is_empty()
            && let Some(chip) = self.chips.pop()
        {
            self.text = syntax::chip_text(&chip);
        }
    }

    /// The filters that count now: the chips and the words being typed.
    pub fn filters(&self) -> Vec<Filter> {
        let (typed, _) = syntax::parse(&self.text);
        self.chips.iter().cloned().chain(typed).collect()
    }

    /// The filters that AWS's API takes, and why the others are left out. Whatever [`Self::filters`] lets through,
    /// these do too: the answer may hold more, never less.
    pub fn filters_for_api(&self) -> (Vec<Filter>, Vec<FilterProblem>) {
        let (mut sendable, mut problems) = (Vec::new(), Vec::new());
        for (index, filter) in self.filters().into_iter().enumerate() {
            let filter = with_accepted_separators(filter);
            let found = filter_problems(index + 1, &filter);
            if found.is_empty() {
                sendable.push(filter);
            }
            problems.extend(found);
        }
        if sendable.len() > MAX_FILTERS {
            problems.push(FilterProblem::TooManyFilters { count: sendable.len() });
            sendable.truncate(MAX_FILTERS);
        }
        (sendable, problems)
    }
}

/// In `all`, everything but letters and digits only separates words: what AWS refuses becomes a blank.
fn with_accepted_separators(mut filter: Filter) -> Filter {
    if filter.key == FilterKey::All {
        for value in &mut filter.values {
            *value = value.replace(|c: char| !c.is_alphanumeric() && !is_accepted(c), " ");
        }
    }
    filter
}

/// The whole query as one line, that [`Query::parse`] reads back.
impl fmt::Display for Query {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let chips = syntax::line(&self.chips);
        let between = if chips.is_empty() || self.text.is_empty() { "" } else { " " };
        write!(f, "{chips}{between}{}", self.text)
    }
}
