//! Tabs: one of several views of the same thing.

use leptos::prelude::*;
use leptos::wasm_bindgen::JsCast;
use leptos::web_sys::HtmlElement;

use super::dom::{find, focus};

/// A tab's id and its title. The panel of tab `x` has the id `panel-x` and is labelled by `tab-x`.
pub type Tab = (&'static str, &'static str);

/// The row of tabs; arrows, Home and End move, and moving selects.
#[component]
pub fn Tabs(
    #[prop(into)] label: String,
    tabs: &'static [Tab],
    selected: RwSignal<&'static str>,
) -> impl IntoView {
    let on_key = move |event: leptos::ev::KeyboardEvent| {
        let last = tabs.len().saturating_sub(1);
        let at = tabs.iter().position(|(id, _)| *id == selected.get_untracked()).unwrap_or_default();
        let next = match event.key().as_str() {
            "ArrowRight" => (at + 1) % tabs.len(),
            "ArrowLeft" => at.checked_sub(1).unwrap_or(last),
            "Home" => 0,
            "End" => last,
            _ => return,
        };
        event.prevent_default();
        selected.set(tabs[next].0);
        if let Some(list) = event.current_target().and_then(|list| list.dyn_into::<HtmlElement>().ok())
            && let Some(tab) = find(&list, &format!("#tab-{}", tabs[next].0))
        {
            focus(&tab);
        }
    };
    view! {
        <div class="tabs" role="tablist" aria-label=label on:keydown=on_key>
            {tabs
                .iter()
                .map(|&(id, title)| {
                    let is_selected = move || selected.get() == id;
                    view! {
                        <button
                            type="button"
                            role="tab"
                            id=format!("tab-{id}")
                            class="tab"
                            aria-controls=format!("panel-{id}")
                            aria-selected=move || is_selected().to_string()
                            tabindex=move || if is_selected() { "0" } else { "-1" }
                            on:click=move |_| selected.set(id)
                        >
                            {title}
                        </button>
                    }
                })
                .collect_view()}
        </div>
    }
}

/// What a tab shows; in the page only while its tab is selected.
#[component]
pub fn TabPanel(id: &'static str, selected: RwSignal<&'static str>, children: ChildrenFn) -> impl IntoView {
    view! {
        <Show when=move || selected.get() == id>
            <div class="tab-panel" role="tabpanel" id=format!("panel-{id}") aria-labelledby=format!("tab-{id}")>
                {children()}
            </div>
        </Show>
    }
}
