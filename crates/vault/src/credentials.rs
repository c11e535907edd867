//! Valid callers: the main key pair of a run, and temporary credentials that expire.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use chrono::{DateTime, Utc};
use latchkey_domain::secret_text::SecretInput;
use rand::rngs::SysError;
use subtle::ConstantTimeEq;

use crate::fault::{Fault, FaultCode};
use crate::random::random_text;
use crate::store::rotations::OneSecret;

/// A key pair.
#[derive(Clone)]
pub struct Credentials {
    pub access_key_id: String,
    pub secret_access_key: SecretInput,
}

/// A key pair with a session token and an end.
#[derive(Clone)]
pub struct TemporaryCredentials {
    pub access_key_id: String,
    pub secret_access_key: SecretInput,
    pub session_token: SecretInput,
    pub expires_at: DateTime<Utc>,
}

impl Credentials {
    /// A new random pair, of the form that AWS's have.
    pub fn generate() -> Result<Self, SysError> {
        let access_key_id = format!("AKIA{}", random_text(ID_LETTERS, 16)?);
        Ok(Self { access_key_id, secret_access_key: SecretInput::new(random_text(KEY_LETTERS, 40)?) })
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials").field("access_key_id", &self.access_key_id).finish_non_exhaustive()
    }
}

impl fmt::Debug for TemporaryCredentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TemporaryCredentials")
            .field("access_key_id", &self.access_key_id)
            .field("expires_at", &self.expires_at)
            .finish_non_exhaustive()
    }
}

/// All valid credentials.
#[derive(Debug)]
pub struct Callers {
    main: Credentials,
    temporary: Mutex<HashMap<String, Issued>>,
}

#[derive(Debug)]
struct Issued {
    credentials: TemporaryCredentials,
    /// For a rotation function: the secret that it may use.
    only: Option<OneSecret>,
}

/// What a caller must have signed with, and what it may use.
pub struct KnownCaller {
    pub secret_access_key: SecretInput,
    pub only: Option<OneSecret>,
}

/// The signer of a request, and its Region.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signed {
    pub access_key_id: String,
    pub region: String,
    /// The one secret that these credentials are for, if they are for one only.
    pub only: Option<OneSecret>,
}

impl Callers {
    pub fn new(main: Credentials) -> Self {
        Self { main, temporary: Mutex::default() }
    }

    pub fn issue(&self, lifetime: Duration) -> Result<TemporaryCredentials, SysError> {
        self.keep(lifetime, None)
    }

    /// Credentials that may do what the rotation of one secret needs, and nothing else.
    pub fn issue_for(
        &self,
        secret: &OneSecret,
        lifetime: Duration,
    ) -> Result<TemporaryCredentials, SysError> {
        self.keep(lifetime, Some(secret.clone()))
    }

    /// Ends credentials before their time.
    pub fn revoke(&self, access_key_id: &str) {
        self.temporary.lock().unwrap_or_else(PoisonError::into_inner).remove(access_key_id);
    }

    fn keep(&self, lifetime: Duration, only: Option<OneSecret>) -> Result<TemporaryCredentials, SysError> {
        let issued = TemporaryCredentials {
            access_key_id: format!("ASIA{}", random_text(ID_LETTERS, 16)?),
            secret_access_key: SecretInput::new(random_text(KEY_LETTERS, 40)?),
            session_token: SecretInput::new(random_text(KEY_LETTERS, 120)?),
            expires_at: DateTime::from(SystemTime::now() + lifetime),
        };
        let mut temporary = self.temporary.lock().unwrap_or_else(PoisonError::into_inner);
        let kept = Issued { credentials: issued.clone(), only };
        temporary.insert(issued.access_key_id.clone(), kept);
        Ok(issued)
    }

    /// The caller with this access key.
    pub fn find(
        &self,
        access_key_id: &str,
        session_token: Option<&str>,
        now: DateTime<Utc>,
    ) -> Result<KnownCaller, Fault> {
        if access_key_id == self.main.access_key_id {
            return match session_token {
                None => {
                    let secret_access_key = self.main.secret_access_key.clone();
                    Ok(KnownCaller { secret_access_key, only: None })
                }
                Some(_) => Err(unrecognized()),
            };
        }
        let temporary = self.temporary.lock().unwrap_or_else(PoisonError::into_inner);
        let Issued { credentials: known, only } = temporary.get(access_key_id).ok_or_else(unrecognized)?;
        let token = session_token.ok_or_else(unrecognized)?;
        if !bool::from(known.session_token.expose().as_bytes().ct_eq(token.as_bytes())) {
            return Err(unrecognized());
        }
        if known.expires_at <= now {
            let message = "The security token included in the request is expired";
            return Err(Fault::new(FaultCode::ExpiredTokenException, message));
        }
        Ok(KnownCaller { secret_access_key: known.secret_access_key.clone(), only: only.clone() })
    }
}

fn unrecognized() -> Fault {
    let message = "The security token included in the request is invalid.";
    Fault::new(FaultCode::UnrecognizedClientException, message)
}

const ID_LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
const KEY_LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
