//! One writer for one file, by whatever name it is opened.
#![cfg(unix)]
#![allow(clippy::unwrap_used)]

mod common;

use std::fs;
use std::io::{BufRead, BufReader};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;

use common::keyring::{FakeKeyring, by_keyring};
use latchkey_vault::{OpenError, Options, Vault};
use rustix::process::{Pid, Signal, kill_process};

fn open(folder: &Path, keyring: &Arc<FakeKeyring>) -> Result<Arc<Vault>, OpenError> {
    Vault::open_blocking(Options::folder(folder, by_keyring(keyring), "a test"))
}

#[test]
fn a_vault_that_is_open_is_not_opened_again_through_a_symbolic_link() {
    let home = tempfile::tempdir().unwrap();
    let (folder, other) = (home.path().join("a"), home.path().join("b"));
    fs::create_dir(&other).unwrap();
    let keyring = Arc::new(FakeKeyring::default());
    let first = open(&folder, &keyring).unwrap();
    symlink(folder.join("vault.db"), other.join("vault.db")).unwrap();
    assert!(matches!(open(&other, &keyring).unwrap_err(), OpenError::Locked { .. }));
    drop(first);
    drop(open(&other, &keyring).unwrap());
    let beside = fs::read_dir(&other).unwrap().count();
    assert_eq!(beside, 1, "its lock lies beside the file, not beside the link");

    fs::remove_file(folder.join("vault.db")).unwrap();
    let gone = open(&other, &keyring).unwrap_err().to_string();
    assert!(gone.contains("does not exist"), "no new vault takes the place of the link: {gone}");
}

#[test]
fn a_vault_file_with_a_second_name_is_refused_and_nothing_is_laid_beside_it() {
    let home = tempfile::tempdir().unwrap();
    let (folder, other) = (home.path().join("a"), home.path().join("b"));
    fs::create_dir(&other).unwrap();
    let keyring = Arc::new(FakeKeyring::default());
    let first = open(&folder, &keyring).unwrap();
    fs::hard_link(folder.join("vault.db"), other.join("vault.db")).unwrap();
    let told = open(&other, &keyring).unwrap_err().to_string();
    assert!(told.contains("2 names (hard links)") && told.contains("Remove the other"), "{told}");
    assert_eq!(fs::read_dir(&other).unwrap().count(), 1, "no lock beside it");
    assert!(Vault::check(&other.join("vault.db")).is_err(), "nor is it added");
    drop(first);
    fs::remove_file(other.join("vault.db")).unwrap();
    assert!(open(&folder, &keyring).is_ok(), "with one name it opens");
}

#[cfg(target_os = "linux")]
#[test]
fn the_file_itself_is_locked_while_the_vault_is_open() {
    let home = tempfile::tempdir().unwrap();
    let keyring = Arc::new(FakeKeyring::default());
    for what in ["new", "existing"] {
        let vault = open(home.path(), &keyring).unwrap();
        let file = fs::File::open(home.path().join("vault.db")).unwrap();
        assert!(file.try_lock().is_err(), "{what}");
        vault.close_blocking();
        assert!(file.try_lock().is_ok(), "{what}, closed");
    }
}

#[test]
fn nothing_beside_a_vault_is_written_through_a_link() {
    let home = tempfile::tempdir().unwrap();
    let keyring = Arc::new(FakeKeyring::default());
    drop(open(home.path(), &keyring).unwrap());
    let elsewhere = home.path().join("elsewhere");
    for name in ["vault.db.lock", "vault.db.holder.json", "vault.db-wal", "vault.db-shm", "vault.db-journal"]
    {
        let path = home.path().join(name);
        fs::write(&elsewhere, "of somebody").unwrap();
        let _ = fs::remove_file(&path);
        symlink(&elsewhere, &path).unwrap();
        // The note is replaced; what must stay the same file is refused.
        match open(home.path(), &keyring) {
            Ok(_) => assert_eq!(name, "vault.db.holder.json"),
            Err(error) => assert!(error.to_string().contains("it is a symbolic link"), "{name}: {error}"),
        }
        assert_eq!(fs::read(&elsewhere).unwrap(), b"of somebody", "{name}");
        let _ = fs::remove_file(&path);
    }
    fs::remove_file(home.path().join("vault.db")).unwrap();
    symlink(&elsewhere, home.path().join("vault.db.new")).unwrap();
    drop(open(home.path(), &keyring).unwrap());
    assert_eq!(fs::read(&elsewhere).unwrap(), b"of somebody", "a new vault");
}

/// Opens a vault in the program, and closes it; what the program has logged.
fn log_of_serving(folder: &Path) -> String {
    let passphrase = folder.join("passphrase");
    fs::write(&passphrase, "fake passphrase").unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_latchkey-vault"));
    command.arg("serve").arg("--data").arg(folder).arg("--passphrase-file").arg(passphrase);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut ready = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut ready).unwrap();
    kill_process(Pid::from_child(&child), Signal::TERM).unwrap();
    let ended = child.wait_with_output().unwrap();
    assert!(ended.status.success(), "{ready}");
    String::from_utf8(ended.stderr).unwrap()
}

#[test]
fn files_of_a_vault_that_are_open_to_others_are_closed_and_told_once() {
    let home = tempfile::tempdir().unwrap();
    let ours = ["vault.db", "vault.db.lock"].map(|name| home.path().join(name));
    assert!(!log_of_serving(home.path()).contains("open to others"));
    for file in &ours {
        fs::set_permissions(file, fs::Permissions::from_mode(0o644)).unwrap();
    }
    let told = log_of_serving(home.path());
    for file in &ours {
        assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o600, "{}", file.display());
        let line = told.lines().find(|line| line.contains(&format!("path={} ", file.display())));
        assert!(line.is_some_and(|line| line.contains("644")), "{} in {told}", file.display());
    }
    assert!(!log_of_serving(home.path()).contains("open to others"), "once");
}
