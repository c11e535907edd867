//! RotateSecret and CancelRotateSecret: the settings of a rotation, and how one begins and is given up.
//!
//! Where AWS's recordings are silent: a repeated token gets its answer again; if its rotation has failed, it is tried
//! again at once, whether it was given up or waits for its next try. A token that another version has is refused. New
//! rules leave what a rate counts from as it was, so that a rotation may still come on the old date. Cancelling what
//! was never set up changes nothing.

use latchkey_domain::schedule::{
    AutomaticallyAfterDays, ScheduleExpression, Severity, WindowDuration, check,
};
use latchkey_domain::stages::{CURRENT, PENDING};
use serde::{Deserialize, Serialize};

use super::answer::Instant;
use super::stages::check_label_count;
use super::validate::Checks;
use crate::call::Call;
use crate::fault::{Fault, FaultCode};
use crate::rotation::schedule::{next_rotation_at, window_after};
use crate::store::rotations::Rotation;
use crate::store::secrets::Secret;

const MAX_DAYS: i64 = 1000;
const EXPRESSION_PATTERN: &str = r"[0-9A-Za-z\(\)#\?\*\-\/, ]+";
const DURATION_PATTERN: &str = "[0-9]+h";
const DAY_HOURS: i64 = 24;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct RotateSecret {
    secret_id: Option<String>,
    client_request_token: Option<String>,
    #[serde(rename = "RotationLambdaARN")]
    rotation_lambda_arn: Option<String>,
    rotation_rules: Option<WireRules>,
    rotate_immediately: Option<bool>,
    external_secret_rotation_metadata: Option<Vec<serde::de::IgnoredAny>>,
    external_secret_rotation_role_arn: Option<String>,
}

/// Rotation rules on the wire.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct WireRules {
    #[serde(skip_serializing_if = "Option::is_none")]
    automatically_after_days: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    duration: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    schedule_expression: Option<String>,
}

/// The secret and the version that a rotation makes.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct RotatedVersion {
    #[serde(rename = "ARN")]
    arn: String,
    name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    version_id: Option<String>,
}

pub fn rotate_secret(call: &Call<'_>, request: RotateSecret) -> Result<RotatedVersion, Fault> {
    request.check()?;
    let token = request.client_request_token.ok_or_else(Fault::no_request_token)?;
    if request.external_secret_rotation_metadata.is_some()
        || request.external_secret_rotation_role_arn.is_some()
    {
        return Err(Fault::not_implemented("the rotation of managed external secrets"));
    }
    let mut secret = call.rows.find_writable(&request.secret_id.unwrap_or_default())?;
    let known = call.rows.rotation(&secret)?;
    if let Some(known) = known.as_ref().filter(|known| known.token.as_deref() == Some(&token)) {
        repeat(call, &secret, known.clone(), &token)?;
        return Ok(RotatedVersion { arn: secret.arn, name: secret.name, version_id: Some(token) });
    }
    let lambda_arn = request.rotation_lambda_arn.filter(|arn| !arn.is_empty());
    let mut rotation = set_up(call, known, lambda_arn)?;
    if let Some(rules) = request.rotation_rules {
        rules.store(&mut rotation)?;
    }
    check_nothing_pending(call, &secret, &rotation)?;
    if call.rows.version(&secret, &token)?.is_some() {
        return Err(Fault::invalid_request(&Fault::token_in_use(&token, &secret.arn).message));
    }
    let now = call.now_millis();
    rotation.next = window_after(&rotation, now)?;
    let is_test = !request.rotate_immediately.unwrap_or(true);
    if is_test {
        copy_current(call, &secret, &token)?;
    } else {
        call.rows.insert_pending(&secret, &token, now)?;
    }
    check_label_count(call, &secret)?;
    call.begin_rotation(&secret, rotation, &token, is_test)?;
    call.save_changed(&mut secret)?;
    Ok(RotatedVersion { arn: secret.arn, name: secret.name, version_id: Some(token) })
}

