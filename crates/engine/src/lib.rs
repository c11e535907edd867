//! Does the console's work: connections, the inventory of secrets, values and the clipboard. It knows no window and
//! no vault; both reach it through [`ports`].

mod ports;

use std::sync::Arc;

use latchkey_domain::ApiError;
use latchkey_domain::contract::*;
use latchkey_domain::with_commands;

pub use ports::{BoxFuture, Clock, EngineParts, Folders, OpenedVault, SystemClock, VaultHost, VaultProblem};

/// One method per command of the contract; every one may be called from many tasks at once.
pub struct Engine {
    #[allow(dead_code)]
    parts: EngineParts,
}

impl Engine {
    pub fn new(parts: EngineParts) -> Result<Arc<Self>, ApiError> {
        Ok(Arc::new(Self { parts }))
    }

    /// Opens the vault by the key in the keyring; what comes of it is told by `Event::Connections`.
    pub async fn start(self: &Arc<Self>) {}

    /// Clears the clipboard and cancels loads.
    pub async fn stop(&self) {}
}

macro_rules! not_yet {
    ($($name:ident($request:ty) -> $output:ty,)*) => {
        impl Engine {
            $(pub async fn $name(&self, _: $request) -> Result<$output, ApiError> {
                Err(ApiError::internal(concat!(stringify!($name), " does not work yet.")))
            })*
        }
    };
}

with_commands!(not_yet);
