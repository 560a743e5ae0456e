//! Where an engine listens.

use std::fmt;
use std::path::Path;

use crate::Failure;

/// Where an engine listens.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Address {
    /// A socket on this host.
    Unix(String),
    /// A port, perhaps of another host, as `host:port`.
    Tcp(String),
}

impl Address {
    /// Reads `unix:///path`, `http://host:port` or `tcp://host:port`.
    pub(super) fn parse(url: &str) -> Result<Self, Failure> {
        match url.split_once("://") {
            Some(("unix", path)) if path.starts_with('/') => return Ok(Self::Unix(path.to_owned())),
            Some(("http" | "tcp", host)) => {
                let host = host.trim_end_matches('/');
                let port = host.rsplit_once(':').and_then(|(name, port)| (!name.is_empty()).then_some(port));
                if port.is_some_and(|port| port.parse::<u16>().is_ok()) {
                    return Ok(Self::Tcp(host.to_owned()));
                }
            }
            _ => {}
        }
        Err(Failure::ForGood(format!(
            "{url:?} is no address of an engine: use unix:///run/docker.sock, tcp://host:port or http://host:port"
        )))
    }

    /// The socket, where it is one on this host.
    pub(super) fn socket(&self) -> Option<&Path> {
        match self {
            Self::Unix(path) => Some(Path::new(path)),
            Self::Tcp(_) => None,
        }
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unix(path) => write!(f, "unix://{path}"),
            Self::Tcp(host) => write!(f, "tcp://{host}"),
        }
    }
}
