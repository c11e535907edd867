//! About forty sample secrets to look around with. Every value says that it is fake.
//!
//! `catalog` and `databases` hold what they are, this file how they become secrets. Dates are counted back from now.

mod catalog;
mod databases;

use chrono::{DateTime, TimeDelta, Utc};
use latchkey_domain::secret_text::SecretValue;

use crate::fault::Fault;
use crate::seed::{Deletion, Seed, SeedVersion};
use crate::vault::Vault;
use catalog::{Content, SAMPLES, Sample};

/// What a load did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Loaded {
    pub created: usize,
    /// Their names were taken already.
    pub skipped: usize,
}

/// Writes the samples into a Region. What has the name of one is left as it is. Waits for the disk.
pub fn load(vault: &Vault, region: &str) -> Result<Loaded, Fault> {
    let mut loaded = Loaded { created: 0, skipped: 0 };
    for seed in seeds(region, vault.now()) {
        match vault.seed(region, seed)? {
            true => loaded.created += 1,
            false => loaded.skipped += 1,
        }
    }
    Ok(loaded)
}

fn seeds(region: &str, now: DateTime<Utc>) -> impl Iterator<Item = Seed> {
    let catalog = SAMPLES.into_iter().flatten().map(move |sample| to_seed(sample, now));
    databases::seeds(region, now).chain(catalog)
}

fn to_seed(sample: &Sample, now: DateTime<Utc>) -> Seed {
    let days_ago = |days: i64| now - TimeDelta::days(days);
    let versions = sample.versions.iter().map(|version| SeedVersion {
        value: to_value(&version.content),
        stages: version.stages.iter().map(|&stage| stage.to_owned()).collect(),
        created_at: days_ago(version.age_days),
    });
    Seed {
        name: sample.name.to_owned(),
        description: (!sample.description.is_empty()).then(|| sample.description.to_owned()),
        tags: sample.tags().collect(),
        created_at: Some(days_ago(sample.age_days)),
        accessed_at: sample.accessed_days_ago.map(days_ago),
        deletion: sample
            .is_being_deleted
            .then(|| Deletion { asked_at: days_ago(3), purge_at: now + TimeDelta::days(27) }),
        owning_service: sample.owning_service.map(str::to_owned),
        versions: versions.collect(),
        ..Seed::default()
    }
}

fn to_value(content: &Content) -> SecretValue {
    match content {
        Content::Text(text) => SecretValue::text(*text),
        Content::Binary(bytes) => SecretValue::binary(*bytes),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::collections::BTreeSet;

    use latchkey_domain::name::check_name;

    use super::*;

    #[test]
    fn every_sample_says_that_it_is_fake_and_has_a_name_of_its_own() {
        let samples: Vec<Seed> = seeds("us-east-1", DateTime::UNIX_EPOCH).collect();
        let names: BTreeSet<&str> = samples.iter().map(|sample| sample.name.as_str()).collect();
        assert_eq!(names.len(), samples.len(), "no name stands twice");
        assert_eq!(
            samples.iter().filter(|sample| sample.rotation.is_some()).count(),
            8,
            "production and staging rotate: their schedules are read"
        );
        for sample in &samples {
            assert_eq!(check_name(&sample.name), Ok(()), "{}", sample.name);
            for version in &sample.versions {
                let text = String::from_utf8_lossy(version.value.as_bytes()).to_lowercase();
                assert!(text.contains("fake"), "a value of {} does not say that it is fake", sample.name);
            }
        }
    }
}
