//! The catalog: the filter over the inventory, and the visible rows.

use std::ops::Range;

use chrono::{DateTime, Utc};
use latchkey_domain::catalog::{
    CancelInventory, CatalogRow, CatalogWindow, Column, InventoryState, LoadInventory, SearchCatalog, Shelf,
    Sort,
};
use latchkey_domain::connection::{Connection, ConnectionState};
use latchkey_domain::filter::Query;
use latchkey_domain::secret::SecretSummary;
use latchkey_domain::{ApiError, Scope};
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::prefix_tree::PrefixTree;
use super::questions::{Question, Questions};
use super::search::Search;
use super::session::Session;
use super::settings::Preferences;
use crate::ipc;

/// Rows that are asked for beyond either edge of the view, so that a turn of the wheel finds them there.
const OVERSCAN: usize = 40;

/// What is looked for, without the rows in view: two catalogs with equal lists show the same rows.
#[derive(Debug, Clone, PartialEq)]
pub struct Wanted {
    /// Never empty.
    pub scopes: Vec<Scope>,
    pub query: Query,
    pub prefix: String,
    pub shelf: Shelf,
    pub sort: Sort,
}

/// The rows that the window holds of a list.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Rows {
    pub scopes: Vec<Scope>,
    pub matched: usize,
    pub offset: usize,
    pub rows: Vec<CatalogRow>,
}

/// The catalog of the scopes in view.
#[derive(Clone, Copy)]
pub struct Catalog {
    pub search: Search,
    pub tree: PrefixTree,
    pub prefix: RwSignal<String>,
    pub shelf: RwSignal<Shelf>,
    pub wanted: Memo<Option<Wanted>>,
    /// None until the first answer of a scope.
    pub shown: RwSignal<Option<Rows>>,
    /// The loaded inventory of each current scope, as far as reported.
    pub inventories: RwSignal<Vec<InventoryState>>,
    /// Scopes whose load was requested and has not been answered yet.
    asked: RwSignal<Vec<Scope>>,
    /// Why the last search or load was not even answered.
    refused: RwSignal<Option<ApiError>>,
    /// The row that the arrow keys move.
    pub active: RwSignal<usize>,
    in_view: StoredValue<Range<usize>>,
    questions: StoredValue<Questions>,
    session: Session,
    preferences: Preferences,
}

impl Catalog {
    pub fn new(session: Session, preferences: Preferences) -> Self {
        let search = Search::new(session);
        let prefix = RwSignal::new(String::new());
        let shelf = RwSignal::new(Shelf::Live);
        // Only what filters counts: half a word such as `name:` does not ask again.
        let filters = Memo::new(move |_| search.query.with(Query::filters));
        let sort = Memo::new(move |_| preferences.settings.with(|settings| settings.sort));
        let scopes = Memo::new(move |_| match session.is_ready() {
            true => {
                session.scopes.get().into_iter().filter(|scope| session.can_send(&scope.connection)).collect()
            }
            false => Vec::new(),
        });
        let wanted = Memo::new(move |_| {
            Some(Wanted {
                scopes: Some(scopes.get()).filter(|scopes| !scopes.is_empty())?,
                query: Query { chips: filters.get(), text: String::new() },
                prefix: prefix.get(),
                shelf: shelf.get(),
                sort: sort.get(),
            })
        });
        Self {
            search,
            tree: PrefixTree::new(),
            prefix,
            shelf,
            wanted,
            shown: RwSignal::new(None),
            inventories: RwSignal::default(),
            asked: RwSignal::default(),
            refused: RwSignal::new(None),
            active: RwSignal::new(0),
            in_view: StoredValue::new(0..0),
            questions: StoredValue::new(Questions::default()),
            session,
            preferences,
        }
    }

    /// Follows what is wanted for as long as the owner lives: a new scope is loaded, a new list is asked for.
    pub fn follow(self) {
        Effect::new(move |before: Option<Vec<Scope>>| {
            let before = before.unwrap_or_default();
            let wanted = self.wanted.get();
            let scopes = wanted.as_ref().map(|wanted| wanted.scopes.clone()).unwrap_or_default();
            if before != scopes {
                self.enter(&before, &scopes);
            }
            if let Some(wanted) = wanted {
                self.active.set(0);
                self.in_view.update_value(|rows| *rows = 0..rows.len());
                self.tree.load(wanted.scopes, wanted.shelf);
                self.ask();
            }
            scopes
        });
    }

