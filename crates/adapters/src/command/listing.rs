//! What a `list` program may print: workloads as [`crate::Workload`], with less required and times also in words.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use crate::{Reading, State, Workload};

const LISTED_MAX: usize = 5_000;

/// Reads a listing; the error says in which line and column it is wrong.
pub(super) fn parse(printed: &[u8]) -> Result<Reading, String> {
    let is_list = printed.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b'[');
    let (booted_at, listed) = if is_list {
        (None, serde_json::from_slice::<Vec<Printed>>(printed).map_err(|error| error.to_string())?)
    } else {
        let object: Object = serde_json::from_slice(printed).map_err(|error| error.to_string())?;
        (object.booted_at, object.workloads)
    };
    if listed.len() > LISTED_MAX {
        return Err(format!("{} workloads, at most {LISTED_MAX} can be looked after", listed.len()));
    }
    let mut names = BTreeSet::new();
    if let Some(twice) = listed.iter().find(|printed| !names.insert(&printed.name)) {
        return Err(format!("the name {:?} twice", twice.name));
    }
    Ok(Reading { booted_at, workloads: listed.into_iter().map(Workload::from).collect() })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Object {
    #[serde(default, deserialize_with = "instant")]
    booted_at: Option<i64>,
    workloads: Vec<Printed>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Printed {
    #[serde(deserialize_with = "name")]
    name: String,
    title: Option<String>,
    id: Option<String>,
    state: State,
    #[serde(default, deserialize_with = "instant")]
    started_at: Option<i64>,
    #[serde(default, deserialize_with = "instant")]
    finished_at: Option<i64>,
    #[serde(default)]
    restarts: u64,
    healthy: Option<bool>,
    owner: Option<String>,
    project: Option<String>,
    service: Option<String>,
    image: Option<String>,
    version: Option<String>,
    #[serde(default)]
    labels: BTreeMap<String, String>,
    #[serde(default)]
    needs: Vec<String>,
    #[serde(default)]
    volumes: Vec<String>,
    #[serde(default)]
    ignored: bool,
    pid: Option<u32>,
    #[serde(default)]
    setting: Value,
}

impl From<Printed> for Workload {
    fn from(printed: Printed) -> Self {
        Self {
            name: printed.name,
            title: printed.title,
            id: printed.id,
            state: printed.state,
            started_at: printed.started_at,
            finished_at: printed.finished_at,
            restarts: printed.restarts,
            healthy: printed.healthy,
            owner: printed.owner,
            project: printed.project,
            service: printed.service,
            image: printed.image,
            version: printed.version,
            labels: printed.labels,
            needs: printed.needs,
            volumes: printed.volumes,
            ignored: printed.ignored,
            twin: false,
            pid: printed.pid,
            setting: printed.setting,
        }
    }
}

/// It becomes an argument: a name like `-r` or an empty one would be taken for something else.
fn name<'de, D: Deserializer<'de>>(input: D) -> Result<String, D::Error> {
    let name = String::deserialize(input)?;
    if name.is_empty() || name.len() > 255 || name.starts_with('-') || name.chars().any(char::is_control) {
        return Err(D::Error::custom(format!(
            "{name:?} is no name: 1 to 255 bytes, no leading '-', no control characters"
        )));
    }
    Ok(name)
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Instant {
    Micros(i64),
    Words(Timestamp),
}

fn instant<'de, D: Deserializer<'de>>(input: D) -> Result<Option<i64>, D::Error> {
    let instant = Option::<Instant>::deserialize(input)
        .map_err(|_| D::Error::custom("a time is RFC 3339 (2026-11-21T02:00:00Z) or microseconds since 1970"))?;
    Ok(instant.map(|instant| match instant {
        Instant::Micros(at) => at,
        Instant::Words(at) => at.as_microsecond(),
    }))
}
