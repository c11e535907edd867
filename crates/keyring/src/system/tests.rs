//! A real gnome-keyring on a bus of its own for each test: missing, locked, silent, ended in the middle.
#![allow(clippy::unwrap_used)]

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread::yield_now;
use std::time::{Duration, Instant};

use serde::de::DeserializeOwned;
use zbus::blocking::{Connection, MessageIterator};
use zbus::message::Type;
use zbus::zvariant::{ObjectPath, OwnedObjectPath, OwnedValue, Value};

use super::{Patience, Store, SystemEntries, accounts_within, load_within, save_within};
use crate::{Entries, KeyringProblem, Lack, Secret};

const DBUS: &str = "org.freedesktop.DBus";
const DBUS_PATH: &str = "/org/freedesktop/DBus";
const SERVICE: &str = "org.freedesktop.secrets";
const ROOT: &str = "/org/freedesktop/secrets";
const LOGIN: &str = "/org/freedesktop/secrets/collection/login";

/// Enough for what answers, not for a person who does not come.
const SHORT: Patience =
    Patience { answer: Duration::from_secs(5), question: Duration::from_secs(2), quiet: Duration::MAX };

/// A bus that starts no program by itself.
const LONE_BUS: &str = "<busconfig><type>session</type><listen>unix:tmpdir=/tmp</listen><auth>EXTERNAL</auth>\
    <policy context='default'><allow send_destination='*' eavesdrop='true'/><allow eavesdrop='true'/>\
    <allow own='*'/></policy></busconfig>";

/// A program that ends with the test.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

const INSIDE: &str = "KEYRING_TEST_FOLDER";

/// Runs the rest of a test again in a process whose session bus is its own; false where this is not that process.
/// `config` is what the bus is told, or the one of every desktop, which starts what is asked for.
fn alone(test: &str, config: Option<&str>) -> bool {
    if std::env::var_os(INSIDE).is_some() {
        return true;
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    let mut bus = Command::new("dbus-daemon");
    match config {
        Some(text) => {
            std::fs::write(path.join("bus.conf"), text).unwrap();
            bus.arg(format!("--config-file={}", path.join("bus.conf").display()));
        }
        None => drop(bus.arg("--session")),
    }
    let session = [("XDG_RUNTIME_DIR", path), ("XDG_DATA_HOME", path), (INSIDE, path)];
    let bus =
        bus.args(["--nofork", "--print-address"]).envs(session).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut bus = Running(bus.spawn().unwrap());
    let mut address = String::new();
    BufReader::new(bus.0.stdout.take().unwrap()).read_line(&mut address).unwrap();
    run_again(test, path, address.trim());
    false
}

/// Runs a test in a process whose session bus has this address.
fn run_again(test: &str, folder: &Path, address: &str) {
    let mut again = Command::new(std::env::current_exe().unwrap());
    again.args(["--exact", &format!("system::tests::{test}")]);
    again.envs([("XDG_RUNTIME_DIR", folder), ("XDG_DATA_HOME", folder), (INSIDE, folder)]);
    let output = again.env("DBUS_SESSION_BUS_ADDRESS", address).output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && text.contains("1 passed"), "{text}");
}

/// Starts an unlocked keyring on the bus of this process. A former one may have left entries.
fn start_keyring() -> Running {
    let mut daemon = Command::new("gnome-keyring-daemon");
    let daemon = daemon.args(["--foreground", "--unlock", "--components=secrets"]);
    let daemon = daemon.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
    let mut daemon = Running(daemon.spawn().unwrap());
    // An empty line is the password of the login keyring; without one, no keyring is made.
    daemon.0.stdin.take().unwrap().write_all(b"\n").unwrap();
    // A call before it is there would have the bus start another one, which has no keyring.
    let bus = Connection::session().unwrap();
    wait_for("the keyring is there", || is_owned(&bus, SERVICE));
    wait_for("the keyring answers", || is_locked() == Ok(false));
    daemon
}

/// Whether a name has an owner, asked so that the bus starts nobody.
fn is_owned(bus: &Connection, name: &str) -> bool {
    call_bus(bus, "NameHasOwner", name)
}

