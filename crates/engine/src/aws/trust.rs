//! Whose certificates are trusted: those of the system, and those of a company's own bundle beside them.

use std::path::{Path, PathBuf};
use std::sync::Arc;

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

/// The certificates of a PEM file, as they were when it was read: what a person trusts is what counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Bundle {
    pub path: PathBuf,
    pem: Arc<[u8]>,
    certificates: usize,
    fingerprint: String,
}

impl Bundle {
    /// Reads a file; else, why there are no certificates in it, to follow its name in a sentence.
    pub fn load(path: &Path) -> Result<Self, String> {
        let pem = std::fs::read(path).map_err(|error| format!("which cannot be read: {error}"))?;
        let certificates: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&pem).collect();
        let certificates = certificates.map_err(|error| format!("which is not a PEM file: {error}"))?;
        if certificates.is_empty() {
            return Err("which holds no certificate".to_owned());
        }
        let mut hash = Sha256::new();
        certificates.iter().for_each(|certificate| hash.update(certificate));
        Ok(Self {
            path: path.to_owned(),
            certificates: certificates.len(),
            fingerprint: hex::encode(hash.finalize()),
            pem: pem.into(),
        })
    }

    /// These certificates, and those of the system.
    pub fn trust_store(&self) -> TrustStore {
        TrustStore::default().with_pem_certificate(self.pem.to_vec())
    }

    /// What says which certificates these are, wherever the file is.
    pub fn fingerprint(&self) -> &str {
        &self.fingerprint
    }

    pub fn way(&self) -> Way {
        Way::CaBundle {
            file_name: self.path.file_name().unwrap_or_default().to_string_lossy().into_owned(),
            certificates: self.certificates,
            fingerprint: self.fingerprint.clone(),
        }
    }
}

/// The certificates that one connection has beside those of all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct OwnBundle {
    pub bundle: Arc<Bundle>,
    /// The line that names the file, for a sentence.
    pub source: String,
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
