//! Asks the user in system dialogs. If the console locks while one is open, the answer is ignored.

use std::path::PathBuf;
use std::sync::Arc;

use latchkey_domain::ApiError;

use crate::Engine;
use crate::ports::{Confirmation, FilePicker, Question};

/// Access to the system dialogs. They are opened only by the methods below.
pub(crate) struct Person {
    files: Arc<dyn FilePicker>,
    confirmation: Arc<dyn Confirmation>,
}

impl Person {
    pub fn new(files: Arc<dyn FilePicker>, confirmation: Arc<dyn Confirmation>) -> Self {
        Self { files, confirmation }
    }
}

impl Engine {
    /// Whether the person agreed.
    pub(crate) async fn ask(&self, question: Question) -> Result<bool, ApiError> {
        let agreed = self.person.confirmation.ask(question).await;
        self.lock.check_open().map(|()| agreed)
    }

    /// Where a new file goes; none if the person changed their mind.
    pub(crate) async fn choose_new_file(
        &self,
        title: &str,
        suggested_name: &str,
    ) -> Result<Option<PathBuf>, ApiError> {
        let chosen = self.person.files.save_as(title, suggested_name).await;
        self.lock.check_open().map(|()| chosen)
    }

    /// A file that is there; none if the person changed their mind.
    pub(crate) async fn choose_file(&self, title: &str) -> Result<Option<PathBuf>, ApiError> {
        let chosen = self.person.files.open(title).await;
        self.lock.check_open().map(|()| chosen)
    }
}

#[cfg(test)]
mod tests;
