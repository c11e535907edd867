//! Real signals on a bus of this test alone, from what stands in for a desktop and for logind.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Read};
use std::os::unix::net::UnixStream;
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;
use std::time::Duration;

use tokio::sync::mpsc;
use zbus::connection::Builder;
use zbus::object_server::SignalEmitter;
use zbus::zvariant::ObjectPath;

use super::*;

const OWN: &str = "/org/freedesktop/login1/session/_31";

/// A bus that ends with the test.
struct Bus {
    process: Child,
    address: String,
}

impl Bus {
    fn start() -> Self {
        let mut bus = Command::new("dbus-daemon");
        let bus = bus.args(["--session", "--nofork", "--print-address"]);
        let mut process = bus.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().expect("a bus starts");
        let mut address = String::new();
        let told = process.stdout.take().expect("it tells where it is");
        BufReader::new(told).read_line(&mut address).expect("a line");
        Self { process, address: address.trim().to_owned() }
    }

    fn builder(&self) -> Builder<'static> {
        Builder::address(self.address.as_str()).expect("an address")
    }
}

impl Drop for Bus {
    fn drop(&mut self) {
        self.process.kill().expect("the bus was there");
        self.process.wait().expect("it ends");
    }
}

/// A lock that tells each time it is closed.
fn counted() -> (Lock, mpsc::UnboundedReceiver<()>) {
    let (sender, locks) = mpsc::unbounded_channel();
    let lock: Lock = Arc::new(move || {
        let sender = sender.clone();
        Box::pin(async move { sender.send(()).expect("the test listens") })
    });
    (lock, locks)
}

/// Waits until somebody on the bus listens for a signal.
async fn listened_for(bus: &Connection, member: &str) {
    let stats = Some("org.freedesktop.DBus.Debug.Stats");
    let (name, path) = (Some("org.freedesktop.DBus"), "/org/freedesktop/DBus");
    let listened = async {
        loop {
            let reply = bus.call_method(name, path, stats, "GetAllMatchRules", &()).await.expect("an answer");
            let rules: HashMap<String, Vec<String>> = reply.body().deserialize().expect("the rules");
            if rules.values().flatten().any(|rule| rule.contains(&format!("member='{member}'"))) {
                return;
            }
        }
    };
    tokio::time::timeout(Duration::from_secs(20), listened).await.expect("somebody listens");
}

#[tokio::test]
async fn the_console_locks_when_a_desktop_locks_its_screen() {
    let bus = Bus::start();
    let desktop = bus.builder().build().await.expect("a connection");
    let console = bus.builder().build().await.expect("a connection");
    let (lock, mut locks) = counted();
    let signals = screen_signals(&console).await.expect("it listens");
    let following = tokio::spawn(async move { follow_screen(signals, &lock).await });
    let tell = async |from: &str, is_active: bool| {
        let path = ObjectPath::try_from("/ScreenSaver").expect("a path");
        let sent = desktop.emit_signal(None::<&str>, path, from, "ActiveChanged", &is_active);
        sent.await.expect("a signal is sent");
    };
    for saver in SCREEN_SAVERS {
        tell(saver, false).await;
        tell("com.example.Other", true).await;
        tell(saver, true).await;
        locks.recv().await.expect("it locks");
        assert!(locks.try_recv().is_err(), "{saver}: an opened screen and strangers lock nothing");
    }
    following.abort();
    assert!(locks.recv().await.is_none(), "once for each");
}

/// What stands in for logind: one session, and sleep that can be delayed.
struct Logind {
    /// The other ends of the delays that were given out.
    delays: Arc<Mutex<Vec<UnixStream>>>,
}

#[zbus::interface(name = "org.freedesktop.login1.Manager")]
impl Logind {
    fn get_session(&self, id: &str) -> OwnedObjectPath {
        assert_eq!(id, "auto");
        ObjectPath::try_from(OWN).expect("a path").into()
    }

    fn inhibit(&self, what: &str, _who: &str, _why: &str, mode: &str) -> zbus::zvariant::OwnedFd {
        assert_eq!((what, mode), ("sleep", "delay"));
        let (ours, theirs) = UnixStream::pair().expect("two ends");
        self.delays.lock().expect("no panic").push(ours);
        std::os::fd::OwnedFd::from(theirs).into()
    }

    #[zbus(signal)]
    async fn prepare_for_sleep(emitter: &SignalEmitter<'_>, begins: bool) -> zbus::Result<()>;
}

#[tokio::test]
async fn the_console_locks_with_its_session_and_before_sleep_which_waits_for_it() {
    let bus = Bus::start();
    let delays = Arc::new(Mutex::new(Vec::<UnixStream>::new()));
    let logind = bus.builder().name(LOGIND).expect("a name");
    let logind = logind.serve_at(MANAGER_PATH, Logind { delays: delays.clone() }).expect("a place");
    let logind = logind.build().await.expect("a logind");
    let console = bus.builder().build().await.expect("a connection");
    let (lock, mut locks) = counted();
    let following = tokio::spawn(async move { follow_logind(&console, &lock).await });

    let lock_session = async |path: &str| {
        let path = ObjectPath::try_from(path).expect("a path");
        let sent = logind.emit_signal(None::<&str>, path, "org.freedesktop.login1.Session", "Lock", &());
        sent.await.expect("a signal is sent");
    };
    listened_for(&logind, "PrepareForSleep").await;
    lock_session("/org/freedesktop/login1/session/_32").await;
    lock_session(OWN).await;
    locks.recv().await.expect("it locks with its own session");
    assert!(locks.try_recv().is_err(), "another session's lock is not ours");

    let emitter = SignalEmitter::new(&logind, MANAGER_PATH).expect("a sender");
    Logind::prepare_for_sleep(&emitter, true).await.expect("a signal is sent");
    locks.recv().await.expect("it locks before sleep");
    let mut delay = delays.lock().expect("no panic").remove(0);
    let ended = tokio::task::spawn_blocking(move || delay.read(&mut [0]));
    assert_eq!(ended.await.expect("it is read").expect("an end"), 0, "sleep may begin once it is locked");

    Logind::prepare_for_sleep(&emitter, false).await.expect("a signal is sent");
    let delayed_again = async {
        while delays.lock().expect("no panic").is_empty() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), delayed_again)
        .await
        .expect("the next sleep is delayed too");
    following.abort();
}

#[tokio::test]
async fn without_a_bus_or_logind_nothing_happens() {
    let nowhere = Builder::address("unix:path=/nonexistent/bus").expect("an address").build().await;
    tell_end("screen lock", nowhere.map(drop));
    let bus = Bus::start();
    let console = bus.builder().build().await.expect("a connection");
    let (lock, mut locks) = counted();
    let following = tokio::spawn(async move { follow_logind(&console, &lock).await });
    drop(bus);
    let ended = following.await.expect("it does not panic");
    tell_end("session lock", ended);
    assert!(locks.recv().await.is_none(), "nothing was locked");
}
