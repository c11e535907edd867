//! The vault on disk that a command is about, and where its key comes from.

use std::error::Error;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;
use latchkey_domain::secret_text::SecretInput;
use latchkey_keyring::Keyring;
use latchkey_vault::folders::Folders;
use latchkey_vault::{Accepted, KeySource, OpenError};
use zeroize::Zeroizing;

/// The holder's name shown to others while a vault is in use.
pub const PROGRAM: &str = "latchkey-vault";
/// What credentials and passphrases may be long; more is another file.
const MAX_FILE_BYTES: u64 = 64 * 1024;

#[derive(Args)]
pub struct WhichVault {
    /// The folder of the vault (default: the one that the desktop app uses)
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Open or create the vault with the passphrase in this file instead of the OS keyring; - reads standard input
    #[arg(long, value_name = "FILE")]
    passphrase_file: Option<PathBuf>,
    /// Unlock the OS keyring with the passphrase in this file, where the desktop app is locked with one (default: ask at the
    /// terminal); - reads standard input
    #[arg(long, value_name = "FILE", conflicts_with = "passphrase_file")]
    lock_passphrase_file: Option<PathBuf>,
    /// Open a file that is older than the vault was, such as a restored backup
    #[arg(long)]
    accept_older_file: bool,
    /// Open a file that was changed outside of Latchkey, and take it from then on as it is
    #[arg(long)]
    accept_changed_file: bool,
}

impl WhichVault {
    pub fn folder(&self) -> Result<PathBuf, Box<dyn Error>> {
        match &self.data {
            Some(folder) => Ok(folder.clone()),
            None => Ok(Folders::resolve()?.vault_folder()),
        }
    }

    pub fn accepted(&self) -> Accepted {
        Accepted { older_file: self.accept_older_file, changed_file: self.accept_changed_file }
    }

    pub fn key(&self) -> Result<KeySource, Box<dyn Error>> {
        match &self.passphrase_file {
            Some(file) => Ok(KeySource::Passphrase(read_passphrase(file)?)),
            None => Ok(KeySource::Keyring(self.unlocked_keyring()?)),
        }
    }

    fn unlocked_keyring(&self) -> Result<Arc<Keyring>, Box<dyn Error>> {
        let keyring = Keyring::of_system(&Folders::resolve()?.data);
        // A keyring that does not answer is told by what needs it.
        if keyring.has_passphrase().unwrap_or(false) && !keyring.unlock(self.lock_passphrase()?.expose())? {
            return Err("Wrong passphrase. It is the one that unlocks the desktop app.".into());
        }
        Ok(keyring)
    }

    fn lock_passphrase(&self) -> Result<SecretInput, Box<dyn Error>> {
        if let Some(file) = &self.lock_passphrase_file {
            return read_passphrase(file);
        }
        let typed = rpassword::prompt_password("Passphrase of the desktop app's lock: ").map_err(|error| {
            format!(
                "The keys in the OS keyring are locked with the passphrase of the desktop app, and there is no terminal to \
                 ask for it ({error}). Pass it with --lock-passphrase-file."
            )
        })?;
        Ok(SecretInput::new(typed))
    }
}

/// Names the option that gives what the vault asks for.
pub fn with_option(error: OpenError) -> Box<dyn Error> {
    match error {
        OpenError::NewNeedsPassphrase { .. } | OpenError::NeedsPassphrase { .. } => {
            format!("{error} Pass it with --passphrase-file.").into()
        }
        OpenError::OlderFile { .. } => format!("{error} To open it, add --accept-older-file once.").into(),
        OpenError::ChangedFile { .. } => {
            format!("{error} To take it as it is, add --accept-changed-file once.").into()
        }
        other => other.into(),
    }
}

/// The text of the file without the line break at its end.
fn read_passphrase(file: &Path) -> Result<SecretInput, Box<dyn Error>> {
    let bytes = read_small(file)?;
    let text = std::str::from_utf8(&bytes).map_err(|_| "The passphrase is not UTF-8 text.")?;
    let text = text.strip_suffix('\n').unwrap_or(text);
    let passphrase = SecretInput::new(text.strip_suffix('\r').unwrap_or(text));
    if passphrase.is_empty() {
        return Err("The passphrase is empty. Write it into the file or to standard input.".into());
    }
    Ok(passphrase)
}

/// A file with credentials or a passphrase; - is standard input.
pub fn read_small(file: &Path) -> Result<Zeroizing<Vec<u8>>, String> {
    let mut bytes = Zeroizing::new(Vec::with_capacity(4096));
    let read = if file == Path::new("-") {
        std::io::stdin().take(MAX_FILE_BYTES).read_to_end(&mut bytes)
    } else {
        File::open(file).and_then(|opened| opened.take(MAX_FILE_BYTES).read_to_end(&mut bytes))
    };
    read.map_err(|error| format!("{} cannot be read: {error}", file.display()))?;
    Ok(bytes)
}
