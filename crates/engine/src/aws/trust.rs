//! Whose certificates are trusted: those of the system, and those of a company's own bundle beside them.

use std::path::Path;

use aws_smithy_http_client::tls::TrustStore;
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient,
    SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use latchkey_domain::detour::Way;
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject;
use sha2::{Digest, Sha256};

/// The variable that names the bundle, for the AWS CLI and the SDKs too.
pub(crate) const CA_BUNDLE: &str = "AWS_CA_BUNDLE";

/// The certificates of the system and those of a PEM file; else, why there are none in it.
pub(crate) fn with_bundle(path: &Path) -> Result<(TrustStore, Way), String> {
    let told = |reason: String| format!("{CA_BUNDLE} names {}, {reason}", path.display());
    let pem = std::fs::read(path).map_err(|error| told(format!("which cannot be read: {error}")))?;
    let certificates: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&pem).collect();
    match certificates {
        Ok(found) if found.is_empty() => Err(told("which holds no certificate".to_owned())),
        Ok(found) => Ok((TrustStore::default().with_pem_certificate(pem), told_as(path, &found))),
        Err(error) => Err(told(format!("which is not a PEM file: {error}"))),
    }
}

fn told_as(path: &Path, certificates: &[CertificateDer<'_>]) -> Way {
    let mut hash = Sha256::new();
    certificates.iter().for_each(|certificate| hash.update(certificate));
    Way::CaBundle {
        file_name: path.file_name().unwrap_or_default().to_string_lossy().into_owned(),
        certificates: certificates.len(),
        fingerprint: hex::encode(hash.finalize()),
    }
}

/// A client that sends nothing and says why.
pub(crate) fn nobody(reason: String) -> SharedHttpClient {
    SharedHttpClient::new(Nobody(reason))
}

#[derive(Debug, Clone)]
struct Nobody(String);

impl HttpClient for Nobody {
    fn http_connector(&self, _: &HttpConnectorSettings, _: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

impl HttpConnector for Nobody {
    fn call(&self, _: HttpRequest) -> HttpConnectorFuture {
        HttpConnectorFuture::ready(Err(ConnectorError::user(self.0.clone().into())))
    }
}
