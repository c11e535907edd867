//! Opens, reveals and copies the value of the picked version, and masks it again in time.
//!
//! What counts and what is due is decided in `state::reading`; here are the signals, the engine and the clock.

use chrono::{DateTime, TimeDelta, Utc};
use latchkey_domain::ApiError;
use latchkey_domain::settings::Settings;
use latchkey_domain::value::{CloseValue, Copied, CopyValue, OpenValue, Part, RevealValue, VersionRef};
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::hiding::{hide_on_blur, tick_while};
use super::reading::{Reading, ToClose};
use crate::ipc;

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
    /// the settings say so.
    pub fn keep_time(self) {
        let is_clear = Memo::new(move |_| self.reading.with(Reading::is_anything_clear));
        tick_while(is_clear, move || self.tick());
        hide_on_blur(self.settings, move || self.mask());
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

#[cfg(test)]
mod tests {
    use std::cell::{Cell, RefCell};
    use std::rc::Rc;

    use latchkey_domain::{ConnectionId, Region, Scope};

    use super::*;
    use crate::ipc::host;
    use crate::state::hiding::lose_focus;
    use crate::state::testing::in_window;

    thread_local! {
        static NOW_MS: Cell<i64> = const { Cell::new(0) };
    }

    fn clock() -> DateTime<Utc> {
        DateTime::from_timestamp_millis(NOW_MS.get()).expect("a small number of milliseconds since 1970")
    }

    fn version(id: &str) -> VersionRef {
        VersionRef {
            scope: Scope { connection: ConnectionId::local(), region: Region::from("eu-central-1") },
            secret_id: "arn:aws:secretsmanager:eu-central-1:123456789012:secret:prod/db-AbCdEf".into(),
            version_id: id.into(),
        }
    }

    /// An engine that holds one text value, and the commands it was sent.
    fn engine() -> Rc<RefCell<Vec<String>>> {
        let sent = Rc::new(RefCell::new(Vec::new()));
        let log = sent.clone();
        host::answer_with(move |name, _| {
            log.borrow_mut().push(name.to_owned());
            let answer = match name {
                "open_value" => {
                    r#"{"version_id":"v1","stages":[],"size_bytes":9,"layout":{"layout":"text"}}"#.to_owned()
                }
                "reveal_value" => r#"{"revealed":"text","content":"fake-text"}"#.to_owned(),
                "copy_value" => r#"{"clears_after_seconds":30}"#.to_owned(),
                _ => "null".to_owned(),
            };
            async move {
                // An answer takes its time: what is pressed meanwhile comes first.
                tokio::task::yield_now().await;
                Ok(answer)
            }
        });
        sent
    }

    fn picked() -> Value {
        NOW_MS.set(1_000);
        let settings = RwSignal::new(Settings { hide_after_seconds: 60, ..Settings::default() });
        let value = Value::new(settings.into(), clock);
        value.pick(Some(version("v1")));
        value
    }

    fn shown(value: Value) -> Option<String> {
        value.reading.with_untracked(|reading| reading.clear_text(0).map(str::to_owned))
    }

    #[tokio::test]
    async fn picking_a_version_asks_the_engine_for_nothing() {
        in_window(async {
            let sent = engine();
            let value = picked();
            value.pick(Some(version("v2")));
            value.pick(None);
            any_spawner::Executor::tick().await;
            assert!(sent.borrow().is_empty(), "no value is read without a press: {:?}", sent.borrow());
        })
        .await;
    }

    #[tokio::test]
    async fn a_reveal_opens_shows_and_is_closed_after_its_time() {
        in_window(async {
            let sent = engine();
            let value = picked();
            value.reveal(Part::All).await;
            assert_eq!(shown(value).as_deref(), Some("fake-text"), "revealed");
            assert_eq!(value.seconds_left(), Some(60), "the full time is left");
            NOW_MS.set(60_999);
            value.tick();
            assert!(shown(value).is_some(), "a millisecond too early");
            NOW_MS.set(61_000);
            value.tick();
            any_spawner::Executor::tick().await;
            assert_eq!(shown(value), None, "masked in time");
            assert_eq!(
                *sent.borrow(),
                ["open_value", "reveal_value", "close_value"],
                "wiped in the engine too"
            );
        })
        .await;
    }

    #[tokio::test]
    async fn losing_the_focus_masks_only_where_the_settings_say_so() {
        in_window(async {
            engine();
            let settings = RwSignal::new(Settings { hide_on_blur: false, ..Settings::default() });
            let value = Value::new(settings.into(), clock);
            value.pick(Some(version("v1")));
            value.reveal(Part::All).await;
            lose_focus(settings.into(), || value.mask());
            assert!(shown(value).is_some(), "the person wants to read beside another window");
            settings.update(|settings| settings.hide_on_blur = true);
            lose_focus(settings.into(), || value.mask());
            assert_eq!(shown(value), None, "masked");
        })
        .await;
    }

    #[tokio::test]
    async fn a_copy_never_shows_the_value() {
        in_window(async {
            let sent = engine();
            let value = picked();
            let copied =
                value.copy(Part::All).await.expect("a version is picked").expect("the engine copies");
            assert_eq!(copied.clears_after_seconds, 30, "told in the notice");
            assert_eq!(*sent.borrow(), ["copy_value"], "nothing is revealed for it");
            assert_eq!(shown(value), None, "nor shown");
            value.pick(None);
            any_spawner::Executor::tick().await;
            assert_eq!(
                sent.borrow().last().map(String::as_str),
                Some("close_value"),
                "the copy had opened it"
            );
        })
        .await;
    }

    #[tokio::test]
    async fn a_version_left_while_it_opens_is_not_revealed() {
        in_window(async {
            let sent = engine();
            let value = picked();
            tokio::join!(value.reveal(Part::All), async { value.pick(Some(version("v2"))) });
            any_spawner::Executor::tick().await;
            assert_eq!(shown(value), None, "v2 was picked, not asked for");
            assert!(
                !sent.borrow().contains(&"reveal_value".to_owned()),
                "nothing is revealed: {:?}",
                sent.borrow()
            );
        })
        .await;
    }
}
