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
use crate::vault::Vault;

pub use create::new_arn;
pub use password::new_password;

macro_rules! operations {
    ($($name:ident => $carry_out:expr,)*; $($later:ident,)*) => {
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

        /// Reads the request, does it in one transaction, and writes the answer.
        pub fn carry_out(
            vault: &Vault,
            signed: &Signed,
            operation: Operation,
            body: &[u8],
        ) -> Result<Zeroizing<Vec<u8>>, Fault> {
            check_is_allowed(signed, operation)?;
            match operation {
                $(Operation::$name => run(vault, signed, body, $carry_out),)*
                $(Operation::$later)|* => Err(Fault::not_implemented(operation.as_str())),
            }
        }
    };
}

operations! {
    CreateSecret => create::create_secret,
    DescribeSecret => read::describe_secret,
    GetSecretValue => value::get_secret_value,
    BatchGetSecretValue => value::batch_get_secret_value,
    PutSecretValue => put::put_secret_value,
    UpdateSecret => put::update_secret,
    UpdateSecretVersionStage => stages::update_secret_version_stage,
    ListSecretVersionIds => read::list_secret_version_ids,
    ListSecrets => list::list_secrets,
    DeleteSecret => delete::delete_secret,
    RestoreSecret => delete::restore_secret,
    TagResource => tags::tag_resource,
    UntagResource => tags::untag_resource,
    GetRandomPassword => password::get_random_password,
    RotateSecret => rotate::rotate_secret,
    CancelRotateSecret => rotate::cancel_rotate_secret,
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

fn run<Request: DeserializeOwned, Answer: Serialize>(
    vault: &Vault,
    signed: &Signed,
    body: &[u8],
    operation: fn(&Call<'_>, Request) -> Result<Answer, Fault>,
) -> Result<Zeroizing<Vec<u8>>, Fault> {
    // An empty body means an empty request, as the CLI of old sends it. What serde says may quote the body.
    let body = if body.is_empty() { b"{}" } else { body };
    let request = serde_json::from_slice(body).map_err(|error| {
        let (line, column) = (error.line(), error.column());
        let message = format!("The body is not the JSON of this operation (line {line}, column {column}).");
        Fault::new(FaultCode::SerializationException, message)
    })?;
    let only = signed.only.as_ref().map(|secret| secret.arn.as_str());
    let answer = vault.call_as(&signed.region, only, |call| operation(call, request))?;
    to_json(&answer).map_err(|_| Fault::internal("The answer could not be written."))
}

/// Counts first: a buffer that grows leaves copies of a value behind, and a larger one than needed takes longer to wipe
/// than the answer to write.
fn to_json(answer: &impl Serialize) -> serde_json::Result<Zeroizing<Vec<u8>>> {
    let mut size = Size(0);
    serde_json::to_writer(&mut size, answer)?;
    let mut json = Zeroizing::new(Vec::with_capacity(size.0));
    serde_json::to_writer(&mut *json, answer)?;
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
