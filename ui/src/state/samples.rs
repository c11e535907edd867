//! The sample secrets of the local vault.

use latchkey_domain::catalog::LoadSamples;
use latchkey_domain::{ApiError, Scope};

use super::catalog::Catalog;
use crate::ipc;

impl Catalog {
    /// Creates the sample secrets and shows them. The engine refuses it for any other connection.
    pub async fn load_samples(self, scope: Scope) -> Result<(), ApiError> {
        let inventory = ipc::call(LoadSamples { scope }).await?;
        self.receive(inventory);
        Ok(())
    }
}
