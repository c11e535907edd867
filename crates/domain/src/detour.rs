//! Why the requests of a connection do not go directly to AWS: an endpoint, a proxy, a CA bundle.

use serde::{Deserialize, Serialize};

use crate::scope::ConnectionId;

/// A route other than AWS's own, as stored once trusted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "way", rename_all = "snake_case")]
pub enum Way {
    Endpoint {
        url: String,
    },
    /// Host and port, never the user or the password.
    Proxy {
        address: String,
    },
    CaBundle {
        file_name: String,
        certificates: usize,
        /// SHA-256 in hex; of one certificate, the fingerprint that every tool shows.
        fingerprint: String,
    },
}

impl Way {
    /// What it is, in a word or two.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Endpoint { .. } => "endpoint",
            Self::Proxy { .. } => "proxy",
            Self::CaBundle { .. } => "CA bundle",
        }
    }

    /// Which one it is, for a sentence.
    pub fn words(&self) -> String {
        match self {
            Self::Endpoint { url } => format!("the endpoint {url}"),
            Self::Proxy { address } => format!("the proxy {address}"),
            Self::CaBundle { file_name, certificates: 1, fingerprint } => {
                format!("the certificate in {file_name} (SHA-256 {fingerprint})")
            }
            Self::CaBundle { file_name, certificates, fingerprint } => {
                format!("the {certificates} certificates in {file_name} (SHA-256 of all {fingerprint})")
            }
        }
    }

    /// What its operator can see.
    pub fn risk(&self) -> &'static str {
        match self {
            Self::Endpoint { .. } => {
                "Whoever operates the endpoint receives the requests and the secret values in them."
            }
            Self::Proxy { .. } => {
                "Whoever operates the proxy sees which hosts are contacted and, with a trusted certificate, the \
                 traffic itself."
            }
            Self::CaBundle { .. } => {
                "Anyone with a key of these certificates can impersonate AWS and read secret values."
            }
        }
    }
}

/// A route that requests of a connection take.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Detour {
    pub way: Way,
    /// Where it is set, for a sentence: `HTTPS_PROXY`, `the profile dev`.
    pub source: String,
    /// Nothing is sent through an untrusted route.
    pub is_trusted: bool,
}

/// All of them, to follow *through* in a sentence.
pub fn listed(detours: &[Detour]) -> String {
    let each = detours.iter().map(|Detour { way, source, .. }| format!("{}, set by {source}", way.words()));
    each.collect::<Vec<_>>().join("; and through ")
}

/// Trusts the current routes of a connection, after confirmation in a system dialog.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct TrustConnection {
    pub connection: ConnectionId,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bundle_is_told_by_what_every_tool_shows() {
        let bundle = |certificates| Way::CaBundle {
            file_name: "corp.pem".into(),
            certificates,
            fingerprint: "ab12".into(),
        };
        assert_eq!(bundle(1).words(), "the certificate in corp.pem (SHA-256 ab12)");
        assert_eq!(bundle(3).words(), "the 3 certificates in corp.pem (SHA-256 of all ab12)");
    }
}
