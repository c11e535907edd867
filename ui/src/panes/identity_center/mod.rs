//! *Sign in with IAM Identity Center*: a start URL, waiting for the browser, and the roles that become connections.

mod roles;
mod sessions;
mod waiting;

use leptos::prelude::*;

use crate::parts::{
    Button, Checkbox, DetourNote, Dialog, DialogForm, Icon, PlainText, RegionSelect, TextField, Tone, lucide,
};
use crate::state::dialogs::NamedDialog;
use crate::state::identity_center::Step;
use crate::state::{State, use_state};
use roles::RoleList;
pub use sessions::{FoundSessions, SsoSessions};
use waiting::Waiting;

/// The dialog; open for as long as it is mounted.
#[component]
pub fn SignInDialog() -> impl IntoView {
    let state = use_state();
    let identity_center = state.identity_center;
    let close = move || {
        identity_center.leave();
        state.dialogs.close();
    };
    let title = Signal::derive(move || {
        match identity_center.step.get() {
            Step::Choosing(_) => "Add roles as connections",
            _ => "Sign in with IAM Identity Center",
        }
        .to_owned()
    });
    Effect::new(move || {
        if identity_center.step.get() == Step::Done {
            go_on(state);
        }
    });
    view! {
        <Dialog title wide=true on_close=close>
            {move || match identity_center.step.get() {
                Step::Asking | Step::Starting => view! { <Fields on_cancel=close /> }.into_any(),
                Step::Waiting(prompt) => view! { <Waiting prompt /> }.into_any(),
                Step::Choosing(session) => view! { <RoleList session on_close=close /> }.into_any(),
                Step::Done => ().into_any(),
            }}
        </Dialog>
    }
}

/// After a sign-in for existing connections: failed loads are repeated, and edits stay.
fn go_on(state: State) {
    state.toasts.done("You are signed in again.");
    state.dialogs.close();
    state.catalog.refresh();
    state.detail.refresh();
}

#[component]
fn Fields(#[prop(into)] on_cancel: Callback<()>) -> impl IntoView {
    let state = use_state();
    let identity_center = state.identity_center;
    let with_code = identity_center.with_code;
    let starting = Memo::new(move |_| identity_center.step.get() == Step::Starting);
    let at = move |field: &'static str| Signal::derive(move || identity_center.request.at(field));
    let verb = move || if with_code.get() { "Get a device code" } else { "Sign in" };
    view! {
        <DialogForm
            name="sign-in"
            verb=Signal::derive(move || verb().to_owned())
            on_submit=move || identity_center.sign_in()
            on_cancel
            failure=move || identity_center.request.of_the_whole()
            busy=starting
        >
            <TextField
                label="Start URL"
                value=identity_center.start_url
                error=at("start_url")
                hint="The URL of your AWS access portal. Your administrator can give it to you."
                placeholder="https://example.awsapps.com/start"
                mono=true
                required=true
                autofocus=true
            />
            <RegionSelect label="Region of IAM Identity Center" value=identity_center.region error=at("region") />
            <Checkbox label="Use a device code instead of this computer's browser" checked=with_code />
            <Show when=move || with_code.get()>
                <CodeWarning />
            </Show>
            <DetourNote subject="The sign-in" detours=Signal::derive(move || state.session.detours()) />
        </DialogForm>
    }
}

#[component]
fn CodeWarning() -> impl IntoView {
    view! {
        <div class="sign-in-warning" role="note" data-testid="device-code-warning">
            <Icon icon=lucide::LuTriangleAlert />
            <p>
                <strong>"A device code is easier to abuse."</strong>
                " Confirming a code signs in the program that shows it. Use one only if this computer has no browser, \
                 and confirm only the code in this window."
            </p>
        </div>
    }
}

/// Shown above the panes while the session of the current connection is not signed in.
#[component]
pub fn SignInBanner() -> impl IntoView {
    let state = use_state();
    let missing = Memo::new(move |_| state.identity_center.missing_in_view());
    move || {
        missing.get().map(|session| {
            let start_url = session.start_url.clone();
            let sign_in = move || {
                state.identity_center.sign_in_again(&session);
                state.dialogs.open(NamedDialog::SignIn);
            };
            view! {
                <div class="frame-banner" role="status" data-testid="sign-in-banner">
                    <Icon icon=lucide::LuLogIn />
                    <p>"You are not signed in to " <PlainText text=start_url /> ". Your edits are kept."</p>
                    <Button tone=Tone::Primary on_press=sign_in>"Sign in"</Button>
                </div>
            }
        })
    }
}
