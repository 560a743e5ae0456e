//! `lull series`: what comes again and again.
use clap::{Args, Subcommand};
use lull_api::params::{EndSeries, Listing, MoveOccurrence, NewSeries, OneOccurrence, Override, SeriesChange};
use lull_api::views::{Series, SeriesOccurrence};

use super::enter::{What, instant};
use crate::failed::{Exit, Failed};
use crate::session::{Session, lines};
use crate::time::{self, Lasting, When};
use crate::words;

mod preview;

/// What is done with something that comes again and again.
#[derive(Subcommand, Clone, Debug)]
pub enum SeriesCommand {
    /// Make a series: each occurrence is a maintenance of its own from 35 days before it begins
    #[command(after_help = "Example: lull series add acme/prod/shop --when \"every second Sunday 02:00-04:00\"")]
    Add(Box<Add>),
    /// List the series, with what comes next of each
    #[command(after_help = "Example: lull series list")]
    List,
    /// Show one series, with its next ten occurrences
    #[command(after_help = "Example: lull series show ser_0199f3a2")]
    Show {
        /// Its id, or the beginning of it
        id: String,
    },
    /// Leave one occurrence out: the next one, where none is named
    #[command(after_help = "Example: lull series skip ser_0199f3a2 2026-12-06T02:00")]
    Skip(One),
    /// Give one occurrence another time: the next one, where none is named
    #[command(after_help = "Example: lull series move ser_0199f3a2 --to \"2026-12-07 02:00\"")]
    Move(Move),
    /// Change one occurrence and all that follow: another series goes on from there
    #[command(after_help = "Example: lull series split ser_0199f3a2 2026-12-06T02:00 --for 3h")]
    Split(Box<Split>),
    /// End a series: the occurrence that is named and all that follow are held no more; else all that begin from now on
    #[command(after_help = "Example: lull series end ser_0199f3a2")]
    End(One),
    /// Show what words or rules come to, clock changes included; nothing is stored
    #[command(after_help = "Example: lull series preview \"every second Sunday 02:00-04:00 Europe/Berlin\"")]
    Preview(preview::Preview),
}

/// A new series.
#[derive(Args, Clone, Debug)]
pub struct Add {
    /// The targets, each with everything below it
    #[arg(required = true, value_name = "PATH")]
    pub paths: Vec<String>,
    #[command(flatten)]
    when: WhenAgain,
    /// What becomes of one that begins while the one before still runs: join or skip
    #[arg(long, value_name = "WHAT", default_value = "join")]
    pub overlap: String,
    #[command(flatten)]
    what: What,
}

/// When it comes again.
#[derive(Args, Clone, Debug)]
pub struct WhenAgain {
    /// As you would say it, with its times
    #[arg(long, value_name = "TEXT", conflicts_with_all = ["rules", "start"])]
    pub when: Option<String>,
    /// A rule of RFC 5545, with --start and --for; may be given several times
    #[arg(long = "rule", value_name = "RRULE")]
    pub rules: Vec<String>,
    /// From when, on the clocks of the zone: YYYY-MM-DDTHH:MM; it may lie in the past
    #[arg(long, value_name = "LOCAL")]
    pub start: Option<String>,
    /// A further start; may be given several times
    #[arg(long = "also", value_name = "LOCAL")]
    pub also: Vec<String>,
    /// A start that is left out; may be given several times
    #[arg(long = "except", value_name = "LOCAL")]
    pub except: Vec<String>,
}

/// A series, and one of its occurrences.
#[derive(Args, Clone, Debug)]
pub struct One {
    /// The id of the series, or the beginning of it
    pub id: String,
    /// The occurrence, by its start as the rules give it: YYYY-MM-DDTHH:MM
    pub occurrence: Option<String>,
}

/// Another time for one.
#[derive(Args, Clone, Debug)]
pub struct Move {
    #[command(flatten)]
    one: One,
    /// When it begins instead: RFC 3339, YYYY-MM-DD HH:MM or HH:MM
    #[arg(long, value_name = "TIME")]
    pub to: When,
    /// When it ends instead; as long after its start as before, where it is left out
    #[arg(long, value_name = "TIME")]
    pub until: Option<When>,
    /// Accept what speaks against it, such as a blackout, for this reason; needs the permission override
    #[arg(long = "override", value_name = "REASON")]
    pub overrule: Option<String>,
}

