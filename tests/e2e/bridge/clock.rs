//! A clock that follows the wall and can be put forward.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use latchkey_engine::{BoxFuture, Clock};
use tokio::sync::watch;

pub struct ManualClock {
    ahead: watch::Sender<TimeDelta>,
}

impl ManualClock {
    pub fn new() -> Arc<Self> {
        Arc::new(Self { ahead: watch::Sender::new(TimeDelta::zero()) })
    }

    /// Puts the clock forward, or back; whoever sleeps past the new time wakes.
    pub fn advance(&self, seconds: i32) {
        self.ahead.send_modify(|ahead| *ahead += TimeDelta::seconds(seconds.into()));
    }
}

impl Clock for ManualClock {
    fn now(&self) -> DateTime<Utc> {
        Utc::now() + *self.ahead.borrow()
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
        let mut ahead = self.ahead.subscribe();
        let deadline = self.now() + duration;
        Box::pin(async move {
            loop {
                let now = Utc::now() + *ahead.borrow_and_update();
                let Ok(left) = (deadline - now).to_std() else { return };
                tokio::select! {
                    () = tokio::time::sleep(left) => {}
                    _ = ahead.changed() => {}
                }
            }
        })
    }
}
