//! Equality as small numbers: equal values have the same one.

use std::collections::HashMap;
use std::hash::RandomState;

use super::Side;
use super::aligned::Found;
use crate::document::Value;

/// Numbers values in the order in which they are met; only borrows them.
#[derive(Default)]
pub(super) struct Classes<'a> {
    hasher: RandomState,
    by_hash: HashMap<u64, Vec<(Value<'a>, u32)>>,
    count: u32,
}

impl<'a> Classes<'a> {
    pub(super) fn side(&mut self, found: &Found<'a>) -> Side {
        Side { kind: Some(found.value.kind()), class: self.class(found.value), way: found.way.clone() }
    }

    fn class(&mut self, value: Value<'a>) -> u32 {
        let alike = self.by_hash.entry(value.hash_of(&self.hasher)).or_default();
        if let Some((_, class)) = alike.iter().find(|(known, _)| known.is_same_as(value)) {
            return *class;
        }
        let class = self.count;
        self.count += 1;
        alike.push((value, class));
        class
    }
}

/// The classes of the lines of two texts.
pub(super) fn line_classes(old: &[&str], new: &[&str]) -> (Vec<usize>, Vec<usize>) {
    let mut known = HashMap::new();
    let mut class = |line| {
        let next = known.len();
        *known.entry(line).or_insert(next)
    };
    let old = old.iter().map(|&line| class(line)).collect();
    (old, new.iter().map(|&line| class(line)).collect())
}
