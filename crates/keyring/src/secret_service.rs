//! Whether the Secret Service is there and unlocked, which is asked before it is used: to use a locked one opens a
//! window that asks for its password.

use zbus::blocking::Connection;
use zbus::zvariant::{OwnedObjectPath, OwnedValue};

use crate::{KeyringProblem, Lack};

const SECRETS: &str = "org.freedesktop.secrets";

/// Whether the collection that keeps new entries is locked.
pub(crate) fn is_locked() -> Result<bool, KeyringProblem> {
    let bus = Connection::session().map_err(|error| missing(Lack::Bus, error))?;
    let collection = default_collection(&bus).map_err(|error| missing(Lack::Service, error))?;
    if collection.as_str() == "/" {
        return Err(missing(Lack::DefaultKeyring, ""));
    }
    is_collection_locked(&bus, &collection).map_err(|error| missing(Lack::Service, error))
}

fn missing(lack: Lack, words: impl ToString) -> KeyringProblem {
    KeyringProblem::Missing { lack, words: words.to_string() }
}

fn default_collection(bus: &Connection) -> zbus::Result<OwnedObjectPath> {
    let service = Some("org.freedesktop.Secret.Service");
    let reply =
        bus.call_method(Some(SECRETS), "/org/freedesktop/secrets", service, "ReadAlias", &"default")?;
    reply.body().deserialize()
}

fn is_collection_locked(bus: &Connection, collection: &OwnedObjectPath) -> zbus::Result<bool> {
    let properties = Some("org.freedesktop.DBus.Properties");
    let name = ("org.freedesktop.Secret.Collection", "Locked");
    let reply = bus.call_method(Some(SECRETS), collection, properties, "Get", &name)?;
    let value: OwnedValue = reply.body().deserialize()?;
    Ok(bool::try_from(value)?)
}
