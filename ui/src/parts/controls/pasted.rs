//! The content of a paste.

use leptos::ev::ClipboardEvent;

/// The text of a paste, with its line ends; empty if there is none.
pub fn pasted_text(event: &ClipboardEvent) -> String {
    event.clipboard_data().and_then(|data| data.get_data("text/plain").ok()).unwrap_or_default()
}
