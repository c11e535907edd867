//! The timeline of the open secret: which of its versions are in view, what is selected, and what is known of those
//! that were opened.

use std::collections::BTreeMap;

use latchkey_domain::diff::{Change, Detail as Detailed, Difference};
use latchkey_domain::secret::{SecretDetail, Version};
use latchkey_domain::settings::Settings;
use latchkey_domain::stages::{CURRENT, PENDING, PREVIOUS};
use latchkey_domain::value::VersionRef;
use latchkey_domain::writes::StageChange;
use leptos::prelude::*;

use super::comparison::{Comparison, Pair};
use super::detail::Detail;

/// How many keys a difference names beside a version.
const NAMED_KEYS: usize = 3;

/// What the tab *Versions* shows beyond the description of the secret.
#[derive(Clone, Copy)]
pub struct Timeline {
    detail: Detail,
    pub shows_deprecated: RwSignal<bool>,
    pub seen: Seen,
    /// The versions that are selected, two at most, in the order of selection.
    pub chosen: RwSignal<Vec<String>>,
    /// The selected versions against each other, while that is looked at.
    pub comparison: Comparison,
    /// The label that is being dragged.
    pub dragged: RwSignal<Option<String>>,
    /// What a label is asked for.
    pub wish: RwSignal<Option<LabelWish>>,
}

/// What is known of the versions that were opened.
#[derive(Clone, Copy, Default)]
pub struct Seen {
    /// Bytes, by the version's id.
    pub sizes: RwSignal<BTreeMap<String, usize>>,
    /// What differs in words, by the ids of the old version and the new one.
    pub differences: RwSignal<BTreeMap<(String, String), String>>,
}

/// A label that needs one more word before it can be previewed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LabelWish {
    /// Which label this version gets.
    Add { version_id: String },
    /// Which version this label goes to.
    Move { label: String },
}

impl Timeline {
    pub fn new(detail: Detail, settings: Signal<Settings>) -> Self {
        let seen = Seen::default();
        Self {
            detail,
            shows_deprecated: RwSignal::new(false),
            seen,
            chosen: RwSignal::default(),
            comparison: Comparison::new(settings, seen),
            dragged: RwSignal::default(),
            wish: RwSignal::default(),
        }
    }

    /// Remembers what is opened of this secret, and forgets it with the next one. Lasts as long as the owner.
    pub fn follow(self) {
        let target = Memo::new(move |_| self.detail.described.with(|described| described.target.clone()));
        Effect::new(move || {
            // Read, not tracked alone: a memo that nobody reads follows nothing.
            target.with(|_| ());
            self.seen.sizes.update(BTreeMap::clear);
            self.seen.differences.update(BTreeMap::clear);
            self.shows_deprecated.set(false);
            self.chosen.update(Vec::clear);
            self.comparison.close();
            self.wish.set(None);
        });
        Effect::new(move || {
            let opened = self.detail.value.reading.with(|reading| {
                let shape = reading.shape.as_ref()?;
                Some((shape.version_id.clone(), shape.size_bytes))
            });
            if let Some((version_id, size_bytes)) = opened {
                self.seen.note_size(version_id, size_bytes);
            }
        });
    }

    /// Selects a version or lets it go. A third one takes the place of the first.
    pub fn choose(self, version_id: String, is_chosen: bool) {
        self.chosen.update(|chosen| {
            chosen.retain(|id| *id != version_id);
            if is_chosen {
                chosen.push(version_id);
            }
            let surplus = chosen.len().saturating_sub(2);
            chosen.drain(..surplus);
        });
    }

    /// Reads the two selected versions and shows how the newer differs from the older.
    pub async fn compare(self) {
        let Some(target) = self.detail.target_untracked() else { return };
        let pair = self.detail.secret.with_untracked(|secret| {
            let secret = secret.as_ref()?;
            let chosen = self.chosen.get_untracked();
            let mut newest_first =
                secret.versions.iter().filter(|version| chosen.contains(&version.version_id));
            let version = |version: &Version| VersionRef {
                scope: target.scope.clone(),
                secret_id: secret.summary.arn.clone(),
                version_id: version.version_id.clone(),
            };
            let right = newest_first.next().map(version)?;
            Some(Pair { left: newest_first.next().map(version)?, right })
        });
        if let Some(pair) = pair {
            self.comparison.compare(pair).await;
        }
    }
}