/// From one on otherwise.
#[derive(Args, Clone, Debug)]
pub struct Split {
    /// The id of the series, or the beginning of it
    pub id: String,
    /// The first that is otherwise, by its start as the rules give it: YYYY-MM-DDTHH:MM
    pub occurrence: String,
    #[command(flatten)]
    when: WhenAgain,
    /// How long each lasts from then on
    #[arg(long = "for", value_name = "DURATION")]
    pub lasts: Option<Lasting>,
    /// The zone whose clocks count from then on
    #[arg(long, value_name = "ZONE")]
    pub zone: Option<String>,
    /// One line
    #[arg(long, value_name = "TEXT")]
    pub title: Option<String>,
    /// What quiet means from then on
    #[arg(long, value_name = "PRESET")]
    pub preset: Option<String>,
}

impl SeriesCommand {
    /// Does it.
    ///
    /// # Errors
    /// The server does not answer or refuses.
    pub async fn run(&self, session: &Session) -> Result<(), Failed> {
        match self {
            Self::Add(add) => add.run(session).await,
            Self::List => list(session).await,
            Self::Show { id } => shown(session, &find(session, id).await?),
            Self::Skip(one) => one.skip(session).await,
            Self::Move(to) => to.run(session).await,
            Self::Split(split) => split.run(session).await,
            Self::End(one) => one.end(session).await,
            Self::Preview(preview) => preview.run(session).await,
        }
    }
}

impl Add {
    async fn run(&self, session: &Session) -> Result<(), Failed> {
        if self.what.until.is_some() {
            return Err(Failed::new(Exit::Usage, "A series has a length, and no one end.").remedy("Give --for."));
        }
        if self.what.overrule.is_some() {
            return Err(Failed::new(Exit::Usage, "A series leaves out what falls into a blackout, and accepts none.")
                .remedy(
                    "`lull series move ID OCCURRENCE --to TIME --override REASON` accepts one for one occurrence.",
                ));
        }
        let body = self.what.body(session, &self.paths).await?;
        let new = NewSeries {
            title: body.title,
            reason: body.reason,
            scope: body.scope,
            preset: body.preset,
            policy: body.policy,
            zone: body.zone,
            reminders: body.reminders,
            overlap: Some(self.overlap.clone()),
            text: self.when.when.clone(),
            rules: self.when.rules.clone(),
            rdates: self.when.also.clone(),
            exdates: self.when.except.clone(),
            start: self.when.start.clone(),
            duration: body.duration,
            ..NewSeries::default()
        };
        shown(session, &session.client.create_series(&new).await?)
    }
}

async fn list(session: &Session) -> Result<(), Failed> {
    let found = session.client.all_series(&Listing::default()).await?;
    session.answer(&found, || {
        if found.items.is_empty() {
            return "No series. `lull series add PATH --when TEXT` makes one.".to_owned();
        }
        let mut table = session.table(["ID", "TITLE", "WHEN", "SCOPE", "NEXT"]);
        for series in &found.items {
            let next = series.next.iter().find(|it| is_to_come(it)).map_or("ended", |it| it.starts_at.as_str());
            let next = time::short(next, zone_of(series));
            let (scope, said) = (words::scope(&series.scope), &series.title);
            table.add_row([&series.id, said, &series.sentence, &scope, &next]);
        }
        lines(&table)
    })
}

impl One {
    /// The series, and the occurrence that is meant.
    async fn found(&self, session: &Session) -> Result<(Series, String), Failed> {
        let series = find(session, &self.id).await?;
        let next = || series.next.iter().find(|it| is_to_come(it)).map(|it| it.occurrence.clone());
        let none = || Failed::new(Exit::Conflict, "Nothing of this series is to come.");
        let occurrence = self.occurrence.clone().or_else(next).ok_or_else(none)?;
        Ok((series, occurrence))
    }

    async fn skip(&self, session: &Session) -> Result<(), Failed> {
        let (series, occurrence) = self.found(session).await?;
        let skipped = session.client.skip_occurrence(&series.id, &OneOccurrence { occurrence }).await?;
        session.answer(&skipped, || {
            let at = skipped.starts_at.as_deref().unwrap_or_default();
            format!("Left out: {} on {}.", skipped.title, time::told(at, &skipped.zone))
        })
    }

    async fn end(&self, session: &Session) -> Result<(), Failed> {
        let series = find(session, &self.id).await?;
        let end = EndSeries { occurrence: self.occurrence.clone() };
        shown(session, &session.client.end_series(&series.id, &end).await?)
    }
}

