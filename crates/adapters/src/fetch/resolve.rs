//! Looks names up, and gives only addresses that may be connected to.
use std::fmt;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;

use reqwest::Url;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use super::network::{Network, is_public};

/// What a name is looked up by: all its addresses.
pub type Lookup = Arc<dyn Fn(String) -> Looking + Send + Sync>;
/// A name that is being looked up.
pub type Looking = Pin<Box<dyn Future<Output = io::Result<Vec<IpAddr>>> + Send>>;

/// Looks names up for one address, and drops what is inside.
#[derive(Clone)]
pub struct Guarded {
    pub allow: Arc<[Network]>,
    pub lookup: Lookup,
    /// Public servers may be connected to, not only the networks that are allowed.
    pub public: bool,
    pub inside: Inside,
}

/// Why nothing was connected to: what is behind a name may not be.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Inside {
    scheme: String,
    host: String,
    port: Option<u16>,
}

impl Inside {
    /// It is about this address.
    pub fn at(url: &Url) -> Inside {
        let host = url.host_str().unwrap_or_default().to_owned();
        Inside { scheme: url.scheme().to_owned(), host, port: url.port() }
    }
}

impl fmt::Display for Inside {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let how = match (self.scheme.as_str(), self.port) {
            ("https", None | Some(443 | 8443)) => String::new(),
            ("https", Some(port)) => format!(" at port {port}"),
            (_, _) => " without TLS".to_owned(),
        };
        write!(
            out,
            "Nothing is fetched from `{}`{how}: it is no public address, or none that may be asked so",
            self.host
        )
    }
}

impl std::error::Error for Inside {}

impl Guarded {
    /// Whether an address may be connected to.
    pub fn lets_in(&self, address: IpAddr) -> bool {
        self.public && is_public(address) || self.allow.iter().any(|network| network.holds(address))
    }
}

impl Resolve for Guarded {
    fn resolve(&self, name: Name) -> Resolving {
        let looking = (self.lookup)(name.as_str().to_owned());
        let guard = self.clone();
        Box::pin(async move {
            let mut found = looking.await?;
            found.retain(|address| guard.lets_in(*address));
            if found.is_empty() {
                return Err(guard.inside.into());
            }
            let addresses: Addrs = Box::new(found.into_iter().map(|address| SocketAddr::new(address, 0)));
            Ok(addresses)
        })
    }
}

/// As the system looks names up.
pub fn system() -> Lookup {
    Arc::new(|name| {
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            Ok(found.map(|address| address.ip()).collect())
        })
    })
}
