//! The program: hardens its process, opens the window, closes the vault behind it.

#![cfg_attr(not(debug_assertions), windows_subsystem = "windows")]

use std::process::ExitCode;
use std::sync::Arc;

use latchkey::{Surroundings, VaultPlace};
use latchkey_engine::{Environment, ProfileFiles, SystemClock};
use latchkey_vault::folders::Folders;
use tauri::RunEvent;
use tracing_subscriber::EnvFilter;

fn main() -> ExitCode {
    keep_memory_private();
    // Fixed targets: the SDK and HTTP layers may log bodies, so no variable turns them on.
    tracing_subscriber::fmt()
        .with_env_filter(EnvFilter::new("latchkey=info,latchkey_engine=info,latchkey_vault=info"))
        .with_writer(std::io::stderr)
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

/// No core files and no ptrace by other processes of the same user, in what is shipped.
#[cfg(all(target_os = "linux", not(debug_assertions)))]
fn keep_memory_private() {
    use rustix::process::{DumpableBehavior, set_dumpable_behavior};
    if let Err(error) = set_dumpable_behavior(DumpableBehavior::NotDumpable) {
        eprintln!("The memory of this process could not be kept private: {error}");
    }
}

#[cfg(not(all(target_os = "linux", not(debug_assertions))))]
fn keep_memory_private() {}
