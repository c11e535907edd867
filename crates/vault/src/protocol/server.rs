//! The port: loopback only, so many connections at once, each with its time-outs.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use rand::rngs::SysError;
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};
use tokio::task::JoinHandle;

use super::http::{Context, answer};
use crate::credentials::{Callers, Credentials, TemporaryCredentials};
use crate::fault::{Fault, FaultCode};
use crate::rotator::Rotator;
use crate::vault::Vault;

/// How long an ending server waits for requests under way.
const STOP_GRACE: Duration = Duration::from_secs(5);
/// Between two tries to accept, when the system has no more file descriptors.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// The limits of one server.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    pub connections: usize,
    /// For the headers of a request, the wait for the next request included, and then for its body.
    pub read_timeout: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self { connections: 128, read_timeout: Duration::from_secs(30) }
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

/// A running server, which also rotates the secrets of its vault. Dropping it stops it at once; [`stop`](Self::stop) lets requests under way end.
#[derive(Debug)]
pub struct Server {
    address: SocketAddr,
    callers: Arc<Callers>,
    rotator: Arc<Rotator>,
    stop: Option<oneshot::Sender<()>>,
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
        let rotating = tokio::spawn(rotator.clone().run());
        let context = Context { vault, callers: callers.clone(), body_timeout: limits.read_timeout };
        let (stop, stopped) = oneshot::channel();
        let running = tokio::spawn(accept(listener, context, limits, stopped));
        Ok(Self { address, callers, rotator, stop: Some(stop), running, rotating })
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

    /// Takes no more requests, lets those under way end, and closes the port.
    pub async fn stop(mut self) {
        self.rotating.abort();
        if let Some(stop) = self.stop.take() {
            let _ = stop.send(());
        }
        let _ = (&mut self.running).await;
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.running.abort();
        self.rotating.abort();
    }
}

async fn accept(listener: TcpListener, context: Context, limits: Limits, mut stopped: oneshot::Receiver<()>) {
    let places = Arc::new(Semaphore::new(limits.connections));
    let ending = GracefulShutdown::new();
    loop {
        let stream = tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => stream,
                Err(error) => {
                    tracing::warn!(%error, "a connection could not be accepted");
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                    continue;
                }
            },
            _ = &mut stopped => break,
        };
        match places.clone().try_acquire_owned() {
            Ok(place) => serve(stream, place, &context, limits, &ending),
            Err(_) => turn_away(stream, limits.connections).await,
        }
    }
    drop(listener);
    let _ = tokio::time::timeout(STOP_GRACE, ending.shutdown()).await;
}

fn serve(
    stream: TcpStream,
    place: OwnedSemaphorePermit,
    context: &Context,
    limits: Limits,
    ending: &GracefulShutdown,
) {
    let context = context.clone();
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(limits.read_timeout)
        .serve_connection(TokioIo::new(stream), service_fn(move |request| answer(context.clone(), request)));
    let connection = ending.watch(connection);
    tokio::spawn(async move {
        // Client disconnects are ignored; the request is in the log.
        let _ = connection.await;
        drop(place);
    });
}

/// The answer fits the socket's buffer, so nobody can make this wait.
async fn turn_away(mut stream: TcpStream, cap: usize) {
    let message =
        format!("The vault serves at most {cap} connections at a time. Close some, then try again.");
    let fault = Fault::new(FaultCode::ServiceUnavailableException, message);
    let body = fault.to_json();
    let head = format!(
        "HTTP/1.1 503 Service Unavailable\r\nContent-Type: application/x-amz-json-1.1\r\n\
         x-amzn-RequestId: {}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
        uuid::Uuid::new_v4(),
        body.len()
    );
    let _ = stream.write_all((head + &body).as_bytes()).await;
    let _ = stream.shutdown().await;
}