impl Seen {
    /// A version was opened.
    pub fn note_size(self, version_id: String, size_bytes: usize) {
        self.sizes.update(|sizes| {
            sizes.insert(version_id, size_bytes);
        });
    }

    /// Two versions were compared.
    pub fn note_difference(self, pair: &Pair, difference: &Difference) {
        let ids = (pair.left.version_id.clone(), pair.right.version_id.clone());
        self.differences.update(|differences| {
            differences.insert(ids, difference_words(difference));
        });
    }
}

/// What differs, by the names of its first keys.
fn difference_words(difference: &Difference) -> String {
    if difference.identical {
        return "the value is the same".to_owned();
    }
    let Detailed::Fields(changes) = &difference.detail else { return "the value differs".to_owned() };
    let changed = changes.iter().filter(|change| change.change != Change::Unchanged);
    let keys: Vec<String> = changed.map(|change| change.path.to_string()).collect();
    match keys.len() {
        0 => "no key changed".to_owned(),
        count if count <= NAMED_KEYS => {
            format!("{} changed", keys.join(", "))
        }
        count => format!("{} and {} more changed", keys[..NAMED_KEYS].join(", "), count - NAMED_KEYS),
    }
}

/// The move of a label to a version. AWSCURRENT moves as a rollback.
pub fn move_of(label: &str, version_id: &str) -> StageChange {
    let version_id = version_id.to_owned();
    if label == CURRENT {
        return StageChange::Rollback { version_id, detach_pending: true };
    }
    StageChange::Move { label: label.to_owned(), version_id }
}

/// Whether a version has no label: AWS may remove it.
pub fn is_deprecated(version: &Version) -> bool {
    version.stages.is_empty()
}

/// The versions to show, newest first.
pub fn versions_in_view(detail: &SecretDetail, shows_deprecated: bool) -> Vec<Version> {
    let wanted = |version: &&Version| shows_deprecated || !is_deprecated(version);
    let mut versions: Vec<_> = detail.versions.iter().filter(wanted).cloned().collect();
    // Without the list their dates are unknown: AWSCURRENT comes first.
    if detail.versions_denied.is_some() {
        let rank = |version: &Version| {
            let place = |label: &String| [PENDING, CURRENT, PREVIOUS].iter().position(|known| known == label);
            version.stages.iter().filter_map(place).min().unwrap_or(usize::MAX)
        };
        versions.sort_by_key(rank);
    }
    versions
}

#[cfg(test)]
mod tests {
    use latchkey_domain::diff::{Fingerprint, compare};
    use latchkey_domain::secret_text::SecretValue;

    use super::*;

    fn words(old: &str, new: &str) -> String {
        let difference = compare(&SecretValue::text(old), &SecretValue::text(new), |_| Fingerprint([0; 8]));
        difference_words(&difference)
    }

    #[test]
    fn a_version_names_the_first_keys_that_differ() {
        assert_eq!(words(r#"{"a":1,"b":2}"#, r#"{"a":1,"b":3}"#), "b changed");
        assert_eq!(words(r#"{"a":1,"b":2}"#, r#"{"a":2,"b":3}"#), "a, b changed");
        let five = |n: u8| format!(r#"{{"a":{n},"b":{n},"c":{n},"d":{n},"e":{n}}}"#);
        assert_eq!(words(&five(1), &five(2)), "a, b, c and 2 more changed");
        assert_eq!(words("fake", "fake"), "the value is the same");
        assert_eq!(words("fake-1", "fake-2"), "the value differs");
    }

    #[test]
    fn awscurrent_is_moved_as_a_rollback_that_detaches_awspending() {
        let rollback = StageChange::Rollback { version_id: "v1".into(), detach_pending: true };
        assert_eq!(move_of("AWSCURRENT", "v1"), rollback);
        assert_eq!(
            move_of("blue", "v1"),
            StageChange::Move { label: "blue".into(), version_id: "v1".into() }
        );
    }
}
