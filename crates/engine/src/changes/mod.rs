//! Every write. Only this module can send one.
//!
//! A plan: guard, then for each secret describe, check, review ([`item`]), keep ([`plans`]). Applied ([`apply`]): the
//! person's word, who writes, the plan used up; then for each secret the journal begun, describe again and compare, send,
//! verify, the journal ended. What is sent is the only difference between the kinds: changes that make no version and
//! move no label ([`plain`]), creations ([`create`]), saves ([`save`], [`put`], [`swap`]) and moves of labels
//! ([`stages`], [`labels`]).

mod apply;
mod create;
mod item;
mod labels;
mod merge;
mod plain;
mod plans;
mod put;
mod recovery;
mod save;
mod send;
mod stages;
mod swap;
mod write_client;
mod writer;

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use futures_util::{StreamExt as _, stream};
use latchkey_domain::change::{
    AnyChange, AppliedChanges, AppliedItem, ApplyChanges, CancelChanges, ChangesProgress, ChangesReview,
    Effect, ItemOutcome, ItemReview, LabelMove, NameIsTyped, PlanChanges, PlanUndo, Planned, SecretChange,
    Settled, StageChange,
};
use latchkey_domain::event::Event;
use latchkey_domain::guard::WritesThrough;
use latchkey_domain::writes::{JournalResult, PlanId};
use latchkey_domain::{ApiError, Code, ConnectionId, Scope};

use crate::Engine;
use crate::aws::read_client::ReadClient;
use crate::ports::BoxFuture;
use apply::Begun;
use item::{Kind, PlannedItem, Planning, Prepared};
use plain::prepared_on;
pub(crate) use plans::Plans;
use plans::{LIFETIME, LONG_LIFETIME, plan_id};
use save::PlannedSave;

/// How many secrets of a plan are described or changed at once.
const AT_ONCE: usize = 4;

/// What reads the values that are changed or copied here.
pub(crate) struct Changing(());

/// Reviewed changes that wait for confirmation.
pub(super) struct PlannedChanges {
    scope: Scope,
    items: Vec<PlannedItem>,
    is_quiet: bool,
    needs_tick: bool,
    /// Whether the connection asked for the name of a secret when it was reviewed.
    asked_for_name: bool,
    writes_through: Option<WritesThrough>,
}

impl PlannedChanges {
    fn saves(&self) -> impl Iterator<Item = &Arc<PlannedSave>> {
        self.items.iter().filter_map(|item| match &item.kind {
            Kind::Save(save) => Some(save),
            _ => None,
        })
    }
}

impl Engine {
    /// Plans changes of secrets. What a plan of one secret cannot do is an error; in a plan of many it is left out.
    pub(crate) async fn plan_changes(&self, request: PlanChanges) -> Result<ChangesReview, ApiError> {
        let PlanChanges { scope, changes } = request;
        // The outcome of what was cut off can be looked up all the same.
        if !changes.iter().all(is_recovery) {
            self.check_guard_of_writes(&scope.connection)?;
        }
        let client = self.client(&scope).await?;
        let planning = self.planning(&scope, &client);
        let mut plans: Vec<BoxFuture<'_, _>> = Vec::with_capacity(changes.len());
        for change in changes {
            let planning = &planning;
            plans.push(Box::pin(async move {
                let secret_id = change.secret_id.clone();
                (secret_id, self.prepare(planning, change).await)
            }));
        }
        let prepared = stream::iter(plans).buffered(AT_ONCE).collect().await;
        self.reviewed(&scope, prepared).await
    }

    fn planning<'a>(&self, scope: &'a Scope, client: &'a ReadClient) -> Planning<'a> {
        let guard = self.guard_of_writes(&scope.connection);
        Planning { scope, client, guard, endpoint_url: self.endpoint_of(&scope.connection) }
    }

