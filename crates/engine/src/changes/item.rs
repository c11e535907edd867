//! One secret of a plan, whatever is done to it: prepared for the review, then journalled, sent, described.

use std::sync::Arc;

use latchkey_domain::change::{
    AnyChange, AppliedItem, Effect, ItemOutcome, ItemReview, NameIsTyped, Planned, SavedValue, SecretChange,
};
use latchkey_domain::cli_line::{CliLineError, CliTarget};
use latchkey_domain::guard::Guard;
use latchkey_domain::secret::SecretDetail;
use latchkey_domain::writes::{JournalEntry, Operation, PlanId};
use latchkey_domain::{ApiError, Scope};
use uuid::Uuid;

use super::apply::Noted;
use super::create::PlannedCreation;
use super::plain::PlannedChange;
use super::save::PlannedSave;
use super::stages::PlannedMove;
use super::writer::Writer;
use crate::Engine;
use crate::aws::read_client::ReadClient;

/// What the changes of one plan are prepared with.
pub(super) struct Planning<'a> {
    pub scope: &'a Scope,
    pub client: &'a ReadClient,
    pub guard: Guard,
    pub endpoint_url: Option<String>,
}

/// A reviewed change of one secret.
pub(super) struct PlannedItem {
    /// The name only, of a secret that is created.
    pub arn: String,
    pub name: String,
    pub kind: Kind,
}

pub(super) enum Kind {
    Plain(PlannedChange),
    Creation(Box<PlannedCreation>),
    Save(Arc<PlannedSave>),
    Labels(Box<PlannedMove>),
}

/// What was planned of one secret, and what is shown of it. A merge is decided before anything can be planned.
pub(super) struct Prepared {
    pub item: Option<PlannedItem>,
    pub review: ItemReview,
}

/// How the change of one secret ended.
pub(super) struct Ended {
    pub outcome: ItemOutcome,
    pub saved: Option<SavedValue>,
    /// The secret to be described, where that shows anything new.
    pub shows: Option<String>,
}

impl From<ItemOutcome> for Ended {
    fn from(outcome: ItemOutcome) -> Self {
        Self { outcome, saved: None, shows: None }
    }
}

impl Planning<'_> {
    pub fn cli_target<'a>(&'a self, secret_id: Option<&'a str>) -> CliTarget<'a> {
        let (region, endpoint_url) = (self.scope.region.as_str(), self.endpoint_url.as_deref());
        CliTarget { secret_id, region, endpoint_url }
    }
}

impl PlannedItem {
    /// With what its review shows.
    pub fn prepared(
        self,
        planned: Planned,
        effects: Vec<Effect>,
        cli: Result<Vec<String>, CliLineError>,
    ) -> Prepared {
        let review = ItemReview {
            secret_id: self.arn.clone(),
            name: self.name.clone(),
            planned,
            effects,
            cli_problem: cli.as_ref().err().map(ToString::to_string),
            cli_lines: cli.unwrap_or_default(),
        };
        Prepared { item: Some(self), review }
    }

    pub fn name_is_typed(&self) -> NameIsTyped {
        match &self.kind {
            Kind::Plain(change) => change.name_is_typed(),
            Kind::Creation(_) => NameIsTyped::Never,
            Kind::Save(save) if save.abandons_rotation => NameIsTyped::Always,
            Kind::Save(_) | Kind::Labels(_) => NameIsTyped::WhereGuarded,
        }
    }

    /// Whether it may be applied without a review, where the connection asks for none.
    pub fn is_small(&self) -> bool {
        match &self.kind {
            Kind::Plain(change) => change.is_small(),
            Kind::Creation(_) => true,
            Kind::Save(_) | Kind::Labels(_) => false,
        }
    }

    /// The version that it makes current, which may be unreadable.
    pub fn target(&self) -> Option<&str> {
        match &self.kind {
            Kind::Labels(moving) => moving.target.as_deref(),
            Kind::Plain(_) | Kind::Creation(_) | Kind::Save(_) => None,
        }
    }

    /// What the plan is named after.
    pub fn content(&self) -> serde_json::Value {
        match &self.kind {
            Kind::Plain(change) => serde_json::to_value(&change.record),
            Kind::Creation(creation) => serde_json::to_value(&creation.version_id),
            Kind::Save(save) => serde_json::to_value((&save.before, &save.new_version_id, &save.label)),
            Kind::Labels(moving) => serde_json::to_value(&moving.plan),
        }
        .unwrap_or_default()
    }

    fn operation(&self) -> Operation {
        match &self.kind {
            Kind::Plain(change) => change.record.change.operation(),
            Kind::Creation(_) => Operation::CreateSecret,
            Kind::Save(_) => Operation::SaveValue,
            Kind::Labels(moving) => moving.operation,
        }
    }

