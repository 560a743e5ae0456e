//! The place of a target in the estate.
use std::cmp::Ordering;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::refusal::Refusal;

/// How many segments a path has at most.
pub const DEPTH_MAX: usize = 16;
/// How many characters a segment has at most.
pub const SEGMENT_MAX: usize = 63;

/// A place such as `acme/prod/shop`: segments from the root down. The root itself, `/`, is the installation.
///
/// Paths sort by segments, a path right before everything below it; so the descendants of a path are one range of
/// a sorted map.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Path(Arc<str>);

impl Path {
    /// The installation, `/`.
    pub fn root() -> Path {
        Path(Arc::default())
    }

    /// The path as text; the installation is the empty one, which all others begin with.
    pub const fn as_str(&self) -> &Arc<str> {
        &self.0
    }

    /// Whether this is the installation.
    pub fn is_root(&self) -> bool {
        self.0.is_empty()
    }

    /// How many segments it has; the root has none.
    pub fn depth(&self) -> usize {
        self.segments().count()
    }

    /// The last segment; empty for the root.
    pub fn name(&self) -> &str {
        self.0.rsplit_once('/').map_or(&self.0, |(_, name)| name)
    }

    /// The path one up; none for the root.
    pub fn parent(&self) -> Option<Path> {
        if self.is_root() {
            return None;
        }
        Some(self.0.rsplit_once('/').map_or(Path::root(), |(parent, _)| Path(parent.into())))
    }

    /// Whether `other` is this path or below it, by segment: `a/b` does not cover `a/bc`.
    pub fn covers(&self, other: &Path) -> bool {
        match other.0.strip_prefix(&*self.0) {
            Some(rest) => self.is_root() || rest.is_empty() || rest.starts_with('/'),
            None => false,
        }
    }

    /// The segments from the root down.
    pub fn segments(&self) -> impl Iterator<Item = &str> {
        self.0.split('/').filter(|segment| !segment.is_empty())
    }
}

impl Ord for Path {
    /// By segments: what divides them sorts below whatever a segment may hold.
    fn cmp(&self, other: &Path) -> Ordering {
        let rank = |byte: &u8| if *byte == b'/' { 0 } else { *byte };
        let (one, two) = (self.0.as_bytes(), other.0.as_bytes());
        // The beginnings of two paths are mostly alike, so they are passed over eight bytes at a time.
        let alike = 8 * one.chunks_exact(8).zip(two.chunks_exact(8)).take_while(|(a, b)| a == b).count();
        one[alike..].iter().map(rank).cmp(two[alike..].iter().map(rank))
    }
}

impl PartialOrd for Path {
    fn partial_cmp(&self, other: &Path) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.is_root() { "/" } else { &self.0 })
    }
}

impl fmt::Debug for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Serialize for Path {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Path {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Path, D::Error> {
        let text = String::deserialize(deserializer)?;
        Path::try_from(text).map_err(|refusal| D::Error::custom(format!("{}. {}", refusal.detail, refusal.remedy)))
    }
}

impl FromStr for Path {
    type Err = Refusal;

    fn from_str(text: &str) -> Result<Path, Refusal> {
        Path::try_from(text.to_owned())
    }
}

impl TryFrom<String> for Path {
    type Error = Refusal;

    /// Reads a path.
    ///
    /// # Errors
    /// About the field `path`, naming the segment and the character that are odd.
    fn try_from(text: String) -> Result<Path, Refusal> {
        if text == "/" {
            return Ok(Path::root());
        }
        edges(&text)?;
        let depth = text.split('/').count();
        if depth > DEPTH_MAX {
            let detail = format!("the path has {depth} segments, and at most {DEPTH_MAX} are allowed");
            return Err(Refusal::input("path", detail, "Use a flatter path."));
        }
        text.split('/').enumerate().try_for_each(|(index, segment)| check(index + 1, segment))?;
        Ok(Path(text.into()))
    }
}

/// Refuses a path that is empty, or has a slash at an end.
fn edges(text: &str) -> Result<(), Refusal> {
    let refused = |detail: &str, remedy: String| Err(Refusal::input("path", detail, remedy));
    if text.is_empty() {
        return refused("the path is empty", "Write `/` for the installation, or a path such as `acme/prod`.".into());
    }
    if text.bytes().all(|byte| byte == b'/') {
        return refused("the path is nothing but slashes", "Write `/` for the installation.".into());
    }
    if let Some(rest) = text.strip_prefix('/') {
        return refused("the path begins with a slash", format!("Write it without: `{}`.", shown(rest)));
    }
    match text.strip_suffix('/') {
        Some(rest) => refused("the path ends with a slash", format!("Write it without: `{}`.", shown(rest))),
        None => Ok(()),
    }
}

/// Refuses a segment that is not `[a-z0-9][a-z0-9._-]{0,62}`; `place` counts from 1.
fn check(place: usize, segment: &str) -> Result<(), Refusal> {
    let fault = if segment.is_empty() {
        Some(format!("segment {place} of the path is empty (two slashes in a row)"))
    } else if segment.chars().count() > SEGMENT_MAX {
        let count = segment.chars().count();
        Some(format!(
            "segment {place} of the path, `{}`, has {count} characters, and at most {SEGMENT_MAX} are allowed",
            shown(segment)
        ))
    } else {
        let odd = segment.chars().enumerate().find(|&(index, c)| !fits(index, c));
        odd.map(|(index, c)| {
            let what = if index == 0 { "begins with" } else { "contains" };
            format!("segment {place} of the path, `{}`, {what} {c:?}", shown(segment))
        })
    };
    match fault {
        None => Ok(()),
        Some(detail) => Err(Refusal::input(
            "path",
            detail,
            "A segment is a lower-case letter or digit, then up to 62 of `a-z 0-9 . _ -`.",
        )),
    }
}

fn fits(index: usize, c: char) -> bool {
    c.is_ascii_lowercase() || c.is_ascii_digit() || (index > 0 && matches!(c, '.' | '_' | '-'))
}

/// What a message shows of text that came from outside: one line, at most 80 characters.
fn shown(text: &str) -> String {
    let mut short: String = text.chars().take(80).map(|c| if c.is_control() { '?' } else { c }).collect();
    if text.chars().nth(80).is_some() {
        short.push('…');
    }
    short
}

#[cfg(test)]
mod tests;
