//! The secret that the detail pane is about, and what is known of it.
//!
//! Pure: `state::detail` asks the engine.

use latchkey_domain::secret::{SecretDetail, Version};
use latchkey_domain::{ApiError, Code, Scope};

/// The staging label that consumers get by default.
pub const CURRENT: &str = "AWSCURRENT";

/// What is known of the open secret; empty while none is open.
#[derive(Debug, Default)]
pub struct Described {
    pub target: Option<Target>,
    pub detail: Option<SecretDetail>,
    pub failure: Option<ApiError>,
}

/// Which secret is open. `secret_id` is the ARN wherever it is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    pub scope: Scope,
    pub secret_id: String,
}

impl Described {
    /// Turns to `target`, to ask for it. What is known of it stays meanwhile; of another secret nothing stays.
    pub fn turn_to(&mut self, target: Target) {
        if self.target.as_ref() != Some(&target) {
            self.detail = None;
            self.target = Some(target);
        }
        self.failure = None;
    }

    /// Takes what the engine has answered.
    pub fn take(&mut self, answer: Result<SecretDetail, ApiError>) {
        match answer {
            Ok(detail) => self.detail = Some(detail),
            Err(failure) => {
                if failure.code == Code::NotFound {
                    self.detail = None;
                }
                self.failure = Some(failure);
            }
        }
    }

    /// Whether nothing is known because this identity may not describe the secret. Its value may be readable.
    pub fn is_denied(&self) -> bool {
        let is_refused = self.failure.as_ref().is_some_and(|failure| failure.code == Code::AccessDenied);
        is_refused && self.detail.is_none()
    }

    /// Shows a secret that has just been described, created or found.
    pub fn show(&mut self, scope: Scope, detail: SecretDetail) {
        self.turn_to(Target { scope, secret_id: detail.summary.arn.clone() });
        self.take(Ok(detail));
    }
}

/// The version that readers get, else the newest one listed.
pub fn version_to_read(detail: &SecretDetail) -> Option<&Version> {
    let is_current = |version: &&Version| version.stages.iter().any(|stage| stage == CURRENT);
    detail.versions.iter().find(is_current).or_else(|| detail.versions.first())
}

#[cfg(test)]
mod tests {
    use latchkey_domain::secret::{SecretSummary, VersionMap};
    use latchkey_domain::{ConnectionId, Region};

    use super::*;

    fn target(name: &str) -> Target {
        let scope = Scope { connection: ConnectionId::local(), region: Region::from("eu-central-1") };
        Target { scope, secret_id: arn(name) }
    }

    fn arn(name: &str) -> String {
        format!("arn:aws:secretsmanager:eu-central-1:123456789012:secret:{name}-AbCdEf")
    }

    fn detail(name: &str, versions: Vec<Version>) -> SecretDetail {
        SecretDetail {
            summary: SecretSummary { arn: arn(name), name: name.into(), ..SecretSummary::default() },
            version_map: VersionMap::default(),
            versions,
            versions_denied: None,
            replicas: Vec::new(),
        }
    }

    fn version(id: &str, stages: &[&str]) -> Version {
        Version {
            version_id: id.into(),
            stages: stages.iter().map(|stage| (*stage).into()).collect(),
            created_at: None,
            last_accessed_on: None,
            kms_key_ids: Vec::new(),
            has_value: None,
        }
    }

    fn name_shown(described: &Described) -> Option<&str> {
        described.detail.as_ref().map(|detail| detail.summary.name.as_str())
    }

    fn known(name: &str) -> Described {
        let mut described = Described::default();
        described.turn_to(target(name));
        described.take(Ok(detail(name, vec![])));
        described
    }

    #[test]
    fn the_same_name_in_another_region_is_another_secret() {
        let mut described = known("prod/first");
        let mut elsewhere = target("prod/first");
        elsewhere.scope.region = Region::from("us-east-1");
        described.turn_to(elsewhere);
        assert!(described.detail.is_none(), "nothing of the first Region is shown as the second's");
    }

    #[test]
    fn asking_anew_keeps_what_is_known_until_the_answer() {
        let mut described = known("prod/first");
        described.turn_to(target("prod/first"));
        assert_eq!(name_shown(&described), Some("prod/first"), "a refresh does not blink");
    }

    #[test]
    fn a_secret_that_is_gone_takes_its_details_with_it() {
        let mut described = known("prod/first");
        described.take(Err(ApiError::new(Code::NotFound, "no such secret")));
        assert!(described.detail.is_none(), "what is shown would no longer be true");
        assert!(described.failure.is_some(), "the reason is told");
    }

    #[test]
    fn a_failed_refresh_keeps_what_was_known() {
        let mut described = known("prod/first");
        described.take(Err(ApiError::new(Code::Offline, "no answer")));
        assert_eq!(name_shown(&described), Some("prod/first"), "the network failed, not the secret");
        assert!(described.failure.is_some(), "the reason is told");
    }

    #[test]
    fn the_current_version_is_read_first() {
        let old = version("old", &["AWSPREVIOUS"]);
        let pending = version("pending", &["AWSPENDING"]);
        let both = detail("prod/first", vec![pending.clone(), version("now", &[CURRENT]), old.clone()]);
        assert_eq!(version_to_read(&both).map(|v| v.version_id.as_str()), Some("now"), "AWSCURRENT");
        let without = detail("prod/first", vec![pending, old]);
        assert_eq!(version_to_read(&without).map(|v| v.version_id.as_str()), Some("pending"), "the newest");
        assert!(version_to_read(&detail("prod/empty", vec![])).is_none(), "a secret without a value");
    }
}
