//! Views into a document: a value, its key, and what is inside it.

use std::borrow::Cow;
use std::fmt;
use std::hash::{BuildHasher, Hash, Hasher, RandomState};
use std::ops::Range;

use zeroize::Zeroizing;

use super::JsonKind;
use super::scan::Node;
use super::{Document, string};

/// One value of a document.
#[derive(Clone, Copy)]
pub struct Value<'a> {
    document: &'a Document,
    index: usize,
}

impl<'a> Value<'a> {
    pub(super) fn new(document: &'a Document, index: usize) -> Self {
        Self { document, index }
    }

    pub fn kind(self) -> JsonKind {
        self.node().kind
    }

    /// The value as it is written.
    pub fn raw(self) -> &'a str {
        &self.document.text[self.node().span.clone()]
    }

    /// A string without its quotes and escapes; anything else as it is written.
    pub fn shown(self) -> Zeroizing<String> {
        match self.kind() {
            JsonKind::String => string::decode(inner(self.raw())),
            _ => Zeroizing::new(self.raw().to_owned()),
        }
    }

    /// The key without its escapes, if this is a member of an object.
    pub fn key(self) -> Option<Cow<'a, str>> {
        self.raw_key().map(inner).map(decoded_key)
    }

    /// The key as it is written, with its quotes.
    pub(crate) fn raw_key(self) -> Option<&'a str> {
        self.node().key.clone().map(|span| &self.document.text[span])
    }

    /// The fields of an object or the items of an array, in order; nothing for other values.
    pub fn members(self) -> Members<'a> {
        Members { document: self.document, next: self.index + 1, end: self.node().end }
    }

    /// The field or item at this position, from 0.
    pub fn member(self, position: usize) -> Option<Value<'a>> {
        self.members().nth(position)
    }

    /// Whether both mean the same: strings by their characters, numbers by their text (`1.0` is not `1`), arrays item
    /// by item, objects key by key in any order. White space and the choice of escapes do not count.
    pub fn is_same_as(self, other: Value<'_>) -> bool {
        if self.kind() != other.kind() {
            return false;
        }
        if self.raw() == other.raw() {
            return true;
        }
        match self.kind() {
            JsonKind::String => {
                string::code_points(inner(self.raw())).eq(string::code_points(inner(other.raw())))
            }
            JsonKind::Array => {
                let (mut mine, mut others) = (self.members(), other.members());
                loop {
                    match (mine.next(), others.next()) {
                        (None, None) => return true,
                        (Some(a), Some(b)) if a.is_same_as(b) => {}
                        _ => return false,
                    }
                }
            }
            JsonKind::Object => {
                let (mine, others) = (self.by_key(), other.by_key());
                mine.len() == others.len()
                    && mine.iter().zip(&others).all(|(a, b)| a.0 == b.0 && a.1.is_same_as(b.1))
            }
            JsonKind::Number | JsonKind::Boolean | JsonKind::Null => false,
        }
    }

    /// A hash of what [`Self::is_same_as`] compares: values that are the same hash alike.
    pub(crate) fn hash_of(self, state: &RandomState) -> u64 {
        let kind = std::mem::discriminant(&self.kind());
        match self.kind() {
            JsonKind::String => {
                let mut hasher = state.build_hasher();
                kind.hash(&mut hasher);
                string::code_points(inner(self.raw())).for_each(|point| point.hash(&mut hasher));
                hasher.finish()
            }
            JsonKind::Array => {
                state.hash_one((kind, self.members().map(|item| item.hash_of(state)).collect::<Vec<_>>()))
            }
            JsonKind::Object => {
                // A sum, as the order of keys does not count.
                let fields = self.members().map(|field| state.hash_one((field.key(), field.hash_of(state))));
                state.hash_one((kind, fields.fold(0u64, u64::wrapping_add)))
            }
            JsonKind::Number | JsonKind::Boolean | JsonKind::Null => state.hash_one((kind, self.raw())),
        }
    }

    /// The fields by key; those of one name stay in their order.
    fn by_key(self) -> Vec<(Option<Cow<'a, str>>, Value<'a>)> {
        let mut fields: Vec<_> = self.members().map(|field| (field.key(), field)).collect();
        fields.sort_by(|a, b| a.0.cmp(&b.0));
        fields
    }

    /// The bytes of the value in the text of its document.
    pub(crate) fn span(self) -> Range<usize> {
        self.node().span.clone()
    }

    pub(crate) fn key_span(self) -> Option<Range<usize>> {
        self.node().key.clone()
    }

    /// The bytes of the value with its key.
    pub(crate) fn member_span(self) -> Range<usize> {
        let span = self.span();
        self.key_span().map_or(span.start, |key| key.start)..span.end
    }

    /// The whole text that the spans count in.
    pub(crate) fn source(self) -> &'a str {
        &self.document.text
    }

    fn node(self) -> &'a Node {
        &self.document.nodes[self.index]
    }
}

impl fmt::Debug for Value<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Value({:?}, …)", self.kind())
    }
}

/// See [`Value::members`].
#[derive(Clone)]
pub struct Members<'a> {
    document: &'a Document,
    next: usize,
    end: usize,
}

impl<'a> Iterator for Members<'a> {
    type Item = Value<'a>;

    fn next(&mut self) -> Option<Value<'a>> {
        (self.next < self.end).then(|| {
            let member = Value::new(self.document, self.next);
            self.next = member.node().end;
            member
        })
    }
}

/// A string without its quotes.
pub(super) fn inner(quoted: &str) -> &str {
    &quoted[1..quoted.len() - 1]
}

fn decoded_key(inner: &str) -> Cow<'_, str> {
    if inner.contains('\\') { Cow::Owned(string::decode(inner).to_string()) } else { Cow::Borrowed(inner) }
}
