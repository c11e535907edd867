//! A vault that is an address only.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use chrono::DateTime;
use latchkey_domain::rotation::{RotationFailure, RotationStep, RotationTrouble};
use latchkey_domain::secret_text::SecretInput;
use latchkey_domain::{ApiError, Region};

use super::vault_file::VaultFile;
use crate::{BoxFuture, Doubt, OpenedVault, TroubleReport, VaultHost, VaultProblem};

/// A vault of which the engine knows an address, as of any. `gate` is the passphrase that it wants, if any.
pub struct FakeVault {
    pub gate: Option<&'static str>,
}

impl FakeVault {
    /// The gate of one that never opens, and never says why.
    pub const STUCK: &'static str = "stuck";
}

impl VaultHost for FakeVault {
    fn folder(&self) -> String {
        "/fake/vault".into()
    }

    fn at(&self, file: &Path) -> Arc<dyn VaultHost> {
        VaultFile::at(file)
    }

    fn lies_in(&self, _: &Path) -> bool {
        false
    }

    fn check(&self) -> BoxFuture<'_, Result<(), ApiError>> {
        Box::pin(async { Ok(()) })
    }

    fn make(&self, _: Option<SecretInput>) -> BoxFuture<'_, Result<(), ApiError>> {
        Box::pin(async { Ok(()) })
    }

    fn open(
        &self,
        passphrase: Option<SecretInput>,
        _: Vec<Doubt>,
    ) -> BoxFuture<'_, Result<OpenedVault, VaultProblem>> {
        let is_open = self.gate.is_none_or(|gate| passphrase.is_some_and(|given| given.expose() == gate));
        let is_stuck = self.gate == Some(Self::STUCK);
        Box::pin(async move {
            if is_stuck {
                return std::future::pending().await;
            }
            if !is_open {
                let need = latchkey_domain::connection::PassphraseNeed {
                    is_new: false,
                    reason: "There is no keyring.".into(),
                };
                return Err(VaultProblem::NeedsPassphrase(need));
            }
            Ok(OpenedVault {
                endpoint_url: "http://127.0.0.1:9".into(),
                region: Region::from("us-east-1"),
                account: "123456789012".into(),
                access_key_id: "AKIAFAKEFAKEFAKEFAKE".into(),
                secret_access_key: SecretInput::new("fake-secret"),
                session_token: None,
                has_passphrase: Some(false),
                takes_no_writes: false,
            })
        })
    }

    fn close(&self) -> BoxFuture<'_, ()> {
        Box::pin(async {})
    }

    fn set_passphrase(&self, passphrase: SecretInput) -> BoxFuture<'_, Result<(), ApiError>> {
        let taken =
            if passphrase.is_empty() { Err(ApiError::internal("An empty passphrase.")) } else { Ok(()) };
        Box::pin(async { taken })
    }

    fn back_up(&self, _: PathBuf) -> BoxFuture<'_, Result<(), ApiError>> {
        Box::pin(async { Err(ApiError::internal("A vault in memory has no file.")) })
    }

    fn load_samples(&self, _: Region) -> BoxFuture<'_, Result<(), ApiError>> {
        Box::pin(async { Ok(()) })
    }

    fn set_rotation_functions(&self, _: BTreeMap<String, String>) -> BoxFuture<'_, Result<(), ApiError>> {
        Box::pin(async { Ok(()) })
    }

    fn rotation_trouble(&self, _: Region, _: String) -> BoxFuture<'_, Result<TroubleReport, ApiError>> {
        let failure = RotationFailure {
            step: RotationStep::SetSecret,
            failed_at: DateTime::UNIX_EPOCH,
            reason: "fake ended with status 1.".into(),
            has_output: true,
            next_try_at: None,
        };
        let trouble = RotationTrouble { failure: Some(failure), missed_at: None };
        let output = Some(SecretInput::new("fake-output"));
        Box::pin(async { Ok(TroubleReport { trouble, output }) })
    }
}
