//! The parts of a request's path that name things.
use axum::extract::{FromRequestParts, Path};
use axum::http::request::Parts;
use serde::de::DeserializeOwned;

use super::problem::Problem;

/// What the path names, in its order. A part that is no text names nothing.
pub struct Segment<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned + Send> FromRequestParts<S> for Segment<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &S) -> Result<Segment<T>, Problem> {
        match Path::from_request_parts(parts, app).await {
            Ok(Path(named)) => Ok(Segment(named)),
            Err(_) => Err(Problem::no_route()),
        }
    }
}
