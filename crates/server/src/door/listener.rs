//! A listener for the door alone: HTTP/1 and nothing around it.
//!
//! No client costs the others their answers: the connections are counted, whoever does not say in time what he asks is cut
//! off, and where there are too many, the one that has been idle longest makes room.
use std::collections::HashMap;
use std::convert::Infallible;
use std::io;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{self, Context, Poll};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use axum::http::Request;
use futures_util::future::{Either, ready};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime;
use tokio::sync::oneshot;
use tokio::task::AbortHandle;

use super::Door;

/// How many connections there are at most.
pub const CONNECTIONS_MAX: usize = 8_192;
/// How large the head of a request may be: larger than any proxy lets through.
const HEAD_MAX: usize = 64 * 1024;
/// How often idle connections are looked for.
const BEAT: Duration = Duration::from_secs(1);
/// After so many beats whoever has begun to ask, or has not yet, must have asked.
const ASKS_WITHIN: u64 = 10;
/// After so many beats without a question a connection is closed: later than any proxy does it by itself (Envoy after an
/// hour), as a question on its way to a closed connection would be one that nobody answers.
const IDLE_MAX: u64 = 3_900;
/// How long to wait where the system has no more connections to give.
const BREATH: Duration = Duration::from_millis(10);

/// While this is there, connections are answered.
struct Serving(Arc<Connections>);

impl Drop for Serving {
    fn drop(&mut self) {
        self.0.open().values().for_each(|connection| connection.task.abort());
    }
}

/// The connections there are.
#[derive(Default)]
struct Connections {
    open: Mutex<HashMap<u64, Connection>>,
}

/// One of them.
struct Connection {
    pulse: Arc<Pulse>,
    task: AbortHandle,
    /// How many it had asked when it was last looked at, and since which beat that is so.
    asked: u64,
    since: u64,
}

/// What a connection does, counted.
#[derive(Default)]
struct Pulse {
    asked: AtomicU64,
    read: AtomicU64,
    /// How much was read when it asked last.
    read_then: AtomicU64,
    /// It had its last answer.
    ends: AtomicBool,
}

/// A listener that is answered on a thread of its own, until this is dropped. Nothing that the API does keeps it waiting, and
/// no question is handed from thread to thread, which would cost more than to answer it.
pub struct Running {
    /// Taken only when it ends.
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Running {
    /// Begins to answer.
    ///
    /// # Errors
    /// The system gives no thread, or nothing to wait with.
    pub fn start(listener: TcpListener, door: Arc<Door>) -> io::Result<Running> {
        let listener = listener.into_std()?;
        // An answer is one packet: nothing is to be paced, which BBR would. Where this is refused, the system's own does.
        let _hint = rustix::net::sockopt::set_tcp_congestion(&listener, "reno");
        let runtime = runtime::Builder::new_current_thread().enable_all().build()?;
        let (stop, stopped) = oneshot::channel();
        let answering = async move {
            match TcpListener::from_std(listener) {
                Ok(listener) => tokio::select! {
                    () = serve(listener, door) => {}
                    _ = stopped => {}
                },
                Err(error) => tracing::error!(%error, "the gate cannot listen"),
            }
        };
        let thread = thread::Builder::new().name("gate".to_owned()).spawn(move || runtime.block_on(answering))?;
        Ok(Running { stop: Some(stop), thread: Some(thread) })
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.stop = None;
        if self.thread.take().is_some_and(|thread| thread.join().is_err()) {
            tracing::error!("the gate's thread ended in a panic");
        }
    }
}

/// Answers on this listener until the future is dropped.
pub async fn serve(listener: TcpListener, door: Arc<Door>) {
    let Serving(connections) = &Serving(Arc::default());
    let mut beats = tokio::time::interval(BEAT);
    let (mut beat, mut number) = (0, 0);
    loop {
        tokio::select! {
            _ = beats.tick() => {
                beat += 1;
                connections.sweep(beat);
            }
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => {
                    number += 1;
                    connections.admit(stream, &door, (number, beat));
                }
                Err(error) if is_the_clients(&error) => {}
                Err(error) => {
                    tracing::warn!(%error, "the gate cannot take another connection");
                    connections.make_room();
                    tokio::time::sleep(BREATH).await;
                }
            }
        }
    }
}

/// It hung up before it was let in.
fn is_the_clients(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset)
}

