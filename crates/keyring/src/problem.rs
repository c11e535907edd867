//! Why the keyring could not be used, in words for the person.

use std::fmt;
use std::path::PathBuf;

/// Why the keyring could not be used, and what to do; the system's own words are apart. Never what is stored.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeyringProblem {
    /// No keyring is available.
    #[error(
        "No OS keyring is available: {lack}. Start one (on Linux a Secret Service such as gnome-keyring or KWallet; \
         install it first if necessary), then try again. Until then, vaults can be opened by passphrase, and profiles \
         and the environment can be used."
    )]
    Missing { lack: Lack, words: String },
    /// It is locked, and its password prompt was dismissed or could not be shown.
    #[error("The OS keyring is locked. Unlock it with its password, then try again.")]
    Locked,
    /// It did not answer in time.
    #[error(
        "The OS keyring did not answer in {seconds} seconds. It may be waiting for its password in a window of its \
         own: enter it or restart the keyring, then try again."
    )]
    Silent { seconds: u64 },
    /// It ended or failed while it was asked.
    #[error("The OS keyring stopped while it was in use. Restart it if it is not running, then try again.")]
    Broke { words: String },
    /// Not every system would take it: Windows takes least.
    #[error(
        "{bytes} bytes do not fit into one entry of the OS keyring, which takes {} at most. Nothing was stored.",
        crate::MAX_SECRET_BYTES
    )]
    TooLong { bytes: usize },
    /// What it holds is not what was stored.
    #[error("The entry in the OS keyring is damaged.")]
    Damaged,
    /// The entries are sealed, and the passphrase was not given.
    #[error("Latchkey is locked. Unlock it, then try again.")]
    Sealed,
    /// The entries are sealed, and what unlocks them is gone.
    #[error(
        "The entries of the OS keyring are encrypted with a passphrase, and {} is missing, without which it unlocks nothing. \
         Put the file back from a backup. To give up what the entries open and begin anew, delete the entries of \
         \"latchkey\" in the OS keyring.",
        file.display()
    )]
    LockMissing { file: PathBuf },
    #[error(
        "{} unlocks the OS keyring with the passphrase, and is damaged or of a newer Latchkey. Put the file back from a \
         backup, or update Latchkey.",
        file.display()
    )]
    LockDamaged { file: PathBuf },
    #[error("{} cannot be read or written: {words}. It unlocks the OS keyring with the passphrase.", file.display())]
    LockFailed { file: PathBuf, words: String },
    /// The key was not worked out from the passphrase.
    #[error("The passphrase could not be tried: {words}. Close other programs, then try again.")]
    NotDerived { words: String },
}

impl KeyringProblem {
    /// Whether the keyring ended while it was asked, so that it may be back soon.
    pub(crate) fn broke_off(&self) -> bool {
        self.words().is_some_and(|words| words.contains("org.freedesktop.DBus.Error.NoReply"))
    }

    /// What the system says itself, for who looks into it; it is no sentence for a person.
    pub fn words(&self) -> Option<&str> {
        match self {
            Self::Missing { words, .. } | Self::Broke { words } if !words.is_empty() => Some(words),
            _ => None,
        }
    }
}

/// What is not there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lack {
    /// The session has no message bus, over which a keyring is asked.
    Bus,
    /// No program of the session keeps secrets.
    Service,
    /// The one that does has no keyring for what is new.
    DefaultKeyring,
}

impl fmt::Display for Lack {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Bus => "this session has no D-Bus session bus",
            Self::Service => "this session has no running Secret Service",
            Self::DefaultKeyring => "the running Secret Service has no default keyring yet",
        })
    }
}
