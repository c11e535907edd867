//! The OS clipboard, on a thread of its own: marked as secret for clipboard histories, cleared after a time and at
//! the end if it still holds what was put there.

use std::hash::{BuildHasher, RandomState};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use arboard::Error;
use latchkey_domain::event::Event;
use latchkey_domain::value::Copied;
use latchkey_domain::{ApiError, Code};
use tokio::sync::oneshot;
use zeroize::Zeroizing;

use crate::Engine;

/// Channel to the clipboard's thread, which starts with the first copy. When this is dropped the thread clears the
/// clipboard and ends.
#[derive(Default)]
pub(crate) struct Clipboard {
    jobs: Mutex<Option<Sender<Job>>>,
}

enum Job {
    /// Answers the number of this copy.
    Put { text: Zeroizing<String>, reply: oneshot::Sender<Result<u64, Error>> },
    /// Puts a text that is no secret, and that stays.
    PutPlain { text: String, reply: oneshot::Sender<Result<(), Error>> },
    /// Clears the copy with this number, or any; answers whether there was one.
    Clear { copy: Option<u64>, reply: oneshot::Sender<bool> },
}

impl Clipboard {
    async fn put(&self, text: Zeroizing<String>) -> Result<u64, ApiError> {
        let (reply, answer) = oneshot::channel();
        self.send(Job::Put { text, reply })?;
        answer
            .await
            .map_err(|_| unavailable("its thread has ended"))?
            .map_err(|error| unavailable(&error.to_string()))
    }

    /// Puts a text that is no secret on the clipboard, where it stays for as long as the program runs.
    pub async fn put_plain(&self, text: String) -> Result<(), ApiError> {
        let (reply, answer) = oneshot::channel();
        self.send(Job::PutPlain { text, reply })?;
        answer
            .await
            .map_err(|_| unavailable("its thread has ended"))?
            .map_err(|error| unavailable(&error.to_string()))
    }

    /// Clears the clipboard unless something else was copied meanwhile. Whether the copy was still ours to clear.
    async fn clear(&self, copy: Option<u64>) -> bool {
        let (reply, answer) = oneshot::channel();
        let jobs = self.jobs.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let sent = jobs.is_some_and(|jobs| jobs.send(Job::Clear { copy, reply }).is_ok());
        sent && answer.await.unwrap_or_default()
    }

    fn send(&self, job: Job) -> Result<(), ApiError> {
        let mut jobs = self.jobs.lock().unwrap_or_else(PoisonError::into_inner);
        if jobs.is_none() {
            let (sender, receiver) = channel();
            thread::Builder::new()
                .name("clipboard".to_owned())
                .spawn(move || Keeper::default().serve(&receiver))
                .map_err(|error| unavailable(&error.to_string()))?;
            *jobs = Some(sender);
        }
        let sent = jobs.as_ref().is_some_and(|jobs| jobs.send(job).is_ok());
        if sent { Ok(()) } else { Err(unavailable("its thread has ended")) }
    }
}

impl Engine {
    /// Puts a text on the clipboard and clears it after the time of the settings.
    pub(crate) async fn copy(&self, text: Zeroizing<String>) -> Result<Copied, ApiError> {
        let copy = self.clipboard.put(text).await?;
        let clears_after_seconds = self.settings.current().clear_clipboard_after_seconds;
        let over = self.clock.sleep(Duration::from_secs(clears_after_seconds.into()));
        let (clipboard, events) = (self.clipboard.clone(), self.events.clone());
        tokio::spawn(async move {
            over.await;
            if clipboard.clear(Some(copy)).await {
                events(Event::ClipboardCleared);
            }
        });
        Ok(Copied { clears_after_seconds })
    }

    /// Clears what was copied, at the end.
    pub(crate) async fn clear_clipboard(&self) {
        if self.clipboard.clear(None).await {
            self.tell(Event::ClipboardCleared);
        }
    }
}

/// What the thread holds. On X11 the clipboard lives only as long as the handle.
#[derive(Default)]
struct Keeper {
    handle: Option<arboard::Clipboard>,
    /// The last copy by its number and its hash under a key of this process.
    last: Option<(u64, u64)>,
    copies: u64,
    hash_key: RandomState,
}

impl Keeper {
    fn serve(mut self, jobs: &Receiver<Job>) {
        for job in jobs {
            // Nobody waits for the answer if the command was dropped.
            match job {
                Job::Put { text, reply } => drop(reply.send(self.put(&text))),
                Job::PutPlain { text, reply } => drop(reply.send(self.put_plain(text))),
                Job::Clear { copy, reply } => drop(reply.send(self.clear(copy))),
            }
        }
        self.clear(None);
    }

    fn handle(&mut self) -> Result<&mut arboard::Clipboard, Error> {
        if self.handle.is_none() {
            self.handle = Some(arboard::Clipboard::new()?);
        }
        self.handle.as_mut().ok_or(Error::ClipboardNotSupported)
    }

    fn put_plain(&mut self, text: String) -> Result<(), Error> {
        self.handle()?.set().text(text)?;
        self.last = None;
        Ok(())
    }

    fn put(&mut self, text: &str) -> Result<u64, Error> {
        unrecorded(self.handle()?.set()).text(text)?;
        self.copies += 1;
        self.last = Some((self.copies, self.hash_key.hash_one(text)));
        Ok(self.copies)
    }

    fn clear(&mut self, copy: Option<u64>) -> bool {
        let Some(mut handle) = self.handle.take() else { return false };
        let is_gone = self.clear_from(&mut handle, copy);
        self.handle = Some(handle);
        is_gone
    }

    /// If clearing fails, it is retried at lock and at exit.
    fn clear_from(&mut self, board: &mut impl Board, copy: Option<u64>) -> bool {
        let is_meant = |(number, _): &(u64, u64)| copy.is_none_or(|copy| copy == *number);
        let Some((_, hash)) = self.last.filter(is_meant) else { return false };
        let holds_something_else = match board.text() {
            Ok(text) => self.hash_key.hash_one(text.as_str()) != hash,
            Err(Error::ContentNotAvailable) => true,
            // What cannot be read may still be ours.
            Err(_) => false,
        };
        if !holds_something_else && let Err(error) = board.empty() {
            tracing::warn!(%error, "the clipboard could not be cleared");
            return false;
        }
        self.last = None;
        true
    }
}

/// What clearing needs of a clipboard.
trait Board {
    fn text(&mut self) -> Result<Zeroizing<String>, Error>;

    fn empty(&mut self) -> Result<(), Error>;
}

impl Board for arboard::Clipboard {
    fn text(&mut self) -> Result<Zeroizing<String>, Error> {
        self.get_text().map(Zeroizing::new)
    }

    fn empty(&mut self) -> Result<(), Error> {
        self.clear()
    }
}

/// Asks clipboard histories and clouds to leave the entry alone.
#[cfg(target_os = "macos")]
fn unrecorded(set: arboard::Set<'_>) -> arboard::Set<'_> {
    arboard::SetExtApple::exclude_from_history(set)
}

#[cfg(target_os = "windows")]
fn unrecorded(set: arboard::Set<'_>) -> arboard::Set<'_> {
    arboard::SetExtWindows::exclude_from_monitoring(set)
}

#[cfg(not(any(target_os = "macos", target_os = "windows")))]
fn unrecorded(set: arboard::Set<'_>) -> arboard::Set<'_> {
    arboard::SetExtLinux::exclude_from_history(set)
}

fn unavailable(reason: &str) -> ApiError {
    ApiError::new(Code::Internal, format!("The clipboard cannot be used: {reason}. Nothing was copied."))
}

#[cfg(test)]
mod tests;
