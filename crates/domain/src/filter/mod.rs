//! AWS's filter semantics: one implementation for the search box, the vault's ListSecrets and the query to AWS.
//!
//! | key | compared with | case | how |
//! |---|---|---|---|
//! | `name`, `tag-key`, `tag-value`, `primary-region` | the whole text; any tag | sensitive | literal prefix |
//! | `owning-service` | the whole text | insensitive | literal prefix |
//! | `description` | words | insensitive | every word of the value begins some word, in any order |
//! | `all` | words of name, description, tag keys and tag values | insensitive | the same |
//!
//! Several filters are ANDed, also with the same key; the values of one filter are ORed; `!` in front of a value
//! negates it. What counts as a word of `all` stands in `words`.
//!
//! # Where AWS is silent
//! Neither the documentation nor any recording settles these; each is decided here and tested below:
//! - A filter passes if none of its negated values matches and, where it has others, one of those does. So
//!   `prod,!prod/test` is "prod but not prod/test", and `!a,!b` is neither.
//! - A negated value is the complement: it matches secrets that lack the attribute, and of several tags none may match.
//! - Only the first `!` negates: `!!x` is "does not begin with `!x`".
//! - An empty value matches whatever has the attribute, so `tag-key:!` finds untagged secrets. In `all`, a value
//!   without a letter or digit matches nothing, as AWS does for one of special characters; negated, everything.
//! - A filter without values restricts nothing.
//! - The words of one `all` value may be found in different attributes.
//! - A word of a description begins after a blank, and at a letter or digit after punctuation: `eu` finds `(EU)`.
//!   The value is split at blanks only and compared as it is; capitals inside a word begin nothing.
//! - A letter after a digit begins no word (`7c1e` is `7c` and `1e`), unless it is a capital before a small letter.
//! - `owning-service` ignores case, as the user guide says and the API model does not.

mod check;
mod completion;
mod matcher;
mod query;
mod syntax;
mod words;

use std::fmt;

use serde::{Deserialize, Serialize};

pub use check::{FilterProblem, check, problems};
pub use completion::{Completion, CompletionTarget, completion};
pub use matcher::{Matcher, Searchable};
pub use query::Query;
pub use syntax::{chip_text, value_text};

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

impl FilterKey {
    pub const ALL: [Self; 7] = [
        Self::Name,
        Self::Description,
        Self::TagKey,
        Self::TagValue,
        Self::PrimaryRegion,
        Self::OwningService,
        Self::All,
    ];

    /// The key as the API spells it, `tag-key` for example.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Description => "description",
            Self::TagKey => "tag-key",
            Self::TagValue => "tag-value",
            Self::PrimaryRegion => "primary-region",
            Self::OwningService => "owning-service",
            Self::All => "all",
        }
    }

    /// The key with exactly this name.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|key| key.as_str() == text)
    }
}

impl fmt::Display for FilterKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// One filter as the API takes it: a value matches if any of `values` does; `!` in front negates.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Filter {
    pub key: FilterKey,
    pub values: Vec<String>,
}

impl Filter {
    pub fn new(key: FilterKey, values: impl IntoIterator<Item = impl Into<String>>) -> Self {
        Self { key, values: values.into_iter().map(Into::into).collect() }
    }
}

#[cfg(test)]
mod tests {
    use super::FilterKey;

    #[test]
    fn every_key_is_read_back_from_its_name_on_the_wire() {
        for key in FilterKey::ALL {
            assert_eq!(FilterKey::parse(&key.to_string()), Some(key));
            let wire = serde_json::to_string(&key).expect("a unit variant is a JSON string");
            assert_eq!(wire, format!("\"{key}\""), "serde and Display must spell the key alike");
        }
        for unknown in ["", "Name", "tag", "tag_key", "type"] {
            assert_eq!(FilterKey::parse(unknown), None, "the API knows no key {unknown:?}");
        }
    }
}
