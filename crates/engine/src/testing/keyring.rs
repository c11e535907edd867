//! A keyring in a folder, which holds the same key of sealed files in every test.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use latchkey_keyring::{Entries, Keyring, KeyringProblem, Lack, SEALING_KEY, Secret};

use crate::lock::data_key::DataKey;

/// What one engine saved, the next one loads that is given the same folder.
pub struct FakeKeyring {
    folder: PathBuf,
    answers: AtomicBool,
}

impl FakeKeyring {
    pub fn new(folder: &Path) -> Arc<Self> {
        let keyring = Self { folder: folder.join("fake-keyring"), answers: AtomicBool::new(true) };
        if !keyring.folder.exists() {
            std::fs::create_dir_all(&keyring.folder).unwrap();
            keyring.put(SEALING_KEY, &[7; 32]);
        }
        Arc::new(keyring)
    }

    pub fn set_answers(&self, answers: bool) {
        self.answers.store(answers, Ordering::SeqCst);
    }

    pub fn put(&self, name: &str, bytes: &[u8]) {
        std::fs::write(self.path(name), bytes).unwrap();
    }

    /// What an entry holds; nothing where there is none.
    pub fn entry(&self, name: &str) -> Vec<u8> {
        std::fs::read(self.path(name)).unwrap_or_default()
    }

    pub fn names(&self) -> Vec<String> {
        let files = std::fs::read_dir(&self.folder).unwrap();
        let name = |file: std::fs::DirEntry| hex::decode(file.file_name().to_str().unwrap()).unwrap();
        files.map(|file| String::from_utf8(name(file.unwrap())).unwrap()).collect()
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.join(hex::encode(name))
    }

    fn check(&self) -> Result<(), KeyringProblem> {
        let gone = || KeyringProblem::Missing { lack: Lack::Service, words: "fake".into() };
        self.answers.load(Ordering::SeqCst).then_some(()).ok_or_else(gone)
    }
}

impl Entries for FakeKeyring {
    fn load(&self, account: &str) -> Result<Option<Secret>, KeyringProblem> {
        self.check()?;
        Ok(std::fs::read(self.path(account)).ok().map(Secret::new))
    }

    fn save(&self, account: &str, secret: Secret) -> Result<(), KeyringProblem> {
        self.check()?;
        self.put(account, &secret);
        Ok(())
    }

    fn delete(&self, account: &str) -> Result<(), KeyringProblem> {
        self.check()?;
        std::fs::remove_file(self.path(account)).unwrap_or_default();
        Ok(())
    }

    fn accounts(&self) -> Result<Vec<String>, KeyringProblem> {
        self.check()?;
        Ok(self.names())
    }
}

/// The key of a keyring that is never sealed.
pub fn data_key(keyring: &Arc<FakeKeyring>) -> Arc<DataKey> {
    let folder = &keyring.folder;
    Arc::new(DataKey::new(Keyring::with(keyring.clone(), folder), folder))
}
