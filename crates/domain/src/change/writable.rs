//! Whether a secret can be written to, and why not.

use crate::error::{ApiError, Code};
use crate::guard::Guard;
use crate::scope::Region;
use crate::secret::SecretSummary;

/// Why a secret cannot be changed, and what to do instead.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotWritable {
    #[error("{name} is scheduled for deletion. Restore it before it is changed.")]
    PendingDeletion { name: String },
    #[error("{name} is a replica and read-only here. Its primary is in {primary}: change it there.")]
    Replica { name: String, primary: String },
    #[error("{name} is not changed: the connection is read only. Loosen its guard first.")]
    ReadOnlyConnection { name: String },
}

impl From<NotWritable> for ApiError {
    fn from(reason: NotWritable) -> Self {
        let code = match reason {
            NotWritable::PendingDeletion { .. } => Code::PendingDeletion,
            NotWritable::Replica { .. } | NotWritable::ReadOnlyConnection { .. } => Code::ReadOnly,
        };
        Self::new(code, reason.to_string())
    }
}

/// Whether a secret, as it is described in this Region, takes changes of a connection with this guard.
pub fn check_writable(guard: Guard, region: &Region, summary: &SecretSummary) -> Result<(), NotWritable> {
    let name = || summary.name.clone();
    if summary.deleted_at.is_some() {
        return Err(NotWritable::PendingDeletion { name: name() });
    }
    if let Some(primary) = summary.primary_region.as_ref().filter(|primary| **primary != region.0) {
        return Err(NotWritable::Replica { name: name(), primary: primary.clone() });
    }
    match guard {
        Guard::ReadOnly => Err(NotWritable::ReadOnlyConnection { name: name() }),
        Guard::Free | Guard::Confirm => Ok(()),
    }
}
