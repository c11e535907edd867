//! The events that the engine sends to the front end.

use serde::{Deserialize, Serialize};

use crate::catalog::InventoryState;
use crate::change::ChangesProgress;
use crate::connection::Connections;
use crate::lock::LockState;

/// The one event; its name on the wire is [`Event::NAME`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", content = "state", rename_all = "snake_case")]
pub enum Event {
    /// An inventory grew, finished or failed.
    Inventory(InventoryState),
    /// A plan over several secrets got further.
    Changes(ChangesProgress),
    /// A connection opened, failed, came or went.
    Connections(Connections),
    /// The clipboard no longer holds the value that was copied.
    ClipboardCleared,
    /// The console was locked or opened.
    Lock(LockState),
}

impl Event {
    pub const NAME: &str = "latchkey";
}
