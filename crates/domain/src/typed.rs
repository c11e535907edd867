//! What was typed into a text field, with the line breaks that the field cannot hold.
//!
//! A field of a page turns every line break into `\n`. What was not touched by the typing keeps the breaks that it had.

use zeroize::Zeroizing;

/// `typed` is what a field holds that was filled with `before`: the part in the middle that differs is new, the rest is
/// taken from `before` byte for byte. New lines break as the text does.
pub fn retyped(before: &str, typed: &str) -> Zeroizing<String> {
    if !before.contains('\r') {
        return Zeroizing::new(typed.to_owned());
    }
    let pieces = pieces(before);
    let shown = |piece: &str| if piece.starts_with('\r') { '\n' } else { first(piece) };
    let front = pieces.iter().zip(typed.chars()).take_while(|(piece, c)| shown(piece) == *c).count();
    let front_bytes: usize = typed.chars().take(front).map(char::len_utf8).sum();
    let rest = &typed[front_bytes..];
    let back = pieces[front..]
        .iter()
        .rev()
        .zip(rest.chars().rev())
        .take_while(|(piece, c)| shown(piece) == *c)
        .count();
    let back_bytes: usize = rest.chars().rev().take(back).map(char::len_utf8).sum();
    let middle = &rest[..rest.len() - back_bytes];
    let line_break = if before.contains("\r\n") { "\r\n" } else { "\n" };

    let mut text = Zeroizing::new(String::with_capacity(before.len() + 2 * middle.len()));
    pieces[..front].iter().for_each(|piece| text.push_str(piece));
    for c in middle.chars() {
        if c == '\n' { text.push_str(line_break) } else { text.push(c) }
    }
    pieces[pieces.len() - back..].iter().for_each(|piece| text.push_str(piece));
    // A lone `\r` that came to stand before a `\n` would be one break where two were typed.
    if self::pieces(&text).len() == typed.chars().count() { text } else { Zeroizing::new(typed.to_owned()) }
}

/// The characters of a text, a `\r\n` as one.
fn pieces(text: &str) -> Vec<&str> {
    let mut pieces = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let length = if rest.starts_with("\r\n") { 2 } else { c.len_utf8() };
        let (piece, after) = rest.split_at(length);
        pieces.push(piece);
        rest = after;
    }
    pieces
}

fn first(piece: &str) -> char {
    piece.chars().next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::retyped;

    /// What a field makes of a text.
    fn in_field(text: &str) -> String {
        text.replace("\r\n", "\n").replace('\r', "\n")
    }

    #[test]
    fn what_is_not_touched_keeps_its_line_breaks() {
        let before = "-----BEGIN FAKE-----\r\nabc\rdef\n-----END FAKE-----\r\n";
        let typed = in_field(before).replace("abc", "a\nbc");
        assert_eq!(
            *retyped(before, &typed),
            "-----BEGIN FAKE-----\r\na\r\nbc\rdef\n-----END FAKE-----\r\n",
            "the new line breaks as the text does"
        );
        assert_eq!(*retyped("a\nb", "a\nb\nc"), "a\nb\nc", "nothing to put back");
        assert_eq!(*retyped("", "new"), "new");
        assert_eq!(*retyped("a\r\n", ""), "");
    }

    proptest! {
        #[test]
        fn a_text_that_was_only_shown_is_the_same(text in "[ab\r\n]{0,20}") {
            prop_assert_eq!(&*retyped(&text, &in_field(&text)), &text);
        }

        #[test]
        fn the_field_shows_what_was_typed(before in "[ab\r\n]{0,20}", typed in "[ab\n]{0,20}") {
            prop_assert_eq!(in_field(&retyped(&before, &typed)), typed);
        }
    }
}
