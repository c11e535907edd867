//! Tells the keys of a value, to be held against what a rotation template needs. No value leaves.

use latchkey_domain::document::{Document, JsonKind};
use latchkey_domain::rotation::{ListKeys, SecretKeys};
use latchkey_domain::secret_text::SecretValue;
use latchkey_domain::stages::CURRENT;
use latchkey_domain::template::Template;
use latchkey_domain::value::VersionRef;
use latchkey_domain::{ApiError, Code};
use zeroize::Zeroizing;

use super::Opening;
use crate::Engine;

impl Engine {
    /// Reads the version with AWSCURRENT, unless it is open, and tells its keys.
    pub(crate) async fn list_keys(&self, request: ListKeys) -> Result<SecretKeys, ApiError> {
        let ListKeys { scope, secret_id } = request;
        let client = self.client(&scope).await?;
        let detail = self.describe(&scope, &client, &secret_id).await?;
        let no_current = || {
            let message =
                format!("{} has no AWSCURRENT, so there are no keys to look at.", detail.summary.name);
            ApiError::new(Code::NotFound, message)
        };
        let version_id = detail.version_map.holder(CURRENT).ok_or_else(no_current)?.to_owned();
        let version = VersionRef { scope, secret_id: detail.summary.arn.clone(), version_id };
        let value = self.value_of(&version, Opening(())).await?;
        let found = keys_of(&value);
        let recognised = found.as_ref().and_then(|(keys, engine)| {
            let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
            Template::recognise(&keys, engine.as_deref().map(String::as_str))
        });
        Ok(SecretKeys { version_id: version.version_id, keys: found.map(|(keys, _)| keys), recognised })
    }
}

/// The keys of an object, and its `engine`, which names a kind of database and is no secret.
fn keys_of(value: &SecretValue) -> Option<(Vec<String>, Option<Zeroizing<String>>)> {
    let SecretValue::Text(text) = value else { return None };
    let document = Document::parse(text).ok()?;
    let keys = document.fields()?.into_iter().map(|field| field.key).collect();
    let engine = document
        .root()
        .members()
        .find(|member| member.key().as_deref() == Some("engine") && member.kind() == JsonKind::String);
    Some((keys, engine.map(|engine| engine.shown())))
}
