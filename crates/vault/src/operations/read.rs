//! DescribeSecret and ListSecretVersionIds: what is known without a value.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::answer::Instant;
use super::facts::Facts;
use super::validate::Checks;
use crate::call::Call;
use crate::fault::Fault;
use crate::store::page::Mark;
use crate::store::secrets::Replica;

/// How AWS calls its own key in the list of versions.
const DEFAULT_KEY: &str = "DefaultEncryptionKey";
const MAX_PAGE: usize = 100;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct DescribeSecret {
    secret_id: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Described {
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    version_ids_to_stages: BTreeMap<String, Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    replication_status: Option<Vec<Replica>>,
    #[serde(flatten)]
    facts: Facts,
}

pub fn describe_secret(call: &Call<'_>, request: DescribeSecret) -> Result<Described, Fault> {
    let mut checks = Checks::default();
    checks.required("secretId", request.secret_id.as_deref(), 1..=2048);
    checks.finish()?;
    let mut secret = call.rows.find(&request.secret_id.unwrap_or_default())?;
    Ok(Described {
        version_ids_to_stages: call.rows.stages(&secret)?,
        replication_status: secret.replicas.take(),
        facts: Facts::of(call, secret)?,
    })
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListSecretVersionIds {
    secret_id: Option<String>,
    max_results: Option<i64>,
    next_token: Option<String>,
    include_deprecated: Option<bool>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct VersionList {
    versions: Vec<ListedVersion>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
    #[serde(rename = "ARN")]
    arn: String,
    name: String,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct ListedVersion {
    version_id: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    version_stages: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_accessed_date: Option<Instant>,
    created_date: Instant,
    kms_key_ids: [String; 1],
}

pub fn list_secret_version_ids(call: &Call<'_>, request: ListSecretVersionIds) -> Result<VersionList, Fault> {
    let mut checks = Checks::default();
    checks.required("secretId", request.secret_id.as_deref(), 1..=2048);
    checks.number("maxResults", request.max_results, 1..=100);
    checks.text("nextToken", request.next_token.as_deref(), 1..=4096);
    checks.finish()?;
    let secret = call.rows.find(&request.secret_id.unwrap_or_default())?;
    let includes_deprecated = request.include_deprecated.unwrap_or_default();
    let query = format!("versions of {} {includes_deprecated}", secret.arn);
    let key = &call.sealer.key;
    let token = request.next_token.as_deref();
    let after = token.map(|token| Mark::from_token(key, &query, token)).transpose()?;
    let limit = request.max_results.and_then(|limit| usize::try_from(limit).ok()).unwrap_or(MAX_PAGE);
    let mut found = call.rows.versions(&secret, after, includes_deprecated, limit + 1)?;
    let has_more = found.len() > limit;
    found.truncate(limit);
    let last = found.last().filter(|_| has_more);
    let next_token = last.map(|last| Mark::of_version(last).to_token(key, &query)).transpose()?;
    let versions = found.into_iter().map(|version| ListedVersion {
        last_accessed_date: Instant::if_ever(call.version_accessed_on(&secret, &version)),
        version_id: version.version_id,
        version_stages: version.stages,
        created_date: Instant(version.created_at),
        kms_key_ids: [version.kms_key_id.unwrap_or_else(|| DEFAULT_KEY.to_owned())],
    });
    let versions = versions.collect();
    Ok(VersionList { versions, next_token, arn: secret.arn, name: secret.name })
}
