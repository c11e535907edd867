//! What a person can set. The file holds only what differs from these defaults.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::catalog::{Column, Sort};
use crate::scope::Region;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    pub theme: Theme,
    /// Hide revealed values when the window loses focus.
    pub hide_on_blur: bool,
    /// Seconds until a revealed value is masked again.
    pub hide_after_seconds: u32,
    /// Minutes without a key or a movement of the mouse until the console locks; 0 for never.
    pub lock_after_minutes: u32,
    /// Lock when the system locks the screen or goes to sleep, where it tells.
    pub lock_with_screen: bool,
    /// Seconds until a copied value leaves the clipboard.
    pub clear_clipboard_after_seconds: u32,
    /// Percent of AWS's request quotas that the console may use, per account and Region; the rest is for those who
    /// share them.
    pub request_share_percent: u32,
    /// The columns shown, in order; the name is always the first.
    pub columns: Vec<Column>,
    pub sort: Sort,
    /// Regions at the top of the list to choose from, in this order.
    pub favourite_regions: Vec<Region>,
    /// The Regions that were chosen last, the newest first.
    pub recent_regions: Vec<Region>,
    /// CSS pixels.
    pub sidebar_width: u32,
    /// CSS pixels.
    pub detail_width: u32,
    /// Programs that the local vault calls as rotation functions, by their names. They are written into the file by hand
    /// only: a page that could set them could run anything.
    pub rotation_functions: BTreeMap<String, String>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            theme: Theme::System,
            hide_on_blur: true,
            hide_after_seconds: 60,
            lock_after_minutes: 10,
            lock_with_screen: true,
            clear_clipboard_after_seconds: 30,
            request_share_percent: 20,
            columns: vec![Column::Name, Column::Tags, Column::LastChanged, Column::Rotation],
            sort: Sort::default(),
            favourite_regions: Vec::new(),
            recent_regions: Vec::new(),
            sidebar_width: 220,
            detail_width: 460,
            rotation_functions: BTreeMap::new(),
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Theme {
    System,
    Light,
    Dark,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct LoadSettings {}

/// The rotation functions in it count for nothing: those of the file stay.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct SaveSettings {
    pub settings: Settings,
}
