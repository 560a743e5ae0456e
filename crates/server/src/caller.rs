//! Who is calling, and what he may where.
use std::collections::BTreeSet;

use lull_domain::estate::{Estate, ROOT};
use lull_domain::id::{OrderId, TargetId};
use lull_domain::order::{Actor, Command, Facts, Order, Permission, Step};
use lull_domain::plan::Plan;
use lull_domain::policy::Role;
use lull_domain::scope::Scope;
use lull_store::{Grant, Token, TokenKind};

use crate::clock;

/// An authenticated caller.
#[derive(Clone, Debug)]
pub struct Caller {
    /// As whom his orders are recorded.
    pub actor: Actor,
    /// What he may, and where.
    pub grants: Vec<Grant>,
}

impl Caller {
    /// Whoever holds this token.
    pub fn of(token: Token) -> Caller {
        let actor = match token.kind {
            TokenKind::Person => Actor::Person(token.name),
            TokenKind::Service => Actor::Service(token.name),
            TokenKind::Observer => Actor::Observer(token.name),
        };
        Caller { actor, grants: token.grants }
    }

    /// His strongest role on this target.
    pub fn role_on(&self, estate: &Estate, target: TargetId) -> Option<Role> {
        self.grants_on(estate, target).map(|grant| grant.role).max()
    }

    /// What he may on this target that no role includes.
    pub fn may_on(&self, estate: &Estate, target: TargetId) -> BTreeSet<Permission> {
        self.grants_on(estate, target).flat_map(|grant| grant.may.iter().copied()).collect()
    }

    /// Whether he may see this target: he has a role on it, or on something below it.
    pub fn sees(&self, estate: &Estate, target: TargetId) -> bool {
        let Some(target) = estate.target(target) else { return self.grants_on(estate, target).next().is_some() };
        self.grants
            .iter()
            .filter_map(|grant| estate.target(grant.under))
            .any(|root| root.path.covers(&target.path) || target.path.covers(&root.path))
    }

    /// What an order about this scope is decided on. A maintenance is seen by whoever sees one of its roots.
    pub fn facts(&self, estate: &Estate, scope: &Scope) -> Facts {
        let roots = scope.roots();
        let role = roots.iter().map(|root| self.role_on(estate, *root)).min().flatten();
        let mut may: Option<BTreeSet<Permission>> = None;
        for root in &roots {
            let here = self.may_on(estate, *root);
            may = Some(may.map_or(here.clone(), |all| all.intersection(&here).copied().collect()));
        }
        let sees = roots.iter().any(|root| self.sees(estate, *root));
        Facts { role, sees, may: may.unwrap_or_default(), ..Facts::default() }
    }

    /// His order, now, about a maintenance with this plan.
    pub fn order(&self, estate: &Estate, plan: &Plan, command: Command) -> Order {
        let mut facts = self.facts(estate, &plan.scope);
        if plan.orders_at_root() && !matches!(command, Command::Tell(_)) {
            facts.role = facts.role.min(self.role_on(estate, ROOT));
        }
        if needs_hash(plan, &command) {
            facts.plan_hash = Some(plan.hash(&estate.covered(&plan.scope)));
        }
        Order { id: OrderId(clock::id()), by: self.actor.clone(), at: clock::now(), command, facts }
    }

    /// His grants on this target. One that is gone from the estate is left to who has a role on the installation.
    fn grants_on<'a>(&'a self, estate: &'a Estate, target: TargetId) -> impl Iterator<Item = &'a Grant> {
        let path = estate.target(target).or_else(|| estate.target(ROOT)).map(|target| &target.path);
        self.grants.iter().filter(move |grant| {
            let root = estate.target(grant.under).map(|root| &root.path);
            root.zip(path).is_some_and(|(root, path)| root.covers(path))
        })
    }
}

/// Whether the order is bound to the plan as it stands: it approves it, or begins what must have been approved.
pub fn needs_hash(plan: &Plan, command: &Command) -> bool {
    match command {
        Command::Life(Step::Approve(_)) => true,
        Command::Life(Step::Start) => plan.policy.approval,
        _ => false,
    }
}

/// Who reads, on which estate.
#[derive(Clone, Copy)]
pub struct Reader<'a> {
    /// The estate.
    pub estate: &'a Estate,
    /// Who reads.
    pub caller: &'a Caller,
}

impl Reader<'_> {
    /// Whether he may see this target.
    pub fn sees(self, target: TargetId) -> bool {
        self.caller.sees(self.estate, target)
    }
}
