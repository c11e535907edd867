//! A closed vault: who was connected gets nothing more, who still holds it gets an error, and its file is free at once.
#![allow(clippy::unwrap_used)]

mod common;

use std::io::Write;
use std::net::TcpStream;
use std::sync::Arc;
use std::time::Duration;

use common::keyring::{FakeKeyring, by_keyring};
use common::{REGION, World, connect, read_reply, token};
use latchkey_domain::secret_text::SecretInput;
use latchkey_vault::seed::Seed;
use latchkey_vault::{FaultCode, Limits, Options, Vault};
use serde_json::json;

#[test]
fn a_request_that_ends_after_the_close_gets_no_value() {
    let world = World::new();
    world.create("a", &token("1"), "fake value");
    let request = world.caller().request("GetSecretValue", &json!({ "SecretId": "a" }));
    let address = world.server.address();
    let mut stream = connect(address);
    let (last, begun) = request.split_last().unwrap();
    stream.write_all(begun).unwrap();
    let World { runtime, server, .. } = world;
    let stopping = runtime.spawn(server.stop());
    while TcpStream::connect(address).is_ok() {
        std::thread::yield_now();
    }
    // It may be closed already.
    let _ = stream.write_all(&[*last]);
    let reply = read_reply(&mut stream);
    assert_ne!(reply.status, 200, "answered after the close: {}", reply.body);
    runtime.block_on(stopping).unwrap();
}

#[test]
fn clients_that_never_read_do_not_keep_a_closed_vault_open() {
    let home = tempfile::tempdir().unwrap();
    let keyring = Arc::new(FakeKeyring::default());
    let options = || Options::folder(home.path(), by_keyring(&keyring), "a test");
    let world = World::with_options(Limits::default(), options());
    world.create("a", &token("1"), &"x".repeat(65_536));
    let mut unsigned = connect(world.server.address());
    unsigned.set_write_timeout(Some(Duration::from_secs(2))).unwrap();
    // Until the server reads no more, or has closed the connection.
    while unsigned.write_all(b"POST / HTTP/1.1\r\nhost: localhost\r\ncontent-length: 0\r\n\r\n").is_ok() {}
    let mut signed = connect(world.server.address());
    let request = world.caller().request("GetSecretValue", &json!({ "SecretId": "a" }));
    signed.write_all(&request.repeat(200)).unwrap();
    // Both are served by now: an answer has arrived.
    signed.peek(&mut [0]).unwrap();

    let World { runtime, server, vault, .. } = world;
    runtime.block_on(async {
        server.stop().await;
        vault.close().await;
    });
    assert!(Vault::open_blocking(options()).is_ok(), "the file is free");
}

#[test]
fn who_still_holds_a_closed_vault_gets_an_error_and_its_file_is_free() {
    let home = tempfile::tempdir().unwrap();
    let keyring = Arc::new(FakeKeyring::default());
    let options = || Options::folder(home.path(), by_keyring(&keyring), "a test");
    let world = World::with_options(Limits::default(), options());
    world.create("a", &token("1"), r#"{"password":"fake"}"#);
    let function = format!("arn:aws:lambda:{REGION}:123456789012:function:GenericPasswordRotation");
    let rotate = json!({ "SecretId": "a", "ClientRequestToken": token("2"), "RotationLambdaARN": function });
    world.ok("RotateSecret", rotate);
    world.settle();
    world.runtime.block_on(world.vault.clone().close());

    let closed = "The vault is closed. Open it, then try again.".to_owned();
    let told = world.fault("GetSecretValue", json!({ "SecretId": "a" }));
    assert_eq!(told, ("ServiceUnavailableException".to_owned(), closed), "a server that still runs");
    world.settle();
    let seeded = world.vault.seed(REGION, Seed { name: "b".into(), ..Seed::default() });
    assert_eq!(seeded.unwrap_err().code, FaultCode::VaultClosed);
    let set = world.vault.set_passphrase(&SecretInput::new("fake passphrase"));
    assert_eq!(set.unwrap_err().code, FaultCode::VaultClosed);
    assert!(Vault::open_blocking(options()).is_ok(), "the file is free while others hold the closed vault");
}
