//! Why the value of a secret cannot be changed here.

use latchkey_domain::guard::Guard;
use latchkey_domain::secret::SecretSummary;
use latchkey_domain::{ApiError, Code, Region};

use crate::state::described::is_replica;

/// None where it can: `guard` is the connection's, `region` the one in view.
pub(super) fn refusal(guard: Guard, summary: &SecretSummary, region: &Region) -> Option<ApiError> {
    let name = &summary.name;
    if guard == Guard::ReadOnly {
        let message = format!("{name} is not changed: the connection is read only. Loosen its guard first.");
        return Some(ApiError::new(Code::ReadOnly, message));
    }
    if summary.deleted_at.is_some() {
        let message = format!("{name} is scheduled for deletion. Restore it before it is changed.");
        return Some(ApiError::new(Code::PendingDeletion, message));
    }
    let primary = summary.primary_region.as_ref().filter(|_| is_replica(summary, region))?;
    let message =
        format!("{name} is a replica and read-only here. Its primary is in {primary}: change it there.");
    Some(ApiError::new(Code::ReadOnly, message))
}
