//! Which dialog stands over the window: at most one.

use leptos::prelude::*;

/// The dialogs that are opened by name; those of one object live with their pane.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sheet {
    AddAccessKey,
    Connections,
    CreateSecret,
    Journal,
    Keys,
    OpenSecret,
    RecoveryPassphrase,
    Settings,
}

/// The dialog in view.
#[derive(Clone, Copy)]
pub struct Sheets {
    pub current: RwSignal<Option<Sheet>>,
}

impl Sheets {
    pub fn new() -> Self {
        Self { current: RwSignal::new(None) }
    }

    pub fn open(self, sheet: Sheet) {
        self.current.set(Some(sheet));
    }

    pub fn close(self) {
        self.current.set(None);
    }

    /// Whether `sheet` is in view; tracks.
    pub fn is(self, sheet: Sheet) -> bool {
        self.current.get() == Some(sheet)
    }
}

impl Default for Sheets {
    fn default() -> Self {
        Self::new()
    }
}
