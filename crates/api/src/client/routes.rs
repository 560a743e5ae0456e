//! A method for every route.
//!
//! All return [`Error::Unreachable`] when there is no answer, [`Error::Problem`] when the server says no and
//! [`Error::Unexpected`] when the answer is not Lull's; what else there is to say of errors stands at each method.
use reqwest::Method;

use super::{Client, Error, Events};
use crate::params::{
    Accept, Approve, BlackoutsAsked, Clause, Closing, EndSeries, Extend, GateAt, GateCheck, Import, Listing,
    MaintenanceChange, MoveOccurrence, NewBanner, NewCalendar, NewFeed, NewLimit, NewMaintenance, NewPass, NewSeries,
    NewTarget, NewToken, NewUpdate, Nothing, OneOccurrence, OperationMode, Overruling, RecurrencePreview, Retry,
    SeriesChange, SlotsAsked, StopWorkloads, TargetChange, TrafficAsked,
};
use crate::views::{
    Blackouts, Calendar, Engagement, Event, Feed, GateChecked, GateForecast, Health, Imported, Job, Limit, List,
    Maintenance, ModeChanged, Order, Pass, Plan, RecurrencePreviewed, Series, Slots, Target, Token, Traffic, Workload,
    Workloads,
};

const TARGETS: [&str; 3] = ["api", "v1", "targets"];
const MAINTENANCES: [&str; 3] = ["api", "v1", "maintenances"];
const SERIES: [&str; 3] = ["api", "v1", "series"];
const GATE: [&str; 3] = ["api", "v1", "gate"];
const CALENDARS: [&str; 3] = ["api", "v1", "calendars"];
const FEEDS: [&str; 3] = ["api", "v1", "feeds"];
const TOKENS: [&str; 3] = ["api", "v1", "tokens"];

