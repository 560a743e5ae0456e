//! `lull calendar`: when no maintenance should be.
use std::io::Read as _;
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use lull_api::params::{Listing, NewCalendar};
use lull_api::views::{Blackout, Calendar};

use crate::failed::{Exit, Failed};
use crate::find;
use crate::session::{Session, lines};
use crate::time;

/// The largest file that a server takes, in bytes.
const FILE_MAX: u64 = 5 * 1024 * 1024;

/// What to do about calendars.
#[derive(Subcommand, Clone, Debug)]
pub enum CalendarCommand {
    /// Add blackouts for a target and all below it: by words, by an iCalendar file, or by an address fetched each hour
    #[command(
        after_help = "Example: lull calendar add acme/prod --name Christmas --rule \"every year on 24 December 00:00 for 3 days\""
    )]
    Add(Add),
    /// List calendars
    #[command(after_help = "Example: lull calendar list acme/prod")]
    List {
        /// Those of this target and of what is below it
        #[arg(value_name = "PATH")]
        under: Option<String>,
    },
    /// Show a calendar with its next ten blackouts, and why it could not be fetched
    #[command(after_help = "Example: lull calendar show cal_0199f3a27c417d209a553f1b8e6c2d04")]
    Show {
        /// Its id
        id: String,
    },
    /// Fetch a calendar now; where that fails, what it has still counts
    #[command(after_help = "Example: lull calendar refresh cal_0199f3a27c417d209a553f1b8e6c2d04")]
    Refresh {
        /// Its id
        id: String,
    },
    /// Remove a calendar
    #[command(after_help = "Example: lull calendar remove cal_0199f3a27c417d209a553f1b8e6c2d04")]
    Remove {
        /// Its id
        id: String,
    },
}

/// A new calendar.
#[derive(Args, Clone, Debug)]
pub struct Add {
    /// The target; everything below it, too
    pub path: String,
    /// What people call it
    #[arg(long, value_name = "NAME")]
    pub name: String,
    #[command(flatten)]
    pub made_of: MadeOf,
    /// The zone whose clocks count, and whose days are meant; yours, where it is left out
    #[arg(long, value_name = "ZONE")]
    pub zone: Option<String>,
}

/// What it is made of; one of these.
#[derive(Args, Clone, Debug)]
#[group(required = true, multiple = false)]
pub struct MadeOf {
    /// What you would say
    #[arg(long, value_name = "TEXT")]
    pub rule: Option<String>,
    /// An iCalendar file, at most 5 MiB; - is standard input
    #[arg(long, value_name = "FILE")]
    pub ics: Option<PathBuf>,
    /// Where iCalendar is fetched from: https://…, no address inside that the server's file does not allow
    #[arg(long, value_name = "URL")]
    pub fetch: Option<String>,
}

impl CalendarCommand {
    /// Does it.
    ///
    /// # Errors
    /// A file that cannot be read; the server does not answer or refuses.
    pub async fn run(&self, session: &Session) -> Result<(), Failed> {
        match self {
            Self::Add(add) => add.run(session).await,
            Self::List { under } => list(session, under.as_deref()).await,
            Self::Show { id } => {
                let calendar = session.client.calendar(id).await?;
                session.answer(&calendar, || told(&calendar))
            }
            Self::Refresh { id } => {
                let calendar = session.client.refresh_calendar(id).await?;
                session.answer(&calendar, || told(&calendar))
            }
            Self::Remove { id } => {
                let gone = session.client.remove_calendar(id).await?;
                session.answer(&gone, || format!("{id} is gone."))
            }
        }
    }
}

impl Add {
    async fn run(&self, session: &Session) -> Result<(), Failed> {
        let new = NewCalendar {
            name: self.name.clone(),
            under: self.path.clone(),
            ics: self.made_of.ics.as_deref().map(read).transpose()?,
            url: self.made_of.fetch.clone(),
            text: self.made_of.rule.clone(),
            zone: Some(self.zone.clone().unwrap_or_else(time::zone_here)),
            ..NewCalendar::default()
        };
        let calendar = session.client.create_calendar(&new).await?;
        session.answer(&calendar, || told(&calendar))
    }
}

/// The text of a file, no longer than a server takes it.
fn read(path: &Path) -> Result<String, Failed> {
    let failed = |why: String| Failed::new(Exit::Usage, format!("{}: {why}", path.display()));
    let mut text = String::new();
    let read = match path.as_os_str() == "-" {
        true => std::io::stdin().take(FILE_MAX + 1).read_to_string(&mut text),
        false => std::fs::File::open(path).and_then(|file| file.take(FILE_MAX + 1).read_to_string(&mut text)),
    };
    match read {
        Err(error) => Err(failed(error.to_string())),
        Ok(length) if length as u64 > FILE_MAX => Err(failed("it is longer than 5 MiB".to_owned())),
        Ok(_) => Ok(text),
    }
}

async fn list(session: &Session, under: Option<&str>) -> Result<(), Failed> {
    find::place(session, under).await?;
    let listing = Listing { under: under.map(str::to_owned), ..Listing::default() };
    let calendars = session.client.calendars(&listing).await?;
    session.answer(&calendars, || {
        if calendars.items.is_empty() {
            return "There is no calendar.".to_owned();
        }
        let mut table = session.table(["ID", "NAME", "UNDER", "WHEN", "FETCHED"]);
        for calendar in &calendars.items {
            table.add_row([&calendar.id, &calendar.name, &calendar.under, &when(calendar), &fetched(calendar)]);
        }
        lines(&table)
    })
}

/// When it is, or how much is in it.
fn when(calendar: &Calendar) -> String {
    match (&calendar.sentence, calendar.entries) {
        (Some(sentence), _) => sentence.clone(),
        (None, 1) => "1 entry".to_owned(),
        (None, count) => format!("{count} entries"),
    }
}

fn fetched(calendar: &Calendar) -> String {
    let zone = time::zone_here();
    match (&calendar.error, &calendar.fetched_at) {
        (Some(_), Some(at)) => format!("failed since; last {}", time::short(at, &zone)),
        (None, Some(at)) => time::short(at, &zone),
        (_, None) => "never".to_owned(),
    }
}

fn told(calendar: &Calendar) -> String {
    let zone = time::zone_here();
    let Calendar { id, name, under, .. } = calendar;
    let mut told = format!("{id}  {name} on {under}\n{}", when(calendar));
    if let Some(url) = &calendar.url {
        told += &format!("\nfetched from {url}");
    }
    if let Some(at) = &calendar.fetched_at {
        told += &format!("\nfetched {}", time::dated(at, &zone));
    }
    if let Some(error) = &calendar.error {
        told += &format!("\nIt cannot be fetched now, and stays as it is: {error}.");
    }
    let line = |blackout: &Blackout| {
        let (from, to) = (time::dated(&blackout.from, &zone), time::dated(&blackout.to, &zone));
        format!("\n  {from} to {to}  {}", blackout.name)
    };
    let next = calendar.next.as_deref().unwrap_or_default();
    if next.is_empty() {
        told += "\nNothing of it is to come.";
    }
    told + &next.iter().map(line).collect::<String>()
}
