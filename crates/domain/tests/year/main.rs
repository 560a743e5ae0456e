//! A year of fifty series, with the clock jumping, with crashes, and with Lull down when something should begin or end.
//!
//! The rules are the real ones: what is stored, what is made of it at each tick, what is ordered. People leave occurrences
//! out, move them, start them early, split series at other times and end them. Judged by an expansion of its own and by what
//! people meant: each occurrence is entered once or recorded as missed or left out, none is lost, none doubled.
use std::collections::{BTreeMap, BTreeSet};

use lull_domain::id::{MaintenanceId, OrderId, SeriesId, TargetId};
use lull_domain::life::{Life, Passed};
use lull_domain::maintenance::{Maintenance, Obeyed};
use lull_domain::order::{Actor, Closing, Command, Facts, Finding, Order, Step};
use lull_domain::plan::{Plan, Tells, Texts, Until};
use lull_domain::policy::{EndRule, Overrun, Role};
use lull_domain::preset::Preset;
use lull_domain::recurrence::{Recurrence, Zone, rules};
use lull_domain::scope::Scope;
use lull_domain::series::{Overlap, Series};
use lull_domain::{Instant, Span};

#[path = "../sim/chance.rs"]
#[allow(dead_code)]
mod chance;

mod changes;

use chance::Chance;
use changes::{Fate, People};

const DAY: Span = Span::hours(24);
/// 2026-01-01T00:00:00Z.
const BEGIN: Instant = Instant(1_767_225_600_000_000);

/// What happens again and again, and how long each lasts.
const WHAT: [(&str, &str, i64); 10] = [
    ("FREQ=WEEKLY;BYDAY=SU", "2026-01-04T02:30", 120),
    ("FREQ=DAILY;BYHOUR=1", "2020-03-01T01:30", 90),
    ("FREQ=MONTHLY;BYDAY=2TU", "2026-01-13T22:00", 180),
    ("FREQ=MONTHLY;BYMONTHDAY=-1", "2025-12-31T23:00", 240),
    ("FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,TH", "2026-01-01T03:00", 60),
    ("FREQ=HOURLY;INTERVAL=7", "2026-01-01T00:30", 45),
    ("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=28", "2024-02-28T12:00", 36 * 60),
    ("FREQ=DAILY;COUNT=100", "2026-03-01T02:15", 10),
    ("FREQ=WEEKLY;UNTIL=20260701T000000Z;BYDAY=FR", "2026-01-02T18:00", 60 * 60),
    ("FREQ=MONTHLY;BYDAY=1SA", "2026-01-03T05:00", 26 * 24 * 60),
];
const ZONES: [&str; 5] = ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata", "UTC"];

/// What one transaction holds together.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Stored {
    /// The series with what was made of it.
    Both,
    /// The series alone, now and then: what a crash between the two would leave.
    SeriesAlone,
    /// What was made alone.
    MadeAlone,
}

/// What Lull has stored, and the process that works on it.
struct History {
    chance: Chance,
    stored: Stored,
    people: People,
    zones: BTreeMap<&'static str, Zone>,
    series: Vec<(Series, &'static str)>,
    maintenances: BTreeMap<MaintenanceId, Maintenance>,
    /// What the clock orders next, and of which.
    due: BTreeSet<(Instant, MaintenanceId)>,
    running: BTreeSet<MaintenanceId>,
    by_key: BTreeMap<(SeriesId, String), MaintenanceId>,
    began: BTreeMap<(SeriesId, String), u32>,
    /// What is to become of each occurrence.
    fates: Vec<Fate>,
    /// How many changes people made, of each kind.
    changed: BTreeMap<&'static str, u32>,
    next_id: u128,
}

impl History {
    fn new(seed: u64, stored: Stored, people: People) -> History {
        let zones: BTreeMap<_, _> =
            ZONES.iter().map(|name| (*name, Zone::new(jiff::tz::db().get(name).expect("it is bundled")))).collect();
        let (mut series, mut fates) = (Vec::new(), Vec::new());
        for (number, ((rule, start, minutes), zone)) in
            WHAT.iter().flat_map(|what| ZONES.iter().map(move |zone| (what, *zone))).enumerate()
        {
            let recurrence = Recurrence {
                rules: rules(&[(*rule).to_owned()]).expect("it can be read"),
                more: Vec::new(),
                except: Vec::new(),
                start: start.parse().expect("it can be read"),
                lasts: Span::minutes(*minutes),
                elapsed: number % 3 == 0,
            };
            let recurrence = recurrence.checked(&zones[zone]).expect("it can be relied on");
            fates.extend(changes::fates(number, &recurrence, &zones[zone]));
            series.push((sample(number as u128, recurrence, &zones[zone]), zone));
        }
        History {
            chance: Chance::new(seed),
            stored,
            people,
            zones,
            series,
            maintenances: BTreeMap::new(),
            due: BTreeSet::new(),
            running: BTreeSet::new(),
            by_key: BTreeMap::new(),
            began: BTreeMap::new(),
            fates,
            changed: BTreeMap::new(),
            next_id: 0,
        }
    }

