//! A file that is older than the vault was is told by what the keyring knows.

use std::fs;
use std::sync::Arc;

use latchkey_vault::{Accepted, Limits, OpenError, Options, Vault, Wish};
use serde_json::json;

use super::Home;
use super::common::keyring::{FakeKeyring, by_keyring};
use super::common::{World, as_it_is, token};

#[test]
fn an_older_file_in_the_place_of_the_newer_one_is_asked_about_once() {
    let home = Home::filled();
    let older = fs::read(home.file()).unwrap();
    let then = home.generation();
    let world = home.open();
    world.put("a", &token("3"), None);
    world.put("a", &token("4"), None);
    drop(world);
    let newer = fs::read(home.file()).unwrap();
    assert_eq!(home.generation(), then + 2, "each change counts");
    drop(home.open());

    fs::write(home.file(), &older).unwrap();
    let told = home.refused();
    let OpenError::OlderFile { found, known, written_at: Some(_), .. } = &told else { panic!("{told}") };
    assert_eq!((*found, *known), (then, then + 2));
    assert!(told.to_string().contains("older"), "{told}");
    assert!(fs::read(home.file()).unwrap() == older, "it is left as it is");
    let accepted = Accepted { older_file: true, ..Accepted::default() };
    let world = World::with_options(Limits::default(), Options { accepted, ..home.options() });
    assert_eq!(world.stages("a").as_object().unwrap().len(), 2);
    drop(world);
    assert_eq!(home.generation(), then, "the keyring takes its word");
    drop(home.open());

    fs::write(home.file(), &newer).unwrap();
    drop(home.open());
    assert_eq!(home.generation(), then + 2, "a newer one needs no word");
}

#[test]
fn a_vault_whose_program_was_killed_is_not_taken_for_an_older_one() {
    let home = Home::new();
    let world = home.open();
    for n in 0..12 {
        world.create(&format!("s{n}"), &token("1"), "fake");
        // What a crash leaves: the file as it is now, and what the keyring was told so far.
        let crashed = tempfile::tempdir().unwrap();
        let file = crashed.path().join("vault.db");
        fs::copy(home.file(), &file).unwrap();
        let keyring = FakeKeyring::default();
        *keyring.keys.lock().unwrap() = home.keyring.keys.lock().unwrap().clone();
        *keyring.generations.lock().unwrap() = home.keyring.generations.lock().unwrap().clone();
        let options = Options::file(&file, by_keyring(&Arc::new(keyring)), Wish::Open, "a test");
        Vault::open_blocking(options).unwrap();
    }
    drop(world);
    drop(home.open());
}

#[test]
fn a_keyring_that_notes_nothing_stops_no_write() {
    let folder = tempfile::tempdir().unwrap();
    let keyring = Arc::new(FakeKeyring { is_deaf: true, ..FakeKeyring::default() });
    let options = || Options::folder(folder.path(), by_keyring(&keyring), "a test");
    let world = World::with_options(Limits::default(), options());
    world.create("a", &token("1"), "fake");
    drop(world);
    let world = World::with_options(Limits::default(), options());
    assert_eq!(world.ok("GetSecretValue", json!({ "SecretId": "a" }))["SecretString"], json!("fake"));
}

#[test]
fn a_keyring_that_hangs_keeps_no_closing_vault_open() {
    let folder = tempfile::tempdir().unwrap();
    let keyring = Arc::new(FakeKeyring::default());
    let options = || Options::folder(folder.path(), by_keyring(&keyring), "a test");
    let world = World::with_options(Limits::default(), options());
    let hangs = keyring.hangs.lock().unwrap();
    world.create("a", &token("1"), "fake");
    drop(world);
    let world = World::with_options(Limits::default(), options());
    assert_eq!(world.ok("GetSecretValue", json!({ "SecretId": "a" }))["SecretString"], json!("fake"));
    drop(hangs);
}

#[test]
fn a_restored_backup_is_asked_about_once() {
    let home = Home::filled();
    let backup = home.folder.path().join("backup.db");
    let world = home.open();
    world.vault.back_up(&backup).unwrap();
    world.put("a", &token("3"), None);
    drop(world);
    fs::rename(&backup, home.file()).unwrap();
    assert!(matches!(home.refused(), OpenError::OlderFile { .. }));
    let accepted = Accepted { older_file: true, ..Accepted::default() };
    Vault::open_blocking(Options { accepted, ..home.options() }).unwrap();
    drop(home.open());
}

#[test]
fn a_changed_file_that_was_accepted_is_newer_than_what_was_there_before() {
    let home = Home::filled();
    let before = fs::read(home.file()).unwrap();
    home.tamper("UPDATE secret SET description = NULL WHERE id = 1");
    drop(World::with_options(Limits::default(), as_it_is(home.options())));
    fs::write(home.file(), before).unwrap();
    let told = home.refused();
    assert!(matches!(told, OpenError::OlderFile { .. }), "{told}");
}

#[test]
fn the_date_of_a_read_is_no_change() {
    let home = Home::filled();
    let before = home.generation();
    let world = home.open();
    world.hands.advance(chrono::TimeDelta::days(1));
    // Who writes at the moment notes it afterwards: the rotator has woken too.
    while !world.ok("DescribeSecret", json!({ "SecretId": "b" }))["LastAccessedDate"].is_number() {
        world.ok("GetSecretValue", json!({ "SecretId": "b" }));
    }
    drop(world);
    assert_eq!(home.generation(), before);
}
