//! The memory of `latchkey-vault` as the rest of the system sees it: no core, no look into it, no load that stays.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used)]

mod common;

use std::fs::{self, File, Permissions};
use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpStream};
use std::os::fd::AsRawFd;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use common::{Caller, connect, read_reply, token};
use rustix::process::{Pid, Resource, Rlimit, Signal, geteuid, getrlimit, kill_process, setrlimit};
use serde_json::{Value, json};
use tempfile::TempDir;

const NOBODY: u32 = 65534;
const MEBIBYTE: usize = 1024 * 1024;

/// A program, ended with its test.
struct Running(Child);

impl Running {
    fn start(command: &mut Command) -> Self {
        Self(command.stdin(Stdio::null()).stderr(Stdio::null()).spawn().unwrap())
    }

    fn file(&self, name: &str) -> String {
        format!("/proc/{}/{name}", self.0.id())
    }

    /// A line of its status in KiB.
    fn kibibytes(&self, line: &str) -> usize {
        let status = fs::read_to_string(self.file("status")).unwrap();
        let found = status.lines().find_map(|found| found.strip_prefix(line)?.strip_prefix(':')).unwrap();
        found.trim().trim_end_matches(" kB").parse().unwrap()
    }

    /// Crashes it, and tells whether the kernel has written its memory to a file or to a collector.
    fn leaves_a_core(mut self) -> bool {
        kill_process(Pid::from_child(&self.0), Signal::ABORT).unwrap();
        let ended = self.0.wait().unwrap();
        assert_eq!(ended.signal(), Some(Signal::ABORT.as_raw()));
        ended.core_dumped()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// `latchkey-vault serve`, once it is ready, and who may call it.
fn serve(command: &mut Command, more: &[&str]) -> (Running, Caller) {
    let mut vault = Running::start(command.args(["serve", "--in-memory"]).args(more).stdout(Stdio::piped()));
    let mut line = String::new();
    BufReader::new(vault.0.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let ready: Value = serde_json::from_str(&line).unwrap();
    let text = |key: &str| ready[key].as_str().unwrap().to_owned();
    let mut caller = Caller::new(text("endpoint").trim_start_matches("http://").parse().unwrap());
    (caller.id, caller.secret) = (text("access_key_id"), text("secret_access_key"));
    (vault, caller)
}

fn program() -> Command {
    Command::new(env!("CARGO_BIN_EXE_latchkey-vault"))
}

/// Lets the kernel write cores of what this test starts, as far as this machine does.
fn allow_cores() {
    let most = getrlimit(Resource::Core).maximum;
    setrlimit(Resource::Core, Rlimit { current: most, maximum: most }).unwrap();
}

/// Runs as an ordinary person: root may look into everything.
fn as_person(command: &mut Command) -> &mut Command {
    if geteuid().is_root() {
        command.uid(NOBODY).gid(NOBODY);
    }
    command.current_dir("/")
}

#[test]
fn the_vault_and_its_rotation_programs_may_leave_no_core() {
    allow_cores();
    let folder = TempDir::new().unwrap();
    let told = folder.path().join("limits");
    let function = format!("Limits=sh -c 'cat /proc/self/limits >{0}.new && mv {0}.new {0}'", told.display());
    let (vault, caller) = serve(&mut program(), &["--rotation-function", &function]);
    // One byte: the kernel writes no core that small, and starts no collector for it, as it does with none.
    let shut = getrlimit(Resource::Core).maximum.map_or(1, |most| most.min(1)).to_string();
    let is_shut = |limits: String| {
        let line = limits.lines().find(|line| line.starts_with("Max core file size")).unwrap().to_owned();
        line.split_whitespace().skip(4).take(2).all(|limit| limit == shut)
    };
    assert!(is_shut(fs::read_to_string(vault.file("limits")).unwrap()));

    rotate(&caller, "Limits");
    assert!(is_shut(wait_for_file(&told)), "nor may what it starts");
}

/// Begins the rotation of a secret by this function.
fn rotate(caller: &Caller, function: &str) {
    let create = json!({ "Name": "a", "ClientRequestToken": token("1"), "SecretString": "fake" });
    assert_eq!(caller.call("CreateSecret", &create).status, 200);
    let arn = format!("arn:aws:lambda:{}:123456789012:function:{function}", caller.region);
    let rules = json!({ "AutomaticallyAfterDays": 1 });
    let rotate = json!({ "SecretId": "a", "ClientRequestToken": token("2"), "RotationLambdaARN": arn,
        "RotationRules": rules });
    assert_eq!(caller.call("RotateSecret", &rotate).status, 200);
}

fn wait_for_file(path: &Path) -> String {
    let deadline = Instant::now() + Duration::from_secs(20);
    loop {
        if let Ok(text) = fs::read_to_string(path) {
            return text;
        }
        assert!(Instant::now() < deadline, "{} is not there", path.display());
        std::thread::yield_now();
    }
}

#[test]
fn a_crash_of_the_vault_leaves_no_core() {
    allow_cores();
    let folder = TempDir::new().unwrap();
    let (vault, _) = serve(program().current_dir(&folder), &[]);
    assert!(!vault.leaves_a_core());
    assert_eq!(fs::read_dir(&folder).unwrap().count(), 0);
    let other = Running::start(Command::new("sleep").arg("60").current_dir(&folder));
    assert!(other.leaves_a_core(), "nothing was shown: this machine writes no core of any program");
}

#[test]
fn another_program_of_the_same_person_cannot_look_into_the_vault() {
    // By its open file: nobody else may go through the folders in which root has the programs.
    let file = File::open(env!("CARGO_BIN_EXE_latchkey-vault")).unwrap();
    rustix::io::fcntl_setfd(&file, rustix::io::FdFlags::empty()).unwrap();
    let mut command = Command::new(format!("/proc/self/fd/{}", file.as_raw_fd()));
    let folder = TempDir::new().unwrap();
    fs::set_permissions(&folder, Permissions::from_mode(0o777)).unwrap();
    let told = folder.path().join("guardian");
    let function = format!("Told=sh -c 'echo $PPID >{0}.new && mv {0}.new {0} && sleep 60'", told.display());
    let (vault, caller) = serve(as_person(&mut command), &["--rotation-function", &function]);
    let other = Running::start(as_person(Command::new("sleep").arg("60")));
    let can_be_read = |environ: &str| {
        let mut look = Command::new("head");
        look.args(["--bytes=1", environ]).stdout(Stdio::null()).stderr(Stdio::null());
        as_person(&mut look).status().unwrap().success()
    };
    assert!(!can_be_read(&vault.file("environ")));
    assert!(can_be_read(&other.file("environ")), "nothing was shown: no program can be looked into");
    assert_eq!(caller.call("ListSecrets", &json!({})).status, 200, "and it works as ever");

    // The guardian of a rotation program was given its credentials.
    rotate(&caller, "Told");
    let guardian = wait_for_file(&told).trim().to_owned();
    assert_eq!(fs::read_to_string(format!("/proc/{guardian}/comm")).unwrap(), "guardian\n");
    assert!(!can_be_read(&format!("/proc/{guardian}/environ")));
}

/// An upload that is not signed, up to its last byte.
fn begin_upload(address: SocketAddr, body: &[u8]) -> TcpStream {
    let mut stream = connect(address);
    let head = format!("POST / HTTP/1.1\r\nhost: localhost\r\ncontent-length: {}\r\n\r\n", body.len());
    stream.write_all(head.as_bytes()).unwrap();
    stream.write_all(&body[1..]).unwrap();
    stream
}

#[test]
fn uploads_that_are_not_signed_are_not_kept_in_memory() {
    const AT_ONCE: usize = 50;
    let (vault, caller) = serve(&mut program(), &[]);
    assert_eq!(caller.call("ListSecrets", &json!({})).status, 200);
    let before = vault.kibibytes("VmRSS");
    let body = vec![b'x'; MEBIBYTE];
    for _ in 0..10 {
        let uploads: Vec<_> = (0..AT_ONCE).map(|_| begin_upload(caller.address, &body)).collect();
        for mut upload in uploads {
            upload.write_all(b"x").unwrap();
            let reply = read_reply(&mut upload);
            assert_eq!(reply.fault().0, "MissingAuthenticationTokenException", "{}", reply.head);
        }
    }
    let most = vault.kibibytes("VmHWM") - before;
    let after = vault.kibibytes("VmRSS").saturating_sub(before);
    assert!(most < 24 * 1024, "{AT_ONCE} bodies of 1 MiB at once took {most} KiB");
    assert!(after < 16 * 1024, "{after} KiB stayed");
    assert_eq!(caller.call("ListSecrets", &json!({})).status, 200);
}
