//! The `/` paths of the names as a tree; a branch is asked for when it is opened.

use std::collections::{BTreeMap, BTreeSet};

use latchkey_domain::Scope;
use latchkey_domain::catalog::{ListPrefixes, Prefix, Shelf};
use leptos::prelude::*;

use super::coalescing::Coalescing;
use crate::ipc;

/// One line of the tree as it is drawn.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TreeLine {
    pub path: String,
    /// The last word of the path.
    pub label: String,
    /// 1 at the top, as ARIA counts.
    pub level: usize,
    pub count: usize,
    /// None for a leaf, else whether it is open.
    pub open: Option<bool>,
    /// Its place among its siblings from 1, and how many they are.
    pub place: (usize, usize),
}

/// The tree of a shelf, of all scopes in view.
#[derive(Clone, Copy)]
pub struct PrefixTree {
    branches: RwSignal<BTreeMap<String, Vec<Prefix>>>,
    opened: RwSignal<BTreeSet<String>>,
    /// What the tree is of; a late answer for another is dropped.
    subject: StoredValue<Option<(Vec<Scope>, Shelf)>>,
    coalescing: Coalescing,
}

impl PrefixTree {
    pub fn new() -> Self {
        Self {
            branches: RwSignal::default(),
            opened: RwSignal::default(),
            subject: StoredValue::new(None),
            coalescing: Coalescing::default(),
        }
    }

    /// Shows the tree of other scopes or another shelf, or reads this one again, keeping what is open.
    pub fn load(self, scopes: Vec<Scope>, shelf: Shelf) {
        let same = self.subject.with_value(|old| old.as_ref().is_some_and(|(old, _)| *old == scopes));
        let subject = Some((scopes, shelf));
        if !same {
            self.opened.update(BTreeSet::clear);
            self.branches.update(BTreeMap::clear);
        }
        self.subject.set_value(subject);
        self.reload();
    }

    /// Opens or closes a branch.
    pub fn toggle(self, path: &str) {
        let opens = self.opened.try_update(|opened| {
            let opens = !opened.remove(path);
            if opens {
                opened.insert(path.to_owned());
            }
            opens
        });
        if opens == Some(true) && !self.branches.with_untracked(|branches| branches.contains_key(path)) {
            self.reload();
        }
    }

    /// The lines that are in view, top to bottom; tracks.
    pub fn lines(self) -> Vec<TreeLine> {
        self.branches.with(|branches| {
            self.opened.with(|opened| {
                let mut lines = Vec::new();
                add_lines(&mut lines, branches, opened, "", 1);
                lines
            })
        })
    }

    fn reload(self) {
        self.coalescing.run(move || self.read());
    }

    /// Reads the top and every open branch. A branch that cannot be read stays as it was: the catalog beside the
    /// tree says what is wrong.
    async fn read(self) {
        let parents: Vec<String> =
            std::iter::once(String::new()).chain(self.opened.get_untracked()).collect();
        for parent in parents {
            let Some((scopes, shelf)) = self.subject.get_value() else { break };
            let request = ListPrefixes { scopes: scopes.clone(), parent: parent.clone(), shelf };
            let answer = ipc::call(request).await;
            let still = self.subject.with_value(|subject| *subject == Some((scopes, shelf)));
            if let (Ok(children), true) = (answer, still) {
                self.branches.update(|branches| {
                    branches.insert(parent, children);
                });
            }
        }
    }
}

impl Default for PrefixTree {
    fn default() -> Self {
        Self::new()
    }
}

fn add_lines(
    lines: &mut Vec<TreeLine>,
    branches: &BTreeMap<String, Vec<Prefix>>,
    opened: &BTreeSet<String>,
    parent: &str,
    level: usize,
) {
    let Some(children) = branches.get(parent) else { return };
    for (at, child) in children.iter().enumerate() {
        let is_open = opened.contains(&child.path);
        let label = child.path.strip_prefix(parent).unwrap_or(&child.path);
        lines.push(TreeLine {
            path: child.path.clone(),
            label: label.strip_suffix('/').unwrap_or(label).to_owned(),
            level,
            count: child.count,
            open: child.has_children.then_some(is_open),
            place: (at + 1, children.len()),
        });
        if is_open && child.has_children {
            add_lines(lines, branches, opened, &child.path, level + 1);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use latchkey_domain::catalog::Prefix;

    use super::add_lines;

    fn prefix(path: &str, count: usize, has_children: bool) -> Prefix {
        Prefix { path: path.to_owned(), count, has_children }
    }

    #[test]
    fn only_open_branches_show_their_children() {
        let branches = BTreeMap::from([
            (String::new(), vec![prefix("prod/", 3, true), prefix("staging/", 2, true)]),
            ("prod/".to_owned(), vec![prefix("prod/payments/", 3, false)]),
            ("staging/".to_owned(), vec![prefix("staging/web/", 2, false)]),
        ]);
        let opened = BTreeSet::from(["prod/".to_owned()]);
        let mut lines = Vec::new();
        add_lines(&mut lines, &branches, &opened, "", 1);
        let drawn: Vec<_> =
            lines.iter().map(|line| (line.level, line.label.as_str(), line.open, line.place)).collect();
        assert_eq!(
            drawn,
            [
                (1, "prod", Some(true), (1, 2)),
                (2, "payments", None, (1, 1)),
                (1, "staging", Some(false), (2, 2)),
            ],
            "the closed branch keeps what it holds to itself"
        );
    }
}
