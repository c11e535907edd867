//! The frame of the window: which pane stands where, and what is over them.

use leptos::prelude::*;

use crate::parts::clock::now;
use crate::state::State;

/// The whole window.
#[component]
pub fn App() -> impl IntoView {
    let state = State::new(now);
    provide_context(state);
    view! { <main></main> }
}
