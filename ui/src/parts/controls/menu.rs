//! A menu that opens from a button: arrows move, Enter chooses, Esc closes and gives the focus back.

use icondata_core::IconData;
use leptos::html;
use leptos::prelude::*;
use leptos::web_sys::HtmlElement;

use super::dom::{find_all, focus, focused, unique_id};
use super::icon::{Icon, lucide};

/// One line of a menu.
#[derive(Clone)]
pub struct MenuItem {
    pub label: String,
    pub icon: Option<&'static IconData>,
    /// Some for an item that is on or off; choosing it leaves the menu open.
    pub checked: Option<bool>,
    pub disabled: bool,
    /// Begins a new group: a line stands above it.
    pub divided: bool,
    pub on_choose: Callback<()>,
}

impl MenuItem {
    pub fn new(label: impl Into<String>, on_choose: impl Fn() + Send + Sync + 'static) -> Self {
        Self {
            label: label.into(),
            icon: None,
            checked: None,
            disabled: false,
            divided: false,
            on_choose: Callback::new(move |()| on_choose()),
        }
    }

    pub fn icon(self, icon: &'static IconData) -> Self {
        Self { icon: Some(icon), ..self }
    }

    pub fn checked(self, checked: bool) -> Self {
        Self { checked: Some(checked), ..self }
    }

    pub fn disabled(self, disabled: bool) -> Self {
        Self { disabled, ..self }
    }

    pub fn divided(self) -> Self {
        Self { divided: true, ..self }
    }
}

/// A button (its content is `children`) and the menu under it. `label` names both, and holds the button's text if it
/// has one.
#[component]
pub fn Menu(
    #[prop(into)] label: Signal<String>,
    #[prop(default = "icon-button")] class: &'static str,
    #[prop(into)] items: Signal<Vec<MenuItem>>,
    /// Opens towards the left, for a button at the right edge.
    #[prop(optional)]
    end: bool,
    children: Children,
) -> impl IntoView {
    let open = RwSignal::new(false);
    let button = NodeRef::<html::Button>::new();
    let list = NodeRef::<html::Div>::new();
    let list_id = unique_id("menu");

    let close = move || {
        open.set(false);
        if let Some(button) = button.get_untracked() {
            focus(&button);
        }
    };
    // A press anywhere else closes the menu, before that press does its own work.
    let outside = window_event_listener(leptos::ev::pointerdown, move |event| {
        let target = event.target().and_then(|target| leptos::wasm_bindgen::JsCast::dyn_into(target).ok());
        let contains = |element: &HtmlElement| element.contains(target.as_ref());
        let inside = list.get_untracked().is_some_and(|list| contains(&list))
            || button.get_untracked().is_some_and(|button| contains(&button));
        if open.get_untracked() && !inside {
            open.set(false);
        }
    });
    on_cleanup(move || outside.remove());

    let on_key = move |event: leptos::ev::KeyboardEvent| {
        let Some(list) = list.get_untracked() else { return };
        match event.key().as_str() {
            "Escape" => close(),
            "Tab" => open.set(false),
            key => {
                if !step(&list, key) {
                    return;
                }
            }
        }
        if event.key() != "Tab" {
            event.prevent_default();
            event.stop_propagation();
        }
    };
    view! {
        <div class="menu" class:menu-end=end on:keydown=on_key>
            <button
                node_ref=button
                type="button"
                class=class
                title=move || label.get()
                aria-label=move || label.get()
                aria-haspopup="menu"
                aria-expanded=move || open.get().to_string()
                aria-controls=list_id.clone()
                on:click=move |_| open.update(|open| *open = !*open)
            >
                {children()}
            </button>
            <Show when=move || open.get()>
                <div
                    node_ref=list
                    id=list_id.clone()
                    class="menu-list"
                    role="menu"
                    aria-label=move || label.get()
                    use:focus_first
                >
                    // By place, so that an item which is turned on or off keeps the focus.
                    <For each=move || 0..items.with(Vec::len) key=|at| *at let:at>
                        <Line at items on_close=close />
                    </For>
                </div>
            </Show>
        </div>
    }
}

#[component]
fn Line(at: usize, items: Signal<Vec<MenuItem>>, #[prop(into)] on_close: Callback<()>) -> impl IntoView {
    let item = move || items.with(|items| items.get(at).cloned());
    let checked = move || item().and_then(|item| item.checked);
    let mark = move || match item() {
        Some(MenuItem { checked: Some(true), .. }) => Some(lucide::LuCheck),
        Some(MenuItem { checked: None, icon, .. }) => icon,
        _ => None,
    };
    let choose = move |_| {
        let Some(item) = untrack(item) else { return };
        if item.checked.is_none() {
            on_close.run(());
        }
        item.on_choose.run(());
    };
    view! {
        <button
            type="button"
            class="menu-item"
            class:menu-item-divided=move || item().is_some_and(|item| item.divided)
            role=move || if checked().is_some() { "menuitemcheckbox" } else { "menuitem" }
            aria-checked=move || checked().map(|checked| checked.to_string())
            tabindex="-1"
            disabled=move || item().is_some_and(|item| item.disabled)
            on:click=choose
        >
            <span class="menu-mark">{move || mark().map(|icon| view! { <Icon icon /> })}</span>
            <span>{move || item().map(|item| item.label)}</span>
        </button>
    }
}

fn focus_first(list: leptos::web_sys::Element) {
    request_animation_frame(move || {
        if let Ok(list) = leptos::wasm_bindgen::JsCast::dyn_into::<HtmlElement>(list) {
            step(&list, "Home");
        }
    });
}

/// Moves the focus within the menu; false if the key is none that moves.
fn step(list: &HtmlElement, key: &str) -> bool {
    let items = find_all(list, ".menu-item:not([disabled])");
    if items.is_empty() {
        return false;
    }
    let at = focused().and_then(|focused| items.iter().position(|item| *item == focused));
    let next = match (key, at) {
        ("ArrowDown", Some(at)) => (at + 1) % items.len(),
        ("ArrowUp", Some(at)) => at.checked_sub(1).unwrap_or(items.len() - 1),
        ("ArrowDown" | "Home", _) => 0,
        ("ArrowUp" | "End", _) => items.len() - 1,
        _ => return false,
    };
    focus(&items[next]);
    true
}
