//! One Tauri command for each row of the contract.

use std::sync::Arc;

use latchkey_domain::ApiError;
use latchkey_domain::contract::*;
use latchkey_domain::with_commands;
use latchkey_engine::Engine;
use serde::de::DeserializeOwned;
use tauri::{Runtime, State, ipc::Invoke};

macro_rules! tauri_commands {
    ($($name:ident($request:ty) -> $output:ty,)*) => {
        $(#[tauri::command]
        async fn $name(
            engine: State<'_, Arc<Engine>>,
            request: serde_json::Value,
        ) -> Result<$output, ApiError> {
            let work = async { engine.$name(read::<$request>(stringify!($name), request)?).await };
            engine.admit(stringify!($name), work).await
        })*

        /// Answers every command of the contract.
        pub fn handler<R: Runtime>() -> impl Fn(Invoke<R>) -> bool + Send + Sync + 'static {
            tauri::generate_handler![$($name),*]
        }
    };
}

with_commands!(tauri_commands);

/// Reads a request. Serde's words are dropped: they quote the input, which may hold a value.
fn read<C: DeserializeOwned>(command: &str, request: serde_json::Value) -> Result<C, ApiError> {
    serde_json::from_value(request)
        .map_err(|_| ApiError::internal(format!("The request {command} could not be read.")))
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
