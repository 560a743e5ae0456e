//! `lull target`: what Lull looks after.
use clap::{Args, Subcommand};
use lull_api::params::{Binding, Listing, Match, NewTarget, TargetChange};
use lull_api::views::Target;

use super::{Pair, map};
use crate::failed::{Exit, Failed};
use crate::find;
use crate::session::{Session, lines};

/// What to do about targets.
#[derive(Subcommand, Clone, Debug)]
pub enum TargetCommand {
    /// List targets, all or those at or below a path
    #[command(after_help = "Example: lull target list acme/prod --kind product --label tier=gold")]
    List {
        /// Everything at or below this path
        path: Option<String>,
        /// Of this kind
        #[arg(long, value_name = "KIND")]
        kind: Option<String>,
        /// With this label; may be given several times, and all must hold
        #[arg(long = "label", value_name = "KEY=VALUE")]
        labels: Vec<Pair>,
    },
    /// Add a target
    #[command(
        after_help = "Example: lull target add acme/prod/shop/web --kind stack --adapter docker --match project=shop --match service=web --needs acme/prod/shop/db"
    )]
    Add(Add),
    /// Show one target
    #[command(after_help = "Example: lull target show acme/prod/shop")]
    Show {
        /// Its path or id
        path: String,
    },
    /// Change a target; what is not named stays
    #[command(after_help = "Example: lull target set acme/prod/shop --version 2.4.1 --label tier=front")]
    Set(Set),
    /// Remove a target that no maintenance in progress covers
    #[command(after_help = "Example: lull target remove acme/prod/old-shop")]
    Remove {
        /// Its path or id
        path: String,
    },
}

/// What belongs to a target.
#[derive(Args, Clone, Debug, Default)]
pub struct Properties {
    /// A label; may be given several times
    #[arg(long = "label", value_name = "KEY=VALUE")]
    pub labels: Vec<Pair>,
    /// The adapter, as the server's file names it, that can act on it
    #[arg(long, value_name = "NAME")]
    pub adapter: Option<String>,
    /// What must match: label:KEY=VALUE, project=NAME, service=NAME or name=NAME; all given must hold
    #[arg(long = "match", value_name = "KEY=VALUE", requires = "adapter")]
    pub matches: Vec<Pair>,
    /// The path of a target that it needs while it runs; may be given several times
    #[arg(long, value_name = "PATH")]
    pub needs: Vec<String>,
    /// The version deployed there
    #[arg(long, value_name = "VERSION")]
    pub version: Option<String>,
    /// Its id in another system
    #[arg(long, value_name = "ID")]
    pub external_id: Option<String>,
}

/// A new target.
#[derive(Args, Clone, Debug)]
pub struct Add {
    /// Its path, such as acme/prod/shop
    pub path: String,
    /// organization, domain, environment, product, stack, service or node
    #[arg(long, value_name = "KIND")]
    pub kind: String,
    #[command(flatten)]
    properties: Properties,
}

/// A change.
#[derive(Args, Clone, Debug)]
pub struct Set {
    /// Its path or id
    pub path: String,
    /// Its new path; what is below moves with it
    #[arg(long, value_name = "PATH")]
    pub to: Option<String>,
    /// Its new kind
    #[arg(long, value_name = "KIND")]
    pub kind: Option<String>,
    #[command(flatten)]
    properties: Properties,
    /// Take away: labels, adapter, needs, version or external-id
    #[arg(long, value_name = "WHAT", value_parser = ["labels", "adapter", "needs", "version", "external-id"])]
    pub without: Vec<String>,
}

impl Properties {
    fn binding(&self) -> Result<Option<Binding>, Failed> {
        let Some(adapter) = &self.adapter else { return Ok(None) };
        let mut matches = Match::default();
        for Pair { key, value } in &self.matches {
            let value = value.clone();
            match key.as_str() {
                "project" => matches.project = Some(value),
                "service" => matches.service = Some(value),
                "name" => matches.name = Some(value),
                key => match key.strip_prefix("label:") {
                    Some(label) => drop(matches.labels.insert(label.to_owned(), value)),
                    None => {
                        return Err(Failed::new(Exit::Usage, format!("--match knows no {key:?}"))
                            .remedy("Use label:KEY=VALUE, project=NAME, service=NAME or name=NAME."));
                    }
                },
            }
        }
        Ok(Some(Binding { adapter: adapter.clone(), matches }))
    }
}

