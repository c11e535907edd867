//! Files with other rights, links and pipes in the place of a file.
#![allow(clippy::unwrap_used)]

use std::fs;
use std::io::Write;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};

use super::*;

fn folder() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("file");
    (folder, path)
}

fn rights(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o7777
}

fn names(folder: &Path) -> usize {
    fs::read_dir(folder).unwrap().count()
}

#[test]
fn a_saved_file_is_its_owners_alone_and_replaces_the_old_one() {
    let (root, _) = folder();
    let path = root.path().join("deep/settings.toml");
    assert_eq!(load(&path).unwrap(), None, "a missing file is no error");
    save(&path, b"old").unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o666)).unwrap();
    save(&path, b"new").unwrap();
    assert_eq!(load_text(&path).unwrap().as_deref(), Some("new"));
    assert_eq!(rights(&path), 0o600, "the file");
    assert_eq!(rights(path.parent().unwrap()), 0o700, "its folder");
    assert_eq!(names(path.parent().unwrap()), 1, "no leftovers");
}

#[test]
fn a_file_that_is_open_to_others_is_its_owners_alone_once_it_was_opened() {
    for found in [0o644, 0o666, 0o640, 0o777, 0o604] {
        let (_folder, path) = folder();
        let opened: [fn(&Path); 3] = [
            |path| drop(load(path).unwrap()),
            |path| drop(open_or_create(path).unwrap()),
            |path| narrow(path).unwrap(),
        ];
        for open in opened {
            fs::write(&path, "fake").unwrap();
            fs::set_permissions(&path, fs::Permissions::from_mode(found)).unwrap();
            open(&path);
            assert_eq!(rights(&path), 0o600, "{found:o}");
            assert_eq!(fs::read(&path).unwrap(), b"fake", "its content stays");
        }
    }
    let (_folder, path) = folder();
    fs::write(&path, "fake").unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o400)).unwrap();
    load(&path).unwrap();
    assert_eq!(rights(&path), 0o400, "fewer rights are nobody's harm");
}

#[test]
fn a_file_that_was_open_to_others_is_told_once() {
    let (_folder, path) = folder();
    let told = || {
        let mut found = found_open::take();
        // Other tests open files too.
        found.retain(|found| found.path == path);
        found.iter().map(|found| found.is_closed).collect::<Vec<bool>>()
    };
    save(&path, b"fake").unwrap();
    load(&path).unwrap();
    assert_eq!(told(), [true; 0], "nobody else could read it");
    for _ in 0..2 {
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
        load(&path).unwrap();
        load(&path).unwrap();
        assert_eq!(told(), [true]);
        assert_eq!(told(), [true; 0], "it was taken");
    }
    assert!(found_open::note(&path, false), "it is news that it stays open");
    assert!(!found_open::note(&path, false), "and not at each opening");
    assert_eq!(told(), [false]);
    assert!(!found_open::note(&path, false));
    assert_eq!(told(), [true; 0], "nor after it was taken");
}

#[test]
fn a_link_in_the_place_of_a_file_is_replaced_or_refused_and_never_followed() {
    let (folder, path) = folder();
    let elsewhere = folder.path().join("elsewhere");
    fs::write(&elsewhere, "of somebody").unwrap();
    fs::set_permissions(&elsewhere, fs::Permissions::from_mode(0o644)).unwrap();
    symlink(&elsewhere, &path).unwrap();
    for (how, opened) in [
        ("read", load(&path).map(drop)),
        ("opened", open_or_create(&path).map(drop)),
        ("made", create(&path).map(drop)),
        ("narrowed", narrow(&path)),
    ] {
        assert!(opened.is_err(), "it was {how}");
    }
    assert_eq!(load(&path).unwrap_err().to_string(), "it is a symbolic link");
    save(&path, b"ours").unwrap();
    assert!(path.symlink_metadata().unwrap().is_file(), "the name is a file's now");
    assert_eq!(fs::read(&elsewhere).unwrap(), b"of somebody");
    assert_eq!(rights(&elsewhere), 0o644, "nor did it lose a right");

    fs::remove_file(&path).unwrap();
    let nowhere = folder.path().join("nowhere");
    symlink(&nowhere, &path).unwrap();
    assert!(create(&path).is_err() && open_or_create(&path).is_err());
    assert!(!nowhere.exists(), "nothing is made where a link leads to");
}

#[cfg(target_os = "linux")]
#[test]
fn what_is_no_file_is_refused_and_not_waited_for() {
    let (folder, path) = folder();
    rustix::fs::mknodat(rustix::fs::CWD, &path, rustix::fs::FileType::Fifo, 0o600.into(), 0).unwrap();
    assert_eq!(load(&path).unwrap_err().to_string(), "it is not a regular file");
    assert!(open_or_create(&path).is_err() && load(folder.path()).is_err());
}

#[test]
fn a_file_that_is_made_takes_no_name_that_something_has() {
    let (_folder, path) = folder();
    create(&path).unwrap().write_all(b"fake").unwrap();
    assert_eq!(rights(&path), 0o600);
    assert_eq!(create(&path).unwrap_err().kind(), ErrorKind::AlreadyExists);
    assert_eq!(fs::read(&path).unwrap(), b"fake");
    open_or_create(&path).unwrap().write_all(b"F").unwrap();
    assert_eq!(fs::read(&path).unwrap(), b"Fake", "what is there is opened as it is");
}
