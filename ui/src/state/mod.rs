//! What the window knows: signals, and the intents that change them. Only this layer asks the engine.

pub mod access_key_form;
pub mod catalog;
pub mod change_review;
pub mod coalescing;
pub mod code_form;
pub mod comparison;
pub mod connection_form;
pub mod connection_test;
pub mod connections;
pub mod described;
pub mod detail;
pub mod dialogs;
pub mod editing;
pub mod hiding;
pub mod identity_center;
pub mod journal;
pub mod keys;
pub mod lock;
pub mod metadata_form;
pub mod passphrase_form;
pub mod password_maker;
pub mod pasted_key;
pub mod prefix_tree;
pub mod prerequisite;
pub mod questions;
pub mod reading;
pub mod recovery;
pub mod regions;
pub mod request;
pub mod review_texts;
pub mod role_choice;
pub mod role_form;
pub mod rotation;
pub mod samples;
pub mod schedule_draft;
pub mod search;
pub mod secret_form;
pub mod session;
pub mod settings;
#[cfg(test)]
mod testing;
pub mod timeline;
pub mod toasts;
pub mod value;
pub mod value_edit;
pub mod word;

use chrono::{DateTime, Utc};
use latchkey_domain::connection::Connections;
use latchkey_domain::diagnostics::{CopyDiagnostics, TakeDiagnostics};
use latchkey_domain::draft::DraftNote;
use latchkey_domain::event::Event;
use latchkey_domain::open_files::TakeOpenFiles;
use latchkey_domain::{ApiError, ConnectionId, Region};
use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::ipc;

use catalog::Catalog;
use change_review::ChangeReview;
use detail::{Detail, VALUE_TAB};
use dialogs::Dialogs;
use identity_center::IdentityCenter;
use journal::Journal;
use lock::Lock;
use metadata_form::MetadataForm;
use password_maker::PasswordMaker;
use recovery::Recovery;
use rotation::RotationForm;
use session::Session;
use settings::Preferences;
use timeline::Timeline;
use toasts::Toasts;
use value_edit::ValueEdit;

/// Everything that panes share, given to them through the context.
#[derive(Clone, Copy)]
pub struct State {
    pub lock: Lock,
    pub session: Session,
    pub identity_center: IdentityCenter,
    pub catalog: Catalog,
    pub detail: Detail,
    pub timeline: Timeline,
    pub change_review: ChangeReview,
    pub journal: Journal,
    pub rotation: RotationForm,
    pub value_edit: ValueEdit,
    pub metadata_form: MetadataForm,
    pub password_maker: PasswordMaker,
    pub recovery: Recovery,
    pub preferences: Preferences,
    pub dialogs: Dialogs,
    pub toasts: Toasts,
}

impl State {
    /// Makes the state of one window, with the page's clock; nothing is asked of the engine yet.
    pub fn new(clock: fn() -> DateTime<Utc>) -> Self {
        let toasts = Toasts::new();
        let preferences = Preferences::new(toasts);
        let session = Session::new();
        let detail = Detail::new(preferences.settings.into(), clock);
        let timeline = Timeline::new(detail, preferences.settings.into());
        let settings = preferences.settings.into();
        let change_review = ChangeReview::new(detail, timeline, toasts, settings);
        Self {
            lock: Lock::new(clock),
            session,
            identity_center: IdentityCenter::new(session),
            catalog: Catalog::new(session, preferences),
            detail,
            timeline,
            change_review,
            journal: Journal::new(change_review),
            rotation: RotationForm::new(detail, change_review, toasts),
            value_edit: ValueEdit::new(detail, change_review, toasts, settings, clock),
            metadata_form: MetadataForm::new(detail, change_review, toasts),
            password_maker: PasswordMaker::new(session.scope),
            recovery: Recovery::new(change_review, toasts),
            preferences,
            dialogs: Dialogs::new(),
            toasts,
        }
    }