fn call_bus<T: DeserializeOwned + zbus::zvariant::Type>(bus: &Connection, method: &str, name: &str) -> T {
    let reply = bus.call_method(Some(DBUS), DBUS_PATH, Some(DBUS), method, &name).unwrap();
    reply.body().deserialize().unwrap()
}

fn wait_for(what: &str, done: impl Fn() -> bool) {
    let since = Instant::now();
    while !done() {
        assert!(since.elapsed() < Duration::from_secs(20), "{what}");
        yield_now();
    }
}

/// Locks the keyring as its own program does.
fn lock() {
    let bus = Store::open().unwrap().bus;
    let login = vec![ObjectPath::try_from(LOGIN).unwrap()];
    bus.call_method(Some(SERVICE), ROOT, Some("org.freedesktop.Secret.Service"), "Lock", &login).unwrap();
    assert_eq!(is_locked(), Ok(true));
}

/// Unlocks it by its password, without a window.
fn unlock() {
    let bus = Store::open().unwrap().bus;
    let plain = ("plain", Value::from(""));
    let service = Some("org.freedesktop.Secret.Service");
    let reply = bus.call_method(Some(SERVICE), ROOT, service, "OpenSession", &plain).unwrap();
    let (_, session): (OwnedValue, OwnedObjectPath) = reply.body().deserialize().unwrap();
    // An empty line, as at its start.
    let password = (session, Vec::<u8>::new(), b"\n".to_vec(), "text/plain");
    let login = ObjectPath::try_from(LOGIN).unwrap();
    let inside = Some("org.gnome.keyring.InternalUnsupportedGuiltRiddenInterface");
    bus.call_method(Some(SERVICE), ROOT, inside, "UnlockWithMasterPassword", &(login, password)).unwrap();
    assert_eq!(is_locked(), Ok(false));
}

fn is_locked() -> Result<bool, KeyringProblem> {
    Store::open()?.is_locked()
}

fn fake() -> Secret {
    Secret::new(b"fake secret".to_vec())
}

fn load() -> Result<Option<Secret>, KeyringProblem> {
    load_within(&SHORT, "one")
}

fn save() -> Result<(), KeyringProblem> {
    save_within(&SHORT, "one", fake())
}

#[test]
fn without_a_session_bus_it_is_said_what_is_missing() {
    if std::env::var_os(INSIDE).is_none() {
        let folder = tempfile::tempdir().unwrap();
        let nowhere = "unix:path=/nonexistent/bus";
        return run_again("without_a_session_bus_it_is_said_what_is_missing", folder.path(), nowhere);
    }
    let missing = save().unwrap_err();
    assert!(matches!(missing, KeyringProblem::Missing { lack: Lack::Bus, .. }), "{missing:?}");
    assert!(missing.to_string().contains("no D-Bus session bus"), "{missing}");
    assert_eq!(load(), Err(missing.clone()));
    assert_eq!(accounts_within(&SHORT), Err(missing));
}

#[test]
fn without_a_secret_service_it_is_said_what_to_start_and_one_that_starts_later_is_used() {
    let name = "without_a_secret_service_it_is_said_what_to_start_and_one_that_starts_later_is_used";
    if !alone(name, Some(LONE_BUS)) {
        return;
    }
    let missing = load().unwrap_err();
    assert!(matches!(missing, KeyringProblem::Missing { lack: Lack::Service, .. }), "{missing:?}");
    let told = missing.to_string();
    assert!(told.contains("gnome-keyring or KWallet") && told.contains("by passphrase"), "{told}");
    assert!(!told.contains("org.freedesktop"), "the bus's own words are not for a person: {told}");
    assert!(
        missing.words().is_some_and(|words| words.contains("org.freedesktop")),
        "they are kept: {missing:?}"
    );
    let text = missing.to_string();
    assert!(text.contains("gnome-keyring or KWallet") && text.contains("then try again"), "{text}");
    assert_eq!(save(), Err(missing), "nothing is stored elsewhere");
    let _daemon = start_keyring();
    assert_eq!(load(), Ok(None));
    assert_eq!(save(), Ok(()));
    assert_eq!(load(), Ok(Some(fake())), "no restart was needed");
    assert_eq!(SystemEntries.delete("one"), Ok(()));
    assert_eq!(load(), Ok(None));
    assert_eq!(SystemEntries.delete("one"), Ok(()), "nothing to delete is no failure");
}

