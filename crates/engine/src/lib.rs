//! Does the console's work: connections, the inventory of secrets, values and the clipboard. It depends on neither
//! window nor vault: a host provides both through [`EngineParts`].

mod aws;
mod aws_files;
mod changes;
mod clipboard;
mod commands;
mod connections;
mod diagnostics;
mod drafts;
mod files;
mod guards;
mod inventory;
mod journal;
mod keyring;
mod lock;
mod password;
mod person;
mod ports;
mod rotation;
mod sealed;
mod secrets;
mod settings;
#[cfg(test)]
mod testing;
mod values;

/// Which modules may have a value that is in AWS, and which may write there. Each shows something that only it can make;
/// a command of another module that asks for either does not compile.
mod permits {
    mod listed {
        pub trait Reader {}
        pub trait Writer {}
    }

    pub trait ReadsValues: listed::Reader {}
    pub trait SendsWrites: listed::Writer {}

    impl<T: listed::Reader> ReadsValues for T {}
    impl<T: listed::Writer> SendsWrites for T {}
    impl listed::Reader for crate::changes::Changing {}
    impl listed::Reader for crate::values::Opening {}
    impl listed::Writer for crate::changes::Changing {}
}

use std::collections::BTreeMap;
use std::sync::Arc;

use latchkey_domain::ApiError;
use latchkey_domain::contract::OpenVault;
use latchkey_domain::event::Event;
use latchkey_keyring::Keyring;

pub use connections::environment::Environment;
pub use ports::{
    BoxFuture, Browser, Clock, Confirmation, Doubt, FilePicker, Folders, OpenedVault, ProfileFiles, Question,
    SystemClock, TroubleReport, VaultHost, VaultProblem,
};

use aws::client::Transport;

/// Everything that [`Engine::new`] needs.
pub struct EngineParts {
    pub folders: Folders,
    pub profiles: ProfileFiles,
    pub environment: Environment,
    pub vault: Arc<dyn VaultHost>,
    pub keyring: Arc<Keyring>,
    pub clock: Arc<dyn Clock>,
    pub files: Arc<dyn FilePicker>,
    pub confirmation: Arc<dyn Confirmation>,
    pub browser: Arc<dyn Browser>,
    /// Where IAM Identity Center answers; none for AWS's own endpoints.
    pub identity_center_url: Option<String>,
    /// Hears every event; must not block.
    pub events: Arc<dyn Fn(Event) + Send + Sync>,
}

/// One method per command of the contract; every one may be called from many tasks at once, on a Tokio runtime.
pub struct Engine {
    clock: Arc<dyn Clock>,
    person: person::Person,
    guards: Arc<guards::Guards>,
    events: Arc<dyn Fn(Event) + Send + Sync>,
    transport: Transport,
    budget: Arc<aws::budget::Budget>,
    connections: connections::ConnectionBook,
    identity_center: connections::identity_center::IdentityCenter,
    inventories: inventory::Inventories,
    values: values::OpenValues,
    journal: journal::Journal,
    drafts: drafts::Drafts,
    lock: lock::Lock,
    plans: changes::Plans,
    /// Keys the fingerprints of values: made at the start, in no file.
    session_key: latchkey_sealing::SealingKey,
    clipboard: Arc<clipboard::Clipboard>,
    settings: settings::SettingsFile,
}

impl Engine {
    /// Reads the files and touches nothing else. A file that cannot be read is told by the commands that need it.
    pub fn new(parts: EngineParts) -> Result<Arc<Self>, ApiError> {
        Ok(Self::with_transport(parts, Transport::system()))
    }

    /// An engine whose requests go through these HTTP clients.
    fn with_transport(parts: EngineParts, transport: Transport) -> Arc<Self> {
        let EngineParts {
            folders,
            profiles,
            environment,
            vault,
            keyring,
            clock,
            files,
            confirmation,
            browser,
            identity_center_url,
            events,
        } = parts;
        let lock = lock::Lock::new(keyring, &folders.data, clock.now());
        let settings = settings::SettingsFile::new(&folders.config);
        Arc::new(Self {
            clock,
            person: person::Person::new(files, confirmation),
            guards: guards::Guards::new(&folders.data),
            events,
            transport,
            budget: aws::budget::Budget::new(settings.current().request_share_percent),
            connections: connections::ConnectionBook::new(&folders.data, profiles, environment, vault),
            identity_center: connections::identity_center::IdentityCenter::new(
                &folders.data,
                lock.key.clone(),
                browser,
                identity_center_url,
            ),
            inventories: inventory::Inventories::default(),
            values: values::OpenValues::default(),
            drafts: drafts::Drafts::new(&folders.data),
            journal: journal::Journal::new(&folders.data, lock.key.clone()),
            lock,
            plans: changes::Plans::default(),
            session_key: latchkey_sealing::SealingKey::generate(),
            clipboard: Arc::default(),
            settings,
        })
    }

    /// Opens the vault by the key in the keyring, unless the lock is closed; what comes of it is told by
    /// `Event::Connections`. From now on the lock closes by itself.
    pub async fn start(self: &Arc<Self>) {
        if let Err(error) = self.guards.keep() {
            tracing::warn!(%error, "the file of the guards was not made");
        }
        let programs = self.settings.current().rotation_functions;
        if let Err(error) = self.register_functions(&programs).await {
            tracing::warn!(%error, "the rotation functions of the settings were not registered");
        }
        self.begin_lock().await;
        self.watch_idle();
        if self.lock.check_open().is_err() {
            return;
        }
        if let Err(error) = self.open_vault(OpenVault::local()).await {
            tracing::warn!(%error, "the vault was not opened");
        }
    }

    /// Gives every vault the programs that it may call as rotation functions.
    async fn register_functions(&self, programs: &BTreeMap<String, String>) -> Result<(), ApiError> {
        for host in self.vault_hosts() {
            host.set_rotation_functions(programs.clone()).await?;
        }
        Ok(())
    }

    /// Ends loads, wipes opened values, clears the clipboard and closes the vaults. What the journal could not write yet is
    /// tried once more.
    pub async fn stop(&self) {
        self.inventories.cancel_all();
        self.values.forget_all();
        self.plans.forget_all();
        self.identity_center.close();
        self.end_programs().await;
        self.clear_clipboard().await;
        self.journal.settle().await;
        self.close_vaults().await;
    }

    fn tell(&self, event: Event) {
        (self.events)(event);
    }
}
