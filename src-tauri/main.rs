//! The program: hardens its process, opens the window, closes the vault behind it.

#![cfg_attr(not(debug_assertions), windows_subsystem = "windows")]

use std::process::ExitCode;
use std::sync::Arc;

use latchkey::{Surroundings, VaultPlace};
use latchkey_engine::{Environment, ProfileFiles, SystemClock};
use latchkey_system::programs::guardian;
use latchkey_vault::folders::Folders;
use latchkey_vault::private_memory::{WIPING_ALLOCATOR, WipingAllocator};
use tauri::RunEvent;
use tracing::Level;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

#[global_allocator]
static ALLOCATOR: WipingAllocator = WIPING_ALLOCATOR;

fn main() -> ExitCode {
    guardian::stand_guard_if_asked();
    // Release builds do not allow inspection; debug builds do.
    #[cfg(target_os = "linux")]
    if cfg!(not(debug_assertions)) {
        if let Err(error) = shut_out_inspectors() {
            eprintln!("The window could be inspected from outside, so it is not opened: {error}");
            return ExitCode::FAILURE;
        }
        // The processes of the web view hold what is revealed, and inherit the limit of cores.
        if let Err(error) = latchkey_vault::private_memory::keep() {
            eprintln!("Latchkey does not start, since its memory could not be kept private: {error}");
            return ExitCode::FAILURE;
        }
    }
    // Fixed targets: the SDK and HTTP layers may log bodies, so no variable turns them on.
    let ours = ["latchkey", "latchkey_engine", "latchkey_system", "latchkey_vault"]
        .map(|target| (target, Level::INFO));
    tracing_subscriber::registry()
        .with(tracing_subscriber::fmt::layer().with_writer(std::io::stderr))
        .with(Targets::from_iter(ours))
        .init();
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!(%error, "Latchkey could not start");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), Box<dyn std::error::Error>> {
    let folders = Folders::resolve()?;
    let builder = tauri::Builder::default().plugin(latchkey::one_console(&folders.data));
    let surroundings = Surroundings {
        folders,
        profiles: ProfileFiles::resolve(),
        environment: Environment::of_process(),
        vault: VaultPlace::Folder,
        clock: Arc::new(SystemClock),
        files: None,
        confirmation: None,
        browser: None,
        identity_center_url: None,
    };
    let app = latchkey::assemble(builder, latchkey::context(), surroundings)?;
    app.run(|app, event| {
        if let RunEvent::Exit = event {
            tauri::async_runtime::block_on(latchkey::close(app));
        }
    });
    Ok(())
}

/// Starts anew without the variables by which WebKit opens a page to whoever reaches a port, in a release build too.
/// A driver of tests needs the first one, and says so.
#[cfg(target_os = "linux")]
fn shut_out_inspectors() -> std::io::Result<()> {
    use std::env::{args_os, current_exe, var_os};
    use std::os::unix::process::CommandExt;
    let doors = ["WEBKIT_INSPECTOR_SERVER", "WEBKIT_INSPECTOR_HTTP_SERVER"];
    let is_driven = var_os("TAURI_WEBVIEW_AUTOMATION").is_some_and(|value| value == "true");
    let doors = if is_driven { &doors[1..] } else { &doors[..] };
    if doors.iter().all(|door| var_os(door).is_none()) {
        return Ok(());
    }
    let mut again = std::process::Command::new(current_exe()?);
    for door in doors {
        again.env_remove(door);
    }
    Err(again.args(args_os().skip(1)).exec())
}
