//! Endpoints that a connection may use: HTTPS anywhere, plain HTTP on this machine only.

use latchkey_domain::ApiError;
use latchkey_domain::endpoint::EndpointVariant;
use latchkey_domain::partition::Partition;
use url::{Host, Position, Url};

const FIELD: &str = "endpoint_url";

/// Whether requests to this URL stay on this machine.
pub(crate) fn is_loopback(endpoint_url: &str) -> bool {
    Url::parse(endpoint_url).is_ok_and(|url| has_loopback_host(&url))
}

/// Whether this is one of AWS's own hosts, such as an endpoint of a VPC: it answers for one service only.
pub(crate) fn is_of_aws(endpoint_url: &str) -> bool {
    Url::parse(endpoint_url).is_ok_and(|url| url.host_str().is_some_and(Partition::owns))
}

/// The host of a checked endpoint, with its port unless that is the usual one.
pub(crate) fn host(endpoint_url: &str) -> String {
    let url = Url::parse(endpoint_url);
    url.map_or_else(
        |_| endpoint_url.to_owned(),
        |url| url[Position::BeforeHost..Position::AfterPort].to_owned(),
    )
}

fn has_loopback_host(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

/// The endpoint as it is kept, without a slash at its end.
pub(crate) fn check(text: &str) -> Result<String, ApiError> {
    let refuse = |message: &str| Err(ApiError::invalid(FIELD, message));
    let Ok(url) = Url::parse(text) else {
        return refuse("This is not a URL such as https://secretsmanager.example.com.");
    };
    if !url.username().is_empty() || url.password().is_some() {
        return refuse("The endpoint must not hold a user name or a password.");
    }
    if url.query().is_some() || url.fragment().is_some() {
        return refuse("The endpoint must end before ? and #.");
    }
    match url.scheme() {
        "https" if url.host().is_some() => {}
        "http" if has_loopback_host(&url) => {}
        "http" => return refuse("Plain http is allowed on this machine only. Use https for any other host."),
        _ => return refuse("The endpoint must begin with https://, or http:// on this machine."),
    }
    Ok(url.as_str().trim_end_matches('/').to_owned())
}

/// FIPS and dual-stack choose among AWS's own endpoints: with another endpoint they have no effect.
pub(crate) fn check_variant(endpoint_url: Option<&str>, variant: EndpointVariant) -> Result<(), ApiError> {
    if endpoint_url.is_none() || variant == EndpointVariant::default() {
        return Ok(());
    }
    let message =
        "FIPS and dual-stack choose among AWS's own endpoints. Leave this empty, or switch them off.";
    Err(ApiError::invalid(FIELD, message))
}

#[cfg(test)]
mod tests {
    use super::{check, is_loopback};

    #[test]
    fn https_anywhere_and_http_on_this_machine_are_accepted() {
        for (typed, kept) in [
            ("https://vpce-1.secretsmanager.eu-central-1.vpce.amazonaws.com/", None),
            ("http://127.0.0.1:5000", Some("http://127.0.0.1:5000")),
            ("http://LOCALHOST:5000/", Some("http://localhost:5000")),
            ("http://[::1]:5000", Some("http://[::1]:5000")),
        ] {
            let checked = check(typed).expect("an endpoint that may be used");
            assert_eq!(checked, kept.unwrap_or(typed.trim_end_matches('/')));
            assert_eq!(is_loopback(&checked), kept.is_some(), "{typed}");
        }
    }

    #[test]
    fn endpoints_that_would_send_in_the_clear_or_hide_something_are_refused() {
        for bad in [
            "http://example.com",
            "http://127.0.0.1.example.com",
            "http://localhost.example.com",
            "http://0.0.0.0:5000",
            "https://user:fake@example.com",
            "https://user@example.com",
            "https://example.com/?a=b",
            "https://example.com/#x",
            "ftp://localhost",
            "example.com",
            "",
        ] {
            check(bad).expect_err(bad);
        }
    }
}
