//! What every change goes through when it is applied, whatever it does.

use std::sync::Arc;

use latchkey_domain::change::ApplyChanges;
use latchkey_domain::stages::VersionMap;
use latchkey_domain::text::short_id;
use latchkey_domain::writes::{JournalEntry, JournalResult};
use latchkey_domain::{ApiError, Code};

use super::PlannedChanges;
use super::item::Kind;
use super::plans::Applying;
use super::write_client::WriteClient;
use super::writer::Writer;
use crate::Engine;
use crate::journal::Ending;

/// A plan that is used up, and what it is sent with. It can be cancelled until this is dropped.
pub(super) struct Begun {
    pub plan: Arc<PlannedChanges>,
    pub writer: Writer,
    pub applying: Applying,
}

/// What the journal notes of what was sent.
pub(super) struct Noted {
    pub result: JournalResult,
    pub version_ids: Vec<String>,
    /// The ARN of a secret that was created.
    pub secret_id: Option<String>,
    /// The labels as a save left them.
    pub left: Option<VersionMap>,
}

impl From<JournalResult> for Noted {
    fn from(result: JournalResult) -> Self {
        Self { result, version_ids: Vec::new(), secret_id: None, left: None }
    }
}

impl Engine {
    /// Uses a plan up: the person's word, then who writes, then the plan.
    pub(super) async fn begin(&self, word: &ApplyChanges) -> Result<Begun, ApiError> {
        let (kept, plan_id) = (&self.plans.changes, &word.plan_id);
        let plan = kept.look(plan_id, self.clock.now())?;
        self.check_word(&plan, word)?;
        let applying = self.plans.applying(plan_id, &plan.scope.connection)?;
        // Before the plan is used up: a sign-in that it asks for costs no new plan. It may reveal a production account,
        // and so turn the guard on.
        let writer = self.writer(&plan.scope).await?;
        self.check_word(&plan, word)?;
        kept.take(plan_id, self.clock.now())?;
        Ok(Begun { plan, writer, applying })
    }

    /// Whether everything was said that the plan asks for, as the connection is now.
    fn check_word(&self, plan: &PlannedChanges, word: &ApplyChanges) -> Result<(), ApiError> {
        let connection = &plan.scope.connection;
        if plan.needs_tick && !word.acknowledged {
            let message = "Tick that you understand the impact, then confirm.";
            return Err(ApiError::invalid("acknowledged", message));
        }
        self.check_writer(connection, plan.writes_through.as_ref())?;
        let asks_for_name = self.asks_for_name(connection);
        let must_type = self.must_type(plan, asks_for_name);
        if let Some(must_type) =
            must_type.as_ref().filter(|must_type| word.typed.as_ref() != Some(*must_type))
        {
            return Err(ApiError::invalid("typed_name", plan.why_typed(must_type, asks_for_name)));
        }
        if asks_for_name && !plan.asked_for_name {
            let message = "The connection requires confirmation now. Review the change again.";
            return Err(ApiError::new(Code::Conflict, message));
        }
        if !word.is_reviewed && (!plan.is_quiet || asks_for_name) {
            let message = match asks_for_name {
                true => "The connection requires confirmation. Review the change first.",
                false => "Review the change before it is applied.",
            };
            return Err(ApiError::new(Code::Conflict, message));
        }
        match plan.items.as_slice() {
            [item] if word.typed.as_ref() != Some(&item.name) => match self.unread(plan, item) {
                Some(target) => Err(ApiError::invalid(
                    "typed_name",
                    format!(
                        "Version {} was not read, so nobody knows that it can be. Open it first, or type the name {} \
                         to continue without verifying it.",
                        short_id(target),
                        item.name
                    ),
                )),
                None => Ok(()),
            },
            _ => Ok(()),
        }
    }

    /// Sends a change between its beginning and its end in the journal, which has the ids of all requests that `writes`
    /// has sent.
    pub(super) async fn journalled<T>(
        &self,
        writes: &WriteClient,
        entry: JournalEntry,
        sending: impl Future<Output = (T, Noted)>,
    ) -> T {
        let (entry_id, connection) = (entry.entry_id.clone(), entry.scope.connection.clone());
        let _under_way = self.journal.begin(entry).await;
        let (answer, Noted { result, version_ids, secret_id, left }) = sending.await;
        let (ended_at, request_ids) = (self.clock.now(), writes.request_ids());
        let ending = Ending { entry_id, ended_at, request_ids, version_ids, secret_id, left, result };
        self.journal.end(&connection, ending).await;
        answer
    }
}

impl PlannedChanges {
    /// Why something must be typed.
    fn why_typed(&self, must_type: &str, asks_for_name: bool) -> String {
        let abandons = |kind: &Kind| matches!(kind, Kind::Save(save) if save.abandons_rotation);
        match self.items.as_slice() {
            [item] if abandons(&item.kind) => format!(
                "A rotation is in progress or stuck: its pending version may hold the live password, and a save \
                 abandons it. Finish the rotation first, or type the name {must_type} to save anyway."
            ),
            [_] if asks_for_name => {
                format!("The connection requires confirmation. Type the name {must_type} to continue.")
            }
            _ => format!("Type {must_type} to continue."),
        }
    }
}
