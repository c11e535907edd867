//! What DescribeSecret and ListSecrets both tell of a secret.

use serde::Serialize;

use super::answer::{Instant, WireTag, to_wire};
use super::rotate::RotationFields;
use crate::call::Call;
use crate::fault::Fault;
use crate::store::secrets::Secret;

/// Metadata, in AWS's names.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Facts {
    #[serde(rename = "ARN")]
    arn: String,
    name: String,
    #[serde(rename = "Type", skip_serializing_if = "Option::is_none")]
    partner_type: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    kms_key_id: Option<String>,
    last_changed_date: Instant,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_accessed_date: Option<Instant>,
    #[serde(skip_serializing_if = "Option::is_none")]
    deleted_date: Option<Instant>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tags: Option<Vec<WireTag>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    owning_service: Option<String>,
    created_date: Instant,
    #[serde(skip_serializing_if = "Option::is_none")]
    primary_region: Option<String>,
    #[serde(flatten)]
    rotation: RotationFields,
}

impl Facts {
    pub fn of(call: &Call<'_>, secret: Secret) -> Result<Self, Fault> {
        Ok(Self {
            last_accessed_date: Instant::if_ever(call.accessed_on(&secret)),
            rotation: RotationFields::of(call, &secret)?,
            arn: secret.arn,
            name: secret.name,
            partner_type: secret.partner_type,
            description: secret.description,
            kms_key_id: secret.kms_key_id,
            last_changed_date: Instant(secret.changed_at),
            deleted_date: secret.deleted_at.map(Instant),
            tags: to_wire(secret.tags),
            owning_service: secret.owning_service,
            created_date: Instant(secret.created_at),
            primary_region: secret.primary_region,
        })
    }
}
