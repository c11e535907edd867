//! A program with its guardian, seen from the process that wants it run.

use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream as Socket;
use std::os::unix::process::CommandExt;
use std::process::Stdio;
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncWriteExt, BufReader};
use tokio::net::UnixStream;
use tokio::process::{Child, Command};

use super::guardian::{Answer, GUARDIAN, how_to_stand_guard};
use super::{Ending, Job};

/// How long it may take to end everything: the kernel may be waiting for a disk on behalf of one of them.
const END_GRACE: Duration = Duration::from_secs(5);

/// A program that runs. Once this is dropped the guardian ends it, with all that has come from it.
#[derive(Debug)]
pub struct Running {
    guardian: Child,
    /// The guardian reads its end until it is closed, which the kernel does when this process is gone.
    line: BufReader<UnixStream>,
}

impl Running {
    /// Starts the program; an error of the system if that does not work.
    pub async fn start(job: &Job) -> io::Result<Self> {
        let (ours, theirs) = Socket::pair()?;
        ours.set_nonblocking(true)?;
        let guardian = spawn(theirs)?;
        let mut running = Self { guardian, line: BufReader::new(UnixStream::from_std(ours)?) };
        running.line.write_all(&serde_json::to_vec(job)?).await?;
        match running.answer().await? {
            Answer::NotStarted(code) => Err(io::Error::from_raw_os_error(code)),
            Answer::Started | Answer::Ended(_) => Ok(running),
        }
    }

    /// What the program writes to the stream that is read; once.
    pub fn output(&mut self) -> Option<impl AsyncRead + Send + Unpin + use<>> {
        self.guardian.stderr.take()
    }

    /// Waits for the end of the program. Nothing that has come from it is left then.
    pub async fn ended(&mut self) -> io::Result<Ending> {
        match self.answer().await? {
            Answer::Ended(status) => Ok(status.map_or(Ending::Signal, Ending::Status)),
            Answer::Started | Answer::NotStarted(_) => Err(gone()),
        }
    }

    async fn answer(&mut self) -> io::Result<Answer> {
        let mut answer = String::new();
        self.line.read_line(&mut answer).await?;
        serde_json::from_str(&answer).map_err(|_| gone())
    }

    /// Ends the program, if it still runs, and waits until nothing that has come from it is left.
    pub async fn end(mut self) {
        // It fails if the guardian is gone, and has nothing left to do.
        let _ = self.line.shutdown().await;
        if tokio::time::timeout(END_GRACE, self.guardian.wait()).await.is_err() {
            tracing::warn!("what a program started could not be ended in time");
        }
    }
}

fn gone() -> io::Error {
    io::Error::other("the process that guards it is gone")
}

/// The guardian is this very program, whatever lies in its place by now. It is in no group of a terminal, and sees none
/// of our variables but where libraries are.
fn spawn(line: Socket) -> io::Result<Child> {
    let mut command = std::process::Command::new("/proc/self/exe");
    command.arg0(GUARDIAN).args(how_to_stand_guard()?).process_group(0).env_clear();
    if let Some(libraries) = std::env::var_os("LD_LIBRARY_PATH") {
        command.env("LD_LIBRARY_PATH", libraries);
    }
    // What the program writes comes through the guardian's standard error, which itself writes nothing.
    command.stdin(OwnedFd::from(line)).stdout(Stdio::null()).stderr(Stdio::piped());
    Command::from(command).spawn()
}
