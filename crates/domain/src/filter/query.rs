//! The text of the search box as filters.

use serde::{Deserialize, Serialize};

use super::Filter;

/// What stands in the search box: chips, all of which must match, and the words still being typed.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Query {
    pub chips: Vec<Filter>,
    pub text: String,
}
