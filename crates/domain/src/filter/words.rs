//! Words as AWS's search sees them, and the search for a word by its beginning.
//!
//! Everything but letters and digits separates words. Inside a run of them a word begins at a capital after a small
//! letter (`AppBeta`: App, Beta), at the last capital before a small letter (`COMPANYthings`: COMPAN, Ythings), and
//! at a digit after a letter (`creds892`: creds, 892).

/// Splits text into words.
pub(super) fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_alphanumeric()).flat_map(|run| {
        let mut rest = run;
        std::iter::from_fn(move || {
            let (word, others) = rest.split_at(first_word_len(rest));
            rest = others;
            (!word.is_empty()).then_some(word)
        })
    })
}

/// The length in bytes of the first word of a run of letters and digits.
fn first_word_len(run: &str) -> usize {
    let mut chars = run.char_indices().peekable();
    let mut previous = chars.next().map(|(_, c)| c);
    while let Some((at, current)) = chars.next() {
        let next = chars.peek().map(|&(_, c)| c);
        if previous.is_some_and(|previous| splits(previous, current, next)) {
            return at;
        }
        previous = Some(current);
    }
    run.len()
}

/// Whether a word begins at `current`, all three being neighbours in one run.
fn splits(previous: char, current: char, next: Option<char>) -> bool {
    let digit_after_letter = current.is_numeric() && !previous.is_numeric();
    let capital = current.is_uppercase() && (previous.is_lowercase() || next.is_some_and(char::is_lowercase));
    digit_after_letter || capital
}

/// The beginning of a word, prepared to be looked for in many texts without regard to case.
#[derive(Debug, Clone)]
pub(super) struct Needle {
    lower: String,
}

impl Needle {
    pub(super) fn new(text: &str) -> Self {
        Self { lower: text.chars().flat_map(char::to_lowercase).collect() }
    }

    /// Whether the text begins with this.
    pub(super) fn begins(&self, text: &str) -> bool {
        let head = text.as_bytes().get(..self.lower.len());
        if head.is_some_and(|head| head.eq_ignore_ascii_case(self.lower.as_bytes())) {
            return true;
        }
        if text.is_ascii() {
            return false;
        }
        let mut folded = text.chars().flat_map(char::to_lowercase);
        self.lower.chars().all(|c| folded.next() == Some(c))
    }

    /// Whether a word of the text, as [`words`] splits it, begins with this.
    pub(super) fn begins_a_word(&self, text: &str) -> bool {
        if !text.is_ascii() {
            return words(text).any(|word| self.begins(word));
        }
        // Looking at the neighbours of a hit only is four times as fast as splitting all of it (benches/filter.rs).
        self.ascii_hits(text).any(|at| {
            let bytes = text.as_bytes();
            begins_word(bytes, at) && !(at + 1..at + self.lower.len()).any(|inner| begins_word(bytes, inner))
        })
    }

    /// Whether this stands after a blank, or as a letter or digit after punctuation, or at the very beginning.
    pub(super) fn begins_a_plain_word(&self, text: &str) -> bool {
        if text.is_ascii() {
            let bytes = text.as_bytes();
            return self
                .ascii_hits(text)
                .any(|at| at == 0 || begins_plain_word(bytes[at - 1] as char, bytes[at] as char));
        }
        let mut previous = ' ';
        text.char_indices().any(|(at, current)| {
            let starts = begins_plain_word(previous, current);
            previous = current;
            starts && self.begins(&text[at..])
        })
    }

    /// Where an ASCII text holds this, whatever the case.
    fn ascii_hits<'a>(&'a self, text: &'a str) -> impl Iterator<Item = usize> + 'a {
        let needle = self.lower.as_bytes();
        let first = needle.first().copied();
        let bytes = text.as_bytes();
        let last_start = (bytes.len() + 1).saturating_sub(needle.len());
        (0..last_start).filter(move |&at| {
            bytes.get(at).map(u8::to_ascii_lowercase) == first
                && bytes[at..at + needle.len()].eq_ignore_ascii_case(needle)
        })
    }
}

fn begins_plain_word(previous: char, current: char) -> bool {
    previous.is_whitespace() || (!previous.is_alphanumeric() && current.is_alphanumeric())
}

/// Whether a word begins at this place of an ASCII text.
fn begins_word(ascii: &[u8], at: usize) -> bool {
    if !ascii[at].is_ascii_alphanumeric() {
        return false;
    }
    match at.checked_sub(1).map(|before| ascii[before]) {
        Some(previous) if previous.is_ascii_alphanumeric() => {
            splits(previous as char, ascii[at] as char, ascii.get(at + 1).map(|&b| b as char))
        }
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::words;

    fn split(text: &str) -> Vec<&str> {
        words(text).collect()
    }

    #[test]
    fn special_characters_separate_words() {
        assert_eq!(split("a b/c_d=e#f+g.h@i-j"), ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j"]);
        assert_eq!(split("+ #/ "), [""; 0], "special characters alone hold no word");
    }

    #[test]
    fn capitals_and_digits_begin_words() {
        assert_eq!(split("AppBeta"), ["App", "Beta"]);
        assert_eq!(split("SecretFTag"), ["Secret", "F", "Tag"]);
        assert_eq!(split("COMPANYthings"), ["COMPAN", "Ythings"]);
        assert_eq!(split("credsDatabase#892"), ["creds", "Database", "892"]);
        assert_eq!(split("creds892"), ["creds", "892"]);
    }

    #[test]
    fn a_small_letter_after_a_digit_begins_no_word() {
        assert_eq!(split("7c1e"), ["7c", "1e"]);
        assert_eq!(split("v2Prod"), ["v", "2", "Prod"], "a capital before a small letter always begins one");
        assert_eq!(split("2AB"), ["2AB"]);
    }

    #[test]
    fn letters_of_every_script_are_letters() {
        assert_eq!(split("größeÄnderung"), ["größe", "Änderung"]);
        assert_eq!(split("ключ 鍵 🔑"), ["ключ", "鍵"]);
    }
}
