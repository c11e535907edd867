//! The rows of rotation: settings, dates, and what is under way.

use latchkey_domain::stages::{CURRENT, PENDING};
use rusqlite::{OptionalExtension, Row, params};

use super::secrets::{Rows, Secret};

/// The rotation of a secret as it is kept. Instants are milliseconds since 1970.
#[derive(Debug, Clone)]
pub struct Rotation {
    pub is_enabled: bool,
    pub lambda_arn: String,
    /// As typed, or worked out from the expression; `None` without a schedule.
    pub after_days: Option<i64>,
    pub expression: Option<String>,
    pub duration: Option<String>,
    /// What a rate counts from.
    pub counted_from: i64,
    pub last_rotated_at: Option<i64>,
    /// The next window that nothing was begun in.
    pub next: Option<NextWindow>,
    /// The opening of the first window that was missed since the last rotation.
    pub missed_at: Option<i64>,
    /// The version of the latest rotation, ended or not.
    pub token: Option<String>,
    /// Whether what is under way only tries testSecret on a copy.
    pub is_test: bool,
    /// Tries that failed.
    pub tries: i64,
    /// When the rotation under way is tried; `None` if none is.
    pub try_at: Option<i64>,
    /// The end of the window that it began in, if it began in one.
    pub try_until: Option<i64>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NextWindow {
    pub opens_at: i64,
    pub closes_at: i64,
}

/// A secret, in any Region.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct OneSecret {
    pub region: String,
    pub arn: String,
}

/// Due are open windows and tries whose time has come, of secrets that are not scheduled for deletion.
const DUE: &str = "FROM rotation JOIN secret ON secret.id = rotation.secret_id
    WHERE secret.account = ?1 AND secret.deleted_at IS NULL
        AND (rotation.try_at <= ?2 OR (rotation.is_enabled AND rotation.next_opens_at <= ?2))";

impl Rotation {
    /// An enabled rotation without rules, set up now.
    pub fn new(lambda_arn: String, now: i64) -> Self {
        Self {
            is_enabled: true,
            lambda_arn,
            after_days: None,
            expression: None,
            duration: None,
            counted_from: now,
            last_rotated_at: None,
            next: None,
            missed_at: None,
            token: None,
            is_test: false,
            tries: 0,
            try_at: None,
            try_until: None,
        }
    }

    /// The next date counts from now on, and what was missed is made up for.
    pub fn count(&mut self, now: i64) {
        self.counted_from = now;
        self.missed_at = None;
    }

    /// Whether a rotation, or the test of one, has begun and not ended.
    pub fn is_under_way(&self, token: &str) -> bool {
        self.try_at.is_some() && self.token.as_deref() == Some(token)
    }

    /// Begins: the next try is at once.
    pub fn begin(&mut self, token: &str, is_test: bool, now: i64, until: Option<i64>) {
        self.token = Some(token.to_owned());
        self.is_test = is_test;
        self.tries = 0;
        self.try_at = Some(now);
        self.try_until = until;
    }

    /// Nothing is under way any more.
    pub fn end(&mut self) {
        self.is_test = false;
        self.try_at = None;
        self.try_until = None;
    }

    fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        let next: Option<i64> = row.get("next_opens_at")?;
        let closes_at: Option<i64> = row.get("next_closes_at")?;
        Ok(Self {
            is_enabled: row.get("is_enabled")?,
            lambda_arn: row.get("lambda_arn")?,
            after_days: row.get("after_days")?,
            expression: row.get("expression")?,
            duration: row.get("duration")?,
            counted_from: row.get("counted_from")?,
            last_rotated_at: row.get("last_rotated_at")?,
            next: next.zip(closes_at).map(|(opens_at, closes_at)| NextWindow { opens_at, closes_at }),
            missed_at: row.get("missed_at")?,
            token: row.get("token")?,
            is_test: row.get("is_test")?,
            tries: row.get("tries")?,
            try_at: row.get("try_at")?,
            try_until: row.get("try_until")?,
        })
    }
}

impl Rows<'_> {
    /// The rotation of a secret, if it ever had one.
    pub fn rotation(&self, secret: &Secret) -> rusqlite::Result<Option<Rotation>> {
        let sql = "SELECT * FROM rotation WHERE secret_id = ?1";
        self.work.prepare_cached(sql)?.query_row([secret.id], Rotation::read).optional()
    }

    pub fn save_rotation(&self, secret: &Secret, rotation: &Rotation) -> rusqlite::Result<()> {
        let sql = "INSERT OR REPLACE INTO rotation (secret_id, is_enabled, lambda_arn, after_days, expression, duration,
                counted_from, last_rotated_at, next_opens_at, next_closes_at, missed_at, token, is_test, tries, try_at,
                try_until)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16)";
        self.work.prepare_cached(sql)?.execute(params![
            secret.id,
            rotation.is_enabled,
            rotation.lambda_arn,
            rotation.after_days,
            rotation.expression,
            rotation.duration,
            rotation.counted_from,
            rotation.last_rotated_at,
            rotation.next.map(|window| window.opens_at),
            rotation.next.map(|window| window.closes_at),
            rotation.missed_at,
            rotation.token,
            rotation.is_test,
            rotation.tries,
            rotation.try_at,
            rotation.try_until,
        ])?;
        Ok(())
    }

    /// The version that holds AWSPENDING, unless it is the current one: a rotation has not come to its end.
    pub fn stuck_version(&self, secret: &Secret) -> rusqlite::Result<Option<String>> {
        let Some(pending) = self.holder(secret, PENDING)? else { return Ok(None) };
        let is_current = self.holder(secret, CURRENT)?.as_ref() == Some(&pending);
        Ok((!is_current).then_some(pending))
    }

    /// The secrets, in every Region, for which it is time.
    pub fn due_secrets(&self, now: i64) -> rusqlite::Result<Vec<OneSecret>> {
        let sql = format!("SELECT secret.region, secret.arn {DUE} ORDER BY rotation.secret_id");
        let mut query = self.work.prepare_cached(&sql)?;
        let read = |row: &Row<'_>| Ok(OneSecret { region: row.get(0)?, arn: row.get(1)? });
        query.query_map(params![self.account, now], read)?.collect()
    }

    /// When it is time next, after `now`.
    pub fn next_due_at(&self, now: i64) -> rusqlite::Result<Option<i64>> {
        let sql = "SELECT min(
            coalesce((SELECT min(try_at) FROM rotation WHERE try_at > ?1), 9223372036854775807),
            coalesce((SELECT min(next_opens_at) FROM rotation WHERE is_enabled AND next_opens_at > ?1),
                9223372036854775807))";
        let at: i64 = self.work.prepare_cached(sql)?.query_row([now], |row| row.get(0))?;
        Ok((at != i64::MAX).then_some(at))
    }
}
