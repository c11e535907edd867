//! The test of a connection while it is typed or edited: who it would be, and which field is to blame if it fails.

use latchkey_domain::ApiError;
use latchkey_domain::connection::{ConnectionReport, TestConnection};
use leptos::prelude::*;

use super::form_failure::FormFailure;
use crate::ipc;

/// The last test of a form.
#[derive(Clone, Copy)]
pub struct ConnectionTest {
    failure: FormFailure,
    /// What it found.
    pub report: RwSignal<Option<ConnectionReport>>,
    pub busy: RwSignal<bool>,
}

impl ConnectionTest {
    /// No test yet; a failure is told where the form tells its own.
    pub fn new(failure: FormFailure) -> Self {
        Self { failure, report: RwSignal::default(), busy: RwSignal::default() }
    }

    /// Asks who the connection would be and what it may do, unless the form cannot be read. Nothing is saved.
    pub async fn ask(self, form: Result<TestConnection, ApiError>) {
        self.failure.clear();
        self.report.set(None);
        let Ok(request) = form.map_err(|failure| self.failure.set(failure)) else { return };
        self.busy.set(true);
        let answer = ipc::call(request).await;
        self.busy.try_set(false);
        match answer {
            Ok(report) => {
                if let Some(failure) = report.failure_at_field() {
                    self.failure.set(failure);
                }
                self.report.try_set(Some(report));
            }
            Err(failure) => self.failure.set(failure),
        }
    }
}
