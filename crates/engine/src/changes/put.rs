//! Applies a save: the first value and put-and-verify here, the swap beside it; and the journal around both.

use aws_sdk_secretsmanager::primitives::Blob;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use latchkey_domain::secret_text::SecretValue;
use latchkey_domain::stages::{CURRENT, StagePlan, VersionMap};
use latchkey_domain::writes::{
    ApplySave, JournalResult, MergeReview, Operation, Outcome, SaveOutcome, SaveRecord, SaveWay, Saved,
};
use latchkey_domain::{ApiError, Code, Scope};
use zeroize::Zeroizing;

use super::apply::{Noted, Plan};
use super::labels::{Open, WAITS, labels, moved_meanwhile, unknown, unseen};
use super::plans::LIFETIME;
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
pub(super) struct Ended {
    pub outcome: SaveOutcome,
    /// The labels as it left them; none where something else was seen than it made of them.
    pub left: Option<VersionMap>,
    pub lost_labels: Vec<String>,
    /// Nothing is incomplete: the journal entry can be closed.
    pub is_clean: bool,
}

impl Ended {
    pub fn done() -> Self {
        Self::with(Outcome::Done)
    }

    pub fn with(outcome: Outcome) -> Self {
        let outcome = match outcome {
            Outcome::Done => SaveOutcome::Done,
            Outcome::Conflict(error) => SaveOutcome::Conflict(error),
            Outcome::NotDone(error) => SaveOutcome::NotDone(error),
        };
        Self::ending(outcome)
    }

    pub fn merge(review: MergeReview) -> Self {
        Self::ending(SaveOutcome::Merge(review))
    }

    fn ending(outcome: SaveOutcome) -> Self {
        Self { outcome, left: None, lost_labels: Vec::new(), is_clean: true }
    }
}

impl Plan for PlannedSave {
    /// The name that was typed.
    type Word = Option<String>;

    fn scope(&self) -> &Scope {
        &self.scope
    }

    fn check_word(&self, engine: &Engine, typed_name: &Option<String>) -> Result<(), ApiError> {
        let connection = &self.scope.connection;
        engine.check_writer(connection, self.writes_through.as_ref())?;
        if !self.abandons_rotation || typed_name.as_ref() == Some(&self.name) {
            return engine.check_typed(connection, &self.name, typed_name.as_deref());
        }
        Err(ApiError::invalid(
            "typed_name",
            format!(
                "A rotation is in progress or stuck: its pending version may hold the live password, and a save \
                 abandons it. Finish the rotation first, or type the name {} to save anyway.",
                self.name
            ),
        ))
    }
}

impl Engine {
    /// Saves a reviewed value, once; answers with what came of it and the secret as it is then.
    pub(crate) async fn apply_save(&self, request: ApplySave) -> Result<Saved, ApiError> {
        let ApplySave { plan_id, typed_name } = request;
        let begun = self.begin(&self.plans.saves, &plan_id, &typed_name).await?;
        let (save, writer) = (&begun.plan, &begun.writer);
        let subject = (save.arn.as_str(), save.name.as_str());
        let mut entry = self.new_entry(writer, plan_id.0.clone(), Operation::SaveValue, subject);
        entry.version_ids = vec![save.new_version_id.clone()];
        entry.save = Some(SaveRecord {
            base_version_id: save.base.as_ref().map(|base| base.version_id.clone()),
            new_version_id: save.new_version_id.clone(),
            label: (save.way == SaveWay::Swap).then(|| save.label.clone()),
            before: save.before.clone(),
            left: None,
        });
        let saving = async {
            let ended = match save.way {
                SaveWay::Swap => Box::pin(self.swap_in(writer, save)).await,
                SaveWay::First | SaveWay::PutAndVerify => Box::pin(self.put_current(writer, save)).await,
            };
            // What could not be looked at or cleaned up stays open: it is found again at the next start.
            let (result, left) = match &ended {
                Ok(ended) if ended.is_clean => (result_of(ended), ended.left.clone()),
                Ok(_) => (JournalResult::Unfinished, None),
                Err(open) => (open.journal_result(), None),
            };
            (ended, Noted { left, ..result.into() })
        };
        let ended = self.journalled(&writer.writes, entry, saving).await;
        let Ended { outcome, lost_labels, .. } = ended.map_err(Open::into_error)?;
        if let (SaveOutcome::Done, Some(merge_id)) = (&outcome, &save.merge_id) {
            // Its values are needed no longer.
            let _ = self.plans.merges.take(merge_id, self.clock.now());
        }
        if matches!(outcome, SaveOutcome::Conflict(_) | SaveOutcome::NotDone(_)) {
            let (spent, connection) = (&self.plans.spent_saves, &save.scope.connection);
            self.keep(spent, &plan_id, connection, LIFETIME, save.clone());
        }
        let detail = self.describe(&save.scope, &writer.reads, &save.arn).await.ok();
        let version_id = save.new_version_id.clone();
        Ok(Saved { plan_id, outcome, version_id, lost_labels, detail })
    }

