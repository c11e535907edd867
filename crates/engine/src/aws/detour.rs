//! What stands between this computer and AWS: a proxy of the environment, and a company's own certificates.

use std::sync::Arc;

use hyper_util::client::proxy::matcher::Matcher;
use latchkey_domain::detour::Way;

use super::trust::CA_BUNDLE;

/// Where the proxy of a request is said.
const PROXY_VARIABLE: &str = "HTTPS_PROXY";

/// What leads requests to the internet another way; nothing for those that stay on this machine.
#[derive(Debug, Clone, Default)]
pub(crate) struct Detours {
    proxy: Option<Arc<Matcher>>,
    bundle: Option<Way>,
}

impl Detours {
    pub fn new(proxy: Matcher, bundle: Option<Way>) -> Self {
        Self { proxy: Some(Arc::new(proxy)), bundle }
    }

    /// What requests to these URLs meet, and the variable that says so.
    pub fn toward(&self, urls: &[String]) -> Vec<(Way, &'static str)> {
        let proxy = urls.iter().find_map(|url| self.proxy.as_ref()?.intercept(&url.parse().ok()?));
        let proxy = proxy.map(|proxy| {
            let uri = proxy.uri();
            let host = uri.host().unwrap_or_default();
            let address = uri.port_u16().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"));
            (Way::Proxy { address }, PROXY_VARIABLE)
        });
        proxy.into_iter().chain(self.bundle.clone().map(|bundle| (bundle, CA_BUNDLE))).collect()
    }
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
}
