//! The rotation of the open secret, polled while one is in progress, and what the local vault reports about it.

use chrono::{DateTime, Utc};
use latchkey_domain::rotation::{
    Diagnosis, FindRotationTrouble, PendingVersion, Progress, RevealFunctionOutput, RotationTrouble,
};
use latchkey_domain::secret::SecretDetail;
use latchkey_domain::stages::CURRENT;
use latchkey_domain::template;
use latchkey_domain::value::Revealed;
use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::ipc;
use crate::state::detail::Detail;
use crate::state::request::Request;

/// Each poll waits one tick of the pane's clock longer than the previous one, up to this many.
const LONGEST_WAIT: u32 = 15;

/// What is known of a rotation under way, or of the last one that was seen here.
#[derive(Clone, Copy)]
pub struct Following {
    detail: Detail,
    made: RwSignal<Option<Made>>,
    /// What the local vault said last, with the ARN that it is about.
    trouble: RwSignal<Option<(String, RotationTrouble)>>,
    /// What the function wrote, in the clear.
    pub output: RwSignal<Option<String>>,
    pub output_request: Request,
    looks: StoredValue<u32>,
    ticks_to_wait: StoredValue<u32>,
    /// AWS writes the date of a rotation after its last label: one more look sees it.
    is_last_look_due: StoredValue<bool>,
}

/// The version that a rotation makes.
#[derive(Clone, PartialEq)]
struct Made {
    arn: String,
    version_id: String,
    /// A copy on which testSecret is tried.
    is_test: bool,
}

impl Following {
    pub fn new(detail: Detail) -> Self {
        Self {
            detail,
            made: RwSignal::default(),
            trouble: RwSignal::default(),
            output: RwSignal::default(),
            output_request: Request::new(),
            looks: StoredValue::default(),
            ticks_to_wait: StoredValue::default(),
            is_last_look_due: StoredValue::default(),
        }
    }

    /// A rotation was started here: finds the version that it makes, and looks at it soon.
    pub fn begin(self, before: Option<SecretDetail>, is_test: bool) {
        self.looks.set_value(0);
        self.ticks_to_wait.set_value(0);
        self.is_last_look_due.set_value(true);
        self.made.set(self.detail.secret.with_untracked(|after| {
            let after = after.as_ref()?;
            let current = after.version_map.holder(CURRENT);
            let was_current = before.as_ref().and_then(|before| before.version_map.holder(CURRENT));
            let new_current = current.filter(|_| current != was_current).map(str::to_owned);
            let version_id = PendingVersion::of(after).map(|pending| pending.version_id).or(new_current)?;
            Some(Made { arn: after.summary.arn.clone(), version_id, is_test })
        }));
    }

    /// Notes the version that is being made and asks the vault. Call it when the secret was described.
    pub fn notice(self) {
        let pending = self.detail.secret.with_untracked(|secret| {
            let secret = secret.as_ref()?;
            Some((secret.summary.arn.clone(), PendingVersion::of(secret)?.version_id))
        });
        if let Some((arn, version_id)) = pending {
            let is_known = self
                .made
                .with_untracked(|made| made.as_ref().is_some_and(|made| made.version_id == version_id));
            if !is_known {
                self.made.set(Some(Made { arn, version_id, is_test: false }));
            }
        }
        spawn_local(self.ask_vault());
    }

    /// Describes the secret again while AWSPENDING is on a version of its own. Call it every two seconds while the pane is
    /// shown; the looks become rarer.
    pub fn look(self) {
        let is_under_way = self.detail.secret.with_untracked(|secret| {
            secret.as_ref().is_some_and(|secret| PendingVersion::of(secret).is_some())
        });
        if !is_under_way {
            self.looks.set_value(0);
            if self.is_last_look_due.get_value() {
                self.is_last_look_due.set_value(false);
                self.detail.refresh();
            }
            return;
        }
        self.is_last_look_due.set_value(true);
        if self.ticks_to_wait.get_value() > 0 {
            self.ticks_to_wait.update_value(|ticks| *ticks -= 1);
            return;
        }
        self.looks.update_value(|looks| *looks += 1);
        self.ticks_to_wait.set_value(self.looks.get_value().min(LONGEST_WAIT));
        self.detail.refresh();
        spawn_local(self.ask_vault());
    }

    async fn ask_vault(self) {
        let Some(target) = self.detail.target_untracked() else { return };
        let arn = self.detail.secret.with_untracked(|secret| {
            let summary = &secret.as_ref()?.summary;
            summary.rotation.as_ref().map(|_| summary.arn.clone())
        });
        let Some(secret_id) = arn.filter(|_| target.scope.connection.is_vault()) else { return };
        let request = FindRotationTrouble { scope: target.scope, secret_id: secret_id.clone() };
        // What the vault cannot report is left out: the labels show the state.
        if let Ok(trouble) = ipc::call(request).await {
            let _ = self.trouble.try_set(Some((secret_id, trouble)));
        }
    }

    /// How far the rotation is that was seen last; none for one that tests a copy. Tracks.
    pub fn progress(self) -> Option<Progress> {
        let made = self.made.get().filter(|made| !made.is_test)?;
        self.detail.secret.with(|secret| {
            let secret = secret.as_ref().filter(|secret| secret.summary.arn == made.arn)?;
            let progress = Progress::of(secret, &made.version_id)?;
            let failure = self.trouble_of(&made.arn).and_then(|trouble| trouble.failure);
            Some(match failure {
                Some(failure) => progress.failed_at(failure.step),
                None => progress,
            })
        })
    }

    /// Whether a copy of the value is being tested, as RotateImmediately off asks for. Tracks.
    pub fn is_testing(self) -> bool {
        let Some(made) = self.made.get().filter(|made| made.is_test) else { return false };
        self.detail.secret.with(|secret| {
            let pending = secret.as_ref().and_then(PendingVersion::of);
            pending.is_some_and(|pending| pending.version_id == made.version_id)
        })
    }

    /// Why the rotation of the open secret does not finish. Tracks.
    pub fn diagnosis(self, keys: Option<&template::Finding>, now: DateTime<Utc>) -> Diagnosis {
        let is_local = self.detail.described.with(|described| {
            described.target.as_ref().is_some_and(|target| target.scope.connection.is_vault())
        });
        self.detail.secret.with(|secret| {
            let Some(secret) = secret else { return Diagnosis::default() };
            let known = is_local.then(|| self.trouble_of(&secret.summary.arn).unwrap_or_default());
            Diagnosis::of(secret, known.as_ref(), keys, now)
        })
    }

    /// Shows what the function of the local vault wrote before it failed.
    pub async fn reveal_output(self) {
        let Some(target) = self.detail.target_untracked() else { return };
        let arn = self.detail.secret.with_untracked(|secret| Some(secret.as_ref()?.summary.arn.clone()));
        let Some(secret_id) = arn else { return };
        let request = RevealFunctionOutput { scope: target.scope, secret_id };
        if let Some(Revealed::Text(text)) = self.output_request.act(ipc::call(request)).await {
            self.output.set(Some(text));
        }
    }

    /// Removes the function's output from the page.
    pub fn hide_output(self) {
        let _ = self.output.try_set(None);
        self.output_request.forget();
    }

    fn trouble_of(self, arn: &str) -> Option<RotationTrouble> {
        self.trouble.with(|trouble| {
            trouble.as_ref().filter(|(about, _)| about == arn).map(|(_, trouble)| trouble.clone())
        })
    }
}
