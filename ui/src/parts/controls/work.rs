//! The action of a button: runs asynchronously, once at a time.

use std::pin::Pin;

use leptos::ev::SubmitEvent;
use leptos::prelude::*;
use leptos::task::spawn_local;

/// Work that takes its time, made anew for each press.
#[derive(Clone, Copy)]
pub struct Work(Callback<(), Pin<Box<dyn Future<Output = ()>>>>);

impl<W, D> From<W> for Work
where
    W: Fn() -> D + Send + Sync + 'static,
    D: Future<Output = ()> + 'static,
{
    fn from(work: W) -> Self {
        Self(Callback::new(move |()| Box::pin(work()) as Pin<Box<_>>))
    }
}

impl Work {
    /// Begins unless it is under way; `busy` until it is done.
    pub fn begin(self, busy: RwSignal<bool>) {
        if busy.get_untracked() {
            return;
        }
        busy.set(true);
        let done = self.0.run(());
        spawn_local(async move {
            done.await;
            // What it did may have taken the control away.
            busy.try_set(false);
        });
    }
}

/// For `on:submit`: begins the work of a form, in place of what the browser would send.
pub fn submits(work: impl Into<Work>) -> impl Fn(SubmitEvent) + 'static {
    let (work, busy) = (work.into(), RwSignal::new(false));
    move |event| {
        event.prevent_default();
        work.begin(busy);
    }
}
