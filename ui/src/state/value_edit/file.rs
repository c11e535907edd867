//! Values that come from files and go to them, past the window.

use latchkey_domain::value::{ExportValue, ExportedValue};
use latchkey_domain::writes::ValueChange;
use leptos::prelude::*;

use super::ValueEdit;
use crate::ipc;

impl ValueEdit {
    /// Whether the open secret's value turned out to be bytes, which are replaced and not edited; tracks.
    pub fn is_binary(self) -> bool {
        let open = self.detail.described.with(|described| described.target.clone());
        self.binary.with(|binary| binary.is_some() && *binary == open)
    }

    /// Reviews the bytes of a file as the new value. The engine asks for the file and keeps them.
    pub async fn begin_file(self) {
        let Some(subject) = self.new_subject() else { return };
        self.binary.set(None);
        self.subject.set(Some(subject));
        self.is_file.set(true);
        self.ask(ValueChange::File).await;
        if self.preview.with_untracked(Option::is_none) && self.merge.with_untracked(Option::is_none) {
            let failure = self.failure.get_untracked();
            self.drop_edit();
            self.failure.set(failure);
        }
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
                    .done(format!("The value is in {path}, in the clear. Delete the file when it is used."));
            }
            Ok(ExportedValue { path: None }) => {}
            Err(failure) => self.toasts.failed(&failure),
        }
    }
}
