//! A program with its process group, or its job on Windows, both of which end with it.

use std::ffi::OsString;
use std::io;
use std::process::Stdio;

use process_wrap::tokio::{ChildWrapper, CommandWrap};
use tokio::io::{AsyncRead, AsyncWriteExt};
use tokio::process::Command;

use super::{Ending, Job, Stream};

/// A program that runs. Once this is dropped it is ended, with all of its group or job.
#[derive(Debug)]
pub struct Running {
    /// None once the program and its group or job have ended.
    leader: Option<Box<dyn ChildWrapper>>,
    read: Stream,
}

impl Running {
    /// Starts the program.
    pub async fn start(job: &Job) -> io::Result<Self> {
        let Job { command, variables, input, read } = job;
        let mut command = match command {
            super::Command::Words(words) => of_words(words)?,
            super::Command::Line(line) => of_line(line),
        };
        command.env_clear().envs(variables.iter().map(|(name, value)| (name, value)));
        let stream = |of| if of == *read { Stdio::piped() } else { Stdio::null() };
        command.stdin(if input.is_empty() { Stdio::null() } else { Stdio::piped() });
        command.stdout(stream(Stream::Output)).stderr(stream(Stream::Errors));
        let mut wrap = CommandWrap::from(command);
        #[cfg(unix)]
        wrap.wrap(process_wrap::tokio::ProcessGroup::leader());
        #[cfg(windows)]
        wrap.wrap(process_wrap::tokio::JobObject);
        let mut leader = wrap.spawn()?;
        if let Some(mut stdin) = leader.stdin().take() {
            let input = input.clone();
            // A program need not read its input, so nothing waits for that. It ends with the program.
            tokio::spawn(async move { stdin.write_all(&input).await });
        }
        Ok(Self { leader: Some(leader), read: *read })
    }

    /// What the program writes to the stream that is read; once.
    pub fn output(&mut self) -> Option<Box<dyn AsyncRead + Send + Unpin>> {
        let leader = self.leader.as_mut()?;
        match self.read {
            Stream::Output => leader.stdout().take().map(|stream| Box::new(stream) as _),
            Stream::Errors => leader.stderr().take().map(|stream| Box::new(stream) as _),
        }
    }

    /// Waits for the end of the program. What is left of its group or job is ended then.
    pub async fn ended(&mut self) -> io::Result<Ending> {
        let leader = self.leader.as_mut().ok_or_else(|| io::Error::other("it has ended"))?;
        // The program itself: some of the group may never end.
        let status = leader.inner_mut().wait().await?;
        self.kill();
        Ok(status.code().map_or(Ending::Signal, Ending::Status))
    }

    /// Ends the program, if it still runs, with its group or job.
    pub async fn end(mut self) {
        self.kill();
    }

    /// Systems give numbers of processes in turn, so that of this group has not come back yet.
    fn kill(&mut self) {
        if let Some(mut leader) = self.leader.take() {
            // It fails if all of them have ended, as they should.
            let _ = leader.start_kill();
        }
    }
}

fn of_words(words: &[OsString]) -> io::Result<Command> {
    let (program, arguments) = words.split_first().ok_or(io::ErrorKind::InvalidInput)?;
    let mut command = Command::new(program);
    command.args(arguments);
    Ok(command)
}

#[cfg(not(windows))]
fn of_line(line: &str) -> Command {
    let mut command = Command::new("sh");
    command.args(["-c", line]);
    command
}

/// `cmd.exe` takes the line as it is, in one more pair of quotes.
#[cfg(windows)]
fn of_line(line: &str) -> Command {
    let mut command = Command::new("cmd.exe");
    command.arg("/C").raw_arg(format!("\"{line}\""));
    command
}

impl Drop for Running {
    fn drop(&mut self) {
        self.kill();
    }
}
