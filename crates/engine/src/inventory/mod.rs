//! The inventory of each scope: loaded once, searched in memory, corrected by what is described. It never reads a
//! value.

mod index;
mod load;
mod order;
mod together;
mod tree;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, Utc};
use latchkey_domain::catalog::{
    CatalogWindow, InventoryState, ListPrefixes, Prefix, SearchCatalog, SuggestFilters, Suggestion,
};
use latchkey_domain::event::Event;
use latchkey_domain::secret::SecretSummary;
use latchkey_domain::{ApiError, ConnectionId, Scope};

use crate::Engine;
use index::{Ask, Index, View};
use load::Running;
use together::Together;

/// More rows than any window shows.
const MAX_WINDOW: usize = 1_000;

/// The inventories by scope.
#[derive(Default)]
pub(crate) struct Inventories(Mutex<HashMap<Scope, Arc<Inventory>>>);

impl Inventories {
    fn of(&self, scope: &Scope) -> Arc<Inventory> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.entry(scope.clone()).or_insert_with(|| Arc::new(Inventory::new(scope.clone()))).clone()
    }

    /// Drops what was loaded through a connection; loads that run end.
    pub fn forget(&self, connection: &ConnectionId) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for (_, inventory) in all.extract_if(|scope, _| scope.connection == *connection) {
            inventory.cancel();
        }
    }

    /// Drops everything that was loaded.
    pub fn forget_all(&self) {
        self.cancel_all();
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    /// Ends every load.
    pub fn cancel_all(&self) {
        for inventory in self.0.lock().unwrap_or_else(PoisonError::into_inner).values() {
            inventory.cancel();
        }
    }
}

/// What is known of one scope. The lock is never held across a request.
pub(crate) struct Inventory {
    scope: Scope,
    shelves: Mutex<Shelves>,
}

struct Shelves {
    index: Index,
    view: Option<View>,
    running: Option<Running>,
    loaded_at: Option<DateTime<Utc>>,
    failure: Option<ApiError>,
}

impl Inventory {
    fn new(scope: Scope) -> Self {
        let shelves =
            Shelves { index: Index::default(), view: None, running: None, loaded_at: None, failure: None };
        Self { scope, shelves: Mutex::new(shelves) }
    }

    fn shelves(&self) -> MutexGuard<'_, Shelves> {
        self.shelves.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn state(&self) -> InventoryState {
        self.shelves().state(&self.scope)
    }
}

impl Shelves {
    /// Makes the kept view the one that answers this question.
    fn look(&mut self, ask: &Ask) {
        let kept = self.view.take().filter(|view| view.answers(ask));
        self.view.insert(kept.unwrap_or_else(|| View::new(ask.clone()))).follow(&self.index);
    }

    /// The rows that were looked at last, in their order.
    fn in_order(&self) -> impl ExactSizeIterator<Item = &SecretSummary> {
        let order = self.view.as_ref().map(View::order).unwrap_or_default();
        order.iter().map(|&place| &self.index.rows()[place])
    }

    fn state(&self, scope: &Scope) -> InventoryState {
        InventoryState {
            scope: scope.clone(),
            count: self.index.live(),
            pending_deletion: self.index.pending_deletion(),
            loading: self.running.is_some(),
            loaded_at: self.loaded_at,
            failure: self.failure.clone(),
        }
    }
}

impl Engine {
    /// The rows in view, and how many match in all.
    pub(crate) async fn search_catalog(&self, request: SearchCatalog) -> Result<CatalogWindow, ApiError> {
        let SearchCatalog { scopes, query, prefix, shelf, sort, offset, limit } = request;
        let ask = Ask { filters: query.filters(), prefix, shelf, sort };
        let limit = limit.min(MAX_WINDOW);
        self.in_inventories(&scopes, move |together| together.search(&ask, offset, limit)).await
    }

    /// The next level of the path tree.
    pub(crate) async fn list_prefixes(&self, request: ListPrefixes) -> Result<Vec<Prefix>, ApiError> {
        let ListPrefixes { scopes, parent, shelf } = request;
        let prefixes = move |together: Together<'_>| tree::prefixes(together.rows(), &parent, shelf);
        self.in_inventories(&scopes, prefixes).await
    }

    /// What the inventories hold for a filter key, most frequent first.
    pub(crate) async fn suggest_filters(&self, request: SuggestFilters) -> Result<Vec<Suggestion>, ApiError> {
        let SuggestFilters { scopes, key, start, limit } = request;
        let limit = limit.min(MAX_WINDOW);
        let suggest = move |together: Together<'_>| tree::suggestions(together.rows(), key, &start, limit);
        self.in_inventories(&scopes, suggest).await
    }

    /// Shows a secret that was just described in the list at once.
    pub(crate) fn note_described(&self, scope: &Scope, summary: &SecretSummary) {
        let inventory = self.inventories.of(scope);
        let changed = inventory.shelves().index.put_described(summary.clone(), self.clock.now());
        if changed {
            self.tell(Event::Inventory(inventory.state()));
        }
    }

    /// Half a million rows take a while to search: not on the threads that serve requests.
    async fn in_inventories<T: Send + 'static>(
        &self,
        scopes: &[Scope],
        work: impl FnOnce(Together<'_>) -> T + Send + 'static,
    ) -> Result<T, ApiError> {
        let mut inventories = Vec::with_capacity(scopes.len());
        for (at, scope) in scopes.iter().enumerate() {
            if scopes[..at].contains(scope) {
                return Err(ApiError::invalid(
                    "scopes",
                    "A connection and its Region can be shown only once.",
                ));
            }
            self.check_connection(&scope.connection)?;
            inventories.push(self.inventories.of(scope));
        }
        tokio::task::spawn_blocking(move || work(Together::new(&inventories)))
            .await
            .map_err(|_| ApiError::internal("The inventory was not searched: the program is shutting down."))
    }
}

#[cfg(test)]
mod tests;
