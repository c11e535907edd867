//! A field in a row of a small table, whose heading is its label.

use leptos::html;
use leptos::prelude::*;

use super::dom::focus;
use super::field::unremembered;

/// One line of text; `label` is for screen readers.
#[component]
pub fn RowInput(
    #[prop(into)] label: String,
    value: RwSignal<String>,
    #[prop(optional, into)] placeholder: String,
    /// Takes the focus when the row appears.
    #[prop(optional)]
    focused: bool,
) -> impl IntoView {
    let node = NodeRef::<html::Input>::new();
    if focused {
        node.on_load(|input| request_animation_frame(move || focus(&input)));
    }
    view! {
        <input
            {..unremembered()}
            node_ref=node
            class="input mono"
            type="text"
            aria-label=label
            placeholder=placeholder
            bind:value=value
        />
    }
}
