//! Puts secrets into a vault with what no call of the API can set: an owner, replicas, a past. For tests and samples.

use chrono::{DateTime, Utc};
use latchkey_domain::partition::Partition;
use latchkey_domain::schedule::{ScheduleExpression, WindowDuration};
use latchkey_domain::secret::Tag;
use latchkey_domain::secret_text::SecretValue;
use uuid::Uuid;

use crate::call::Call;
use crate::fault::Fault;
use crate::operations::new_arn;
use crate::operations::stages::check_label_count;
use crate::rotation::GENERIC_PASSWORD_ROTATION;
use crate::rotation::schedule::window_after;
use crate::store::rotations::Rotation;
use crate::store::secrets::Secret;
use crate::vault::Vault;

pub use crate::store::secrets::Replica;

/// A secret as it shall be. What is not given is as after CreateSecret.
#[derive(Debug, Clone, Default)]
pub struct Seed {
    pub name: String,
    pub description: Option<String>,
    pub kms_key_id: Option<String>,
    pub tags: Vec<Tag>,
    pub created_at: Option<DateTime<Utc>>,
    /// Any moment of the day.
    pub accessed_at: Option<DateTime<Utc>>,
    pub deletion: Option<Deletion>,
    /// Such as `rds`.
    pub owning_service: Option<String>,
    pub primary_region: Option<String>,
    pub replicas: Vec<Replica>,
    pub rotation: Option<SeedRotation>,
    /// Oldest first.
    pub versions: Vec<SeedVersion>,
}

/// A rotation that is on, by the function that is built in.
#[derive(Debug, Clone)]
pub struct SeedRotation {
    pub schedule_expression: ScheduleExpression,
    pub duration: Option<WindowDuration>,
    pub last_rotated_at: DateTime<Utc>,
}

/// A recovery window under way.
#[derive(Debug, Clone, Copy)]
pub struct Deletion {
    pub asked_at: DateTime<Utc>,
    pub purge_at: DateTime<Utc>,
}

/// One version. It is deprecated if it has no stages.
#[derive(Debug, Clone)]
pub struct SeedVersion {
    pub value: SecretValue,
    pub stages: Vec<String>,
    pub created_at: DateTime<Utc>,
}

impl Vault {
    /// Writes the secret; `false` if one with its name exists, which is left as it is.
    pub fn seed(&self, region: &str, seed: Seed) -> Result<bool, Fault> {
        self.call(region, |call| {
            if call.rows.named(&seed.name)?.is_some() {
                return Ok(false);
            }
            let created_at = seed.created_at.unwrap_or(call.now).timestamp_millis();
            let versions = seed.versions;
            let changed_at = versions.iter().map(|version| version.created_at.timestamp_millis()).max();
            let mut secret = Secret {
                id: 0,
                arn: new_arn(call, &seed.name)?,
                name: seed.name,
                description: seed.description,
                kms_key_id: seed.kms_key_id,
                partner_type: None,
                tags: (!seed.tags.is_empty()).then_some(seed.tags),
                created_at,
                changed_at: changed_at.unwrap_or(created_at),
                accessed_on: seed.accessed_at.map_or(0, midnight_before),
                deleted_at: seed.deletion.map(|deletion| deletion.asked_at.timestamp_millis()),
                purge_at: seed.deletion.map(|deletion| deletion.purge_at.timestamp_millis()),
                owning_service: seed.owning_service,
                primary_region: seed.primary_region,
                replicas: (!seed.replicas.is_empty()).then_some(seed.replicas),
            };
            secret.id = call.rows.insert(&secret)?;
            for version in versions {
                let id = Uuid::new_v4().to_string();
                let created_at = version.created_at.timestamp_millis();
                call.rows.insert_version(call.sealer, &secret, &id, &version.value, created_at)?;
                for stage in &version.stages {
                    call.rows.attach(&secret, stage, &id)?;
                }
            }
            if let Some(rotation) = seed.rotation {
                call.rows.save_rotation(&secret, &enabled(call, rotation)?)?;
            }
            check_label_count(call, &secret)?;
            Ok(true)
        })
    }
}

/// The next window is one that opens from now on: what a seed has missed is no matter.
fn enabled(call: &Call<'_>, seed: SeedRotation) -> Result<Rotation, Fault> {
    let SeedRotation { schedule_expression, duration, last_rotated_at } = seed;
    let (region, account) = (call.rows.region, call.rows.account);
    let partition = Partition::id_of(region);
    let arn = format!("arn:{partition}:lambda:{region}:{account}:function:{GENERIC_PASSWORD_ROTATION}");
    let mut rotation = Rotation::new(arn, last_rotated_at.timestamp_millis());
    let hours = schedule_expression.longest_gap().num_hours();
    rotation.after_days = Some((hours + 23) / 24);
    rotation.expression = Some(schedule_expression.to_string());
    rotation.duration = duration.map(|duration| duration.to_string());
    rotation.last_rotated_at = Some(last_rotated_at.timestamp_millis());
    rotation.next = window_after(&rotation, call.now_millis())?;
    Ok(rotation)
}

fn midnight_before(time: DateTime<Utc>) -> i64 {
    time.date_naive().and_hms_opt(0, 0, 0).map_or(0, |midnight| midnight.and_utc().timestamp_millis())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::{Seed, SeedRotation};
    use crate::vault::{Options, Vault};

    #[test]
    fn the_arns_of_a_secret_and_of_its_function_are_those_of_the_partition() {
        for (region, partition) in [
            ("eu-west-1", "aws"),
            ("eusc-de-east-1", "aws-eusc"),
            ("cn-north-1", "aws-cn"),
            ("us-gov-west-1", "aws-us-gov"),
            ("us-isob-east-1", "aws-iso-b"),
        ] {
            let vault = Vault::open_blocking(Options::memory()).unwrap();
            let rotation = SeedRotation {
                schedule_expression: "rate(10 days)".parse().unwrap(),
                duration: None,
                last_rotated_at: vault.now(),
            };
            let seed = Seed { name: "a".into(), rotation: Some(rotation), ..Seed::default() };
            assert!(vault.seed(region, seed).unwrap());
            let (arn, function) = vault
                .call(region, |call| {
                    let secret = call.rows.named("a")?.unwrap();
                    let function = call.rows.rotation(&secret)?.unwrap().lambda_arn;
                    Ok((secret.arn, function))
                })
                .unwrap();
            for (arn, service) in [(&arn, "secretsmanager"), (&function, "lambda")] {
                assert!(arn.starts_with(&format!("arn:{partition}:{service}:{region}:")), "{arn}");
            }
        }
    }
}
