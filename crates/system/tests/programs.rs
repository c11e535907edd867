//! Real programs under a real guardian, which is this program of tests.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used)]

use std::ffi::OsString;
use std::fs;
use std::time::{Duration, Instant};

use latchkey_system::programs::{
    Command, Ending, Job, MAX_VALUE_BYTES, Running, Stream, guardian, passed_on,
};
use tokio::io::AsyncReadExt;

/// How long anything here may take. Nothing waits for it to pass.
const LIMIT: Duration = Duration::from_secs(30);

#[test]
fn this_program_of_tests_guards_others() {
    guardian::stand_guard_in_test("this_program_of_tests_guards_others");
}

/// The line of a shell, with nothing but the path in its variables.
fn job(line: &str) -> Job {
    this_program_of_tests_guards_others();
    let path = std::env::var_os("PATH").unwrap();
    Job {
        command: Command::Line(line.to_owned()),
        variables: vec![("PATH".into(), path)],
        input: Vec::new(),
        read: Stream::Output,
    }
}

/// What the program writes, and how it ends.
async fn run(job: &Job) -> (String, Ending) {
    let mut running = Running::start(job).await.unwrap();
    let mut told = String::new();
    running.output().unwrap().read_to_string(&mut told).await.unwrap();
    (told, running.ended().await.unwrap())
}

/// A time to sleep that no other process has, to be found by.
fn own_time(of: u32) -> String {
    format!("600.{}{of}", std::process::id())
}

/// The processes that sleep for this time.
fn sleepers(time: &str) -> usize {
    let all = fs::read_dir("/proc").unwrap().flatten();
    let lines = all.filter_map(|entry| fs::read(entry.path().join("cmdline")).ok());
    lines.filter(|line| line == format!("sleep\0{time}\0").as_bytes()).count()
}

fn wait_for(what: &str, mut is_so: impl FnMut() -> bool) {
    let began = Instant::now();
    while !is_so() {
        assert!(began.elapsed() < LIMIT, "{what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

#[tokio::test]
async fn a_program_is_given_its_input_and_tells_how_it_ended() {
    let given = Job { input: b"fake input\n".to_vec(), ..job("read line; echo \"got $line\"; exit 3") };
    assert_eq!(run(&given).await, ("got fake input\n".to_owned(), Ending::Status(3)));
    assert_eq!(run(&job("kill -TERM $$")).await, (String::new(), Ending::Signal));
    let errors = Job { read: Stream::Errors, ..job("echo out; echo err >&2") };
    assert_eq!(run(&errors).await, ("err\n".to_owned(), Ending::Status(0)), "the other stream leads nowhere");
    let missing = Job { command: Command::Words(vec!["/nonexistent/fake".into()]), ..job("") };
    let error = Running::start(&missing).await.unwrap_err();
    assert_eq!(error.kind(), std::io::ErrorKind::NotFound, "{error}");
    let long = Job { input: vec![b'x'; 1 << 20], ..job("exit 0") };
    assert_eq!(run(&long).await.1, Ending::Status(0), "a program need not read its input");
}

#[tokio::test]
async fn what_a_program_leaves_behind_ends_with_it_in_whatever_session_it_is() {
    let time = own_time(1);
    // In its group, out of its session, and by a parent that has ended: the ways in which daemons start.
    let line =
        format!("sleep {time} & setsid sleep {time} & setsid sh -c 'sleep {time} & setsid sleep {time} &'");
    let home = tempfile::tempdir().unwrap();
    let end = home.path().join("end");
    let line = format!("{line}; until test -e {}; do sleep 0.02; done", end.display());
    let mut running = Running::start(&job(&line)).await.unwrap();
    wait_for("all four sleep", || sleepers(&time) == 4);
    fs::write(end, "").unwrap();
    assert_eq!(running.ended().await.unwrap(), Ending::Status(0));
    assert_eq!(sleepers(&time), 0, "nothing is left once its end is told");
}

#[tokio::test]
async fn a_program_that_is_ended_leaves_nothing_behind() {
    let time = own_time(2);
    let line = format!("setsid sh -c 'setsid sleep {time} & sleep {time}' & trap '' TERM; wait");
    let running = Running::start(&job(&line)).await.unwrap();
    wait_for("both sleep", || sleepers(&time) == 2);
    running.end().await;
    assert_eq!(sleepers(&time), 0, "nothing is left");

    let running = Running::start(&job(&line)).await.unwrap();
    wait_for("both sleep", || sleepers(&time) == 2);
    drop(running);
    wait_for("nothing is left when nobody asks for it any more", || sleepers(&time) == 0);
}

#[tokio::test]
async fn a_program_that_starts_itself_anew_is_ended_too() {
    let time = own_time(3);
    let again = format!("trap '' TERM HUP INT; while :; do setsid sleep {time}; done");
    let running = Running::start(&job(&format!("setsid sh -c \"{again}\" & wait"))).await.unwrap();
    wait_for("it sleeps", || sleepers(&time) == 1);
    running.end().await;
    assert_eq!(sleepers(&time), 0);
}

#[tokio::test]
async fn no_descriptor_but_the_three_is_inherited() {
    // Something that this program was started with, which its children would inherit.
    let ours = fs::File::open("/dev/null").unwrap();
    rustix::io::fcntl_setfd(&ours, rustix::io::FdFlags::empty()).unwrap();
    let (told, _) =
        run(&job("exec python3 -c 'import os; print(sorted(os.listdir(\"/proc/self/fd\")))'")).await;
    // The last is that of the folder that is listed.
    assert_eq!(told, "['0', '1', '2', '3']\n");
    drop(ours);
}

#[test]
fn variables_that_are_too_long_are_not_passed_on() {
    let variable = |name: &str, bytes: usize| (OsString::from(name), OsString::from("x".repeat(bytes)));
    let all = [
        variable("A", 1),
        variable("B", MAX_VALUE_BYTES),
        variable("C", MAX_VALUE_BYTES + 1),
        variable("D", 200_000),
    ];
    let names: Vec<_> = passed_on(all.into_iter()).into_iter().map(|(name, _)| name).collect();
    assert_eq!(names, ["A", "B"]);
}

#[tokio::test]
async fn a_program_that_does_not_fit_is_refused_at_once() {
    let huge = Job { variables: vec![("HUGE".into(), "x".repeat(200_000).into())], ..job("exit 0") };
    let error = Running::start(&huge).await.unwrap_err();
    assert_eq!(error.raw_os_error(), Some(rustix::io::Errno::TOOBIG.raw_os_error()), "{error}");
}
