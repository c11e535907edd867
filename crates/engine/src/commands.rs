//! Answers every command of the contract, through the lock. The methods that do the work are the crate's own, so that no
//! host can reach one past the lock.

use std::sync::Arc;

use latchkey_domain::contract::*;
use latchkey_domain::{ApiError, Command, with_commands};
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::Engine;
use crate::ports::BoxFuture;

/// A request of the contract and the work that it asks for.
pub trait Answered: Command {
    fn work(self, engine: &Engine) -> BoxFuture<'_, Result<Self::Output, ApiError>>;
}

macro_rules! answer_commands {
    ($($name:ident($request:ty) -> $output:ty,)*) => {
        $(impl Answered for $request {
            fn work(self, engine: &Engine) -> BoxFuture<'_, Result<Self::Output, ApiError>> {
                Box::pin(engine.$name(self))
            }
        })*

        /// As one type for all: a task of its own for each command would fill megabytes with the same code.
        fn work_in_json(engine: Arc<Engine>, command: &str, request: Value) -> Option<InJson> {
            match command {
                $(stringify!($name) => Some(Box::pin(async move { in_json::<$request>(&engine, request).await })),)*
                _ => None,
            }
        }
    };
}

with_commands!(answer_commands);

type InJson = BoxFuture<'static, Result<String, ApiError>>;

impl Engine {
    /// Answers a command, unless the lock is closed.
    pub async fn answer<C: Answered>(&self, request: C) -> Result<C::Output, ApiError> {
        self.admit(C::NAME, request.work(self)).await
    }

    /// Answers a command by its name, in JSON; None for a name that the contract does not have. The request is read once
    /// it is admitted.
    pub fn answer_in_json(self: Arc<Self>, command: &str, request: Value) -> Option<InJson> {
        let work = work_in_json(self.clone(), command, request)?;
        let command = command.to_owned();
        Some(Box::pin(async move { self.admit(&command, work).await }))
    }
}

async fn in_json<C: Answered>(engine: &Engine, request: Value) -> Result<String, ApiError> {
    let answer = read::<C>(request)?.work(engine).await?;
    serde_json::to_string(&answer).map_err(|_| ApiError::internal("The answer could not be written."))
}

/// Reads a request. Serde's words are dropped: they quote the input, which may hold a value.
fn read<C: Command + DeserializeOwned>(request: Value) -> Result<C, ApiError> {
    serde_json::from_value(request)
        .map_err(|_| ApiError::internal(format!("The request {} could not be read.", C::NAME)))
}

#[cfg(test)]
mod tests {
    use latchkey_domain::contract::OpenVault;
    use serde_json::json;

    use super::read;

    #[test]
    fn a_request_that_cannot_be_read_is_not_quoted() {
        let error = read::<OpenVault>(json!({ "connection": "local", "passphrase": ["fake-canary"] }))
            .expect_err("a list is no passphrase");
        assert_eq!(error.message, "The request open_vault could not be read.");
    }
}
