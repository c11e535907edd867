//! Drafts: the text of an edit in a file of its own, sealed under the data key and bound to its place. While locked,
//! none can be read or written.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use latchkey_domain::draft::{DeleteDraft, DraftNote, ListDrafts, RevealDraft, SaveDraft};
use latchkey_domain::secret_text::SecretInput;
use latchkey_domain::value::Revealed;
use latchkey_domain::{ApiError, Code, ConnectionId, Scope};
use latchkey_sealing::SealingKey;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::secrets::name_of;
use crate::{Engine, files};

const FOLDER: &str = "drafts";
/// No value is larger, so no draft has to be.
const MAX_BYTES: usize = 65_536;

/// The folder of the drafts; each connection has one of its own in it.
pub(crate) struct Drafts {
    folder: PathBuf,
    /// What is written, deleted or listed goes in turn.
    turn: tokio::sync::Mutex<()>,
}

/// What is sealed.
#[derive(Serialize, Deserialize)]
struct Draft {
    note: DraftNote,
    text: SecretInput,
}

impl Drafts {
    pub fn new(data: &Path) -> Self {
        Self { folder: data.join(FOLDER), turn: tokio::sync::Mutex::default() }
    }

    /// Deletes the drafts of a connection.
    pub async fn forget(&self, connection: &ConnectionId) -> Result<(), ApiError> {
        let _turn = self.turn.lock().await;
        let folder = self.folder_of(connection);
        gone(std::fs::remove_dir_all(&folder), &folder)
    }

    /// The ids of profiles are what a person wrote, and no names of folders.
    fn folder_of(&self, connection: &ConnectionId) -> PathBuf {
        self.folder.join(files::hashed(connection.as_str()))
    }

    fn path(&self, scope: &Scope, secret_id: &str) -> PathBuf {
        let name = files::hashed(&format!("{}\0{}\0{secret_id}", scope.connection, scope.region));
        self.folder_of(&scope.connection).join(format!("{name}.sealed"))
    }

    fn is_empty(&self) -> bool {
        !self.folder.exists()
    }

    /// The files of all drafts.
    fn files(&self) -> Vec<PathBuf> {
        let below = |folder: &Path| std::fs::read_dir(folder).into_iter().flatten().flatten();
        below(&self.folder).flat_map(|entry| below(&entry.path())).map(|entry| entry.path()).collect()
    }

    /// A file's draft, if it opens with the key and stands where it belongs.
    fn open(&self, key: &SealingKey, path: &Path) -> Option<Draft> {
        let sealed = files::load(path).ok()??;
        let plain = key.open(path.file_name()?.to_str()?, &sealed).ok()?;
        let draft: Draft = serde_json::from_slice(&plain).ok()?;
        (self.path(&draft.note.scope, &draft.note.secret_id) == path).then_some(draft)
    }

    fn save(&self, key: &SealingKey, draft: &Draft) -> std::io::Result<()> {
        let path = self.path(&draft.note.scope, &draft.note.secret_id);
        let plain = Zeroizing::new(serde_json::to_vec(draft)?);
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        files::save(&path, &key.seal(name.as_bytes(), &plain))
    }
}

impl Engine {
    /// Keeps the text of an edit until the edit is over.
    pub(crate) async fn save_draft(&self, request: SaveDraft) -> Result<(), ApiError> {
        let SaveDraft { scope, secret_id, name, base_version_id, text } = request;
        if text.expose().len() > MAX_BYTES {
            return Err(ApiError::invalid(
                "text",
                "A value can have at most 65,536 bytes, and so can its draft.",
            ));
        }
        if !self.known_connections().list.iter().any(|known| known.id == scope.connection) {
            return Err(ApiError::new(Code::NotFound, "This connection no longer exists."));
        }
        let note = DraftNote { scope, secret_id, name, base_version_id, kept_at: self.clock.now() };
        let _turn = self.drafts.turn.lock().await;
        let key = self.lock.key.get().await?;
        self.drafts.save(&key, &Draft { note, text }).map_err(|error| {
            ApiError::internal(format!("The edit could not be kept on this computer: {error}. Save it soon."))
        })
    }

    /// Deletes a draft; nothing to delete is fine.
    pub(crate) async fn delete_draft(&self, request: DeleteDraft) -> Result<(), ApiError> {
        let _turn = self.drafts.turn.lock().await;
        let path = self.drafts.path(&request.scope, &request.secret_id);
        gone(std::fs::remove_file(&path), &path)
    }

