//! What every change goes through when it is applied, whatever it does.

use latchkey_domain::stages::VersionMap;
use latchkey_domain::writes::{JournalEntry, JournalResult, PlanId};
use latchkey_domain::{ApiError, Code, ConnectionId, Scope};

use super::plans::{Applying, Kept};
use super::write_client::WriteClient;
use super::writer::Writer;
use crate::Engine;
use crate::journal::Ending;

/// A reviewed plan of one kind.
pub(super) trait Plan: Clone {
    /// What the person has said to it.
    type Word;

    fn scope(&self) -> &Scope;

    /// Whether everything was said that the plan asks for, as the connection is now.
    fn check_word(&self, engine: &Engine, word: &Self::Word) -> Result<(), ApiError>;
}

/// A plan that is used up, and what it is sent with. It can be cancelled until this is dropped.
pub(super) struct Begun<P> {
    pub plan: P,
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
    pub(super) async fn begin<P: Plan>(
        &self,
        kept: &Kept<P>,
        plan_id: &PlanId,
        word: &P::Word,
    ) -> Result<Begun<P>, ApiError> {
        let plan = kept.look(plan_id, self.clock.now())?;
        plan.check_word(self, word)?;
        let applying = self.plans.applying(plan_id, &plan.scope().connection)?;
        // Before the plan is used up: a sign-in that it asks for costs no new plan. It may reveal a production account,
        // and so turn the guard on.
        let writer = self.writer(plan.scope()).await?;
        plan.check_word(self, word)?;
        kept.take(plan_id, self.clock.now())?;
        Ok(Begun { plan, writer, applying })
    }

    /// Whether the review was seen, where the plan or the connection asks for it.
    pub(super) fn check_reviewed(
        &self,
        connection: &ConnectionId,
        is_quiet: bool,
        is_reviewed: bool,
    ) -> Result<(), ApiError> {
        let asks = self.asks_for_name(connection);
        if is_reviewed || (is_quiet && !asks) {
            return Ok(());
        }
        let message = match asks {
            true => "The connection requires confirmation. Review the change first.",
            false => "Review the change before it is applied.",
        };
        Err(ApiError::new(Code::Conflict, message))
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
