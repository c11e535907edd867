//! The header of a vault: its id, a proof of its key, and its recovery passphrase.

use latchkey_sealing::{Cost, Derivation, DerivationProblem, PASSPHRASE_COST};
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::sealing::{Place, SealingKey, Unopenable};

const CHECK: &[u8] = b"latchkey vault";
/// The purpose of the check of a vault whose secrets have MACs, and of one of a schema before them.
const AUTHENTICATED: &str = "latchkey check v2";
const UNAUTHENTICATED: &str = "latchkey check v1";
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Header {
    pub vault_id: String,
    /// A known text sealed with the vault key.
    pub check: Vec<u8>,
    pub passphrase: Option<PassphraseWrap>,
}

/// The vault key, sealed with a key that is derived from a passphrase.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PassphraseWrap {
    derivation: Derivation,
    wrapped: Vec<u8>,
}

/// What wraps the vault key under a passphrase. It takes a second to be made, and is made without the key.
pub struct Wrapping {
    derivation: Derivation,
    key: SealingKey,
}

impl Wrapping {
    pub fn new(passphrase: &str) -> Result<Self, DerivationProblem> {
        let derivation = Derivation::new(PASSPHRASE_COST);
        Ok(Self { key: derivation.key(passphrase)?, derivation })
    }
}

impl Header {
    pub fn new(vault_id: String, key: &SealingKey) -> Self {
        let mut header = Self { vault_id, check: Vec::new(), passphrase: None };
        header.say_authenticated(key);
        header
    }

    /// Whether this is the key of the vault.
    pub fn accepts(&self, key: &SealingKey) -> bool {
        self.is_checked_by(key, UNAUTHENTICATED) || self.is_authenticated(key)
    }

    /// Whether the vault's secrets have MACs. One that had them cannot be made to look like one that never did.
    pub fn is_authenticated(&self, key: &SealingKey) -> bool {
        self.is_checked_by(key, AUTHENTICATED)
    }

    pub fn say_authenticated(&mut self, key: &SealingKey) {
        self.check = key.seal(Place::new(AUTHENTICATED, &[&self.vault_id]), CHECK);
    }

    fn is_checked_by(&self, key: &SealingKey, purpose: &str) -> bool {
        let place = Place::new(purpose, &[&self.vault_id]);
        key.open(&place, &self.check).is_ok_and(|plain| plain.as_slice() == CHECK)
    }

    /// Adds or replaces the passphrase.
    pub fn set_passphrase(&mut self, key: &SealingKey, wrapping: Wrapping) {
        let wrapped = wrapping.key.seal(self.wrap_place(), key.bytes().as_slice());
        self.passphrase = Some(PassphraseWrap { derivation: wrapping.derivation, wrapped });
    }

    /// The vault key; `Err(None)` if the passphrase is wrong.
    pub fn unwrap_key(
        &self,
        wrap: &PassphraseWrap,
        passphrase: &str,
    ) -> Result<SealingKey, Option<DerivationProblem>> {
        let wrapping = wrap.derivation.key(passphrase).map_err(Some)?;
        wrapping.open_key(self.wrap_place(), &wrap.wrapped).map_err(|Unopenable| None)
    }

    fn wrap_place(&self) -> Place {
        Place::new("latchkey passphrase v1", &[&self.vault_id])
    }
}

pub fn save(rows: &Connection, header: &Header) -> rusqlite::Result<()> {
    let wrap = header.passphrase.as_ref();
    rows.execute(
        "INSERT OR REPLACE INTO header (id, vault_id, key_check, salt, memory_kib, passes, lanes, wrapped_key)
         VALUES (1, ?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        params![
            header.vault_id,
            header.check,
            wrap.map(|w| &w.derivation.salt),
            wrap.map(|w| w.derivation.cost.memory_kib),
            wrap.map(|w| w.derivation.cost.passes),
            wrap.map(|w| w.derivation.cost.lanes),
            wrap.map(|w| &w.wrapped),
        ],
    )?;
    Ok(())
}

pub fn load(rows: &Connection) -> rusqlite::Result<Option<Header>> {
    let columns = "vault_id, key_check, salt, memory_kib, passes, lanes, wrapped_key";
    rows.query_row(&format!("SELECT {columns} FROM header WHERE id = 1"), [], read).optional()
}

fn read(row: &Row<'_>) -> rusqlite::Result<Header> {
    let passphrase = match row.get::<_, Option<Vec<u8>>>("salt")? {
        None => None,
        Some(salt) => {
            let cost = Cost {
                memory_kib: row.get("memory_kib")?,
                passes: row.get("passes")?,
                lanes: row.get("lanes")?,
            };
            let derivation = Derivation { salt, cost };
            Some(PassphraseWrap { derivation, wrapped: row.get("wrapped_key")? })
        }
    };
    Ok(Header { vault_id: row.get("vault_id")?, check: row.get("key_check")?, passphrase })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn the_header_accepts_its_own_key_only() {
        let key = SealingKey::generate();
        let header = Header::new("id".into(), &key);
        assert!(header.accepts(&key));
        assert!(!header.accepts(&SealingKey::generate()), "another key");
        let moved = Header { vault_id: "other".into(), ..header };
        assert!(!moved.accepts(&key), "the proof belongs to one vault");
    }

    #[test]
    fn a_file_cannot_ask_for_boundless_memory() {
        let key = SealingKey::generate();
        let header = Header::new("id".into(), &key);
        let derivation = Derivation::new(Cost { memory_kib: u32::MAX, ..PASSPHRASE_COST });
        let wrap = PassphraseWrap { derivation, wrapped: Vec::new() };
        assert!(matches!(header.unwrap_key(&wrap, "fake"), Err(Some(_))), "refused before any work");
    }
}
