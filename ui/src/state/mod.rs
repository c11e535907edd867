//! What the window knows: signals, and the intents that change them. Only this layer asks the engine.

pub mod session;
pub mod settings;
pub mod sheet;
pub mod toasts;

use leptos::prelude::*;

use session::Session;
use settings::Preferences;
use sheet::Sheets;
use toasts::Toasts;

/// Everything that panes share, given to them through the context.
#[derive(Clone, Copy)]
pub struct State {
    pub session: Session,
    pub preferences: Preferences,
    pub sheets: Sheets,
    pub toasts: Toasts,
}

impl State {
    /// Makes the state of one window; nothing is asked of the engine yet.
    pub fn new() -> Self {
        let toasts = Toasts::new();
        Self {
            session: Session::new(),
            preferences: Preferences::new(toasts),
            sheets: Sheets::new(),
            toasts,
        }
    }
}

impl Default for State {
    fn default() -> Self {
        Self::new()
    }
}

/// The state of the window that the component is in.
pub fn use_state() -> State {
    expect_context()
}
