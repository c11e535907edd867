//! What panes are made of: controls that know the DOM and nothing of secrets' rules or of the engine.

pub mod badge;
pub mod button;
pub mod clipboard;
pub mod clock;
pub mod dialog;
pub mod dom;
pub mod empty_state;
pub mod error_panel;
pub mod failure;
pub mod field;
pub mod icon;
pub mod menu;
pub mod progress;
pub mod select;
pub mod splitter;
pub mod switch;
pub mod tabs;
pub mod virtual_list;
