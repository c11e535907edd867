//! Entries in memory, which may stop taking changes after any of them, as if the program had been killed.
#![allow(clippy::unwrap_used)]

mod elsewhere;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::*;

const FIRST: &str = "fake first passphrase";
const SECOND: &str = "fake second passphrase";
const CHEAP: Cost = Cost { memory_kib: 64, passes: 1, lanes: 1 };

struct FakeEntries {
    map: Mutex<BTreeMap<String, Vec<u8>>>,
    /// How many changes are still taken.
    changes: AtomicUsize,
}

impl FakeEntries {
    fn new() -> Arc<Self> {
        Arc::new(Self { map: Mutex::default(), changes: AtomicUsize::new(usize::MAX) })
    }

    fn change(&self) -> Result<(), KeyringProblem> {
        let less = |left: usize| left.checked_sub(1);
        let is_taken = self.changes.fetch_update(Ordering::SeqCst, Ordering::SeqCst, less).is_ok();
        if is_taken { Ok(()) } else { Err(KeyringProblem::Broke { words: "killed".into() }) }
    }

    fn names(&self) -> Vec<String> {
        self.map.lock().unwrap().keys().cloned().collect()
    }

    /// Whether any entry holds one of the secrets as it is.
    fn shows_a_secret(&self) -> bool {
        let contains =
            |bytes: &[u8], part: &str| bytes.windows(part.len()).any(|window| window == part.as_bytes());
        let map = self.map.lock().unwrap();
        map.values().any(|bytes| secrets().iter().any(|(_, secret)| contains(bytes, secret)))
    }
}

impl Entries for FakeEntries {
    fn load(&self, account: &str) -> Result<Option<Secret>, KeyringProblem> {
        Ok(self.map.lock().unwrap().get(account).cloned().map(Secret::new))
    }

    fn save(&self, account: &str, secret: Secret) -> Result<(), KeyringProblem> {
        self.change()?;
        self.map.lock().unwrap().insert(account.to_owned(), secret.to_vec());
        Ok(())
    }

    fn delete(&self, account: &str) -> Result<(), KeyringProblem> {
        self.change()?;
        self.map.lock().unwrap().remove(account);
        Ok(())
    }

    fn accounts(&self) -> Result<Vec<String>, KeyringProblem> {
        Ok(self.names())
    }
}

fn secrets() -> [(&'static str, &'static str); 3] {
    [
        (SEALING_KEY, "fake key that has 32 bytes, ever"),
        ("connection:ops", "fake secret access key"),
        ("vault:one", "fake key of a vault"),
    ]
}

/// The keyring as a program finds it that is started now.
fn start(entries: &Arc<FakeEntries>, folder: &Path) -> Keyring {
    let (held, turn) = (Mutex::default(), RwLock::default());
    Keyring { entries: entries.clone(), lock_file: folder.join(LOCK_FILE), cost: CHEAP, held, turn }
}

/// A keyring with entries, sealed if there is a passphrase.
fn filled(passphrase: Option<&str>) -> (Arc<FakeEntries>, tempfile::TempDir) {
    let (entries, folder) = (FakeEntries::new(), tempfile::tempdir().unwrap());
    let keyring = start(&entries, folder.path());
    for (account, secret) in secrets() {
        keyring.save(account, Secret::new(secret.into())).unwrap();
    }
    if passphrase.is_some() {
        keyring.set_passphrase(passphrase).unwrap();
    }
    (entries, folder)
}

fn assert_holds_all(keyring: &Keyring, when: &str) {
    for (account, secret) in secrets() {
        let held = keyring.load(account).unwrap().unwrap_or_else(|| panic!("{account} is gone: {when}"));
        assert_eq!(*held, secret.as_bytes(), "{account}: {when}");
    }
}