    /// The rows that are on the screen have changed.
    pub fn look_at(self, rows: Range<usize>) {
        self.in_view.set_value(rows.clone());
        // An answer that is still to come takes the place of what is held.
        let held = self.questions.with_value(Questions::awaited_rows).or_else(|| {
            self.shown.with_untracked(|shown| {
                let Rows { matched, offset, rows, .. } = shown.as_ref()?;
                let end = offset + rows.len();
                Some(*offset..if end < *matched { end } else { usize::MAX })
            })
        });
        let covered = held.is_some_and(|held| held.start <= rows.start && rows.end <= held.end);
        if !covered {
            self.ask();
        }
    }

    /// The row at this place of the list, if the window holds it; tracks.
    pub fn row(self, at: usize) -> Option<(Scope, SecretSummary)> {
        self.shown.with(|shown| {
            let shown = shown.as_ref()?;
            let row = shown.rows.get(at.checked_sub(shown.offset)?)?;
            Some((shown.scopes.get(row.scope_at)?.clone(), row.secret.clone()))
        })
    }

    /// Whether secrets of several scopes are shown; tracks.
    pub fn is_together(self) -> bool {
        self.wanted.with(|wanted| wanted.as_ref().is_some_and(|wanted| wanted.scopes.len() > 1))
    }

    /// How many rows the list has; tracks.
    pub fn matched(self) -> usize {
        self.shown.with(|shown| shown.as_ref().map_or(0, |shown| shown.matched))
    }

    /// Whether anything but the shelf narrows the list; tracks.
    pub fn is_narrowed(self) -> bool {
        self.wanted.with(|wanted| {
            wanted.as_ref().is_some_and(|wanted| !wanted.query.chips.is_empty() || !wanted.prefix.is_empty())
        })
    }

    /// Why the list cannot be read, or not to its end, and of which scope that is known; tracks.
    pub fn failures(self) -> Vec<(Option<Scope>, ApiError)> {
        let refused = self.refused.get().map(|error| (None, error));
        let failed = self.inventories.with(|inventories| {
            let failed = |state: &InventoryState| Some((Some(state.scope.clone()), state.failure.clone()?));
            inventories.iter().filter_map(failed).collect::<Vec<_>>()
        });
        refused.into_iter().chain(failed).collect()
    }

    /// How many loads are under way, or about to be; tracks.
    pub fn loads(self) -> usize {
        let Some(scopes) = self.wanted.with(|wanted| Some(wanted.as_ref()?.scopes.clone())) else { return 0 };
        let asked = self.asked.get();
        self.inventories.with(|inventories| {
            let loads =
                |scope: &Scope| inventories.iter().any(|state| state.loading && state.scope == *scope);
            scopes.iter().filter(|scope| asked.contains(scope) || loads(scope)).count()
        })
    }

    /// What all scopes in view have together, once each of them has told; tracks.
    pub fn sum(self, of: fn(&InventoryState) -> usize) -> Option<usize> {
        self.inventories.with(|all| (!all.is_empty()).then(|| all.iter().map(of).sum()))
    }

    /// Since when the list is whole: the oldest of its parts counts; tracks.
    pub fn loaded_at(self) -> Option<DateTime<Utc>> {
        self.inventories.with(|inventories| inventories.iter().map(|state| state.loaded_at).min().flatten())
    }

    /// Looks at one branch of the names, or with an empty path at all.
    pub fn look_below(self, path: String) {
        self.prefix.set(path);
    }

    /// Looks at another shelf, at all its names.
    pub fn turn_to(self, shelf: Shelf) {
        self.prefix.set(String::new());
        self.shelf.set(shelf);
    }

    /// Takes filters and path away.
    pub fn clear_filters(self) {
        self.search.clear();
        self.prefix.set(String::new());
    }

    /// Sorts by a column; by the same one again turns the order around.
    pub fn sort_by(self, column: Column) {
        self.preferences.change(|settings| {
            let descending = settings.sort.column == column && !settings.sort.descending;
            settings.sort = Sort { column, descending };
        });
    }

    /// Shows or hides a column. The name always stays.
    pub fn toggle_column(self, column: Column) {
        self.preferences.change(|settings| {
            if settings.columns.contains(&column) {
                settings.columns.retain(|shown| *shown != column || column == Column::Name);
            } else {
                settings.columns.push(column);
                // In the order of the full set, wherever it was put.
                settings.columns.sort_by_key(|shown| Column::ALL.iter().position(|known| known == shown));
            }
        });
    }

