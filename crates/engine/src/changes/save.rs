//! Reviews a new value: the difference, how it will be saved and why, and the merge if somebody else has saved.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use latchkey_domain::change::check_writable;
use latchkey_domain::cli_line::CliTarget;
use latchkey_domain::diff::compare;
use latchkey_domain::document::Document;
use latchkey_domain::guard::WritesThrough;
use latchkey_domain::secret::SecretDetail;
use latchkey_domain::secret_text::{SecretInput, SecretValue, ValueField};
use latchkey_domain::stages::{CURRENT, MAX_LABELS, StagePlan, VersionMap, put_value_line, save_label};
use latchkey_domain::text::too_long;
use latchkey_domain::value::VersionRef;
use latchkey_domain::writes::{
    PlanId, PlanSave, SavePreview, SaveReview, SaveWay, ValueChange, WayReason, effects,
};
use latchkey_domain::{ApiError, Code, Scope};
use uuid::Uuid;

use super::Changing;
use super::plans::{LIFETIME, plan_id};
use super::stages::refused;
use crate::Engine;
use crate::secrets::MAX_VALUE_BYTES;

/// A reviewed value that waits for confirmation.
#[derive(Clone)]
pub(super) struct PlannedSave {
    pub scope: Scope,
    pub arn: String,
    pub name: String,
    /// The labels that the review was made on.
    pub before: VersionMap,
    /// The current version and its value; none for the first value.
    pub base: Option<Held>,
    pub mine: SecretValue,
    /// Whether `mine` came from a file, so that it may be stored as text or as bytes.
    pub is_file: bool,
    /// The merge that `mine` came from.
    pub merge_id: Option<PlanId>,
    /// The ClientRequestToken, which becomes the version's id.
    pub new_version_id: String,
    pub way: SaveWay,
    /// The label of this save alone.
    pub label: String,
    pub abandons_rotation: bool,
    pub writes_through: Option<WritesThrough>,
}

/// What a change makes of a value, and the version that it was made on.
struct Changed {
    base: Option<Held>,
    mine: SecretValue,
    is_file: bool,
    merge_id: Option<PlanId>,
}

/// A version with its value.
#[derive(Clone)]
pub(super) struct Held {
    pub version_id: String,
    pub value: SecretValue,
}

impl Engine {
    /// Applies the change to the version that was opened and says what a save would do; or opens a merge.
    pub(crate) async fn plan_save(&self, request: PlanSave) -> Result<SaveReview, ApiError> {
        self.check_guard_of_writes(&request.scope.connection)?;
        let client = self.client(&request.scope).await?;
        let detail = self.describe(&request.scope, &client, &request.secret_id).await?;
        let guard = self.guard_of_writes(&request.scope.connection);
        check_writable(guard, &request.scope.region, &detail.summary)?;
        let changed = self.changed(&request, &detail).await?;
        check_size(&changed.mine)?;
        let current = detail.version_map.holder(CURRENT);
        match (&changed.base, current) {
            (Some(base), Some(current)) if base.version_id != current => {
                let mine = &changed.mine;
                let theirs = self.held(&request.scope, &detail.summary.arn, current).await?;
                let review =
                    self.open_merge(&request.scope, &detail.summary.arn, base, &theirs, mine, &theirs);
                Ok(SaveReview::Merge(review))
            }
            (None, Some(_)) => Err(ApiError::invalid(
                "base_version_id",
                "The secret now has a value. Open it first, then change it.",
            )),
            _ => Ok(SaveReview::Save(self.review(&request, &detail, changed).await?)),
        }
    }

    /// A version with its value, read if it is not open.
    pub(super) async fn held(&self, scope: &Scope, arn: &str, version_id: &str) -> Result<Held, ApiError> {
        let version_id = version_id.to_owned();
        let version =
            VersionRef { scope: scope.clone(), secret_id: arn.to_owned(), version_id: version_id.clone() };
        Ok(Held { version_id, value: self.value_of(&version, Changing(())).await? })
    }

