//! Opens, reveals and copies the value of the picked version, and masks it again in time.
//!
//! What counts and what is due is decided in `state::reading`; here are the signals, the engine and the clock.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use latchkey_domain::ApiError;
use latchkey_domain::settings::Settings;
use latchkey_domain::value::{CloseValue, Copied, CopyValue, OpenValue, Part, RevealValue, VersionRef};
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::reading::{Reading, ToClose};
use crate::ipc;

/// How often it is looked whether a revealed part is due.
const TICK: Duration = Duration::from_millis(250);

/// The value in front of the user.
#[derive(Clone, Copy)]
pub struct Value {
    pub reading: RwSignal<Reading>,
    settings: Signal<Settings>,
    now: RwSignal<DateTime<Utc>>,
    clock: fn() -> DateTime<Utc>,
}

impl Value {
    /// Nothing is picked yet.
    pub fn new(settings: Signal<Settings>, clock: fn() -> DateTime<Utc>) -> Self {
        Self { reading: RwSignal::default(), settings, now: RwSignal::default(), clock }
    }

    /// Masks what is due for as long as something is in the clear, and everything when the window loses focus and
    /// the settings say so. The `blur` event counts: without a window manager a window never reports to have focus.
    pub fn keep_time(self) {
        let is_clear = Memo::new(move |_| self.reading.with(Reading::is_anything_clear));
        Effect::new(move |ticking: Option<Option<IntervalHandle>>| {
            if let Some(Some(ticking)) = ticking {
                ticking.clear();
            }
            if !is_clear.get() {
                return None;
            }
            set_interval_with_handle(move || self.tick(), TICK).ok()
        });
        let on_blur = window_event_listener(leptos::ev::blur, move |_| self.lose_focus());
        on_cleanup(move || on_blur.remove());
    }

    /// Seconds until the next part is masked; `None` while nothing is in the clear.
    pub fn seconds_left(self) -> Option<u32> {
        let now = self.now.get();
        self.reading.with(|reading| reading.seconds_left(now))
    }

    /// Masks what is due by now.
    pub fn tick(self) {
        let now = (self.clock)();
        self.now.set(now);
        if self.reading.with_untracked(|reading| reading.seconds_left(now) == Some(0)) {
            self.change(|reading| reading.mask_due(now));
        }
    }

    /// The window lost the focus.
    pub fn lose_focus(self) {
        if self.settings.with_untracked(|settings| settings.hide_on_blur) {
            self.mask();
        }
    }

    /// Turns to a version, or to none. Nothing is read.
    pub fn pick(self, version: Option<VersionRef>) {
        if self.reading.with_untracked(|reading| reading.version() != version.as_ref()) {
            self.change(|reading| reading.pick(version));
        }
    }

    /// Masks everything.
    pub fn mask(self) {
        self.change(Reading::mask);
    }

    /// Masks one part.
    pub fn mask_part(self, index: usize) {
        self.change(|reading| reading.mask_part(index));
    }

    /// Reads the picked version into the engine, so that its keys can be shown. True if they came and are still
    /// wanted.
    pub async fn open(self) -> bool {
        let Some(question) = self.reading.try_update(Reading::ask).flatten() else { return false };
        let answer = ipc::call(OpenValue { version: question.version.clone() }).await;
        self.change(|reading| reading.take_shape(&question, answer));
        self.reading.with_untracked(|reading| reading.shape.is_some() && reading.awaits(&question))
    }

    /// Shows a part in the clear until its time is over; opens the version first if it is not.
    pub async fn reveal(self, part: Part) {
        if self.reading.with_untracked(|reading| reading.shape.is_none()) && !self.open().await {
            return;
        }
        let Some(question) = self.reading.try_update(Reading::ask).flatten() else { return };
        let answer = ipc::call(RevealValue { version: question.version.clone(), part }).await;
        let now = (self.clock)();
        let hide_after = self.settings.with_untracked(|settings| settings.hide_after_seconds);
        self.now.set(now);
        let hides_at = now + TimeDelta::seconds(hide_after.into());
        self.change(|reading| reading.take_part(&question, part, answer, hides_at));
    }

    /// Puts a part on the clipboard, past the window. None if no version is picked.
    pub async fn copy(self, part: Part) -> Option<Result<Copied, ApiError>> {
        let question = self.reading.try_update(Reading::ask).flatten()?;
        let answer = ipc::call(CopyValue { version: question.version.clone(), part }).await;
        self.change(|reading| reading.take_copied(&question));
        Some(answer)
    }

    fn change(self, change: impl FnOnce(&mut Reading) -> Option<ToClose>) {
        if let Some(Some(ToClose(version))) = self.reading.try_update(change) {
            // A version that cannot be closed is gone with its connection.
            spawn_local(async move { drop(ipc::call(CloseValue { version }).await) });
        }
    }
}
