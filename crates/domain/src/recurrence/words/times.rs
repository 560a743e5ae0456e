//! Times of day and durations, as people write them.
use crate::{Span, duration};

/// `02:00`, `2am`, `2:30pm`, `noon`, `midnight`: in seconds since midnight.
pub fn of_day(word: &str) -> Option<i64> {
    match word {
        "noon" => return Some(12 * 3_600),
        "midnight" => return Some(0),
        _ => {}
    }
    let halves = [("am", 0), ("pm", 12)];
    let half = halves.iter().find_map(|(half, hours)| Some((word.strip_suffix(half)?, *hours)));
    let clock = half.map_or(word, |(clock, _)| clock);
    let (hour, minute) = match clock.split_once(':') {
        Some((hour, minute)) => (hour, minute),
        None => (half.map(|_| clock)?, "00"),
    };
    let number = |text: &str| text.parse::<i64>().ok().filter(|_| text.bytes().all(|byte| byte.is_ascii_digit()));
    let (hour, minute) = (number(hour)?, number(minute).filter(|minute| *minute < 60)?);
    let hour = match half {
        None => Some(hour).filter(|hour| *hour < 24),
        Some((_, later)) => Some(hour % 12 + later).filter(|_| (1..=12).contains(&hour)),
    };
    Some(hour? * 3_600 + minute * 60)
}

/// `2h`, `2 hours`, `90min`, `pt2h`; and how many words that took.
pub fn lasting(word: &str, next: &str) -> Option<(Span, usize)> {
    if let Ok(span) = duration::parse(&word.to_uppercase()) {
        return Some((span, 1));
    }
    let digits = word.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(word.len());
    let (count, unit) = word.split_at(digits);
    let (unit, used) = if unit.is_empty() { (next, 2) } else { (unit, 1) };
    let count = match word {
        "an" | "a" | "one" => return Some((unit_of(next)?, 2)),
        _ => count.parse::<i64>().ok().filter(|count| (1..=100_000).contains(count))?,
    };
    Some((Span(unit_of(unit)?.0 * count), used))
}

fn unit_of(word: &str) -> Option<Span> {
    Some(match word {
        "m" | "min" | "mins" | "minute" | "minutes" => Span::minutes(1),
        "h" | "hour" | "hours" => Span::hours(1),
        "d" | "day" | "days" => Span::hours(24),
        "w" | "week" | "weeks" => Span::hours(24 * 7),
        _ => return None,
    })
}
