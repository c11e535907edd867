//! The tally of a vault: the sum of what it holds, and its generation, which grows by one with each change. It is sealed,
//! so that a secret that was removed, or put back with its former MAC, is found.

use rusqlite::{Connection, OptionalExtension, TransactionBehavior, params};

use super::macs::{self, MacBytes, MacKeys};
use crate::fault::Fault;

/// What was changed by the transaction under way. No write can forget to say so. A statement that replaces a row deletes
/// the former one, which its trigger has to see. Nothing is unique here: what a statement does on a conflict, its triggers
/// do too.
const CHANGED: &str = "
PRAGMA temp_store = memory;
PRAGMA recursive_triggers = on;
CREATE TEMP TABLE changed (secret_id INTEGER NOT NULL);
";

/// The tables that a secret is made of, each with the column that names the secret.
const WATCHED: [(&str, &str); 4] =
    [("secret", "id"), ("version", "secret_id"), ("stage", "secret_id"), ("rotation", "secret_id")];

/// Names of changed secrets that are told.
const MAX_TOLD: usize = 3;

#[derive(Debug, Clone, PartialEq, Eq)]
struct Tally {
    generation: u64,
    /// When it was changed last, in milliseconds since 1970.
    changed_at: i64,
    sum: MacBytes,
}

/// What the whole of a vault looks like.
#[derive(Debug, Default)]
pub struct Examined {
    pub generation: u64,
    pub changed_at: Option<i64>,
    /// Whether it holds what was written, and nothing else.
    pub is_authentic: bool,
    /// The names of the first secrets that are not what was written.
    pub changed: Vec<String>,
    /// How many others there are.
    pub others: usize,
}

/// Notes from now on which secrets are changed on this connection.
pub fn watch(rows: &Connection) -> rusqlite::Result<()> {
    rows.execute_batch(CHANGED)?;
    for (table, key) in WATCHED {
        let columns = "SELECT group_concat(name) FROM pragma_table_info(?1) WHERE name <> 'accessed_on'";
        let columns: String = rows.query_row(columns, [table], |row| row.get(0))?;
        let note = |row: &str| format!("INSERT INTO changed VALUES ({row}.{key});");
        let (old, new) = (note("old"), note("new"));
        rows.execute_batch(&format!(
            "CREATE TEMP TRIGGER {table}_inserted AFTER INSERT ON main.{table} BEGIN {new} END;
             CREATE TEMP TRIGGER {table}_deleted AFTER DELETE ON main.{table} BEGIN {old} END;
             CREATE TEMP TRIGGER {table}_updated AFTER UPDATE OF {columns} ON main.{table} BEGIN {old} {new} END;"
        ))?;
    }
    Ok(())
}

/// Authenticates what the transaction under way has changed, as its last step. Returns the new generation; `None` if
/// nothing was changed that counts.
pub fn settle(rows: &Connection, keys: &MacKeys, now: i64) -> Result<Option<u64>, Fault> {
    let changed: Vec<i64> = {
        let mut query = rows.prepare_cached("SELECT DISTINCT secret_id FROM temp.changed")?;
        query.query_map([], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?
    };
    if changed.is_empty() {
        return Ok(None);
    }
    let mut tally = load(rows, keys)?.ok_or_else(Fault::tally_changed_outside)?;
    for secret_id in changed {
        if let Some(former) = macs::kept(rows, secret_id)? {
            tally.sum = subtract(tally.sum, keys.element(&former));
        }
        match keys.of_secret(rows, secret_id)? {
            Some(mac) => {
                tally.sum = add(tally.sum, keys.element(&mac));
                keep_mac(rows, secret_id, &mac)?;
            }
            None => {
                let sql = "DELETE FROM secret_mac WHERE secret_id = ?1";
                rows.prepare_cached(sql)?.execute([secret_id])?;
            }
        }
    }
    tally.generation += 1;
    tally.changed_at = now;
    save(rows, keys, &tally)?;
    rows.prepare_cached("DELETE FROM temp.changed")?.execute([])?;
    Ok(Some(tally.generation))
}

/// Authenticates all that is there, as it is, whole or not at all.
pub fn renew(rows: &mut Connection, keys: &MacKeys, generation: u64, now: i64) -> rusqlite::Result<()> {
    let work = rows.transaction_with_behavior(TransactionBehavior::Immediate)?;
    authenticate(&work, keys, generation, now)?;
    work.commit()
}

/// [`renew`] as a part of the transaction under way.
pub fn authenticate(rows: &Connection, keys: &MacKeys, generation: u64, now: i64) -> rusqlite::Result<()> {
    rows.execute("DELETE FROM secret_mac", [])?;
    macs::remove_strays(rows)?;
    let mut tally = Tally { generation, changed_at: now, sum: MacBytes::default() };
    let mut keep = rows.prepare("INSERT INTO secret_mac (secret_id, mac) VALUES (?1, ?2)")?;
    keys.of_all(rows, |secret_id, mac, _| {
        tally.sum = add(tally.sum, keys.element(&mac));
        keep.execute(params![secret_id, mac]).map(drop)
    })?;
    save(rows, keys, &tally)
}

/// Looks at every secret.
pub fn examine(rows: &Connection, keys: &MacKeys) -> rusqlite::Result<Examined> {
    examine_while(rows, keys, || true)
}

/// [`examine`], which asks before each secret whether to go on. An interrupted one is an error.
pub fn examine_while(
    rows: &Connection,
    keys: &MacKeys,
    goes_on: impl Fn() -> bool,
) -> rusqlite::Result<Examined> {
    let mut sum = MacBytes::default();
    let mut examined = Examined::default();
    let is_whole = keys.of_all(rows, |secret_id, mac, is_kept| {
        if !goes_on() {
            let interrupted = rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_INTERRUPT);
            return Err(rusqlite::Error::SqliteFailure(interrupted, None));
        }
        sum = add(sum, keys.element(&mac));
        if is_kept {
            return Ok(());
        }
        if examined.changed.len() == MAX_TOLD {
            examined.others += 1;
        } else {
            let name = "SELECT name FROM secret WHERE id = ?1";
            examined.changed.push(rows.query_row(name, [secret_id], |row| row.get(0))?);
        }
        Ok(())
    })?;
    if let Some(tally) = load(rows, keys)? {
        examined.generation = tally.generation;
        examined.changed_at = Some(tally.changed_at);
        examined.is_authentic = is_whole && examined.changed.is_empty() && tally.sum == sum;
    }
    Ok(examined)
}

