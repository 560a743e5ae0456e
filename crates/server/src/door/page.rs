//! The page for visitors: one file, nothing from anywhere else, every text escaped.
use std::sync::LazyLock;

use axum::http::HeaderValue;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use lull_domain::Instant;
use sha2::{Digest, Sha256};

use super::reply::Reply;
use super::text::for_html;
use crate::view::instant;

const PAGE: &str = include_str!("visitor.html");
/// The same without what waits: for pages that say one thing.
static WORDS: LazyLock<String> = LazyLock::new(|| {
    let style = between(PAGE, "<style>", "</style>");
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<meta name=\"robots\" content=\"noindex\">\n\
         <title>{{{{title}}}}</title>\n<style>{style}</style>\n</head>\n\
         <body>\n<main>\n<h1>{{{{title}}}}</h1>\n<p>{{{{text}}}}</p>\n</main>\n</body>\n</html>\n"
    )
});

/// How much of each text is shown, escaped: all of the page stays below 10 kB.
const TITLE_MAX: usize = 400;
const MESSAGE_MAX: usize = 2_400;
/// So much of an id is enough to be found by.
const ID: usize = "mnt_0199f3a27c41".len();

/// What the page may do: what stands in it, and to ask its own site.
static POLICY: LazyLock<HeaderValue> = LazyLock::new(|| {
    let hash = |tag: &str| base64(&Sha256::digest(between(PAGE, &format!("<{tag}>"), &format!("</{tag}>"))));
    let policy = format!(
        "default-src 'none'; style-src 'sha256-{}'; script-src 'sha256-{}'; connect-src 'self'; base-uri 'none'; \
         form-action 'none'; frame-ancestors 'none'",
        hash("style"),
        hash("script")
    );
    HeaderValue::try_from(policy).expect("it is ASCII")
});

/// The content security policy of all our pages.
pub fn policy() -> HeaderValue {
    POLICY.clone()
}

/// A page that says one thing.
pub fn words(title: &str, text: &str) -> String {
    filled(&WORDS, &[("title", &for_html(title, TITLE_MAX)), ("text", &for_html(text, MESSAGE_MAX))])
}

/// The page that visitors of a target get.
pub fn visitor(reply: &Reply<'_>) -> String {
    let quiet = reply.quiet();
    let title = quiet.map_or("It is over", |quiet| quiet.title.as_str());
    let message = match quiet {
        Some(quiet) => quiet.message.as_deref().unwrap_or("This is under maintenance."),
        None => "This page opens in a moment.",
    };
    let zone = quiet.map_or("UTC", |quiet| quiet.zone.as_str());
    let until = reply.decision.until.filter(|_| quiet.is_some());
    let times = until.map_or_else(|| Times::unknown(quiet.is_some()), |until| Times::of(until, reply.now, zone));
    let id = quiet.map_or("nothing more", |quiet| quiet.id.get(..ID).unwrap_or(&quiet.id));
    let until = until.map(instant).unwrap_or_default();
    let parts = [
        ("target", for_html(reply.target, usize::MAX)),
        ("action", reply.action.name().to_owned()),
        ("zone", for_html(zone, TITLE_MAX)),
        ("until", until),
        ("head", times.head),
        ("title", for_html(title, TITLE_MAX)),
        ("message", for_html(message, MESSAGE_MAX)),
        ("back", times.back),
        ("day", for_html(&times.day, TITLE_MAX)),
        ("left", times.left),
        ("id", for_html(id, TITLE_MAX)),
    ];
    let parts: Vec<(&str, &str)> = parts.iter().map(|(name, value)| (*name, value.as_str())).collect();
    filled(PAGE, &parts)
}

/// When it ends, in words.
struct Times {
    head: String,
    back: String,
    day: String,
    left: String,
}

