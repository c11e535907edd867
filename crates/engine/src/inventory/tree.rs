//! What the inventory holds, counted: the levels of the path tree, and values to suggest for a filter.

use std::collections::{BTreeMap, HashMap};

use latchkey_domain::catalog::{Prefix, Shelf, Suggestion};
use latchkey_domain::filter::FilterKey;
use latchkey_domain::secret::SecretSummary;

use super::index::is_on;

/// The paths one level below `parent`, in the order of their names.
pub(super) fn prefixes<'a>(
    rows: impl Iterator<Item = &'a SecretSummary>,
    parent: &str,
    shelf: Shelf,
) -> Vec<Prefix> {
    let mut levels: BTreeMap<&str, (usize, bool)> = BTreeMap::new();
    for row in rows.filter(|row| is_on(shelf, row)) {
        let Some(below) = row.name.strip_prefix(parent) else { continue };
        let Some(slash) = below.find('/') else { continue };
        let (count, has_children) = levels.entry(&row.name[..parent.len() + slash + 1]).or_default();
        *count += 1;
        *has_children |= below[slash + 1..].contains('/');
    }
    let prefix =
        |(path, (count, has_children)): (&str, _)| Prefix { path: path.to_owned(), count, has_children };
    levels.into_iter().map(prefix).collect()
}

/// Values of live secrets that begin with `start`, whatever the case. Names are suggested level by level; for words
/// (`description`, `all`) there is nothing to suggest.
pub(super) fn suggestions<'a>(
    rows: impl Iterator<Item = &'a SecretSummary>,
    key: FilterKey,
    start: &str,
    limit: usize,
) -> Vec<Suggestion> {
    let mut counts: HashMap<&str, usize> = HashMap::new();
    for row in rows.filter(|row| row.deleted_at.is_none()) {
        let mut add = |value| *counts.entry(value).or_default() += 1;
        match key {
            FilterKey::Name => add(next_level(&row.name, start.len())),
            FilterKey::TagKey => row.tags.iter().for_each(|tag| add(&tag.key)),
            FilterKey::TagValue => row.tags.iter().for_each(|tag| add(&tag.value)),
            FilterKey::PrimaryRegion => row.primary_region.iter().for_each(|code| add(code)),
            FilterKey::OwningService => row.owning_service.iter().for_each(|service| add(service)),
            FilterKey::Description | FilterKey::All => {}
        }
    }
    let mut found: Vec<(&str, usize)> =
        counts.into_iter().filter(|(value, _)| !value.is_empty() && begins(value, start)).collect();
    found.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(b.0)));
    found.truncate(limit);
    found.into_iter().map(|(value, count)| Suggestion { value: value.to_owned(), count }).collect()
}

/// The name up to and with the first slash behind what is typed.
fn next_level(name: &str, typed: usize) -> &str {
    let slash = name.get(typed..).and_then(|rest| rest.find('/'));
    slash.map_or(name, |at| &name[..=typed + at])
}

fn begins(value: &str, start: &str) -> bool {
    let mut folded = value.chars().flat_map(char::to_lowercase);
    start.chars().flat_map(char::to_lowercase).all(|c| folded.next() == Some(c))
}

#[cfg(test)]
mod tests {
    use latchkey_domain::catalog::{Prefix, Shelf, Suggestion};
    use latchkey_domain::filter::FilterKey;

    use super::{prefixes, suggestions};
    use crate::testing::{row, tagged};

    #[test]
    fn the_tree_shows_one_level_with_counts_of_all_depths() {
        let mut rows: Vec<_> =
            ["prod/db/main", "prod/db/spare", "prod/key", "/root/x", "dev/a", "lone"].map(row).into();
        rows[4].deleted_at = rows[4].created_at;
        let level = |parent: &str, shelf| {
            let shown = |prefix: Prefix| (prefix.path, prefix.count, prefix.has_children);
            prefixes(rows.iter(), parent, shelf).into_iter().map(shown).collect::<Vec<_>>()
        };
        assert_eq!(level("", Shelf::Live), [("/".into(), 1, true), ("prod/".into(), 3, true)]);
        assert_eq!(level("prod/", Shelf::Live), [("prod/db/".to_owned(), 2, false)]);
        assert_eq!(level("", Shelf::PendingDeletion), [("dev/".to_owned(), 1, false)]);
        assert_eq!(level("prod/db/", Shelf::All), [], "leaves are no level");
    }

    #[test]
    fn suggestions_come_most_frequent_first() {
        let rows = [
            tagged("prod/a", "Team", "payments"),
            tagged("prod/b", "Team", "search"),
            tagged("dev/a", "owner", "Payments"),
        ];
        let suggest = |key, start: &str| {
            let shown = |found: Suggestion| (found.value, found.count);
            suggestions(rows.iter(), key, start, 10).into_iter().map(shown).collect::<Vec<_>>()
        };
        assert_eq!(suggest(FilterKey::Name, ""), [("prod/".to_owned(), 2), ("dev/".into(), 1)]);
        assert_eq!(suggest(FilterKey::Name, "prod/"), [("prod/a".to_owned(), 1), ("prod/b".into(), 1)]);
        assert_eq!(suggest(FilterKey::TagKey, "T"), [("Team".to_owned(), 2)]);
        assert_eq!(
            suggest(FilterKey::TagValue, "pay"),
            [("Payments".to_owned(), 1), ("payments".into(), 1)],
            "the case of what is typed does not matter"
        );
        assert_eq!(suggest(FilterKey::All, ""), []);
    }
}
