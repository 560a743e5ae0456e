//! A connection that ends when the other side takes nothing for too long: nobody follows the log who does not read it.
use std::io::{Error, ErrorKind, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::{Instant, Sleep, sleep};

/// A stream that is not patient for ever.
pub struct Patient {
    stream: TcpStream,
    stalled_for: Duration,
    /// Until when something must have been taken, while something waits to be.
    patience: Pin<Box<Sleep>>,
    waits: bool,
}

impl Patient {
    /// This stream, which fails where something waits to be taken for so long.
    pub fn new(stream: TcpStream, stalled_for: Duration) -> Patient {
        Patient { stream, stalled_for, patience: Box::pin(sleep(stalled_for)), waits: false }
    }

    /// What became of an attempt to send: if it has to wait, only as long as there is patience.
    fn bounded<T>(&mut self, cx: &mut Context<'_>, sent: Poll<Result<T, Error>>) -> Poll<Result<T, Error>> {
        if sent.is_ready() {
            self.waits = false;
            return sent;
        }
        if !self.waits {
            self.waits = true;
            self.patience.as_mut().reset(Instant::now() + self.stalled_for);
        }
        ready!(self.patience.as_mut().poll(cx));
        Poll::Ready(Err(Error::new(ErrorKind::TimedOut, "nothing was taken for too long")))
    }
}

impl AsyncRead for Patient {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, into: &mut ReadBuf<'_>) -> Poll<Result<(), Error>> {
        Pin::new(&mut self.stream).poll_read(cx, into)
    }
}

impl AsyncWrite for Patient {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, from: &[u8]) -> Poll<Result<usize, Error>> {
        let sent = Pin::new(&mut self.stream).poll_write(cx, from);
        self.bounded(cx, sent)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        from: &[IoSlice<'_>],
    ) -> Poll<Result<usize, Error>> {
        let sent = Pin::new(&mut self.stream).poll_write_vectored(cx, from);
        self.bounded(cx, sent)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), Error>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), Error>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
