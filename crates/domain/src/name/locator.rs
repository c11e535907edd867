//! Which secret a text means: a name, an ARN or the URL of a page of AWS's console. Nothing is asked of AWS.

use percent_encoding::percent_decode_str;

use super::{Arn, NameProblem, check_name};
use crate::partition::PARTITIONS;
use crate::scope::Region;

/// Which secret a text means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SecretLocator {
    /// The Region that an ARN or a URL names.
    pub region: Option<Region>,
    /// A name or an ARN, as the API takes it.
    pub secret_id: String,
}

/// Why a text means no secret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LocatorProblem {
    #[error("Type a secret's name, its ARN or the URL of its page in AWS's console.")]
    Empty,
    #[error(transparent)]
    Name(#[from] NameProblem),
    #[error(
        "This is not a complete ARN. An ARN of a secret is arn:aws:secretsmanager:REGION:ACCOUNT:secret:NAME-SUFFIX."
    )]
    IncompleteArn,
    #[error("This is an ARN of {service}, but not of a secret.")]
    OtherArn { service: String },
    #[error("{region:?} is not a Region code such as eu-central-1.")]
    Region { region: String },
    #[error("This is not a URL of AWS's console: its host is {host:?}.")]
    OtherHost { host: String },
    #[error("This page of AWS's console is not one of Secrets Manager.")]
    OtherPage,
    #[error("This URL names no secret. Open the secret in AWS's console and copy the URL of its page.")]
    NoSecretInUrl,
}

impl SecretLocator {
    /// Reads a name, an ARN or the URL of a secret's page in AWS's console.
    ///
    /// An ARN may carry what a container's task definition adds to it (`:key:stage:version`); it is left out.
    pub fn parse(text: &str) -> Result<Self, LocatorProblem> {
        let text = text.trim();
        if text.is_empty() {
            return Err(LocatorProblem::Empty);
        }
        match split_url(text) {
            Some((host, rest)) => Self::from_console_url(host, rest),
            None => Self::from_id(text),
        }
    }

    /// From a name or an ARN.
    fn from_id(text: &str) -> Result<Self, LocatorProblem> {
        if !text.starts_with("arn:") {
            check_name(text)?;
            return Ok(Self { region: None, secret_id: text.to_owned() });
        }
        let mut arn = Arn::parse(text).ok_or(LocatorProblem::IncompleteArn)?;
        let Some(resource) = arn.secret_resource() else {
            return Err(LocatorProblem::OtherArn { service: arn.service });
        };
        arn.resource = format!("secret:{}", resource.split(':').next().unwrap_or_default());
        check_name(arn.secret_name().unwrap_or_default())?;
        let region = check_region(&arn.region)?;
        if arn.account_id.is_empty() {
            return Err(LocatorProblem::IncompleteArn);
        }
        Ok(Self { region: Some(region), secret_id: arn.to_string() })
    }

    /// From what stands before and after the first slash. Older pages put the secret behind `#!/`.
    fn from_console_url(host: &str, rest: &str) -> Result<Self, LocatorProblem> {
        let Some(host_region) = console_region(host) else {
            return Err(LocatorProblem::OtherHost { host: host.to_owned() });
        };
        if rest.split(['/', '?', '#']).next() != Some("secretsmanager") {
            return Err(LocatorProblem::OtherPage);
        }
        let parameter = |wanted: &str| {
            let pairs = rest.split(['?', '&', '#']).filter_map(|piece| piece.split_once('='));
            let value = pairs.filter(|&(key, _)| key == wanted).map(|(_, value)| value).next()?;
            // A plus sign is itself: names hold some, and never a blank.
            Some(percent_decode_str(value).decode_utf8_lossy().into_owned())
        };
        let named = parameter("name").filter(|name| !name.is_empty()).ok_or(LocatorProblem::NoSecretInUrl)?;
        let located = Self::from_id(&named)?;
        let region = match parameter("region") {
            Some(code) => Some(check_region(&code)?),
            None => host_region,
        };
        Ok(Self { region: located.region.or(region), secret_id: located.secret_id })
    }
}

fn check_region(code: &str) -> Result<Region, LocatorProblem> {
    if Region::is_valid(code) {
        Ok(Region::from(code))
    } else {
        Err(LocatorProblem::Region { region: code.to_owned() })
    }
}

/// The host of a URL and what follows the slash behind it. Without a scheme only AWS's own hosts are seen as a URL.
fn split_url(text: &str) -> Option<(&str, &str)> {
    let scheme_end = text.find("://");
    let address = scheme_end.map_or(text, |end| &text[end + "://".len()..]);
    let host_end = address.find(['/', '?', '#']).unwrap_or(address.len());
    let (host, rest) = address.split_at(host_end);
    let is_url = scheme_end.is_some() || console_region(host).is_some();
    is_url.then(|| (host, rest.strip_prefix('/').unwrap_or(rest)))
}

/// The Region that a host of AWS's console names, if any; `None` for any other host.
fn console_region(host: &str) -> Option<Option<Region>> {
    let host = host.to_ascii_lowercase();
    let before = PARTITIONS.iter().find_map(|partition| host.strip_suffix(partition.console))?;
    if before.is_empty() {
        return Some(None);
    }
    // Several sessions in one browser put the account in front: 123456789012-abcdef.eu-central-1.console...
    let labels = before.strip_suffix('.')?;
    let code = labels.rsplit('.').next().filter(|code| Region::is_valid(code));
    Some(code.map(Region::from))
}

#[cfg(test)]
mod tests {
    use super::{LocatorProblem, SecretLocator};
    use crate::scope::Region;

    const ARN: &str = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:prod/db-AbC12x";

