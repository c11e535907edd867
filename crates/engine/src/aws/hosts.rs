//! AWS's own endpoints, as the SDKs resolve them, and those that a connection may be sent to with another Region in view.

use futures_util::FutureExt;
use latchkey_domain::Region;
use latchkey_domain::endpoint::EndpointVariant;
use latchkey_domain::partition::Partition;
use latchkey_domain::scope::KNOWN_REGIONS;

/// What a connection talks to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Service {
    SecretsManager,
    Sts,
    Iam,
    /// The access portal of IAM Identity Center.
    Portal,
    /// The OpenID Connect service of IAM Identity Center.
    Oidc,
}

impl Service {
    /// In the order of their declaration.
    pub const ALL: [Self; 5] = [Self::SecretsManager, Self::Sts, Self::Iam, Self::Portal, Self::Oidc];
}

macro_rules! resolved {
    ($sdk:ident, $region:expr, $variant:expr) => {{
        use $sdk::config::endpoint::{DefaultResolver, Params, ResolveEndpoint};
        let params = Params::builder()
            .region($region.as_str())
            .use_fips($variant.fips)
            .use_dual_stack($variant.dual_stack)
            .build()
            .ok()?;
        // It waits for nothing.
        let resolver = DefaultResolver::new();
        let endpoint = resolver.resolve_endpoint(&params).now_or_never()?.ok()?;
        Some(endpoint.url().to_owned())
    }};
}

/// AWS's own endpoint of a service; none where the partition has none of this variant.
pub(crate) fn own(service: Service, region: &Region, variant: EndpointVariant) -> Option<String> {
    match service {
        Service::SecretsManager => resolved!(aws_sdk_secretsmanager, region, variant),
        Service::Sts => resolved!(aws_sdk_sts, region, variant),
        Service::Portal => resolved!(aws_sdk_sso, region, variant),
        Service::Oidc => resolved!(aws_sdk_ssooidc, region, variant),
        // The SDK's crate for IAM is not here: see `iam`.
        Service::Iam => iam(region, variant).map(|(url, _)| url),
    }
}

/// AWS's own IAM for a Region, and the Region that a request to it is signed for; none where the partition is not known.
pub(crate) fn iam(region: &Region, variant: EndpointVariant) -> Option<(String, &'static str)> {
    let home = &Partition::of(region.as_str())?.iam;
    let host = home.hosts[usize::from(variant.fips) + 2 * usize::from(variant.dual_stack)]?;
    Some((format!("https://{host}"), home.region))
}

/// Everything of AWS's own that requests in a Region go to.
pub(crate) fn urls(region: &Region, variant: EndpointVariant) -> Vec<String> {
    // The services of IAM Identity Center are asked at their plain endpoints where a connection was saved here.
    let plain = EndpointVariant::default();
    let portals =
        [Service::Portal, Service::Oidc].into_iter().filter_map(|service| own(service, region, plain));
    let all = Service::ALL.into_iter().filter_map(|service| own(service, region, variant));
    all.chain(portals).collect()
}

/// The Regions of a partition that are known.
pub(crate) fn regions_of(partition: &Partition) -> impl Iterator<Item = Region> {
    let known = KNOWN_REGIONS.iter().map(|known| known.code);
    let is_there = |code: &&str| Partition::of(code).is_some_and(|found| found.id == partition.id);
    known.filter(is_there).map(Region::from)
}

#[cfg(test)]
mod tests {
    use latchkey_domain::partition::PARTITIONS;

    use super::*;

    mod as_botocore;

    const VARIANTS: [EndpointVariant; 4] = [
        EndpointVariant { fips: false, dual_stack: false },
        EndpointVariant { fips: true, dual_stack: false },
        EndpointVariant { fips: false, dual_stack: true },
        EndpointVariant { fips: true, dual_stack: true },
    ];

    #[test]
    fn what_the_sdk_resolves_is_in_the_domains_of_the_partition_and_each_partition_has_all_services() {
        for partition in PARTITIONS {
            let region = Region::from(partition.iam.region);
            assert_eq!(Partition::of(region.as_str()), Some(partition));
            for service in Service::ALL {
                let plain = own(service, &region, EndpointVariant::default());
                assert!(plain.is_some(), "{service:?} answers in {}", partition.id);
                for url in VARIANTS.iter().filter_map(|variant| own(service, &region, *variant)) {
                    let is_there =
                        partition.domains.iter().any(|domain| url.ends_with(&format!(".{domain}")));
                    assert!(
                        is_there && url.starts_with("https://"),
                        "{service:?} at {url} of {}",
                        partition.id
                    );
                    assert!(Partition::owns(url.trim_start_matches("https://")), "{url}");
                }
            }
        }
    }

    #[test]
    fn the_home_of_sts_is_that_of_the_region_and_of_the_variant() {
        let [plain, fips, dual, _] = VARIANTS;
        for (region, variant, url) in [
            ("eu-west-1", plain, "https://sts.eu-west-1.amazonaws.com"),
            ("eusc-de-east-1", plain, "https://sts.eusc-de-east-1.amazonaws.eu"),
            ("eusc-de-east-1", dual, "https://sts.eusc-de-east-1.api.amazonwebservices.eu"),
            ("us-gov-west-1", fips, "https://sts.us-gov-west-1.amazonaws.com"),
            ("us-isob-east-1", plain, "https://sts.us-isob-east-1.sc2s.sgov.gov"),
        ] {
            assert_eq!(own(Service::Sts, &region.into(), variant).as_deref(), Some(url), "{region}");
        }
    }
}