/// A route below one of the collections.
fn below<'a>(collection: [&'a str; 3], rest: &[&'a str]) -> Vec<&'a str> {
    collection.into_iter().chain(rest.iter().copied()).collect()
}

#[expect(clippy::missing_errors_doc, reason = "the module says it once for all of them")]
impl Client {
    /// Whether the server lives.
    pub async fn healthz(&self) -> Result<Health, Error> {
        self.get(&["healthz"], &Listing::default()).await
    }

    /// May these subjects do these things?
    pub async fn check_gate(&self, asked: &GateCheck) -> Result<GateChecked, Error> {
        self.post(&["api", "v1", "gate", "check"], asked).await
    }

    /// Whether it is ready to be asked.
    pub async fn readyz(&self) -> Result<Health, Error> {
        self.get(&["readyz"], &Listing::default()).await
    }

    /// The targets, all pages of them.
    pub async fn targets(&self, listing: &Listing) -> Result<List<Target>, Error> {
        self.every(&TARGETS, listing).await
    }

    /// One target by its id.
    pub async fn target(&self, id: &str) -> Result<Target, Error> {
        self.get(&below(TARGETS, &[id]), &Listing::default()).await
    }

    /// Adds a target.
    pub async fn add_target(&self, target: &NewTarget) -> Result<Target, Error> {
        self.post(&TARGETS, target).await
    }

    /// Changes a target.
    pub async fn change_target(&self, id: &str, change: &TargetChange) -> Result<Target, Error> {
        self.change(Method::PATCH, &below(TARGETS, &[id]), change, None).await
    }

    /// Removes a target.
    pub async fn remove_target(&self, id: &str) -> Result<Option<Target>, Error> {
        self.delete(&below(TARGETS, &[id])).await
    }

    /// Puts up a banner, or takes it down.
    pub async fn banner(&self, id: &str, banner: &NewBanner) -> Result<Target, Error> {
        self.change(Method::PUT, &below(TARGETS, &[id, "banner"]), banner, None).await
    }

    /// The maintenances, all pages of them.
    pub async fn maintenances(&self, listing: &Listing) -> Result<List<Maintenance>, Error> {
        self.every(&MAINTENANCES, listing).await
    }

    /// One maintenance.
    pub async fn maintenance(&self, id: &str) -> Result<Maintenance, Error> {
        self.get(&below(MAINTENANCES, &[id]), &Listing::default()).await
    }

    /// Makes a maintenance: a draft, a scheduled one, or one that begins at once.
    pub async fn create(&self, new: &NewMaintenance) -> Result<Maintenance, Error> {
        self.post(&MAINTENANCES, new).await
    }

    /// Changes a maintenance. With a revision, only if it still has that one.
    pub async fn edit(&self, id: &str, to: &MaintenanceChange, revision: Option<u64>) -> Result<Maintenance, Error> {
        self.change(Method::PATCH, &below(MAINTENANCES, &[id]), to, revision).await
    }

    /// Removes a draft, cancels what is scheduled, completes what is in progress; what is left of it, if anything.
    pub async fn remove(&self, id: &str) -> Result<Option<Maintenance>, Error> {
        self.delete(&below(MAINTENANCES, &[id])).await
    }

    /// Schedules a draft.
    pub async fn schedule(&self, id: &str, said: &Overruling) -> Result<Maintenance, Error> {
        self.post(&below(MAINTENANCES, &[id, "schedule"]), said).await
    }

    /// Approves its plan, as a second person.
    pub async fn approve(&self, id: &str, plan: &Approve) -> Result<Maintenance, Error> {
        self.post(&below(MAINTENANCES, &[id, "approve"]), plan).await
    }

    /// Begins it now.
    pub async fn start(&self, id: &str, said: &Overruling) -> Result<Maintenance, Error> {
        self.post(&below(MAINTENANCES, &[id, "start"]), said).await
    }

    /// Moves its end. With a revision, only if it still has that one.
    pub async fn extend(&self, id: &str, to: &Extend, revision: Option<u64>) -> Result<Maintenance, Error> {
        self.change(Method::POST, &below(MAINTENANCES, &[id, "extend"]), to, revision).await
    }

    /// Lets a part of its scope out early.
    pub async fn exclude(&self, id: &str, clause: &Clause) -> Result<Maintenance, Error> {
        self.post(&below(MAINTENANCES, &[id, "exclude"]), clause).await
    }

    /// Tells how it is going.
    pub async fn update(&self, id: &str, update: &NewUpdate) -> Result<Maintenance, Error> {
        self.post(&below(MAINTENANCES, &[id, "updates"]), update).await
    }

    /// Starts what it stopped; users stay out.
    pub async fn verify(&self, id: &str) -> Result<Maintenance, Error> {
        self.post(&below(MAINTENANCES, &[id, "verify"]), &Nothing {}).await
    }

    /// Stops again what it started to be verified.
    pub async fn reenter(&self, id: &str) -> Result<Maintenance, Error> {
        self.post(&below(MAINTENANCES, &[id, "reenter"]), &Nothing {}).await
    }

    /// Completes it.
    pub async fn complete(&self, id: &str, closing: &Closing) -> Result<Maintenance, Error> {
        self.post(&below(MAINTENANCES, &[id, "complete"]), closing).await
    }

    /// Cancels it.
    pub async fn cancel(&self, id: &str, closing: &Closing) -> Result<Maintenance, Error> {
        self.post(&below(MAINTENANCES, &[id, "cancel"]), closing).await
    }

    /// Tries again what failed.
    pub async fn retry(&self, id: &str, retry: &Retry) -> Result<Maintenance, Error> {
        self.post(&below(MAINTENANCES, &[id, "retry"]), retry).await
    }

    /// Accepts things as they are.
    pub async fn accept(&self, id: &str, accept: &Accept) -> Result<Maintenance, Error> {
        self.post(&below(MAINTENANCES, &[id, "accept"]), accept).await
    }

    /// What it will do, and what it would hit now.
    pub async fn plan(&self, id: &str) -> Result<Plan, Error> {
        self.get(&below(MAINTENANCES, &[id, "plan"]), &Listing::default()).await
    }

    /// What is done to targets, and how far that is; all pages.
    pub async fn engagements(&self, listing: &Listing) -> Result<List<Engagement>, Error> {
        self.every(&["api", "v1", "engagements"], listing).await
    }

    /// What runs, or could; all pages.
    pub async fn workloads(&self, listing: &Listing) -> Result<Workloads, Error> {
        let path = ["api", "v1", "workloads"];
        let mut all: Workloads = self.get(&path, listing).await?;
        if let Some(cursor) = all.next.take() {
            let rest = self.every::<Workload>(&path, &Listing { cursor: Some(cursor), ..listing.clone() }).await?;
            all.items.extend(rest.items);
        }
        Ok(all)
    }

    /// Stops what runs, for good: a job.
    pub async fn stop_workloads(&self, what: &StopWorkloads) -> Result<Job, Error> {
        self.post(&["api", "v1", "workloads", "stop"], what).await
    }

    /// How far a job is.
    pub async fn job(&self, id: &str) -> Result<Job, Error> {
        self.get(&["api", "v1", "jobs", id], &Listing::default()).await
    }

    /// The orders as they were given; all pages.
    pub async fn orders(&self, listing: &Listing) -> Result<List<Order>, Error> {
        self.every(&["api", "v1", "orders"], listing).await
    }

    /// The log, all pages of it.
    pub async fn events(&self, listing: &Listing) -> Result<List<Event>, Error> {
        self.every(&["api", "v1", "events"], listing).await
    }

    /// The log as it grows, after the entry that `after` names.
    pub fn follow(&self, listing: Listing) -> Events {
        Events::new(self.clone(), listing)
    }

    /// Makes a token; the only answer that holds its secret.
    pub async fn create_token(&self, new: &NewToken) -> Result<Token, Error> {
        self.post(&TOKENS, new).await
    }

    /// The tokens, without their secrets.
    pub async fn tokens(&self, listing: &Listing) -> Result<List<Token>, Error> {
        self.every(&TOKENS, listing).await
    }

    /// Makes a token worthless.
    pub async fn revoke_token(&self, id: &str) -> Result<Option<Token>, Error> {
        self.delete(&below(TOKENS, &[id])).await
    }

    /// Makes a feed; of a secret one, the only answer that holds its link.
    pub async fn create_feed(&self, new: &NewFeed) -> Result<Feed, Error> {
        self.post(&FEEDS, new).await
    }

    /// The feeds that you may see, without the links of secret ones.
    pub async fn feeds(&self, listing: &Listing) -> Result<List<Feed>, Error> {
        self.every(&FEEDS, listing).await
    }

    /// Takes a feed away.
    pub async fn revoke_feed(&self, id: &str) -> Result<Option<Feed>, Error> {
        self.delete(&below(FEEDS, &[id])).await
    }

    /// Imports the notices of an iCalendar text.
    pub async fn import_notices(&self, text: Vec<u8>, asked: &Import) -> Result<Imported, Error> {
        self.post_calendar(&["api", "v1", "notices", "import"], asked, text).await
    }

    /// What a recurrence comes to.
    pub async fn preview_recurrence(&self, asked: &RecurrencePreview) -> Result<RecurrencePreviewed, Error> {
        self.post(&["api", "v1", "recurrences", "preview"], asked).await
    }

    /// The limits, all pages of them.
    pub async fn limits(&self, listing: &Listing) -> Result<List<Limit>, Error> {
        self.every(&["api", "v1", "limits"], listing).await
    }

    /// Sets a limit.
    pub async fn create_limit(&self, new: &NewLimit) -> Result<Limit, Error> {
        self.post(&["api", "v1", "limits"], new).await
    }

    /// Takes a limit away.
    pub async fn remove_limit(&self, id: &str) -> Result<Option<Limit>, Error> {
        self.delete(&["api", "v1", "limits", id]).await
    }

    /// The series, all pages of them.
    pub async fn all_series(&self, listing: &Listing) -> Result<List<Series>, Error> {
        self.every(&SERIES, listing).await
    }

    /// One series.
    pub async fn series(&self, id: &str) -> Result<Series, Error> {
        self.get(&below(SERIES, &[id]), &Listing::default()).await
    }

    /// Makes a series.
    pub async fn create_series(&self, new: &NewSeries) -> Result<Series, Error> {
        self.post(&SERIES, new).await
    }

    /// Leaves one occurrence out.
    pub async fn skip_occurrence(&self, id: &str, which: &OneOccurrence) -> Result<Maintenance, Error> {
        self.post(&below(SERIES, &[id, "skip"]), which).await
    }

    /// Gives one occurrence another time.
    pub async fn move_occurrence(&self, id: &str, to: &MoveOccurrence) -> Result<Maintenance, Error> {
        self.post(&below(SERIES, &[id, "move"]), to).await
    }

    /// Changes one occurrence and all that follow: the series that goes on from there.
    pub async fn split_series(&self, id: &str, change: &SeriesChange) -> Result<Series, Error> {
        self.post(&below(SERIES, &[id, "split"]), change).await
    }

    /// Approves a series, as a second person.
    pub async fn approve_series(&self, id: &str, plan: &Approve) -> Result<Series, Error> {
        self.post(&below(SERIES, &[id, "approve"]), plan).await
    }

    /// Ends a series.
    pub async fn end_series(&self, id: &str, end: &EndSeries) -> Result<Series, Error> {
        self.post(&below(SERIES, &[id, "end"]), end).await
    }

    /// Makes a calendar.
    pub async fn create_calendar(&self, new: &NewCalendar) -> Result<Calendar, Error> {
        self.post(&CALENDARS, new).await
    }

    /// The calendars; all pages.
    pub async fn calendars(&self, listing: &Listing) -> Result<List<Calendar>, Error> {
        self.every(&CALENDARS, listing).await
    }

    /// One calendar, with its next blackouts.
    pub async fn calendar(&self, id: &str) -> Result<Calendar, Error> {
        self.get(&below(CALENDARS, &[id]), &Listing::default()).await
    }

    /// Removes a calendar.
    pub async fn remove_calendar(&self, id: &str) -> Result<Option<Calendar>, Error> {
        self.delete(&below(CALENDARS, &[id])).await
    }

    /// Fetches a calendar now.
    pub async fn refresh_calendar(&self, id: &str) -> Result<Calendar, Error> {
        self.post(&below(CALENDARS, &[id, "refresh"]), &Nothing {}).await
    }

    /// The blackouts that touch a target in a time.
    pub async fn blackouts(&self, asked: &BlackoutsAsked) -> Result<Blackouts, Error> {
        self.get(&below(CALENDARS, &["blackouts"]), asked).await
    }

    /// When something would fit.
    pub async fn slots(&self, asked: &SlotsAsked) -> Result<Slots, Error> {
        self.post(&["api", "v1", "slots"], asked).await
    }

    /// How busy a part of the estate is.
    pub async fn traffic(&self, asked: &TrafficAsked) -> Result<Traffic, Error> {
        self.get(&["api", "v1", "traffic"], asked).await
    }

    /// What the gate will say at a time.
    pub async fn foresee_gate(&self, at: &GateAt) -> Result<GateForecast, Error> {
        self.get(&below(GATE, &["at"]), at).await
    }

    /// Makes a pass; the only answer that holds its link.
    pub async fn create_pass(&self, new: &NewPass) -> Result<Pass, Error> {
        self.post(&below(GATE, &["passes"]), new).await
    }

    /// The passes that are good now, without their links.
    pub async fn passes(&self, listing: &Listing) -> Result<List<Pass>, Error> {
        self.every(&below(GATE, &["passes"]), listing).await
    }

    /// Makes a pass worthless.
    pub async fn revoke_pass(&self, id: &str) -> Result<Option<Pass>, Error> {
        self.delete(&below(GATE, &["passes", id])).await
    }

    /// Sets the operation mode of a product; both are target ids, or another system's.
    pub async fn operation_mode(
        &self,
        environment: &str,
        product: &str,
        to: &OperationMode,
    ) -> Result<ModeChanged, Error> {
        let path = ["api", "environments", environment, "product-deployments", product, "operation-mode"];
        self.change(Method::PUT, &path, to, None).await
    }
}
