//! Waits until a maintenance is where one wants it, and tells what happens meanwhile.
use std::collections::BTreeMap;
use std::io::Write;
use std::time::{Duration, Instant};

use clap::Args;
use jiff::Timestamp;
use lull_api::params::Listing;
use lull_api::views::{Engagement, Maintenance};
use lull_api::{Error, Events};

use crate::failed::{Exit, Failed};
use crate::left::Left;
use crate::session::Session;
use crate::time::Lasting;
use crate::words::{self, Clock};

/// What happens is looked at this often, also when no event says so.
const LOOK_EVERY: Duration = Duration::from_millis(500);

/// Whether to wait.
#[derive(Args, Clone, Debug)]
pub struct Waiting {
    /// Wait until it is done, and show what happens meanwhile
    #[arg(long)]
    pub wait: bool,
    /// How long to wait at most
    #[arg(long, default_value = "10m", value_name = "DURATION", requires = "wait")]
    pub timeout: Lasting,
}

/// What is waited for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Goal {
    /// All that is to be quiet is quiet.
    Active,
    /// Nothing new is let in, and nothing that must end still runs; while it is verified: all is back.
    Ready,
    /// It is verified, and all is back.
    Back,
    /// Completed or cancelled.
    Over,
}

/// What a look at the maintenance means for who waits.
#[derive(Debug, PartialEq, Eq)]
enum Look {
    /// The goal is reached.
    There,
    /// Not yet.
    Going,
    /// A person is needed.
    Troubled,
    /// It will never be reached: somebody ended it.
    Ended,
}

fn look(maintenance: &Maintenance, goal: Goal) -> Look {
    let is_over = matches!(maintenance.status.as_str(), "completed" | "cancelled");
    let phase = maintenance.phase.as_deref().unwrap_or_default();
    match goal {
        Goal::Over if is_over => Look::There,
        Goal::Active if matches!(phase, "active" | "verifying") => Look::There,
        Goal::Ready if maintenance.flags.ready => Look::There,
        Goal::Back if phase == "verifying" && maintenance.returning.iter().all(|one| one.state == "back") => {
            Look::There
        }
        Goal::Active | Goal::Ready | Goal::Back if is_over || phase == "leaving" => Look::Ended,
        _ if maintenance.flags.needs_attention => Look::Troubled,
        Goal::Over | Goal::Active | Goal::Ready | Goal::Back => Look::Going,
    }
}

fn is_stale(maintenance: &Maintenance, engagements: &[Engagement]) -> bool {
    !maintenance.trouble.is_empty() && !engagements.is_empty() && words::troubled(engagements).is_empty()
}

impl Waiting {
    /// Waits in any case, so long at most.
    pub const fn up_to(timeout: Lasting) -> Waiting {
        Waiting { wait: true, timeout }
    }

    /// Waits if that was asked for; the maintenance as it is then.
    ///
    /// # Errors
    /// The time is up, a person is needed, somebody ended it, or the server refuses.
    pub async fn on(&self, session: &Session, begun: Maintenance, goal: Goal) -> Result<Maintenance, Failed> {
        self.watched(session, begun, goal, &mut Left::default()).await
    }

    /// What is left alone already; nothing where nobody waits.
    pub async fn left(&self, session: &Session, id: &str) -> Left {
        if self.wait { Left::before(session, id).await } else { Left::default() }
    }

    /// As [`Waiting::on`], until it is over; adds what was left as it is.
    ///
    /// # Errors
    /// As [`Waiting::on`].
    pub async fn until_over(
        &self,
        session: &Session,
        ended: Maintenance,
        left: &mut Left,
    ) -> Result<Maintenance, Failed> {
        let maintenance = self.watched(session, ended, Goal::Over, left).await?;
        if self.wait {
            left.recall(session, &maintenance.id).await;
        }
        Ok(maintenance)
    }

    async fn watched(
        &self,
        session: &Session,
        begun: Maintenance,
        goal: Goal,
        left: &mut Left,
    ) -> Result<Maintenance, Failed> {
        if !self.wait || look(&begun, goal) == Look::There {
            return Ok(begun);
        }
        let listing = Listing { maintenance: Some(begun.id.clone()), ..Listing::default() };
        let events = session.client.follow(listing);
        let deadline = Instant::now() + self.timeout.std();
        Watch { session, id: begun.id, goal, deadline, told: Told::default(), left }.run(events).await
    }
}

/// One wait.
struct Watch<'a> {
    session: &'a Session,
    id: String,
    goal: Goal,
    deadline: Instant,
    told: Told,
    left: &'a mut Left,
}

