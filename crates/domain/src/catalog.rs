//! The catalog: the inventory of one scope, or of several together, searched and sorted in the engine, shown window by
//! window.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::error::ApiError;
use crate::filter::{FilterKey, Query};
use crate::scope::Scope;
use crate::secret::SecretSummary;

/// How much of a scope's inventory the engine holds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct InventoryState {
    pub scope: Scope,
    /// Live secrets.
    pub count: usize,
    /// Secrets scheduled for deletion, counted apart.
    pub pending_deletion: usize,
    pub loading: bool,
    /// When the last complete load ended.
    pub loaded_at: Option<DateTime<Utc>>,
    /// Why the last load stopped; what was loaded before stays usable.
    pub failure: Option<ApiError>,
}

/// Loads the inventory anew from ListSecrets. Progress comes as events; answers when it is done or cancelled.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct LoadInventory {
    pub scope: Scope,
}

/// Stops a load; rows already loaded stay.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct CancelInventory {
    pub scope: Scope,
}

/// Creates the sample secrets in the local vault. Refused for any other connection.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct LoadSamples {
    pub scope: Scope,
}

/// Asks for the rows in view.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SearchCatalog {
    /// The scopes shown as one list. A slow or failing scope does not affect the others.
    pub scopes: Vec<Scope>,
    pub query: Query,
    /// Only names that start with this path, `prod/payments/` for example; empty for all.
    pub prefix: String,
    pub shelf: Shelf,
    pub sort: Sort,
    pub offset: usize,
    pub limit: usize,
}

/// Which secrets are looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Shelf {
    #[default]
    Live,
    /// Live ones and those scheduled for deletion.
    All,
    PendingDeletion,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sort {
    pub column: Column,
    pub descending: bool,
}

impl Default for Sort {
    fn default() -> Self {
        Self { column: Column::Name, descending: false }
    }
}

/// The columns of the catalog; every one can be sorted by. All but `Connection` can be chosen: that one is there while
/// several scopes are shown together, and sorts in their order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Column {
    Name,
    Connection,
    Description,
    Tags,
    LastChanged,
    LastAccessed,
    Rotation,
    EncryptionKey,
    OwningService,
    Replication,
}

impl Column {
    /// The columns that can be chosen.
    pub const ALL: [Self; 9] = [
        Self::Name,
        Self::Description,
        Self::Tags,
        Self::LastChanged,
        Self::LastAccessed,
        Self::Rotation,
        Self::EncryptionKey,
        Self::OwningService,
        Self::Replication,
    ];

    /// The heading of the column.
    pub fn title(self) -> &'static str {
        match self {
            Self::Name => "Name",
            Self::Connection => "Connection",
            Self::Description => "Description",
            Self::Tags => "Tags",
            Self::LastChanged => "Last changed",
            Self::LastAccessed => "Last accessed",
            Self::Rotation => "Rotation",
            Self::EncryptionKey => "Encryption key",
            Self::OwningService => "Owning service",
            Self::Replication => "Replication",
        }
    }
}

/// The rows in view and how many there are in all.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CatalogWindow {
    /// One for each scope that was asked for, in the same order.
    pub inventories: Vec<InventoryState>,
    /// How many match the query, the prefix and the shelf.
    pub matched: usize,
    pub offset: usize,
    pub rows: Vec<CatalogRow>,
}

/// A secret and its scope: two connections may show the same secret.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CatalogRow {
    /// The place of its scope in what was asked for.
    pub scope_at: usize,
    pub secret: SecretSummary,
}

/// The next level of the `/` path tree below `parent` (empty, or ending in `/`).
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ListPrefixes {
    pub scopes: Vec<Scope>,
    pub parent: String,
    pub shelf: Shelf,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Prefix {
    /// The whole path, ending in `/`.
    pub path: String,
    /// Secrets below it, at any depth.
    pub count: usize,
    pub has_children: bool,
}

/// Asks for completions of what is being typed in the search box.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct SuggestFilters {
    pub scopes: Vec<Scope>,
    pub key: FilterKey,
    /// The beginning of the value, without `!`.
    pub start: String,
    pub limit: usize,
}

/// A value that the inventory holds for a filter key, most frequent first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Suggestion {
    pub value: String,
    pub count: usize,
}
