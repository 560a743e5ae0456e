//! ISO 8601 durations: weeks, days, hours, minutes and seconds, as a body says them.
use std::borrow::Cow;

use lull_gate::Span;
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serializer};

use crate::refusal::Refusal;

const SECOND: i64 = 1_000_000;
const MINUTE: i64 = 60 * SECOND;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// The units, in the order in which they must stand, and whether each belongs after the `T`.
const UNITS: [(char, bool, i64); 5] =
    [('W', false, 7 * DAY), ('D', false, DAY), ('H', true, HOUR), ('M', true, MINUTE), ('S', true, SECOND)];

/// Reads a duration such as `PT8H`, `P1DT2H` or `PT0.5S`. A day is 24 hours.
///
/// # Errors
/// About the field `duration` (the caller names the real one with [`Refusal::at`]): years and months, which have no
/// fixed length; a sign; more than six decimals; anything that ISO 8601-1:2019, 5.5.2 does not give.
pub fn parse(text: &str) -> Result<Span, Refusal> {
    let body = text.strip_prefix('P').filter(|body| text.len() <= 64 && !body.is_empty() && !body.ends_with('T'));
    let Some(body) = body else {
        return Err(refused(text, "is not a duration"));
    };
    let (date, time) = body.split_once('T').unwrap_or((body, ""));
    let mut total = 0;
    let mut unit = 0;
    for (part, in_time) in [(date, false), (time, true)] {
        let mut rest = part;
        while !rest.is_empty() {
            let (micros, next, left) = component(text, rest, in_time, unit)?;
            total = i64::checked_add(total, micros).ok_or_else(|| refused(text, "is longer than can be counted"))?;
            (unit, rest) = (next, left);
        }
    }
    Ok(Span(total))
}

/// Writes a duration in its shortest form: days, hours, minutes, seconds; `PT0S` for none.
pub fn print(span: Span) -> String {
    let micros = span.0.unsigned_abs();
    let mut text = String::from(if span.0 < 0 { "-P" } else { "P" });
    let mut rest = micros;
    for (letter, in_time, unit) in UNITS.into_iter().skip(1) {
        let unit = unit.unsigned_abs();
        let (count, left) = (rest / unit, rest % unit);
        let is_last = letter == 'S';
        if is_last && (rest > 0 || micros == 0) || !is_last && count > 0 {
            if in_time && !text.contains('T') {
                text.push('T');
            }
            text.push_str(&count.to_string());
            if is_last && left > 0 {
                text.push_str(format!(".{left:06}").trim_end_matches('0'));
            }
            text.push(letter);
        }
        rest = left;
    }
    text
}

/// Writes a duration as serde's `with` asks.
///
/// # Errors
/// Only what the serializer itself says.
pub fn serialize<S: Serializer>(span: &Span, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&print(*span))
}

/// Reads a duration as serde's `with` asks.
///
/// # Errors
/// What [`parse`] refuses, in words.
pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Span, D::Error> {
    let text = Cow::<'de, str>::deserialize(deserializer)?;
    parse(&text).map_err(|refusal| D::Error::custom(format!("{}. {}", refusal.detail, refusal.remedy)))
}

/// The same for a duration that may be left out; name it with `default` and `skip_serializing_if`.
pub mod option {
    use lull_gate::Span;
    use serde::{Deserialize, Deserializer, Serializer};

    /// A duration in a place where serde asks for a type.
    #[derive(Deserialize)]
    struct Written(#[serde(with = "super")] Span);

    /// Writes a duration, or null.
    ///
    /// # Errors
    /// Only what the serializer itself says.
    pub fn serialize<S: Serializer>(span: &Option<Span>, serializer: S) -> Result<S::Ok, S::Error> {
        match span {
            Some(span) => super::serialize(span, serializer),
            None => serializer.serialize_none(),
        }
    }

    /// Reads a duration, or null.
    ///
    /// # Errors
    /// What [`super::parse`] refuses, in words.
    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Span>, D::Error> {
        Ok(Option::<Written>::deserialize(deserializer)?.map(|written| written.0))
    }
}

/// One number with its unit: its microseconds, the first unit that may follow, and what is left of the part.
fn component<'a>(text: &str, rest: &'a str, in_time: bool, from: usize) -> Result<(i64, usize, &'a str), Refusal> {
    let end = rest.find(|c: char| !c.is_ascii_digit() && c != '.').ok_or_else(|| refused(text, "lacks a unit"))?;
    let (number, tail) = rest.split_at(end);
    let letter = tail.chars().next().unwrap_or_default();
    if !in_time && matches!(letter, 'Y' | 'M') {
        return Err(refused(text, "counts years or months, which have no fixed length"));
    }
    let found = UNITS.iter().enumerate().skip(from).find(|(_, unit)| unit.0 == letter && unit.1 == in_time);
    let Some((index, &(_, _, unit))) = found else {
        return Err(refused(text, "is not a duration"));
    };
    let micros =
        micros(number, unit, letter == 'S').ok_or_else(|| refused(text, "has a number that cannot be read"))?;
    Ok((micros, index + 1, &tail[letter.len_utf8()..]))
}

