//! The test of a connection while it is typed or edited: its identity, and the field that causes a failure.

use latchkey_domain::ApiError;
use latchkey_domain::connection::{ConnectionReport, TestConnection};
use leptos::prelude::*;

use super::request::Request;
use crate::ipc;

/// The last test of a form.
#[derive(Clone, Copy)]
pub struct ConnectionTest {
    pub request: Request,
    /// What it found.
    pub report: RwSignal<Option<ConnectionReport>>,
}

impl ConnectionTest {
    /// No test yet; a failure is told where the form tells its own.
    pub fn new(form: Request) -> Self {
        Self { request: form.beside(), report: RwSignal::default() }
    }

    /// Checks the identity of the connection and its permissions, unless the form is invalid. Nothing is saved.
    pub async fn ask(self, form: Result<TestConnection, ApiError>) {
        self.report.set(None);
        let answer = self.request.act(async { ipc::call(form?).await }).await;
        if let Some(report) = answer {
            if let Some(failure) = report.failure_at_field() {
                self.request.fail(failure);
            }
            self.report.try_set(Some(report));
        }
    }
}
