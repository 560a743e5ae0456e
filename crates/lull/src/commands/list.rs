//! `lull list` and `lull workloads`: what there is.
use clap::Args;
use comfy_table::{Cell, ColumnConstraint};
use lull_api::params::Listing;
use lull_api::views::Maintenance;

use super::enter::instant;
use crate::failed::Failed;
use crate::find;
use crate::paint;
use crate::session::{Session, lines};
use crate::time::{self, When};
use crate::words;

/// On a terminal with fewer columns, when maintenances begin is left out, and when they end is told from now only.
const ROOM_FOR_ALL: u16 = 100;

/// Lists maintenances.
#[derive(Args, Clone, Debug)]
pub struct List {
    /// Those that cover this path or something below it
    pub path: Option<String>,
    /// Also those that are over
    #[arg(long, conflicts_with = "status")]
    pub all: bool,
    /// draft, scheduled, in_progress, completed or cancelled; several by comma
    #[arg(long, value_name = "STATUS")]
    pub status: Option<String>,
    /// Whose they are
    #[arg(long, value_name = "NAME")]
    pub owner: Option<String>,
    /// With this text in title or description, in either case
    #[arg(long, value_name = "TEXT")]
    pub q: Option<String>,
    /// Those that are not over then: RFC 3339, YYYY-MM-DD HH:MM or HH:MM
    #[arg(long, value_name = "TIME")]
    pub since: Option<When>,
    /// Those that have begun before then, or will have
    #[arg(long, value_name = "TIME")]
    pub until: Option<When>,
}

/// Lists what runs, or could.
#[derive(Args, Clone, Debug)]
pub struct Workloads {
    /// Everything at or below this path
    pub path: Option<String>,
    /// running, stopped or created
    #[arg(long, value_name = "STATE")]
    pub state: Option<String>,
    /// Whose they are
    #[arg(long, value_name = "NAME")]
    pub owner: Option<String>,
    /// With this text in the name, in either case
    #[arg(long, value_name = "TEXT")]
    pub q: Option<String>,
}

impl List {
    /// Does it.
    ///
    /// # Errors
    /// The server does not answer or refuses.
    pub async fn run(&self, session: &Session) -> Result<(), Failed> {
        let with_over = self.all || self.status.is_some();
        let status = (!with_over).then(|| "in_progress,scheduled,draft".to_owned()).or_else(|| self.status.clone());
        let zone = time::zone_here();
        let listing = Listing {
            under: self.path.clone(),
            status,
            owner: self.owner.clone(),
            q: self.q.clone(),
            since: instant(session, self.since, &zone).await?,
            until: instant(session, self.until, &zone).await?,
            ..Listing::default()
        };
        let found = session.client.maintenances(&listing).await?;
        // What is over may be of a target that is gone.
        if !with_over || found.items.is_empty() {
            find::place(session, self.path.as_deref()).await?;
        }
        let now = session.now().await?;
        session.answer(&found, || {
            if found.items.is_empty() {
                return self.nothing();
            }
            let mut table = session.table(["ID", "TITLE", "STATE", "SCOPE", "BEGINS", "ENDS"]);
            let is_narrow = session.is_terminal && table.width().is_some_and(|width| width < ROOM_FOR_ALL);
            for maintenance in &found.items {
                table.add_row(row(maintenance, now, is_narrow));
            }
            if let Some(begins) = table.column_mut(4).filter(|_| is_narrow) {
                begins.set_constraint(ColumnConstraint::Hidden);
            }
            lines(&table)
        })
    }
}

impl List {
    fn nothing(&self) -> String {
        let texts = self.status.is_some() || self.owner.is_some() || self.q.is_some();
        if texts || self.since.is_some() || self.until.is_some() {
            return "No maintenance is like that. `lull list --all` shows every one.".to_owned();
        }
        match (&self.path, self.all) {
            (Some(path), false) => {
                format!("Nothing is quiet or planned on {path}. `lull enter {path}` begins a maintenance.")
            }
            (Some(path), true) => format!("Nothing was ever quiet or planned on {path}."),
            (None, _) => "Nothing is quiet, and nothing is planned. `lull enter PATH` begins a maintenance.".to_owned(),
        }
    }
}

fn row(maintenance: &Maintenance, now: jiff::Timestamp, is_narrow: bool) -> [Cell; 6] {
    let Maintenance { id, title, zone, .. } = maintenance;
    let short = |at: &Option<String>, otherwise: &str| match at {
        Some(at) => {
            let relative = at.parse().map(|at| time::relative(at, now)).unwrap_or_default();
            if is_narrow { relative } else { format!("{}, {relative}", time::short(at, zone)) }
        }
        None => otherwise.to_owned(),
    };
    let begins = short(&maintenance.starts_at, "when started");
    let is_over = matches!(maintenance.status.as_str(), "completed" | "cancelled");
    let ends = match &maintenance.ends_at {
        _ if is_over => short(&Some(maintenance.since.clone()), ""),
        None if maintenance.duration.is_some() => maintenance.duration.clone().unwrap_or_default(),
        end => short(end, "by hand"),
    };
    let scope = words::scope(&maintenance.scope);
    [Cell::new(id), Cell::new(title), paint::state(maintenance), Cell::new(scope), Cell::new(begins), Cell::new(ends)]
}

impl Workloads {
    /// Does it.
    ///
    /// # Errors
    /// The server does not answer or refuses.
    pub async fn run(&self, session: &Session) -> Result<(), Failed> {
        find::place(session, self.path.as_deref()).await?;
        let (under, state, owner, q) = (self.path.clone(), self.state.clone(), self.owner.clone(), self.q.clone());
        let is_narrowed = state.is_some() || owner.is_some() || q.is_some();
        let listing = Listing { under, state, owner, q, ..Listing::default() };
        let found = session.client.workloads(&listing).await?;
        let now = session.now().await?;
        session.answer(&found, || {
            let unknown: String = found.unknown.iter().map(|why| format!("not listed: {why}\n")).collect();
            if found.items.is_empty() && unknown.is_empty() && is_narrowed {
                return "No workload here is like that. `lull workloads` shows every one.".to_owned();
            }
            if found.items.is_empty() && unknown.is_empty() {
                return "No workloads here. `lull target set PATH --adapter NAME --match …` binds some.".to_owned();
            }
            let mut table = session.table(["TARGET", "NAME", "STATE", "OWNER", "RUNS SINCE", "AFTERWARDS"]);
            for workload in &found.items {
                let since = workload.started_at.as_deref().filter(|_| workload.state == "running");
                let since = since.and_then(|at| at.parse().ok()).map(|at| time::relative(at, now)).unwrap_or_default();
                let held = match (&workload.held, workload.ignored) {
                    (Some(held), _) => held.clone(),
                    (None, true) => "is left alone".to_owned(),
                    (None, false) => String::new(),
                };
                let owner = workload.owner.clone().unwrap_or_default();
                table.add_row([&workload.target, &workload.name, &workload.state, &owner, &since, &held]);
            }
            format!("{}\n{unknown}", lines(&table)).trim_end().to_owned()
        })
    }
}
