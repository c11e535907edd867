//! The local vault behind the window: what the lock does to it, and where nothing can be written.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::time::{Duration, Instant};

use chrono::Utc;
use latchkey::{LocalVault, VaultPlace};
use latchkey_domain::secret_text::SecretInput;
use latchkey_engine::{OpenedVault, VaultHost};
use latchkey_keyring::Keyring;
use latchkey_vault::folders::Folders;
use sha2::{Digest, Sha256};

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

/// What is promised of a close, and what a busy machine may add.
const SOON: Duration = Duration::from_millis(1000 + 500);

fn hmac(key: &[u8], text: &str) -> Vec<u8> {
    const BLOCK: usize = 64;
    let padded = |with: u8| -> Vec<u8> {
        (0..BLOCK).map(|at| key.get(at).copied().unwrap_or_default() ^ with).collect()
    };
    let inner = Sha256::digest([&padded(0x36)[..], text.as_bytes()].concat());
    Sha256::digest([&padded(0x5c)[..], &inner].concat()).to_vec()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A request, signed with what the window was given.
fn signed(opened: &OpenedVault, operation: &str, body: &str, more: &str) -> Vec<u8> {
    let host = opened.endpoint_url.replace("http://", "");
    let now = Utc::now().format("%Y%m%dT%H%M%SZ").to_string();
    let token = opened.session_token.as_ref().map(|token| token.expose()).unwrap_or_default();
    let target = format!("secretsmanager.{operation}");
    let headers =
        format!("host:{host}\nx-amz-date:{now}\nx-amz-security-token:{token}\nx-amz-target:{target}\n");
    let names = "host;x-amz-date;x-amz-security-token;x-amz-target";
    let canonical = format!("POST\n/\n\n{headers}\n{names}\n{}", hex(&Sha256::digest(body)));
    let (day, region) = (&now[..8], opened.region.as_str());
    let scope = format!("{day}/{region}/secretsmanager/aws4_request");
    let to_sign = format!("AWS4-HMAC-SHA256\n{now}\n{scope}\n{}", hex(&Sha256::digest(canonical)));
    let first = format!("AWS4{}", opened.secret_access_key.expose()).into_bytes();
    let key = scope.split('/').fold(first, |key, part| hmac(&key, part));
    let (id, signature) = (&opened.access_key_id, hex(&hmac(&key, &to_sign)));
    let length = body.len();
    format!(
        "POST / HTTP/1.1\r\nhost: {host}\r\nx-amz-date: {now}\r\nx-amz-security-token: {token}\r\n\
         x-amz-target: {target}\r\ncontent-length: {length}\r\n{more}\
         authorization: AWS4-HMAC-SHA256 Credential={id}/{scope}, SignedHeaders={names}, Signature={signature}\r\n\
         \r\n{body}"
    )
    .into_bytes()
}

/// What comes of the head of an answer.
fn head(stream: &mut TcpStream) -> String {
    let mut text = Vec::new();
    let mut byte = [0];
    while !text.ends_with(b"\r\n\r\n") && matches!(stream.read(&mut byte), Ok(1)) {
        text.push(byte[0]);
    }
    String::from_utf8_lossy(&text).into_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_vault_whose_client_never_reads_opens_again_after_it_was_closed() {
    let home = tempfile::tempdir().expect("a temporary folder");
    let vault = vault_below(home.path());
    let opened = open(&vault).await;
    let address = opened.endpoint_url.replace("http://", "");
    let connect = || {
        let stream = TcpStream::connect(&address).expect("the port is open");
        stream.set_read_timeout(Some(Duration::from_secs(60))).expect("a time-out");
        stream
    };
    let value = "x".repeat(60_000);
    let token = "1".repeat(32);
    let create = format!(r#"{{"Name":"a","ClientRequestToken":"{token}","SecretString":"{value}"}}"#);
    let mut first = connect();
    first.write_all(&signed(&opened, "CreateSecret", &create, "")).expect("sent");
    assert!(head(&mut first).starts_with("HTTP/1.1 200"), "the requests are good");

    let get = r#"{"SecretId":"a"}"#;
    let request = signed(&opened, "GetSecretValue", get, "");
    // Signed, and more answers than any system keeps for who does not read them.
    let mut pipelining = connect();
    pipelining.set_nonblocking(true).expect("set");
    for _ in 0..500 {
        // Once its requests are not read any more, the vault waits for it.
        if pipelining.write_all(&request).is_err() {
            break;
        }
    }
    let mut held = connect();
    let expecting = signed(&opened, "GetSecretValue", get, "expect: 100-continue\r\n");
    let (begun, body) = expecting.split_at(expecting.len() - get.len());
    held.write_all(begun).expect("sent");
    assert!(head(&mut held).starts_with("HTTP/1.1 100"), "it waits for the body");
    let (last, rest) = body.split_last().expect("there is one");
    held.write_all(rest).expect("sent");
    pipelining.set_nonblocking(false).expect("set");
    pipelining.set_read_timeout(Some(Duration::from_secs(60))).expect("a time-out");
    assert!(matches!(pipelining.peek(&mut [0]), Ok(1)), "it is being answered");

    let began = Instant::now();
    vault.close().await;
    let took = began.elapsed();
    assert!(took < SOON, "the vault took {took:?} to close");
    assert!(TcpStream::connect(&address).is_err(), "the port is closed");
    // It may be closed already.
    let _ = held.write_all(&[*last]);
    let answer = head(&mut held);
    assert!(!answer.contains(" 200 "), "answered after the close: {answer}");
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
