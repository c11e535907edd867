//! Reviews a new value: the difference, how it will be saved and why, and the merge if somebody else has saved.

use std::sync::Arc;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use latchkey_domain::change::{
    ItemReview, NewVersion, Planned, SavePreview, SaveWay, ValueChange, WayReason, check_writable, effects,
};
use latchkey_domain::diff::compare;
use latchkey_domain::document::Document;
use latchkey_domain::secret::{SecretDetail, SecretSummary};
use latchkey_domain::secret_text::{SecretInput, SecretValue, ValueField};
use latchkey_domain::stages::{CURRENT, MAX_LABELS, StagePlan, VersionMap, save_label};
use latchkey_domain::text::too_long;
use latchkey_domain::value::VersionRef;
use latchkey_domain::writes::PlanId;
use latchkey_domain::{ApiError, Code, Scope};
use uuid::Uuid;

use super::Changing;
use super::item::{Kind, PlannedItem, Planning, Prepared};
use super::stages::refused;
use crate::Engine;
use crate::secrets::MAX_VALUE_BYTES;

/// A reviewed value that waits for confirmation.
pub(super) struct PlannedSave {
    pub scope: Scope,
    pub arn: String,
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
    pub(super) async fn prepare_save(
        &self,
        planning: &Planning<'_>,
        secret_id: &str,
        version: NewVersion,
    ) -> Result<Prepared, ApiError> {
        let Planning { scope, client, guard, .. } = planning;
        let detail = self.describe(scope, client, secret_id).await?;
        check_writable(*guard, &scope.region, &detail.summary)?;
        let changed = self.changed(scope, &version, &detail).await?;
        check_size(&changed.mine)?;
        let SecretSummary { arn, name, .. } = &detail.summary;
        let current = detail.version_map.holder(CURRENT);
        match (&changed.base, current) {
            (Some(base), Some(current)) if base.version_id != current => {
                let mine = &changed.mine;
                let theirs = self.held(scope, arn, current).await?;
                let merge = self.open_merge(scope, arn, base, &theirs, mine, &theirs);
                let review = ItemReview {
                    secret_id: arn.clone(),
                    name: name.clone(),
                    planned: Planned::Merge(merge),
                    effects: Vec::new(),
                    cli_lines: Vec::new(),
                    cli_problem: None,
                };
                Ok(Prepared { item: None, review })
            }
            (None, Some(_)) => Err(ApiError::invalid(
                "base_version_id",
                "The secret now has a value. Open it first, then change it.",
            )),
            _ => self.prepared_save(planning, version.put, &detail, changed),
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
    async fn changed(
        &self,
        scope: &Scope,
        version: &NewVersion,
        detail: &SecretDetail,
    ) -> Result<Changed, ApiError> {
        let arn = &detail.summary.arn;
        if let ValueChange::Merged { merge_id, choices } = &version.change {
            let open = self.plans.merges.look(merge_id, self.clock.now())?;
            if open.scope != *scope || open.arn != *arn {
                return Err(ApiError::invalid("merge_id", "This merge belongs to another secret."));
            }
            let mine = open.merged(choices)?;
            let merge_id = Some(merge_id.clone());
            return Ok(Changed { base: Some(open.onto.clone()), mine, is_file: false, merge_id });
        }
        let planned = match &version.change {
            ValueChange::Planned(plan_id) => Some((plan_id, None)),
            ValueChange::PlannedIn { plan_id, field } => Some((plan_id, Some(*field))),
            _ => None,
        };
        if let Some((plan_id, field)) = planned {
            let saves = self.plans.saves(plan_id, self.clock.now())?;
            let is_of_secret = |save: &Arc<PlannedSave>| save.scope == *scope && save.arn == *arn;
            let planned = saves
                .into_iter()
                .find(is_of_secret)
                .ok_or_else(|| ApiError::invalid("change", "This plan belongs to another secret."))?;
            let mine = match field {
                Some(field) if !planned.is_file => {
                    let message = format!("Only a value from a file can be stored as {}.", field.name());
                    return Err(ApiError::invalid("change", message));
                }
                Some(field) => planned.mine.in_field(field).ok_or_else(not_text)?,
                None => planned.mine.clone(),
            };
            let (base, merge_id) = (planned.base.clone(), planned.merge_id.clone());
            return Ok(Changed { base, mine, is_file: planned.is_file, merge_id });
        }
        let base = match &version.base_version_id {
            Some(version_id) => Some(self.held(scope, arn, version_id).await?),
            None => None,
        };
        let before = base.as_ref().map(|base| &base.value);
        let (mine, is_file) = match version.change {
            ValueChange::File => (from_file(self.bytes_of_file().await?, before), true),
            _ => (new_value(before, &version.change)?, false),
        };
        Ok(Changed { base, mine, is_file, merge_id: None })
    }

    fn prepared_save(
        &self,
        planning: &Planning<'_>,
        put: bool,
        detail: &SecretDetail,
        changed: Changed,
    ) -> Result<Prepared, ApiError> {
        let Changed { base, mine, is_file, merge_id } = changed;
        let (scope, arn, name) = (planning.scope, &detail.summary.arn, &detail.summary.name);
        let before = detail.version_map.clone();
        let difference =
            base.as_ref().map(|base| compare(&base.value, &mine, |bytes| self.fingerprint(bytes)));
        if difference.as_ref().is_some_and(|difference| difference.identical) {
            return Err(ApiError::invalid("change", "Nothing was changed, so there is nothing to save."));
        }
        let (way, why) = self.way(scope, arn, put, &before);
        let new_version_id = Uuid::new_v4().to_string();
        let label = save_label(&Uuid::new_v4().simple().to_string());
        let target = planning.cli_target(Some(arn));
        let cli = match way {
            SaveWay::Swap => {
                let swap = before.plan_value_swap(&new_version_id, &label).map_err(refused)?;
                swap.cli_lines(mine.field(), target)
            }
            SaveWay::First | SaveWay::PutAndVerify => before.put_lines(&new_version_id, mine.field(), target),
        };
        let listed = detail.versions.iter().filter(|version| version.has_value == Some(true)).count();
        let preview = SavePreview {
            difference,
            size_bytes: mine.as_bytes().len(),
            field: mine.field(),
            field_before: base.as_ref().map(|base| base.value.field()),
            may_choose_field: is_file && mine.in_field(ValueField::SecretString).is_some(),
            version_count: detail.versions_denied.is_none().then_some(listed),
            way,
            why,
        };
        let effects = effects(detail, &StagePlan { before: before.clone(), steps: Vec::new() });
        let (scope, arn, name) = (scope.clone(), arn.clone(), name.clone());
        let save = PlannedSave {
            scope,
            arn: arn.clone(),
            abandons_rotation: before.blocks_rotation(),
            before,
            base,
            mine,
            is_file,
            merge_id,
            new_version_id,
            way,
            label,
        };
        let item = PlannedItem { arn, name, kind: Kind::Save(Arc::new(save)) };
        Ok(item.prepared(Planned::Save(preview), effects, cli))
    }

    fn way(&self, scope: &Scope, arn: &str, put: bool, before: &VersionMap) -> (SaveWay, WayReason) {
        let by_put = |why| (SaveWay::PutAndVerify, why);
        if before.holder(CURRENT).is_none() {
            (SaveWay::First, WayReason::FirstValue)
        } else if put {
            by_put(WayReason::Asked)
        } else if self.guards.saves_by_put(&scope.connection) {
            by_put(WayReason::SetSo)
        } else if before.label_count() >= MAX_LABELS {
            by_put(WayReason::NoFreeLabel)
        } else if self.plans.unmovable().contains(&(scope.clone(), arn.to_owned())) {
            by_put(WayReason::MayNotMoveStages)
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
