//! The one way to write a file: made under a name that nothing has, or replaced as a whole, and its owner's alone.
//!
//! No link is followed. A name that is a link is refused where a file is opened, and is itself replaced where a file is.
//! A file that is found with more rights than 0600 loses them; the log says so, and [`found_open::take`]: once.

pub mod found_open;

use std::fs::{File, OpenOptions};
use std::io::{self, ErrorKind, Read, Write};
use std::path::Path;

/// Replaces the file, or makes it with its folder. Readers see the old content or the new, and after a crash one of both
/// is there.
pub fn save(path: &Path, content: &[u8]) -> io::Result<()> {
    let folder = folder_of(path);
    make_folder(folder)?;
    // It is made with O_EXCL and 0600, and keeps that when it takes the name.
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    file.write_all(content)?;
    file.as_file().sync_all()?;
    file.persist(path).map_err(|failed| failed.error)?;
    sync_folder(folder)
}

/// Makes a file under a name that nothing has, not even a link that leads nowhere. Its folder must exist.
pub fn create(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, PRIVATE);
    let file = options.open(path)?;
    sync_folder(folder_of(path))?;
    Ok(file)
}

/// Opens a file to read and write it, or makes it. Its folder must exist.
pub fn open_or_create(path: &Path) -> io::Result<File> {
    match open(path, true) {
        Err(error) if error.kind() == ErrorKind::NotFound => {}
        opened => return opened,
    }
    match create(path) {
        // Somebody was faster.
        Err(error) if error.kind() == ErrorKind::AlreadyExists => open(path, true),
        made => made,
    }
}

/// The content; `None` if there is no such file.
pub fn load(path: &Path) -> io::Result<Option<Vec<u8>>> {
    let mut file = match open(path, false) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        opened => opened?,
    };
    let mut content = Vec::new();
    file.read_to_end(&mut content)?;
    Ok(Some(content))
}

/// The content, which must be UTF-8; `None` if there is no such file.
pub fn load_text(path: &Path) -> io::Result<Option<String>> {
    let text = load(path)?.map(String::from_utf8).transpose();
    text.map_err(|_| io::Error::new(ErrorKind::InvalidData, "it is not UTF-8 text"))
}

/// Takes the rights of others from a file that something else opens by its name; one that is not there has none.
pub fn narrow(path: &Path) -> io::Result<()> {
    match open(path, false) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        opened => opened.map(drop),
    }
}

/// Deletes a file; one that is not there is no failure. Afterwards its folder has no such name, also after a crash.
pub fn remove(path: &Path) -> io::Result<()> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        removed => removed?,
    }
    sync_folder(folder_of(path))
}

/// Renames a file within its file system, and takes the place of nothing.
pub fn rename_new(from: &Path, to: &Path) -> io::Result<()> {
    rename(from, to)?;
    sync_folder(folder_of(to))
}

#[cfg(any(target_os = "linux", target_vendor = "apple"))]
fn rename(from: &Path, to: &Path) -> io::Result<()> {
    use rustix::fs::{CWD, RenameFlags, renameat_with};
    use rustix::io::Errno;
    match renameat_with(CWD, from, CWD, to, RenameFlags::NOREPLACE) {
        // The file system does not know how.
        Err(Errno::INVAL | Errno::NOSYS | Errno::NOTSUP) => look_and_rename(from, to),
        renamed => Ok(renamed?),
    }
}

#[cfg(not(any(target_os = "linux", target_vendor = "apple")))]
fn rename(from: &Path, to: &Path) -> io::Result<()> {
    look_and_rename(from, to)
}

fn look_and_rename(from: &Path, to: &Path) -> io::Result<()> {
    if std::fs::symlink_metadata(to).is_ok() {
        return Err(io::ErrorKind::AlreadyExists.into());
    }
    std::fs::rename(from, to)
}

/// Makes the folder and those above it, for its owner only. One that exists stays as it is.
pub fn make_folder(folder: &Path) -> io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

/// The folder that a file is in.
pub fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Waits until the names in a folder are on the disk. Some file systems cannot do that for a folder.
#[cfg(unix)]
pub fn sync_folder(folder: &Path) -> io::Result<()> {
    match File::open(folder)?.sync_all() {
        Err(error) if matches!(error.kind(), ErrorKind::InvalidInput | ErrorKind::Unsupported) => Ok(()),
        synced => synced,
    }
}

#[cfg(not(unix))]
pub fn sync_folder(_: &Path) -> io::Result<()> {
    Ok(())
}

#[cfg(unix)]
const PRIVATE: u32 = 0o600;

/// Opens a file that exists, if its name is that of a file and of nothing else.
#[cfg(unix)]
fn open(path: &Path, is_written: bool) -> io::Result<File> {
    use rustix::fs::OFlags;
    use rustix::io::Errno;
    let mut options = OpenOptions::new();
    options.read(true).write(is_written);
    // Nobody may ever write to a named pipe that lies in its place.
    let flags = (OFlags::NOFOLLOW | OFlags::NONBLOCK).bits();
    std::os::unix::fs::OpenOptionsExt::custom_flags(&mut options, flags.cast_signed());
    let file = options.open(path).map_err(|error| match error.raw_os_error() {
        Some(code) if code == Errno::LOOP.raw_os_error() => io::Error::other("it is a symbolic link"),
        _ => error,
    })?;
    if !file.metadata()?.is_file() {
        return Err(io::Error::other("it is not a regular file"));
    }
    take_rights_of_others(&file, path)?;
    Ok(file)
}

#[cfg(not(unix))]
fn open(path: &Path, is_written: bool) -> io::Result<File> {
    if !path.symlink_metadata()?.is_file() {
        return Err(io::Error::other("it is not a regular file"));
    }
    OpenOptions::new().read(true).write(is_written).open(path)
}

#[cfg(unix)]
fn take_rights_of_others(file: &File, path: &Path) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    const RIGHTS: u32 = 0o7777;
    let found = file.metadata()?.permissions().mode() & RIGHTS;
    if found & !PRIVATE & RIGHTS == 0 {
        return Ok(());
    }
    let closed = file.set_permissions(std::fs::Permissions::from_mode(PRIVATE));
    let is_new = found_open::note(path, closed.is_ok());
    let (path, found) = (path.display(), format!("{found:03o}"));
    match closed {
        Ok(()) => {
            tracing::warn!(%path, found, "a file was open to others and is its owner's alone from now on")
        }
        Err(error) if is_new => {
            tracing::warn!(%path, found, %error, "a file is open to others and could not be closed")
        }
        Err(_) => {}
    }
    Ok(())
}

#[cfg(all(test, unix))]
mod tests;
