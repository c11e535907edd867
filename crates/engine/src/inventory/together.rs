//! Several inventories as one list.

use std::sync::{Arc, MutexGuard};

use itertools::Itertools;
use latchkey_domain::catalog::{CatalogRow, CatalogWindow};
use latchkey_domain::secret::SecretSummary;

use super::index::Ask;
use super::order::compare_across;
use super::{Inventory, Shelves};

/// The inventories that are shown together, held while one question is answered.
pub(super) struct Together<'a> {
    inventories: &'a [Arc<Inventory>],
    /// In the same order.
    shelves: Vec<MutexGuard<'a, Shelves>>,
}

impl<'a> Together<'a> {
    pub fn new(inventories: &'a [Arc<Inventory>]) -> Self {
        // Whatever the order of the list, they are locked in one order, so that no two searches wait for each other.
        let mut places: Vec<usize> = (0..inventories.len()).collect();
        places.sort_unstable_by_key(|&at| Arc::as_ptr(&inventories[at]));
        let locked = places.into_iter().map(|at| (at, inventories[at].shelves()));
        let shelves = locked.sorted_unstable_by_key(|(at, _)| *at).map(|(_, shelves)| shelves).collect();
        Self { inventories, shelves }
    }

    /// Every row that is known, in no order.
    pub fn rows(&self) -> impl Iterator<Item = &SecretSummary> {
        self.shelves.iter().flat_map(|shelves| shelves.index.rows())
    }

    /// The rows in view. Only these are cloned; those in front of them are walked over where there are several lists.
    pub fn search(mut self, ask: &Ask, offset: usize, limit: usize) -> CatalogWindow {
        for shelves in &mut self.shelves {
            shelves.look(ask);
        }
        let runs = self.shelves.iter().enumerate();
        let runs = runs.map(|(at, shelves)| shelves.in_order().map(move |secret| (at, secret)));
        let in_one = runs.kmerge_by(|a, b| compare_across(*a, *b, ask.sort).is_lt());
        let in_view = in_one.skip(offset).take(limit);
        let rows =
            in_view.map(|(scope_at, secret)| CatalogRow { scope_at, secret: secret.clone() }).collect();
        let states = self.inventories.iter().zip(&self.shelves);
        CatalogWindow {
            inventories: states.map(|(inventory, shelves)| shelves.state(&inventory.scope)).collect(),
            matched: self.shelves.iter().map(|shelves| shelves.in_order().len()).sum(),
            offset,
            rows,
        }
    }
}
