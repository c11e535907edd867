//! Whether the Secret Service is there and unlocked, which is asked before it is used: to use a locked one opens a
//! window that asks for its password.

use zbus::blocking::Connection;
use zbus::zvariant::{OwnedObjectPath, OwnedValue};

use crate::KeyringProblem;
use crate::problem::sentence_part;

const SECRETS: &str = "org.freedesktop.secrets";

/// Whether the collection that keeps new entries is locked.
pub(crate) fn is_locked() -> Result<bool, KeyringProblem> {
    let asked = Connection::session().and_then(|bus| {
        let collection = default_collection(&bus)?;
        if collection.as_str() == "/" { Ok(None) } else { is_collection_locked(&bus, &collection).map(Some) }
    });
    match asked {
        Ok(Some(is_locked)) => Ok(is_locked),
        Ok(None) => Err(KeyringProblem::Missing("the Secret Service has no default keyring".to_owned())),
        Err(error) => Err(KeyringProblem::Missing(sentence_part(error))),
    }
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
