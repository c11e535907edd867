//! The target of a request: every request names its connection and its Region.

use std::fmt;

use serde::{Deserialize, Serialize};

macro_rules! text_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub String);

        impl $name {
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                Self(text.to_owned())
            }
        }
    };
}

text_id! {
    /// Names one saved connection; `local` is the built-in vault.
    ConnectionId
}
text_id! {
    /// A Region code such as `eu-central-1`.
    Region
}

/// It may stand in the name of a file.
const VAULT_PREFIX: &str = "vault-";

impl ConnectionId {
    /// The connection of the built-in vault.
    pub const LOCAL: &str = "local";

    pub fn local() -> Self {
        Self::from(Self::LOCAL)
    }

    pub fn is_local(&self) -> bool {
        self.0 == Self::LOCAL
    }

    /// The connection of a further vault, by what tells it from the others.
    pub fn of_vault(mark: &str) -> Self {
        Self(format!("{VAULT_PREFIX}{mark}"))
    }

    /// Whether a vault of this computer answers: the built-in one, or one in a file of its own.
    pub fn is_vault(&self) -> bool {
        self.is_local() || self.0.starts_with(VAULT_PREFIX)
    }
}

impl Region {
    /// Whether the text has the form that the API accepts: words of lower-case letters, then a number
    /// (`([a-z]+-)+\d+`, API model, RegionType).
    pub fn is_valid(text: &str) -> bool {
        let mut words = text.split('-').rev();
        let number = words.next().unwrap_or_default();
        let mut letters = words.peekable();
        !number.is_empty()
            && number.bytes().all(|b| b.is_ascii_digit())
            && letters.peek().is_some()
            && letters.all(|word| !word.is_empty() && word.bytes().all(|b| b.is_ascii_lowercase()))
            && text.len() <= 128
    }

    /// What is known of this Region; `None` for one that is newer than the table, or made up for an own endpoint.
    pub fn known(&self) -> Option<&'static KnownRegion> {
        KNOWN_REGIONS.iter().find(|known| known.code == self.0)
    }
}

/// A Region where Secrets Manager is known to answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KnownRegion {
    pub code: &'static str,
    /// As AWS's console calls it, `Europe (Frankfurt)` for example.
    pub name: &'static str,
    /// Whether there is an endpoint for FIPS 140-2, `secretsmanager-fips.<code>`.
    pub has_fips: bool,
}