impl TargetCommand {
    /// Does it.
    ///
    /// # Errors
    /// The server does not answer or refuses; options that make no sense.
    pub async fn run(&self, session: &Session) -> Result<(), Failed> {
        match self {
            Self::List { path, kind, labels } => {
                let labels: Vec<String> = labels.iter().map(|Pair { key, value }| format!("{key}={value}")).collect();
                let label = (!labels.is_empty()).then(|| labels.join(","));
                let listing = Listing { under: path.clone(), kind: kind.clone(), label, ..Listing::default() };
                list(session, &listing).await
            }
            Self::Add(add) => {
                let target = session.client.add_target(&add.body()?).await?;
                session.answer(&target, || format!("Added {} ({}).", target.path, target.id))
            }
            Self::Show { path } => {
                let target = find::target(session, path).await?;
                session.answer(&target, || details(&target))
            }
            Self::Set(set) => {
                let target = find::target(session, &set.path).await?;
                let target = session.client.change_target(&target.id, &set.body()?).await?;
                session.answer(&target, || details(&target))
            }
            Self::Remove { path } => {
                let target = find::target(session, path).await?;
                session.client.remove_target(&target.id).await?;
                session.answer(&target, || format!("Removed {}.", target.path))
            }
        }
    }
}

impl Add {
    fn body(&self) -> Result<NewTarget, Failed> {
        let properties = &self.properties;
        Ok(NewTarget {
            path: self.path.clone(),
            kind: self.kind.clone(),
            labels: map(&properties.labels),
            version: properties.version.clone(),
            external_id: properties.external_id.clone(),
            binding: properties.binding()?,
            needs: properties.needs.clone(),
            health_paths: Vec::new(),
        })
    }
}

impl Set {
    fn body(&self) -> Result<TargetChange, Failed> {
        let properties = &self.properties;
        let is_taken = |what: &str| self.without.iter().any(|taken| taken == what);
        /// A value that is set, or taken away, or stays.
        fn set<T>(value: Option<T>, is_taken: bool) -> Option<Option<T>> {
            if is_taken { Some(None) } else { value.map(Some) }
        }
        Ok(TargetChange {
            path: self.to.clone(),
            kind: self.kind.clone(),
            labels: (!properties.labels.is_empty() || is_taken("labels")).then(|| map(&properties.labels)),
            version: set(properties.version.clone(), is_taken("version")),
            external_id: set(properties.external_id.clone(), is_taken("external-id")),
            binding: set(properties.binding()?, is_taken("adapter")),
            needs: (!properties.needs.is_empty() || is_taken("needs")).then(|| properties.needs.clone()),
            health_paths: None,
        })
    }
}

async fn list(session: &Session, listing: &Listing) -> Result<(), Failed> {
    let targets = session.client.targets(listing).await?;
    session.answer(&targets, || {
        if targets.items.is_empty() && (listing.kind.is_some() || listing.label.is_some()) {
            return "No target here is like that. `lull target list` shows every one.".to_owned();
        }
        if targets.items.is_empty() {
            return "No targets here. `lull target add PATH --kind KIND` adds one.".to_owned();
        }
        let mut table = session.table(["PATH", "KIND", "MODE", "ADAPTER", "NEEDS"]);
        for target in &targets.items {
            let adapter = target.binding.as_ref().map(|binding| binding.adapter.clone()).unwrap_or_default();
            table.add_row([target.path.clone(), target.kind.clone(), mode(target), adapter, target.needs.join(", ")]);
        }
        lines(&table)
    })
}

/// `normal`, or what of it is in maintenance.
fn mode(target: &Target) -> String {
    let facets: Vec<&str> =
        target.mode.iter().filter(|(_, mode)| *mode == "maintenance").map(|(facet, _)| facet.as_str()).collect();
    if facets.is_empty() { "normal".to_owned() } else { format!("maintenance ({})", facets.join(", ")) }
}

fn details(target: &Target) -> String {
    let labels: Vec<String> = target.labels.iter().map(|(key, value)| format!("{key}={value}")).collect();
    let rows = [
        ("id", target.id.clone()),
        ("kind", target.kind.clone()),
        ("mode", mode(target)),
        ("held by", target.maintenances.join(", ")),
        ("labels", labels.join(" ")),
        ("version", target.version.clone().unwrap_or_default()),
        ("external id", target.external_id.clone().unwrap_or_default()),
        ("adapter", target.binding.as_ref().map(binding).unwrap_or_default()),
        ("needs", target.needs.join(", ")),
    ];
    let rows = rows.into_iter().filter(|(_, value)| !value.is_empty());
    let rows: Vec<String> = rows.map(|(name, value)| format!("\n  {name:<12}{value}")).collect();
    format!("{}{}", target.path, rows.concat())
}

fn binding(binding: &Binding) -> String {
    let Match { labels, project, service, name } = &binding.matches;
    let named = [("project", project), ("service", service), ("name", name)];
    let mut words = vec![binding.adapter.clone()];
    words.extend(named.iter().filter_map(|(key, value)| value.as_ref().map(|value| format!("{key}={value}"))));
    words.extend(labels.iter().map(|(key, value)| format!("label:{key}={value}")));
    words.join(" ")
}
