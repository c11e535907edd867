//! Classifies what the SDK reports, once and by shape: what happened, to what, and what to do next.

use std::error::Error;

use aws_sdk_secretsmanager::config::http::HttpResponse;
use aws_sdk_secretsmanager::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_secretsmanager::operation::RequestId;
use latchkey_domain::{ApiError, AwsFault, Code};

use super::gate::Refused;
use super::proxy_fault::ProxyFault;

/// The operation that failed.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Attempt<'a> {
    /// The API operation, `GetSecretValue` for example.
    pub operation: &'a str,
    /// Its target: the name or ARN of a secret; "this Region" for a list.
    pub subject: &'a str,
}

/// The error for the front end. The response body is never quoted: it may contain a value.
pub(crate) fn classify<E>(attempt: Attempt<'_>, error: &SdkError<E, HttpResponse>) -> ApiError
where
    E: ProvideErrorMetadata + RequestId + Error + 'static,
{
    let Attempt { operation, subject } = attempt;
    match error {
        SdkError::ServiceError(answer) => {
            let fault = fault_of(answer.err(), answer.raw());
            let (code, message) = explain(attempt, &fault, answer.raw().status().as_u16());
            ApiError { code, message, aws: Some(Box::new(fault)), detail: None }
        }
        SdkError::TimeoutError(_) => ApiError::new(
            Code::Offline,
            format!("{operation} on {subject} timed out. Check the network and try again."),
        ),
        SdkError::DispatchFailure(failure) => {
            if let Some(fault) = failure.as_connector_error().and_then(|error| ProxyFault::find(error)) {
                let told = format!("{operation} on {subject} was not sent: {fault}. {}", fault.next());
                return ApiError::new(Code::Offline, told);
            }
            let reason = failure.as_connector_error().map_or_else(String::new, |error| root_cause(error));
            let next = if reason.contains("certificate") {
                "If your company uses a TLS-inspecting proxy, set AWS_CA_BUNDLE to its certificates and restart \
                 Latchkey."
            } else {
                "Check the network and the connection's endpoint, then try again."
            };
            ApiError::new(
                Code::Offline,
                format!("Could not reach the endpoint{reason}: {operation} on {subject} failed. {next}"),
            )
        }
        SdkError::ResponseError(answer) if answer.raw().status().is_server_error() => {
            ApiError::new(Code::Offline, failed_over_there(attempt))
        }
        // A body that arrived completely can be inspected.
        SdkError::ResponseError(answer) if answer.raw().body().bytes().is_none() => ApiError::new(
            Code::Offline,
            format!(
                "The connection broke while receiving the response to {operation} on {subject}. Check the network and \
                 try \
                 again."
            ),
        ),
        SdkError::ResponseError(_) => ApiError::internal(format!(
            "The response to {operation} on {subject} could not be read. Check that the connection's endpoint is a \
             Secrets Manager, then try again."
        )),
        _ => Refused::find(error).unwrap_or_else(|| ApiError::internal(format!(
            "The request {operation} on {subject} could not be made. Check the connection's Region and endpoint."
        ))),
    }
}

fn fault_of<E: ProvideErrorMetadata + RequestId>(error: &E, answer: &HttpResponse) -> AwsFault {
    let request_id = error.request_id().or_else(|| answer.headers().get("x-amzn-requestid"));
    AwsFault {
        code: error.code().unwrap_or_default().to_owned(),
        message: error.message().unwrap_or_default().to_owned(),
        request_id: request_id.map(str::to_owned),
    }
}

fn explain(attempt: Attempt<'_>, fault: &AwsFault, status: u16) -> (Code, String) {
    let Attempt { operation, subject } = attempt;
    let code = code_of(fault, status);
    let message = match &code {
        Code::AccessDenied if fault.code == "DecryptionFailure" => format!(
            "{operation} on {subject} failed: its value cannot be decrypted. Ask for kms:Decrypt on its key, and \
             check that the key is enabled."
        ),
        Code::AccessDenied => {
            format!(
                "This identity may not call {operation} on {subject}. Ask for {}:{operation}.",
                service_of(operation)
            )
        }
        Code::ReadOnly => format!(
            "{operation} on {subject} was refused: the vault takes no writes. Its file or folder is read-only, or its \
             disk was full when it was opened. Change that, then open the vault again."
        ),
        Code::NotFound => {
            format!("{operation} did not find {subject}. Check the name and the Region, or refresh the list.")
        }
        Code::PendingDeletion => {
            format!("{subject} is scheduled for deletion, so {operation} is refused. Restore it first.")
        }
        Code::Throttled => {
            format!(
                "AWS is throttling requests, so {operation} on {subject} was not done. Wait a moment and try again."
            )
        }
        Code::SignInNeeded if is_of_the_clock(fault) => format!(
            "{operation} on {subject} was refused because of its timestamp. Correct this computer's clock, then try \
             again."
        ),
        Code::SignInNeeded if matches!(fault.code.as_str(), "ExpiredToken" | "ExpiredTokenException") => {
            format!(
                "The credentials have expired, so {operation} on {subject} was refused. Sign in again or paste new \
                 ones, then \
             try again."
            )
        }
        Code::SignInNeeded => {
            format!(
                "The credentials were not accepted for {operation} on {subject}. Renew the connection's access key, and check this machine's clock."
            )
        }
        Code::Offline => failed_over_there(attempt),
        Code::Conflict if fault.code == "InvalidNextTokenException" => {
            format!("{operation} on {subject} stopped between two pages. Refresh the list to start again.")
        }
        Code::Conflict => {
            format!(
                "{operation} on {subject} is not possible in its current state. Refresh it and check again."
            )
        }
        Code::Invalid(_) => format!("{operation} on {subject} was refused: the input was not accepted."),
        _ => format!("{operation} on {subject} failed. The response is below; try again or report it."),
    };
    (code, message)
}

/// The prefix of the action that a policy allows.
fn service_of(operation: &str) -> &'static str {
    match operation {
        "AssumeRole" | "GetCallerIdentity" => "sts",
        _ => "secretsmanager",
    }
}

