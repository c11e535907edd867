//! The place of what is being loaded.

use leptos::prelude::*;

/// A few grey lines; `label` says to a screen reader what is loading.
#[component]
pub fn Skeleton(#[prop(into)] label: String) -> impl IntoView {
    view! {
        <div class="skeleton" role="status" data-testid="skeleton">
            <span class="visually-hidden">{label}</span>
            <span class="skeleton-line" aria-hidden="true"></span>
            <span class="skeleton-line" aria-hidden="true"></span>
            <span class="skeleton-line" aria-hidden="true"></span>
        </div>
    }
}
