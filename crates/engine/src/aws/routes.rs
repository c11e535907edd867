//! Where the requests of a connection go, service by service. Clients are made from it, the window shows it, and it is
//! what a person trusts: nothing else decides an endpoint.

use latchkey_domain::Region;
use latchkey_domain::endpoint::EndpointVariant;

use super::endpoint::is_of_aws;
use super::hosts::{self, Service};
use super::trust::OwnBundle;

/// An endpoint that is not AWS's own, and who says so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Configured {
    pub url: String,
    pub source: Source,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Source {
    /// Typed for a connection in this console, and therefore trusted.
    Typed,
    /// A variable, or a line of a file.
    Found(String),
}

/// The endpoints of all services.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Routes {
    /// By service; none for AWS's own.
    configured: [Option<Configured>; Service::ALL.len()],
    /// Which of AWS's own endpoints.
    pub variant: EndpointVariant,
    /// Certificates that count for all of these services, beside those of the system.
    pub bundle: Option<OwnBundle>,
}

impl Routes {
    pub fn of(configured: impl Fn(Service) -> Option<Configured>, variant: EndpointVariant) -> Self {
        Self { configured: Service::ALL.map(configured), variant, bundle: None }
    }

    /// Those of a connection that was made in this console. An endpoint of AWS answers for one service only; others, such
    /// as emulators, answer for all that the credentials are good for.
    pub fn typed(url: Option<String>, variant: EndpointVariant) -> Self {
        Self::of(
            |service| {
                let url = url.clone()?;
                let is_asked = match service {
                    Service::SecretsManager => true,
                    Service::Sts | Service::Iam => !is_of_aws(&url),
                    Service::Portal | Service::Oidc => false,
                };
                is_asked.then_some(Configured { url, source: Source::Typed })
            },
            variant,
        )
    }

    /// With certificates of its own.
    pub fn trusting(self, bundle: Option<OwnBundle>) -> Self {
        Self { bundle, ..self }
    }

    /// With an endpoint of Secrets Manager that was typed; none leaves it as it is.
    pub fn with_secrets_manager_at(mut self, url: Option<&str>) -> Self {
        if let Some(url) = url {
            let typed = Configured { url: url.to_owned(), source: Source::Typed };
            self.configured[Service::SecretsManager as usize] = Some(typed);
        }
        self
    }

    /// The endpoint of a service that is not AWS's own.
    pub fn configured(&self, service: Service) -> Option<&Configured> {
        self.configured[service as usize].as_ref()
    }

    /// Its URL.
    pub fn url(&self, service: Service) -> Option<&str> {
        self.configured(service).map(|configured| configured.url.as_str())
    }

    /// Where a service is asked; none where AWS has no such endpoint.
    pub fn at(&self, service: Service, region: &Region) -> Option<String> {
        self.url(service).map(str::to_owned).or_else(|| hosts::own(service, region, self.variant))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_typed_endpoint_of_aws_answers_for_secrets_manager_only_in_every_partition() {
        for (url, region, sts) in [
            (
                "https://vpce-1.secretsmanager.eu-west-1.vpce.amazonaws.com",
                "eu-west-1",
                "https://sts.eu-west-1.amazonaws.com",
            ),
            (
                "https://vpce-1.secretsmanager.eusc-de-east-1.vpce.amazonaws.eu",
                "eusc-de-east-1",
                "https://sts.eusc-de-east-1.amazonaws.eu",
            ),
            ("https://emulator.example", "eu-west-1", "https://emulator.example"),
            ("https://x.amazonaws.com.example", "eu-west-1", "https://x.amazonaws.com.example"),
        ] {
            let routes = Routes::typed(Some(url.to_owned()), EndpointVariant::default());
            let at = |service| routes.at(service, &region.into());
            assert_eq!(at(Service::SecretsManager).as_deref(), Some(url));
            assert_eq!(at(Service::Sts).as_deref(), Some(sts));
            let portal = at(Service::Portal).expect("AWS's own");
            assert!(portal.starts_with("https://portal.sso."), "{portal}");
        }
    }
}
