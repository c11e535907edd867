//! What a secret means, authenticated: its name, labels, tags, dates and rotation, and which values its versions have.
//!
//! Each secret has one HMAC-SHA256 over its rows, bound to the vault. Left out is `accessed_on`, which reads write. A value
//! is bound by its wrapped data key, under which only one ciphertext was ever made, so that values are not read for it.

use std::cmp::Ordering;

use hmac::{Hmac, KeyInit, Mac};
use rusqlite::fallible_streaming_iterator::FallibleStreamingIterator;
use rusqlite::types::ValueRef;
use rusqlite::{Connection, OptionalExtension, Row};
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

/// The rows of one table that belong to a secret.
struct Part {
    /// Begins with the id of the secret.
    select: &'static str,
    table: &'static str,
    /// The column with the id of the secret.
    key: &'static str,
    /// What sorts the rows of a secret.
    order: &'static str,
}

/// The rows that make up a secret, itself first.
const PARTS: [Part; 4] = [
    Part {
        select: "SELECT id, account, region, name, arn, description, kms_key_id, partner_type, tags, created_at,
            changed_at, deleted_at, purge_at, owning_service, primary_region, replicas",
        table: "secret",
        key: "id",
        order: "id",
    },
    Part {
        select: "SELECT secret_id, id, version_id, created_at, kms_key_id, is_binary, wrapped_key, length(sealed)",
        table: "version",
        key: "secret_id",
        order: "version_id",
    },
    Part {
        select: "SELECT secret_id, label, version_id",
        table: "stage",
        key: "secret_id",
        order: "label",
    },
    Part {
        select: "SELECT secret_id, is_enabled, lambda_arn, after_days, expression, duration, counted_from,
            last_rotated_at, next_opens_at, next_closes_at, missed_at, token, is_test, tries, try_at, try_until",
        table: "rotation",
        key: "secret_id",
        order: "secret_id",
    },
];

/// Before the rows of each part, and before each row.
const PART: u8 = 0xF0;
const ROW: u8 = 0xF1;

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
            Zeroizing::new(finish(mac_under(key.bytes()).chain_update(&place)))
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
        let mut bytes = Vec::new();
        for (index, Part { select, table, key, order }) in PARTS.iter().enumerate() {
            bytes.push(PART);
            let sql = format!("{select} FROM {table} WHERE {key} = ?1 ORDER BY {order}");
            let mut query = rows.prepare_cached(&sql)?;
            let mut found = query.query([secret_id])?;
            while let Some(row) = found.next()? {
                push_row(&mut bytes, row)?;
            }
            if index == 0 && bytes.len() == 1 {
                return Ok(None);
            }
        }
        Ok(Some(self.of_bytes(&bytes)))
    }

    /// Shows the id of every secret, its MAC and whether that was kept with it, in the order of the ids: each table is
    /// read once, from end to end. Returns whether every row belongs to a secret.
    pub fn of_all(
        &self,
        rows: &Connection,
        mut visit: impl FnMut(i64, MacBytes, bool) -> rusqlite::Result<()>,
    ) -> rusqlite::Result<bool> {
        let prepare = |Part { select, table, key, order }: &Part| {
            rows.prepare(&format!("{select} FROM {table} ORDER BY {key}, {order}"))
        };
        let mut queries = PARTS.iter().map(prepare).collect::<rusqlite::Result<Vec<_>>>()?;
        let mut parts = Vec::new();
        for query in &mut queries {
            let mut part = query.query([])?;
            part.advance()?;
            parts.push(part);
        }
        let mut query = rows.prepare("SELECT secret_id, mac FROM secret_mac ORDER BY secret_id")?;
        let mut kept = query.query([])?;
        kept.advance()?;
        let mut is_whole = true;
        let mut bytes = Vec::new();
        while let Some(secret) = parts[0].get() {
            let secret_id: i64 = secret.get(0)?;
            bytes.clear();
            for part in &mut parts {
                bytes.push(PART);
                while let Some(row) = part.get() {
                    match row.get::<_, i64>(0)?.cmp(&secret_id) {
                        Ordering::Less => is_whole = false,
                        Ordering::Equal => push_row(&mut bytes, row)?,
                        Ordering::Greater => break,
                    }
                    part.advance()?;
                }
            }
            let mac = self.of_bytes(&bytes);
            let mut is_kept = false;
            while let Some(row) = kept.get() {
                match row.get::<_, i64>(0)?.cmp(&secret_id) {
                    Ordering::Less => {}
                    Ordering::Equal => is_kept = row.get_ref(1)?.as_blob()? == mac,
                    Ordering::Greater => break,
                }
                kept.advance()?;
            }
            visit(secret_id, mac, is_kept)?;
        }
        Ok(is_whole && parts.iter().all(|part| part.get().is_none()))
    }

    fn of_bytes(&self, bytes: &[u8]) -> MacBytes {
        let mac = mac_under(&self.secrets);
        let vault_id = self.vault_id.as_bytes();
        finish(
            mac.chain_update((vault_id.len() as u64).to_le_bytes())
                .chain_update(vault_id)
                .chain_update(bytes),
        )
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

/// Deletes the rows that belong to no secret.
pub fn remove_strays(rows: &Connection) -> rusqlite::Result<()> {
    for Part { table, key, .. } in &PARTS[1..] {
        rows.execute(&format!("DELETE FROM {table} WHERE {key} NOT IN (SELECT id FROM secret)"), [])?;
    }
    Ok(())
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

fn push_row(bytes: &mut Vec<u8>, row: &Row<'_>) -> rusqlite::Result<()> {
    bytes.push(ROW);
    for column in 0..row.as_ref().column_count() {
        push_cell(bytes, row.get_ref(column)?);
    }
    Ok(())
}

/// The kind of the cell, then its bytes: no two rows have the same.
fn push_cell(bytes: &mut Vec<u8>, cell: ValueRef<'_>) {
    match cell {
        ValueRef::Null => bytes.push(0),
        ValueRef::Integer(number) => {
            bytes.push(1);
            bytes.extend_from_slice(&number.to_le_bytes());
        }
        ValueRef::Real(number) => {
            bytes.push(2);
            bytes.extend_from_slice(&number.to_le_bytes());
        }
        ValueRef::Text(text) => push_sized(bytes, 3, text),
        ValueRef::Blob(blob) => push_sized(bytes, 4, blob),
    }
}

fn push_sized(bytes: &mut Vec<u8>, kind: u8, content: &[u8]) {
    bytes.push(kind);
    bytes.extend_from_slice(&(content.len() as u64).to_le_bytes());
    bytes.extend_from_slice(content);
}
