//! AWS's filter semantics: one implementation for the search box, the vault's ListSecrets and the query to AWS.

mod query;

use serde::{Deserialize, Serialize};

pub use query::Query;

/// What a filter looks at (API model, FilterNameStringType).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FilterKey {
    Name,
    Description,
    TagKey,
    TagValue,
    PrimaryRegion,
    OwningService,
    All,
}

/// One filter as the API takes it: a value matches if any of `values` does; `!` in front negates.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Filter {
    pub key: FilterKey,
    pub values: Vec<String>,
}
