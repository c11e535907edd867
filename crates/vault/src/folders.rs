//! Where Latchkey keeps its files: the one place that knows.

use std::path::{Path, PathBuf};

use directories::ProjectDirs;

/// Moves all folders below one of its own, for tests and portable use.
pub const HOME_VARIABLE: &str = "LATCHKEY_HOME";

/// The folders of this user. They are made when the first file is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Folders {
    pub data: PathBuf,
    pub config: PathBuf,
    pub cache: PathBuf,
}

/// The system does not say where this user's files belong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("This system names no home folder. Set {HOME_VARIABLE} to a folder for Latchkey's files.")]
pub struct NoHome;

impl Folders {
    /// The folders of the platform, or those below `LATCHKEY_HOME` where it is set.
    pub fn resolve() -> Result<Self, NoHome> {
        if let Some(home) = std::env::var_os(HOME_VARIABLE).filter(|home| !home.is_empty()) {
            return Ok(Self::below(Path::new(&home)));
        }
        let dirs = ProjectDirs::from("dev", "latchkey", "Latchkey").ok_or(NoHome)?;
        Ok(Self {
            data: dirs.data_local_dir().to_owned(),
            config: dirs.config_dir().to_owned(),
            cache: dirs.cache_dir().to_owned(),
        })
    }

    /// All folders below one.
    pub fn below(home: &Path) -> Self {
        Self { data: home.join("data"), config: home.join("config"), cache: home.join("cache") }
    }

    /// The folder of the default vault.
    pub fn vault_folder(&self) -> PathBuf {
        self.data.join("vault")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_home_of_its_own_holds_every_folder() {
        let folders = Folders::below(Path::new("/fake-home"));
        for folder in [&folders.data, &folders.config, &folders.cache, &folders.vault_folder()] {
            assert!(folder.starts_with("/fake-home"), "{} lies outside", folder.display());
        }
    }
}
