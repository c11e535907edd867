//! What the process of a guardian does.
//!
//! It is a subreaper: what a program leaves behind becomes its child, also out of another session (`setsid`) or group. It
//! ends them all when the program ends, or when the line to the process that asked for it does: by kill -9 too.

use std::fs;
use std::io::{self, BufReader, Write};
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt;
use std::process::{Command, Stdio};
use std::sync::OnceLock;

use nix::sys::signal::SigSet;
use rustix::event::{PollFd, PollFlags, poll};
use rustix::io::{Errno, retry_on_intr};
use rustix::process::{
    Pid, PidfdFlags, Signal, WaitOptions, WaitStatus, getpid, kill_process, pidfd_open, set_child_subreaper,
    wait,
};
use serde::{Deserialize, Serialize};

use crate::private_memory;
use crate::programs::{self, Job, Stream};

/// What a guardian has in the place of its program's name.
pub(in crate::programs) const GUARDIAN: &str = "guardian (Latchkey)";
/// Standard input, output and error.
const STANDARD_DESCRIPTORS: i32 = 3;

/// The arguments with which this program stands guard.
static ARGUMENTS: OnceLock<Vec<&str>> = OnceLock::new();

/// What the guardian says, each time in one line.
#[derive(Serialize, Deserialize)]
pub(in crate::programs) enum Answer {
    Started,
    /// The number of the system's error.
    NotStarted(i32),
    /// With this status, or by a signal. Nothing is left then.
    Ended(Option<i32>),
}

/// An error if this program would not stand guard, but do once more what it always does.
pub(in crate::programs) fn how_to_stand_guard() -> io::Result<&'static [&'static str]> {
    let missing = || io::Error::other("this program guards no others");
    ARGUMENTS.get().map(Vec::as_slice).ok_or_else(missing)
}

pub(super) fn stand_guard_if_asked(arguments: &[&'static str]) {
    ARGUMENTS.get_or_init(|| arguments.to_vec());
    if std::env::args_os().next().is_some_and(|name| name == GUARDIAN) {
        std::process::exit(stand_guard().map_or(1, |()| 0));
    }
}

fn stand_guard() -> io::Result<()> {
    // What it is given to start a program with are credentials too, and a process that is started is open again.
    private_memory::keep()?;
    close_descriptors()?;
    // Lists of processes show it.
    rustix::thread::set_name(c"guardian")?;
    set_child_subreaper(Some(getpid()))?;
    let line = UnixStream::from(io::stdin().as_fd().try_clone_to_owned()?);
    let job = Job::deserialize(&mut serde_json::Deserializer::from_reader(BufReader::new(&line)))?;
    let program = match start(job) {
        Ok(program) => program,
        Err(error) => {
            let code = error.raw_os_error().unwrap_or(Errno::INVAL.raw_os_error());
            return answer(&line, &Answer::NotStarted(code));
        }
    };
    // Whatever fails from here on, the program does not stay.
    let watched = answer(&line, &Answer::Started).and_then(|()| watch(program, &line));
    let status = end_all(program);
    watched?;
    answer(&line, &Answer::Ended(status.and_then(WaitStatus::exit_status)))
}

fn answer(mut line: &UnixStream, answer: &Answer) -> io::Result<()> {
    let mut text = serde_json::to_vec(answer)?;
    text.push(b'\n');
    line.write_all(&text)
}

/// Closes what this process was started with, which is nothing for the program: whoever started Latchkey may have left
/// it open.
fn close_descriptors() -> io::Result<()> {
    let names: Vec<_> = fs::read_dir("/proc/self/fd")?.flatten().map(|entry| entry.file_name()).collect();
    let open = names.iter().filter_map(|name| name.to_str()?.parse::<i32>().ok());
    for descriptor in open.filter(|descriptor| *descriptor >= STANDARD_DESCRIPTORS) {
        // That of the folder is closed already.
        let _ = nix::unistd::close(descriptor);
    }
    Ok(())
}

fn start(job: Job) -> io::Result<Pid> {
    let Job { command, variables, input, read } = job;
    let words = match command {
        programs::Command::Words(words) => words,
        programs::Command::Line(line) => vec!["sh".into(), "-c".into(), line.into()],
    };
    let (program, arguments) = words.split_first().ok_or(Errno::INVAL)?;
    let mut command = Command::new(program);
    command.args(arguments).env_clear().envs(variables).process_group(0);
    command.stdin(if input.is_empty() { Stdio::null() } else { Stdio::piped() });
    match read {
        Stream::Output => command.stdout(io::stderr()).stderr(Stdio::null()),
        Stream::Errors => command.stdout(Stdio::null()).stderr(Stdio::inherit()),
    };
    let mut child = command.spawn()?;
    let number = Pid::from_child(&child);
    // Whoever ended a guardian politely would set free what it guards. The program has its signals as they were.
    let _ = SigSet::all().thread_block();
    if let Some(mut stdin) = child.stdin.take() {
        // A program need not read its input, so nothing waits for that.
        std::thread::spawn(move || stdin.write_all(&input));
    }
    Ok(number)
}

/// Waits until the program ends, or the line does.
fn watch(program: Pid, line: &UnixStream) -> io::Result<()> {
    let program = pidfd_open(program, PidfdFlags::empty())?;
    let mut ends = [PollFd::new(&program, PollFlags::IN), PollFd::new(line, PollFlags::IN)];
    retry_on_intr(|| poll(&mut ends, None))?;
    Ok(())
}

/// Ends all that has come from the program until nothing is left; how the program itself ended.
///
/// A child goes before what it has started, which becomes a child then: who would start it anew is gone.
fn end_all(program: Pid) -> Option<WaitStatus> {
    let mut of_program = None;
    let mut note = |(ended, status)| {
        if ended == program {
            of_program = Some(status);
        }
    };
    loop {
        loop {
            match wait(WaitOptions::NOHANG) {
                Ok(Some(ended)) => note(ended),
                Ok(None) => break,
                // There are none.
                Err(_) => return of_program,
            }
        }
        // What has become another user by itself, as `sudo` does, can be ended by that one only.
        if children().filter(|child| kill_process(*child, Signal::KILL).is_ok()).count() == 0 {
            return of_program;
        }
        if let Ok(Some(ended)) = wait(WaitOptions::empty()) {
            note(ended);
        }
    }
}

/// The processes whose parent this one is.
fn children() -> impl Iterator<Item = Pid> {
    let own = getpid().as_raw_nonzero().to_string();
    let all = fs::read_dir("/proc").into_iter().flatten().flatten();
    all.filter_map(move |entry| {
        let number = Pid::from_raw(entry.file_name().to_str()?.parse().ok()?)?;
        let status = fs::read_to_string(entry.path().join("stat")).ok()?;
        // A name may hold anything; behind it are the state and the parent.
        let mut words = status.rsplit_once(')')?.1.split_whitespace();
        (words.nth(1)? == own).then_some(number)
    })
}
