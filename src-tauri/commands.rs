//! One Tauri command for each row of the contract.

use std::pin::Pin;
use std::sync::Arc;

use latchkey_domain::contract::*;
use latchkey_domain::{ApiError, Command, with_commands};
use latchkey_engine::Engine;
use serde::de::DeserializeOwned;
use serde_json::Value;
use tauri::ipc::{Invoke, InvokeBody, InvokeError, InvokeResponseBody};
use tauri::{Manager, Runtime};

/// What a command does, as one type for all: a task of its own for each would fill megabytes with the same code.
type Work = Pin<Box<dyn Future<Output = Result<String, ApiError>> + Send>>;

macro_rules! works {
    ($($name:ident($request:ty) -> $output:ty,)*) => {
        /// Prepares a command of the contract. Its request is read once it is admitted.
        fn work(engine: Arc<Engine>, command: &str, request: Value) -> Option<Work> {
            match command {
                $(stringify!($name) => Some(Box::pin(async move {
                    write::<$request>(&engine.$name(read(stringify!($name), request)?).await?)
                })),)*
                _ => None,
            }
        }
    };
}

with_commands!(works);

/// Answers every command of the contract.
pub fn handler<R: Runtime>() -> impl Fn(Invoke<R>) -> bool + Send + Sync + 'static {
    |Invoke { message, resolver, .. }| {
        let engine = message.webview_ref().state::<Arc<Engine>>().inner().clone();
        let request = match message.payload() {
            InvokeBody::Json(arguments) => arguments.get("request").cloned().unwrap_or_default(),
            InvokeBody::Raw(_) => Value::Null,
        };
        let command = message.command().to_owned();
        let Some(work) = work(engine.clone(), &command, request) else { return false };
        resolver.respond_async(async move {
            let answer = engine.admit(&command, work).await;
            answer.map(InvokeResponseBody::Json).map_err(InvokeError::from)
        });
        true
    }
}

/// Reads a request. Serde's words are dropped: they quote the input, which may hold a value.
fn read<C: DeserializeOwned>(command: &str, request: Value) -> Result<C, ApiError> {
    serde_json::from_value(request)
        .map_err(|_| ApiError::internal(format!("The request {command} could not be read.")))
}

/// Writes an answer of the type that the contract names.
fn write<C: Command>(answer: &C::Output) -> Result<String, ApiError> {
    serde_json::to_string(answer).map_err(|_| ApiError::internal("The answer could not be written."))
}

#[cfg(test)]
mod tests {
    use latchkey_domain::contract::OpenVault;
    use serde_json::json;

    use super::read;

    #[test]
    fn a_request_that_cannot_be_read_is_not_quoted() {
        let error =
            read::<OpenVault>("open_vault", json!({ "connection": "local", "passphrase": ["fake-canary"] }))
                .expect_err("a list is no passphrase");
        assert_eq!(error.message, "The request open_vault could not be read.");
    }
}
