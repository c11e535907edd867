//! About forty sample secrets to look around with. Every value says that it is fake.
//!
//! `catalog` holds what they are, this file how they become secrets. Dates are counted back from now.

mod catalog;

use chrono::{DateTime, TimeDelta, Utc};
use latchkey_domain::value::SecretValue;

use crate::protocol::fault::Fault;
use crate::seed::{Deletion, Replica, Seed, SeedVersion};
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
    let now = vault.now();
    let mut loaded = Loaded { created: 0, skipped: 0 };
    for sample in SAMPLES.into_iter().flatten() {
        match vault.seed(region, to_seed(sample, region, now))? {
            true => loaded.created += 1,
            false => loaded.skipped += 1,
        }
    }
    Ok(loaded)
}

fn to_seed(sample: &Sample, region: &str, now: DateTime<Utc>) -> Seed {
    let days_ago = |days: i64| now - TimeDelta::days(days);
    let versions = sample.versions.iter().map(|version| SeedVersion {
        value: to_value(&version.content),
        stages: version.stages.iter().map(|&stage| stage.to_owned()).collect(),
        created_at: days_ago(version.age_days),
    });
    let replicas = sample.replica_regions.iter().filter(|&&replica| replica != region);
    let replicas: Vec<Replica> = replicas.map(|&replica| in_sync(replica)).collect();
    Seed {
        name: sample.name.to_owned(),
        description: (!sample.description.is_empty()).then(|| sample.description.to_owned()),
        kms_key_id: sample.kms_key_id.map(str::to_owned),
        tags: sample.tags().collect(),
        created_at: Some(days_ago(sample.age_days)),
        accessed_at: sample.accessed_days_ago.map(days_ago),
        deletion: sample
            .is_being_deleted
            .then(|| Deletion { asked_at: days_ago(3), purge_at: now + TimeDelta::days(27) }),
        owning_service: sample.owning_service.map(str::to_owned),
        primary_region: (!replicas.is_empty()).then(|| region.to_owned()),
        replicas,
        versions: versions.collect(),
    }
}

fn in_sync(region: &str) -> Replica {
    Replica { region: region.to_owned(), kms_key_id: None, status: "InSync".to_owned(), status_message: None }
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
        let names: BTreeSet<&str> = SAMPLES.into_iter().flatten().map(|sample| sample.name).collect();
        assert_eq!(names.len(), SAMPLES.into_iter().flatten().count(), "no name stands twice");
        for sample in SAMPLES.into_iter().flatten() {
            assert_eq!(check_name(sample.name), Ok(()), "{}", sample.name);
            for version in sample.versions {
                let value = to_value(&version.content);
                let text = String::from_utf8_lossy(value.as_bytes()).to_lowercase();
                assert!(text.contains("fake"), "a value of {} does not say that it is fake", sample.name);
            }
        }
    }
}
