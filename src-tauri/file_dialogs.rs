//! The platform's own dialogs for files: what leads the engine to a path.

use std::path::PathBuf;

use latchkey_engine::{BoxFuture, FilePicker};
use rfd::{AsyncFileDialog, FileHandle};
use tauri::{AppHandle, Runtime};
use tokio::sync::oneshot;

/// Dialogs over the windows of an app.
pub struct FileDialogs<R: Runtime> {
    app: AppHandle<R>,
}

impl<R: Runtime> FileDialogs<R> {
    pub fn new(app: AppHandle<R>) -> Self {
        Self { app }
    }

    /// Toolkits open their dialogs on the main thread; what comes of it is waited for elsewhere.
    async fn ask<F>(&self, ask: impl FnOnce() -> F + Send + 'static) -> Option<PathBuf>
    where
        F: Future<Output = Option<FileHandle>> + Send + 'static,
    {
        let (sender, chosen) = oneshot::channel();
        let open = move || {
            let asked = ask();
            tauri::async_runtime::spawn(async move {
                let path = asked.await.map(|file| file.path().to_path_buf());
                // The receiver is gone when the app exits.
                let _ = sender.send(path);
            });
        };
        if let Err(error) = self.app.run_on_main_thread(open) {
            tracing::warn!(%error, "the dialog could not be opened");
            return None;
        }
        chosen.await.ok().flatten()
    }
}

impl<R: Runtime> FilePicker for FileDialogs<R> {
    fn save_as(&self, title: &str, suggested_name: &str) -> BoxFuture<'_, Option<PathBuf>> {
        let dialog = AsyncFileDialog::new().set_title(title).set_file_name(suggested_name);
        Box::pin(self.ask(move || dialog.save_file()))
    }

    fn open(&self, title: &str) -> BoxFuture<'_, Option<PathBuf>> {
        let dialog = AsyncFileDialog::new().set_title(title);
        Box::pin(self.ask(move || dialog.pick_file()))
    }
}