    /// The version that the change was made on, and the value that comes of it.
    async fn changed(&self, request: &PlanSave, detail: &SecretDetail) -> Result<Changed, ApiError> {
        let (scope, arn) = (&request.scope, &detail.summary.arn);
        if let ValueChange::Merged { merge_id, choices } = &request.change {
            let open = self.plans.merges.look(merge_id, self.clock.now())?;
            if open.scope != *scope || open.arn != *arn {
                return Err(ApiError::invalid("merge_id", "This merge belongs to another secret."));
            }
            let mine = open.merged(choices)?;
            let merge_id = Some(merge_id.clone());
            return Ok(Changed { base: Some(open.onto.clone()), mine, is_file: false, merge_id });
        }
        let planned = match &request.change {
            ValueChange::Planned(plan_id) => Some((plan_id, None)),
            ValueChange::PlannedIn { plan_id, field } => Some((plan_id, Some(*field))),
            _ => None,
        };
        if let Some((plan_id, field)) = planned {
            let planned = self.plans.save(plan_id, self.clock.now())?;
            if planned.scope != *scope || planned.arn != *arn {
                return Err(ApiError::invalid("change", "This plan belongs to another secret."));
            }
            let mine = match field {
                Some(field) if !planned.is_file => {
                    let message = format!("Only a value from a file can be stored as {}.", field.name());
                    return Err(ApiError::invalid("change", message));
                }
                Some(field) => planned.mine.in_field(field).ok_or_else(not_text)?,
                None => planned.mine.clone(),
            };
            let PlannedSave { base, is_file, merge_id, .. } = planned;
            return Ok(Changed { base, mine, is_file, merge_id });
        }
        let base = match &request.base_version_id {
            Some(version_id) => Some(self.held(scope, arn, version_id).await?),
            None => None,
        };
        let before = base.as_ref().map(|base| &base.value);
        let (mine, is_file) = match request.change {
            ValueChange::File => (from_file(self.bytes_of_file().await?, before), true),
            _ => (new_value(before, &request.change)?, false),
        };
        Ok(Changed { base, mine, is_file, merge_id: None })
    }

    async fn review(
        &self,
        request: &PlanSave,
        detail: &SecretDetail,
        changed: Changed,
    ) -> Result<SavePreview, ApiError> {
        let Changed { base, mine, is_file, merge_id } = changed;
        let summary = &detail.summary;
        let before = detail.version_map.clone();
        let difference =
            base.as_ref().map(|base| compare(&base.value, &mine, |bytes| self.fingerprint(bytes)));
        if difference.as_ref().is_some_and(|difference| difference.identical) {
            return Err(ApiError::invalid("change", "Nothing was changed, so there is nothing to save."));
        }
        let (way, why) = self.way(request, &summary.arn, &before);
        let abandons_rotation = before.blocks_rotation();
        let needs_name = abandons_rotation || self.asks_for_name(&request.scope.connection);
        let writes_through = self.writes_through(&request.scope.connection);
        let new_version_id = Uuid::new_v4().to_string();
        let label = save_label(&Uuid::new_v4().simple().to_string());
        let content = (&before, &new_version_id, &label);
        let plan_id: PlanId = plan_id(&request.scope, &summary.arn, self.clock.now(), &content);
        let size_bytes = mine.as_bytes().len();
        let endpoint_url = self.endpoint_of(&request.scope.connection);
        let target = CliTarget {
            secret_id: Some(&summary.arn),
            region: request.scope.region.as_str(),
            endpoint_url: endpoint_url.as_deref(),
        };
        let cli = match way {
            SaveWay::Swap => {
                let swap = before.plan_value_swap(&new_version_id, &label).map_err(refused)?;
                swap.cli_lines(mine.field(), target)
            }
            SaveWay::First | SaveWay::PutAndVerify => {
                put_value_line(&new_version_id, None, mine.field(), target).map(|line| vec![line])
            }
        };
        let (field, field_before) = (mine.field(), base.as_ref().map(|base| base.value.field()));
        let may_choose_field = is_file && mine.in_field(ValueField::SecretString).is_some();
        let planned = PlannedSave {
            scope: request.scope.clone(),
            arn: summary.arn.clone(),
            name: summary.name.clone(),
            before: before.clone(),
            base,
            mine,
            is_file,
            merge_id,
            new_version_id,
            way,
            label,
            abandons_rotation,
            writes_through: writes_through.clone(),
        };
        self.keep(&self.plans.saves, &plan_id, &request.scope.connection, LIFETIME, planned);
        let effects = effects(detail, &StagePlan { before, steps: Vec::new() });
        let listed = detail.versions.iter().filter(|version| version.has_value == Some(true)).count();
        let version_count = detail.versions_denied.is_none().then_some(listed);
        Ok(SavePreview {
            plan_id,
            difference,
            size_bytes,
            field,
            field_before,
            may_choose_field,
            version_count,
            way,
            why,
            cli_problem: cli.as_ref().err().map(ToString::to_string),
            cli_lines: cli.unwrap_or_default(),
            needs_name,
            writes_through,
            journal_in_memory: self.journal.is_in_memory(&request.scope.connection).await,
            effects,
        })
    }

