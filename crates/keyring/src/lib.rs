//! The OS keyring, and the passphrase that seals what is in it.
//!
//! Without a passphrase an entry holds its secret as it is. With one, each is sealed under a key that the passphrase wraps,
//! and a file beside the console's others says so: who deletes entries opens nothing by it. See [`Keyring`].
//!
//! The calls block: make them on a thread for that.

mod keyring;
mod lock_file;
mod problem;
mod system;

use zeroize::Zeroizing;

pub use keyring::{Keyring, PassphraseState, SEALING_KEY};
pub use problem::{KeyringProblem, Lack};

/// The most that one entry takes on every system (Windows: `CRED_MAX_CREDENTIAL_BLOB_SIZE`). More is refused everywhere:
/// what works on one system works on all.
const MAX_ENTRY_BYTES: usize = 2560;

/// The most that an account may hold: a sealed entry is this much longer.
pub const MAX_SECRET_BYTES: usize = MAX_ENTRY_BYTES - latchkey_sealing::OVERHEAD_BYTES;

/// What an entry holds, wiped on drop.
pub type Secret = Zeroizing<Vec<u8>>;

/// Keeps entries by account: the keyring of the system, or what a test puts in its place.
pub trait Entries: Send + Sync + 'static {
    /// What an account holds; `None` if the keyring answers and holds nothing.
    fn load(&self, account: &str) -> Result<Option<Secret>, KeyringProblem>;

    /// Adds or replaces what an account holds.
    fn save(&self, account: &str, secret: Secret) -> Result<(), KeyringProblem>;

    /// Succeeds also where there is nothing to delete.
    fn delete(&self, account: &str) -> Result<(), KeyringProblem>;

    /// The accounts of all entries of this program.
    fn accounts(&self) -> Result<Vec<String>, KeyringProblem>;
}
