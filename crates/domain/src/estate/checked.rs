//! Whether a target may be as somebody wishes it.
use std::collections::BTreeMap;

use super::{Estate, Match, ROOT, Target};
use crate::id::TargetId;
use crate::refusal::{Because, Refusal};

/// How many labels a target, or the match of a binding, has at most.
pub const LABELS_MAX: usize = 64;
/// How many characters a key, a value, a version, an id or a name has at most.
pub const TEXT_MAX: usize = 256;
/// How many targets one target needs at most.
pub const NEEDS_MAX: usize = 64;
/// How many health paths a target has at most.
pub const HEALTH_PATHS_MAX: usize = 32;

impl Estate {
    /// Whether this target may be added, or take the place of the one of its id.
    ///
    /// # Errors
    /// Bad input beyond a limit, and a conflict where the path, the external id or the binding is another target's, or
    /// `needs` runs in a circle; each names its field.
    pub fn checked(&self, new: &Target) -> Result<(), Refusal> {
        within_limits(new)?;
        self.root_stays(new)?;
        self.nothing_is_taken(new)?;
        self.needs_hold(new)
    }

    fn root_stays(&self, new: &Target) -> Result<(), Refusal> {
        let refused = |field: &str, detail: &str, remedy: &str| Err(conflict(field, detail, remedy));
        if new.id == ROOT && !new.path.is_root() {
            return refused("path", "the installation is always at `/`", "Make another target for that path.");
        }
        if new.id == ROOT && new.binding.is_some() {
            return refused("binding", "the installation has no binding", "Bind a target below it.");
        }
        Ok(())
    }

    fn nothing_is_taken(&self, new: &Target) -> Result<(), Refusal> {
        if let Some(there) = self.at(&new.path).filter(|there| there.id != new.id) {
            let detail = format!("`{}` is taken, by a target of the kind {}", there.path, there.kind);
            return Err(conflict("path", detail, "Choose another path, or change that target."));
        }
        let external = new.external_id.as_deref().and_then(|external_id| self.by_external_id(external_id));
        if let Some(there) = external.filter(|there| there.id != new.id) {
            let detail = format!("`{}` has this external id already", there.path);
            return Err(conflict("external_id", detail, "An external id belongs to one target only."));
        }
        let Some(binding) = &new.binding else { return Ok(()) };
        let bound = self.bound.alike(binding).filter(|id| *id != new.id).filter_map(|id| self.target(id));
        match bound.into_iter().find(|there| there.binding.as_ref() == Some(binding)) {
            None => Ok(()),
            Some(there) => Err(conflict(
                "binding",
                format!("`{}` is bound to exactly the same already", there.path),
                "A workload belongs to one target: match more narrowly, or unbind the other.",
            )),
        }
    }

    fn needs_hold(&self, new: &Target) -> Result<(), Refusal> {
        if new.needs.contains(&new.id) {
            let detail = format!("`{}` would need itself", new.path);
            return Err(conflict("needs", detail, "Leave it out."));
        }
        if let Some(unknown) = new.needs.iter().find(|need| self.target(**need).is_none()) {
            let detail = format!("there is no target {unknown} that `{}` could need", new.path);
            return Err(Refusal::input("needs", detail, "Name targets of the estate."));
        }
        let Some(circle) = self.circle(new) else { return self.parts_hold(new) };
        let paths = |id: &TargetId| match self.target(*id) {
            Some(target) if *id != new.id => format!("`{}`", target.path),
            _ => format!("`{}`", new.path),
        };
        let circle: Vec<String> = circle.iter().map(paths).collect();
        let detail = format!("the needs run in a circle: {}", circle.join(" needs "));
        Err(conflict("needs", detail, "Take one of these needs away first."))
    }

