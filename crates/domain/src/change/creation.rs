//! The creation of a secret with its first value.

use serde::{Deserialize, Serialize};

use super::check_new_tags;
use super::requests::tags_text;
use crate::cli_line::{CliLineError, CliTarget, option, value_option};
use crate::error::ApiError;
use crate::name::check_name;
use crate::secret::Tag;
use crate::secret_text::ValueField;
use crate::value::NewValue;

/// A secret that does not exist yet, without its name.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct NewSecret {
    pub description: Option<String>,
    /// None for `aws/secretsmanager`.
    pub kms_key_id: Option<String>,
    pub value: NewValue,
    pub tags: Vec<Tag>,
}

impl NewSecret {
    /// What is invalid in every Region, whatever the value.
    pub fn check(&self, name: &str) -> Result<(), ApiError> {
        check_name(name).map_err(|problem| ApiError::invalid("name", problem.to_string()))?;
        check_new_tags(&self.tags)
    }

    /// The request for the AWS CLI; `version_id` is the one of the first version.
    pub fn cli_line(
        &self,
        name: &str,
        version_id: &str,
        field: ValueField,
        target: CliTarget<'_>,
    ) -> Result<String, CliLineError> {
        let tags = (!self.tags.is_empty()).then(|| tags_text(&self.tags));
        let options = [
            option("name", "name", Some(name)),
            option("client-request-token", "version", Some(version_id)),
            option("description", "description", self.description.as_deref()),
            option("kms-key-id", "encryption key", self.kms_key_id.as_deref()),
            option("tags", "tags", tags.as_deref()),
            value_option(field),
        ];
        target.line("create-secret", &options, None)
    }
}
