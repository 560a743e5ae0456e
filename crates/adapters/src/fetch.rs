//! Fetches a text from an address that somebody else wrote down, and from nowhere inside.
//!
//! Names are looked up once for each connection, and what is not public is dropped there, so that a name cannot be one address
//! when it is looked at and another when it is connected to. Redirects are not followed, no proxy is asked, and what is too long
//! or too slow is cut off.
use std::error::Error;
use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use reqwest::header::{ACCEPT, ETAG, HeaderName, IF_MODIFIED_SINCE, IF_NONE_MATCH, LAST_MODIFIED};
use reqwest::redirect::Policy;
use reqwest::{Client, Response, StatusCode, Url};

mod network;
mod resolve;

pub use network::{Network, is_public};
pub use resolve::Lookup;

use resolve::{Guarded, Inside};

/// The longest body that is read, in bytes.
pub const LONGEST: usize = 5 * 1024 * 1024;
/// How long an address may be.
const URL_MAX: usize = 2_048;
/// How long a tag or a date may be that is kept.
const MARK_MAX: usize = 512;
/// How long it may take to connect.
const CONNECT_WITHIN: Duration = Duration::from_secs(5);
/// How long all of it may take.
const WITHIN: Duration = Duration::from_secs(20);
/// The ports of public servers.
const PORTS: [u16; 2] = [443, 8443];

/// Whoever fetches: he knows which networks inside he may go to.
#[derive(Clone)]
pub struct Fetcher {
    allow: Arc<[Network]>,
    lookup: Lookup,
    within: Duration,
}

/// What a server gave along with a text, to be shown to it next time.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Marks {
    /// The text's tag.
    pub etag: Option<String>,
    /// When it was changed.
    pub modified: Option<String>,
}

/// What was fetched.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Fetched {
    /// It is still as it was under these marks.
    Unchanged,
    /// This.
    Text(Vec<u8>, Marks),
}

/// Why nothing was fetched, in one sentence. Nothing of what the other side answered is in it but the status.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{0}")]
pub struct Unfetched(pub String);

impl fmt::Debug for Fetcher {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Fetcher").field("allow", &self.allow).finish_non_exhaustive()
    }
}

impl Default for Fetcher {
    fn default() -> Fetcher {
        Fetcher::new(Vec::new())
    }
}

impl Fetcher {
    /// One who may go to public servers, and to these networks: there by plain HTTP and at any port, too.
    pub fn new(allow: Vec<Network>) -> Fetcher {
        Fetcher { allow: allow.into(), lookup: resolve::system(), within: WITHIN }
    }

    /// The same, with names looked up by this.
    pub fn looking_up(self, lookup: Lookup) -> Fetcher {
        Fetcher { lookup, ..self }
    }

    /// The same, with so much time for all of it.
    pub fn within(self, within: Duration) -> Fetcher {
        Fetcher { within, ..self }
    }

    /// Fetches what is at this address, unless it is as it was under these marks.
    ///
    /// # Errors
    /// In words: what is odd about the address, or what its server did.
    pub async fn get(&self, url: &str, marks: &Marks) -> Result<Fetched, Unfetched> {
        let url = self.checked(url)?;
        let mut request = self.client(&url)?.get(url).header(ACCEPT, "text/calendar, */*;q=0.1");
        for (name, mark) in [(IF_NONE_MATCH, &marks.etag), (IF_MODIFIED_SINCE, &marks.modified)] {
            if let Some(mark) = mark {
                request = request.header(name, mark);
            }
        }
        let answer = request.send().await.map_err(|error| self.unreached(&error))?;
        match answer.status() {
            StatusCode::OK => {}
            StatusCode::NOT_MODIFIED => return Ok(Fetched::Unchanged),
            status if status.is_redirection() => {
                return Err(Unfetched(format!(
                    "It answers {}, a redirect, and those are not followed; give the address that it leads to",
                    status.as_u16()
                )));
            }
            status => return Err(Unfetched(format!("It answers {} instead of 200", status.as_u16()))),
        }
        let mark = |name: HeaderName| {
            let value = answer.headers().get(name)?.to_str().ok()?;
            Some(value.to_owned()).filter(|value| value.len() <= MARK_MAX)
        };
        let marks = Marks { etag: mark(ETAG), modified: mark(LAST_MODIFIED) };
        Ok(Fetched::Text(self.body(answer).await?, marks))
    }

