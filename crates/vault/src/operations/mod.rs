//! The operations of the API, one file for each subject.

mod answer;
mod create;
mod delete;
mod facts;
mod list;
mod password;
mod put;
mod read;
pub mod rotate;
pub mod stages;
mod tags;
mod validate;
mod value;

use std::io::{self, Write};

use serde::Serialize;
use serde::de::DeserializeOwned;
use zeroize::Zeroizing;

use crate::call::Call;
use crate::credentials::Signed;
use crate::fault::{Fault, FaultCode};
use crate::store::connections::Reader;
use crate::vault::{Reading, Vault};

pub use create::new_arn;
pub use password::new_password;

macro_rules! operations {
    ($($name:ident => $way:ident $carry_out:expr,)*; $($later:ident,)*) => {
        /// An operation of the API.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Operation {
            $($name,)*
            $($later,)*
        }

        impl Operation {
            pub fn parse(name: &str) -> Option<Self> {
                match name {
                    $(stringify!($name) => Some(Self::$name),)*
                    $(stringify!($later) => Some(Self::$later),)*
                    _ => None,
                }
            }

            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$name => stringify!($name),)*
                    $(Self::$later => stringify!($later),)*
                }
            }
        }

        /// Reads the request, does it, and writes the answer.
        pub fn carry_out(
            vault: &Vault,
            signed: &Signed,
            operation: Operation,
            body: &[u8],
        ) -> Result<Zeroizing<Vec<u8>>, Fault> {
            check_is_allowed(signed, operation)?;
            match operation {
                $(Operation::$name => $way(vault, signed, body, $carry_out),)*
                $(Operation::$later)|* => Err(Fault::not_implemented(operation.as_str())),
            }
        }
    };
}

operations! {
    CreateSecret => write create::create_secret,
    DescribeSecret => read read::describe_secret,
    GetSecretValue => read value::get_secret_value,
    BatchGetSecretValue => scan value::batch_get_secret_value,
    PutSecretValue => write put::put_secret_value,
    UpdateSecret => write put::update_secret,
    UpdateSecretVersionStage => write stages::update_secret_version_stage,
    ListSecretVersionIds => read read::list_secret_version_ids,
    ListSecrets => scan list::list_secrets,
    DeleteSecret => write delete::delete_secret,
    RestoreSecret => write delete::restore_secret,
    TagResource => write tags::tag_resource,
    UntagResource => write tags::untag_resource,
    GetRandomPassword => read password::get_random_password,
    RotateSecret => write rotate::rotate_secret,
    CancelRotateSecret => write rotate::cancel_rotate_secret,
    ;
    AssociateCrossAccountReplica,
    DeleteResourcePolicy,
    DisassociateCrossAccountReplica,
    GetResourcePolicy,
    ListResourcePolicies,
    PutResourcePolicy,
    RemoveRegionsFromReplication,
    ReplicateSecretToRegions,
    StopReplicationToReplica,
    ValidateResourcePolicy,
}

/// What credentials for the rotation of one secret may call, as the role of a rotation function on AWS may. That it is
/// this secret is checked where it is found.
fn check_is_allowed(signed: &Signed, operation: Operation) -> Result<(), Fault> {
    let of_functions = [
        Operation::DescribeSecret,
        Operation::GetRandomPassword,
        Operation::GetSecretValue,
        Operation::PutSecretValue,
        Operation::UpdateSecretVersionStage,
    ];
    match &signed.only {
        Some(only) if only.region != signed.region || !of_functions.contains(&operation) => {
            Err(Fault::outside_of_rotation())
        }
        _ => Ok(()),
    }
}

