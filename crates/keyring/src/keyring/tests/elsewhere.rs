//! Lock files that are gone, planted, unreadable, or of a time before what another folder's program did.

use super::*;

#[test]
fn no_passphrase_is_removed_by_what_is_missing_or_planted() {
    let (entries, folder) = filled(Some(FIRST));
    let plant = || {
        entries.map.lock().unwrap().clear();
        entries.save(SEALING_KEY, Secret::new(vec![9; 32])).unwrap();
    };
    plant();
    let keyring = start(&entries, folder.path());
    assert_eq!(keyring.has_passphrase(), Ok(true), "the file is there, and nothing says that it is over");
    assert_eq!(keyring.unlock(SECOND), Ok(false));
    assert_eq!(keyring.unlock(FIRST), Ok(true));
    assert_eq!(
        keyring.load(SEALING_KEY).unwrap().unwrap().as_slice(),
        secrets()[0].1.as_bytes(),
        "not the planted one"
    );

    let (entries, folder) = filled(Some(FIRST));
    let locked = start(&entries, folder.path());
    entries.map.lock().unwrap().clear();
    entries.save(SEALING_KEY, Secret::new(vec![9; 32])).unwrap();
    std::fs::remove_file(folder.path().join(LOCK_FILE)).unwrap();
    let lost = KeyringProblem::LockMissing { file: folder.path().join(LOCK_FILE) };
    for passphrase in [FIRST, SECOND] {
        assert_eq!(locked.unlock(passphrase), Err(lost.clone()), "nothing says that it was removed");
    }
}

#[test]
fn a_program_whose_passphrase_was_changed_elsewhere_saves_nothing_under_the_former_one() {
    let (entries, folder) = filled(Some(FIRST));
    let other = tempfile::tempdir().unwrap();
    let running = start(&entries, other.path());
    assert_eq!((running.has_passphrase(), running.unlock(FIRST)), (Ok(true), Ok(true)));
    let changing = start(&entries, folder.path());
    changing.unlock(FIRST).unwrap();
    changing.set_passphrase(Some(SECOND)).unwrap();

    let new = Secret::new(b"fake secret access key 2".to_vec());
    assert_eq!(running.save("connection:new", new), Err(KeyringProblem::Sealed));
    assert_eq!(running.load("vault:one"), Err(KeyringProblem::Sealed), "which is not the same as none");
    assert_eq!(running.set_passphrase(None), Err(KeyringProblem::Sealed));
    let again = start(&entries, other.path());
    assert_eq!(again.has_passphrase(), Ok(true));
    assert_eq!(again.unlock(FIRST), Ok(false), "the former one never counts again");
    assert_eq!(again.unlock(SECOND), Ok(true));
    assert_holds_all(&again, "by the passphrase of now");
    assert_holds_all(&changing, "who changed it is not disturbed");
}

#[test]
fn a_passphrase_that_was_removed_elsewhere_is_not_asked_for_any_more() {
    let (entries, folder) = filled(Some(FIRST));
    let other = tempfile::tempdir().unwrap();
    let locked = start(&entries, other.path());
    assert_eq!(locked.has_passphrase(), Ok(true), "it has the file too");
    let removing = start(&entries, folder.path());
    removing.unlock(FIRST).unwrap();
    removing.set_passphrase(None).unwrap();
    assert!(other.path().join(LOCK_FILE).exists());
    assert_eq!(start(&entries, other.path()).has_passphrase(), Ok(false));
    assert!(!other.path().join(LOCK_FILE).exists(), "the file is over");
    assert_eq!(locked.unlock(SECOND), Ok(true), "nothing is left to be opened by one");
    assert_holds_all(&locked, "bare");
}

#[test]
fn a_lock_file_that_cannot_be_read_is_a_lock_all_the_same() {
    let (entries, folder) = filled(Some(FIRST));
    let file = folder.path().join(LOCK_FILE);
    std::fs::remove_file(&file).unwrap();
    std::fs::create_dir(&file).unwrap();
    let keyring = start(&entries, folder.path());
    assert_eq!(keyring.has_passphrase(), Ok(true), "the copy tells of it");
    assert_eq!(keyring.unlock(SECOND), Ok(false));
    entries.delete(LOCK_COPY).unwrap();
    let keyring = start(&entries, folder.path());
    assert_eq!(keyring.has_passphrase(), Ok(true), "and so does what lies there");
    let PassphraseState::Useless(problem) = keyring.passphrase().unwrap() else {
        panic!("nothing unlocks it")
    };
    assert!(
        matches!(&problem, KeyringProblem::LockFailed { file: told, .. } if *told == file),
        "{problem:?}"
    );
    assert_eq!(keyring.unlock(FIRST), Err(problem));
}
