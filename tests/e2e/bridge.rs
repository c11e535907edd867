//! Serves the real front end and the real commands to an ordinary browser, for Playwright.
//!
//! Everything above the window is what ships: the generated command handlers, the engine, the vault. Only the
//! runtime is Tauri's mock, and the page reaches it over HTTP on loopback. One process serves one test.

mod bridge {
    pub mod calls;
    pub mod clock;
    pub mod page;
}

use std::error::Error;
use std::io::Write;
use std::path::PathBuf;
use std::sync::Arc;

use latchkey::{LocalVault, Surroundings, VaultPlace};
use latchkey_domain::connection::{ConnectionState, ListConnections};
use latchkey_domain::lock::LoadLock;
use latchkey_engine::{
    BoxFuture, Browser, Confirmation, Engine, Environment, FilePicker, ProfileFiles, Question,
};
use latchkey_system::programs::guardian;
use latchkey_vault::folders::Folders;
use serde_json::json;
use tauri::Manager;
use tauri::test::{MockRuntime, mock_builder};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

use bridge::calls::CallCounts;
use bridge::clock::ManualClock;
use bridge::page::{Host, router};

const USAGE: &str =
    "usage: bridge --home DIR [--vault memory|folder] [--profiles home] [--identity-center URL]";

fn main() -> Result<(), Box<dyn Error>> {
    guardian::stand_guard_if_asked();
    serve()
}

#[tokio::main]
async fn serve() -> Result<(), Box<dyn Error>> {
    refuse_real_credentials()?;
    let Arguments { home, vault, profiles, identity_center_url } = arguments()?;
    let calls = CallCounts::default();
    tracing_subscriber::registry()
        .with(calls.clone())
        .with(tracing_subscriber::fmt::layer().with_writer(std::io::stderr))
        .with(EnvFilter::new("latchkey=info,latchkey_engine=info,latchkey_system=info,latchkey_vault=info"))
        .init();

    tauri::async_runtime::set(tokio::runtime::Handle::current());
    let clock = ManualClock::new();
    let surroundings = Surroundings {
        folders: Folders::below(&home),
        profiles,
        // What the window is to find stands apart from what would open something real.
        environment: Environment::read(|name| std::env::var(format!("BRIDGE_{name}")).ok()),
        vault,
        clock: clock.clone(),
        files: Some(Arc::new(SaveIn(home.join("exports")))),
        confirmation: Some(Arc::new(AnswersIn(home.join("answers")))),
        browser: Some(Arc::new(NoteIn(home.join("pages")))),
        identity_center_url,
    };
    let app = latchkey::assemble(mock_builder(), latchkey::context(), surroundings)?;
    let token = uuid::Uuid::new_v4().to_string();

    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    let url = format!("http://{}/?token={token}", listener.local_addr()?);
    announce(&url, &app).await?;
    let host = Host::new(app.handle().clone(), token, clock, calls)?;
    // The page holds its stream of events open for as long as it is there: nothing waits for it.
    tokio::select! {
        served = axum::serve(listener, router(host)).into_future() => served?,
        () = terminated() => {}
    }
    latchkey::close(app.handle()).await;
    Ok(())
}

/// A test never runs beside credentials that open something real.
fn refuse_real_credentials() -> Result<(), Box<dyn Error>> {
    for name in ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE"] {
        if std::env::var_os(name).is_some() {
            return Err(format!("{name} is set: the bridge runs without real credentials only").into());
        }
    }
    Ok(())
}

struct Arguments {
    home: PathBuf,
    vault: VaultPlace,
    profiles: ProfileFiles,
    identity_center_url: Option<String>,
}

