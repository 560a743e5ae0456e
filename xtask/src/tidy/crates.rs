//! The walls between the crates, read from their manifests.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, Result};
use serde_json::Value;

use super::Finding;
use crate::shell;

/// The crates of the workspace by name, each with what it depends on by name. Dependencies of tests are left out;
/// optional ones, and those of one platform, are not.
pub type Crates = BTreeMap<String, BTreeSet<String>>;

/// What a crate may not reach, directly or through other crates of the workspace.
struct Wall {
    around: &'static str,
    without: &'static [&'static str],
}

const WALLS: &[Wall] = &[
    Wall { around: "lull-gate", without: &["tokio", "rusqlite", "axum", "tracing", "reqwest"] },
    Wall { around: "lull-domain", without: &["tokio", "rusqlite", "axum", "tracing", "reqwest"] },
    Wall { around: "lull-adapters", without: &["lull-store", "lull-domain", "axum"] },
    Wall { around: "lull-store", without: &["lull-adapters", "lull-api", "axum"] },
];

/// Asks cargo for the manifests of the workspace.
///
/// # Errors
/// A manifest is broken.
pub fn read() -> Result<Crates> {
    parse(&shell::output("cargo metadata --no-deps --format-version 1 --offline")?)
}

/// Reads what `cargo metadata` prints.
fn parse(metadata: &str) -> Result<Crates> {
    let metadata: Value = serde_json::from_str(metadata).context("reading what cargo says of the workspace")?;
    let mut crates = Crates::new();
    for package in list(&metadata["packages"]) {
        let dependencies = list(&package["dependencies"]).iter().filter(|it| it["kind"] != "dev");
        let name = package["name"].as_str().context("a package has no name")?;
        crates.insert(name.to_owned(), dependencies.filter_map(|it| it["name"].as_str().map(str::to_owned)).collect());
    }
    Ok(crates)
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

/// The walls that are broken, each with the dependency that breaks it.
pub fn walls(crates: &Crates) -> Vec<Finding> {
    let mut found = Vec::new();
    for Wall { around, without } in WALLS {
        for name in reach(crates, around) {
            if without.iter().any(|banned| is_of(&name, banned)) {
                found.push(Finding::new(*around, format!("depends on `{name}`, directly or through another crate")));
            }
        }
    }
    found
}

/// All that a crate depends on, other crates of the workspace followed.
fn reach(crates: &Crates, from: &str) -> BTreeSet<String> {
    let mut reached = BTreeSet::new();
    let mut next = vec![from];
    while let Some(name) = next.pop() {
        for dependency in crates.get(name).into_iter().flatten() {
            if reached.insert(dependency.clone()) {
                next.push(dependency);
            }
        }
    }
    reached
}

/// Whether a crate is a banned one, or of its family: `tokio-util` is of `tokio`.
fn is_of(name: &str, banned: &str) -> bool {
    name.strip_prefix(banned).is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn crates(lines: &[(&str, &str)]) -> Crates {
        let words = |text: &str| text.split_whitespace().map(str::to_owned).collect();
        lines.iter().map(|(name, dependencies)| ((*name).to_owned(), words(dependencies))).collect()
    }

    #[test]
    fn the_walls_hold_when_each_crate_keeps_to_its_side() {
        let kept = [("lull-gate", "serde"), ("lull-domain", "lull-gate jiff"), ("lull-store", "lull-domain rusqlite")];
        assert_eq!(walls(&crates(&kept)), []);
    }

    #[test]
    fn every_wall_can_be_broken() {
        for Wall { around, without } in WALLS {
            for banned in *without {
                assert_eq!(walls(&crates(&[(around, banned)])).len(), 1, "{around} on {banned}");
            }
        }
    }

    #[test]
    fn a_wall_is_broken_through_another_crate() {
        let broken =
            walls(&crates(&[("lull-adapters", "lull-near"), ("lull-near", "lull-domain"), ("lull-domain", "")]));
        assert_eq!(broken[0].place, "lull-adapters");
        assert!(broken[0].broken.contains("`lull-domain`"));
    }

    #[test]
    fn the_family_of_a_banned_crate_is_banned() {
        assert_eq!(walls(&crates(&[("lull-domain", "tokio-stream tracing-core axumish")])).len(), 2);
    }

    #[test]
    fn what_only_tests_depend_on_is_left_out() -> Result<()> {
        let dependency = |name: &str, kind: &str| format!(r#"{{"name":"{name}","kind":{kind}}}"#);
        let all = [dependency("a", "null"), dependency("b", r#""dev""#), dependency("c", r#""build""#)].join(",");
        let read = parse(&format!(r#"{{"packages":[{{"name":"lull-gate","dependencies":[{all}]}}]}}"#))?;
        assert_eq!(read, crates(&[("lull-gate", "a c")]));
        Ok(())
    }
}
