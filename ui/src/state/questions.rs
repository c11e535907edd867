//! Which search is sent to the engine next, and which response is shown.
//!
//! Over the same scopes one question is under way at a time and the newest follows it. A question over other scopes
//! is sent immediately, and the response to the previous one is dropped.

use std::ops::Range;

use latchkey_domain::catalog::SearchCatalog;

/// A search with its number; send it and hand the number back with the answer.
#[derive(Debug, Clone, PartialEq)]
pub struct Question {
    pub number: u64,
    pub search: SearchCatalog,
}

/// What an answer means: whether it is shown, and what to ask next.
#[derive(Debug, PartialEq)]
pub struct Verdict {
    pub counts: bool,
    pub next: Option<Question>,
}

/// The questions of one catalog.
#[derive(Debug, Default)]
pub struct Questions {
    last_number: u64,
    under_way: Option<Question>,
    waiting: Option<SearchCatalog>,
}

impl Questions {
    /// Wants this search; gives it back if it can be sent now. The search that is under way may be wanted again: the
    /// inventory may have changed since it was sent.
    pub fn want(&mut self, search: SearchCatalog) -> Option<Question> {
        match &self.under_way {
            Some(question) if question.search.scopes == search.scopes => {
                self.waiting = Some(search);
                None
            }
            _ => Some(self.send(search)),
        }
    }

    /// An answer, or a failure, has come for the question with this number.
    pub fn answered(&mut self, number: u64) -> Verdict {
        if self.under_way.as_ref().is_none_or(|question| question.number != number) {
            return Verdict { counts: false, next: None };
        }
        self.under_way = None;
        let waiting = self.waiting.take();
        Verdict { counts: true, next: waiting.map(|search| self.send(search)) }
    }

    /// The rows that will be held when the last answer has come; None if no answer is awaited.
    pub fn awaited_rows(&self) -> Option<Range<usize>> {
        let search = self.waiting.as_ref().or(self.under_way.as_ref().map(|question| &question.search))?;
        Some(search.offset..search.offset + search.limit)
    }

    /// Leaves the scope: pending responses are dropped.
    pub fn forget(&mut self) {
        self.under_way = None;
        self.waiting = None;
    }

    fn send(&mut self, search: SearchCatalog) -> Question {
        self.last_number += 1;
        let question = Question { number: self.last_number, search };
        self.under_way = Some(question.clone());
        self.waiting = None;
        question
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use latchkey_domain::catalog::{SearchCatalog, Shelf, Sort};
    use latchkey_domain::filter::Query;
    use latchkey_domain::{ConnectionId, Scope};

    use super::{Questions, Verdict};

    fn search(region: &str, text: &str) -> SearchCatalog {
        SearchCatalog {
            scopes: vec![Scope { connection: ConnectionId::local(), region: region.into() }],
            query: Query::parse(text),
            prefix: String::new(),
            shelf: Shelf::Live,
            sort: Sort::default(),
            offset: 0,
            limit: 50,
        }
    }

    #[test]
    fn what_is_typed_while_a_search_runs_is_asked_once_in_its_last_form() {
        let mut questions = Questions::default();
        let first = questions.want(search("us-east-1", "p")).unwrap();
        assert_eq!(questions.want(search("us-east-1", "pr")), None, "one at a time");
        assert_eq!(questions.want(search("us-east-1", "pro")), None, "one at a time");
        let verdict = questions.answered(first.number);
        assert!(verdict.counts, "a result on the way to the last one is shown: the list follows the typing");
        assert_eq!(verdict.next.unwrap().search, search("us-east-1", "pro"), "the middle one is never sent");
    }

    #[test]
    fn a_grown_inventory_asks_the_same_search_again() {
        let mut questions = Questions::default();
        let first = questions.want(search("us-east-1", "p")).unwrap();
        questions.want(search("us-east-1", "p"));
        assert!(questions.answered(first.number).next.is_some(), "the first answer may predate the change");
    }

    #[test]
    fn another_scope_does_not_wait_and_drops_the_late_answer() {
        let mut questions = Questions::default();
        let old = questions.want(search("us-east-1", "p")).unwrap();
        let new =
            questions.want(search("eu-central-1", "p")).expect("a slow Region does not hold up another");
        assert_eq!(
            questions.answered(old.number),
            Verdict { counts: false, next: None },
            "rows of one Region never show under the name of another"
        );
        assert!(questions.answered(new.number).counts);
    }

    #[test]
    fn an_answer_after_leaving_lands_nowhere() {
        let mut questions = Questions::default();
        let question = questions.want(search("us-east-1", "p")).unwrap();
        questions.forget();
        assert!(!questions.answered(question.number).counts);
    }
}
