//! Who is connected: a limited number of connections that have signed, and a small allowance for those that have not
//! signed yet, where the oldest makes room for the newest.

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
    unsigned: BTreeMap<u64, oneshot::Sender<()>>,
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
    /// without signing loses its own.
    pub fn enter(self: &Arc<Self>) -> (Place, oneshot::Receiver<()>) {
        let (leave, asked_to_leave) = oneshot::channel();
        let mut taken = self.lock();
        while taken.unsigned.len() >= self.unsigned {
            let oldest = taken.unsigned.pop_first();
            if let Some((_, leave)) = oldest {
                let _ = leave.send(());
            }
        }
        let number = taken.next;
        taken.next += 1;
        taken.unsigned.insert(number, leave);
        (Place { number, places: self.clone() }, asked_to_leave)
    }

    fn lock(&self) -> MutexGuard<'_, Taken> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Place {
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
        taken.unsigned.remove(&self.number);
        taken.signed.insert(self.number);
        Ok(())
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut taken = self.places.lock();
        taken.signed.remove(&self.number);
        taken.unsigned.remove(&self.number);
    }
}
