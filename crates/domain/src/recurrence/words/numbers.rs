//! Days, months and numbers by name.
use crate::recurrence::Local;
use crate::recurrence::names::{DAYS, MONTHS, NUMBERS, ORDINALS};

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

/// `3`, `three`.
pub fn count(word: &str) -> Option<u32> {
    let named = (1..).zip(NUMBERS).find(|(_, name)| *name == word).map(|(number, _)| number);
    named.or_else(|| word.parse().ok().filter(|number| *number > 0))
}

/// `2026-12-31`, as the number of that day.
pub fn date(word: &str) -> Option<i32> {
    format!("{word}T00:00").parse::<Local>().ok().map(Local::day)
}

/// The name, or what is clear of it; the word is in small letters.
fn begins(name: &str, word: &str) -> bool {
    let name = name.to_ascii_lowercase();
    name == word || word.len() >= 3 && word.len() < 5 && name.starts_with(word)
}
