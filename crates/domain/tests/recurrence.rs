//! Rules against python-dateutil with zoneinfo: random ones, in twenty zones, over ten years.
//!
//! What may differ is written down here: an hourly rule counts time that has passed (dateutil counts on the wall), and dateutil
//! counts some weeks of the year wrongly. Left out: a list that names days of the week both counted and not, of which dateutil
//! gives what both have, where RFC 5545 gives what either has. `CASES` says how many rules.
#[path = "sim/chance.rs"]
mod chance;

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Command, Stdio};
use std::time::Duration;

use jiff::tz::TimeZone;
use lull_domain::Span;
use lull_domain::recurrence::{Local, Recurrence, Zone};
use serde_json::{Value, json};

use chance::Chance;

const ZONES: [&str; 20] = [
    "Europe/Berlin",
    "America/New_York",
    "Australia/Lord_Howe",
    "Africa/Cairo",
    "America/Havana",
    "Pacific/Apia",
    "Asia/Tehran",
    "America/St_Johns",
    "Asia/Kathmandu",
    "Pacific/Chatham",
    "America/Santiago",
    "Africa/Casablanca",
    "Asia/Gaza",
    "UTC",
    "Europe/Dublin",
    "Antarctica/Troll",
    "America/Asuncion",
    "Asia/Kolkata",
    "Pacific/Kiritimati",
    "America/Sao_Paulo",
];
const DAYS: [&str; 7] = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"];
/// So many starts of a rule are compared.
const STARTS: usize = 60;
/// No rule takes longer than this.
const WITHIN: Duration = Duration::from_secs(2);

fn numbers(chance: &mut Chance, low: i64, high: i64) -> String {
    let mut list: Vec<String> = Vec::new();
    for _ in 0..=chance.below(3) {
        let number = chance.between(low, high);
        list.push(if number == 0 && low < 0 { high } else { number }.to_string());
    }
    list.join(",")
}

fn days(chance: &mut Chance, most: i64) -> String {
    let counted = !chance.one_in(3);
    let day = |chance: &mut Chance| {
        let nth = chance.between(-most, most);
        let nth = if !counted || most == 0 { String::new() } else { if nth == 0 { most } else { nth }.to_string() };
        format!("{nth}{}", chance.pick(&DAYS).expect("there are seven"))
    };
    (0..=chance.below(3)).map(|_| day(chance)).collect::<Vec<_>>().join(",")
}

/// A rule that RFC 5545 allows.
fn rule(chance: &mut Chance) -> String {
    let frequency = *chance.pick(&["DAILY", "WEEKLY", "MONTHLY", "YEARLY"]).expect("there are four");
    let mut parts = vec![format!("FREQ={frequency}")];
    let mut put = |chance: &mut Chance, of: u64, part: &dyn Fn(&mut Chance) -> String| {
        let is_in = chance.one_in(of);
        if is_in {
            parts.push(part(chance));
        }
        is_in
    };
    put(chance, 3, &|chance| format!("INTERVAL={}", chance.between(1, 5)));
    let months = put(chance, 4, &|chance| format!("BYMONTH={}", numbers(chance, 1, 12)));
    if frequency != "WEEKLY" {
        put(chance, 4, &|chance| format!("BYMONTHDAY={}", numbers(chance, -31, 31)));
    }
    let weeks = frequency == "YEARLY" && put(chance, 8, &|chance| format!("BYWEEKNO={}", numbers(chance, -53, 53)));
    if frequency == "YEARLY" {
        put(chance, 8, &|chance| format!("BYYEARDAY={}", numbers(chance, -366, 366)));
    }
    let most = match frequency {
        "MONTHLY" => 5,
        "YEARLY" if !weeks => {
            if months {
                5
            } else {
                53
            }
        }
        _ => 0,
    };
    let day = put(chance, 2, &|chance| format!("BYDAY={}", days(chance, most)));
    let hours = put(chance, 5, &|chance| format!("BYHOUR={}", numbers(chance, 0, 23)));
    put(chance, 8, &|chance| format!("BYMINUTE={}", numbers(chance, 0, 59)));
    if day || hours || months {
        put(chance, 6, &|chance| format!("BYSETPOS={}", numbers(chance, -4, 4)));
    }
    put(chance, 5, &|chance| format!("WKST={}", chance.pick(&DAYS).expect("there are seven")));
    if !put(chance, 5, &|chance| format!("COUNT={}", chance.between(1, 40))) {
        put(chance, 6, &|chance| format!("UNTIL={:04}0{}15T120000", chance.between(2027, 2034), chance.between(1, 9)));
    }
    parts.join(";")
}

