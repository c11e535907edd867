//! The secret that the detail pane is about, and the answers that may land on it.
//!
//! Pure: `state::detail` asks the engine.

use latchkey_domain::secret::{SecretDetail, SecretSummary, Version};
use latchkey_domain::{ApiError, Code, Region, Scope};

/// The stage that readers get when they name none.
pub const CURRENT: &str = "AWSCURRENT";

/// What is known of the open secret; empty while none is open.
#[derive(Debug, Default)]
pub struct Described {
    pub target: Option<Target>,
    pub detail: Option<SecretDetail>,
    pub failure: Option<ApiError>,
    pub loading: bool,
    asked: u32,
}

/// Which secret is open. `secret_id` is the ARN wherever it is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    pub scope: Scope,
    pub secret_id: String,
}

/// Names one question; only the answer to the last one counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Question(u32);

impl Described {
    /// Turns to `target`. What is known of it stays while it is asked for anew; of another secret nothing stays.
    pub fn ask(&mut self, target: Target) -> Question {
        if self.target.as_ref() != Some(&target) {
            self.detail = None;
            self.target = Some(target);
        }
        self.failure = None;
        self.loading = true;
        self.asked += 1;
        Question(self.asked)
    }

    /// Takes the answer to `question`. False if the pane has turned to something else since.
    pub fn take(&mut self, question: Question, answer: Result<SecretDetail, ApiError>) -> bool {
        if question.0 != self.asked || self.target.is_none() {
            return false;
        }
        self.loading = false;
        match answer {
            Ok(detail) => self.detail = Some(detail),
            Err(failure) => {
                if failure.code == Code::NotFound {
                    self.detail = None;
                }
                self.failure = Some(failure);
            }
        }
        true
    }

    /// Whether nothing is known because this identity may not describe the secret. Its value may be readable.
    pub fn is_denied(&self) -> bool {
        let is_refused = self.failure.as_ref().is_some_and(|failure| failure.code == Code::AccessDenied);
        is_refused && self.detail.is_none()
    }

    /// Shows a secret that has just been described, created or found.
    pub fn show(&mut self, scope: Scope, detail: SecretDetail) {
        let target = Target { scope, secret_id: detail.summary.arn.clone() };
        let question = self.ask(target);
        self.take(question, Ok(detail));
    }

    /// Leaves the secret; answers that are on their way land nowhere.
    pub fn close(&mut self) {
        self.asked += 1;
        self.target = None;
        self.detail = None;
        self.failure = None;
        self.loading = false;
    }
}

/// The version that readers get, else the newest one listed.
pub fn version_to_read(detail: &SecretDetail) -> Option<&Version> {
    let is_current = |version: &&Version| version.stages.iter().any(|stage| stage == CURRENT);
    detail.versions.iter().find(is_current).or_else(|| detail.versions.first())
}

/// Whether this is the read-only copy of a secret in another Region.
pub fn is_replica(summary: &SecretSummary, region: &Region) -> bool {
    summary.primary_region.as_ref().is_some_and(|primary| *primary != region.0)
}

#[cfg(test)]
mod tests {
    use latchkey_domain::ConnectionId;
    use latchkey_domain::secret::VersionMap;

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

    #[test]
    fn a_late_answer_never_lands_on_another_secret() {
        let mut described = Described::default();
        let about_first = described.ask(target("prod/first"));
        let about_second = described.ask(target("prod/second"));
        assert!(described.take(about_second, Ok(detail("prod/second", vec![]))), "the open secret");
        assert!(!described.take(about_first, Ok(detail("prod/first", vec![]))), "the pane has moved on");
        assert_eq!(name_shown(&described), Some("prod/second"), "the second stays");
    }

    #[test]
    fn a_late_answer_does_not_reopen_a_closed_pane() {
        let mut described = Described::default();
        let question = described.ask(target("prod/first"));
        described.close();
        assert!(!described.take(question, Ok(detail("prod/first", vec![]))), "the pane was closed");
        assert!(described.detail.is_none() && described.target.is_none(), "and stays so");
    }

    #[test]
    fn the_same_name_in_another_region_is_another_secret() {
        let mut described = Described::default();
        let question = described.ask(target("prod/first"));
        assert!(described.take(question, Ok(detail("prod/first", vec![]))), "asked for");
        let mut elsewhere = target("prod/first");
        elsewhere.scope.region = Region::from("us-east-1");
        described.ask(elsewhere);
        assert!(described.detail.is_none(), "nothing of the first Region is shown as the second's");
    }

    #[test]
    fn asking_anew_keeps_what_is_known_until_the_answer() {
        let mut described = Described::default();
        let question = described.ask(target("prod/first"));
        described.take(question, Ok(detail("prod/first", vec![])));
        described.ask(target("prod/first"));
        assert_eq!(name_shown(&described), Some("prod/first"), "a refresh does not blink");
        assert!(described.loading, "but says that it loads");
    }

    #[test]
    fn a_secret_that_is_gone_takes_its_details_with_it() {
        let mut described = Described::default();
        let question = described.ask(target("prod/first"));
        described.take(question, Ok(detail("prod/first", vec![])));
        let question = described.ask(target("prod/first"));
        described.take(question, Err(ApiError::new(Code::NotFound, "no such secret")));
        assert!(described.detail.is_none(), "what is shown would no longer be true");
        assert!(described.failure.is_some(), "the reason is told");
    }

    #[test]
    fn a_failed_refresh_keeps_what_was_known() {
        let mut described = Described::default();
        let question = described.ask(target("prod/first"));
        described.take(question, Ok(detail("prod/first", vec![])));
        let question = described.ask(target("prod/first"));
        described.take(question, Err(ApiError::new(Code::Offline, "no answer")));
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
