//! Differences and merges by key: the laws that they keep, and what may be seen of them.
//!
//! `PROPTEST_CASES=5000` tries more random cases than the usual 256.
#![allow(clippy::unwrap_used)]

mod json_text;

use std::collections::BTreeMap;

use json_text::json_text;
use latchkey_domain::diff::{
    Change, Choice, Detail, FieldChange, Fingerprint, LineChange, Merge, MergeError, MergeState, Take,
    compare, lines,
};
use latchkey_domain::document::{Document, JsonKind, MAX_DEPTH};
use latchkey_domain::secret_text::SecretValue;
use proptest::prelude::*;
use serde_json::{Map, Value, json};

fn fake_fingerprint(bytes: &[u8]) -> Fingerprint {
    let sum = bytes.iter().fold(7u64, |sum, &b| sum.wrapping_mul(31).wrapping_add(b.into()));
    Fingerprint(sum.to_be_bytes())
}

fn text(value: &SecretValue) -> &str {
    match value {
        SecretValue::Text(text) => text,
        SecretValue::Binary(_) => panic!("a text is expected"),
    }
}

fn field_changes(old: &str, new: &str) -> Vec<FieldChange> {
    match compare(&SecretValue::text(old), &SecretValue::text(new), fake_fingerprint).detail {
        Detail::Fields(changes) => changes,
        other => panic!("two objects are compared by key, not {other:?}"),
    }
}

fn told(old: &str, new: &str) -> Vec<(String, Change)> {
    field_changes(old, new).into_iter().map(|field| (field.path.to_string(), field.change)).collect()
}

fn merge(base: &str, theirs: &str, mine: &str) -> Merge {
    Merge::new(&SecretValue::text(base), &SecretValue::text(theirs), &SecretValue::text(mine))
}

fn all(merge: &Merge, take: Take) -> Vec<Choice> {
    merge.conflicts().map(|row| Choice { path: row.path.clone(), take }).collect()
}

fn resolved(base: &str, theirs: &str, mine: &str, conflicts: Take) -> String {
    let merge = merge(base, theirs, mine);
    text(&merge.resolve(&all(&merge, conflicts)).unwrap()).to_owned()
}

/// An object of few keys, nested, so that independent ones meet on the same paths.
fn object() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        (0..3).prop_map(|n| json!(n)),
        "[xy]{0,2}".prop_map(Value::from),
        Just(json!([1, {"a": 2}])),
        Just(json!(null)),
    ];
    let tree = leaf.prop_recursive(3, 20, 4, |inner| {
        prop::collection::btree_map("[a-d]", inner, 0..4).prop_map(|map| json!(map))
    });
    prop::collection::btree_map("[a-e]", tree, 0..5).prop_map(|map| json!(map))
}

/// The same value, written with other spacing and key order.
fn written(value: &Value, style: u8) -> String {
    match style % 3 {
        0 => value.to_string(),
        1 => serde_json::to_string_pretty(value).unwrap(),
        _ => match value {
            Value::Object(map) => {
                let fields: Vec<_> =
                    map.iter().rev().map(|(k, v)| format!(" \"{k}\" :{}", written(v, style))).collect();
                format!("{{{}}}", fields.join("\t,"))
            }
            other => other.to_string(),
        },
    }
}

/// A merge as one would write it on plain maps; conflicts are taken from `conflicts`.
fn naive_merge(sides: [Option<&Value>; 3], conflicts: Take) -> Option<Value> {
    let [base, theirs, mine] = sides;
    if let [Some(Value::Object(base)), Some(Value::Object(theirs)), Some(Value::Object(mine))] = sides {
        let keys: std::collections::BTreeSet<_> =
            [base, theirs, mine].into_iter().flat_map(Map::keys).collect();
        let merged = keys.into_iter().filter_map(|key| {
            let member = naive_merge([base, theirs, mine].map(|map| map.get(key)), conflicts);
            member.map(|member| (key.clone(), member))
        });
        return Some(Value::Object(merged.collect()));
    }
    let taken = if theirs == mine || base == mine {
        theirs
    } else if base == theirs || conflicts == Take::Mine {
        mine
    } else {
        theirs
    };
    taken.cloned()
}