impl Times {
    fn of(until: Instant, now: Instant, zone: &str) -> Times {
        let zone = TimeZone::get(zone).unwrap_or(TimeZone::UTC);
        let at = Timestamp::from_microsecond(until.0).unwrap_or(Timestamp::MAX).to_zoned(zone.clone());
        let (hours, offset) = (at.strftime("%H:%M"), at.strftime("%:z"));
        let name = zone.iana_name().unwrap_or("UTC").replace('_', " ");
        Times {
            head: format!("Back at {hours} ({offset})"),
            back: format!("Back at <time datetime=\"{}\">{hours}</time>", at.strftime("%Y-%m-%dT%H:%M:%S%:z")),
            day: format!("{}, {name} ({offset})", at.strftime("%A %-d %B %Y")),
            left: left((until - now).as_seconds()),
        }
    }

    fn unknown(is_closed: bool) -> Times {
        let (head, back) = match is_closed {
            true => ("Under maintenance", "When this ends is not known yet"),
            false => ("Back", "We are back"),
        };
        Times { head: head.to_owned(), back: back.to_owned(), day: String::new(), left: String::new() }
    }
}

/// How long that is, as one says it.
fn left(seconds: i64) -> String {
    let minutes = seconds.max(0).saturating_add(59) / 60;
    match minutes {
        0..=1 => "in about a minute".to_owned(),
        2..120 => format!("in about {minutes} minutes"),
        120..2_880 => format!("in about {} hours", (minutes + 30) / 60),
        _ => format!("in about {} days", (minutes + 720) / 1_440),
    }
}

/// A template with its places filled, in one pass: what is put in is not looked at again.
fn filled(template: &str, parts: &[(&str, &str)]) -> String {
    let mut page = String::with_capacity(template.len() + 1_024);
    let mut rest = template;
    while let Some((before, after)) = rest.split_once("{{") {
        let (name, after) = after.split_once("}}").unwrap_or((after, ""));
        page.push_str(before);
        page.push_str(parts.iter().find(|(part, _)| *part == name).map_or("", |(_, value)| value));
        rest = after;
    }
    page.push_str(rest);
    page
}

fn between<'t>(text: &'t str, begin: &str, end: &str) -> &'t str {
    let after = text.split_once(begin).map_or("", |(_, after)| after);
    after.split_once(end).map_or(after, |(inside, _)| inside)
}

/// Base64 with padding (RFC 4648, 4).
fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for three in bytes.chunks(3) {
        let bits = three.iter().fold(0u32, |bits, byte| bits << 8 | u32::from(*byte)) << (8 * (3 - three.len()));
        for place in 0..4 {
            let letter = LETTERS[(bits >> (18 - 6 * place) & 63) as usize];
            text.push(if place <= three.len() { char::from(letter) } else { '=' });
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_is_as_the_standard_has_it() {
        let pairs = [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foobar", "Zm9vYmFy")];
        for (plain, encoded) in pairs {
            assert_eq!(base64(plain.as_bytes()), encoded);
        }
    }

    #[test]
    fn what_is_put_into_a_page_is_not_filled_again() {
        assert_eq!(filled("<{{a}}|{{b}}|{{c}}>", &[("a", "{{b}}"), ("b", "x")]), "<{{b}}|x|>");
    }

    #[test]
    fn a_time_is_told_in_the_zone_of_the_maintenance() {
        let times = Times::of(Instant(1_795_312_800_000_000), Instant(1_795_310_040_000_000), "Europe/Berlin");
        assert_eq!(times.head, "Back at 03:00 (+01:00)");
        assert_eq!(times.day, "Sunday 22 November 2026, Europe/Berlin (+01:00)");
        assert_eq!(times.left, "in about 46 minutes");
        assert!(times.back.contains("2026-11-22T03:00:00+01:00"), "{}", times.back);
        assert_eq!(
            [30, 3_600, 20_000, 400_000].map(left).join(" "),
            "in about a minute in about 60 minutes in about 6 hours in about 5 days"
        );
    }
}