    /// The address, where it is one that may be fetched from.
    fn checked(&self, text: &str) -> Result<Url, Unfetched> {
        let odd = |why: &str| Unfetched(why.to_owned());
        if text.len() > URL_MAX {
            return Err(odd("The address is longer than 2,048 characters"));
        }
        let url = Url::parse(text).map_err(|error| Unfetched(format!("This is no address: {error}")))?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(odd("The address does not begin with https://"));
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(odd("The address has a name or a password in it"));
        }
        let Some(host) = url.host_str() else { return Err(odd("The address names no host")) };
        // Whoever writes a number is not looked up.
        if let Ok(address) = host.trim_matches(['[', ']']).parse::<IpAddr>()
            && !self.guard(&url).lets_in(address)
        {
            return Err(Unfetched(Inside::at(&url).to_string()));
        }
        if url.scheme() == "http" && self.allow.is_empty() {
            return Err(odd("The address does not begin with https://"));
        }
        Ok(url)
    }

    fn guard(&self, url: &Url) -> Guarded {
        let is_as_public =
            url.scheme() == "https" && url.port_or_known_default().is_some_and(|port| PORTS.contains(&port));
        Guarded {
            allow: Arc::clone(&self.allow),
            lookup: Arc::clone(&self.lookup),
            public: is_as_public,
            inside: Inside::at(url),
        }
    }

    /// A client for this address alone.
    fn client(&self, url: &Url) -> Result<Client, Unfetched> {
        // Somebody else may have chosen a provider already; any will do.
        let _chosen = rustls::crypto::ring::default_provider().install_default();
        let mut client = Client::builder()
            .dns_resolver(Arc::new(self.guard(url)))
            .redirect(Policy::none())
            .no_proxy()
            .referer(false)
            .connect_timeout(CONNECT_WITHIN.min(self.within))
            .timeout(self.within)
            .user_agent(concat!("lull/", env!("CARGO_PKG_VERSION")));
        if url.scheme() == "http" {
            // A machine without certificates can still speak plain HTTP.
            client = client.tls_certs_only([]);
        }
        client.build().map_err(|error| Unfetched(format!("TLS cannot be set up: {}", innermost(&error))))
    }

    /// The body, as long as it is not too long.
    async fn body(&self, mut answer: Response) -> Result<Vec<u8>, Unfetched> {
        let too_long = || Unfetched("It is longer than 5 MiB".to_owned());
        if answer.content_length().is_some_and(|length| length > LONGEST as u64) {
            return Err(too_long());
        }
        let mut body = Vec::new();
        while let Some(part) = answer.chunk().await.map_err(|error| self.unreached(&error))? {
            if body.len() + part.len() > LONGEST {
                return Err(too_long());
            }
            body.extend_from_slice(&part);
        }
        Ok(body)
    }

    fn unreached(&self, error: &reqwest::Error) -> Unfetched {
        if let Some(inside) = causes(error).find_map(|cause| cause.downcast_ref::<Inside>()) {
            return Unfetched(inside.to_string());
        }
        if error.is_timeout() {
            return Unfetched(format!("It is not there within {} s", self.within.as_secs()));
        }
        Unfetched(format!("It cannot be reached: {}", innermost(error)))
    }
}

/// What an error says beneath all that stands around it.
fn innermost(error: &(dyn Error + 'static)) -> String {
    causes(error).last().unwrap_or(error).to_string()
}

/// An error, and what lies beneath it.
fn causes<'e>(error: &'e (dyn Error + 'static)) -> impl Iterator<Item = &'e (dyn Error + 'static)> {
    let mut next = Some(error);
    std::iter::from_fn(move || {
        let error = next?;
        next = error.source();
        Some(error)
    })
}
