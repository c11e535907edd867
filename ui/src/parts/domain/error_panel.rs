//! A failed command in full: what happened, AWS's message, and what to do.

use latchkey_domain::{ApiError, Code};
use leptos::prelude::*;

use crate::parts::controls::{Button, CopyButton, Icon, Tone, lucide};
/// What fixes an error that asks for a sign-in; the frame of the window knows it and gives it to every panel.
#[derive(Clone, Copy)]
pub struct WayIn {
    /// What the button says; none while nothing is missing, or nothing that the window could ask for.
    pub verb: Signal<Option<String>>,
    pub on_press: Callback<()>,
}

/// The error with AWS's code, message and request id to copy into a ticket.
#[component]
pub fn ErrorPanel(
    error: ApiError,
    #[prop(optional, into)] on_retry: Option<Callback<()>>,
    #[prop(optional)] children: Option<Children>,
) -> impl IntoView {
    let report = report(&error);
    let way_in = (error.code == Code::SignInNeeded).then(use_context::<WayIn>).flatten();
    let had_a_way = StoredValue::new(false);
    // What was missing is available now: the user continues where they are.
    let is_mended = Memo::new(move |_| match way_in.and_then(|way| way.verb.get()) {
        Some(_) => {
            had_a_way.set_value(true);
            false
        }
        None => had_a_way.get_value(),
    });
    let aws = error.aws.map(|fault| {
        view! {
            <dl class="error-aws">
                <dt>{fault.code}</dt>
                <dd>{fault.message}</dd>
                {fault.request_id.map(|id| view! { <dt>"Request ID"</dt><dd class="mono">{id}</dd> })}
            </dl>
        }
    });
    view! {
        <div
            class="error-panel"
            role="alert"
            data-testid="error-panel"
            hidden=move || is_mended.get() && on_retry.is_none()
        >
            <Icon icon=lucide::LuTriangleAlert />
            <div class="error-text">
                <p>{error.message}</p>
                {aws}
                <div class="actions">
                    {move || way_in.map(|way| view! { <WayInButton way /> })}
                    {on_retry.map(|on_retry| view! { <Button on_press=on_retry>"Try again"</Button> })}
                    {children.map(|children| children())}
                </div>
            </div>
            <CopyButton label="Copy the error" text=report />
        </div>
    }
}

#[component]
fn WayInButton(way: WayIn) -> impl IntoView {
    move || {
        way.verb.get().map(|verb| {
            view! { <Button tone=Tone::Primary on_press=way.on_press attr:data-testid="way-in">{verb}</Button> }
        })
    }
}

fn report(error: &ApiError) -> String {
    let detail = error.detail.as_ref().map(|detail| format!("\n{detail}")).unwrap_or_default();
    let Some(fault) = &error.aws else { return format!("{}{detail}", error.message) };
    let id = fault.request_id.as_deref().map(|id| format!("\nRequest ID: {id}")).unwrap_or_default();
    format!("{}{detail}\n{}: {}{id}", error.message, fault.code, fault.message)
}
