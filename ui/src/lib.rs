//! The front end of Latchkey: what is seen in the window and what happens on a key or a click.
//!
//! Panes read and change `state`; only `state` asks the engine, through `ipc`. Nothing here knows AWS or holds a rule:
//! those are the engine's and `latchkey_domain`'s.

pub mod app;
pub mod ipc;
pub mod panes;
pub mod parts;
pub mod state;

/// Mounts the console into the page.
pub fn start() {
    parts::failure::report_panics();
    leptos::mount::mount_to_body(app::App);
}
