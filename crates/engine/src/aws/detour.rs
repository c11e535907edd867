//! What stands between this computer and AWS: a proxy of the environment, and a company's own certificates.

use std::collections::HashMap;
use std::sync::Arc;

use hyper_util::client::proxy::matcher::Matcher;
use latchkey_domain::Region;
use latchkey_domain::connection::EndpointVariant;
use latchkey_domain::detour::Way;
use latchkey_domain::scope::KNOWN_REGIONS;

use super::hosts::{self, Partition};
use super::trust::CA_BUNDLE;

/// Where the proxy of a request is said.
const PROXY_VARIABLE: &str = "HTTPS_PROXY";

/// What leads requests to the internet another way; nothing for those that stay on this machine.
#[derive(Debug, Clone, Default)]
pub(crate) struct Detours {
    proxy: Option<Arc<Matcher>>,
    bundle: Option<Way>,
    /// The proxy that stands before some Region of a partition: worked out once, for it is asked for all connections.
    to_aws: HashMap<(Partition, EndpointVariant), Way>,
}

impl Detours {
    pub fn new(proxy: Matcher, bundle: Option<Way>) -> Self {
        let mut to_aws = HashMap::new();
        for partition in Partition::ALL {
            for (fips, dual_stack) in [(false, false), (true, false), (false, true), (true, true)] {
                let variant = EndpointVariant { fips, dual_stack };
                let mut urls = partition.regions().flat_map(|region| hosts::urls(&region, variant));
                let way = urls.find_map(|url| proxy_of(&proxy, &url));
                to_aws.extend(way.map(|way| ((partition, variant), way)));
            }
        }
        Self { proxy: Some(Arc::new(proxy)), bundle, to_aws }
    }

    /// What requests to AWS's own endpoints meet, in whatever Region of the partition: the next one may be another.
    pub fn toward_aws(&self, region: &Region, variant: EndpointVariant) -> Vec<(Way, &'static str)> {
        let known = self.to_aws.get(&(Partition::of(region.as_str()), variant)).cloned();
        let is_known = KNOWN_REGIONS.iter().any(|known| known.code == region.as_str());
        if known.is_none() && !is_known {
            return self.toward(&hosts::urls(region, variant));
        }
        self.with_bundle(known)
    }

    /// What requests to these URLs meet, and the variable that says so.
    pub fn toward(&self, urls: &[String]) -> Vec<(Way, &'static str)> {
        self.with_bundle(urls.iter().find_map(|url| proxy_of(self.proxy.as_ref()?, url)))
    }

    fn with_bundle(&self, proxy: Option<Way>) -> Vec<(Way, &'static str)> {
        let bundle = self.bundle.clone().map(|bundle| (bundle, CA_BUNDLE));
        proxy.map(|proxy| (proxy, PROXY_VARIABLE)).into_iter().chain(bundle).collect()
    }
}

/// The proxy that a request to this URL goes by.
fn proxy_of(proxy: &Matcher, url: &str) -> Option<Way> {
    let met = proxy.intercept(&url.parse().ok()?)?;
    let host = met.uri().host().unwrap_or_default();
    let port = met.uri().port_u16();
    let address = port.map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"));
    Some(Way::Proxy { address })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn met(detours: &Detours, urls: &[&str]) -> Vec<String> {
        let urls: Vec<_> = urls.iter().map(ToString::to_string).collect();
        detours.toward(&urls).into_iter().map(|(way, _)| way.words()).collect()
    }

    #[test]
    fn a_proxy_is_told_by_its_host_and_only_where_requests_meet_it() {
        let proxy = Matcher::builder()
            .https("http://fake-user:fake-password@proxy.corp.example:3128")
            .no("internal.example")
            .build();
        let detours = Detours::new(proxy, None);
        let told = met(&detours, &["https://secretsmanager.eu-west-1.amazonaws.com"]);
        assert_eq!(told, ["the proxy proxy.corp.example:3128"], "and nothing of its password");
        assert!(met(&detours, &["https://vpce.internal.example"]).is_empty(), "NO_PROXY names it");
        let both = ["https://vpce.internal.example", "https://sts.eu-west-1.amazonaws.com"];
        assert_eq!(met(&detours, &both), told, "one of the two is enough");
        assert!(met(&Detours::default(), &["https://example.com"]).is_empty());
    }

    #[test]
    fn a_proxy_counts_unless_every_region_that_may_come_into_view_is_excluded() {
        let plain = EndpointVariant::default();
        let [fips, dual] =
            [EndpointVariant { fips: true, ..plain }, EndpointVariant { dual_stack: true, ..plain }];
        let meets = |no_proxy: &str, region: &str, variant| {
            let proxy = Matcher::builder().https("http://proxy.corp.example:3128").no(no_proxy).build();
            !Detours::new(proxy, None).toward_aws(&region.into(), variant).is_empty()
        };
        let one_region =
            "secretsmanager.eu-west-1.amazonaws.com,sts.eu-west-1.amazonaws.com,iam.amazonaws.com";
        for (no_proxy, region, variant, is_met) in [
            ("", "eu-west-1", plain, true),
            (one_region, "eu-west-1", plain, true),
            ("secretsmanager.eu-west-1.amazonaws.com", "eu-west-1", fips, true),
            (".amazonaws.com", "eu-west-1", plain, false),
            (".amazonaws.com", "eu-west-1", fips, false),
            (".amazonaws.com", "eu-west-1", dual, true),
            (".amazonaws.com,.api.aws", "eu-west-1", dual, false),
            (".amazonaws.com", "cn-north-1", plain, true),
            (".amazonaws.com.cn", "cn-north-1", plain, false),
            (".amazonaws.com", "us-gov-west-1", fips, false),
            (".amazonaws.com", "mars-north-1", plain, false),
            ("secretsmanager.eu-west-1.amazonaws.com", "mars-north-1", plain, true),
        ] {
            assert_eq!(
                meets(no_proxy, region, variant),
                is_met,
                "{region} {variant:?} with NO_PROXY={no_proxy}"
            );
        }
    }
}
