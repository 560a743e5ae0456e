//! What a rule says of itself and what is heard of that: random rules, and random words.
#[path = "sim/chance.rs"]
mod chance;

use jiff::tz::TimeZone;
use lull_domain::Span;
use lull_domain::recurrence::{Frequency, Heard, Local, Recurrence, Rule, Zone, heard};

use chance::Chance;

const DAYS: [&str; 7] = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"];
/// So many occurrences are compared.
const COMPARED: usize = 10;
const WORDS: [&str; 76] = [
    "every",
    "every",
    "every",
    "each",
    "other",
    "second",
    "first",
    "third",
    "1st",
    "15th",
    "31st",
    "last",
    "last",
    "to",
    "of",
    "of the",
    "the",
    "on",
    "in",
    "and",
    "and",
    ",",
    "if it is",
    "that is also",
    "Sunday",
    "Sunday",
    "Sundays",
    "Monday",
    "Mon-Fri",
    "Saturday",
    "Thursday night",
    "weekday",
    "weekend",
    "day",
    "day",
    "week",
    "month",
    "month",
    "of the month",
    "of every month",
    "year",
    "hour",
    "hours",
    "night",
    "days",
    "weeks",
    "months",
    "daily",
    "weekly",
    "monthly",
    "yearly",
    "2",
    "3",
    "6",
    "12",
    "24",
    "March",
    "December",
    "of March",
    "in March",
    "starting",
    "from",
    "2027-02-01",
    "until",
    "2028-01-01",
    "10 times",
    "once",
    "only once",
    "a",
    "02:00-04:00",
    "02:00-04:00",
    "22:00",
    "for 2h",
    "every second",
    "at minute 15",
    "UTC",
];

fn zone() -> Zone {
    Zone::new(TimeZone::UTC)
}

fn local(text: &str) -> Local {
    text.parse().expect("a local time")
}

fn recurrence(rule: Rule, start: Local, lasts: Span) -> Recurrence {
    Recurrence { rules: vec![rule], more: Vec::new(), except: Vec::new(), start, lasts, elapsed: false }
}

fn comes_to(recurrence: &Recurrence) -> Vec<Local> {
    recurrence.occurrences(&zone()).take(COMPARED).map(|it| it.nominal).collect()
}

/// The same rule as its sentence is heard, from the same start: a sentence does not say from when.
fn again(of: &Recurrence) -> Result<Recurrence, String> {
    let heard = heard(&of.sentence(&zone(), "UTC")).map_err(|refusal| refusal.detail)?;
    Ok(recurrence(heard.rule, of.start, heard.lasts))
}

fn numbers(chance: &mut Chance, low: i64, high: i64) -> String {
    let number = |chance: &mut Chance| match chance.between(low, high) {
        0 if low < 0 => high,
        number => number,
    };
    (0..=chance.below(3)).map(|_| number(chance).to_string()).collect::<Vec<_>>().join(",")
}

fn days(chance: &mut Chance, most: i64) -> String {
    if chance.one_in(4) {
        return DAYS[..5].join(",");
    }
    let day = |chance: &mut Chance| {
        let nth = if most == 0 || chance.one_in(3) { 0 } else { chance.between(-most, most) };
        format!("{}{}", if nth == 0 { String::new() } else { nth.to_string() }, chance.pick(&DAYS).expect("seven"))
    };
    (0..=chance.below(3)).map(|_| day(chance)).collect::<Vec<_>>().join(",")
}

