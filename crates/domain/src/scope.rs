//! Where a request goes: every one names its connection and its Region.

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

impl ConnectionId {
    /// The connection of the built-in vault.
    pub const LOCAL: &str = "local";

    pub fn local() -> Self {
        Self::from(Self::LOCAL)
    }

    pub fn is_local(&self) -> bool {
        self.0 == Self::LOCAL
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
}

/// The connection and the Region that a request is meant for. The engine keeps no "current" one, so that a late
/// answer can never land in the wrong account.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Scope {
    pub connection: ConnectionId,
    pub region: Region,
}

#[cfg(test)]
mod tests {
    use super::Region;

    #[test]
    fn region_codes_have_the_form_of_the_api_model() {
        for good in ["us-east-1", "us-gov-west-1", "ap-southeast-12"] {
            assert!(Region::is_valid(good), "{good} is a Region code");
        }
        for bad in ["", "us-east", "1", "-1", "us--1", "US-east-1", "us-east-1 ", "us-east-1a"] {
            assert!(!Region::is_valid(bad), "{bad:?} is not a Region code");
        }
    }
}
