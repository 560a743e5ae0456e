//! The lines of an iCalendar text, unfolded, counted and cut into the blocks that are read.
use super::{MOST_EVENTS, Unreadable};

/// How deep blocks may stand in one another.
const DEEPEST: usize = 8;
/// How many lines a text may have, after unfolding.
const MOST_LINES: usize = 400_000;
/// The longest line that is read, after unfolding, in bytes; longer ones may be there where nobody reads them.
const LONGEST_LINE: usize = 64 * 1024;
/// How many zones a text may describe.
const MOST_ZONES: usize = 1_000;

/// A part of the text, with only the lines that are read, unfolded.
pub(super) struct Block {
    /// What it is.
    pub(super) kind: Kind,
    /// Where it begins.
    pub(super) line: usize,
    /// From its `BEGIN` to its `END`.
    pub(super) text: String,
    /// Its rules as they are written.
    pub(super) rules: Vec<String>,
}

/// What a block is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Kind {
    /// What is said of the whole calendar.
    Calendar,
    /// An event.
    Event,
    /// A time zone.
    Zone,
}

/// What is open while the lines are gone through.
#[derive(Default)]
struct Cutter {
    /// The names of the blocks we are in, and for those that are read, which one.
    open: Vec<(String, Option<usize>)>,
    /// All that are read.
    blocks: Vec<Block>,
}

/// The blocks of a text.
///
/// # Errors
/// [`Unreadable::Line`] where it is not iCalendar: no `BEGIN:VCALENDAR`, blocks that do not end, lines without a name, too much of
/// anything.
pub(super) fn blocks(text: &[u8]) -> Result<Vec<Block>, Unreadable> {
    let text = text.strip_prefix("\u{feff}".as_bytes()).unwrap_or(text);
    let mut cutter = Cutter::default();
    let mut last = 0;
    for (count, (line, bytes)) in unfolded(text).into_iter().enumerate() {
        if count == MOST_LINES {
            return Err(wrong(line, format!("more than {MOST_LINES} lines, the most that are read")));
        }
        last = line;
        let words = String::from_utf8(bytes).map_err(|_| wrong(line, "this is not UTF-8 text"))?;
        cutter.take(line, words.trim_end_matches('\r'))?;
    }
    match cutter.open.last() {
        Some((name, _)) => Err(wrong(last, format!("the text stops before END:{name}"))),
        None if cutter.blocks.is_empty() => Err(wrong(1, "there is no BEGIN:VCALENDAR; this is not iCalendar")),
        None => Ok(cutter.blocks),
    }
}

/// Lines with the number they begin at; a line that begins with a space or a tab goes on with the one before (RFC 5545, 3.1).
fn unfolded(text: &[u8]) -> Vec<(usize, Vec<u8>)> {
    let mut lines: Vec<(usize, Vec<u8>)> = Vec::new();
    for (index, line) in text.split(|byte| *byte == b'\n').enumerate() {
        match (line.first(), lines.last_mut()) {
            (Some(b' ' | b'\t'), Some((_, before))) => {
                if before.last() == Some(&b'\r') {
                    before.pop();
                }
                before.extend_from_slice(&line[1..]);
            }
            _ if line.is_empty() || line == b"\r" => {}
            _ => lines.push((index + 1, line.to_vec())),
        }
    }
    lines
}

impl Cutter {
    /// Takes the next line.
    fn take(&mut self, line: usize, words: &str) -> Result<(), Unreadable> {
        if words.trim().is_empty() {
            return Ok(());
        }
        let end = words
            .find([':', ';'])
            .ok_or_else(|| wrong(line, format!("{:?} is no property: NAME:VALUE was expected", short(words))))?;
        let (name, value) = (words[..end].trim().to_ascii_uppercase(), words[end + 1..].trim());
        match name.as_str() {
            "BEGIN" => self.begin(line, value.to_ascii_uppercase()),
            "END" => self.end(line, &value.to_ascii_uppercase()),
            _ if self.open.is_empty() => Err(wrong(line, format!("{name} stands outside of BEGIN:VCALENDAR"))),
            _ => self.property(line, &name, words),
        }
    }

