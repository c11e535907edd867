//! One pass over a JSON text (RFC 8259) that finds the place of every value, without recursion.

use std::ops::Range;

use super::JsonKind;
use super::syntax::{Fault, Place, SyntaxError};
use super::{MAX_DEPTH, string};

/// One value of the text. The nodes inside it follow it directly, up to `end`.
#[derive(Debug, Clone)]
pub(super) struct Node {
    pub(super) kind: JsonKind,
    /// The bytes of the value; a string with its quotes.
    pub(super) span: Range<usize>,
    /// The bytes of its key with the quotes, if it is a member of an object.
    pub(super) key: Option<Range<usize>>,
    /// The index of the first node after this one and all that is inside it.
    pub(super) end: usize,
}

pub(super) fn scan(text: &str) -> Result<Vec<Node>, SyntaxError> {
    let mut scanner = Scanner { bytes: text.as_bytes(), at: 0, nodes: Vec::new(), open: Vec::new() };
    match scanner.document() {
        Ok(()) => Ok(scanner.nodes),
        Err(fault) => {
            let at = Place::of(text, scanner.at);
            Err(SyntaxError { at, fault, ended: scanner.at == text.len() })
        }
    }
}

/// Stands at the fault when a step fails.
struct Scanner<'a> {
    bytes: &'a [u8],
    at: usize,
    nodes: Vec<Node>,
    /// The nodes of the objects and arrays that are not closed yet, outermost first.
    open: Vec<usize>,
}

impl Scanner<'_> {
    fn document(&mut self) -> Result<(), Fault> {
        if self.bytes.starts_with("\u{feff}".as_bytes()) {
            return Err(Fault::ByteOrderMark);
        }
        self.blanks();
        let mut key = None;
        loop {
            let opened = self.value(key)?;
            match self.next_value(opened)? {
                Some(next) => key = next,
                None => return Ok(()),
            }
        }
    }

    /// Reads a scalar, or the bracket that opens an object or an array; says whether it was a bracket.
    fn value(&mut self, key: Option<Range<usize>>) -> Result<bool, Fault> {
        let start = self.at;
        let kind = match self.peek() {
            Some(b'{') => JsonKind::Object,
            Some(b'[') => JsonKind::Array,
            Some(b'"') => JsonKind::String,
            Some(b'-' | b'0'..=b'9') => JsonKind::Number,
            Some(b't' | b'f') => JsonKind::Boolean,
            Some(b'n') => JsonKind::Null,
            _ => return Err(Fault::Value),
        };
        let opens = matches!(kind, JsonKind::Object | JsonKind::Array);
        match kind {
            _ if opens && self.open.len() == MAX_DEPTH => return Err(Fault::TooDeep),
            JsonKind::Object | JsonKind::Array => {
                self.open.push(self.nodes.len());
                self.at += 1;
            }
            JsonKind::String => self.string()?,
            JsonKind::Number => self.number()?,
            JsonKind::Boolean | JsonKind::Null => self.literal()?,
        }
        let end = self.nodes.len() + 1;
        self.nodes.push(Node { kind, span: start..self.at, key, end });
        Ok(opens)
    }

    /// Goes to where the next value begins and gives its key if it has one; `None` at the end of the text.
    fn next_value(&mut self, mut just_opened: bool) -> Result<Option<Option<Range<usize>>>, Fault> {
        loop {
            self.blanks();
            let Some(&container) = self.open.last() else {
                return if self.at == self.bytes.len() { Ok(None) } else { Err(Fault::TrailingText) };
            };
            let in_object = self.nodes[container].kind == JsonKind::Object;
            let bracket = if in_object { b'}' } else { b']' };
            if self.peek() == Some(bracket) {
                self.at += 1;
                self.close(container);
                just_opened = false;
                continue;
            }
            if !just_opened {
                self.comma(in_object, bracket)?;
            }
            return match (in_object, just_opened) {
                (true, true) => self.key(Fault::KeyOrBrace).map(|key| Some(Some(key))),
                (true, false) => self.key(Fault::Key).map(|key| Some(Some(key))),
                (false, _) => Ok(Some(None)),
            };
        }
    }

    fn close(&mut self, container: usize) {
        let end = self.nodes.len();
        let node = &mut self.nodes[container];
        node.span.end = self.at;
        node.end = end;
        self.open.pop();
    }

    fn comma(&mut self, in_object: bool, bracket: u8) -> Result<(), Fault> {
        if self.peek() != Some(b',') {
            return Err(if in_object { Fault::CommaOrBrace } else { Fault::CommaOrBracket });
        }
        let comma = self.at;
        self.at += 1;
        self.blanks();
        if self.peek() == Some(bracket) {
            self.at = comma;
            return Err(Fault::TrailingComma);
        }
        Ok(())
    }

    /// Reads a key and its colon, up to the value.
    fn key(&mut self, otherwise: Fault) -> Result<Range<usize>, Fault> {
        let start = self.at;
        if self.peek() != Some(b'"') {
            return Err(otherwise);
        }
        self.string()?;
        let key = start..self.at;
        self.blanks();
        if self.peek() != Some(b':') {
            return Err(Fault::Colon);
        }
        self.at += 1;
        self.blanks();
        Ok(key)
    }

    fn string(&mut self) -> Result<(), Fault> {
        self.at += 1;
        loop {
            match self.peek() {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(());
                }
                Some(b'\\') => self.escape()?,
                Some(0..=0x1f) => return Err(Fault::ControlCharacter),
                Some(_) => self.at += 1,
                None => return Err(Fault::ClosingQuote),
            }
        }
    }

    fn escape(&mut self) -> Result<(), Fault> {
        self.at += 1;
        match self.peek() {
            Some(b'u') => {
                self.at += 1;
                let digits = self.bytes.get(self.at..self.at + string::HEX_DIGITS);
                if !digits.is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit)) {
                    return Err(Fault::HexDigits);
                }
                self.at += string::HEX_DIGITS;
                Ok(())
            }
            Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => {
                self.at += 1;
                Ok(())
            }
            _ => Err(Fault::Escape),
        }
    }

    fn number(&mut self) -> Result<(), Fault> {
        self.skip(b"-");
        if !self.skip(b"0") {
            self.digits()?;
        }
        if self.skip(b".") {
            self.digits()?;
        }
        if self.skip(b"eE") {
            self.skip(b"+-");
            self.digits()?;
        }
        Ok(())
    }

    fn digits(&mut self) -> Result<(), Fault> {
        let start = self.at;
        while self.peek().is_some_and(|b| b.is_ascii_digit()) {
            self.at += 1;
        }
        if self.at == start { Err(Fault::Digit) } else { Ok(()) }
    }

    fn literal(&mut self) -> Result<(), Fault> {
        let rest = &self.bytes[self.at..];
        let word = ["true", "false", "null"].into_iter().find(|word| rest.starts_with(word.as_bytes()));
        self.at += word.ok_or(Fault::Literal)?.len();
        Ok(())
    }

    /// Steps over one byte if it is one of these.
    fn skip(&mut self, any_of: &[u8]) -> bool {
        let found = self.peek().is_some_and(|b| any_of.contains(&b));
        self.at += usize::from(found);
        found
    }

    fn blanks(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }
}
