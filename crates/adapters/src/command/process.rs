//! One program, run to its end within limits of time and output, in a process group that is killed whole.

use std::io;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use futures_util::future::{Either, select};
use rustix::process::{Pid, Signal, kill_process_group};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};
use tokio::process::{Child, ChildStdin, Command};
use tokio::time::{Instant, timeout, timeout_at};

const PRINTED_MAX: usize = 1024 * 1024;
const COMPLAINED_MAX: usize = 64 * 1024;
/// What a program has left running may keep its output open; it is not waited for longer than this.
const LINGER: Duration = Duration::from_secs(1);

/// What is run.
pub(super) struct Program<'a> {
    /// The program and its arguments.
    pub argv: &'a [String],
    /// What is added to our own environment.
    pub environment: &'a [(&'static str, String)],
    /// What it reads.
    pub input: Vec<u8>,
    /// When it is killed.
    pub deadline: Instant,
}

/// A program that ended by itself.
pub(super) struct Ended {
    /// Its exit code; none when a signal ended it.
    pub code: Option<i32>,
    /// How it ended, in words.
    pub how: String,
    /// Its standard output.
    pub printed: Vec<u8>,
    /// The end of its standard error.
    pub complained: Vec<u8>,
}

/// A program that did not end by itself, or whose end does not count.
pub(super) enum Broken {
    /// It could not be run.
    NotRun(io::Error),
    /// It was killed at its deadline, with everything in its process group.
    TimedOut,
    /// It printed more than is read, and ended.
    TooMuch,
}

/// Runs a program. Dropped half-way, it kills the process group; what has ended is never waited for by anybody else.
pub(super) async fn run(program: &Program<'_>) -> Result<Ended, Broken> {
    // A process that was stopped for a while may find its time over: nothing is begun then.
    if program.deadline <= Instant::now() {
        return Err(Broken::TimedOut);
    }
    let (name, arguments) = program.argv.split_first().ok_or_else(|| Broken::NotRun(io::ErrorKind::NotFound.into()))?;
    let mut child = Command::new(name)
        .args(arguments)
        .envs(program.environment.iter().map(|(key, value)| (key, value)))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .process_group(0)
        .kill_on_drop(true)
        .spawn()
        .map_err(Broken::NotRun)?;
    let mut group = Group(child.id().and_then(|id| Pid::from_raw(id.try_into().ok()?)));
    let (mut printed, mut complained) = (Tail::new(PRINTED_MAX), Tail::new(COMPLAINED_MAX));
    let ended = timeout_at(program.deadline, talk(&mut child, &program.input, (&mut printed, &mut complained))).await;
    let Ok(ended) = ended else {
        drop(group);
        // Reaped here; the kill makes it end.
        let _status = child.wait().await;
        return Err(Broken::TimedOut);
    };
    group.0 = None;
    let status = ended.map_err(Broken::NotRun)?;
    if printed.cut {
        return Err(Broken::TooMuch);
    }
    Ok(Ended { code: status.code(), how: status.to_string(), printed: printed.bytes, complained: complained.bytes })
}

async fn talk(child: &mut Child, input: &[u8], heard: (&mut Tail, &mut Tail)) -> io::Result<ExitStatus> {
    let (stdin, stdout, stderr) = (child.stdin.take(), child.stdout.take(), child.stderr.take());
    let talk = Box::pin(async { tokio::join!(feed(stdin, input), heard.0.fill(stdout), heard.1.fill(stderr)) });
    match select(Box::pin(child.wait()), talk).await {
        Either::Left((status, talk)) => {
            let _kept_open = timeout(LINGER, talk).await;
            status
        }
        Either::Right((_, status)) => status.await,
    }
}

/// A program need not read what it is given.
async fn feed(stdin: Option<ChildStdin>, input: &[u8]) {
    if let Some(mut stdin) = stdin {
        let _not_read = stdin.write_all(input).await;
    }
}

/// The last bytes of an output, at most so many.
struct Tail {
    bytes: Vec<u8>,
    max: usize,
    cut: bool,
}

impl Tail {
    fn new(max: usize) -> Self {
        Self { bytes: Vec::new(), max, cut: false }
    }

    async fn fill(&mut self, output: Option<impl AsyncRead + Unpin>) {
        let Some(mut output) = output else { return };
        let mut chunk = vec![0; 16 * 1024];
        while let Ok(read @ 1..) = output.read(&mut chunk).await {
            self.bytes.extend_from_slice(&chunk[..read]);
            let over = self.bytes.len().saturating_sub(self.max);
            if over > 0 {
                self.bytes.drain(..over);
                self.cut = true;
            }
        }
    }
}

/// Kills what is left of a process group when dropped. Emptied once its first process has been reaped, as its number may
/// then be given to another.
struct Group(Option<Pid>);

impl Drop for Group {
    fn drop(&mut self) {
        if let Some(group) = self.0 {
            let _gone = kill_process_group(group, Signal::KILL);
        }
    }
}