    /// Keeps what was planned, by what was asked for, and says what it would do.
    async fn reviewed(
        &self,
        scope: &Scope,
        prepared: Vec<(String, Result<Prepared, ApiError>)>,
    ) -> Result<ChangesReview, ApiError> {
        let is_one = prepared.len() == 1;
        let (mut items, mut reviews, mut seen) = (Vec::new(), Vec::new(), HashSet::new());
        for (secret_id, prepared) in prepared {
            let prepared =
                prepared.and_then(|prepared| match seen.insert(prepared.review.secret_id.clone()) {
                    true => Ok(prepared),
                    false => Err(twice(&prepared.review.name)),
                });
            reviews.push(match prepared {
                Ok(Prepared { item, review }) => {
                    items.extend(item);
                    review
                }
                Err(error) if is_one => return Err(error),
                Err(error) => refused(secret_id, error),
            });
        }
        let content: Vec<_> = items.iter().map(|item| (&item.arn, item.content())).collect();
        let plan_id = plan_id(scope, self.clock.now(), &content);
        let writes_through = self.writes_through(&scope.connection);
        let asked_for_name = self.asks_for_name(&scope.connection);
        let needs_tick = reviews.iter().flat_map(|review| &review.effects).any(Effect::needs_tick);
        let mut planned = PlannedChanges {
            scope: scope.clone(),
            items,
            is_quiet: false,
            needs_tick,
            asked_for_name,
            writes_through: writes_through.clone(),
        };
        let must_type = self.must_type(&planned, asked_for_name);
        let is_quiet = is_one
            && !asked_for_name
            && must_type.is_none()
            && !planned.items.is_empty()
            && planned.items.iter().all(PlannedItem::is_small);
        planned.is_quiet = is_quiet;
        let lifetime = if is_one { LIFETIME } else { LONG_LIFETIME };
        self.keep(&self.plans.changes, &plan_id, &scope.connection, lifetime, Arc::new(planned));
        Ok(ChangesReview {
            plan_id,
            items: reviews,
            is_quiet,
            must_type,
            needs_tick,
            writes_through,
            journal_in_memory: self.journal.is_in_memory(&scope.connection).await,
        })
    }

    /// Plans the change that takes another one back.
    pub(crate) async fn plan_undo(&self, request: PlanUndo) -> Result<ChangesReview, ApiError> {
        let PlanUndo { scope, entry_id } = request;
        self.check_guard_of_writes(&scope.connection)?;
        let entry = self.journal.find(&scope.connection, &entry_id).await;
        let done = entry.filter(|entry| entry.scope == scope && entry.result == JournalResult::Done);
        let none = || {
            let message = "The journal has no such change, so there is nothing to undo.";
            ApiError::new(Code::NotFound, message)
        };
        let entry = done.ok_or_else(none)?;
        let (secret_id, client) = (entry.secret_id.clone(), self.client(&scope).await?);
        let planning = self.planning(&scope, &client);
        if entry.makes_a_plan() {
            let change = StageChange::Undo { plan_id: PlanId(entry_id) };
            let moved = LabelMove { change, keep_under: None };
            let prepared = self.prepare_move(&planning, &secret_id, moved).await;
            return self.reviewed(&scope, vec![(secret_id, prepared)]).await;
        }
        let record = entry.change.ok_or_else(none)?;
        let change = record.undo().map_err(|error| ApiError::new(Code::Conflict, error.to_string()))?;
        let now = self.describe_alone(&scope, &client, &secret_id).await?;
        if record.settled(&now) != Settled::Done {
            let message = format!(
                "{} is no longer as this change left it: somebody has changed it since. Nothing was written.",
                now.summary.name
            );
            return Err(ApiError::new(Code::Conflict, message));
        }
        let prepared = prepared_on(&planning, change, None, now);
        self.reviewed(&scope, vec![(secret_id, prepared)]).await
    }

