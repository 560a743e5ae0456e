//! The first listener, over real sockets: nobody who is slow, large, many or gone keeps others from being answered.
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::world::{PATIENCE, SHOP, World};
use crate::http::{Limits, router, serve};

const SHORT: Duration = Duration::from_millis(200);

struct Serving {
    world: World,
    address: SocketAddr,
    stop: watch::Sender<bool>,
    served: JoinHandle<()>,
}

/// Limits so wide that a test meets only the one that it sets.
fn wide() -> Limits {
    Limits {
        connections: 64,
        head_within: PATIENCE,
        head_within_crowded: PATIENCE,
        body_within: PATIENCE,
        stalled_for: PATIENCE,
    }
}

async fn serving(limits: Limits) -> Serving {
    let world = World::new().await;
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    let (stop, stopping) = watch::channel(false);
    let served = tokio::spawn(serve(listener, router(Arc::clone(&world.app)), limits, stopping));
    Serving { world, address, stop, served }
}

impl Serving {
    async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address).await.expect("the server listens")
    }

    /// What is answered to this, until the connection is closed.
    async fn says(&self, text: &str) -> String {
        let mut stream = self.connect().await;
        stream.write_all(text.as_bytes()).await.expect("it takes it");
        rest(&mut stream).await
    }

    async fn is_well(&self) {
        let said = self.says("GET /healthz HTTP/1.1\r\nhost: l\r\nconnection: close\r\n\r\n").await;
        assert!(said.starts_with("HTTP/1.1 200 OK"), "{said}");
    }

    /// The head of a request of the administrator's, up to its last line.
    fn head(&self, line: &str) -> String {
        format!("{line} HTTP/1.1\r\nhost: l\r\nauthorization: Bearer {}\r\n", self.world.admin)
    }
}

/// Everything that comes until the other side ends; what was reset has ended, too.
async fn rest(stream: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    let reading = tokio::time::timeout(PATIENCE, stream.read_to_end(&mut bytes));
    let _ = reading.await.expect("the server ends it");
    String::from_utf8_lossy(&bytes).into_owned()
}

#[tokio::test]
async fn a_head_that_does_not_come_to_its_end_is_not_waited_for() {
    let serving = serving(Limits { head_within: SHORT, ..wide() }).await;
    let mut silent = serving.connect().await;
    let mut slow = serving.connect().await;
    slow.write_all(b"GET /healthz HTTP/1.1\r\nhost: l\r\nx-a: b").await.expect("it takes it");
    // A new line now and then does not buy more time.
    let dripping = async {
        loop {
            if slow.write_all(b"\r\nx-b: c").await.is_err() {
                break;
            }
            if tokio::time::timeout(Duration::from_millis(20), slow.read(&mut [0; 64])).await.is_ok() {
                break;
            }
        }
    };
    tokio::time::timeout(PATIENCE, dripping).await.expect("the server ends it");
    assert_eq!(rest(&mut silent).await, "");
    let mut kept = serving.connect().await;
    kept.write_all(b"GET /healthz HTTP/1.1\r\nhost: l\r\n\r\n").await.expect("it takes it");
    assert!(rest(&mut kept).await.starts_with("HTTP/1.1 200 OK"), "and then it is closed, as nothing follows");
    serving.is_well().await;
}

#[tokio::test]
async fn a_body_that_does_not_come_is_not_waited_for() {
    let serving = serving(Limits { body_within: SHORT, ..wide() }).await;
    let head = serving.head("POST /api/v1/maintenances");
    let said = serving.says(&format!("{head}content-type: application/json\r\ncontent-length: 40\r\n\r\n{{")).await;
    assert!(said.starts_with("HTTP/1.1 408") && said.contains("/problems/unavailable"), "{said}");
    let keyed = format!("{head}content-type: application/json\r\nidempotency-key: k\r\ncontent-length: 40\r\n\r\n{{");
    assert!(serving.says(&keyed).await.starts_with("HTTP/1.1 408"));
    serving.is_well().await;
}

