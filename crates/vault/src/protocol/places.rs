//! Who is connected: a limited number of connections that have signed, and a small allowance for those that have not
//! signed yet, where the oldest makes room for the newest: first one that has sent nothing that claims a known key.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::oneshot;

use crate::fault::{Fault, FaultCode};

/// The places of one server.
#[derive(Debug)]
pub struct Places {
    /// For connections that have signed.
    signed: usize,
    unsigned: usize,
    taken: Mutex<Taken>,
}

/// The connections by their numbers, which count up.
#[derive(Debug, Default)]
struct Taken {
    next: u64,
    signed: BTreeSet<u64>,
    /// Those whose request claims to be signed by a known caller, and is not read to its end yet.
    claiming: BTreeMap<u64, oneshot::Sender<()>>,
    silent: BTreeMap<u64, oneshot::Sender<()>>,
}

/// The place of one connection, free again when it is dropped.
#[derive(Debug)]
pub struct Place {
    number: u64,
    places: Arc<Places>,
}

impl Places {
    pub fn new(signed: usize, unsigned: usize) -> Arc<Self> {
        Arc::new(Self { signed, unsigned: unsigned.max(1), taken: Mutex::default() })
    }

    /// A place for a new connection, and what tells it to leave. If there is none, the connection that has gone longest
    /// without signing loses its own: one that claims nothing, if there is one.
    pub fn enter(self: &Arc<Self>) -> (Place, oneshot::Receiver<()>) {
        let (leave, asked_to_leave) = oneshot::channel();
        let mut taken = self.lock();
        while taken.claiming.len() + taken.silent.len() >= self.unsigned {
            let oldest = taken.silent.pop_first().or_else(|| taken.claiming.pop_first());
            if let Some((_, leave)) = oldest {
                let _ = leave.send(());
            }
        }
        let number = taken.next;
        taken.next += 1;
        taken.silent.insert(number, leave);
        (Place { number, places: self.clone() }, asked_to_leave)
    }

    fn lock(&self) -> MutexGuard<'_, Taken> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Place {
    /// The headers of a request claim that a known caller has signed it. Who sends its body slowly is not crowded out by
    /// those who claim nothing.
    pub fn claim(&self) {
        let mut taken = self.places.lock();
        if let Some(leave) = taken.silent.remove(&self.number) {
            taken.claiming.insert(self.number, leave);
        }
    }

    /// The connection has signed a request: no other can take its place from now on.
    pub fn sign(&self) -> Result<(), Fault> {
        let mut taken = self.places.lock();
        if taken.signed.contains(&self.number) {
            return Ok(());
        }
        let most = self.places.signed;
        if taken.signed.len() >= most {
            return Err(Fault::new(
                FaultCode::ServiceUnavailableException,
                format!("The vault serves at most {most} connections at a time. Close some, then try again."),
            ));
        }
        taken.silent.remove(&self.number);
        taken.claiming.remove(&self.number);
        taken.signed.insert(self.number);
        Ok(())
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut taken = self.places.lock();
        taken.signed.remove(&self.number);
        taken.silent.remove(&self.number);
        taken.claiming.remove(&self.number);
    }
}
