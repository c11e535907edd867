//! The parts of the window, each drawing one piece of the state. No pane knows another; `app` composes them.

pub mod add_access_key;
pub mod catalog;
pub mod connections;
pub mod create_secret;
pub mod detail;
pub mod edit_connection;
pub mod first_run;
pub mod identity_center;
pub mod journal;
pub mod keys_dialog;
pub mod metadata;
pub mod open_secret;
pub mod passphrase;
pub mod password_dialog;
pub mod recovery_dialog;
pub mod recovery_passphrase;
pub mod rotation;
pub mod search_box;
pub mod settings_page;
pub mod sidebar;
pub mod stage_dialog;
pub mod status_bar;
pub mod toast_region;
pub mod topbar;
pub mod value;
pub mod versions;
