//! What the phrases of a text come to together.
use super::phrases::{Days, Hearing, Kind, Sort, Unit};
use super::{Heard, Refusal, odd};
use crate::Span;
use crate::recurrence::civil::DAY;
use crate::recurrence::rule::{Ends, Frequency, Rule};

/// Days of the week as they count in the rule.
#[derive(Default)]
struct Counted {
    days: Vec<(i16, u8)>,
    /// Which of the workdays.
    positions: Vec<i16>,
    /// Only every so many weeks.
    weeks: Option<u32>,
}

impl Hearing {
    /// The rule.
    pub fn heard(self) -> Result<Heard, Refusal> {
        self.in_order()?;
        let mut rule = self.rule()?;
        let (mut times, lasts) = self.times(&rule)?;
        if times.len() > 1 {
            rule.hours = times.iter().map(|time| (time / 3_600) as i16).collect();
            if times.iter().any(|other| other % 3_600 != times[0] % 3_600) {
                return Err(odd("its times do not have the same minute: make them series of their own"));
            }
        }
        times.sort_unstable();
        rule.ends = match (self.ends, self.once) {
            (None, true) if self.every || self.unit.is_some() => {
                return Err(odd("`once` may be meant for all time: say `only once`, or leave it out"));
            }
            (None, true) => Ends::Count(1),
            (Some(_), true) => return Err(odd("it says twice when it ends")),
            (ends, false) => ends.unwrap_or(Ends::Never),
        };
        let rule: Rule = rule.to_string().parse().map_err(|refusal: Refusal| refusal.at("text"))?;
        Ok(Heard { rule, zone: self.zone, lasts, times, from: self.from })
    }

    /// What is said of some days may not be meant for others: days stand together, months and times too.
    fn in_order(&self) -> Result<(), Refusal> {
        let mut order = self.order.clone();
        order.dedup();
        let runs = |order: &[Sort], of: Sort| order.iter().filter(|sort| **sort == of).count();
        let has_times = self.times.len() > 1 && runs(&order, Sort::Days) > 1;
        if runs(&order, Sort::Time) > 1 || has_times {
            return Err(odd("its times may be meant for some of its days only: make them series of their own"));
        }
        let is_monthly = self.unit.is_some_and(|it| it.frequency == Frequency::Monthly && it.interval == 1);
        order.retain(|sort| *sort != Sort::Time && !(is_monthly && *sort == Sort::Unit));
        order.dedup();
        match runs(&order, Sort::Days) > 1 || runs(&order, Sort::Months) > 1 {
            true => Err(odd("what it says of some days may be meant for others too: make them series of their own")),
            false => Ok(()),
        }
    }

    /// How often, and on which days.
    fn rule(&self) -> Result<Rule, Refusal> {
        let counted = self.counted_days()?;
        if let Some(weeks) = counted.weeks {
            return Ok(Rule { interval: weeks, days: counted.days, ..Rule::new(Frequency::Weekly) });
        }
        let is_counted = !counted.positions.is_empty() || counted.days.iter().any(|(nth, _)| *nth != 0);
        let frequency = self.frequency(is_counted)?;
        self.is_each_meant(frequency, is_counted)?;
        let mut rule = Rule { interval: self.unit.map_or(1, |unit| unit.interval), ..Rule::new(frequency) };
        (rule.days, rule.positions) = (counted.days, counted.positions);
        (rule.month_days, rule.months) = (self.month_days.clone(), self.months.clone());
        if frequency == Frequency::Yearly && rule.months.is_empty() && !rule.month_days.is_empty() {
            if !self.are_days {
                return Err(odd("it does not say of which month"));
            }
            rule.year_days = std::mem::take(&mut rule.month_days);
        }
        if !rule.positions.is_empty() {
            self.placed(&mut rule)?;
        }
        Ok(rule)
    }

    /// Which days of the week, and how they are counted.
    fn counted_days(&self) -> Result<Counted, Refusal> {
        let mut all = Counted::default();
        for said in &self.days {
            let twice = |how: &str| odd(&format!("`{}` can be read in two ways: {how}", said.said));
            let (nth, in_month) = (said.count.nth.as_slice(), self.in_month());
            let weeks = said.count.step.or(said.count.every_nth().and_then(|nth| u32::try_from(nth).ok()));
            match (said.kind, weeks) {
                (_, None) if nth.is_empty() => all.days.extend(said.days.iter().map(|day| (0, *day))),
                (Kind::Weekdays, _) if !nth.is_empty() && (weeks.is_none() || in_month) => {
                    let [day] = said.days.as_slice() else {
                        return Err(twice("count each day, or say `every` before what is not counted"));
                    };
                    all.days.extend(nth.iter().map(|nth| (*nth, *day)));
                }
                (Kind::Workdays, None) if self.days.len() == 1 && self.month_days.is_empty() => {
                    all.days = said.days.iter().map(|day| (0, *day)).collect();
                    all.positions = nth.to_vec();
                }
                (Kind::Weekdays | Kind::Weekend, Some(weeks)) if self.is_alone(said) => {
                    all.days = said.days.iter().map(|day| (0, *day)).collect();
                    all.weeks = Some(weeks);
                }
                _ => return Err(twice("say `every 2 weeks on Sunday`, or `the second Sunday of every month`")),
            }
        }
        Ok(all)
    }

