//! What every part of the server shares: the store, the estate, the adapters, and the refusals they give.
use std::collections::BTreeMap;
use std::sync::Arc;

use lull_adapters::Adapter;
use lull_adapters::fetch::Fetcher;
use lull_domain::estate::Estate;
use lull_domain::refusal::{Because, Refusal};
use lull_store::{Store, StoreError};
use tokio::sync::{Mutex, Notify};
use tokio::time::Instant as Monotonic;

use crate::calendars::{self, KnownCalendars};
use crate::clock::Watched;
use crate::gate::{self, Gate};
use crate::known::Known;
use crate::traffic::{Prometheus, Traffic};

/// The adapters by the name they have in the server's file.
pub type Adapters = BTreeMap<String, Arc<dyn Adapter>>;

/// What every part shares.
pub struct Core {
    /// Where everything is kept.
    pub store: Store,
    /// The outside, by name.
    pub adapters: Adapters,
    /// Wakes the engine before its time.
    pub wake: Notify,
    /// Whoever changes the estate holds this.
    pub estate_changes: Mutex<()>,
    /// Whoever looks at a promise once more holds this.
    pub promises: Arc<Mutex<()>>,
    /// May this subject do this here?
    pub gate: Arc<Gate>,
    /// The clock by which is ordered and decided.
    pub clock: Watched,
    /// The estate, kept abreast of what other processes change.
    pub known: Arc<Known>,
    /// The calendars, kept abreast likewise.
    pub known_calendars: Arc<KnownCalendars>,
    /// Who fetches what somebody named by its address.
    pub fetcher: Fetcher,
    /// How much the gate is asked.
    pub traffic: Traffic,
    /// What knows the traffic better.
    pub prometheus: Option<Prometheus>,
}

/// Why something was not done.
#[derive(Debug, thiserror::Error)]
pub enum Refused {
    /// By a rule.
    #[error("{}", .0.detail)]
    Rule(Box<Refusal>),
    /// By the store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Somebody promised something else since this was looked at; it is to be looked at again.
    #[error("something else was promised in the same moment")]
    Overtaken,
}

impl From<Refusal> for Refused {
    fn from(refusal: Refusal) -> Refused {
        Refused::Rule(Box::new(refusal))
    }
}

impl Core {
    /// Reads the estate and the calendars from the store. Nothing inside is fetched from.
    ///
    /// # Errors
    /// What the store gives.
    pub async fn new(store: Store, adapters: Adapters) -> Result<Core, StoreError> {
        let began = Monotonic::now();
        // Whichever of the two sees more, the other follows.
        let (known, calendars, stored) =
            tokio::try_join!(store.read(Known::read), store.read(calendars::whole), store.read(gate::everything))?;
        let (estate, read) = (known.now().0, began.elapsed());
        let gate = Arc::new(Gate::new(Arc::clone(&estate), stored));
        tracing::debug!(?read, compiled = ?began.elapsed(), targets = estate.count(), "the estate is read");
        let known = Arc::new(known);
        Ok(Core {
            store,
            adapters,
            wake: Notify::new(),
            estate_changes: Mutex::new(()),
            promises: Arc::default(),
            gate,
            clock: Watched::new(),
            known,
            known_calendars: Arc::new(KnownCalendars::of(calendars)),
            fetcher: Fetcher::default(),
            traffic: Traffic::new(estate),
            prometheus: None,
        })
    }

    /// The estate as it is now.
    pub fn estate(&self) -> Arc<Estate> {
        self.known.now().0
    }

    /// The refusal for something that is not there, or that the caller may not see.
    pub fn not_found(what: &str) -> Refusal {
        Refusal::new(
            Because::NotFound,
            format!("There is no such {what}."),
            "Check the id or path; lists show what you may see.",
        )
    }
}
