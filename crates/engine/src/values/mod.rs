//! Opened values: one GetSecretValue each, kept in memory only, wiped when the time is over or the value is closed.

mod document;
mod file;
mod keys;

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use latchkey_domain::diff::{Difference, Fingerprint, compare};
use latchkey_domain::document::{Document, Notice, SyntaxError, looks_like_json};
use latchkey_domain::secret_text::SecretValue;
use latchkey_domain::template::Finding;
use latchkey_domain::value::{
    CloseValue, CompareVersions, Copied, CopyValue, OpenValue, RevealValue, Revealed, ValueShape, VersionRef,
};
use latchkey_domain::{ApiError, Code, ConnectionId, Scope};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::Engine;
use crate::aws::fault::{Attempt, classify};
use crate::aws::from_sdk;
use crate::permits::ReadsValues;
use crate::secrets::name_of;
use document::OpenedValue;

/// The only code that opens values.
pub(crate) struct Opening(());

/// The versions that are open. A clone is another handle on the same ones.
#[derive(Clone, Default)]
pub(crate) struct OpenValues {
    slots: Arc<Mutex<HashMap<VersionRef, Slot>>>,
    /// The versions that were read since the start, by their ARN: known to be readable. Holds no value.
    read: Arc<Mutex<HashSet<VersionRef>>>,
}

enum Slot {
    /// GetSecretValue is on its way. What was closed meanwhile does not land.
    Opening,
    Open(Box<Opened>),
}

struct Opened {
    document: OpenedValue,
    shape: ValueShape,
    /// The person agreed, in a system dialog, that it leaves the engine.
    may_leave: bool,
    /// Names the timer that may wipe it: a newer use has a newer one.
    timer: Uuid,
}

impl OpenValues {
    fn slots(&self) -> MutexGuard<'_, HashMap<VersionRef, Slot>> {
        self.slots.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn read(&self) -> MutexGuard<'_, HashSet<VersionRef>> {
        self.read.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether a version was read since the start.
    pub fn was_read(&self, scope: &Scope, arn: &str, version_id: &str) -> bool {
        let (scope, secret_id, version_id) = (scope.clone(), arn.to_owned(), version_id.to_owned());
        self.read().contains(&VersionRef { scope, secret_id, version_id })
    }

    /// Wipes what was opened through a connection.
    pub fn forget(&self, connection: &ConnectionId) {
        self.slots().retain(|version, _| version.scope.connection != *connection);
        self.read().retain(|version| version.scope.connection != *connection);
    }

    /// Wipes everything.
    pub fn forget_all(&self) {
        self.slots().clear();
    }

    #[cfg(test)]
    pub fn is_empty(&self) -> bool {
        self.slots().is_empty()
    }

    fn with<T>(&self, version: &VersionRef, look: impl FnOnce(&mut Opened) -> T) -> Option<T> {
        match self.slots().get_mut(version) {
            Some(Slot::Open(opened)) => Some(look(opened)),
            _ => None,
        }
    }

    fn land(&self, version: &VersionRef, opened: Opened) -> Result<(), ApiError> {
        match self.slots().get_mut(version) {
            Some(slot) => {
                *slot = Slot::Open(Box::new(opened));
                Ok(())
            }
            None => Err(ApiError::new(
                Code::Conflict,
                "The value was closed while it was being read. Open it again to see it.",
            )),
        }
    }

    fn give_up(&self, version: &VersionRef) {
        let mut slots = self.slots();
        if let Some(Slot::Opening) = slots.get(version) {
            slots.remove(version);
        }
    }
}

/// What is to be said of a value as JSON: what it looks like among the structures that rotation knows, what readers would
/// not read alike, and why a text that looks like JSON is none.
fn remarks(value: &SecretValue) -> (Option<Finding>, Vec<Notice>, Option<SyntaxError>) {
    let SecretValue::Text(text) = value else { return (None, Vec::new(), None) };
    match Document::parse(text) {
        Ok(document) => (Finding::of_document(&document), document.notices(), None),
        Err(fault) => (None, Vec::new(), Some(fault).filter(|_| looks_like_json(text))),
    }
}

fn wipe(slots: &Mutex<HashMap<VersionRef, Slot>>, version: &VersionRef, timer: Uuid) {
    let mut slots = slots.lock().unwrap_or_else(PoisonError::into_inner);
    if matches!(slots.get(version), Some(Slot::Open(opened)) if opened.timer == timer) {
        slots.remove(version);
    }
}

impl Engine {
    /// Reads a version, unless it is open, and tells its masked shape.
    pub(crate) async fn open_value(&self, request: OpenValue) -> Result<ValueShape, ApiError> {
        self.with_opened(&request.version, |opened| Ok(opened.shape.clone())).await
    }

    /// Hands a part of a version to the front end.
    pub(crate) async fn reveal_value(&self, request: RevealValue) -> Result<Revealed, ApiError> {
        self.check_leaves(&request.version, "Show").await?;
        self.with_opened(&request.version, |opened| opened.document.reveal(request.part)).await
    }

    /// Puts a part of a version on the clipboard.
    pub(crate) async fn copy_value(&self, request: CopyValue) -> Result<Copied, ApiError> {
        self.check_leaves(&request.version, "Copy").await?;
        let text = self.with_opened(&request.version, |opened| opened.document.copy(request.part)).await?;
        self.copy(text).await
    }