    /// One PutSecretValue to AWSCURRENT, then a look at what it replaced.
    async fn put_current(&self, writer: &Writer, save: &PlannedSave) -> Result<Ended, Open> {
        match labels(&writer.reads, &save.arn).await {
            Ok(found) if found.same_as(&save.before) => {}
            Ok(found) => return Ok(self.after_conflict(save, &found).await),
            Err(error) => return Ok(Ended::with(Outcome::NotDone(error))),
        }
        let failure = send_value(&writer.writes, save, CURRENT).await.err();
        let now = match self.landed(writer, save, failure).await? {
            Ok(now) => now,
            Err(outcome) => return Ok(Ended::with(outcome)),
        };
        let put_back = match now.plan_reattach(&save.before) {
            Some(plan) => self.reattach(writer, save, &plan).await,
            None => PutBack { left: Some(now.clone()), lost_labels: Vec::new(), is_final: true },
        };
        let ended = self.look_after(save, &now).await;
        Ok(Ended {
            left: put_back.left,
            lost_labels: put_back.lost_labels,
            is_clean: put_back.is_final,
            ..ended
        })
    }

    /// What a put that landed has replaced: what was reviewed, or an edit of somebody else.
    async fn look_after(&self, save: &PlannedSave, now: &VersionMap) -> Ended {
        let conflict =
            |message: String| Ended::with(Outcome::Conflict(ApiError::new(Code::Conflict, message)));
        if now.holder(CURRENT) != Some(save.new_version_id.as_str()) {
            return conflict(
                "The value was saved, and somebody else saved after it: theirs is current. Yours is kept as an \
                 older version."
                    .to_owned(),
            );
        }
        let Some(replaced) = now.replaced_since(&save.before) else { return Ended::done() };
        let Some(base) = &save.base else {
            return conflict(format!(
                "The value was saved over a first value that somebody else stored at the same moment: version \
                 {replaced}, which is now AWSPREVIOUS. Compare the two under Versions."
            ));
        };
        match self.held(&save.scope, &save.arn, replaced).await {
            Ok(theirs) => {
                let onto = Held { version_id: save.new_version_id.clone(), value: save.mine.clone() };
                Ended::merge(self.open_merge(&save.scope, &save.arn, base, &theirs, &save.mine, &onto))
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
    ) -> Result<Result<VersionMap, Outcome>, Open> {
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
                (Ok(_), Some(error)) => Ok(Err(Outcome::NotDone(error))),
                (Err(_), Some(error)) if is_denied => Ok(Err(Outcome::NotDone(error))),
                (Err(_), Some(error)) | (Err(error), None) => Err(unknown(error)),
                (Ok(now), None) if now.same_as(&save.before) => Err(unseen(&save.arn)),
                (Ok(_), None) => {
                    let mut error = moved_meanwhile(&save.arn);
                    let kept = format!(" Yours was saved as version {}.", save.new_version_id);
                    error.message.push_str(&kept);
                    Ok(Err(Outcome::Conflict(error)))
                }
            };
        }
    }

    /// Puts back the labels that the put took from the old version. Where that failed and was not refused for good (this
    /// identity may not, there is no room), the save is not over: the journal offers to finish it.
    async fn reattach(&self, writer: &Writer, save: &PlannedSave, plan: &StagePlan) -> PutBack {
        let error = match self.move_labels(writer, &save.arn, plan).await {
            Ok(Outcome::Done) => {
                return PutBack { left: Some(plan.after()), lost_labels: Vec::new(), is_final: true };
            }
            Ok(Outcome::Conflict(error) | Outcome::NotDone(error)) => error,
            Err(open) => open.into_error(),
        };
        // Some may be back already; if nobody can look, each may be lost.
        let now = labels(&writer.reads, &save.arn).await.unwrap_or_default();
        let (back, missing): (Vec<_>, Vec<_>) =
            plan.steps.iter().cloned().partition(|step| now.holder(&step.label) == step.to.as_deref());
        let left = StagePlan { steps: back, ..plan.clone() }.after();
        PutBack {
            left: Some(left).filter(|left| now.same_as(left)),
            lost_labels: missing.into_iter().map(|step| step.label).collect(),
            is_final: matches!(error.code, Code::AccessDenied | Code::Invalid(_)),
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

fn result_of(ended: &Ended) -> JournalResult {
    match &ended.outcome {
        SaveOutcome::Done => JournalResult::Done,
        SaveOutcome::Conflict(error) => JournalResult::Conflict(error.clone()),
        SaveOutcome::NotDone(error) => JournalResult::NotDone(error.clone()),
        SaveOutcome::Merge(_) => {
            let message = "Somebody else saved meanwhile: a merge was opened.";
            JournalResult::Conflict(ApiError::new(Code::Conflict, message))
        }
    }
}
