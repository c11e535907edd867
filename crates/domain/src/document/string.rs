//! Texts inside JSON: their escapes read and written.

use zeroize::Zeroizing;

/// The digits of a `\u` escape.
pub(super) const HEX_DIGITS: usize = 4;

const ESCAPE_BYTES: usize = "\\u".len() + HEX_DIGITS;

/// The code points of a JSON text between its quotes, half surrogate pairs included; so that texts that no Rust
/// string can hold still compare exactly. The text must have been scanned.
pub(super) struct CodePoints<'a> {
    rest: &'a str,
}

pub(super) fn code_points(inner: &str) -> CodePoints<'_> {
    CodePoints { rest: inner }
}

impl Iterator for CodePoints<'_> {
    type Item = u32;

    fn next(&mut self) -> Option<u32> {
        let mut chars = self.rest.chars();
        let first = chars.next()?;
        if first != '\\' {
            self.rest = chars.as_str();
            return Some(first.into());
        }
        let escaped = chars.next()?;
        if escaped != 'u' {
            self.rest = chars.as_str();
            return Some(short_escape(escaped).into());
        }
        let unit = unicode_escape(self.rest)?;
        self.rest = &self.rest[ESCAPE_BYTES..];
        if !(0xd800..0xdc00).contains(&unit) {
            return Some(unit);
        }
        match unicode_escape(self.rest) {
            Some(low) if (0xdc00..0xe000).contains(&low) => {
                self.rest = &self.rest[ESCAPE_BYTES..];
                Some(0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00))
            }
            _ => Some(unit),
        }
    }
}

fn short_escape(letter: char) -> char {
    match letter {
        'b' => '\u{8}',
        'f' => '\u{c}',
        'n' => '\n',
        'r' => '\r',
        't' => '\t',
        itself => itself,
    }
}

/// The number of the `\uXXXX` at the front.
fn unicode_escape(text: &str) -> Option<u32> {
    let digits = text.strip_prefix("\\u")?.get(..HEX_DIGITS)?;
    u32::from_str_radix(digits, 16).ok()
}

/// Whether the text holds an escape of half a surrogate pair.
pub(super) fn has_lone_surrogate(inner: &str) -> bool {
    inner.contains("\\u") && code_points(inner).any(|point| char::from_u32(point).is_none())
}

/// The text between the quotes as a person reads it; half a surrogate pair stays the escape that it is.
pub(super) fn decode(inner: &str) -> Zeroizing<String> {
    // What is read is never longer than what is written, so that this never grows and leaves no copy behind.
    let mut text = Zeroizing::new(String::with_capacity(inner.len()));
    for point in code_points(inner) {
        match char::from_u32(point) {
            Some(c) => text.push(c),
            None => text.push_str(&format!("\\u{point:04x}")),
        }
    }
    text
}

/// A JSON text with its quotes, escaping only what must be.
pub(super) fn encode(text: &str) -> Zeroizing<String> {
    let bytes = text.chars().map(|c| escape(c).map_or(c.len_utf8(), |escape| escape.len())).sum::<usize>();
    let mut json = Zeroizing::new(String::with_capacity(bytes + 2));
    json.push('"');
    for c in text.chars() {
        match escape(c) {
            Some(escape) => json.push_str(&escape),
            None => json.push(c),
        }
    }
    json.push('"');
    json
}

fn escape(c: char) -> Option<std::borrow::Cow<'static, str>> {
    Some(match c {
        '"' => "\\\"".into(),
        '\\' => "\\\\".into(),
        '\u{8}' => "\\b".into(),
        '\u{c}' => "\\f".into(),
        '\n' => "\\n".into(),
        '\r' => "\\r".into(),
        '\t' => "\\t".into(),
        control @ '\0'..='\u{1f}' => format!("\\u{:04x}", u32::from(control)).into(),
        _ => return None,
    })
}
