//! Carries out every change that is neither a value nor a move of labels: describe, check, resolve the writer, check
//! the typed name, begin the journal entry, send, verify, end the journal entry.

mod send;

use latchkey_domain::change::{Change, ChangeRecord, NameIsTyped, Settled};
use latchkey_domain::secret::SecretDetail;
use latchkey_domain::writes::JournalResult;
use latchkey_domain::{ApiError, Code, Scope};
use uuid::Uuid;

use crate::Engine;
use crate::connections::Writer;
use crate::journal::Ending;
use crate::writes::WAITS;
use send::{Failure, Sent, send};

enum Verified {
    Done,
    /// The journal's result, and the error of the command.
    Failed(JournalResult, ApiError),
}

impl Engine {
    /// Carries a change out and returns the secret as described afterwards.
    pub(crate) async fn carry_out(
        &self,
        scope: &Scope,
        secret_id: &str,
        change: Change,
        typed_name: Option<&str>,
    ) -> Result<SecretDetail, ApiError> {
        change.check()?;
        let client = self.client(scope).await?;
        let before = self.describe(scope, &client, secret_id).await?;
        let (arn, name) = (before.summary.arn.as_str(), before.summary.name.as_str());
        change.check_on(&scope.region, &before)?;
        let name_is_typed = change.name_is_typed();
        if name_is_typed == NameIsTyped::Always && typed_name != Some(name) {
            let message = format!("Type the name {name} to go on.");
            return Err(ApiError::invalid("typed_name", message));
        }
        let writer = self.writer(scope).await?;
        if name_is_typed == NameIsTyped::WhereGuarded {
            // After the writer is resolved, which may reveal a production account and so turn the guard on.
            self.check_typed(&scope.connection, name, typed_name)?;
        }
        let record = ChangeRecord::new(change, &before);
        let entry_id = Uuid::new_v4().to_string();
        let mut entry = self.new_entry(&writer, entry_id.clone(), record.change.operation(), (arn, name));
        entry.change = Some(record.clone());
        self.journal.begin(entry).await;
        let sent = send(&writer.writes, arn, record.change.requests(&record.before)).await;
        let verified = match &sent.failure {
            None => Verified::Done,
            Some(failure) => self.verify(&writer, arn, &record, &sent, failure).await,
        };
        let result = match &verified {
            Verified::Done => JournalResult::Done,
            Verified::Failed(result, _) => result.clone(),
        };
        let ending = Ending::new(entry_id, self.clock.now(), result);
        let Sent { request_ids, version_ids, .. } = sent;
        self.journal.end(&scope.connection, Ending { request_ids, version_ids, ..ending }).await;
        match verified {
            Verified::Done => self.describe(scope, &writer.reads, arn).await,
            Verified::Failed(_, error) => Err(error),
        }
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
    ) -> Verified {
        let error = failure.error.clone();
        if !failure.may_have_landed {
            return match sent.accepted {
                0 => refused(error),
                _ => partly(error),
            };
        }
        let mut waits = WAITS.iter();
        loop {
            let settled = match self.describe(&writer.scope, &writer.reads, arn).await {
                Ok(now) => Some(record.settled(&now)),
                Err(_) => None,
            };
            if settled == Some(Settled::Done) {
                return Verified::Done;
            }
            let Some(wait) = waits.next() else {
                return match settled {
                    Some(Settled::NotDone) => refused(error),
                    Some(_) if sent.accepted > 0 => partly(error),
                    _ => unknown(error),
                };
            };
            self.clock.sleep(*wait).await;
        }
    }
}

fn refused(error: ApiError) -> Verified {
    let result = match error.code {
        Code::Conflict => JournalResult::Conflict(error.clone()),
        _ => JournalResult::NotDone(error.clone()),
    };
    Verified::Failed(result, error)
}

fn partly(mut error: ApiError) -> Verified {
    error.message.push_str(" Part of the change was applied before that. Look at the secret as it is now.");
    Verified::Failed(JournalResult::Partly(error.clone()), error)
}

fn unknown(mut error: ApiError) -> Verified {
    error.message.push_str(
        " The outcome is unknown: the secret could not be described afterwards, or does not show it. Look at the secret \
         again.",
    );
    Verified::Failed(JournalResult::Unknown(error.clone()), error)
}

#[cfg(test)]
mod tests;
