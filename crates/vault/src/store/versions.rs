//! The versions of a secret: sealed values and the labels on them.

use std::collections::BTreeMap;

use latchkey_domain::secret_text::SecretValue;
use latchkey_domain::stages::PENDING;
use rusqlite::{OptionalExtension, Row, params};
use zeroize::Zeroizing;

use super::macs::MacKeys;
use super::sealing::{Place, SealingKey, Unopenable};
use super::secrets::{Rows, Secret};
use crate::fault::Fault;

/// Unlabelled versions that are kept.
const KEPT_VERSIONS: i64 = 100;
/// A version that is younger is kept in any case.
const KEPT_MILLIS: i64 = 24 * 60 * 60 * 1000;

/// A version without its value.
#[derive(Debug, Clone)]
pub struct Version {
    pub row_id: i64,
    pub version_id: String,
    pub created_at: i64,
    /// 0 if never.
    pub accessed_on: i64,
    pub kms_key_id: Option<String>,
    pub has_value: bool,
    /// In the order of the alphabet; empty if the version is deprecated.
    pub stages: Vec<String>,
}

/// The version of a secret whose value was read.
#[derive(Debug)]
pub struct Access {
    pub secret_id: i64,
    pub version_id: String,
}

/// Seals and opens values for one vault, and authenticates what they mean.
pub struct Sealer {
    pub vault_id: String,
    pub key: SealingKey,
    pub macs: MacKeys,
}

impl Sealer {
    pub fn new(vault_id: String, key: SealingKey) -> Self {
        Self { macs: MacKeys::derive(&key, &vault_id), vault_id, key }
    }

    fn places(&self, rows: &Rows<'_>, secret: &Secret, version_id: &str, is_binary: bool) -> (Place, Place) {
        let kind = if is_binary { "binary" } else { "text" };
        let parts = [&self.vault_id, rows.account, rows.region, &secret.arn, version_id, kind];
        (Place::new("latchkey data key v1", &parts), Place::new("latchkey value v1", &parts))
    }
}

