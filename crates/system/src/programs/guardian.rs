//! The guardian of a program: this very program once more, in a process that starts the other one and ends all that has
//! come from it.

#[cfg(target_os = "linux")]
mod process;

#[cfg(target_os = "linux")]
pub(super) use process::{Answer, GUARDIAN, how_to_stand_guard};

/// Stands guard over a program, and never returns, if this process was started for that. Each program that runs others
/// calls this first of all: before its threads, its files and its arguments.
pub fn stand_guard_if_asked() {
    #[cfg(target_os = "linux")]
    process::stand_guard_if_asked(&[]);
}

/// The same for a program of tests, which has no `main` of its own: `test` is the path of a test that calls this and
/// nothing else, and so does whatever runs programs, before it does.
pub fn stand_guard_in_test(test: &'static str) {
    #[cfg(target_os = "linux")]
    process::stand_guard_if_asked(&["--exact", "--nocapture", test]);
    #[cfg(not(target_os = "linux"))]
    let _ = test;
}
