//! Opens the built-in vault for the engine and keeps it open until the app closes.

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use latchkey_domain::connection::PassphraseNeed;
use latchkey_domain::value::SecretInput;
use latchkey_domain::{ApiError, Region, rotation};
use latchkey_engine::{BoxFuture, OpenedVault, TroubleReport, VaultHost, VaultProblem};
use latchkey_vault::folders::Folders;
use latchkey_vault::keyring::OsKeyring;
use latchkey_vault::{
    Credentials, DEFAULT_ACCOUNT, DEFAULT_REGION, Fault, KeySource, OpenError, Options, RotationFunctions,
    RotationTrouble, Server, Vault, samples,
};
use tokio::sync::Mutex;

/// The credentials of a run end with the app; the date only bounds an app that is never closed.
const CREDENTIALS_LIFETIME: Duration = Duration::from_secs(365 * 24 * 3600);

/// Where the built-in vault keeps its store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum VaultPlace {
    /// Gone with the process.
    Memory,
    /// The default folder.
    Folder,
}

/// The vault behind the window, on a loopback port of its own.
pub struct LocalVault {
    place: VaultPlace,
    folders: Folders,
    functions: std::sync::Mutex<RotationFunctions>,
    running: Mutex<Option<Running>>,
    /// A closed vault that would be gone if it were dropped.
    resting: std::sync::Mutex<Option<Arc<Vault>>>,
}

struct Running {
    vault: Arc<Vault>,
    server: Server,
    opened: OpenedVault,
}

impl LocalVault {
    pub fn new(place: VaultPlace, folders: Folders) -> Self {
        Self {
            place,
            folders,
            functions: Default::default(),
            running: Mutex::default(),
            resting: Default::default(),
        }
    }

    /// How to reach the vault, while it is open.
    pub async fn opened(&self) -> Option<OpenedVault> {
        self.running.lock().await.as_ref().map(|running| running.opened.clone())
    }

    /// Lets requests under way end, closes the port and the store. What lives in memory only waits for the next time.
    pub async fn shut(&self) {
        if let Some(Running { vault, server, .. }) = self.running.lock().await.take() {
            server.stop().await;
            if self.place == VaultPlace::Memory {
                *self.resting.lock().unwrap_or_else(PoisonError::into_inner) = Some(vault);
            }
        }
    }

    /// Does what waits for the disk; `failure` begins the sentence that says why it did not work.
    async fn work<T: Send + 'static>(
        &self,
        failure: &'static str,
        work: impl FnOnce(&Vault) -> Result<T, Fault> + Send + 'static,
    ) -> Result<T, ApiError> {
        let vault = self.running.lock().await.as_ref().map(|running| running.vault.clone());
        let failed = |reason: String| ApiError::internal(format!("{failure}: {reason}"));
        let vault =
            vault.ok_or_else(|| failed("the local vault is closed. Open it, then try again.".into()))?;
        let done = tokio::task::spawn_blocking(move || work(&vault)).await;
        done.map_err(|error| failed(format!("it broke off, {error}.")))?
            .map_err(|fault| failed(fault.to_string()))
    }

    async fn start(&self, passphrase: Option<SecretInput>) -> Result<OpenedVault, VaultProblem> {
        let mut running = self.running.lock().await;
        if let Some(running) = running.as_ref() {
            return Ok(running.opened.clone());
        }
        let resting = self.resting.lock().unwrap_or_else(PoisonError::into_inner).take();
        let vault = match resting {
            Some(vault) => vault,
            None => Vault::open(self.options(passphrase)).await.map_err(problem)?,
        };
        let has_passphrase = (self.place == VaultPlace::Folder).then(|| vault.has_passphrase());
        let (server, opened) = serve(vault.clone()).await.map_err(VaultProblem::Failed)?;
        let opened = OpenedVault { has_passphrase, ..opened };
        *running = Some(Running { vault, server, opened: opened.clone() });
        Ok(opened)
    }

    fn options(&self, passphrase: Option<SecretInput>) -> Options {
        let key = match passphrase {
            Some(passphrase) => KeySource::Passphrase(passphrase),
            None => KeySource::Keyring(Arc::new(OsKeyring)),
        };
        let options = match self.place {
            VaultPlace::Memory => Options::memory(),
            VaultPlace::Folder => Options::folder(self.folders.vault_folder(), key, "Latchkey"),
        };
        Options {
            functions: self.functions.lock().unwrap_or_else(PoisonError::into_inner).clone(),
            ..options
        }
    }
}

