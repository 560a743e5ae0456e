//! Takes out of a view what its reader may not see: paths of targets that are hidden from him.
use lull_api::views::{Engagement, Maintenance, Target};
use lull_domain::estate::ROOT;
use lull_domain::path::Path;
use lull_store::Logged;
use serde_json::Value;

use crate::caller::Reader;

/// What stands between a target and what it waits for.
const WAITS: &str = ", which waits for ";
/// What stands before that for which a target waits that is to come back.
const BACK_AFTER: &str = "waits for ";

impl Reader<'_> {
    /// A maintenance, with only those parts of its scope, and only that trouble, that he may see.
    pub fn maintenance(self, mut view: Maintenance) -> Maintenance {
        view.scope.include.retain(|clause| self.sees_path(&clause.under));
        view.scope.exclude.retain(|clause| self.sees_path(&clause.under));
        view.trouble.retain(|line| self.sees_line(line));
        // Before it begins it names no target.
        if view.phase.is_some() {
            view.waits_for = self.lines(view.waits_for);
        }
        view.blockers.retain(|one| self.sees_path(&one.target));
        view.returning.retain(|one| self.sees_path(&one.target));
        view.returning.iter_mut().for_each(|one| one.words = self.returning(&one.words));
        view
    }

    /// What something waits for, as far as he may see it.
    pub fn lines(self, mut lines: Vec<String>) -> Vec<String> {
        lines.retain(|line| self.sees_line(line));
        lines.iter_mut().for_each(|line| *line = self.waiting(line));
        lines
    }

    /// An engagement, with only what it waits for that he may see.
    pub fn engagement(self, mut view: Engagement) -> Engagement {
        view.waits_for.retain(|path| self.sees_path(path));
        view
    }

    /// A target, with only those needs that he may see.
    pub fn target(self, mut view: Target) -> Target {
        view.needs.retain(|path| self.sees_path(path));
        view
    }

    /// An entry of the log, with only that trouble that he may see.
    pub fn entry(self, mut logged: Logged) -> Logged {
        if let Some(Value::Array(lines)) = logged.entry.body.pointer_mut("/command/found/trouble") {
            lines.retain(|line| line.as_str().is_some_and(|line| self.sees_line(line)));
        }
        logged
    }

    /// Whether this is the path of a target that he may see. What is gone is left to who sees the whole installation.
    fn sees_path(self, path: &str) -> bool {
        let target = path.parse::<Path>().ok().and_then(|path| self.estate.at(&path));
        let all = || self.caller.role_on(self.estate, ROOT).is_some();
        target.map_or_else(all, |target| self.sees(target.id))
    }

    /// A line begins with the path that it is about.
    fn sees_line(self, line: &str) -> bool {
        line.split([' ', ':', ',']).next().is_none_or(|path| self.sees_path(path))
    }

    fn returning(self, words: &str) -> String {
        let Some(on) = words.strip_prefix(BACK_AFTER) else { return words.to_owned() };
        let seen: Vec<&str> = on.split("; ").filter(|line| self.sees_line(line)).collect();
        if seen.is_empty() { "waits".to_owned() } else { format!("{BACK_AFTER}{}", seen.join("; ")) }
    }

    fn waiting(self, line: &str) -> String {
        let Some((path, needs)) = line.split_once(WAITS) else { return line.to_owned() };
        let needs: Vec<&str> = needs.split(", ").filter(|path| self.sees_path(path)).collect();
        if needs.is_empty() { path.to_owned() } else { format!("{path}{WAITS}{}", needs.join(", ")) }
    }
}
