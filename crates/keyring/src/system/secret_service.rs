//! Entries in the Secret Service of a Linux desktop: gnome-keyring, KWallet, KeePassXC.

use std::collections::HashMap;

use secret_service::EncryptionType;
use secret_service::blocking::{Item, SecretService};
use zbus::blocking::Connection;
use zbus::zvariant::{OwnedObjectPath, OwnedValue};
use zeroize::Zeroizing;

use super::SERVICE;
use crate::{KeyringProblem, Lack, Secret};

const SECRETS: &str = "org.freedesktop.secrets";
const ROOT: &str = "/org/freedesktop/secrets";
const INTERFACE: &str = "org.freedesktop.Secret.Service";
const PROPERTIES: &str = "org.freedesktop.DBus.Properties";
const UNKNOWN_METHOD: &str = "org.freedesktop.DBus.Error.UnknownMethod";

/// A connection to the Secret Service.
pub(super) struct Store {
    pub(super) bus: Connection,
}

impl Store {
    /// The first request is one that gnome-keyring answers to whoever asks. While it serves others, it may take the first
    /// request of a connection before it knows of the connection: it ends at an `OpenSession` then, and finds no default
    /// keyring at a `ReadAlias` (42.1 does; 50.0 is said to). The Linux store of `keyring` begins with an `OpenSession` on
    /// a connection of its own.
    pub(super) fn open() -> Result<Self, KeyringProblem> {
        let bus = Connection::session().map_err(|error| missing(Lack::Bus, error))?;
        let collections = (INTERFACE, "Collections");
        bus.call_method(Some(SECRETS), ROOT, Some(PROPERTIES), "Get", &collections)
            .map_err(|error| missing(Lack::Service, error))?;
        Ok(Self { bus })
    }

    /// Whether the collection that keeps new entries is locked: to use it would open a window that asks for its password.
    pub(super) fn is_locked(&self) -> Result<bool, KeyringProblem> {
        let collection = self.default_collection().map_err(|error| missing(Lack::Service, error))?;
        if collection.as_str() == "/" {
            return Err(missing(Lack::DefaultKeyring, ""));
        }
        let locked = self.property(&collection, "org.freedesktop.Secret.Collection", "Locked");
        let locked = locked.and_then(|value| Ok(bool::try_from(value)?));
        locked.map_err(|error| missing(Lack::Service, error))
    }

    pub(super) fn load(&self, account: &str) -> Result<Option<Secret>, KeyringProblem> {
        let service = self.session()?;
        match only(find(&service, account)?)? {
            Some(item) => until_deleted(item.get_secret().map(Zeroizing::new)),
            None => Ok(None),
        }
    }

    pub(super) fn save(&self, account: &str, secret: &[u8]) -> Result<(), KeyringProblem> {
        const TYPE: &str = "application/octet-stream";
        let service = self.session()?;
        if let Some(item) = only(find(&service, account)?)? {
            return Ok(item.set_secret(secret, TYPE)?);
        }
        let label = format!("keyring:{account}@{SERVICE}");
        let collection = service.get_default_collection()?;
        collection.create_item(&label, attributes(account), secret, true, TYPE)?;
        Ok(())
    }

    pub(super) fn delete(&self, account: &str) -> Result<(), KeyringProblem> {
        let service = self.session()?;
        if let Some(item) = only(find(&service, account)?)? {
            until_deleted(item.delete())?;
        }
        Ok(())
    }

    /// One request for all and one for each, also where they are locked.
    pub(super) fn accounts(&self) -> Result<Vec<String>, KeyringProblem> {
        let attributes = HashMap::from([("service", SERVICE)]);
        let found = self.bus.call_method(Some(SECRETS), ROOT, Some(INTERFACE), "SearchItems", &attributes);
        let found = found.map_err(|error| missing(Lack::Service, error))?;
        let (unlocked, locked): (Vec<OwnedObjectPath>, Vec<OwnedObjectPath>) =
            found.body().deserialize().map_err(secret_service::Error::Zbus)?;
        let mut accounts = Vec::new();
        for item in unlocked.iter().chain(&locked) {
            let attributes = self.property(item, "org.freedesktop.Secret.Item", "Attributes");
            let attributes = attributes.and_then(|value| Ok(HashMap::<String, String>::try_from(value)?));
            let attributes = until_deleted(attributes.map_err(secret_service::Error::Zbus))?;
            accounts.extend(attributes.and_then(|mut attributes| attributes.remove("username")));
        }
        Ok(accounts)
    }

    /// What an entry holds is encrypted on its way over the bus.
    pub(super) fn session(&self) -> Result<SecretService<'static>, KeyringProblem> {
        Ok(SecretService::connect_with_existing(EncryptionType::Dh, self.bus.clone())?)
    }

    fn default_collection(&self) -> zbus::Result<OwnedObjectPath> {
        let reply = self.bus.call_method(Some(SECRETS), ROOT, Some(INTERFACE), "ReadAlias", &"default")?;
        reply.body().deserialize()
    }

    fn property(&self, object: &OwnedObjectPath, interface: &str, name: &str) -> zbus::Result<OwnedValue> {
        let reply =
            self.bus.call_method(Some(SECRETS), object, Some(PROPERTIES), "Get", &(interface, name))?;
        reply.body().deserialize()
    }
}

/// By what an entry is found: the same as with the crate `keyring`.
fn attributes(account: &str) -> HashMap<&str, &str> {
    HashMap::from([("service", SERVICE), ("username", account)])
}

/// The entries of an account, unlocked; a locked one is asked for.
fn find<'a>(service: &'a SecretService, account: &str) -> Result<Vec<Item<'a>>, KeyringProblem> {
    let mut found = service.search_items(attributes(account))?;
    if !found.locked.is_empty() {
        service.unlock_all(&found.locked.iter().collect::<Vec<_>>())?;
    }
    found.unlocked.append(&mut found.locked);
    Ok(found.unlocked)
}

fn only<T>(mut found: Vec<T>) -> Result<Option<T>, KeyringProblem> {
    match found.len() {
        0 | 1 => Ok(found.pop()),
        entries => Err(KeyringProblem::Broke { words: format!("{entries} entries have the same name") }),
    }
}

/// `None` where the entry was deleted since it was found.
fn until_deleted<T>(result: Result<T, secret_service::Error>) -> Result<Option<T>, KeyringProblem> {
    use secret_service::Error::{Zbus, ZbusFdo};
    match result {
        Ok(value) => Ok(Some(value)),
        Err(Zbus(zbus::Error::MethodError(name, ..))) if name.as_str() == UNKNOWN_METHOD => Ok(None),
        Err(ZbusFdo(zbus::fdo::Error::UnknownMethod(_))) => Ok(None),
        Err(Zbus(zbus::Error::FDO(error))) if matches!(*error, zbus::fdo::Error::UnknownMethod(_)) => {
            Ok(None)
        }
        Err(error) => Err(error.into()),
    }
}

impl From<secret_service::Error> for KeyringProblem {
    fn from(error: secret_service::Error) -> Self {
        use secret_service::Error::{Locked, NoResult, Prompt};
        match error {
            Locked | NoResult | Prompt => Self::Locked,
            other => Self::Broke { words: other.to_string() },
        }
    }
}

fn missing(lack: Lack, words: impl ToString) -> KeyringProblem {
    KeyringProblem::Missing { lack, words: words.to_string() }
}
