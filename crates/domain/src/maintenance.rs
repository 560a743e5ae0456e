//! The plan and its life: one function changes it.
use serde::{Deserialize, Serialize};

use crate::Instant;
use crate::id::MaintenanceId;
use crate::life::{Life, State, Trigger, Verb, Verdict, possible, verdict};
use crate::order::{Actor, Closing, Command, Finding, Order, Step, Tell};
use crate::plan::{Edit, Plan};
use crate::policy::{Running, Then};
use crate::refusal::{Because, Refusal};
use crate::rights;
use crate::series::OfSeries;
use crate::told::Told;

mod approval;
mod due;

pub use approval::Approval;
pub use due::Due;

/// A maintenance.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Maintenance {
    /// Its id.
    pub id: MaintenanceId,
    /// What it means to do.
    pub plan: Plan,
    /// Where it stands.
    pub life: Life,
    /// What people were told.
    pub told: Told,
    /// Of which series it is an occurrence.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub series: Option<OfSeries>,
    /// Who made it.
    pub created_by: Actor,
    /// When.
    pub created_at: Instant,
    /// Who changed the plan last; none where nobody has.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub changed_by: Option<Actor>,
    /// The second person's word on the plan.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approval: Option<Approval>,
    /// Grows with every change of the plan: ETag and iCalendar SEQUENCE.
    pub revision: u64,
}

/// What became of an order.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Obeyed {
    /// This is how it stands now.
    Changed(Box<Maintenance>),
    /// It was so already.
    Same(Box<Maintenance>),
    /// The draft is no more.
    Gone,
}

impl Maintenance {
    /// The next state, the same, or why not: rights, then the table, then the one part that changes.
    pub fn obey(mut self, order: &Order) -> Result<Obeyed, Refusal> {
        rights::may(&self, order)?;
        match verdict(&self.life, order.command.verb()) {
            Verdict::Same => return Ok(Obeyed::Same(Box::new(self))),
            Verdict::No(why) => return Err(self.conflict(order, why)),
            Verdict::Go => {}
        }
        match &order.command {
            Command::Edit(edit) => return self.edited(edit, order),
            Command::Life(Step::Delete) => return self.deleted(order),
            Command::Life(Step::Approve(hash)) => return self.approved(hash, order),
            Command::Life(Step::Start) if self.is_too_late(order.at) => return Err(self.too_late()),
            Command::Life(Step::Start) if !self.may_begin(order) => return Err(self.unapproved()),
            Command::Life(step) => {
                let reason = (*step == Step::Miss).then(|| self.missed_for());
                self.life = self.life.step(step, order, self.plan.starts_at).because(reason);
                self.told = self.told.at(step, order.at);
            }
            Command::Tell(Tell::ApprovalLapsed) if self.approval.as_ref().is_none_or(Approval::has_lapsed) => {
                return Ok(Obeyed::Same(Box::new(self)));
            }
            Command::Tell(Tell::ApprovalLapsed) => self.approval = self.approval.map(|it| it.lapsed(order.at)),
            Command::Tell(Tell::HeldBack(why)) if self.told.held_back.as_ref() == Some(why) => {
                return Ok(Obeyed::Same(Box::new(self)));
            }
            Command::Tell(tell) => self.told = self.told.with(tell, order),
            Command::Found(Finding::Trouble(names)) if *names == self.told.trouble => {
                return Ok(Obeyed::Same(Box::new(self)));
            }
            Command::Found(Finding::Trouble(names)) => self.told.trouble = names.clone(),
            Command::Found(finding) => self.life = self.life.found(finding, order.at),
        }
        Ok(Obeyed::Changed(Box::new(self)))
    }

    /// The plan is another one: what was told of an end is void with that end, and what was approved with that plan.
    fn edited(mut self, edit: &Edit, order: &Order) -> Result<Obeyed, Refusal> {
        let plan = self.plan.clone().edited(edit, &self.life, order.at)?;
        if plan == self.plan {
            return Ok(Obeyed::Same(Box::new(self)));
        }
        let before = Maintenance { plan, ..self.clone() };
        let before = std::mem::replace(&mut self, before);
        self.told = self.told.after(edit, &before, order.at);
        if self.ends_at() != before.ends_at() {
            self.told = Told { asked_at: None, end_changed_at: Some(order.at), ..self.told };
        }
        self.life = self.life.overrun(edit, &before, order);
        if matches!(self.life, Life::Scheduled) && self.plan.differs(&before.plan) {
            self.approval = self.approval.map(|approval| match &order.facts.approved_hash {
                Some(hash) if !approval.has_lapsed() => Approval { plan: hash.clone(), ..approval },
                _ => approval.lapsed(order.at),
            });
        }
        self.series = self.series.map(|of| of.after(edit, &order.by));
        if order.by != Actor::Schedule {
            self.changed_by = Some(order.by.clone());
        }
        self.revision += 1;
        Ok(Obeyed::Changed(Box::new(self)))
    }

    /// Begun now, nothing of its window would be left.
    fn is_too_late(&self, now: Instant) -> bool {
        self.plan.ends_at(Some(now)).is_some_and(|ends_at| now >= ends_at - self.plan.policy.cutoff)
    }

    fn too_late(&self) -> Refusal {
        Refusal {
            state: Some(self.state_name().to_owned()),
            possible: possible(&self.life),
            ..Refusal::new(Because::State, "Its time is over.", "Give it a later end, then start it.").at("ends_at")
        }
    }

