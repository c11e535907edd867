//! One connection: HTTP over a stream that ends at its age, when it has to leave, or when its client does not read.

use std::convert::Infallible;
use std::io;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::sync::{oneshot, watch};
use tokio::time::{Sleep, sleep, timeout};

use super::malformed::ExplainedStream;

/// How long a client may take to read the next part of an answer.
const WRITE_TIMEOUT: Duration = Duration::from_secs(30);
/// How long a connection may last. The answer under way at its end is still sent.
const AGE_TIMEOUT: Duration = Duration::from_secs(15 * 60);

/// The longest headers of a request, and what is read at once of its body.
const BUFFER_BYTES: usize = 64 * 1024;

/// What ends a connection from outside.
pub struct Ending {
    /// For a connection that came later.
    pub asked_to_leave: oneshot::Receiver<()>,
    /// The server stops: an answer under way is still sent.
    pub stopping: watch::Receiver<bool>,
}

/// Serves a connection up to its end. `read_timeout` is for the headers of a request and the wait for it.
pub async fn serve<Stream, Answer, Answering>(
    stream: Stream,
    answer: Answer,
    ending: Ending,
    read_timeout: Duration,
) where
    Stream: AsyncRead + AsyncWrite + Unpin,
    Answer: Fn(Request<Incoming>) -> Answering,
    Answering: Future<Output = Result<Response<Full<Bytes>>, Infallible>>,
{
    let Ending { asked_to_leave, mut stopping } = ending;
    let stream = TokioIo::new(TimedStream { stream: ExplainedStream::new(stream), waiting: None });
    let mut connection = pin!(
        http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(read_timeout)
            .max_buf_size(BUFFER_BYTES)
            .max_header_size(BUFFER_BYTES)
            .serve_connection(stream, service_fn(answer))
    );
    // Client disconnects are ignored; the request is in the log.
    tokio::select! {
        _ = connection.as_mut() => return,
        Ok(()) = asked_to_leave => return,
        _ = stopping.wait_for(|stopping| *stopping) => {}
        () = sleep(AGE_TIMEOUT) => {}
    }
    connection.as_mut().graceful_shutdown();
    let _ = timeout(read_timeout, connection).await;
}

/// A stream on which a write fails if its other end reads nothing for too long.
struct TimedStream<Stream> {
    stream: Stream,
    /// Since a write could not go on.
    waiting: Option<Pin<Box<Sleep>>>,
}

impl<Stream> TimedStream<Stream> {
    /// Passes on what a write came to, and counts the time while it waits.
    fn timed<T>(&mut self, cx: &mut Context<'_>, written: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        if written.is_ready() {
            self.waiting = None;
            return written;
        }
        let waiting = self.waiting.get_or_insert_with(|| Box::pin(sleep(WRITE_TIMEOUT)));
        ready!(waiting.as_mut().poll(cx));
        Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
    }
}

impl<Stream: AsyncRead + Unpin> AsyncRead for TimedStream<Stream> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        into: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, into)
    }
}

impl<Stream: AsyncWrite + Unpin> AsyncWrite for TimedStream<Stream> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(cx, bytes);
        self.timed(cx, written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write_vectored(cx, bytes);
        self.timed(cx, written)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let flushed = Pin::new(&mut self.stream).poll_flush(cx);
        self.timed(cx, flushed)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let shut = Pin::new(&mut self.stream).poll_shutdown(cx);
        self.timed(cx, shut)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex};
    use tokio::task::JoinHandle;
    use tokio::time::Instant;

    use super::*;

    const READ_TIMEOUT: Duration = Duration::from_secs(20);
    const REQUEST: &[u8] = b"GET / HTTP/1.1\r\nhost: localhost\r\n\r\n";

    struct Served {
        client: DuplexStream,
        leave: Option<oneshot::Sender<()>>,
        stop: watch::Sender<bool>,
        /// How long the connection lasted.
        lasting: JoinHandle<Duration>,
    }

    /// A connection whose answers have so many bytes; 1 KiB fits between server and client.
    fn serve_answers_of(bytes: usize) -> Served {
        let (client, stream) = duplex(1024);
        let (leave, asked_to_leave) = oneshot::channel();
        let (stop, stopping) = watch::channel(false);
        let answer = move |_: Request<Incoming>| async move {
            Ok::<_, Infallible>(Response::new(Full::new(Bytes::from(vec![b'x'; bytes]))))
        };
        let ending = Ending { asked_to_leave, stopping };
        let lasting = tokio::spawn(async move {
            let began = Instant::now();
            serve(stream, answer, ending, READ_TIMEOUT).await;
            began.elapsed()
        });
        Served { client, leave: Some(leave), stop, lasting }
    }

    /// Whether a request was answered with the one byte `x`.
    async fn is_answered(client: &mut DuplexStream) -> bool {
        if client.write_all(REQUEST).await.is_err() {
            return false;
        }
        let mut text = Vec::new();
        while !text.ends_with(b"\r\n\r\nx") {
            match client.read_u8().await {
                Ok(byte) => text.push(byte),
                Err(_) => return false,
            }
        }
        true
    }

    #[tokio::test(start_paused = true)]
    async fn a_client_that_does_not_read_its_answer_is_closed() {
        let mut served = serve_answers_of(1024 * 1024);
        served.client.write_all(REQUEST).await.unwrap();
        let lasted = served.lasting.await.unwrap();
        assert!((WRITE_TIMEOUT..WRITE_TIMEOUT * 2).contains(&lasted), "{lasted:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn a_client_that_reads_slowly_gets_its_whole_answer() {
        let mut served = serve_answers_of(16 * 1024);
        served.client.write_all(REQUEST).await.unwrap();
        let mut read = 0;
        while read < 16 * 1024 {
            sleep(WRITE_TIMEOUT / 2).await;
            read += served.client.read(&mut [0; 1024]).await.unwrap();
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_client_that_sends_nothing_is_closed() {
        let served = serve_answers_of(1);
        let lasted = served.lasting.await.unwrap();
        assert!((READ_TIMEOUT..READ_TIMEOUT * 2).contains(&lasted), "{lasted:?}");
        drop(served.client);
    }

    #[tokio::test(start_paused = true)]
    async fn a_connection_that_is_always_in_use_ends_at_its_age() {
        let mut served = serve_answers_of(1);
        while is_answered(&mut served.client).await {
            sleep(READ_TIMEOUT / 2).await;
        }
        let lasted = served.lasting.await.unwrap();
        assert!((AGE_TIMEOUT..AGE_TIMEOUT + READ_TIMEOUT * 2).contains(&lasted), "{lasted:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn a_connection_leaves_at_once_when_it_is_asked_to() {
        let mut served = serve_answers_of(1);
        assert!(is_answered(&mut served.client).await);
        served.leave.take().unwrap().send(()).unwrap();
        assert_eq!(served.lasting.await.unwrap(), Duration::ZERO);
    }

    #[tokio::test(start_paused = true)]
    async fn a_connection_at_rest_ends_at_once_when_the_server_stops() {
        let mut served = serve_answers_of(1);
        assert!(is_answered(&mut served.client).await);
        // It has signed: nobody asks it to leave any more.
        served.leave = None;
        tokio::task::yield_now().await;
        served.stop.send(true).unwrap();
        assert_eq!(served.lasting.await.unwrap(), Duration::ZERO);
    }
}
