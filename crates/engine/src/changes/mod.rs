//! Every write. Only this module can send one.
//!
//! A plan: guard, describe, check, review, keep ([`plans`]). Applied ([`apply`]): the person's word, who writes, the plan
//! used up, the journal begun; then describe again and compare, send, verify; the journal ended. Here are the changes
//! that make no version and move no label, for one secret or for many ([`item`]); creations ([`create`]), saves ([`save`],
//! [`put`], [`swap`]) and moves of labels ([`stages`]) stand beside them.

mod apply;
mod create;
mod item;
mod labels;
mod merge;
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
    AppliedChanges, AppliedItem, ApplyChanges, CancelChanges, ChangeRecord, ChangesProgress, ChangesReview,
    ItemOutcome, ItemReview, NameIsTyped, PlanChanges, PlanUndo, Planned, SecretChange, Settled,
};
use latchkey_domain::cli_line::CliTarget;
use latchkey_domain::event::Event;
use latchkey_domain::guard::{Guard, WritesThrough};
use latchkey_domain::secret::{SecretDetail, SecretSummary};
use latchkey_domain::writes::JournalResult;
use latchkey_domain::{ApiError, Code, ConnectionId, Scope};
use uuid::Uuid;

use crate::Engine;
use crate::aws::read_client::ReadClient;
use crate::ports::BoxFuture;
use apply::{Begun, Plan};
pub(crate) use plans::Plans;
use plans::{LIFETIME, LONG_LIFETIME, plan_id};

/// How many secrets of a plan are described or changed at once.
const AT_ONCE: usize = 4;

/// What reads the values that are changed or copied here.
pub(crate) struct Changing(());

/// Reviewed changes that wait for confirmation.
pub(super) struct PlannedChanges {
    scope: Scope,
    items: Vec<PlannedChange>,
    is_quiet: bool,
    /// Whether the connection asked for the name of a secret when it was reviewed.
    asked_for_name: bool,
    writes_through: Option<WritesThrough>,
}

/// A reviewed change of one secret.
struct PlannedChange {
    arn: String,
    name: String,
    record: ChangeRecord,
    /// The secret has changed since the change was started.
    changed_since: bool,
    managed_by: Option<String>,
}

/// What was asked for, and what was planned of it.
type PlannedItem = (SecretChange, Result<PlannedChange, ApiError>);

impl Plan for Arc<PlannedChanges> {
    type Word = ApplyChanges;

    fn scope(&self) -> &Scope {
        &self.scope
    }

    fn check_word(&self, engine: &Engine, word: &ApplyChanges) -> Result<(), ApiError> {
        let connection = &self.scope.connection;
        engine.check_writer(connection, self.writes_through.as_ref())?;
        let asks_for_name = engine.asks_for_name(connection);
        match engine.word_of(self, asks_for_name) {
            Some(must_type) if word.typed.as_ref() != Some(&must_type) => {
                Err(ApiError::invalid("typed_name", format!("Type {must_type} to continue.")))
            }
            _ if asks_for_name && !self.asked_for_name => {
                let message = "The connection requires confirmation now. Review the change again.";
                Err(ApiError::new(Code::Conflict, message))
            }
            _ => engine.check_reviewed(connection, self.is_quiet, word.is_reviewed),
        }
    }
}

impl Engine {
    /// Plans changes of secrets. What a plan of one secret cannot do is an error; in a plan of many it is left out.
    pub(crate) async fn plan_changes(&self, request: PlanChanges) -> Result<ChangesReview, ApiError> {
        let PlanChanges { scope, changes } = request;
        self.check_guard_of_writes(&scope.connection)?;
        let client = self.client(&scope).await?;
        let guard = self.guard_of_writes(&scope.connection);
        let mut plans: Vec<BoxFuture<'_, PlannedItem>> = Vec::with_capacity(changes.len());
        for change in changes {
            plans.push(Box::pin(self.planned_item(&scope, &client, guard, change)));
        }
        let planned = stream::iter(plans).buffered(AT_ONCE).collect().await;
        self.reviewed(scope, planned).await
    }

