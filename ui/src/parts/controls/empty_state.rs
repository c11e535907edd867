//! Shown if there is no content: why, and what to do.

use icondata_core::IconData;
use leptos::prelude::*;

use super::icon::Icon;

/// An icon, a title, a sentence, and the buttons that help.
#[component]
pub fn EmptyState(
    #[prop(into)] icon: Signal<&'static IconData>,
    #[prop(into)] title: Signal<String>,
    #[prop(into)] text: Signal<String>,
    #[prop(optional)] children: Option<Children>,
) -> impl IntoView {
    view! {
        <div class="empty-state" data-testid="empty-state">
            <Icon icon />
            <h2>{move || title.get()}</h2>
            <p>{move || text.get()}</p>
            {children.map(|children| view! { <div class="actions">{children()}</div> })}
        </div>
    }
}
