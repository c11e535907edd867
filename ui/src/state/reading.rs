//! The value in front of the user: of which version, its masked shape, what is in the clear, and until when.
//!
//! Pure: the clock is a parameter and nothing here calls the engine; `state::value` does both.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use latchkey_domain::ApiError;
use latchkey_domain::value::{Layout, Part, Revealed, ValueShape, VersionRef};

/// The place of a text or binary value, which has no fields.
pub const WHOLE: usize = 0;

/// What is known of the picked version's value. Nothing is, until somebody asks.
#[derive(Default)]
pub struct Reading {
    version: Option<VersionRef>,
    pub shape: Option<ValueShape>,
    pub failure: Option<ApiError>,
    shown: BTreeMap<usize, Shown>,
    /// Questions on their way to the engine.
    asked: usize,
    /// The engine may hold the value.
    held: bool,
    /// Counts the maskings.
    maskings: u32,
}

/// A part in the clear. Without `Debug`, so that it cannot reach a log.
struct Shown {
    text: String,
    hides_at: DateTime<Utc>,
}

/// One question to the engine; its answer counts only until the next masking.
#[derive(Clone)]
pub struct Question {
    pub version: VersionRef,
    maskings: u32,
}

/// A version that the engine must close, because it is no longer shown.
#[derive(Debug, PartialEq, Eq)]
#[must_use = "an open value stays in the engine's memory until it is closed"]
pub struct ToClose(pub VersionRef);

impl Reading {
    pub fn version(&self) -> Option<&VersionRef> {
        self.version.as_ref()
    }

    /// Turns to another version, or to none; the same one stays as it is.
    pub fn pick(&mut self, version: Option<VersionRef>) -> Option<ToClose> {
        if self.version == version {
            return None;
        }
        let left = self.mask();
        self.shape = None;
        self.failure = None;
        self.version = version;
        left
    }

    /// Notes that the engine is asked for something of the picked version.
    pub fn ask(&mut self) -> Option<Question> {
        let version = self.version.clone()?;
        self.asked += 1;
        self.held = true;
        self.failure = None;
        Some(Question { version, maskings: self.maskings })
    }

    /// Takes the shape.
    pub fn take_shape(
        &mut self,
        question: &Question,
        answer: Result<ValueShape, ApiError>,
    ) -> Option<ToClose> {
        if !self.ends(question) {
            return self.too_late(question);
        }
        match answer {
            Ok(shape) => self.shape = Some(shape),
            Err(failure) => self.failure = Some(failure),
        }
        None
    }

    /// Takes a part, in the clear until `hides_at`.
    pub fn take_part(
        &mut self,
        question: &Question,
        part: Part,
        answer: Result<Revealed, ApiError>,
        hides_at: DateTime<Utc>,
    ) -> Option<ToClose> {
        if !self.ends(question) {
            return self.too_late(question);
        }
        match (part, answer) {
            (_, Err(failure)) => self.failure = Some(failure),
            (Part::Field(index), Ok(Revealed::Field(text))) => self.show(index, text, hides_at),
            (_, Ok(Revealed::Fields(texts))) => {
                for (index, text) in texts.into_iter().enumerate() {
                    self.show(index, text, hides_at);
                }
            }
            (_, Ok(Revealed::Field(text) | Revealed::Text(text) | Revealed::Binary(text))) => {
                self.show(WHOLE, text, hides_at);
            }
        }
        None
    }

    /// Takes note that a copy is done; the value itself went elsewhere.
    pub fn take_copied(&mut self, question: &Question) -> Option<ToClose> {
        if self.ends(question) { None } else { self.too_late(question) }
    }

    /// Whether nothing was masked or picked since `question`.
    pub fn awaits(&self, question: &Question) -> bool {
        question.maskings == self.maskings
    }

    fn ends(&mut self, question: &Question) -> bool {
        let counts = self.awaits(question);
        if counts {
            self.asked = self.asked.saturating_sub(1);
        }
        counts
    }

    /// The question may have opened the version again after it was closed.
    fn too_late(&self, question: &Question) -> Option<ToClose> {
        let in_use = self.held && self.version.as_ref() == Some(&question.version);
        (!in_use).then(|| ToClose(question.version.clone()))
    }

    fn show(&mut self, index: usize, text: String, hides_at: DateTime<Utc>) {
        self.shown.insert(index, Shown { text, hides_at });
    }

    pub fn is_asking(&self) -> bool {
        self.asked > 0
    }

    /// The text of a part in the clear.
    pub fn clear_text(&self, index: usize) -> Option<&str> {
        self.shown.get(&index).map(|shown| shown.text.as_str())
    }

    pub fn is_anything_clear(&self) -> bool {
        !self.shown.is_empty()
    }

