//! The tables of a vault and their version.
//!
//! Instants are milliseconds since 1970, accesses the midnight (UTC) of their day. A label stands at most once in a
//! secret: that is the primary key of `stage`. A version whose `sealed` is empty waits for its value: a rotation has begun.

use std::collections::BTreeMap;
use std::path::Path;

use rusqlite::{Connection, TransactionBehavior};

use super::header::{self, Header};
use super::open_error::OpenError;
use super::versions::Sealer;
use super::{macs, tally};

/// The newest schema that this code knows.
const SCHEMA: i64 = 3;
/// The first one with a MAC of each secret.
const AUTHENTICATED: i64 = 3;

const TABLES: &str = "
CREATE TABLE header (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    vault_id TEXT NOT NULL,
    key_check BLOB NOT NULL,
    salt BLOB, memory_kib INTEGER, passes INTEGER, lanes INTEGER, wrapped_key BLOB
) STRICT;

CREATE TABLE secret (
    id INTEGER PRIMARY KEY,
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    name TEXT NOT NULL,
    arn TEXT NOT NULL UNIQUE,
    description TEXT,
    kms_key_id TEXT,
    partner_type TEXT,
    tags TEXT,                           -- JSON; NULL if there never were any
    created_at INTEGER NOT NULL,
    changed_at INTEGER NOT NULL,
    accessed_on INTEGER NOT NULL DEFAULT 0,  -- 0: never
    deleted_at INTEGER,
    purge_at INTEGER,
    owning_service TEXT,
    primary_region TEXT,
    replicas TEXT,                       -- JSON
    UNIQUE (account, region, name)
) STRICT;
CREATE INDEX secret_by_created ON secret (account, region, created_at, id);
CREATE INDEX secret_by_changed ON secret (account, region, changed_at, id);
CREATE INDEX secret_by_accessed ON secret (account, region, accessed_on, id);
CREATE INDEX secret_by_name ON secret (account, region, name, id);
CREATE INDEX secret_to_purge ON secret (purge_at) WHERE purge_at IS NOT NULL;

CREATE TABLE version (
    id INTEGER PRIMARY KEY,
    secret_id INTEGER NOT NULL REFERENCES secret (id) ON DELETE CASCADE,
    version_id TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    accessed_on INTEGER NOT NULL DEFAULT 0,
    kms_key_id TEXT,
    is_binary INTEGER NOT NULL,
    wrapped_key BLOB NOT NULL,
    sealed BLOB NOT NULL,
    UNIQUE (secret_id, version_id)
) STRICT;