    /// Applies a plan, once, and returns the outcome of each of its secrets.
    pub(crate) async fn apply_changes(&self, request: ApplyChanges) -> Result<AppliedChanges, ApiError> {
        let plan_id = request.plan_id.clone();
        let begun = self.begin(&request).await?;
        let Begun { plan: planned, writer, applying } = &begun;
        let (ended, failed) = (AtomicUsize::new(0), AtomicUsize::new(0));
        let total = planned.items.len();
        let batch = (total > 1).then_some(&plan_id);
        let mut changes: Vec<BoxFuture<'_, AppliedItem>> = Vec::with_capacity(total);
        for item in &planned.items {
            let (ended, failed, plan_id) = (&ended, &failed, &plan_id);
            changes.push(Box::pin(async move {
                let is_stopped = applying.is_cancelled() || self.lock.check_open().is_err();
                let applied = match is_stopped {
                    true => item.ended(ItemOutcome::NotStarted),
                    false => self.apply_item(writer, item, plan_id, batch).await,
                };
                let failures = usize::from(applied.outcome.error().is_some());
                let failed = failed.fetch_add(failures, Ordering::Relaxed) + failures;
                let ended = ended.fetch_add(1, Ordering::Relaxed) + 1;
                if let Some(plan_id) = batch {
                    let plan_id = plan_id.clone();
                    self.tell(Event::Changes(ChangesProgress { plan_id, ended, failed, total }));
                }
                applied
            }));
        }
        let items: Vec<AppliedItem> = stream::iter(changes).buffered(AT_ONCE).collect().await;
        self.keep_spent(&plan_id, planned, &items);
        Ok(AppliedChanges { plan_id, items })
    }

    /// Drops a plan that waits, and stops one that is being applied before its next secret.
    pub(crate) async fn cancel_changes(&self, request: CancelChanges) -> Result<(), ApiError> {
        self.plans.cancel(&request.plan_id);
        Ok(())
    }

    /// Keeps the values of the saves that were tried and are not done, to be reviewed again.
    fn keep_spent(&self, plan_id: &PlanId, planned: &PlannedChanges, applied: &[AppliedItem]) {
        let is_spent = |item: &AppliedItem| {
            let is_undone = matches!(item.outcome, ItemOutcome::Conflict(_) | ItemOutcome::NotDone(_));
            is_undone && item.saved.as_ref().is_some_and(|saved| saved.merge.is_none())
        };
        let spent: Vec<_> = (planned.items.iter().zip(applied))
            .filter_map(|(item, applied)| match &item.kind {
                Kind::Save(save) if is_spent(applied) => Some(save.clone()),
                _ => None,
            })
            .collect();
        if !spent.is_empty() {
            self.keep(&self.plans.spent_saves, plan_id, &planned.scope.connection, LIFETIME, spent);
        }
    }

    /// What must be typed before a plan is applied, where the connection `asks_for_name` or not. A plan of many asks as
    /// its strictest secret does.
    fn must_type(&self, planned: &PlannedChanges, asks_for_name: bool) -> Option<String> {
        let asks = |item: &PlannedItem| match item.name_is_typed() {
            NameIsTyped::Always => true,
            NameIsTyped::WhereGuarded => asks_for_name,
            NameIsTyped::Never => false,
        };
        let is_strict = |item: &PlannedItem| asks(item) || self.unread(planned, item).is_some();
        match planned.items.as_slice() {
            [] => None,
            [item] => asks(item).then(|| item.name.clone()),
            items => (asks_for_name || items.iter().any(is_strict)).then(|| {
                format!("{} secrets in {}", items.len(), self.name_of_connection(&planned.scope.connection))
            }),
        }
    }

    /// The version that a move makes current, if it was not read in this session.
    fn unread<'a>(&self, planned: &PlannedChanges, item: &'a PlannedItem) -> Option<&'a str> {
        item.target().filter(|target| !self.values.was_read(&planned.scope, &item.arn, target))
    }

    pub(super) fn name_of_connection(&self, connection: &ConnectionId) -> String {
        let known = self.known_connections().list;
        let found = known.into_iter().find(|known| known.id == *connection);
        found.map_or_else(|| connection.to_string(), |known| known.name)
    }
}

fn is_recovery(asked: &SecretChange) -> bool {
    let AnyChange::MoveLabels(moved) = &asked.change else { return false };
    matches!(moved.change, StageChange::Recover { .. })
}

/// What is shown of a secret that does not take its change.
fn refused(secret_id: String, error: ApiError) -> ItemReview {
    ItemReview {
        name: crate::secrets::name_of(&secret_id),
        secret_id,
        planned: Planned::Refused(error),
        effects: Vec::new(),
        cli_lines: Vec::new(),
        cli_problem: None,
    }
}

fn twice(name: &str) -> ApiError {
    ApiError::invalid("changes", format!("{name} is in the plan twice. A secret can be changed only once."))
}

#[cfg(test)]
mod tests;
