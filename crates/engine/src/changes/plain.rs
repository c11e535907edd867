//! Changes that make no version by their own request and move no label: planned, compared, sent, verified.

use latchkey_domain::ApiError;
use latchkey_domain::Code;
use latchkey_domain::change::{
    Change, ChangeRecord, Effect, ItemOutcome, NameIsTyped, Part, Planned, Settled, WriteRequest,
};
use latchkey_domain::secret::{SecretDetail, SecretSummary};
use latchkey_domain::writes::JournalEntry;
use uuid::Uuid;

use super::apply::Noted;
use super::item::{Ended, Kind, PlannedItem, Planning, Prepared};
use super::labels::WAITS;
use super::send::{Failure, Sent, send};
use super::writer::Writer;
use crate::Engine;

/// A reviewed change of what DescribeSecret shows.
pub(super) struct PlannedChange {
    pub record: ChangeRecord,
    /// Whether nothing about the secret asks for a review.
    is_of_person: bool,
}

impl PlannedChange {
    pub fn name_is_typed(&self) -> NameIsTyped {
        self.record.change.name_is_typed()
    }

    pub fn is_small(&self) -> bool {
        self.is_of_person && self.record.change.may_be_quiet()
    }

    pub fn record_in(&self, entry: &mut JournalEntry) {
        entry.change = Some(self.record.clone());
    }

    pub fn requests(&self) -> Vec<WriteRequest> {
        self.record.change.requests(&self.record.before)
    }
}

impl Engine {
    /// Describes a secret and checks that it takes the change.
    pub(super) async fn prepare_plain(
        &self,
        planning: &Planning<'_>,
        secret_id: &str,
        change: Change,
        begun_from: Option<&Part>,
    ) -> Result<Prepared, ApiError> {
        change.check()?;
        let before = self.describe_alone(planning.scope, planning.client, secret_id).await?;
        prepared_on(planning, change, begun_from, before)
    }

    /// Whether the secret is unchanged since the plan, and allows the change.
    pub(super) async fn unchanged(
        &self,
        writer: &Writer,
        item: &PlannedItem,
        change: &PlannedChange,
    ) -> Result<(), ItemOutcome> {
        let now = self.describe_alone(&writer.scope, &writer.reads, &item.arn).await;
        let now = now.map_err(ItemOutcome::NotDone)?;
        let ChangeRecord { change, before } = &change.record;
        change.check_on(writer.guard, &writer.scope.region, &now).map_err(ItemOutcome::Conflict)?;
        if change.part_of(&now) == *before {
            return Ok(());
        }
        let message =
            format!("{} was changed meanwhile. Nothing was written. Check it, then decide again.", item.name);
        Err(ItemOutcome::Conflict(ApiError::new(Code::Conflict, message)))
    }

    pub(super) async fn send_plain(
        &self,
        writer: &Writer,
        item: &PlannedItem,
        change: &PlannedChange,
    ) -> (Ended, Noted) {
        let sent = send(&writer.writes, &item.arn, change.requests()).await;
        let outcome = match &sent.failure {
            None => ItemOutcome::Done,
            Some(failure) => self.verify(writer, &item.arn, &change.record, &sent, failure).await,
        };
        let noted = outcome.journal_result().into();
        // A refusal changes nothing, so there is nothing to describe.
        let shows = (!sent.was_refused()).then(|| item.arn.clone());
        (Ended { shows, ..outcome.into() }, Noted { version_ids: sent.version_ids, ..noted })
    }

    /// Decides the outcome after a failed request: a refusal is final; after a lost answer DescribeSecret decides, asked
    /// again until the deadline.
    async fn verify(
        &self,
        writer: &Writer,
        arn: &str,
        record: &ChangeRecord,
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
        let settled_by = |now: SecretDetail| record.settled(&now);
        let mut waits = WAITS.iter();
        loop {
            let now = self.describe_alone(&writer.scope, &writer.reads, arn).await;
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

/// The change of a secret as it is described, if it takes it.
pub(super) fn prepared_on(
    planning: &Planning<'_>,
    change: Change,
    begun_from: Option<&Part>,
    detail: SecretDetail,
) -> Result<Prepared, ApiError> {
    let change = change.prepared(|| Uuid::new_v4().to_string());
    change.check_on(planning.guard, &planning.scope.region, &detail)?;
    let record = ChangeRecord::new(change, &detail);
    let changed_since = begun_from.is_some_and(|seen| *seen != record.before);
    let SecretSummary { arn, name, owning_service, .. } = detail.summary;
    let target = planning.cli_target(Some(&arn));
    let requests = record.change.requests(&record.before);
    let cli = requests.iter().map(|request| request.cli_line(target)).collect();
    let (change, before) = (record.change.clone(), record.before.clone());
    let after = change.part_after(&before);
    let planned = Planned::Change { change, before, after, changed_since };
    let is_of_person = !changed_since && owning_service.is_none();
    let effects = owning_service.map(|service| Effect::ManagedBy { service }).into_iter().collect();
    let kind = Kind::Plain(PlannedChange { record, is_of_person });
    Ok(PlannedItem { arn, name, kind }.prepared(planned, effects, cli))
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
