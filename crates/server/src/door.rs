//! The door: what proxies and visitors ask of the gate, without a token and with nothing of the API around it.
//!
//! One plain function answers, [`Door::answer`]. It is called by a listener of its own ([`listener`]), and by the API's
//! where there is none. Whoever may pass is let through from memory; only who is refused and shows a token or a pass is
//! looked up.
use std::borrow::Cow;
use std::sync::Arc;

use arc_swap::ArcSwap;
use axum::body::Bytes;
use axum::http::{HeaderMap, Method, Request, Response, StatusCode};
use http_body_util::Full;
use lull_domain::Action;
use lull_domain::estate::Estate;
use lull_domain::id::TargetId;
use lull_domain::path::Path;
use lull_gate::{Epoch, Question, Snapshot, decide};

use crate::core::Core;
use crate::http::Problem;

mod asked;
mod bearer;
mod link;
pub mod listener;
mod page;
mod profile;
mod reply;
mod text;

use asked::Asked;
use bearer::Bearers;
use reply::Reply;

/// What the door answers.
pub type Answer = Response<Full<Bytes>>;

/// What is asked by proxies and visitors.
pub struct Door {
    core: Arc<Core>,
    bearers: Bearers,
    /// A number by chance, so that a crowd that is sent away does not come back in one second.
    chance: fn() -> u32,
    /// The headers that an answer has at least, made once for each epoch.
    headers: ArcSwap<(Epoch, HeaderMap)>,
}

/// What is asked of the door, by its path.
enum Place<'r> {
    /// A proxy's question; what stands after the name of its profile.
    Gate(&'static profile::Profile, &'r str),
    /// The page that visitors get.
    Page,
    /// Whether it is in maintenance, for that page.
    Status,
    /// The link of a pass, with its secret.
    Pass(&'r str),
}

impl Door {
    /// The door of this gate.
    pub fn new(core: Arc<Core>) -> Door {
        Door::with_chance(core, rand::random::<u32>)
    }

    /// The same, with numbers that come by another chance.
    pub fn with_chance(core: Arc<Core>, chance: fn() -> u32) -> Door {
        let headers = ArcSwap::from_pointee((Epoch(0), reply::headers(Epoch(0))));
        Door { core, bearers: Bearers::default(), chance, headers }
    }

    /// Whether this path is the door's.
    pub fn knows(path: &str) -> bool {
        path.starts_with("/gate/") || path.starts_with("/__lull/")
    }

    /// Lets a proxy's client through, where nothing keeps him out: what is asked most, answered without a look at who he is.
    pub fn lets_through<B>(&self, request: &Request<B>) -> Option<Answer> {
        let Some(Place::Gate(profile, rest)) = place(request.uri().path()) else { return None };
        let asked = self.asked(request, profile, rest).ok()?;
        let allowed = self.allowed(&asked, &[])?;
        self.core.traffic.count(&asked.target);
        Some(allowed)
    }

    /// Answers a request, whatever its method; its body is not read.
    pub async fn answer<B>(&self, request: &Request<B>) -> Answer {
        let Some(place) = place(request.uri().path()) else { return reply::problem(&Problem::no_route()) };
        let answered = match place {
            Place::Gate(profile, rest) => self.forward(request, profile, rest).await,
            Place::Page => self.page(request),
            Place::Status => self.status(request),
            Place::Pass(secret) => Ok(self.open(request.method(), secret).await),
        };
        let mut answer = answered.unwrap_or_else(|problem| reply::problem(&problem));
        // On whatever we say, so that it is told from what says that we are down.
        let epoch = || self.core.gate.snapshot().epoch.0.into();
        answer.headers_mut().entry(reply::EPOCH).or_insert_with(epoch);
        answer
    }

    /// What a proxy gets: decided without roles first, which needs no I/O, and most often is the end of it.
    async fn forward<B>(
        &self,
        request: &Request<B>,
        profile: &'static profile::Profile,
        rest: &str,
    ) -> Result<Answer, Problem> {
        let asked = self.asked(request, profile, rest)?;
        self.core.traffic.count(&asked.target);
        if let Some(allowed) = self.allowed(&asked, &[]) {
            return Ok(allowed);
        }
        if asked.looks_at_health(&self.core.estate()) {
            return Ok(self.told(asked.profile.allows, self.core.gate.snapshot().epoch));
        }
        let roles = self.bearers.roles(&self.core, request.headers(), &asked.target).await;
        let roles: Vec<&str> = roles.iter().map(AsRef::as_ref).collect();
        Ok(match self.allowed(&asked, &roles) {
            Some(allowed) => allowed,
            None => self.refused(&asked, &roles, reply::wants_json(request.headers())),
        })
    }