    /// One tick: what is due is made and ordered. A process may end anywhere; what it stored stays.
    fn tick(&mut self, now: Instant) {
        for at in 0..self.series.len() {
            while self.series[at].0.due_at().is_some_and(|due| due <= now) {
                if self.chance.one_in(200) {
                    return;
                }
                self.make(at, now);
            }
        }
        // Starts before ends, each until nothing is due.
        for starts in [true, false] {
            let due: Vec<_> = self.due.iter().take_while(|(at, _)| *at <= now).copied().collect();
            for (_, id) in due {
                if self.chance.one_in(500) {
                    return;
                }
                self.order(id, now, starts);
            }
        }
        self.complete(now);
        if self.people != People::Leave && self.chance.one_in(40) {
            self.change(now);
        }
    }

    /// Somebody completes what runs past its end, sooner or later.
    fn complete(&mut self, now: Instant) {
        let overdue: Vec<_> = self.running.iter().filter(|id| self.maintenances[id].is_overdue(now)).copied().collect();
        for id in overdue {
            if self.chance.one_in(40) {
                self.give(id, &by_bob(now, Command::Life(Step::Complete(Closing::default()))));
            }
        }
    }

    /// Gives an order, and lets the engine find what is so.
    fn give(&mut self, id: MaintenanceId, order: &Order) {
        let before = self.maintenances[&id].clone();
        if let Some(due) = before.due() {
            self.due.remove(&(due.at, id));
        }
        let mut after = obeyed(before, order);
        for finding in [Finding::Entered, Finding::Left] {
            let command = Command::Found(finding);
            after = obeyed(after, &Order { by: Actor::Engine, command, ..order.clone() });
        }
        self.put(after);
    }

    /// What one transaction stores: the series with what was made of it, or nothing.
    fn make(&mut self, at: usize, now: Instant) {
        let parts = self.chance.one_in(100);
        let (series, zone) = &mut self.series[at];
        let before = series.clone();
        let next_id = &mut self.next_id;
        let made = series.make(&self.zones[zone], now, || {
            *next_id += 1;
            MaintenanceId(*next_id)
        });
        match self.stored {
            Stored::SeriesAlone if parts => return,
            Stored::MadeAlone if parts => *series = before,
            Stored::Both | Stored::SeriesAlone | Stored::MadeAlone => {}
        }
        for maintenance in made {
            let before = self.by_key.insert(key_of(&maintenance), maintenance.id);
            assert_eq!(before, None, "{:?} is made twice", key_of(&maintenance));
            self.put(maintenance);
        }
    }

    fn put(&mut self, maintenance: Maintenance) {
        let id = maintenance.id;
        self.due.extend(maintenance.due().map(|due| (due.at, id)));
        match maintenance.life.is_in_force() {
            true => self.running.insert(id),
            false => self.running.remove(&id),
        };
        self.maintenances.insert(id, maintenance);
    }

    fn order(&mut self, id: MaintenanceId, now: Instant, starts: bool) {
        let before = self.maintenances[&id].clone();
        let Some(due) = before.due().filter(|due| due.at <= now) else { return };
        let continues = before.continues(self.running.iter().map(|id| &self.maintenances[id]), now);
        let command = before.ordered_at(due, now, continues);
        if starts != matches!(command, Command::Life(Step::Start | Step::Miss | Step::Skip(_))) {
            return;
        }
        if matches!(command, Command::Life(Step::Start)) {
            *self.began.entry(key_of(&before)).or_default() += 1;
        }
        let facts = Facts { continues, ..Facts::default() };
        self.give(id, &Order { id: OrderId(0), by: Actor::Schedule, at: now, command, facts });
    }

