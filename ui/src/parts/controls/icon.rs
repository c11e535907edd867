//! Lucide icons, 16 px, drawn in the colour of the text.

use icondata_core::IconData;
pub use icondata_lu as lucide;
use leptos::prelude::*;

/// An icon next to a text; used alone, it needs a label.
#[component]
pub fn Icon(#[prop(into)] icon: Signal<&'static IconData>) -> impl IntoView {
    view! {
        <svg
            class="icon"
            viewBox="0 0 24 24"
            fill="none"
            stroke="currentColor"
            stroke-width="2"
            stroke-linecap="round"
            stroke-linejoin="round"
            aria-hidden="true"
            inner_html=move || icon.get().data
        ></svg>
    }
}
