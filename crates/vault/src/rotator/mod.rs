//! Calls the rotation functions of a vault when it is time, several secrets at once.
//!
//! Time is the vault's clock. Between two looks at it at most half a minute of real time passes, so that a clock that
//! was set, or a machine that slept, is noticed.

mod generic_password;
mod progress;

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use serde_json::json;
use tokio::sync::{Notify, Semaphore, watch};
use tokio::task::JoinSet;
use uuid::Uuid;
use zeroize::Zeroizing;

use crate::call::Call;
use crate::credentials::Callers;
use crate::fault::{Fault, FaultCode};
use crate::rotation::{Program, RotationFailure, RotationFunction, RotationStep, StepFailure, Variables};
use crate::store::rotations::OneSecret;
use crate::vault::Vault;
use progress::Try;

pub use generic_password::PASSWORD_KEY_TAG;

const LONGEST_PAUSE: Duration = Duration::from_secs(30);
const SHORTEST_PAUSE: Duration = Duration::from_millis(200);
/// Secrets that are rotated at once.
const MAX_AT_ONCE: usize = 4;
/// A file without settings: those of the user are not for the programs of the vault.
const NO_FILE: &str = if cfg!(windows) { "NUL" } else { "/dev/null" };

/// Rotates the secrets of one vault through one server.
#[derive(Debug)]
pub struct Rotator {
    vault: Arc<Vault>,
    callers: Arc<Callers>,
    /// `http://127.0.0.1:PORT`.
    endpoint: String,
    running: Mutex<HashSet<OneSecret>>,
    permits: Semaphore,
    ended: Notify,
}

impl Rotator {
    pub fn new(vault: Arc<Vault>, callers: Arc<Callers>, endpoint: String) -> Self {
        Self {
            vault,
            callers,
            endpoint,
            running: Mutex::default(),
            permits: Semaphore::new(MAX_AT_ONCE),
            ended: Notify::new(),
        }
    }

    /// Rotates what is due until the server stops or the vault is closed; then ends what is under way.
    pub async fn run(self: Arc<Self>, mut stopping: watch::Receiver<bool>) {
        let mut tasks = JoinSet::new();
        tokio::select! {
            () = self.rotate_while_open(&mut tasks) => {}
            _ = stopping.wait_for(|stopping| *stopping) => {}
        }
        tasks.shutdown().await;
    }

    async fn rotate_while_open(self: &Arc<Self>, tasks: &mut JoinSet<()>) {
        while let Some(due) = self.take_due().await {
            while tasks.try_join_next().is_some() {}
            for place in due {
                let rotator = self.clone();
                tasks.spawn(async move { rotator.rotate(place).await });
            }
            tokio::select! {
                () = self.vault.may_be_due().notified() => {}
                () = tokio::time::sleep(self.pause().await) => {}
            }
        }
    }

    /// Rotates what is due now and waits until nothing is under way.
    pub async fn rotate_due(self: &Arc<Self>) {
        let mut tasks = JoinSet::new();
        for place in self.take_due().await.unwrap_or_default() {
            let rotator = self.clone();
            tasks.spawn(async move { rotator.rotate(place).await });
        }
        tasks.join_all().await;
        loop {
            // Asked for before the look, so that no end in between is lost.
            let ended = self.ended.notified();
            if self.lock_running().is_empty() {
                return;
            }
            ended.await;
        }
    }

    /// What is due and not under way yet; `None` once the vault is closed, or if it takes no writes. It is under way from
    /// now on.
    async fn take_due(&self) -> Option<Vec<OneSecret>> {
        if self.vault.is_read_only() {
            return None;
        }
        let region = self.vault.default_region().to_owned();
        let due = match self.work(region, |call| Ok(call.rows.due_secrets(call.now_millis())?)).await {
            Ok(due) => due,
            Err(fault) if fault.code == FaultCode::VaultClosed => return None,
            Err(fault) => {
                tracing::error!(target: "latchkey_vault::rotation", %fault, "the vault could not look for due rotations");
                Vec::new()
            }
        };
        let mut running = self.lock_running();
        Some(due.into_iter().filter(|place| running.insert(place.clone())).collect())
    }

