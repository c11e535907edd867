//! The rows of secrets, without their values.

use latchkey_domain::filter::Searchable;
use latchkey_domain::name::{AWS_INVALID_NAME, Arn, check_name};
use latchkey_domain::secret::Tag;
use rusqlite::types::{FromSql, FromSqlError, FromSqlResult, ToSql, ToSqlOutput, ValueRef};
use rusqlite::{OptionalExtension, Row, Transaction, params};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::macs::MacKeys;
use crate::fault::Fault;

/// How many secrets an account may have in a Region (AWS quota).
pub const MAX_SECRETS: i64 = 500_000;

/// One unit of work on the store, for one account and Region: all of it happens, or nothing.
pub struct Rows<'a> {
    pub work: Transaction<'a>,
    pub account: &'a str,
    pub region: &'a str,
    pub macs: &'a MacKeys,
    /// The ARN of the only secret that the caller may use, if there is one.
    pub only: Option<&'a str>,
    /// Secrets whose recovery window has ended by then are not there, though they may still have to be
    /// [purged](Self::purge).
    pub now: i64,
}

/// A secret as it is kept. Instants are milliseconds since 1970.
#[derive(Debug, Clone)]
pub struct Secret {
    pub id: i64,
    pub name: String,
    pub arn: String,
    pub description: Option<String>,
    pub kms_key_id: Option<String>,
    pub partner_type: Option<String>,
    /// `None` if there never were any.
    pub tags: Option<Vec<Tag>>,
    pub created_at: i64,
    pub changed_at: i64,
    /// 0 if never.
    pub accessed_on: i64,
    pub deleted_at: Option<i64>,
    pub purge_at: Option<i64>,
    pub owning_service: Option<String>,
    pub primary_region: Option<String>,
    pub replicas: Option<Vec<Replica>>,
}

/// The copy of a secret in another Region, as DescribeSecret shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Replica {
    pub region: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kms_key_id: Option<String>,
    pub status: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status_message: Option<String>,
}

/// A column that holds JSON.
struct Json<T>(T);

impl<T: Serialize> ToSql for Json<T> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        serde_json::to_string(&self.0)
            .map(ToSqlOutput::from)
            .map_err(|error| rusqlite::Error::ToSqlConversionFailure(error.into()))
    }
}

impl<T: DeserializeOwned> FromSql for Json<T> {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        serde_json::from_str(value.as_str()?).map(Self).map_err(FromSqlError::other)
    }
}

