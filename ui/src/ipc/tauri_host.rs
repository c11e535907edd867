//! The engine behind Tauri's `invoke`, as `@tauri-apps/api` calls it.

use js_sys::{JSON, Object, Reflect};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_namespace = ["window", "__TAURI_INTERNALS__"], js_name = invoke, catch)]
    fn tauri_invoke(name: &str, arguments: &JsValue) -> Result<js_sys::Promise, JsValue>;

    #[wasm_bindgen(js_namespace = ["window", "__TAURI_INTERNALS__"], js_name = transformCallback, catch)]
    fn tauri_callback(callback: &JsValue) -> Result<JsValue, JsValue>;
}

/// Sends a command. `arguments` and the answer are JSON text; so is a rejection, unless Tauri itself refused.
pub async fn invoke(name: &str, arguments: &str) -> Result<String, String> {
    let answer = async {
        let arguments = JSON::parse(arguments)?;
        JsFuture::from(tauri_invoke(name, &arguments)?).await
    };
    answer.await.map(|value| to_json(&value)).map_err(|rejection| to_json(&rejection))
}

/// Subscribes to one event for the life of the page; `on_payload` gets the payload as JSON text.
pub fn listen(event: &str, on_payload: impl Fn(String) + 'static) {
    let callback = Closure::<dyn Fn(JsValue)>::new(move |event: JsValue| {
        if let Ok(payload) = Reflect::get(&event, &"payload".into()) {
            on_payload(to_json(&payload));
        }
    });
    if let Err(failure) = subscribe(event, &callback.into_js_value()) {
        leptos::logging::error!("the engine's events cannot be received: {}", to_json(&failure));
    }
}

fn subscribe(event: &str, callback: &JsValue) -> Result<(), JsValue> {
    let target = Object::new();
    Reflect::set(&target, &"kind".into(), &"Any".into())?;
    let arguments = Object::new();
    Reflect::set(&arguments, &"event".into(), &event.into())?;
    Reflect::set(&arguments, &"target".into(), &target)?;
    Reflect::set(&arguments, &"handler".into(), &tauri_callback(callback)?)?;
    let promise = tauri_invoke("plugin:event|listen", &arguments)?;
    wasm_bindgen_futures::spawn_local(async move {
        if let Err(failure) = JsFuture::from(promise).await {
            leptos::logging::error!("the engine's events cannot be received: {}", to_json(&failure));
        }
    });
    Ok(())
}

/// `null` for what JSON cannot represent, such as `undefined` and functions.
fn to_json(value: &JsValue) -> String {
    JSON::stringify(value).ok().and_then(|text| text.as_string()).unwrap_or_else(|| "null".to_owned())
}
