//! The desktop shell: gives the engine a window, a vault to open and a way to be heard.
//!
//! It holds no rules of its own; what a command does stands in the engine.

mod backdrop;
mod browser;
mod commands;
mod confirmation_dialogs;
mod file_dialogs;
mod one_console;
#[cfg(target_os = "linux")]
mod screen_lock;
mod vault_host;

use std::sync::Arc;

use latchkey_domain::event::Event;
use latchkey_engine::{
    Browser, Clock, Confirmation, Engine, EngineParts, Environment, FilePicker, ProfileFiles,
};
use latchkey_keyring::Keyring;
use latchkey_vault::folders::Folders;
use tauri::webview::{DownloadEvent, NewWindowResponse};
use tauri::{App, AppHandle, Builder, Context, Emitter, Manager, Runtime, Url, WebviewWindowBuilder};

use confirmation_dialogs::ConfirmationDialogs;
use file_dialogs::FileDialogs;

pub use one_console::one_console;
pub use vault_host::{LocalVault, VaultPlace};

/// What the shell is given from outside, so that a test can lay it elsewhere.
pub struct Surroundings {
    pub folders: Folders,
    pub profiles: ProfileFiles,
    pub environment: Environment,
    pub vault: VaultPlace,
    pub clock: Arc<dyn Clock>,
    /// The file dialogs; none for the platform's own.
    pub files: Option<Arc<dyn FilePicker>>,
    /// The confirmation dialogs; none for the platform's own.
    pub confirmation: Option<Arc<dyn Confirmation>>,
    /// The browser; none for the platform's own.
    pub browser: Option<Arc<dyn Browser>>,
    /// Where IAM Identity Center answers; none for AWS's own endpoints.
    pub identity_center_url: Option<String>,
}

/// The configuration and the front end that were compiled in. Not in this crate's own unit tests: cargo compiles them
/// beside the crate, into the same folder, and whoever comes second would embed a file that the first still writes.
#[cfg(not(test))]
pub fn context<R: Runtime>() -> Context<R> {
    tauri::generate_context!()
}

/// Builds the app with its engine and its one window. The vault opens in the background.
pub fn assemble<R: Runtime>(
    builder: Builder<R>,
    context: Context<R>,
    surroundings: Surroundings,
) -> Result<App<R>, Box<dyn std::error::Error>> {
    let app = builder.invoke_handler(commands::handler()).build(context)?;
    let Surroundings {
        folders,
        profiles,
        environment,
        vault,
        clock,
        files,
        confirmation,
        browser,
        identity_center_url,
    } = surroundings;
    let files = files.unwrap_or_else(|| Arc::new(FileDialogs::new(app.handle().clone())));
    let confirmation =
        confirmation.unwrap_or_else(|| Arc::new(ConfirmationDialogs::new(app.handle().clone())));
    let keyring = Keyring::of_system(&folders.data);
    let vault = Arc::new(LocalVault::new(vault, &folders, keyring.clone()));
    let engine = Engine::new(EngineParts {
        folders: latchkey_engine::Folders { config: folders.config, data: folders.data },
        profiles,
        environment,
        vault: vault.clone(),
        keyring,
        clock,
        files,
        confirmation,
        browser: browser.unwrap_or_else(|| Arc::new(browser::SystemBrowser)),
        identity_center_url,
        events: Arc::new(speaker(app.handle().clone())),
    })?;
    app.manage(engine.clone());
    app.manage(vault);
    open_window(&app)?;
    backdrop::follow(app.handle(), engine.theme());
    #[cfg(target_os = "linux")]
    screen_lock::follow(engine.clone());
    tauri::async_runtime::spawn(async move { engine.start().await });
    Ok(app)
}

/// Cleanup before exit: clears the clipboard, closes the vaults.
pub async fn close<R: Runtime>(app: &AppHandle<R>) {
    app.state::<Arc<Engine>>().stop().await;
}

fn speaker<R: Runtime>(app: AppHandle<R>) -> impl Fn(Event) + Send + Sync {
    move |event| {
        if let Event::Lock(state) = &event {
            backdrop::follow(&app, state.theme);
        }
        if let Err(error) = app.emit(Event::NAME, event) {
            tracing::warn!(%error, "an event could not be sent to the window");
        }
    }
}

/// The page stays on the page: no navigation, no second window, no download.
fn open_window<R: Runtime>(app: &App<R>) -> tauri::Result<()> {
    let config = app.config().app.windows.first().cloned().unwrap_or_default();
    WebviewWindowBuilder::from_config(app, &config)?
        .on_navigation(is_own_page)
        .on_new_window(|_, _| NewWindowResponse::Deny)
        .on_download(|_, event| !matches!(event, DownloadEvent::Requested { .. }))
        .build()?;
    Ok(())
}

fn is_own_page(url: &Url) -> bool {
    is_served_page(url, cfg!(windows))
}

/// Where Tauri serves the page. Windows has no schemes of one's own, and gets an address that nothing else answers at.
fn is_served_page(url: &Url, on_windows: bool) -> bool {
    let (schemes, host): (&[&str], _) =
        if on_windows { (&["http", "https"], "tauri.localhost") } else { (&["tauri"], "localhost") };
    schemes.contains(&url.scheme()) && url.host_str() == Some(host) && url.port().is_none()
}

#[cfg(test)]
mod tests {
    use super::{is_own_page, is_served_page};

    #[test]
    fn the_window_shows_no_page_but_its_own() {
        let parsed = |text: &str| text.parse().expect("a URL");
        assert!(is_served_page(&parsed("tauri://localhost/"), false), "Linux and macOS");
        assert!(is_served_page(&parsed("http://tauri.localhost/index.html"), true), "Windows");
        for foreign in [
            "https://example.com/",
            "http://localhost/",
            "data:text/html,x",
            "file:///etc/passwd",
            "http://tauri.localhost:8080/",
            "ftp://tauri.localhost/",
            "tauri://example.com/",
            "tauri://localhost:8080/",
        ] {
            for on_windows in [true, false] {
                assert!(!is_served_page(&parsed(foreign), on_windows), "{foreign} must not be shown");
            }
        }
        assert!(!is_served_page(&parsed("http://tauri.localhost/"), false), "a page of the network on Linux");
        assert!(!is_served_page(&parsed("tauri://localhost/"), true), "not served on Windows");
        let here = if cfg!(windows) { "http://tauri.localhost/" } else { "tauri://localhost/" };
        assert!(is_own_page(&parsed(here)), "where this one runs");
    }
}