fn keep_mac(rows: &Connection, secret_id: i64, mac: &MacBytes) -> rusqlite::Result<()> {
    let sql = "INSERT OR REPLACE INTO secret_mac (secret_id, mac) VALUES (?1, ?2)";
    rows.prepare_cached(sql)?.execute(params![secret_id, mac]).map(drop)
}

/// `None` if there is none that was written under these keys.
fn load(rows: &Connection, keys: &MacKeys) -> rusqlite::Result<Option<Tally>> {
    let sql = "SELECT sealed FROM tally WHERE id = 1";
    let sealed: Option<Vec<u8>> = rows.prepare_cached(sql)?.query_row([], |row| row.get(0)).optional()?;
    let (key, place) = keys.tally_key();
    Ok(sealed.and_then(|sealed| key.open(&place, &sealed).ok()).and_then(|plain| Tally::read(&plain)))
}

fn save(rows: &Connection, keys: &MacKeys, tally: &Tally) -> rusqlite::Result<()> {
    let (key, place) = keys.tally_key();
    let sealed = key.seal(&place, &tally.bytes());
    let sql = "INSERT OR REPLACE INTO tally (id, sealed) VALUES (1, ?1)";
    rows.prepare_cached(sql)?.execute([sealed]).map(drop)
}

impl Tally {
    fn bytes(&self) -> Vec<u8> {
        [&self.generation.to_le_bytes()[..], &self.changed_at.to_le_bytes(), &self.sum].concat()
    }

    fn read(bytes: &[u8]) -> Option<Self> {
        let (generation, rest) = bytes.split_first_chunk()?;
        let (changed_at, sum) = rest.split_first_chunk()?;
        Some(Self {
            generation: u64::from_le_bytes(*generation),
            changed_at: i64::from_le_bytes(*changed_at),
            sum: sum.try_into().ok()?,
        })
    }
}

/// Numbers of 256 bits, the lowest byte first, without what goes beyond.
fn add(a: MacBytes, b: MacBytes) -> MacBytes {
    let mut carry = 0;
    std::array::from_fn(|at| {
        let sum = u16::from(a[at]) + u16::from(b[at]) + carry;
        carry = sum >> 8;
        (sum & 0xFF) as u8
    })
}

fn subtract(a: MacBytes, b: MacBytes) -> MacBytes {
    let mut borrow = false;
    std::array::from_fn(|at| {
        let (less, under) = a[at].overflowing_sub(b[at]);
        let (less, under_again) = less.overflowing_sub(u8::from(borrow));
        borrow = under || under_again;
        less
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_is_added_and_subtracted_again_leaves_the_sum_as_it_was(a: MacBytes, b: MacBytes, c: MacBytes) {
            prop_assert_eq!(subtract(add(a, b), b), a);
            prop_assert_eq!(subtract(add(add(a, b), c), b), add(a, c), "in any order");
        }
    }

    #[test]
    fn a_carry_goes_through_every_byte() {
        let mut one = MacBytes::default();
        one[0] = 1;
        assert_eq!(add([0xFF; 32], one), MacBytes::default());
        assert_eq!(subtract(MacBytes::default(), one), [0xFF; 32]);
    }
}
