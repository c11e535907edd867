//! A further vault that does what its file says: `open`, `slow`, `read only`, `passphrase <text>`, `older`, `changed` (which
//! become `open` once that is accepted), or the reason why it does not open.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use latchkey_domain::secret_text::SecretInput;
use latchkey_domain::{ApiError, Region};

use super::FakeVault;
use crate::{BoxFuture, Doubt, OpenedVault, TroubleReport, VaultHost, VaultProblem};

/// How long a slow one takes to close.
pub const CLOSING: Duration = Duration::from_millis(500);

/// The vault in a file.
pub struct VaultFile(PathBuf);

impl VaultFile {
    pub fn at(file: &Path) -> Arc<dyn VaultHost> {
        Arc::new(Self(file.to_owned()))
    }

    fn text(&self) -> Result<String, ApiError> {
        std::fs::read_to_string(&self.0).map_err(|error| ApiError::internal(format!("{error}.")))
    }
}

impl VaultHost for VaultFile {
    fn folder(&self) -> String {
        self.0.display().to_string()
    }

    fn at(&self, file: &Path) -> Arc<dyn VaultHost> {
        Self::at(file)
    }

    fn lies_in(&self, file: &Path) -> bool {
        self.0 == file
    }

    fn check(&self) -> BoxFuture<'_, Result<(), ApiError>> {
        let checked = self.text().and_then(|text| match text.as_str() {
            "photo" => Err(ApiError::internal("This is no vault.")),
            _ => Ok(()),
        });
        Box::pin(async { checked })
    }

    fn make(&self, _: Option<SecretInput>) -> BoxFuture<'_, Result<(), ApiError>> {
        let made = match self.0.exists() {
            true => Err(ApiError::internal("There is a file already.")),
            false => std::fs::write(&self.0, "open").map_err(|error| ApiError::internal(error.to_string())),
        };
        Box::pin(async { made })
    }

    fn open(
        &self,
        passphrase: Option<SecretInput>,
        accepted: Vec<Doubt>,
    ) -> BoxFuture<'_, Result<OpenedVault, VaultProblem>> {
        Box::pin(async move {
            let mut text = self.text().map_err(VaultProblem::Failed)?;
            for (name, doubt) in [("older", Doubt::Older), ("changed", Doubt::Changed)] {
                if text == name && !accepted.contains(&doubt) {
                    let error = ApiError::internal(format!("The file is not as it was: {name}."));
                    return Err(VaultProblem::Doubtful(doubt, error));
                }
                if text == name {
                    text = "open".to_owned();
                    let kept = std::fs::write(&self.0, &text);
                    kept.map_err(|error| VaultProblem::Failed(ApiError::internal(error.to_string())))?;
                }
            }
            let is_right = match text.strip_prefix("passphrase ") {
                Some(gate) => passphrase.is_some_and(|given| given.expose() == gate),
                None if ["open", "slow", "read only"].contains(&text.as_str()) => true,
                None => return Err(VaultProblem::Failed(ApiError::internal(text))),
            };
            // The gate of the other one says no to nobody but who gives nothing.
            let gate = if is_right { None } else { Some("nobody knows this") };
            let opened = FakeVault { gate }.open(None, Vec::new()).await?;
            let takes_no_writes = text == "read only";
            Ok(OpenedVault { endpoint_url: "http://127.0.0.1:10".into(), takes_no_writes, ..opened })
        })
    }

    fn close(&self) -> BoxFuture<'_, ()> {
        Box::pin(async {
            if self.text().is_ok_and(|text| text == "slow") {
                tokio::time::sleep(CLOSING).await;
            }
        })
    }

    fn set_passphrase(&self, _: SecretInput) -> BoxFuture<'_, Result<(), ApiError>> {
        Box::pin(async { Ok(()) })
    }

    fn back_up(&self, file: PathBuf) -> BoxFuture<'_, Result<(), ApiError>> {
        let copied = std::fs::copy(&self.0, file).map(drop);
        Box::pin(async { copied.map_err(|error| ApiError::internal(error.to_string())) })
    }

    fn load_samples(&self, _: Region) -> BoxFuture<'_, Result<(), ApiError>> {
        Box::pin(async { Ok(()) })
    }

    fn set_rotation_functions(&self, _: BTreeMap<String, String>) -> BoxFuture<'_, Result<(), ApiError>> {
        Box::pin(async { Ok(()) })
    }

    fn rotation_trouble(&self, _: Region, _: String) -> BoxFuture<'_, Result<TroubleReport, ApiError>> {
        Box::pin(async { Ok(TroubleReport::default()) })
    }
}
