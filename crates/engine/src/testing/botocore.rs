//! What botocore reads of AWS configuration files, from the environment of the tests.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::aws::hosts::Service;

/// The services that this program talks to, by botocore's names.
pub const SERVICES: [(&str, Service); 5] = [
    ("secretsmanager", Service::SecretsManager),
    ("sts", Service::Sts),
    ("iam", Service::Iam),
    ("sso", Service::Portal),
    ("sso-oidc", Service::Oidc),
];

/// The two files; a file that does not exist is `None`.
#[derive(Debug, Clone, Default)]
pub struct Case {
    pub name: String,
    pub config: Option<Vec<u8>>,
    pub credentials: Option<Vec<u8>>,
    /// Whether it is asked whose credentials each profile gives. Programs are run for that.
    pub identities: bool,
}

#[derive(Debug, Deserialize)]
pub struct Reading {
    /// By file: why botocore reads nothing of it, and the lines that it names.
    #[serde(default)]
    pub refused: BTreeMap<String, Refusal>,
    #[serde(default)]
    pub profiles: Value,
    #[serde(default)]
    pub sso_sessions: Value,
    #[serde(default)]
    pub services: Value,
    #[serde(default)]
    pub identities: BTreeMap<String, Option<Identity>>,
}

#[derive(Debug, Deserialize)]
pub struct Refusal {
    pub kind: String,
    pub lines: Vec<usize>,
}

/// How a profile comes to credentials: the key, unless it would be asked for in a request, or why there is none.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Identity {
    pub method: String,
    pub key: Option<String>,
    pub error: Option<String>,
}

/// What botocore reads of them.
pub fn read(cases: &[Case]) -> Vec<Reading> {
    let encoded = |bytes: &Option<Vec<u8>>| bytes.as_ref().map(|bytes| BASE64_STANDARD.encode(bytes));
    let asked: Vec<_> = cases
        .iter()
        .map(|case| {
            json!({
                "config": encoded(&case.config),
                "credentials": encoded(&case.credentials),
                "identities": case.identities,
            })
        })
        .collect();
    answers("botocore_reads.py", &asked)
}

/// What one process of a script in `tests/aws_files` answers, one for each question.
pub fn answers<Answer: DeserializeOwned>(script: &str, questions: &[Value]) -> Vec<Answer> {
    let program = folder().join("../.venv/bin/python");
    let mut process = Command::new(&program)
        .args(["-I", "-X", "utf8"])
        .arg(folder().join(script))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap_or_else(|error| panic!("{}: {error}. Run `scripts/install tests`.", program.display()));
    process.stdin.take().unwrap().write_all(json!(questions).to_string().as_bytes()).unwrap();
    let output = process.wait_with_output().unwrap();
    assert!(output.status.success(), "{script} says why above");
    serde_json::from_slice(&output.stdout).unwrap()
}

/// The odd files of `tests/aws_files/cases`.
pub fn cases() -> Vec<Case> {
    let folders = std::fs::read_dir(folder().join("cases")).unwrap();
    let mut found: Vec<_> = folders
        .map(|entry| {
            let folder = entry.unwrap().path();
            let name = folder.file_name().unwrap().to_string_lossy().into_owned();
            let file = |name: &str| std::fs::read(folder.join(name)).ok();
            Case { name, config: file("config"), credentials: file("credentials"), identities: true }
        })
        .collect();
    found.sort_by(|a, b| a.name.cmp(&b.name));
    found
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/aws_files")
}
