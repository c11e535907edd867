//! The grammar of the files, as Python's `configparser.RawConfigParser` has it and botocore uses it.
//!
//! The parser of Python gives up a whole file for one line. Here such a line is a flaw of its section, and the rest is
//! read as if the line were not there.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};

use zeroize::Zeroizing;

/// Counts from 1.
pub(super) type Line = usize;

/// The section whose properties count in every other one.
const DEFAULTS: &str = "DEFAULT";

#[derive(Default)]
pub(super) struct Document {
    /// In the order of the file; each name once.
    pub sections: Vec<RawSection>,
    /// What is wrong outside of these sections.
    pub flaws: Vec<(Line, Flaw)>,
}

#[derive(Default)]
pub(super) struct RawSection {
    pub name: String,
    pub line: Line,
    pub properties: BTreeMap<String, Property>,
    pub flaws: Vec<(Line, Flaw)>,
}

#[derive(Clone)]
pub(super) struct Property {
    pub value: Value,
    pub line: Line,
}

#[derive(Clone)]
pub(super) enum Value {
    Text(Zeroizing<String>),
    /// A block of properties: indented, below a property without a value.
    Nested(BTreeMap<String, (Zeroizing<String>, Line)>),
}

/// Why a line cannot be read. Values are in no flaw: they may be secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Flaw {
    ByteOrderMark,
    NotUtf8,
    OutsideOfSections,
    RepeatedSection { first: Line },
    RepeatedKey { key: String, first: Line },
    NoDelimiter,
    NoKey,
    NotNested,
}

pub(super) fn parse(bytes: &[u8]) -> Document {
    let mut reader = Reader::default();
    let text = bytes.strip_prefix("\u{feff}".as_bytes());
    if text.is_some() {
        reader.outside.push((1, Flaw::ByteOrderMark));
    }
    for (at, bytes) in lines(text.unwrap_or(bytes)).enumerate() {
        let line = String::from_utf8_lossy(bytes);
        reader.take(at + 1, &line);
        if matches!(line, Cow::Owned(_)) {
            reader.flaw(at + 1, Flaw::NotUtf8);
        }
    }
    reader.finish()
}

/// Lines end as in text files of Python: by LF, CR LF or CR.
pub(super) fn lines(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = text;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let end = rest.iter().position(|byte| matches!(byte, b'\n' | b'\r')).unwrap_or(rest.len());
        let (line, ending) = rest.split_at(end);
        let skipped = if ending.starts_with(b"\r\n") { 2 } else { ending.len().min(1) };
        rest = &ending[skipped..];
        Some(line)
    })
}

/// White space as `str.isspace` knows it.
pub(super) fn is_space(c: char) -> bool {
    c.is_whitespace() || ('\x1c'..='\x1f').contains(&c)
}

