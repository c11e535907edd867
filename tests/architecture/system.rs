//! Files are written, and programs are run, in one place: `crates/system`.

use super::layers::code_of;
use super::{assert_none, files};

/// Where something else writes or runs by itself, which is its own business: tests, and the programs that build Latchkey.
const SHIPPED: [&str; 6] = [
    "crates/domain/src",
    "crates/engine/src",
    "crates/keyring/src",
    "crates/sealing/src",
    "crates/vault/src",
    "src-tauri",
];

/// `path: word` of each of these words in what is shipped, but for the allowed pairs.
fn uses(words: &[&str], allowed: &[(&str, &str)]) -> Vec<String> {
    let mut found = Vec::new();
    for path in SHIPPED.iter().flat_map(|folder| files(folder, &["rs"])) {
        let is_test = path.contains("/tests") || path.contains("/testing") || path.ends_with("build.rs");
        let code = if is_test { String::new() } else { code_of(&path) };
        let used =
            words.iter().filter(|word| code.contains(**word) && !allowed.contains(&(path.as_str(), word)));
        found.extend(used.map(|word| format!("{path}: {word}")));
    }
    found
}

#[test]
fn every_file_is_written_in_one_way() {
    let words = [
        "OpenOptions",
        "File::options",
        "File::create",
        ".persist(",
        "fs::write",
        "fs::copy",
        "fs::rename",
        "fs::hard_link",
        "fs::symlink(",
        "set_permissions",
        "create_dir",
        "DirBuilder",
        "tempfile",
        "Connection::open(",
        "Connection::open_with_flags",
    ];
    let allowed = [
        // The store, which SQLite writes: made beside its place, and moved there once it is whole.
        ("crates/vault/src/store/file.rs", "Connection::open_with_flags"),
        ("crates/vault/src/store/backup.rs", "Connection::open_with_flags"),
        // Its copy, to have it on the disk before it gets its name.
        ("crates/vault/src/store/backup.rs", "File::options"),
        ("crates/vault/src/store/connections.rs", "Connection::open_with_flags"),
    ];
    assert_none("files are written by latchkey_system::files", uses(&words, &allowed));
}

#[test]
fn every_program_is_run_in_one_way() {
    let words = ["Command::new", "CommandWrap", "process::Child"];
    let allowed = [
        // These start Latchkey itself anew, in the same process.
        ("crates/vault/src/environment.rs", "Command::new"),
        ("src-tauri/main.rs", "Command::new"),
    ];
    assert_none("programs are run by latchkey_system::programs", uses(&words, &allowed));
}
