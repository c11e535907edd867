//! One console per home: starting it a second time shows the window of the first.

use std::path::Path;

use sha2::{Digest, Sha256};
use tauri::plugin::TauriPlugin;
use tauri::{AppHandle, Manager, Runtime};
use tauri_plugin_single_instance::Builder;

/// The app's identifier, by which consoles find one another.
const IDENTIFIER: &str = "dev.latchkey.console";

/// Ends this process when a console is open on `data`, after showing that one. On Linux consoles on different folders
/// run side by side; elsewhere there is one per user.
pub fn one_console<R: Runtime>(data: &Path) -> TauriPlugin<R> {
    Builder::new().callback(|app, _, _| show(app)).dbus_id(name_on_bus(data)).build()
}

/// A part of a name on the bus is letters, digits and underscores, and begins with no digit.
fn name_on_bus(data: &Path) -> String {
    let digest = Sha256::digest(data.as_os_str().as_encoded_bytes());
    let place: String = digest.iter().take(8).map(|byte| format!("{byte:02x}")).collect();
    format!("{IDENTIFIER}.on_{place}")
}

fn show<R: Runtime>(app: &AppHandle<R>) {
    for window in app.webview_windows().values() {
        let shown = window.unminimize().and_then(|()| window.show()).and_then(|()| window.set_focus());
        if let Err(error) = shown {
            tracing::warn!(%error, "the window could not be brought to the front");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_data_folder_has_a_name_of_its_own_on_the_bus() {
        let [one, other] = ["/fake/one", "/fake/other"].map(|data| name_on_bus(Path::new(data)));
        assert_ne!(one, other);
        assert_eq!(one, name_on_bus(Path::new("/fake/one")), "a second start finds the first");
        assert!(one.starts_with("dev.latchkey.console.on_"), "{one}");
    }
}
