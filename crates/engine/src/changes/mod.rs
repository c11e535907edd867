//! Changes of a secret beside its value and labels, each by the same way: describe, check, the person's word, who
//! writes, the journal, the requests, and a look at what came of them.

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

/// A change of which an answer was lost, or a part is missing.
enum Came {
    Done,
    /// How the journal keeps it, and what the person is told.
    Otherwise(JournalResult, ApiError),
}

impl Engine {
    /// Carries a change out and answers with the secret as it is then.
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
            // Not before: who asks for a writer may learn that its account is one of production.
            self.check_typed(&scope.connection, name, typed_name)?;
        }
        let record = ChangeRecord::new(change, &before);
        let entry_id = Uuid::new_v4().to_string();
        let mut entry = self.new_entry(&writer, entry_id.clone(), record.change.operation(), (arn, name));
        entry.change = Some(record.clone());
        self.journal.begin(entry).await;
        let sent = send(&writer.writes, arn, record.change.requests(&record.before)).await;
        let came = match &sent.failure {
            None => Came::Done,
            Some(failure) => self.look_what_came(&writer, arn, &record, &sent, failure).await,
        };
        let result = match &came {
            Came::Done => JournalResult::Done,
            Came::Otherwise(result, _) => result.clone(),
        };
        let ending = Ending::new(entry_id, self.clock.now(), result);
        let Sent { request_ids, version_ids, .. } = sent;
        self.journal.end(&scope.connection, Ending { request_ids, version_ids, ..ending }).await;
        match came {
            Came::Done => self.describe(scope, &writer.reads, arn).await,
            Came::Otherwise(_, error) => Err(error),
        }
    }

    /// What came of requests that stopped: a refusal is final, and a lost answer is looked up until the deadline.
    async fn look_what_came(
        &self,
        writer: &Writer,
        arn: &str,
        record: &ChangeRecord,
        sent: &Sent,
        failure: &Failure,
    ) -> Came {
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
                return Came::Done;
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

fn refused(error: ApiError) -> Came {
    let result = match error.code {
        Code::Conflict => JournalResult::Conflict(error.clone()),
        _ => JournalResult::NotDone(error.clone()),
    };
    Came::Otherwise(result, error)
}

fn partly(mut error: ApiError) -> Came {
    error.message.push_str(" A part of the change had landed before. Look at the secret as it is now.");
    Came::Otherwise(JournalResult::Partly(error.clone()), error)
}

fn unknown(mut error: ApiError) -> Came {
    error
        .message
        .push_str(" Whether the change has landed is unknown. Look at the secret once it can be read.");
    Came::Otherwise(JournalResult::Unknown(error.clone()), error)
}

#[cfg(test)]
mod tests;
