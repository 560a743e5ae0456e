//! One thing that Lull looks after.
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::Instant;
use crate::id::TargetId;
use crate::path::Path;
use crate::refusal::Refusal;

/// What kind of thing a target is. Any kind may stand anywhere in the tree.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// Whoever it all belongs to.
    Organization,
    /// A part of an organization that has administrators of its own.
    Domain,
    /// Where products are deployed.
    Environment,
    /// What is deployed as one.
    Product,
    /// A part of a product.
    Stack,
    /// A part of a stack.
    Service,
    /// What things run on.
    Node,
}

impl Kind {
    /// Every kind, from the whole to the part.
    pub const ALL: [Kind; 7] =
        [Kind::Organization, Kind::Domain, Kind::Environment, Kind::Product, Kind::Stack, Kind::Service, Kind::Node];
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Kind::Organization => "organization",
            Kind::Domain => "domain",
            Kind::Environment => "environment",
            Kind::Product => "product",
            Kind::Stack => "stack",
            Kind::Service => "service",
            Kind::Node => "node",
        })
    }
}

impl FromStr for Kind {
    type Err = Refusal;

    fn from_str(text: &str) -> Result<Kind, Refusal> {
        Kind::ALL.into_iter().find(|kind| kind.to_string() == text).ok_or_else(|| {
            let short: String = text.chars().take(40).collect();
            Refusal::input(
                "kind",
                format!("{short:?} is no kind of target"),
                "Use organization, domain, environment, product, stack, service or node.",
            )
        })
    }
}

/// Which outside things are a target's. Fields that are present must all hold; none present means all things.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Match {
    /// Labels the thing must carry, with these values.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub labels: BTreeMap<String, String>,
    /// The project (compose project) it belongs to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub project: Option<String>,
    /// The service within its project.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service: Option<String>,
    /// Its lasting name, or the name its system shows for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}

/// An adapter, and what it is to match.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Binding {
    /// The adapter's name.
    pub adapter: String,
    /// What of it is this target's.
    #[serde(rename = "match")]
    pub matches: Match,
}

/// What members see on a target.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Banner {
    /// One line.
    pub text: String,
    /// Whether it is up.
    pub on: bool,
    /// Who changed it last.
    pub by: String,
    /// When.
    pub since: Instant,
}

/// How long the text of a banner may be.
pub const BANNER_MAX: usize = 500;

impl Banner {
    /// A banner with this text.
    ///
    /// # Errors
    /// About the field `text`: empty, too long, or with a control character.
    pub fn new(text: &str, on: bool, by: &str, since: Instant) -> Result<Banner, Refusal> {
        let text = text.trim();
        if text.is_empty() || text.chars().count() > BANNER_MAX || text.chars().any(char::is_control) {
            let detail = format!("the text is empty, longer than {BANNER_MAX} characters, or has a line break");
            return Err(Refusal::input("text", detail, "Write one line."));
        }
        Ok(Banner { text: text.to_owned(), on, by: by.to_owned(), since })
    }
}

/// One thing that Lull looks after, at its place in the estate.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Target {
    /// Its id, which stays when it moves.
    pub id: TargetId,
    /// Its place.
    pub path: Path,
    /// What kind of thing it is.
    pub kind: Kind,
    /// What scopes can select it by.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub labels: BTreeMap<String, String>,
    /// The version it has.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// Its id in somebody else's system; no two targets share one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub external_id: Option<String>,
    /// The outside things that are its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub binding: Option<Binding>,
    /// The targets that it needs while it runs.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub needs: BTreeSet<TargetId>,
    /// Paths of requests that a health check makes, which always pass.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub health_paths: Vec<String>,
    /// What members see there; it restricts nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub banner: Option<Banner>,
    /// How often it was changed, from 1.
    pub revision: u64,
}

impl Target {
    /// A target with nothing but its place and kind, at its first revision.
    pub const fn new(id: TargetId, path: Path, kind: Kind) -> Target {
        Target {
            id,
            path,
            kind,
            labels: BTreeMap::new(),
            version: None,
            external_id: None,
            binding: None,
            needs: BTreeSet::new(),
            health_paths: Vec::new(),
            banner: None,
            revision: 1,
        }
    }
}
