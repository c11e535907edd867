//! Every class of failure through a real SDK: which code, whose words, which request.
#![allow(clippy::unwrap_used)]

use std::time::Duration;

use aws_sdk_secretsmanager::config::timeout::TimeoutConfig;
use aws_smithy_http_client::test_util::NeverClient;
use latchkey_domain::contract::DescribeSecret;
use latchkey_domain::{ApiError, Code};

use super::client::{Access, Transport, secrets_manager};
use super::fault::{Attempt, classify};
use super::routes::Routes;
use crate::testing::{ARN, Answer, Bench, answer, fault, open_gate, scope, share};

async fn failure(reply: impl Fn() -> Answer + Send + Sync + 'static) -> ApiError {
    let bench = Bench::new(move |_, _| reply()).await;
    let request = DescribeSecret { scope: scope(), secret_id: ARN.into() };
    bench.engine.describe_secret(request).await.expect_err("the network answers with a failure")
}

const MARKED: &str = "You can't perform this operation on the secret because it was marked for deletion.";

#[tokio::test]
async fn every_refusal_gets_its_code_and_keeps_awss_words_and_request_id() {
    for (status, aws_code, words, code, says) in [
        (
            400,
            "AccessDeniedException",
            "User: x is not authorized",
            Code::AccessDenied,
            "secretsmanager:DescribeSecret",
        ),
        (
            400,
            "ResourceNotFoundException",
            "Secrets Manager can't find the specified secret.",
            Code::NotFound,
            "Region",
        ),
        (400, "InvalidRequestException", MARKED, Code::PendingDeletion, "Restore it"),
        (400, "InvalidRequestException", "Something else.", Code::Conflict, "Refresh"),
        (400, "ResourceExistsException", "It exists.", Code::Conflict, "Refresh"),
        (400, "PreconditionNotMetException", "A parameter is missing.", Code::Conflict, "Refresh"),
        (400, "InvalidNextTokenException", "The token is not valid.", Code::Conflict, "between two pages"),
        (403, "AccessDenied", "Not authorized.", Code::AccessDenied, "secretsmanager:DescribeSecret"),
        (400, "MalformedPolicyDocumentException", "Bad.", Code::Invalid("request".into()), "input"),
        (400, "PublicPolicyException", "Public.", Code::Invalid("request".into()), "input"),
        (400, "DecryptionFailure", "KMS says no.", Code::AccessDenied, "kms:Decrypt"),
        (400, "EncryptionFailure", "KMS says no.", Code::Invalid("kms_key_id".into()), "input"),
        (400, "InvalidParameterException", "Wrong.", Code::Invalid("request".into()), "input"),
        (400, "ValidationException", "Invalid name.", Code::Invalid("request".into()), "input"),
        (400, "LimitExceededException", "Too many.", Code::Invalid("request".into()), "input"),
        (
            400,
            "UnrecognizedClientException",
            "The security token is invalid.",
            Code::SignInNeeded,
            "credentials",
        ),
        (400, "ExpiredTokenException", "The security token is expired", Code::SignInNeeded, "credentials"),
        (400, "InvalidSignatureException", "Signature expired", Code::SignInNeeded, "clock"),
        (400, "RequestExpired", "Request has expired.", Code::SignInNeeded, "this computer's clock"),
        (400, "MissingAuthenticationTokenException", "Missing", Code::SignInNeeded, "credentials"),
        (400, "IncompleteSignatureException", "Incomplete", Code::SignInNeeded, "credentials"),
        (400, "SerializationException", "No.", Code::Internal, "failed"),
        (400, "UnknownOperationException", "", Code::Internal, "failed"),
    ] {
        let error = failure(move || fault(status, aws_code, words)).await;
        assert_eq!(error.code, code, "{aws_code}: {words}");
        assert!(error.message.contains(says), "{aws_code} must say what to do: {}", error.message);
        assert!(
            error.message.contains("DescribeSecret"),
            "{aws_code} must say what failed: {}",
            error.message
        );
        let aws = error.aws.expect("AWS answered");
        assert_eq!((aws.code.as_str(), aws.message.as_str()), (aws_code, words));
        assert_eq!(aws.request_id.as_deref(), Some("fake-request-1"), "{aws_code}");
    }
}

#[tokio::test]
async fn a_vault_that_takes_no_writes_says_so_and_names_no_permission() {
    let told = latchkey_vault::Fault::vault_read_only();
    let (code, words) = (told.code.as_str(), told.message.clone());
    let error = failure(move || fault(400, code, &words)).await;
    assert_eq!(error.code, Code::ReadOnly, "{}", error.message);
    assert!(
        error.message.contains("takes no writes") && !error.message.contains("Ask for"),
        "{}",
        error.message
    );
    assert_eq!(error.aws.expect("the vault answered").message, told.message);
}

