//! Waiting for the user: the page to continue on, or the code to confirm.

use latchkey_domain::identity_center::SignInPrompt;
use leptos::prelude::*;

use crate::parts::{Button, CopyButton, PlainText, Progress};
use crate::state::use_state;

#[component]
pub fn Waiting(prompt: SignInPrompt) -> impl IntoView {
    let identity_center = use_state().identity_center;
    let SignInPrompt { session, url, opened, user_code, ends_at, .. } = prompt;
    let words = match (&user_code, opened) {
        (Some(_), _) => "Open this page in any browser, compare the code, and allow Latchkey.",
        (None, true) => "Continue in your browser and allow Latchkey. If no page opened, copy the address.",
        (None, false) => "Could not open your browser. Open this address in it and allow Latchkey.",
    };
    view! {
        <div class="sign-in-waiting" data-testid="sign-in-waiting">
            <p>{words}</p>
            {user_code.map(|code| view! {
                <p class="sign-in-code">
                    <span class="muted">"Code"</span>
                    <code data-testid="user-code"><PlainText text=code.clone() /></code>
                    <CopyButton label="Copy the code" text=code />
                </p>
            })}
            <p class="sign-in-page">
                <code class="mono" data-testid="sign-in-page"><PlainText text=url.clone() /></code>
                <CopyButton label="Copy the address" text=url />
            </p>
            <Progress label=format!("Waiting for the sign-in to {}", session.start_url) />
            <p class="field-note">"Expires at " {ends_at.format("%H:%M UTC").to_string()} "."</p>
            <footer class="dialog-actions">
                <Button work=move || identity_center.cancel()>"Cancel the sign-in"</Button>
            </footer>
        </div>
    }
}
