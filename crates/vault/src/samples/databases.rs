//! Database credentials of every service in every environment.

use chrono::{DateTime, TimeDelta, Utc};
use latchkey_domain::secret::Tag;
use latchkey_domain::secret_text::SecretValue;

use crate::seed::{Replica, Seed, SeedRotation, SeedVersion};

/// A service, and the host of its database.
const SERVICES: [(&str, &str); 4] =
    [("payments", "pay-db"), ("web", "web-db"), ("search", "search-db"), ("data", "warehouse")];

/// An environment, how many days old its secrets are, and how many days ago they were read.
const ENVIRONMENTS: [(&str, i64, Option<i64>); 3] =
    [("prod", 420, Some(1)), ("staging", 300, Some(4)), ("dev", 200, None)];

/// Number, label and age in days, oldest first. The number is the last letter of the password.
type Version = (u8, &'static str, i64);

const NEW: &[Version] = &[(2, "AWSCURRENT", 12)];
const REPLACED: &[Version] = &[(1, "AWSPREVIOUS", 60), (2, "AWSCURRENT", 12)];
/// In the middle of a rotation, with an older version that somebody keeps.
const IN_ROTATION: &[Version] =
    &[(0, "before-migration", 120), (1, "AWSPREVIOUS", 60), (2, "AWSCURRENT", 12), (3, "AWSPENDING", 0)];

/// All of them, as they are in a Region.
pub fn seeds(region: &str, now: DateTime<Utc>) -> impl Iterator<Item = Seed> {
    ENVIRONMENTS.into_iter().flat_map(move |(environment, age_days, accessed_days_ago)| {
        let days_ago = move |days| now - TimeDelta::days(days);
        SERVICES.into_iter().map(move |(service, host)| {
            let is = |name: &str| format!("{environment}/{service}") == name;
            let versions = match environment {
                _ if is("prod/payments") => IN_ROTATION,
                "dev" => NEW,
                _ => REPLACED,
            };
            let replicas = if is("prod/web") { replicas_outside(region) } else { Vec::new() };
            Seed {
                name: format!("{environment}/{service}/database"),
                description: Some(format!("Credentials of the {service} database in {environment}")),
                kms_key_id: is("prod/payments").then(|| KMS_KEY.to_owned()),
                tags: tags(environment, service),
                created_at: Some(days_ago(age_days)),
                accessed_at: accessed_days_ago.map(days_ago),
                primary_region: (!replicas.is_empty()).then(|| region.to_owned()),
                replicas,
                rotation: rotation(environment, days_ago(12)),
                versions: versions
                    .iter()
                    .map(|&(number, stage, age_days)| SeedVersion {
                        value: value(environment, service, host, number),
                        stages: vec![stage.to_owned()],
                        created_at: days_ago(age_days),
                    })
                    .collect(),
                ..Seed::default()
            }
        })
    })
}

/// Production rotates once a month in the night of a Sunday, staging a month after its last rotation, dev by hand.
fn rotation(environment: &str, last_rotated_at: DateTime<Utc>) -> Option<SeedRotation> {
    let (schedule, duration) = match environment {
        "prod" => ("cron(0 2 ? * SUN#1 *)", Some("3h")),
        "staging" => ("rate(30 days)", None),
        _ => return None,
    };
    Some(SeedRotation {
        schedule_expression: schedule.parse().ok()?,
        duration: duration.and_then(|duration| duration.parse().ok()),
        last_rotated_at,
    })
}

const KMS_KEY: &str = "arn:aws:kms:us-east-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab";

fn replicas_outside(region: &str) -> Vec<Replica> {
    ["eu-central-1", "us-west-2"]
        .into_iter()
        .filter(|&replica| replica != region)
        .map(|replica| Replica {
            region: replica.to_owned(),
            kms_key_id: None,
            status: "InSync".to_owned(),
            status_message: None,
        })
        .collect()
}

fn tags(environment: &str, service: &str) -> Vec<Tag> {
    let team = format!("team-{service}");
    [("environment", environment), ("team", &team), ("kind", "database")]
        .map(|(key, value)| Tag { key: key.to_owned(), value: value.to_owned() })
        .to_vec()
}

fn value(environment: &str, service: &str, host: &str, number: u8) -> SecretValue {
    SecretValue::text(format!(
        r#"{{"engine": "postgres", "host": "{host}.{environment}.example.internal", "port": 5432, "dbname": "{service}", "username": "{service}_app", "password": "fake-{environment}-{service}-password-{number}"}}"#
    ))
}
