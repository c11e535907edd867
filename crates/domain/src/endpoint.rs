//! Which of AWS's endpoints a connection asks for.

use serde::{Deserialize, Serialize};

/// Which of AWS's own endpoints requests go to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct EndpointVariant {
    /// Those with cryptography that is validated after FIPS 140.
    pub fips: bool,
    /// Those with IPv6 addresses beside those of IPv4.
    pub dual_stack: bool,
}

impl EndpointVariant {
    /// What both of them ask for.
    pub fn with(self, other: Self) -> Self {
        Self { fips: self.fips || other.fips, dual_stack: self.dual_stack || other.dual_stack }
    }

    /// In words; none for AWS's usual endpoint.
    pub fn words(self) -> Option<&'static str> {
        match (self.fips, self.dual_stack) {
            (true, true) => Some("FIPS, dual-stack"),
            (true, false) => Some("FIPS"),
            (false, true) => Some("dual-stack"),
            (false, false) => None,
        }
    }
}