    /// Follows the engine's events, and begins when the lock is known to be open.
    pub fn start(self) {
        self.listen();
        spawn_local(self.lock.load());
        let is_open = Memo::new(move |_| self.lock.is_open() == Some(true));
        Effect::new(move || {
            if is_open.get() {
                untrack(|| self.begin());
            }
        });
    }

    /// Reads settings and connections, and loads the inventory of the scope in view.
    fn begin(self) {
        self.catalog.follow();
        self.follow_guard();
        self.detail.follow(self.session.scope);
        self.scope_follows_secret();
        self.timeline.follow();
        self.value_edit.follow();
        self.refresh_detail_after_loads();
        self.recovery.follow(self.session.connections);
        self.tell_open_files();
        spawn_local(async move {
            self.preferences.load().await;
            self.session.load().await;
            self.recovery.load().await;
            self.offer_drafts().await;
        });
    }

    /// Says which files others could read. The console opens most of them with the connections.
    fn tell_open_files(self) {
        Effect::new(move || {
            self.session.connections.track();
            spawn_local(async move {
                let found = ipc::call(TakeOpenFiles {}).await.unwrap_or_default();
                found.iter().for_each(|file| self.toasts.warn(file.words()));
            });
        });
    }

    /// Offers edits that were interrupted by a lock or by closing the program.
    async fn offer_drafts(self) {
        for note in self.value_edit.load_drafts().await {
            self.remind_of(note);
        }
    }

    fn remind_of(self, note: DraftNote) {
        let text = format!("An edit of {} was not saved. It is kept encrypted.", note.name);
        let resume = Callback::new(move |()| spawn_local(self.resume(note.clone())));
        self.toasts.remind(text, "Continue editing", resume);
    }

    /// Opens the secret of a draft and goes on with the edit.
    async fn resume(self, note: DraftNote) {
        match self.detail.find(note.scope.clone(), note.secret_id.clone()).await {
            Ok(scope) => {
                self.session.go_to(scope);
                self.detail.tab.set(VALUE_TAB);
                self.value_edit.begin().await;
            }
            Err(error) => {
                // What the connection lacks, a sign-in or a code, is asked for where it is in view.
                self.session.go_to(note.scope.clone());
                self.toasts.failed(&error);
                self.remind_of(note);
            }
        }
    }

    /// Locks at once. What is being edited is kept before.
    pub fn lock_now(self) {
        spawn_local(async move {
            self.value_edit.keep_draft().await;
            if let Err(error) = self.lock.lock().await {
                self.toasts.failed(&error);
            }
        });
    }

    /// A text about the program that is safe to publish.
    pub async fn take_diagnostics(self) -> Result<String, ApiError> {
        Ok(ipc::call(TakeDiagnostics {}).await?.text)
    }

    /// Puts the diagnostics that were looked at on the clipboard.
    pub fn copy_diagnostics(self, text: String) {
        spawn_local(async move {
            match ipc::call(CopyDiagnostics { text }).await {
                Ok(()) => {
                    self.dialogs.close();
                    self.toasts.done("Diagnostics copied.");
                }
                Err(error) => self.toasts.failed(&error),
            }
        });
    }

    /// Goes to another Region of the connection in view.
    pub fn choose_region(self, region: Region) {
        self.detail.leave_for(move || {
            self.preferences.change(|settings| regions::note_chosen(settings, &region));
            self.session.choose_region(region.clone());
        });
    }

    /// Goes to another connection, in its default Region.
    pub fn choose_connection(self, id: ConnectionId) {
        self.detail.leave_for(move || self.session.choose_connection(&id));
    }

