//! The open vault: its store, its key, its account; and how it is opened and closed.

mod opening;

use std::cell::RefCell;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

use chrono::{DateTime, Utc};
use latchkey_domain::Region;
use latchkey_domain::secret_text::SecretInput;
use rusqlite::{Connection, TransactionBehavior};
use tokio::sync::Notify;

use crate::call::Call;
use crate::fault::Fault;
use crate::keyring::KeyStore;
use crate::rotation::{Failures, RotationFunctions, RotationTrouble};
use crate::store::file;
use crate::store::header::{self, Header};
use crate::store::lock::Lock;
use crate::store::open_error::OpenError;
use crate::store::secrets::Rows;
use crate::store::versions::Sealer;

pub const DEFAULT_ACCOUNT: &str = "123456789012";
pub const DEFAULT_REGION: &str = "us-east-1";

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
    store: Mutex<Store>,
    account: String,
    default_region: String,
    clock: Clock,
    functions: RwLock<Arc<RotationFunctions>>,
    failures: Failures,
    may_be_due: Notify,
}

struct Store {
    header: Header,
    /// `None` once the vault is closed.
    open: Option<Open>,
}

/// What a closed vault does not have. The lock is dropped last, when the file is closed.
struct Open {
    rows: Connection,
    sealer: Sealer,
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
        }
    }
}

impl fmt::Debug for Vault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Vault").field("account", &self.account).finish_non_exhaustive()
    }
}

