//! Explains why a request is refused that is no HTTP, or whose head is too large.
//!
//! hyper refuses those by itself, with a status and an empty body, and calls nobody. No answer of ours is empty, so its
//! refusals are known on their way out, and get the body that every other error has.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::{Buf, Bytes};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use uuid::Uuid;

use super::http::{MEDIA_TYPE, REQUEST_ID};
use crate::fault::{Fault, FaultCode};

/// What hyper's refusals begin with, and what they and no others have.
const REFUSED: &[u8] = b"HTTP/1.1 4";
const EMPTY: &str = "\r\ncontent-length: 0\r\n";

/// A stream on which a refusal of hyper has a body.
pub struct ExplainedStream<Stream> {
    stream: Stream,
    /// What is left to send of a refusal.
    refusal: Bytes,
}

impl<Stream> ExplainedStream<Stream> {
    pub fn new(stream: Stream) -> Self {
        Self { stream, refusal: Bytes::new() }
    }
}

/// A refusal of hyper with its body; nothing if these bytes are none.
fn explained(written: &[u8]) -> Option<Bytes> {
    let head = std::str::from_utf8(written.starts_with(REFUSED).then_some(written)?).ok()?;
    let (first, rest) = head.split_once(EMPTY)?;
    let status = head.get("HTTP/1.1 ".len()..)?.split(' ').next()?;
    let fault = match status {
        "400" => Fault::new(FaultCode::SerializationException, "The request is not valid HTTP/1.1."),
        _ => Fault::new(
            FaultCode::RequestEntityTooLargeException,
            "The request has too many headers, or they or its URL are too long.",
        ),
    };
    let (request_id, body) = (Uuid::new_v4(), fault.to_json());
    tracing::info!(
        target: "latchkey_vault::call",
        operation = "Unknown",
        status,
        code = fault.code.as_str(),
        %request_id,
    );
    let length = body.len();
    let headers = format!(
        "\r\ncontent-length: {length}\r\ncontent-type: {MEDIA_TYPE}\r\n{REQUEST_ID}: {request_id}\r\n"
    );
    Some([first, &headers, rest, &body].concat().into())
}

impl<Stream: AsyncWrite + Unpin> ExplainedStream<Stream> {
    fn poll_refusal(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        while self.refusal.has_remaining() {
            match ready!(Pin::new(&mut self.stream).poll_write(cx, &self.refusal))? {
                0 => return Poll::Ready(Err(io::ErrorKind::WriteZero.into())),
                sent => self.refusal.advance(sent),
            }
        }
        Poll::Ready(Ok(()))
    }
}

impl<Stream: AsyncRead + Unpin> AsyncRead for ExplainedStream<Stream> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        into: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, into)
    }
}

impl<Stream: AsyncWrite + Unpin> AsyncWrite for ExplainedStream<Stream> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        if let Some(refusal) = explained(bytes) {
            self.refusal = refusal;
            return Poll::Ready(Ok(bytes.len()));
        }
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        // A refusal is one slice.
        if let [head] = bytes
            && let Some(refusal) = explained(head)
        {
            self.refusal = refusal;
            return Poll::Ready(Ok(head.len()));
        }
        Pin::new(&mut self.stream).poll_write_vectored(cx, bytes)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.poll_refusal(cx))?;
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.poll_refusal(cx))?;
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use tokio::io::{AsyncReadExt, AsyncWriteExt, duplex};

    use super::*;

    /// What a client gets that reads in small parts.
    async fn passed(written: &[u8]) -> String {
        let (mut client, stream) = duplex(8);
        let mut stream = ExplainedStream::new(stream);
        let mut read = String::new();
        let write = async {
            stream.write_all(written).await.unwrap();
            stream.shutdown().await.unwrap();
        };
        tokio::join!(write, async { client.read_to_string(&mut read).await.unwrap() });
        read
    }

    #[tokio::test]
    async fn only_what_is_refused_without_a_body_gets_one() {
        let refused = passed(b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\ndate: now\r\n\r\n").await;
        let (head, body) = refused.split_once("\r\n\r\n").unwrap();
        assert!(head.starts_with("HTTP/1.1 400 Bad Request\r\n") && head.contains("\r\ndate: now"), "{head}");
        assert!(head.contains(&format!("content-length: {}\r\n", body.len())), "{head}");
        assert!(body.contains("SerializationException"), "{body}");
        for other in [
            "HTTP/1.1 100 Continue\r\n\r\n",
            "HTTP/1.1 400 Bad Request\r\ncontent-length: 2\r\n\r\n{}",
            "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n",
            r#"{"SecretString":"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n"}"#,
        ] {
            assert_eq!(passed(other.as_bytes()).await, other);
        }
    }
}
