//! Fetching from real servers on this machine, and not from where it may not.
use std::io::ErrorKind;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use lull_adapters::fetch::{Fetched, Fetcher, LONGEST, Lookup, Marks, Network};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// A server that notes what it is asked and answers each as `answer` does.
struct Server {
    port: u16,
    asked: Arc<Mutex<Vec<String>>>,
    task: JoinHandle<()>,
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Server {
    async fn start<F>(answer: impl Fn(TcpStream, String) -> F + Send + Sync + 'static) -> Server
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a port");
        let port = listener.local_addr().expect("it is bound").port();
        let asked = Arc::new(Mutex::new(Vec::new()));
        let noted = Arc::clone(&asked);
        let task = tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let mut head = Vec::new();
                while !head.ends_with(b"\r\n\r\n") {
                    match stream.read_u8().await {
                        Ok(byte) => head.push(byte),
                        Err(_) => break,
                    }
                }
                let head = String::from_utf8_lossy(&head).into_owned();
                noted.lock().expect("nobody panics").push(head.clone());
                tokio::spawn(answer(stream, head));
            }
        });
        Server { port, asked, task }
    }

    /// One that always says this.
    async fn saying(text: &'static str) -> Server {
        Server::start(move |mut stream, _| async move {
            stream.write_all(text.as_bytes()).await.expect("it is read");
        })
        .await
    }

    fn url(&self) -> String {
        format!("http://127.0.0.1:{}/all.ics", self.port)
    }

    fn asked(&self) -> Vec<String> {
        self.asked.lock().expect("nobody panics").clone()
    }
}

fn local() -> Fetcher {
    Fetcher::new(vec!["127.0.0.1/32".parse::<Network>().expect("it is one")])
}

async fn refused(fetcher: &Fetcher, url: &str) -> String {
    fetcher.get(url, &Marks::default()).await.expect_err("it is refused").to_string()
}

#[tokio::test]
async fn a_text_comes_with_its_marks_and_is_asked_for_by_them() {
    let server = Server::start(|mut stream, head| async move {
        let answer = match head.to_ascii_lowercase().contains("if-none-match: \"7\"") {
            true => "HTTP/1.1 304 Not Modified\r\nContent-Length: 0\r\n\r\n",
            false => {
                "HTTP/1.1 200 OK\r\nETag: \"7\"\r\nLast-Modified: Sat, 21 Nov 2026 10:00:00 GMT\r\nContent-Length: 4\r\n\r\ntext"
            }
        };
        stream.write_all(answer.as_bytes()).await.expect("it is read");
    })
    .await;
    let fetched = local().get(&server.url(), &Marks::default()).await.expect("it is there");
    let marks = Marks { etag: Some("\"7\"".to_owned()), modified: Some("Sat, 21 Nov 2026 10:00:00 GMT".to_owned()) };
    assert_eq!(fetched, Fetched::Text(b"text".to_vec(), marks.clone()));
    assert_eq!(local().get(&server.url(), &marks).await, Ok(Fetched::Unchanged));
    assert!(server.asked()[1].to_ascii_lowercase().contains("if-modified-since: sat, 21 nov 2026 10:00:00 gmt"));
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let canary = Server::saying("HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nsecret").await;
    let to = canary.url();
    let server = Server::start(move |mut stream, _| {
        let answer = format!("HTTP/1.1 302 Found\r\nLocation: {to}\r\nContent-Length: 0\r\n\r\n");
        async move { stream.write_all(answer.as_bytes()).await.expect("it is read") }
    })
    .await;
    let why = refused(&local(), &server.url()).await;
    assert!(why.contains("302") && why.contains("not followed"), "{why}");
    assert!(canary.asked().is_empty());
}

#[tokio::test]
async fn what_is_inside_is_not_asked() {
    let canary = Server::saying("HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nsecret").await;
    let port = canary.port;
    let nobody = Fetcher::default();
    for host in ["127.0.0.1", "127.1", "0x7f.1", "2130706433", "0177.0.0.1", "[::ffff:127.0.0.1]", "[::1]", "localhost"]
    {
        for scheme in ["http", "https"] {
            let why = refused(&nobody, &format!("{scheme}://{host}:{port}/")).await;
            assert!(why.contains("no public address") || why.contains("https://"), "{scheme} {host}: {why}");
        }
    }
    for url in ["http://169.254.169.254/latest/meta-data/", "https://169.254.169.254/", "https://[64:ff9b::a9fe:a9fe]/"]
    {
        let why = refused(&local(), url).await;
        assert!(why.contains("no public address"), "{url}: {why}");
    }
    // The neighbour of what is allowed is not.
    assert!(refused(&local(), &format!("http://127.0.0.2:{port}/")).await.contains("no public address"));
    assert!(canary.asked().is_empty());
}