    /// "Every second Sunday" counts weeks; "of the month" it counts Sundays.
    fn in_month(&self) -> bool {
        match self.unit {
            Some(Unit { frequency: Frequency::Monthly, is_of, .. }) => is_of,
            Some(Unit { frequency, .. }) => frequency == Frequency::Yearly && self.of_months,
            None => self.of_months,
        }
    }

    /// Nothing else says on which days.
    fn is_alone(&self, said: &Days) -> bool {
        let alone = self.days.len() == 1 && self.month_days.is_empty() && self.months.is_empty();
        alone && self.unit.is_none() && !said.days.is_empty()
    }

    /// How often: as was said, where the rest only narrows that down.
    fn frequency(&self, is_counted: bool) -> Result<Frequency, Refusal> {
        use Frequency::{Daily, Hourly, Monthly, Weekly, Yearly};
        let has_days = !self.days.is_empty() || !self.month_days.is_empty();
        let frequency = match self.unit {
            Some(Unit { frequency, .. }) => frequency,
            None if !self.months.is_empty() => Yearly,
            None if !self.month_days.is_empty() && self.days.is_empty() => {
                return Err(odd("it does not say of which month"));
            }
            None if self.days.iter().any(|it| it.kind == Kind::Workdays && !it.count.nth.is_empty()) => {
                return Err(odd("it does not say of which month"));
            }
            None if is_counted || !self.month_days.is_empty() => Monthly,
            None if !self.days.is_empty() => Weekly,
            None => return Err(odd("it does not say how often")),
        };
        let is_every = self.unit.is_some() && self.days.iter().any(|said| said.count.every);
        let are_named = !self.month_days.is_empty() && !self.are_if;
        let is_one = |said: &Days| said.days.len() == 1 && !said.are_many && !said.is_if;
        let is_each_day = self.unit.is_some_and(|unit| unit.frequency == Daily && unit.interval == 1);
        let twice = match frequency {
            Hourly | Daily if is_each_day && self.days.iter().any(is_one) => true,
            Hourly | Daily => is_counted || is_every || are_named,
            Weekly => self.unit.is_some() && (is_counted || is_every || !self.month_days.is_empty()),
            Monthly | Yearly => false,
        };
        let needs_day = frequency > Daily && !has_days && (self.from.is_none() || !self.months.is_empty());
        match (twice, needs_day) {
            (true, _) => {
                let said = self.days.first().map_or("the days of the month", |said| said.said.as_str());
                Err(odd(&format!("it says how often twice, once with `{said}`")))
            }
            (_, true) => Err(odd("it does not say on which day")),
            _ => Ok(frequency),
        }
    }

    /// In a month and a year, days of the week that are not counted are each of them: that must be said.
    fn is_each_meant(&self, frequency: Frequency, is_counted: bool) -> Result<(), Refusal> {
        let of_period = self.unit.is_none_or(|unit| unit.is_of) || !self.months.is_empty();
        let is_each = |said: &Days| {
            let each_of = said.are_many && !is_counted && self.unit.is_none();
            !said.count.nth.is_empty() || of_period && (said.count.every || each_of)
        };
        match self.days.iter().find(|said| frequency >= Frequency::Monthly && !is_each(said)) {
            None => Ok(()),
            Some(said) => {
                let how = "say which of them, or as in `every Sunday of the month`";
                Err(odd(&format!("`{}` can be read in two ways: {how}", said.said)))
            }
        }
    }

    /// The first or last workday: of each month or year, and at one time of day.
    fn placed(&self, rule: &mut Rule) -> Result<(), Refusal> {
        if self.times.len() > 1 {
            return Err(odd("workdays are counted at one time of day: make them series of their own"));
        }
        if rule.frequency == Frequency::Yearly && rule.months.len() > 1 {
            if rule.interval > 1 {
                return Err(odd("workdays are counted in one month of the year: make them series of their own"));
            }
            rule.frequency = Frequency::Monthly;
        }
        Ok(())
    }

    /// At what times, and how long each lasts.
    fn times(&self, rule: &Rule) -> Result<(Vec<i64>, Span), Refusal> {
        let between =
            |(from, to): &(i64, Option<i64>)| Some(Span::seconds(((*to)? - from + DAY - 1).rem_euclid(DAY) + 1));
        let ranges: Vec<Span> = self.times.iter().filter_map(between).collect();
        let is_hourly = rule.frequency == Frequency::Hourly;
        if is_hourly && (self.times.len() > 1 || !ranges.is_empty()) {
            return Err(odd("hours are counted from one time: say `every 6 hours from 00:00 for 30 minutes`"));
        }
        if self.times.is_empty() || self.at_minute && !is_hourly {
            return Err(odd("it does not say at what time"));
        }
        if self.lasts.is_none() && ranges.len() < self.times.len() {
            return Err(odd("it does not say how long it lasts"));
        }
        let mut lengths: Vec<Span> = ranges.into_iter().chain(self.lasts).collect();
        lengths.dedup();
        match lengths.as_slice() {
            [lasts] => Ok((self.times.iter().map(|(from, _)| *from).collect(), *lasts)),
            _ => Err(odd("its times are not equally long: make them series of their own")),
        }
    }
}
