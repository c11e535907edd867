//! The hosts of AWS's own endpoints that a connection may send to, now or with another Region in view.

use latchkey_domain::Region;
use latchkey_domain::endpoint::EndpointVariant;
use latchkey_domain::scope::KNOWN_REGIONS;

use super::iam;

/// A partition of AWS, whose credentials are valid only there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Partition {
    World,
    China,
    Government,
}

impl Partition {
    pub const ALL: [Self; 3] = [Self::World, Self::China, Self::Government];

    pub fn of(region: &str) -> Self {
        match region {
            _ if region.starts_with("cn-") => Self::China,
            _ if region.starts_with("us-gov-") => Self::Government,
            _ => Self::World,
        }
    }

    /// The Regions of the partition that are known.
    pub fn regions(self) -> impl Iterator<Item = Region> {
        let known = KNOWN_REGIONS.iter().map(|known| known.code);
        known.filter(move |code| Self::of(code) == self).map(Region::from)
    }
}

/// AWS's own endpoint of Secrets Manager.
pub(crate) fn secrets_manager(region: &Region, variant: EndpointVariant) -> String {
    let (fips, domain) = parts(region, variant);
    format!("https://secretsmanager{fips}.{region}.{domain}")
}

/// What asks for values, who one is, the credentials of a role of IAM Identity Center and the account's alias.
pub(crate) fn urls(region: &Region, variant: EndpointVariant) -> Vec<String> {
    let (fips, domain) = parts(region, variant);
    // The access portal is asked at its plain endpoint.
    let (_, plain) = parts(region, EndpointVariant::default());
    let own = [
        secrets_manager(region, variant),
        format!("https://sts{fips}.{region}.{domain}"),
        format!("https://portal.sso.{region}.{plain}"),
    ];
    own.into_iter().chain(iam::url(region, variant)).collect()
}

/// What follows the name of a service in its host, and the domain.
fn parts(region: &Region, variant: EndpointVariant) -> (&'static str, &'static str) {
    let (plain, dual) = match Partition::of(region.as_str()) {
        Partition::China => ("amazonaws.com.cn", "api.amazonwebservices.com.cn"),
        Partition::World | Partition::Government => ("amazonaws.com", "api.aws"),
    };
    (if variant.fips { "-fips" } else { "" }, if variant.dual_stack { dual } else { plain })
}