#[test]
fn with_a_passphrase_no_entry_holds_a_secret_and_only_the_passphrase_opens_them() {
    let (entries, folder) = filled(None);
    assert!(entries.shows_a_secret(), "bare as long as there is none");
    start(&entries, folder.path()).set_passphrase(Some(FIRST)).unwrap();
    assert!(!entries.shows_a_secret(), "{:?}", entries.names());
    let keyring = start(&entries, folder.path());
    assert_eq!(keyring.has_passphrase(), Ok(true));
    assert_eq!(keyring.load("vault:one"), Err(KeyringProblem::Sealed));
    let new = Secret::new(b"fake secret access key 2".to_vec());
    assert_eq!(
        keyring.save("connection:new", new.clone()),
        Err(KeyringProblem::Sealed),
        "nothing is saved bare"
    );
    assert_eq!(keyring.set_passphrase(None), Err(KeyringProblem::Sealed));
    assert_eq!(keyring.unlock(SECOND), Ok(false));
    assert_eq!(keyring.load("vault:one"), Err(KeyringProblem::Sealed));
    assert_eq!(keyring.unlock(FIRST), Ok(true));
    assert_holds_all(&keyring, "unlocked");
    keyring.save("connection:new", new.clone()).unwrap();
    assert!(!entries.shows_a_secret(), "what is saved later is sealed too");
    assert_eq!(keyring.load("connection:new"), Ok(Some(new)));
    keyring.let_go();
    assert_eq!(keyring.load("connection:new"), Err(KeyringProblem::Sealed), "locked again");
    assert_eq!(keyring.delete("connection:new"), Ok(()), "forgetting needs no passphrase");
    assert_eq!(keyring.unlock(FIRST), Ok(true));
    assert_eq!(keyring.load("connection:new"), Ok(None));
    keyring.set_passphrase(None).unwrap();
    assert_holds_all(&start(&entries, folder.path()), "bare again");
    let left = ["connection:ops", FORMER_LOCKS, "sealing-key", "vault:one"];
    assert_eq!(entries.names(), left, "and nothing else but that there was a lock");
    assert!(!folder.path().join(LOCK_FILE).exists());
}

#[test]
fn whatever_is_deleted_a_passphrase_that_was_set_stays_set() {
    let (all, _folder) = filled(Some(FIRST));
    for name in all.names() {
        let (entries, folder) = filled(Some(FIRST));
        // The names end alike, but for the id of the key.
        let same = |other: &&String| account_in(other) == account_in(&name);
        let names = entries.names();
        entries.delete(names.iter().find(same).unwrap()).unwrap();
        let keyring = start(&entries, folder.path());
        assert_eq!(keyring.has_passphrase(), Ok(true), "without {name}");
        for (account, _) in secrets() {
            assert_eq!(keyring.load(account), Err(KeyringProblem::Sealed), "without {name}");
        }
        assert_eq!(keyring.unlock(FIRST), Ok(true), "without {name}");
        let sealing_key = keyring.load(SEALING_KEY).unwrap();
        assert!(sealing_key.is_some(), "sealed files open with the passphrase alone: without {name}");
    }
    let (entries, folder) = filled(Some(FIRST));
    std::fs::remove_file(folder.path().join(LOCK_FILE)).unwrap();
    let keyring = start(&entries, folder.path());
    assert_eq!(keyring.has_passphrase(), Ok(true), "the keyring has a copy of the file");
    assert_eq!(keyring.passphrase(), Ok(PassphraseState::Set));
    assert_eq!(keyring.unlock(FIRST), Ok(true));
    assert_holds_all(&keyring, "from the copy");

    std::fs::write(folder.path().join(LOCK_FILE), "damaged").unwrap();
    let keyring = start(&entries, folder.path());
    assert_eq!(
        (keyring.has_passphrase(), keyring.unlock(FIRST)),
        (Ok(true), Ok(true)),
        "a damaged one likewise"
    );

    std::fs::remove_file(folder.path().join(LOCK_FILE)).unwrap();
    entries.delete(LOCK_COPY).unwrap();
    let keyring = start(&entries, folder.path());
    assert_eq!(keyring.has_passphrase(), Ok(true), "sealed entries tell of it");
    let lost = KeyringProblem::LockMissing { file: folder.path().join(LOCK_FILE) };
    assert_eq!(keyring.passphrase(), Ok(PassphraseState::Useless(lost.clone())), "told before one is typed");
    assert_eq!(keyring.unlock(FIRST), Err(lost.clone()));
    assert_eq!(keyring.load(SEALING_KEY), Err(lost), "which is not the same as none");
}