    #[track_caller]
    fn locates(text: &str, region: Option<&str>, secret_id: &str) {
        let expected = SecretLocator { region: region.map(Region::from), secret_id: secret_id.into() };
        assert_eq!(SecretLocator::parse(text), Ok(expected), "{text}");
    }

    #[track_caller]
    fn is_refused(text: &str, message: &str) {
        let problem = SecretLocator::parse(text).expect_err("this means no secret");
        assert_eq!(problem.to_string(), message, "{text}");
    }

    #[test]
    fn a_name_or_an_arn_locates_a_secret() {
        locates("  prod/db\n", None, "prod/db");
        locates(ARN, Some("eu-central-1"), ARN);
        let china = "arn:aws-cn:secretsmanager:cn-north-1:123456789012:secret:x-AbC12x";
        locates(china, Some("cn-north-1"), china);
        locates(&format!("{ARN}:password:AWSCURRENT:"), Some("eu-central-1"), ARN);
    }

    #[test]
    fn the_url_of_a_console_page_locates_its_secret() {
        let central = Some("eu-central-1");
        for (url, region) in [
            (
                "https://eu-central-1.console.aws.amazon.com/secretsmanager/secret?name=prod%2Fdb&region=eu-central-1",
                central,
            ),
            ("https://eu-central-1.console.aws.amazon.com/secretsmanager/secret?name=prod%2Fdb", central),
            ("eu-central-1.console.aws.amazon.com/secretsmanager/secret?name=prod/db", central),
            (
                "https://console.aws.amazon.com/secretsmanager/home?region=eu-central-1#!/secret?name=prod%2Fdb",
                central,
            ),
            (
                "https://console.aws.amazon.com/secretsmanager/home?region=eu-central-1#/secret?name=prod/db",
                central,
            ),
            ("https://console.aws.amazon.com/secretsmanager/secret?name=prod%2Fdb", None),
            (
                "https://123456789012-abcd1234.eu-central-1.console.aws.amazon.com/secretsmanager/secret?name=prod/db",
                central,
            ),
            (
                "https://us-gov-west-1.console.amazonaws-us-gov.com/secretsmanager/secret?name=prod%2fdb",
                Some("us-gov-west-1"),
            ),
            (
                "HTTPS://CN-NORTH-1.CONSOLE.AMAZONAWS.CN/secretsmanager/secret?name=prod/db",
                Some("cn-north-1"),
            ),
            (
                "https://eusc-de-east-1.console.amazonaws-eusc.eu/secretsmanager/secret?name=prod%2Fdb",
                Some("eusc-de-east-1"),
            ),
            (
                "https://us-iso-east-1.console.c2shome.ic.gov/secretsmanager/secret?name=prod%2Fdb",
                Some("us-iso-east-1"),
            ),
        ] {
            locates(url, region, "prod/db");
        }
    }

    #[test]
    fn a_url_may_hold_an_arn_or_escaped_characters() {
        let page = "https://us-east-1.console.aws.amazon.com/secretsmanager/secret?region=us-east-1&name=";
        locates(&format!("{page}{}", ARN.replace(':', "%3A")), Some("eu-central-1"), ARN);
        locates(&format!("{page}a%2Bb%3D%40c+d"), Some("us-east-1"), "a+b=@c+d");
    }

    #[test]
    fn what_means_no_secret_is_told_why() {
        is_refused(" ", "Type a secret's name, its ARN or the URL of its page in AWS's console.");
        is_refused(
            "my secret",
            "A name cannot hold ' '. AWS takes letters a to z, digits and - / _ + = . @ !",
        );
        is_refused(
            "arn:aws:secretsmanager:eu-central-1",
            "This is not a complete ARN. An ARN of a secret is \
             arn:aws:secretsmanager:REGION:ACCOUNT:secret:NAME-SUFFIX.",
        );
        is_refused(
            "arn:aws:kms:eu-central-1:123456789012:key/x",
            "This is an ARN of kms, but not of a secret.",
        );
        is_refused(
            "arn:aws:secretsmanager:Europe:123456789012:secret:x",
            "\"Europe\" is not a Region code such as eu-central-1.",
        );
        is_refused(
            "https://example.com/secretsmanager/secret?name=x",
            "This is not a URL of AWS's console: its host is \"example.com\".",
        );
        is_refused(
            "https://eu-central-1.console.aws.amazon.com/ec2/home",
            "This page of AWS's console is not one of Secrets Manager.",
        );
        is_refused(
            "https://eu-central-1.console.aws.amazon.com/secretsmanager/listsecrets?region=eu-central-1",
            "This URL names no secret. Open the secret in AWS's console and copy the URL of its page.",
        );
    }

    #[test]
    fn a_host_that_only_looks_like_aws_is_not_the_console() {
        for host in [
            "evilconsole.aws.amazon.com",
            "console.aws.amazon.com.evil.example",
            "console.aws.amazon.com:443@evil.example",
        ] {
            let url = format!("https://{host}/secretsmanager/secret?name=x");
            assert_eq!(SecretLocator::parse(&url), Err(LocatorProblem::OtherHost { host: host.into() }));
        }
    }

    #[test]
    fn no_secret_is_located_without_a_region_and_an_account_in_its_arn() {
        for bad in [
            "arn:aws:secretsmanager::123456789012:secret:x",
            "arn:aws:secretsmanager:eu-central-1::secret:x",
            "arn:aws:secretsmanager:eu-central-1:123456789012:secret:",
            "arn:aws:secretsmanager:eu-central-1:123456789012:secret:a b",
        ] {
            assert!(SecretLocator::parse(bad).is_err(), "{bad}");
        }
    }
}
