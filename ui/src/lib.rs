//! The front end of Latchkey: the window's content and its response to keys and clicks.
//!
//! Panes read and change `state`; only `state` asks the engine, through `ipc`. Nothing here depends on AWS or
//! implements a rule:
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
