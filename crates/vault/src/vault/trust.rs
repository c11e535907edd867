//! Whether a file is what was left there, and who says so if it is not.

use std::path::Path;

use chrono::DateTime;
use rusqlite::Connection;

use crate::store::header::Header;
use crate::store::open_error::OpenError;
use crate::store::schema;
use crate::store::tally::{self, Examined};
use crate::store::versions::Sealer;

/// What a person has agreed to, having been told.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Accepted {
    /// A file that is older than the keyring knows, such as a backup.
    pub older_file: bool,
    /// A file that was changed outside of Latchkey; from then on it counts as it is.
    pub changed_file: bool,
}

/// A file that may be opened.
pub struct Trusted {
    /// How far it has come.
    pub generation: u64,
    /// Whether what it holds has to be authenticated anew.
    pub is_changed: bool,
}

/// Looks whether the file was changed, or is older than `known`, what the keyring knows. Reads only.
pub fn check(
    file: &Path,
    rows: &Connection,
    header: &Header,
    sealer: &Sealer,
    known: Option<u64>,
    accepted: Accepted,
) -> Result<Trusted, OpenError> {
    let Examined { generation, changed_at, is_authentic, changed, others } =
        examine(rows, header, sealer).map_err(OpenError::sqlite(file))?;
    if !is_authentic && !accepted.changed_file {
        return Err(OpenError::ChangedFile { file: file.to_owned(), secrets: changed, others });
    }
    if let Some(known) = known.filter(|known| generation < *known && !accepted.older_file && is_authentic) {
        let written_at = changed_at.and_then(DateTime::from_timestamp_millis);
        return Err(OpenError::OlderFile { file: file.to_owned(), found: generation, known, written_at });
    }
    if !is_authentic {
        tracing::warn!(file = %file.display(), ?changed, others, "a file that was changed outside of Latchkey counts as it is");
    } else if known.is_some_and(|known| generation < known) {
        tracing::warn!(file = %file.display(), generation, known, "a file that is older than the vault was counts from now on");
    }
    // What is authenticated anew is newer than all that was.
    let newest = if is_authentic { generation } else { generation.max(known.unwrap_or(0)) + 1 };
    Ok(Trusted { generation: newest, is_changed: !is_authentic })
}

/// A vault of a schema without MACs is taken as it is, unless it had them.
fn examine(rows: &Connection, header: &Header, sealer: &Sealer) -> rusqlite::Result<Examined> {
    if schema::has_macs(rows)? {
        return tally::examine(rows, &sealer.macs);
    }
    Ok(Examined { is_authentic: !header.is_authenticated(&sealer.key), ..Examined::default() })
}
