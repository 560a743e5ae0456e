//! Finds what an argument names: a target by its path, a maintenance by its id or by the path of a target.
use lull_api::params::Listing;
use lull_api::views::{Maintenance, Target};

use crate::failed::{Exit, Failed};
use crate::session::{Session, note};
use crate::time;
use crate::words;

/// A target by path or id.
///
/// # Errors
/// There is none, or the server does not answer.
pub async fn target(session: &Session, name: &str) -> Result<Target, Failed> {
    if name.starts_with("tgt_") && !name.contains('/') {
        return Ok(session.client.target(name).await?);
    }
    let listing = Listing { path: Some(name.to_owned()), ..Listing::default() };
    let found = session.client.targets(&listing).await?.items.into_iter().find(|target| target.path == name);
    found.ok_or_else(|| {
        Failed::new(Exit::NotFound, format!("There is no target {name}, or you may not see it."))
            .remedy("`lull target list` shows those that you may see.")
    })
}

/// Sees that there is a target of this name, where one is named; the path / is everything.
///
/// # Errors
/// There is none, or the server does not answer.
pub async fn place(session: &Session, name: Option<&str>) -> Result<(), Failed> {
    match name {
        Some(name) if name != "/" => target(session, name).await.map(drop),
        _ => Ok(()),
    }
}

/// Whether a word is the id of a maintenance rather than a path.
pub fn is_id(name: &str) -> bool {
    name.starts_with("mnt_") && !name.contains('/')
}

/// A maintenance by id, or the only one in progress or scheduled that has this path as a root; says which one that is.
///
/// # Errors
/// There is none, there are several, or the server does not answer.
pub async fn maintenance(session: &Session, name: &str) -> Result<Maintenance, Failed> {
    if is_id(name) {
        return Ok(session.client.maintenance(&id(session, name).await?).await?);
    }
    let mut rooted = covering(session, name, "in_progress,scheduled").await?;
    rooted.retain(|maintenance| is_root(maintenance, name));
    match rooted.len() {
        0 => Err(Failed::new(Exit::NotFound, format!("No maintenance in progress or scheduled has {name} as a root."))
            .remedy(format!("`lull list --all {name}` shows what there is; `lull enter {name}` begins one."))),
        1 => Ok(taken(rooted.remove(0))),
        _ => {
            let said: Vec<String> = rooted.iter().map(one_of).collect();
            let what = format!("Several maintenances have {name} as a root:{}", said.concat());
            Err(Failed::new(Exit::Conflict, what).remedy("Name the one you mean by its id."))
        }
    }
}

/// One of several, with what tells it from the others.
fn one_of(it: &Maintenance) -> String {
    let verb = if it.status == "scheduled" { "made" } else { "entered" };
    let since = time::short(it.starts_at.as_ref().filter(|_| verb == "entered").unwrap_or(&it.since), &it.zone);
    let end = match it.ends_at.as_ref() {
        Some(at) => format!("until {}", time::short(at, &it.zone)),
        None => "without an end".to_owned(),
    };
    format!("\n  {}  {} ({}), {verb} by {} {since}, {end}", it.id, it.title, words::state(it), it.by)
}

/// How long a whole id is: the prefix and a UUID without hyphens.
const WHOLE: usize = "mnt_".len() + 32;
/// Less of one names nothing: a script whose variable is empty would take whatever is there.
const SOME: usize = "mnt_".len() + 6;

/// The id that a word means: itself where it is whole, else that of the only one not over that begins so.
///
/// # Errors
/// There is none, there are several, or the server does not answer.
pub async fn id(session: &Session, name: &str) -> Result<String, Failed> {
    if name.len() >= WHOLE {
        return Ok(name.to_owned());
    }
    if name.len() < SOME {
        let what = format!("{name} is too short for the beginning of an id.");
        return Err(
            Failed::new(Exit::Usage, what).remedy("Write six characters of it or more; `lull list` shows them.")
        );
    }
    let listing = Listing { status: Some("in_progress,scheduled,draft".to_owned()), ..Listing::default() };
    let found = session.client.maintenances(&listing).await?.items;
    let mut ids = found.into_iter().map(|it| it.id).filter(|id| id.starts_with(name));
    match (ids.next(), ids.next()) {
        (Some(id), None) => Ok(id),
        (Some(_), Some(_)) => Err(Failed::new(Exit::Conflict, format!("Several ids begin with {name}."))
            .remedy("Write more of the id; `lull list` shows it.")),
        (None, _) => Err(Failed::new(Exit::NotFound, format!("No id in progress or to come begins with {name}."))
            .remedy("`lull list` shows them. Of what is over the whole id is needed: `lull list --all`.")),
    }
}

/// As [`maintenance`]; where nothing is in progress or scheduled, the newest that is over.
///
/// # Errors
/// There is none, there are several, or the server does not answer.
pub async fn shown(session: &Session, name: &str) -> Result<Maintenance, Failed> {
    match maintenance(session, name).await {
        Err(failed) if failed.exit == Exit::NotFound && !is_id(name) => match newest(session, name).await {
            Err(other) if other.exit == Exit::NotFound => Err(failed),
            found => found,
        },
        found => found,
    }
}

/// A maintenance by id, or the newest that has this path as a root: in progress, else over, else scheduled. Says which.
///
/// # Errors
/// There is none, or the server does not answer.
pub async fn newest(session: &Session, name: &str) -> Result<Maintenance, Failed> {
    if is_id(name) {
        return Ok(session.client.maintenance(&id(session, name).await?).await?);
    }
    for status in ["in_progress", "completed,cancelled", "scheduled"] {
        let found = covering(session, name, status).await?;
        if let Some(found) = found.into_iter().find(|maintenance| is_root(maintenance, name)) {
            return Ok(taken(found));
        }
    }
    Err(Failed::new(Exit::NotFound, format!("No maintenance has {name} as a root."))
        .remedy("`lull log` without a path shows what happened everywhere."))
}

fn taken(found: Maintenance) -> Maintenance {
    note(&format!("Taking {}, {} ({}).", found.id, found.title, words::state(&found)));
    found
}

/// The maintenances of these states that cover a path or something below it.
///
/// # Errors
/// The server does not answer.
pub async fn covering(session: &Session, path: &str, status: &str) -> Result<Vec<Maintenance>, Failed> {
    let listing = Listing { under: Some(path.to_owned()), status: Some(status.to_owned()), ..Listing::default() };
    Ok(session.client.maintenances(&listing).await?.items)
}

/// Whether a maintenance was made for this very path.
pub fn is_root(maintenance: &Maintenance, path: &str) -> bool {
    maintenance.scope.include.iter().any(|clause| clause.under == path)
}
