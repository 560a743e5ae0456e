//! The log as it grows: server-sent events (HTML, 9.2), taken up again after the last one that was heard.
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream::BoxStream;
use reqwest::Method;
use reqwest::header::{ACCEPT, CONTENT_TYPE};
use tokio::time::{Instant, sleep_until, timeout_at};

use super::{Client, Error, pairs};
use crate::params::Listing;
use crate::views::Event;

/// An event is small; a line that grows beyond this is not ours.
const LINE_MAX: usize = 4 * 1024 * 1024;
/// How long to wait before asking a server again that could not be reached.
const AGAIN_AFTER: Duration = Duration::from_secs(1);

/// The log as it grows. A broken connection is taken up again by itself, after the last entry that was heard.
pub struct Events {
    client: Client,
    listing: Listing,
    last: Option<u64>,
    open: Option<Open>,
}

/// A connection, with what has been read of it and is not yet an event.
struct Open {
    bytes: BoxStream<'static, Result<Vec<u8>, Error>>,
    parser: Parser,
}

impl Events {
    pub(super) fn new(client: Client, listing: Listing) -> Self {
        Self { client, last: listing.after, listing, open: None }
    }

    /// The number of the last entry that was heard.
    pub fn last(&self) -> Option<u64> {
        self.last
    }

    /// The next entry; none when nothing happened for so long.
    ///
    /// # Errors
    /// The server cannot be reached, after a pause of at most a second, or refuses. Both may be asked again.
    pub async fn next(&mut self, within: Duration) -> Result<Option<Event>, Error> {
        let deadline = Instant::now() + within;
        match timeout_at(deadline, self.heard()).await {
            Err(_) => Ok(None),
            Ok(Ok(event)) => Ok(Some(event)),
            Ok(Err(error)) => {
                self.open = None;
                sleep_until(deadline.min(Instant::now() + AGAIN_AFTER)).await;
                Err(error)
            }
        }
    }

    /// May be dropped at any await: what was read is kept in `self`.
    async fn heard(&mut self) -> Result<Event, Error> {
        loop {
            if self.open.is_none() {
                self.open = Some(self.connected().await?);
            }
            let Some(open) = &mut self.open else { continue };
            if let Some(data) = open.parser.next() {
                let event: Event = self.client.parse(200, data.as_bytes())?;
                self.last = Some(event.seq);
                return Ok(event);
            }
            match open.bytes.next().await {
                Some(Ok(bytes)) if open.parser.feed(&bytes) => {}
                Some(Ok(_)) => return Err(self.client.unexpected(200, "a line without end".to_owned())),
                Some(Err(error)) => return Err(error),
                None => {
                    let why = "the server ended the stream of events".to_owned();
                    return Err(Error::Unreachable { url: self.client.url().to_owned(), why });
                }
            }
        }
    }

    async fn connected(&self) -> Result<Open, Error> {
        let path = ["api", "v1", "events"];
        let mut request = self.client.request(Method::GET, &path, &pairs(&self.listing));
        if let Some(last) = self.last {
            request = request.header("Last-Event-ID", last);
        }
        let answer = self.client.answer(request.header(ACCEPT, "text/event-stream")).await?;
        let kind = answer.headers().get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
        if !kind.starts_with("text/event-stream") {
            let why = format!("{kind:?} is no stream of events");
            return Err(self.client.unexpected(200, why));
        }
        let client = self.client.clone();
        let bytes = answer.bytes_stream().map(move |read| match read {
            Ok(bytes) => Ok(bytes.to_vec()),
            Err(error) => Err(client.unreachable(&error)),
        });
        Ok(Open { bytes: bytes.boxed(), parser: Parser::default() })
    }
}

/// The fields of a stream, of which only `data` matters: the number of an entry stands in it.
#[derive(Default)]
struct Parser {
    rest: Vec<u8>,
    data: String,
    ready: std::collections::VecDeque<String>,
}

impl Parser {
    /// Takes what came; false when a line has grown too long to be ours.
    fn feed(&mut self, bytes: &[u8]) -> bool {
        self.rest.extend_from_slice(bytes);
        while let Some(end) = self.rest.iter().position(|byte| *byte == b'\n') {
            let line: Vec<u8> = self.rest.drain(..=end).collect();
            self.line(String::from_utf8_lossy(&line).trim_end_matches(['\r', '\n']));
        }
        self.rest.len() <= LINE_MAX && self.data.len() <= LINE_MAX
    }

    fn line(&mut self, line: &str) {
        if line.is_empty() {
            if !self.data.is_empty() {
                self.ready.push_back(std::mem::take(&mut self.data));
            }
            return;
        }
        if let Some(value) = line.strip_prefix("data:") {
            if !self.data.is_empty() {
                self.data.push('\n');
            }
            self.data.push_str(value.strip_prefix(' ').unwrap_or(value));
        }
    }

    fn next(&mut self) -> Option<String> {
        self.ready.pop_front()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(chunks: &[&str]) -> Vec<String> {
        let mut parser = Parser::default();
        chunks.iter().for_each(|chunk| assert!(parser.feed(chunk.as_bytes())));
        std::iter::from_fn(|| parser.next()).collect()
    }

    #[test]
    fn events_are_found_wherever_the_network_cuts_them() {
        let whole = "id: 1\nevent: order\ndata: {\"a\":1}\n\n: still here\n\nid: 2\r\ndata: {\ndata: }\r\n\r\n";
        let expected = ["{\"a\":1}", "{\n}"];
        assert_eq!(parsed(&[whole]), expected);
        let bytes: Vec<&str> = whole.split_inclusive(|_| true).collect();
        assert_eq!(parsed(&bytes), expected);
    }

    #[test]
    fn half_an_event_is_none() {
        assert!(parsed(&["data: {}\n"]).is_empty());
    }

    #[test]
    fn a_line_without_end_is_refused() {
        let mut parser = Parser::default();
        assert!(!parser.feed(&vec![b'x'; LINE_MAX + 1]));
    }
}
