//! Panic handling: the page shows a message instead of freezing.

use leptos::wasm_bindgen::JsValue;
use leptos::web_sys::{CustomEvent, CustomEventInit};

/// Reports a panic to the console and the page (`start.js` listens).
pub fn report_panics() {
    std::panic::set_hook(Box::new(|panic| {
        let text = panic.to_string();
        leptos::logging::error!("{text}");
        let init = CustomEventInit::new();
        init.set_detail(&JsValue::from_str(&text));
        if let Ok(event) = CustomEvent::new_with_event_init_dict("latchkey:failed", &init) {
            let _ = leptos::prelude::window().dispatch_event(&event);
        }
    }));
}
