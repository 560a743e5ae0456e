//! Texts of people on their way into headers and pages: nothing in them means anything there.

/// For a header: printable ASCII as it is, all else percent-encoded, and what a proxy's own page would take for HTML; at
/// most so many bytes.
pub fn for_header(text: &str, max: usize) -> String {
    let mut plain = String::with_capacity(text.len().min(max));
    for letter in text.trim().chars() {
        let before = plain.len();
        match letter {
            ' '..='~' if !"%<>&\"".contains(letter) => plain.push(letter),
            _ => {
                let mut bytes = [0; 4];
                letter.encode_utf8(&mut bytes).bytes().for_each(|byte| plain.push_str(&format!("%{byte:02X}")));
            }
        }
        if plain.len() > max {
            plain.truncate(before);
            break;
        }
    }
    plain
}

/// For HTML, between tags or in quotes; at most so many bytes, with a sign that there was more.
pub fn for_html(text: &str, max: usize) -> String {
    let mut safe = String::with_capacity(text.len().min(max));
    for letter in text.trim().chars() {
        let before = safe.len();
        match letter {
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '&' => safe.push_str("&amp;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            '\n' | '\t' => safe.push(letter),
            letter if letter.is_control() => safe.push(' '),
            letter => safe.push(letter),
        }
        if safe.len() > max {
            safe.truncate(before);
            safe.push('…');
            break;
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_holds_printable_ascii_and_ends_with_a_whole_letter() {
        assert_eq!(for_header("New disks", 100), "New disks");
        assert_eq!(for_header("50% off\r\nX-Evil: 1", 100), "50%25 off%0D%0AX-Evil: 1");
        assert_eq!(for_header("für", 100), "f%C3%BCr");
        assert_eq!(for_header("<b>", 100), "%3Cb%3E");
        assert_eq!(for_header("für", 6), "f");
        assert_eq!(for_header(&"x".repeat(10_000), 256).len(), 256);
    }

    #[test]
    fn nothing_in_a_text_is_a_tag() {
        let evil = "<script>alert('1')</script> & \"x\"";
        assert_eq!(for_html(evil, 1_000), "&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt; &amp; &quot;x&quot;");
        assert_eq!(for_html("a<<<", 6), "a&lt;…");
        assert!(for_html(&"<".repeat(10_000), 3_000).len() <= 3_003);
    }
}
