//! Listing what matches, with the evidence that tells who brought it into its state.

use std::fs;
use std::path::Path;
use std::sync::LazyLock;
use std::time::UNIX_EPOCH;

use futures_util::{StreamExt, TryStreamExt, stream};

use super::engine::Engine;
use super::failure;
use super::read::{PROJECT, SERVICE, Summary, lasting_name};
use super::workloads::workloads;
use crate::{Failure, Match, Reading};

const AT_ONCE: usize = 8;
const LISTED_MAX: usize = 5_000;

/// Everything that matches. A container that vanishes between the listing and the look at it is not there.
pub(super) async fn reading(engine: &Engine, matches: &Match) -> Result<Reading, Failure> {
    let listed =
        engine.list(&filters(matches)).await.map_err(|error| failure::of_question("listing containers", &error))?;
    if listed.len() > LISTED_MAX {
        let count = listed.len();
        return Err(Failure::ForGood(format!(
            "listing containers: {count} match, at most {LISTED_MAX} can be looked after"
        )));
    }
    let ids = listed.into_iter().filter(|summary| could_be(matches, summary)).map(|summary| summary.id);
    let found: Vec<_> = stream::iter(ids)
        .map(|id| async move { engine.inspect(&id).await })
        .buffer_unordered(AT_ONCE)
        .try_collect()
        .await
        .map_err(|error| failure::of_question("looking at a container", &error))?;
    let found: Vec<_> = found.into_iter().flatten().collect();
    let mut workloads = workloads(&found);
    workloads.retain(|workload| matches.covers(workload));
    Ok(Reading { booted_at: booted_at(engine), workloads })
}

fn filters(matches: &Match) -> Vec<String> {
    let named = [(PROJECT, &matches.project), (SERVICE, &matches.service)];
    let named = named.into_iter().filter_map(|(key, value)| Some(format!("{key}={}", value.as_ref()?)));
    matches.labels.iter().map(|(key, value)| format!("{key}={value}")).chain(named).collect()
}

/// Spares the look at containers whose name shows already that they are not meant.
fn could_be(matches: &Match, summary: &Summary) -> bool {
    let Some(wanted) = &matches.name else { return true };
    let labels = summary.labels.as_ref();
    summary
        .names
        .iter()
        .flatten()
        .any(|own| own.trim_start_matches('/') == wanted || lasting_name(labels, own) == *wanted)
}

/// When the engine on this host last started whatever it restarts by itself. Docker makes its socket and the pid file
/// beside it anew whenever it starts (the socket alone is not enough: systemd may hold it); Podman has no daemon, there
/// only the host's own start does that.
fn booted_at(engine: &Engine) -> Option<i64> {
    let socket = engine.address.socket()?;
    let host = host_booted_at();
    if engine.podman {
        return host;
    }
    [host, written_at(socket), written_at(&socket.with_extension("pid"))].into_iter().flatten().max()
}

fn written_at(path: &Path) -> Option<i64> {
    let at = fs::metadata(path).ok()?.modified().ok()?;
    at.duration_since(UNIX_EPOCH).ok()?.as_micros().try_into().ok()
}

/// `btime` in `/proc/stat` (proc(5)) is in whole seconds. It moves when the clock is set, and the host starts at most once
/// in the life of a process: it is read once.
fn host_booted_at() -> Option<i64> {
    static BOOTED_AT: LazyLock<Option<i64>> = LazyLock::new(|| {
        let stat = fs::read_to_string("/proc/stat").ok()?;
        let seconds: i64 = stat.lines().find_map(|line| line.strip_prefix("btime "))?.trim().parse().ok()?;
        seconds.checked_mul(1_000_000)
    });
    *BOOTED_AT
}
