//! The program of a `credential_process`: run without a terminal. Nothing of it outlives its answer or Latchkey.

use std::ffi::OsString;
use std::time::{Duration, SystemTime};

use aws_credential_types::Credentials;
use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::{self, ProvideCredentials, future};
use chrono::{DateTime, FixedOffset};
use latchkey_system::programs::{Command, Ending, Job, Running as RunningProgram, Stream, passed_on};
use serde::Deserialize;
use tokio::io::AsyncReadExt;
use tokio::sync::watch;
use zeroize::Zeroizing;

use crate::aws_files::split_words;

/// Credentials are a few kilobytes at most.
const MAX_OUTPUT_BYTES: u64 = 64 * 1024;
/// How long programs may take to exit after they were stopped.
const END_GRACE: Duration = Duration::from_secs(1);

/// The programs that run now.
#[derive(Debug)]
pub(in crate::connections) struct Running(watch::Sender<()>);

impl Running {
    pub fn new() -> Self {
        Self(watch::Sender::new(()))
    }

    /// Ends them all, with what they started.
    pub async fn end_all(&self) {
        self.0.send_replace(());
        if tokio::time::timeout(END_GRACE, self.0.closed()).await.is_err() {
            tracing::warn!("a credential program did not finish in time");
        }
    }

    /// A program, to be asked for credentials once.
    pub(super) fn program(&self, line: &str) -> Program {
        Program { line: Zeroizing::new(line.to_owned()), ended: self.0.subscribe() }
    }
}

/// One run of a program; dropping it while it runs ends the program.
pub(super) struct Program {
    line: Zeroizing<String>,
    ended: watch::Receiver<()>,
}

impl std::fmt::Debug for Program {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Program")
    }
}

impl ProvideCredentials for Program {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::new(async move {
            let mut ended = self.ended.clone();
            tokio::select! {
                answer = self.run() => answer,
                _ = ended.changed() => Err(failed("the program was stopped by Latchkey")),
            }
        })
    }
}

impl Program {
    async fn run(&self) -> provider::Result {
        let mut running = RunningProgram::start(&job(&self.line)?)
            .await
            .map_err(|error| failed(format!("the program could not be started ({})", error.kind())))?;
        let mut output = Zeroizing::new(Vec::new());
        let told = match running.output() {
            Some(stdout) => stdout.take(MAX_OUTPUT_BYTES + 1).read_to_end(&mut output).await.is_ok(),
            None => false,
        };
        if !told || output.len() as u64 > MAX_OUTPUT_BYTES {
            return Err(failed("the output of the program is too long for credentials"));
        }
        match running.ended().await {
            Ok(Ending::Status(0)) => parse(&output),
            Ok(Ending::Status(code)) => Err(failed(format!("the program ended with status {code}"))),
            Ok(Ending::Signal) => Err(failed("the program was ended by a signal")),
            Err(error) => Err(failed(format!("the program could not be waited for ({})", error.kind()))),
        }
    }
}

/// The AWS CLI divides the line into words and runs it without a shell: `#`, `;` and `$HOME` are text. On Windows the
/// rules of words are others, and the line is one of `cmd.exe`. There is nobody to answer a question of the program, and
/// what it tells of a failure may be secret.
fn job(line: &str) -> Result<Job, CredentialsError> {
    let command = if cfg!(windows) {
        Command::Line(line.to_owned())
    } else {
        let words = split_words(line).filter(|words| !words.is_empty());
        let words =
            words.ok_or_else(|| failed("a quotation mark of its line has no partner, or it is empty"))?;
        Command::Words(words.into_iter().map(OsString::from).collect())
    };
    Ok(Job { command, variables: passed_on(std::env::vars_os()), input: Vec::new(), read: Stream::Output })
}

/// The answer that AWS documents.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Given {
    version: u32,
    access_key_id: String,
    secret_access_key: Zeroizing<String>,
    session_token: Option<Zeroizing<String>>,
    expiration: Option<DateTime<FixedOffset>>,
}

fn parse(output: &[u8]) -> provider::Result {
    // What serde says quotes the answer.
    let given: Given = serde_json::from_slice(output).map_err(|_| {
        failed(
            "the output of the program is not the expected JSON with Version, AccessKeyId and SecretAccessKey",
        )
    })?;
    if given.version != 1 {
        return Err(failed(format!(
            "the program returned Version {}, and only 1 is supported",
            given.version
        )));
    }
    Ok(Credentials::new(
        given.access_key_id,
        given.secret_access_key.as_str(),
        given.session_token.map(|token| token.to_string()),
        given.expiration.map(SystemTime::from),
        "credential_process",
    ))
}

fn failed(reason: impl Into<String>) -> CredentialsError {
    CredentialsError::provider_error(reason.into())
}

#[cfg(test)]
mod tests;