CREATE TABLE stage (
    secret_id INTEGER NOT NULL,
    label TEXT NOT NULL,
    version_id TEXT NOT NULL,
    PRIMARY KEY (secret_id, label),
    FOREIGN KEY (secret_id, version_id) REFERENCES version (secret_id, version_id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
CREATE INDEX stage_by_version ON stage (secret_id, version_id);
";

/// What schema 2 has beyond schema 1.
const ROTATION: &str = "
CREATE TABLE rotation (
    secret_id INTEGER PRIMARY KEY REFERENCES secret (id) ON DELETE CASCADE,
    is_enabled INTEGER NOT NULL,
    lambda_arn TEXT NOT NULL,
    after_days INTEGER,                  -- as typed, or worked out from the expression
    expression TEXT,
    duration TEXT,
    counted_from INTEGER NOT NULL,       -- the last rotation or change by hand; else when it was set up
    last_rotated_at INTEGER,
    next_opens_at INTEGER,
    next_closes_at INTEGER,
    missed_at INTEGER,                   -- the opening of the first window that was missed since the last rotation
    token TEXT,                          -- of the latest rotation
    is_test INTEGER NOT NULL DEFAULT 0,
    tries INTEGER NOT NULL DEFAULT 0,
    try_at INTEGER,                      -- NULL: nothing is under way
    try_until INTEGER                    -- NULL: bound by no window
) STRICT;
CREATE INDEX rotation_by_opening ON rotation (next_opens_at) WHERE is_enabled AND next_opens_at IS NOT NULL;
CREATE INDEX rotation_by_try ON rotation (try_at) WHERE try_at IS NOT NULL;
";

/// Lays out an empty database.
pub fn create(rows: &mut Connection, header: &Header, sealer: &Sealer, now: i64) -> rusqlite::Result<()> {
    let work = rows.transaction_with_behavior(TransactionBehavior::Immediate)?;
    work.execute_batch(TABLES)?;
    work.execute_batch(ROTATION)?;
    work.execute_batch(macs::TABLES)?;
    tally::authenticate(&work, &sealer.macs, 0, now)?;
    header::save(&work, header)?;
    work.pragma_update(None, "user_version", SCHEMA)?;
    work.commit()
}

/// The header, if the file is a vault that this code knows.
pub fn check(rows: &Connection, file: &Path) -> Result<Header, OpenError> {
    let damaged = |reason: &str| OpenError::Damaged { file: file.to_owned(), reason: reason.to_owned() };
    let headers = "SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name = 'header'";
    let headers: i64 = rows.query_row(headers, [], |row| row.get(0)).map_err(OpenError::sqlite(file))?;
    let found: i64 =
        rows.pragma_query_value(None, "user_version", |row| row.get(0)).map_err(OpenError::sqlite(file))?;
    match found {
        // A database of another program has versions of its own.
        _ if headers == 0 => return Err(OpenError::NotAVault { file: file.to_owned() }),
        1..=SCHEMA => {}
        newer if newer > SCHEMA => {
            return Err(OpenError::NewerSchema { file: file.to_owned(), found, known: SCHEMA });
        }
        _ => return Err(OpenError::NotAVault { file: file.to_owned() }),
    }
    if let Some(name) = foreign_declaration(rows, found).map_err(OpenError::sqlite(file))? {
        return Err(damaged(&format!("its {name} is not declared as a vault declares it")));
    }
    header::load(rows).map_err(OpenError::sqlite(file))?.ok_or_else(|| damaged("it has no header"))
}

/// The first table or index that is missing or declared in another way. What a query finds depends on it: where names were
/// compared without regard to case, one secret would stand for another.
fn foreign_declaration(rows: &Connection, version: i64) -> rusqlite::Result<Option<String>> {
    let ours = Connection::open_in_memory()?;
    for (since, tables) in [(1, TABLES), (2, ROTATION), (AUTHENTICATED, macs::TABLES)] {
        if version >= since {
            ours.execute_batch(tables)?;
        }
    }
    let found = declarations(rows)?;
    Ok(declarations(&ours)?
        .into_iter()
        .find_map(|(name, sql)| (found.get(&name) != Some(&sql)).then_some(name)))
}

/// The names of tables and indexes, and how they were declared, without comments and line breaks.
fn declarations(rows: &Connection) -> rusqlite::Result<BTreeMap<String, String>> {
    let sql = "SELECT name, sql FROM main.sqlite_schema WHERE type IN ('table', 'index') AND sql IS NOT NULL";
    let plain = |sql: String| {
        let lines = sql.lines().map(|line| line.split("--").next().unwrap_or_default());
        lines.flat_map(str::split_whitespace).collect::<Vec<_>>().join(" ")
    };
    let mut query = rows.prepare(sql)?;
    query.query_map([], |row| Ok((row.get(0)?, plain(row.get(1)?))))?.collect()
}

/// Brings a vault of an older schema up to date, whole or not at all.
pub fn migrate(
    rows: &mut Connection,
    header: &mut Header,
    sealer: &Sealer,
    now: i64,
) -> rusqlite::Result<()> {
    let work = rows.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let found: i64 = work.pragma_query_value(None, "user_version", |row| row.get(0))?;
    if found < 2 {
        work.execute_batch(ROTATION)?;
    }
    if found < AUTHENTICATED {
        work.execute_batch(macs::TABLES)?;
        tally::authenticate(&work, &sealer.macs, 0, now)?;
        header.say_authenticated(&sealer.key);
        header::save(&work, header)?;
    }
    work.pragma_update(None, "user_version", SCHEMA)?;
    work.commit()
}

/// Whether the secrets of a vault should have MACs.
pub fn has_macs(rows: &Connection) -> rusqlite::Result<bool> {
    let found: i64 = rows.pragma_query_value(None, "user_version", |row| row.get(0))?;
    Ok(found >= AUTHENTICATED)
}

/// Whether a vault that this code knows needs no [`migrate`].
pub fn is_current(rows: &Connection) -> rusqlite::Result<bool> {
    let found: i64 = rows.pragma_query_value(None, "user_version", |row| row.get(0))?;
    Ok(found == SCHEMA)
}

/// Commits go to a log beside the file and from there into the file ([`Connections`](super::connections::Connections));
/// where a log cannot be, into the file. Either is on the disk before the answer goes out.
pub fn configure(rows: &Connection) -> rusqlite::Result<()> {
    let set = |mode: &str| -> rusqlite::Result<String> {
        rows.pragma_update_and_check(None, "journal_mode", mode, |row| row.get(0))
    };
    let has_log = set("wal")? == "wal";
    if !has_log {
        set("truncate")?;
    }
    // What empties the log after every commit waits for the disk too, before it writes the file and after.
    rows.pragma_update(None, "synchronous", if has_log { "normal" } else { "full" })?;
    rows.pragma_update(None, "wal_autocheckpoint", 0)?;
    rows.pragma_update(None, "foreign_keys", true)?;
    rows.pragma_update(None, "secure_delete", true)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::store::sealing::SealingKey;

    #[test]
    fn a_vault_of_the_first_schema_gets_what_it_lacks_once() {
        let mut rows = Connection::open_in_memory().unwrap();
        rows.execute_batch(TABLES).unwrap();
        rows.pragma_update(None, "user_version", 1).unwrap();
        let key = SealingKey::generate();
        let mut header = Header::new("id".into(), &key);
        let sealer = Sealer::new("id".into(), key);
        for _ in 0..2 {
            migrate(&mut rows, &mut header, &sealer, 0).unwrap();
            let version: i64 = rows.pragma_query_value(None, "user_version", |row| row.get(0)).unwrap();
            assert_eq!(version, SCHEMA);
            rows.query_row("SELECT count(*) FROM rotation", [], |row| row.get::<_, i64>(0)).unwrap();
            assert!(tally::examine(&rows, &sealer.macs).unwrap().is_authentic);
        }
    }
}
