//! Why a rotation does not finish, based on symptoms, and how to fix it.

use std::fmt;

use chrono::{DateTime, TimeDelta, Utc};

use super::{PendingVersion, RotationFailure, RotationTrouble};
use crate::schedule::{ScheduleExpression, WindowDuration};
use crate::secret::{Rotation, SecretDetail};
use crate::template;
use crate::text::{exact_text, instant_text, short_id};

/// Four calls of a Lambda function take an hour at most: each may run for 15 minutes.
const LONGEST_ROTATION: TimeDelta = TimeDelta::hours(1);

/// What can be seen of a rotation that did not end, or not when it should have. `Display` is one plain sentence or two.
#[derive(Debug, Clone, PartialEq)]
pub enum Symptom {
    /// AWSPENDING is on a version without a value.
    NoValue { version_id: String },
    /// AWSPENDING is on a version with a value (or one that may have one), and it is not AWSCURRENT.
    NotFinished { version_id: String, has_value: Option<bool> },
    /// A function of the local vault failed.
    StepFailed(RotationFailure),
    /// Rotation was turned off while AWSPENDING was on another version than AWSCURRENT.
    OffHalfWay,
    /// The date by which AWS wanted to rotate is over.
    Overdue { due_at: DateTime<Utc> },
    /// The last rotation was in none of the windows of the schedule.
    OutsideItsWindow { rotated_at: DateTime<Utc> },
    /// A window passed while the local vault was closed.
    Missed { opened_at: DateTime<Utc> },
    /// The value lacks keys that the rotation template needs.
    KeysMissing(template::Finding),
}

impl fmt::Display for Symptom {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoValue { version_id } => write!(
                f,
                "AWSPENDING is on version {}, which has no value: createSecret did not finish, and the service still \
                 has \
                 the old value.",
                short_id(version_id)
            ),
            Self::NotFinished { version_id, has_value: Some(_) } => write!(
                f,
                "AWSPENDING is on version {} and AWSCURRENT on another one: setSecret, testSecret or finishSecret did \
                 not finish. The service may already have the new value.",
                short_id(version_id)
            ),
            Self::NotFinished { version_id, has_value: None } => write!(
                f,
                "AWSPENDING is on version {} and AWSCURRENT on another one. Whether it has a value is not known, \
                 because you have no permission to list versions.",
                short_id(version_id)
            ),
            Self::StepFailed(failure) => {
                write!(
                    f,
                    "{} failed on {}: {}",
                    failure.step,
                    instant_text(failure.failed_at),
                    failure.reason
                )?;
                match &failure.next_try_at {
                    Some(next) => write!(f, " The next try is on {}.", exact_text(*next)),
                    None => f.write_str(" It is not retried before the next window."),
                }
            }
            Self::OffHalfWay => f.write_str(
                "Rotation was turned off before this one finished. It does not continue by itself.",
            ),
            Self::Overdue { due_at } => {
                write!(f, "The value was due to rotate by {}, but did not.", instant_text(*due_at))
            }
            Self::OutsideItsWindow { rotated_at } => write!(
                f,
                "The last rotation, on {}, was outside the windows of this schedule: it was started by hand, or the \
                 schedule has changed since.",
                instant_text(*rotated_at)
            ),
            Self::Missed { opened_at } => write!(
                f,
                "The window of {} passed while the local vault was closed. The missed rotation does not run by itself.",
                instant_text(*opened_at)
            ),
            Self::KeysMissing(finding) => finding.fmt(f),
        }
    }
}

/// What may be behind a rotation that does not end in AWS: the user guide, "Troubleshoot rotation".
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Cause {
    SecretsManagerUnreachable,
    Kms,
    Keys,
    TimeLimit,
    ServiceUnreachable,
    Login,
    Module,
}

impl Cause {
    /// Where createSecret did not end.
    const BEFORE_A_VALUE: &[Self] =
        &[Self::SecretsManagerUnreachable, Self::Kms, Self::Keys, Self::TimeLimit, Self::Module];
    /// Where a later step did not end.
    const AFTER_A_VALUE: &[Self] = &[Self::ServiceUnreachable, Self::Login, Self::TimeLimit, Self::Keys];

    /// What it is called, and how it is found and fixed.
    pub fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::SecretsManagerUnreachable => (
                "The function cannot reach Secrets Manager",
                "Its log stops after \u{201c}Found credentials in environment variables\u{201d}. In a VPC it needs an \
                 endpoint for Secrets Manager or a NAT gateway, and network ACLs, security groups and an endpoint \
                 policy that let HTTPS through.",
            ),
            Self::Kms => (
                "The function may not use the KMS key",
                "Its log says \u{201c}Access to KMS is not allowed\u{201d}. Give its role kms:Decrypt and \
                 kms:GenerateDataKey on the key of this secret; look for a condition on the encryption context.",
            ),
            Self::Keys => (
                "A key is missing from the JSON",
                "Its log says \u{201c}Key is missing from secret JSON\u{201d}. Compare the keys with those that the \
                 template needs.",
            ),
            Self::TimeLimit => (
                "The time limit of the function is too short",
                "Its log ends with \u{201c}Task timed out\u{201d}. The default of Lambda is 3 seconds; 30 are usual here.",
            ),
            Self::ServiceUnreachable => (
                "The function cannot reach the service",
                "setSecret takes more than 5 seconds. Run it in the VPC of the database, with security groups that let \
                 it out there and in here; with alternating users of RDS it also needs the API of RDS.",
            ),
            Self::Login => (
                "The service rejects the password",
                "setSecret ends quickly with \u{201c}Unable to log into database\u{201d}. Log in by hand with the values of \
                 AWSCURRENT and AWSPREVIOUS; with scram-sha-256 the function needs libpq 10 or newer.",
            ),
            Self::Module => (
                "The function does not start",
                "Its log says \u{201c}Unable to import module\u{201d}. Build it for the Python and the processor that \
                 Lambda runs it with.",
            ),
        }
    }
}