impl RotateSecret {
    fn check(&self) -> Result<(), Fault> {
        let mut checks = Checks::default();
        checks.required("secretId", self.secret_id.as_deref(), 1..=2048);
        checks.text("clientRequestToken", self.client_request_token.as_deref(), 32..=64);
        checks.text("rotationLambdaARN", self.rotation_lambda_arn.as_deref(), 0..=2048);
        if let Some(rules) = &self.rotation_rules {
            let days = "rotationRules.automaticallyAfterDays";
            checks.number(days, rules.automatically_after_days, 1..=MAX_DAYS);
            if let Some(duration) = &rules.duration {
                let digits = duration.strip_suffix('h').unwrap_or_default();
                let matches = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
                let member = "rotationRules.duration";
                checks.text(member, Some(duration), 2..=3);
                checks.pattern(member, duration, DURATION_PATTERN, matches);
            }
            if let Some(text) = &rules.schedule_expression {
                let is_accepted = |c: char| c.is_ascii_alphanumeric() || "()#?*-/, ".contains(c);
                let member = "rotationRules.scheduleExpression";
                checks.text(member, Some(text), 1..=256);
                checks.pattern(member, text, EXPRESSION_PATTERN, text.chars().all(is_accepted));
            }
        }
        checks.finish()
    }
}

/// The settings with their function, enabled.
fn set_up(call: &Call<'_>, known: Option<Rotation>, lambda_arn: Option<String>) -> Result<Rotation, Fault> {
    let lambda_arn =
        lambda_arn.or(known.as_ref().map(|known| known.lambda_arn.clone())).ok_or_else(|| {
            Fault::invalid_request("No Lambda rotation function ARN is associated with this secret.")
        })?;
    if call.functions.find(&lambda_arn, call.rows.region, call.rows.account).is_none() {
        return Err(Fault::new(
            FaultCode::AccessDeniedException,
            "Secrets Manager cannot invoke the specified Lambda function. Ensure that the function policy grants \
             access to the principal secretsmanager.amazonaws.com.",
        ));
    }
    Ok(match known {
        Some(known) => Rotation { is_enabled: true, lambda_arn, ..known },
        None => Rotation::new(lambda_arn, call.now_millis()),
    })
}

impl WireRules {
    /// Puts these rules in the place of the former.
    fn store(self, rotation: &mut Rotation) -> Result<(), Fault> {
        let refused = |problem: &dyn std::fmt::Display| Fault::invalid_parameter(&problem.to_string());
        let duration = self.duration.as_deref().map(str::parse::<WindowDuration>).transpose();
        let duration = duration.map_err(|error| refused(&error))?;
        rotation.after_days = match (self.automatically_after_days, &self.schedule_expression) {
            (Some(_), Some(_)) => {
                return Err(Fault::invalid_parameter(
                    "You cannot specify both rotation frequency and schedule expression together.",
                ));
            }
            (Some(days), None) => {
                let days = AutomaticallyAfterDays::try_from(days).map_err(|error| refused(&error))?;
                Some(i64::from(days.days()))
            }
            (None, Some(text)) => {
                let expression: ScheduleExpression = text.parse().map_err(|error| refused(&error))?;
                let breaches = check(&expression, duration);
                if let Some(breach) = breaches.iter().find(|breach| breach.severity() == Severity::Refused) {
                    return Err(refused(breach));
                }
                let hours = expression.longest_gap().num_hours();
                Some((hours + DAY_HOURS - 1) / DAY_HOURS)
            }
            (None, None) if duration.is_some() => {
                return Err(Fault::invalid_parameter(
                    "Duration requires AutomaticallyAfterDays or ScheduleExpression.",
                ));
            }
            (None, None) => None,
        };
        rotation.expression = self.schedule_expression;
        rotation.duration = self.duration;
        Ok(())
    }
}

/// A request that came before: its rotation goes on, has ended, or is tried again at once if it has failed.
fn repeat(call: &Call<'_>, secret: &Secret, mut known: Rotation, token: &str) -> Result<(), Fault> {
    let is_stuck = call.rows.stuck_version(secret)?.as_deref() == Some(token);
    if is_stuck && (known.try_at.is_none() || known.tries > 0) {
        known.is_enabled = true;
        known.next = window_after(&known, call.now_millis())?;
        call.begin_rotation(secret, known, token, false)?;
    }
    Ok(())
}

fn check_nothing_pending(call: &Call<'_>, secret: &Secret, rotation: &Rotation) -> Result<(), Fault> {
    if rotation.try_at.is_some() || call.rows.stuck_version(secret)?.is_some() {
        return Err(Fault::invalid_request(
            "A previous rotation isn't complete. That rotation will be reattempted.",
        ));
    }
    Ok(())
}

