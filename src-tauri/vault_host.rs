//! Opens the vaults of this computer for the engine and keeps them open until the app closes.

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use latchkey_domain::connection::PassphraseNeed;
use latchkey_domain::secret_text::SecretInput;
use latchkey_domain::{ApiError, Region, rotation};
use latchkey_engine::{BoxFuture, Doubt, OpenedVault, TroubleReport, VaultHost, VaultProblem};
use latchkey_keyring::Keyring;
use latchkey_vault::folders::Folders;
use latchkey_vault::{
    Accepted, Credentials, DEFAULT_ACCOUNT, DEFAULT_REGION, Fault, KeySource, OpenError, Options,
    RotationFunctions, RotationTrouble, Server, Vault, Wish, samples, vault_file,
};
use tokio::sync::Mutex;

/// The holder's name shown to others while a vault is in use.
const PROGRAM: &str = "Latchkey";
/// The credentials of a run expire with the app; the date only limits an app that is never closed.
const CREDENTIALS_LIFETIME: Duration = Duration::from_secs(365 * 24 * 3600);

/// Where the built-in vault keeps its store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum VaultPlace {
    /// Gone with the process.
    Memory,
    /// The default folder.
    Folder,
}

/// A vault behind the window, on a loopback port of its own.
pub struct LocalVault {
    place: Place,
    keyring: Arc<Keyring>,
    /// Those of the settings, for all vaults.
    functions: Arc<std::sync::Mutex<RotationFunctions>>,
    running: Mutex<Option<Running>>,
    /// A closed vault that would be gone if it were dropped.
    resting: std::sync::Mutex<Option<Arc<Vault>>>,
}

/// Where one vault lies.
enum Place {
    /// The default vault of a test, which would lie in this folder.
    Memory(PathBuf),
    /// The default vault, which is made at its first start.
    Folder(PathBuf),
    /// A further vault, which is made on request only.
    File(PathBuf),
}

struct Running {
    vault: Arc<Vault>,
    server: Server,
    opened: OpenedVault,
}

impl LocalVault {
    /// The default vault.
    pub fn new(place: VaultPlace, folders: &Folders, keyring: Arc<Keyring>) -> Self {
        let folder = folders.vault_folder();
        let place = match place {
            VaultPlace::Memory => Place::Memory(folder),
            VaultPlace::Folder => Place::Folder(folder),
        };
        Self::with(place, keyring, Arc::default())
    }

    fn with(
        place: Place,
        keyring: Arc<Keyring>,
        functions: Arc<std::sync::Mutex<RotationFunctions>>,
    ) -> Self {
        Self { place, keyring, functions, running: Mutex::default(), resting: Default::default() }
    }

    /// Where the store is, if it is on disk.
    fn file(&self) -> Option<PathBuf> {
        match &self.place {
            Place::Memory(_) => None,
            Place::Folder(folder) => Some(vault_file(folder)),
            Place::File(file) => Some(file.clone()),
        }
    }

    /// How to reach the vault, while it is open.
    pub async fn opened(&self) -> Option<OpenedVault> {
        self.running.lock().await.as_ref().map(|running| running.opened.clone())
    }

    /// Closes the port with its connections, then the store: who still holds the vault has no key any more. What lives in
    /// memory only waits for the next time.
    pub async fn shut(&self) {
        let mut running = self.running.lock().await;
        if let Some(Running { vault, server, .. }) = running.take() {
            server.stop().await;
            if matches!(self.place, Place::Memory(_)) {
                *self.resting.lock().unwrap_or_else(PoisonError::into_inner) = Some(vault);
            } else {
                vault.close().await;
            }
        }
    }