    /// No part of it needs, by way of what is above or below, what needs that part.
    fn parts_hold(&self, new: &Target) -> Result<(), Refusal> {
        if new.needs.is_empty() && self.dependents.is_empty() {
            return Ok(());
        }
        let mut wished = self.clone();
        wished.replace(new.clone());
        let Some((one, other)) = wished.circle_of_parts(new.id) else { return Ok(()) };
        let path = |id| wished.target(id).map_or_else(String::new, |target| format!("`{}`", target.path));
        let detail = format!(
            "the needs run in a circle: {} and {} need each other, with what is above or below them",
            path(one),
            path(other)
        );
        Err(conflict("needs", detail, "Take one of these needs away first."))
    }

    /// The targets from the new one over what it needs back to itself, if that can be.
    fn circle(&self, new: &Target) -> Option<Vec<TargetId>> {
        let mut from: BTreeMap<TargetId, TargetId> = new.needs.iter().map(|&need| (need, new.id)).collect();
        let mut left: Vec<TargetId> = new.needs.iter().copied().collect();
        while let Some(id) = left.pop() {
            for need in self.needs_of(id) {
                if need == new.id {
                    return Some(traced(new.id, id, &from));
                }
                if let std::collections::btree_map::Entry::Vacant(way) = from.entry(need) {
                    way.insert(id);
                    left.push(need);
                }
            }
        }
        None
    }
}

/// The way from `start` to `last` and to `start` again, read off where each was reached from.
fn traced(start: TargetId, last: TargetId, from: &BTreeMap<TargetId, TargetId>) -> Vec<TargetId> {
    let mut way = vec![start, last];
    let mut at = last;
    while let Some(&before) = from.get(&at) {
        way.push(before);
        at = before;
    }
    way.reverse();
    way
}

fn within_limits(new: &Target) -> Result<(), Refusal> {
    labels("labels", &new.labels)?;
    text("version", new.version.as_deref())?;
    text("external_id", new.external_id.as_deref())?;
    if let Some(binding) = &new.binding {
        text("binding.adapter", Some(&binding.adapter))?;
        matches(&binding.matches)?;
    }
    count("needs", new.needs.len(), NEEDS_MAX)?;
    count("health_paths", new.health_paths.len(), HEALTH_PATHS_MAX)?;
    new.health_paths.iter().try_for_each(|path| {
        text("health_paths", Some(path))?;
        if path.starts_with('/') {
            return Ok(());
        }
        let detail = format!("the health path {path:?} does not begin with a slash");
        Err(Refusal::input("health_paths", detail, format!("Write `/{path}`.")))
    })
}

fn matches(matches: &Match) -> Result<(), Refusal> {
    labels("binding.match.labels", &matches.labels)?;
    text("binding.match.project", matches.project.as_deref())?;
    text("binding.match.service", matches.service.as_deref())?;
    text("binding.match.name", matches.name.as_deref())
}

fn labels(field: &str, labels: &BTreeMap<String, String>) -> Result<(), Refusal> {
    count(field, labels.len(), LABELS_MAX)?;
    for (key, value) in labels {
        text(field, Some(key))?;
        // A label may be empty: it then only marks.
        text(field, Some(value).filter(|value| !value.is_empty()).map(String::as_str))?;
    }
    Ok(())
}

fn text(field: &str, text: Option<&str>) -> Result<(), Refusal> {
    let Some(text) = text else { return Ok(()) };
    if text.is_empty() {
        return Err(Refusal::input(field, "the text is empty", "Write something, or leave the field out."));
    }
    if text.contains('\0') {
        return Err(Refusal::input(field, "the text has a NUL character", "Leave that out."));
    }
    if text.chars().nth(TEXT_MAX).is_some() {
        let short: String = text.chars().take(40).collect();
        let detail = format!("\"{short}…\" is longer than {TEXT_MAX} characters");
        return Err(Refusal::input(field, detail, "Write it shorter."));
    }
    Ok(())
}

fn count(field: &str, count: usize, max: usize) -> Result<(), Refusal> {
    if count <= max {
        return Ok(());
    }
    Err(Refusal::input(field, format!("{count} are more than the {max} allowed"), "Give fewer."))
}

fn conflict(field: &str, detail: impl Into<String>, remedy: impl Into<String>) -> Refusal {
    Refusal::new(Because::Conflict, detail, remedy).at(field)
}
