//! Days, months and numbers by name.
use crate::recurrence::Local;

const DAYS: [&str; 7] = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];
const MONTHS: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];
const ORDINALS: [&str; 5] = ["first", "second", "third", "fourth", "fifth"];

/// `sunday`, `sundays`, `sun`, `tues`.
pub fn weekday(word: &str) -> Option<u8> {
    let word = if word.len() > 5 { word.strip_suffix('s').unwrap_or(word) } else { word };
    (0..).zip(DAYS).find(|(_, day)| begins(day, word)).map(|(number, _)| number)
}

/// `march`, `mar`, `sept`.
pub fn month(word: &str) -> Option<i16> {
    (1..).zip(MONTHS).find(|(_, month)| begins(month, word)).map(|(number, _)| number)
}

/// `second`, `2nd`.
pub fn ordinal(word: &str) -> Option<i16> {
    let named = (1..).zip(ORDINALS).find(|(_, name)| *name == word).map(|(number, _)| number);
    let ending = ["st", "nd", "rd", "th"].iter().find_map(|ending| word.strip_suffix(ending));
    named.or_else(|| ending?.parse().ok().filter(|number| (1..=366).contains(number)))
}

/// `2026-12-31`, as the number of that day.
pub fn date(word: &str) -> Option<i32> {
    format!("{word}T00:00").parse::<Local>().ok().map(Local::day)
}

/// The name, or what is clear of it.
fn begins(name: &str, word: &str) -> bool {
    name == word || word.len() >= 3 && word.len() < 5 && name.starts_with(word)
}