#[tokio::test]
async fn an_odd_address_is_named() {
    for (url, says) in [
        ("all.ics", "no address"),
        ("ftp://calendar.example/all.ics", "https://"),
        ("file:///etc/passwd", "https://"),
        ("https://ada:secret@calendar.example/", "name or a password"),
        ("http://calendar.example/", "https://"),
    ] {
        let why = refused(&Fetcher::default(), url).await;
        assert!(why.contains(says), "{url}: {why}");
    }
    assert!(refused(&local(), &format!("https://a.example/{}", "a".repeat(3_000))).await.contains("longer"));
}

/// A name that is public at first, and this machine from then on.
fn rebinding() -> (Lookup, Arc<AtomicUsize>) {
    let count = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&count);
    let lookup: Lookup = Arc::new(move |_| {
        let inside = counted.fetch_add(1, Ordering::SeqCst) > 0;
        let address = if inside { IpAddr::from([127, 0, 0, 1]) } else { IpAddr::from([8, 8, 8, 8]) };
        Box::pin(async move { Ok(vec![address]) })
    });
    (lookup, count)
}

#[tokio::test]
async fn a_name_that_changes_to_inside_is_not_connected_to() {
    let canary = Server::saying("HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nsecret").await;
    let (lookup, count) = rebinding();
    let first = lookup("rebind.example".to_owned()).await.expect("it answers");
    assert_eq!(first, [IpAddr::from([8, 8, 8, 8])], "whoever looks first sees a public server");
    let fetcher = Fetcher::default().looking_up(Arc::clone(&lookup));
    for url in [format!("https://rebind.example:{}/", canary.port), "https://rebind.example/".to_owned()] {
        let why = refused(&fetcher, &url).await;
        assert!(why.contains("`rebind.example`") && why.contains("no public address"), "{why}");
    }
    assert!(count.load(Ordering::SeqCst) > 1, "what it connects to is what was looked up then");
    assert!(canary.asked().is_empty());
}

#[tokio::test]
async fn of_several_addresses_only_those_that_may_be_are_tried() {
    let server = Server::saying("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\ntext").await;
    let both: Lookup = Arc::new(|_| Box::pin(async { Ok(vec![[127, 0, 0, 2].into(), [127, 0, 0, 1].into()]) }));
    let url = format!("http://mixed.example:{}/", server.port);
    let fetched = local().looking_up(both).get(&url, &Marks::default()).await.expect("one of them may be asked");
    assert!(matches!(fetched, Fetched::Text(text, _) if text == b"text"));
    let public: Lookup = Arc::new(|_| Box::pin(async { Ok(vec![[8, 8, 8, 8].into()]) }));
    let plain = refused(&local().looking_up(public), "http://public.example/").await;
    assert!(plain.contains("without TLS"), "plain HTTP is for the networks that are allowed: {plain}");
}

#[tokio::test]
async fn a_body_without_end_is_cut() {
    let sent = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&sent);
    let server = Server::start(move |mut stream, _| {
        let sent = Arc::clone(&counted);
        async move {
            let part = vec![b'x'; 64 * 1024];
            stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await.expect("it is read");
            // 50 MB, until nobody reads any more.
            while sent.load(Ordering::SeqCst) < 50_000_000 {
                match stream.write_all(&part).await {
                    Ok(()) => sent.fetch_add(part.len(), Ordering::SeqCst),
                    Err(error) => {
                        assert!(matches!(error.kind(), ErrorKind::BrokenPipe | ErrorKind::ConnectionReset), "{error}");
                        return;
                    }
                };
            }
        }
    })
    .await;
    assert_eq!(refused(&local(), &server.url()).await, "It is longer than 5 MiB");
    assert!(sent.load(Ordering::SeqCst) < 50_000_000, "the rest was not read");
    let told = Server::saying("HTTP/1.1 200 OK\r\nContent-Length: 50000000\r\n\r\nx").await;
    assert_eq!(refused(&local(), &told.url()).await, "It is longer than 5 MiB");
    assert_eq!(LONGEST, 5 * 1024 * 1024);
}

#[tokio::test]
async fn a_slow_server_is_not_waited_for_without_end() {
    let silent = Server::start(|stream, _| async move {
        let _held = stream;
        std::future::pending::<()>().await;
    })
    .await;
    let dripping = Server::start(|mut stream, _| async move {
        stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nx").await.expect("it is read");
        std::future::pending::<()>().await;
    })
    .await;
    let hasty = local().within(Duration::from_millis(300));
    for server in [silent, dripping] {
        let why = refused(&hasty, &server.url()).await;
        assert!(why.contains("not there within"), "{why}");
    }
}

#[tokio::test]
async fn what_answers_otherwise_is_told_by_its_status_alone() {
    let server = Server::saying("HTTP/1.1 403 Forbidden\r\nContent-Length: 6\r\n\r\nsecret").await;
    assert_eq!(refused(&local(), &server.url()).await, "It answers 403 instead of 200");
    let gone = server.url();
    drop(server);
    let nobody = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a port").local_addr().expect("bound").port();
    let why = refused(&local(), &format!("http://127.0.0.1:{nobody}/")).await;
    assert!(why.starts_with("It cannot be reached: "), "{gone}: {why}");
}
