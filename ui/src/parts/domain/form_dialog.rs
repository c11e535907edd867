//! A form in a dialog: its fields, why it could not be sent, and the buttons below.

use latchkey_domain::ApiError;
use leptos::ev::SubmitEvent;
use leptos::prelude::*;

use super::error_panel::ErrorPanel;
use crate::parts::controls::{Button, Dialog, Tone, Work};

/// A dialog that is one form; open for as long as it is mounted. What each property means stands at [`DialogForm`].
#[component]
pub fn FormDialog(
    #[prop(into)] title: Signal<String>,
    #[prop(optional)] wide: bool,
    name: &'static str,
    #[prop(into)] verb: Signal<String>,
    #[prop(default = Tone::Primary)] tone: Tone,
    #[prop(into)] on_submit: Work,
    #[prop(into)] on_close: Callback<()>,
    #[prop(default = "Cancel")] cancel: &'static str,
    #[prop(optional, into)] failure: Signal<Option<ApiError>>,
    #[prop(optional, into)] busy: Signal<bool>,
    #[prop(optional, into)] held: Signal<bool>,
    #[prop(optional, into)] buttons: ViewFn,
    #[prop(optional, into)] question: Signal<Option<ViewFn>>,
    children: Children,
) -> impl IntoView {
    view! {
        <Dialog title wide on_close>
            <DialogForm
                name
                verb
                tone
                on_submit
                on_cancel=on_close
                cancel
                failure
                busy
                held
                buttons
                question
            >
                {children()}
            </DialogForm>
        </Dialog>
    }
}

/// The form of a dialog that holds other things too. Enter submits it.
#[component]
pub fn DialogForm(
    /// Its CSS class and its `data-testid`.
    name: &'static str,
    /// What the button that submits says, and its `data-testid`.
    #[prop(into)]
    verb: Signal<String>,
    #[prop(optional)] verb_id: Option<&'static str>,
    #[prop(default = Tone::Primary)] tone: Tone,
    /// Runs once at a time; the button is busy meanwhile.
    #[prop(into)]
    on_submit: Work,
    #[prop(into)] on_cancel: Callback<()>,
    #[prop(default = "Cancel")] cancel: &'static str,
    /// Why it could not be sent, if no field shows it.
    #[prop(optional, into)]
    failure: Signal<Option<ApiError>>,
    /// Whether the same work was begun elsewhere.
    #[prop(optional, into)]
    busy: Signal<bool>,
    /// Whether something is still missing.
    #[prop(optional, into)]
    held: Signal<bool>,
    /// Further buttons, before *Cancel*.
    #[prop(optional, into)]
    buttons: ViewFn,
    /// Stands in the place of the buttons until it is answered.
    #[prop(optional, into)]
    question: Signal<Option<ViewFn>>,
    children: Children,
) -> impl IntoView {
    let own = RwSignal::new(false);
    let is_busy = Signal::derive(move || busy.get() || own.get());
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        if !held.get_untracked() && !is_busy.get_untracked() {
            on_submit.begin(own);
        }
    };
    let actions = move || {
        if let Some(question) = question.get() {
            return question.run();
        }
        view! {
            <footer class="dialog-actions">
                {buttons.run()}
                <Button on_press=on_cancel>{cancel}</Button>
                <Button tone submit=true busy=is_busy disabled=held attr:data-testid=verb_id>
                    {move || verb.get()}
                </Button>
            </footer>
        }
        .into_any()
    };
    view! {
        <form class=name data-testid=name on:submit=submit>
            {children()}
            {move || failure.get().map(|error| view! { <ErrorPanel error /> })}
            {actions}
        </form>
    }
}
