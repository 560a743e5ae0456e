//! iCalendar text as it is written: escaped, folded, with nothing in it that could be taken for something else (RFC 5545, 3.1).

/// The longest line, in octets, without its end.
const LINE: usize = 75;

/// A text that grows line by line.
#[derive(Default)]
pub struct Text(String);

impl Text {
    /// A property whose value needs no escape.
    pub fn plain(&mut self, name: &str, value: &str) {
        self.line(&format!("{name}:{value}"));
    }

    /// A property whose value is text.
    pub fn text(&mut self, name: &str, value: &str) {
        self.line(&format!("{name}:{}", escaped(value)));
    }

    /// What is written so far.
    pub fn finish(self) -> String {
        self.0
    }

    /// A line, folded between characters.
    fn line(&mut self, line: &str) {
        let mut length = 0;
        for letter in line.chars() {
            if length + letter.len_utf8() > LINE {
                self.0.push_str("\r\n ");
                length = 1;
            }
            self.0.push(letter);
            length += letter.len_utf8();
        }
        self.0.push_str("\r\n");
    }
}

/// Text as a value holds it (RFC 5545, 3.3.11). Control characters are left out: no value may have them, and some readers take
/// them for the end of a line.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.replace("\r\n", "\n").chars() {
        match letter {
            '\\' | ';' | ',' => escaped.extend(['\\', letter]),
            '\n' | '\r' | '\u{2028}' | '\u{2029}' => escaped.push_str("\\n"),
            letter if letter.is_control() => {}
            letter => escaped.push(letter),
        }
    }
    escaped
}
