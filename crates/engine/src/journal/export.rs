//! The journal as JSON lines in a file of the person's choice. It holds no values, and names accounts and secrets: the
//! file is its owner's alone.

use latchkey_domain::ApiError;
use latchkey_domain::writes::{ExportJournal, ExportedJournal, JournalEntry};

use crate::{Engine, files};

const SUGGESTED_NAME: &str = "latchkey-journal.jsonl";

impl Engine {
    /// Asks where to, and writes what the search finds there, oldest first.
    pub(crate) async fn export_journal(&self, request: ExportJournal) -> Result<ExportedJournal, ApiError> {
        let Some(path) = self.choose_new_file("Export the journal", SUGGESTED_NAME).await? else {
            return Ok(ExportedJournal { entries: None });
        };
        let entries = self.found_entries(&request.text, request.secret_id.as_deref()).await;
        files::save(&path, lines(&entries)?.as_bytes()).map_err(|error| {
            ApiError::internal(format!("{} could not be written: {error}.", path.display()))
        })?;
        Ok(ExportedJournal { entries: Some(entries.len()) })
    }
}

fn lines(entries: &[JournalEntry]) -> Result<String, ApiError> {
    let mut text = String::new();
    for entry in entries {
        let line = serde_json::to_string(entry)
            .map_err(|_| ApiError::internal("An entry of the journal could not be written as JSON."))?;
        text.push_str(&line);
        text.push('\n');
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use latchkey_domain::writes::{ExportJournal, JournalEntry, JournalResult, Operation};

    use crate::testing::wire::RealVault;

    #[tokio::test]
    async fn an_export_holds_what_the_search_finds_and_no_value() {
        let vault = RealVault::start().await;
        let bench = vault.engine().await;
        bench.create("prod/db", "fake-canary").await;
        bench.create("prod/web", "fake-canary").await;
        let exported = bench
            .engine
            .export_journal(ExportJournal { text: "prod/web".into(), secret_id: None })
            .await
            .unwrap();
        assert_eq!(exported.entries, Some(1));
        let text = std::fs::read_to_string(bench.export_path()).unwrap();
        let entry: JournalEntry = serde_json::from_str(text.trim_end()).unwrap();
        assert_eq!(entry.secret_name, "prod/web");
        assert_eq!((entry.operation, entry.result), (Operation::CreateSecret, JournalResult::Done));
        assert!(!text.contains("canary"), "the journal knows no value: {text}");
    }

    #[tokio::test]
    async fn nothing_is_written_if_the_person_changes_their_mind() {
        let vault = RealVault::start().await;
        let bench = vault.engine().await;
        bench.create("prod/db", "fake").await;
        bench.refuse_files();
        let exported = bench
            .engine
            .export_journal(ExportJournal { text: String::new(), secret_id: None })
            .await
            .unwrap();
        assert_eq!(exported.entries, None);
        assert!(!bench.export_path().exists(), "no file was made");
    }
}
