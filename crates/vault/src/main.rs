//! The program `latchkey-vault`: the local Secrets Manager without the desktop.

mod backup_cli;
mod environment;
mod schedule_cli;
mod serve;
mod which_vault;

use std::process::ExitCode;

use clap::{Parser, Subcommand};
use latchkey_system::programs::guardian;
use latchkey_vault::private_memory::{self, WIPING_ALLOCATOR, WipingAllocator};
use tracing_subscriber::EnvFilter;

#[global_allocator]
static ALLOCATOR: WipingAllocator = WIPING_ALLOCATOR;

/// A local Secrets Manager that AWS SDKs, the AWS CLI and Terraform can use.
#[derive(Parser)]
#[command(version, about)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Backup(backup_cli::Backup),
    Schedule(schedule_cli::Schedule),
    Serve(serve::Serve),
}

fn main() -> ExitCode {
    guardian::stand_guard_if_asked();
    if let Err(error) = private_memory::keep() {
        eprintln!("latchkey-vault: it does not start, since its memory could not be kept private: {error}");
        return ExitCode::FAILURE;
    }
    // Fixed targets: no variable turns on what might log a body.
    tracing_subscriber::fmt()
        .with_env_filter(EnvFilter::new("latchkey_vault=info,latchkey_system=info"))
        .with_writer(std::io::stderr)
        .init();
    let done = match Arguments::parse().command {
        Command::Serve(serve) => environment::clear().and_then(|()| serve.run()),
        Command::Backup(backup) => backup.run(),
        Command::Schedule(schedule) => schedule.run(),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("latchkey-vault: {error}");
            ExitCode::FAILURE
        }
    }
}