impl Watch<'_> {
    async fn run(mut self, mut events: Events) -> Result<Maintenance, Failed> {
        let mut last = None;
        loop {
            match self.seen().await {
                Ok((maintenance, engagements)) => {
                    self.left.see(&engagements);
                    let now = self.session.now().await?;
                    self.tell(&maintenance, &engagements, now)?;
                    match look(&maintenance, self.goal) {
                        Look::There => {
                            self.told.clear(self.session);
                            return Ok(maintenance);
                        }
                        // After a retry the trouble of a maintenance is told a moment longer than that of its things.
                        Look::Troubled if is_stale(&maintenance, &engagements) => last = Some(maintenance),
                        Look::Troubled => return Err(self.troubled(&maintenance, &engagements)),
                        Look::Ended => return Err(self.ended(&maintenance)),
                        Look::Going => last = Some(maintenance),
                    }
                }
                // The server may be on its way back; who waits has said for how long.
                Err(Error::Unreachable { .. }) => {}
                Err(error) => return Err(error.into()),
            }
            let left = self.deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Err(self.timed_out(last.as_ref()));
            }
            // An event only makes the next look sooner; a stream that cannot be had costs nothing but that.
            let _sooner = events.next(left.min(LOOK_EVERY)).await;
        }
    }

    async fn seen(&self) -> Result<(Maintenance, Vec<Engagement>), Error> {
        // In this order, what is told of the targets is never older than the state that ends the wait.
        let maintenance = self.session.client.maintenance(&self.id).await?;
        let listing = Listing { maintenance: Some(self.id.clone()), ..Listing::default() };
        Ok((maintenance, self.session.client.engagements(&listing).await?.items))
    }

    fn tell(&mut self, maintenance: &Maintenance, engagements: &[Engagement], now: Timestamp) -> Result<(), Failed> {
        if self.session.json {
            return Ok(());
        }
        let lines = self.told.news(engagements, Clock { now, zone: &maintenance.zone });
        if !lines.is_empty() {
            self.told.clear(self.session);
        }
        lines.iter().try_for_each(|line| self.session.say(line))?;
        self.told.show(self.session, &words::state(maintenance));
        Ok(())
    }

    fn troubled(&mut self, maintenance: &Maintenance, engagements: &[Engagement]) -> Failed {
        self.told.clear(self.session);
        // The state says that it needs attention.
        let mut what = format!("{} is {}:", self.id, words::state(maintenance));
        let troubles = words::troubles(maintenance, engagements);
        let running = words::blockers(maintenance, &maintenance.zone).into_iter().filter(|_| troubles.is_empty());
        for trouble in running.map(|line| format!("still runs: {line}")).chain(troubles.clone()) {
            what.push_str(&format!("\n  {trouble}"));
        }
        let failed = Failed::new(Exit::NeedsAttention, what);
        words::remedies(&self.id, &words::troubled(engagements)).into_iter().fold(failed, Failed::remedy)
    }

    fn ended(&mut self, maintenance: &Maintenance) -> Failed {
        self.told.clear(self.session);
        let what = format!("{} was ended meanwhile: it is {}.", self.id, words::state(maintenance));
        Failed::new(Exit::Conflict, what).remedy(format!("`lull log {}` says by whom.", self.id))
    }

    fn timed_out(&mut self, last: Option<&Maintenance>) -> Failed {
        self.told.clear(self.session);
        let Some(last) = last else {
            return Failed::new(Exit::Unreachable, format!("{} did not answer in time.", self.session.client.url()))
                .remedy(format!("It goes on by itself when the server is back: `lull show {}`.", self.id));
        };
        let what = format!("The time for waiting is up. {} goes on; it is {}.", self.id, words::state(last));
        Failed::new(Exit::TimedOut, what).remedy(format!("`lull show {}` says what it waits for.", self.id))
    }
}

/// What was said last of each target.
#[derive(Default)]
struct Told {
    lines: BTreeMap<String, String>,
    shown: bool,
}

impl Told {
    /// A line for each target of which there is something new to say.
    fn news(&mut self, engagements: &[Engagement], clock: Clock<'_>) -> Vec<String> {
        let mut news = Vec::new();
        let mut unseen: Vec<String> = self.lines.keys().cloned().collect();
        for engagement in engagements {
            unseen.retain(|target| *target != engagement.target);
            let line = words::engagement(engagement, clock);
            if self.lines.insert(engagement.target.clone(), line.clone()).as_ref() != Some(&line) {
                news.push(format!("{}  {line}", engagement.target));
            }
        }
        // What is free and has nothing to say any more is left out of the list.
        for target in unseen {
            self.lines.remove(&target);
            news.push(format!("{target}  normal"));
        }
        news
    }

    /// The state, on a line of a terminal that the next one overwrites.
    fn show(&mut self, session: &Session, state: &str) {
        if session.is_terminal {
            let _not_vital = write!(std::io::stdout(), "\r\x1b[K{state} …");
            let _not_vital = std::io::stdout().flush();
            self.shown = true;
        }
    }

    fn clear(&mut self, session: &Session) {
        if self.shown && session.is_terminal {
            let _not_vital = write!(std::io::stdout(), "\r\x1b[K");
            let _not_vital = std::io::stdout().flush();
            self.shown = false;
        }
    }
}
