//! The person at the system dialogs, in the tests of the engine: they choose files, answer questions, see
//! pages, lock.

use std::path::PathBuf;
use std::sync::Mutex;

use latchkey_domain::lock::LockConsole;
use tokio::sync::oneshot;

use crate::connections::CONNECT;
use crate::{BoxFuture, Browser, Confirmation, Engine, FilePicker, Question};

/// A browser that remembers what it was to show.
#[derive(Default)]
pub struct FakeBrowser(pub Mutex<Vec<String>>);

impl Browser for FakeBrowser {
    fn open(&self, url: &str) -> BoxFuture<'_, bool> {
        self.0.lock().unwrap().push(url.to_owned());
        Box::pin(async { true })
    }
}

/// Whether the next system dialog stays open, until the test lets the person answer.
#[derive(Default)]
struct Gate(Mutex<Option<oneshot::Receiver<()>>>);

impl Gate {
    fn hold(&self) -> oneshot::Sender<()> {
        let (open, held) = oneshot::channel();
        *self.0.lock().unwrap() = Some(held);
        open
    }

    fn is_passed(&self) -> bool {
        self.0.lock().unwrap().is_none()
    }

    async fn pass(&self) {
        let held = self.0.lock().unwrap().take();
        if let Some(held) = held {
            let _ = held.await;
        }
    }
}

/// A person who always saves under the same path and opens what lies there, or changes their mind.
pub struct FakePicker {
    pub path: Mutex<Option<PathBuf>>,
    gate: Gate,
}

impl FakePicker {
    pub fn new(path: PathBuf) -> Self {
        Self { path: Mutex::new(Some(path)), gate: Gate::default() }
    }

    /// The next window stays open until this is used.
    pub fn hold(&self) -> oneshot::Sender<()> {
        self.gate.hold()
    }

    /// Whether the window that is held is open.
    pub fn is_asked(&self) -> bool {
        self.gate.is_passed()
    }
}

impl FilePicker for FakePicker {
    fn save_as(&self, _: &str, _: &str) -> BoxFuture<'_, Option<PathBuf>> {
        Box::pin(async {
            self.gate.pass().await;
            self.path.lock().unwrap().clone()
        })
    }

    fn open(&self, _: &str) -> BoxFuture<'_, Option<PathBuf>> {
        self.save_as("", "")
    }
}

/// A person who answers every question of the system's windows alike: with no, until told otherwise. The connections
/// that a test describes are their own: they agree to those until told otherwise.
pub struct FakePerson {
    agrees: Mutex<bool>,
    connects: Mutex<bool>,
    asked: Mutex<Vec<Question>>,
    asked_to_connect: Mutex<Vec<Question>>,
    gate: Gate,
}

impl Default for FakePerson {
    fn default() -> Self {
        Self {
            agrees: Mutex::default(),
            connects: Mutex::new(true),
            asked: Mutex::default(),
            asked_to_connect: Mutex::default(),
            gate: Gate::default(),
        }
    }
}

impl FakePerson {
    pub fn agree(&self, agrees: bool) {
        *self.agrees.lock().unwrap() = agrees;
    }

    /// Whether they agree to new connections.
    pub fn connect(&self, connects: bool) {
        *self.connects.lock().unwrap() = connects;
    }

    /// The next question stands until this is used.
    pub fn hold(&self) -> oneshot::Sender<()> {
        self.gate.hold()
    }

    /// Whether the question that is held is asked.
    pub fn is_asked(&self) -> bool {
        self.gate.is_passed()
    }

    /// What was asked since the last look, new connections aside.
    pub fn take_asked(&self) -> Vec<Question> {
        std::mem::take(&mut self.asked.lock().unwrap())
    }

    /// What was asked of new connections since the last look.
    pub fn take_asked_to_connect(&self) -> Vec<Question> {
        std::mem::take(&mut self.asked_to_connect.lock().unwrap())
    }
}

impl Confirmation for FakePerson {
    fn ask(&self, question: Question) -> BoxFuture<'_, bool> {
        let (asked, agrees) = match question.verb.as_str() {
            CONNECT => (&self.asked_to_connect, &self.connects),
            _ => (&self.asked, &self.agrees),
        };
        asked.lock().unwrap().push(question);
        Box::pin(async move {
            self.gate.pass().await;
            *agrees.lock().unwrap()
        })
    }
}

/// Locks at once, in the middle of what an engine does: for the replies of a network, which cannot wait.
pub fn lock_now(engine: &Engine) {
    let mut locking = std::pin::pin!(engine.lock_console(LockConsole {}));
    let polled = locking.as_mut().poll(&mut std::task::Context::from_waker(std::task::Waker::noop()));
    assert!(polled.is_ready(), "nothing is under way that a lock waits for");
}
