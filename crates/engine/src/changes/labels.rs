//! Applies label moves, one compare-and-swap at a time, and determines the outcome of each by DescribeSecret.

use std::time::Duration;

use latchkey_domain::change::ItemOutcome;
use latchkey_domain::stages::{StagePlan, StageStep, VersionMap};
use latchkey_domain::writes::JournalResult;
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
const LANDED: &str = " The earlier steps were applied.";

/// An incomplete change: its journal entry stays open, to be finished or withdrawn.
pub(super) enum Open {
    /// Some of its steps were applied and the next one was not.
    HalfDone(ApiError),
    /// Outcome unknown: verification failed.
    Unknown(ApiError),
}

impl Open {
    pub fn journal_result(&self) -> JournalResult {
        match self {
            Self::HalfDone(_) => JournalResult::Unfinished,
            Self::Unknown(error) => JournalResult::Unknown(error.clone()),
        }
    }

    pub fn into_outcome(self) -> ItemOutcome {
        match self {
            Self::HalfDone(error) => ItemOutcome::Partly(error),
            Self::Unknown(error) => ItemOutcome::Unknown(error),
        }
    }
}

impl Engine {
    /// Carries a plan out on the labels that it was made on, and on no others.
    pub(super) async fn move_labels(
        &self,
        writer: &Writer,
        arn: &str,
        plan: &StagePlan,
    ) -> Result<ItemOutcome, Open> {
        self.move_labels_after(writer, arn, plan, &[]).await
    }

    /// The same after writes of ours: `ours` are the pictures from before them, which a look that lags still shows.
    pub(super) async fn move_labels_after(
        &self,
        writer: &Writer,
        arn: &str,
        plan: &StagePlan,
        ours: &[&VersionMap],
    ) -> Result<ItemOutcome, Open> {
        let before = self.look_before(writer, arn, plan, ours).await;
        if before != ItemOutcome::Done {
            return Ok(before);
        }
        let mut now = plan.before.clone();
        for step in &plan.steps {
            let then = now.apply(&StagePlan { before: now.clone(), steps: vec![step.clone()] });
            let refused = send(&writer.writes, arn, step).await.err();
            match self.settle(&writer.reads, arn, &now, &then, refused).await? {
                ItemOutcome::Done => now = then,
                ItemOutcome::NotDone(error) if now != plan.before => return Err(half_done(error)),
                ItemOutcome::Conflict(mut error) if now != plan.before => {
                    error.message.push_str(LANDED);
                    return Ok(ItemOutcome::Conflict(error));
                }
                other => return Ok(other),
            }
        }
        Ok(ItemOutcome::Done)
    }

    /// Whether the labels are those that the plan was made on. Before the first write, any difference is somebody
    /// else's change, and nothing is lost by deciding again.
    async fn look_before(
        &self,
        writer: &Writer,
        arn: &str,
        plan: &StagePlan,
        ours: &[&VersionMap],
    ) -> ItemOutcome {
        let mut waits = WAITS.iter();
        loop {
            let seen = match labels(&writer.reads, arn).await {
                Ok(seen) if seen.same_as(&plan.before) => return ItemOutcome::Done,
                Ok(seen) => seen,
                Err(error) => return ItemOutcome::NotDone(error),
            };
            let lags = ours.iter().any(|earlier| seen.same_as(earlier));
            let Some(wait) = waits.next().filter(|_| lags) else {
                return ItemOutcome::Conflict(moved_meanwhile(arn));
            };
            self.clock.sleep(*wait).await;
        }
    }

    /// Looks until the labels are what the write was to make of them, or the deadline is over: an answer may have been
    /// lost, a retry refused because the first try had landed, and DescribeSecret may lag. An error if DescribeSecret
    /// failed, or if an accepted change is not visible.
    pub(super) async fn settle(
        &self,
        client: &ReadClient,
        arn: &str,
        before: &VersionMap,
        after: &VersionMap,
        refused: Option<ApiError>,
    ) -> Result<ItemOutcome, Open> {
        let mut waits = WAITS.iter();
        loop {
            let seen = labels(client, arn).await;
            if seen.as_ref().is_ok_and(|seen| seen.same_as(after)) {
                return Ok(ItemOutcome::Done);
            }
            // A denied request has changed nothing: no look later will tell more.
            let is_denied = refused.as_ref().is_some_and(|error| error.code == Code::AccessDenied);
            let is_as_before = seen.as_ref().is_ok_and(|seen| seen.same_as(before));
            let wait = waits.next().filter(|_| !(is_denied && is_as_before));
            let Some(wait) = wait else {
                return match (seen, refused) {
                    (Ok(_), Some(error)) if is_as_before => Ok(ItemOutcome::NotDone(error)),
                    (Ok(_), None) if is_as_before => Err(unseen(arn)),
                    (Ok(_), _) => Ok(ItemOutcome::Conflict(moved_meanwhile(arn))),
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

/// One UpdateSecretVersionStage.
pub(super) async fn send(client: &WriteClient, arn: &str, step: &StageStep) -> Result<(), ApiError> {
    let attempt = Attempt { operation: "UpdateSecretVersionStage", subject: arn };
    let sent = client
        .update_secret_version_stage()
        .secret_id(arn)
        .version_stage(&step.label)
        .set_remove_from_version_id(step.from.clone())
        .set_move_to_version_id(step.to.clone())
        .send();
    sent.await.map(drop).map_err(|error| classify(attempt, &error))
}

pub(super) fn moved_meanwhile(arn: &str) -> ApiError {
    ApiError::new(
        Code::Conflict,
        format!("The labels of {arn} were changed meanwhile. Check the current labels, then decide again."),
    )
}

/// It was accepted, but DescribeSecret still shows the state before.
pub(super) fn unseen(arn: &str) -> Open {
    unknown(ApiError::internal(format!("The change to {arn} was accepted but is not visible yet.")))
}

/// Outcome unknown: verification failed.
pub(super) fn unknown(mut error: ApiError) -> Open {
    error.message.push_str(
        " Whether the change was applied is not known. Latchkey offers to finish or withdraw it at the next start.",
    );
    Open::Unknown(error)
}

/// Some steps were applied and the next one was not.
fn half_done(mut error: ApiError) -> Open {
    error.message.push_str(LANDED);
    error.message.push_str(" Latchkey offers to finish or withdraw it at the next start.");
    Open::HalfDone(error)
}
