//! What the Secret Service is asked beside the entries: whether it is there and unlocked, since to use a locked one opens
//! a window that asks for its password; and which entries there are, in one request for each and not in several.

use std::collections::HashMap;

use zbus::blocking::Connection;
use zbus::zvariant::{OwnedObjectPath, OwnedValue};

use crate::{KeyringProblem, Lack};

const SECRETS: &str = "org.freedesktop.secrets";
const ROOT: &str = "/org/freedesktop/secrets";
const SERVICE: &str = "org.freedesktop.Secret.Service";
const PROPERTIES: &str = "org.freedesktop.DBus.Properties";

/// Whether the collection that keeps new entries is locked.
pub(crate) fn is_locked() -> Result<bool, KeyringProblem> {
    let bus = Connection::session().map_err(|error| missing(Lack::Bus, error))?;
    let collection = default_collection(&bus).map_err(|error| missing(Lack::Service, error))?;
    if collection.as_str() == "/" {
        return Err(missing(Lack::DefaultKeyring, ""));
    }
    is_collection_locked(&bus, &collection).map_err(|error| missing(Lack::Service, error))
}

/// The user names of the entries of a service.
pub(crate) fn accounts(service: &str) -> Result<Vec<String>, KeyringProblem> {
    let broke = |error: zbus::Error| KeyringProblem::Broke { words: error.to_string() };
    let bus = Connection::session().map_err(|error| missing(Lack::Bus, error))?;
    let attributes = HashMap::from([("service", service)]);
    let found = bus.call_method(Some(SECRETS), ROOT, Some(SERVICE), "SearchItems", &attributes);
    let found = found.map_err(|error| missing(Lack::Service, error))?;
    let (unlocked, locked): (Vec<OwnedObjectPath>, Vec<OwnedObjectPath>) =
        found.body().deserialize().map_err(broke)?;
    let mut accounts = Vec::new();
    for item in unlocked.iter().chain(&locked) {
        match account(&bus, item) {
            // It was deleted meanwhile.
            Err(zbus::Error::MethodError(name, ..))
                if name.as_str() == "org.freedesktop.DBus.Error.UnknownMethod" => {}
            account => accounts.extend(account.map_err(broke)?),
        }
    }
    Ok(accounts)
}

fn account(bus: &Connection, item: &OwnedObjectPath) -> zbus::Result<Option<String>> {
    let name = ("org.freedesktop.Secret.Item", "Attributes");
    let reply = bus.call_method(Some(SECRETS), item, Some(PROPERTIES), "Get", &name)?;
    let value: OwnedValue = reply.body().deserialize()?;
    let mut attributes = HashMap::<String, String>::try_from(value)?;
    Ok(attributes.remove("username"))
}

fn missing(lack: Lack, words: impl ToString) -> KeyringProblem {
    KeyringProblem::Missing { lack, words: words.to_string() }
}

fn default_collection(bus: &Connection) -> zbus::Result<OwnedObjectPath> {
    let reply = bus.call_method(Some(SECRETS), ROOT, Some(SERVICE), "ReadAlias", &"default")?;
    reply.body().deserialize()
}

fn is_collection_locked(bus: &Connection, collection: &OwnedObjectPath) -> zbus::Result<bool> {
    let name = ("org.freedesktop.Secret.Collection", "Locked");
    let reply = bus.call_method(Some(SECRETS), collection, Some(PROPERTIES), "Get", &name)?;
    let value: OwnedValue = reply.body().deserialize()?;
    Ok(bool::try_from(value)?)
}