    /// Every occurrence that was to begin within the year, by an expansion of its own and by what people changed.
    fn judge(&self, end: Instant) -> [usize; 4] {
        let mut sums = [0; 4];
        let mut keys = BTreeSet::new();
        for fate in &self.fates {
            let key = self.key(fate);
            let Some(at) = fate.at.filter(|at| *at < end) else {
                if fate.at.is_some() {
                    keys.insert(key);
                }
                continue;
            };
            let one = self.by_key.get(&key).unwrap_or_else(|| panic!("{key:?} is lost"));
            let one = &self.maintenances[one];
            assert_eq!(one.plan.starts_at, Some(at), "{key:?} is at another time");
            let began = self.began.get(&key).copied().unwrap_or(0);
            let which = match &one.life {
                Life::Completed(_) => 0,
                Life::InProgress(_) => 1,
                Life::Cancelled(ended) if ended.passed == Some(Passed::Missed) => 2,
                Life::Cancelled(ended) if ended.passed == Some(Passed::Overlapped) => 3,
                Life::Draft | Life::Scheduled | Life::Cancelled(_) => panic!("{key:?} is {}", one.state_name()),
            };
            assert_eq!(began, u32::from(which < 2), "{key:?} was entered {began} times and is {}", one.state_name());
            sums[which] += 1;
            assert!(keys.insert(key), "{fate:?} is another one's");
        }
        // What was to be never, or is none, is nothing that would have been entered.
        for (key, id) in self.by_key.iter().filter(|(key, _)| !keys.contains(*key)) {
            let one = &self.maintenances[id];
            let left_out = [Some(Passed::Skipped), Some(Passed::SeriesEnded)];
            let is_none = matches!(&one.life, Life::Cancelled(ended) if left_out.contains(&ended.passed));
            assert!(is_none || one.plan.starts_at >= Some(end), "{key:?} is none and is {}", one.state_name());
        }
        sums
    }
}

fn sample(number: u128, recurrence: Recurrence, zone: &Zone) -> Series {
    let by_hand = number % 4 > 1;
    let plan = Plan {
        tells: Tells::NOTHING,
        accepted: Vec::new(),
        texts: Texts { title: format!("Series {number}"), ..Texts::default() },
        scope: Scope::under(TargetId(number)),
        preset: Some("announce".to_owned()),
        policy: Preset::Announce.policy(),
        starts_at: None,
        until: Until::Lasting(recurrence.lasts),
        end: if by_hand { EndRule::Manual(Overrun::Stay) } else { EndRule::AtEnd },
        expires_after: None,
        zone: "UTC".to_owned(),
        owner: "ada".to_owned(),
    };
    let ada = Actor::Person("ada".to_owned());
    let overlap = if number.is_multiple_of(2) { Overlap::Join } else { Overlap::Skip };
    Series::new(SeriesId(number), plan, recurrence, overlap, (ada, BEGIN)).begun(zone)
}

fn key_of(maintenance: &Maintenance) -> (SeriesId, String) {
    let of = maintenance.series.as_ref().expect("all of them are occurrences");
    (of.id, of.key.to_string())
}

fn obeyed(before: Maintenance, order: &Order) -> Maintenance {
    match before.clone().obey(order) {
        Ok(Obeyed::Changed(after) | Obeyed::Same(after)) => *after,
        // What is found of one that is not there yet, or over.
        Ok(Obeyed::Gone) | Err(_) => before,
    }
}

fn by_bob(at: Instant, command: Command) -> Order {
    let facts = Facts { role: Some(Role::Operator), sees: true, ..Facts::default() };
    Order { id: OrderId(0), by: Actor::Person("bob".to_owned()), at, command, facts }
}

/// Runs a year; the clock of the process may jump, and it may be down for hours or for weeks.
fn year(seed: u64, stored: Stored, people: People) -> [usize; 4] {
    let (mut history, jumps) = (History::new(seed, stored, people), seed % 2 == 1);
    let end = BEGIN + Span(DAY.0 * 365);
    let (mut now, mut off) = (BEGIN, Span::ZERO);
    while now < end + Span(DAY.0 * 60) {
        history.tick(now + off);
        let step = match history.chance.below(20_000) {
            0 if now < end => Span(DAY.0 * history.chance.between(1, 50)),
            1..=40 => Span::hours(history.chance.between(1, 40)),
            _ => Span::minutes(history.chance.between(1, 40)),
        };
        now = now + step;
        if jumps && history.chance.one_in(50) {
            off = Span::minutes(history.chance.between(-180, 180));
        }
    }
    history.tick(now);
    history.tick(now);
    println!("seed {seed}: people changed {:?}", history.changed);
    history.judge(end)
}

#[test]
fn each_occurrence_of_a_year_is_entered_once_or_recorded_as_missed() {
    for seed in 0..4 {
        let sums = year(seed, Stored::Both, People::Leave);
        println!(
            "seed {seed}: {} completed, {} in progress, {} missed, {} left out",
            sums[0], sums[1], sums[2], sums[3]
        );
        assert!(sums[0] > 5_000 && sums[2] > 10 && sums[3] > 10, "nothing much happened: {sums:?}");
    }
}

#[test]
#[should_panic(expected = "is lost")]
fn a_series_stored_without_what_was_made_of_it_loses_occurrences() {
    year(0, Stored::SeriesAlone, People::Leave);
}

#[test]
#[should_panic(expected = "is made twice")]
fn what_was_made_stored_without_its_series_is_made_twice() {
    year(0, Stored::MadeAlone, People::Leave);
}

#[test]
fn what_people_leave_out_move_start_split_and_end_is_entered_once_or_never() {
    for seed in 4..8 {
        let sums = year(seed, Stored::Both, People::Change);
        assert!(sums[0] > 2_000 && sums[2] > 10 && sums[3] > 5, "nothing much happened: {sums:?}");
    }
}

#[test]
#[should_panic(expected = "is none and is")]
fn a_series_that_leaves_out_the_times_of_the_one_before_enters_what_was_left_out() {
    year(4, Stored::Both, People::KeepOldTimes);
}