/// Gives up a rotation whose version somebody took AWSPENDING from: no step could go on with it.
pub fn give_up_unlabelled(call: &Call<'_>, secret: &Secret) -> Result<(), Fault> {
    let Some(mut rotation) = call.rows.rotation(secret)? else { return Ok(()) };
    let is_test = rotation.is_test;
    let Some(token) = rotation.token.clone().filter(|token| !is_test && rotation.is_under_way(token)) else {
        return Ok(());
    };
    let holds = |label: &str| Ok::<_, Fault>(call.rows.holder(secret, label)?.as_ref() == Some(&token));
    if !holds(PENDING)? && !holds(CURRENT)? {
        rotation.end();
        call.rows.save_rotation(secret, &rotation)?;
    }
    Ok(())
}

/// What testSecret is tried on: a version of its own with the current value.
fn copy_current(call: &Call<'_>, secret: &Secret, token: &str) -> Result<(), Fault> {
    let no_value = || Fault::no_value_at_stage(CURRENT);
    let current = call.rows.holder(secret, CURRENT)?.ok_or_else(no_value)?;
    let value = call.rows.value(call.sealer, secret, &current)?.ok_or_else(no_value)?;
    call.rows.insert_version(call.sealer, secret, token, &value, call.now_millis())?;
    Ok(call.rows.attach(secret, PENDING, token)?)
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct CancelRotateSecret {
    secret_id: Option<String>,
}

pub fn cancel_rotate_secret(call: &Call<'_>, request: CancelRotateSecret) -> Result<RotatedVersion, Fault> {
    let mut checks = Checks::default();
    checks.required("secretId", request.secret_id.as_deref(), 1..=2048);
    checks.finish()?;
    let mut secret = call.rows.find_writable(&request.secret_id.unwrap_or_default())?;
    let mut version_id = None;
    if let Some(mut rotation) = call.rows.rotation(&secret)? {
        match &rotation.token {
            Some(token) if rotation.is_test => call.rows.remove_version(&secret, token)?,
            _ => version_id = call.rows.stuck_version(&secret)?,
        }
        rotation.is_enabled = false;
        rotation.next = None;
        rotation.end();
        call.rows.save_rotation(&secret, &rotation)?;
        call.save_changed(&mut secret)?;
    }
    Ok(RotatedVersion { arn: secret.arn, name: secret.name, version_id })
}

/// A value that was put by hand counts as a rotation for the next date; what the rotation under way puts does not.
pub fn count_change(call: &Call<'_>, secret: &Secret, token: &str) -> Result<(), Fault> {
    let Some(mut rotation) = call.rows.rotation(secret)? else { return Ok(()) };
    if rotation.is_under_way(token) {
        return Ok(());
    }
    rotation.count(call.now_millis());
    rotation.next = if rotation.is_enabled { window_after(&rotation, call.now_millis())? } else { None };
    Ok(call.rows.save_rotation(secret, &rotation)?)
}

/// What DescribeSecret and ListSecrets tell of a rotation; nothing of a secret that never had one.
#[derive(Default, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct RotationFields {
    #[serde(skip_serializing_if = "Option::is_none")]
    rotation_enabled: Option<bool>,
    #[serde(rename = "RotationLambdaARN", skip_serializing_if = "Option::is_none")]
    rotation_lambda_arn: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    rotation_rules: Option<WireRules>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_rotated_date: Option<Instant>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_rotation_date: Option<Instant>,
}

impl RotationFields {
    pub fn of(call: &Call<'_>, secret: &Secret) -> Result<Self, Fault> {
        let Some(rotation) = call.rows.rotation(secret)? else { return Ok(Self::default()) };
        Ok(Self {
            rotation_enabled: Some(rotation.is_enabled),
            last_rotated_date: rotation.last_rotated_at.map(Instant),
            next_rotation_date: next_rotation_at(&rotation, call.now_millis())?.map(Instant),
            rotation_lambda_arn: Some(rotation.lambda_arn),
            rotation_rules: rotation.after_days.map(|days| WireRules {
                automatically_after_days: Some(days),
                duration: rotation.duration,
                schedule_expression: rotation.expression,
            }),
        })
    }
}
