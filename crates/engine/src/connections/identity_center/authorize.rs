//! The sign-in page for the browser, and the proof that the response belongs to this sign-in (PKCE).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use latchkey_domain::secret_text::SecretInput;
use latchkey_domain::{ApiError, Region};
use latchkey_sealing::SealingKey;
use sha2::{Digest, Sha256};
use url::Url;

use crate::aws::endpoint;
use crate::aws::hosts::Service;
use crate::aws::routes::Routes;

/// What a session may do: list and enter the accounts of the person.
pub(super) const SCOPE: &str = "sso:account:access";

/// Random text of 256 bits, for a `state` and for a verifier.
pub(super) fn random_text() -> SecretInput {
    SecretInput::new(URL_SAFE_NO_PAD.encode(**SealingKey::generate().bytes()))
}

/// What of the verifier may be seen before it is asked for (RFC 7636, S256).
pub(super) fn challenge(verifier: &SecretInput) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(verifier.expose()))
}

/// Where the OpenID Connect service of a Region answers: the host that requests are sent to.
pub(super) fn issuer(routes: &Routes, region: &Region) -> Result<String, ApiError> {
    routes
        .at(Service::Oidc, region)
        .ok_or_else(|| ApiError::invalid("region", format!("No IAM Identity Center was found in {region}.")))
}

/// The page where the person allows the client. `issuer` is AWS's own, or one that the host has given.
pub(super) fn page(
    issuer: &str,
    client_id: &str,
    redirect_uri: &str,
    state: &SecretInput,
    verifier: &SecretInput,
) -> Result<String, ApiError> {
    let issuer = endpoint::check(issuer)?;
    let no_url = |error| ApiError::internal(format!("The sign-in page has no URL: {error}."));
    let mut url = Url::parse(&format!("{issuer}/authorize")).map_err(no_url)?;
    url.query_pairs_mut()
        .append_pair("response_type", "code")
        .append_pair("client_id", client_id)
        .append_pair("redirect_uri", redirect_uri)
        .append_pair("state", state.expose())
        .append_pair("code_challenge_method", "S256")
        // AWS reads the plural.
        .append_pair("scopes", SCOPE)
        .append_pair("code_challenge", &challenge(verifier));
    Ok(url.into())
}

/// A page that the service names must be one that nobody on the way can change.
pub(super) fn check_page(url: &str) -> Result<(), ApiError> {
    let parsed = Url::parse(url);
    if parsed.is_ok_and(|page| page.scheme() == "https") || endpoint::is_loopback(url) {
        return Ok(());
    }
    Err(ApiError::internal(
        "IAM Identity Center returned a sign-in page that is not https, so it is not opened. Check the Region.",
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_challenge_is_that_of_the_standard() {
        let verifier = SecretInput::new("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk");
        assert_eq!(
            challenge(&verifier),
            "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
            "RFC 7636, appendix B"
        );
        assert_ne!(random_text(), random_text());
        assert_eq!(random_text().expose().len(), 43, "256 bits, the shortest verifier that is allowed");
    }

    #[test]
    fn the_page_is_on_the_host_of_the_region() {
        for (region, host) in [
            ("eu-central-1", "oidc.eu-central-1.amazonaws.com"),
            ("us-gov-west-1", "oidc.us-gov-west-1.amazonaws.com"),
            ("eusc-de-east-1", "oidc.eusc-de-east-1.amazonaws.eu"),
            ("cn-north-1", "oidc.cn-north-1.amazonaws.com.cn"),
        ] {
            let issuer = issuer(&Routes::default(), &region.into()).expect("a Region of AWS");
            assert_eq!(issuer, format!("https://{host}"));
        }
        let (state, verifier) = (SecretInput::new("fake-state"), SecretInput::new("fake-verifier"));
        let url =
            page("https://oidc.eu-central-1.amazonaws.com", "a&b", "http://127.0.0.1:9/x", &state, &verifier)
                .expect("a URL");
        assert!(url.contains("client_id=a%26b&"), "what the service named changes nothing else: {url}");
        assert!(!url.contains("fake-verifier"), "the verifier stays here");
        page("http://oidc.example.com", "a", "b", &state, &verifier).expect_err("never in the clear");
    }

    #[test]
    fn a_page_that_is_not_https_is_not_shown() {
        for good in ["https://device.sso.eu-central-1.amazonaws.com/", "http://127.0.0.1:5000/device"] {
            check_page(good).expect("nobody on the way can change it");
        }
        for bad in ["http://device.example.com/", "javascript:alert(1)", "file:///etc/passwd", ""] {
            check_page(bad).expect_err(bad);
        }
    }
}
