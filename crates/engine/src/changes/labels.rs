//! Carries out moves of labels, one compare-and-swap at a time, and decides what came of each by DescribeSecret.

use std::time::Duration;

use aws_sdk_secretsmanager::operation::RequestId;
use latchkey_domain::stages::{StagePlan, StageStep, VersionMap};
use latchkey_domain::writes::Outcome;
use latchkey_domain::{ApiError, Code};

use super::write_client::WriteClient;
use super::writer::Writer;
use crate::Engine;
use crate::aws::fault::{Attempt, classify};
use crate::aws::from_sdk;
use crate::aws::read_client::ReadClient;

/// Waits between two looks at a secret whose labels are not yet what was written; their sum is the deadline.
pub(crate) const WAITS: [Duration; 5] = [
    Duration::from_millis(100),
    Duration::from_millis(300),
    Duration::from_millis(900),
    Duration::from_millis(1800),
    Duration::from_millis(2900),
];

/// Said of a plan that stopped on its way.
const LANDED: &str = " The steps before it have landed.";

/// What became of a plan, and which requests did it.
pub(super) struct Moved {
    pub outcome: Outcome,
    pub request_ids: Vec<String>,
}

impl Engine {
    /// Carries a plan out on the labels that it was made on, and on no others. An error is a plan of which nobody
    /// knows how far it came.
    pub(super) async fn move_labels(
        &self,
        writer: &Writer,
        arn: &str,
        plan: &StagePlan,
    ) -> Result<Moved, ApiError> {
        self.move_labels_after(writer, arn, plan, &[]).await
    }

    /// The same after writes of ours: `ours` are the pictures from before them, which a look that lags still shows.
    pub(super) async fn move_labels_after(
        &self,
        writer: &Writer,
        arn: &str,
        plan: &StagePlan,
        ours: &[&VersionMap],
    ) -> Result<Moved, ApiError> {
        let mut moved =
            Moved { outcome: self.look_before(writer, arn, plan, ours).await, request_ids: Vec::new() };
        if moved.outcome != Outcome::Done {
            return Ok(moved);
        }
        let mut now = plan.before.clone();
        for step in &plan.steps {
            let then = now.apply(&StagePlan { before: now.clone(), steps: vec![step.clone()] });
            let refused = match send(&writer.writes, arn, step).await {
                Ok(request_id) => {
                    moved.request_ids.extend(request_id);
                    None
                }
                Err(error) => Some(error),
            };
            match self.settle(&writer.reads, arn, &now, &then, refused).await? {
                Outcome::Done => now = then,
                Outcome::NotDone(error) if now != plan.before => return Err(half_done(error)),
                Outcome::Conflict(mut error) if now != plan.before => {
                    error.message.push_str(LANDED);
                    moved.outcome = Outcome::Conflict(error);
                    return Ok(moved);
                }
                other => {
                    moved.outcome = other;
                    return Ok(moved);
                }
            }
        }
        Ok(moved)
    }

    /// Whether the labels are those that the plan was made on. Before the first write any other picture is somebody's
    /// change, and nothing is lost by deciding again.
    async fn look_before(
        &self,
        writer: &Writer,
        arn: &str,
        plan: &StagePlan,
        ours: &[&VersionMap],
    ) -> Outcome {
        let mut waits = WAITS.iter();
        loop {
            let seen = match labels(&writer.reads, arn).await {
                Ok(seen) if seen.same_as(&plan.before) => return Outcome::Done,
                Ok(seen) => seen,
                Err(error) => return Outcome::NotDone(error),
            };
            let lags = ours.iter().any(|earlier| seen.same_as(earlier));
            let Some(wait) = waits.next().filter(|_| lags) else {
                return Outcome::Conflict(moved_meanwhile(arn));
            };
            self.clock.sleep(*wait).await;
        }
    }

    /// Looks until the labels are what the write was to make of them, or the deadline is over: an answer may have been
    /// lost, a retry refused because the first try had landed, and DescribeSecret may lag. An error if nobody could look,
    /// or if what was accepted is not to be seen.
    pub(super) async fn settle(
        &self,
        client: &ReadClient,
        arn: &str,
        before: &VersionMap,
        after: &VersionMap,
        refused: Option<ApiError>,
    ) -> Result<Outcome, ApiError> {
        let mut waits = WAITS.iter();
        loop {
            let seen = labels(client, arn).await;
            if seen.as_ref().is_ok_and(|seen| seen.same_as(after)) {
                return Ok(Outcome::Done);
            }
            // A denied request has changed nothing: no look later will tell more.
            let is_denied = refused.as_ref().is_some_and(|error| error.code == Code::AccessDenied);
            let is_as_before = seen.as_ref().is_ok_and(|seen| seen.same_as(before));
            let wait = waits.next().filter(|_| !(is_denied && is_as_before));
            let Some(wait) = wait else {
                return match (seen, refused) {
                    (Ok(_), Some(error)) if is_as_before => Ok(Outcome::NotDone(error)),
                    (Ok(_), None) if is_as_before => Err(unseen(arn)),
                    (Ok(_), _) => Ok(Outcome::Conflict(moved_meanwhile(arn))),
                    (Err(_), Some(error)) | (Err(error), None) => Err(unknown(error)),
                };
            };
            self.clock.sleep(*wait).await;
        }
    }
}

/// The labels as DescribeSecret shows them now.
pub(super) async fn labels(client: &ReadClient, arn: &str) -> Result<VersionMap, ApiError> {
    let attempt = Attempt { operation: "DescribeSecret", subject: arn };
    let sent = client.describe_secret().secret_id(arn).send().await;
    let output = sent.map_err(|error| classify(attempt, &error))?;
    Ok(from_sdk::version_map(output.version_ids_to_stages))
}

/// One UpdateSecretVersionStage; its request id.
pub(super) async fn send(
    client: &WriteClient,
    arn: &str,
    step: &StageStep,
) -> Result<Option<String>, ApiError> {
    let attempt = Attempt { operation: "UpdateSecretVersionStage", subject: arn };
    let sent = client
        .update_secret_version_stage()
        .secret_id(arn)
        .version_stage(&step.label)
        .set_remove_from_version_id(step.from.clone())
        .set_move_to_version_id(step.to.clone())
        .send();
    let output = sent.await.map_err(|error| classify(attempt, &error))?;
    Ok(output.request_id().map(str::to_owned))
}

pub(super) fn moved_meanwhile(arn: &str) -> ApiError {
    ApiError::new(
        Code::Conflict,
        format!("The labels of {arn} were changed meanwhile. Look at the new picture, then decide again."),
    )
}

/// It was accepted, and every look still shows what was there before.
pub(super) fn unseen(arn: &str) -> ApiError {
    unknown(ApiError::internal(format!("The change of {arn} was accepted and does not show yet.")))
}

/// Nobody could look: what was sent may have landed.
fn unknown(mut error: ApiError) -> ApiError {
    error.message.push_str(
        " Whether the change landed is not known: finish or withdraw it from the journal once the secret can be read.",
    );
    error
}

/// Some steps have landed and the next one has not.
fn half_done(mut error: ApiError) -> ApiError {
    error.message.push_str(LANDED);
    error.message.push_str(" Finish or withdraw the change from the journal.");
    error
}
