//! The open secret: asks the engine for it, and turns its value to the right version.
//!
//! What an answer changes is decided in `state::described`; the value itself is `state::value`.

use chrono::{DateTime, Utc};
use latchkey_domain::change::{NotWritable, check_writable};
use latchkey_domain::guard::Guard;
use latchkey_domain::name::SecretLocator;
use latchkey_domain::secret::{DescribeSecret, FindSecret, SecretDetail};
use latchkey_domain::settings::Settings;
use latchkey_domain::value::VersionRef;
use latchkey_domain::{ApiError, Code, Scope};
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::described::{Described, Target, version_to_read};
use super::request::Request;
use super::value::Value;
use crate::ipc;

/// The tabs of the pane, by the ids that [`Detail::tab`] holds.
pub const VALUE_TAB: &str = "value";
pub const VERSIONS_TAB: &str = "versions";
pub const ROTATION_TAB: &str = "rotation";
pub const DETAILS_TAB: &str = "details";

/// The secret in the detail pane.
#[derive(Clone, Copy)]
pub struct Detail {
    /// The tab in view; it stays from secret to secret.
    pub tab: RwSignal<&'static str>,
    /// The open secret as it was last described.
    pub secret: Memo<Option<SecretDetail>>,
    pub described: RwSignal<Described>,
    describing: Request,
    pub value: Value,
    /// The version whose value is looked at.
    pub picked_version: Memo<Option<String>>,
    /// The version that was picked by hand; without one the value follows AWSCURRENT.
    picked: RwSignal<Option<String>>,
    /// What the connection in view may be used for.
    pub guard: RwSignal<Guard>,
    /// Leaving the secret would lose an edit.
    pub unsaved: RwSignal<bool>,
    /// The pending navigation.
    pub departure: RwSignal<Option<Departure>>,
}

/// The navigation that waits for a decision about an edit.
#[derive(Debug, Clone)]
pub enum Departure {
    /// The edit alone is left.
    Edit,
    Close,
    Open(Scope, String),
    Show(Scope, Box<SecretDetail>),
    /// Another connection or Region comes into view.
    Elsewhere(Callback<()>),
}

impl Detail {
    /// No secret is open.
    pub fn new(settings: Signal<Settings>, clock: fn() -> DateTime<Utc>) -> Self {
        let described = RwSignal::new(Described::default());
        let value = Value::new(settings, clock);
        Self {
            tab: RwSignal::new(VALUE_TAB),
            secret: Memo::new(move |_| described.with(|described| described.detail.clone())),
            described,
            describing: Request::new(),
            value,
            picked_version: Memo::new(move |_| {
                value.reading.with(|reading| reading.version().map(|version| version.version_id.clone()))
            }),
            picked: RwSignal::default(),
            guard: RwSignal::default(),
            unsaved: RwSignal::default(),
            departure: RwSignal::default(),
        }
    }

    /// Whether an edit would be lost; if so, it is asked first.
    fn must_ask(self, departure: impl FnOnce() -> Departure) -> bool {
        let is_unsaved = self.unsaved.get_untracked();
        if is_unsaved {
            self.departure.set(Some(departure()));
        }
        is_unsaved
    }

    /// Brings another connection or Region into view, which closes the secret.
    pub fn leave_for(self, go: impl Fn() + Send + Sync + 'static) {
        let go = Callback::new(move |()| go());
        if !self.must_ask(|| Departure::Elsewhere(go)) {
            go.run(());
        }
    }

    /// Masks revealed parts in time, and closes the secret when the scope changes. Lasts as long as
    /// the owner.
    pub fn follow(self, scope: Memo<Option<Scope>>) {
        self.value.keep_time();
        self.close_in_other_scopes(scope);
    }

    fn close_in_other_scopes(self, scope: Memo<Option<Scope>>) {
        Effect::new(move || {
            let in_view = scope.get();
            let target = self.target_untracked();
            if target.is_some_and(|target| in_view.as_ref() != Some(&target.scope)) {
                self.close();
            }
        });
    }

    /// Opens a secret by its ARN (or by its name, where only that is known). No value is read.
    pub fn open(self, scope: Scope, secret_id: String) {
        let target = Target { scope, secret_id };
        if self.turn_to(&target) {
            spawn_local(self.describe(target));
        }
    }

    /// Leaves what is open for another secret; false if the person is asked first.
    fn turn_to(self, target: &Target) -> bool {
        if self.target_untracked().as_ref() != Some(target) {
            if self.must_ask(|| Departure::Open(target.scope.clone(), target.secret_id.clone())) {
                return false;
            }
            self.picked.set(None);
            self.value.pick(None);
        }
        true
    }

    /// Describes the open secret again.
    pub fn refresh(self) {
        if let Some(target) = self.target_untracked() {
            spawn_local(self.describe(target));
        }
    }

