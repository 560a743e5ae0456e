//! What a proxy asks: which target, which action, and what its own client asked for.
use std::borrow::Cow;

use axum::http::{HeaderMap, HeaderName, Request};
use lull_domain::Action;
use lull_domain::estate::Estate;
use lull_domain::refusal::{Because, Refusal};

use super::health_paths;
use super::profile::{self, Profile};
use crate::http::{self, Problem};

/// A question of a proxy.
#[derive(Debug)]
pub struct Asked<'r> {
    /// Which proxy.
    pub profile: &'static Profile,
    /// The path of the target, as its configuration names it.
    pub target: Cow<'r, str>,
    /// What its client wants to do.
    pub action: Action,
    method: Kind,
    headers: &'r HeaderMap,
    /// Path and query of the client where they follow the name of the profile.
    appended: Option<(&'r str, &'r str)>,
}

/// What a method is for; the mildest first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum Kind {
    /// GET and HEAD.
    Looks,
    /// OPTIONS.
    Reads,
    /// All others.
    Writes,
}

impl<'r> Asked<'r> {
    /// What is asked. `rest` is what follows the name of the profile.
    pub fn of<B>(request: &'r Request<B>, profile: &'static Profile, rest: &'r str) -> Result<Asked<'r>, Problem> {
        let (headers, query) = (request.headers(), request.uri().query().unwrap_or_default());
        // What was appended is the client's, query and all.
        let appended = (profile.appends && !rest.is_empty()).then_some((rest, query));
        let method = method(request, profile.method.as_ref());
        let action = if appended.is_some() { None } else { action(query)? };
        let target = named(headers, query, profile)?;
        Ok(Asked { profile, target, action: action.unwrap_or(method.action()), method, headers, appended })
    }

    /// The client looks whether the target is healthy: exactly one of its health paths, byte by byte, without a query.
    pub fn looks_at_health(&self, estate: &Estate) -> bool {
        let uri = match self.appended {
            Some((path, query)) => Some(path).filter(|_| query.is_empty()),
            None => one(self.headers, &self.profile.uri),
        };
        let Some(uri) = uri.filter(|_| self.method == Kind::Looks) else { return false };
        health_paths(estate, &self.target).iter().any(|path| path == uri)
    }
}

impl Kind {
    fn of(method: &[u8]) -> Kind {
        match method {
            b"GET" | b"HEAD" => Kind::Looks,
            b"OPTIONS" => Kind::Reads,
            _ => Kind::Writes,
        }
    }

    const fn action(self) -> Action {
        match self {
            Kind::Looks | Kind::Reads => Action::RequestRead,
            Kind::Writes => Action::RequestWrite,
        }
    }
}

/// The method of the client: of the header that tells it, the least mild, so that one that a client adds makes it no milder;
/// without that header it may be any, so it counts as a write. A profile that has no such header keeps the method.
fn method<B>(request: &Request<B>, told: Option<&HeaderName>) -> Kind {
    let Some(name) = told else { return Kind::of(request.method().as_str().as_bytes()) };
    let told = request.headers().get_all(name).iter().map(|it| Kind::of(it.as_bytes())).max();
    told.unwrap_or(Kind::Writes)
}

/// The action of whoever was sent to the page: nginx says what his method was.
pub fn original_action<B>(request: &Request<B>) -> Action {
    let name = profile::ORIGINAL_METHOD;
    method(request, Some(&name).filter(|name| request.headers().contains_key(*name))).action()
}

/// The target: of the address that the proxy's configuration holds or, where the profile has that, of a header.
fn named<'r>(headers: &'r HeaderMap, query: &'r str, profile: &Profile) -> Result<Cow<'r, str>, Problem> {
    let in_query = target(query)?;
    let missing = || odd("The proxy does not say which target it stands before.");
    if !profile.appends {
        return in_query.ok_or_else(missing);
    }
    let mut in_headers = headers.get_all(profile::TARGET).iter();
    match (in_query, in_headers.next(), in_headers.next()) {
        (Some(target), None, _) => Ok(target),
        (None, Some(target), None) => {
            let target = target.to_str().map_err(|_| odd("The header `X-Lull-Target` is no text."))?;
            Ok(Cow::Borrowed(target))
        }
        (None, None, _) => Err(missing()),
        (Some(_), Some(_), _) => Err(odd("Both the address and the header `X-Lull-Target` name a target.")),
        (None, Some(_), Some(_)) => Err(odd("The header `X-Lull-Target` stands there twice.")),
    }
}

/// The target of a query, decoded once.
pub fn target(query: &str) -> Result<Option<Cow<'_, str>>, Problem> {
    let Some(text) = only(query, "target")? else { return Ok(None) };
    match decoded(text) {
        Some(target) => Ok(Some(target)),
        None => Err(odd("The target in the address is not written as addresses are.")),
    }
}

/// The action of a query.
pub fn action(query: &str) -> Result<Option<Action>, Problem> {
    Ok(only(query, "action")?.map(http::action).transpose()?)
}

/// The only value of a header.
fn one<'r>(headers: &'r HeaderMap, name: &HeaderName) -> Option<&'r str> {
    let mut values = headers.get_all(name).iter();
    let value = values.next()?.to_str().ok()?;
    values.next().is_none().then_some(value)
}

/// The value of this name in a query, where it stands there once.
fn only<'r>(query: &'r str, name: &str) -> Result<Option<&'r str>, Problem> {
    let mut found = None;
    for part in query.split('&') {
        let Some(value) = part.strip_prefix(name) else { continue };
        let value = match value.strip_prefix('=') {
            Some(value) => value,
            None if value.is_empty() => value,
            None => continue,
        };
        if found.replace(value).is_some() {
            return Err(odd(&format!("The address names `{name}` twice.")));
        }
    }
    Ok(found)
}

/// Percent-encoding undone, once.
fn decoded(text: &str) -> Option<Cow<'_, str>> {
    if !text.contains('%') {
        return Some(Cow::Borrowed(text));
    }
    let mut bytes = text.bytes();
    let mut plain = Vec::with_capacity(text.len());
    while let Some(byte) = bytes.next() {
        plain.push(match byte {
            b'%' => {
                let mut digit = || char::from(bytes.next()?).to_digit(16);
                let (high, low) = (digit()?, digit()?);
                u8::try_from(high * 16 + low).ok()?
            }
            byte => byte,
        });
    }
    String::from_utf8(plain).ok().map(Cow::Owned)
}

fn odd(detail: &str) -> Problem {
    let remedy = "Write `?target=` and the target's path into the proxy's configuration, once.";
    Refusal::new(Because::BadInput, detail, remedy).at("target").into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_target_is_decoded_once() {
        assert_eq!(decoded("acme%2Fprod%2fshop").as_deref(), Some("acme/prod/shop"));
        assert_eq!(decoded("a%252Fb").as_deref(), Some("a%2Fb"));
        for odd in ["%", "%2", "%zz", "%+1", "%ff"] {
            assert_eq!(decoded(odd), None, "{odd}");
        }
    }
}
