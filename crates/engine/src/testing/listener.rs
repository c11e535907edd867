//! A plain HTTP endpoint on a port of its own, which notes every request that reaches it: where requests really go.

use std::io::{BufReader, Write};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::thread;

use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;

use super::proxy::message;

/// One request as it arrived.
#[derive(Debug, Clone)]
pub struct Arrived {
    /// The API operation, or the path where there is none.
    pub operation: String,
    /// The request line, the headers and the body.
    pub text: String,
}

impl Arrived {
    /// The id of the access key that signed it.
    pub fn signer(&self) -> &str {
        let rest = self.text.split_once("Credential=").map_or("", |(_, rest)| rest);
        rest.split('/').next().unwrap_or_default()
    }
}

/// What is answered: the status, and the body.
pub type Reply = (u16, String);

pub struct Listener {
    pub url: String,
    arrived: Arc<Mutex<Vec<Arrived>>>,
}

impl Listener {
    /// Answers each request by its operation until the test ends.
    pub fn start(reply: impl Fn(&Arrived) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let arrived = Arc::new(Mutex::new(Vec::new()));
        let (noted, reply) = (arrived.clone(), Arc::new(reply));
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let (noted, reply) = (noted.clone(), reply.clone());
                thread::spawn(move || {
                    let mut client = client;
                    let mut requests = BufReader::new(client.try_clone().unwrap());
                    while let Ok(request) = message(&mut requests) {
                        let request = read(&request);
                        noted.lock().unwrap().push(request.clone());
                        let (status, body) = reply(&request);
                        let length = body.len();
                        let head =
                            format!("HTTP/1.1 {status} Fake\r\ncontent-length: {length}\r\n\r\n{body}");
                        if client.write_all(head.as_bytes()).is_err() {
                            return;
                        }
                    }
                });
            }
        });
        Self { url, arrived }
    }

    /// STS and Secrets Manager in one: a role has the key `ASIAFAKEROLE`, and the list is empty.
    pub fn aws() -> Self {
        Self::start(|request| match request.operation.as_str() {
            "AssumeRole" | "AssumeRoleWithWebIdentity" => (200, role_of(&request.operation, "ASIAFAKEROLE")),
            "GetCallerIdentity" => (200, CALLER.to_owned()),
            "ListSecrets" => (200, r#"{"SecretList":[]}"#.to_owned()),
            _ => (404, "{}".to_owned()),
        })
    }

    /// TLS before it, with a certificate of the fake CA; its URL.
    pub async fn secured(&self) -> String {
        let certificates =
            CertificateDer::pem_file_iter(fake_ca("server.pem")).unwrap().map(Result::unwrap).collect();
        let key = PrivateKeyDer::from_pem_file(fake_ca("server.key")).unwrap();
        let config =
            ServerConfig::builder().with_no_client_auth().with_single_cert(certificates, key).unwrap();
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let behind = self.url.trim_start_matches("http://").to_owned();
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("https://localhost:{}", listener.local_addr().unwrap().port());
        tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                let (acceptor, behind) = (acceptor.clone(), behind.clone());
                tokio::spawn(async move {
                    // Who does not trust the certificate hangs up.
                    let mut stream = acceptor.accept(stream).await.ok()?;
                    let mut behind = tokio::net::TcpStream::connect(behind).await.ok()?;
                    tokio::io::copy_bidirectional(&mut stream, &mut behind).await.ok()
                });
            }
        });
        url
    }

    /// What arrived since the last look.
    pub fn take(&self) -> Vec<Arrived> {
        std::mem::take(&mut self.arrived.lock().unwrap())
    }

    /// The operations that arrived since the last look.
    pub fn take_operations(&self) -> Vec<String> {
        self.take().into_iter().map(|request| request.operation).collect()
    }
}

const CALLER: &str = "<GetCallerIdentityResponse><GetCallerIdentityResult>\
    <Arn>arn:aws:sts::210987654321:assumed-role/admin/latchkey</Arn>\
    <Account>210987654321</Account></GetCallerIdentityResult></GetCallerIdentityResponse>";

/// A file of the CA that nobody trusts, and of the server that it vouches for.
pub fn fake_ca(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src/aws/client/fake_ca").join(name)
}

/// What STS answers when it gives a role.
pub fn role_of(operation: &str, access_key_id: &str) -> String {
    format!(
        "<{operation}Response><{operation}Result><Credentials><AccessKeyId>{access_key_id}</AccessKeyId>\
         <SecretAccessKey>fake</SecretAccessKey><SessionToken>fake-role-token</SessionToken>\
         <Expiration>2099-11-21T03:00:00Z</Expiration></Credentials></{operation}Result></{operation}Response>"
    )
}

fn read(request: &[u8]) -> Arrived {
    let text = String::from_utf8_lossy(request).into_owned();
    let header =
        |line: &str| line.to_ascii_lowercase().strip_prefix("x-amz-target:").map(|_| line.to_owned());
    let target = text.lines().find_map(header);
    let target = target.as_deref().and_then(|line| line.rsplit('.').next());
    let action = text.split_once("Action=").map(|(_, rest)| rest.split('&').next().unwrap_or_default());
    let path = text.split(' ').nth(1);
    let operation = target.or(action).or(path).unwrap_or_default().trim().to_owned();
    Arrived { operation, text }
}
