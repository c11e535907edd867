//! The shape of the sample secrets and the list of them all.

mod applications;
mod databases;
mod platform;

use latchkey_domain::secret::Tag;

pub const SAMPLES: [&[Sample]; 3] = [databases::SAMPLES, applications::SAMPLES, platform::SAMPLES];

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
    pub kms_key_id: Option<&'static str>,
    pub owning_service: Option<&'static str>,
    pub replica_regions: &'static [&'static str],
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
    kms_key_id: None,
    owning_service: None,
    replica_regions: &[],
    is_being_deleted: false,
};

const fn version(content: Content, stages: &'static [&'static str], age_days: i64) -> SampleVersion {
    SampleVersion { content, stages, age_days }
}
