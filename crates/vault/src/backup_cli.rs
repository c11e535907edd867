//! `latchkey-vault backup`: copies a vault, also one that another program has open.

use std::error::Error;
use std::io::Write;
use std::path::PathBuf;

use clap::Args;
use latchkey_vault::{OpenError, Options, Vault, Wish, vault_file};

use crate::which_vault::{PROGRAM, WhichVault, with_option};

/// Copy a vault into one file and check the copy. The file opens with the same key; one that exists is not overwritten.
#[derive(Args)]
pub struct Backup {
    /// The file to make
    #[arg(value_name = "FILE")]
    file: PathBuf,
    #[command(flatten)]
    which: WhichVault,
}

impl Backup {
    pub fn run(self) -> Result<(), Box<dyn Error>> {
        let vault = vault_file(&self.which.folder()?);
        let key = self.which.key()?;
        let open = |wish| {
            let options = Options::file(&vault, key.clone(), wish, PROGRAM);
            Vault::open_blocking(Options { accepted: self.which.accepted(), ..options })
        };
        let opened = match open(Wish::Open) {
            Err(OpenError::Locked { .. }) => open(Wish::Beside),
            opened => opened,
        };
        let vault = opened.map_err(with_option)?;
        let made = vault.back_up(&self.file)?;
        if made.unopenable > 0 {
            let count = made.unopenable;
            writeln!(
                std::io::stderr(),
                "Note. Values that cannot be opened in the vault, nor in the backup: {count}"
            )?;
        }
        let (file, secrets, values) = (self.file.display(), made.secrets, made.values);
        writeln!(
            std::io::stdout(),
            "{file} holds what the vault holds. Secrets: {secrets}, values: {values}"
        )?;
        Ok(())
    }
}
