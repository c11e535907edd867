//! One Tauri command for each row of the contract.

use std::sync::Arc;

use latchkey_engine::Engine;
use serde_json::Value;
use tauri::ipc::{Invoke, InvokeBody, InvokeError, InvokeResponseBody};
use tauri::{Manager, Runtime};

/// Answers every command of the contract.
pub fn handler<R: Runtime>() -> impl Fn(Invoke<R>) -> bool + Send + Sync + 'static {
    |Invoke { message, resolver, .. }| {
        let engine = message.webview_ref().state::<Arc<Engine>>().inner().clone();
        let request = match message.payload() {
            InvokeBody::Json(arguments) => arguments.get("request").cloned().unwrap_or_default(),
            InvokeBody::Raw(_) => Value::Null,
        };
        let Some(answer) = engine.answer_in_json(message.command(), request) else { return false };
        resolver.respond_async(async move {
            answer.await.map(InvokeResponseBody::Json).map_err(InvokeError::from)
        });
        true
    }
}
