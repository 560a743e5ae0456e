//! `/metrics`: what was counted, and how things stand, as Prometheus reads it.
//!
//! Nothing in it is a secret or names anything of the estate, so that it needs no token, like the health of the server.
use std::fmt;
use std::sync::Arc;
use std::time::Instant as Monotonic;

use axum::extract::{MatchedPath, Request, State};
use axum::http::{Method, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use lull_domain::engagement::Engagement;
use lull_domain::estate::Estate;
use lull_store::{Counts, Head, MaintenanceFilter, Status, StoreError, Tx};
use prometheus_client::encoding::text::{encode_eof, encode_registry};
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::{Registry, Unit};

use super::App;
use super::problem::Problem;
use super::standing::modes;
use crate::clock;
use crate::metrics::{Answered, METRICS, counter};
use crate::view::{self, Modes};

/// The format that the text has.
const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";
/// The route of what answers nowhere.
const NOWHERE: &str = "none";

/// One label and its value.
type Label = [(&'static str, String); 1];

/// How things stand in the store.
struct Standing {
    by_status: Vec<(Status, u64)>,
    modes: Modes,
    head: Head,
}

/// What was counted, and how things stand: OpenMetrics, as Prometheus reads it.
#[utoipa::path(get, path = "/metrics", operation_id = "metrics", tag = "server",
    responses((status = 200, content_type = "application/openmetrics-text", body = String)))]
pub async fn metrics(State(app): State<Arc<App>>) -> Result<Response, Problem> {
    let standing = app.core.store.read(standing).await;
    let mut registry = Registry::default();
    process(&mut registry, app.started_at);
    let readable = Gauge::<i64>::default();
    readable.set(i64::from(standing.is_ok()));
    registry.register("lull_store_readable", "Whether the store could be read for this", readable);
    stored(&mut registry, app.core.store.counts());
    if let Ok(standing) = &standing {
        stands(&mut registry, standing, &app.core.estate());
    }
    let text = encoded(&registry).map_err(|_| Problem::broken())?;
    Ok(([(header::CONTENT_TYPE, OPEN_METRICS)], text).into_response())
}

/// Counts every request by its route.
pub async fn counted(request: Request, next: Next) -> Response {
    let began = Monotonic::now();
    let method = method(request.method());
    let route = request.extensions().get::<MatchedPath>().cloned();
    let response = next.run(request).await;
    let route = route.as_ref().map_or(NOWHERE, MatchedPath::as_str);
    METRICS.answered(&Answered { method, route, status: response.status().as_u16(), took: began.elapsed() });
    response
}

/// A caller may invent methods, and each would be a series of its own.
fn method(method: &Method) -> &'static str {
    let known = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];
    known.into_iter().find(|known| *known == method.as_str()).unwrap_or("other")
}

fn encoded(standing: &Registry) -> Result<String, fmt::Error> {
    let mut text = String::new();
    encode_registry(&mut text, &METRICS.registry)?;
    encode_registry(&mut text, standing)?;
    encode_eof(&mut text)?;
    Ok(text)
}

fn standing(tx: &mut Tx) -> Result<Standing, StoreError> {
    let mut by_status = Vec::new();
    for status in [Status::Draft, Status::Scheduled, Status::InProgress, Status::Completed, Status::Cancelled] {
        let filter = MaintenanceFilter { status: Some(status), ..MaintenanceFilter::default() };
        by_status.push((status, tx.count_maintenances(&filter)?));
    }
    Ok(Standing { by_status, modes: modes(tx)?, head: tx.head()? })
}

/// The process: what it is, since when, how large.
fn process(registry: &mut Registry, started_at: lull_domain::Instant) {
    registry.register("lull_build", "The version that answers", Info::new([("version", env!("CARGO_PKG_VERSION"))]));
    let started = Gauge::<f64, std::sync::atomic::AtomicU64>::default();
    started.set(started_at.0 as f64 / 1e6);
    registry.register_with_unit("process_start_time", "When the process started", Unit::Seconds, started);
    if let Some(bytes) = resident_bytes() {
        let help = "How much memory the process has";
        registry.register_with_unit("process_resident_memory", help, Unit::Bytes, gauge(bytes));
    }
    if let Ok(open) = std::fs::read_dir("/proc/self/fd") {
        registry.register("process_open_fds", "How many files and sockets are open", gauge(open.count() as u64));
    }
}

/// As the system tells it; none where it does not.
fn resident_bytes() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    line.trim().strip_suffix(" kB")?.trim().parse::<u64>().ok().map(|kib| kib * 1024)
}

fn stored(registry: &mut Registry, counts: Counts) {
    registry.register("lull_store_jobs", "Jobs that wrote, or tried to", counter(counts.jobs));
    registry.register("lull_store_commits", "Commits that made them durable", counter(counts.commits));
}

fn stands(registry: &mut Registry, standing: &Standing, estate: &Estate) {
    let Modes { maintenances: live, engagements, .. } = &standing.modes;
    let statuses = standing.by_status.iter().map(|(status, count)| (status.name(), *count));
    registry.register("lull_maintenances", "Maintenances by status", family("status", statuses));
    let phases = ["entering", "active", "verifying", "leaving"]
        .map(|phase| (phase, live.iter().filter(|maintenance| maintenance.state_name() == phase).count() as u64));
    registry.register("lull_maintenances_in_progress", "Those in progress by phase", family("phase", phases));
    let now = clock::now();
    let overdue = live.iter().filter(|maintenance| maintenance.is_overdue(now)).count() as u64;
    let attention = live.iter().filter(|maintenance| view::needs_attention(maintenance)).count() as u64;
    registry.register("lull_maintenances_overdue", "Those that should be over", gauge(overdue));
    registry.register("lull_maintenances_needing_attention", "Those that need a person", gauge(attention));
    let stages = ["free", "captured", "applied", "owed"].map(|stage| {
        let is_at = |engagement: &&Engagement| view::stage(&engagement.stage) == stage;
        (stage, engagements.iter().filter(is_at).count() as u64)
    });
    registry.register("lull_engagements", "Engagements that are not at rest, by stage", family("stage", stages));
    registry.register("lull_targets", "Targets of the estate", gauge(estate.count() as u64));
    registry.register("lull_log_seq", "The number of the newest entry of the log", gauge(standing.head.seq));
    registry.register("lull_epoch", "The epoch of the gate's snapshot", gauge(standing.head.epoch));
}

fn gauge(value: u64) -> Gauge<i64> {
    let gauge = Gauge::default();
    gauge.set(i64::try_from(value).unwrap_or(i64::MAX));
    gauge
}

fn family(label: &'static str, values: impl IntoIterator<Item = (&'static str, u64)>) -> Family<Label, Gauge> {
    let family = Family::<Label, Gauge>::default();
    for (value, count) in values {
        family.get_or_create_owned(&[(label, value.to_owned())]).set(i64::try_from(count).unwrap_or(i64::MAX));
    }
    family
}
