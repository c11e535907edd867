//! DOM helpers that several parts share.

use std::sync::atomic::{AtomicUsize, Ordering};

use leptos::prelude::*;
use leptos::wasm_bindgen::JsCast;
use leptos::wasm_bindgen::closure::Closure;
use leptos::web_sys::{Event, HtmlInputElement, HtmlSelectElement, Node, ResizeObserver};

pub use leptos::web_sys::HtmlElement;

/// An id for `for`, `aria-controls` and the like, unique in the page.
pub fn unique_id(word: &str) -> String {
    static NEXT: AtomicUsize = AtomicUsize::new(1);
    format!("{word}-{}", NEXT.fetch_add(1, Ordering::Relaxed))
}

/// The element that has the focus.
pub fn focused() -> Option<HtmlElement> {
    document().active_element()?.dyn_into().ok()
}

/// Whether nothing has the focus because the focused element was removed.
pub fn is_focus_lost() -> bool {
    focused().is_none_or(|element| element.tag_name() == "BODY")
}

/// The element that a key was pressed on.
pub fn target_of(event: &leptos::ev::KeyboardEvent) -> Option<HtmlElement> {
    event.target()?.dyn_into().ok()
}

/// The element that listens for the key.
pub fn listener_of(event: &leptos::ev::KeyboardEvent) -> Option<HtmlElement> {
    event.current_target()?.dyn_into().ok()
}

/// The element itself or the nearest one around it that the CSS selector matches.
pub fn closest(element: &HtmlElement, selector: &str) -> Option<HtmlElement> {
    element.closest(selector).ok()??.dyn_into().ok()
}

/// The first element below `root` that the CSS selector matches.
pub fn find(root: &HtmlElement, selector: &str) -> Option<HtmlElement> {
    root.query_selector(selector).ok()??.dyn_into().ok()
}

/// All elements below `root` that the CSS selector matches, in the page's order.
pub fn find_all(root: &HtmlElement, selector: &str) -> Vec<HtmlElement> {
    let Ok(nodes) = root.query_selector_all(selector) else { return Vec::new() };
    (0..nodes.length()).filter_map(|at| nodes.item(at)?.dyn_into().ok()).collect()
}

/// Loads the page anew: nothing that it held is left.
pub fn reload_page() {
    let _ = window().location().reload();
}

/// Focuses the element; a gone one is no error.
pub fn focus(element: &HtmlElement) {
    let _ = element.focus();
}

/// Whether the event comes from a control that takes text, where single keys are letters and not commands.
pub fn is_typing(event: &leptos::ev::KeyboardEvent) -> bool {
    let Some(target) = target_of(event) else { return false };
    matches!(target.tag_name().as_str(), "INPUT" | "TEXTAREA" | "SELECT") || target.is_content_editable()
}

/// Where the cursor of an input stands, in bytes of its text.
pub fn cursor_of(input: &HtmlInputElement) -> usize {
    let units = input.selection_start().ok().flatten().unwrap_or_default() as usize;
    let mut before = 0;
    let value = input.value();
    value
        .char_indices()
        .find(|(_, c)| {
            let reached = before >= units;
            before += c.len_utf16();
            reached
        })
        .map_or(value.len(), |(at, _)| at)
}

/// Puts the cursor of an input to a byte of its text.
pub fn put_cursor(input: &HtmlInputElement, byte: usize) {
    let units = input.value().get(..byte).map_or(0, |before| before.encode_utf16().count()) as u32;
    let _ = input.set_selection_range(units, units);
}

/// Focuses the element with this id.
pub fn focus_id(id: &str) {
    if let Some(element) = document().get_element_by_id(id).and_then(|element| element.dyn_into().ok()) {
        focus(&element);
    }
}

/// Focuses the first element of the page that the CSS selector matches.
pub fn focus_first(selector: &str) {
    let found = document().query_selector(selector).ok().flatten();
    if let Some(element) = found.and_then(|element| element.dyn_into().ok()) {
        focus(&element);
    }
}

/// Shows this choice in the select that an event came from, whatever was chosen in it.
pub fn show_choice(event: &Event, value: &str) {
    let select = event.target().and_then(|target| target.dyn_into::<HtmlSelectElement>().ok());
    if let Some(select) = select {
        select.set_value(value);
    }
}

/// Takes an element out of where it is and puts it at the end of another.
pub fn move_into(parent: &Node, element: &Node) {
    if element.parent_node().as_ref() != Some(parent) {
        let _ = parent.append_child(element);
    }
}

/// Whether a modal dialog stands over the page.
pub fn has_open_dialog() -> bool {
    document().query_selector("dialog[open]").ok().flatten().is_some()
}

/// Focuses the field with this id and selects its text, to be typed over.
pub fn select_id(id: &str) {
    focus_id(id);
    let input =
        document().get_element_by_id(id).and_then(|element| element.dyn_into::<HtmlInputElement>().ok());
    if let Some(input) = input {
        input.select();
    }
}

/// Calls `on_change` now and whenever the element takes another size, for as long as the owner lives.
pub fn watch_size(element: &HtmlElement, on_change: impl Fn() + 'static) {
    let call = Closure::<dyn Fn()>::new(on_change);
    let Ok(observer) = ResizeObserver::new(call.into_js_value().unchecked_ref()) else { return };
    observer.observe(element);
    let observer = StoredValue::new_local(observer);
    on_cleanup(move || {
        if let Some(observer) = observer.try_get_value() {
            observer.disconnect();
        }
    });
}

/// Keeps `is_wide` at whether the element is at least so many CSS pixels wide.
pub fn follow_width(element: &HtmlElement, pixels: i32, is_wide: RwSignal<bool>) {
    let measured = element.clone();
    watch_size(element, move || {
        is_wide.try_set(measured.client_width() >= pixels);
    });
}

/// Calls `on_scroll` whenever anything in the page is scrolled, for as long as the owner lives.
pub fn on_any_scroll(on_scroll: impl Fn() + 'static) {
    let call = Closure::<dyn Fn()>::new(on_scroll).into_js_value().unchecked_into();
    // What scrolls inside the page tells only those who listen on the way down.
    let _ = window().add_event_listener_with_callback_and_bool("scroll", &call, true);
    let call = StoredValue::new_local(call);
    on_cleanup(move || {
        if let Some(call) = call.try_get_value() {
            let _ = window().remove_event_listener_with_callback_and_bool("scroll", &call, true);
        }
    });
}