    /// Adds connections by `save`, goes to the first of them, and closes the dialog. How many they are; none if they
    /// were
    /// refused.
    pub async fn add_connections(self, save: impl Future<Output = Option<Connections>>) -> Option<usize> {
        let known = self.session.connection_ids();
        let connections = save.await?;
        let ids = connections.list.iter().map(|connection| connection.id.clone());
        let added: Vec<ConnectionId> = ids.filter(|id| !known.contains(id)).collect();
        let writes_for_another =
            |id: &&ConnectionId| connections.list.iter().any(|known| known.writes_through(id));
        // A role that writes for another one is there for the moment of a write only.
        let first = added.iter().find(|id| !writes_for_another(id)).cloned();
        self.session.receive(connections);
        if let Some(first) = first {
            self.choose_connection(first);
        }
        self.dialogs.close();
        Some(added.len())
    }

    /// Adds a vault that the person chooses, and goes there.
    pub fn add_vault(self) {
        spawn_local(async move {
            match self.session.add_vault().await {
                Ok(Some(name)) => self.toasts.done(format!("Added vault {name}.")),
                Ok(None) => {}
                Err(error) => self.toasts.failed(&error),
            }
        });
    }

    /// Copies the terminal settings of the current scope without passing them through the window.
    pub fn lend_to_terminal(self) {
        spawn_local(async move {
            match self.session.copy_terminal_exports().await {
                Some(Ok(copied)) => self.toasts.done(format!(
                    "Terminal settings copied. They stay on the clipboard for {} seconds: paste them, then use the \
                     AWS CLI.",
                    copied.clears_after_seconds
                )),
                Some(Err(error)) => self.toasts.failed(&error),
                None => {}
            }
        });
    }

    /// Trusts the routes of a connection after confirmation in a system dialog, then lists its secrets.
    pub async fn trust_way(self, id: ConnectionId) {
        match self.session.trust(id).await {
            Ok(()) => self.catalog.refresh(),
            Err(error) => self.toasts.failed(&error),
        }
    }

    /// Opens the secret that the open replica is a copy of.
    pub fn go_to_primary(self, region: &str) {
        let arn = self.detail.secret.with_untracked(|secret| Some(secret.as_ref()?.summary.arn.clone()));
        let (Some(target), Some(arn)) = (self.detail.target_untracked(), arn) else { return };
        let primary = arn_in(&arn, region);
        spawn_local(async move {
            match self.detail.find(target.scope, primary).await {
                Ok(scope) => self.session.go_to(scope),
                Err(error) => self.toasts.failed(&error),
            }
        });
    }

    /// What may be done with the open secret depends on the current connection.
    fn follow_guard(self) {
        Effect::new(move || {
            let guard = self.session.guard();
            self.detail.guard.set(guard);
        });
    }

    fn listen(self) {
        ipc::listen(move |event| match event {
            Event::Inventory(inventory) => self.catalog.receive(inventory),
            // Plans over several secrets have no pane of their own yet.
            Event::Changes(_) => {}
            Event::Connections(connections) => self.session.receive(connections),
            Event::Lock(standing) => self.lock.receive(standing),
            Event::ClipboardCleared => self.toasts.done("The copied value is no longer on the clipboard."),
        });
    }

    /// Where several connections are shown together, the one in view is that of the open secret.
    fn scope_follows_secret(self) {
        let opened = Memo::new(move |_| self.detail.scope());
        Effect::new(move || {
            if let Some(scope) = opened.get() {
                self.session.go_to(scope);
            }
        });
    }

    /// A complete load of the inventory shows what others wrote; so then does the open secret.
    fn refresh_detail_after_loads(self) {
        let loaded_at = Memo::new(move |_| self.catalog.loaded_at());
        Effect::new(move |before: Option<Option<DateTime<Utc>>>| {
            let now = loaded_at.get();
            if now.is_some() && before.is_some_and(|before| before != now) {
                self.detail.refresh();
            }
            now
        });
    }
}

/// The same ARN in another Region: replicas have the suffix of their primary.
fn arn_in(arn: &str, region: &str) -> String {
    let mut parts: Vec<&str> = arn.splitn(7, ':').collect();
    if let Some(found) = parts.get_mut(3) {
        *found = region;
    }
    parts.join(":")
}

/// The state of the window that the component is in.
pub fn use_state() -> State {
    expect_context()
}