    /// A draft is gone; anything else ends as its state says.
    fn deleted(self, order: &Order) -> Result<Obeyed, Refusal> {
        let step = match self.life.state() {
            State::D => return Ok(Obeyed::Gone),
            State::S => Step::Cancel(Closing::default()),
            _ => Step::Complete(Closing::default()),
        };
        self.obey(&Order { command: Command::Life(step), ..order.clone() })
    }

    fn conflict(&self, order: &Order, why: &str) -> Refusal {
        let state = self.state_name();
        let (detail, remedy) = match order.command.verb() {
            Verb::Verify if self.life.state() == State::E => {
                let missing = order.facts.waits_for.join(", ");
                let detail = match missing.is_empty() {
                    true => "It is still entering.".to_owned(),
                    false => format!("It is still entering, and waits for {missing}."),
                };
                (detail, "Wait until it is active, exclude what cannot stop, or accept it.".to_owned())
            }
            Verb::Complete if self.life.state() == State::S => {
                ("It has not begun.".to_owned(), "Cancel it instead.".to_owned())
            }
            Verb::Extend if self.life.state() == State::L => {
                ("It is leaving.".to_owned(), "Start a new one; it takes over what is still held.".to_owned())
            }
            Verb::EditScopeOrPolicy if why == "exclude only" => (
                "In progress a scope only shrinks, and the policy stays.".to_owned(),
                "Exclude what shall come out early.".to_owned(),
            ),
            _ => (format!("This is not possible while it is {state}."), remedy(&self.life)),
        };
        Refusal {
            state: Some(state.to_owned()),
            possible: possible(&self.life),
            ..Refusal::new(Because::State, detail, remedy)
        }
    }

    /// When it ends, as far as is known.
    pub fn ends_at(&self) -> Option<Instant> {
        self.plan.ends_at(self.began_at().or(self.plan.starts_at))
    }

    /// From then on nothing more is stopped; none where no end is known.
    pub fn cut_off_at(&self) -> Option<Instant> {
        let cutoff = self.ends_at().map(|ends_at| ends_at - self.plan.policy.cutoff);
        // What has no end is not begun later than it would be asked whether it still goes on.
        let lapses = || Some(self.plan.starts_at? + self.plan.expires_after?);
        cutoff.or_else(|| if matches!(self.life, Life::Scheduled) { lapses() } else { None })
    }

    /// Nothing more is stopped.
    pub fn is_cut_off(&self, now: Instant) -> bool {
        self.cut_off_at().is_some_and(|at| at <= now)
    }

    /// When it began.
    pub fn began_at(&self) -> Option<Instant> {
        match &self.life {
            Life::InProgress(progress) => Some(progress.started_at),
            Life::Completed(ended) | Life::Cancelled(ended) => ended.ran.as_ref().map(|(_, at)| *at),
            Life::Draft | Life::Scheduled => None,
        }
    }

    /// Its end has passed and it is not leaving.
    pub fn is_overdue(&self, now: Instant) -> bool {
        self.life.is_in_force() && self.ends_at().is_some_and(|ends_at| now >= ends_at)
    }

    /// The clock would begin it now: it is promised, its time has come, and nothing keeps it.
    pub fn begins(&self, now: Instant) -> bool {
        let comes = self.plan.starts_at.is_some_and(|starts_at| starts_at <= now);
        let keeps = self.waits_for_approval() || self.told.held_back.is_some();
        matches!(self.life, Life::Scheduled) && comes && !self.is_cut_off(now) && !keeps
    }

    /// Under whose hand it runs, in words.
    pub fn holder_name(&self) -> String {
        match self.life.progress().map(|progress| &progress.trigger) {
            Some(Trigger::Observer(name)) => format!("Observer {name}"),
            Some(Trigger::Manual(actor)) => actor.name().to_owned(),
            None => self.plan.owner.clone(),
        }
    }

    /// Its state, as people and the API say it.
    pub fn state_name(&self) -> &'static str {
        match self.life.state() {
            State::D => "draft",
            State::S => "scheduled",
            State::E => "entering",
            State::A => "active",
            State::V => "verifying",
            State::L => "leaving",
            State::C => "completed",
            State::X => "cancelled",
        }
    }

    /// It begins while the one of its series before it, one of these, still runs, and does not end just now.
    pub fn continues<'a>(&self, mut others: impl Iterator<Item = &'a Maintenance>, now: Instant) -> bool {
        let Some(of) = &self.series else { return false };
        others.any(|other| {
            let same = other.series.as_ref().is_some_and(|it| it.id == of.id && it.key != of.key);
            same && other.life.is_in_force() && !other.ends(now)
        })
    }

    /// What runs is to be stopped now: at once, or because its time to end is over.
    pub fn stops(&self) -> bool {
        match self.plan.policy.running {
            Running::GoOn | Running::Finish { then: Then::Wait, .. } => false,
            Running::Finish { then: Then::Stop | Then::Cancel, .. } => self.told.drain_late_at.is_some(),
            Running::Stop { .. } => true,
        }
    }

    /// It waits for what ran to end by itself.
    pub fn drains(&self) -> bool {
        self.life.state() == State::E && self.plan.policy.limit().is_some() && !self.stops()
    }
}

impl OfSeries {
    /// Whoever gives an occurrence another time has moved it.
    fn after(self, edit: &Edit, by: &Actor) -> OfSeries {
        let moves = matches!(edit, Edit::StartsAt(_) | Edit::Extend(_)) && *by != Actor::Schedule;
        OfSeries { moved: self.moved || moves, ..self }
    }
}

fn remedy(life: &Life) -> String {
    let possible = possible(life);
    if possible.is_empty() {
        "It is history; create a new one.".to_owned()
    } else {
        format!("Possible now: {}.", possible.join(", "))
    }
}
