//! The constraints of the API model, told in AWS's words and never with a secret value.

use std::fmt;
use std::ops::RangeInclusive;

use crate::fault::Fault;

/// Collects everything that a request breaks, in the order of its members.
#[derive(Debug, Default)]
pub struct Checks {
    problems: Vec<String>,
}

impl Checks {
    pub fn finish(self) -> Result<(), Fault> {
        let count = self.problems.len();
        let noun = if count == 1 { "error" } else { "errors" };
        match count {
            0 => Ok(()),
            _ => Err(Fault::validation(&format!(
                "{count} validation {noun} detected: {}",
                self.problems.join("; ")
            ))),
        }
    }

    /// A text of so many characters.
    pub fn text(&mut self, member: &str, text: Option<&str>, length: RangeInclusive<usize>) -> &mut Self {
        if let Some(text) = text {
            self.length(&format!("Value '{text}' at '{member}'"), text.chars().count(), &length);
        }
        self
    }

    /// A text that must be there.
    pub fn required(&mut self, member: &str, text: Option<&str>, length: RangeInclusive<usize>) -> &mut Self {
        if text.is_none() {
            self.missing(member);
        }
        self.text(member, text, length)
    }

    /// Bytes that must not be shown.
    pub fn sensitive(
        &mut self,
        member: &str,
        bytes: Option<&[u8]>,
        length: RangeInclusive<usize>,
    ) -> &mut Self {
        if let Some(bytes) = bytes {
            self.length(&format!("Value at '{member}'"), bytes.len(), &length);
        }
        self
    }

    pub fn list<T>(&mut self, member: &str, list: Option<&[T]>, length: RangeInclusive<usize>) -> &mut Self {
        if let Some(list) = list {
            self.length(&format!("Value at '{member}'"), list.len(), &length);
        }
        self
    }

    pub fn required_list<T>(&mut self, member: &str, list: Option<&[T]>) -> &mut Self {
        if list.is_none() {
            self.missing(member);
        }
        self
    }

    pub fn number(&mut self, member: &str, number: Option<i64>, range: RangeInclusive<i64>) -> &mut Self {
        let Some(number) = number else { return self };
        let subject = format!("Value '{number}' at '{member}'");
        if number < *range.start() {
            self.fail(&subject, format_args!("have value greater than or equal to {}", range.start()));
        } else if number > *range.end() {
            self.fail(&subject, format_args!("have value less than or equal to {}", range.end()));
        }
        self
    }

    /// One of some words.
    pub fn one_of(&mut self, member: &str, word: Option<&str>, words: &[&str]) -> &mut Self {
        if let Some(word) = word.filter(|word| !words.contains(word)) {
            let set = words.join(", ");
            self.fail(
                &format!("Value '{word}' at '{member}'"),
                format_args!("satisfy enum value set: [{set}]"),
            );
        }
        self
    }

    /// A text that a pattern of the model describes; `matches` is that pattern.
    pub fn pattern(&mut self, member: &str, text: &str, pattern: &str, matches: bool) -> &mut Self {
        if !matches {
            self.fail(
                &format!("Value '{text}' at '{member}'"),
                format_args!("satisfy regular expression pattern: {pattern}"),
            );
        }
        self
    }

    fn missing(&mut self, member: &str) {
        self.fail(&format!("Value null at '{member}'"), format_args!("not be null"));
    }

    fn length(&mut self, subject: &str, length: usize, allowed: &RangeInclusive<usize>) {
        if length < *allowed.start() {
            self.fail(subject, format_args!("have length greater than or equal to {}", allowed.start()));
        } else if length > *allowed.end() {
            self.fail(subject, format_args!("have length less than or equal to {}", allowed.end()));
        }
    }

    fn fail(&mut self, subject: &str, must: fmt::Arguments<'_>) {
        self.problems.push(format!("{subject} failed to satisfy constraint: Member must {must}"));
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn several_problems_are_told_at_once_in_aws_words() {
        let mut checks = Checks::default();
        checks.number("maxResults", Some(101), 1..=100).required("secretId", None, 1..=2048);
        let message = checks.finish().map_err(|fault| fault.message);
        assert_eq!(
            message.unwrap_err(),
            "2 validation errors detected: Value '101' at 'maxResults' failed to satisfy constraint: Member must \
             have value less than or equal to 100; Value null at 'secretId' failed to satisfy constraint: Member \
             must not be null"
        );
    }

    #[test]
    fn a_secret_value_is_never_repeated() {
        let mut checks = Checks::default();
        checks.sensitive("secretString", Some(b"fake-canary"), 1..=5);
        let message = checks.finish().map_err(|fault| fault.message).unwrap_err();
        assert!(!message.contains("canary"), "{message}");
    }
}
