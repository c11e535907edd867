//! Sends a save: the first value and put-and-verify here, the swap beside it.

use aws_sdk_secretsmanager::primitives::Blob;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use latchkey_domain::change::{ItemOutcome, MergeReview, SaveWay, SavedValue};
use latchkey_domain::secret_text::SecretValue;
use latchkey_domain::stages::{CURRENT, StagePlan, VersionMap};
use latchkey_domain::writes::{JournalEntry, JournalResult, SaveRecord};
use latchkey_domain::{ApiError, Code};
use zeroize::Zeroizing;

use super::apply::Noted;
use super::item::Ended;
use super::labels::{Open, WAITS, labels, moved_meanwhile, unknown, unseen};
use super::save::{Held, PlannedSave};
use super::write_client::WriteClient;
use super::writer::Writer;
use crate::Engine;
use crate::aws::fault::{Attempt, classify, withhold};

/// The outcome for the labels that a put has dropped.
struct PutBack {
    /// The labels then, where they are as planned.
    left: Option<VersionMap>,
    lost_labels: Vec<String>,
    /// Trying again would not help.
    is_final: bool,
}

/// How a save ended.
pub(super) struct Saving {
    pub outcome: ItemOutcome,
    /// What is to be decided, where somebody else saved meanwhile.
    pub merge: Option<MergeReview>,
    /// The labels as it left them; none where something else was seen than it made of them.
    pub left: Option<VersionMap>,
    pub lost_labels: Vec<String>,
    /// Nothing is incomplete: the journal entry can be closed.
    pub is_clean: bool,
}

impl Saving {
    pub fn done() -> Self {
        Self::with(ItemOutcome::Done)
    }

    pub fn with(outcome: ItemOutcome) -> Self {
        Self { outcome, merge: None, left: None, lost_labels: Vec::new(), is_clean: true }
    }

    pub fn merge(review: MergeReview) -> Self {
        let message = "Somebody else saved meanwhile: a merge was opened.";
        let outcome = ItemOutcome::Conflict(ApiError::new(Code::Conflict, message));
        Self { merge: Some(review), ..Self::with(outcome) }
    }
}

impl PlannedSave {
    pub fn record_in(&self, entry: &mut JournalEntry) {
        entry.version_ids = vec![self.new_version_id.clone()];
        entry.save = Some(SaveRecord {
            base_version_id: self.base.as_ref().map(|base| base.version_id.clone()),
            new_version_id: self.new_version_id.clone(),
            label: (self.way == SaveWay::Swap).then(|| self.label.clone()),
            before: self.before.clone(),
            left: None,
        });
    }
}

impl Engine {
    /// Saves a reviewed value.
    pub(super) async fn send_save(&self, writer: &Writer, save: &PlannedSave) -> (Ended, Noted) {
        let saved = match save.way {
            SaveWay::Swap => Box::pin(self.swap_in(writer, save)).await,
            SaveWay::First | SaveWay::PutAndVerify => Box::pin(self.put_current(writer, save)).await,
        };
        // What could not be looked at or cleaned up stays open: it is found again at the next start.
        let (result, left) = match &saved {
            Ok(saved) if saved.is_clean => (saved.outcome.journal_result(), saved.left.clone()),
            Ok(_) => (JournalResult::Unfinished, None),
            Err(open) => (open.journal_result(), None),
        };
        let Saving { outcome, merge, lost_labels, .. } =
            saved.unwrap_or_else(|open| Saving::with(open.into_outcome()));
        let saved = Some(SavedValue { version_id: save.new_version_id.clone(), lost_labels, merge });
        let ended = Ended { outcome, saved, shows: Some(save.arn.clone()) };
        (ended, Noted { left, ..result.into() })
    }

    /// The values of a merge that a save has brought to its end are needed no longer.
    pub(super) fn end_merge(&self, save: &PlannedSave) {
        if let Some(merge_id) = &save.merge_id {
            let _ = self.plans.merges.take(merge_id, self.clock.now());
        }
    }

    /// One PutSecretValue to AWSCURRENT, then a look at what it replaced.
    async fn put_current(&self, writer: &Writer, save: &PlannedSave) -> Result<Saving, Open> {
        match labels(&writer.reads, &save.arn).await {
            Ok(found) if found.same_as(&save.before) => {}
            Ok(found) => return Ok(self.after_conflict(save, &found).await),
            Err(error) => return Ok(Saving::with(ItemOutcome::NotDone(error))),
        }
        let failure = send_value(&writer.writes, save, CURRENT).await.err();
        let now = match self.landed(writer, save, failure).await? {
            Ok(now) => now,
            Err(outcome) => return Ok(Saving::with(outcome)),
        };
        let put_back = match now.plan_reattach(&save.before) {
            Some(plan) => self.reattach(writer, save, &plan).await,
            None => PutBack { left: Some(now.clone()), lost_labels: Vec::new(), is_final: true },
        };
        let ended = self.look_after(save, &now).await;
        Ok(Saving {
            left: put_back.left,
            lost_labels: put_back.lost_labels,
            is_clean: put_back.is_final,
            ..ended
        })
    }