    /// Loads the inventory anew, or opens the connection again if that is what failed.
    pub fn refresh(self) {
        if self.session.connections.with_untracked(Option::is_none) {
            return self.session.refresh();
        }
        let failed = self.session.connection.with_untracked(|connection| {
            let is_failed = |found: &&Connection| matches!(found.state, ConnectionState::Failed(_));
            connection.as_ref().filter(is_failed).map(|found| found.id.clone())
        });
        if let Some(id) = failed {
            return self.session.reopen(id);
        }
        self.load(self.scopes_untracked());
    }

    fn scopes_untracked(self) -> Vec<Scope> {
        self.wanted
            .with_untracked(|wanted| wanted.as_ref().map(|wanted| wanted.scopes.clone()))
            .unwrap_or_default()
    }

    /// Each scope by itself: none waits for another.
    fn load(self, scopes: Vec<Scope>) {
        self.refused.set(None);
        for scope in scopes {
            self.asked.update(|asked| asked.push(scope.clone()));
            spawn_local(async move {
                let answer = ipc::call(LoadInventory { scope: scope.clone() }).await;
                self.asked.try_update(|asked| {
                    asked.iter().position(|asked| *asked == scope).map(|at| asked.swap_remove(at))
                });
                match answer {
                    Ok(inventory) => self.receive(inventory),
                    Err(error) => self.fail(&[scope], error),
                }
            });
        }
    }

    /// Stops the loads; what has come stays.
    pub fn cancel_load(self) {
        for scope in self.scopes_untracked() {
            spawn_local(async move {
                match ipc::call(CancelInventory { scope: scope.clone() }).await {
                    Ok(inventory) => self.receive(inventory),
                    Err(error) => self.fail(&[scope], error),
                }
            });
        }
    }

    /// An inventory grew, finished or failed; scopes that are not shown are ignored.
    pub fn receive(self, inventory: InventoryState) {
        let Some(wanted) = self.wanted.get_untracked() else { return };
        if !wanted.scopes.contains(&inventory.scope) {
            return;
        }
        self.inventories.update(|all| match all.iter_mut().find(|state| state.scope == inventory.scope) {
            Some(state) => *state = inventory,
            None => all.push(inventory),
        });
        self.tree.load(wanted.scopes, wanted.shelf);
        self.ask();
    }

    /// Reloads the visible rows after a secret was created or changed.
    pub fn ask(self) {
        let Some(search) = self.next_search() else { return };
        if let Some(Some(question)) = self.questions.try_update_value(|questions| questions.want(search)) {
            spawn_local(self.settle(question));
        }
    }

    fn enter(self, before: &[Scope], scopes: &[Scope]) {
        self.questions.update_value(Questions::forget);
        self.refused.set(None);
        self.inventories.update(|all| all.retain(|state| scopes.contains(&state.scope)));
        let (kept, new): (Vec<_>, Vec<_>) = scopes.iter().cloned().partition(|scope| before.contains(scope));
        if kept.is_empty() {
            self.shown.set(None);
            self.prefix.set(String::new());
            self.shelf.set(Shelf::Live);
        }
        self.load(new);
    }

    fn next_search(self) -> Option<SearchCatalog> {
        let Wanted { scopes, query, prefix, shelf, sort } = self.wanted.get_untracked()?;
        let rows = self.in_view.get_value();
        let offset = rows.start.saturating_sub(OVERSCAN);
        let limit = rows.end + OVERSCAN - offset;
        Some(SearchCatalog { scopes, query, prefix, shelf, sort, offset, limit })
    }

    async fn settle(self, question: Question) {
        let mut next = Some(question);
        while let Some(Question { number, search }) = next {
            let scopes = search.scopes.clone();
            let answer = ipc::call(search).await;
            let Some(verdict) = self.questions.try_update_value(|questions| questions.answered(number))
            else {
                return;
            };
            if verdict.counts {
                match answer {
                    Ok(window) => self.show(window),
                    Err(error) => self.fail(&scopes, error),
                }
            }
            next = verdict.next;
        }
    }

    fn show(self, window: CatalogWindow) {
        let CatalogWindow { inventories, matched, offset, rows } = window;
        self.refused.set(None);
        let scopes = inventories.iter().map(|state| state.scope.clone()).collect();
        self.inventories.set(inventories);
        self.active.update(|active| *active = (*active).min(matched.saturating_sub(1)));
        self.shown.set(Some(Rows { scopes, matched, offset, rows }));
    }

    fn fail(self, scopes: &[Scope], error: ApiError) {
        if self.session.scopes.with_untracked(|in_view| scopes.iter().any(|scope| in_view.contains(scope))) {
            self.refused.set(Some(error));
        }
    }
}

#[cfg(test)]
mod tests;