    /// Does what waits for the disk; `failure` begins the sentence that says why it did not work.
    async fn work<T: Send + 'static>(
        &self,
        failure: &'static str,
        work: impl FnOnce(&Vault) -> Result<T, Fault> + Send + 'static,
    ) -> Result<T, ApiError> {
        let done = self.with_open(failure, work).await?;
        done.map_err(|fault| ApiError::internal(format!("{failure}: {fault}")))
    }

    /// [`work`](Self::work) that says by itself what did not work.
    async fn with_open<T: Send + 'static>(
        &self,
        failure: &'static str,
        work: impl FnOnce(&Vault) -> T + Send + 'static,
    ) -> Result<T, ApiError> {
        let vault = self.running.lock().await.as_ref().map(|running| running.vault.clone());
        let failed = |reason: String| ApiError::internal(format!("{failure}: {reason}"));
        let vault = vault.ok_or_else(|| failed("the vault is closed. Open it, then try again.".into()))?;
        let done = tokio::task::spawn_blocking(move || work(&vault)).await;
        done.map_err(|error| failed(format!("it failed: {error}.")))
    }

    async fn start(
        &self,
        passphrase: Option<SecretInput>,
        accepted: Vec<Doubt>,
    ) -> Result<OpenedVault, VaultProblem> {
        let mut running = self.running.lock().await;
        if let Some(running) = running.as_ref() {
            return Ok(running.opened.clone());
        }
        let resting = self.resting.lock().unwrap_or_else(PoisonError::into_inner).take();
        let vault = match resting {
            Some(vault) => vault,
            None => {
                let accepted = Accepted {
                    older_file: accepted.contains(&Doubt::Older),
                    changed_file: accepted.contains(&Doubt::Changed),
                };
                let options = Options { accepted, ..self.options(passphrase, false) };
                Vault::open(options).await.map_err(problem)?
            }
        };
        let has_passphrase = self.file().map(|_| vault.has_passphrase());
        let takes_no_writes = vault.is_read_only();
        let (server, opened) = serve(vault.clone()).await.map_err(VaultProblem::Failed)?;
        let opened = OpenedVault { has_passphrase, takes_no_writes, ..opened };
        *running = Some(Running { vault, server, opened: opened.clone() });
        Ok(opened)
    }

    async fn make_closed(&self, passphrase: Option<SecretInput>) -> Result<(), OpenError> {
        match (Vault::open(self.options(None, true)).await, passphrase) {
            (Err(OpenError::NewNeedsPassphrase { .. }), Some(passphrase)) => {
                Vault::open(self.options(Some(passphrase), true)).await?;
            }
            (made, None) => drop(made?),
            (made, Some(passphrase)) => {
                let vault = made?;
                let set = tokio::task::spawn_blocking(move || vault.set_passphrase(&passphrase)).await;
                let failed = |reason: String| OpenError::Io {
                    path: self.file().unwrap_or_default(),
                    source: std::io::Error::other(reason),
                };
                set.map_err(|error| failed(error.to_string()))?.map_err(|fault| failed(fault.to_string()))?;
            }
        }
        Ok(())
    }

    /// `is_new`: a further vault is to be made.
    fn options(&self, passphrase: Option<SecretInput>, is_new: bool) -> Options {
        let key = match passphrase {
            Some(passphrase) => KeySource::Passphrase(passphrase),
            None => KeySource::Keyring(self.keyring.clone()),
        };
        let options = match &self.place {
            Place::Memory(_) => Options::memory(),
            Place::Folder(folder) => Options::folder(folder, key, PROGRAM),
            Place::File(file) => {
                Options::file(file, key, if is_new { Wish::Make } else { Wish::Open }, PROGRAM)
            }
        };
        Options {
            functions: self.functions.lock().unwrap_or_else(PoisonError::into_inner).clone(),
            ..options
        }
    }
}

impl VaultHost for LocalVault {
    fn folder(&self) -> String {
        match &self.place {
            Place::Memory(folder) | Place::Folder(folder) => folder.display().to_string(),
            Place::File(file) => file.parent().unwrap_or(file).display().to_string(),
        }
    }

    fn at(&self, file: &Path) -> Arc<dyn VaultHost> {
        Arc::new(Self::with(Place::File(file.to_owned()), self.keyring.clone(), self.functions.clone()))
    }

    fn lies_in(&self, file: &Path) -> bool {
        // What cannot be looked at is not the one that was just chosen.
        self.file().is_some_and(|own| same_file::is_same_file(own, file).unwrap_or(false))
    }

    fn check(&self) -> BoxFuture<'_, Result<(), ApiError>> {
        Box::pin(async {
            let Some(file) = self.file() else { return Ok(()) };
            let checked = tokio::task::spawn_blocking(move || Vault::check(&file)).await;
            let checked = checked.map_err(|error| ApiError::internal(format!("It failed: {error}.")))?;
            checked.map(drop).map_err(|error| ApiError::internal(error.to_string()))
        })
    }

    fn make(&self, passphrase: Option<SecretInput>) -> BoxFuture<'_, Result<(), ApiError>> {
        Box::pin(async {
            self.make_closed(passphrase).await.map_err(|error| match error {
                OpenError::NewNeedsPassphrase { .. } => ApiError::invalid("passphrase", error.to_string()),
                other => ApiError::internal(other.to_string()),
            })
        })
    }

    fn open(
        &self,
        passphrase: Option<SecretInput>,
        accepted: Vec<Doubt>,
    ) -> BoxFuture<'_, Result<OpenedVault, VaultProblem>> {
        Box::pin(self.start(passphrase, accepted))
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
        Box::pin(self.work("The local vault could not be queried about the rotation", ask))
    }

    fn set_passphrase(&self, passphrase: SecretInput) -> BoxFuture<'_, Result<(), ApiError>> {
        let set = move |vault: &Vault| vault.set_passphrase(&passphrase);
        Box::pin(self.work("The passphrase could not be set", set))
    }

    fn back_up(&self, file: PathBuf) -> BoxFuture<'_, Result<(), ApiError>> {
        Box::pin(async move {
            let copy = move |vault: &Vault| vault.back_up(&file);
            let copied = self.with_open("The vault could not be backed up", copy).await?;
            copied.map(drop).map_err(|error| ApiError::internal(error.to_string()))
        })
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
        takes_no_writes: false,
    };
    Ok((server, opened))
}

/// A passphrase can fix some failures, and a person accept others; the rest is told as it is.
fn problem(error: OpenError) -> VaultProblem {
    let doubtful = |doubt| VaultProblem::Doubtful(doubt, ApiError::internal(error.to_string()));
    let need = |is_new| VaultProblem::NeedsPassphrase(PassphraseNeed { is_new, reason: error.to_string() });
    match error {
        OpenError::NewNeedsPassphrase { .. } | OpenError::EmptyPassphrase => need(true),
        OpenError::NeedsPassphrase { .. } | OpenError::WrongPassphrase => need(false),
        OpenError::OlderFile { .. } => doubtful(Doubt::Older),
        OpenError::ChangedFile { .. } => doubtful(Doubt::Changed),
        other => VaultProblem::Failed(ApiError::internal(other.to_string())),
    }
}
