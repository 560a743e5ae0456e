//! What the demo looks after: three products, their targets and their processes.
use lull_api::params::{Binding, Listing, Match, NewTarget};
use lull_api::{Client, Error};

/// One process.
#[derive(Clone, Copy, Debug)]
pub struct Part {
    /// Its lasting name.
    pub name: &'static str,
    /// The product it belongs to.
    pub project: &'static str,
    /// What it does in it.
    pub service: &'static str,
    /// Whose it is.
    pub owner: &'static str,
    /// It runs when the demo begins. What does not shows that Lull starts only what it stopped.
    pub runs: bool,
}

const fn part(name: &'static str, project: &'static str, service: &'static str, owner: &'static str) -> Part {
    Part { name, project, service, owner, runs: true }
}

/// All of them.
pub const PARTS: [Part; 9] = [
    part("shop-db-1", "shop", "db", "dana"),
    part("shop-api-1", "shop", "api", "sam"),
    part("shop-api-2", "shop", "api", "sam"),
    part("shop-web-1", "shop", "web", "sam"),
    part("shop-web-2", "shop", "web", "sam"),
    Part { runs: false, ..part("shop-seed", "shop", "db", "dana") },
    part("wiki-1", "wiki", "wiki", "kim"),
    part("billing-api-1", "billing", "api", "lee"),
    part("billing-worker-1", "billing", "worker", "lee"),
];

/// The name by which bindings name the adapter.
pub const ADAPTER: &str = "demo";
/// The product that the tour is about.
pub const SHOP: &str = "acme/prod/shop";

/// One target: path, kind, the product and service that it binds, what it needs.
type Row = (&'static str, &'static str, Option<(&'static str, &'static str)>, &'static [&'static str]);

const TARGETS: [Row; 10] = [
    ("acme", "organization", None, &[]),
    ("acme/prod", "environment", None, &[]),
    (SHOP, "product", None, &[]),
    ("acme/prod/shop/db", "stack", Some(("shop", "db")), &[]),
    ("acme/prod/shop/api", "stack", Some(("shop", "api")), &["acme/prod/shop/db"]),
    ("acme/prod/shop/web", "stack", Some(("shop", "web")), &["acme/prod/shop/api"]),
    ("acme/prod/wiki", "product", Some(("wiki", "wiki")), &[]),
    ("acme/prod/billing", "product", None, &[]),
    ("acme/prod/billing/api", "stack", Some(("billing", "api")), &[]),
    ("acme/prod/billing/worker", "stack", Some(("billing", "worker")), &["acme/prod/billing/api"]),
];

/// A process by its name.
pub fn named(name: &str) -> Option<&'static Part> {
    PARTS.iter().find(|part| part.name == name)
}

/// Adds the targets that are missing; how many that were.
///
/// # Errors
/// The server does not answer or refuses.
pub async fn settle(client: &Client) -> Result<usize, Error> {
    let known = client.targets(&Listing::default()).await?.items;
    let missing = TARGETS.iter().filter(|(path, ..)| !known.iter().any(|target| target.path == *path));
    let mut added = 0;
    for (path, kind, bound, needs) in missing {
        let binding = bound.map(|(project, service)| {
            let matches =
                Match { project: Some(project.to_owned()), service: Some(service.to_owned()), ..Match::default() };
            Binding { adapter: ADAPTER.to_owned(), matches }
        });
        let needs = needs.iter().map(|path| (*path).to_owned()).collect();
        let target =
            NewTarget { path: (*path).to_owned(), kind: (*kind).to_owned(), binding, needs, ..NewTarget::default() };
        client.add_target(&target).await?;
        added += 1;
    }
    Ok(added)
}