/// A fix for a rotation that does not finish. Only removing AWSPENDING is not one: the version may hold the live
/// password.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Remedy {
    /// Makes the version with AWSPENDING current.
    Finish,
    /// Puts a label on that version, then takes AWSPENDING away.
    SetAside,
    /// Calls the function again for the same version.
    TryAgain,
    /// Turns rotation off.
    Cancel,
    /// Starts a rotation.
    RotateNow,
}

/// Everything that can be said of a rotation that is in trouble.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Diagnosis {
    pub symptoms: Vec<Symptom>,
    /// Where to look in AWS; empty where the reason is known.
    pub causes: Vec<Cause>,
    pub remedies: Vec<Remedy>,
    /// Whether it will not end by itself, as far as can be seen. A rotation that is under way has symptoms too.
    pub is_stuck: bool,
}

impl Diagnosis {
    /// Judges what DescribeSecret shows. `vault` is what the local vault knows, none for a secret in AWS; `keys` is what a
    /// look at the keys of the value found, if the person took it.
    pub fn of(
        detail: &SecretDetail,
        vault: Option<&RotationTrouble>,
        keys: Option<&template::Finding>,
        now: DateTime<Utc>,
    ) -> Self {
        let mut found = Self::default();
        let rotation = detail.summary.rotation.as_ref();
        let is_on = rotation.is_some_and(|rotation| rotation.enabled);
        let failure = vault.and_then(|vault| vault.failure.clone());
        let pending = PendingVersion::of(detail);
        if let Some(pending) = &pending {
            let is_old = pending.created_at.is_some_and(|created_at| now - created_at > LONGEST_ROTATION);
            found.is_stuck = !is_on || is_old || failure.is_some();
            found.symptoms.push(of_pending(pending));
            if rotation.is_some_and(|rotation| !rotation.enabled) {
                found.symptoms.push(Symptom::OffHalfWay);
            }
            if vault.is_none() {
                let has_no_value = pending.has_value == Some(false);
                let causes = if has_no_value { Cause::BEFORE_A_VALUE } else { Cause::AFTER_A_VALUE };
                found.causes = causes.to_vec();
            }
        }
        found.symptoms.extend(failure.map(Symptom::StepFailed));
        found
            .symptoms
            .extend(vault.and_then(|vault| vault.missed_at).map(|opened_at| Symptom::Missed { opened_at }));
        if let Some(rotation) = rotation.filter(|rotation| rotation.enabled) {
            found.symptoms.extend(of_dates(rotation, detail.summary.created_at, now));
        }
        let lacking = keys.filter(|finding| !finding.missing.is_empty());
        found.symptoms.extend(lacking.cloned().map(Symptom::KeysMissing));
        found.remedies = remedies(pending.as_ref(), is_on, &found.symptoms);
        found
    }
}

fn of_pending(pending: &PendingVersion) -> Symptom {
    let version_id = pending.version_id.clone();
    match pending.has_value {
        Some(false) => Symptom::NoValue { version_id },
        has_value => Symptom::NotFinished { version_id, has_value },
    }
}

fn of_dates(rotation: &Rotation, created_at: Option<DateTime<Utc>>, now: DateTime<Utc>) -> Vec<Symptom> {
    let due_at = rotation.next_rotation_at.filter(|due_at| *due_at < now);
    let outside = || {
        let rotated_at = rotation.last_rotated_at?;
        let expression: ScheduleExpression = rotation.schedule_expression.as_deref()?.parse().ok()?;
        // The windows of a rate count from the last rotation itself.
        let ScheduleExpression::Cron(_) = expression else { return None };
        let duration: Option<WindowDuration> =
            rotation.duration.as_deref().map(str::parse).transpose().ok()?;
        let counted_from = created_at.unwrap_or(rotated_at);
        let window = expression.windows(duration, counted_from).open_at(rotated_at);
        window.is_none().then_some(Symptom::OutsideItsWindow { rotated_at })
    };
    due_at.map(|due_at| Symptom::Overdue { due_at }).into_iter().chain(outside()).collect()
}

fn remedies(pending: Option<&PendingVersion>, is_on: bool, symptoms: &[Symptom]) -> Vec<Remedy> {
    let Some(pending) = pending else {
        let is_late = symptoms
            .iter()
            .any(|symptom| matches!(symptom, Symptom::Overdue { .. } | Symptom::Missed { .. }));
        return if is_on && is_late { vec![Remedy::RotateNow] } else { Vec::new() };
    };
    let with_value: &[Remedy] =
        if pending.has_value == Some(false) { &[] } else { &[Remedy::Finish, Remedy::SetAside] };
    let cancel = is_on.then_some(Remedy::Cancel);
    [Remedy::TryAgain].iter().chain(with_value).copied().chain(cancel).collect()
}
