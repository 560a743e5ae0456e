//! The last look: nothing that belongs to a folder outlives it.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use rustix::mount::{UnmountFlags, unmount};
use rustix::process::{Pid, Signal, kill_process};

/// Kills what still runs with this folder in its command line, and what that has started.
pub(crate) fn processes(home: &Path) {
    let all = table();
    let home = home.to_string_lossy();
    let own = std::process::id();
    for (pid, process) in &all {
        if *pid != own && (process.command.contains(&*home) || descends(&all, process.parent, &home)) {
            kill(*pid, Signal::KILL);
        }
    }
}

/// Sends a signal to one process; that it is gone already is no error.
pub(crate) fn kill(pid: u32, signal: Signal) {
    if let Some(pid) = i32::try_from(pid).ok().and_then(Pid::from_raw) {
        let _gone = kill_process(pid, signal);
    }
}

/// Unmounts everything below this folder, the last mounted first.
pub(crate) fn mounts(home: &Path) {
    let table = fs::read_to_string("/proc/self/mountinfo").unwrap_or_default();
    let below = table.lines().filter_map(|line| line.split(' ').nth(4)).filter(|at| Path::new(at).starts_with(home));
    for at in below.collect::<Vec<_>>().into_iter().rev() {
        let _busy = unmount(at, UnmountFlags::DETACH);
    }
}

struct Process {
    parent: u32,
    command: String,
}

fn descends(all: &BTreeMap<u32, Process>, mut pid: u32, home: &str) -> bool {
    while let Some(process) = all.get(&pid) {
        if process.command.contains(home) {
            return true;
        }
        pid = process.parent;
    }
    false
}

fn table() -> BTreeMap<u32, Process> {
    let Ok(entries) = fs::read_dir("/proc") else { return BTreeMap::new() };
    entries
        .flatten()
        .filter_map(|entry| {
            let pid = entry.file_name().to_str()?.parse().ok()?;
            let command = fs::read(entry.path().join("cmdline")).ok()?;
            let stat = fs::read_to_string(entry.path().join("stat")).ok()?;
            // The name in parentheses may hold spaces; state and parent follow the last of them.
            let parent = stat.rsplit_once(") ")?.1.split(' ').nth(1)?.parse().ok()?;
            Some((pid, Process { parent, command: String::from_utf8_lossy(&command).into_owned() }))
        })
        .collect()
}
