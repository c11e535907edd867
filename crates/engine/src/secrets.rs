//! Describes and finds secrets: metadata and versions, never a value.

use std::collections::HashSet;

use latchkey_domain::name::{Arn, SecretLocator};
use latchkey_domain::secret::{DescribeSecret, FindSecret, FoundSecret, SecretDetail, Version, VersionMap};
use latchkey_domain::{ApiError, Scope};

use crate::Engine;
use crate::aws::fault::{Attempt, classify};
use crate::aws::from_sdk;
use crate::aws::read_client::ReadClient;

/// The API's limit (API model: SecretStringType).
pub(crate) const MAX_VALUE_BYTES: usize = 65_536;

impl Engine {
    /// Everything that can be known of a secret without reading its value.
    pub(crate) async fn describe_secret(&self, request: DescribeSecret) -> Result<SecretDetail, ApiError> {
        let client = self.client(&request.scope).await?;
        self.describe(&request.scope, &client, &request.secret_id).await
    }

    /// Finds a secret by its name, its ARN or a URL of AWS's console; an ARN or a URL may lead to another Region.
    pub(crate) async fn find_secret(&self, request: FindSecret) -> Result<FoundSecret, ApiError> {
        let located = SecretLocator::parse(&request.text)
            .map_err(|problem| ApiError::invalid("text", problem.to_string()))?;
        let region = located.region.unwrap_or(request.scope.region);
        let scope = Scope { connection: request.scope.connection, region };
        let client = self.client(&scope).await?;
        let detail = self.describe(&scope, &client, &located.secret_id).await?;
        Ok(FoundSecret { scope, detail })
    }

    /// What the secret is now, for the commands that changed it; the list shows it at once.
    pub(crate) async fn describe(
        &self,
        scope: &Scope,
        client: &ReadClient,
        secret_id: &str,
    ) -> Result<SecretDetail, ApiError> {
        let mut detail = self.describe_alone(scope, client, secret_id).await?;
        // Versions may be refused, or not be listed while a deletion waits: the labels are known in any case.
        match list_versions(client, &detail.summary.arn).await {
            Ok(listed) => detail.versions = with_unlisted(listed, &detail.version_map, Some(false)),
            Err(error) => detail.versions_denied = Some(error),
        }
        Ok(detail)
    }

    /// The same by one request: of its versions, those with a label.
    pub(crate) async fn describe_alone(
        &self,
        scope: &Scope,
        client: &ReadClient,
        secret_id: &str,
    ) -> Result<SecretDetail, ApiError> {
        let attempt = Attempt { operation: "DescribeSecret", subject: secret_id };
        let sent = client.describe_secret().secret_id(secret_id).send();
        let output = sent.await.map_err(|error| classify(attempt, &error))?;
        let (summary, version_map, replicas) = from_sdk::described(output).ok_or_else(|| {
            ApiError::internal(format!("DescribeSecret of {secret_id} returned no name or ARN."))
        })?;
        self.note_described(scope, &summary);
        let versions = with_unlisted(Vec::new(), &version_map, None);
        Ok(SecretDetail { summary, version_map, versions, versions_denied: None, replicas })
    }
}

async fn list_versions(client: &ReadClient, arn: &str) -> Result<Vec<Version>, ApiError> {
    let mut versions = Vec::new();
    let mut token: Option<String> = None;
    loop {
        let request =
            client.list_secret_version_ids().secret_id(arn).max_results(100).include_deprecated(true);
        let answer = request.set_next_token(token.clone()).send().await;
        let page = answer
            .map_err(|error| classify(Attempt { operation: "ListSecretVersionIds", subject: arn }, &error))?;
        versions.extend(page.versions.unwrap_or_default().into_iter().filter_map(from_sdk::version));
        let next = from_sdk::next_page(page.next_token);
        if next.is_none() {
            versions.sort_by(|a, b| {
                b.created_at.cmp(&a.created_at).then_with(|| a.version_id.cmp(&b.version_id))
            });
            return Ok(versions);
        }
        if next == token {
            let message = "The endpoint keeps returning the same page of ListSecretVersionIds.";
            return Err(ApiError::internal(message));
        }
        token = next;
    }
}

/// Adds the labelled versions that the list does not hold. AWS lists a pending version only once it holds a value
/// (AWS's behaviour, A9).
fn with_unlisted(mut listed: Vec<Version>, map: &VersionMap, has_value: Option<bool>) -> Vec<Version> {
    let known: HashSet<&str> = listed.iter().map(|version| version.version_id.as_str()).collect();
    let unlisted = map.0.iter().filter(|(id, _)| !known.contains(id.as_str())).map(|(id, stages)| Version {
        version_id: id.clone(),
        stages: stages.clone(),
        created_at: None,
        last_accessed_on: None,
        kms_key_ids: Vec::new(),
        has_value,
    });
    let mut versions: Vec<Version> = unlisted.collect();
    versions.append(&mut listed);
    versions
}

/// The name in the ARN of a secret; what is no ARN is a name itself.
pub(crate) fn name_of(secret_id: &str) -> String {
    let name = Arn::parse(secret_id).and_then(|arn| arn.secret_name().map(str::to_owned));
    name.unwrap_or_else(|| secret_id.to_owned())
}

#[cfg(test)]
mod tests;
