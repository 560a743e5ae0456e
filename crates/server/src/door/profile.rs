//! The proxies that ask, and how each is spoken to.
use axum::http::{HeaderName, StatusCode};

/// How a proxy asks, and what it makes of an answer.
#[derive(Debug)]
pub struct Profile {
    /// The word in the address.
    pub name: &'static str,
    /// The header with the method of its client; none where the question has that method itself.
    pub method: Option<HeaderName>,
    /// The header with the path and query of its client.
    pub uri: HeaderName,
    /// Its client's path may follow the name of the profile, and the target may stand in a header.
    pub appends: bool,
    /// What lets a request through.
    pub allows: StatusCode,
    /// What keeps it out; none for what the policy says.
    pub refuses: Option<StatusCode>,
    /// It passes our body on.
    pub has_body: bool,
}

/// What nginx and HAProxy are told to say.
pub const ORIGINAL_METHOD: HeaderName = HeaderName::from_static("x-original-method");
const ORIGINAL_URI: HeaderName = HeaderName::from_static("x-original-uri");
const FORWARDED_METHOD: HeaderName = HeaderName::from_static("x-forwarded-method");
const FORWARDED_URI: HeaderName = HeaderName::from_static("x-forwarded-uri");
/// The target, where the profile takes it from a header.
pub const TARGET: HeaderName = HeaderName::from_static("x-lull-target");

/// nginx turns everything but 2xx, 401 and 403 into 500, and asks for the page by itself. Envoy takes a 5xx for a failure of
/// ours, and a 204 for a refusal. The others pass on what they get.
static PROFILES: [Profile; 5] = [
    Profile {
        name: "nginx",
        method: Some(ORIGINAL_METHOD),
        uri: ORIGINAL_URI,
        appends: false,
        allows: StatusCode::NO_CONTENT,
        refuses: Some(StatusCode::FORBIDDEN),
        has_body: false,
    },
    forwarded("caddy"),
    forwarded("traefik"),
    Profile {
        name: "haproxy",
        method: Some(ORIGINAL_METHOD),
        uri: ORIGINAL_URI,
        appends: false,
        allows: StatusCode::NO_CONTENT,
        refuses: None,
        has_body: true,
    },
    Profile {
        name: "envoy-http",
        method: None,
        uri: ORIGINAL_URI,
        appends: true,
        allows: StatusCode::OK,
        refuses: Some(StatusCode::FORBIDDEN),
        has_body: true,
    },
];

/// Whoever asks for the page gets what the policy says.
pub static PAGE: Profile = Profile {
    name: "page",
    method: None,
    uri: ORIGINAL_URI,
    appends: false,
    allows: StatusCode::OK,
    refuses: None,
    has_body: true,
};

const fn forwarded(name: &'static str) -> Profile {
    Profile {
        name,
        method: Some(FORWARDED_METHOD),
        uri: FORWARDED_URI,
        appends: false,
        allows: StatusCode::NO_CONTENT,
        refuses: None,
        has_body: true,
    }
}

/// The profile of this name.
pub fn named(name: &str) -> Option<&'static Profile> {
    PROFILES.iter().find(|profile| profile.name == name)
}
