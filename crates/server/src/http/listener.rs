//! The first listener: takes connections, and bounds what each may ask of the server in time, size and number.
//!
//! axum's own loop has no limit on how slowly a head may come. Here a connection that sends none within its time is closed,
//! whether it is new or kept alive; the fuller the server, the less time there is, so that idle ones make room for others.
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tower::Service as _;

use crate::metrics::METRICS;

mod body;
mod stream;

pub use body::TooSlow;

/// How many connections there are at most, where the system allows as many open files.
const CONNECTIONS_MAX: u64 = 16_384;
/// Files that are kept for the database, the adapters and whatever else is no connection.
const FILES_KEPT: u64 = 256;
/// How many bytes the head of a request may have before it is no longer read; what is answered in words has less.
const HEAD_READ_MAX: usize = 128 * 1024;
/// How many headers a request may have.
const HEADERS_MAX: usize = 100;
/// How long to wait where the system has no room for another connection.
const NO_ROOM: Duration = Duration::from_millis(100);

/// What connections may take.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// How many there are at most; whoever comes then waits to be let in.
    pub connections: usize,
    /// Within what time the head of a request is there, counted from the end of the one before.
    pub head_within: Duration,
    /// The same, where more than half of the connections are taken.
    pub head_within_crowded: Duration,
    /// Within what time a body is there.
    pub body_within: Duration,
    /// How long somebody may take nothing of what is sent to him.
    pub stalled_for: Duration,
}

impl Limits {
    /// The limits of a server, with as many connections as the system has room for. Asks it for all that it gives.
    pub fn of_system() -> Limits {
        let files = files();
        let connections = files.saturating_sub(FILES_KEPT).clamp(16, CONNECTIONS_MAX);
        Limits {
            connections: usize::try_from(connections).unwrap_or(usize::MAX),
            head_within: Duration::from_secs(30),
            head_within_crowded: Duration::from_secs(3),
            body_within: Duration::from_secs(20),
            stalled_for: Duration::from_secs(60),
        }
    }
}

/// How many files this process may have open.
fn files() -> u64 {
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    // None means that there is no limit.
    let all = maximum.unwrap_or(u64::MAX);
    if current.is_some_and(|current| current < all)
        && let Err(error) = setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum })
    {
        tracing::debug!(error = %error, "the system keeps its limit of open files");
        return current.unwrap_or(all);
    }
    all
}

/// Takes connections and answers on them until it is told to stop; then each ends with the answer that is under way.
pub async fn serve(listener: TcpListener, router: Router, limits: Limits, mut stopping: watch::Receiver<bool>) {
    let room = Arc::new(Semaphore::new(limits.connections));
    loop {
        let accepted = async {
            let permit = Arc::clone(&room).acquire_owned().await;
            (permit, listener.accept().await)
        };
        tokio::select! {
            (permit, accepted) = accepted => match (permit, accepted) {
                (Ok(permit), Ok((stream, _))) => {
                    let crowded = room.available_permits() < limits.connections / 2;
                    let connection = Connection { stream, limits, crowded, stopping: stopping.clone(), _permit: permit };
                    tokio::spawn(connection.answered(router.clone()));
                }
                (_, Err(error)) => {
                    tracing::warn!(error = %error, "a connection could not be taken");
                    tokio::time::sleep(NO_ROOM).await;
                }
                (Err(_), _) => return,
            },
            () = told(&mut stopping) => break,
        }
    }
    drop(listener);
    // All permits are back when all connections have ended.
    let _ = room.acquire_many(u32::try_from(limits.connections).unwrap_or(u32::MAX)).await;
}

/// Waits until the server is told to stop, or can no longer be.
async fn told(stopping: &mut watch::Receiver<bool>) {
    let _ = stopping.wait_for(|stop| *stop).await;
}

/// One connection.
struct Connection {
    stream: TcpStream,
    limits: Limits,
    crowded: bool,
    stopping: watch::Receiver<bool>,
    /// Gives its place back when it ends.
    _permit: OwnedSemaphorePermit,
}

impl Connection {
    async fn answered(self, router: Router) {
        let Connection { stream, limits, crowded, mut stopping, _permit } = self;
        METRICS.connections.inc();
        let _ = stream.set_nodelay(true);
        let head_within = if crowded { limits.head_within_crowded } else { limits.head_within };
        let mut http = http1::Builder::new();
        http.timer(TokioTimer::new()).header_read_timeout(head_within);
        http.max_buf_size(HEAD_READ_MAX).max_headers(HEADERS_MAX);
        let service = tower::service_fn(move |request: Request<Incoming>| {
            let request = request.map(|incoming| body::timely(incoming, limits.body_within));
            router.clone().call(request)
        });
        let stream = TokioIo::new(stream::Patient::new(stream, limits.stalled_for));
        let mut connection = std::pin::pin!(http.serve_connection(stream, TowerToHyperService::new(service)));
        let ended = tokio::select! {
            ended = connection.as_mut() => ended,
            () = told(&mut stopping) => {
                connection.as_mut().graceful_shutdown();
                connection.await
            }
        };
        METRICS.connections.dec();
        if let Err(error) = ended {
            // Whoever is on the other side did this, and has been told what could be told.
            tracing::debug!(error = %error, "a connection broke");
        }
    }
}
