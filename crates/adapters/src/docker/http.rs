//! One request to an engine: as much of HTTP as its API needs, with a limit on every answer.
//!
//! It speaks HTTP/1.0 (RFC 1945), so that each answer ends where its connection does; nothing is kept open, nothing is sent
//! twice, and what fails before the request was sent can be told from what fails after.

use std::io;

use serde::Deserialize;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpStream, UnixStream};

use super::address::Address;

const ANSWER_MAX: u64 = 16 * 1024 * 1024;
const MESSAGE_MAX: usize = 500;

/// What is asked.
pub(super) struct Request<'a> {
    /// GET or POST.
    pub method: &'a str,
    /// Path and query, encoded.
    pub path: &'a str,
    /// JSON, or nothing.
    pub body: &'a str,
}

/// Why there is no answer to work with.
#[derive(Debug, thiserror::Error)]
pub(super) enum Error {
    /// Nobody listens there; nothing was sent.
    #[error("nobody answers at {0}: {1}")]
    NotReached(String, io::Error),
    /// The engine said no.
    #[error("{message} ({status})")]
    Refused {
        /// The HTTP status.
        status: u16,
        /// The engine's own word.
        message: String,
    },
    /// The connection broke after the request was sent, at least in part.
    #[error("the connection to the engine broke: {0}")]
    Broken(io::Error),
    /// No answer within the time of the call.
    #[error("the engine did not answer in time")]
    TimedOut,
    /// An answer that is none.
    #[error("the engine's answer cannot be read: {0}")]
    Nonsense(String),
}

impl Error {
    /// Whether the engine does not know what was asked for.
    pub(super) fn is_not_found(&self) -> bool {
        matches!(self, Self::Refused { status: 404, .. })
    }
}

/// Sends the request and returns the body of the answer.
pub(super) async fn exchange(address: &Address, request: &Request<'_>) -> Result<Vec<u8>, Error> {
    let not_reached = |error| Error::NotReached(address.to_string(), error);
    let answer = match address {
        Address::Unix(path) => talk(UnixStream::connect(path).await.map_err(not_reached)?, "engine", request).await,
        Address::Tcp(host) => talk(TcpStream::connect(host).await.map_err(not_reached)?, host, request).await,
    };
    let answer = answer.map_err(Error::Broken)?;
    if answer.len() as u64 > ANSWER_MAX {
        return Err(Error::Nonsense(format!("it is longer than {ANSWER_MAX} bytes")));
    }
    if answer.is_empty() {
        return Err(Error::Broken(io::ErrorKind::UnexpectedEof.into()));
    }
    let (status, body) = split(&answer)?;
    match status {
        // 304: it is so already.
        200..300 | 304 => Ok(body.to_vec()),
        _ => Err(Error::Refused { status, message: message(body) }),
    }
}

/// One part of a path or query, with everything encoded that has a meaning there (RFC 3986, section 2).
pub(super) fn encode(part: &str) -> String {
    let mut encoded = String::with_capacity(part.len());
    for byte in part.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => encoded.push(byte.into()),
            _ => encoded.push_str(&format!("%{byte:02X}")),
        }
    }
    encoded
}

async fn talk(mut to: impl AsyncRead + AsyncWrite + Unpin, host: &str, request: &Request<'_>) -> io::Result<Vec<u8>> {
    let Request { method, path, body } = request;
    let head = format!(
        "{method} {path} HTTP/1.0\r\nHost: {host}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    to.write_all(format!("{head}{body}").as_bytes()).await?;
    to.flush().await?;
    let mut answer = Vec::new();
    to.take(ANSWER_MAX + 1).read_to_end(&mut answer).await?;
    Ok(answer)
}

fn split(answer: &[u8]) -> Result<(u16, &[u8]), Error> {
    let nonsense = || Error::Nonsense("it is not HTTP".to_owned());
    let end = answer.windows(4).position(|four| four == b"\r\n\r\n").ok_or_else(nonsense)?;
    let head = std::str::from_utf8(&answer[..end]).map_err(|_| nonsense())?;
    let body = &answer[end + 4..];
    let mut lines = head.split("\r\n");
    let status = lines.next().and_then(|line| line.split(' ').nth(1)?.parse().ok()).ok_or_else(nonsense)?;
    for (name, value) in lines.filter_map(|line| line.split_once(':')) {
        if name.eq_ignore_ascii_case("transfer-encoding") {
            return Err(Error::Nonsense("it comes in chunks, which HTTP/1.0 does not know".to_owned()));
        }
        if name.eq_ignore_ascii_case("content-length") && value.trim().parse() != Ok(body.len()) {
            return Err(Error::Broken(io::ErrorKind::UnexpectedEof.into()));
        }
    }
    Ok((status, body))
}

fn message(body: &[u8]) -> String {
    #[derive(Deserialize)]
    struct Message {
        message: String,
    }
    let text = serde_json::from_slice(body)
        .map_or_else(|_| String::from_utf8_lossy(body).into_owned(), |Message { message }| message);
    text.trim().chars().take(MESSAGE_MAX).collect()
}
