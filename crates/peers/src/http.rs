//! One HTTP request over a Unix socket: as much of HTTP as an engine needs.

use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result};

const ANSWER_WITHIN: Duration = Duration::from_secs(60);

/// What is asked.
pub(crate) struct Request<'a> {
    /// GET, POST or DELETE.
    pub method: &'a str,
    /// Path and query, without the version of the API.
    pub path: &'a str,
    /// The media type of the body.
    pub content_type: &'a str,
    /// The body, perhaps empty.
    pub body: &'a [u8],
}

/// Sends the request and returns status and body. Speaks HTTP/1.0, so that the answer ends where the connection does.
pub(crate) fn exchange(socket: &Path, request: &Request<'_>) -> Result<(u16, Vec<u8>)> {
    let mut stream = UnixStream::connect(socket).with_context(|| format!("connecting to {}", socket.display()))?;
    stream.set_read_timeout(Some(ANSWER_WITHIN))?;
    stream.set_write_timeout(Some(ANSWER_WITHIN))?;
    let Request { method, path, content_type, body } = request;
    let head = format!(
        "{method} /v1.41{path} HTTP/1.0\r\nHost: engine\r\nContent-Type: {content_type}\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes())?;
    stream.write_all(body)?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).with_context(|| format!("reading the answer to {method} {path}"))?;
    split(&answer).with_context(|| format!("the answer to {method} {path} is not HTTP"))
}

fn split(answer: &[u8]) -> Option<(u16, Vec<u8>)> {
    let end = answer.windows(4).position(|four| four == b"\r\n\r\n")?;
    let head = std::str::from_utf8(&answer[..end]).ok()?;
    let status = head.split(' ').nth(1)?.parse().ok()?;
    Some((status, answer[end + 4..].to_vec()))
}
