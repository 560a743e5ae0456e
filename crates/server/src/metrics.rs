//! What this process has done, counted: orders, calls to the outside, requests.
//!
//! No label names a target, a person or a maintenance: how many series there are depends on the program and on the
//! adapters in the server's file, not on what is stored.
use std::sync::LazyLock;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use lull_domain::life::Verb;
use lull_domain::order::Actor;
use lull_domain::refusal::Because;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::{Family, MetricConstructor};
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};

/// Calls take from milliseconds to the minute that an engine may need to stop something.
const CALL_SECONDS: [f64; 10] = [0.01, 0.05, 0.1, 0.5, 1.0, 5.0, 10.0, 30.0, 60.0, 120.0];
/// Requests are answered within 30 s.
const REQUEST_SECONDS: [f64; 9] = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1.0, 5.0, 30.0];

/// What this process counts. There is one log, one scrape and one set of counters for a process.
pub static METRICS: LazyLock<Metrics> = LazyLock::new(Metrics::new);

/// The counters.
pub struct Metrics {
    /// All of them, for whoever asks.
    pub registry: Registry,
    /// Connections that are open on the first listener.
    pub connections: Gauge,
    orders: Family<OrderLabels, Counter>,
    calls: Family<CallLabels, Counter>,
    call_seconds: Seconds<CallVerbLabels>,
    requests: Family<RequestLabels, Counter>,
    request_seconds: Seconds<RouteLabels>,
}

/// Histograms of durations, with these bounds.
type Seconds<L> = Family<L, Histogram, Bounds>;

/// Makes histograms.
#[derive(Clone, Copy)]
struct Bounds(&'static [f64]);

impl MetricConstructor<Histogram> for Bounds {
    fn new_metric(&self) -> Histogram {
        Histogram::new(self.0.iter().copied())
    }
}

#[derive(Clone, PartialEq, Eq, Hash, Debug, EncodeLabelSet)]
struct OrderLabels {
    verb: String,
    by: &'static str,
    result: &'static str,
}

#[derive(Clone, PartialEq, Eq, Hash, Debug, EncodeLabelSet)]
struct CallLabels {
    adapter: String,
    verb: &'static str,
    outcome: &'static str,
}

#[derive(Clone, PartialEq, Eq, Hash, Debug, EncodeLabelSet)]
struct CallVerbLabels {
    adapter: String,
    verb: &'static str,
}

#[derive(Clone, PartialEq, Eq, Hash, Debug, EncodeLabelSet)]
struct RequestLabels {
    method: &'static str,
    route: String,
    status: String,
}

#[derive(Clone, PartialEq, Eq, Hash, Debug, EncodeLabelSet)]
struct RouteLabels {
    method: &'static str,
    route: String,
}

/// A call to an adapter that is over.
pub struct Call<'a> {
    /// The adapter, by its name in the server's file.
    pub adapter: &'a str,
    /// `list`, `stop`, `start`, …
    pub verb: &'static str,
    /// `done`, or how it failed.
    pub outcome: &'static str,
    /// How long it took.
    pub took: Duration,
}

/// A request that was answered.
pub struct Answered<'a> {
    /// Its method; those that HTTP does not know are `other`.
    pub method: &'static str,
    /// The template of its route.
    pub route: &'a str,
    /// The status of the answer.
    pub status: u16,
    /// How long it took until the answer began.
    pub took: Duration,
}

impl Metrics {
    fn new() -> Metrics {
        let metrics = Metrics {
            registry: Registry::default(),
            connections: Gauge::default(),
            orders: Family::default(),
            calls: Family::default(),
            call_seconds: Family::new_with_constructor(Bounds(&CALL_SECONDS)),
            requests: Family::default(),
            request_seconds: Family::new_with_constructor(Bounds(&REQUEST_SECONDS)),
        };
        metrics.registered()
    }

    fn registered(mut self) -> Metrics {
        let registry = &mut self.registry;
        let open = self.connections.clone();
        registry.register("lull_http_connections", "Connections that are open on the first listener", open);
        registry.register("lull_orders", "Orders to maintenances, by what became of them", self.orders.clone());
        registry.register("lull_calls", "Calls to adapters, by how they ended", self.calls.clone());
        let help = "How long calls to adapters took";
        registry.register_with_unit("lull_call_duration", help, Unit::Seconds, self.call_seconds.clone());
        registry.register("lull_http_requests", "Requests, by the class of their status", self.requests.clone());
        let help = "How long requests took until the answer began";
        registry.register_with_unit("lull_http_request_duration", help, Unit::Seconds, self.request_seconds.clone());
        self
    }

    /// Counts an order that was obeyed, or that asked for what is so already.
    pub fn obeyed(&self, verb: Verb, by: &Actor, changed: bool) {
        self.ordered(snake(verb), by, if changed { "changed" } else { "same" });
    }

    /// Counts an order that was refused.
    pub fn refused(&self, verb: Verb, by: &Actor, because: Because) {
        let result = match because {
            Because::BadInput => "bad_input",
            Because::NotFound => "not_found",
            Because::Forbidden => "forbidden",
            Because::Held => "held",
            Because::State => "state",
            Because::Conflict => "conflict",
            Because::Stale => "stale",
        };
        self.ordered(snake(verb), by, result);
    }

    /// Counts a maintenance that was made.
    pub fn created(&self, by: &Actor) {
        self.ordered("create".to_owned(), by, "changed");
    }

    fn ordered(&self, verb: String, by: &Actor, result: &'static str) {
        self.orders.get_or_create_owned(&OrderLabels { verb, by: by.kind(), result }).inc();
    }

    /// Counts a call.
    pub fn called(&self, call: &Call<'_>) {
        let Call { adapter, verb, outcome, took } = *call;
        self.calls.get_or_create_owned(&CallLabels { adapter: adapter.to_owned(), verb, outcome }).inc();
        let labels = CallVerbLabels { adapter: adapter.to_owned(), verb };
        self.call_seconds.get_or_create_owned(&labels).observe(took.as_secs_f64());
    }

    /// Counts a request.
    pub fn answered(&self, answered: &Answered<'_>) {
        let Answered { method, route, status, took } = *answered;
        let class = format!("{}xx", status / 100);
        let labels = RequestLabels { method, route: route.to_owned(), status: class };
        self.requests.get_or_create_owned(&labels).inc();
        let labels = RouteLabels { method, route: route.to_owned() };
        self.request_seconds.get_or_create_owned(&labels).observe(took.as_secs_f64());
    }
}

/// A verb as labels are written: `EditStart` is `edit_start`.
fn snake(verb: Verb) -> String {
    let mut word = String::new();
    for letter in format!("{verb:?}").chars() {
        if letter.is_uppercase() && !word.is_empty() {
            word.push('_');
        }
        word.extend(letter.to_lowercase());
    }
    word
}

/// A counter that stands where another count does.
pub fn counter(value: u64) -> Counter<u64, AtomicU64> {
    let counter = Counter::default();
    counter.inc_by(value);
    counter
}
