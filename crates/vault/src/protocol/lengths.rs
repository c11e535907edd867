//! Whether a request in chunks says its length too: then its end can be seen in two places.
//!
//! hyper drops the Content-Length of such a request, wherever it stands, and tells nobody. So the lines that begin like one
//! are counted as they are read. One that stands in a body counts too: then a request in chunks is refused that need not be.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

const LINE: &[u8] = b"\ncontent-length";

/// The lines of one connection that say a length.
#[derive(Debug, Clone, Default)]
pub struct Lengths {
    read: Arc<AtomicUsize>,
    known: Arc<AtomicUsize>,
}

impl Lengths {
    /// A request came that says its length.
    pub fn know(&self) {
        self.known.fetch_add(1, Ordering::SeqCst);
    }

    /// Whether more were read than are known of requests.
    pub fn are_hidden(&self) -> bool {
        self.read.load(Ordering::SeqCst) > self.known.load(Ordering::SeqCst)
    }
}

/// A stream whose lines are counted as they are read.
pub struct CountedStream<Stream> {
    stream: Stream,
    lengths: Lengths,
    /// How much of the beginning of such a line was read.
    matched: usize,
}

impl<Stream> CountedStream<Stream> {
    pub fn new(stream: Stream, lengths: Lengths) -> Self {
        Self { stream, lengths, matched: 0 }
    }

    fn count(&mut self, read: &[u8]) {
        for byte in read {
            self.matched = match byte.to_ascii_lowercase() {
                byte if byte == LINE[self.matched] => self.matched + 1,
                b'\n' => 1,
                _ => 0,
            };
            if self.matched == LINE.len() {
                self.lengths.read.fetch_add(1, Ordering::SeqCst);
                self.matched = 0;
            }
        }
    }
}

impl<Stream: AsyncRead + Unpin> AsyncRead for CountedStream<Stream> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        into: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = into.filled().len();
        ready!(Pin::new(&mut self.stream).poll_read(cx, into))?;
        self.count(into.filled().get(before..).unwrap_or_default());
        Poll::Ready(Ok(()))
    }
}

impl<Stream: AsyncWrite + Unpin> AsyncWrite for CountedStream<Stream> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(cx, bytes)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
