//! The open vault: its store, its key, its account; and how it is opened and closed.

mod backup;
mod counter;
mod opening;
mod transactions;
mod trust;

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, RwLockWriteGuard, TryLockError};
use std::thread;
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use latchkey_domain::Region;
use latchkey_domain::secret_text::SecretInput;
use tokio::sync::Notify;

use crate::fault::Fault;
use crate::keyring::KeyStore;
use crate::rotation::{Failures, RotationFunctions, RotationTrouble};
use crate::store::accesses::Accesses;
use crate::store::closing::Closing;
use crate::store::connections::{Connections, Reader};
use crate::store::file;
use crate::store::header::{self, Header, Wrapping};
use crate::store::lock::Lock;
use crate::store::open_error::OpenError;
use crate::store::versions::Sealer;

use counter::Counter;
use opening::Opening;

pub use backup::{BackedUp, BackupError};
pub(crate) use transactions::Reading;
pub use trust::Accepted;

pub const DEFAULT_ACCOUNT: &str = "123456789012";
pub const DEFAULT_REGION: &str = "us-east-1";

/// How long a closing vault lets what is under way come to its end by itself.
const CLOSE_GRACE: Duration = Duration::from_millis(100);
/// Between two looks whether it has.
const CLOSE_PAUSE: Duration = Duration::from_millis(2);

/// The time for dates and retention. Signatures are checked against the wall clock, whatever this says.
pub type Clock = Arc<dyn Fn() -> DateTime<Utc> + Send + Sync>;

/// How to open a vault.
#[derive(Clone)]
pub struct Options {
    pub place: Place,
    /// Twelve digits; part of every ARN.
    pub account: String,
    /// Where requests go that name no Region of their own; signed ones always name one.
    pub default_region: String,
    pub clock: Clock,
    /// What RotateSecret can name as a Lambda function.
    pub functions: RotationFunctions,
    /// The holder's name shown to others while the vault is in use, `Latchkey` for example.
    pub program: String,
    /// What would keep the vault closed, and was agreed to.
    pub accepted: Accepted,
}

/// Where the store is.
#[derive(Clone)]
pub enum Place {
    /// Gone with the process. The key is made for it.
    Memory,
    File {
        file: PathBuf,
        key: KeySource,
        wish: Wish,
    },
}

/// What is expected where the file of a vault shall be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wish {
    /// A vault; one is made where there is none.
    OpenOrMake,
    /// Returns an error if missing.
    Open,
    /// A vault that another program has open: it is read, for a backup.
    Beside,
    /// Nothing: a vault is made.
    Make,
}

/// Where the key of a vault comes from.
#[derive(Clone)]
pub enum KeySource {
    /// The OS keyring, or what stands in for it.
    Keyring(Arc<dyn KeyStore>),
    /// Opens an existing vault; makes a new one that has no key in the keyring.
    Passphrase(SecretInput),
}

/// What is known of a vault before it is opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundVault {
    pub vault_id: String,
    pub has_passphrase: bool,
}

/// A vault. It has its file to itself until it is closed or the last reference is dropped.
pub struct Vault {
    /// `None` once the vault is closed. Held shared by each transaction.
    open: RwLock<Option<Open>>,
    /// What takes long ends early, and nobody waits any longer.
    closing: Arc<Closing>,
    header: Mutex<Header>,
    is_read_only: bool,
    /// The dates of accesses that are not in the file yet.
    accesses: Accesses,
    account: String,
    default_region: String,
    clock: Clock,
    functions: RwLock<Arc<RotationFunctions>>,
    failures: Failures,
    may_be_due: Notify,
}

/// What a closed vault does not have. The lock is dropped last, when the file is closed and the keyring knows how far it
/// has come.
struct Open {
    connections: Connections,
    sealer: Sealer,
    counter: Option<Counter>,
    _lock: Option<Lock>,
}

impl Options {
    /// The vault of a folder, with the default account and Region and the system's clock.
    pub fn folder(folder: impl AsRef<Path>, key: KeySource, program: impl Into<String>) -> Self {
        Self::file(file::vault_file(folder.as_ref()), key, Wish::OpenOrMake, program)
    }

    /// The vault in a file, with the default account and Region and the system's clock.
    pub fn file(file: impl Into<PathBuf>, key: KeySource, wish: Wish, program: impl Into<String>) -> Self {
        Self::new(Place::File { file: file.into(), key, wish }, program.into())
    }

    /// A vault in memory, with the default account and Region and the system's clock.
    pub fn memory() -> Self {
        Self::new(Place::Memory, String::new())
    }

    fn new(place: Place, program: String) -> Self {
        Self {
            place,
            account: DEFAULT_ACCOUNT.to_owned(),
            default_region: DEFAULT_REGION.to_owned(),
            clock: Arc::new(Utc::now),
            functions: RotationFunctions::default(),
            program,
            accepted: Accepted::default(),
        }
    }
}

impl fmt::Debug for Vault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Vault").field("account", &self.account).finish_non_exhaustive()
    }
}

impl Drop for Vault {
    fn drop(&mut self) {
        self.close_blocking();
    }
}

impl Vault {
    /// What is known of the vault in a file; an error if it is none that this code could open. Reads only.
    pub fn check(file: &Path) -> Result<FoundVault, OpenError> {
        file::check_kind(file)?;
        let header = file::peek(&file::resolve(file)?)?;
        Ok(FoundVault { has_passphrase: header.passphrase.is_some(), vault_id: header.vault_id })
    }

    /// Opens the vault, or makes one where there is none. Never makes a new key for an existing vault.
    pub async fn open(options: Options) -> Result<Arc<Self>, OpenError> {
        let opening = tokio::task::spawn_blocking(move || Self::open_blocking(options));
        opening.await.map_err(|error| OpenError::Io {
            path: PathBuf::from("the vault"),
            source: std::io::Error::other(error),
        })?
    }

