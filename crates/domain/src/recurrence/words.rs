//! From what a person says to a rule: `every second Sunday 02:00–04:00 Europe/Berlin`.
//!
//! A text is a row of phrases, each read for itself (`phrases`): days, how often, months, times, an end. What they come to
//! together is found then (`meaning`). What is not understood is named, never guessed: a text that can be read in two ways is
//! refused.
use super::civil::Local;
use super::names::LEFT_OUT;
use super::rule::{Ends, Frequency, Rule};
use super::starts::Starts;
use crate::Span;
use crate::refusal::Refusal;

mod limits;
mod meaning;
mod numbers;
mod phrases;
mod row;
mod times;

use phrases::Hearing;

/// Longer texts say too much.
const TEXT_MAX: usize = 400;

/// What was heard.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Heard {
    /// The rule.
    pub rule: Rule,
    /// The zone, where one was named.
    pub zone: Option<String>,
    /// How long each lasts.
    pub lasts: Span,
    /// The times of day, in seconds.
    times: Vec<i64>,
    /// The first day, where one was named.
    from: Option<i32>,
}

/// Understands what somebody says.
///
/// # Errors
/// About the field `text`: the words that are not understood or can mean two things, or what is missing.
pub fn heard(text: &str) -> Result<Heard, Refusal> {
    if text.len() > TEXT_MAX {
        return Err(odd("it is longer than 400 characters"));
    }
    Hearing::of(&text.replace(LEFT_OUT, "")).phrases()?.heard()
}

impl Heard {
    /// When it starts: the first time that the rule gives, now or later.
    pub fn start(&self, now: Local) -> Result<Local, Refusal> {
        let first = self.from.map_or(now, |day| Local::new(day, 0));
        let time = self.times.first().copied().unwrap_or_default();
        let today = Local::new(first.day(), time);
        if self.rule.frequency == Frequency::Hourly {
            let step = i64::from(self.rule.interval) * 3_600;
            let missed = (first.0 - today.0).max(0);
            return Ok(Local(today.0 + (missed + step - 1) / step * step));
        }
        let ahead = self.times.iter().map(|time| Local::new(first.day(), *time)).find(|at| first <= *at);
        let from = ahead.unwrap_or(Local::new(first.day() + 1, time));
        let once = Rule { interval: 1, ends: Ends::Never, ..self.rule.clone() };
        Starts::new(&once, from).next().ok_or_else(|| odd("no day is all that it asks for"))
    }
}

fn odd(why: &str) -> Refusal {
    let remedy = "Say it like `every second Sunday 02:00-04:00 Europe/Berlin`, or give rules.";
    Refusal::input("text", format!("This cannot be made a rule: {why}."), remedy)
}

/// About words that are not understood.
fn unknown(words: &str) -> Refusal {
    odd(&format!("`{}` is not understood", shown(words)))
}

fn shown(words: &str) -> String {
    words.chars().take(60).collect()
}
