//! An implementation of Secrets Manager that knows nothing of ours: moto's server, from the environment of the tests.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;

/// A server on a port of its own; it ends with this.
pub struct Moto {
    process: Child,
    pub endpoint_url: String,
}

impl Moto {
    pub fn start() -> Self {
        let program = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/.venv/bin/moto_server");
        let mut process = Command::new(&program)
            .args(["-p", "0"])
            .envs([("AWS_CONFIG_FILE", "/dev/null"), ("AWS_SHARED_CREDENTIALS_FILE", "/dev/null")])
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("{}: {error}. Run `scripts/install tests`.", program.display()));
        let mut log = BufReader::new(process.stderr.take().unwrap()).lines();
        let endpoint_url = log
            .by_ref()
            .map_while(Result::ok)
            .find_map(|line| line.split_once("Running on ").map(|(_, url)| url.trim().to_owned()))
            .expect("moto says where it runs");
        // Nobody reads on, and a full pipe would stop it.
        thread::spawn(move || log.map_while(Result::ok).for_each(drop));
        Self { process, endpoint_url }
    }

    /// Gives the account of an access key without any an alias, in place of the one that it has.
    pub fn name_account(&self, alias: &str) {
        let body = format!("Action=CreateAccountAlias&Version=2010-05-08&AccountAlias={alias}");
        let address = self.endpoint_url.trim_start_matches("http://").trim_end_matches('/');
        let mut stream = TcpStream::connect(address).unwrap();
        write!(
            stream,
            "POST / HTTP/1.1\r\nHost: iam.amazonaws.com\r\nConnection: close\r\n\
             Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\
             Authorization: AWS4-HMAC-SHA256 Credential=AKIAFAKE/20261121/us-east-1/iam/aws4_request, \
             SignedHeaders=host, Signature=fake\r\n\r\n{body}",
            body.len()
        )
        .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    }
}

impl Drop for Moto {
    fn drop(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }
}
