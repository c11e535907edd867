//! One writer for one file, by whatever name it is opened.
#![cfg(unix)]
#![allow(clippy::unwrap_used)]

mod common;

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::sync::Arc;

use common::keyring::{FakeKeyring, by_keyring};
use latchkey_vault::{OpenError, Options, Vault};

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