impl Vault {
    /// Whether there is a vault in a folder. Reads only.
    pub fn find(folder: &Path) -> Result<Option<FoundVault>, OpenError> {
        let file = file::vault_file(folder);
        if !file.try_exists().map_err(OpenError::io(&file))? {
            return Ok(None);
        }
        Self::check(&file).map(Some)
    }

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
        let Options { place, account, default_region, clock, functions, program } = options;
        if account.len() != 12 || !account.bytes().all(|b| b.is_ascii_digit()) {
            return Err(OpenError::Account { account });
        }
        if !Region::is_valid(&default_region) {
            return Err(OpenError::Region { region: default_region });
        }
        let (header, open) = opening::open(place, &program, clock())?;
        let store = Mutex::new(Store { header, open: Some(open) });
        Ok(Arc::new(Self {
            store,
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
        let mut store = self.lock_store();
        let Store { header, open } = &mut *store;
        let Open { rows, sealer, .. } = open.as_mut().ok_or_else(Fault::vault_closed)?;
        let mut changed = header.clone();
        changed.set_passphrase(&sealer.key, passphrase.expose()).map_err(|problem| {
            Fault::internal(&format!("No key could be derived from the passphrase: {problem}."))
        })?;
        header::save(rows, &changed)?;
        *header = changed;
        Ok(())
    }

    pub fn has_passphrase(&self) -> bool {
        self.lock_store().header.passphrase.is_some()
    }

    /// Drops the key and frees the file once the transaction under way has ended. Whoever still holds the vault gets an
    /// error from then on.
    pub async fn close(self: Arc<Self>) {
        let closing = tokio::task::spawn_blocking(move || self.close_blocking());
        if let Err(error) = closing.await {
            tracing::error!(%error, "the vault could not be closed");
        }
    }

    /// [`close`](Self::close) for a thread that may wait.
    pub fn close_blocking(&self) {
        let open = self.lock_store().open.take();
        drop(open);
        self.failures.forget_all();
        // The rotator looks, and ends.
        self.may_be_due.notify_one();
    }

    fn lock_store(&self) -> MutexGuard<'_, Store> {
        // A thread that panicked left no transaction behind: dropping one rolls it back.
        self.store.lock().unwrap_or_else(PoisonError::into_inner)
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
        self.read_as(region, None, |call| {
            let secret = call.rows.find(secret_id)?;
            let missed_at = call.rows.rotation(&secret)?.and_then(|rotation| rotation.missed_at);
            // The failed rotation may have been completed manually.
            let is_open = call.rows.stuck_version(&secret)?.is_some();
            Ok(RotationTrouble {
                failure: self.failures.of(&secret.arn).filter(|failure| failure.is_test || is_open),
                missed_at: missed_at.and_then(DateTime::from_timestamp_millis),
            })
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

    /// One unit of work in a Region: kept if it succeeds, undone if not. It waits for the disk.
    pub(crate) fn call<T>(
        &self,
        region: &str,
        work: impl FnOnce(&Call<'_>) -> Result<T, Fault>,
    ) -> Result<T, Fault> {
        self.call_as(region, None, work)
    }

    /// [`call`](Self::call) for somebody who may use only the secret with this ARN.
    pub(crate) fn call_as<T>(
        &self,
        region: &str,
        only: Option<&str>,
        work: impl FnOnce(&Call<'_>) -> Result<T, Fault>,
    ) -> Result<T, Fault> {
        let mut store = self.lock_store();
        let open = store.open.as_mut().ok_or_else(Fault::vault_closed)?;
        self.write(open, region, only, work)
    }

    /// [`call_as`](Self::call_as) for work that only reads, which goes on when the disk is full or takes no writes. What
    /// it noted is written afterwards, if it can be.
    pub(crate) fn read_as<T>(
        &self,
        region: &str,
        only: Option<&str>,
        work: impl FnOnce(&Call<'_>) -> Result<T, Fault>,
    ) -> Result<T, Fault> {
        let mut store = self.lock_store();
        let open = store.open.as_mut().ok_or_else(Fault::vault_closed)?;
        let is_purge_due =
            |call: &Call<'_>| -> Result<bool, Fault> { Ok(call.rows.is_purge_due(call.now_millis())?) };
        if self.transact(open, TransactionBehavior::Deferred, region, None, is_purge_due)?
            && let Err(fault) = self.write(open, region, None, |_| Ok(()))
        {
            tracing::warn!(%fault, "what has to be purged stays until the vault can be written");
        }
        let (answer, accesses) =
            self.transact(open, TransactionBehavior::Deferred, region, only, |call| {
                let answer = work(call)?;
                Ok((answer, call.accesses.take()))
            })?;
        let note = |call: &Call<'_>| -> Result<(), Fault> {
            for access in &accesses {
                call.rows.touch(access, call.today_millis())?;
            }
            Ok(())
        };
        if !accesses.is_empty()
            && let Err(fault) = self.write(open, region, only, note)
        {
            tracing::warn!(%fault, "the date of an access could not be noted");
        }
        Ok(answer)
    }

    /// Purges first what is due.
    fn write<T>(
        &self,
        open: &mut Open,
        region: &str,
        only: Option<&str>,
        work: impl FnOnce(&Call<'_>) -> Result<T, Fault>,
    ) -> Result<T, Fault> {
        self.transact(open, TransactionBehavior::Immediate, region, only, |call| {
            call.rows.purge(call.now_millis())?;
            work(call)
        })
    }

    fn transact<T>(
        &self,
        open: &mut Open,
        behavior: TransactionBehavior,
        region: &str,
        only: Option<&str>,
        work: impl FnOnce(&Call<'_>) -> Result<T, Fault>,
    ) -> Result<T, Fault> {
        let functions = self.functions();
        let Open { rows, sealer, .. } = open;
        let transaction = rows.transaction_with_behavior(behavior)?;
        let rows = Rows { work: transaction, account: &self.account, region, only };
        let call = Call {
            rows,
            sealer,
            functions: &functions,
            may_be_due: &self.may_be_due,
            now: self.now(),
            accesses: RefCell::default(),
        };
        let answer = work(&call)?;
        call.rows.work.commit()?;
        Ok(answer)
    }

    /// From now on the store refuses every write, like a medium that is read only.
    #[cfg(test)]
    pub(crate) fn refuse_writes(&self) -> rusqlite::Result<()> {
        let store = self.lock_store();
        store.open.iter().try_for_each(|open| open.rows.pragma_update(None, "query_only", true))
    }
}
