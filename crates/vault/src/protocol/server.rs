//! The port: loopback only, so many connections at once, all of which end with it.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use rand::rngs::SysError;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::{JoinHandle, JoinSet};

use super::connection::{Ending, serve};
use super::http::{Context, answer};
use super::lengths::{CountedStream, Lengths};
use super::places::Places;
use crate::credentials::{Callers, Credentials, TemporaryCredentials};
use crate::rotator::Rotator;
use crate::vault::Vault;

/// How long an ending server waits for the answers under way.
const STOP_TIMEOUT: Duration = Duration::from_millis(500);
const READ_TIMEOUT: Duration = Duration::from_secs(30);
/// Between two tries to accept, when the system has no more file descriptors.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// The limits of one server.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// That have signed a request.
    pub connections: usize,
    /// That have not signed yet. Above it the oldest of them is closed, those first that claim no signature.
    pub unsigned: usize,
    /// For the headers of a request, the wait for the next request included, and then for its body.
    pub read_timeout: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self { connections: 128, unsigned: 64, read_timeout: READ_TIMEOUT }
    }
}

/// Why a port could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    #[error("{address} is not an address of this machine's loopback. Use 127.0.0.1 or [::1].")]
    NotLoopback { address: SocketAddr },
    #[error("Cannot listen on {address}: {source}. Choose another port, or 0 for any.")]
    Listen { address: SocketAddr, source: std::io::Error },
}

/// A running server, which also rotates the secrets of its vault. Dropping it stops it at once; [`stop`](Self::stop)
/// sends the answers under way.
#[derive(Debug)]
pub struct Server {
    address: SocketAddr,
    callers: Arc<Callers>,
    rotator: Arc<Rotator>,
    stop: watch::Sender<bool>,
    running: JoinHandle<()>,
    rotating: JoinHandle<()>,
}

impl Server {
    /// Answers on `listen` (port 0: any free one) to those who sign with `credentials`.
    pub async fn start(
        vault: Arc<Vault>,
        listen: SocketAddr,
        credentials: Credentials,
    ) -> Result<Self, ServeError> {
        Self::start_with(vault, listen, credentials, Limits::default()).await
    }

    /// [`start`](Self::start) with limits of one's own.
    pub async fn start_with(
        vault: Arc<Vault>,
        listen: SocketAddr,
        credentials: Credentials,
        limits: Limits,
    ) -> Result<Self, ServeError> {
        if !listen.ip().is_loopback() {
            return Err(ServeError::NotLoopback { address: listen });
        }
        let failed = |source| ServeError::Listen { address: listen, source };
        let listener = TcpListener::bind(listen).await.map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        let callers = Arc::new(Callers::new(credentials));
        let rotator = Arc::new(Rotator::new(vault.clone(), callers.clone(), format!("http://{address}")));
        let (stop, stopping) = watch::channel(false);
        let rotating = tokio::spawn(rotator.clone().run(stopping.clone()));
        let context = Context {
            vault,
            callers: callers.clone(),
            body_timeout: limits.read_timeout,
            stopping: stopping.clone(),
        };
        let running = tokio::spawn(accept(listener, context, limits, stopping));
        Ok(Self { address, callers, rotator, stop, running, rotating })
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// `http://127.0.0.1:PORT`.
    pub fn endpoint(&self) -> String {
        format!("http://{}", self.address)
    }

    /// A key pair with a session token, for as long as `lifetime` and this server last.
    pub fn issue_temporary(&self, lifetime: Duration) -> Result<TemporaryCredentials, SysError> {
        self.callers.issue(lifetime)
    }

    /// Rotates what is due by the vault's clock and waits until nothing is under way. The server does so by itself; this
    /// is for those who move the clock.
    pub async fn rotate_due(&self) {
        self.rotator.rotate_due().await;
    }

    /// Begins no more requests, sends the answers under way, and closes the port and every connection within a second.
    pub async fn stop(mut self) {
        self.stop.send_replace(true);
        let _ = tokio::join!(&mut self.running, &mut self.rotating);
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.running.abort();
        self.rotating.abort();
    }
}

/// Serves who connects until the server stops; then ends every connection. Dropping it does so at once.
async fn accept(
    listener: TcpListener,
    context: Context,
    limits: Limits,
    mut stopping: watch::Receiver<bool>,
) {
    let places = Places::new(limits.connections, limits.unsigned);
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => {
                    let (place, asked_to_leave) = places.enter();
                    let (context, place) = (context.clone(), Arc::new(place));
                    let ending = Ending { asked_to_leave, stopping: stopping.clone() };
                    let lengths = Lengths::default();
                    let stream = CountedStream::new(stream, lengths.clone());
                    let answer =
                        move |request| answer(context.clone(), place.clone(), lengths.clone(), request);
                    connections.spawn(serve(stream, answer, ending, limits.read_timeout));
                }
                Err(error) => {
                    tracing::warn!(%error, "a connection could not be accepted");
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                }
            },
            Some(_) = connections.join_next() => {}
            () = async { let _ = stopping.wait_for(|stopping| *stopping).await; } => break,
        }
    }
    drop(listener);
    let ending = async { while connections.join_next().await.is_some() {} };
    let _ = tokio::time::timeout(STOP_TIMEOUT, ending).await;
    connections.shutdown().await;
}
