//! Views into a document: a value, its key, and what is inside it.

use std::borrow::Cow;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::ops::Range;

use zeroize::Zeroizing;

use super::scan::Node;
use super::{Document, string};
use crate::value::JsonKind;

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

    /// Whether both mean the same: strings by their characters, numbers by their text (`1.0` is not `1`), objects
    /// and arrays member by member in order. White space and the choice of escapes do not count.
    pub fn is_same_as(self, other: Value<'_>) -> bool {
        let (mine, others) = (self.nodes(), other.nodes());
        mine.len() == others.len()
            && mine.iter().zip(others).enumerate().all(|(place, (a, b))| {
                let inside = place > 0;
                a.kind == b.kind
                    && a.end - self.index == b.end - other.index
                    && (!inside || self.same_key(a, other, b))
                    && self.same_scalar(a, other, b)
            })
    }

    /// Feeds what [`Self::is_same_as`] compares: values that are the same hash alike.
    pub(crate) fn hash_into(self, state: &mut impl Hasher) {
        for (place, node) in self.nodes().iter().enumerate() {
            std::mem::discriminant(&node.kind).hash(state);
            (node.end - self.index).hash(state);
            if let Some(key) = node.key.clone().filter(|_| place > 0) {
                decoded_key(inner(&self.document.text[key])).hash(state);
            }
            let text = &self.document.text[node.span.clone()];
            match node.kind {
                JsonKind::String => string::code_points(inner(text)).for_each(|point| point.hash(state)),
                JsonKind::Object | JsonKind::Array => {}
                _ => text.hash(state),
            }
        }
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

    /// This value and all that is inside it.
    fn nodes(self) -> &'a [Node] {
        &self.document.nodes[self.index..self.node().end]
    }

    fn same_key(self, a: &Node, other: Value<'_>, b: &Node) -> bool {
        match (a.key.clone(), b.key.clone()) {
            (None, None) => true,
            (Some(a), Some(b)) => {
                decoded_key(inner(&self.document.text[a])) == decoded_key(inner(&other.document.text[b]))
            }
            _ => false,
        }
    }

    fn same_scalar(self, a: &Node, other: Value<'_>, b: &Node) -> bool {
        let (mine, others) = (&self.document.text[a.span.clone()], &other.document.text[b.span.clone()]);
        match a.kind {
            JsonKind::Object | JsonKind::Array => true,
            JsonKind::String => {
                mine == others || string::code_points(inner(mine)).eq(string::code_points(inner(others)))
            }
            _ => mine == others,
        }
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
