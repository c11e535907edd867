//! Values that come from files and go to them, past the window.

use latchkey_domain::value::{ExportValue, ExportedValue};
use latchkey_domain::writes::ValueChange;
use leptos::prelude::*;

use super::{Source, ValueEdit};
use crate::ipc;

impl ValueEdit {
    /// Reviews the bytes of a file as the new value. The engine asks for the file and keeps them.
    pub async fn begin_file(self) {
        let Some((question, subject)) = self.start(Source::File) else { return };
        let answer = ipc::call(subject.plan(ValueChange::File, false)).await;
        self.drop_left();
        self.update(|phase| phase.take_review(question, answer));
    }

    /// Writes the value of the picked version into a file of the person's choice.
    pub async fn export(self) {
        let Some(version) = self.detail.value.reading.with_untracked(|reading| reading.version().cloned())
        else {
            return;
        };
        match ipc::call(ExportValue { version }).await {
            Ok(ExportedValue { path: Some(path) }) => {
                self.toasts
                    .done(format!("Exported the value to {path}, unencrypted. Delete the file after use."));
            }
            Ok(ExportedValue { path: None }) => {}
            Err(failure) => self.toasts.failed(&failure),
        }
    }
}