    async fn describe(self, target: Target) {
        self.described.update(|described| described.turn_to(target.clone()));
        let request = DescribeSecret { scope: target.scope, secret_id: target.secret_id };
        if let Some(answer) = self.describing.send(ipc::call(request)).await {
            self.take(|described| described.take(answer));
        }
    }

    /// Takes what is known now. What is asked meanwhile is older.
    fn take(self, change: impl FnOnce(&mut Described)) {
        self.describing.forget();
        self.described.update(change);
        self.follow_versions();
    }

    /// Finds a secret by name, ARN or console URL, and opens it. Answers the scope that it was found in.
    pub async fn find(self, scope: Scope, text: String) -> Result<Scope, ApiError> {
        let found = match ipc::call(FindSecret { scope: scope.clone(), text: text.clone() }).await {
            // Its value may be readable all the same, so that it is opened where the text says.
            Err(error) if error.code == Code::AccessDenied => {
                let Ok(SecretLocator { region, secret_id }) = SecretLocator::parse(&text) else {
                    return Err(error);
                };
                let scope = Scope { region: region.unwrap_or(scope.region), ..scope };
                let target = Target { scope: scope.clone(), secret_id };
                if self.turn_to(&target) {
                    self.take(|described| {
                        described.turn_to(target);
                        described.take(Err(error));
                    });
                }
                return Ok(scope);
            }
            answer => answer?,
        };
        self.show(found.scope.clone(), found.detail);
        Ok(found.scope)
    }

    /// Opens a secret that was just created or found.
    pub fn show(self, scope: Scope, detail: SecretDetail) {
        if self.must_ask(|| Departure::Show(scope.clone(), Box::new(detail.clone()))) {
            return;
        }
        self.picked.set(None);
        self.value.pick(None);
        self.take(|described| described.show(scope, detail));
    }

    /// Takes what a change of `target` answered. The value stays where it is, and nothing happens if another secret
    /// is open by now.
    pub fn take_changed(self, target: &Target, detail: Option<SecretDetail>) {
        if self.target_untracked().as_ref() != Some(target) {
            return;
        }
        match detail {
            Some(detail) => self.take(|described| described.show(target.scope.clone(), detail)),
            // It was changed but could not be described afterwards.
            None => self.refresh(),
        }
    }

    /// Leaves the secret and masks its value.
    pub fn close(self) {
        if self.must_ask(|| Departure::Close) {
            return;
        }
        self.picked.set(None);
        self.value.pick(None);
        self.take(|described| *described = Described::default());
    }

    /// Turns the value back to the version that readers get.
    pub fn follow_current(self, target: &Target) {
        if self.target_untracked().as_ref() == Some(target) {
            self.picked.set(None);
            self.follow_versions();
        }
    }

    /// Turns the value to a version. Nothing is read.
    pub fn pick_version(self, version_id: String) {
        self.picked.set(Some(version_id));
        self.follow_versions();
    }

    /// Whether the connection lets nothing be written; tracks.
    pub fn is_read_only(self) -> bool {
        self.guard.get() == Guard::ReadOnly
    }

    /// Whether the open secret can be changed here; tracks.
    pub fn is_writable(self) -> bool {
        self.described.with(|described| described.detail.is_some()) && self.not_writable().is_none()
    }

    /// Why the open secret cannot be changed here; tracks.
    pub fn not_writable(self) -> Option<NotWritable> {
        let guard = self.guard.get();
        self.described.with(|described| {
            let (target, detail) = (described.target.as_ref()?, described.detail.as_ref()?);
            check_writable(guard, &target.scope.region, &detail.summary).err()
        })
    }

    /// Whether a secret is open.
    pub fn is_open(self) -> bool {
        self.described.with(|described| described.target.is_some())
    }

    /// The scope of the open secret; tracks.
    pub fn scope(self) -> Option<Scope> {
        self.described.with(|described| Some(described.target.as_ref()?.scope.clone()))
    }

    /// Which secret is open.
    pub fn target_untracked(self) -> Option<Target> {
        self.described.with_untracked(|described| described.target.clone())
    }

    /// Keeps the picked version as long as it exists, else turns to the one that readers get.
    fn follow_versions(self) {
        let picked = self.picked.get_untracked();
        let version = self.described.with_untracked(|described| {
            let Target { scope, secret_id } = described.target.clone()?;
            if described.is_denied() {
                return Some(VersionRef::current(scope, secret_id));
            }
            let detail = described.detail.as_ref()?;
            let is_picked = |id: &String| detail.versions.iter().any(|version| version.version_id == *id);
            let version_id = match picked.filter(is_picked) {
                Some(version_id) => version_id,
                None => version_to_read(detail)?.version_id.clone(),
            };
            Some(VersionRef { scope, secret_id: detail.summary.arn.clone(), version_id })
        });
        self.value.pick(version);
    }
}

#[cfg(test)]
mod tests;