/// The microseconds of a number of units; a fraction only where it `may_break`, of at most six digits.
fn micros(number: &str, unit: i64, may_break: bool) -> Option<i64> {
    let (whole, fraction) = match number.split_once('.') {
        None => (number, 0),
        Some((whole, digits)) if may_break && (1..=6).contains(&digits.len()) && !digits.contains('.') => {
            (whole, format!("{digits:0<6}").parse().ok()?)
        }
        Some(_) => return None,
    };
    whole.parse::<i64>().ok()?.checked_mul(unit)?.checked_add(fraction)
}

fn refused(text: &str, why: &str) -> Refusal {
    let short: String = text.chars().take(64).collect();
    Refusal::input(
        "duration",
        format!("{short:?} {why}"),
        "Write weeks, days, hours, minutes and seconds as in ISO 8601: `PT8H`, `P1DT2H`, `PT0.5S`.",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_read_and_print_in_their_shortest_form() {
        for (text, micros, printed) in [
            ("PT8H", 8 * HOUR, "PT8H"),
            ("P1DT2H", 26 * HOUR, "P1DT2H"),
            ("PT26H", 26 * HOUR, "P1DT2H"),
            ("P2W", 14 * DAY, "P14D"),
            ("PT90M", 90 * MINUTE, "PT1H30M"),
            ("PT0.5S", 500_000, "PT0.5S"),
            ("PT1M0.000001S", MINUTE + 1, "PT1M0.000001S"),
            ("PT0S", 0, "PT0S"),
            ("P1W2DT3H4M5.25S", 9 * DAY + 3 * HOUR + 4 * MINUTE + 5_250_000, "P9DT3H4M5.25S"),
        ] {
            assert_eq!(parse(text), Ok(Span(micros)), "{text}");
            assert_eq!(print(Span(micros)), printed, "{text}");
        }
        assert_eq!(print(Span(-5 * SECOND)), "-PT5S");
    }

    #[test]
    fn what_is_no_duration_is_refused_with_its_reason() {
        for (text, why) in [
            ("", "is not a duration"),
            ("8h", "is not a duration"),
            ("P", "is not a duration"),
            ("PT", "is not a duration"),
            ("P1DT", "is not a duration"),
            ("-PT5S", "is not a duration"),
            ("PT5", "lacks a unit"),
            ("P8H", "is not a duration"),
            ("PT1D", "is not a duration"),
            ("PT5M8H", "is not a duration"),
            ("PT1H1H", "is not a duration"),
            ("P1Y", "counts years or months"),
            ("P2M", "counts years or months"),
            ("PT0.5H", "number that cannot be read"),
            ("PT0.0000001S", "number that cannot be read"),
            ("PT1..5S", "number that cannot be read"),
            ("PTS", "number that cannot be read"),
            ("PT99999999999999999999S", "number that cannot be read"),
            ("P106751991DT23H59M", "longer than can be counted"),
        ] {
            let refusal = parse(text).expect_err(text);
            assert_eq!(refusal.field.as_deref(), Some("duration"));
            assert!(refusal.detail.contains(why), "{text}: {}", refusal.detail);
        }
    }

    proptest::proptest! {
        #[test]
        fn what_is_printed_reads_back(micros in 0..i64::MAX) {
            proptest::prop_assert_eq!(parse(&print(Span(micros))), Ok(Span(micros)));
        }
    }
}