#[tokio::test]
async fn what_is_too_large_is_refused_by_its_size() {
    let serving = serving(wide()).await;
    let long = serving.head(&format!("GET /api/v1/targets?under={}", "a".repeat(9_000)));
    let said = serving.says(&format!("{long}connection: close\r\n\r\n")).await;
    assert!(said.starts_with("HTTP/1.1 414") && said.contains("/problems/too-large"), "{said}");
    let wide = format!("x-a: {}\r\n", "a".repeat(8_000)).repeat(5);
    let said = serving.says(&format!("{}{wide}connection: close\r\n\r\n", serving.head("GET /healthz"))).await;
    assert!(said.starts_with("HTTP/1.1 431") && said.contains("/problems/too-large"), "{said}");
    let many = "x-a: b\r\n".repeat(200);
    let said = serving.says(&format!("{}{many}\r\n", serving.head("GET /healthz"))).await;
    assert!(said.starts_with("HTTP/1.1 431"), "{said}");
    for odd in ["\0\0\0\r\n\r\n", "GET\r\n\r\n", "GET / HTTP/9.9\r\n\r\n", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"] {
        let said = serving.says(odd).await;
        assert!(said.is_empty() || said.starts_with("HTTP/1.1 4") || said.starts_with("HTTP/1.1 5"), "{odd:?}: {said}");
    }
    serving.is_well().await;
}

#[tokio::test]
async fn idle_connections_make_room_for_others() {
    let limits = Limits { connections: 8, head_within_crowded: SHORT, head_within: SHORT, ..wide() };
    let serving = serving(limits).await;
    let mut idle = Vec::new();
    for _ in 0..40 {
        idle.push(serving.connect().await);
    }
    serving.is_well().await;
    for mut one in idle {
        assert_eq!(rest(&mut one).await, "");
    }
}

#[tokio::test]
async fn who_does_not_read_the_log_is_let_go() {
    let serving = serving(Limits { stalled_for: SHORT, ..wide() }).await;
    let follower = tokio::net::TcpSocket::new_v4().expect("a socket");
    follower.set_recv_buffer_size(4_096).expect("a small one");
    let mut follower = follower.connect(serving.address).await.expect("the server listens");
    let head = serving.head("GET /api/v1/events?after=0");
    follower.write_all(format!("{head}accept: text/event-stream\r\n\r\n").as_bytes()).await.expect("it takes it");
    let id = serving.world.admin().maintenance(SHOP, serde_json::json!({"draft": true})).await;
    let one = format!("/api/v1/maintenances/{id}");
    let open = || crate::metrics::METRICS.connections.get();
    let telling = async {
        let mut n = 0;
        // What the system keeps for the two of them has to be full first.
        while open() > 0 || n == 0 {
            n += 1;
            let text = format!("{n} {}", "x".repeat(9_000));
            serving.world.admin().patch(&one, serde_json::json!({"description": text})).await.is(200);
        }
    };
    tokio::time::timeout(PATIENCE, telling).await.expect("it is let go");
    serving.is_well().await;
}

#[tokio::test]
async fn told_to_stop_it_ends_idle_connections_and_answers_what_is_under_way() {
    let serving = serving(wide()).await;
    let mut idle = serving.connect().await;
    let body = r#"{"path": "acme/new", "kind": "product"}"#;
    let head = serving.head("POST /api/v1/targets");
    let mut busy = serving.connect().await;
    let begun = format!(
        "{head}content-type: application/json\r\ncontent-length: {}\r\nexpect: 100-continue\r\n\r\n",
        body.len()
    );
    busy.write_all(begun.as_bytes()).await.expect("it takes it");
    let mut go_on = [0; 25];
    busy.read_exact(&mut go_on).await.expect("its body is waited for");
    assert!(go_on.starts_with(b"HTTP/1.1 100 Continue"));
    serving.stop.send(true).expect("it listens");
    assert_eq!(rest(&mut idle).await, "");
    busy.write_all(body.as_bytes()).await.expect("it takes it");
    assert!(rest(&mut busy).await.starts_with("HTTP/1.1 201 Created"));
    tokio::time::timeout(PATIENCE, serving.served).await.expect("it ends").expect("it does not panic");
    assert!(TcpStream::connect(serving.address).await.is_err());
}
