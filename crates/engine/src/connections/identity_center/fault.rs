//! Explains the errors of IAM Identity Center: what happened, to what, and what to do next.

use std::error::Error;

use aws_sdk_ssooidc::config::http::HttpResponse;
use aws_sdk_ssooidc::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_ssooidc::operation::RequestId;
use latchkey_domain::identity_center::SsoSession;
use latchkey_domain::{ApiError, AwsFault, Code};

use crate::aws::proxy_fault::ProxyFault;

/// What was asked of a session when it failed.
#[derive(Debug, Clone, Copy)]
pub(super) struct Asked<'a> {
    /// In words: "the list of accounts".
    pub what: &'a str,
    pub session: &'a SsoSession,
}

/// The error for the front end. Nothing of the request is quoted: it contains tokens.
pub(super) fn explain<E>(asked: Asked<'_>, error: &SdkError<E, HttpResponse>) -> ApiError
where
    E: ProvideErrorMetadata + RequestId + Error + 'static,
{
    let Asked { what, session } = asked;
    if let SdkError::DispatchFailure(failure) = error
        && let Some(fault) = failure.as_connector_error().and_then(|error| ProxyFault::find(error))
    {
        let told = format!("IAM Identity Center was not contacted for {what}: {fault}. {}", fault.next());
        return ApiError::new(Code::Offline, told);
    }
    match error {
        SdkError::ServiceError(answer) => {
            let fault = AwsFault {
                code: answer.err().code().unwrap_or_default().to_owned(),
                message: answer.err().message().unwrap_or_default().to_owned(),
                request_id: answer.err().request_id().map(str::to_owned),
            };
            let (code, message) = refusal(asked, &fault.code, answer.raw().status().as_u16());
            ApiError { code, message, aws: Some(Box::new(fault)), detail: None }
        }
        SdkError::DispatchFailure(_) if session.region.known().is_none() => ApiError::invalid(
            "region",
            format!("No IAM Identity Center endpoint answers in {}. Check the Region.", session.region),
        ),
        SdkError::TimeoutError(_) | SdkError::DispatchFailure(_) => ApiError::new(
            Code::Offline,
            format!(
                "Could not reach IAM Identity Center in {} for {what}. Check the network, then try again.",
                session.region
            ),
        ),
        SdkError::ResponseError(answer) if answer.raw().status().is_server_error() => {
            ApiError::new(Code::Offline, failed_over_there(asked))
        }
        _ => ApiError::internal(format!(
            "IAM Identity Center in {} gave an answer to {what} that could not be read. Try again.",
            session.region
        )),
    }
}

fn refusal(asked: Asked<'_>, aws_code: &str, status: u16) -> (Code, String) {
    let Asked { what, session } = asked;
    let SsoSession { start_url, region } = session;
    match aws_code {
        "UnauthorizedException" | "ExpiredTokenException" | "InvalidGrantException" => {
            (Code::SignInNeeded, has_ended(session))
        }
        "InvalidClientException" | "UnauthorizedClientException" => (
            Code::SignInNeeded,
            format!("This computer is no longer registered with {start_url}. Sign in again."),
        ),
        "InvalidRequestRegionException" => (
            Code::Invalid("region".to_owned()),
            format!(
                "{start_url} does not belong to {region}. Choose the Region of your IAM Identity Center."
            ),
        ),
        "InvalidRequestException" => (
            Code::Invalid("start_url".to_owned()),
            format!(
                "IAM Identity Center in {region} does not accept {start_url}. Check the start URL, and whether it \
                 belongs to this Region."
            ),
        ),
        "AccessDeniedException" | "ForbiddenException" => (
            Code::AccessDenied,
            format!("IAM Identity Center does not allow {what} for the user signed in at {start_url}."),
        ),
        "ResourceNotFoundException" => {
            (Code::NotFound, format!("IAM Identity Center at {start_url} does not find {what}."))
        }
        "TooManyRequestsException" | "SlowDownException" => throttled(asked),
        _ if status == 403 => (
            Code::AccessDenied,
            format!("IAM Identity Center does not allow {what} for the user signed in at {start_url}."),
        ),
        _ if status == 429 => throttled(asked),
        _ if status >= 500 => (Code::Offline, failed_over_there(asked)),
        _ => (
            Code::Internal,
            format!(
                "IAM Identity Center at {start_url} refused {what}. Its response is below; try again or report it."
            ),
        ),
    }
}

fn throttled(asked: Asked<'_>) -> (Code, String) {
    let message = format!("IAM Identity Center is throttling {}. Wait a moment and try again.", asked.what);
    (Code::Throttled, message)
}

fn failed_over_there(asked: Asked<'_>) -> String {
    let Asked { what, session } = asked;
    format!("IAM Identity Center in {} failed at {what}. Try again in a moment.", session.region)
}

fn has_ended(session: &SsoSession) -> String {
    format!("The sign-in to {} has expired. Sign in again.", session.start_url)
}

/// Not signed in, or no longer.
pub(super) fn sign_in_needed(session: &SsoSession) -> ApiError {
    ApiError::new(Code::SignInNeeded, has_ended(session))
}

/// The word of OAuth for why the browser came back without a code.
pub(super) fn denied(session: &SsoSession, word: &str) -> ApiError {
    let message = match word {
        "access_denied" => format!(
            "The sign-in to {} was not allowed in the browser. Sign in again and choose Allow.",
            session.start_url
        ),
        _ => format!(
            "The sign-in to {} ended in the browser with an error. Sign in again, or use a device code.",
            session.start_url
        ),
    };
    ApiError::new(Code::AccessDenied, message)
}