/// The Regions of the user guide's endpoint table, and those of AWS China and of the European Sovereign Cloud, which it
/// leaves out. To suggest and to
/// name, not to refuse: AWS opens new ones.
pub const KNOWN_REGIONS: &[KnownRegion] = &[
    KnownRegion { code: "us-east-1", name: "US East (N. Virginia)", has_fips: true },
    KnownRegion { code: "us-east-2", name: "US East (Ohio)", has_fips: true },
    KnownRegion { code: "us-west-1", name: "US West (N. California)", has_fips: true },
    KnownRegion { code: "us-west-2", name: "US West (Oregon)", has_fips: true },
    KnownRegion { code: "af-south-1", name: "Africa (Cape Town)", has_fips: false },
    KnownRegion { code: "ap-east-1", name: "Asia Pacific (Hong Kong)", has_fips: false },
    KnownRegion { code: "ap-east-2", name: "Asia Pacific (Taipei)", has_fips: false },
    KnownRegion { code: "ap-northeast-1", name: "Asia Pacific (Tokyo)", has_fips: false },
    KnownRegion { code: "ap-northeast-2", name: "Asia Pacific (Seoul)", has_fips: false },
    KnownRegion { code: "ap-northeast-3", name: "Asia Pacific (Osaka)", has_fips: false },
    KnownRegion { code: "ap-south-1", name: "Asia Pacific (Mumbai)", has_fips: false },
    KnownRegion { code: "ap-south-2", name: "Asia Pacific (Hyderabad)", has_fips: false },
    KnownRegion { code: "ap-southeast-1", name: "Asia Pacific (Singapore)", has_fips: false },
    KnownRegion { code: "ap-southeast-2", name: "Asia Pacific (Sydney)", has_fips: false },
    KnownRegion { code: "ap-southeast-3", name: "Asia Pacific (Jakarta)", has_fips: false },
    KnownRegion { code: "ap-southeast-4", name: "Asia Pacific (Melbourne)", has_fips: false },
    KnownRegion { code: "ap-southeast-5", name: "Asia Pacific (Malaysia)", has_fips: false },
    KnownRegion { code: "ap-southeast-6", name: "Asia Pacific (New Zealand)", has_fips: false },
    KnownRegion { code: "ap-southeast-7", name: "Asia Pacific (Thailand)", has_fips: false },
    KnownRegion { code: "ca-central-1", name: "Canada (Central)", has_fips: true },
    KnownRegion { code: "ca-west-1", name: "Canada West (Calgary)", has_fips: true },
    KnownRegion { code: "cn-north-1", name: "China (Beijing)", has_fips: false },
    KnownRegion { code: "cn-northwest-1", name: "China (Ningxia)", has_fips: false },
    KnownRegion { code: "eu-central-1", name: "Europe (Frankfurt)", has_fips: false },
    KnownRegion { code: "eu-central-2", name: "Europe (Zurich)", has_fips: false },
    KnownRegion { code: "eu-north-1", name: "Europe (Stockholm)", has_fips: false },
    KnownRegion { code: "eu-south-1", name: "Europe (Milan)", has_fips: false },
    KnownRegion { code: "eu-south-2", name: "Europe (Spain)", has_fips: false },
    KnownRegion { code: "eu-west-1", name: "Europe (Ireland)", has_fips: false },
    KnownRegion { code: "eu-west-2", name: "Europe (London)", has_fips: false },
    KnownRegion { code: "eu-west-3", name: "Europe (Paris)", has_fips: false },
    KnownRegion { code: "eusc-de-east-1", name: "AWS European Sovereign Cloud (Germany)", has_fips: false },
    KnownRegion { code: "il-central-1", name: "Israel (Tel Aviv)", has_fips: false },
    KnownRegion { code: "me-central-1", name: "Middle East (UAE)", has_fips: false },
    KnownRegion { code: "me-south-1", name: "Middle East (Bahrain)", has_fips: false },
    KnownRegion { code: "mx-central-1", name: "Mexico (Central)", has_fips: false },
    KnownRegion { code: "sa-east-1", name: "South America (São Paulo)", has_fips: false },
    KnownRegion { code: "us-gov-east-1", name: "AWS GovCloud (US-East)", has_fips: true },
    KnownRegion { code: "us-gov-west-1", name: "AWS GovCloud (US-West)", has_fips: true },
];

/// The connection and the Region that a request is meant for. The engine keeps no "current" one, so that a late
/// answer can never land in the wrong account.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Scope {
    pub connection: ConnectionId,
    pub region: Region,
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::{KNOWN_REGIONS, Region};

    #[test]
    fn region_codes_have_the_form_of_the_api_model() {
        for good in ["us-east-1", "us-gov-west-1", "ap-southeast-12"] {
            assert!(Region::is_valid(good), "{good} is a Region code");
        }
        for bad in ["", "us-east", "1", "-1", "us--1", "US-east-1", "us-east-1 ", "us-east-1a"] {
            assert!(!Region::is_valid(bad), "{bad:?} is not a Region code");
        }
    }

    #[test]
    fn every_known_region_is_valid_and_stands_once() {
        let codes: BTreeSet<&str> = KNOWN_REGIONS.iter().map(|known| known.code).collect();
        let names: BTreeSet<&str> = KNOWN_REGIONS.iter().map(|known| known.name).collect();
        assert_eq!((codes.len(), names.len()), (KNOWN_REGIONS.len(), KNOWN_REGIONS.len()));
        for code in codes {
            assert!(Region::is_valid(code), "{code}");
        }
    }

    #[test]
    fn a_region_is_named_as_in_the_console() {
        let name = |code| Region::from(code).known().map(|known| known.name);
        assert_eq!(name("eu-central-1"), Some("Europe (Frankfurt)"));
        assert_eq!(name("eu-central-9"), None);
    }

    #[test]
    fn fips_endpoints_are_those_of_the_user_guide() {
        let fips: Vec<&str> = KNOWN_REGIONS.iter().filter(|known| known.has_fips).map(|k| k.code).collect();
        let guide = [
            "us-east-1",
            "us-east-2",
            "us-west-1",
            "us-west-2",
            "ca-central-1",
            "ca-west-1",
            "us-gov-east-1",
            "us-gov-west-1",
        ];
        assert_eq!(fips, guide);
    }
}
