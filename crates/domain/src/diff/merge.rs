//! A three-way merge by key: changes of one side merge automatically, conflicts must be chosen.
//!
//! The merged text is mine with their changes put in, byte for byte where nothing changed: order and spacing are those
//! of mine, or of theirs where mine is the base itself. Values that are not all JSON objects are one unit.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::aligned::{Found, aligned, any_member};
use super::classes::Classes;
use super::{KeyPath, Side, object};
use crate::document::{Document, Value, rebuild_members, spliced};
use crate::secret_text::SecretValue;

/// A merge that is being decided. It holds the three values; only its rows may leave the engine.
#[derive(Debug)]
pub struct Merge {
    values: Values,
    rows: Vec<MergeRow>,
    /// For each row, the object that holds the field, in theirs and in mine.
    objects: Vec<[Vec<usize>; 2]>,
}

#[derive(Debug)]
enum Values {
    Objects { base: Document, theirs: Document, mine: Document },
    Whole { theirs: SecretValue, mine: SecretValue },
}

/// One unit of the merge, masked; equal classes are equal values.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MergeRow {
    /// Empty for values that are merged as a whole.
    pub path: KeyPath,
    pub state: MergeState,
    pub base: Option<Side>,
    pub theirs: Option<Side>,
    pub mine: Option<Side>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MergeState {
    Unchanged,
    /// Only mine changed it: mine is taken.
    Mine,
    /// Only theirs changed it: theirs is taken.
    Theirs,
    /// Both made the same change.
    Both,
    /// Both changed it differently: it must be chosen.
    Conflict,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Take {
    Theirs,
    Mine,
}

/// Which side a row is taken from. A row without a conflict may be chosen against its state too.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Choice {
    pub path: KeyPath,
    pub take: Take,
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MergeError {
    #[error("Both sides changed {}. Choose a side for each.", listed(.0))]
    Undecided(Vec<KeyPath>),
    #[error("{0} is not part of this merge. Compare again.")]
    NotThere(KeyPath),
}

fn listed(paths: &[KeyPath]) -> String {
    let named = |path: &KeyPath| if path.0.is_empty() { "the value".to_owned() } else { path.to_string() };
    paths.iter().map(named).collect::<Vec<_>>().join(", ")
}

impl Merge {
    pub fn new(base: &SecretValue, theirs: &SecretValue, mine: &SecretValue) -> Self {
        match [base, theirs, mine].map(json_object) {
            [Some(base), Some(theirs), Some(mine)] => Self::of_objects(base, theirs, mine),
            _ => Self::of_wholes(base, theirs, mine),
        }
    }

    /// Every unit of the three values, what is unchanged too.
    pub fn rows(&self) -> &[MergeRow] {
        &self.rows
    }

    pub fn conflicts(&self) -> impl Iterator<Item = &MergeRow> {
        self.rows.iter().filter(|row| row.state == MergeState::Conflict)
    }

    /// The three documents (base, theirs, mine) that the ways of the rows lead into; none for values merged as a
    /// whole.
    pub fn documents(&self) -> Option<[&Document; 3]> {
        match &self.values {
            Values::Objects { base, theirs, mine } => Some([base, theirs, mine]),
            Values::Whole { .. } => None,
        }
    }

    /// The merged value. Of several choices for one row the last one counts.
    pub fn resolve(&self, choices: &[Choice]) -> Result<SecretValue, MergeError> {
        let takes = self.takes(choices)?;
        Ok(match &self.values {
            Values::Whole { theirs, mine } => {
                if takes.first() == Some(&Take::Theirs) {
                    theirs.clone()
                } else {
                    mine.clone()
                }
            }
            Values::Objects { base, theirs, mine } => {
                let frame = if mine == base { Take::Theirs } else { Take::Mine };
                SecretValue::Text(self.written([theirs, mine], frame, &takes))
            }
        })
    }

    fn of_wholes(base: &SecretValue, theirs: &SecretValue, mine: &SecretValue) -> Self {
        let values = [base, theirs, mine];
        let class = |value| values.iter().position(|&known| known == value).unwrap_or_default() as u32;
        let [base_side, theirs_side, mine_side] =
            values.map(|value| Some(Side { kind: None, class: class(value), way: Vec::new() }));
        let row = MergeRow {
            path: KeyPath::default(),
            state: state(base == theirs, base == mine, theirs == mine),
            base: base_side,
            theirs: theirs_side,
            mine: mine_side,
        };
        let values = Values::Whole { theirs: theirs.clone(), mine: mine.clone() };
        Self { values, rows: vec![row], objects: vec![Default::default()] }
    }

    fn of_objects(base: Document, theirs: Document, mine: Document) -> Self {
        let mut walk = Walk { classes: Classes::default(), rows: Vec::new(), objects: Vec::new() };
        walk.objects(&KeyPath::default(), [&base, &theirs, &mine].map(Found::root).each_ref());
        let Walk { rows, objects, .. } = walk;
        Self { values: Values::Objects { base, theirs, mine }, rows, objects }
    }

    fn takes(&self, choices: &[Choice]) -> Result<Vec<Take>, MergeError> {
        let mut chosen: HashMap<_, _> = choices.iter().map(|choice| (&choice.path, choice.take)).collect();
        let mut undecided = Vec::new();
        let takes = self.rows.iter().map(|row| {
            chosen.remove(&row.path).unwrap_or_else(|| match row.state {
                MergeState::Theirs => Take::Theirs,
                MergeState::Unchanged | MergeState::Mine | MergeState::Both => Take::Mine,
                MergeState::Conflict => {
                    undecided.push(row.path.clone());
                    Take::Mine
                }
            })
        });
        let takes = takes.collect();
        match choices.iter().find(|choice| chosen.contains_key(&choice.path)) {
            Some(unknown) => Err(MergeError::NotThere(unknown.path.clone())),
            None if undecided.is_empty() => Ok(takes),
            None => Err(MergeError::Undecided(undecided)),
        }
    }

    /// The text of the frame with the rows that are taken from the other side put in.
    fn written(&self, [theirs, mine]: [&Document; 2], frame: Take, takes: &[Take]) -> Zeroizing<String> {
        let (kept, other) = if frame == Take::Mine { (mine, theirs) } else { (theirs, mine) };
        let mut splices = Vec::new();
        let mut rebuilt: BTreeMap<&[usize], Rebuilt<'_>> = BTreeMap::new();
        for ((row, objects), &take) in self.rows.iter().zip(&self.objects).zip(takes) {
            let (from, to, object) = match frame {
                Take::Mine => (&row.theirs, &row.mine, &objects[1]),
                Take::Theirs => (&row.mine, &row.theirs, &objects[0]),
            };
            if take == frame || matches!(row.state, MergeState::Unchanged | MergeState::Both) {
                continue;
            }
            let from = from.as_ref().and_then(|side| other.at(&side.way));
            match (from, to) {
                (Some(from), Some(to)) => {
                    let range = kept.at(&to.way).map(|value| value.span());
                    splices.extend(range.map(|range| (range, Zeroizing::new(from.raw().to_owned()))));
                }
                (Some(from), None) => rebuilt.entry(object).or_default().added.push(from),
                (None, Some(to)) => {
                    rebuilt.entry(object).or_default().removed.extend(to.way.last());
                }
                (None, None) => {}
            }
        }
        for (way, Rebuilt { removed, added }) in rebuilt {
            let texts = added.into_iter().map(|value| {
                (
                    value.raw_key().map(|key| Zeroizing::new(key.to_owned())),
                    Zeroizing::new(value.raw().to_owned()),
                )
            });
            if let Some(object) = kept.at(way) {
                splices.extend(rebuild_members(object, &removed, texts.collect()));
            }
        }
        spliced(kept.as_str(), splices)
    }
}

/// What goes out of one object and what comes in.
#[derive(Default)]
struct Rebuilt<'a> {
    removed: BTreeSet<usize>,
    added: Vec<Value<'a>>,
}