#[test]
fn where_all_is_deleted_behind_the_lock_no_passphrase_unlocks() {
    let (entries, folder) = filled(Some(FIRST));
    let keyring = start(&entries, folder.path());
    assert_eq!(keyring.has_passphrase(), Ok(true));
    entries.map.lock().unwrap().clear();
    std::fs::remove_file(folder.path().join(LOCK_FILE)).unwrap();
    let lost = KeyringProblem::LockMissing { file: folder.path().join(LOCK_FILE) };
    for passphrase in [FIRST, SECOND] {
        assert_eq!(keyring.unlock(passphrase), Err(lost.clone()));
    }
}

#[test]
fn what_is_forgotten_before_all_of_a_change_is_done_leaves_nothing_behind() {
    for (before, after) in [(Some(FIRST), None), (Some(FIRST), Some(SECOND)), (None, Some(SECOND))] {
        let (entries, folder) = filled(before);
        let keyring = start(&entries, folder.path());
        if let Some(passphrase) = before {
            keyring.unlock(passphrase).unwrap();
        }
        let files_of_before = std::fs::read(folder.path().join(LOCK_FILE)).ok();
        // What is replaced is still there when the keyring stops taking changes.
        let mut changes = 0;
        while std::fs::read(folder.path().join(LOCK_FILE)).ok() == files_of_before {
            changes += 1;
            entries.changes.store(changes, Ordering::SeqCst);
            keyring.set_passphrase(after).unwrap_err();
        }
        entries.changes.store(usize::MAX, Ordering::SeqCst);
        keyring.delete("connection:ops").unwrap();
        let left: Vec<String> = entries.names();
        assert!(!left.iter().any(|name| account_in(name) == "connection:ops"), "{left:?}");
        let started = start(&entries, folder.path());
        assert_eq!(started.has_passphrase(), Ok(after.is_some()), "{left:?}");
    }
}

#[test]
fn a_program_with_another_folder_saves_nothing_bare_once_all_is_sealed() {
    let (entries, folder) = filled(None);
    let other = tempfile::tempdir().unwrap();
    let running = start(&entries, other.path());
    assert_eq!(running.has_passphrase(), Ok(false));
    start(&entries, folder.path()).set_passphrase(Some(FIRST)).unwrap();
    let new = Secret::new(b"fake secret access key 2".to_vec());
    assert_eq!(running.save("connection:new", new), Err(KeyringProblem::Sealed));
    assert!(!entries.shows_a_secret(), "{:?}", entries.names());
    assert_eq!(running.has_passphrase(), Ok(true), "it has the lock of the other when it asks");
    assert_eq!(running.unlock(FIRST), Ok(true));
    assert_holds_all(&running, "opened elsewhere");
}

#[test]
fn while_it_is_unlocked_a_deleted_file_is_put_back_before_anything_is_saved() {
    let (entries, folder) = filled(Some(FIRST));
    let keyring = start(&entries, folder.path());
    keyring.unlock(FIRST).unwrap();
    std::fs::remove_file(folder.path().join(LOCK_FILE)).unwrap();
    entries.delete(LOCK_COPY).unwrap();
    keyring.save("vault:one", Secret::new(secrets()[2].1.as_bytes().to_vec())).unwrap();
    assert!(!entries.shows_a_secret());
    assert_eq!(start(&entries, folder.path()).unlock(FIRST), Ok(true));
}

