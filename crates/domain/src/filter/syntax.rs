//! The language of the search box: reads a line into filters, prints a filter as text that reads back as itself.
//!
//! `name:prod/ tag-key:team,!legacy "a b" !staging`: blanks separate items, commas the values of one. A quoted value
//! keeps blanks, commas and colons; inside it `\"` and `\\` stand for `"` and `\`. An item without a key looks at
//! everything (`all`). `!key:a` is read as `key:!a`.

use std::ops::Range;

use super::{Filter, FilterKey};

/// One blank-separated piece of the line: `key:` and values, or values alone.
pub(super) struct Item {
    pub(super) span: Range<usize>,
    pub(super) key: Option<Key>,
    pub(super) values: Vec<Value>,
}

pub(super) struct Key {
    pub(super) key: FilterKey,
    /// The name and its colon.
    pub(super) span: Range<usize>,
}

pub(super) struct Value {
    negated: bool,
    pub(super) quoted: bool,
    text: String,
    /// With the quotes, without `!`.
    pub(super) span: Range<usize>,
}

impl Item {
    /// The item as a filter. An empty value that is not quoted is still being typed, and left out.
    fn filter(&self) -> Filter {
        let complete = self.values.iter().filter(|value| value.quoted || !value.text.is_empty());
        let values = complete.map(|value| format!("{}{}", if value.negated { "!" } else { "" }, value.text));
        Filter::new(self.key.as_ref().map_or(FilterKey::All, |key| key.key), values)
    }
}

/// The filters of a line, and what is not a filter yet: a key without a value, a lone `!`.
pub(super) fn parse(line: &str) -> (Vec<Filter>, String) {
    let mut filters: Vec<Filter> = Vec::new();
    let mut unfinished = Vec::new();
    let mut after_free_words = false;
    for item in items(line) {
        let filter = item.filter();
        if filter.values.is_empty() {
            unfinished.push(&line[item.span]);
            after_free_words = false;
            continue;
        }
        let free = item.key.is_none();
        match filters.last_mut() {
            Some(previous) if free && after_free_words && joins(previous, &filter) => {
                append(previous, filter)
            }
            _ => filters.push(filter),
        }
        after_free_words = free;
    }
    (filters, unfinished.join(" "))
}

/// Whether free words in a row are one value, neighbours being `all` filters: a negated word stands for itself.
fn joins(previous: &Filter, next: &Filter) -> bool {
    let neighbours = previous.values.last().zip(next.values.first());
    neighbours.is_some_and(|(last, first)| !last.starts_with('!') && !first.starts_with('!'))
}

/// Makes one value of the neighbours.
fn append(previous: &mut Filter, next: Filter) {
    let mut values = next.values.into_iter();
    if let (Some(last), Some(first)) = (previous.values.last_mut(), values.next()) {
        last.push(' ');
        last.push_str(&first);
    }
    previous.values.extend(values);
}

/// Cuts a line into items.
pub(super) fn items(line: &str) -> impl Iterator<Item = Item> {
    let mut scanner = Scanner { line, at: 0 };
    std::iter::from_fn(move || {
        scanner.skip_blanks();
        (scanner.at < line.len()).then(|| scanner.item())
    })
}

struct Scanner<'a> {
    line: &'a str,
    at: usize,
}