    /// [`open`](Self::open) for a thread that may wait: the keyring and the passphrase take their time.
    pub fn open_blocking(options: Options) -> Result<Arc<Self>, OpenError> {
        let Options { place, account, default_region, clock, functions, program, accepted } = options;
        if account.len() != 12 || !account.bytes().all(|b| b.is_ascii_digit()) {
            return Err(OpenError::Account { account });
        }
        if !Region::is_valid(&default_region) {
            return Err(OpenError::Region { region: default_region });
        }
        let opening = Opening { program: &program, accepted, now: clock() };
        let (header, open) = opening::open(place, &opening)?;
        Ok(Arc::new(Self {
            is_read_only: open.connections.is_read_only(),
            closing: open.connections.closing().clone(),
            open: RwLock::new(Some(open)),
            header: Mutex::new(header),
            accesses: Accesses::default(),
            account,
            default_region,
            clock,
            functions: RwLock::new(Arc::new(functions)),
            failures: Failures::default(),
            may_be_due: Notify::new(),
        }))
    }

    /// Adds or replaces the recovery passphrase. Takes about a second, so call it on a thread that may wait.
    pub fn set_passphrase(&self, passphrase: &SecretInput) -> Result<(), Fault> {
        if passphrase.is_empty() {
            return Err(Fault::invalid_parameter(&OpenError::EmptyPassphrase.to_string()));
        }
        self.closing.check()?;
        // A vault that closes does not wait for this.
        let wrapping = Wrapping::new(passphrase.expose()).map_err(|problem| {
            Fault::internal(&format!("No key could be derived from the passphrase: {problem}."))
        })?;
        let mut header = self.lock_header();
        let mut changed = header.clone();
        self.with_open(|open| {
            changed.set_passphrase(&open.sealer.key, wrapping);
            open.connections.write(|rows| Ok(header::save(rows, &changed)?))
        })?;
        *header = changed;
        Ok(())
    }

    pub fn has_passphrase(&self) -> bool {
        self.lock_header().passphrase.is_some()
    }

    /// Whether the vault is open for reading only, because its file or folder takes no writes. It is so until it is closed;
    /// writes are refused with [`FaultCode::VaultReadOnly`](crate::FaultCode::VaultReadOnly).
    pub fn is_read_only(&self) -> bool {
        self.is_read_only
    }

    /// Drops the key and frees the file, at once: a transaction under way has a tenth of a second to end, and is
    /// interrupted then; what waits for its turn, or for another program, is given up. What was not committed gets an
    /// error, as does whoever still holds the vault.
    pub async fn close(self: Arc<Self>) {
        let closing = tokio::task::spawn_blocking(move || self.close_blocking());
        if let Err(error) = closing.await {
            tracing::error!(%error, "the vault could not be closed");
        }
    }

    /// [`close`](Self::close) for a thread that may wait.
    pub fn close_blocking(&self) {
        self.closing.begin();
        let open = {
            let mut alone = self.wait_until_nobody_works();
            if let Some(open) = alone.as_ref() {
                // Lost, if the disk does not take them: they are dates.
                let _ = self.note_accesses_in(open);
            }
            alone.take()
        };
        drop(open);
        self.failures.forget_all();
        // The rotator looks, and ends.
        self.may_be_due.notify_one();
    }

    fn wait_until_nobody_works(&self) -> RwLockWriteGuard<'_, Option<Open>> {
        let began = Instant::now();
        loop {
            match self.open.try_write() {
                Ok(alone) => return alone,
                Err(TryLockError::Poisoned(poisoned)) => return poisoned.into_inner(),
                Err(TryLockError::WouldBlock) if began.elapsed() > CLOSE_GRACE => self.closing.interrupt(),
                Err(TryLockError::WouldBlock) => {}
            }
            thread::sleep(CLOSE_PAUSE);
        }
    }

    fn lock_header(&self) -> MutexGuard<'_, Header> {
        self.header.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The time by the vault's clock.
    pub fn now(&self) -> DateTime<Utc> {
        (self.clock)()
    }

    pub fn account(&self) -> &str {
        &self.account
    }

    pub fn default_region(&self) -> &str {
        &self.default_region
    }

    /// What went wrong with the rotation of a secret since it last rotated. Waits for the disk.
    pub fn rotation_trouble(&self, region: &str, secret_id: &str) -> Result<RotationTrouble, Fault> {
        let (missed_at, is_open, arn) = self.read_as(region, None, Reader::Lookup, |reading| {
            reading.look(|call| {
                let secret = call.rows.find(secret_id)?;
                let missed_at = call.rows.rotation(&secret)?.and_then(|rotation| rotation.missed_at);
                // The failed rotation may have been completed manually.
                Ok((missed_at, call.rows.stuck_version(&secret)?.is_some(), secret.arn))
            })
        })?;
        Ok(RotationTrouble {
            failure: self.failures.of(&arn).filter(|failure| failure.is_test || is_open),
            missed_at: missed_at.and_then(DateTime::from_timestamp_millis),
        })
    }

    pub(crate) fn failures(&self) -> &Failures {
        &self.failures
    }

    /// Notified when a rotation may have become due.
    pub(crate) fn may_be_due(&self) -> &Notify {
        &self.may_be_due
    }

    /// Replaces the rotation functions. A secret whose function is gone fails its next step and says so.
    pub fn set_functions(&self, functions: RotationFunctions) {
        *self.functions.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(functions);
    }

    pub(crate) fn functions(&self) -> Arc<RotationFunctions> {
        self.functions.read().unwrap_or_else(PoisonError::into_inner).clone()
    }
}
