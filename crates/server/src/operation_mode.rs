//! The operation mode of a product: whoever entered is the one who leaves, decided and stored in one transaction.
use lull_api::views::{HeldBy, ModeChanged};
use lull_domain::Instant;
use lull_domain::estate::{Estate, Target};
use lull_domain::id::{MaintenanceId, TargetId};
use lull_domain::life::{Progress, Trigger};
use lull_domain::maintenance::Maintenance;
use lull_domain::order::{Actor, Closing, Command, Step};
use lull_domain::plan::{Plan, Tells, Texts, Until};
use lull_domain::policy::{EndRule, Facet, Overrun};
use lull_domain::preset::{EXPIRES_AFTER, Preset};
use lull_domain::refusal::{Because, Refusal};
use lull_domain::rights;
use lull_domain::scope::Scope;
use lull_store::Tx;

use crate::caller::Caller;
use crate::clock;
use crate::core::{Core, Refused};
use crate::http::draft::draft;
use crate::orders::{created, obeyed, within_rights};
use crate::own;
use crate::view;

/// An operation mode.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Mode {
    /// It runs.
    Normal,
    /// It is in maintenance.
    Maintenance,
}

/// What is wished of a product.
#[derive(Clone, Debug)]
pub struct Wish {
    /// Which.
    pub product: TargetId,
    /// Its mode.
    pub mode: Mode,
    /// Why.
    pub reason: Option<String>,
}

/// What is to be done about a wish.
#[derive(Clone, PartialEq, Eq, Debug)]
enum Deed {
    /// It is so already.
    Same,
    /// It is not his to end, and he is no person who could be told.
    Leave,
    /// Nobody holds it: he begins to.
    Enter,
    /// These are his, and end.
    Exit(Vec<Maintenance>),
}

impl Mode {
    /// The mode of this name.
    pub fn named(name: &str) -> Option<Mode> {
        [Mode::Normal, Mode::Maintenance].into_iter().find(|mode| mode.name() == name)
    }

    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Mode::Normal => "Normal",
            Mode::Maintenance => "Maintenance",
        }
    }
}

impl Core {
    /// Sets the operation mode of a product. Two who do so at once do not both begin a maintenance: it is decided on what
    /// the transaction sees that stores it.
    ///
    /// # Errors
    /// Forbidden without the role of an operator on the product; held where only others could end what holds it.
    pub async fn set_operation_mode(&self, caller: &Caller, wish: Wish) -> Result<ModeChanged, Refused> {
        let estate = self.estate();
        let product = estate.target(wish.product).ok_or_else(|| Core::not_found("product"))?.clone();
        let new = begun(caller, &product, wish.reason.clone());
        within_rights(&estate, caller, &new.plan.scope, &new.plan.policy)?;
        self.spared(&estate, &new, &wish).await?;
        let caller = caller.clone();
        let changed = self.store.write(move |tx| set(tx, &estate, &caller, &wish, new)).await?;
        self.wake.notify_one();
        Ok(changed)
    }

    /// What is answered to a wish that began or ended this maintenance, where the first answer was lost.
    ///
    /// # Errors
    /// What the store gives.
    pub async fn operation_mode_was_set(
        &self,
        caller: &Caller,
        wish: &Wish,
        id: MaintenanceId,
    ) -> Result<ModeChanged, Refused> {
        let read = self.store.read::<_, Refused, _>(move |tx| Ok((tx.maintenance(id)?, tx.live_maintenances()?)));
        let (done, live) = read.await?;
        let (deed, before) = match wish.mode {
            Mode::Maintenance => (Deed::Enter, Vec::new()),
            Mode::Normal => (Deed::Exit(Vec::new()), Vec::from_iter(done)),
        };
        Ok(answer(caller, wish, &deed, &before, &holders(&self.estate(), live, wish.product)))
    }

    /// Asks the outside whether Lull itself would be stopped, where a maintenance would begin.
    async fn spared(&self, estate: &Estate, new: &Maintenance, wish: &Wish) -> Result<(), Refused> {
        let live = self.store.read(|tx| tx.live_maintenances()).await?;
        match (wish.mode, holders(estate, live, wish.product).is_empty()) {
            (Mode::Maintenance, true) => Ok(own::refuse(self, new).await?),
            (Mode::Maintenance, false) | (Mode::Normal, _) => Ok(()),
        }
    }
}

