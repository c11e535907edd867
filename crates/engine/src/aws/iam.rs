//! Asks IAM for the alias of an account.
//!
//! It is one signed request of the query protocol. The SDK's crate for IAM has some two hundred operations and takes
//! minutes to compile; this is the only one that is ever asked for.

use std::convert::Infallible;
use std::time::{Duration, SystemTime};

use aws_sdk_secretsmanager::config::{BehaviorVersion, StalledStreamProtectionConfig};
use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4;
use aws_smithy_runtime::client::orchestrator::operation::Operation;
use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::timeout::TimeoutConfig;
use latchkey_domain::Region;

use super::client::{self, Access, Transport};
use super::hosts::{self, Service};

/// A short timeout: nothing depends on the alias.
const ALIAS_TIMEOUT: Duration = Duration::from_secs(2);
const BODY: &str = "Action=ListAccountAliases&Version=2010-05-08";
/// Signed for where another endpoint takes the requests of a Region whose partition is not known.
const USUAL_HOME: &str = "us-east-1";
const FORM: &str = "application/x-www-form-urlencoded";

/// The alias of an account, if known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum AccountAlias {
    Named(String),
    Unnamed,
    /// Denied, or no response.
    Untold,
}

/// Where IAM answers, and the Region that a request to it is signed for.
#[derive(Debug, PartialEq, Eq)]
struct Place {
    url: String,
    region: &'static str,
}

/// Asks once, without a retry.
pub(crate) async fn account_alias(transport: &Transport, access: &Access, region: &Region) -> AccountAlias {
    let Some(place) = place(access, region) else { return AccountAlias::Untold };
    match tokio::time::timeout(ALIAS_TIMEOUT, ask(transport, access, place)).await {
        Ok(told) => told.unwrap_or(AccountAlias::Untold),
        Err(_) => AccountAlias::Untold,
    }
}

async fn ask(transport: &Transport, access: &Access, place: Place) -> Option<AccountAlias> {
    let Place { url, region } = place;
    let (endpoint, access) = (url.clone(), access.clone());
    let client = transport.toward(&access.routes, Some(&url));
    Operation::builder()
        .service_name("IAM")
        .operation_name("ListAccountAliases")
        .behavior_version(BehaviorVersion::latest())
        .http_client(client)
        .endpoint_url(&endpoint)
        .no_auth()
        .no_retry()
        .timeout_config(TimeoutConfig::disabled())
        .stalled_stream_protection(StalledStreamProtectionConfig::disabled())
        .interceptor(transport.requests.clone())
        .serializer(move |()| signed(&url, region, &access))
        .deserializer::<_, Infallible>(|answer: &HttpResponse| Ok(told(answer)))
        .build()
        .invoke(())
        .await
        .ok()
}

fn told(answer: &HttpResponse) -> AccountAlias {
    let text = answer.body().bytes().filter(|_| answer.status().is_success()).map(String::from_utf8_lossy);
    text.map_or(AccountAlias::Untold, |text| parse(&text))
}

/// An account has one alias at most. Its letters are such that nothing in the XML is escaped.
fn parse(answer: &str) -> AccountAlias {
    if !answer.contains("ListAccountAliasesResult") {
        return AccountAlias::Untold;
    }
    let Some((_, rest)) = answer.split_once("<member>") else { return AccountAlias::Unnamed };
    match rest.split_once("</member>") {
        Some((alias, _)) if is_alias(alias) => AccountAlias::Named(alias.to_owned()),
        _ => AccountAlias::Untold,
    }
}

fn is_alias(text: &str) -> bool {
    let is_letter = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    (3..=63).contains(&text.len()) && text.bytes().all(is_letter)
}

fn signed(url: &str, region: &'static str, access: &Access) -> Result<HttpRequest, BoxError> {
    let identity = client::credentials(access).into();
    let parameters = v4::SigningParams::builder()
        .identity(&identity)
        .region(region)
        .name("iam")
        .time(SystemTime::now())
        .settings(SigningSettings::default())
        .build()?
        .into();
    let headers = [("content-type", FORM)];
    let signable = SignableRequest::new(
        "POST",
        format!("{url}/"),
        headers.into_iter(),
        SignableBody::Bytes(BODY.as_bytes()),
    )?;
    let (instructions, _) = sign(signable, &parameters)?.into_parts();
    let mut request = HttpRequest::new(SdkBody::from(BODY));
    request.set_method("POST")?;
    request.set_uri("/")?;
    request.headers_mut().insert("content-type", FORM);
    for (name, value) in instructions.headers() {
        request.headers_mut().insert(name.to_owned(), value.to_owned());
    }
    Ok(request)
}

/// Where the route of the connection leads, signed for the home of IAM in the partition.
fn place(access: &Access, region: &Region) -> Option<Place> {
    let own = hosts::iam(region, access.routes.variant);
    match access.routes.url(Service::Iam) {
        Some(url) => {
            let region = own.map_or(USUAL_HOME, |(_, home)| home);
            Some(Place { url: url.trim_end_matches('/').to_owned(), region })
        }
        None => own.map(|(url, region)| Place { url, region }),
    }
}

#[cfg(test)]
mod tests;
