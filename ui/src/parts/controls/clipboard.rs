//! Copies what is not secret: names, ids, error texts. Values go through the engine only.

use leptos::prelude::*;
use leptos::web_sys;

use super::button::IconButton;
use super::icon::lucide;

/// Puts a text that is not secret on the clipboard.
pub fn copy_text(text: &str) -> web_sys::js_sys::Promise {
    window().navigator().clipboard().write_text(text)
}

/// A button that copies `text` and says for a moment that it did.
#[component]
pub fn CopyButton(#[prop(into)] label: Signal<String>, #[prop(into)] text: Signal<String>) -> impl IntoView {
    let copied = RwSignal::new(false);
    let copy = move || {
        let promise = copy_text(&text.get_untracked());
        leptos::task::spawn_local(async move {
            if wasm_bindgen_futures::JsFuture::from(promise).await.is_ok() {
                copied.try_set(true);
                set_timeout(
                    move || {
                        copied.try_set(false);
                    },
                    std::time::Duration::from_millis(1_500),
                );
            }
        });
    };
    let name = Signal::derive(move || if copied.get() { "Copied".to_owned() } else { label.get() });
    let icon = Signal::derive(move || if copied.get() { lucide::LuCheck } else { lucide::LuCopy });
    view! { <IconButton label=name icon on_press=copy attr:data-testid="copy-button" /> }
}