/// What begins where nobody holds the product.
fn begun(caller: &Caller, product: &Target, reason: Option<String>) -> Maintenance {
    let preset = Preset::StopEverything;
    let end = match &caller.actor {
        Actor::Observer(name) => EndRule::OnSignal { observer: name.clone(), overrun: Overrun::Stay },
        Actor::Person(_) | Actor::Service(_) | Actor::Schedule | Actor::Engine => EndRule::Manual(Overrun::Stay),
    };
    let plan = Plan {
        texts: Texts { title: format!("Maintenance of {}", product.path), reason, ..Texts::default() },
        scope: Scope::under(product.id),
        preset: Some(preset.name().to_owned()),
        policy: preset.policy(),
        starts_at: None,
        until: Until::Open,
        end,
        expires_after: Some(EXPIRES_AFTER),
        zone: "UTC".to_owned(),
        owner: caller.actor.name().to_owned(),
        tells: Tells::default(),
        accepted: Vec::new(),
    };
    draft(caller, plan, clock::now())
}

fn set(tx: &mut Tx, estate: &Estate, caller: &Caller, wish: &Wish, new: Maintenance) -> Result<ModeChanged, Refused> {
    let before = holders(estate, tx.live_maintenances()?, wish.product);
    let deed = deed(estate, caller, wish, &before)?;
    match &deed {
        Deed::Same | Deed::Leave => {}
        Deed::Enter => {
            let order = caller.order(estate, &new.plan, Command::Life(Step::Start));
            created(tx, new, &[order])?;
        }
        Deed::Exit(own) => exit(tx, estate, caller, wish, own)?,
    }
    let after = holders(estate, tx.live_maintenances()?, wish.product);
    Ok(answer(caller, wish, &deed, &before, &after))
}

/// Everything of his is taken before the first is ended, as the log comes last.
fn exit(tx: &mut Tx, estate: &Estate, caller: &Caller, wish: &Wish, own: &[Maintenance]) -> Result<(), Refused> {
    let mut taken = Vec::new();
    for maintenance in own {
        taken.extend(tx.lock_maintenance(maintenance.id)?);
    }
    for maintenance in taken {
        let closing = Closing { message: None, reason: wish.reason.clone(), break_glass: false };
        let order = caller.order(estate, &maintenance.plan, Command::Life(Step::Complete(closing)));
        obeyed(tx, maintenance, order)?;
    }
    Ok(())
}

/// Whose hands a product is in: maintenances in force that cover it and hold its work back, by id. One that is leaving
/// does not count.
fn holders(estate: &Estate, live: Vec<Maintenance>, product: TargetId) -> Vec<Maintenance> {
    let Some(product) = estate.target(product) else { return Vec::new() };
    let holds = |maintenance: &Maintenance| {
        let plan = &maintenance.plan;
        maintenance.life.is_in_force() && plan.policy.sets(Facet::Work) && estate.covers(&plan.scope, product)
    };
    live.into_iter().filter(holds).collect()
}

/// What is to be done: the state first, then who asks.
fn deed(estate: &Estate, caller: &Caller, wish: &Wish, holders: &[Maintenance]) -> Result<Deed, Refusal> {
    let own: Vec<Maintenance> =
        holders.iter().filter(|held| is_own(estate, caller, wish.product, held)).cloned().collect();
    match (wish.mode, holders.is_empty(), own.is_empty(), &caller.actor) {
        (Mode::Maintenance, true, ..) => Ok(Deed::Enter),
        (Mode::Maintenance, false, ..) | (Mode::Normal, true, ..) => Ok(Deed::Same),
        (Mode::Normal, false, false, _) => Ok(Deed::Exit(own)),
        (Mode::Normal, false, true, Actor::Observer(_)) => Ok(Deed::Leave),
        (Mode::Normal, false, true, _) => Err(held(estate, wish, holders)),
    }
}

