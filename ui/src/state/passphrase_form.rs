//! The passphrase of the vault while it is typed; cleared as soon as the engine has it.

use latchkey_domain::connection::PassphraseNeed;
use latchkey_domain::secret_text::SecretInput;
use latchkey_domain::{ApiError, ConnectionId};
use leptos::prelude::*;

use super::lock::Lock;
use super::request::Request;
use super::session::Session;

/// Minimum length for a new vault: with the file, shorter ones could be brute-forced.
pub const MIN_CHARACTERS: usize = 12;

/// The form that opens a vault, or gives a new one its passphrase.
#[derive(Clone, Copy)]
pub struct PassphraseForm {
    pub passphrase: RwSignal<String>,
    pub again: RwSignal<String>,
    /// What is wrong with the passphrase itself.
    pub fault: RwSignal<Option<Fault>>,
    pub request: Request,
}

/// Why a passphrase is not tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    Empty,
    TooShort,
    Different,
}

impl Fault {
    /// What to do.
    pub fn text(self) -> String {
        match self {
            Self::Empty => "Type the passphrase.".into(),
            Self::TooShort => format!("Use at least {MIN_CHARACTERS} characters; a few words work well."),
            Self::Different => "The two passphrases differ. Type them again.".into(),
        }
    }
}

impl PassphraseForm {
    pub fn new() -> Self {
        Self {
            passphrase: RwSignal::default(),
            again: RwSignal::default(),
            fault: RwSignal::default(),
            request: Request::new(),
        }
    }

    /// Tries the passphrase. It is dropped here once the engine has it, right or wrong.
    pub async fn open(self, session: Session, need: PassphraseNeed) {
        let Some(scope) = session.scope.get_untracked() else { return };
        let open = async |passphrase| session.open_vault(scope.connection, Some(passphrase)).await;
        self.send(need.is_new, open).await;
    }

    /// Opens the vault by the key in the OS keyring, which may be there by now.
    pub async fn ask_keyring(self, session: Session) {
        let Some(scope) = session.scope.get_untracked() else { return };
        self.request.act(session.open_vault(scope.connection, None)).await;
    }

    /// Gives an open vault this passphrase beside the OS keyring; whether it has it now.
    pub async fn keep(self, session: Session, vault: ConnectionId) -> bool {
        self.send(true, async |passphrase| session.set_vault_passphrase(vault, passphrase).await).await
    }

    /// Makes a vault that this passphrase opens beside the OS keyring, or without one that the keyring alone opens. Its
    /// name, once it is made.
    pub async fn make(self, session: Session) -> Option<String> {
        let mut made = None;
        if untrack(|| self.passphrase.with(String::is_empty) && self.again.with(String::is_empty)) {
            self.fault.set(None);
            self.deliver(async { session.make_vault(None).await.map(|name| made = name) }).await;
        } else {
            let make = async |passphrase| session.make_vault(Some(passphrase)).await.map(|name| made = name);
            self.send(true, make).await;
        }
        made
    }

    /// Opens the lock. What was wrong is dropped too: the next try would be typed behind it.
    pub async fn unlock(self, lock: Lock) {
        self.send(false, async |passphrase| lock.unlock(Some(passphrase)).await).await;
        self.drop_typed();
    }

    /// Gives the lock this passphrase; whether it has it now.
    pub async fn keep_for_lock(self, lock: Lock, current: SecretInput) -> bool {
        self.send(true, async |passphrase| lock.set_passphrase(current, Some(passphrase)).await).await
    }

    async fn send(self, is_new: bool, send: impl AsyncFnOnce(SecretInput) -> Result<(), ApiError>) -> bool {
        let fault = untrack(|| self.check(is_new));
        self.fault.set(fault);
        if fault.is_some() {
            return false;
        }
        let passphrase = SecretInput::new(self.passphrase.get_untracked());
        self.deliver(send(passphrase)).await
    }

    async fn deliver(self, answer: impl Future<Output = Result<(), ApiError>>) -> bool {
        let is_taken = self.request.act(answer).await.is_some();
        if is_taken {
            self.drop_typed();
        }
        is_taken
    }

    /// What is wrong with the passphrase, and what with its repetition; tracks.
    pub fn at_fields(self) -> (Option<String>, Option<String>) {
        match self.fault.get() {
            Some(Fault::Different) => (None, Some(Fault::Different.text())),
            fault => (fault.map(Fault::text), None),
        }
    }

    fn check(self, is_new: bool) -> Option<Fault> {
        let passphrase = self.passphrase.get();
        if passphrase.is_empty() {
            return Some(Fault::Empty);
        }
        if is_new && passphrase.chars().count() < MIN_CHARACTERS {
            return Some(Fault::TooShort);
        }
        (is_new && passphrase != self.again.get()).then_some(Fault::Different)
    }

    fn drop_typed(self) {
        self.passphrase.try_set(String::new());
        self.again.try_set(String::new());
    }
}

impl Default for PassphraseForm {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use latchkey_domain::Code;

    use super::*;
    use crate::ipc::host;
    use crate::state::testing::local_vault;

    fn typed(passphrase: &str, again: &str) -> PassphraseForm {
        let form = PassphraseForm::new();
        form.passphrase.set(passphrase.into());
        form.again.set(again.into());
        form
    }

    fn session() -> Session {
        let session = Session::new();
        session.receive(local_vault());
        session
    }

    fn need(is_new: bool) -> PassphraseNeed {
        PassphraseNeed { is_new, reason: "no keyring".into() }
    }

    #[test]
    fn a_new_passphrase_is_long_enough_and_typed_twice_alike() {
        let _owner = Owner::new_root(None);
        assert_eq!(typed("", "").check(true), Some(Fault::Empty), "nothing typed");
        assert_eq!(typed("fake-short", "fake-short").check(true), Some(Fault::TooShort), "10 characters");
        assert_eq!(typed("fake-passphrase", "fake-passphrasf").check(true), Some(Fault::Different), "a slip");
        assert_eq!(typed("fake-passphrase", "fake-passphrase").check(true), None, "both alike");
    }

    #[test]
    fn an_old_passphrase_is_tried_whatever_its_length() {
        let _owner = Owner::new_root(None);
        assert_eq!(typed("old", "").check(false), None, "it was accepted when it was set");
    }

    #[tokio::test]
    async fn the_passphrase_is_dropped_once_the_engine_has_it() {
        let _owner = Owner::new_root(None);
        let form = typed("fake-passphrase", "fake-passphrase");
        host::answer_with(|_, _| async { Ok(r#"{"list":[]}"#.to_owned()) });
        form.open(session(), need(true)).await;
        assert!(
            form.passphrase.with(String::is_empty) && form.again.with(String::is_empty),
            "nothing is left"
        );
    }

    #[tokio::test]
    async fn a_passphrase_that_could_not_be_tried_stays_to_try_again() {
        let _owner = Owner::new_root(None);
        let form = typed("fake-passphrase", "");
        let locked = serde_json::to_string(&ApiError::new(Code::Locked, "another process holds the vault"));
        let locked = locked.expect("an error is JSON");
        host::answer_with(move |_, _| {
            let locked = locked.clone();
            async move { Err(locked) }
        });
        form.open(session(), need(false)).await;
        assert_eq!(
            form.request.failure.get_untracked().map(|failure| failure.code),
            Some(Code::Locked),
            "told"
        );
        assert!(!form.passphrase.with(String::is_empty), "typing it again would help nobody");
    }
}
