//! The body of a request that has to be there within its time.
use std::time::Duration;

use axum::BoxError;
use axum::body::{Body, Bytes, HttpBody as _};
use futures_util::{StreamExt, stream};
use hyper::body::Incoming;
use tokio::time::{Instant, timeout_at};

/// The body did not come within its time.
#[derive(Debug, thiserror::Error)]
#[error("the body did not come within {} s", .0.as_secs())]
pub struct TooSlow(Duration);

/// This body, which fails with [`TooSlow`] when it is not there within this time, counted from now.
pub fn timely(body: Incoming, within: Duration) -> Body {
    if body.is_end_stream() {
        return Body::empty();
    }
    let deadline = Instant::now() + within;
    let pieces = Body::new(body).into_data_stream();
    let pieces = stream::unfold(Some(pieces), move |pieces| async move {
        let mut pieces = pieces?;
        match timeout_at(deadline, pieces.next()).await {
            Ok(Some(Ok(piece))) => Some((Ok::<Bytes, BoxError>(piece), Some(pieces))),
            Ok(Some(Err(error))) => Some((Err(error.into()), None)),
            Ok(None) => None,
            Err(_) => Some((Err(TooSlow(within).into()), None)),
        }
    });
    Body::from_stream(pieces)
}
