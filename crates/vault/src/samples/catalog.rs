//! The shape of the sample secrets and the list of those that have nothing in common.

mod applications;
mod platform;

use latchkey_domain::secret::Tag;

pub const SAMPLES: [&[Sample]; 2] = [applications::SAMPLES, platform::SAMPLES];

/// One sample. Ages are in days.
pub struct Sample {
    pub name: &'static str,
    /// Empty for none.
    pub description: &'static str,
    tags: &'static [(&'static str, &'static str)],
    /// Oldest first.
    pub versions: &'static [SampleVersion],
    pub age_days: i64,
    pub accessed_days_ago: Option<i64>,
    pub owning_service: Option<&'static str>,
    pub is_being_deleted: bool,
}

pub struct SampleVersion {
    pub content: Content,
    pub stages: &'static [&'static str],
    pub age_days: i64,
}

pub enum Content {
    Text(&'static str),
    Binary(&'static [u8]),
}

impl Sample {
    pub fn tags(&self) -> impl Iterator<Item = Tag> {
        self.tags.iter().map(|&(key, value)| Tag { key: key.to_owned(), value: value.to_owned() })
    }
}

/// A secret that nothing distinguishes.
const PLAIN: Sample = Sample {
    name: "",
    description: "",
    tags: &[],
    versions: &[],
    age_days: 0,
    accessed_days_ago: None,
    owning_service: None,
    is_being_deleted: false,
};

const fn version(content: Content, stages: &'static [&'static str], age_days: i64) -> SampleVersion {
    SampleVersion { content, stages, age_days }
}