struct Walk<'a> {
    classes: Classes<'a>,
    rows: Vec<MergeRow>,
    objects: Vec<[Vec<usize>; 2]>,
}

impl<'a> Walk<'a> {
    /// Goes through three objects. Documents nest no deeper than their limit, and so does this.
    fn objects(&mut self, path: &KeyPath, objects: [&Found<'a>; 3]) {
        for (key, members) in aligned(objects) {
            let path = path.below(key);
            if let [Some(base), Some(theirs), Some(mine)] = &members
                && any_member([base, theirs, mine])
            {
                self.objects(&path, [base, theirs, mine]);
                continue;
            }
            let [base, theirs, mine] = &members;
            let state = state(same(base, theirs), same(base, mine), same(theirs, mine));
            let [base, theirs, mine] =
                members.each_ref().map(|found| found.as_ref().map(|found| self.classes.side(found)));
            self.rows.push(MergeRow { path, state, base, theirs, mine });
            self.objects.push([objects[1].way.clone(), objects[2].way.clone()]);
        }
    }
}

fn same(a: &Option<Found<'_>>, b: &Option<Found<'_>>) -> bool {
    match (a, b) {
        (Some(a), Some(b)) => a.value.is_same_as(b.value),
        (None, None) => true,
        _ => false,
    }
}

fn state(theirs_is_base: bool, mine_is_base: bool, both_alike: bool) -> MergeState {
    match (theirs_is_base, mine_is_base, both_alike) {
        (true, true, _) => MergeState::Unchanged,
        (true, false, _) => MergeState::Mine,
        (false, true, _) => MergeState::Theirs,
        (false, false, true) => MergeState::Both,
        (false, false, false) => MergeState::Conflict,
    }
}

fn json_object(value: &SecretValue) -> Option<Document> {
    match value {
        SecretValue::Text(text) => object(text),
        SecretValue::Binary(_) => None,
    }
}
