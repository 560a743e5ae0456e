//! `lull demo-process`: processes that live on their own, listed, stopped and started as the `command` adapter asks.
//!
//! A process writes a record of itself, `NAME.run`, with what tells it from any other process that ever had its number.
//! The file system's stamp of that record is when it started; that of `NAME.end` is when it was first known to have ended.
use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, Write};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use clap::{Args, Subcommand};
use rustix::process::{Pid, Signal, kill_process};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::estate::{self, Part};

/// `EX_CONFIG`: the adapter takes it as a no that stays.
const FOR_GOOD: u8 = 78;
const GRACE_DEFAULT: Duration = Duration::from_secs(10);
/// A process that was killed is gone after this, or its parent never asks for it.
const KILLED_WITHIN: Duration = Duration::from_secs(5);
const LOOK_EVERY: Duration = Duration::from_millis(5);
/// The longest that a file system's stamp lags behind the clock.
const TICK: Duration = Duration::from_millis(10);

/// The processes of the demo.
#[derive(Args, Clone, Debug)]
pub struct DemoProcess {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand, Clone, Debug)]
enum Verb {
    /// Print all of them as JSON
    List(Folder),
    /// Stop one, within the grace of LULL_GRACE
    Stop(Named),
    /// Start one
    Start(Named),
    /// Be one: idle until ended
    Run(Named),
}

#[derive(Args, Clone, Debug)]
struct Folder {
    /// The folder of their records
    #[arg(long, value_name = "DIR")]
    data: PathBuf,
}

#[derive(Args, Clone, Debug)]
struct Named {
    #[command(flatten)]
    folder: Folder,
    /// Its name
    name: String,
}

/// A process as it describes itself.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
struct Record {
    pid: u32,
    /// When the kernel started it, in its ticks since the boot.
    ticks: u64,
    /// Which boot that was.
    boot: String,
}

/// The processes whose records are in one folder.
#[derive(Clone, Debug)]
pub struct Processes {
    folder: PathBuf,
}

impl DemoProcess {
    /// Does what the adapter asked; what went wrong is on standard error.
    pub fn run(self) -> ExitCode {
        let done = match &self.verb {
            Verb::List(folder) => Processes::new(&folder.data).listed().map(|listed| println!("{listed}")),
            Verb::Stop(named) => on(named, |processes, part| processes.stop(part, grace())),
            Verb::Start(named) => on(named, Processes::start),
            Verb::Run(named) => on(named, Processes::be),
        };
        match done {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => {
                eprintln!("{error}");
                let is_final = matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::PermissionDenied);
                ExitCode::from(if is_final { FOR_GOOD } else { 1 })
            }
        }
    }
}

fn on(named: &Named, verb: impl FnOnce(&Processes, &Part) -> io::Result<()>) -> io::Result<()> {
    let part = estate::named(&named.name);
    let part =
        part.ok_or_else(|| io::Error::new(io::ErrorKind::NotFound, format!("there is no {:?} here", named.name)))?;
    verb(&Processes::new(&named.folder.data), part)
}

fn grace() -> Duration {
    let seconds = std::env::var("LULL_GRACE").ok().and_then(|seconds| seconds.parse().ok());
    seconds.map_or(GRACE_DEFAULT, Duration::from_secs)
}

impl Processes {
    /// Those of this folder.
    pub fn new(folder: &Path) -> Self {
        Self { folder: folder.to_owned() }
    }

    fn file(&self, part: &Part, kind: &str) -> PathBuf {
        self.folder.join(format!("{}.{kind}", part.name))
    }

    /// The number of its process, if it runs.
    pub fn pid(&self, part: &Part) -> Option<u32> {
        let record: Record = serde_json::from_slice(&fs::read(self.file(part, "run")).ok()?).ok()?;
        (seen(record.pid).as_ref() == Some(&record)).then_some(record.pid)
    }

    /// All of them, as the adapter reads it.
    fn listed(&self) -> io::Result<Value> {
        let listed = estate::PARTS.iter().map(|part| self.one(part)).collect::<io::Result<Vec<_>>>()?;
        Ok(json!({"booted_at": booted_at(), "workloads": listed}))
    }

    fn one(&self, part: &Part) -> io::Result<Value> {
        let Part { name, project, service, owner, .. } = part;
        let mut one = json!({"name": name, "project": project, "service": service, "owner": owner, "state": "created"});
        let Some(started_at) = stamp(&self.file(part, "run")) else { return Ok(one) };
        one["started_at"] = started_at.into();
        match self.pid(part) {
            Some(pid) => {
                one["state"] = "running".into();
                one["pid"] = pid.into();
            }
            None => {
                self.ended(part)?;
                one["state"] = "stopped".into();
                one["finished_at"] = stamp(&self.file(part, "end")).into();
            }
        }
        Ok(one)
    }