    /// What a proxy asks, of the path that its target has now.
    fn asked<'r, B>(
        &self,
        request: &'r Request<B>,
        profile: &'static profile::Profile,
        rest: &'r str,
    ) -> Result<Asked<'r>, Problem> {
        let mut asked = Asked::of(request, profile, rest)?;
        asked.target = self.named(asked.target)?;
        Ok(asked)
    }

    /// The way is free; none where it is not.
    fn allowed(&self, asked: &Asked<'_>, roles: &[&str]) -> Option<Answer> {
        let snapshot = self.core.gate.snapshot();
        let question =
            Question { target: &asked.target, action: asked.action, roles, at: self.core.clock.time(), lasts: None };
        let decision = decide(&snapshot, &question);
        if decision.answer > lull_gate::Answer::Warn {
            return None;
        }
        let mut answer = self.told(asked.profile.allows, decision.epoch);
        reply::notice(&mut answer, &decision, asked.action);
        Some(answer)
    }

    /// An answer without a body, with the epoch that it holds for.
    fn told(&self, status: StatusCode, epoch: Epoch) -> Answer {
        let mut answer = Response::new(Full::default());
        *answer.status_mut() = status;
        *answer.headers_mut() = self.headers(epoch);
        answer
    }

    fn headers(&self, epoch: Epoch) -> HeaderMap {
        let last = self.headers.load();
        if last.0 == epoch {
            return last.1.clone();
        }
        let headers = reply::headers(epoch);
        self.headers.store(Arc::new((epoch, headers.clone())));
        headers
    }

    /// The way is closed: what the proxy passes on.
    fn refused(&self, asked: &Asked<'_>, roles: &[&str], json: bool) -> Answer {
        let snapshot = self.core.gate.snapshot();
        let mut reply = self.reply(&snapshot, (&asked.target, asked.action), roles);
        reply.json = json;
        let mut answer = self.told(StatusCode::FORBIDDEN, snapshot.epoch);
        reply.refuse(&mut answer, asked.profile);
        answer
    }

    /// The page for whoever is kept out, and for nginx, which cannot pass ours on.
    fn page<B>(&self, request: &Request<B>) -> Result<Answer, Problem> {
        let (target, action) = self.visited(request)?;
        let snapshot = self.core.gate.snapshot();
        let action = action.unwrap_or_else(|| asked::original_action(request));
        let mut reply = self.reply(&snapshot, (&target, action), &[]);
        reply.json = reply::wants_json(request.headers());
        let mut answer = self.told(StatusCode::FORBIDDEN, snapshot.epoch);
        reply.refuse(&mut answer, &profile::PAGE);
        Ok(answer)
    }

    /// What the page asks, to know when it is over.
    fn status<B>(&self, request: &Request<B>) -> Result<Answer, Problem> {
        let (target, action) = self.visited(request)?;
        let snapshot = self.core.gate.snapshot();
        let reply = self.reply(&snapshot, (&target, action.unwrap_or(Action::RequestRead)), &[]);
        Ok(reply.status())
    }

    /// What somebody with these roles meets who wants to do this there.
    fn reply<'s>(&self, snapshot: &'s Snapshot, (target, action): (&'s str, Action), roles: &[&str]) -> Reply<'s> {
        let now = self.core.clock.time();
        let question = Question { target, action, roles, at: now, lasts: None };
        let decision = decide(snapshot, &question);
        let retry_after = decision.retry_after(&question, now).map(|wait| self.later(wait));
        Reply { decision, target, action, now, retry_after, json: false }
    }

    /// Seconds to wait, and some more by chance.
    pub fn later(&self, wait: i64) -> i64 {
        reply::later(wait, (self.chance)())
    }

    /// Which target the address names; the installation where it names none. And which action.
    fn visited<'r, B>(&self, request: &'r Request<B>) -> Result<(Cow<'r, str>, Option<Action>), Problem> {
        let query = request.uri().query().unwrap_or_default();
        let target = asked::target(query)?.unwrap_or(Cow::Borrowed("/"));
        Ok((self.named(target)?.into_owned().into(), asked::action(query)?))
    }

    /// The path that names a target: itself, or that of the id it is.
    fn named<'r>(&self, text: Cow<'r, str>) -> Result<Cow<'r, str>, Problem> {
        if let Some(id) = text.strip_prefix("tgt_").and_then(|_| text.parse::<TargetId>().ok()) {
            let estate = self.core.estate();
            if let Some(target) = estate.target(id) {
                return Ok(Cow::Owned(target.path.to_string()));
            }
        }
        if !is_plain(&text) {
            text.parse::<Path>().map_err(|refusal| refusal.at("target"))?;
        }
        Ok(text)
    }

    /// What the first visit of a link gives.
    async fn open(&self, method: &Method, secret: &str) -> Answer {
        link::opened(&self.core, method, secret).await
    }
}

/// What this path asks for.
fn place(path: &str) -> Option<Place<'_>> {
    if let Some(rest) = path.strip_prefix("/gate/") {
        let end = rest.find('/').unwrap_or(rest.len());
        let (name, rest) = rest.split_at(end);
        return profile::named(name).map(|profile| Place::Gate(profile, rest));
    }
    match path.strip_prefix("/__lull/")? {
        "page" => Some(Place::Page),
        "status" => Some(Place::Status),
        rest => rest.strip_prefix("pass/").map(Place::Pass),
    }
}

/// Whether a text is surely the path of a target, so that it needs no closer look.
fn is_plain(text: &str) -> bool {
    let mut begins = true;
    let fits = |byte: u8| {
        let fits = match byte {
            b'a'..=b'z' | b'0'..=b'9' => true,
            b'.' | b'_' | b'-' | b'/' => !begins,
            _ => false,
        };
        begins = byte == b'/';
        fits
    };
    text.len() <= lull_domain::path::SEGMENT_MAX && text.bytes().all(fits) && !begins
}

/// The health paths of the target at this path, if it is known.
fn health_paths<'e>(estate: &'e Estate, path: &str) -> &'e [String] {
    let target = path.parse::<Path>().ok().and_then(|path| estate.at(&path));
    target.map_or(&[], |target| &target.health_paths)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_taken_for_a_path_is_one() {
        for good in ["acme", "acme/prod/shop", "a/b.c/d-e_f", "0/1"] {
            assert!(is_plain(good) && good.parse::<Path>().is_ok(), "{good}");
        }
        let long = "a/".repeat(40) + "a";
        for odd in ["", "/", "/acme", "acme/", "acme//shop", "Acme", "acme/.hidden", "acme/-x", "a b", "a%2fb", &long] {
            assert!(!is_plain(odd), "{odd}");
        }
    }
}