    /// Whether every part is in the clear.
    pub fn is_all_clear(&self) -> bool {
        let parts = match self.shape.as_ref().map(|shape| &shape.layout) {
            Some(Layout::Fields(fields)) => fields.len(),
            Some(Layout::Text | Layout::Binary) => 1,
            None => return false,
        };
        self.is_anything_clear() && self.shown.len() == parts
    }

    /// Drops everything in the clear and refuses the answers that are still on their way. The shape stays: keys are
    /// no values, and a version never changes.
    pub fn mask(&mut self) -> Option<ToClose> {
        self.shown.clear();
        self.asked = 0;
        self.maskings += 1;
        self.let_go()
    }

    /// Drops one part.
    pub fn mask_part(&mut self, index: usize) -> Option<ToClose> {
        self.shown.remove(&index)?;
        self.close_if_idle()
    }

    /// Drops what is due.
    pub fn mask_due(&mut self, now: DateTime<Utc>) -> Option<ToClose> {
        let before = self.shown.len();
        self.shown.retain(|_, shown| shown.hides_at > now);
        if self.shown.len() == before {
            return None;
        }
        self.close_if_idle()
    }

    fn close_if_idle(&mut self) -> Option<ToClose> {
        if self.shown.is_empty() && self.asked == 0 { self.let_go() } else { None }
    }

    fn let_go(&mut self) -> Option<ToClose> {
        if !std::mem::take(&mut self.held) {
            return None;
        }
        self.version.clone().map(ToClose)
    }

    /// Seconds until the next part is masked, rounded up; `None` while nothing is in the clear.
    pub fn seconds_left(&self, now: DateTime<Utc>) -> Option<u32> {
        let next_at = self.shown.values().map(|shown| shown.hides_at).min()?;
        let left_ms = (next_at - now).num_milliseconds().max(0);
        u32::try_from((left_ms + 999) / 1_000).ok()
    }
}

#[cfg(test)]
mod tests {
    use latchkey_domain::document::{FieldShape, JsonKind};
    use latchkey_domain::{Code, ConnectionId, Region, Scope};

    use super::*;

    fn version(id: &str) -> VersionRef {
        VersionRef {
            scope: Scope { connection: ConnectionId::local(), region: Region::from("eu-central-1") },
            secret_id: "arn:aws:secretsmanager:eu-central-1:123456789012:secret:prod/db-AbCdEf".into(),
            version_id: id.into(),
        }
    }

    fn at_ms(milliseconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp_millis(milliseconds).expect("a small number of milliseconds since 1970")
    }

    fn shape_of(keys: &[&str]) -> ValueShape {
        let field = |key: &&str| FieldShape { key: (*key).into(), kind: JsonKind::String };
        ValueShape {
            version_id: "v1".into(),
            stages: vec!["AWSCURRENT".into()],
            created_at: None,
            size_bytes: 40,
            layout: Layout::Fields(keys.iter().map(field).collect()),
            finding: None,
            notices: Vec::new(),
            fault: None,
        }
    }

    fn picked() -> Reading {
        let mut reading = Reading::default();
        assert_eq!(reading.pick(Some(version("v1"))), None, "nothing was open before");
        reading
    }

    fn asked(reading: &mut Reading) -> Question {
        reading.ask().expect("a version is picked")
    }

    fn with_both_fields_clear(hides_at: DateTime<Utc>) -> Reading {
        let mut reading = picked();
        let question = asked(&mut reading);
        assert_eq!(reading.take_shape(&question, Ok(shape_of(&["user", "password"]))), None, "asked for");
        let question = asked(&mut reading);
        let both = Revealed::Fields(vec!["fake-user".into(), "fake-password".into()]);
        assert_eq!(reading.take_part(&question, Part::All, Ok(both), hides_at), None, "asked for");
        reading
    }

    #[test]
    fn nothing_is_in_the_clear_before_it_was_asked_for() {
        let mut reading = picked();
        assert!(!reading.is_anything_clear(), "a picked version is masked");
        assert!(!reading.is_all_clear(), "an unknown shape is not all clear");
        assert_eq!(reading.seconds_left(at_ms(0)), None, "nothing to count down");
        assert_eq!(reading.pick(None), None, "the engine never held it, so there is nothing to close");
    }

    #[test]
    fn a_revealed_value_is_masked_when_its_time_is_over() {
        let mut reading = with_both_fields_clear(at_ms(60_000));
        assert!(reading.is_all_clear(), "both fields came");
        assert_eq!(reading.mask_due(at_ms(59_999)), None, "a millisecond too early");
        assert_eq!(reading.clear_text(1), Some("fake-password"), "still shown");
        assert_eq!(reading.mask_due(at_ms(60_000)), Some(ToClose(version("v1"))), "the engine closes it too");
        assert_eq!(reading.clear_text(1), None, "the text is no longer in the state");
        assert!(reading.shape.is_some(), "the keys stay: a version never changes");
        assert_eq!(reading.mask_due(at_ms(61_000)), None, "and it is closed once");
    }

