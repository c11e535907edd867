//! The outside of an expression: length, characters, `rate(` or `cron(`, and the fields between blanks.

use std::ops::Range;

use super::cron::Cron;
use super::rate::Rate;
use super::{Field, Fix, Problem, ScheduleError, ScheduleExpression};

const MAX_LENGTH: usize = 256;

pub(super) fn parse(text: &str) -> Result<ScheduleExpression, ScheduleError> {
    refuse_what_the_pattern_refuses(text)?;
    let inner = |kind: &str| {
        let inside = text.strip_prefix(kind)?.strip_suffix(')')?;
        Some(kind.len()..kind.len() + inside.len())
    };
    if let Some(inner) = inner("rate(") {
        Ok(ScheduleExpression::Rate(Rate::parse(text, inner)?))
    } else if let Some(inner) = inner("cron(") {
        Ok(ScheduleExpression::Cron(Box::new(Cron::parse(text, inner)?)))
    } else {
        let fix = in_brackets(text);
        Err(refused(Field::ScheduleExpression, 0..text.len(), Problem::NotAnExpression, fix))
    }
}

/// An error whose fix is a whole new expression.
pub(super) fn refused(
    field: Field,
    at: Range<usize>,
    problem: Problem,
    expression: Option<String>,
) -> ScheduleError {
    ScheduleError { field, at, problem, fix: expression.map(Fix::ScheduleExpression) }
}

/// The text with one place written anew.
pub(super) fn replaced(text: &str, at: Range<usize>, new: &str) -> String {
    format!("{}{new}{}", &text[..at.start], &text[at.end..])
}

/// Where the words between blanks stand, inside a part of the text.
pub(super) fn fields(text: &str, inside: Range<usize>) -> Vec<Range<usize>> {
    pieces(text, inside, ' ').filter(|piece| !piece.is_empty()).collect()
}

/// Where the pieces between separators stand, the empty ones too.
pub(super) fn pieces(
    text: &str,
    inside: Range<usize>,
    separator: char,
) -> impl Iterator<Item = Range<usize>> + '_ {
    let mut start = inside.start;
    text[inside].split(separator).map(move |piece| {
        let piece_at = start..start + piece.len();
        start = piece_at.end + separator.len_utf8();
        piece_at
    })
}

/// The API's pattern is `[0-9A-Za-z\(\)#\?\*\-\/, ]+`, 1 to 256 characters.
fn refuse_what_the_pattern_refuses(text: &str) -> Result<(), ScheduleError> {
    let is_accepted = |c: char| c.is_ascii_alphanumeric() || "()#?*-/, ".contains(c);
    if let Some((start, c)) = text.char_indices().find(|&(_, c)| !is_accepted(c)) {
        // What a text copied from a page brings along.
        let plain = text
            .chars()
            .map(|c| match c {
                '\u{2010}'..='\u{2015}' | '\u{2212}' => '-',
                c if c.is_whitespace() => ' ',
                c => c,
            })
            .collect::<String>();
        let fix = plain.chars().all(is_accepted).then(|| plain.trim().to_owned());
        let at = start..start + c.len_utf8();
        return Err(refused(Field::ScheduleExpression, at, Problem::Character(c), fix));
    }
    if text.len() > MAX_LENGTH {
        let at = MAX_LENGTH..text.len();
        return Err(refused(Field::ScheduleExpression, at, Problem::TooLong(text.len()), None));
    }
    Ok(())
}

/// The expression that somebody meant who forgot a bracket or the word before it, wrote that word in capitals, or
/// left blanks around it all.
fn in_brackets(text: &str) -> Option<String> {
    let text = text.trim();
    let kind = text.get(..5).unwrap_or_default().to_ascii_lowercase();
    let small =
        if kind == "rate(" || kind == "cron(" { replaced(text, 0..5, &kind) } else { text.to_owned() };
    [small.clone(), format!("{small})"), format!("cron({text})"), format!("rate({text})")]
        .into_iter()
        .filter(|meant| (meant.starts_with("rate(") || meant.starts_with("cron(")) && meant.ends_with(')'))
        .find(|meant| parse(meant).is_ok())
}
