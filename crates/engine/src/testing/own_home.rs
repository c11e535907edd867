//! A process with a home of its own, for what is looked for in the home of whoever runs the tests.

use std::process::Command;

/// Runs the rest of a test again in a process that has a home of its own; false where this is not that process. `module`
/// is where the test stands.
pub fn in_own_home(module: &str, test: &str) -> bool {
    let inside = "ENGINE_TEST_HOME";
    if std::env::var_os(inside).is_some() {
        return true;
    }
    let home = tempfile::tempdir().unwrap();
    let (_, module) = module.split_once("::").unwrap();
    let mut again = Command::new(std::env::current_exe().unwrap());
    again.args(["--exact", &format!("{module}::{test}")]);
    again.env("HOME", home.path()).env("USERPROFILE", home.path()).env(inside, home.path());
    let output = again.output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && text.contains("1 passed"), "{text}");
    false
}
