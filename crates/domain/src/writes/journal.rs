//! The journal: what this console did. It contains no values.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{JournalResult, Operation, PlanId};
use crate::change::{ChangeRecord, Part};
use crate::error::ApiError;
use crate::scope::Scope;
use crate::stages::{Pending, StageStep, VersionMap};

/// One change that was begun here.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct JournalEntry {
    /// For a plan, its [`PlanId`](super::PlanId).
    pub entry_id: String,
    pub began_at: DateTime<Utc>,
    /// Absent while it runs, and permanently if it was interrupted.
    pub ended_at: Option<DateTime<Utc>>,
    pub scope: Scope,
    /// The name that the connection had.
    pub connection_name: String,
    pub account: Option<String>,
    /// Absent if unknown: a local vault has no STS.
    pub caller_arn: Option<String>,
    /// The full ARN; the name only, for a secret that was not created.
    pub secret_id: String,
    pub secret_name: String,
    pub operation: Operation,
    pub version_ids: Vec<String>,
    pub request_ids: Vec<String>,
    /// For moves of labels: what an undo goes back to.
    pub stages: Option<StageRecord>,
    /// For a save: what a recovery goes by.
    pub save: Option<SaveRecord>,
    /// For every other change: decides its outcome by DescribeSecret.
    #[serde(default)]
    pub change: Option<ChangeRecord>,
    /// The plan over several secrets that this change belongs to.
    #[serde(default)]
    pub plan: Option<PlanId>,
    pub result: JournalResult,
}

/// What an entry changed of its secret: a later change of the same stands in the way of an undo.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Touched {
    Labels,
    Part(std::mem::Discriminant<Part>),
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StageRecord {
    pub before: VersionMap,
    pub steps: Vec<StageStep>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SaveRecord {
    /// None for the first value of a secret.
    pub base_version_id: Option<String>,
    pub new_version_id: String,
    /// The label of this save alone; none where the value is put to AWSCURRENT.
    pub label: Option<String>,
    /// The labels as the save found them.
    pub before: VersionMap,
    /// The labels as the save left them, once it is done; none if they could not be read.
    #[serde(default)]
    pub left: Option<VersionMap>,
}

impl SaveRecord {
    /// The labels that an undo goes back from: as they were left, or else as a save leaves them.
    pub fn after(&self) -> Option<VersionMap> {
        let swapped = || self.before.plan_rollback(&self.new_version_id, Pending::Detach);
        self.left.clone().or_else(|| Some(swapped().ok()?.after()))
    }
}

impl JournalEntry {
    /// Whether there is a change that takes it back.
    pub fn is_undoable(&self) -> bool {
        let is_change = || self.change.as_ref().is_some_and(|change| change.undo().is_ok());
        self.result == JournalResult::Done && (self.stages.is_some() || self.save.is_some() || is_change())
    }

    /// Whether its outcome can be found out, or it can be finished or withdrawn, where it is still open.
    pub fn is_recoverable(&self) -> bool {
        self.makes_a_plan() || self.change.is_some() || self.operation == Operation::CreateSecret
    }

    /// Whether a recovery moves labels; of any other change DescribeSecret shows the outcome.
    pub fn makes_a_plan(&self) -> bool {
        self.save.is_some() || self.stages.is_some()
    }

    /// What it changed of its secret; none where it is not done.
    pub fn touched(&self) -> Option<Touched> {
        let part = match self.change.as_ref().map(|change| &change.before) {
            None if self.stages.is_some() || self.save.is_some() => Touched::Labels,
            None if self.operation == Operation::RotateSecret => Touched::Labels,
            None => return None,
            Some(Part::RotatedVersion { .. }) => Touched::Labels,
            Some(part) => Touched::Part(std::mem::discriminant(part)),
        };
        (self.result == JournalResult::Done).then_some(part)
    }

    /// Whether it touched this secret; any does where none is asked for.
    pub fn is_of(&self, arn: Option<&str>) -> bool {
        arn.is_none_or(|arn| self.secret_id == arn)
    }

    /// What a search looks through, in lower case.
    pub fn search_text(&self) -> String {
        let held = [
            self.entry_id.as_str(),
            self.scope.region.as_str(),
            &self.connection_name,
            self.account.as_deref().unwrap_or_default(),
            self.caller_arn.as_deref().unwrap_or_default(),
            &self.secret_id,
            &self.secret_name,
            self.operation.words(),
            self.result.words(),
        ];
        let ids = self.version_ids.iter().chain(&self.request_ids).map(String::as_str);
        let steps = self.stages.iter().flat_map(|stages| &stages.steps);
        let labels = steps.map(|step| step.label.as_str());
        held.into_iter().chain(ids).chain(labels).map(str::to_lowercase).collect::<Vec<_>>().join("\n")
    }
}

/// The words of a search, in any case of letters.
#[derive(Debug)]
pub struct SearchWords(Vec<String>);

impl SearchWords {
    pub fn new(text: &str) -> Self {
        Self(text.split_whitespace().map(str::to_lowercase).collect())
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether every word is found in an entry's [`search_text`](JournalEntry::search_text).
    pub fn are_in(&self, search_text: &str) -> bool {
        self.0.iter().all(|word| search_text.contains(word))
    }
}

/// Looks through the journal, newest first.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct SearchJournal {
    /// Words that must all be found; empty for everything.
    pub text: String,
    /// Only what touched this secret, by its ARN.
    pub secret_id: Option<String>,
    /// Only interrupted or unknown changes: to finish or withdraw them, or to check their outcome.
    pub unfinished_only: bool,
    pub offset: usize,
    pub limit: usize,
}

#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct JournalPage {
    pub entries: Vec<JournalEntry>,
    /// How many match, these included.
    pub matched: usize,
    /// The ids of those that can be undone: nothing done here has changed the same of their secret since.
    pub undoable: Vec<String>,
    /// The ids of those that were cut off or are unknown, and can be finished, withdrawn or looked up.
    pub recoverable: Vec<String>,
    /// Why entries of a connection are kept in memory only, or could not be read.
    pub problems: Vec<ApiError>,
}

/// Writes what a search finds as JSON lines into a file. The person says where in a dialog that the engine opens.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ExportJournal {
    /// Words that must all be found; empty for everything.
    pub text: String,
    /// Only what touched this secret, by its ARN.
    pub secret_id: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExportedJournal {
    /// How many entries were written; absent if the person changed their mind.
    pub entries: Option<usize>,
}
