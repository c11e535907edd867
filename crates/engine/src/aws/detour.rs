//! Proxies from the environment and company certificates between this computer and AWS.

use std::collections::HashMap;
use std::sync::Arc;

use aws_smithy_runtime_api::client::http::SharedHttpClient;
use hyper_util::client::proxy::matcher::{Intercept, Matcher};
use latchkey_domain::Region;
use latchkey_domain::detour::Way;
use latchkey_domain::endpoint::EndpointVariant;
use latchkey_domain::partition::{PARTITIONS, Partition};

use super::hosts;
use super::proxy_fault;
use super::trust::CA_BUNDLE;

/// The variables that name the proxy of a request, the one that counts first.
const PROXY_VARIABLES: [[&str; 2]; 2] = [["HTTPS_PROXY", "https_proxy"], ["ALL_PROXY", "all_proxy"]];

/// A host that nobody excludes from the proxy by name.
const SOMEWHERE: &str = "https://secretsmanager.example";

/// What leads requests to the internet another way; nothing for those that stay on this machine.
#[derive(Debug, Clone, Default)]
pub(crate) struct Detours {
    proxy: Option<Arc<Matcher>>,
    /// Which variable names the proxy.
    variable: &'static str,
    bundle: Option<Way>,
    /// The proxy that stands before some Region of a partition: worked out once, for it is asked for all connections.
    to_aws: HashMap<(&'static str, EndpointVariant), Way>,
}

impl Detours {
    pub fn new(proxy: Matcher, bundle: Option<Way>) -> Self {
        let mut to_aws = HashMap::new();
        for partition in PARTITIONS {
            for (fips, dual_stack) in [(false, false), (true, false), (false, true), (true, true)] {
                let variant = EndpointVariant { fips, dual_stack };
                let mut urls = hosts::regions_of(partition).flat_map(|region| hosts::urls(&region, variant));
                let way = urls.find_map(|url| proxy_of(&proxy, &url));
                to_aws.extend(way.map(|way| ((partition.id, variant), way)));
            }
        }
        Self { proxy: Some(Arc::new(proxy)), variable: PROXY_VARIABLES[0][0], bundle, to_aws }
    }

    /// Those of the environment that this program was started with.
    pub fn from_env(bundle: Option<Way>) -> Self {
        Self { variable: variable(|name| std::env::var(name).ok()), ..Self::new(Matcher::from_env(), bundle) }
    }

    /// The client, which reports what the proxy did on a failure.
    pub fn told_by(&self, client: SharedHttpClient) -> SharedHttpClient {
        match &self.proxy {
            Some(proxy) => proxy_fault::telling(client, proxy.clone(), self.variable),
            None => client,
        }
    }

    /// What requests to AWS's own endpoints meet, in whatever Region of the partition: the next one may be another. In a
    /// partition that is not known a proxy may always stand before them, whatever `NO_PROXY` names.
    pub fn toward_aws(&self, region: &Region, variant: EndpointVariant) -> Vec<(Way, &'static str)> {
        let Some(partition) = Partition::of(region.as_str()) else {
            return self.with_bundle(self.proxy.as_ref().and_then(|proxy| proxy_of(proxy, SOMEWHERE)));
        };
        match self.to_aws.get(&(partition.id, variant)) {
            Some(way) => self.with_bundle(Some(way.clone())),
            // It may be none of those that are known.
            None => self.toward(&hosts::urls(region, variant)),
        }
    }

    /// What requests to these URLs meet, and the variable that says so.
    pub fn toward(&self, urls: &[String]) -> Vec<(Way, &'static str)> {
        self.with_bundle(urls.iter().find_map(|url| proxy_of(self.proxy.as_ref()?, url)))
    }

    fn with_bundle(&self, proxy: Option<Way>) -> Vec<(Way, &'static str)> {
        let bundle = self.bundle.clone().map(|bundle| (bundle, CA_BUNDLE));
        proxy.map(|proxy| (proxy, self.variable)).into_iter().chain(bundle).collect()
    }
}

/// The proxy that a request to this URL goes by.
fn proxy_of(proxy: &Matcher, url: &str) -> Option<Way> {
    Some(Way::Proxy { address: address(&proxy.intercept(&url.parse().ok()?)?) })
}

/// Host and port of a proxy, without the user and the password of its URL.
pub(super) fn address(proxy: &Intercept) -> String {
    let host = proxy.uri().host().unwrap_or_default();
    proxy.uri().port_u16().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
}

/// Which variable names the proxy, as [`Matcher::from_env`] looks for it.
fn variable(value_of: impl Fn(&str) -> Option<String>) -> &'static str {
    let somewhere = hyper::Uri::from_static(SOMEWHERE);
    let names_one = |name: &&&str| {
        let matcher = Matcher::builder().https(value_of(name).unwrap_or_default()).build();
        matcher.intercept(&somewhere).is_some()
    };
    let set = PROXY_VARIABLES.iter().filter_map(|names| names.iter().find(|name| value_of(name).is_some()));
    set.collect::<Vec<_>>().iter().find(|name| names_one(name)).map_or(PROXY_VARIABLES[0][0], |name| **name)
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
    fn the_variable_that_names_the_proxy_is_told() {
        for (set, told) in [
            (&[("HTTPS_PROXY", "http://a:1"), ("ALL_PROXY", "http://b:1")][..], "HTTPS_PROXY"),
            (&[("https_proxy", "a:1")], "https_proxy"),
            (&[("ALL_PROXY", "http://b:1"), ("all_proxy", "http://c:1")], "ALL_PROXY"),
            (&[("HTTPS_PROXY", ""), ("https_proxy", "http://a:1"), ("all_proxy", "http://b:1")], "all_proxy"),
        ] {
            let value =
                |name: &str| set.iter().find(|(n, _)| *n == name).map(|(_, value)| (*value).to_owned());
            assert_eq!(variable(value), told, "{set:?}");
        }
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
            (".amazonaws.com", "mars-north-1", plain, true),
            (".amazonaws.com", "eusc-de-east-1", plain, true),
            (".amazonaws.eu", "eusc-de-east-1", plain, false),
            (".amazonaws.eu", "eusc-de-east-1", dual, true),
            (".amazonaws.com", "us-isob-east-1", plain, true),
            (".sc2s.sgov.gov", "us-isob-east-1", plain, false),
            ("*", "mars-north-1", plain, false),
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
