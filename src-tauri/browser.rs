//! The browser of the platform: where people sign in.

use latchkey_engine::{BoxFuture, Browser};

/// The default browser of the desktop.
pub struct SystemBrowser;

impl Browser for SystemBrowser {
    fn open(&self, url: &str) -> BoxFuture<'_, bool> {
        let url = url.to_owned();
        Box::pin(async move {
            // It starts a program, which is waited for elsewhere.
            let opened = tauri::async_runtime::spawn_blocking(move || open::that_detached(url)).await;
            match opened {
                Ok(Ok(())) => true,
                Ok(Err(error)) => {
                    tracing::warn!(%error, "the browser could not be opened");
                    false
                }
                Err(_) => false,
            }
        })
    }
}