impl VaultHost for LocalVault {
    fn folder(&self) -> String {
        self.folders.vault_folder().display().to_string()
    }

    fn open(&self, passphrase: Option<SecretInput>) -> BoxFuture<'_, Result<OpenedVault, VaultProblem>> {
        Box::pin(self.start(passphrase))
    }

    fn close(&self) -> BoxFuture<'_, ()> {
        Box::pin(self.shut())
    }

    fn set_rotation_functions(
        &self,
        programs: BTreeMap<String, String>,
    ) -> BoxFuture<'_, Result<(), ApiError>> {
        Box::pin(async move {
            let mut functions = RotationFunctions::default();
            for (name, command) in &programs {
                functions = functions
                    .with_program(name, command)
                    .map_err(|error| ApiError::invalid("rotation_functions", error.to_string()))?;
            }
            // A vault that is being opened is waited for: it has taken the former ones.
            let running = self.running.lock().await;
            *self.functions.lock().unwrap_or_else(PoisonError::into_inner) = functions.clone();
            if let Some(running) = running.as_ref() {
                running.vault.set_functions(functions);
            }
            Ok(())
        })
    }

    fn rotation_trouble(
        &self,
        region: Region,
        secret_id: String,
    ) -> BoxFuture<'_, Result<TroubleReport, ApiError>> {
        let ask = move |vault: &Vault| vault.rotation_trouble(region.as_str(), &secret_id).map(report);
        Box::pin(self.work("The local vault could not be asked about the rotation", ask))
    }

    fn set_passphrase(&self, passphrase: SecretInput) -> BoxFuture<'_, Result<(), ApiError>> {
        let set = move |vault: &Vault| vault.set_passphrase(&passphrase);
        Box::pin(self.work("The passphrase could not be set", set))
    }

    fn load_samples(&self, region: Region) -> BoxFuture<'_, Result<(), ApiError>> {
        let load = move |vault: &Vault| samples::load(vault, region.as_str()).map(drop);
        Box::pin(self.work("The sample secrets could not be loaded", load))
    }
}

/// What a function wrote goes apart from the rest: it may hold values.
fn report(RotationTrouble { failure, missed_at }: RotationTrouble) -> TroubleReport {
    let output = failure.as_ref().map(|failure| failure.output.expose()).filter(|text| !text.is_empty());
    let output = output.map(SecretInput::new);
    let failure = failure.map(|failure| rotation::RotationFailure {
        step: failure.step,
        failed_at: failure.failed_at,
        reason: failure.reason,
        has_output: output.is_some(),
        next_try_at: failure.next_try_at,
    });
    TroubleReport { trouble: rotation::RotationTrouble { failure, missed_at }, output }
}

/// A port of its own for every run, and credentials that only this run accepts.
async fn serve(vault: Arc<Vault>) -> Result<(Server, OpenedVault), ApiError> {
    let no_port = |reason: String| ApiError::internal(format!("The local vault could not start. {reason}"));
    let no_credentials = |error| no_port(format!("The system gives no random numbers: {error}."));
    let credentials = Credentials::generate().map_err(no_credentials)?;
    let listen = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    let server =
        Server::start(vault, listen, credentials).await.map_err(|error| no_port(error.to_string()))?;
    let issued = server.issue_temporary(CREDENTIALS_LIFETIME).map_err(no_credentials)?;
    let opened = OpenedVault {
        endpoint_url: server.endpoint(),
        region: Region::from(DEFAULT_REGION),
        account: DEFAULT_ACCOUNT.to_owned(),
        access_key_id: issued.access_key_id,
        secret_access_key: issued.secret_access_key,
        session_token: Some(issued.session_token),
        has_passphrase: None,
    };
    Ok((server, opened))
}

/// A passphrase can mend some failures; the rest is told as it is.
fn problem(error: OpenError) -> VaultProblem {
    let need = |is_new| VaultProblem::NeedsPassphrase(PassphraseNeed { is_new, reason: error.to_string() });
    match error {
        OpenError::NewNeedsPassphrase { .. } | OpenError::EmptyPassphrase => need(true),
        OpenError::NeedsPassphrase { .. } | OpenError::WrongPassphrase => need(false),
        other => VaultProblem::Failed(ApiError::internal(other.to_string())),
    }
}
