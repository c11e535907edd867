//! Why a list could not be read, and what to do.

use latchkey_domain::{ApiError, Code, Scope};
use leptos::prelude::*;

use crate::parts::{Button, ErrorPanel, PlainText, Tone};
use crate::state::dialogs::NamedDialog;
use crate::state::use_state;

/// The error; without permission to list, a secret can still be opened by name.
#[component]
pub fn Failure(scope: Option<Scope>, error: ApiError) -> impl IntoView {
    let state = use_state();
    let denied = error.code == Code::AccessDenied;
    let untrusted = scope.as_ref().filter(|_| error.code == Code::Untrusted);
    let untrusted = untrusted.map(|scope| scope.connection.clone());
    let whose = scope.filter(|_| state.catalog.is_together()).map(|scope| state.session.scope_name(&scope));
    view! {
        <div class="catalog-failure">
            {whose.map(|name| view! { <h2><PlainText text=name /></h2> })}
            <ErrorPanel error on_retry=move || state.catalog.refresh()>
                {denied
                    .then(|| {
                        view! {
                            <Button on_press=move || state.dialogs.open(NamedDialog::OpenSecret)>
                                "Open by name, ARN or URL…"
                            </Button>
                        }
                    })}
                {untrusted
                    .map(|connection| {
                        let trust = move || state.trust_way(connection.clone());
                        view! { <Button tone=Tone::Primary work=trust>"Trust this route…"</Button> }
                    })}
            </ErrorPanel>
        </div>
    }
}