/// Where `str.splitlines` divides a text.
fn is_line_break(c: char) -> bool {
    matches!(c, '\n' | '\r' | '\x0b' | '\x0c' | '\x1c'..='\x1e' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

#[derive(Default)]
struct Reader {
    sections: Vec<Unfinished>,
    by_name: HashMap<String, usize>,
    /// The last property of the last section may go on in an indented line.
    goes_on: bool,
    /// How far the last header or property was indented.
    indent: usize,
    outside: Vec<(Line, Flaw)>,
}

#[derive(Default)]
struct Unfinished {
    name: String,
    line: Line,
    properties: Vec<Pieces>,
    at: HashMap<String, usize>,
    flaws: Vec<(Line, Flaw)>,
    /// The section that had this name first.
    repeats: Option<usize>,
}

/// A property and the lines of its value.
struct Pieces {
    key: String,
    line: Line,
    value: Vec<(Line, Zeroizing<String>)>,
}

impl Reader {
    fn flaw(&mut self, line: Line, flaw: Flaw) {
        self.sections.last_mut().map_or(&mut self.outside, |section| &mut section.flaws).push((line, flaw));
    }

    fn open_property(&mut self) -> Option<&mut Pieces> {
        if !self.goes_on {
            return None;
        }
        self.sections.last_mut()?.properties.last_mut()
    }

    fn take(&mut self, number: Line, line: &str) {
        let text = line.trim_matches(is_space);
        if text.starts_with(['#', ';']) {
            return;
        }
        if text.is_empty() {
            if let Some(property) = self.open_property() {
                property.value.push((number, Zeroizing::default()));
            }
            return;
        }
        let indent = line.chars().take_while(|c| is_space(*c)).count();
        if indent > self.indent
            && let Some(property) = self.open_property()
        {
            property.value.push((number, Zeroizing::new(text.to_owned())));
            return;
        }
        self.indent = indent;
        match header(text) {
            Some(name) => self.begin(number, name),
            None => self.property(number, text),
        }
    }

    fn begin(&mut self, line: Line, name: &str) {
        self.goes_on = false;
        let repeats = self.by_name.get(name).copied();
        let mut section = Unfinished { name: name.to_owned(), line, repeats, ..Unfinished::default() };
        match repeats {
            // Its properties may stand in more than one place.
            Some(_) if name == DEFAULTS => {}
            Some(first) => {
                let first = self.sections[first].line;
                section.flaws.push((line, Flaw::RepeatedSection { first }));
            }
            None => {
                self.by_name.insert(name.to_owned(), self.sections.len());
            }
        }
        self.sections.push(section);
    }

    fn property(&mut self, line: Line, text: &str) {
        let Some(section) = self.sections.last_mut() else {
            return self.outside.push((line, Flaw::OutsideOfSections));
        };
        let Some((key, value)) = text.split_once(['=', ':']) else {
            return section.flaws.push((line, Flaw::NoDelimiter));
        };
        let key = key.trim_end_matches(is_space).to_lowercase();
        if key.is_empty() {
            self.goes_on = false;
            return section.flaws.push((line, Flaw::NoKey));
        }
        if let Some(first) = section.at.get(&key) {
            let first = section.properties[*first].line;
            section.flaws.push((line, Flaw::RepeatedKey { key: key.clone(), first }));
        }
        section.at.entry(key.clone()).or_insert(section.properties.len());
        self.goes_on = true;
        let value = vec![(line, Zeroizing::new(value.trim_matches(is_space).to_owned()))];
        section.properties.push(Pieces { key, line, value });
    }

    fn finish(self) -> Document {
        let mut document = Document { flaws: self.outside, ..Document::default() };
        let mut defaults = RawSection::default();
        let mut places: Vec<Option<usize>> = Vec::new();
        for section in self.sections {
            let first = section.repeats.and_then(|first| places[first]);
            let is_default = section.name == DEFAULTS;
            let repeats = section.repeats.is_some();
            let section = section.finish();
            places.push((!is_default && !repeats).then_some(document.sections.len()));
            match first {
                // Which of two sections counts cannot be known. The first one is kept, with the flaw of both.
                Some(first) => document.sections[first].flaws.extend(section.flaws),
                None if is_default => {
                    document.flaws.extend(section.flaws);
                    for (key, property) in section.properties {
                        match defaults.properties.get(&key).map(|first| first.line) {
                            Some(first) => {
                                document.flaws.push((property.line, Flaw::RepeatedKey { key, first }));
                            }
                            None => drop(defaults.properties.insert(key, property)),
                        }
                    }
                }
                None => document.sections.push(section),
            }
        }
        for section in &mut document.sections {
            for (key, property) in &defaults.properties {
                section.properties.entry(key.clone()).or_insert_with(|| property.clone());
            }
        }
        document
    }
}

impl Unfinished {
    fn finish(self) -> RawSection {
        let Self { name, line, mut flaws, .. } = self;
        let mut properties = BTreeMap::new();
        for pieces in self.properties {
            let line = pieces.line;
            let value = match pieces.value.split_first() {
                Some(((_, first), rest))
                    if first.is_empty() && rest.iter().any(|(_, more)| !more.is_empty()) =>
                {
                    nested(rest, &mut flaws)
                }
                _ => text(&pieces.value),
            };
            properties.entry(pieces.key).or_insert(Property { value, line });
        }
        RawSection { name, line, properties, flaws }
    }
}

fn text(pieces: &[(Line, Zeroizing<String>)]) -> Value {
    let mut joined =
        Zeroizing::new(String::with_capacity(pieces.iter().map(|(_, piece)| piece.len() + 1).sum()));
    for (at, (_, piece)) in pieces.iter().enumerate() {
        if at > 0 {
            joined.push('\n');
        }
        joined.push_str(piece);
    }
    let length = joined.trim_end_matches(is_space).len();
    joined.truncate(length);
    Value::Text(joined)
}

fn nested(pieces: &[(Line, Zeroizing<String>)], flaws: &mut Vec<(Line, Flaw)>) -> Value {
    let mut found = BTreeMap::new();
    for (line, piece) in pieces {
        let parts = piece.split(is_line_break).map(|part| part.trim_matches(is_space));
        for part in parts.filter(|part| !part.is_empty()) {
            match part.split_once('=') {
                Some((key, value)) => {
                    let value = Zeroizing::new(value.trim_matches(is_space).to_owned());
                    found.insert(key.trim_matches(is_space).to_owned(), (value, *line));
                }
                None => flaws.push((*line, Flaw::NotNested)),
            }
        }
    }
    Value::Nested(found)
}

/// The name between the first bracket of a line and its last one. What stands behind is left out.
fn header(text: &str) -> Option<&str> {
    let end = text.rfind(']')?;
    text.get(..end)?.strip_prefix('[').filter(|name| !name.is_empty())
}