    /// Keeps when it was first known to have ended.
    fn ended(&self, part: &Part) -> io::Result<()> {
        if self.file(part, "end").exists() {
            return Ok(());
        }
        // Stamps lag behind the clock by up to a tick, and an end must not seem older than the call that brought it.
        std::thread::park_timeout(TICK);
        match File::create_new(self.file(part, "end")) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error),
            _ => Ok(()),
        }
    }

    /// Starts it, if it does not run; it has written its record when this returns.
    ///
    /// # Errors
    /// The system refuses, or `NAME.stuck` is there, which is how the demo shows a failure.
    pub fn start(&self, part: &Part) -> io::Result<()> {
        let _one_at_a_time = self.locked(part)?;
        if self.pid(part).is_some() {
            return Ok(());
        }
        self.is_free(part)?;
        let mut child = Command::new(std::env::current_exe()?)
            .args(["demo-process", "run", "--data"])
            .arg(&self.folder)
            .arg(part.name)
            .current_dir("/")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .process_group(0)
            .spawn()?;
        let mut line = String::new();
        if let Some(stdout) = child.stdout.take() {
            BufReader::new(stdout).read_line(&mut line)?;
        }
        if line.is_empty() { Err(io::Error::other(format!("{} ended at once", part.name))) } else { Ok(()) }
    }

    /// Is the process: writes the record, says so, and idles until it is ended.
    fn be(&self, part: &Part) -> io::Result<()> {
        let record = seen(std::process::id()).ok_or_else(|| io::Error::other("the demo needs /proc, that is Linux"))?;
        match fs::remove_file(self.file(part, "end")) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let new = self.file(part, "new");
        fs::write(&new, serde_json::to_vec(&record)?)?;
        fs::rename(&new, self.file(part, "run"))?;
        println!("up");
        io::stdout().flush()?;
        loop {
            std::thread::park();
        }
    }

    /// Ends it: politely, and after the grace by force.
    ///
    /// # Errors
    /// The system refuses, it outlives even that, or `NAME.stuck` is there.
    pub fn stop(&self, part: &Part, grace: Duration) -> io::Result<()> {
        let _one_at_a_time = self.locked(part)?;
        self.is_free(part)?;
        for (signal, within) in [(Signal::TERM, grace), (Signal::KILL, KILLED_WITHIN)] {
            let Some(pid) = self.pid(part).and_then(|pid| Pid::from_raw(pid.try_into().ok()?)) else { break };
            match kill_process(pid, signal) {
                Err(rustix::io::Errno::SRCH) | Ok(()) => self.wait(part, within),
                Err(error) => return Err(error.into()),
            }
        }
        match self.pid(part) {
            Some(pid) => Err(io::Error::other(format!("{} (process {pid}) does not end", part.name))),
            None => self.ended(part),
        }
    }

    fn wait(&self, part: &Part, within: Duration) {
        let deadline = Instant::now() + within;
        while self.pid(part).is_some() && Instant::now() < deadline {
            std::thread::park_timeout(LOOK_EVERY);
        }
    }

    fn is_free(&self, part: &Part) -> io::Result<()> {
        let stuck = self.file(part, "stuck");
        if stuck.exists() {
            let why = format!("{} is stuck: remove {}", part.name, stuck.display());
            return Err(io::Error::new(io::ErrorKind::PermissionDenied, why));
        }
        Ok(())
    }

    fn locked(&self, part: &Part) -> io::Result<File> {
        fs::create_dir_all(&self.folder)?;
        let file = File::create(self.file(part, "lock"))?;
        file.lock()?;
        Ok(file)
    }
}

/// The process of this number, if one lives; one that has ended and that nobody has asked for does not.
fn seen(pid: u32) -> Option<Record> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let (state, ticks) = state_and_ticks(&stat)?;
    if matches!(state, "Z" | "X") {
        return None;
    }
    let boot = fs::read_to_string("/proc/sys/kernel/random/boot_id").ok()?;
    Some(Record { pid, ticks, boot: boot.trim().to_owned() })
}

/// Fields 3 and 22 of proc_pid_stat(5); the second, the name, may hold anything.
fn state_and_ticks(stat: &str) -> Option<(&str, u64)> {
    let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
    Some((*fields.first()?, fields.get(19)?.parse().ok()?))
}

/// When the file system says that a file was written, in microseconds since 1970.
fn stamp(file: &Path) -> Option<i64> {
    let modified: SystemTime = fs::metadata(file).and_then(|data| data.modified()).ok()?;
    modified.duration_since(UNIX_EPOCH).ok()?.as_micros().try_into().ok()
}

/// When the kernel started, in microseconds since 1970.
fn booted_at() -> Option<i64> {
    let stat = fs::read_to_string("/proc/stat").ok()?;
    let seconds: i64 = stat.lines().find_map(|line| line.strip_prefix("btime "))?.trim().parse().ok()?;
    seconds.checked_mul(1_000_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_is_told_from_another_of_its_number_by_its_start() {
        let folder = tempfile::tempdir().expect("a folder");
        let (processes, part) = (Processes::new(folder.path()), &estate::PARTS[0]);
        let own = seen(std::process::id()).expect("this test runs");
        let write = |record: &Record| {
            fs::write(processes.file(part, "run"), serde_json::to_vec(record).expect("it is JSON"))
                .expect("it is written");
        };
        write(&own);
        assert_eq!(processes.pid(part), Some(own.pid));
        write(&Record { ticks: own.ticks + 1, ..own.clone() });
        assert_eq!(processes.pid(part), None);
        write(&Record { boot: "another".to_owned(), ..own });
        assert_eq!(processes.pid(part), None);
    }

    #[test]
    fn what_never_ran_is_created_and_what_ended_says_when() {
        let folder = tempfile::tempdir().expect("a folder");
        let (processes, part) = (Processes::new(folder.path()), &estate::PARTS[0]);
        assert_eq!(processes.one(part).expect("it is listed")["state"], "created");
        fs::write(processes.file(part, "run"), "{}").expect("it is written");
        let (first, second) = (processes.one(part), processes.one(part));
        let first = first.expect("it is listed");
        assert_eq!(first["state"], "stopped");
        assert!(first["finished_at"].as_i64() > Some(0));
        assert_eq!(first, second.expect("it is listed again"), "the end is stamped once");
    }

    #[test]
    fn a_name_with_brackets_and_blanks_does_not_hide_the_fields() {
        let rest: Vec<String> = (4..=30).map(|field| field.to_string()).collect();
        let stat = format!("7 (odd ) name) S {}", rest.join(" "));
        assert_eq!(state_and_ticks(&stat), Some(("S", 22)));
    }
}
