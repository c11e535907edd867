//! The journal: one sealed file for each connection, deleted with it. What was begun stands in it before the first
//! write goes out, so that a change that was cut off is found at the next start. Never a value.

mod ending;
mod export;
mod search;

use std::collections::{HashMap, HashSet};
use std::path::{Component, Path, PathBuf};
use std::sync::{Arc, Mutex as StdMutex, MutexGuard, OnceLock, PoisonError};

use latchkey_domain::writes::{JournalEntry, JournalResult};
use latchkey_domain::{ApiError, Code, ConnectionId};
use latchkey_sealing::SealingKey;
use serde::{Deserialize, Serialize};
use tokio::sync::Mutex;

use crate::files;
use crate::lock::data_key::DataKey;
use crate::sealed::SealedLog;
pub(crate) use ending::Ending;

const FOLDER: &str = "journal";

/// The journals of all connections, each opened at its first use.
pub(crate) struct Journal {
    folder: PathBuf,
    key: Arc<DataKey>,
    books: Mutex<HashMap<ConnectionId, Book>>,
    /// The entries, by their ids, that are neither ended nor cut off.
    under_way: Arc<StdMutex<HashSet<String>>>,
}

/// An entry whose change is being sent, until this is dropped.
pub(crate) struct UnderWay {
    entry_id: String,
    all: Arc<StdMutex<HashSet<String>>>,
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.all.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.entry_id);
    }
}

struct Book {
    entries: Vec<Kept>,
    /// Absent where entries are kept in memory only.
    log: Option<SealedLog>,
    problem: Option<ApiError>,
    /// What waits for the key of the file; none where the file itself is to blame.
    unwritten: Option<Vec<Record>>,
}

struct Kept {
    entry: JournalEntry,
    /// Made by the first search that has words.
    search_text: OnceLock<String>,
}

impl Kept {
    fn search_text(&self) -> &str {
        self.search_text.get_or_init(|| self.entry.search_text())
    }
}

#[derive(Clone, Serialize, Deserialize)]
#[serde(tag = "record", rename_all = "snake_case")]
enum Record {
    Began(Box<JournalEntry>),
    Ended(Box<Ending>),
}

impl Journal {
    pub fn new(folder: &Path, key: Arc<DataKey>) -> Self {
        Self { folder: folder.join(FOLDER), key, books: Mutex::default(), under_way: Arc::default() }
    }

    /// Writes that something begins; on the disk when this returns. It is under way until what is returned is dropped.
    pub async fn begin(&self, entry: JournalEntry) -> UnderWay {
        let under_way = UnderWay { entry_id: entry.entry_id.clone(), all: self.under_way.clone() };
        self.all_under_way().insert(entry.entry_id.clone());
        let connection = entry.scope.connection.clone();
        self.record(&connection, Record::Began(Box::new(entry))).await;
        under_way
    }

    /// Whether an entry was cut off, or its outcome is unknown; what is under way may still end by itself.
    pub fn is_left_open(&self, entry: &JournalEntry) -> bool {
        entry.result.is_open() && !self.all_under_way().contains(&entry.entry_id)
    }

    fn all_under_way(&self) -> MutexGuard<'_, HashSet<String>> {
        self.under_way.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub async fn end(&self, connection: &ConnectionId, ending: Ending) {
        self.record(connection, Record::Ended(Box::new(ending))).await;
    }

    /// The entry of a plan that was applied.
    pub async fn find(&self, connection: &ConnectionId, entry_id: &str) -> Option<JournalEntry> {
        let mut books = self.books.lock().await;
        let book = self.book(&mut books, connection).await;
        let kept = book.entries.iter().rfind(|kept| kept.entry.entry_id == entry_id);
        kept.map(|kept| kept.entry.clone())
    }

    /// Whether what is written for a connection would be gone with the program. Makes no file.
    pub async fn is_in_memory(&self, connection: &ConnectionId) -> bool {
        let mut books = self.books.lock().await;
        if books.contains_key(connection) {
            return self.book(&mut books, connection).await.log.is_none();
        }
        self.key.get().await.is_err()
    }

