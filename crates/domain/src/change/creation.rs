//! The creation of a secret: the request, the review, the line for the AWS CLI.

use serde::{Deserialize, Serialize};

use super::check_new_tags;
use super::requests::tags_text;
use crate::cli_line::{CliLineError, CliTarget, option, value_option};
use crate::error::ApiError;
use crate::guard::WritesThrough;
use crate::name::check_name;
use crate::plan::PlanId;
use crate::scope::Scope;
use crate::secret::Tag;
use crate::secret_text::ValueField;
use crate::value::NewValue;

/// Plans a secret with its first value. Writes nothing.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct PlanCreation {
    pub scope: Scope,
    pub name: String,
    pub description: Option<String>,
    /// None for `aws/secretsmanager`.
    pub kms_key_id: Option<String>,
    pub value: NewValue,
    pub tags: Vec<Tag>,
}

/// The review of a creation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CreationReview {
    pub plan_id: PlanId,
    pub name: String,
    pub description: Option<String>,
    pub kms_key_id: Option<String>,
    pub tags: Vec<Tag>,
    /// Where consumers will find the value.
    pub field: ValueField,
    pub size_bytes: usize,
    /// Whether it may be applied without a review: the connection requires none.
    pub is_quiet: bool,
    /// The request as a line for the AWS CLI, which reads the value from a file; none with the reason below.
    pub cli_line: Option<String>,
    pub cli_problem: Option<String>,
    /// Whose credentials will write, where they are not the connection's own.
    pub writes_through: Option<WritesThrough>,
    /// Whether the journal can only be kept in memory, so an interrupted creation would not be found again.
    pub journal_in_memory: bool,
}

/// Applies a planned creation, once.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ApplyCreation {
    pub plan_id: PlanId,
    /// Whether the user has seen the review.
    pub is_reviewed: bool,
}

impl PlanCreation {
    /// What is invalid in every Region, whatever the value.
    pub fn check(&self) -> Result<(), ApiError> {
        check_name(&self.name).map_err(|problem| ApiError::invalid("name", problem.to_string()))?;
        check_new_tags(&self.tags)
    }

    /// The request for the AWS CLI; `version_id` is the one of the first version.
    pub fn cli_line(
        &self,
        version_id: &str,
        field: ValueField,
        target: CliTarget<'_>,
    ) -> Result<String, CliLineError> {
        let tags = (!self.tags.is_empty()).then(|| tags_text(&self.tags));
        let options = [
            option("name", "name", Some(&self.name)),
            option("client-request-token", "version", Some(version_id)),
            option("description", "description", self.description.as_deref()),
            option("kms-key-id", "encryption key", self.kms_key_id.as_deref()),
            option("tags", "tags", tags.as_deref()),
            value_option(field),
        ];
        target.line("create-secret", &options, None)
    }
}