/// A rule; not every one is allowed.
fn rule(chance: &mut Chance) -> String {
    let frequency = *chance.pick(&["HOURLY", "DAILY", "WEEKLY", "MONTHLY", "MONTHLY", "YEARLY"]).expect("six");
    let most = match frequency {
        "MONTHLY" => 5,
        "YEARLY" => *chance.pick(&[5, 53]).expect("two"),
        _ => 0,
    };
    let mut rule = format!("FREQ={frequency}");
    let mut put = |chance: &mut Chance, of: u64, part: &dyn Fn(&mut Chance) -> String| {
        if chance.one_in(of) {
            rule.push_str(&part(chance));
        }
    };
    put(chance, 3, &|chance| format!(";INTERVAL={}", chance.between(1, 7)));
    put(chance, 4, &|chance| format!(";BYMONTH={}", numbers(chance, 1, 12)));
    put(chance, 4, &|chance| format!(";BYMONTHDAY={}", numbers(chance, -31, 31)));
    put(chance, 10, &|chance| format!(";BYWEEKNO={}", numbers(chance, -53, 53)));
    put(chance, 10, &|chance| format!(";BYYEARDAY={}", numbers(chance, -366, 366)));
    put(chance, 2, &|chance| format!(";BYDAY={}", days(chance, most)));
    put(chance, 6, &|chance| format!(";BYHOUR={}", numbers(chance, 0, 23)));
    put(chance, 5, &|chance| format!(";BYSETPOS={}", numbers(chance, -4, 4)));
    put(chance, 6, &|chance| format!(";WKST={}", chance.pick(&DAYS).expect("seven")));
    put(chance, 6, &|chance| format!(";COUNT={}", chance.between(1, 12)));
    rule
}

#[test]
fn what_is_understood_of_the_sentence_of_a_rule_is_that_rule() {
    let count: usize = std::env::var("CASES").ok().map_or(6_000, |count| count.parse().expect("CASES is a number"));
    let mut chance = Chance::new(20_261_122);
    let (mut fired, mut understood) = (0, 0);
    for _ in 0..count {
        let Ok(rule) = rule(&mut chance).parse::<Rule>() else { continue };
        let drawn = recurrence(rule, local("2026-11-22T02:15"), Span::hours(1));
        let Some(first) = comes_to(&drawn).first().copied() else { continue };
        let of = Recurrence { start: first, ..drawn };
        fired += 1;
        if let Ok(again) = again(&of) {
            understood += 1;
            let said = format!("{}\n{}\n{}", of.rules[0], of.sentence(&zone(), "UTC"), again.rules[0]);
            assert_eq!((comes_to(&again), again.lasts), (comes_to(&of), of.lasts), "{said}");
        }
    }
    println!("{understood} of {fired} are understood");
    assert!(understood * 4 > fired, "{understood} of {fired} are understood");
}

/// A text of random words, most with a time of day at its end.
fn text(chance: &mut Chance) -> String {
    let mut words: Vec<&str> = Vec::new();
    for _ in 0..=chance.below(7) {
        words.push(chance.pick(&WORDS).expect("there are words"));
    }
    if !chance.one_in(4) {
        words.push("02:00-04:00");
    }
    words.join(" ")
}

fn starts(heard: &Heard) -> Option<Recurrence> {
    let start = heard.start(local("2026-11-21T20:00")).ok()?;
    Some(recurrence(heard.rule.clone(), start, heard.lasts))
}

#[test]
fn what_is_heard_of_random_words_is_said_so_that_it_is_heard_again() {
    let count: usize = std::env::var("CASES").ok().map_or(40_000, |count| count.parse().expect("CASES is a number"));
    let mut chance = Chance::new(11);
    let mut understood = 0;
    for _ in 0..count {
        let text = text(&mut chance);
        let Some(of) = heard(&text).ok().and_then(|heard| starts(&heard)) else { continue };
        understood += 1;
        let sentence = of.sentence(&zone(), "UTC");
        let again = again(&of).unwrap_or_else(|why| panic!("{text}\n{}\n{sentence}\n{why}", of.rules[0]));
        let said = format!("{text}\n{}\n{sentence}\n{}", of.rules[0], again.rules[0]);
        if std::env::var("SHOW").is_ok() {
            println!("{text}  =>  {sentence}  {}", of.rules[0]);
        }
        let is_alike = of.rules[0].frequency == Frequency::Hourly || comes_to(&of).first() == Some(&of.start);
        assert!(is_alike, "it starts with its first: {said}");
        assert_eq!((comes_to(&again), again.lasts), (comes_to(&of), of.lasts), "{said}");
    }
    println!("{understood} of {count} are understood");
    assert!(understood * 100 > count, "{understood} of {count} are understood");
}