    fn way(&self, request: &PlanSave, arn: &str, before: &VersionMap) -> (SaveWay, WayReason) {
        let put = |why| (SaveWay::PutAndVerify, why);
        if before.holder(CURRENT).is_none() {
            (SaveWay::First, WayReason::FirstValue)
        } else if request.put {
            put(WayReason::Asked)
        } else if self.guards.saves_by_put(&request.scope.connection) {
            put(WayReason::SetSo)
        } else if before.label_count() >= MAX_LABELS {
            put(WayReason::NoFreeLabel)
        } else if self.plans.unmovable().contains(&(request.scope.clone(), arn.to_owned())) {
            put(WayReason::MayNotMoveStages)
        } else {
            (SaveWay::Swap, WayReason::Safest)
        }
    }
}

/// The bytes of a file as the value. Consumers read one field and break if the value moves to the other: text stays text
/// unless the value was bytes already.
fn from_file(bytes: SecretValue, before: Option<&SecretValue>) -> SecretValue {
    match before.map(SecretValue::field) {
        Some(ValueField::SecretBinary) => bytes,
        Some(ValueField::SecretString) | None => bytes.in_field(ValueField::SecretString).unwrap_or(bytes),
    }
}

fn not_text() -> ApiError {
    ApiError::invalid("change", "These bytes are not text, so they can only be stored as SecretBinary.")
}

/// What the change makes of the value. The errors quote nothing of it.
fn new_value(base: Option<&SecretValue>, change: &ValueChange) -> Result<SecretValue, ApiError> {
    let invalid = |message: String| ApiError::invalid("change", message);
    match change {
        ValueChange::Text(text) => Ok(SecretValue::text(text.expose())),
        ValueChange::Binary(base64) => bytes_of(base64).map(SecretValue::binary),
        ValueChange::Edits(edits) => {
            let Some(SecretValue::Text(text)) = base else {
                return Err(invalid("Only JSON can be edited by field.".to_owned()));
            };
            let mut document = Document::parse(text).map_err(|error| invalid(error.to_string()))?;
            for edit in edits {
                document.apply(edit).map_err(|error| invalid(error.to_string()))?;
            }
            Ok(SecretValue::Text(document.into_text()))
        }
        ValueChange::File
        | ValueChange::Planned(_)
        | ValueChange::PlannedIn { .. }
        | ValueChange::Merged { .. } => {
            Err(invalid("A file is read, a plan looked up and a merge resolved before this.".to_owned()))
        }
    }
}

fn bytes_of(base64: &SecretInput) -> Result<Vec<u8>, ApiError> {
    let decoded = BASE64_STANDARD.decode(base64.expose());
    decoded.map_err(|_| ApiError::invalid("change", "The bytes could not be read as base64."))
}

fn check_size(value: &SecretValue) -> Result<(), ApiError> {
    match value.as_bytes().len() {
        0 => Err(ApiError::invalid("change", "A value cannot be empty.")),
        bytes if bytes > MAX_VALUE_BYTES => {
            Err(ApiError::new(Code::Invalid("change".to_owned()), too_long(bytes, MAX_VALUE_BYTES)))
        }
        _ => Ok(()),
    }
}
