//! What the window knows: signals, and the intents that change them. Only this layer asks the engine.

pub mod access_key_form;
pub mod connections;
pub mod described;
pub mod detail;
pub mod form_failure;
pub mod passphrase_form;
pub mod pasted_key;
pub mod reading;
pub mod secret_form;
pub mod session;
pub mod settings;
pub mod sheet;
pub mod toasts;
pub mod value;

use chrono::{DateTime, Utc};
use leptos::prelude::*;

use detail::Detail;
use session::Session;
use settings::Preferences;
use sheet::Sheets;
use toasts::Toasts;

/// Everything that panes share, given to them through the context.
#[derive(Clone, Copy)]
pub struct State {
    pub session: Session,
    pub detail: Detail,
    pub preferences: Preferences,
    pub sheets: Sheets,
    pub toasts: Toasts,
}

impl State {
    /// Makes the state of one window, with the page's clock; nothing is asked of the engine yet.
    pub fn new(clock: fn() -> DateTime<Utc>) -> Self {
        let toasts = Toasts::new();
        let preferences = Preferences::new(toasts);
        Self {
            session: Session::new(),
            detail: Detail::new(preferences.settings.into(), clock),
            preferences,
            sheets: Sheets::new(),
            toasts,
        }
    }
}

/// The state of the window that the component is in.
pub fn use_state() -> State {
    expect_context()
}