/// An operation that writes: one transaction.
fn write<Request: DeserializeOwned, Answer: Serialize>(
    vault: &Vault,
    signed: &Signed,
    body: &[u8],
    carry_out: fn(&Call<'_>, Request) -> Result<Answer, Fault>,
) -> Result<Zeroizing<Vec<u8>>, Fault> {
    let request = parse(body)?;
    to_json(&vault.call_as(&signed.region, only(signed), |call| carry_out(call, request))?)
}

/// An operation that changes nothing but dates of access, and reads what it names: one transaction.
fn read<Request: DeserializeOwned, Answer: Serialize>(
    vault: &Vault,
    signed: &Signed,
    body: &[u8],
    carry_out: fn(&Call<'_>, Request) -> Result<Answer, Fault>,
) -> Result<Zeroizing<Vec<u8>>, Fault> {
    let request = parse(body)?;
    let work = |reading: &Reading<'_>| reading.look(|call| carry_out(call, request));
    to_json(&vault.read_as(&signed.region, only(signed), Reader::Lookup, work)?)
}

/// An operation that reads what it has to search for: as many transactions as that takes.
fn scan<Request: DeserializeOwned, Answer: Serialize>(
    vault: &Vault,
    signed: &Signed,
    body: &[u8],
    carry_out: fn(&Reading<'_>, Request) -> Result<Answer, Fault>,
) -> Result<Zeroizing<Vec<u8>>, Fault> {
    let request = parse(body)?;
    let work = |reading: &Reading<'_>| carry_out(reading, request);
    to_json(&vault.read_as(&signed.region, only(signed), Reader::Scan, work)?)
}

fn only(signed: &Signed) -> Option<&str> {
    signed.only.as_ref().map(|secret| secret.arn.as_str())
}

/// An empty body means an empty request, as the CLI of old sends it. What serde says may quote the body.
fn parse<Request: DeserializeOwned>(body: &[u8]) -> Result<Request, Fault> {
    let body = if body.is_empty() { b"{}" } else { body };
    serde_json::from_slice(body).map_err(|error| {
        let (line, column) = (error.line(), error.column());
        let message = format!("The body is not the JSON of this operation (line {line}, column {column}).");
        Fault::new(FaultCode::SerializationException, message)
    })
}

/// Counts first: a buffer that grows leaves copies of a value behind, and a larger one than needed takes longer to wipe
/// than the answer to write.
fn to_json(answer: &impl Serialize) -> Result<Zeroizing<Vec<u8>>, Fault> {
    let unwritten = |_| Fault::internal("The answer could not be written.");
    let mut size = Size(0);
    serde_json::to_writer(&mut size, answer).map_err(unwritten)?;
    let mut json = Zeroizing::new(Vec::with_capacity(size.0));
    serde_json::to_writer(&mut *json, answer).map_err(unwritten)?;
    Ok(json)
}

/// How many bytes were written.
struct Size(usize);

impl Write for Size {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 += bytes.len();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::sync::{Arc, Mutex};

    use chrono::{DateTime, TimeDelta, Utc};
    use serde_json::{Value, json};

    use super::*;
    use crate::vault::Options;

    fn ask(vault: &Vault, operation: Operation, request: Value) -> Result<Value, Fault> {
        let signed = Signed { access_key_id: "AKIAFAKE".into(), region: "us-east-1".into(), only: None };
        let answer = carry_out(vault, &signed, operation, request.to_string().as_bytes())?;
        Ok(serde_json::from_slice(&answer).unwrap())
    }

    #[test]
    fn reading_goes_on_when_nothing_can_be_written() {
        let now = Arc::new(Mutex::new("2026-03-01T10:00:00Z".parse::<DateTime<Utc>>().unwrap()));
        let hands = now.clone();
        let mut options = Options::memory();
        options.clock = Arc::new(move || *hands.lock().unwrap());
        let vault = Vault::open_blocking(options).unwrap();
        for name in ["kept", "leaving"] {
            let token = format!("{name:->32}");
            let request = json!({ "Name": name, "ClientRequestToken": token, "SecretString": "fake" });
            ask(&vault, Operation::CreateSecret, request).unwrap();
        }
        let leaving = json!({ "SecretId": "leaving", "RecoveryWindowInDays": 7 });
        ask(&vault, Operation::DeleteSecret, leaving).unwrap();

        vault.refuse_writes().unwrap();
        // One of them has to be purged, and the day of the access to the other one noted.
        *now.lock().unwrap() += TimeDelta::days(8);
        let kept = || json!({ "SecretId": "kept" });
        let read = ask(&vault, Operation::GetSecretValue, kept()).unwrap();
        assert_eq!(read["SecretString"], json!("fake"));
        let batch = ask(&vault, Operation::BatchGetSecretValue, json!({ "SecretIdList": ["kept"] })).unwrap();
        assert_eq!(batch["SecretValues"][0]["SecretString"], json!("fake"));
        assert_eq!(ask(&vault, Operation::DescribeSecret, kept()).unwrap()["Name"], json!("kept"));
        let listed = ask(&vault, Operation::ListSecrets, json!({})).unwrap();
        assert_eq!(listed["SecretList"].as_array().unwrap().len(), 1);
        let versions = ask(&vault, Operation::ListSecretVersionIds, kept()).unwrap();
        assert_eq!(versions["Versions"].as_array().unwrap().len(), 1);
        ask(&vault, Operation::GetRandomPassword, json!({})).unwrap();

        let request = json!({ "SecretId": "kept", "Description": "fake" });
        let refused = ask(&vault, Operation::UpdateSecret, request).unwrap_err();
        assert_eq!(refused.code, FaultCode::InternalServiceError, "a write says that it failed");
        for operation in [Operation::GetSecretValue, Operation::DescribeSecret] {
            let of_a_purged_one = ask(&vault, operation, json!({ "SecretId": "leaving" })).unwrap_err();
            assert_eq!(of_a_purged_one.code, FaultCode::ResourceNotFoundException, "it is gone at its time");
        }
        let all = ask(&vault, Operation::ListSecrets, json!({ "IncludePlannedDeletion": true })).unwrap();
        assert_eq!(all["SecretList"].as_array().unwrap().len(), 1, "from lists too");
        vault.note_accesses();
        assert!(!vault.has_accesses_to_note(), "after a failure there is a pause");
    }
}
