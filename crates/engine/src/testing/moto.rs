//! An implementation of Secrets Manager that knows nothing of ours: moto's server, from the environment of the tests.

use std::io::{BufRead, BufReader};
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
}

impl Drop for Moto {
    fn drop(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }
}
