//! `lull stop`: what runs is stopped for good, each backed up first.
use std::io::{BufRead, IsTerminal, Write};
use std::time::{Duration, Instant};

use clap::Args;
use lull_api::params::{Listing, StopWorkloads};
use lull_api::views::Job;

use crate::failed::{Exit, Failed};
use crate::find;
use crate::session::{Session, note};
use crate::time::Lasting;

/// How often a job is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(500);
/// More names than this are not sent: a body has its limits.
const IDS_MAX: usize = 3_000;

/// Stops what runs, for good: nothing starts it again at the end. Each is backed up first.
#[derive(Args, Clone, Debug)]
pub struct Stop {
    /// The targets, each with everything below it; all must be in maintenance
    #[arg(required = true, value_name = "PATH")]
    pub paths: Vec<String>,
    /// Stop this one without a backup; a permission of its own
    #[arg(long, value_name = "NAME", requires = "reason")]
    pub force: Vec<String>,
    /// Why, for the record; --force needs it
    #[arg(long, value_name = "TEXT")]
    pub reason: Option<String>,
    /// Do not ask
    #[arg(long)]
    pub yes: bool,
    /// Wait until all are stopped, or failed
    #[arg(long)]
    pub wait: bool,
    /// How long to wait at most
    #[arg(long, default_value = "30m", value_name = "DURATION", requires = "wait")]
    pub timeout: Lasting,
}

impl Stop {
    /// Does it.
    ///
    /// # Errors
    /// The server does not answer or refuses; somebody says no; while waiting, the time is up or something did not stop.
    pub async fn run(&self, session: &Session) -> Result<(), Failed> {
        let (names, unknown) = self.running(session).await?;
        if names.is_empty() && unknown.is_empty() {
            return session.answer(&serde_json::json!({"items": []}), || "Nothing runs there.".to_owned());
        }
        if !self.yes {
            confirmed(&names)?;
        }
        // What was shown is stopped, and nothing that was started since; but of one path all, where not all could be shown.
        let (under, ids) = match self.paths.as_slice() {
            [path] if !unknown.is_empty() || names.len() > IDS_MAX => (Some(path.clone()), None),
            _ => (None, Some(names)),
        };
        let what = StopWorkloads { under, ids, force: self.force.clone(), reason: self.reason.clone() };
        let mut job = session.client.stop_workloads(&what).await?;
        let deadline = Instant::now() + self.timeout.std();
        while self.wait && job.done < job.of {
            if Instant::now() >= deadline {
                let what = format!("The time for waiting is up. {} goes on: {} of {} done.", job.id, job.done, job.of);
                return Err(Failed::new(Exit::TimedOut, what).remedy("It is stored, and goes on by itself."));
            }
            tokio::time::sleep(LOOK_EVERY).await;
            job = session.client.job(&job.id).await?;
        }
        session.answer(&job, || told(&job))?;
        let failed: Vec<&str> =
            job.items.iter().filter(|item| item.state == "failed").map(|item| item.name.as_str()).collect();
        if failed.is_empty() {
            return Ok(());
        }
        let what = format!("Did not stop: {}.", failed.join(", "));
        Err(Failed::new(Exit::NeedsAttention, what)
            .remedy("Mend it and stop it again; or `--force NAME --reason TEXT` stops it without a backup."))
    }

    /// What runs there, by name, and what could not be listed.
    async fn running(&self, session: &Session) -> Result<(Vec<String>, Vec<String>), Failed> {
        let (mut names, mut unknown) = (Vec::new(), Vec::new());
        for path in &self.paths {
            find::place(session, Some(path)).await?;
            let listing = Listing { under: Some(path.clone()), ..Listing::default() };
            let found = session.client.workloads(&listing).await?;
            unknown.extend(found.unknown);
            let runs = found.items.into_iter().filter(|it| it.state == "running" && !it.ignored && it.held.is_none());
            names.extend(runs.map(|it| it.id.unwrap_or(it.name)));
        }
        if !unknown.is_empty() {
            let what = format!("Not everything could be listed: {}.", unknown.join("; "));
            if self.paths.len() > 1 {
                let remedy = "See to the adapter; or stop one path at a time, which stops what could be listed.";
                return Err(Failed::new(Exit::Unreachable, what).remedy(remedy));
            }
            note(&format!("{what} What else runs there when it is ordered is stopped, too."));
        }
        names.sort();
        names.dedup();
        Ok((names, unknown))
    }
}

/// Whoever is at a terminal types how many it are.
fn confirmed(names: &[String]) -> Result<(), Failed> {
    if !std::io::stdin().is_terminal() {
        let what = format!("{} would stop, and nothing starts them again at the end.", names.len());
        return Err(Failed::new(Exit::Usage, what).remedy("Give --yes where nobody can be asked."));
    }
    print!("{} stop, and nothing starts them again at the end. Type {} to go on: ", names.len(), names.len());
    let _not_vital = std::io::stdout().flush();
    let mut line = String::new();
    let _typed = std::io::stdin().lock().read_line(&mut line);
    match line.trim() == names.len().to_string() {
        true => Ok(()),
        false => Err(Failed::new(Exit::Usage, "Nothing was stopped.")),
    }
}

fn told(job: &Job) -> String {
    let mut text = format!("{}: {} of {} done.", job.id, job.done, job.of);
    for item in &job.items {
        let why = item.why.as_ref().map(|why| format!(": {why}")).unwrap_or_default();
        let backup = item.backup.as_ref().map(|name| format!(" (backup {name})")).unwrap_or_default();
        text.push_str(&format!("\n  {}  {}{backup}{why}", item.name, item.state.replace('_', " ")));
    }
    text
}