    /// The drafts of all connections, oldest first. One that does not open with the key is left out, and left alone.
    pub(crate) async fn list_drafts(&self, _: ListDrafts) -> Result<Vec<DraftNote>, ApiError> {
        let _turn = self.drafts.turn.lock().await;
        // If there is nothing to open, the key is not requested.
        if self.drafts.is_empty() {
            return Ok(Vec::new());
        }
        let files = self.drafts.files();
        let key = self.lock.key.get().await?;
        let opened = files.iter().filter_map(|path| Some(self.drafts.open(&key, path)?.note));
        let mut notes: Vec<_> = opened.collect();
        notes.sort_by_key(|note| note.kept_at);
        Ok(notes)
    }

    /// The text of a draft. It may hold what stood in the value, so a connection that asks does so here too.
    pub(crate) async fn reveal_draft(&self, request: RevealDraft) -> Result<Revealed, ApiError> {
        if self.asks_before_reveal(&request.scope.connection) {
            self.confirm_exit(&request.scope.connection, "Show", &name_of(&request.secret_id)).await?;
        }
        let _turn = self.drafts.turn.lock().await;
        let path = self.drafts.path(&request.scope, &request.secret_id);
        let key = self.lock.key.get().await?;
        let draft = self.drafts.open(&key, &path).ok_or_else(|| {
            ApiError::new(
                Code::NotFound,
                "The draft is gone, or cannot be decrypted with the key in the OS keyring.",
            )
        })?;
        Ok(Revealed::Text(draft.text.expose().to_owned()))
    }
}

