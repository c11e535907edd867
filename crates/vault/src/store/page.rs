//! Pages of a list, each from where the last one ended, and the tokens that remember it.
//!
//! A token is sealed under the vault key in the place of its query: one that was made up, changed, or taken from
//! another query does not open.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rusqlite::types::Value;
use rusqlite::{Row, params_from_iter};
use serde::{Deserialize, Serialize};

use super::sealing::{Place, SealingKey};
use super::secrets::{Rows, Secret};
use super::versions::{Version, read_version};
use crate::fault::Fault;

/// What a list is sorted by. Ties are settled by the order of creation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum SortBy {
    Created,
    Accessed,
    Changed,
    Name,
}

/// The order of a list of secrets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Order {
    pub by: SortBy,
    pub is_descending: bool,
}

/// The last row of a page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mark {
    key: Key,
    id: i64,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
enum Key {
    Instant(i64),
    Name(String),
}

impl Mark {
    pub fn of_secret(secret: &Secret, by: SortBy) -> Self {
        let key = match by {
            SortBy::Created => Key::Instant(secret.created_at),
            SortBy::Accessed => Key::Instant(secret.accessed_on),
            SortBy::Changed => Key::Instant(secret.changed_at),
            SortBy::Name => Key::Name(secret.name.clone()),
        };
        Self { key, id: secret.id }
    }

    pub fn of_version(version: &Version) -> Self {
        Self { key: Key::Instant(version.created_at), id: version.row_id }
    }

    /// The token that continues behind this row; `query` is what the token belongs to.
    pub fn to_token(&self, key: &SealingKey, query: &str) -> Result<String, Fault> {
        let json =
            serde_json::to_vec(self).map_err(|_| Fault::internal("A page could not be remembered."))?;
        Ok(URL_SAFE_NO_PAD.encode(key.seal(token_place(query), &json)))
    }

    pub fn from_token(key: &SealingKey, query: &str, token: &str) -> Result<Self, Fault> {
        let sealed = URL_SAFE_NO_PAD.decode(token).map_err(|_| Fault::invalid_next_token())?;
        let json = key.open(token_place(query), &sealed).map_err(|_| Fault::invalid_next_token())?;
        serde_json::from_slice(&json).map_err(|_| Fault::invalid_next_token())
    }

    fn values(self) -> [Value; 2] {
        let key = match self.key {
            Key::Instant(millis) => Value::Integer(millis),
            Key::Name(name) => Value::Text(name),
        };
        [key, Value::Integer(self.id)]
    }
}

fn token_place(query: &str) -> Place {
    Place::new("latchkey page token v1", &[query])
}

impl Rows<'_> {
    /// Shows the next secrets behind a mark, in order, those that are scheduled for deletion included: at most `limit`,
    /// so that a transaction ends soon whatever is looked for. `visit` returns whether to go on. Returns the mark of the
    /// last one that was shown if others may follow.
    pub fn each_secret(
        &self,
        order: Order,
        after: Option<&Mark>,
        limit: u32,
        mut visit: impl FnMut(Secret) -> Result<bool, Fault>,
    ) -> Result<Option<Mark>, Fault> {
        let column = match order.by {
            SortBy::Created => "created_at",
            SortBy::Accessed => "accessed_on",
            SortBy::Changed => "changed_at",
            SortBy::Name => "name",
        };
        let (direction, beyond) = if order.is_descending { ("DESC", "<") } else { ("ASC", ">") };
        let behind =
            if after.is_some() { format!("AND ({column}, id) {beyond} (?5, ?6)") } else { String::new() };
        let sql = format!(
            "SELECT * FROM secret WHERE account = ?1 AND region = ?2 AND (purge_at IS NULL OR purge_at > ?4) {behind}
             ORDER BY {column} {direction}, id {direction} LIMIT ?3"
        );
        let scope = [self.account, self.region].map(|text| Value::Text(text.to_owned()));
        let values = scope.into_iter().chain([Value::Integer(limit.into()), Value::Integer(self.now)]);
        let values = values.chain(after.cloned().into_iter().flat_map(Mark::values));
        let mut query = self.work.prepare_cached(&sql)?;
        let mut found = query.query(params_from_iter(values))?;
        let mut shown = 0;
        while let Some(row) = found.next()? {
            let secret = Secret::read(row)?;
            shown += 1;
            let end = (shown == limit).then(|| Mark::of_secret(&secret, order.by));
            if !visit(secret)? {
                return Ok(None);
            }
            if end.is_some() {
                return Ok(end);
            }
        }
        Ok(None)
    }

    /// At most `limit` versions behind a mark, newest first; those that wait for their value are not shown.
    pub fn versions(
        &self,
        secret: &Secret,
        after: Option<Mark>,
        includes_deprecated: bool,
        limit: usize,
    ) -> rusqlite::Result<Vec<Version>> {
        let behind = if after.is_some() { "AND (created_at, id) < (?3, ?4)" } else { "" };
        let labelled = if includes_deprecated {
            ""
        } else {
            "AND version_id IN (SELECT version_id FROM stage WHERE secret_id = ?1)"
        };
        let sql = format!(
            "SELECT * FROM version WHERE secret_id = ?1 AND length(sealed) > 0 {behind} {labelled}
             ORDER BY created_at DESC, id DESC LIMIT ?2"
        );
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let scope = [Value::Integer(secret.id), Value::Integer(limit)];
        let values = scope.into_iter().chain(after.into_iter().flat_map(Mark::values));
        let mut query = self.work.prepare_cached(&sql)?;
        let read = |row: &Row<'_>| read_version(row);
        let found = query.query_map(params_from_iter(values), read)?.collect::<rusqlite::Result<Vec<_>>>()?;
        found.into_iter().map(|version| self.with_stages(secret, version)).collect()
    }
}
