//! The user's settings, stored by the engine.

use latchkey_domain::settings::{LoadSettings, SaveSettings, Settings};
use leptos::prelude::*;

use super::coalescing::Coalescing;
use super::toasts::Toasts;
use crate::ipc;

/// The settings in force.
#[derive(Clone, Copy)]
pub struct Preferences {
    pub settings: RwSignal<Settings>,
    pub loaded: RwSignal<bool>,
    coalescing: Coalescing,
    toasts: Toasts,
}

impl Preferences {
    pub fn new(toasts: Toasts) -> Self {
        Self {
            settings: RwSignal::new(Settings::default()),
            loaded: RwSignal::new(false),
            coalescing: Coalescing::default(),
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
        self.coalescing.run(move || self.save());
    }

    /// Changes made to the file in the meantime apply here too, unless another change is pending.
    fn take_over(self, sent: &Settings, kept: Settings) {
        if self.settings.with_untracked(|now| now == sent && *now != kept) {
            self.settings.set(kept);
        }
    }

    async fn save(self) {
        let settings = self.settings.get_untracked();
        match ipc::call(SaveSettings { settings: settings.clone() }).await {
            Ok(kept) => self.take_over(&settings, kept),
            Err(error) => self.toasts.failed(&error),
        }
    }
}
