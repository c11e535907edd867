//! The platform's own questions: no page can answer or cover them.

use latchkey_engine::{BoxFuture, Confirmation, Question};
use rfd::{AsyncMessageDialog, MessageButtons, MessageDialogResult, MessageLevel};
use tauri::{AppHandle, Runtime};
use tokio::sync::oneshot;

/// Questions over the windows of an app.
pub struct ConfirmationDialogs<R: Runtime> {
    app: AppHandle<R>,
}

impl<R: Runtime> ConfirmationDialogs<R> {
    pub fn new(app: AppHandle<R>) -> Self {
        Self { app }
    }
}

impl<R: Runtime> Confirmation for ConfirmationDialogs<R> {
    fn ask(&self, question: Question) -> BoxFuture<'_, bool> {
        let (sender, answered) = oneshot::channel();
        // Toolkits open their dialogs on the main thread; the answer is waited for elsewhere.
        let opened = self.app.run_on_main_thread(move || {
            let verb = question.verb;
            let dialog = AsyncMessageDialog::new()
                .set_level(MessageLevel::Warning)
                .set_title(&question.title)
                .set_description(format!("{}\n\n{}", question.title, question.text))
                .set_buttons(buttons(&verb))
                .show();
            tauri::async_runtime::spawn(async move {
                let agrees = match dialog.await {
                    MessageDialogResult::Ok => cfg!(windows),
                    MessageDialogResult::Custom(pressed) => pressed == verb,
                    _ => false,
                };
                // The receiver is gone when the app exits.
                let _ = sender.send(agrees);
            });
        });
        Box::pin(async move {
            if let Err(error) = opened {
                tracing::warn!(%error, "the question could not be asked, which counts as a no");
                return false;
            }
            answered.await.unwrap_or(false)
        })
    }
}

/// Return presses the first button, which therefore changes nothing. Not on Windows: there, to close the window is to press
/// the second one.
fn buttons(verb: &str) -> MessageButtons {
    let (verb, refusal) = (verb.to_owned(), "Cancel".to_owned());
    if cfg!(windows) {
        MessageButtons::OkCancelCustom(verb, refusal)
    } else {
        MessageButtons::OkCancelCustom(refusal, verb)
    }
}
