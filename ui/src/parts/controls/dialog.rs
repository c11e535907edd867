//! A modal dialog: the page behind it is inert, Tab stays inside, Esc closes, and the focus goes back where it was.

use leptos::html;
use leptos::prelude::*;
use leptos::wasm_bindgen::JsCast;
use leptos::web_sys::HtmlElement;

use super::button::IconButton;
use super::dom::{find_all, focus, focus_first, focused, has_open_dialog, unique_id};
use super::icon::lucide;

const FOCUSABLE: &str = "button:not([disabled]), input:not([disabled]), select:not([disabled]), \
                         textarea:not([disabled]), a[href], [tabindex='0']";

const SELECTED_TAB: &str = "[role='tab'][aria-selected='true']";

/// The dialogs that are open, the one on top last. A modal dialog makes everything else unreachable: what must stay
/// reachable goes into the topmost one.
#[derive(Clone, Copy)]
pub struct OpenDialogs(RwSignal<Vec<HtmlElement>, LocalStorage>);

impl OpenDialogs {
    /// Makes the list known to every dialog below the owner.
    pub fn provide() {
        provide_context(Self(RwSignal::new_local(Vec::new())));
    }

    /// The dialog on top; tracks.
    pub fn top(self) -> Option<HtmlElement> {
        self.0.with(|open| open.last().cloned())
    }
}

/// Open for as long as it is mounted. The element with `autofocus` gets the focus, else the first control.
/// Put the buttons into a `<footer class="dialog-actions">`; a form is a `FormDialog`.
#[component]
pub fn Dialog(
    #[prop(into)] title: Signal<String>,
    #[prop(into)] on_close: Callback<()>,
    /// For tables and pages of settings.
    #[prop(optional)]
    wide: bool,
    children: Children,
) -> impl IntoView {
    let node = NodeRef::<html::Dialog>::new();
    let title_id = unique_id("dialog-title");
    let opener = StoredValue::new_local(focused());

    let open = use_context::<OpenDialogs>();
    let shown = StoredValue::new_local(None::<HtmlElement>);
    node.on_load(move |dialog| {
        // `on_load` runs before the element is in the page; showModal needs it there.
        request_animation_frame(move || {
            if dialog.is_connected() && !dialog.open() {
                let _ = dialog.show_modal();
                if let Some(OpenDialogs(open)) = open {
                    let dialog = dialog.unchecked_into::<HtmlElement>();
                    shown.try_set_value(Some(dialog.clone()));
                    open.update(|open| open.push(dialog));
                }
            }
        });
    });
    on_cleanup(move || {
        if let Some(OpenDialogs(open)) = open {
            let this = shown.try_get_value().flatten();
            open.try_update(|open| open.retain(|dialog| Some(dialog) != this.as_ref()));
        }
        let opener = opener.try_get_value().flatten();
        request_animation_frame(move || match opener.filter(|opener| opener.is_connected()) {
            Some(opener) => focus(&opener),
            // The element that opened it was re-rendered: the focus goes to the pane's tab.
            None if !has_open_dialog() => focus_first(SELECTED_TAB),
            None => {}
        });
    });

    let on_key = move |event: leptos::ev::KeyboardEvent| {
        if event.key() == "Tab"
            && let Some(dialog) = node.get_untracked()
        {
            keep_inside(&dialog, &event);
        }
    };
    view! {
        <dialog
            node_ref=node
            class="dialog"
            class:dialog-wide=wide
            aria-labelledby=title_id.clone()
            on:cancel=move |event: leptos::ev::Event| {
                event.prevent_default();
                on_close.run(());
            }
            on:keydown=on_key
        >
            <header class="dialog-header">
                <h2 id=title_id.clone()>{move || title.get()}</h2>
                <IconButton label="Close" icon=lucide::LuX on_press=on_close />
            </header>
            <div class="dialog-body">{children()}</div>
        </dialog>
    }
}

/// Lets Tab turn around at the ends instead of leaving for the browser's own controls.
fn keep_inside(dialog: &HtmlElement, event: &leptos::ev::KeyboardEvent) {
    let stops: Vec<_> =
        find_all(dialog, FOCUSABLE).into_iter().filter(|element| element.offset_parent().is_some()).collect();
    let (Some(first), Some(last)) = (stops.first(), stops.last()) else { return };
    let at = event.target().and_then(|target| target.dyn_into::<HtmlElement>().ok());
    let (edge, other) = if event.shift_key() { (first, last) } else { (last, first) };
    if at.as_ref() == Some(edge) {
        event.prevent_default();
        focus(other);
    }
}
