//! What the window shows while no page is painted: at the start, and at each lock, which reloads the page.
//!
//! The page asks the engine for its theme only once it runs. Until then it follows the system, so the system's part of
//! this window is set to the theme of the settings.

use latchkey_domain::settings::Theme;
use tauri::window::Color;
use tauri::{AppHandle, Manager, Runtime, WebviewWindow};

/// `--surface` of `assets/styles/tokens.css`.
const LIGHT: Color = Color(255, 255, 255, 255);
const DARK: Color = Color(19, 21, 26, 255);

/// Follows a theme of the settings in every window.
pub fn follow<R: Runtime>(app: &AppHandle<R>, theme: Theme) {
    for window in app.webview_windows().values() {
        if let Err(error) = paint(window, theme) {
            tracing::warn!(%error, "the window could not be given its theme");
        }
    }
}

fn paint<R: Runtime>(window: &WebviewWindow<R>, theme: Theme) -> tauri::Result<()> {
    window.set_theme(match theme {
        Theme::System => None,
        Theme::Light => Some(tauri::Theme::Light),
        Theme::Dark => Some(tauri::Theme::Dark),
    })?;
    let is_dark = match theme {
        Theme::System => window.theme()? == tauri::Theme::Dark,
        Theme::Light => false,
        Theme::Dark => true,
    };
    window.set_background_color(Some(if is_dark { DARK } else { LIGHT }))
}
