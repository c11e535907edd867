//! The secrets of one scope in memory, and the order in which the catalog last asked for them.
//!
//! Rows are only ever added or changed in place while a load runs, so a view knows by two numbers what is new.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, TimeDelta, Utc};
use latchkey_domain::catalog::{Shelf, Sort};
use latchkey_domain::filter::{Filter, Matcher};
use latchkey_domain::secret::SecretSummary;

use super::order;

/// ListSecrets may lag behind a write by five minutes (rules, Reading 4); what was described counts longer.
const DESCRIBED_COUNTS_FOR: TimeDelta = TimeDelta::minutes(10);

#[derive(Debug, Default)]
pub(crate) struct Index {
    rows: Vec<SecretSummary>,
    places: HashMap<String, usize>,
    /// When a row was last seen by DescribeSecret.
    described_at: HashMap<String, DateTime<Utc>>,
    pending_deletion: usize,
    /// Counts the changes that an existing view cannot be extended over.
    epoch: u64,
}

impl Index {
    pub fn rows(&self) -> &[SecretSummary] {
        &self.rows
    }

    /// Live secrets.
    pub fn live(&self) -> usize {
        self.rows.len() - self.pending_deletion
    }

    pub fn pending_deletion(&self) -> usize {
        self.pending_deletion
    }

    /// Takes a row of ListSecrets, unless a fresher one was described a moment ago.
    pub fn put_listed(&mut self, row: SecretSummary, now: DateTime<Utc>) {
        if !self.described_lately(&row.arn, now) {
            self.put(row);
        }
    }

    /// Takes what DescribeSecret told; whether that changed anything.
    pub fn put_described(&mut self, row: SecretSummary, now: DateTime<Utc>) -> bool {
        self.described_at.insert(row.arn.clone(), now);
        self.put(row)
    }

    fn put(&mut self, row: SecretSummary) -> bool {
        let pending = usize::from(row.deleted_at.is_some());
        match self.places.get(&row.arn) {
            None => {
                self.places.insert(row.arn.clone(), self.rows.len());
                self.pending_deletion += pending;
                self.rows.push(row);
                true
            }
            Some(&place) if self.rows[place] != row => {
                self.pending_deletion += pending;
                self.pending_deletion -= usize::from(self.rows[place].deleted_at.is_some());
                self.rows[place] = row;
                self.epoch += 1;
                true
            }
            Some(_) => false,
        }
    }

    /// After a whole list: what it did not hold is gone, unless it was described a moment ago.
    pub fn keep_only(&mut self, listed: &HashSet<String>, now: DateTime<Utc>) {
        self.described_at.retain(|_, at| now - *at < DESCRIBED_COUNTS_FOR);
        let described_at = &self.described_at;
        let before = self.rows.len();
        self.rows.retain(|row| listed.contains(&row.arn) || described_at.contains_key(&row.arn));
        if self.rows.len() < before {
            self.epoch += 1;
            self.places = self.rows.iter().enumerate().map(|(at, row)| (row.arn.clone(), at)).collect();
            self.pending_deletion = self.rows.iter().filter(|row| row.deleted_at.is_some()).count();
        }
    }

    fn described_lately(&self, arn: &str, now: DateTime<Utc>) -> bool {
        self.described_at.get(arn).is_some_and(|at| now - *at < DESCRIBED_COUNTS_FOR)
    }
}

/// Which rows are wanted, and in which order.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Ask {
    pub filters: Vec<Filter>,
    pub prefix: String,
    pub shelf: Shelf,
    pub sort: Sort,
}

/// The rows that answer one question, by their place in the index.
#[derive(Debug)]
pub(crate) struct View {
    ask: Ask,
    matcher: Matcher,
    order: Vec<usize>,
    epoch: u64,
    /// How many rows of the index were looked at.
    seen: usize,
}

impl View {
    pub fn new(ask: Ask) -> Self {
        Self { matcher: Matcher::new(&ask.filters), ask, order: Vec::new(), epoch: 0, seen: 0 }
    }

    pub fn answers(&self, ask: &Ask) -> bool {
        self.ask == *ask
    }

    pub fn order(&self) -> &[usize] {
        &self.order
    }

    /// Follows the index: rows that were added are sorted in, any other change sorts anew. Scrolling changes nothing.
    pub fn follow(&mut self, index: &Index) {
        if self.epoch != index.epoch {
            self.order.clear();
            (self.epoch, self.seen) = (index.epoch, 0);
        }
        let rows = index.rows();
        if self.seen == rows.len() {
            return;
        }
        let passes = |&place: &usize| self.passes(&rows[place]);
        let added: Vec<usize> = (self.seen..rows.len()).filter(passes).collect();
        self.seen = rows.len();
        self.order.extend(added);
        // The sort finds the two runs, so that adding a page to a long list costs one walk over it.
        let sort = self.ask.sort;
        self.order.sort_by(|&a, &b| order::compare(&rows[a], &rows[b], sort));
    }

    fn passes(&self, row: &SecretSummary) -> bool {
        is_on(self.ask.shelf, row) && row.name.starts_with(&self.ask.prefix) && self.matcher.matches(row)
    }
}

/// Whether a shelf holds this secret.
pub(crate) fn is_on(shelf: Shelf, row: &SecretSummary) -> bool {
    match shelf {
        Shelf::Live => row.deleted_at.is_none(),
        Shelf::PendingDeletion => row.deleted_at.is_some(),
        Shelf::All => true,
    }
}
