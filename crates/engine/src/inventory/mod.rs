//! The inventory of each scope: loaded once, searched in memory, corrected by what is described. It never reads a
//! value.

mod index;
mod load;
mod order;
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

    /// The rows in view. Only these are cloned.
    fn search(&self, ask: Ask, offset: usize, limit: usize) -> CatalogWindow {
        let mut shelves = self.shelves();
        let Shelves { index, view, .. } = &mut *shelves;
        let view = match view.take_if(|view| view.answers(&ask)) {
            Some(kept) => view.insert(kept),
            None => view.insert(View::new(ask)),
        };
        view.follow(index);
        let order = view.order();
        let end = order.len().min(offset.saturating_add(limit.min(MAX_WINDOW)));
        let in_view = order.get(offset..end).unwrap_or_default();
        let rows = in_view.iter().map(|&place| index.rows()[place].clone()).collect();
        let matched = order.len();
        CatalogWindow { inventory: shelves.state(&self.scope), matched, offset, rows }
    }
}

impl Shelves {
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
    pub async fn search_catalog(&self, request: SearchCatalog) -> Result<CatalogWindow, ApiError> {
        let SearchCatalog { scope, query, prefix, shelf, sort, offset, limit } = request;
        let ask = Ask { filters: query.filters(), prefix, shelf, sort };
        self.in_inventory(&scope, move |inventory| inventory.search(ask, offset, limit)).await
    }

    /// The next level of the path tree.
    pub async fn list_prefixes(&self, request: ListPrefixes) -> Result<Vec<Prefix>, ApiError> {
        let ListPrefixes { scope, parent, shelf } = request;
        let prefixes =
            move |inventory: &Inventory| tree::prefixes(inventory.shelves().index.rows(), &parent, shelf);
        self.in_inventory(&scope, prefixes).await
    }

    /// What the inventory holds for a filter key, most frequent first.
    pub async fn suggest_filters(&self, request: SuggestFilters) -> Result<Vec<Suggestion>, ApiError> {
        let SuggestFilters { scope, key, start, limit } = request;
        let suggest = move |inventory: &Inventory| {
            tree::suggestions(inventory.shelves().index.rows(), key, &start, limit.min(MAX_WINDOW))
        };
        self.in_inventory(&scope, suggest).await
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
    async fn in_inventory<T: Send + 'static>(
        &self,
        scope: &Scope,
        work: impl FnOnce(&Inventory) -> T + Send + 'static,
    ) -> Result<T, ApiError> {
        self.check_connection(&scope.connection)?;
        let inventory = self.inventories.of(scope);
        tokio::task::spawn_blocking(move || work(&inventory))
            .await
            .map_err(|_| ApiError::internal("The inventory was not searched: the program is ending."))
    }
}

#[cfg(test)]
mod tests;
