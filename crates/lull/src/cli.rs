//! The command line: every command, with what `--help` says of it.
use clap::{Parser, Subcommand};

use crate::commands::approve::Approve;
use crate::commands::banner::Banner;
use crate::commands::calendar::CalendarCommand;
use crate::commands::change::{Exclude, Extend, Update};
use crate::commands::context::ContextCommand;
use crate::commands::end::{End, How};
use crate::commands::enter::Enter;
use crate::commands::exit::Exit;
use crate::commands::feed::FeedCommand;
use crate::commands::gate::GateCommand;
use crate::commands::import::Import;
use crate::commands::limit::LimitCommand;
use crate::commands::list::{List, Workloads};
use crate::commands::log::Log;
use crate::commands::manual::{Completions, Man};
use crate::commands::schedule::{Schedule, Start};
use crate::commands::series::SeriesCommand;
use crate::commands::show::{Plan, Show};
use crate::commands::slots::Slots;
use crate::commands::stop::Stop;
use crate::commands::target::TargetCommand;
use crate::commands::token::TokenCommand;
use crate::commands::trouble::{Accept, Retry};
use crate::commands::verify::Again;
use crate::commands::wait::Wait;
use crate::failed::Failed;
use crate::session::{Connection, Session};

const EXIT_CODES: &str = "\
Exit codes:
  0  done
  1  unexpected: neither side understands the other, or output cannot be written
  2  usage: the command line makes no sense
  3  refused: the server does not accept what was sent
  4  not found
  5  forbidden: the token is missing, not known, or lacks a right
  6  conflict: the state of things does not allow it, or somebody was faster
  7  unreachable: nobody answers, or the server cannot now
  8  timed out while waiting; what was begun goes on
  9  while waiting, a person is needed; what was begun goes on

Times are RFC 3339 (2026-11-22T03:00:00+01:00), YYYY-MM-DD HH:MM, or HH:MM for the next time a clock shows it.
Durations are 2h30m, 45m, 1d, or ISO 8601 (PT2H30M).

Example: lull enter acme/prod/shop --for 2h --wait";

const SERVE: &str = "\
Environment:
  LULL_LOG     how much is logged on standard error: warn, info (the default), debug, or as tracing's filters are written
  DOCKER_HOST  where the adapter `docker` reaches its engine, where there is no --config

Without a token: /healthz, /readyz, /metrics (OpenMetrics), /openapi.json, /docs. A body has 256 KiB at most and 20 s, the
head of a request 32 KiB and 30 s, an answer 30 s. There are as many connections as the system allows open files, less 256, and
16,384 at most. SIGINT or SIGTERM ends it: what is under way has 3 s.

Example: lull serve --listen 127.0.0.1:7420 --data /var/lib/lull --config /etc/lull.toml";

/// The control plane for planned maintenance
#[derive(Parser, Clone, Debug)]
#[command(name = "lull", version, after_help = EXIT_CODES, arg_required_else_help = true)]
pub struct Cli {
    #[command(flatten)]
    pub connection: Connection,
    #[command(subcommand)]
    pub command: Command,
}

/// What to do.
#[derive(Subcommand, Clone, Debug)]
pub enum Command {
    /// Run the server
    #[command(after_help = SERVE)]
    Serve(crate::serve::Serve),
    /// Try it out: a server, and a small estate of real processes that goes quiet and comes back
    #[command(after_help = "Example: lull demo")]
    Demo(crate::demo::Demo),
    #[command(flatten)]
    Client(Client),
    /// Servers by name: add, use, list, remove
    #[command(subcommand)]
    Context(ContextCommand),
    /// Print what a shell completes by: bash, zsh, fish
    #[command(after_help = "Example: lull completions bash")]
    Completions(Completions),
    /// Print the manual page, or write a page for each command into a folder
    #[command(after_help = "Example: lull man /usr/local/share/man/man1")]
    Man(Man),
    /// Print the OpenAPI document
    #[command(hide = true)]
    Openapi,
    /// The processes of the demo, as its adapter lists, stops and starts them
    #[command(hide = true)]
    DemoProcess(crate::demo::process::DemoProcess),
}

