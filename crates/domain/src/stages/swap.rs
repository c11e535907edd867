//! How a value is swapped in: a label of its own reserves its place and carries it, AWSCURRENT moves by
//! compare-and-swap, the label goes.

use super::{CURRENT, Pending, Refusal, StagePlan, StageStep, VersionMap};
use crate::cli_line::{CliLineError, CliTarget, option, value_option};
use crate::secret_text::ValueField;

const SAVE_LABEL: &str = "latchkey-";
const SAVE_LABEL_DIGITS: usize = 12;

/// The label of one save alone, of the hexadecimal digits of a random id.
pub fn save_label(random: &str) -> String {
    SAVE_LABEL.chars().chain(random.chars().take(SAVE_LABEL_DIGITS)).collect()
}

/// Whether it is the label of a save, of this console or of another one.
pub(super) fn is_save_label(label: &str) -> bool {
    let digits = label.strip_prefix(SAVE_LABEL).unwrap_or_default();
    digits.len() == SAVE_LABEL_DIGITS && digits.bytes().all(|digit| digit.is_ascii_hexdigit())
}

/// The steps of a save, each with the labels that it is taken on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ValueSwap {
    pub new_version_id: String,
    /// The label of this save alone.
    pub label: String,
    /// Puts the label on the current version.
    pub attach: StagePlan,
    /// The labels once the new version is stored: it takes the label over.
    pub stored: VersionMap,
    /// Makes the new version current and takes the label off.
    pub swap: StagePlan,
}

impl VersionMap {
    /// Plans to make a version current that is not stored yet.
    pub fn plan_value_swap(&self, new_version_id: &str, label: &str) -> Result<ValueSwap, Refusal> {
        let base_id = self.holder(CURRENT).unwrap_or_default();
        let attach = self.plan_label_attach(label, base_id)?;
        let carry = |from: Option<&str>, to: Option<&str>| StageStep {
            label: label.to_owned(),
            from: from.map(str::to_owned),
            to: to.map(str::to_owned),
        };
        let taken_over = carry(Some(base_id), Some(new_version_id));
        let stored = StagePlan { before: attach.after(), steps: vec![taken_over] }.after();
        let mut swap = stored.plan_rollback(new_version_id, Pending::Detach)?;
        swap.steps.push(carry(Some(new_version_id), None));
        let (new_version_id, label) = (new_version_id.to_owned(), label.to_owned());
        Ok(ValueSwap { new_version_id, label, attach, stored, swap })
    }
}

impl ValueSwap {
    /// The steps as lines for the AWS CLI, which reads the value from a file.
    pub fn cli_lines(&self, field: ValueField, target: CliTarget<'_>) -> Result<Vec<String>, CliLineError> {
        let mut lines = self.attach.cli_lines(target)?;
        lines.push(put_value_line(&self.new_version_id, Some(&self.label), field, target)?);
        lines.extend(self.swap.cli_lines(target)?);
        Ok(lines)
    }
}

/// Said before the lines of [`put_lines`] that put a label back.
const ONLY_IF_DROPPED: &str = "# Only if the version with AWSPREVIOUS no longer has this label:";

impl VersionMap {
    /// One PutSecretValue to AWSCURRENT as a line for the AWS CLI, which reads the value from a file. AWS may drop the
    /// labels of others from the version that it replaces: the lines that put them back follow, each after a comment.
    pub fn put_lines(
        &self,
        new_version_id: &str,
        field: ValueField,
        target: CliTarget<'_>,
    ) -> Result<Vec<String>, CliLineError> {
        let mut lines = vec![put_value_line(new_version_id, None, field, target)?];
        let mut dropped = self.clone();
        let base = self.holder(CURRENT).and_then(|base| dropped.0.get_mut(base));
        base.into_iter().for_each(|labels| labels.retain(|label| label == CURRENT));
        if let Some(plan) = dropped.plan_reattach(self) {
            for line in plan.cli_lines(target)? {
                lines.extend([ONLY_IF_DROPPED.to_owned(), line]);
            }
        }
        Ok(lines)
    }
}

/// One PutSecretValue as a line for the AWS CLI.
fn put_value_line(
    version_id: &str,
    label: Option<&str>,
    field: ValueField,
    target: CliTarget<'_>,
) -> Result<String, CliLineError> {
    let options = [
        option("client-request-token", "version", Some(version_id)),
        option("version-stages", "label", label),
        value_option(field),
    ];
    target.line("put-secret-value", &options, None)
}
