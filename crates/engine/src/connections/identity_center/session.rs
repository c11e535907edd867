//! Checks what a person typed as a session: the URL of an access portal and a Region.

use latchkey_domain::identity_center::SsoSession;
use latchkey_domain::partition::PARTITIONS;
use latchkey_domain::{ApiError, Region};
use url::{Host, Url};

const FIELD: &str = "start_url";
const EXAMPLE: &str = "https://example.awsapps.com/start";

/// The session, without the blanks and the `#/` of copying.
pub(super) fn check(start_url: &str, region: &Region) -> Result<SsoSession, ApiError> {
    let start_url = check_start_url(start_url.trim())?;
    let region = Region::from(region.as_str().trim());
    super::super::check_region(&region)?;
    Ok(SsoSession { start_url, region })
}

fn check_start_url(text: &str) -> Result<String, ApiError> {
    let refuse = |message: String| Err(ApiError::invalid(FIELD, message));
    if text.is_empty() {
        return refuse(format!("Paste the URL of your AWS access portal, {EXAMPLE} for example."));
    }
    let Ok(mut url) = Url::parse(text) else {
        return refuse(format!("This is not a URL such as {EXAMPLE}."));
    };
    if url.scheme() != "https" {
        return refuse(format!("A start URL begins with https://, as {EXAMPLE} does."));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return refuse("A start URL holds no user name and no password.".to_owned());
    }
    let Some(Host::Domain(host)) = url.host() else {
        return refuse("A start URL names a host, not an address.".to_owned());
    };
    // People copy these by mistake: the pages for those who have an IAM user.
    let is_of =
        |page: &str| host.strip_suffix(page).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'));
    if PARTITIONS.iter().any(|partition| is_of(partition.console) || is_of(partition.sign_in)) {
        return refuse(format!(
            "This is the AWS console. The start URL is that of your access portal, {EXAMPLE} for example."
        ));
    }
    url.set_fragment(None);
    url.set_query(None);
    Ok(url.as_str().trim_end_matches('/').to_owned())
}

#[cfg(test)]
mod tests {
    use latchkey_domain::Code;

    use super::check;

    #[test]
    fn what_copying_adds_to_a_start_url_is_dropped() {
        for (typed, kept) in [
            (" https://d-1234567890.awsapps.com/start \n", "https://d-1234567890.awsapps.com/start"),
            ("https://example.awsapps.com/start/#/", "https://example.awsapps.com/start"),
            ("https://EXAMPLE.awsapps.com/start#/?tab=accounts", "https://example.awsapps.com/start"),
            (
                "https://identitycenter.amazonaws.com/ssoins-0123456789abcdef",
                "https://identitycenter.amazonaws.com/ssoins-0123456789abcdef",
            ),
        ] {
            let session = check(typed, &"eu-central-1 ".into()).expect("a start URL");
            assert_eq!((session.start_url.as_str(), session.region.as_str()), (kept, "eu-central-1"));
        }
    }

    #[test]
    fn what_is_no_start_url_and_no_region_is_told_at_its_field() {
        for bad in [
            "",
            "example",
            "example.awsapps.com/start",
            "http://example.awsapps.com/start",
            "https://user@example.awsapps.com/start",
            "https://127.0.0.1/start",
            "https://eu-central-1.console.aws.amazon.com/",
            "https://eusc-de-east-1.console.amazonaws-eusc.eu/",
            "https://123456789012.signin.aws.amazon.com/console",
            "javascript:alert(1)",
        ] {
            let error = check(bad, &"eu-central-1".into()).expect_err(bad);
            assert_eq!(error.code, Code::Invalid("start_url".into()), "{bad}");
        }
        let error = check("https://example.awsapps.com/start", &"Frankfurt".into()).expect_err("no Region");
        assert_eq!(error.code, Code::Invalid("region".into()));
    }
}
