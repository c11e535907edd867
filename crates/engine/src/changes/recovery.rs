//! Finishes or withdraws an interrupted change, and closes it in the journal.

use latchkey_domain::change::Settled;
use latchkey_domain::secret::SecretDetail;
use latchkey_domain::stages::{StagePlan, VersionMap};
use latchkey_domain::writes::{Effect, JournalEntry, JournalResult, Operation, Recovery, WayOut};
use latchkey_domain::{ApiError, Code, ConnectionId, Scope};

use crate::Engine;
use crate::journal::Ending;

impl Engine {
    /// The steps that are left. An entry that turns out to be over is ended.
    pub(super) async fn planned_recovery(
        &self,
        scope: &Scope,
        detail: &SecretDetail,
        entry_id: &str,
        way_out: WayOut,
    ) -> Result<StagePlan, ApiError> {
        let entry =
            self.open_entry(scope, entry_id, |entry| is_of(entry, detail)).await.ok_or_else(|| {
                ApiError::new(
                    Code::NotFound,
                    "The journal has no unfinished change to this secret with that ID.",
                )
            })?;
        let conflict = |message: &str| Err(ApiError::new(Code::Conflict, message));
        if !entry.makes_a_plan() {
            let error = ApiError::new(
                Code::Conflict,
                "It was interrupted, and it is not known whether AWS applied it. Check the secret's current state.",
            );
            self.end_as(&scope.connection, entry_id, JournalResult::NotDone(error.clone())).await;
            return Err(error);
        }
        match entry.recover(&detail.version_map, way_out) {
            Recovery::Plan(plan) => Ok(plan),
            Recovery::WasDone => {
                self.end_as(&scope.connection, entry_id, JournalResult::Done).await;
                conflict("It was already complete: nothing is left to do.")
            }
            Recovery::Replaced { version_id } => {
                let error = replaced(version_id);
                self.end_as(&scope.connection, entry_id, JournalResult::Conflict(error.clone())).await;
                Err(error)
            }
            Recovery::WasNotDone => {
                self.end_as(&scope.connection, entry_id, JournalResult::NotDone(withdrawn())).await;
                conflict("Nothing was written: nothing is left to do.")
            }
            Recovery::ValueIsMissing => conflict(
                "The value had not been sent when it was interrupted, so it cannot be finished. Withdraw it, then save \
                 again.",
            ),
            Recovery::MovedOn => {
                let error = ApiError::new(
                    Code::Conflict,
                    "The labels have been moved since, so it cannot continue. Check the versions and decide manually.",
                );
                let is_stuck = |way_out| entry.recover(&detail.version_map, way_out) == Recovery::MovedOn;
                if is_stuck(WayOut::Finish) && is_stuck(WayOut::Withdraw) {
                    self.end_as(&scope.connection, entry_id, JournalResult::NotDone(error.clone())).await;
                }
                Err(error)
            }
        }
    }

    /// The entry in this scope whose outcome is still to be decided, if it is the one that is wanted.
    async fn open_entry(
        &self,
        scope: &Scope,
        entry_id: &str,
        is_wanted: impl Fn(&JournalEntry) -> bool,
    ) -> Option<JournalEntry> {
        let entry = self.journal.find(&scope.connection, entry_id).await?;
        let is_open = entry.scope == *scope && self.journal.is_left_open(&entry);
        (is_open && is_wanted(&entry)).then_some(entry)
    }

