//! The platform's own questions: no page can answer or cover them.

use latchkey_engine::{BoxFuture, Confirmation, Question};
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
        let opened = self.app.run_on_main_thread(move || show(question, sender));
        Box::pin(async move {
            if let Err(error) = opened {
                tracing::warn!(%error, "the question could not be asked, which counts as a no");
                return false;
            }
            answered.await.unwrap_or(false)
        })
    }
}

/// Return presses *Cancel*, and so does closing the dialog.
#[cfg(target_os = "linux")]
fn show(question: Question, answer: oneshot::Sender<bool>) {
    use gtk::prelude::{DialogExt, GtkWindowExt, MessageDialogExt, WidgetExt};
    use gtk::{ButtonsType, DialogFlags, MessageDialog, MessageType, ResponseType, Window};

    let Question { title, text, verb } = question;
    let kind = (DialogFlags::MODAL, MessageType::Warning, ButtonsType::None);
    let dialog = MessageDialog::new(None::<&Window>, kind.0, kind.1, kind.2, &title);
    dialog.set_title(&title);
    dialog.set_secondary_text(Some(&text));
    dialog.add_button("Cancel", ResponseType::Cancel);
    dialog.add_button(&verb, ResponseType::Accept);
    dialog.set_default_response(ResponseType::Cancel);
    let answer = std::cell::Cell::new(Some(answer));
    dialog.connect_response(move |dialog, response| {
        if let Some(answer) = answer.take() {
            // The receiver is gone when the app exits.
            let _ = answer.send(response == ResponseType::Accept);
        }
        dialog.close();
    });
    dialog.show_all();
}

/// There is no way to choose which button Return presses.
#[cfg(not(target_os = "linux"))]
fn show(question: Question, answer: oneshot::Sender<bool>) {
    use rfd::{AsyncMessageDialog, MessageButtons, MessageDialogResult, MessageLevel};

    let Question { title, text, verb } = question;
    let dialog = AsyncMessageDialog::new()
        .set_level(MessageLevel::Warning)
        .set_title(&title)
        .set_description(format!("{title}\n\n{text}"))
        .set_buttons(MessageButtons::OkCancelCustom(verb.clone(), "Cancel".to_owned()))
        .show();
    tauri::async_runtime::spawn(async move {
        let agrees = match dialog.await {
            MessageDialogResult::Ok => true,
            MessageDialogResult::Custom(pressed) => pressed == verb,
            _ => false,
        };
        // The receiver is gone when the app exits.
        let _ = answer.send(agrees);
    });
}