/// What is not there any more is deleted.
fn gone(deleted: std::io::Result<()>, path: &Path) -> Result<(), ApiError> {
    match deleted {
        Err(error) if error.kind() != ErrorKind::NotFound => {
            Err(ApiError::internal(format!("{} could not be deleted: {error}.", path.display())))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use latchkey_domain::draft::{DeleteDraft, ListDrafts, RevealDraft, SaveDraft};
    use latchkey_domain::guard::{EditConnection, Guard};
    use latchkey_domain::lock::{LockConsole, SetLockPassphrase, UnlockConsole};
    use latchkey_domain::secret_text::SecretInput;
    use latchkey_domain::value::Revealed;
    use latchkey_domain::{Code, Scope};

    use crate::testing::{ARN, Bench, edit_of, scope};

    async fn bench() -> Bench {
        Bench::new(|_, _| panic!("a draft asks nothing of AWS")).await
    }

    async fn save(bench: &Bench, text: &str) {
        let request = SaveDraft {
            scope: scope(),
            secret_id: ARN.into(),
            name: "prod/db".into(),
            base_version_id: Some("v-1".into()),
            text: SecretInput::new(text),
        };
        bench.engine.save_draft(request).await.expect("it is kept");
    }

    fn reveal() -> RevealDraft {
        RevealDraft { scope: scope(), secret_id: ARN.into() }
    }

    fn file(bench: &Bench) -> PathBuf {
        let files = bench.engine.drafts.files();
        assert_eq!(files.len(), 1, "one file for one secret");
        files[0].clone()
    }

    #[tokio::test]
    async fn a_draft_is_replaced_listed_revealed_and_deleted() {
        let bench = bench().await;
        assert!(bench.engine.list_drafts(ListDrafts {}).await.expect("none").is_empty());
        save(&bench, "fake-first").await;
        save(&bench, "fake-canary").await;
        let notes = bench.engine.list_drafts(ListDrafts {}).await.expect("readable");
        assert_eq!(notes.len(), 1, "the newer one replaces the older one");
        assert_eq!((notes[0].name.as_str(), notes[0].base_version_id.as_deref()), ("prod/db", Some("v-1")));
        let text = bench.engine.reveal_draft(reveal()).await.expect("readable");
        assert!(text == Revealed::Text("fake-canary".into()), "what was typed last");
        let delete = DeleteDraft { scope: scope(), secret_id: ARN.into() };
        bench.engine.delete_draft(delete.clone()).await.expect("deleted");
        bench.engine.delete_draft(delete).await.expect("nothing to delete is fine");
        assert_eq!(bench.engine.reveal_draft(reveal()).await.expect_err("it is gone").code, Code::NotFound);
    }

    #[tokio::test]
    async fn a_draft_is_sealed_and_bound_to_its_secret() {
        let bench = bench().await;
        save(&bench, "fake-canary").await;
        let path = file(&bench);
        let bytes = std::fs::read(&path).expect("readable");
        for clear in ["fake-canary", "prod/db", ARN] {
            assert!(!bytes.windows(clear.len()).any(|part| part == clear.as_bytes()), "{clear} shows");
        }
        let other = Scope { region: "eu-west-1".into(), ..scope() };
        std::fs::copy(&path, bench.engine.drafts.path(&other, ARN)).expect("writable");
        let notes = bench.engine.list_drafts(ListDrafts {}).await.expect("readable");
        assert_eq!(notes.len(), 1, "a copy in another place does not open");
        std::fs::write(&path, b"damaged").expect("writable");
        assert!(bench.engine.list_drafts(ListDrafts {}).await.expect("readable").is_empty());
        assert!(path.exists(), "what does not open is left alone");
    }

    #[tokio::test]
    async fn a_draft_of_an_asking_connection_is_shown_only_once_the_person_agreed() {
        let bench = bench().await;
        save(&bench, "fake-canary").await;
        let edit = EditConnection { reveal_asks: true, ..edit_of(&scope().connection, Guard::Free) };
        bench.engine.edit_connection(edit).await.expect("to ask is no looser");
        let refused = bench.engine.reveal_draft(reveal()).await.expect_err("nobody agreed");
        assert_eq!(refused.code, Code::Invalid("confirmation".into()));
        assert_eq!(bench.person.take_asked()[0].title, "Show the value of prod/db?");
        bench.person.agree(true);
        let text = bench.engine.reveal_draft(reveal()).await.expect("agreed to");
        assert!(text == Revealed::Text("fake-canary".into()), "what was typed");
    }

    #[tokio::test]
    async fn a_draft_outlives_a_lock_and_cannot_be_read_meanwhile() {
        let bench = bench().await;
        let passphrase = || Some(SecretInput::new("fake right passphrase"));
        let set = SetLockPassphrase { current: None, passphrase: passphrase() };
        bench.engine.set_lock_passphrase(set).await.expect("set");
        save(&bench, "fake-canary").await;
        bench.engine.lock_console(LockConsole {}).await.expect("locked");
        assert_eq!(bench.engine.reveal_draft(reveal()).await.expect_err("no key").code, Code::Locked);
        assert_eq!(bench.engine.list_drafts(ListDrafts {}).await.expect_err("no key").code, Code::Locked);
        bench.engine.unlock_console(UnlockConsole { passphrase: passphrase() }).await.expect("unlocked");
        let text = bench.engine.reveal_draft(reveal()).await.expect("readable again");
        assert!(text == Revealed::Text("fake-canary".into()), "the edit goes on");
    }

    #[tokio::test]
    async fn drafts_go_with_their_connection_and_none_is_kept_for_an_unknown_one() {
        let bench = bench().await;
        save(&bench, "fake-canary").await;
        bench.engine.drafts.forget(&scope().connection).await.expect("deleted");
        assert!(bench.engine.drafts.files().is_empty(), "nothing is left");
        let request = SaveDraft {
            scope: Scope { connection: "nobody".into(), ..scope() },
            secret_id: ARN.into(),
            name: "prod/db".into(),
            base_version_id: None,
            text: SecretInput::new("fake-canary"),
        };
        assert_eq!(bench.engine.save_draft(request).await.expect_err("unknown").code, Code::NotFound);
    }

    #[cfg(unix)]
    #[tokio::test]
    async fn a_draft_is_neither_read_nor_written_through_a_link() {
        let bench = bench().await;
        save(&bench, "fake-first").await;
        let (path, elsewhere) = (file(&bench), bench.folder.path().join("elsewhere"));
        std::fs::rename(&path, &elsewhere).expect("writable");
        std::os::unix::fs::symlink(&elsewhere, &path).expect("writable");
        let sealed = std::fs::read(&elsewhere).expect("readable");
        bench.engine.reveal_draft(reveal()).await.expect_err("though it is the same");
        save(&bench, "fake-second").await;
        assert!(path.symlink_metadata().expect("it is there").is_file(), "the link is gone");
        assert_eq!(std::fs::read(&elsewhere).expect("readable"), sealed, "what it led to stays");
    }
}
