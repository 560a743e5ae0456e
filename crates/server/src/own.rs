//! What Lull itself runs on: never stopped, and refused in a scope.
use std::collections::BTreeSet;
use std::fs;
use std::sync::OnceLock;

use lull_adapters::Workload;
use lull_domain::maintenance::Maintenance;
use lull_domain::refusal::{Because, Refusal};

use crate::core::Core;
use crate::outside;

/// Whether this is the container or the process that Lull runs in.
pub fn is_own(workload: &Workload) -> bool {
    let own = own();
    let container = workload.id.as_ref().is_some_and(|id| own.containers.contains(id));
    container || workload.pid.is_some_and(|pid| own.pids.contains(&pid))
}

/// Refuses a maintenance that would stop what Lull runs on.
///
/// # Errors
/// Conflict, naming it.
pub async fn refuse(core: &Core, maintenance: &Maintenance) -> Result<(), Refusal> {
    if !maintenance.plan.policy.may_stop() {
        return Ok(());
    }
    let estate = core.estate();
    let covered = estate.covered(&maintenance.plan.scope);
    let targets: Vec<_> = covered.iter().filter_map(|id| estate.target(*id)).cloned().collect();
    // What does not answer is not known to be ours; the engine leaves it alone if it is.
    let (found, _) = outside::workloads(core, &targets).await;
    match found.iter().find(|(_, workload)| is_own(workload) && !workload.ignored) {
        None => Ok(()),
        Some((target, workload)) => {
            let detail = format!("{} on {} is what Lull runs on.", workload.name, target.path);
            let remedy = format!("Exclude {}, or label it lull.maintenance=ignore.", target.path);
            Err(Refusal::new(Because::Conflict, detail, remedy).at("scope"))
        }
    }
}

/// This process with all above it, and the containers they are in.
struct Own {
    pids: BTreeSet<u32>,
    containers: BTreeSet<String>,
}

fn own() -> &'static Own {
    static OWN: OnceLock<Own> = OnceLock::new();
    OWN.get_or_init(|| Own { pids: ancestors(), containers: containers() })
}

/// This process and those above it, except the first, under which everything runs.
fn ancestors() -> BTreeSet<u32> {
    let mut pids = BTreeSet::new();
    let mut pid = std::process::id();
    while pid > 1 && pids.insert(pid) {
        pid = parent(pid).unwrap_or(0);
    }
    pids
}

fn parent(pid: u32) -> Option<u32> {
    // The name in brackets may hold anything; what follows the last bracket is the state and the parent.
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    stat.rsplit(')').next()?.split_whitespace().nth(1)?.parse().ok()
}

/// Ids of containers, as the mounts of this process name them.
fn containers() -> BTreeSet<String> {
    let mounts = fs::read_to_string("/proc/self/mountinfo").unwrap_or_default();
    let inside = mounts.lines().filter(|line| line.contains("/hostname") || line.contains("/resolv.conf"));
    inside.flat_map(|line| line.split(['/', ' ', '-'])).filter(|part| is_id(part)).map(str::to_owned).collect()
}

fn is_id(part: &str) -> bool {
    part.len() == 64 && part.bytes().all(|byte| byte.is_ascii_hexdigit())
}
