//! A program of the user as a rotation function: the event on its standard input, its exit status as the outcome.
//!
//! It runs without a shell, in an environment of its own, in a process group that ends with it or with its time.

use std::ffi::OsString;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};
use tokio::process::{Child, Command};
use zeroize::Zeroizing;

use super::outcome::{FunctionOutput, StepFailure};

/// The size of the kept tail of the standard error.
const MAX_OUTPUT_BYTES: usize = 16 * 1024;
/// How long the last output may take to come after the program has ended or was ended.
const OUTPUT_GRACE: Duration = Duration::from_secs(1);
/// What a program may see of the vault's own environment: where programs, homes and temporary files are, and how text
/// is written. Nothing that may hold credentials or names a proxy.
const INHERITED: [&str; 13] = [
    "HOME",
    "LANG",
    "LC_ALL",
    "LC_CTYPE",
    "LOGNAME",
    "PATH",
    "SYSTEMROOT",
    "TEMP",
    "TMP",
    "TMPDIR",
    "TZ",
    "USER",
    "USERPROFILE",
];

/// The program and its arguments.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Program {
    path: String,
    arguments: Vec<String>,
}

/// The environment beside what is inherited.
pub type Variables = Vec<(&'static str, Zeroizing<String>)>;

impl Program {
    /// Splits a command like a shell does, without expanding anything; `None` if it cannot be split or is empty.
    pub fn parse(command: &str) -> Option<Self> {
        let mut words = shlex::split(command)?.into_iter();
        let path = words.next().filter(|path| !path.is_empty())?;
        Some(Self { path, arguments: words.collect() })
    }

    /// Runs it to its end, or until the time limit has passed.
    pub async fn run(&self, event: &str, variables: &Variables, limit: Duration) -> Result<(), StepFailure> {
        let mut child = self.command(variables).spawn().map_err(|error| {
            StepFailure::new(format!("{} cannot be started: {error}. Check the command.", self.path))
        })?;
        let group = Group::of(&child);
        let (input, errors) = (child.stdin.take(), child.stderr.take());
        let reading = tokio::spawn(read_end(errors));
        let telling = async {
            if let Some(mut input) = input {
                // A program need not read its event.
                let _ = input.write_all(event.as_bytes()).await;
            }
        };
        let ended = tokio::time::timeout(limit, async { tokio::join!(telling, child.wait()).1 }).await;
        // What the program left behind ends too; it may still hold the standard error. Systems give numbers of processes
        // in turn, so that of this group has not come back yet.
        group.end();
        let stopper = reading.abort_handle();
        let output = match tokio::time::timeout(OUTPUT_GRACE, reading).await {
            Ok(Ok(output)) => output,
            _ => FunctionOutput::default(),
        };
        stopper.abort();
        let reason = match ended {
            Ok(Ok(status)) if status.success() => return Ok(()),
            Ok(Ok(status)) => describe(&self.path, status),
            Ok(Err(error)) => format!("{} cannot be waited for: {error}.", self.path),
            Err(_) => format!("{} did not finish within {} seconds.", self.path, limit.as_secs_f32()),
        };
        Err(StepFailure { reason, output })
    }

    fn command(&self, variables: &Variables) -> Command {
        let mut command = Command::new(&self.path);
        command.args(&self.arguments).env_clear();
        let inherited =
            INHERITED.iter().filter_map(|name| Some((OsString::from(name), std::env::var_os(name)?)));
        command.envs(inherited).envs(variables.iter().map(|(name, value)| (name, value.as_str())));
        command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped()).kill_on_drop(true);
        #[cfg(unix)]
        command.process_group(0);
        command
    }
}

fn describe(path: &str, status: ExitStatus) -> String {
    match status.code() {
        Some(code) => format!("{path} ended with status {code}."),
        None => format!("{path} was ended by a signal."),
    }
}

/// The end of what comes, as text.
async fn read_end(errors: Option<impl AsyncRead + Unpin>) -> FunctionOutput {
    let Some(mut errors) = errors else { return FunctionOutput::default() };
    let mut kept = Zeroizing::new(Vec::with_capacity(2 * MAX_OUTPUT_BYTES));
    let mut read = Zeroizing::new([0; 4096]);
    while let Ok(count @ 1..) = errors.read(&mut *read).await {
        if kept.len() + count > kept.capacity() {
            let surplus = kept.len() - (MAX_OUTPUT_BYTES - count);
            kept.drain(..surplus);
        }
        kept.extend_from_slice(&read[..count]);
    }
    let surplus = kept.len().saturating_sub(MAX_OUTPUT_BYTES);
    FunctionOutput::new(String::from_utf8_lossy(&kept[surplus..]))
}

