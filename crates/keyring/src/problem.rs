//! Why the keyring could not be used, in words for the person.

use keyring_core::Error;

/// Why the keyring could not be used, and what to do. Names the system's reason, never what is stored.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeyringProblem {
    /// Nobody keeps secrets here.
    #[error(
        "There is no OS keyring to ask: {0}. Start one (on Linux a Secret Service such as gnome-keyring or KWallet; \
         install it first where there is none), then try again."
    )]
    Missing(String),
    /// It is locked, and its question for the password was turned away or could not be shown.
    #[error("The OS keyring is locked. Unlock it with its password, then try again.")]
    Locked,
    /// It did not answer in time.
    #[error(
        "The OS keyring gave no answer in {seconds} seconds. It may wait for its password in a window of its own: \
         answer that or start the keyring again, then try again."
    )]
    Silent { seconds: u64 },
    /// It ended or failed while it was asked.
    #[error("The OS keyring broke off: {0}. Start it again if it is not running, then try again.")]
    Broke(String),
    /// What it holds is not what was stored.
    #[error("The entry in the OS keyring is damaged.")]
    Damaged,
}

impl From<Error> for KeyringProblem {
    fn from(error: Error) -> Self {
        match error {
            Error::NoStorageAccess(_) => Self::Locked,
            Error::BadEncoding(_) | Error::BadDataFormat(..) => Self::Damaged,
            Error::PlatformFailure(reason) => Self::Broke(sentence_part(reason)),
            other => Self::Broke(sentence_part(other)),
        }
    }
}

/// The system's reason without its full stop, to stand in a sentence.
pub(crate) fn sentence_part(reason: impl std::fmt::Display) -> String {
    reason.to_string().trim_end_matches('.').to_owned()
}
