//! The window while Latchkey is locked.

use leptos::prelude::*;

use crate::parts::dom::focus_first;
use crate::parts::{Button, ErrorPanel, Icon, SecretField, Tone, lucide, submits};
use crate::state::passphrase_form::PassphraseForm;
use crate::state::request::Request;
use crate::state::use_state;

/// What opens it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    Passphrase,
    Press,
    /// What the passphrase needs is missing.
    None,
}

/// Unlocks with the passphrase, or with a click if none is set.
#[component]
pub fn LockScreen() -> impl IntoView {
    let lock = use_state().lock;
    let way = Memo::new(move |_| match (lock.problem(), lock.has_passphrase()) {
        (Some(_), _) => Way::None,
        (None, true) => Way::Passphrase,
        (None, false) => Way::Press,
    });
    // The browser gives the focus to what has `autofocus` when the page is loaded only.
    Effect::new(move |_| {
        way.track();
        request_animation_frame(|| focus_first("[autofocus]"));
    });
    view! {
        <main class="lock-screen">
            <section class="passphrase" aria-labelledby="lock-title" data-testid="lock-screen">
                <Icon icon=lucide::LuLock />
                <h1 id="lock-title">"Latchkey is locked"</h1>
                {move || match way.get() {
                    Way::Passphrase => view! { <ByPassphrase /> }.into_any(),
                    Way::Press => view! { <ByPress /> }.into_any(),
                    Way::None => view! { <NoWay /> }.into_any(),
                }}
            </section>
        </main>
    }
}

#[component]
fn ByPassphrase() -> impl IntoView {
    let lock = use_state().lock;
    let form = PassphraseForm::new();
    let at_passphrase = Signal::derive(move || {
        form.at_fields().0.or_else(|| form.request.failure.get().map(|error| error.message))
    });
    view! {
        <p class="muted">
            "Keys, clients and open values were removed from memory, and the local vault is closed. An unsaved edit \
             is kept encrypted."
        </p>
        <form on:submit=submits(move || form.unlock(lock))>
            <SecretField
                label="Passphrase"
                value=form.passphrase
                error=at_passphrase
                required=true
                autofocus=true
            />
            <Button tone=Tone::Primary submit=true busy=form.request.busy>"Unlock"</Button>
        </form>
    }
}

#[component]
fn ByPress() -> impl IntoView {
    let state = use_state();
    let request = Request::new();
    let open = move || async move {
        request.act(state.lock.unlock(None)).await;
    };
    view! {
        <p class="muted" data-testid="lock-only-hides">
            "No passphrase is set, so this only hides the window: anyone at this computer can open it. To lock it \
             securely, set a passphrase in the settings."
        </p>
        {move || request.failure.get().map(|error| view! { <p class="field-error" role="alert">{error.message}</p> })}
        <form on:submit=submits(open)>
            <Button tone=Tone::Primary submit=true attr:autofocus=true>"Open Latchkey"</Button>
        </form>
    }
}

#[component]
fn NoWay() -> impl IntoView {
    let lock = use_state().lock;
    let request = Request::new();
    let look_again = move || async move {
        request.act(lock.unlock(None)).await;
    };
    let problem = move || request.failure.get().or_else(|| lock.problem());
    view! {
        {move || problem().map(|error| view! { <ErrorPanel error /> })}
        <form on:submit=submits(look_again)>
            <Button tone=Tone::Primary submit=true busy=request.busy attr:autofocus=true>"Try again"</Button>
        </form>
    }
}