impl Connections {
    fn open(&self) -> MutexGuard<'_, HashMap<u64, Connection>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn admit(self: &Arc<Self>, stream: TcpStream, door: &Arc<Door>, (number, since): (u64, u64)) {
        if self.open().len() >= CONNECTIONS_MAX {
            self.make_room();
        }
        // Answers are small: one is not held back for the next.
        let _hint = stream.set_nodelay(true);
        let pulse = Arc::new(Pulse::default());
        let (counted, door) = (Arc::clone(&pulse), Arc::clone(door));
        let answers = service_fn(move |request: Request<Incoming>| {
            counted.asks();
            if let Some(answer) = door.lets_through(&request) {
                return Either::Left(ready(Ok::<_, Infallible>(answer)));
            }
            let door = Arc::clone(&door);
            // Boxed: all answers are moved as the largest is.
            Either::Right(Box::pin(async move { Ok(door.answer(&request).await) }))
        });
        let stream = TokioIo::new(Counted { stream, pulse: Arc::clone(&pulse) });
        let mut http = http1::Builder::new();
        let connection = http.max_buf_size(HEAD_MAX).writev(false).serve_connection(stream, answers);
        let connections = Arc::clone(self);
        let mut open = self.open();
        let task = tokio::spawn(async move {
            let leaves = Leaves { connections, number };
            // Whoever hangs up or writes no HTTP is gone, and nobody else's business.
            let _ended = connection.await;
            drop(leaves);
        });
        open.insert(number, Connection { pulse, task: task.abort_handle(), asked: 0, since });
    }

    /// Cuts off those that have not asked in time, and those that have been idle for long.
    fn sweep(&self, beat: u64) {
        for connection in self.open().values_mut() {
            let asked = connection.pulse.asked.load(Ordering::Relaxed);
            if asked != connection.asked {
                (connection.asked, connection.since) = (asked, beat);
                continue;
            }
            let patience = if connection.pulse.owes() { ASKS_WITHIN } else { IDLE_MAX };
            if beat - connection.since > patience {
                connection.task.abort();
            }
        }
    }

    /// Cuts off the one that has been idle longest; before all others those that never asked anything.
    fn make_room(&self) {
        let mut open = self.open();
        let rank = |number: &u64, it: &Connection| (it.pulse.asked.load(Ordering::Relaxed) > 0, it.since, *number);
        let idle = open.iter().min_by_key(|(number, connection)| rank(number, connection)).map(|(number, _)| *number);
        if let Some(gone) = idle.and_then(|number| open.remove(&number)) {
            gone.task.abort();
        }
    }
}

impl Pulse {
    /// The head of a request was read to its end.
    fn asks(&self) {
        add(&self.asked, 1);
        self.read_then.store(self.read.load(Ordering::Relaxed), Ordering::Relaxed);
    }

    /// It has not asked yet, has begun to ask again, or is to hang up.
    fn owes(&self) -> bool {
        self.asked.load(Ordering::Relaxed) == 0
            || self.ends.load(Ordering::Relaxed)
            || self.read.load(Ordering::Relaxed) != self.read_then.load(Ordering::Relaxed)
    }
}

/// Adds to what only one thread changes.
fn add(counted: &AtomicU64, more: u64) {
    counted.store(counted.load(Ordering::Relaxed) + more, Ordering::Relaxed);
}

/// Takes a connection out of the count when it ends, however it does.
struct Leaves {
    connections: Arc<Connections>,
    number: u64,
}

impl Drop for Leaves {
    fn drop(&mut self) {
        self.connections.open().remove(&self.number);
    }
}

/// A connection whose bytes are counted.
struct Counted {
    stream: TcpStream,
    pulse: Arc<Pulse>,
}

impl AsyncRead for Counted {
    fn poll_read(mut self: Pin<&mut Self>, context: &mut Context<'_>, into: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let before = into.filled().len();
        let polled = Pin::new(&mut self.stream).poll_read(context, into);
        let read = into.filled().len() - before;
        if read > 0 {
            add(&self.pulse.read, read as u64);
        }
        polled
    }
}

impl AsyncWrite for Counted {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(context, bytes)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    /// Ends our half, then hears the other out: a proxy that is still writing would lose our last word to a reset, take
    /// that for a failure, and let its client in.
    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        if !self.pulse.ends.load(Ordering::Relaxed) {
            task::ready!(Pin::new(&mut self.stream).poll_shutdown(context))?;
            self.pulse.ends.store(true, Ordering::Relaxed);
        }
        let mut unheard = [0; 4_096];
        loop {
            let mut into = ReadBuf::new(&mut unheard);
            match task::ready!(Pin::new(&mut self.stream).poll_read(context, &mut into)) {
                Ok(()) if !into.filled().is_empty() => {}
                _ => return Poll::Ready(Ok(())),
            }
        }
    }
}