#[test]
fn an_entry_takes_as_much_as_every_system_does_and_no_more() {
    if !alone("an_entry_takes_as_much_as_every_system_does_and_no_more", Some(LONE_BUS)) {
        return;
    }
    let long = |bytes| Secret::new(vec![b'f'; bytes]);
    assert_eq!(
        save_within(&SHORT, "one", long(2561)),
        Err(KeyringProblem::TooLong { bytes: 2561 }),
        "before any keyring is asked"
    );
    let _daemon = start_keyring();
    assert_eq!(save_within(&SHORT, "one", long(2560)), Ok(()));
    assert!(save_within(&SHORT, "one", long(2561)).is_err());
    assert_eq!(load(), Ok(Some(long(2560))), "what was there stays");
}

#[test]
fn the_accounts_of_all_entries_are_known_and_those_of_other_programs_are_not() {
    if !alone("the_accounts_of_all_entries_are_known_and_those_of_other_programs_are_not", Some(LONE_BUS)) {
        return;
    }
    let _daemon = start_keyring();
    assert_eq!(accounts_within(&SHORT), Ok(vec![]));
    for account in ["one", "sealed:fake:two"] {
        assert_eq!(save_within(&SHORT, account, fake()), Ok(()));
    }
    let others = HashMap::from([("service", "another program"), ("username", "three")]);
    let session = Store::open().unwrap().session().unwrap();
    let collection = session.get_default_collection().unwrap();
    collection.create_item("fake", others, b"fake secret", false, "text/plain").unwrap();
    let mut accounts = accounts_within(&SHORT).unwrap();
    accounts.sort();
    assert_eq!(accounts, ["one", "sealed:fake:two"]);
    assert_eq!(SystemEntries.delete("one"), Ok(()));
    assert_eq!(accounts_within(&SHORT), Ok(vec!["sealed:fake:two".to_owned()]));
}

#[test]
fn a_locked_keyring_is_told_and_works_once_it_is_unlocked() {
    if !alone("a_locked_keyring_is_told_and_works_once_it_is_unlocked", Some(LONE_BUS)) {
        return;
    }
    let _daemon = start_keyring();
    assert_eq!(save(), Ok(()));
    lock();
    assert_eq!(load(), Err(KeyringProblem::Locked), "nobody can show its question");
    assert_eq!(save_within(&SHORT, "two", fake()), Err(KeyringProblem::Locked));
    unlock();
    assert_eq!(load(), Ok(Some(fake())), "nothing is lost");
    assert_eq!(load_within(&SHORT, "two"), Ok(None), "what was refused was not stored");
}

#[test]
fn a_question_for_the_password_that_nobody_answers_is_given_up_and_not_asked_again_at_once() {
    let name = "a_question_for_the_password_that_nobody_answers_is_given_up_and_not_asked_again_at_once";
    // The bus of every desktop starts the window that asks.
    if !alone(name, None) {
        return;
    }
    let _daemon = start_keyring();
    assert_eq!(save(), Ok(()));
    lock();
    assert_eq!(load(), Err(KeyringProblem::Silent { seconds: 2 }));
    let since = Instant::now();
    assert_eq!(load(), Err(KeyringProblem::Locked), "one window is enough");
    assert!(since.elapsed() < SHORT.question, "and it is told at once");
    unlock();
    assert_eq!(load(), Ok(Some(fake())));
}

#[test]
fn a_keyring_that_ends_between_two_calls_is_told_and_used_again_once_it_is_back() {
    let name = "a_keyring_that_ends_between_two_calls_is_told_and_used_again_once_it_is_back";
    if !alone(name, Some(LONE_BUS)) {
        return;
    }
    let daemon = start_keyring();
    assert_eq!(save(), Ok(()));
    drop(daemon);
    let gone = load().unwrap_err();
    assert!(matches!(gone, KeyringProblem::Missing { .. }), "{gone:?}");
    let _daemon = start_keyring();
    assert_eq!(load(), Ok(Some(fake())), "nothing is lost, and nobody started this program again");
}

