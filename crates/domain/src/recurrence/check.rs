//! What a recurrence must be before anybody relies on it: it fires, not too often, and each is over before the next.
use super::civil::DAY;
use super::{Ends, Nominal, Occurrences, Recurrence, Rule, Zone};
use crate::refusal::Refusal;
use crate::{Instant, Span, duration};

/// Starts within [`LOOKED_AT`], at most.
const STARTS_MAX: usize = 10_000;
/// How far it is looked for starts that are too many.
const LOOKED_AT: i64 = 400 * DAY;
/// So many starts are looked at, however rare they are: the shortest year may come late.
const STARTS_MIN: usize = 30;
/// The shortest time from one start to the next.
const APART: Span = Span::hours(1);
/// More is written by mistake.
const RULES_MAX: usize = 20;
const DATES_MAX: usize = 1_000;
/// What is counted is counted from the start, each time.
const COUNT_MAX: u32 = 10_000;

impl Recurrence {
    /// The same, where it counts to what can be counted while somebody waits.
    ///
    /// # Errors
    /// About the field `rules[…]` that counts too far.
    pub fn countable(self) -> Result<Recurrence, Refusal> {
        let is_beyond = |rule: &Rule| matches!(rule.ends, Ends::Count(count) if count > COUNT_MAX);
        match self.rules.iter().position(is_beyond) {
            None => Ok(self),
            Some(index) => {
                let remedy = "Let it end by UNTIL, or count to 10,000 at most.";
                Err(Refusal::input(format!("rules[{index}]"), "The rule counts to more than 10,000.", remedy))
            }
        }
    }

    /// The same, where it can be relied on.
    ///
    /// # Errors
    /// About the field that is wrong: what never fires, fires too often, ends before it starts, lasts beyond the next start.
    pub fn checked(self, zone: &Zone) -> Result<Recurrence, Refusal> {
        if self.rules.len() > RULES_MAX {
            return Err(Refusal::input("rules", "There are more than 20 rules.", "Write several series."));
        }
        for (field, dates) in [("rdates", &self.more), ("exdates", &self.except)] {
            if dates.len() > DATES_MAX {
                return Err(Refusal::input(
                    field,
                    "There are more than 1,000 dates.",
                    "Write a rule, or several series.",
                ));
            }
        }
        if self.lasts.0 % 1_000_000 != 0 {
            return Err(Refusal::input("duration", "The duration is not in whole seconds.", "Leave out the fraction."));
        }
        if let Some(index) = self.rules.iter().position(|rule| rule.minutes.len() > 1 || rule.seconds.len() > 1) {
            return Err(too_often().at(format!("rules[{index}]")));
        }
        if self.lasts <= Span::ZERO {
            let remedy = "Say how long each lasts, such as PT2H.";
            return Err(Refusal::input("duration", "The duration is not longer than nothing.", remedy));
        }
        let is_before = |ends: Ends| match ends {
            Ends::Local(until) => until < self.start,
            Ends::At(until) => until < zone.resolve(self.start).at,
            Ends::Never | Ends::Count(_) => false,
        };
        if let Some(index) = self.rules.iter().position(|rule| is_before(rule.ends)) {
            let detail = "The rule ends with UNTIL before the start of the series.";
            return Err(Refusal::input(format!("rules[{index}]"), detail, "Let it end later, or start earlier."));
        }
        self.fires(zone)?;
        self.is_over_before_the_next(zone)?;
        Ok(self)
    }

    fn fires(&self, zone: &Zone) -> Result<(), Refusal> {
        for (index, rule) in self.rules.iter().enumerate() {
            let alone = |ends: Ends| {
                let rules = vec![Rule { ends, ..rule.clone() }];
                Recurrence { rules, more: Vec::new(), except: Vec::new(), ..self.clone() }
                    .occurrences(zone)
                    .next()
                    .is_some()
            };
            if !alone(Ends::Never) {
                let detail = "The rule never fires: within a hundred years no day is all that it asks for.";
                return Err(Refusal::input(format!("rules[{index}]"), detail, "Leave out what contradicts itself."));
            }
            if !alone(rule.ends) {
                let detail = "The rule ends with UNTIL before it fires.";
                return Err(Refusal::input(format!("rules[{index}]"), detail, "Let it end later, or start earlier."));
            }
        }
        if self.occurrences(zone).next().is_none() {
            let remedy = "Leave out an exception, or let it go on longer.";
            return Err(Refusal::input("rules", "Nothing is left: every occurrence is excepted.", remedy));
        }
        Ok(())
    }

    /// Looks at what it gives, beginning with the first, for as long as it is looked at.
    fn is_over_before_the_next(&self, zone: &Zone) -> Result<(), Refusal> {
        let mut before: Option<Nominal> = None;
        let mut last = None;
        let mut all = Occurrences::new(self, zone, None);
        let mut count = 0;
        while let Some(next) = all.nominal() {
            if next.0.0 > *last.get_or_insert(next.0.0 + LOOKED_AT) && count >= STARTS_MIN {
                break;
            }
            count += 1;
            let apart = before.map(|before| apart(before, next));
            before = Some(next);
            if apart.is_some_and(|apart| apart < APART) {
                return Err(too_often());
            }
            if count > STARTS_MAX {
                let detail = "It fires more than 10,000 times in 400 days.";
                return Err(Refusal::input("rules", detail, "Let it fire more rarely, and last longer."));
            }
            if apart.is_some_and(|apart| apart < self.lasts) {
                let shortest = apart.map(duration::print).unwrap_or_default();
                let detail = format!("It lasts longer than the {shortest} from one start to the next.");
                return Err(Refusal::input("duration", detail, "Let it end before it begins again."));
            }
        }
        Ok(())
    }
}

fn too_often() -> Refusal {
    Refusal::input("rules", "It fires more than once an hour.", "Let it fire more rarely, and last longer.")
}

/// How far two starts are apart on the wall; those of an hourly rule in time that has passed.
fn apart(one: Nominal, next: Nominal) -> Span {
    let wall = Span::seconds(next.0.0 - one.0.0);
    let passed = |(one, next): (Instant, Instant)| next - one;
    one.1.zip(next.1).map_or(wall, passed)
}
