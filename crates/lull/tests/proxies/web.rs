//! One HTTP request at a time, over a connection of its own.
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use serde_json::Value;

/// How long an answer may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// What was answered.
#[derive(Debug)]
pub struct Heard {
    #[expect(dead_code, reason = "it is shown where an assertion fails")]
    pub asked: String,
    pub status: u16,
    pub head: String,
    pub body: String,
}

/// What is asked besides method and path.
#[derive(Clone, Copy, Default)]
pub struct More<'a> {
    pub headers: &'a [(&'a str, &'a str)],
    pub body: &'a str,
}

/// Asks, and reads to the end of the connection.
#[track_caller]
pub fn ask(address: SocketAddr, method: &str, path: &str, more: More<'_>) -> Heard {
    let mut stream = TcpStream::connect(address).unwrap_or_else(|error| panic!("{address}: {error}"));
    stream.set_read_timeout(Some(PATIENCE)).expect("it is more than nothing");
    let headers: String = more.headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
    let (length, body) = (more.body.len(), more.body);
    let sized = if method == "GET" { String::new() } else { format!("Content-Length: {length}\r\n") };
    let head =
        format!("{method} {path} HTTP/1.1\r\nHost: shop.example\r\nConnection: close\r\n{sized}{headers}\r\n{body}");
    // A proxy that has heard enough says so and hangs up.
    let _cut = stream.write_all(head.as_bytes());
    let mut bytes = Vec::new();
    let _reset = stream.read_to_end(&mut bytes);
    let text = String::from_utf8_lossy(&bytes).into_owned();
    let (head, body) = text.split_once("\r\n\r\n").unwrap_or((&text, ""));
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or(0);
    let (head, body) = (head.to_lowercase(), body.to_owned());
    Heard { asked: format!("{method} {path} at {address}"), status, head, body }
}

impl Heard {
    #[track_caller]
    pub fn is(self, status: u16) -> Heard {
        assert_eq!(self.status, status, "{self:#?}");
        self
    }

    /// It holds all of this.
    #[track_caller]
    pub fn says(self, words: &[&str]) -> Heard {
        for word in words {
            assert!(self.body.contains(word), "{word:?} is missing in {self:#?}");
        }
        self
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
    }

    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {self:#?}"))
    }
}