/// The processes of a program. They end when this is dropped, so also when the rotation itself is.
struct Group(#[cfg(unix)] Option<rustix::process::Pid>);

impl Group {
    #[cfg(unix)]
    fn of(child: &Child) -> Self {
        let id = child.id().and_then(|id| i32::try_from(id).ok());
        Self(id.and_then(rustix::process::Pid::from_raw))
    }

    #[cfg(not(unix))]
    fn of(_: &Child) -> Self {
        Self()
    }

    fn end(self) {}
}

impl Drop for Group {
    fn drop(&mut self) {
        #[cfg(unix)]
        if let Some(group) = self.0 {
            // It fails if all of them have ended, as they should.
            let _ = rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn run(command: &str, limit: Duration) -> Result<(), StepFailure> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let variables = vec![("GIVEN", Zeroizing::new("given".to_owned()))];
        runtime.block_on(Program::parse(command).unwrap().run("{\"Step\":\"fake\"}", &variables, limit))
    }

    const LONG: Duration = Duration::from_secs(20);

    #[test]
    fn a_command_is_split_and_never_expanded() {
        let program = Program::parse(r#"/bin/echo "$HOME" '*' a\ b"#).unwrap();
        assert_eq!(program.arguments, ["$HOME", "*", "a b"]);
        assert_eq!(Program::parse("'open"), None, "a quote that is not closed");
        assert_eq!(Program::parse("  "), None, "nothing to run");
    }

    #[test]
    #[cfg(unix)]
    fn the_event_comes_in_and_the_status_tells_the_outcome() {
        assert_eq!(run(r#"sh -c 'read line; test "$line" = "{\"Step\":\"fake\"}"'"#, LONG), Ok(()));
        let failure = run("sh -c 'echo fake reason >&2; exit 3'", LONG).unwrap_err();
        assert_eq!(failure.reason, "sh ended with status 3.");
        assert_eq!(failure.output.expose(), "fake reason\n");
        assert!(!format!("{failure:?}").contains("fake reason"), "what it wrote may hold values");
    }

    #[test]
    #[cfg(unix)]
    fn a_program_that_cannot_be_started_is_told() {
        let failure = run("/nonexistent/rotate", LONG).unwrap_err();
        assert!(failure.reason.starts_with("/nonexistent/rotate cannot be started: "), "{}", failure.reason);
    }

    #[test]
    #[cfg(unix)]
    fn the_environment_is_cleared_but_for_the_list() {
        let failure = run("sh -c 'env >&2; exit 1'", LONG).unwrap_err();
        let names: Vec<&str> =
            failure.output.expose().lines().filter_map(|line| Some(line.split_once('=')?.0)).collect();
        // Cargo sets many more for this test; the shell adds its own.
        let own = ["GIVEN", "PWD", "OLDPWD", "SHLVL", "_"];
        let foreign = names.iter().find(|name| !own.contains(name) && !INHERITED.contains(name));
        assert_eq!(foreign, None);
        assert!(names.contains(&"GIVEN") && names.contains(&"PATH"), "{names:?}");
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn a_program_that_takes_too_long_is_ended_with_its_children() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let path = file.path().to_str().unwrap();
        let command = format!("sh -c 'sleep 600 & echo $! > {path}; wait'");
        let failure = run(&command, Duration::from_secs(1)).unwrap_err();
        assert_eq!(failure.reason, "sh did not finish within 1 seconds.");
        let child: u32 = std::fs::read_to_string(path).unwrap().trim().parse().unwrap();
        // It went with the program, or is on its way. One that nobody has asked for its status yet has ended too.
        let is_there = || {
            let status = std::fs::read_to_string(format!("/proc/{child}/stat")).unwrap_or_default();
            status
                .rsplit(')')
                .next()
                .is_some_and(|state| !state.trim_start().starts_with('Z') && !state.is_empty())
        };
        while is_there() {
            std::thread::yield_now();
        }
    }

    #[test]
    #[cfg(unix)]
    fn of_much_output_the_end_is_kept() {
        let failure = run("sh -c 'yes fake | head -n 100000 >&2; echo end >&2; exit 1'", LONG).unwrap_err();
        let output = failure.output.expose();
        assert!(output.len() == MAX_OUTPUT_BYTES && output.ends_with("fake\nend\n"), "{}", output.len());
    }
}