/// It runs under a hand of the caller's kind, and is about this product and nothing beyond it.
fn is_own(estate: &Estate, caller: &Caller, product: TargetId, maintenance: &Maintenance) -> bool {
    let theirs = match (maintenance.life.progress().map(|progress| &progress.trigger), &caller.actor) {
        (Some(Trigger::Observer(holder)), Actor::Observer(name)) => holder == name,
        (Some(Trigger::Observer(_)), _) | (Some(Trigger::Manual(_)), Actor::Observer(_)) | (None, _) => false,
        (Some(Trigger::Manual(_)), _) => true,
    };
    let path = estate.target(product).map(|product| &product.path);
    let is_within = |root: TargetId| path.zip(estate.target(root)).is_some_and(|(path, root)| path.covers(&root.path));
    theirs && maintenance.plan.scope.roots().into_iter().all(is_within)
}

fn held(estate: &Estate, wish: &Wish, holders: &[Maintenance]) -> Refusal {
    let path = view::path(estate, wish.product);
    let hold = |maintenance: &Maintenance| match maintenance.life.progress().map(|progress| &progress.trigger) {
        Some(Trigger::Observer(_)) => format!("{} entered {path}", maintenance.holder_name()),
        Some(Trigger::Manual(_)) | None => {
            let roots: Vec<String> =
                maintenance.plan.scope.roots().into_iter().map(|root| view::path(estate, root)).collect();
            format!("“{}” by {} covers {}", maintenance.plan.texts.title, maintenance.holder_name(), roots.join(", "))
        }
    };
    let detail: Vec<String> = holders.iter().map(hold).collect();
    let ends: Vec<String> = holders.iter().map(|maintenance| rights::holder(maintenance).ends).collect();
    Refusal {
        holders: holders.iter().map(rights::holder).collect(),
        ..Refusal::new(
            Because::Held,
            format!("{}.", detail.join("; ")),
            format!("It ends when {}.", ends.join(", and when ")),
        )
    }
}

fn answer(caller: &Caller, wish: &Wish, deed: &Deed, before: &[Maintenance], after: &[Maintenance]) -> ModeChanged {
    let mode = |holders: &[Maintenance]| if holders.is_empty() { Mode::Normal } else { Mode::Maintenance };
    let new_mode = mode(after).name();
    let rest = || after.iter().map(Maintenance::holder_name).collect::<Vec<_>>().join(", ");
    let message = match deed {
        Deed::Same => format!("It is in {new_mode} already; nothing was done."),
        Deed::Leave => format!("Nothing was done: {} holds it.", rest()),
        Deed::Enter => "Entering: the order is stored.".to_owned(),
        Deed::Exit(_) if after.is_empty() => "Leaving: the order is stored.".to_owned(),
        Deed::Exit(_) => format!("Yours has ended; {} holds it still.", rest()),
    };
    let source = match (deed, before.first()) {
        (Deed::Same | Deed::Leave, Some(holder)) => kind(holder),
        (Deed::Same | Deed::Leave, None) | (Deed::Enter | Deed::Exit(_), _) => match caller.actor {
            Actor::Observer(_) => "Observer",
            Actor::Person(_) | Actor::Service(_) | Actor::Schedule | Actor::Engine => "Manual",
        },
    };
    ModeChanged {
        success: true,
        message,
        product_deployment_id: wish.product.to_string(),
        previous_mode: mode(before).name().to_owned(),
        new_mode: new_mode.to_owned(),
        trigger_source: source.to_owned(),
        setter_error: None,
        held_by: after.iter().map(held_by).collect(),
    }
}

fn kind(maintenance: &Maintenance) -> &'static str {
    match maintenance.life.progress().map(|progress| &progress.trigger) {
        Some(Trigger::Observer(_)) => "Observer",
        Some(Trigger::Manual(_)) | None => "Manual",
    }
}

fn held_by(maintenance: &Maintenance) -> HeldBy {
    let progress = maintenance.life.progress();
    let name = match progress.map(|progress| &progress.trigger) {
        Some(Trigger::Observer(name)) => name.clone(),
        Some(Trigger::Manual(actor)) => actor.name().to_owned(),
        None => maintenance.plan.owner.clone(),
    };
    HeldBy {
        kind: kind(maintenance).to_owned(),
        name,
        since: view::instant(progress.map_or(Instant::default(), |Progress { started_at, .. }| *started_at)),
        ends: maintenance.ends_at().map(view::instant),
    }
}