fn arguments() -> Result<Arguments, Box<dyn Error>> {
    let mut home = None;
    let mut vault = VaultPlace::Memory;
    let mut profiles = None;
    let mut identity_center_url = None;
    let mut words = std::env::args().skip(1);
    while let Some(flag) = words.next() {
        let value = words.next().ok_or(USAGE)?;
        match (flag.as_str(), value.as_str()) {
            ("--home", folder) => home = Some(PathBuf::from(folder)),
            ("--identity-center", url) => identity_center_url = Some(url.to_owned()),
            // Where the window that ships looks; the environment says whose home it is.
            ("--profiles", "home") => profiles = Some(ProfileFiles::resolve()),
            ("--vault", "memory") => vault = VaultPlace::Memory,
            ("--vault", "folder") => vault = VaultPlace::Folder,
            _ => return Err(USAGE.into()),
        }
    }
    let home = home.ok_or(USAGE)?;
    let profiles = profiles.unwrap_or_else(|| ProfileFiles::below(&home.join("aws")));
    Ok(Arguments { home, vault, profiles, identity_center_url })
}

/// Prints where the page is, and how a colleague's client reaches the vault if it is open by now.
async fn announce(url: &str, app: &tauri::App<MockRuntime>) -> Result<(), Box<dyn Error>> {
    let engine = app.state::<Arc<Engine>>();
    let is_locked = engine.answer(LoadLock {}).await?.locked;
    while !is_locked && engine.answer(ListConnections {}).await?.list[0].state == ConnectionState::Opening {
        tokio::task::yield_now().await;
    }
    let vault = app.state::<Arc<LocalVault>>().opened().await.map(|vault| {
        json!({
            "endpoint": vault.endpoint_url,
            "region": vault.region,
            "access_key_id": vault.access_key_id,
            "secret_access_key": vault.secret_access_key,
            "session_token": vault.session_token,
        })
    });
    let mut out = std::io::stdout().lock();
    writeln!(out, "{}", json!({ "url": url, "vault": vault }))?;
    out.flush()?;
    Ok(())
}

/// A person who saves every file in this folder, under the name that is suggested, and opens `value.bin` there. A path
/// in the file `chosen` counts more.
struct SaveIn(PathBuf);

impl FilePicker for SaveIn {
    fn save_as(&self, _: &str, suggested_name: &str) -> BoxFuture<'_, Option<PathBuf>> {
        let chosen = std::fs::read_to_string(self.0.join("chosen"));
        let path = chosen.map_or_else(|_| self.0.join(suggested_name), PathBuf::from);
        Box::pin(async { Some(path) })
    }

    fn open(&self, _: &str) -> BoxFuture<'_, Option<PathBuf>> {
        self.save_as("", "value.bin")
    }
}

/// A person who agrees when the file `yes` lies in this folder; every question is noted in `asked`. The connections that a
/// journey adds are their own: they agree to those unless the file `no` lies there.
struct AnswersIn(PathBuf);

/// What the question about a new connection has on its button.
const CONNECT: &str = "Connect";

impl Confirmation for AnswersIn {
    fn ask(&self, question: Question) -> BoxFuture<'_, bool> {
        let is_own = question.verb == CONNECT && !self.0.join("no").exists();
        let agrees = is_own || self.0.join("yes").exists();
        let note = format!("{}\n{}\n", question.title, question.text);
        let noted = std::fs::create_dir_all(&self.0).and_then(|()| {
            let mut asked =
                std::fs::OpenOptions::new().create(true).append(true).open(self.0.join("asked"))?;
            asked.write_all(note.as_bytes())
        });
        noted.expect("the folder of the test can be written");
        Box::pin(async move { agrees })
    }
}

/// A browser that writes down, line by line, what it was to show; the test goes there.
struct NoteIn(PathBuf);

impl Browser for NoteIn {
    fn open(&self, url: &str) -> BoxFuture<'_, bool> {
        let noted = std::fs::OpenOptions::new()
            .create(true)
            .append(true)
            .open(&self.0)
            .and_then(|mut file| writeln!(file, "{url}"));
        Box::pin(async move { noted.is_ok() })
    }
}

async fn terminated() {
    let mut signal = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())
        .expect("a process can listen for SIGTERM");
    signal.recv().await;
}
