//! Why a vault did not open, and what to do about it.

use std::path::{Path, PathBuf};

use chrono::{DateTime, SecondsFormat, Utc};

use super::lock::Holder;

/// Why a vault did not open. Nothing was changed in the folder.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// No vault is there, and no key can be kept in the keyring for a new one.
    #[error("{reason} Or make a new vault with a passphrase.")]
    NewNeedsPassphrase { reason: String },
    /// The key is not to be had from the keyring; the vault has a passphrase.
    #[error("{reason} Or open the vault with its passphrase.")]
    NeedsPassphrase { reason: String },
    #[error("The passphrase does not open this vault. Check it and try again; nothing was changed.")]
    WrongPassphrase,
    #[error("A passphrase must have at least one character.")]
    EmptyPassphrase,
    /// The vault is opened by the keyring only.
    #[error(
        "This vault has no passphrase: its key is in the OS keyring (entry vault:{vault_id}). Open it without a \
         passphrase."
    )]
    NoPassphrase { vault_id: String },
    /// The keyring cannot be used or holds no key, and the vault has no passphrase.
    #[error(
        "{reason} This vault has no passphrase, so only the key in the entry vault:{vault_id} opens it. Unlock or \
         restore the keyring that it was made with, or move the vault's file away to start with a new vault; nothing was \
         changed."
    )]
    NoKey { vault_id: String, reason: String },
    #[error(
        "The key in the OS keyring (entry vault:{vault_id}) is not the key of this vault. Restore the right entry, or \
         open the vault with its passphrase; nothing was changed."
    )]
    WrongKey { vault_id: String },
    #[error("The vault {} is in use by {holder}. Close it there, then try again.", .file.display())]
    Locked { file: PathBuf, holder: Holder },
    /// It was asked for by its file, and is not made anew.
    #[error("The vault {} does not exist: it was moved or deleted. Restore it, then try again.", .file.display())]
    Missing { file: PathBuf },
    /// A new vault never takes the place of a file.
    #[error("The file {} already exists. Choose another name for the new vault.", .file.display())]
    Exists { file: PathBuf },
    /// The file has hard links.
    #[error(
        "The vault file {} has {names} names (hard links). Opened under two of them it would be damaged. Remove the \
         other names, or open a copy of the file; nothing was changed.",
        .file.display()
    )]
    ManyNames { file: PathBuf, names: u64 },
    #[error("{} is not a Latchkey vault. It was left as it is.", .file.display())]
    NotAVault { file: PathBuf },
    #[error(
        "The vault file {} is damaged: {reason}. It was left as it is. Restore it from a backup, or move it away to \
         start with a new vault.",
        .file.display()
    )]
    Damaged { file: PathBuf, reason: String },
    /// Somebody wrote into it by another way than a vault's.
    #[error(
        "{} If the file is a copy that was made during a write, copy it again together with its -wal file. If nobody \
         changed it on purpose, restore the vault from a backup. It was left as it is.",
        changed(file, secrets, *.others)
    )]
    ChangedFile {
        file: PathBuf,
        /// The names of the first secrets that are not what was written; none if secrets are missing, or were put back.
        secrets: Vec<String>,
        others: usize,
    },
    /// It was authentic once, and the vault has come further since.
    #[error("{} Open it if you restored a backup. Otherwise find the newer file; nothing was changed.",
        older(file, *found, *known, *written_at))]
    OlderFile {
        file: PathBuf,
        /// The generation of the file, and the one that the keyring knows.
        found: u64,
        known: u64,
        /// When the file was last written to.
        written_at: Option<DateTime<Utc>>,
    },
    /// It takes no writes here, and its last one has to be finished.
    #[error(
        "A write to the vault file {} was cut off and cannot be finished here: the medium is read-only or full. Free \
         some space, or copy the file together with {} to where it can be written, and open the copy; nothing was \
         changed.",
        .file.display(), .side.display()
    )]
    Unfinished { file: PathBuf, side: PathBuf },
    #[error(
        "The vault file {} was written by a newer Latchkey (schema {found}, this one supports {known}). Use that \
         version; \
         nothing was changed.",
        .file.display()
    )]
    NewerSchema { file: PathBuf, found: i64, known: i64 },
    #[error("{} cannot be used: {source}. Check that the folder exists, is yours and has space.", .path.display())]
    Io { path: PathBuf, source: std::io::Error },
    #[error("The account {account:?} is not twelve digits.")]
    Account { account: String },
    #[error("The Region {region:?} is not a Region code such as us-east-1.")]
    Region { region: String },
}

impl OpenError {
    pub(crate) fn io(path: &Path) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Io { path, source }
    }

    /// What SQLite says of a file that should be a vault.
    pub(crate) fn sqlite(file: &Path) -> impl FnOnce(rusqlite::Error) -> Self {
        use rusqlite::ErrorCode::{CannotOpen, DiskFull, PermissionDenied, ReadOnly, SystemIoFailure};
        let file = file.to_owned();
        move |error| match error.sqlite_error_code() {
            Some(CannotOpen | DiskFull | PermissionDenied | ReadOnly | SystemIoFailure) => {
                Self::Io { path: file, source: std::io::Error::other(error) }
            }
            _ => Self::Damaged { file, reason: error.to_string() },
        }
    }
}

fn changed(file: &Path, secrets: &[String], others: usize) -> String {
    let file = file.display();
    if secrets.is_empty() {
        return format!(
            "The vault file {file} was changed outside of Latchkey: secrets were removed, or put back as they once were."
        );
    }
    let names = secrets.iter().map(|name| format!("{name:?}")).collect::<Vec<_>>().join(", ");
    let rest = if others == 0 { String::new() } else { format!(" and {others} more") };
    format!(
        "The vault file {file} was changed outside of Latchkey: what it says of {names}{rest} is not what was written."
    )
}

fn older(file: &Path, found: u64, known: u64, written_at: Option<DateTime<Utc>>) -> String {
    let written_at = written_at.map(|at| at.to_rfc3339_opts(SecondsFormat::Secs, true));
    let since = written_at.map_or_else(String::new, |at| format!(" (last changed {at})"));
    format!(
        "The vault file {} is older than the vault was when it was last used: it has {found} changes{since}, and the \
         keyring knows of {known}.",
        file.display()
    )
}
