//! Traffic as a Prometheus knows it: one range query, an hour a step.
use std::collections::BTreeMap;
use std::time::Duration;

use lull_adapters::fetch::{Fetched, Fetcher, Marks};
use lull_domain::path::Path;
use lull_domain::{Instant, Span};
use serde::Deserialize;

/// What stands for the part of the estate in a query.
const UNDER: &str = "{under}";
/// How long it may take.
const WITHIN: Duration = Duration::from_secs(5);
const HOUR: i64 = 3_600;

/// The Prometheus of the operator. Its address stands in the server's file, and is trusted for that.
#[derive(Clone, Debug)]
pub struct Prometheus {
    url: String,
    query: String,
    fetcher: Fetcher,
}

/// What it answers, as far as we read it.
#[derive(Deserialize)]
struct Answer {
    data: Data,
}

/// The values of a range query are of the type `matrix`.
#[derive(Deserialize)]
struct Data {
    result: Vec<Series>,
}

/// One series: seconds since 1970, and numbers written as text.
#[derive(Deserialize)]
struct Series {
    values: Vec<(f64, String)>,
}

impl Prometheus {
    /// The one at this address, asked this.
    ///
    /// # Errors
    /// In words, with the key that is odd.
    pub fn new(url: &str, query: &str) -> Result<Prometheus, String> {
        if !url.starts_with("http://") && !url.starts_with("https://") {
            return Err("prometheus: the address begins with http:// or https://".to_owned());
        }
        if query.trim().is_empty() {
            return Err("query: it is empty".to_owned());
        }
        let everywhere = ["0.0.0.0/0", "::/0"].map(str::parse).into_iter().collect::<Result<_, String>>()?;
        let fetcher = Fetcher::new(everywhere).within(WITHIN);
        Ok(Prometheus { url: url.trim_end_matches('/').to_owned(), query: query.to_owned(), fetcher })
    }

    /// How much there was in each whole hour between two, by its beginning.
    ///
    /// # Errors
    /// In words: what it did instead of answering.
    pub async fn hours(
        &self,
        under: &[Path],
        (from, to): (Instant, Instant),
    ) -> Result<BTreeMap<Instant, f64>, String> {
        let query = self.query.replace(UNDER, &pattern(under));
        // A value is of the hour before it.
        let (start, end) = (from.0 / 1_000_000 + HOUR, to.0 / 1_000_000);
        let query = encoded(&query);
        let url = format!("{}/api/v1/query_range?query={query}&start={start}&end={end}&step={HOUR}", self.url);
        let fetched = self.fetcher.get(&url, &Marks::default()).await.map_err(|error| lower(&error.0))?;
        let Fetched::Text(text, _) = fetched else { return Err("it answers 304 instead of 200".to_owned()) };
        let answer: Answer =
            serde_json::from_slice(&text).map_err(|_| "its answer is not that of a range query".to_owned())?;
        let hours = hours(&answer.data.result);
        if hours.is_empty() {
            return Err("it has nothing for this query".to_owned());
        }
        Ok(hours)
    }
}

/// All series together, without what is no number.
fn hours(series: &[Series]) -> BTreeMap<Instant, f64> {
    let mut hours = BTreeMap::new();
    for (at, text) in series.iter().flat_map(|series| &series.values) {
        let value = text.parse::<f64>().ok().filter(|value| value.is_finite() && *value >= 0.0);
        let Some(value) = value.filter(|_| at.is_finite() && at.abs() < 1e11) else { continue };
        let hour = Instant((at / HOUR as f64).round() as i64 * HOUR * 1_000_000) - Span::seconds(HOUR);
        *hours.entry(hour).or_default() += value;
    }
    hours
}

/// These places as a regular expression; the installation is an empty one. Of all characters of a path only the dot means more.
fn pattern(under: &[Path]) -> String {
    let paths: Vec<String> = under.iter().map(|path| path.as_str().replace('.', "[.]")).collect();
    match paths.as_slice() {
        [only] => only.clone(),
        several => format!("({})", several.join("|")),
    }
}

/// A text as it stands in the query of an address.
fn encoded(text: &str) -> String {
    let mut encoded = String::new();
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => encoded.push(char::from(byte)),
            _ => encoded.push_str(&format!("%{byte:02X}")),
        }
    }
    encoded
}

/// A sentence as a part of another.
fn lower(sentence: &str) -> String {
    let mut letters = sentence.chars();
    letters.next().map_or_else(String::new, |first| first.to_lowercase().chain(letters).collect())
}
