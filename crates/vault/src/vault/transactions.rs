//! Units of work on the open store: writes, one after the other, and reads beside them.

use std::cell::RefCell;
use std::collections::HashSet;
use std::sync::{MutexGuard, PoisonError};

use rusqlite::{Connection, TransactionBehavior};

use super::{Open, Vault};
use crate::call::Call;
use crate::fault::Fault;
use crate::store::connections::Reader;
use crate::store::secrets::Rows;
use crate::store::tally;
use crate::store::versions::Access;

/// What one request reads, in a Region.
pub struct Reading<'a> {
    vault: &'a Vault,
    region: &'a str,
    only: Option<&'a str>,
    reader: Reader,
}

impl Reading<'_> {
    /// One transaction: what it reads is of one moment. It has to be short, since a write that was committed meanwhile
    /// is acknowledged only after it.
    pub fn look<T>(&self, work: impl FnOnce(&Call<'_>) -> Result<T, Fault>) -> Result<T, Fault> {
        let Self { vault, region, only, reader } = *self;
        vault.with_open(|open| {
            open.connections.read(reader, |rows| {
                let call = vault.begin(open, rows, TransactionBehavior::Deferred, region, only)?;
                let answer = work(&call)?;
                vault.keep_accesses(call.accesses.take());
                call.rows.work.commit()?;
                Ok(answer)
            })
        })
    }
}

