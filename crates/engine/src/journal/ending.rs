//! How an entry of the journal ended.

use chrono::{DateTime, Utc};
use latchkey_domain::stages::VersionMap;
use latchkey_domain::writes::JournalResult;
use serde::{Deserialize, Serialize};

/// How an entry ended.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Ending {
    pub entry_id: String,
    pub ended_at: DateTime<Utc>,
    pub request_ids: Vec<String>,
    pub version_ids: Vec<String>,
    /// The ARN of a secret that was created.
    pub secret_id: Option<String>,
    /// The labels as a save left them.
    #[serde(default)]
    pub left: Option<VersionMap>,
    pub result: JournalResult,
}

impl Ending {
    pub fn new(entry_id: String, ended_at: DateTime<Utc>, result: JournalResult) -> Self {
        let (request_ids, version_ids) = (Vec::new(), Vec::new());
        Self { entry_id, ended_at, request_ids, version_ids, secret_id: None, left: None, result }
    }
}
