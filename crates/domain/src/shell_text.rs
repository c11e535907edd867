//! Text for a POSIX shell: words quoted so that they arrive as they are, and nothing in them is run.

use zeroize::Zeroizing;

/// A text that must not be pasted into a terminal: the terminal acts on control characters (and nothing can hand on a
/// NUL) before the shell has seen the quotes around them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("The text contains control characters that a terminal would interpret. Type it there by hand.")]
pub struct ControlCharacters;

/// The text as one word of a POSIX shell, in single quotes unless it is plain. The word is wiped on drop, as the text
/// may be a credential.
pub fn quote(text: &str) -> Result<Zeroizing<String>, ControlCharacters> {
    if text.chars().any(char::is_control) {
        return Err(ControlCharacters);
    }
    // An equals sign is plain behind an option only: in a first word it would be an assignment.
    let is_option = text.starts_with('-');
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_./:@%+,".contains(c) || (is_option && c == '=');
    if !text.is_empty() && text.chars().all(is_plain) {
        return Ok(Zeroizing::new(text.to_owned()));
    }
    // Room for all of it at once, so that growing leaves no copy behind.
    let quotes = text.matches('\'').count();
    let mut word = Zeroizing::new(String::with_capacity(text.len() + 3 * quotes + 2));
    word.push('\'');
    for (place, part) in text.split('\'').enumerate() {
        word.push_str(if place == 0 { "" } else { r"'\''" });
        word.push_str(part);
    }
    word.push('\'');
    Ok(word)
}

/// A command line of these words, for text that is no secret.
pub fn command_line<'a>(words: impl IntoIterator<Item = &'a str>) -> Result<String, ControlCharacters> {
    let mut line = String::new();
    for word in words {
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(&quote(word)?);
    }
    Ok(line)
}