/// Does something that is killed after each number of changes in turn; `open` says whether a passphrase is that of before
/// or that of afterwards, of which one has to open everything.
fn killed_at_every_change(
    before: Option<&str>,
    after: Option<&str>,
    make: impl Fn() -> (Arc<FakeEntries>, tempfile::TempDir),
    work: impl Fn(&Keyring) -> Result<(), KeyringProblem>,
) {
    let (mut undone, mut done) = (0, 0);
    // More than it takes.
    for changes in 0..100 {
        let (entries, folder) = make();
        let keyring = start(&entries, folder.path());
        if let Some(passphrase) = before {
            keyring.unlock(passphrase).unwrap();
        }
        entries.changes.store(changes, Ordering::SeqCst);
        let outcome = work(&keyring);
        entries.changes.store(usize::MAX, Ordering::SeqCst);
        let when = format!("{changes} changes, {outcome:?}");

        let keyring = start(&entries, folder.path());
        let is_sealed = keyring.has_passphrase().unwrap();
        if is_sealed && keyring.load(SEALING_KEY) == Err(KeyringProblem::Sealed) {
            assert!(!entries.shows_a_secret(), "before anybody unlocks: {when}");
        }
        let opens = |passphrase: Option<&str>| match passphrase {
            None => !is_sealed,
            Some(passphrase) => is_sealed && start(&entries, folder.path()).unlock(passphrase).unwrap(),
        };
        let (as_before, as_after) = (opens(before), opens(after));
        assert!(as_before != as_after, "one of both: {when}");
        assert!(as_after || outcome.is_err(), "what was answered counts: {when}");
        (undone, done) = (undone + u32::from(as_before), done + u32::from(as_after));
        let counts = if as_after { after } else { before };
        if let Some(passphrase) = counts {
            assert_eq!(keyring.unlock(passphrase), Ok(true), "{when}");
        }
        assert_holds_all(&keyring, &when);
        assert_eq!(entries.shows_a_secret(), counts.is_none(), "{when}");
        let per_account = entries.names().iter().filter(|name| !is_of_lock(name)).count();
        assert_eq!(per_account, secrets().len(), "nothing of the other kind is left: {when}");
        if outcome.is_ok() {
            assert!(
                undone > 2 && done > 2,
                "killed on both sides of the point where it counts: {undone}, {done}"
            );
            return;
        }
    }
    panic!("it never came to its end");
}

#[test]
fn a_kill_at_any_moment_of_setting_changing_or_removing_the_passphrase_leaves_one_state_whole() {
    let set = |passphrase: Option<&'static str>| move |keyring: &Keyring| keyring.set_passphrase(passphrase);
    killed_at_every_change(None, Some(FIRST), || filled(None), set(Some(FIRST)));
    killed_at_every_change(Some(FIRST), Some(SECOND), || filled(Some(FIRST)), set(Some(SECOND)));
    killed_at_every_change(Some(FIRST), None, || filled(Some(FIRST)), set(None));
}

/// What 0.2 left: the key of sealed files is wrapped in its entry, everything else is bare.
fn former() -> (Arc<FakeEntries>, tempfile::TempDir) {
    let (entries, folder) = filled(None);
    let wrapped = r#"{"salt":"00112233445566778899aabbccddeeff","memory_kib":64,"passes":1,"nonce":"NONCE","sealed":"SEALED"}"#;
    let key = {
        let mut key = [0; 32];
        let params = argon2::Params::new(64, 1, 1, None).unwrap();
        let argon2 = argon2::Argon2::new(argon2::Algorithm::Argon2id, argon2::Version::V0x13, params);
        let salt = hex::decode("00112233445566778899aabbccddeeff").unwrap();
        argon2.hash_password_into(FIRST.as_bytes(), &salt, &mut key).unwrap();
        key
    };
    use chacha20poly1305::aead::{Aead, KeyInit, Payload};
    let cipher = chacha20poly1305::XChaCha20Poly1305::new(&key.into());
    let plain = secrets()[0].1.as_bytes();
    let sealed = cipher.encrypt(&[5; 24].into(), Payload { msg: plain, aad: b"latchkey lock v1" }).unwrap();
    let entry = wrapped.replace("NONCE", &hex::encode([5; 24])).replace("SEALED", &hex::encode(sealed));
    entries.save(SEALING_KEY, Secret::new(entry.into_bytes())).unwrap();
    (entries, folder)
}

