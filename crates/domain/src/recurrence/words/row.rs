//! The words of a text, one after the other.

/// The words, and which is looked at.
#[derive(Default)]
pub struct Row {
    words: Vec<Word>,
    at: usize,
}

struct Word {
    said: String,
    /// The same in small letters.
    plain: String,
    /// A comma follows.
    is_listed: bool,
}

impl Row {
    /// The words of a text, without `the`.
    pub fn of(text: &str) -> Row {
        let text = text.replace(['–', '—'], "-").replace(['(', ')'], " ").replace([',', ';'], ", ");
        let mut words: Vec<Word> = Vec::new();
        for said in text.split_whitespace() {
            let (said, is_listed) = said.strip_suffix(',').map_or((said, false), |said| (said, true));
            match words.last_mut() {
                Some(before) if said.is_empty() || said.eq_ignore_ascii_case("the") => before.is_listed |= is_listed,
                None if said.is_empty() || said.eq_ignore_ascii_case("the") => {}
                _ => words.push(Word { said: said.to_owned(), plain: said.to_lowercase(), is_listed }),
            }
        }
        Row { words, at: 0 }
    }

    /// The word that comes next, or so many after it.
    pub fn peek(&self, ahead: usize) -> Option<&str> {
        self.words.get(self.at + ahead).map(|word| word.plain.as_str())
    }

    /// The next word as it was said.
    pub fn said(&self) -> Option<&str> {
        self.words.get(self.at).map(|word| word.said.as_str())
    }

    /// What the next word is, where this knows it.
    pub fn is<T>(&self, known: impl Fn(&str) -> Option<T>) -> Option<T> {
        self.peek(0).and_then(known)
    }

    /// Goes on.
    pub const fn skip(&mut self, words: usize) {
        self.at += words;
    }

    /// Goes on, where the next word is one of these.
    pub fn take(&mut self, any: &[&str]) -> bool {
        let is_next = self.is(|word| any.contains(&word).then_some(())).is_some();
        self.at += usize::from(is_next);
        is_next
    }

    /// Goes on, where the next word is one that this knows.
    pub fn take_known<T>(&mut self, known: impl Fn(&str) -> Option<T>) -> Option<T> {
        let found = self.is(known)?;
        self.at += 1;
        Some(found)
    }

    /// Goes on over `and` or a comma to another word that this knows.
    pub fn take_listed<T>(&mut self, known: impl Fn(&str) -> Option<T>) -> Option<T> {
        let and = usize::from(self.peek(0) == Some("and"));
        let is_listed = self.at > 0 && self.words[self.at - 1].is_listed;
        let found = self.peek(and).filter(|_| and == 1 || is_listed).and_then(known)?;
        self.at += and + 1;
        Some(found)
    }

    /// Where it stands.
    pub const fn at(&self) -> usize {
        self.at
    }

    /// The word before that place is one of these.
    pub fn follows(&self, at: usize, any: &[&str]) -> bool {
        at > 0 && any.contains(&self.words[at - 1].plain.as_str())
    }

    /// The words since that place, or the next where there are none.
    pub fn since(&self, at: usize) -> String {
        let end = self.at.max(at + 1).min(self.words.len());
        let words = self.words.get(at.min(end.saturating_sub(1))..end).unwrap_or_default();
        words.iter().map(|word| word.said.as_str()).collect::<Vec<_>>().join(" ")
    }
}
