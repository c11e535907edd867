//! Short notices of what was done or did not work, and the one action each may offer.

use latchkey_domain::ApiError;
use leptos::prelude::*;

/// How long the notice of a change offers to undo it.
pub const UNDO_SECONDS: u32 = 20;

/// How a notice is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mood {
    Done,
    Failed,
}

/// One notice.
#[derive(Debug, Clone)]
pub struct Toast {
    pub id: u32,
    pub mood: Mood,
    pub text: String,
    /// The words of a button and what it does.
    pub action: Option<(String, Callback<()>)>,
    /// Seconds on the screen; a failure stays until it is dismissed.
    pub seconds: Option<u32>,
}

impl Toast {
    /// Whether its action may be cancelled, and repeated while the notice is shown.
    pub fn is_offer(&self) -> bool {
        self.action.is_some() && self.seconds.is_some()
    }
}

/// The notices in view, oldest first.
#[derive(Clone, Copy)]
pub struct Toasts {
    pub list: RwSignal<Vec<Toast>>,
    next_id: StoredValue<u32>,
}

impl Toasts {
    pub fn new() -> Self {
        Self { list: RwSignal::new(Vec::new()), next_id: StoredValue::new(0) }
    }

    /// Says that something is done.
    pub fn done(self, text: impl Into<String>) {
        self.add(Mood::Done, text.into(), None, Some(6));
    }

    /// Says what is done and offers one action for `seconds`, in place of what was offered before.
    pub fn offer(
        self,
        text: impl Into<String>,
        action: impl Into<String>,
        seconds: u32,
        on_press: Callback<()>,
    ) {
        self.list.update(|list| list.retain(|toast| !toast.is_offer()));
        self.add(Mood::Done, text.into(), Some((action.into(), on_press)), Some(seconds));
    }

    /// Offers one action until it is taken or dismissed.
    pub fn remind(self, text: impl Into<String>, action: impl Into<String>, on_press: Callback<()>) {
        self.add(Mood::Done, text.into(), Some((action.into(), on_press)), None);
    }

    /// Says what failed.
    pub fn failed(self, error: &ApiError) {
        self.add(Mood::Failed, error.message.clone(), None, None);
    }

    /// Says what somebody should know and what nobody asked for. It stays until it is dismissed.
    pub fn warn(self, text: impl Into<String>) {
        self.add(Mood::Failed, text.into(), None, None);
    }

    /// Takes a notice away.
    pub fn dismiss(self, id: u32) {
        self.list.update(|list| list.retain(|toast| toast.id != id));
    }

    fn add(self, mood: Mood, text: String, action: Option<(String, Callback<()>)>, seconds: Option<u32>) {
        let id = self.next_id.get_value();
        self.next_id.set_value(id + 1);
        self.list.update(|list| {
            // The same failure again replaces the old notice instead of piling up.
            list.retain(|toast| !(toast.mood == mood && toast.text == text));
            list.push(Toast { id, mood, text, action, seconds });
        });
    }
}

impl Default for Toasts {
    fn default() -> Self {
        Self::new()
    }
}
