//! *Open secret*: by name, ARN or console URL, for those who may not list.

use latchkey_domain::{ApiError, Code};
use leptos::prelude::*;

use crate::parts::{FormDialog, TextField};
use crate::state::request::Request;
use crate::state::use_state;

/// The dialog; open for as long as it is mounted.
#[component]
pub fn OpenSecretDialog() -> impl IntoView {
    let state = use_state();
    let text = RwSignal::new(String::new());
    let request = Request::new();
    let find = move || async move {
        let Some(scope) = state.session.scope.get_untracked() else { return };
        let wanted = text.with_untracked(|text| text.trim().to_owned());
        if wanted.is_empty() {
            return;
        }
        if let Some(scope) = request.act(state.detail.find(scope, wanted)).await {
            state.session.go_to(scope);
            state.dialogs.close();
        }
    };
    let at_field = Signal::derive(move || {
        request.failure.get().filter(is_about_the_text).map(|failure| failure.message)
    });
    view! {
        <FormDialog
            title="Open secret"
            name="open-secret"
            verb="Open secret"
            on_submit=find
            on_close=move || state.dialogs.close()
            failure=move || request.failure.get().filter(|failure| !is_about_the_text(failure))
        >
            <TextField
                label="Name, ARN or console URL"
                value=text
                error=at_field
                hint="Works without the ListSecrets permission."
                mono=true
                required=true
                autofocus=true
            />
        </FormDialog>
    }
}

/// A failure that another text would fix.
fn is_about_the_text(error: &ApiError) -> bool {
    matches!(error.code, Code::Invalid(_) | Code::NotFound)
}