impl Rows<'_> {
    pub fn count(&self) -> rusqlite::Result<i64> {
        let sql = "SELECT count(*) FROM secret WHERE account = ?1 AND region = ?2";
        self.work.prepare_cached(sql)?.query_row([self.account, self.region], |row| row.get(0))
    }

    pub fn named(&self, name: &str) -> Result<Option<Secret>, Fault> {
        let sql = "SELECT * FROM secret WHERE account = ?1 AND region = ?2 AND name = ?3
            AND (purge_at IS NULL OR purge_at > ?4)";
        let scope = params![self.account, self.region, name, self.now];
        let found = self.work.prepare_cached(sql)?.query_row(scope, Secret::read).optional()?;
        found.map(|secret| self.checked(secret)).transpose()
    }

    /// By name, by ARN, or by an ARN without its suffix. An end that looks like a suffix is taken for one, so a
    /// name that ends so is not found by its partial ARN, as on AWS.
    pub fn find(&self, secret_id: &str) -> Result<Secret, Fault> {
        let found = match parse_secret_id(secret_id)? {
            SecretId::Name(name) => self.named(name)?,
            SecretId::Arn(arn) if arn.account_id != self.account || arn.region != self.region => None,
            SecretId::Arn(arn) => match self.with_arn(secret_id)? {
                Some(secret) => Some(secret),
                None => match arn.resource.strip_prefix("secret:") {
                    Some(rest) if arn.secret_name() == Some(rest) => self.named(rest)?,
                    _ => None,
                },
            },
        };
        match self.only {
            // Neither is told what else there is.
            Some(only) => found.filter(|secret| secret.arn == only).ok_or_else(Fault::outside_of_rotation),
            None => found.ok_or_else(Fault::no_secret),
        }
    }

    /// Like [`find`](Self::find), for what a secret that is scheduled for deletion refuses.
    pub fn find_live(&self, secret_id: &str) -> Result<Secret, Fault> {
        let secret = self.find(secret_id)?;
        match secret.deleted_at {
            None => Ok(secret),
            Some(_) => Err(Fault::marked_for_deletion()),
        }
    }

    /// Like [`find_live`](Self::find_live), for what a replica refuses.
    pub fn find_writable(&self, secret_id: &str) -> Result<Secret, Fault> {
        let secret = self.find_live(secret_id)?;
        self.check_primary(&secret)?;
        Ok(secret)
    }

    pub fn check_primary(&self, secret: &Secret) -> Result<(), Fault> {
        match secret.primary_region.as_deref() {
            Some(primary) if primary != self.region => Err(Fault::invalid_parameter(
                "Operation not permitted on a replica secret. Call must be made in primary secret's region.",
            )),
            _ => Ok(()),
        }
    }

    pub fn with_arn(&self, arn: &str) -> Result<Option<Secret>, Fault> {
        let sql = "SELECT * FROM secret WHERE arn = ?1 AND (purge_at IS NULL OR purge_at > ?2)";
        let found =
            self.work.prepare_cached(sql)?.query_row(params![arn, self.now], Secret::read).optional()?;
        found.map(|secret| self.checked(secret)).transpose()
    }

    /// Inserts the secret and returns its id; that of `secret` is not looked at. No id is taken that has a MAC: a secret
    /// that somebody removed from the file stays missing in the tally.
    pub fn insert(&self, secret: &Secret) -> rusqlite::Result<i64> {
        let sql = "INSERT INTO secret (id, account, region, name, arn, description, kms_key_id, partner_type, tags,
                created_at, changed_at, accessed_on, deleted_at, purge_at, owning_service, primary_region, replicas)
            VALUES (1 + max(coalesce((SELECT max(id) FROM secret), 0),
                    coalesce((SELECT max(secret_id) FROM secret_mac), 0)),
                ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16)";
        self.work.prepare_cached(sql)?.insert(params![
            self.account,
            self.region,
            secret.name,
            secret.arn,
            secret.description,
            secret.kms_key_id,
            secret.partner_type,
            secret.tags.as_ref().map(Json),
            secret.created_at,
            secret.changed_at,
            secret.accessed_on,
            secret.deleted_at,
            secret.purge_at,
            secret.owning_service,
            secret.primary_region,
            secret.replicas.as_ref().map(Json),
        ])
    }

    /// Writes what can change of a secret.
    pub fn update(&self, secret: &Secret) -> rusqlite::Result<()> {
        let sql = "UPDATE secret SET description = ?2, kms_key_id = ?3, partner_type = ?4, tags = ?5,
                changed_at = ?6, accessed_on = ?7, deleted_at = ?8, purge_at = ?9 WHERE id = ?1";
        self.work.prepare_cached(sql)?.execute(params![
            secret.id,
            secret.description,
            secret.kms_key_id,
            secret.partner_type,
            secret.tags.as_ref().map(Json),
            secret.changed_at,
            secret.accessed_on,
            secret.deleted_at,
            secret.purge_at,
        ])?;
        Ok(())
    }

    /// Deletes a secret with its versions, for good.
    pub fn remove(&self, secret: &Secret) -> rusqlite::Result<()> {
        self.work.prepare_cached("DELETE FROM secret WHERE id = ?1")?.execute([secret.id])?;
        Ok(())
    }

    /// Deletes every secret, in any Region, whose recovery window has ended.
    pub fn purge(&self) -> Result<(), Fault> {
        let mut query = self.work.prepare_cached("SELECT * FROM secret WHERE purge_at <= ?1")?;
        let due: Vec<Secret> = query.query_map([self.now], Secret::read)?.collect::<rusqlite::Result<_>>()?;
        for secret in due {
            self.check(&secret)?;
            self.remove(&secret)?;
        }
        Ok(())
    }
}

impl Secret {
    pub fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        let json = |tags: Option<Json<_>>| tags.map(|Json(tags)| tags);
        let replicas = row.get::<_, Option<Json<Vec<Replica>>>>("replicas")?.map(|Json(list)| list);
        Ok(Self {
            id: row.get("id")?,
            name: row.get("name")?,
            arn: row.get("arn")?,
            description: row.get("description")?,
            kms_key_id: row.get("kms_key_id")?,
            partner_type: row.get("partner_type")?,
            tags: json(row.get("tags")?),
            created_at: row.get("created_at")?,
            changed_at: row.get("changed_at")?,
            accessed_on: row.get("accessed_on")?,
            deleted_at: row.get("deleted_at")?,
            purge_at: row.get("purge_at")?,
            owning_service: row.get("owning_service")?,
            primary_region: row.get("primary_region")?,
            replicas,
        })
    }
}

impl Searchable for Secret {
    fn name(&self) -> &str {
        &self.name
    }

    fn description(&self) -> Option<&str> {
        self.description.as_deref()
    }

    fn tags(&self) -> &[Tag] {
        self.tags.as_deref().unwrap_or_default()
    }

    fn primary_region(&self) -> Option<&str> {
        self.primary_region.as_deref()
    }

    fn owning_service(&self) -> Option<&str> {
        self.owning_service.as_deref()
    }
}

/// What a SecretId says.
pub enum SecretId<'a> {
    Name(&'a str),
    Arn(Arn),
}

/// AWS refuses every SecretId that is neither a name nor an ARN of a secret in the same words.
pub fn parse_secret_id(text: &str) -> Result<SecretId<'_>, Fault> {
    let invalid = || Fault::validation(AWS_INVALID_NAME);
    if !text.starts_with("arn:") {
        return check_name(text).map(|()| SecretId::Name(text)).map_err(|_| invalid());
    }
    let arn = Arn::parse(text).ok_or_else(invalid)?;
    let name = arn.secret_name().ok_or_else(invalid)?;
    check_name(name).map_err(|_| invalid())?;
    Ok(SecretId::Arn(arn))
}
