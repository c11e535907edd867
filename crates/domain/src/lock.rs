//! The lock of the console: its requests and state.

use serde::{Deserialize, Serialize};

use crate::error::ApiError;
use crate::secret_text::SecretInput;
use crate::settings::Theme;

/// The state of the lock, and all that a locked console reports.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LockState {
    /// Every command but those of the lock is refused.
    pub locked: bool,
    /// Whether a passphrase opens it; without one the lock only hides.
    pub has_passphrase: bool,
    /// What is missing that a passphrase needs to open it.
    pub problem: Option<ApiError>,
    /// Seconds until the next passphrase is tried; 0 for at once.
    pub wait_seconds: u32,
    /// How the lock screen looks.
    pub theme: Theme,
}

/// Asks how the lock stands.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct LoadLock {}

/// Locks.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct LockConsole {}

/// Opens the lock; without a passphrase where none is set, or to look whether [`LockState::problem`] is gone.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct UnlockConsole {
    #[serde(default)]
    pub passphrase: Option<SecretInput>,
}

/// Resets the idle timer.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct NoteActivity {}

/// Sets, changes or removes the passphrase of the lock.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct SetLockPassphrase {
    /// The one that is set now, if one is.
    #[serde(default)]
    pub current: Option<SecretInput>,
    /// The new one; none removes it.
    #[serde(default)]
    pub passphrase: Option<SecretInput>,
}

/// The commands that a locked console answers, by their names.
pub const ANSWERED_WHEN_LOCKED: [&str; 3] = ["load_lock", "lock_console", "unlock_console"];
