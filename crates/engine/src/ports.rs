//! The engine's dependencies: folders, a vault to open, a clock, and an event listener.

use std::collections::BTreeMap;
use std::future::Future;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use latchkey_domain::connection::PassphraseNeed;
use latchkey_domain::rotation::RotationTrouble;
use latchkey_domain::secret_text::SecretInput;
use latchkey_domain::{ApiError, Region};

/// A future behind a pointer, for the traits that are used as objects.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Where files are kept; made when the first one is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Folders {
    /// `settings.toml`.
    pub config: PathBuf,
    /// `connections.json`.
    pub data: PathBuf,
}

/// The AWS configuration files of this user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProfileFiles {
    pub config: PathBuf,
    pub credentials: PathBuf,
    /// The variables that name them: such a file is missed if it does not exist.
    pub named_by: Vec<(&'static str, PathBuf)>,
}

impl ProfileFiles {
    /// Where `AWS_CONFIG_FILE` and `AWS_SHARED_CREDENTIALS_FILE` say, else in `~/.aws`.
    pub fn resolve() -> Self {
        let home = std::env::home_dir().unwrap_or_default();
        Self::named(&home, |name| std::env::var(name).ok())
    }

    /// The variables may hold `~` and other variables, as for the AWS CLI.
    fn named(home: &Path, variable: impl Fn(&str) -> Option<String>) -> Self {
        let mut files = Self::below(&home.join(".aws"));
        for (name, file) in
            [("AWS_CONFIG_FILE", &mut files.config), ("AWS_SHARED_CREDENTIALS_FILE", &mut files.credentials)]
        {
            let Some(text) = variable(name) else { continue };
            *file = expanded(&text, home, &variable);
            if !text.is_empty() {
                files.named_by.push((name, file.clone()));
            }
        }
        files
    }

    /// Both in one folder.
    pub fn below(folder: &Path) -> Self {
        let [config, credentials] = ["config", "credentials"].map(|name| folder.join(name));
        Self { config, credentials, named_by: Vec::new() }
    }
}

/// `os.path.expandvars` and then `os.path.expanduser` of Python. Unknown variables stay as they are written.
fn expanded(text: &str, home: &Path, variable: impl Fn(&str) -> Option<String>) -> PathBuf {
    let mut path = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('$') {
        path += before;
        let is_of_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
        let end = after.find(|c| !is_of_name(c)).unwrap_or(after.len());
        let (name, written) = match after.strip_prefix('{').and_then(|braced| braced.split_once('}')) {
            Some((name, _)) => (name, name.len() + 2),
            None => (&after[..end], end),
        };
        match variable(name).filter(|_| !name.is_empty()) {
            Some(value) => path += &value,
            None => {
                path.push('$');
                path += &after[..written];
            }
        }
        rest = &after[written..];
    }
    path += rest;
    match path.strip_prefix('~') {
        Some("") => home.to_owned(),
        Some(below) if below.starts_with('/') => home.join(below.trim_start_matches('/')),
        _ => PathBuf::from(path),
    }
}

/// A vault of this computer, which the engine opens and otherwise knows by its endpoint only.
pub trait VaultHost: Send + Sync + 'static {
    /// The folder that holds the vault, to show and to copy.
    fn folder(&self) -> String;

    /// The host of a further vault, in this file.
    fn at(&self, file: &Path) -> Arc<dyn VaultHost>;

    /// Whether the vault lies in this file, by whatever name that is called.
    fn lies_in(&self, file: &Path) -> bool;

    /// Refuses what is no vault, is damaged or of a newer format, without opening it for good.
    fn check(&self) -> BoxFuture<'_, Result<(), ApiError>>;

    /// Makes a vault where no file is yet, and leaves it closed. The keyring has its key, or where that cannot be used
    /// the passphrase alone opens it; without both, refused with `Code::Invalid("passphrase")`.
    fn make(&self, passphrase: Option<SecretInput>) -> BoxFuture<'_, Result<(), ApiError>>;

    /// Opens the vault, and the local one is made where there is none; without a passphrase, by the key in the OS
    /// keyring. A file that is in doubt is opened only if that was accepted.
    fn open(
        &self,
        passphrase: Option<SecretInput>,
        accepted: Vec<Doubt>,
    ) -> BoxFuture<'_, Result<OpenedVault, VaultProblem>>;

    /// Closes the vault and its port until it is opened again.
    fn close(&self) -> BoxFuture<'_, ()>;

    /// Adds or replaces the recovery passphrase of the open vault.
    fn set_passphrase(&self, passphrase: SecretInput) -> BoxFuture<'_, Result<(), ApiError>>;

    /// Copies the open vault into a file that is not there yet, and opens the copy once to verify it.
    fn back_up(&self, file: PathBuf) -> BoxFuture<'_, Result<(), ApiError>>;

    /// Writes the sample secrets into a Region of the open vault.
    fn load_samples(&self, region: Region) -> BoxFuture<'_, Result<(), ApiError>>;

    /// Replaces the programs that the vault calls as rotation functions, names with commands, also before it is open.
    /// Refused as a whole, with `Code::Invalid("rotation_functions")`, if one of them cannot be one.
    fn set_rotation_functions(
        &self,
        programs: BTreeMap<String, String>,
    ) -> BoxFuture<'_, Result<(), ApiError>>;

    /// What went wrong with a rotation in the open vault since it last ended.
    fn rotation_trouble(
        &self,
        region: Region,
        secret_id: String,
    ) -> BoxFuture<'_, Result<TroubleReport, ApiError>>;
}

