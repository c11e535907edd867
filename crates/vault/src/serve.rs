//! `latchkey-vault serve`: opens a vault and serves it on a port until it is stopped.

use std::error::Error;
use std::io::Write;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use chrono::{TimeDelta, Utc};
use clap::Args;
use latchkey_domain::secret_text::SecretInput;
use latchkey_vault::{
    Credentials, DEFAULT_ACCOUNT, DEFAULT_REGION, Options, RotationFunctions, Server, Vault,
};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::which_vault::{PROGRAM, WhichVault, read_small, with_option};

/// A hundred years.
const MAX_OFFSET_SECONDS: i64 = 100 * 366 * 24 * 60 * 60;

/// Serve on a loopback port. Prints one line of JSON when ready; stops on SIGTERM or Ctrl+C.
#[derive(Args)]
pub struct Serve {
    /// The loopback address to listen on; port 0 takes any free one
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:0")]
    listen: SocketAddr,
    #[command(flatten)]
    which: WhichVault,
    /// Keep everything in memory; nothing is kept after the program exits
    #[arg(long, conflicts_with_all = ["data", "passphrase_file", "accept_older_file", "accept_changed_file"])]
    in_memory: bool,
    /// JSON with access_key_id and secret_access_key
    #[arg(long, value_name = "FILE")]
    credentials_file: Option<PathBuf>,
    /// The 12-digit account ID in ARNs
    #[arg(long, default_value = DEFAULT_ACCOUNT)]
    account: String,
    /// A program as the rotation function NAME: it gets the event as JSON on its standard input, and its exit status is
    /// the outcome. May be repeated
    #[arg(long, value_name = "NAME=COMMAND")]
    rotation_function: Vec<String>,
    /// Time limit for one step of such a program
    #[arg(long, value_name = "SECONDS", default_value_t = 60, value_parser = clap::value_parser!(u64).range(1..=900))]
    rotation_time_limit: u64,
    /// Offset of the vault's clock from the system's; it affects dates and rotation windows, not signatures
    #[arg(long, value_name = "SECONDS", default_value_t = 0, allow_negative_numbers = true,
        value_parser = clap::value_parser!(i64).range(-MAX_OFFSET_SECONDS..=MAX_OFFSET_SECONDS))]
    clock_offset: i64,
    /// Allow --clock-offset for a vault on disk: secrets whose recovery window has ended by that clock are purged for good
    #[arg(long)]
    clock_offset_on_data: bool,
    /// The Region in the ready line; requests use the Region that they are signed for
    #[arg(long, default_value = DEFAULT_REGION)]
    region: String,
}

/// The line on standard output.
#[derive(Serialize)]
struct Ready<'a> {
    endpoint: String,
    region: &'a str,
    account: &'a str,
    access_key_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    secret_access_key: Option<&'a str>,
    /// Whether the vault takes no writes; left out if it does.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    read_only: bool,
}

#[derive(Deserialize)]
struct CredentialsFile {
    access_key_id: String,
    secret_access_key: SecretInput,
}

impl Serve {
    pub fn run(self) -> Result<(), Box<dyn Error>> {
        let (credentials, are_new) = self.credentials()?;
        let options = self.options()?;
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
        runtime.block_on(self.serve(options, credentials, are_new))
    }

    async fn serve(
        self,
        options: Options,
        credentials: Credentials,
        are_new: bool,
    ) -> Result<(), Box<dyn Error>> {
        let ending = ending()?;
        let vault = Vault::open(options).await.map_err(with_option)?;
        let server = Server::start(vault.clone(), self.listen, credentials.clone()).await?;
        let ready = Ready {
            endpoint: server.endpoint(),
            region: &self.region,
            account: &self.account,
            access_key_id: &credentials.access_key_id,
            secret_access_key: are_new.then(|| credentials.secret_access_key.expose()),
            read_only: vault.is_read_only(),
        };
        let mut line = Zeroizing::new(serde_json::to_string(&ready)?);
        line.push('\n');
        let mut out = std::io::stdout();
        out.write_all(line.as_bytes())?;
        out.flush()?;
        ending.await;
        server.stop().await;
        vault.close().await;
        Ok(())
    }

    fn options(&self) -> Result<Options, Box<dyn Error>> {
        if self.clock_offset != 0 && !self.in_memory && !self.clock_offset_on_data {
            return Err("--clock-offset would purge secrets of a vault on disk for good, and date its changes wrongly. \
                        Add --in-memory, or --clock-offset-on-data if that is what you want."
                .into());
        }
        let mut options = if self.in_memory {
            Options::memory()
        } else {
            Options::folder(self.which.folder()?, self.which.key()?, PROGRAM)
        };
        options.functions = self.functions()?;
        options.accepted = self.which.accepted();
        let offset = TimeDelta::seconds(self.clock_offset);
        options.clock = Arc::new(move || Utc::now() + offset);
        options.account.clone_from(&self.account);
        options.default_region.clone_from(&self.region);
        Ok(options)
    }

    fn functions(&self) -> Result<RotationFunctions, Box<dyn Error>> {
        let mut functions =
            RotationFunctions::default().with_step_time_limit(Duration::from_secs(self.rotation_time_limit));
        for text in &self.rotation_function {
            let (name, command) = text.split_once('=').ok_or_else(|| {
                format!("--rotation-function {text} has no command. Write it as NAME=COMMAND.")
            })?;
            functions = functions.with_program(name, command)?;
        }
        Ok(functions)
    }

    /// From the file, else made for this run; and whether they were made.
    fn credentials(&self) -> Result<(Credentials, bool), Box<dyn Error>> {
        if let Some(file) = &self.credentials_file {
            let json = read_small(file)?;
            let read: CredentialsFile = serde_json::from_slice(&json).map_err(|_| {
                let file = file.display();
                format!("{file} is not JSON with the strings access_key_id and secret_access_key.")
            })?;
            check_key(&read.access_key_id, &read.secret_access_key)?;
            let CredentialsFile { access_key_id, secret_access_key } = read;
            return Ok((Credentials { access_key_id, secret_access_key }, false));
        }
        Ok((Credentials::generate()?, true))
    }
}

fn check_key(id: &str, secret: &SecretInput) -> Result<(), &'static str> {
    if id.is_empty() || id.contains(['/', ',', ' ']) || secret.is_empty() {
        return Err(
            "The access key id or the secret access key is empty or contains a slash, a comma or a space.",
        );
    }
    Ok(())
}

/// Ends when the program shall. It listens from now on, so that no signal is lost while the vault opens.
#[cfg(unix)]
fn ending() -> std::io::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}

#[cfg(not(unix))]
fn ending() -> std::io::Result<impl Future<Output = ()>> {
    Ok(async {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    })
}
