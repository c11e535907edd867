//! A revealed secret: it can be read, but copied only through the engine.

use leptos::prelude::*;

/// What a masked value looks like, whatever its length.
pub const MASK: &str = "••••••••••••";

/// The dots of a value that is not shown.
#[component]
pub fn Mask() -> impl IntoView {
    view! {
        <span class="mask" data-testid="mask">
            <span aria-hidden="true">{MASK}</span>
            <span class="visually-hidden">"Hidden"</span>
        </span>
    }
}

/// A value in the clear. It cannot be selected, copied, dragged or opened in a context menu.
#[component]
pub fn ClearText(
    /// Names the block for screen readers; it can be scrolled, so it takes the focus.
    #[prop(into)]
    label: String,
    #[prop(into)] text: String,
) -> impl IntoView {
    view! {
        <pre
            class="clear-text"
            tabindex="0"
            role="region"
            aria-label=label
            draggable="false"
            data-testid="clear-text"
            on:copy=|event| event.prevent_default()
            on:cut=|event| event.prevent_default()
            on:contextmenu=|event| event.prevent_default()
            on:dragstart=|event| event.prevent_default()
            on:selectstart=|event| event.prevent_default()
        >
            {text}
        </pre>
    }
}