/// What a vault knows of a rotation that did not end.
#[derive(Debug, Clone, Default)]
pub struct TroubleReport {
    pub trouble: RotationTrouble,
    /// The end of what the function wrote; it may hold values.
    pub output: Option<SecretInput>,
}

/// How to reach the vault until it closes.
#[derive(Debug, Clone)]
pub struct OpenedVault {
    pub endpoint_url: String,
    pub region: Region,
    pub account: String,
    pub access_key_id: String,
    pub secret_access_key: SecretInput,
    pub session_token: Option<SecretInput>,
    /// Whether a passphrase opens it too; `None` for a vault that is gone with the process.
    pub has_passphrase: Option<bool>,
    /// Whether it is open for reading only, because its file or folder takes no writes.
    pub takes_no_writes: bool,
}

/// Why the vault did not open.
#[derive(Debug, Clone)]
pub enum VaultProblem {
    NeedsPassphrase(PassphraseNeed),
    /// The person may accept the file all the same.
    Doubtful(Doubt, ApiError),
    Failed(ApiError),
}

/// Why the file of a vault may not be what was left there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Doubt {
    /// It is older than the vault was, such as a restored backup.
    Older,
    /// It was changed outside of Latchkey.
    Changed,
}

/// Asks the user for a file. No command takes a path.
pub trait FilePicker: Send + Sync + 'static {
    /// Where a new file goes; none if the person changed their mind.
    fn save_as(&self, title: &str, suggested_name: &str) -> BoxFuture<'_, Option<PathBuf>>;

    /// A file that is there; none if the person changed their mind.
    fn open(&self, title: &str) -> BoxFuture<'_, Option<PathBuf>>;
}

/// Asks the user in a system dialog, which no page can answer or cover.
pub trait Confirmation: Send + Sync + 'static {
    /// Whether the person agreed; closing the window is a no.
    fn ask(&self, question: Question) -> BoxFuture<'_, bool>;
}

/// A question with two answers: its verb, and no.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    pub title: String,
    pub text: String,
    /// What the button that agrees says.
    pub verb: String,
}

/// Shows a page to the person, outside of the window.
pub trait Browser: Send + Sync + 'static {
    /// Opens the page, which is https or on this machine; false if there is no browser to be had.
    fn open(&self, url: &str) -> BoxFuture<'_, bool>;
}

/// The time, and the passing of it. Timers run on it, signatures do not.
pub trait Clock: Send + Sync + 'static {
    fn now(&self) -> DateTime<Utc>;

    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()>;
}

/// The clock of the machine. Its timers need a Tokio runtime.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> DateTime<Utc> {
        Utc::now()
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
        Box::pin(tokio::time::sleep(duration))
    }
}

#[cfg(test)]
mod tests {
    use std::path::{Path, PathBuf};

    use super::ProfileFiles;

    #[test]
    fn variables_that_name_the_aws_files_may_hold_a_tilde_and_other_variables() {
        let variable = |name: &str| {
            let known = [("HOME", "/home/fake"), ("TEAM", "ops")];
            known.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
        };
        for (text, path) in [
            ("~/aws/config", "/home/fake/aws/config"),
            ("$HOME/aws/config", "/home/fake/aws/config"),
            ("/etc/${TEAM}/aws", "/etc/ops/aws"),
            ("/etc/$TEAM-aws", "/etc/ops-aws"),
            ("/etc/$NONE/${NONE}/$", "/etc/$NONE/${NONE}/$"),
            ("~other/config", "~other/config"),
            ("relative/config", "relative/config"),
            ("", ""),
        ] {
            let read =
                |name: &str| if name == "AWS_CONFIG_FILE" { Some(text.to_owned()) } else { variable(name) };
            let files = ProfileFiles::named(Path::new("/home/fake"), read);
            assert_eq!(files.config, PathBuf::from(path), "{text}");
            assert_eq!(files.credentials, PathBuf::from("/home/fake/.aws/credentials"));
            assert_eq!(files.named_by.is_empty(), text.is_empty(), "an empty variable names no file: {text}");
        }
    }
}