    /// Asks, where the connection wants it, before a version is shown, copied or exported: once while it is open.
    pub(crate) async fn check_leaves(&self, version: &VersionRef, verb: &str) -> Result<(), ApiError> {
        let connection = &version.scope.connection;
        if !self.asks_before_reveal(connection)
            || self.values.with(version, |opened| opened.may_leave) == Some(true)
        {
            return Ok(());
        }
        self.confirm_exit(connection, verb, &name_of(&version.secret_id)).await?;
        self.with_opened(version, |opened| {
            opened.may_leave = true;
            Ok(())
        })
        .await
    }

    /// Wipes a version from memory; one that is just being read is dropped when it comes.
    pub(crate) async fn close_value(&self, request: CloseValue) -> Result<(), ApiError> {
        self.values.slots().remove(&request.version);
        Ok(())
    }

    /// Tells how two versions differ, masked.
    pub(crate) async fn compare_versions(&self, request: CompareVersions) -> Result<Difference, ApiError> {
        let old = self.value_of(&request.left, Opening(())).await?;
        let new = self.value_of(&request.right, Opening(())).await?;
        Ok(compare(&old, &new, |bytes| self.fingerprint(bytes)))
    }

    /// A version's value, read first if need be: after a person's click only.
    pub(crate) async fn value_of(
        &self,
        version: &VersionRef,
        _: impl ReadsValues,
    ) -> Result<SecretValue, ApiError> {
        self.with_opened(version, |opened| Ok(opened.document.value().clone())).await
    }

    /// A hash that means nothing outside this run of the engine.
    pub(crate) fn fingerprint(&self, bytes: &[u8]) -> Fingerprint {
        // The key has a fixed length and most of the digest is cut off, so that nobody can go on from it.
        let digest = Sha256::new().chain_update(**self.session_key.bytes()).chain_update(bytes).finalize();
        Fingerprint(std::array::from_fn(|place| digest[place]))
    }

    /// Looks at an opened version, read first if need be. Its time begins anew with every look.
    async fn with_opened<T>(
        &self,
        version: &VersionRef,
        look: impl FnOnce(&mut Opened) -> Result<T, ApiError>,
    ) -> Result<T, ApiError> {
        if self.values.with(version, |_| ()).is_none() {
            self.read(version).await?;
        }
        let timer = self.start_timer(version);
        let looked = self.values.with(version, |opened| {
            opened.timer = timer;
            look(opened)
        });
        looked.unwrap_or_else(|| {
            Err(ApiError::new(Code::Conflict, "The value was closed meanwhile. Open it again to see it."))
        })
    }

    async fn read(&self, version: &VersionRef) -> Result<(), ApiError> {
        let client = self.client(&version.scope).await?;
        {
            let mut slots = self.values.slots();
            // Under the same lock as what is wiped when the console closes.
            self.lock.check_open()?;
            slots.entry(version.clone()).or_insert(Slot::Opening);
        }
        let attempt = Attempt { operation: "GetSecretValue", subject: &version.secret_id };
        let version_id = Some(version.version_id.clone()).filter(|id| !id.is_empty());
        let request =
            client.get_secret_value(Opening(())).secret_id(&version.secret_id).set_version_id(version_id);
        let mut answer = request.send().await.map_err(|error| {
            self.values.give_up(version);
            classify(attempt, &error)
        })?;
        let value = match (answer.secret_string.take(), answer.secret_binary.take()) {
            (Some(text), _) => SecretValue::text(text),
            (None, Some(bytes)) => SecretValue::binary(bytes.into_inner()),
            (None, None) => {
                self.values.give_up(version);
                return Err(ApiError::internal(format!(
                    "GetSecretValue of {} returned no value.",
                    version.secret_id
                )));
            }
        };
        let arn = answer.arn.unwrap_or_else(|| version.secret_id.clone());
        self.values.read().insert(VersionRef { secret_id: arn, ..version.clone() });
        let document = OpenedValue::new(value);
        let (finding, notices, fault) = remarks(document.value());
        let shape = ValueShape {
            version_id: answer.version_id.unwrap_or_else(|| version.version_id.clone()),
            stages: answer.version_stages.unwrap_or_default(),
            created_at: from_sdk::instant(answer.created_date),
            size_bytes: document.size_bytes(),
            layout: document.layout(),
            finding,
            notices,
            fault,
        };
        self.values.land(version, Opened { document, shape, may_leave: false, timer: Uuid::nil() })
    }

    /// Wipes the version when its time is over, unless a newer timer has it by then.
    fn start_timer(&self, version: &VersionRef) -> Uuid {
        let timer = Uuid::new_v4();
        let seconds = self.settings.current().hide_after_seconds;
        let over = self.clock.sleep(Duration::from_secs(seconds.into()));
        let (slots, version): (Weak<_>, _) = (Arc::downgrade(&self.values.slots), version.clone());
        tokio::spawn(async move {
            over.await;
            if let Some(slots) = slots.upgrade() {
                wipe(&slots, &version, timer);
            }
        });
        timer
    }
}

#[cfg(test)]
mod tests;
