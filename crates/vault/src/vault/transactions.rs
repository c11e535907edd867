//! Units of work on the open store: writes, one after the other, and reads beside them.

use std::cell::RefCell;
use std::sync::PoisonError;

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
                vault.keep_accesses(call.accesses.take(), call.today_millis());
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

    /// Work that only reads: it waits for no write and no scan, and goes on when the disk is full or takes no writes. What
    /// has to be purged is not there for it. The dates of its accesses are to be noted once its answer was given, if
    /// [there are any](Self::has_accesses_to_note).
    pub(crate) fn read_as<T>(
        &self,
        region: &str,
        only: Option<&str>,
        reader: Reader,
        work: impl FnOnce(&Reading<'_>) -> Result<T, Fault>,
    ) -> Result<T, Fault> {
        self.with_open(|open| open.connections.check_in_place())?;
        work(&Reading { vault: self, region, only, reader })
    }

    fn keep_accesses(&self, accesses: Vec<Access>, day: i64) {
        if !accesses.is_empty() && !self.is_read_only {
            self.accesses.keep(accesses, day);
        }
    }

    /// Whether [`note_accesses`](Self::note_accesses) would note something.
    pub(crate) fn has_accesses_to_note(&self) -> bool {
        self.accesses.are_due()
    }

    /// Notes the accesses that are not noted yet, unless that has to wait for somebody: every write notes them, and the
    /// close. It waits for the disk, so nobody waits for it.
    pub(crate) fn note_accesses(&self) {
        if !self.accesses.begin_noting() {
            return;
        }
        // A vault that is closed has noted them.
        let noted = self.with_open(|open| Ok(self.note_accesses_in(open)));
        self.accesses.end_noting(noted.is_ok_and(|noted| noted.is_err()));
    }

    /// As far as that waits for nobody. Nothing else is written.
    pub(super) fn note_accesses_in(&self, open: &Open) -> Result<(), Fault> {
        if self.accesses.is_empty() {
            return Ok(());
        }
        let note = |rows: &mut Connection| {
            let region = &self.default_region;
            let call = self.begin(open, rows, TransactionBehavior::Immediate, region, None)?;
            let accesses = self.touch(&call)?;
            call.rows.work.commit()?;
            self.accesses.noted(&accesses);
            Ok(())
        };
        let noted = open.connections.write_at_once(note).unwrap_or(Ok(()));
        if let Err(fault) = &noted {
            tracing::warn!(%fault, "the date of an access could not be noted");
        }
        noted
    }

    /// Writes the accesses that are not noted yet; they are once this transaction is committed.
    fn touch(&self, call: &Call<'_>) -> Result<Vec<(Access, i64)>, Fault> {
        let accesses = self.accesses.all();
        for (access, day) in &accesses {
            call.rows.touch(access, *day)?;
        }
        Ok(accesses)
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
        call.rows.purge()?;
        let answer = work(&call)?;
        let accesses = self.touch(&call)?;
        let generation = tally::settle(&call.rows.work, &open.sealer.macs, call.now_millis())?;
        call.rows.work.commit()?;
        self.accesses.noted(&accesses);
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
        let (now, macs) = (self.now(), &open.sealer.macs);
        Ok(Call {
            rows: Rows { work, account: &self.account, region, macs, only, now: now.timestamp_millis() },
            sealer: &open.sealer,
            functions: self.functions(),
            may_be_due: &self.may_be_due,
            now,
            accesses: RefCell::default(),
            not_noted: &self.accesses,
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
