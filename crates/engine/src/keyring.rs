//! How the keyring is asked: on a thread that may wait, and its failures in words for the window.

use std::sync::Arc;

use latchkey_domain::{ApiError, Code};
use latchkey_keyring::{Keyring, KeyringProblem};

/// Asks the keyring for something.
pub(crate) async fn ask<T: Send + 'static>(
    keyring: &Arc<Keyring>,
    work: impl FnOnce(&Keyring) -> Result<T, KeyringProblem> + Send + 'static,
) -> Result<T, ApiError> {
    let keyring = keyring.clone();
    let asked = tokio::task::spawn_blocking(move || work(&keyring)).await;
    asked
        .map_err(|_| ApiError::internal("The OS keyring was not asked: the program is shutting down."))?
        .map_err(|problem| told(&problem))
}

/// The problem in words for the window.
pub(crate) fn told(problem: &KeyringProblem) -> ApiError {
    let detail = problem.words().map(str::to_owned);
    let code = match problem {
        KeyringProblem::TooLong { .. }
        | KeyringProblem::LockFailed { .. }
        | KeyringProblem::NotDerived { .. } => Code::Internal,
        _ => Code::Locked,
    };
    ApiError { detail, ..ApiError::new(code, problem.to_string()) }
}