impl Rows<'_> {
    /// Inserts a version that has no label yet, or gives its value to one that waits for it.
    pub fn insert_version(
        &self,
        sealer: &Sealer,
        secret: &Secret,
        version_id: &str,
        value: &SecretValue,
        now: i64,
    ) -> rusqlite::Result<()> {
        let is_binary = matches!(value, SecretValue::Binary(_));
        let (key_place, value_place) = sealer.places(self, secret, version_id, is_binary);
        let data_key = SealingKey::generate();
        let sql = "INSERT INTO version (secret_id, version_id, created_at, kms_key_id, is_binary, wrapped_key, sealed)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
            ON CONFLICT (secret_id, version_id) DO UPDATE SET created_at = excluded.created_at,
                kms_key_id = excluded.kms_key_id, is_binary = excluded.is_binary,
                wrapped_key = excluded.wrapped_key, sealed = excluded.sealed
            WHERE length(sealed) = 0";
        self.work.prepare_cached(sql)?.execute(params![
            secret.id,
            version_id,
            now,
            secret.kms_key_id,
            is_binary,
            sealer.key.seal(&key_place, data_key.bytes().as_slice()),
            data_key.seal(&value_place, value.as_bytes()),
        ])?;
        Ok(())
    }

    /// Inserts a version that waits for its value and holds AWSPENDING, as one does before createSecret.
    pub fn insert_pending(&self, secret: &Secret, version_id: &str, now: i64) -> rusqlite::Result<()> {
        let sql = "INSERT INTO version (secret_id, version_id, created_at, kms_key_id, is_binary, wrapped_key, sealed)
            VALUES (?1, ?2, ?3, ?4, 0, x'', x'')";
        self.work.prepare_cached(sql)?.execute(params![secret.id, version_id, now, secret.kms_key_id])?;
        self.attach(secret, PENDING, version_id)
    }

    /// The value of a version; `None` if there is no such version, or it waits for its value.
    pub fn value(
        &self,
        sealer: &Sealer,
        secret: &Secret,
        version_id: &str,
    ) -> Result<Option<SecretValue>, Fault> {
        let sql = "SELECT is_binary, wrapped_key, sealed FROM version
            WHERE secret_id = ?1 AND version_id = ?2 AND length(sealed) > 0";
        let read = |row: &Row<'_>| Ok((row.get(0)?, row.get::<_, Vec<u8>>(1)?, row.get::<_, Vec<u8>>(2)?));
        let row =
            self.work.prepare_cached(sql)?.query_row(params![secret.id, version_id], read).optional()?;
        let Some((is_binary, wrapped_key, sealed)) = row else { return Ok(None) };
        let (key_place, value_place) = sealer.places(self, secret, version_id, is_binary);
        let unopenable = |Unopenable| Fault::unopenable_value(version_id);
        let data_key = sealer.key.open_key(&key_place, &wrapped_key).map_err(unopenable)?;
        let mut plain = data_key.open(&value_place, &sealed).map_err(unopenable)?;
        if is_binary {
            return Ok(Some(SecretValue::Binary(plain)));
        }
        let text = String::from_utf8(std::mem::take(&mut *plain));
        text.map(|text| Some(SecretValue::Text(Zeroizing::new(text)))).map_err(|error| {
            drop(Zeroizing::new(error.into_bytes()));
            unopenable(Unopenable)
        })
    }

    pub fn version(&self, secret: &Secret, version_id: &str) -> rusqlite::Result<Option<Version>> {
        let sql = "SELECT * FROM version WHERE secret_id = ?1 AND version_id = ?2";
        let found = self
            .work
            .prepare_cached(sql)?
            .query_row(params![secret.id, version_id], read_version)
            .optional()?;
        found.map(|version| self.with_stages(secret, version)).transpose()
    }

    pub fn with_stages(&self, secret: &Secret, mut version: Version) -> rusqlite::Result<Version> {
        let sql = "SELECT label FROM stage WHERE secret_id = ?1 AND version_id = ?2 ORDER BY label";
        let mut query = self.work.prepare_cached(sql)?;
        let labels = query.query_map(params![secret.id, version.version_id], |row| row.get(0))?;
        version.stages = labels.collect::<rusqlite::Result<_>>()?;
        Ok(version)
    }

    /// Which labels each version holds; deprecated versions are absent.
    pub fn stages(&self, secret: &Secret) -> rusqlite::Result<BTreeMap<String, Vec<String>>> {
        let sql = "SELECT version_id, label FROM stage WHERE secret_id = ?1 ORDER BY label";
        let mut query = self.work.prepare_cached(sql)?;
        let mut map = BTreeMap::<String, Vec<String>>::new();
        for row in query.query_map([secret.id], |row| Ok((row.get(0)?, row.get(1)?)))? {
            let (version_id, label) = row?;
            map.entry(version_id).or_default().push(label);
        }
        Ok(map)
    }

    /// The version that holds a label.
    pub fn holder(&self, secret: &Secret, label: &str) -> rusqlite::Result<Option<String>> {
        let sql = "SELECT version_id FROM stage WHERE secret_id = ?1 AND label = ?2";
        self.work.prepare_cached(sql)?.query_row(params![secret.id, label], |row| row.get(0)).optional()
    }

    /// Puts a label on a version, taking it from any other.
    pub fn attach(&self, secret: &Secret, label: &str, version_id: &str) -> rusqlite::Result<()> {
        let sql = "INSERT OR REPLACE INTO stage (secret_id, label, version_id) VALUES (?1, ?2, ?3)";
        self.work.prepare_cached(sql)?.execute(params![secret.id, label, version_id])?;
        Ok(())
    }

    pub fn detach(&self, secret: &Secret, label: &str) -> rusqlite::Result<()> {
        let sql = "DELETE FROM stage WHERE secret_id = ?1 AND label = ?2";
        self.work.prepare_cached(sql)?.execute(params![secret.id, label])?;
        Ok(())
    }

    pub fn detach_all(&self, secret: &Secret, version_id: &str) -> rusqlite::Result<()> {
        let sql = "DELETE FROM stage WHERE secret_id = ?1 AND version_id = ?2";
        self.work.prepare_cached(sql)?.execute(params![secret.id, version_id])?;
        Ok(())
    }

    pub fn label_count(&self, secret: &Secret) -> rusqlite::Result<u32> {
        let sql = "SELECT count(*) FROM stage WHERE secret_id = ?1";
        self.work.prepare_cached(sql)?.query_row([secret.id], |row| row.get(0))
    }

    /// Deletes a version with its labels.
    pub fn remove_version(&self, secret: &Secret, version_id: &str) -> rusqlite::Result<()> {
        let sql = "DELETE FROM version WHERE secret_id = ?1 AND version_id = ?2";
        self.work.prepare_cached(sql)?.execute(params![secret.id, version_id])?;
        Ok(())
    }

    /// Deletes deprecated versions beyond the newest hundred, unless they are younger than a day, and those that never
    /// got a value.
    pub fn drop_old_versions(&self, secret: &Secret, now: i64) -> rusqlite::Result<()> {
        let valueless =
            "DELETE FROM version WHERE secret_id = ?1 AND length(sealed) = 0 AND version_id NOT IN
            (SELECT version_id FROM stage WHERE secret_id = ?1)";
        self.work.prepare_cached(valueless)?.execute([secret.id])?;
        let sql = "DELETE FROM version WHERE created_at < ?3 AND id IN (
            SELECT id FROM version WHERE secret_id = ?1 AND version_id NOT IN
                (SELECT version_id FROM stage WHERE secret_id = ?1)
            ORDER BY created_at DESC, id DESC LIMIT -1 OFFSET ?2)";
        let oldest = now - KEPT_MILLIS;
        self.work.prepare_cached(sql)?.execute(params![secret.id, KEPT_VERSIONS, oldest])?;
        Ok(())
    }

    /// Remembers the day of a read. A second read on the same day changes nothing.
    pub fn touch(&self, access: &Access, day: i64) -> rusqlite::Result<()> {
        let Access { secret_id, version_id } = access;
        let of_secret = "UPDATE secret SET accessed_on = ?2 WHERE id = ?1 AND accessed_on < ?2";
        self.work.prepare_cached(of_secret)?.execute(params![secret_id, day])?;
        let of_version = "UPDATE version SET accessed_on = ?3 WHERE secret_id = ?1 AND version_id = ?2 AND accessed_on < ?3";
        self.work.prepare_cached(of_version)?.execute(params![secret_id, version_id, day])?;
        Ok(())
    }

    /// Names another key for the versions that AWS would re-encrypt.
    pub fn set_kms_key(&self, secret: &Secret) -> rusqlite::Result<()> {
        let sql = "UPDATE version SET kms_key_id = ?2 WHERE secret_id = ?1 AND version_id IN
            (SELECT version_id FROM stage WHERE secret_id = ?1
                AND label IN ('AWSCURRENT', 'AWSPENDING', 'AWSPREVIOUS'))";
        self.work.prepare_cached(sql)?.execute(params![secret.id, secret.kms_key_id])?;
        Ok(())
    }
}

/// A version whose labels are not read yet.
pub fn read_version(row: &Row<'_>) -> rusqlite::Result<Version> {
    Ok(Version {
        row_id: row.get("id")?,
        version_id: row.get("version_id")?,
        created_at: row.get("created_at")?,
        accessed_on: row.get("accessed_on")?,
        kms_key_id: row.get("kms_key_id")?,
        has_value: !row.get_ref("sealed")?.as_blob()?.is_empty(),
        stages: Vec::new(),
    })
}
