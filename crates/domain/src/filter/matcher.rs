//! Tells which secrets a set of filters lets through. The rules stand at the head of `filter`.

use super::words::{Needle, words};
use super::{Filter, FilterKey};
use crate::secret::{SecretSummary, Tag};

/// What filters look at.
pub trait Searchable {
    fn name(&self) -> &str;
    fn description(&self) -> Option<&str>;
    fn tags(&self) -> &[Tag];
    fn primary_region(&self) -> Option<&str>;
    fn owning_service(&self) -> Option<&str>;
}

impl Searchable for SecretSummary {
    fn name(&self) -> &str {
        &self.name
    }

    fn description(&self) -> Option<&str> {
        self.description.as_deref()
    }

    fn tags(&self) -> &[Tag] {
        &self.tags
    }

    fn primary_region(&self) -> Option<&str> {
        self.primary_region.as_deref()
    }

    fn owning_service(&self) -> Option<&str> {
        self.owning_service.as_deref()
    }
}

/// Filters prepared once to be asked of many secrets; asking allocates nothing.
#[derive(Debug, Clone)]
pub struct Matcher {
    filters: Vec<Prepared>,
}

impl Matcher {
    pub fn new(filters: &[Filter]) -> Self {
        Self { filters: filters.iter().map(Prepared::new).collect() }
    }

    /// Whether every filter lets the secret through.
    pub fn matches(&self, secret: &impl Searchable) -> bool {
        self.filters.iter().all(|filter| filter.matches(secret))
    }
}

#[derive(Debug, Clone)]
struct Prepared {
    wanted: Vec<Test>,
    unwanted: Vec<Test>,
}

impl Prepared {
    fn new(filter: &Filter) -> Self {
        let mut prepared = Self { wanted: Vec::new(), unwanted: Vec::new() };
        for value in &filter.values {
            match value.strip_prefix('!') {
                Some(rest) => prepared.unwanted.push(Test::new(filter.key, rest)),
                None => prepared.wanted.push(Test::new(filter.key, value)),
            }
        }
        prepared
    }

    fn matches(&self, secret: &impl Searchable) -> bool {
        let any = |tests: &[Test]| tests.iter().any(|test| test.matches(secret));
        !any(&self.unwanted) && (self.wanted.is_empty() || any(&self.wanted))
    }
}

/// One value without its `!`.
#[derive(Debug, Clone)]
enum Test {
    Name(String),
    Description(Vec<Needle>),
    TagKey(String),
    TagValue(String),
    PrimaryRegion(String),
    OwningService(Needle),
    All(Vec<Needle>),
}

impl Test {
    fn new(key: FilterKey, value: &str) -> Self {
        match key {
            FilterKey::Name => Self::Name(value.to_owned()),
            FilterKey::Description => Self::Description(value.split_whitespace().map(Needle::new).collect()),
            FilterKey::TagKey => Self::TagKey(value.to_owned()),
            FilterKey::TagValue => Self::TagValue(value.to_owned()),
            FilterKey::PrimaryRegion => Self::PrimaryRegion(value.to_owned()),
            FilterKey::OwningService => Self::OwningService(Needle::new(value)),
            FilterKey::All => Self::All(words(value).map(Needle::new).collect()),
        }
    }

    fn matches(&self, secret: &impl Searchable) -> bool {
        match self {
            Self::Name(start) => secret.name().starts_with(start),
            Self::Description(needles) => secret
                .description()
                .is_some_and(|text| needles.iter().all(|needle| needle.begins_a_plain_word(text))),
            Self::TagKey(start) => secret.tags().iter().any(|tag| tag.key.starts_with(start)),
            Self::TagValue(start) => secret.tags().iter().any(|tag| tag.value.starts_with(start)),
            Self::PrimaryRegion(start) => secret.primary_region().is_some_and(|code| code.starts_with(start)),
            Self::OwningService(start) => secret.owning_service().is_some_and(|id| start.begins(id)),
            Self::All(needles) => {
                !needles.is_empty() && needles.iter().all(|needle| begins_a_word_of(secret, needle))
            }
        }
    }
}

fn begins_a_word_of(secret: &impl Searchable, needle: &Needle) -> bool {
    needle.begins_a_word(secret.name())
        || secret.description().is_some_and(|text| needle.begins_a_word(text))
        || secret.tags().iter().any(|tag| needle.begins_a_word(&tag.key) || needle.begins_a_word(&tag.value))
}
