//! A program of the user as a rotation function: the event on its standard input, its exit status as the outcome.
//!
//! It runs without a shell, in an environment of its own. Nothing of it outlives its time or the vault.

use std::ffi::OsString;
use std::time::Duration;

use latchkey_system::programs::{Command, Ending, Job, Running, Stream, passed_on};
use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::time::Instant;
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

    /// Runs it to its end, or until the time limit has passed. Nothing that it started is left then.
    pub async fn run(&self, event: &str, variables: &Variables, limit: Duration) -> Result<(), StepFailure> {
        let (job, deadline) = (self.job(event, variables), Instant::now() + limit);
        let started = tokio::time::timeout_at(deadline, Running::start(&job)).await;
        let out_of_time = || format!("{} did not finish within {} seconds.", self.path, limit.as_secs_f32());
        let mut running = started.map_err(|_| StepFailure::new(out_of_time()))?.map_err(|error| {
            StepFailure::new(format!("{} cannot be started: {error}. Check the command.", self.path))
        })?;
        let reading = tokio::spawn(read_end(running.output()));
        let ended = tokio::time::timeout_at(deadline, running.ended()).await;
        running.end().await;
        let stopper = reading.abort_handle();
        let output = match tokio::time::timeout(OUTPUT_GRACE, reading).await {
            Ok(Ok(output)) => output,
            _ => FunctionOutput::default(),
        };
        stopper.abort();
        let reason = match ended {
            Ok(Ok(Ending::Status(0))) => return Ok(()),
            Ok(Ok(Ending::Status(code))) => format!("{} ended with status {code}.", self.path),
            Ok(Ok(Ending::Signal)) => format!("{} was ended by a signal.", self.path),
            Ok(Err(error)) => format!("{} cannot be waited for: {error}.", self.path),
            Err(_) => out_of_time(),
        };
        Err(StepFailure { reason, output })
    }

    fn job(&self, event: &str, variables: &Variables) -> Job {
        let own = |name: &str| Some((OsString::from(name), std::env::var_os(name)?));
        let mut all = passed_on(INHERITED.into_iter().filter_map(own));
        all.extend(variables.iter().map(|(name, value)| (name.into(), value.as_str().into())));
        Job {
            command: Command::Words(
                [&self.path].into_iter().chain(&self.arguments).map(OsString::from).collect(),
            ),
            variables: all,
            input: event.as_bytes().to_vec(),
            read: Stream::Errors,
        }
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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use latchkey_system::programs::guardian;

    use super::*;

    #[test]
    fn this_program_of_tests_guards_others() {
        guardian::stand_guard_in_test("rotation::program::tests::this_program_of_tests_guards_others");
    }

    fn run(command: &str, limit: Duration) -> Result<(), StepFailure> {
        this_program_of_tests_guards_others();
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
