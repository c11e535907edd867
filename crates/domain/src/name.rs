//! Names and ARNs of secrets, and which secret a pasted text means.

mod locator;

use std::fmt;

pub use locator::{LocatorProblem, SecretLocator};

/// The longest name, in characters (API model, NameType).
pub const MAX_NAME_CHARS: usize = 512;

/// AWS's exact error message for an invalid name.
pub const AWS_INVALID_NAME: &str = "Invalid name. Must be a valid name containing alphanumeric characters, or any of \
                                    the following: -/_+=.@!";

/// Why AWS would refuse a name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NameProblem {
    #[error("A secret needs a name.")]
    Empty,
    #[error("This name is {chars} characters long. AWS takes at most {MAX_NAME_CHARS}.")]
    TooLong { chars: usize },
    #[error("A name cannot hold {character:?}. AWS takes letters a to z, digits and - / _ + = . @ !")]
    Character { character: char },
}

/// Whether AWS accepts this as the name of a secret.
pub fn check_name(name: &str) -> Result<(), NameProblem> {
    let chars = name.chars().count();
    if chars == 0 {
        return Err(NameProblem::Empty);
    }
    if let Some(character) = name.chars().find(|&c| !is_name_char(c)) {
        return Err(NameProblem::Character { character });
    }
    if chars > MAX_NAME_CHARS {
        return Err(NameProblem::TooLong { chars });
    }
    Ok(())
}

fn is_name_char(c: char) -> bool {
    c.is_ascii_alphanumeric() || "-/_+=.@!".contains(c)
}

/// What to warn of before a valid name is used: AWS accepts these, and they cause trouble later.
pub fn name_warning(name: &str) -> Option<&'static str> {
    split_suffix(name).map(|_| {
        "This name ends in a hyphen and six characters, like an ARN. AWS then cannot find the secret by its partial \
         ARN."
    })
}

/// Splits the hyphen and six letters or digits off the end, as AWS puts them behind a name in an ARN.
fn split_suffix(text: &str) -> Option<(&str, &str)> {
    let (name, suffix) = text.rsplit_once('-')?;
    (suffix.len() == 6 && suffix.bytes().all(|b| b.is_ascii_alphanumeric())).then_some((name, suffix))
}

/// An Amazon Resource Name of any service: `arn:partition:service:region:account:resource`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Arn {
    pub partition: String,
    pub service: String,
    /// Empty for services without Regions.
    pub region: String,
    /// Empty, or twelve digits.
    pub account_id: String,
    pub resource: String,
}

impl Arn {
    /// Reads an ARN; `None` if the text does not have its six parts.
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = text.splitn(6, ':');
        let mut part = || parts.next().map(str::to_owned);
        if part()? != "arn" {
            return None;
        }
        let arn = Self {
            partition: part()?,
            service: part()?,
            region: part()?,
            account_id: part()?,
            resource: part()?,
        };
        let account_is_valid =
            arn.account_id.is_empty() || (arn.account_id.len() == 12 && all_digits(&arn.account_id));
        let is_complete = !arn.partition.is_empty() && !arn.service.is_empty() && !arn.resource.is_empty();
        (account_is_valid && is_complete).then_some(arn)
    }

    /// The name of the secret, without the suffix that AWS adds; `None` if this is no ARN of a secret.
    ///
    /// An ARN without its suffix cannot be told from one whose name ends like one: the end is then cut off.
    pub fn secret_name(&self) -> Option<&str> {
        let full = self.secret_resource()?;
        Some(split_suffix(full).map_or(full, |(name, _)| name))
    }

    fn secret_resource(&self) -> Option<&str> {
        self.resource.strip_prefix("secret:").filter(|_| self.service == "secretsmanager")
    }
}

impl fmt::Display for Arn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { partition, service, region, account_id, resource } = self;
        write!(f, "arn:{partition}:{service}:{region}:{account_id}:{resource}")
    }
}

fn all_digits(text: &str) -> bool {
    text.bytes().all(|b| b.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::{Arn, NameProblem, check_name, name_warning};

    const ARN: &str = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:prod/db-AbC12x";

    #[test]
    fn names_of_the_characters_that_aws_lists_are_valid() {
        for good in ["a", "prod/db", "-/_+=.@!", "rds!cluster-1", &"x".repeat(512)] {
            assert_eq!(check_name(good), Ok(()), "{good}");
        }
    }

    #[test]
    fn names_that_aws_was_seen_to_refuse_are_invalid() {
        assert_eq!(check_name(""), Err(NameProblem::Empty));
        assert_eq!(check_name(&"x".repeat(513)), Err(NameProblem::TooLong { chars: 513 }));
        let refused = [" x", "a b", "*", "?", "]", "\\", "<script>", "é", "\u{202e}", "a:b", "a\0"];
        for bad in refused {
            assert!(matches!(check_name(bad), Err(NameProblem::Character { .. })), "{bad:?}");
        }
    }

    #[test]
    fn a_name_that_ends_like_an_arn_is_warned_of() {
        for risky in ["prod/db-AbC12x", "a-backup", "-123456"] {
            assert!(name_warning(risky).is_some(), "{risky}");
        }
        for fine in ["prod/db", "a-backups", "a-back", "a-b_ckup", "backup"] {
            assert_eq!(name_warning(fine), None, "{fine}");
        }
    }

    #[test]
    fn an_arn_has_six_parts() {
        let arn = Arn::parse(ARN).expect("a full ARN");
        assert_eq!(
            (arn.partition.as_str(), arn.service.as_str(), arn.region.as_str(), arn.account_id.as_str()),
            ("aws", "secretsmanager", "eu-central-1", "123456789012")
        );
        assert_eq!(arn.resource, "secret:prod/db-AbC12x");
        assert_eq!(arn.to_string(), ARN);
        let role = Arn::parse("arn:aws:iam::123456789012:role/a:b").expect("a service without Regions");
        assert_eq!((role.region.as_str(), role.resource.as_str()), ("", "role/a:b"));
        for bad in
            ["", "arn", "arn:aws:iam::123456789012", "arn:aws:iam::12345:x", "urn:a:b:c::d", "arn::s:::x"]
        {
            assert_eq!(Arn::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn the_name_in_an_arn_stands_without_the_suffix() {
        let name = |text: &str| Arn::parse(text).and_then(|arn| arn.secret_name().map(str::to_owned));
        assert_eq!(name(ARN).as_deref(), Some("prod/db"));
        assert_eq!(
            name("arn:aws:secretsmanager:eu-central-1:123456789012:secret:a-b-AbC12x").as_deref(),
            Some("a-b")
        );
        assert_eq!(
            name("arn:aws:secretsmanager:eu-central-1:123456789012:secret:prod/db").as_deref(),
            Some("prod/db"),
            "an ARN may come without its suffix"
        );
        assert_eq!(name("arn:aws:kms:eu-central-1:123456789012:key/secret:x"), None);
    }
}