    /// What a put that landed has replaced: what was reviewed, or an edit of somebody else.
    async fn look_after(&self, save: &PlannedSave, now: &VersionMap) -> Saving {
        let conflict =
            |message: String| Saving::with(ItemOutcome::Conflict(ApiError::new(Code::Conflict, message)));
        if now.holder(CURRENT) != Some(save.new_version_id.as_str()) {
            return conflict(
                "The value was saved, and somebody else saved after it: theirs is current. Yours is kept as an \
                 older version."
                    .to_owned(),
            );
        }
        let Some(replaced) = now.replaced_since(&save.before) else { return Saving::done() };
        let Some(base) = &save.base else {
            return conflict(format!(
                "The value was saved over a first value that somebody else stored at the same moment: version \
                 {replaced}, which is now AWSPREVIOUS. Compare the two under Versions."
            ));
        };
        match self.held(&save.scope, &save.arn, replaced).await {
            Ok(theirs) => {
                let onto = Held { version_id: save.new_version_id.clone(), value: save.mine.clone() };
                Saving::merge(self.open_merge(&save.scope, &save.arn, base, &theirs, &save.mine, &onto))
            }
            Err(error) => conflict(format!(
                "The value was saved over version {replaced}, which somebody else saved meanwhile and which cannot \
                 be read to merge it. It is now AWSPREVIOUS: see it under Versions. {}",
                error.message
            )),
        }
    }

    /// Looks until the new version is there; else, how it failed. An error if it was accepted and does not show.
    async fn landed(
        &self,
        writer: &Writer,
        save: &PlannedSave,
        refused: Option<ApiError>,
    ) -> Result<Result<VersionMap, ItemOutcome>, Open> {
        // A denied request has changed nothing: no look later will tell more.
        let is_denied = refused.as_ref().is_some_and(|error| error.code == Code::AccessDenied);
        let mut waits = WAITS.iter();
        loop {
            let seen = labels(&writer.reads, &save.arn).await;
            if let Ok(now) = &seen
                && !now.labels(&save.new_version_id).is_empty()
            {
                return Ok(Ok(now.clone()));
            }
            if let Some(wait) = waits.next().filter(|_| !is_denied) {
                self.clock.sleep(*wait).await;
                continue;
            }
            return match (seen, refused) {
                (Ok(_), Some(error)) => Ok(Err(ItemOutcome::NotDone(error))),
                (Err(_), Some(error)) if is_denied => Ok(Err(ItemOutcome::NotDone(error))),
                (Err(_), Some(error)) | (Err(error), None) => Err(unknown(error)),
                (Ok(now), None) if now.same_as(&save.before) => Err(unseen(&save.arn)),
                (Ok(_), None) => {
                    let mut error = moved_meanwhile(&save.arn);
                    let kept = format!(" Yours was saved as version {}.", save.new_version_id);
                    error.message.push_str(&kept);
                    Ok(Err(ItemOutcome::Conflict(error)))
                }
            };
        }
    }

    /// Puts back the labels that the put took from the old version. Where that failed and was not refused for good (this
    /// identity may not, there is no room), the save is not over: the journal offers to finish it.
    async fn reattach(&self, writer: &Writer, save: &PlannedSave, plan: &StagePlan) -> PutBack {
        let outcome = match self.move_labels(writer, &save.arn, plan).await {
            Ok(ItemOutcome::Done) => {
                return PutBack { left: Some(plan.after()), lost_labels: Vec::new(), is_final: true };
            }
            Ok(other) => other,
            Err(open) => open.into_outcome(),
        };
        // Some may be back already; if nobody can look, each may be lost.
        let now = labels(&writer.reads, &save.arn).await.unwrap_or_default();
        let (back, missing): (Vec<_>, Vec<_>) =
            plan.steps.iter().cloned().partition(|step| now.holder(&step.label) == step.to.as_deref());
        let left = StagePlan { steps: back, ..plan.clone() }.after();
        PutBack {
            left: Some(left).filter(|left| now.same_as(left)),
            lost_labels: missing.into_iter().map(|step| step.label).collect(),
            is_final: matches!(
                outcome.error().map(|error| &error.code),
                Some(Code::AccessDenied | Code::Invalid(_))
            ),
        }
    }
}

/// One PutSecretValue with this label. AWS's words are withheld where they quote the value.
pub(super) async fn send_value(
    client: &WriteClient,
    save: &PlannedSave,
    label: &str,
) -> Result<(), ApiError> {
    let request = client
        .put_secret_value()
        .secret_id(&save.arn)
        .client_request_token(&save.new_version_id)
        .version_stages(label);
    let request = match &save.mine {
        SecretValue::Text(text) => request.secret_string(text.as_str()),
        SecretValue::Binary(bytes) => request.secret_binary(Blob::new(bytes.as_slice())),
    };
    let attempt = Attempt { operation: "PutSecretValue", subject: &save.arn };
    let sent = request.send().await.map(drop);
    sent.map_err(|error| withhold(classify(attempt, &error), &[&sent_text(&save.mine)]))
}

/// A value as the request holds it, which AWS's words may quote.
pub(super) fn sent_text(value: &SecretValue) -> Zeroizing<String> {
    match value {
        SecretValue::Text(text) => text.clone(),
        SecretValue::Binary(bytes) => BASE64_STANDARD.encode(bytes).into(),
    }
}
