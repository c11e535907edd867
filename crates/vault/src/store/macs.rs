//! What a secret means, authenticated: its name, labels, tags, dates and rotation, and which values its versions have.
//!
//! Each secret has one HMAC-SHA256 over its rows, bound to the vault. Left out is `accessed_on`, which reads write. A value
//! is bound by its wrapped data key, under which only one ciphertext was ever made, so that values are not read for it.

use hmac::{Hmac, KeyInit, Mac};
use rusqlite::types::ValueRef;
use rusqlite::{Connection, OptionalExtension};
use sha2::Sha256;
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use super::sealing::{Place, SealingKey};
use super::secrets::{Rows, Secret};
use crate::fault::Fault;
use crate::keyring::KeyBytes;

/// What is laid beside the secrets: a MAC of each, and the tally of all.
pub const TABLES: &str = "
CREATE TABLE secret_mac (
    secret_id INTEGER PRIMARY KEY,       -- no reference: the tally needs it when its secret is gone
    mac BLOB NOT NULL
) STRICT;
CREATE TABLE tally (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    sealed BLOB NOT NULL
) STRICT;
";

/// The rows that make up a secret, in one order whatever their ids are.
const PARTS: [&str; 4] = [
    "SELECT id, account, region, name, arn, description, kms_key_id, partner_type, tags, created_at, changed_at,
        deleted_at, purge_at, owning_service, primary_region, replicas FROM secret WHERE id = ?1",
    "SELECT id, secret_id, version_id, created_at, kms_key_id, is_binary, wrapped_key, length(sealed)
        FROM version WHERE secret_id = ?1 ORDER BY version_id",
    "SELECT secret_id, label, version_id FROM stage WHERE secret_id = ?1 ORDER BY label",
    "SELECT secret_id, is_enabled, lambda_arn, after_days, expression, duration, counted_from, last_rotated_at,
        next_opens_at, next_closes_at, missed_at, token, is_test, tries, try_at, try_until
        FROM rotation WHERE secret_id = ?1",
];

pub type MacBytes = [u8; 32];

/// The keys of the MACs and of the tally, each derived from the vault's.
pub struct MacKeys {
    vault_id: String,
    secrets: KeyBytes,
    elements: KeyBytes,
    tally: SealingKey,
}

impl MacKeys {
    pub fn derive(key: &SealingKey, vault_id: &str) -> Self {
        let derived = |purpose: &str| -> KeyBytes {
            let place = Place::new(purpose, &[vault_id]);
            Zeroizing::new(finish(mac_under(key.bytes()).chain_update(place.bytes())))
        };
        Self {
            vault_id: vault_id.to_owned(),
            secrets: derived("latchkey secret mac v1"),
            elements: derived("latchkey tally element v1"),
            tally: SealingKey::new(derived("latchkey tally v1")),
        }
    }

    /// The MAC of a secret as its rows are now; `None` if there is no such secret.
    pub fn of_secret(&self, rows: &Connection, secret_id: i64) -> rusqlite::Result<Option<MacBytes>> {
        const PART: u8 = 0xF0;
        const ROW: u8 = 0xF1;
        let mut mac = mac_under(&self.secrets);
        update_sized(&mut mac, self.vault_id.as_bytes());
        for (index, sql) in PARTS.iter().enumerate() {
            mac.update(&[PART]);
            let mut query = rows.prepare_cached(sql)?;
            let columns = query.column_count();
            let mut found = query.query([secret_id])?;
            let mut is_empty = true;
            while let Some(row) = found.next()? {
                is_empty = false;
                mac.update(&[ROW]);
                for column in 0..columns {
                    update_cell(&mut mac, row.get_ref(column)?);
                }
            }
            if index == 0 && is_empty {
                return Ok(None);
            }
        }
        Ok(Some(finish(mac)))
    }

    /// What the MAC of a secret adds to the tally. Unlike the MAC it stands nowhere: from sums of known numbers an equal
    /// one could be made of other secrets.
    pub fn element(&self, mac: &[u8]) -> MacBytes {
        finish(mac_under(&self.elements).chain_update(mac))
    }

    /// What the tally is sealed with.
    pub fn tally_key(&self) -> (&SealingKey, Place) {
        (&self.tally, Place::new("latchkey tally v1", &[&self.vault_id]))
    }
}

impl Rows<'_> {
    /// The secret, unless it is not what was written.
    pub fn checked(&self, secret: Secret) -> Result<Secret, Fault> {
        self.check(&secret).map(|()| secret)
    }

    /// Refuses a secret that is not what was written. It has to be as it was when the transaction began.
    pub fn check(&self, secret: &Secret) -> Result<(), Fault> {
        let is_authentic = is_authentic(&self.work, self.macs, secret.id)?;
        if is_authentic { Ok(()) } else { Err(Fault::changed_outside(&secret.name)) }
    }
}

/// Whether a secret that is there is what was written.
pub fn is_authentic(rows: &Connection, macs: &MacKeys, secret_id: i64) -> rusqlite::Result<bool> {
    let (kept, made) = (kept(rows, secret_id)?, macs.of_secret(rows, secret_id)?);
    Ok(kept.zip(made).is_some_and(|(kept, made)| kept.as_slice().ct_eq(made.as_slice()).into()))
}

/// The MAC that was written with a secret.
pub fn kept(rows: &Connection, secret_id: i64) -> rusqlite::Result<Option<Vec<u8>>> {
    let sql = "SELECT mac FROM secret_mac WHERE secret_id = ?1";
    rows.prepare_cached(sql)?.query_row([secret_id], |row| row.get(0)).optional()
}

fn mac_under(key: &KeyBytes) -> Hmac<Sha256> {
    let Ok(mac) = Hmac::<Sha256>::new_from_slice(key.as_slice()) else {
        unreachable!("HMAC takes a key of any length")
    };
    mac
}

fn finish(mac: Hmac<Sha256>) -> MacBytes {
    mac.finalize().into_bytes().into()
}

fn update_sized(mac: &mut Hmac<Sha256>, bytes: &[u8]) {
    mac.update(&(bytes.len() as u64).to_le_bytes());
    mac.update(bytes);
}

/// The kind of the cell, then its bytes: no two rows have the same.
fn update_cell(mac: &mut Hmac<Sha256>, cell: ValueRef<'_>) {
    match cell {
        ValueRef::Null => mac.update(&[0]),
        ValueRef::Integer(number) => {
            mac.update(&[1]);
            mac.update(&number.to_le_bytes());
        }
        ValueRef::Real(number) => {
            mac.update(&[2]);
            mac.update(&number.to_le_bytes());
        }
        ValueRef::Text(bytes) => {
            mac.update(&[3]);
            update_sized(mac, bytes);
        }
        ValueRef::Blob(bytes) => {
            mac.update(&[4]);
            update_sized(mac, bytes);
        }
    }
}
