//! Buttons: a verb, or an icon with a name.

use icondata_core::IconData;
use leptos::prelude::*;

use super::icon::Icon;
use super::progress::Spinner;
use super::work::Work;

/// How loud a button is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Tone {
    #[default]
    Plain,
    Primary,
    Danger,
    Quiet,
}

impl Tone {
    fn class(self) -> &'static str {
        match self {
            Self::Plain => "button",
            Self::Primary => "button button-primary",
            Self::Danger => "button button-danger",
            Self::Quiet => "button button-quiet",
        }
    }
}

/// A button with a text. While it is busy it shows a spinner and takes no presses.
#[component]
pub fn Button(
    #[prop(optional)] tone: Tone,
    #[prop(optional, into)] icon: Option<&'static IconData>,
    #[prop(optional, into)] disabled: Signal<bool>,
    #[prop(optional, into)] busy: Signal<bool>,
    /// Submits the form around it instead of calling `on_press`.
    #[prop(optional)]
    submit: bool,
    #[prop(optional, into)] on_press: Option<Callback<()>>,
    /// What a press begins; the button is busy until it is done.
    #[prop(optional, into)]
    work: Option<Work>,
    children: Children,
) -> impl IntoView {
    let own = RwSignal::new(false);
    let busy = Signal::derive(move || busy.get() || own.get());
    let press = move |_| {
        if busy.get_untracked() {
            return;
        }
        if let Some(on_press) = on_press {
            on_press.run(());
        }
        if let Some(work) = work {
            work.begin(own);
        }
    };
    view! {
        <button
            type=if submit { "submit" } else { "button" }
            class=tone.class()
            disabled=move || disabled.get()
            aria-busy=move || busy.get().then_some("true")
            aria-disabled=move || busy.get().then_some("true")
            on:click=press
        >
            {move || {
                if busy.get() {
                    view! { <Spinner /> }.into_any()
                } else {
                    icon.map(|icon| view! { <Icon icon /> }).into_any()
                }
            }}
            <span>{children()}</span>
        </button>
    }
}

/// A button that is only an icon; `label` is its name and its tooltip.
#[component]
pub fn IconButton(
    #[prop(into)] label: Signal<String>,
    #[prop(into)] icon: Signal<&'static IconData>,
    #[prop(optional, into)] disabled: Signal<bool>,
    /// For a button that stays down: whether it is.
    #[prop(optional, into)]
    pressed: Option<Signal<bool>>,
    #[prop(into)] on_press: Callback<()>,
) -> impl IntoView {
    view! {
        <button
            type="button"
            class="icon-button"
            title=move || label.get()
            aria-label=move || label.get()
            aria-pressed=move || pressed.map(|pressed| pressed.get().to_string())
            disabled=move || disabled.get()
            on:click=move |_| on_press.run(())
        >
            <Icon icon />
        </button>
    }
}