    /// Deletes the journal of a connection.
    pub async fn forget(&self, connection: &ConnectionId) -> Result<(), ApiError> {
        let mut books = self.books.lock().await;
        books.remove(connection);
        self.take_over(connection);
        let path = self.path(connection);
        match std::fs::remove_file(&path) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                Err(ApiError::internal(format!("{} could not be deleted: {error}.", path.display())))
            }
            _ => Ok(()),
        }
    }

    /// Closes every file. The next use opens it again, if there is a key. What was not written, for want of one, stays.
    pub async fn close(&self) {
        self.books.lock().await.retain(|_, book| book.waits());
    }

    /// Writes what waits for its key, if there is one by now.
    pub async fn settle(&self) {
        let mut books = self.books.lock().await;
        let waiting = books.iter().filter(|(_, book)| book.waits());
        let waiting: Vec<ConnectionId> = waiting.map(|(id, _)| id.clone()).collect();
        for connection in waiting {
            self.book(&mut books, &connection).await;
        }
    }

    async fn record(&self, connection: &ConnectionId, record: Record) {
        let mut books = self.books.lock().await;
        let path = self.path(connection);
        self.book(&mut books, connection).await.write(&path, record);
    }

    /// The book of a connection; one that waits for its key asks for it again.
    async fn book<'b>(
        &self,
        books: &'b mut HashMap<ConnectionId, Book>,
        connection: &ConnectionId,
    ) -> &'b mut Book {
        if books.get(connection).is_none_or(|book| book.unwritten.is_some()) {
            let mut book = self.open(connection).await;
            let waiting = books.remove(connection).and_then(|before| before.unwritten);
            for record in waiting.unwrap_or_default() {
                book.write(&self.path(connection), record);
            }
            books.insert(connection.clone(), book);
        }
        books.entry(connection.clone()).or_insert_with(Book::empty)
    }

    async fn open(&self, connection: &ConnectionId) -> Book {
        self.take_over(connection);
        match self.key.get().await {
            Ok(key) => Book::load(&self.path(connection), &key, connection),
            Err(error) => {
                tracing::warn!(reason = error.message, "the journal waits for its key in memory");
                let problem = without_key(&error.message);
                Book { problem: Some(problem), unwritten: Some(Vec::new()), ..Book::empty() }
            }
        }
    }

    fn path(&self, connection: &ConnectionId) -> PathBuf {
        self.folder.join(format!("{}.sealed", files::name_for(connection.as_str())))
    }

    /// A journal of before, when the file of a profile had its id for a name, gets the name of now.
    fn take_over(&self, connection: &ConnectionId) {
        let name = PathBuf::from(format!("{connection}.sealed"));
        let is_below = name.components().all(|part| matches!(part, Component::Normal(_)));
        let (before, now) = (self.folder.join(name), self.path(connection));
        if before == now || !is_below || now.exists() || !before.exists() {
            return;
        }
        if let Err(error) = files::rename_new(&before, &now) {
            tracing::warn!(%error, "a journal could not be given its new name");
        }
    }
}

impl Book {
    fn empty() -> Self {
        Self { entries: Vec::new(), log: None, problem: None, unwritten: None }
    }

    /// Whether something waits for the key of the file.
    fn waits(&self) -> bool {
        self.unwritten.as_ref().is_some_and(|records| !records.is_empty())
    }

    fn load(path: &Path, key: &SealingKey, connection: &ConnectionId) -> Self {
        let mut book = Self::empty();
        match SealedLog::open(path, key, connection.as_str()) {
            Ok((log, records)) => {
                book.log = Some(log);
                for record in records {
                    match serde_json::from_slice(&record) {
                        Ok(record) => book.take_in(record),
                        Err(_) => book.problem = Some(unreadable(path)),
                    }
                }
            }
            Err(reason) => {
                tracing::warn!(%reason, "the journal is kept in memory only");
                book.problem = Some(memory_only(path, &reason.to_string()));
            }
        }
        book
    }

    fn write(&mut self, path: &Path, record: Record) {
        if let Some(log) = &mut self.log {
            let written = serde_json::to_vec(&record).map_err(std::io::Error::from);
            if let Err(error) = written.and_then(|json| log.append(&json)) {
                self.problem = Some(memory_only(path, &error.to_string()));
                self.log = None;
            }
        }
        if let Some(unwritten) = &mut self.unwritten {
            unwritten.push(record.clone());
        }
        self.take_in(record);
    }

    fn take_in(&mut self, record: Record) {
        match record {
            Record::Began(entry) => {
                self.entries.push(Kept { entry: *entry, search_text: OnceLock::new() });
            }
            Record::Ended(ending) => {
                let known = self.entries.iter_mut().rfind(|kept| kept.entry.entry_id == ending.entry_id);
                if let Some(Kept { entry, search_text }) = known {
                    // Noted what was sent of it, and not over.
                    let is_over = ending.result != JournalResult::Unfinished;
                    entry.ended_at = is_over.then_some(ending.ended_at);
                    entry.request_ids.extend(ending.request_ids);
                    entry.version_ids.extend(ending.version_ids);
                    if let Some(secret_id) = ending.secret_id {
                        entry.account = account_in(&secret_id);
                        entry.secret_id = secret_id;
                    }
                    if let Some(save) = &mut entry.save {
                        save.left = ending.left;
                    }
                    entry.result = ending.result;
                    *search_text = OnceLock::new();
                }
            }
        }
    }
}

fn memory_only(path: &Path, reason: &str) -> ApiError {
    ApiError::internal(format!(
        "The journal is kept in memory only, until Latchkey closes: {} cannot be used ({}).",
        path.display(),
        reason.trim_end_matches('.')
    ))
}

fn without_key(reason: &str) -> ApiError {
    ApiError::new(
        Code::Locked,
        format!("The journal is kept in memory only, until its key can be read. {reason}"),
    )
}

fn unreadable(path: &Path) -> ApiError {
    ApiError::internal(format!(
        "{} holds entries that this version of Latchkey cannot read. They are kept.",
        path.display()
    ))
}

/// The account in an ARN (`arn:aws:secretsmanager:us-east-1:123456789012:secret:...`).
pub(crate) fn account_in(arn: &str) -> Option<String> {
    arn.starts_with("arn:").then(|| arn.split(':').nth(4)).flatten().map(str::to_owned)
}

#[cfg(test)]
pub(crate) mod tests;