#[test]
fn a_keyring_that_hangs_is_given_up() {
    if !alone("a_keyring_that_hangs_is_given_up", Some(LONE_BUS)) {
        return;
    }
    let daemon = start_keyring();
    assert_eq!(save(), Ok(()));
    let signal = |name: &str| {
        let sent = Command::new("kill").args([name, &daemon.0.id().to_string()]).status().unwrap();
        assert!(sent.success());
    };
    signal("-STOP");
    let quick = Patience { answer: Duration::from_secs(1), ..SHORT };
    assert_eq!(load_within(&quick, "one"), Err(KeyringProblem::Silent { seconds: 1 }));
    signal("-CONT");
    assert_eq!(load(), Ok(Some(fake())));
}

#[test]
fn a_keyring_that_breaks_off_and_is_started_again_is_asked_again() {
    if !alone("a_keyring_that_breaks_off_and_is_started_again_is_asked_again", Some(LONE_BUS)) {
        return;
    }
    let daemon = start_keyring();
    assert_eq!(save(), Ok(()));
    drop(daemon);
    let crashing = Connection::session().unwrap();
    crashing.request_name(SERVICE).unwrap();
    let restarted = std::thread::spawn(move || {
        let mut arriving = MessageIterator::from(&crashing);
        let is_call = |message: &zbus::Message| message.header().message_type() == Type::MethodCall;
        assert!(arriving.any(|message| message.is_ok_and(|message| is_call(&message))));
        // It ends in the middle of a request, as gnome-keyring does where another program's first one comes at a bad time.
        crashing.close().unwrap();
        start_keyring()
    });
    assert_eq!(load(), Ok(Some(fake())), "nobody has to try again by hand");
    drop(restarted.join().unwrap());
}

/// What one connection sent to the keyring, in order: a request by its name, and nothing for an answer that it got.
type Talk = Vec<Option<String>>;

/// What each connection says to the keyring and hears from it while something is done.
fn overheard(work: impl FnOnce()) -> HashMap<String, Talk> {
    let (watching, asking) = (Connection::session().unwrap(), Connection::session().unwrap());
    let keyring: String = call_bus(&asking, "GetNameOwner", SERVICE);
    let rules = (vec![format!("destination='{SERVICE}'"), format!("sender='{SERVICE}'")], 0_u32);
    let monitoring = Some("org.freedesktop.DBus.Monitoring");
    let heard = MessageIterator::from(&watching);
    watching.call_method(Some(DBUS), DBUS_PATH, monitoring, "BecomeMonitor", &rules).unwrap();
    let last = asking.unique_name().unwrap().to_string();
    let talks = std::thread::spawn(move || talks(heard, &keyring, &last));
    work();
    // The last that is overheard.
    let peer = Some("org.freedesktop.DBus.Peer");
    asking.call_method(Some(SERVICE), ROOT, peer, "GetMachineId", &()).unwrap();
    talks.join().unwrap()
}

/// Who said what, until `last` says something.
fn talks(heard: MessageIterator, keyring: &str, last: &str) -> HashMap<String, Talk> {
    let mut talks = HashMap::<String, Talk>::new();
    for message in heard {
        let message = message.unwrap();
        let header = message.header();
        let Some(from) = header.sender().map(ToString::to_string) else { continue };
        match header.message_type() {
            Type::MethodCall if from == last => break,
            Type::MethodCall => {
                talks.entry(from).or_default().push(Some(header.member().unwrap().to_string()))
            }
            Type::MethodReturn if from == keyring => {
                talks.entry(header.destination().unwrap().to_string()).or_default().push(None);
            }
            _ => {}
        }
    }
    talks
}

#[test]
fn the_first_request_of_a_connection_is_harmless_and_answered_before_the_next() {
    if !alone("the_first_request_of_a_connection_is_harmless_and_answered_before_the_next", Some(LONE_BUS)) {
        return;
    }
    let _daemon = start_keyring();
    let talks = overheard(|| {
        assert_eq!(load(), Ok(None));
        assert_eq!(save(), Ok(()));
        assert_eq!(accounts_within(&SHORT), Ok(vec!["one".to_owned()]));
        assert_eq!(SystemEntries.delete("one"), Ok(()));
    });
    assert_eq!(talks.len(), 4, "one connection for each: {talks:?}");
    for talk in talks.values() {
        assert!(talk.len() > 4, "{talk:?}");
        assert_eq!(talk[..2], [Some("Get".to_owned()), None], "{talk:?}");
    }
}
