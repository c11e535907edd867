//! The theme of the page: the system's, or the one that was chosen.

use leptos::prelude::*;

/// Keeps the page in the chosen theme; None follows the system.
pub fn use_theme(theme: Signal<Option<&'static str>>) {
    Effect::new(move || {
        let Some(root) = document().document_element() else { return };
        let _ = match theme.get() {
            Some(name) => root.set_attribute("data-theme", name),
            None => root.remove_attribute("data-theme"),
        };
    });
}
