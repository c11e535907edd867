//! The real `latchkey-vault`.
#![allow(dead_code, clippy::unwrap_used)]

use std::io::{BufRead, BufReader, Write};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use serde_json::Value;

use super::Caller;

pub const PASSPHRASE: &str = "fake passphrase";

/// The program, with a passphrase on standard input.
pub struct Program {
    pub child: Child,
    pub caller: Caller,
    /// The line that it prints when it is ready.
    pub ready: Value,
}

impl Program {
    pub fn start(folder: &Path) -> Self {
        Self::of(command(folder))
    }

    pub fn of(mut command: Command) -> Self {
        let mut child = command.spawn().unwrap();
        child.stdin.take().unwrap().write_all(PASSPHRASE.as_bytes()).unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let ready: Value = serde_json::from_str(&line).expect("one line of JSON");
        let address: SocketAddr = ready["endpoint"].as_str().unwrap()["http://".len()..].parse().unwrap();
        let mut caller = Caller::new(address);
        caller.id = ready["access_key_id"].as_str().unwrap().into();
        caller.secret = ready["secret_access_key"].as_str().unwrap().into();
        Self { child, caller, ready }
    }

    pub fn end(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

pub fn command(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_latchkey-vault"));
    command.args(["serve", "--passphrase-file", "-", "--data"]).arg(folder);
    with_pipes(&mut command);
    command
}

pub fn with_pipes(command: &mut Command) {
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
}

/// Why the program does not open the vault of a folder.
pub fn told_at_start(folder: &Path) -> String {
    told_at(command(folder))
}

/// Why the program does not open its vault.
pub fn told_at(mut command: Command) -> String {
    let mut child = command.spawn().unwrap();
    child.stdin.take().unwrap().write_all(PASSPHRASE.as_bytes()).unwrap();
    // One that opens it after all would serve until it is ended.
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    child.kill().unwrap();
    let ended = child.wait_with_output().unwrap();
    assert_eq!(line, "", "it opened");
    String::from_utf8_lossy(&ended.stderr).into_owned()
}
