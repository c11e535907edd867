//! Files that only their owner may read, replaced as a whole or not at all.

use std::io::{self, Write};
use std::path::Path;

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

    use super::{load, save};

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
