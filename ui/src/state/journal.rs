//! What this console did: searched page by page, exported, and undone where possible.

use latchkey_domain::writes::{ExportJournal, JournalEntry, JournalPage, SearchJournal};
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::change_review::ChangeReview;
use super::coalescing::Coalescing;
use super::described::Target;
use super::request::Request;
use crate::ipc;

/// How many entries come at once.
const PAGE_ENTRIES: usize = 100;

/// The journal in view.
#[derive(Clone, Copy)]
pub struct Journal {
    changes: ChangeReview,
    pub text: RwSignal<String>,
    /// The ARN and the name of the only secret in view; none for all.
    pub secret: RwSignal<Option<(String, String)>>,
    pub page: RwSignal<Option<JournalPage>>,
    /// The export; what fails of the rest is told in the same place.
    pub request: Request,
    /// What the last export did.
    pub done: RwSignal<Option<String>>,
    /// How many entries are wanted.
    limit: RwSignal<usize>,
    coalescing: Coalescing,
}

impl Journal {
    pub fn new(changes: ChangeReview) -> Self {
        Self {
            changes,
            text: RwSignal::default(),
            secret: RwSignal::default(),
            page: RwSignal::default(),
            request: Request::new(),
            done: RwSignal::default(),
            limit: RwSignal::new(PAGE_ENTRIES),
            coalescing: Coalescing::default(),
        }
    }

    /// Searches anew with every letter, one request at a time.
    pub fn search(self, text: String) {
        self.text.set(text);
        self.done.set(None);
        self.limit.set(PAGE_ENTRIES);
        self.load();
    }

    /// Shows what was done to one secret only, or to all.
    pub fn show_secret(self, secret: Option<(String, String)>) {
        self.secret.set(secret);
        self.search(self.text.get_untracked());
    }

    /// Shows the entries before the last one too.
    pub fn show_more(self) {
        self.limit.update(|limit| *limit += PAGE_ENTRIES);
        self.load();
    }

    /// Asks for the entries of the search.
    pub fn load(self) {
        self.coalescing.run(move || self.read());
    }

    async fn read(self) {
        let request = SearchJournal {
            text: self.text.get_untracked(),
            secret_id: self.secret_id(),
            unfinished_only: false,
            offset: 0,
            limit: self.limit.get_untracked(),
        };
        match ipc::call(request).await {
            Ok(page) => {
                self.request.clear();
                self.page.set(Some(page));
            }
            Err(error) => self.request.fail(error),
        }
    }

    /// Has the engine ask for a file and write what the search finds into it.
    pub async fn export(self) {
        self.done.set(None);
        let request = ExportJournal { text: self.text.get_untracked(), secret_id: self.secret_id() };
        match self.request.act(ipc::call(request)).await.and_then(|exported| exported.entries) {
            Some(1) => self.done.set(Some("1 entry was written.".to_owned())),
            Some(entries) => self.done.set(Some(format!("{entries} entries were written."))),
            None => {}
        }
    }

    fn secret_id(self) -> Option<String> {
        self.secret.with_untracked(|secret| secret.as_ref().map(|(arn, _)| arn.clone()))
    }

    /// Shows what it would take to undo an entry.
    pub fn undo(self, entry: &JournalEntry) {
        let target = Target { scope: entry.scope.clone(), secret_id: entry.secret_id.clone() };
        let entry_id = entry.entry_id.clone();
        spawn_local(async move {
            let proposed = self.changes.propose_undo(target, entry_id).await;
            self.request.failure.set(proposed.err());
        });
    }
}