#[test]
fn a_passphrase_of_before_seals_everything_once_it_is_given() {
    let (entries, folder) = former();
    let keyring = start(&entries, folder.path());
    assert_eq!(keyring.has_passphrase(), Ok(true));
    assert_eq!(keyring.unlock(SECOND), Ok(false));
    assert_eq!(keyring.unlock(FIRST), Ok(true));
    assert_holds_all(&keyring, "sealed now");
    assert!(!entries.shows_a_secret(), "{:?}", entries.names());
    assert_eq!(start(&entries, folder.path()).unlock(FIRST), Ok(true));
}

#[test]
fn a_lock_file_of_before_a_change_of_the_passphrase_brings_the_former_passphrase_not_back() {
    let (entries, folder) = filled(Some(FIRST));
    let file = folder.path().join(LOCK_FILE);
    let older = std::fs::read(&file).unwrap();
    let keyring = start(&entries, folder.path());
    keyring.unlock(FIRST).unwrap();
    keyring.set_passphrase(Some(SECOND)).unwrap();
    std::fs::write(&file, older).unwrap();
    let keyring = start(&entries, folder.path());
    assert_eq!(keyring.has_passphrase(), Ok(true));
    assert_eq!(keyring.unlock(FIRST), Ok(false));
    assert_eq!(keyring.unlock(SECOND), Ok(true));
    assert_holds_all(&keyring, "nothing was deleted for it");
}

#[test]
fn a_lock_file_of_before_the_passphrase_was_removed_brings_it_not_back() {
    let (entries, folder) = filled(Some(FIRST));
    let file = folder.path().join(LOCK_FILE);
    let older = std::fs::read(&file).unwrap();
    let keyring = start(&entries, folder.path());
    keyring.unlock(FIRST).unwrap();
    keyring.set_passphrase(None).unwrap();
    for left in [older.as_slice(), b"damaged"] {
        std::fs::write(&file, left).unwrap();
        let keyring = start(&entries, folder.path());
        assert_eq!(keyring.has_passphrase(), Ok(false));
        assert_holds_all(&keyring, "bare as they were");
        assert!(!file.exists(), "nothing is left that could be asked for");
    }
}

#[test]
fn what_an_older_program_saved_bare_is_sealed_when_it_is_unlocked() {
    let (entries, folder) = filled(Some(FIRST));
    entries.save("vault:two", Secret::new(secrets()[2].1.as_bytes().to_vec())).unwrap();
    assert!(entries.shows_a_secret());
    let keyring = start(&entries, folder.path());
    keyring.unlock(FIRST).unwrap();
    assert!(!entries.shows_a_secret(), "{:?}", entries.names());
    assert_eq!(*keyring.load("vault:two").unwrap().unwrap(), secrets()[2].1.as_bytes());
}

#[test]
fn an_account_holds_no_more_than_fits_when_it_is_sealed() {
    let (entries, folder) = filled(None);
    let keyring = start(&entries, folder.path());
    let too_long = Secret::new(vec![b'f'; MAX_SECRET_BYTES + 1]);
    assert_eq!(keyring.save("one", too_long), Err(KeyringProblem::TooLong { bytes: MAX_SECRET_BYTES + 1 }));
    keyring.save("one", Secret::new(vec![b'f'; MAX_SECRET_BYTES])).unwrap();
    keyring.set_passphrase(Some(FIRST)).unwrap();
    let longest = entries.map.lock().unwrap().values().map(Vec::len).max();
    assert_eq!(longest, Some(crate::MAX_ENTRY_BYTES));
}