    fn record_in(&self, entry: &mut JournalEntry) {
        match &self.kind {
            Kind::Plain(change) => change.record_in(entry),
            Kind::Creation(creation) => entry.version_ids = vec![creation.version_id.clone()],
            Kind::Save(save) => save.record_in(entry),
            Kind::Labels(moving) => moving.record_in(entry),
        }
    }

    pub fn ended(&self, outcome: ItemOutcome) -> AppliedItem {
        let (secret_id, name) = (self.arn.clone(), self.name.clone());
        AppliedItem { secret_id, name, outcome, entry_id: None, detail: None, saved: None }
    }
}

impl Engine {
    /// Plans the change of one secret, of any kind.
    pub(super) async fn prepare(
        &self,
        planning: &Planning<'_>,
        asked: SecretChange,
    ) -> Result<Prepared, ApiError> {
        let SecretChange { secret_id, change } = asked;
        match change {
            AnyChange::Plain { change, begun_from } => {
                self.prepare_plain(planning, &secret_id, change, begun_from.as_ref()).await
            }
            AnyChange::Create(secret) => Box::pin(self.prepare_creation(planning, secret_id, secret)).await,
            AnyChange::SaveValue(version) => Box::pin(self.prepare_save(planning, &secret_id, version)).await,
            AnyChange::MoveLabels(moved) => Box::pin(self.prepare_move(planning, &secret_id, moved)).await,
        }
    }

    /// Changes a secret. A plan of one is journalled under its own id; `batch` is the plan that several share.
    pub(super) async fn apply_item(
        &self,
        writer: &Writer,
        item: &PlannedItem,
        plan_id: &PlanId,
        batch: Option<&PlanId>,
    ) -> AppliedItem {
        let mut applied = item.ended(ItemOutcome::Done);
        // Its own notes: others of the plan are under way.
        let writer = writer.anew();
        let mut shows = Some(item.arn.clone());
        match self.check_due(&writer, item).await {
            Err(outcome) => applied.outcome = outcome,
            Ok(false) => {}
            Ok(true) => {
                let entry_id = batch.map_or_else(|| plan_id.0.clone(), |_| Uuid::new_v4().to_string());
                let subject = (item.arn.as_str(), item.name.as_str());
                let mut entry = self.new_entry(&writer, entry_id.clone(), item.operation(), subject);
                item.record_in(&mut entry);
                entry.plan = batch.cloned();
                let sending = Box::pin(self.send_item(&writer, item));
                let ended = self.journalled(&writer.writes, entry, sending).await;
                self.follow_up(item, &ended).await;
                applied.entry_id = Some(entry_id);
                (applied.outcome, applied.saved, shows) = (ended.outcome, ended.saved, ended.shows);
            }
        }
        if let Some(secret_id) = shows {
            applied.detail = self.describe_changed(&writer, &secret_id, batch.is_none()).await;
            applied.secret_id = secret_id;
        }
        applied
    }

    /// Whether there is anything to send, on a secret that is still as it was planned on. Creations, saves and moves
    /// compare at each of their requests.
    async fn check_due(&self, writer: &Writer, item: &PlannedItem) -> Result<bool, ItemOutcome> {
        let Kind::Plain(change) = &item.kind else { return Ok(true) };
        self.unchanged(writer, item, change).await?;
        Ok(!change.requests().is_empty())
    }

    async fn send_item(&self, writer: &Writer, item: &PlannedItem) -> (Ended, Noted) {
        match &item.kind {
            Kind::Plain(change) => self.send_plain(writer, item, change).await,
            Kind::Creation(creation) => self.send_creation(writer, &item.name, creation).await,
            Kind::Save(save) => self.send_save(writer, save).await,
            Kind::Labels(moving) => self.send_move(writer, &item.arn, moving).await,
        }
    }

    /// Ends in the journal and in the merges what the change has brought to its end.
    async fn follow_up(&self, item: &PlannedItem, ended: &Ended) {
        if ended.outcome != ItemOutcome::Done {
            return;
        }
        match &item.kind {
            Kind::Save(save) => self.end_merge(save),
            Kind::Labels(moving) => self.end_recovery(moving).await,
            Kind::Plain(_) | Kind::Creation(_) => {}
        }
    }

    /// The secret as it is now. Of many, the list alone shows the current state.
    async fn describe_changed(
        &self,
        writer: &Writer,
        secret_id: &str,
        with_versions: bool,
    ) -> Option<SecretDetail> {
        if with_versions {
            return self.describe(&writer.scope, &writer.reads, secret_id).await.ok();
        }
        let _ = self.describe_alone(&writer.scope, &writer.reads, secret_id).await;
        None
    }
}
