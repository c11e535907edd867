//! A local Secrets Manager: AWS's JSON 1.1 protocol on loopback over an encrypted store.
//!
//! [`Vault::open`] opens the store, [`Server::start`] answers on a port; the desktop app and the program
//! `latchkey-vault` use both alike. It knows no window and no AWS account, and nothing here goes to the network.

mod call;
mod credentials;
mod fault;
pub mod folders;
pub mod keyring;
mod operations;
pub mod private_memory;
mod protocol;
mod random;
mod rotation;
mod rotator;
pub mod samples;
pub mod seed;
mod store;
mod vault;

pub use credentials::{Credentials, TemporaryCredentials};
pub use fault::{Fault, FaultCode};
pub use protocol::server::{Limits, ServeError, Server};
pub use rotation::{
    FunctionError, FunctionOutput, GENERIC_PASSWORD_ROTATION, RotationFailure, RotationFunctions,
    RotationStep, RotationTrouble,
};
pub use rotator::PASSWORD_KEY_TAG;
pub use store::file::vault_file;
pub use store::lock::Holder;
pub use store::open_error::OpenError;
pub use vault::{
    Accepted, BackedUp, BackupError, Clock, DEFAULT_ACCOUNT, DEFAULT_REGION, FoundVault, KeySource, Options,
    Place, Vault, Wish,
};