#[tokio::test]
async fn throttling_and_server_errors_are_tried_three_times() {
    let cases = [
        (400, "ThrottlingException", Code::Throttled),
        (400, "TooManyRequestsException", Code::Throttled),
        (400, "RequestLimitExceeded", Code::Throttled),
        (500, "InternalServiceError", Code::Offline),
        (503, "ServiceUnavailable", Code::Offline),
    ];
    let tries = cases.map(|(status, aws_code, code)| async move {
        let bench = Bench::new(move |_, _| fault(status, aws_code, "Later.")).await;
        let request = DescribeSecret { scope: scope(), secret_id: ARN.into() };
        let error = bench.engine.describe_secret(request).await.expect_err("it never succeeds");
        assert_eq!(error.code, code, "{aws_code}");
        assert!(
            error.message.contains("try again") || error.message.contains("Try again"),
            "{}",
            error.message
        );
        assert_eq!(bench.log.of("DescribeSecret").len(), 3, "{aws_code} may pass by itself");
    });
    let [throttled, too_many, over_limit, failed, unavailable] = tries;
    tokio::join!(throttled, too_many, over_limit, failed, unavailable);
}

#[tokio::test]
async fn an_answer_that_is_no_json_is_not_quoted() {
    for body in ["{\"ARN\":\"fake-canary", "<html>fake-canary</html>", "[\"fake-canary\"]"] {
        let error = failure(move || answer(200, body)).await;
        assert_eq!(error.code, Code::Internal, "{body}");
        assert!(!format!("{error:?}").contains("canary"), "a broken answer may hold a value: {error:?}");
    }
    let error = failure(|| answer(502, "<html>fake-canary</html>")).await;
    assert_eq!(error.code, Code::Offline, "a gateway that fails is worth another try");
    assert!(!format!("{error:?}").contains("canary"), "{error:?}");
}

fn fake_access(endpoint_url: &str) -> Access {
    Access {
        routes: Routes::typed(Some(endpoint_url.into()), Default::default()),
        access_key_id: "AKIAFAKE".into(),
        secret_access_key: latchkey_domain::secret_text::SecretInput::new("fake-secret"),
        session_token: None,
    }
}

#[tokio::test]
async fn a_port_where_nobody_listens_is_offline() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let client =
        secrets_manager(&Transport::system(), &fake_access(&endpoint), &scope().region, share(), open_gate());
    let error = client.list_secrets().send().await.expect_err("nobody listens");
    let error = classify(Attempt { operation: "ListSecrets", subject: "this Region" }, &error);
    assert_eq!(error.code, Code::Offline);
    assert!(error.message.contains("refused"), "the reason of the system helps: {}", error.message);
    assert_eq!(error.aws, None, "there was no answer");
}

#[tokio::test]
async fn an_endpoint_that_never_answers_is_offline() {
    let never = aws_sdk_secretsmanager::config::SharedHttpClient::new(NeverClient::new());
    let transport = Transport::over(never);
    let client = secrets_manager(
        &transport,
        &fake_access("http://127.0.0.1:9"),
        &scope().region,
        share(),
        open_gate(),
    );
    let short = TimeoutConfig::builder().operation_timeout(Duration::from_millis(50)).build();
    let hurried = aws_sdk_secretsmanager::config::Config::builder().timeout_config(short);
    let sent = client.list_secrets().customize().config_override(hurried).send().await;
    let error = sent.expect_err("it never answers");
    let error = classify(Attempt { operation: "ListSecrets", subject: "this Region" }, &error);
    assert_eq!(error.code, Code::Offline);
    assert!(error.message.contains("timed out"), "{}", error.message);
}

#[tokio::test]
async fn requests_carry_the_connections_own_credentials_and_region() {
    let bench = Bench::new(|_, _| fault(400, "AccessDeniedException", "")).await;
    let request = DescribeSecret { scope: scope(), secret_id: ARN.into() };
    bench.engine.describe_secret(request).await.expect_err("denied");
    let sent = bench.log.all().remove(0);
    let authorization = &sent.headers["authorization"];
    assert!(authorization.contains("Credential=AKIAFAKEFAKEFAKEFAKE/"), "{authorization}");
    assert!(authorization.contains("/us-east-1/secretsmanager/aws4_request"), "{authorization}");
    assert!(!sent.headers.contains_key("x-amz-security-token"), "the vault gave no session token");
    assert_eq!(sent.body["SecretId"], ARN);
}