fn flat(value: &Value, path: &str, into: &mut BTreeMap<String, Value>) {
    match value {
        Value::Object(map) if !map.is_empty() => {
            map.iter().for_each(|(key, value)| flat(value, &format!("{path}.{key}"), into));
        }
        other => {
            into.insert(path.trim_start_matches('.').to_owned(), other.clone());
        }
    }
}

proptest! {
    #[test]
    fn a_merge_equals_one_on_plain_maps(
        base in object(), theirs in object(), mine in object(), styles in any::<[u8; 3]>(), mine_wins in any::<bool>()
    ) {
        let conflicts = if mine_wins { Take::Mine } else { Take::Theirs };
        let result = resolved(&written(&base, styles[0]), &written(&theirs, styles[1]), &written(&mine, styles[2]), conflicts);
        let merged: Value = serde_json::from_str(&result).expect("a merge is JSON");
        prop_assert_eq!(Some(merged), naive_merge([Some(&base), Some(&theirs), Some(&mine)], conflicts), "{}", result);
    }

    #[test]
    fn a_side_that_changed_nothing_leaves_the_other_byte_for_byte(
        base in object(), edited in object(), styles in any::<[u8; 2]>()
    ) {
        let (base, edited) = (written(&base, styles[0]), written(&edited, styles[1]));
        prop_assert_eq!(resolved(&base, &base, &edited, Take::Theirs), edited.clone());
        prop_assert_eq!(resolved(&base, &edited, &base, Take::Mine), edited.clone());
        prop_assert_eq!(resolved(&base, &edited, &edited, Take::Mine), edited);
        prop_assert_eq!(resolved(&base, &base, &base, Take::Mine), base);
    }

    #[test]
    fn a_merge_does_not_depend_on_who_is_mine(base in object(), theirs in object(), mine in object()) {
        let [base, theirs, mine] = [base, theirs, mine].map(|value| value.to_string());
        let one: Value = serde_json::from_str(&resolved(&base, &theirs, &mine, Take::Mine)).unwrap();
        let other: Value = serde_json::from_str(&resolved(&base, &mine, &theirs, Take::Theirs)).unwrap();
        prop_assert_eq!(one, other);
        let (rows, mirrored) = (merge(&base, &theirs, &mine), merge(&base, &mine, &theirs));
        let states = |merge: &Merge, swap: bool| -> BTreeMap<String, MergeState> {
            merge.rows().iter().map(|row| (row.path.to_string(), match row.state {
                MergeState::Mine if swap => MergeState::Theirs,
                MergeState::Theirs if swap => MergeState::Mine,
                state => state,
            })).collect()
        };
        prop_assert_eq!(states(&rows, false), states(&mirrored, true));
    }

    #[test]
    fn a_difference_names_the_paths_that_differ_on_plain_maps(
        old in object(), new in object(), styles in any::<[u8; 2]>()
    ) {
        let changes = field_changes(&written(&old, styles[0]), &written(&new, styles[1]));
        let (mut before, mut after) = (BTreeMap::new(), BTreeMap::new());
        flat(&old, "", &mut before);
        flat(&new, "", &mut after);
        for field in &changes {
            let path = field.path.to_string();
            // Where an object stands on one side only it is one unit here, and many paths on a flat map.
            let whole = |map: &BTreeMap<String, Value>| map.get(&path).cloned();
            match (whole(&before), whole(&after), field.change) {
                (Some(a), Some(b), change) => {
                    prop_assert_eq!(change == Change::Unchanged, a == b, "{}", path);
                }
                (_, _, change) => prop_assert_ne!(change, Change::Unchanged, "{}", path),
            }
        }
        prop_assert_eq!(changes.iter().all(|field| field.change == Change::Unchanged), old == new);
    }

    #[test]
    fn a_difference_read_backwards_is_the_difference_of_the_exchanged_values(a in object(), b in object()) {
        let by_path = |old: &Value, new: &Value, mirror: bool| -> BTreeMap<String, Change> {
            field_changes(&old.to_string(), &new.to_string()).into_iter().map(|field| {
                let change = match field.change {
                    Change::Added if mirror => Change::Removed,
                    Change::Removed if mirror => Change::Added,
                    change => change,
                };
                (field.path.to_string(), change)
            }).collect()
        };
        prop_assert_eq!(by_path(&a, &b, false), by_path(&b, &a, true));
    }

    #[test]
    fn any_json_is_unchanged_from_itself_and_equal_values_share_a_class(json in json_text()) {
        let document = format!("{{\"a\":{json},\"b\" : {json} ,\"c\":\"fake, unlike all\"}}");
        let changes = field_changes(&document, &document);
        prop_assert!(changes.iter().all(|field| field.change == Change::Unchanged && field.old == field.new));
        let class = |key: &str| {
            changes.iter().find(|f| f.path.to_string() == key).and_then(|f| f.old.as_ref()).map(|side| side.class)
        };
        prop_assert_eq!(class("a"), class("b"));
        prop_assert_ne!(class("a").or(class("b")), class("c"));
    }

    #[test]
    fn line_runs_put_together_are_both_texts(old in "([ab]{0,2}\n){0,12}[ab]?", new in "([ab]{0,2}\n){0,12}[ab]?") {
        let difference = compare(&SecretValue::text(&*old), &SecretValue::text(&*new), fake_fingerprint);
        let Detail::Lines(runs) = difference.detail else { panic!("texts are compared by line") };
        let (old_lines, new_lines) = (lines(&old), lines(&new));
        let (mut before, mut after) = (String::new(), String::new());
        for run in runs {
            let old_run = || old_lines[run.old_line..run.old_line + run.count].concat();
            let new_run = || new_lines[run.new_line..run.new_line + run.count].concat();
            if run.change != LineChange::Added { before += &old_run() }
            if run.change != LineChange::Removed { after += &new_run() }
            if run.change == LineChange::Same { prop_assert_eq!(old_run(), new_run()); }
        }
        prop_assert_eq!((before, after), (old, new));
    }
}

