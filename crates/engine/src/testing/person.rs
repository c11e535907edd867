//! The person at the windows of the system, in the tests of the engine: they choose files, answer questions, see pages.

use std::path::PathBuf;
use std::sync::Mutex;

use crate::{BoxFuture, Browser, Confirmation, FilePicker, Question};

/// A browser that remembers what it was to show.
#[derive(Default)]
pub struct FakeBrowser(pub Mutex<Vec<String>>);

impl Browser for FakeBrowser {
    fn open(&self, url: &str) -> BoxFuture<'_, bool> {
        self.0.lock().unwrap().push(url.to_owned());
        Box::pin(async { true })
    }
}

/// A person who always saves under the same path and opens what lies there, or changes their mind.
pub struct FakePicker(pub Mutex<Option<PathBuf>>);

impl FilePicker for FakePicker {
    fn save_as(&self, _: &str, _: &str) -> BoxFuture<'_, Option<PathBuf>> {
        let path = self.0.lock().unwrap().clone();
        Box::pin(async { path })
    }

    fn open(&self, _: &str) -> BoxFuture<'_, Option<PathBuf>> {
        self.save_as("", "")
    }
}

/// A person who answers every question of the system's windows alike: with no, until told otherwise.
#[derive(Default)]
pub struct FakePerson {
    agrees: Mutex<bool>,
    asked: Mutex<Vec<Question>>,
}

impl FakePerson {
    pub fn agree(&self, agrees: bool) {
        *self.agrees.lock().unwrap() = agrees;
    }

    /// What was asked since the last look.
    pub fn take_asked(&self) -> Vec<Question> {
        std::mem::take(&mut self.asked.lock().unwrap())
    }
}

impl Confirmation for FakePerson {
    fn ask(&self, question: Question) -> BoxFuture<'_, bool> {
        self.asked.lock().unwrap().push(question);
        let agrees = *self.agrees.lock().unwrap();
        Box::pin(async move { agrees })
    }
}
