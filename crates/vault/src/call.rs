//! One unit of work on the store: what each operation of the API is given, and each step of a rotation.

use std::cell::RefCell;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use tokio::sync::Notify;

use crate::fault::Fault;
use crate::rotation::RotationFunctions;
use crate::store::accesses::Accesses;
use crate::store::rotations::Rotation;
use crate::store::secrets::{Rows, Secret};
use crate::store::versions::{Access, Sealer, Version};

/// A transaction in one Region.
pub struct Call<'a> {
    pub rows: Rows<'a>,
    pub sealer: &'a Sealer,
    pub functions: Arc<RotationFunctions>,
    /// Notified when a rotation may have become due.
    pub may_be_due: &'a Notify,
    pub now: DateTime<Utc>,
    /// The values that were read for the first time today, to be noted once the answer was given.
    pub accesses: RefCell<Vec<Access>>,
    /// Those of before that are not in the file yet.
    pub not_noted: &'a Accesses,
}

impl Call<'_> {
    pub fn now_millis(&self) -> i64 {
        self.now.timestamp_millis()
    }

    /// The midnight that today began with.
    pub fn today_millis(&self) -> i64 {
        const DAY: i64 = 24 * 60 * 60 * 1000;
        self.now_millis().div_euclid(DAY) * DAY
    }

    /// Remembers that the value of a version was read.
    pub fn note_access(&self, secret: &Secret, version: &Version) {
        let today = self.today_millis();
        if secret.accessed_on < today || version.accessed_on < today {
            let access = Access { secret_id: secret.id, version_id: version.version_id.clone() };
            self.accesses.borrow_mut().push(access);
        }
    }

    /// The day of the last access to a secret; 0 if never.
    pub fn accessed_on(&self, secret: &Secret) -> i64 {
        secret.accessed_on.max(self.not_noted.day_of_secret(secret.id))
    }

    /// The day of the last access to a version of a secret; 0 if never.
    pub fn version_accessed_on(&self, secret: &Secret, version: &Version) -> i64 {
        version.accessed_on.max(self.not_noted.day_of_version(secret.id, &version.version_id))
    }

    /// Writes a secret that was changed now.
    pub fn save_changed(&self, secret: &mut Secret) -> Result<(), Fault> {
        secret.changed_at = self.now_millis();
        Ok(self.rows.update(secret)?)
    }

    /// Begins a rotation, to be tried at once.
    pub fn begin_rotation(
        &self,
        secret: &Secret,
        mut rotation: Rotation,
        token: &str,
        is_test: bool,
    ) -> Result<(), Fault> {
        rotation.begin(token, is_test, self.now_millis(), None);
        self.rows.save_rotation(secret, &rotation)?;
        // Whoever is woken waits for the end of this transaction.
        self.may_be_due.notify_one();
        Ok(())
    }
}
