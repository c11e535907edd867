//! Applies the change of one secret: compare, journal, send, verify.

use latchkey_domain::change::{AppliedItem, ItemOutcome, Settled};
use latchkey_domain::secret::SecretDetail;
use latchkey_domain::writes::PlanId;
use latchkey_domain::{ApiError, Code};
use uuid::Uuid;

use super::PlannedChange;
use super::apply::Noted;
use super::labels::WAITS;
use super::send::{Failure, Sent, send};
use super::writer::Writer;
use crate::Engine;

impl Engine {
    /// Changes a secret that is still as it was planned on. `batch` is the plan that it shares with other secrets.
    pub(super) async fn apply_item(
        &self,
        writer: &Writer,
        item: &PlannedChange,
        batch: Option<&PlanId>,
    ) -> AppliedItem {
        let mut applied = item.ended(ItemOutcome::Done);
        let requests = item.record.change.requests(&item.record.before);
        let mut was_refused = false;
        match self.unchanged(writer, item).await {
            Err(outcome) => applied.outcome = outcome,
            Ok(()) if requests.is_empty() => {}
            Ok(()) => {
                let entry_id = Uuid::new_v4().to_string();
                let (arn, operation) = (item.arn.as_str(), item.record.change.operation());
                let mut entry = self.new_entry(writer, entry_id.clone(), operation, (arn, &item.name));
                entry.change = Some(item.record.clone());
                entry.plan = batch.cloned();
                // Its own notes: others of the plan are under way.
                let writes = writer.writes.anew();
                let change = async {
                    let sent = send(&writes, arn, requests).await;
                    let outcome = match &sent.failure {
                        None => ItemOutcome::Done,
                        Some(failure) => self.verify(writer, item, &sent, failure).await,
                    };
                    let noted = outcome.journal_result().into();
                    let was_refused = sent.was_refused();
                    ((outcome, was_refused), Noted { version_ids: sent.version_ids, ..noted })
                };
                (applied.outcome, was_refused) = self.journalled(&writes, entry, change).await;
                applied.entry_id = Some(entry_id);
            }
        }
        // A refusal changes nothing, so there is nothing to describe. In a plan of many, the list shows the current
        // state.
        if !was_refused && batch.is_none() {
            applied.detail = self.describe(&writer.scope, &writer.reads, &item.arn).await.ok();
        } else if !was_refused {
            let _ = self.describe_alone(&writer.scope, &writer.reads, &item.arn).await;
        }
        applied
    }

    /// Whether the secret is unchanged since the plan, and allows the change.
    async fn unchanged(&self, writer: &Writer, item: &PlannedChange) -> Result<(), ItemOutcome> {
        let now = self.describe_alone(&writer.scope, &writer.reads, &item.arn).await;
        let now = now.map_err(ItemOutcome::NotDone)?;
        let change = &item.record.change;
        change.check_on(writer.guard, &writer.scope.region, &now).map_err(ItemOutcome::Conflict)?;
        if change.part_of(&now) == item.record.before {
            return Ok(());
        }
        let message =
            format!("{} was changed meanwhile. Nothing was written. Check it, then decide again.", item.name);
        Err(ItemOutcome::Conflict(ApiError::new(Code::Conflict, message)))
    }

    /// Decides the outcome after a failed request: a refusal is final; after a lost answer DescribeSecret decides, asked
    /// again until the deadline.
    async fn verify(
        &self,
        writer: &Writer,
        item: &PlannedChange,
        sent: &Sent,
        failure: &Failure,
    ) -> ItemOutcome {
        let error = failure.error.clone();
        if sent.was_refused() {
            return ItemOutcome::NotDone(error);
        }
        if !failure.may_have_landed {
            return partly(error);
        }
        let settled_by = |now: SecretDetail| item.record.settled(&now);
        let mut waits = WAITS.iter();
        loop {
            let now = self.describe_alone(&writer.scope, &writer.reads, &item.arn).await;
            let settled = now.ok().map(settled_by);
            if settled == Some(Settled::Done) {
                return ItemOutcome::Done;
            }
            let Some(wait) = waits.next() else {
                return match settled {
                    Some(_) if sent.accepted > 0 => partly(error),
                    Some(Settled::NotDone) => ItemOutcome::NotDone(error),
                    _ => ItemOutcome::Unknown(unknown(error)),
                };
            };
            self.clock.sleep(*wait).await;
        }
    }
}

fn partly(mut error: ApiError) -> ItemOutcome {
    error.message.push_str(" Part of the change was applied before that. Check the secret's current state.");
    ItemOutcome::Partly(error)
}

/// The error of a request whose outcome DescribeSecret could not decide.
pub(super) fn unknown(mut error: ApiError) -> ApiError {
    error.message.push_str(
        " The outcome is unknown: the secret could not be described afterwards, or does not show the change. Check \
         the secret again.",
    );
    error
}