impl Scanner<'_> {
    fn rest(&self) -> &str {
        &self.line[self.at..]
    }

    fn skip_blanks(&mut self) {
        self.at = self.line.len() - self.rest().trim_start().len();
    }

    fn eat(&mut self, wanted: char) -> bool {
        let eaten = self.rest().starts_with(wanted);
        self.at += if eaten { wanted.len_utf8() } else { 0 };
        eaten
    }

    fn next_char(&mut self) -> Option<char> {
        let c = self.rest().chars().next()?;
        self.at += c.len_utf8();
        Some(c)
    }

    fn item(&mut self) -> Item {
        let start = self.at;
        let found = leading_key(self.rest());
        let key = found.map(|(key, before, length)| {
            let span = start + before..start + length;
            self.at = span.end;
            Key { key, span }
        });
        let mut values = self.values();
        if found.is_some_and(|(_, before, _)| before > 0) {
            values.iter_mut().for_each(|value| value.negated = true);
        }
        Item { span: start..self.at, key, values }
    }

    /// Values between commas. Blanks after a comma are skipped, unless a new key follows.
    fn values(&mut self) -> Vec<Value> {
        let mut values = vec![self.value()];
        while self.eat(',') {
            let after_comma = self.at;
            self.skip_blanks();
            if self.at > after_comma && leading_key(self.rest()).is_some() {
                self.at = after_comma;
                break;
            }
            values.push(self.value());
        }
        values
    }

    fn value(&mut self) -> Value {
        let negated = self.eat('!');
        let start = self.at;
        let quoted = self.eat('"');
        let mut text = if quoted { self.quoted() } else { String::new() };
        while self.rest().starts_with(|c: char| !separates(c)) {
            text.extend(self.next_char());
        }
        Value { negated, quoted, text, span: start..self.at }
    }

    /// What follows an opening quote, up to the closing one or the end of the line.
    fn quoted(&mut self) -> String {
        let mut text = String::new();
        while let Some(c) = self.next_char() {
            match c {
                '"' => break,
                '\\' if self.rest().starts_with(['"', '\\']) => text.extend(self.next_char()),
                _ => text.push(c),
            }
        }
        text
    }
}

fn separates(c: char) -> bool {
    c == ',' || c.is_whitespace()
}

/// The key that a text begins with, the bytes of a `!` before it, and the bytes to the end of its colon.
fn leading_key(text: &str) -> Option<(FilterKey, usize, usize)> {
    let name_start = usize::from(text.starts_with('!'));
    let name = text[name_start..].split_once(':')?.0;
    let key = FilterKey::ALL.into_iter().find(|key| key.as_str().eq_ignore_ascii_case(name))?;
    Some((key, name_start, name_start + name.len() + 1))
}

/// Undoes the quoting of the beginning of a value.
pub(super) fn unquote(start: &str) -> String {
    Scanner { line: start, at: 0 }.value().text
}

/// Prints a filter so that it reads back as itself: `tag-key:team,!"a b"`; without a key for `all`.
///
/// A filter without values cannot be read back: its text is its key alone, as if a value were still to come.
pub fn chip_text(filter: &Filter) -> String {
    if filter.key == FilterKey::All && !filter.values.is_empty() {
        join(&filter.values, |value| if is_plain(value) { value.to_owned() } else { value_text(value) })
    } else {
        keyed_text(filter)
    }
}

fn keyed_text(filter: &Filter) -> String {
    format!("{}:{}", filter.key, join(&filter.values, value_text))
}

fn join(values: &[String], print: impl Fn(&str) -> String) -> String {
    values.iter().map(|value| print(value)).collect::<Vec<_>>().join(",")
}

/// Prints one value of a filter, quoted where that is needed, `!` before the quote.
pub fn value_text(value: &str) -> String {
    let (mark, text) = match value.strip_prefix('!') {
        Some(text) => ("!", text),
        None => ("", value),
    };
    let is_bare = !text.is_empty()
        && !text.starts_with('"')
        && !text.contains(separates)
        && leading_key(text).is_none();
    if is_bare {
        return format!("{mark}{text}");
    }
    format!("{mark}\"{}\"", text.replace('\\', r"\\").replace('"', r#"\""#))
}

/// Whether a value reads back as free words without quotes.
fn is_plain(value: &str) -> bool {
    value.split(' ').all(|word| !word.starts_with('!') && value_text(word) == word)
}

/// Prints filters as one line.
pub(super) fn line(filters: &[Filter]) -> String {
    let mut texts = Vec::new();
    let mut previous: Option<&Filter> = None;
    for filter in filters {
        let would_join = filter.key == FilterKey::All
            && previous.is_some_and(|previous| previous.key == FilterKey::All && joins(previous, filter));
        texts.push(if would_join { keyed_text(filter) } else { chip_text(filter) });
        previous = Some(filter);
    }
    texts.join(" ")
}
