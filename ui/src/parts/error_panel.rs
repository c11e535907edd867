//! A failed command in full: what happened, AWS's own words, and the way on.

use latchkey_domain::ApiError;
use leptos::prelude::*;

use super::button::Button;
use super::clipboard::CopyButton;
use super::icon::{Icon, lucide};

/// The error with AWS's code, message and request id to copy into a ticket.
#[component]
pub fn ErrorPanel(
    error: ApiError,
    #[prop(optional, into)] on_retry: Option<Callback<()>>,
    #[prop(optional)] children: Option<Children>,
) -> impl IntoView {
    let report = report(&error);
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
        <div class="error-panel" role="alert" data-testid="error-panel">
            <Icon icon=lucide::LuTriangleAlert />
            <div class="error-text">
                <p>{error.message}</p>
                {aws}
                <div class="actions">
                    {on_retry.map(|on_retry| view! { <Button on_press=on_retry>"Try again"</Button> })}
                    {children.map(|children| children())}
                </div>
            </div>
            <CopyButton label="Copy the error" text=report />
        </div>
    }
}

fn report(error: &ApiError) -> String {
    let Some(fault) = &error.aws else { return error.message.clone() };
    let id = fault.request_id.as_deref().map(|id| format!("\nRequest ID: {id}")).unwrap_or_default();
    format!("{}\n{}: {}{id}", error.message, fault.code, fault.message)
}