    fn begin(&mut self, line: usize, name: String) -> Result<(), Unreadable> {
        if self.open.len() == DEEPEST {
            return Err(wrong(line, format!("blocks stand in one another more than {DEEPEST} deep")));
        }
        let kind = match (self.open.len(), name.as_str()) {
            (0, "VCALENDAR") => Some(Kind::Calendar),
            (0, _) => return Err(wrong(line, format!("BEGIN:{} stands outside of BEGIN:VCALENDAR", short(&name)))),
            (1, "VEVENT") => Some(Kind::Event),
            (1, "VTIMEZONE") => Some(Kind::Zone),
            _ => None,
        };
        let index = kind.map(|kind| {
            self.blocks.push(Block { kind, line, text: format!("BEGIN:{name}\r\n"), rules: Vec::new() });
            self.blocks.len() - 1
        });
        self.open.push((name, index));
        self.within_limits(line, kind)
    }

    fn within_limits(&self, line: usize, kind: Option<Kind>) -> Result<(), Unreadable> {
        let most = match kind {
            Some(Kind::Event) => MOST_EVENTS,
            Some(Kind::Zone | Kind::Calendar) => MOST_ZONES,
            None => return Ok(()),
        };
        // Counted only where it could be too many: counting at each block would take the square of them.
        if self.blocks.len() > most && self.blocks.iter().filter(|block| Some(block.kind) == kind).count() > most {
            return Err(wrong(line, format!("more than {most} blocks of this kind, the most that are read")));
        }
        Ok(())
    }

    fn end(&mut self, line: usize, name: &str) -> Result<(), Unreadable> {
        match self.open.pop() {
            Some((open, index)) if open == name => {
                if let Some(index) = index {
                    self.blocks[index].text.push_str(&format!("END:{name}\r\n"));
                }
                Ok(())
            }
            Some((open, _)) => Err(wrong(line, format!("END:{} where END:{open} was expected", short(name)))),
            None => Err(wrong(line, format!("END:{} without a BEGIN", short(name)))),
        }
    }

    fn property(&mut self, line: usize, name: &str, words: &str) -> Result<(), Unreadable> {
        let Some((_, Some(index))) = self.open.last() else { return Ok(()) };
        let block = &mut self.blocks[*index];
        if !is_read(block.kind, name) {
            return Ok(());
        }
        if words.len() > LONGEST_LINE {
            return Err(wrong(line, format!("{} is longer than 64 KiB", short(name))));
        }
        let value = value(words).ok_or_else(|| wrong(line, format!("{} has no value", short(name))))?;
        match name {
            "RRULE" => block.rules.push(format!("RRULE:{}", value.trim())),
            "EXRULE" => return Err(wrong(line, "EXRULE is not understood; write EXDATE")),
            _ => {
                block.text.push_str(words);
                block.text.push_str("\r\n");
            }
        }
        Ok(())
    }
}

/// What stands behind the first colon that is not within quotes.
fn value(words: &str) -> Option<&str> {
    let mut quoted = false;
    let colon = words.bytes().position(|byte| {
        quoted ^= byte == b'"';
        byte == b':' && !quoted
    })?;
    Some(&words[colon + 1..])
}

/// Whether anybody reads a property of this name there.
fn is_read(kind: Kind, name: &str) -> bool {
    match kind {
        Kind::Calendar => matches!(name, "METHOD" | "NAME" | "X-WR-CALNAME"),
        Kind::Zone => matches!(name, "TZID" | "X-LIC-LOCATION"),
        Kind::Event => {
            name.starts_with("X-MAINTNOTE-")
                || matches!(
                    name,
                    "UID"
                        | "SEQUENCE"
                        | "STATUS"
                        | "TRANSP"
                        | "SUMMARY"
                        | "DESCRIPTION"
                        | "DTSTART"
                        | "DTEND"
                        | "DURATION"
                )
                || matches!(name, "RRULE" | "EXRULE" | "RDATE" | "EXDATE" | "RECURRENCE-ID" | "DTSTAMP")
        }
    }
}

/// The beginning of what was written, for errors.
pub(super) fn short(words: &str) -> String {
    let mut short: String = words.chars().take(60).collect();
    if short.len() < words.len() {
        short.push('…');
    }
    short
}

fn wrong(line: usize, why: impl Into<String>) -> Unreadable {
    Unreadable::Line { line, why: why.into() }
}