fn case(chance: &mut Chance) -> Value {
    let rules: Vec<String> = (0..=chance.below(5) / 4).map(|_| rule(chance)).collect();
    let date = |chance: &mut Chance| {
        let (month, day) = (chance.between(1, 12), chance.between(1, 28));
        format!(
            "20{}-{month:02}-{day:02}T{:02}:{:02}:00",
            chance.between(25, 27),
            chance.between(0, 23),
            chance.between(0, 3) * 15
        )
    };
    let start = date(chance);
    let dates = |chance: &mut Chance| (0..chance.below(9).saturating_sub(6)).map(|_| date(chance)).collect::<Vec<_>>();
    let (rdates, exdates) = (dates(chance), dates(chance));
    let zone = chance.pick(&ZONES).expect("there are twenty");
    let until = format!("{}{}", start[..4].parse::<i32>().expect("a year") + 10, &start[4..]);
    json!({"rules": rules, "rdates": rdates, "exdates": exdates, "start": start, "zone": zone, "until": until, "count": STARTS})
}

fn local(text: &Value) -> Local {
    text.as_str().expect("a text").parse().expect("a local time")
}

fn locals(list: &Value) -> Vec<Local> {
    list.as_array().expect("a list").iter().map(local).collect()
}

fn zone(name: &str) -> Zone {
    Zone::new(TimeZone::get(name).expect("a zone"))
}

/// What ours says.
fn ours(case: &Value) -> Vec<(String, i64)> {
    let rules = case["rules"].as_array().expect("a list").iter();
    let recurrence = Recurrence {
        rules: rules.map(|rule| rule.as_str().expect("a text").parse().expect("a rule")).collect(),
        more: locals(&case["rdates"]),
        except: locals(&case["exdates"]),
        start: local(&case["start"]),
        lasts: Span::hours(1),
        elapsed: false,
    };
    let until = local(&case["until"]);
    let zone = zone(case["zone"].as_str().expect("a text"));
    let all = recurrence.occurrences(&zone).take_while(|it| it.nominal <= until).take(STARTS);
    all.map(|it| (it.nominal.to_string(), it.starts_at.0 / 1_000_000)).collect()
}

/// Whether dateutil may differ: it counts some weeks wrongly.
fn counts_weeks(case: &Value) -> bool {
    case["rules"].to_string().contains("BYWEEKNO")
}

#[test]
fn random_rules_give_what_python_dateutil_gives() {
    let count: usize = std::env::var("CASES").ok().map_or(400, |count| count.parse().expect("CASES is a number"));
    let mut chance = Chance::new(20_261_121);
    let cases: Vec<Value> = (0..count).map(|_| case(&mut chance)).collect();
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../target/venv/bin/python");
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/recurrence/peer.py");
    let mut peer = Command::new(folder).arg(script).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
    let peer = peer.as_mut().expect("`cargo xtask test` makes target/venv");
    let (mut asked, said) = (peer.stdin.take().expect("piped"), peer.stdout.take().expect("piped"));
    let mut lines = BufReader::new(said).lines();
    let (mut compared, mut too_long, mut weeks) = (0, 0, 0);
    for case in &cases {
        writeln!(asked, "{case}").expect("it reads");
        let said = lines.next().expect("it answers").expect("a line");
        let theirs: Option<Vec<(String, i64)>> = serde_json::from_str(&said).expect("JSON");
        let began = std::time::Instant::now();
        let ours = ours(case);
        assert!(began.elapsed() < WITHIN, "{case} takes too long");
        match theirs {
            None => too_long += 1,
            Some(theirs) if theirs != ours && counts_weeks(case) => weeks += 1,
            Some(theirs) => {
                compared += 1;
                assert_eq!(ours, theirs, "{case}");
            }
        }
    }
    drop(asked);
    peer.wait().expect("it ends");
    println!("{compared} alike, {weeks} differ in weeks of the year, {too_long} took dateutil too long");
    assert!(weeks * 100 <= count, "{weeks} of {count} differ in weeks of the year");
    assert!(compared * 10 > count * 9, "{compared} of {count} were compared");
}
