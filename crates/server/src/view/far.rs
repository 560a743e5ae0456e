//! How far a maintenance is, in words: what it waits for, what is back, what is done.
use lull_api::views;
use lull_domain::Instant;
use lull_domain::engagement::Key;
use lull_domain::id::MaintenanceId;
use lull_domain::life::Phase;
use lull_domain::maintenance::Maintenance;
use lull_domain::work::{Blocking, Return, Work};

use super::{instant, path};

/// Nothing that must end still runs; or, while verifying, all is back.
pub fn is_ready(maintenance: &Maintenance, work: &Work<'_>, now: Instant) -> bool {
    match phase(maintenance) {
        Some(Phase::Active) => work.blockers(maintenance.id).is_empty(),
        Some(Phase::Verifying) => work.returning(maintenance.id, now).iter().all(|(_, far)| *far == Return::Back),
        Some(Phase::Entering | Phase::Leaving(_)) | None => false,
    }
}

/// What keeps it from being active, verified, or over, in words.
pub fn waits_for(maintenance: &Maintenance, work: &Work<'_>, now: Instant) -> Vec<String> {
    let keys = match phase(maintenance) {
        Some(Phase::Entering) => work.waits_for(maintenance.id),
        Some(Phase::Verifying) => not_back(maintenance.id, work, now),
        Some(Phase::Leaving(_)) => work.not_left(maintenance.id),
        Some(Phase::Active) | None => Vec::new(),
    };
    let drains = maintenance.drains();
    let words = |key: Key| {
        if drains {
            return drained(work, maintenance.id, key);
        }
        let engagement = work.engagement(key);
        let (path, waits) = (path(work.estate, key.target), work.waits(&engagement, now));
        if let Some(why) = engagement.trouble.as_ref().or(engagement.retry.as_ref().map(|retry| &retry.why)) {
            format!("{path}: {why}")
        } else if work.is_cut_off(&engagement, now) {
            format!("{path}: the cutoff has passed, nothing more is stopped")
        } else if waits.is_empty() {
            path
        } else {
            format!("{path}, which waits for {}", waits.join(", "))
        }
    };
    keys.into_iter().map(words).collect()
}

/// What it waits for there to end.
fn drained(work: &Work<'_>, id: MaintenanceId, key: Key) -> String {
    let (path, drain) = (path(work.estate, key.target), work.drain(id, key.target));
    let names: Vec<&str> =
        drain.and_then(|drain| drain.running.as_ref()).into_iter().flatten().map(|it| it.name.as_str()).collect();
    match drain.and_then(|drain| drain.unread.as_ref()) {
        Some(why) => format!("{path}: {why}"),
        None if names.is_empty() => path,
        None => format!("{path}: waits until {} ends", names.join(", ")),
    }
}

/// The running work that must end before it is ready.
pub fn blockers(maintenance: &Maintenance, work: &Work<'_>) -> Vec<views::Blocker> {
    let view = |Blocking { target, blocker, why }: Blocking| views::Blocker {
        name: blocker.name,
        target: path(work.estate, target),
        owner: blocker.owner,
        since: blocker.since.map(instant),
        why,
    };
    work.blockers(maintenance.id).into_iter().map(view).collect()
}

/// How far each target is that is to come back, while it is verified.
pub fn returning(maintenance: &Maintenance, work: &Work<'_>, now: Instant) -> Vec<views::Returning> {
    if phase(maintenance) != Some(&Phase::Verifying) {
        return Vec::new();
    }
    let view = |(key, far): (Key, Return)| {
        let target = path(work.estate, key.target);
        let (state, words) = match far {
            Return::Back => ("back", "back".to_owned()),
            Return::Coming => ("coming", "being put back".to_owned()),
            Return::Held(by) => ("held", held(&by)),
            Return::Waits(on) => {
                ("waits", format!("waits for {}", on.iter().map(waited).collect::<Vec<_>>().join("; ")))
            }
            Return::Failed(why) => ("failed", why),
        };
        views::Returning { target, state: state.to_owned(), words }
    };
    work.returning(maintenance.id, now).into_iter().map(view).collect()
}

fn held(by: &[MaintenanceId]) -> String {
    let ids: Vec<String> = by.iter().map(MaintenanceId::to_string).collect();
    format!("held by {}", ids.join(", "))
}

fn waited((path, by): &(String, Vec<MaintenanceId>)) -> String {
    if by.is_empty() { path.clone() } else { format!("{path}, {}", held(by)) }
}

fn not_back(id: MaintenanceId, work: &Work<'_>, now: Instant) -> Vec<Key> {
    work.returning(id, now).into_iter().filter(|(_, far)| *far != Return::Back).map(|(key, _)| key).collect()
}

/// How many of the targets that it acts on are done.
pub fn progress(maintenance: &Maintenance, work: &Work<'_>, now: Instant) -> Option<views::Progress> {
    let of = work.covered(maintenance.id).count();
    let left = match phase(maintenance)? {
        Phase::Entering => work.waits_for(maintenance.id).len(),
        Phase::Active => return None,
        Phase::Verifying => not_back(maintenance.id, work, now).len(),
        Phase::Leaving(_) => work.not_left(maintenance.id).len(),
    };
    let of = of.max(left);
    Some(views::Progress { done: of - left, of })
}

fn phase(maintenance: &Maintenance) -> Option<&Phase> {
    maintenance.life.progress().map(|progress| &progress.phase)
}