impl Vault {
    /// One unit of work in a Region: kept if it succeeds, undone if not. It waits for the disk.
    pub(crate) fn call<T>(
        &self,
        region: &str,
        work: impl FnOnce(&Call<'_>) -> Result<T, Fault>,
    ) -> Result<T, Fault> {
        self.call_as(region, None, work)
    }

    /// [`call`](Self::call) for somebody who may use only the secret with this ARN.
    pub(crate) fn call_as<T>(
        &self,
        region: &str,
        only: Option<&str>,
        work: impl FnOnce(&Call<'_>) -> Result<T, Fault>,
    ) -> Result<T, Fault> {
        let answer = self.call_alone(region, only, work);
        // Of those who read meanwhile.
        self.note_accesses();
        answer
    }

    fn call_alone<T>(
        &self,
        region: &str,
        only: Option<&str>,
        work: impl FnOnce(&Call<'_>) -> Result<T, Fault>,
    ) -> Result<T, Fault> {
        self.with_open(|open| {
            let (answer, generation) =
                open.connections.write(|rows| self.write(open, rows, region, only, work))?;
            // It is in the file by now.
            if let Some((counter, generation)) = open.counter.as_ref().zip(generation) {
                counter.reach(generation);
            }
            Ok(answer)
        })
    }

    /// Work that only reads, which waits for no write and no scan, and goes on when the disk is full or takes no writes.
    /// The dates of its accesses are noted afterwards, if they can be.
    pub(crate) fn read_as<T>(
        &self,
        region: &str,
        only: Option<&str>,
        reader: Reader,
        work: impl FnOnce(&Reading<'_>) -> Result<T, Fault>,
    ) -> Result<T, Fault> {
        if let Err(fault) = self.purge_if_due() {
            tracing::warn!(%fault, "what has to be purged stays until the vault can be written");
        }
        self.with_open(|open| open.connections.check_in_place())?;
        let answer = work(&Reading { vault: self, region, only, reader })?;
        self.note_accesses();
        Ok(answer)
    }

    /// Waits for a write under way, so that nobody is shown a secret after the end of its recovery window.
    fn purge_if_due(&self) -> Result<(), Fault> {
        if self.is_read_only {
            return Ok(());
        }
        let region = &self.default_region;
        let reading = Reading { vault: self, region, only: None, reader: Reader::Lookup };
        if reading.look(|call| Ok(call.rows.is_purge_due(call.now_millis())?))? {
            self.call_alone(region, None, |_| Ok(()))?;
        }
        Ok(())
    }

    fn keep_accesses(&self, accesses: Vec<Access>) {
        if !accesses.is_empty() && !self.is_read_only {
            let keys = accesses.into_iter().map(|access| (access.secret_id, access.version_id));
            self.lock_accesses().extend(keys);
        }
    }

    /// Notes the accesses that are not noted yet, unless that has to wait for somebody: they look afterwards.
    pub(super) fn note_accesses(&self) {
        if self.lock_accesses().is_empty() {
            return;
        }
        // A vault that is closed has noted them.
        let _ = self.with_open(|open| {
            self.note_accesses_in(open);
            Ok(())
        });
    }

    pub(super) fn note_accesses_in(&self, open: &Open) {
        if self.lock_accesses().is_empty() {
            return;
        }
        let write = |rows: &mut Connection| self.write(open, rows, &self.default_region, None, |_| Ok(()));
        if let Some(Err(fault)) = open.connections.write_at_once(write) {
            self.lock_accesses().clear();
            tracing::warn!(%fault, "the date of an access could not be noted");
        }
    }

    fn lock_accesses(&self) -> MutexGuard<'_, HashSet<(i64, String)>> {
        self.accesses.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Purges first what is due, and at its end notes who read what and authenticates what was changed. Returns the new
    /// generation with the answer.
    fn write<T>(
        &self,
        open: &Open,
        rows: &mut Connection,
        region: &str,
        only: Option<&str>,
        work: impl FnOnce(&Call<'_>) -> Result<T, Fault>,
    ) -> Result<(T, Option<u64>), Fault> {
        let call = self.begin(open, rows, TransactionBehavior::Immediate, region, only)?;
        call.rows.purge(call.now_millis())?;
        let answer = work(&call)?;
        let accesses = std::mem::take(&mut *self.lock_accesses());
        for (secret_id, version_id) in accesses {
            call.rows.touch(&Access { secret_id, version_id }, call.today_millis())?;
        }
        let generation = tally::settle(&call.rows.work, &open.sealer.macs, call.now_millis())?;
        call.rows.work.commit()?;
        Ok((answer, generation))
    }

    fn begin<'a>(
        &'a self,
        open: &'a Open,
        rows: &'a mut Connection,
        behavior: TransactionBehavior,
        region: &'a str,
        only: Option<&'a str>,
    ) -> Result<Call<'a>, Fault> {
        let work = rows.transaction_with_behavior(behavior)?;
        Ok(Call {
            rows: Rows { work, account: &self.account, region, macs: &open.sealer.macs, only },
            sealer: &open.sealer,
            functions: self.functions(),
            may_be_due: &self.may_be_due,
            now: self.now(),
            accesses: RefCell::default(),
        })
    }

    /// Keeps the vault open meanwhile.
    pub(super) fn with_open<T>(&self, work: impl FnOnce(&Open) -> Result<T, Fault>) -> Result<T, Fault> {
        self.closing.check()?;
        let open = self.open.read().unwrap_or_else(PoisonError::into_inner);
        work(open.as_ref().ok_or_else(Fault::vault_closed)?)
    }

    /// From now on the store refuses every write, like a disk that is full.
    #[cfg(test)]
    pub(crate) fn refuse_writes(&self) -> Result<(), Fault> {
        self.with_open(|open| Ok(open.connections.refuse_writes()?))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::fs;

    use latchkey_domain::secret_text::SecretInput;

    use super::*;
    use crate::seed::Seed;
    use crate::vault::{KeySource, Options};

    const REGION: &str = "us-east-1";

    #[cfg(unix)]
    #[test]
    fn a_request_that_has_begun_reads_nothing_of_what_took_the_place_of_the_file() {
        let home = tempfile::tempdir().unwrap();
        let key = KeySource::Passphrase(SecretInput::new("fake passphrase"));
        let vault = Vault::open_blocking(Options::folder(home.path(), key, "a test")).unwrap();
        let (file, copy) = (home.path().join("vault.db"), home.path().join("copy.db"));
        fs::copy(&file, &copy).unwrap();
        assert!(vault.seed(REGION, Seed { name: "a".into(), ..Seed::default() }).unwrap());
        let is_there = |call: &Call<'_>| Ok(call.rows.named("a")?.is_some());
        let read = vault.read_as(REGION, None, Reader::Lookup, |reading| {
            reading.look(|call| {
                assert!(is_there(call)?);
                fs::rename(&copy, &file).unwrap();
                // The connection that was open is in use, so that this look needs another one.
                let other = reading.look(is_there);
                Ok((is_there(call)?, other))
            })
        });
        assert_eq!(read.unwrap(), (true, Err(Fault::vault_file_gone())));
    }
}
