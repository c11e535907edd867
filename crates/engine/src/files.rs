//! Files that only their owner may read, replaced as a whole or not at all.

use std::io::{self, Write};
use std::path::Path;

use sha2::{Digest, Sha256};

/// Replaces the file; its folder is made if it is missing. Readers see the old content or the new, never a part.
pub(crate) fn save(path: &Path, content: &[u8]) -> io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    make_folder(folder)?;
    // The temporary file is made with 0600 and keeps that when it takes the name.
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    file.write_all(content)?;
    file.as_file().sync_all()?;
    file.persist(path).map_err(|failed| failed.error)?;
    Ok(())
}

/// The content; `None` if there is no such file.
pub(crate) fn load(path: &Path) -> io::Result<Option<String>> {
    match std::fs::read_to_string(path) {
        Ok(content) => Ok(Some(content)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
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

#[cfg(unix)]
pub(crate) fn make_folder(folder: &Path) -> io::Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)
}

#[cfg(not(unix))]
pub(crate) fn make_folder(folder: &Path) -> io::Result<()> {
    std::fs::create_dir_all(folder)
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::{load, name_for, save};

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

    #[test]
    fn a_saved_file_is_its_owners_alone_and_replaces_the_old_one() {
        let root = tempfile::tempdir().expect("a temporary folder");
        let path = root.path().join("deep/settings.toml");
        assert_eq!(load(&path).expect("a missing file is no error"), None);
        save(&path, b"old").expect("the folder is made");
        save(&path, b"new").expect("an old file is replaced");
        assert_eq!(load(&path).expect("readable").as_deref(), Some("new"));
        let mode =
            |path: &std::path::Path| path.metadata().expect("it is there").permissions().mode() & 0o777;
        assert_eq!(mode(&path), 0o600, "the file");
        assert_eq!(mode(path.parent().expect("a folder")), 0o700, "its folder");
        assert_eq!(path.parent().map(|f| f.read_dir().expect("readable").count()), Some(1), "no leftovers");
    }
}
