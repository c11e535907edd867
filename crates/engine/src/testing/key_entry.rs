//! The entry of a keyring in memory, which holds the same key in every test.

use std::sync::{Arc, Mutex};

use latchkey_domain::{ApiError, Code};

use crate::BoxFuture;
use crate::lock::data_key::{KeyEntry, Stowed};

/// An entry of a keyring, with the key that is the same in every test: what one engine sealed, the next one opens.
/// None for a keyring that does not answer.
pub struct FakeKeyEntry(pub Mutex<Option<Stowed>>);

impl FakeKeyEntry {
    pub fn new() -> Arc<Self> {
        Arc::new(Self(Mutex::new(Some(zeroize::Zeroizing::new(vec![7; 32])))))
    }

    pub fn unavailable() -> Arc<Self> {
        Arc::new(Self(Mutex::new(None)))
    }
}

impl KeyEntry for FakeKeyEntry {
    fn load(&self) -> BoxFuture<'static, Result<Option<Stowed>, ApiError>> {
        let stowed = self.0.lock().unwrap().clone().map(Some);
        let gone = || ApiError::new(Code::Locked, "The OS keyring cannot be used.");
        Box::pin(async move { stowed.ok_or_else(gone) })
    }

    fn save(&self, entry: Stowed) -> BoxFuture<'static, Result<(), ApiError>> {
        *self.0.lock().unwrap() = Some(entry);
        Box::pin(async { Ok(()) })
    }
}
