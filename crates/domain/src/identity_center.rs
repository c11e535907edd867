//! IAM Identity Center: the sessions that are known, how to sign in to one, and the accounts and roles that it opens.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::endpoint::EndpointVariant;
use crate::scope::Region;

/// Where an organization signs in: the URL of its AWS access portal, and its Region.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct SsoSession {
    pub start_url: String,
    pub region: Region,
}

/// A known session: signed in to on this computer, or named in the AWS configuration file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KnownSession {
    pub session: SsoSession,
    /// The name of its section in the configuration file.
    pub name: Option<String>,
    /// Whether a sign-in from here is kept, which may have ended in the meantime.
    pub signed_in: bool,
}

/// The sign-in method.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SignInWay {
    /// In the browser of this computer: authorization code with PKCE.
    Browser,
    /// By a code that is confirmed in a browser anywhere. Confirming a stranger's code signs the stranger in.
    DeviceCode,
}

/// Begins to sign in. One sign-in is under way at a time: a new one ends the one before.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct StartSignIn {
    pub start_url: String,
    pub region: Region,
    pub way: SignInWay,
}

/// A sign-in that waits for the person.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SignInPrompt {
    pub sign_in_id: String,
    pub session: SsoSession,
    /// Where to go on: the page that was opened, or the one that asks for the code.
    pub url: String,
    /// Whether the browser was opened with it.
    pub opened: bool,
    /// The code to compare, where the way is that of the device code.
    pub user_code: Option<String>,
    /// When it is too late.
    pub ends_at: DateTime<Utc>,
}

/// Waits until the person has signed in, refused, or let the time pass.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct FinishSignIn {
    pub sign_in_id: String,
}

/// Stops waiting; the sign-in under way ends without a session.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct CancelSignIn {
    pub sign_in_id: String,
}

/// Ends the session at AWS and deletes what is kept of it here; its connections stay.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct SignOut {
    pub session: SsoSession,
}

/// Asks for every account that the signed-in person may enter.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ListAccounts {
    pub session: SsoSession,
}

/// An AWS account of the organization.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SsoAccount {
    pub account_id: String,
    pub name: String,
    pub email: String,
}

/// Asks for the names of the roles that the signed-in person has in an account.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ListAccountRoles {
    pub session: SsoSession,
    pub account_id: String,
}

/// Saves roles of a session as connections, all of them or none.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct SaveSsoRoles {
    pub session: SsoSession,
    /// Where the connections look first.
    pub region: Region,
    /// None for AWS; otherwise a VPC endpoint, for example.
    pub endpoint_url: Option<String>,
    #[serde(default)]
    pub variant: EndpointVariant,
    pub roles: Vec<SsoRoleDraft>,
}

/// A role that was chosen, with the name that its connection gets.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SsoRoleDraft {
    pub name: String,
    pub account_id: String,
    pub role_name: String,
    /// The role of the same account that writes for it, chosen beside it; none: it writes itself.
    #[serde(default)]
    pub writes_with: Option<String>,
}