    #[test]
    fn the_countdown_starts_with_the_full_time_and_never_goes_below_zero() {
        let reading = with_both_fields_clear(at_ms(60_000));
        assert_eq!(reading.seconds_left(at_ms(0)), Some(60), "the whole minute");
        assert_eq!(reading.seconds_left(at_ms(59_001)), Some(1), "the last second is shown as one");
        assert_eq!(reading.seconds_left(at_ms(70_000)), Some(0), "a late tick after the machine slept");
    }

    #[test]
    fn a_field_revealed_later_keeps_its_own_time() {
        let mut reading = with_both_fields_clear(at_ms(60_000));
        assert_eq!(reading.mask_part(1), None, "the other field is still shown");
        let question = asked(&mut reading);
        let again = Revealed::Field("fake-password".into());
        assert_eq!(reading.take_part(&question, Part::Field(1), Ok(again), at_ms(90_000)), None, "asked for");
        assert_eq!(reading.mask_due(at_ms(60_000)), None, "one field stays");
        assert_eq!(reading.clear_text(0), None, "the first field's time is over");
        assert_eq!(reading.clear_text(1), Some("fake-password"), "the second has 30 s left");
        assert_eq!(reading.seconds_left(at_ms(60_000)), Some(30), "the countdown follows what is shown");
    }

    #[test]
    fn an_answer_that_comes_after_masking_is_dropped_and_closed_again() {
        let mut reading = picked();
        let question = asked(&mut reading);
        assert_eq!(reading.mask(), Some(ToClose(version("v1"))), "the window lost focus");
        let late = Revealed::Text("fake-late".into());
        let closed = reading.take_part(&question, Part::All, Ok(late), at_ms(60_000));
        assert_eq!(closed, Some(ToClose(version("v1"))), "the late read opened it again in the engine");
        assert!(!reading.is_anything_clear(), "nothing may appear");
    }

    #[test]
    fn a_late_answer_never_lands_on_another_version_nor_on_the_same_one_picked_again() {
        let mut reading = picked();
        let question = asked(&mut reading);
        assert_eq!(reading.pick(Some(version("v2"))), Some(ToClose(version("v1"))), "v1 is left");
        assert_eq!(reading.pick(Some(version("v1"))), None, "v2 was never opened");
        let closed = reading.take_shape(&question, Ok(shape_of(&["user"])));
        assert_eq!(closed, Some(ToClose(version("v1"))), "nobody asked since v1 was picked again");
        assert!(reading.shape.is_none(), "the old answer is not shown");
    }

    #[test]
    fn a_late_answer_does_not_close_what_was_asked_for_anew() {
        let mut reading = picked();
        let old = asked(&mut reading);
        assert!(reading.mask().is_some(), "the window lost focus");
        let new = asked(&mut reading);
        assert_eq!(
            reading.take_shape(&old, Ok(shape_of(&["user"]))),
            None,
            "the second question needs it open"
        );
        assert_eq!(reading.take_shape(&new, Ok(shape_of(&["user"]))), None, "in time");
        assert!(reading.shape.is_some(), "and shown");
    }

    #[test]
    fn two_fields_asked_for_at_once_both_come() {
        let mut reading = picked();
        let (first, second) = (asked(&mut reading), asked(&mut reading));
        let user = Revealed::Field("fake-user".into());
        assert_eq!(
            reading.take_part(&first, Part::Field(0), Ok(user), at_ms(60_000)),
            None,
            "the first counts"
        );
        assert!(reading.is_asking(), "the second is on its way");
        assert_eq!(reading.mask_part(0), None, "the engine still needs the version for the second");
        let password = Revealed::Field("fake-password".into());
        assert_eq!(
            reading.take_part(&second, Part::Field(1), Ok(password), at_ms(60_000)),
            None,
            "so does the second"
        );
        assert_eq!(reading.clear_text(1), Some("fake-password"), "and is shown");
    }

    #[test]
    fn a_refused_read_leaves_the_reason_and_can_be_tried_again() {
        let mut reading = picked();
        let question = asked(&mut reading);
        let denied = ApiError::new(Code::AccessDenied, "not allowed");
        assert_eq!(reading.take_shape(&question, Err(denied)), None, "asked for");
        assert!(reading.failure.is_some(), "the reason is shown");
        asked(&mut reading);
        assert!(reading.failure.is_none(), "a new try starts clean");
    }
}