#[test]
fn fields_are_added_removed_changed_of_another_type_or_unchanged() {
    let old = r#"{"user":"a","port":5432,"db":{"host":"x","ssl":true},"gone":1,"list":[1, 2]}"#;
    let new = r#"{"port":"5432","user":"\u0061","db":{"host":"y","ssl":true},"list":[1,2],"new":null}"#;
    let row = |path: &str, change| (path.to_owned(), change);
    assert_eq!(
        told(old, new),
        [
            row("user", Change::Unchanged),
            row("port", Change::TypeChanged),
            row("db.host", Change::Changed),
            row("db.ssl", Change::Unchanged),
            row("gone", Change::Removed),
            row("list", Change::Unchanged),
            row("new", Change::Added),
        ]
    );
    assert_eq!(
        told(r#"{"n":1.0}"#, r#"{"n":1}"#),
        [row("n", Change::Changed)],
        "numbers are compared by their text"
    );
}

#[test]
fn the_order_of_keys_does_not_count_and_the_order_of_items_does() {
    let row = |path: &str, change| (path.to_owned(), change);
    assert_eq!(
        told(
            r#"{"a":[{"x":1,"y":[2]}],"b":[1,2],"c":{"x":1,"x":2}}"#,
            r#"{"b":[2,1],"c":{"x":2,"x":1},"a":[{"y":[2],"\u0078":1}]}"#
        ),
        [
            row("a", Change::Unchanged),
            row("b", Change::Changed),
            row("c.x", Change::Changed),
            row("c.x (2)", Change::Changed),
        ]
    );
    // Only mine put the keys of `a` in another order: the removal by theirs is not contested.
    assert_eq!(resolved(r#"{"a":{"x":1,"y":2}}"#, "{}", r#"{"a":{"y":2,"x":1}}"#, Take::Mine), "{}");
}

#[test]
fn another_spacing_or_order_is_told_as_not_identical() {
    let compare = |a: &str, b: &str| compare(&SecretValue::text(a), &SecretValue::text(b), fake_fingerprint);
    let spaced = compare(r#"{"a":1}"#, r#"{ "a":1}"#);
    assert!(!spaced.identical);
    assert!(matches!(&spaced.detail, Detail::Fields(f) if f[0].change == Change::Unchanged));
    assert!(compare(r#"{"a":1}"#, r#"{"a":1}"#).identical);
}

#[test]
fn keys_that_stand_twice_are_matched_in_turn() {
    let row = |path: &str, change| (path.to_owned(), change);
    assert_eq!(
        told(r#"{"a":1,"a":2}"#, r#"{"a":1,"b":0,"a":3}"#),
        [row("a", Change::Unchanged), row("a (2)", Change::Changed), row("b", Change::Added)]
    );
    assert_eq!(
        resolved(r#"{"a":1,"a":2}"#, r#"{"a":1,"a":3}"#, r#"{"a":0,"a":2}"#, Take::Mine),
        r#"{"a":0,"a":3}"#
    );
}

#[test]
fn binary_values_are_told_by_size_and_fingerprint() {
    let value = |bytes: &[u8]| SecretValue::binary(bytes);
    let Detail::Whole { old, new } = compare(&value(b"one"), &value(b"four"), fake_fingerprint).detail else {
        panic!("binary values have no keys")
    };
    assert_eq!((old.size_bytes, new.size_bytes, old.is_text), (3, 4, false));
    assert_ne!(old.fingerprint, new.fingerprint);
    assert_eq!(Fingerprint([0, 1, 255, 16, 0, 0, 0, 0]).to_string(), "0001ff1000000000");
}

#[test]
fn no_value_crosses_in_a_difference_or_in_the_rows_of_a_merge() {
    let (base, theirs, mine) = (
        r#"{"password":"fake-canary-1","n":77001,"list":["fake-canary-2"]}"#,
        r#"{"password":"fake-canary-3","n":77002,"list":["fake-canary-2"]}"#,
        r#"{"password":"fake-canary-4","n":77001,"list":[]}"#,
    );
    let difference = compare(&SecretValue::text(base), &SecretValue::text(theirs), fake_fingerprint);
    let merge = merge(base, theirs, mine);
    let lines =
        compare(&SecretValue::text("fake-canary-5"), &SecretValue::text("fake-canary-6"), fake_fingerprint);
    let crossing = format!(
        "{} {} {} {merge:?} {}",
        serde_json::to_string(&difference).unwrap(),
        serde_json::to_string(merge.rows()).unwrap(),
        serde_json::to_string(&lines).unwrap(),
        merge.resolve(&[]).unwrap_err(),
    );
    assert!(!crossing.contains("canary") && !crossing.contains("7700"), "{crossing}");
}

#[test]
fn one_sided_changes_merge_by_themselves_and_keep_the_spacing_of_mine() {
    let base = "{\n  \"host\": \"a\",\n  \"port\": 5432,\n  \"old\": 1\n}\n";
    let theirs = "{\n  \"host\": \"b\",\n  \"port\": 5432,\n  \"team\": {\"n\": 1}\n}\n";
    let mine = "{\n  \"host\": \"a\",\n  \"port\": 5433,\n  \"old\": 1\n}\n";
    let merge = merge(base, theirs, mine);
    assert_eq!(merge.conflicts().count(), 0);
    assert_eq!(
        text(&merge.resolve(&[]).unwrap()),
        "{\n  \"host\": \"b\",\n  \"port\": 5433,\n  \"team\": {\"n\": 1}\n}\n"
    );
}

#[test]
fn a_key_that_both_changed_must_be_chosen() {
    let merge = merge(r#"{"a":1,"b":{"c":1}}"#, r#"{"a":2,"b":{"c":2}}"#, r#"{"a":3,"b":{"c":1}}"#);
    let path = merge.conflicts().next().unwrap().path.clone();
    assert_eq!(merge.resolve(&[]), Err(MergeError::Undecided(vec![path.clone()])));
    let choose = |take| vec![Choice { path: path.clone(), take }];
    assert_eq!(text(&merge.resolve(&choose(Take::Mine)).unwrap()), r#"{"a":3,"b":{"c":2}}"#);
    assert_eq!(text(&merge.resolve(&choose(Take::Theirs)).unwrap()), r#"{"a":2,"b":{"c":2}}"#);
    let mut odd = choose(Take::Mine);
    odd[0].path.0[0].key = "z".into();
    assert!(matches!(merge.resolve(&odd), Err(MergeError::NotThere(_))), "a choice for no row is told");
}

#[test]
fn a_row_may_be_chosen_against_its_state() {
    let merge = merge(r#"{"a":1,"b":1}"#, r#"{"a":1}"#, r#"{"a":3,"b":1,"c":1}"#);
    let choices: Vec<_> =
        merge.rows().iter().map(|row| Choice { path: row.path.clone(), take: Take::Theirs }).collect();
    assert_eq!(text(&merge.resolve(&choices).unwrap()), r#"{"a":1}"#);
}

#[test]
fn a_removal_against_a_change_is_a_conflict() {
    let merge = merge(r#"{"a":1}"#, r#"{}"#, r#"{"a":2}"#);
    assert_eq!(merge.rows()[0].state, MergeState::Conflict);
    assert_eq!(text(&merge.resolve(&all(&merge, Take::Theirs)).unwrap()), "{}");
    assert_eq!(text(&merge.resolve(&all(&merge, Take::Mine)).unwrap()), r#"{"a":2}"#);
}

#[test]
fn arrays_and_what_is_not_json_are_one_unit() {
    let arrays = merge(r#"{"a":[1,2]}"#, r#"{"a":[0,2]}"#, r#"{"a":[1,3]}"#);
    assert_eq!(arrays.rows()[0].state, MergeState::Conflict);
    let texts = merge("one\ntwo\n", "ONE\ntwo\n", "one\nTWO\n");
    assert_eq!(texts.rows().len(), 1);
    assert_eq!(texts.rows()[0].state, MergeState::Conflict);
    assert!(texts.documents().is_none());
    assert_eq!(text(&texts.resolve(&all(&texts, Take::Theirs)).unwrap()), "ONE\ntwo\n");
    assert_eq!(
        texts.resolve(&[]).unwrap_err().to_string(),
        "Both sides changed the value. Choose a side for each."
    );
    let binary = Merge::new(
        &SecretValue::binary(*b"fake"),
        &SecretValue::binary(*b"fake"),
        &SecretValue::text("fake text"),
    );
    assert_eq!(binary.resolve(&[]).unwrap(), SecretValue::text("fake text"), "only mine changed it");
}

#[test]
fn the_ways_of_a_row_lead_to_its_values() {
    let merge = merge(r#"{"x":0,"d":{"k":1}}"#, r#"{"d":{"k":2},"x":0}"#, r#"{"x":0,"d":{"j":9,"k":3}}"#);
    let row = merge.conflicts().next().unwrap();
    let [base, theirs, mine] = merge.documents().unwrap();
    let raw = |document: &Document, side: &Option<latchkey_domain::diff::Side>| {
        document.at(&side.as_ref().unwrap().way).unwrap().raw().to_owned()
    };
    assert_eq!([raw(base, &row.base), raw(theirs, &row.theirs), raw(mine, &row.mine)], ["1", "2", "3"]);
    assert_eq!(row.mine.as_ref().unwrap().kind, Some(JsonKind::Number));
}

#[test]
fn the_deepest_documents_are_compared_and_merged() {
    let nested = |leaf: &str| "{\"k\":".repeat(MAX_DEPTH) + leaf + &"}".repeat(MAX_DEPTH);
    let changes = field_changes(&nested("1"), &nested("2"));
    assert_eq!((changes.len(), changes[0].change, changes[0].path.0.len()), (1, Change::Changed, MAX_DEPTH));
    assert_eq!(resolved(&nested("1"), &nested("2"), &nested("1"), Take::Mine), nested("2"));
    let unit = |leaf: &str| {
        let depth = MAX_DEPTH / 2 - 1;
        format!("{{\"k\":{}{leaf}{}}}", "[{\"i\":".repeat(depth), "}]".repeat(depth))
    };
    assert_eq!(told(&unit("1"), &unit(" 1")), [("k".to_owned(), Change::Unchanged)]);
    assert_eq!(told(&unit("1"), &unit("2")), [("k".to_owned(), Change::Changed)]);
}
