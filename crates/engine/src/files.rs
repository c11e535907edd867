//! The files of the engine: how they are called, and the one way to read and write them.

use latchkey_domain::ApiError;
use latchkey_domain::open_files::{OpenFile, TakeOpenFiles};
use latchkey_system::files::found_open::{self, FoundOpen};
use sha2::{Digest, Sha256};

use crate::Engine;

pub(crate) use latchkey_system::files::{
    create, folder_of, load, load_text, make_folder, open_or_create, rename_new, save,
};

impl Engine {
    /// The files of this program, the vault's too, that others could read, each once.
    pub(crate) async fn take_open_files(&self, _: TakeOpenFiles) -> Result<Vec<OpenFile>, ApiError> {
        let shown = |FoundOpen { path, is_closed }| OpenFile { path: path.display().to_string(), is_closed };
        Ok(found_open::take().into_iter().map(shown).collect())
    }
}

/// A name for what belongs to an id, which any file system takes: the id itself where it can be one, else a hash of it.
/// Ids of profiles are what a person wrote.
pub(crate) fn name_for(id: &str) -> String {
    let is_plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    // Windows keeps some names for its devices, whatever follows their first dot.
    let is_device = matches!(id, "con" | "prn" | "aux" | "nul")
        || (id.len() == 4 && (id.starts_with("com") || id.starts_with("lpt")));
    if (1..=64).contains(&id.len()) && id.bytes().all(is_plain) && !is_device {
        return id.to_owned();
    }
    hashed(id)
}

/// A name that says nothing of the text, and is always the same for it.
pub(crate) fn hashed(text: &str) -> String {
    hex::encode(&Sha256::digest(text)[..16])
}

#[cfg(test)]
mod tests {
    use std::fs;

    use latchkey_domain::open_files::TakeOpenFiles;

    use super::name_for;
    use crate::testing::{Bench, FakeVault, network, ok};

    #[cfg(unix)]
    #[tokio::test]
    async fn the_window_is_told_once_of_a_file_that_others_could_read() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("config/settings.toml");
        fs::create_dir(folder.path().join("config")).expect("made");
        fs::write(&file, "").expect("written");
        fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).expect("opened to others");
        let (transport, log) = network(|_, _| ok(serde_json::json!({})));
        let bench = Bench::in_folder(folder, transport, log, FakeVault { gate: None });
        let told = async || {
            let mut told = bench.engine.take_open_files(TakeOpenFiles {}).await.expect("told");
            // Other tests open files too.
            told.retain(|found| found.path == file.display().to_string());
            told.iter().map(|found| found.is_closed).collect::<Vec<_>>()
        };
        assert_eq!(told().await, [true]);
        assert_eq!(fs::metadata(&file).expect("there").permissions().mode() & 0o777, 0o600);
        assert_eq!(told().await, [true; 0], "once");
    }

    #[test]
    fn every_id_has_a_file_name_of_its_own_that_any_system_takes() {
        for plain in ["local", "environment", "2f1c0a3e-1111-4222-8333-444455556666"] {
            assert_eq!(name_for(plain), plain, "it is one already");
        }
        let hostile = [
            "profile:ops",
            "profile:Ops",
            "profile:a/b",
            "profile:../../x",
            "con",
            "nul",
            "com1",
            "lpt9",
            "CON",
            "ends.",
            "ends ",
            "",
            &"a".repeat(200),
        ];
        let names: std::collections::HashSet<String> = hostile.iter().map(|id| name_for(id)).collect();
        assert_eq!(names.len(), hostile.len(), "also where letters of both cases are one");
        let is_portable = |name: &String| name.len() == 32 && name.bytes().all(|b| b.is_ascii_hexdigit());
        assert!(names.iter().all(is_portable), "{names:?}");
    }
}