    async fn pause(&self) -> Duration {
        let region = self.vault.default_region().to_owned();
        let due_in = |call: &Call<'_>| {
            let now = call.now_millis();
            Ok(call.rows.next_due_at(now)?.map(|at| at - now))
        };
        let millis = self.work(region, due_in).await.ok().flatten();
        let pause = millis.and_then(|millis| u64::try_from(millis).ok()).map(Duration::from_millis);
        pause.unwrap_or(LONGEST_PAUSE).clamp(SHORTEST_PAUSE, LONGEST_PAUSE)
    }

    async fn rotate(self: &Arc<Self>, place: OneSecret) {
        let _under_way = UnderWay { rotator: self.clone(), place: place.clone() };
        let tried = {
            // The semaphore is never closed.
            let _permit = self.permits.acquire().await;
            self.try_once(place).await
        };
        if let Err(fault) = tried
            && fault.code != FaultCode::VaultClosed
        {
            tracing::error!(target: "latchkey_vault::rotation", %fault, "a rotation could not go on");
            // It is still due. The store failed, and needs time.
            tokio::time::sleep(LONGEST_PAUSE).await;
        }
    }

    /// One try, through all its steps or up to the first that fails.
    async fn try_once(&self, place: OneSecret) -> Result<(), Fault> {
        let region = place.region.clone();
        let Some(tried) = self.work(region, move |call| progress::next_try(call, &place)).await? else {
            return Ok(());
        };
        let rotation_token = Uuid::new_v4().to_string();
        let steps = if tried.is_test { &[RotationStep::TestSecret][..] } else { &RotationStep::ALL };
        for &step in steps {
            let asked = tried.clone();
            if !self.work(tried.secret.region.clone(), move |call| progress::stands(call, &asked)).await? {
                return Ok(());
            }
            if let Err(failure) = self.call_function(&tried, step, &rotation_token).await {
                return self.note_failure(tried, step, failure).await;
            }
        }
        let ended = tried.clone();
        if !self.work(tried.secret.region.clone(), move |call| progress::succeed(call, &ended)).await? {
            let reason = "The function finished finishSecret, but AWSCURRENT is not on the new version.";
            return self.note_failure(tried, RotationStep::FinishSecret, StepFailure::new(reason)).await;
        }
        tracing::info!(target: "latchkey_vault::rotation", is_test = tried.is_test, "a rotation ended");
        self.vault.failures().forget(&tried.secret.arn);
        Ok(())
    }

    async fn note_failure(&self, tried: Try, step: RotationStep, failure: StepFailure) -> Result<(), Fault> {
        let failed = tried.clone();
        let next = self.work(tried.secret.region.clone(), move |call| progress::fail(call, &failed)).await?;
        tracing::warn!(target: "latchkey_vault::rotation", %step, "a step of a rotation failed");
        let StepFailure { reason, output } = failure;
        let failure = RotationFailure {
            step,
            failed_at: self.vault.now(),
            reason,
            output,
            is_test: tried.is_test,
            next_try_at: next.and_then(chrono::DateTime::from_timestamp_millis),
        };
        self.vault.failures().keep(&tried.secret.arn, failure);
        Ok(())
    }

    async fn call_function(
        &self,
        tried: &Try,
        step: RotationStep,
        rotation_token: &str,
    ) -> Result<(), StepFailure> {
        let OneSecret { region, .. } = &tried.secret;
        let functions = self.vault.functions();
        match functions.find(&tried.lambda_arn, region, self.vault.account()) {
            Some(RotationFunction::GenericPassword) => {
                let tried = tried.clone();
                let work = move |call: &Call<'_>| {
                    generic_password::carry_out(call, &tried.secret.arn, &tried.token, step)
                };
                self.work(region.clone(), work).await.map_err(|fault| StepFailure::new(fault.message))
            }
            Some(RotationFunction::Program(program)) => {
                self.run_program(&program, tried, step, rotation_token, functions.step_time_limit).await
            }
            None => Err(StepFailure::new(format!(
                "This vault no longer has the rotation function {}. Register it again, or specify another one.",
                tried.lambda_arn
            ))),
        }
    }

    async fn run_program(
        &self,
        program: &Program,
        tried: &Try,
        step: RotationStep,
        rotation_token: &str,
        limit: Duration,
    ) -> Result<(), StepFailure> {
        let event = json!({
            "Step": step.as_str(),
            "SecretId": tried.secret.arn,
            "ClientRequestToken": tried.token,
            "RotationToken": rotation_token,
        });
        let no_random = |_| StepFailure::new("The system gave no random numbers. Try again.");
        let issued = self.callers.issue_for(&tried.secret, limit).map_err(no_random)?;
        let own = |text: &str| Zeroizing::new(text.to_owned());
        let variables: Variables = vec![
            ("AWS_ENDPOINT_URL_SECRETS_MANAGER", own(&self.endpoint)),
            ("SECRETS_MANAGER_ENDPOINT", own(&self.endpoint)),
            ("AWS_REGION", own(&tried.secret.region)),
            ("AWS_DEFAULT_REGION", own(&tried.secret.region)),
            ("AWS_ACCESS_KEY_ID", own(&issued.access_key_id)),
            ("AWS_SECRET_ACCESS_KEY", own(issued.secret_access_key.expose())),
            ("AWS_SESSION_TOKEN", own(issued.session_token.expose())),
            // Nothing but these credentials is looked for.
            ("AWS_CONFIG_FILE", own(NO_FILE)),
            ("AWS_SHARED_CREDENTIALS_FILE", own(NO_FILE)),
            ("AWS_EC2_METADATA_DISABLED", own("true")),
        ];
        let outcome = program.run(&event.to_string(), &variables, limit).await;
        self.callers.revoke(&issued.access_key_id);
        outcome
    }

    /// Works on the store in a thread that may wait for the disk.
    async fn work<T: Send + 'static>(
        &self,
        region: String,
        work: impl FnOnce(&Call<'_>) -> Result<T, Fault> + Send + 'static,
    ) -> Result<T, Fault> {
        let vault = self.vault.clone();
        let done = tokio::task::spawn_blocking(move || vault.call(&region, work)).await;
        done.unwrap_or_else(|_| {
            Err(Fault::internal("The rotation failed. See the log of the vault for details."))
        })
    }

    fn lock_running(&self) -> std::sync::MutexGuard<'_, HashSet<OneSecret>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Frees the secret for its next try, however this one ends.
struct UnderWay {
    rotator: Arc<Rotator>,
    place: OneSecret,
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.rotator.lock_running().remove(&self.place);
        self.rotator.ended.notify_waiters();
        self.rotator.vault.may_be_due().notify_one();
    }
}
