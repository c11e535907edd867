//! The local vault behind the window: what the lock does to it.

use std::io::Write;
use std::net::TcpStream;
use std::time::Duration;

use latchkey::{LocalVault, VaultPlace};
use latchkey_domain::secret_text::SecretInput;
use latchkey_engine::VaultHost;
use latchkey_keyring::Keyring;
use latchkey_vault::folders::Folders;

#[tokio::test(flavor = "multi_thread")]
async fn a_vault_whose_client_never_reads_opens_again_after_it_was_closed() {
    let home = tempfile::tempdir().expect("a temporary folder");
    let folders = Folders::below(home.path());
    let vault = LocalVault::new(VaultPlace::Folder, &folders, Keyring::of_system(&folders.data));
    let passphrase = || Some(SecretInput::new("fake passphrase"));
    let Ok(opened) = vault.open(passphrase()).await else { panic!("a new vault opens") };
    let address = opened.endpoint_url.replace("http://", "");
    let mut client = TcpStream::connect(&address).expect("the port is open");
    client.set_write_timeout(Some(Duration::from_secs(2))).expect("a time-out");
    // Until the vault reads no more, or has closed the connection.
    while client.write_all(b"POST / HTTP/1.1\r\nhost: localhost\r\ncontent-length: 0\r\n\r\n").is_ok() {}
    vault.close().await;
    assert!(TcpStream::connect(&address).is_err(), "the port is closed");
    assert!(vault.open(passphrase()).await.is_ok(), "its file is free");
}
