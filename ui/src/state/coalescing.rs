//! One request at a time: a request made while another is running is sent when that one returns, once and in its
//! newest form. So there are no request storms, no timers, and responses arrive in order.

use leptos::prelude::*;
use leptos::task::spawn_local;

/// Whether a request is under way.
#[derive(Clone, Copy, Default)]
pub struct Coalescing(StoredValue<Progress>);

impl Coalescing {
    /// Begins a round of `ask` now, or another one when that which is under way is back.
    pub fn run<D: Future<Output = ()> + 'static>(self, ask: impl Fn() -> D + 'static) {
        if self.0.try_update_value(Progress::take) != Some(true) {
            return;
        }
        spawn_local(async move {
            loop {
                ask().await;
                if self.0.try_update_value(Progress::pass) != Some(true) {
                    return;
                }
            }
        });
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Progress {
    #[default]
    Idle,
    Busy,
    /// Something newer waits for the request that is under way.
    BusyAndStale,
}

impl Progress {
    /// Asks for a request; whether it begins now.
    fn take(&mut self) -> bool {
        let begins = *self == Self::Idle;
        *self = if begins { Self::Busy } else { Self::BusyAndStale };
        begins
    }

    /// Ends a request; whether another one follows at once.
    fn pass(&mut self) -> bool {
        let again = *self == Self::BusyAndStale;
        *self = if again { Self::Busy } else { Self::Idle };
        again
    }
}

#[cfg(test)]
mod tests {
    use super::Progress;

    #[test]
    fn a_burst_of_changes_makes_two_requests() {
        let mut progress = Progress::default();
        assert!(progress.take(), "the first change goes out at once");
        for _ in 0..50 {
            assert!(!progress.take(), "nothing goes out while a request is under way");
        }
        assert!(progress.pass(), "the fifty that waited go out as one");
        assert!(!progress.pass(), "and then there is nothing left");
        assert!(progress.take(), "a later change goes out at once again");
    }
}