/// AWS takes requests that are at most fifteen minutes old or early.
pub(crate) fn is_of_the_clock(fault: &AwsFault) -> bool {
    matches!(fault.code.as_str(), "RequestExpired" | "RequestTimeTooSkewed")
        || ["Signature expired", "Signature not yet current"]
            .iter()
            .any(|words| fault.message.starts_with(words))
}

fn failed_over_there(attempt: Attempt<'_>) -> String {
    let Attempt { operation, subject } = attempt;
    format!("{operation} on {subject} failed at the endpoint. Try again in a moment.")
}

fn code_of(fault: &AwsFault, status: u16) -> Code {
    match fault.code.as_str() {
        // A vault of ours: AWS has no code for this, and SDKs try others again.
        "AccessDeniedException" if fault.message.starts_with("The vault is open for reading only") => {
            Code::ReadOnly
        }
        "AccessDeniedException" | "AccessDenied" | "DecryptionFailure" => Code::AccessDenied,
        "ResourceNotFoundException" => Code::NotFound,
        // One code for many states; only the message identifies a deletion (AWS's behaviour, A5).
        "InvalidRequestException" if fault.message.contains("deletion") => Code::PendingDeletion,
        "InvalidRequestException"
        | "ResourceExistsException"
        | "PreconditionNotMetException"
        | "InvalidNextTokenException" => Code::Conflict,
        "ThrottlingException" | "Throttling" | "TooManyRequestsException" | "RequestLimitExceeded" => {
            Code::Throttled
        }
        "UnrecognizedClientException"
        | "InvalidClientTokenId"
        | "ExpiredTokenException"
        | "ExpiredToken"
        | "RequestExpired"
        | "RequestTimeTooSkewed"
        | "InvalidSignatureException"
        | "SignatureDoesNotMatch"
        | "IncompleteSignatureException"
        | "IncompleteSignature"
        | "MissingAuthenticationTokenException"
        | "MissingAuthenticationToken" => Code::SignInNeeded,
        "InvalidParameterException"
        | "ValidationException"
        | "LimitExceededException"
        | "MalformedPolicyDocumentException"
        | "PublicPolicyException" => Code::Invalid("request".to_owned()),
        "EncryptionFailure" => Code::Invalid("kms_key_id".to_owned()),
        _ if status == 429 => Code::Throttled,
        _ if status >= 500 => Code::Offline,
        _ => Code::Internal,
    }
}

/// The innermost reason of a failed connection, `connection refused` for example; it names hosts and errors of the
/// system only.
fn root_cause(error: &(dyn Error + 'static)) -> String {
    let mut cause = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    format!(" ({})", plain_reason(&cause.to_string()))
}

/// `connection refused` for `Connection refused (os error 111)`.
fn plain_reason(told: &str) -> String {
    let told = told.split(" (os error").next().unwrap_or(told);
    let mut letters = told.chars();
    match (letters.next(), letters.clone().next()) {
        (Some(first), Some(second)) if second.is_lowercase() => first.to_lowercase().chain(letters).collect(),
        _ => told.to_owned(),
    }
}

/// Takes AWS's words away where they quote one of these inputs.
pub(crate) fn withhold(mut error: ApiError, inputs: &[&str]) -> ApiError {
    let quotes = |text: &str| inputs.iter().any(|input| !input.is_empty() && text.contains(input));
    if let Some(fault) = error.aws.as_mut().filter(|fault| quotes(&fault.message)) {
        fault.message = "(left out: it quoted the value)".to_owned();
    }
    error
}
