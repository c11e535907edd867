//! The local vault behind the window: what the lock does to it, and where nothing can be written.

use std::io::Write;
use std::net::TcpStream;
use std::path::Path;
use std::time::Duration;

use latchkey::{LocalVault, VaultPlace};
use latchkey_domain::secret_text::SecretInput;
use latchkey_engine::{OpenedVault, VaultHost};
use latchkey_keyring::Keyring;
use latchkey_vault::folders::Folders;

fn vault_below(home: &Path) -> LocalVault {
    let folders = Folders::below(home);
    LocalVault::new(VaultPlace::Folder, &folders, Keyring::of_system(&folders.data))
}

async fn open(vault: &LocalVault) -> OpenedVault {
    match vault.open(Some(SecretInput::new("fake passphrase")), Vec::new()).await {
        Ok(opened) => opened,
        Err(_) => panic!("the vault opens"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_vault_whose_client_never_reads_opens_again_after_it_was_closed() {
    let home = tempfile::tempdir().expect("a temporary folder");
    let vault = vault_below(home.path());
    let address = open(&vault).await.endpoint_url.replace("http://", "");
    let mut client = TcpStream::connect(&address).expect("the port is open");
    client.set_write_timeout(Some(Duration::from_secs(2))).expect("a time-out");
    // Until the vault reads no more, or has closed the connection.
    while client.write_all(b"POST / HTTP/1.1\r\nhost: localhost\r\ncontent-length: 0\r\n\r\n").is_ok() {}
    vault.close().await;
    assert!(TcpStream::connect(&address).is_err(), "the port is closed");
    // Its file is free.
    open(&vault).await;
}

/// Root may write everywhere, so the test runs once more as nobody then, with this home.
#[cfg(unix)]
const HOME_OF_ROOT: &str = "LATCHKEY_TEST_HOME_OF_ROOT";

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn the_window_knows_of_a_vault_that_takes_no_writes() {
    use std::fs::{self, Permissions};
    use std::os::unix::fs::PermissionsExt;
    use std::os::unix::process::CommandExt;
    use std::process::Command;
    const NOBODY: u32 = 65_534;
    if let Some(home) = std::env::var_os(HOME_OF_ROOT) {
        return assert!(open(&vault_below(Path::new(&home))).await.takes_no_writes);
    }
    let home = tempfile::tempdir().expect("a temporary folder");
    let vault = vault_below(home.path());
    assert!(!open(&vault).await.takes_no_writes);
    vault.close().await;
    let folder = vault.folder();
    let set = |path: &Path, mode| {
        fs::set_permissions(path, Permissions::from_mode(mode)).expect("rights are set");
    };
    for file in fs::read_dir(&folder).expect("a folder").flatten() {
        set(&file.path(), 0o444);
    }
    let above = Path::new(&folder).ancestors().skip(1);
    above.take_while(|above| above.starts_with(home.path())).for_each(|above| set(above, 0o755));
    set(Path::new(&folder), 0o555);
    let is_root = fs::write(Path::new(&folder).join("probe"), "").is_ok();
    if is_root {
        fs::remove_file(Path::new(&folder).join("probe")).expect("removed");
        // Where nobody can reach it.
        let program = home.path().join("tests");
        fs::copy(std::env::current_exe().expect("this program"), &program).expect("copied");
        let mut again = Command::new(program);
        again.args(["--exact", "the_window_knows_of_a_vault_that_takes_no_writes", "--nocapture"]);
        again.env(HOME_OF_ROOT, home.path()).current_dir("/").uid(NOBODY).gid(NOBODY);
        assert!(again.status().expect("it runs").success());
    } else {
        assert!(open(&vault).await.takes_no_writes);
    }
    set(Path::new(&folder), 0o755);
}
