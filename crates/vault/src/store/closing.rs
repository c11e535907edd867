//! The end of a vault: nobody waits any longer, neither for a turn nor for another program, and what runs long is
//! interrupted.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use rusqlite::{Connection, InterruptHandle};

use crate::fault::{Fault, FaultCode};

/// How long is waited for another program that uses the file. The connections of this one use it for an instant.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);
/// Between two looks whether the other program has ended.
const BUSY_PAUSE: Duration = Duration::from_millis(5);

/// Whether a vault is being closed. All its connections know of it.
#[derive(Default)]
pub struct Closing {
    has_begun: AtomicBool,
    connections: Mutex<Vec<InterruptHandle>>,
}

impl Closing {
    /// From now on nothing is begun or waited for.
    pub fn begin(&self) {
        self.has_begun.store(true, Ordering::SeqCst);
    }

    pub fn has_begun(&self) -> bool {
        self.has_begun.load(Ordering::SeqCst)
    }

    /// An error once it has begun.
    pub fn check(&self) -> Result<(), Fault> {
        if self.has_begun() { Err(Fault::vault_closed()) } else { Ok(()) }
    }

    /// The reason for what was cut off by the end.
    pub fn explain(&self, fault: Fault) -> Fault {
        let is_cut_off = fault.code == FaultCode::InternalServiceError && self.has_begun();
        if is_cut_off { Fault::vault_closed() } else { fault }
    }

    /// Ends the statements that run. One that begins between two calls needs the next one.
    pub fn interrupt(&self) {
        self.lock().iter().for_each(InterruptHandle::interrupt);
    }

    /// Lets a connection wait for another program: while it is `patient`, for a time, and not at the end.
    pub fn watch(self: &Arc<Self>, rows: &mut Connection, patient: Arc<AtomicBool>) -> rusqlite::Result<()> {
        self.lock().push(rows.get_interrupt_handle());
        let closing = self.clone();
        let mut since = Instant::now();
        rows.busy_handler(Some(move |tries| {
            if tries == 0 {
                since = Instant::now();
            }
            let goes_on =
                patient.load(Ordering::SeqCst) && !closing.has_begun() && since.elapsed() < BUSY_TIMEOUT;
            if goes_on {
                thread::sleep(BUSY_PAUSE);
            }
            goes_on
        }))
    }

    fn lock(&self) -> MutexGuard<'_, Vec<InterruptHandle>> {
        self.connections.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