    /// Keeps what was planned, and says what it would do.
    async fn reviewed(&self, scope: Scope, planned: Vec<PlannedItem>) -> Result<ChangesReview, ApiError> {
        let is_one = planned.len() == 1;
        let (mut items, mut reviews, mut seen) = (Vec::new(), Vec::new(), HashSet::new());
        let endpoint_url = self.endpoint_of(&scope.connection);
        for (SecretChange { secret_id, change, .. }, planned) in planned {
            let planned = planned.and_then(|item| match seen.insert(item.arn.clone()) {
                true => Ok(item),
                false => Err(twice(&item.name)),
            });
            reviews.push(match planned {
                Ok(item) => {
                    let review = item.review(&scope, endpoint_url.as_deref());
                    items.push(item);
                    review
                }
                Err(error) if is_one => return Err(error),
                Err(error) => {
                    let name = crate::secrets::name_of(&secret_id);
                    ItemReview { secret_id, name, change, planned: Planned::Refused(error) }
                }
            });
        }
        let now = self.clock.now();
        let content: Vec<_> = items.iter().map(|item| (&item.arn, &item.record)).collect();
        let plan_id = plan_id(&scope, "", now, &content);
        let writes_through = self.writes_through(&scope.connection);
        let asked_for_name = self.asks_for_name(&scope.connection);
        let is_small = |item: &PlannedChange| {
            item.record.change.may_be_quiet() && !item.changed_since && item.managed_by.is_none()
        };
        let writes = writes_through.clone();
        let mut planned = PlannedChanges {
            scope: scope.clone(),
            items,
            is_quiet: false,
            asked_for_name,
            writes_through: writes,
        };
        let must_type = self.word_of(&planned, asked_for_name);
        let is_quiet = is_one && !asked_for_name && planned.items.iter().all(is_small) && must_type.is_none();
        planned.is_quiet = is_quiet;
        let lifetime = if is_one { LIFETIME } else { LONG_LIFETIME };
        self.keep(&self.plans.changes, &plan_id, &scope.connection, lifetime, Arc::new(planned));
        Ok(ChangesReview {
            plan_id,
            items: reviews,
            is_quiet,
            must_type,
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
        let Some((secret_id, record)) = done.and_then(|entry| Some((entry.secret_id, entry.change?))) else {
            let message = "The journal has no such change, so there is nothing to undo.";
            return Err(ApiError::new(Code::NotFound, message));
        };
        let change = record.undo().map_err(|error| ApiError::new(Code::Conflict, error.to_string()))?;
        let client = self.client(&scope).await?;
        let now = self.describe_alone(&scope, &client, &secret_id).await?;
        if record.settled(&now) != Settled::Done {
            let message = format!(
                "{} is no longer as this change left it: somebody has changed it since. Nothing was written.",
                now.summary.name
            );
            return Err(ApiError::new(Code::Conflict, message));
        }
        let asked = SecretChange { secret_id, change, begun_from: None };
        let planned = planned_on(&scope, self.guard_of_writes(&scope.connection), &asked, now);
        self.reviewed(scope, vec![(asked, planned)]).await
    }

    /// Applies a plan, once, and returns the outcome of each of its secrets.
    pub(crate) async fn apply_changes(&self, request: ApplyChanges) -> Result<AppliedChanges, ApiError> {
        let plan_id = request.plan_id.clone();
        let begun = self.begin(&self.plans.changes, &plan_id, &request).await?;
        let Begun { plan: planned, writer, applying } = &begun;
        let (ended, failed) = (AtomicUsize::new(0), AtomicUsize::new(0));
        let total = planned.items.len();
        let batch = (total > 1).then_some(&plan_id);
        let mut changes: Vec<BoxFuture<'_, AppliedItem>> = Vec::with_capacity(total);
        for item in &planned.items {
            let (ended, failed) = (&ended, &failed);
            changes.push(Box::pin(async move {
                let is_stopped = applying.is_cancelled() || self.lock.check_open().is_err();
                let applied = match is_stopped {
                    true => item.ended(ItemOutcome::NotStarted),
                    false => self.apply_item(writer, item, batch).await,
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
        let items = stream::iter(changes).buffered(AT_ONCE).collect().await;
        Ok(AppliedChanges { plan_id, items })
    }

    /// Drops a plan that waits, and stops one that is being applied before its next secret.
    pub(crate) async fn cancel_changes(&self, request: CancelChanges) -> Result<(), ApiError> {
        self.plans.cancel(&request.plan_id);
        Ok(())
    }

    /// Describes a secret and checks that it takes the change.
    async fn planned_item(
        &self,
        scope: &Scope,
        client: &ReadClient,
        guard: Guard,
        asked: SecretChange,
    ) -> PlannedItem {
        let planned = match asked.change.check() {
            Ok(()) => self.describe_alone(scope, client, &asked.secret_id).await,
            Err(error) => Err(error),
        };
        let planned = planned.and_then(|before| planned_on(scope, guard, &asked, before));
        (asked, planned)
    }

    /// What must be typed before a plan is applied, where the connection `asks_for_name` or not. A plan of many asks as
    /// its strictest secret does.
    fn word_of(&self, planned: &PlannedChanges, asks_for_name: bool) -> Option<String> {
        let asks = |item: &PlannedChange| match item.record.change.name_is_typed() {
            NameIsTyped::Always => true,
            NameIsTyped::WhereGuarded => asks_for_name,
            NameIsTyped::Never => false,
        };
        match planned.items.as_slice() {
            [] => None,
            [item] => asks(item).then(|| item.name.clone()),
            items => (asks_for_name || items.iter().any(asks)).then(|| {
                format!("{} secrets in {}", items.len(), self.name_of_connection(&planned.scope.connection))
            }),
        }
    }

    pub(super) fn name_of_connection(&self, connection: &ConnectionId) -> String {
        let known = self.known_connections().list;
        let found = known.into_iter().find(|known| known.id == *connection);
        found.map_or_else(|| connection.to_string(), |known| known.name)
    }
}

impl PlannedChange {
    fn ended(&self, outcome: ItemOutcome) -> AppliedItem {
        let (secret_id, name) = (self.arn.clone(), self.name.clone());
        AppliedItem { secret_id, name, outcome, entry_id: None, detail: None }
    }

    fn review(&self, scope: &Scope, endpoint_url: Option<&str>) -> ItemReview {
        let ChangeRecord { change, before } = &self.record;
        let target = CliTarget { secret_id: Some(&self.arn), region: scope.region.as_str(), endpoint_url };
        let requests = change.requests(before);
        let lines = requests.iter().map(|request| request.cli_line(target)).collect::<Result<Vec<_>, _>>();
        let cli_problem = lines.as_ref().err().map(ToString::to_string);
        ItemReview {
            secret_id: self.arn.clone(),
            name: self.name.clone(),
            change: change.clone(),
            planned: Planned::Change {
                before: before.clone(),
                after: change.part_after(before),
                changed_since: self.changed_since,
                managed_by: self.managed_by.clone(),
                cli_lines: lines.unwrap_or_default(),
                cli_problem,
            },
        }
    }
}

/// The change of a secret as it is described, if it takes it.
fn planned_on(
    scope: &Scope,
    guard: Guard,
    asked: &SecretChange,
    before: SecretDetail,
) -> Result<PlannedChange, ApiError> {
    let change = asked.change.clone().prepared(|| Uuid::new_v4().to_string());
    change.check_on(guard, &scope.region, &before)?;
    let record = ChangeRecord::new(change, &before);
    let changed_since = asked.begun_from.as_ref().is_some_and(|seen| *seen != record.before);
    let SecretSummary { arn, name, owning_service: managed_by, .. } = before.summary;
    Ok(PlannedChange { arn, name, record, changed_since, managed_by })
}

fn twice(name: &str) -> ApiError {
    ApiError::invalid("changes", format!("{name} is in the plan twice. A secret can be changed only once."))
}

#[cfg(test)]
mod tests;
