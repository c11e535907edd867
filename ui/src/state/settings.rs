//! What the person has set, kept by the engine.

use latchkey_domain::settings::{LoadSettings, SaveSettings, Settings};
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::toasts::Toasts;
use crate::ipc;

/// The settings in force.
#[derive(Clone, Copy)]
pub struct Preferences {
    pub settings: RwSignal<Settings>,
    pub loaded: RwSignal<bool>,
    saving: StoredValue<Saving>,
    toasts: Toasts,
}

/// At most one save is under way; what changes meanwhile goes out in the next.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Saving {
    Idle,
    Busy,
    BusyAndStale,
}

impl Preferences {
    pub fn new(toasts: Toasts) -> Self {
        Self {
            settings: RwSignal::new(Settings::default()),
            loaded: RwSignal::new(false),
            saving: StoredValue::new(Saving::Idle),
            toasts,
        }
    }

    /// Reads the settings; the defaults stand if they cannot be read.
    pub async fn load(self) {
        match ipc::call(LoadSettings {}).await {
            Ok(settings) => self.settings.set(settings),
            Err(error) => self.toasts.failed(&error),
        }
        self.loaded.set(true);
    }

    /// Changes the settings at once and keeps them.
    pub fn change(self, edit: impl FnOnce(&mut Settings)) {
        self.settings.update(edit);
        match self.saving.get_value() {
            Saving::Idle => {
                self.saving.set_value(Saving::Busy);
                spawn_local(self.save());
            }
            Saving::Busy | Saving::BusyAndStale => self.saving.set_value(Saving::BusyAndStale),
        }
    }

    async fn save(self) {
        loop {
            let sent = self.settings.get_untracked();
            if let Err(error) = ipc::call(SaveSettings { settings: sent }).await {
                self.toasts.failed(&error);
            }
            if self.saving.get_value() != Saving::BusyAndStale {
                return self.saving.set_value(Saving::Idle);
            }
            self.saving.set_value(Saving::Busy);
        }
    }
}
