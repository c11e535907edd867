//! Looks through the journals of all connections.

use std::cmp::Reverse;
use std::collections::{HashMap, HashSet};

use latchkey_domain::writes::{JournalEntry, JournalPage, SearchJournal, SearchWords};
use latchkey_domain::{ApiError, ConnectionId};

use super::{Book, Kept};
use crate::Engine;

impl Engine {
    /// One page of what is found, newest first.
    pub(crate) async fn search_journal(&self, request: SearchJournal) -> Result<JournalPage, ApiError> {
        let SearchJournal { text, secret_id, unfinished_only, offset, limit } = request;
        let mut books = self.journal.books.lock().await;
        let (connections, problems) = self.opened(&mut books).await;
        let is_wanted = |entry: &JournalEntry| !unfinished_only || self.journal.is_left_open(entry);
        let found = found(&books, &connections, &text, secret_id.as_deref(), is_wanted);
        let entries: Vec<_> = found.iter().skip(offset).take(limit).copied().cloned().collect();
        let latest = latest_changes(&books);
        let is_undoable = |entry: &&JournalEntry| entry.is_undoable() && latest.contains(&*entry.entry_id);
        let undoable = entries.iter().filter(is_undoable).map(|entry| entry.entry_id.clone()).collect();
        let is_recoverable =
            |entry: &&JournalEntry| entry.is_recoverable() && self.journal.is_left_open(entry);
        let recoverable = entries.iter().filter(is_recoverable).map(|entry| entry.entry_id.clone()).collect();
        Ok(JournalPage { matched: found.len(), undoable, recoverable, problems, entries })
    }

    /// All that is found, oldest first.
    pub(super) async fn found_entries(&self, text: &str, secret_id: Option<&str>) -> Vec<JournalEntry> {
        let mut books = self.journal.books.lock().await;
        let (connections, _) = self.opened(&mut books).await;
        found(&books, &connections, text, secret_id, |_| true).into_iter().rev().cloned().collect()
    }

    /// Opens the journals that there are, and says why entries of them may be missing.
    async fn opened(&self, books: &mut HashMap<ConnectionId, Book>) -> (Vec<ConnectionId>, Vec<ApiError>) {
        let (mut opened, mut problems) = (Vec::new(), Vec::new());
        for connection in self.known_connections().list {
            // To look must make no file, and ask for no key.
            if books.contains_key(&connection.id) || self.journal.path(&connection.id).exists() {
                problems.extend(self.journal.book(books, &connection.id).await.problem.clone());
                opened.push(connection.id);
            }
        }
        (opened, problems)
    }
}

/// What holds all words of the text, newest first.
fn found<'b>(
    books: &'b HashMap<ConnectionId, Book>,
    connections: &[ConnectionId],
    text: &str,
    secret_id: Option<&str>,
    is_wanted: impl Fn(&JournalEntry) -> bool,
) -> Vec<&'b JournalEntry> {
    let words = SearchWords::new(text);
    let kept = connections.iter().filter_map(|id| books.get(id)).flat_map(|book| &book.entries);
    let is_found = |kept: &&Kept| {
        is_wanted(&kept.entry)
            && kept.entry.is_of(secret_id)
            && (words.is_empty() || words.are_in(kept.search_text()))
    };
    let mut found: Vec<_> = kept.filter(is_found).map(|kept| &kept.entry).collect();
    found.sort_by_key(|entry| Reverse(entry.began_at));
    found
}

/// The last entry of each secret that changed the same of it, such as its labels.
pub(super) fn latest_changes(books: &HashMap<ConnectionId, Book>) -> HashSet<&str> {
    let mut seen = HashSet::new();
    let entries = books.values().flat_map(|book| book.entries.iter().rev()).map(|kept| &kept.entry);
    let changes = entries.filter_map(|entry| Some((entry, entry.touched()?)));
    let latest =
        changes.filter(|(entry, touched)| seen.insert((&entry.scope, &entry.secret_id, touched.clone())));
    latest.map(|(entry, _)| entry.entry_id.as_str()).collect()
}