impl Move {
    async fn run(&self, session: &Session) -> Result<(), Failed> {
        let (series, occurrence) = self.one.found(session).await?;
        let zone = zone_of(&series);
        let Some(starts_at) = instant(session, Some(self.to), zone).await? else { return Ok(()) };
        let ends_at = instant(session, self.until, zone).await?;
        let overrule = self.overrule.clone().map(|reason| Override { reason });
        let to = MoveOccurrence { occurrence, starts_at, ends_at, overrule };
        let moved = session.client.move_occurrence(&series.id, &to).await?;
        session.answer(&moved, || {
            let at = |at: &Option<String>| time::told(at.as_deref().unwrap_or_default(), &moved.zone);
            format!("Moved: {} begins {}, ends {}.", moved.title, at(&moved.starts_at), at(&moved.ends_at))
        })
    }
}

impl Split {
    async fn run(&self, session: &Session) -> Result<(), Failed> {
        let series = find(session, &self.id).await?;
        let some = |list: &[String]| (!list.is_empty()).then(|| list.to_vec());
        let change = SeriesChange {
            occurrence: Some(self.occurrence.clone()),
            title: self.title.clone(),
            preset: self.preset.clone(),
            zone: self.zone.clone(),
            text: self.when.when.clone(),
            rules: some(&self.when.rules),
            rdates: some(&self.when.also),
            exdates: some(&self.when.except),
            start: self.when.start.clone(),
            duration: self.lasts.map(|lasts| lasts.to_string()),
            ..SeriesChange::default()
        };
        shown(session, &session.client.split_series(&series.id, &change).await?)
    }
}

/// The series that a word means: by its id, or by the beginning of it.
///
/// # Errors
/// There is none, there are several, or the server does not answer.
pub async fn find(session: &Session, name: &str) -> Result<Series, Failed> {
    const WHOLE: usize = "ser_".len() + 32;
    if name.len() >= WHOLE {
        return Ok(session.client.series(name).await?);
    }
    if name.len() < "ser_".len() + 6 {
        return Err(Failed::new(Exit::Usage, format!("{name} is too short for the beginning of an id."))
            .remedy("Write six characters of it or more; `lull series list` shows them."));
    }
    let found = session.client.all_series(&Listing::default()).await?.items;
    let mut found = found.into_iter().filter(|series| series.id.starts_with(name));
    match (found.next(), found.next()) {
        (Some(one), None) => Ok(one),
        (Some(_), Some(_)) => Err(Failed::new(Exit::Conflict, format!("Several series begin with {name}."))
            .remedy("Write more of the id; `lull series list` shows it.")),
        (None, _) => Err(Failed::new(Exit::NotFound, format!("No series begins with {name}."))
            .remedy("`lull series list` shows them.")),
    }
}

fn zone_of(series: &Series) -> &str {
    series.zone.as_deref().unwrap_or("UTC")
}

fn is_to_come(occurrence: &SeriesOccurrence) -> bool {
    matches!(occurrence.status.as_str(), "planned" | "scheduled")
}

fn shown(session: &Session, series: &Series) -> Result<(), Failed> {
    session.answer(series, || told(series))
}

/// What a series says, and what comes next: in its zone, and in the reader's where that is another.
pub fn told(series: &Series) -> String {
    let (zone, here) = (zone_of(series), time::zone_here());
    let line = |it: &SeriesOccurrence| {
        let (from, to) = (time::dated(&it.starts_at, zone), time::dated(&it.ends_at, zone));
        let yours = match here == zone {
            true => String::new(),
            false => format!(", yours {}", time::dated(&it.starts_at, &here)),
        };
        let notes: String = it.note.iter().flat_map(|note| note.split(' ')).map(preview::in_words).collect();
        let moved = if it.moved { ", moved" } else { "" };
        let state = if is_to_come(it) { String::new() } else { format!(", {}", it.status.replace('_', " ")) };
        format!("\n  {}  {from} to {to}{yours}{notes}{moved}{state}", it.occurrence)
    };
    let next: String = series.next.iter().map(line).collect();
    let next = if next.is_empty() { "\n  Nothing more is to come.".to_owned() } else { next };
    let follows = series.follows.iter().map(|id| format!("\n  goes on from {id}")).collect::<String>();
    let ends = series.ends_before.iter().map(|key| format!("\n  ends before {key}")).collect::<String>();
    let approval = series.approval.iter().map(|it| format!("\n  {}", words::approval(it))).collect::<String>();
    let scope = words::scope(&series.scope);
    format!("{}  {}\n  scope   {scope}\n  {}{follows}{ends}{approval}{next}", series.id, series.title, series.sentence)
}