/// What is asked of a server.
#[derive(Subcommand, Clone, Debug)]
pub enum Client {
    /// What Lull looks after: list, add, show, set, remove
    #[command(subcommand)]
    Target(TargetCommand),
    /// Put targets into maintenance now
    ///
    /// Where exactly these targets are in maintenance by hand already, with the same preset, that one is answered.
    #[command(after_help = "Example: lull enter acme/prod/shop --reason \"database upgrade\" --for 2h --wait")]
    Enter(Enter),
    /// Schedule a new maintenance, or a draft
    ///
    /// No command makes a draft, or edits what is planned otherwise than `extend` and `exclude` do. The API does: POST
    /// /api/v1/maintenances with `draft`, and PATCH /api/v1/maintenances/{id}.
    #[command(
        after_help = "Example: lull schedule acme/prod/shop --at \"2026-11-22 03:00\" --for 2h --zone Europe/Berlin"
    )]
    Schedule(Schedule),
    /// Approve a plan, as a second person: neither who made it nor who changed it last
    #[command(after_help = "Example: lull approve mnt_0199f3a2")]
    Approve(Approve),
    /// Show when something would fit, the quietest times first, and what schedules it; exit code 6 where it does not
    #[command(after_help = "Example: lull slots acme/prod/shop --for 2h --hours 22:00-06:00 --days SA,SU")]
    Slots(Slots),
    /// Begin one that is scheduled, or a draft, now
    #[command(after_help = "Example: lull start acme/prod/shop --wait --timeout 5m")]
    Start(Start),
    /// Move the end of a maintenance, later or earlier
    #[command(after_help = "Example: lull extend acme/prod/shop --by 30m")]
    Extend(Extend),
    /// Let a part of a maintenance out early
    #[command(after_help = "Example: lull exclude acme/prod/shop acme/prod/shop/web")]
    Exclude(Exclude),
    /// Tell people how a maintenance is going
    #[command(after_help = "Example: lull update acme/prod/shop \"Schema is migrated\" --percent 60")]
    Update(Update),
    /// Start what a maintenance stopped, to see whether it is right; users stay out
    #[command(after_help = "Example: lull verify acme/prod/shop --wait")]
    Verify(Again),
    /// It is not right yet: stop again what was started to be verified
    #[command(after_help = "Example: lull reenter acme/prod/shop --wait")]
    Reenter(Again),
    /// Wait until a maintenance is ready, or done
    #[command(after_help = "Example: lull wait acme/prod/shop ready --timeout 30m")]
    Wait(Wait),
    /// End a maintenance: what ran before runs again
    #[command(after_help = "Example: lull complete acme/prod/shop --message \"Faster search\" --wait")]
    Complete(End),
    /// Give a maintenance up: scheduled, it never begins; in progress, what ran before runs again
    #[command(after_help = "Example: lull cancel mnt_0199f3a2 --reason \"vendor moved the date\"")]
    Cancel(End),
    /// Take a target out of maintenance: complete what you may end on it, and say what still holds it
    #[command(after_help = "Example: lull exit acme/prod/shop --wait")]
    Exit(Exit),
    /// Show what a maintenance will do, and what it would hit now
    #[command(after_help = "Example: lull plan acme/prod/shop")]
    Plan(Plan),
    /// List maintenances in progress and to come
    #[command(after_help = "Example: lull list --all acme/prod")]
    List(List),
    /// Show one maintenance: its targets, what waits for what, what needs a person
    #[command(after_help = "Example: lull show acme/prod/shop")]
    Show(Show),
    /// Try again what failed
    #[command(after_help = "Example: lull retry acme/prod/shop shop-web-1 --wait")]
    Retry(Retry),
    /// Accept things as they are: nobody tries to stop or start them any more
    #[command(after_help = "Example: lull accept acme/prod/shop shop-web-1 --reason \"its disk is broken\"")]
    Accept(Accept),
    /// Stop what runs for good, each backed up first; nothing starts it again at the end
    #[command(after_help = "Example: lull stop acme/prod --reason \"end of the day\" --yes --wait")]
    Stop(Stop),
    /// Put up a text that members see on a target, or take it down
    #[command(after_help = "Example: lull banner acme/prod \"New disks on Sunday\"")]
    Banner(Banner),
    /// List what runs, or could
    #[command(after_help = "Example: lull workloads acme/prod/shop")]
    Workloads(Workloads),
    /// Print what happened
    #[command(after_help = "Example: lull log acme/prod/shop --kind notice --follow")]
    Log(Log),
    /// What comes again and again: add, list, show, skip, move, split, end, preview
    #[command(subcommand)]
    Series(SeriesCommand),
    /// How much may be in maintenance at a time: add, list, remove
    #[command(subcommand)]
    Limit(LimitCommand),
    /// When no maintenance should be: add, list, show, refresh, remove
    #[command(subcommand)]
    Calendar(CalendarCommand),
    /// Ask the gate, and let people through it: check, at, pass, passes, revoke
    #[command(subcommand)]
    Gate(GateCommand),
    /// Calendars of what is planned, for whoever has their link: add, list, revoke
    #[command(subcommand)]
    Feed(FeedCommand),
    /// Import notices of others, as carriers send them: each becomes a draft, which its next editions change or cancel
    #[command(after_help = "Example: lull import notice.ics --under acme/prod/network")]
    Import(Import),
    /// Who may do what: create, list, revoke
    #[command(subcommand)]
    Token(TokenCommand),
}

impl Client {
    /// Does it.
    ///
    /// # Errors
    /// As each command says.
    pub async fn run(&self, session: &Session) -> Result<(), Failed> {
        match self {
            Self::Target(command) => command.run(session).await,
            Self::Enter(command) => command.run(session).await,
            Self::Schedule(command) => command.run(session).await,
            Self::Approve(command) => command.run(session).await,
            Self::Slots(command) => command.run(session).await,
            Self::Start(command) => command.run(session).await,
            Self::Extend(command) => command.run(session).await,
            Self::Exclude(command) => command.run(session).await,
            Self::Update(command) => command.run(session).await,
            Self::Verify(command) => command.verify(session).await,
            Self::Reenter(command) => command.reenter(session).await,
            Self::Wait(command) => command.run(session).await,
            Self::Complete(command) => command.run(session, How::Completed).await,
            Self::Cancel(command) => command.run(session, How::Cancelled).await,
            Self::Exit(command) => command.run(session).await,
            Self::Plan(command) => command.run(session).await,
            Self::List(command) => command.run(session).await,
            Self::Show(command) => command.run(session).await,
            Self::Retry(command) => command.run(session).await,
            Self::Accept(command) => command.run(session).await,
            Self::Stop(command) => command.run(session).await,
            Self::Banner(command) => command.run(session).await,
            Self::Workloads(command) => command.run(session).await,
            Self::Log(command) => command.run(session).await,
            Self::Series(command) => command.run(session).await,
            Self::Limit(command) => command.run(session).await,
            Self::Calendar(command) => command.run(session).await,
            Self::Gate(command) => command.run(session).await,
            Self::Feed(command) => command.run(session).await,
            Self::Import(command) => command.run(session).await,
            Self::Token(command) => command.run(session).await,
        }
    }
}

#[cfg(test)]
mod tests;