    /// Ends the entry of a change that makes no version and moves no label: DescribeSecret decides its outcome, which
    /// the returned error says.
    pub(super) async fn end_looked_up(
        &self,
        scope: &Scope,
        detail: &SecretDetail,
        entry_id: &str,
    ) -> Result<(), ApiError> {
        let Some(entry) = self.open_entry(scope, entry_id, |entry| is_of(entry, detail)).await else {
            return Ok(());
        };
        let settled = match &entry.change {
            Some(record) => record.settled(detail),
            None if entry.operation == Operation::CreateSecret => created(&entry, detail),
            None => return Ok(()),
        };
        let is_creation = entry.operation == Operation::CreateSecret;
        let error = ApiError::new(
            Code::Conflict,
            match settled {
                Settled::Done => "The change was applied. Check the secret's current state.",
                Settled::NotDone => {
                    "The change was not applied. Check the secret's current state, then change it again."
                }
                Settled::Undecidable => {
                    "Nothing shows whether the rotation was retried. Check the secret's current state."
                }
                Settled::Neither => {
                    "The secret matches neither its earlier state nor this change: part of it was applied, or somebody else \
                     changed the secret. Check the secret's current state."
                }
            },
        );
        let result = match settled {
            Settled::Done => JournalResult::Done,
            Settled::NotDone => JournalResult::NotDone(error.clone()),
            Settled::Neither | Settled::Undecidable => JournalResult::Conflict(error.clone()),
        };
        let ending = Ending::new(entry_id.to_owned(), self.clock.now(), result);
        // What was created is known by its ARN from now on.
        let secret_id = (is_creation && settled == Settled::Done).then(|| detail.summary.arn.clone());
        self.journal.end(&scope.connection, Ending { secret_id, ..ending }).await;
        Err(error)
    }

    /// Ends the entry of a secret that is gone: nothing can be finished or withdrawn. A deletion has come to its end.
    pub(super) async fn end_if_gone(&self, scope: &Scope, secret_id: &str, entry_id: &str, error: &ApiError) {
        if error.code != Code::NotFound {
            return;
        }
        let is_of_secret = |entry: &JournalEntry| entry.secret_id == secret_id;
        let Some(entry) = self.open_entry(scope, entry_id, is_of_secret).await else { return };
        let result = match entry.operation {
            Operation::DeleteSecret => JournalResult::Done,
            Operation::CreateSecret => JournalResult::NotDone(error.clone()),
            // Whether it was applied before the secret was gone, nothing shows.
            _ if entry.change.is_some() => JournalResult::Conflict(error.clone()),
            _ => JournalResult::NotDone(error.clone()),
        };
        self.end_as(&scope.connection, entry_id, result).await;
    }

    /// The version of somebody else that a save which was cut off has replaced, to be told before either way out.
    pub(super) async fn replaced_theirs(
        &self,
        connection: &ConnectionId,
        entry_id: &str,
        detail: &SecretDetail,
    ) -> Option<Effect> {
        let save = self.journal.find(connection, entry_id).await?.save?;
        let version_id = save.replaced(&detail.version_map)?.to_owned();
        Some(Effect::ReplacedTheirs { version_id })
    }

    /// Ends the entry that a plan has recovered, which left these labels.
    pub(super) async fn end_recovered(
        &self,
        connection: &ConnectionId,
        entry_id: &str,
        way_out: WayOut,
        left: &VersionMap,
    ) {
        let entry = self.journal.find(connection, entry_id).await;
        let result = match (way_out, entry.map(|entry| entry.recover(left, way_out))) {
            (WayOut::Withdraw, _) => JournalResult::NotDone(withdrawn()),
            (WayOut::Finish, Some(Recovery::Replaced { version_id })) => {
                JournalResult::Conflict(replaced(version_id))
            }
            (WayOut::Finish, _) => JournalResult::Done,
        };
        let ending = Ending::new(entry_id.to_owned(), self.clock.now(), result);
        self.journal.end(connection, Ending { left: Some(left.clone()), ..ending }).await;
    }

    async fn end_as(&self, connection: &ConnectionId, entry_id: &str, result: JournalResult) {
        let ending = Ending::new(entry_id.to_owned(), self.clock.now(), result);
        self.journal.end(connection, ending).await;
    }
}

/// Whether an entry is about this secret. What was being created had no ARN yet.
fn is_of(entry: &JournalEntry, detail: &SecretDetail) -> bool {
    let id = match entry.operation {
        Operation::CreateSecret => &detail.summary.name,
        _ => &detail.summary.arn,
    };
    entry.secret_id == *id
}

/// A secret of this name with the version that was sent is the one that was created.
fn created(entry: &JournalEntry, detail: &SecretDetail) -> Settled {
    let is_there = entry.version_ids.iter().any(|id| detail.has_version(id));
    if is_there { Settled::Done } else { Settled::NotDone }
}

fn replaced(version_id: String) -> ApiError {
    ApiError::new(Code::Conflict, Effect::ReplacedTheirs { version_id }.to_string())
}

fn withdrawn() -> ApiError {
    ApiError::new(Code::Conflict, "It was interrupted and withdrawn.")
}
