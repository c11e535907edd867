//! Random sequences against models that know nothing of the code: labels, and pages.
#![allow(clippy::unwrap_used)]

mod common;

use std::collections::{BTreeMap, BTreeSet};

use chrono::TimeDelta;
use common::{World, token};
use proptest::prelude::*;
use proptest::test_runner::TestCaseResult;
use serde_json::{Value, json};

const LABELS: [&str; 4] = ["AWSCURRENT", "AWSPREVIOUS", "AWSPENDING", "custom"];

#[derive(Debug, Clone)]
enum Step {
    Put { stages: Option<Vec<usize>> },
    Move { label: usize, from: Option<usize>, to: Option<usize> },
}

fn step() -> impl Strategy<Value = Step> {
    let stages = proptest::option::of(proptest::collection::vec(0..LABELS.len(), 1..3));
    let version = || proptest::option::weighted(0.8, 0..4usize);
    prop_oneof![
        stages.prop_map(|stages| Step::Put { stages }),
        (0..LABELS.len(), version(), version()).prop_map(|(label, from, to)| Step::Move { label, from, to }),
    ]
}

/// Which version holds a label, as the reference tells it.
#[derive(Default)]
struct Model {
    holders: BTreeMap<&'static str, usize>,
    versions: usize,
}

impl Model {
    fn put(&mut self, stages: &[&'static str]) {
        let new = self.versions;
        self.versions += 1;
        if stages.contains(&"AWSCURRENT") || !self.holders.contains_key("AWSCURRENT") {
            if let Some(former) = self.holders.get("AWSCURRENT").copied() {
                self.holders.retain(|_, holder| *holder != former);
                self.holders.insert("AWSPREVIOUS", former);
            }
            self.holders.insert("AWSCURRENT", new);
        }
        for &stage in stages {
            self.holders.insert(stage, new);
        }
    }

    /// Whether AWS accepts the move; if so it is done.
    fn take(&mut self, label: &'static str, from: Option<usize>, to: Option<usize>) -> bool {
        let holder = self.holders.get(label).copied();
        let Some(to) = to else {
            let accepted = from.is_some() && holder == from && label != "AWSCURRENT";
            if accepted {
                self.holders.remove(label);
            }
            return accepted;
        };
        let accepted = to < self.versions && (holder == from || (from.is_none() && holder == Some(to)));
        if accepted && holder != Some(to) {
            self.holders.insert(label, to);
            if let (Some(former), "AWSCURRENT") = (holder, label) {
                self.holders.insert("AWSPREVIOUS", former);
            }
        }
        accepted
    }

    fn picture(&self) -> Value {
        let mut map = BTreeMap::<String, BTreeSet<&str>>::new();
        for (label, holder) in &self.holders {
            map.entry(token(&holder.to_string())).or_default().insert(label);
        }
        json!(map)
    }
}

fn check_steps(steps: Vec<Step>) -> TestCaseResult {
    let world = World::new();
    let mut model = Model::default();
    world.create("a", &token("0"), "fake");
    model.put(&["AWSCURRENT"]);
    let id = |version: Option<usize>| version.map(|version| token(&version.to_string()));
    for step in steps {
        match &step {
            Step::Put { stages } => {
                let labels: Option<Vec<&'static str>> =
                    stages.as_ref().map(|stages| stages.iter().map(|&index| LABELS[index]).collect());
                world.put("a", &token(&model.versions.to_string()), labels.as_deref());
                model.put(labels.as_deref().unwrap_or(&["AWSCURRENT"]));
            }
            &Step::Move { label, from, to } => {
                let request = json!({
                    "SecretId": "a", "VersionStage": LABELS[label],
                    "RemoveFromVersionId": id(from), "MoveToVersionId": id(to)
                });
                let reply = world.caller().call("UpdateSecretVersionStage", &request);
                let accepted = model.take(LABELS[label], from, to);
                prop_assert_eq!(reply.status == 200, accepted, "{:?}: {}", step, reply.body);
            }
        }
        prop_assert_eq!(world.stages("a"), model.picture(), "after {:?}", step);
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn labels_move_as_a_naive_model_says(steps in proptest::collection::vec(step(), 1..25)) {
        check_steps(steps)?;
    }
}

/// Creates secrets with equal and different dates; returns what a list must be sorted by.
fn fill(world: &World) -> Vec<Value> {
    for n in 0..23 {
        let request = json!({
            "Name": format!("s{:02}", n * 7 % 23), "ClientRequestToken": token("1"), "SecretString": "fake"
        });
        world.ok("CreateSecret", request);
        if n % 3 == 0 {
            world.ok("GetSecretValue", json!({ "SecretId": format!("s{:02}", n * 7 % 23) }));
            world.hands.advance(TimeDelta::days(1));
        }
    }
    world.put("s05", &token("2"), None);
    // The write has noted the dates of the reads, which the order is made of.
    world.ok("ListSecrets", json!({}))["SecretList"].as_array().unwrap().clone()
}

#[test]
fn pages_of_any_size_in_any_order_equal_an_unpaged_sort() {
    let world = World::new();
    let created = fill(&world);
    let position = |name: &Value| created.iter().position(|secret| &secret["Name"] == name).unwrap();
    for (sort, field) in [
        ("created-date", "CreatedDate"),
        ("last-changed-date", "LastChangedDate"),
        ("last-accessed-date", "LastAccessedDate"),
        ("name", "Name"),
    ] {
        let mut expected: Vec<&Value> = created.iter().collect();
        expected.sort_by(|a, b| {
            let number = |secret: &Value| secret[field].as_f64().unwrap_or(0.0);
            let text = |secret: &Value| secret[field].as_str().unwrap_or("").to_owned();
            let by_field = number(a).total_cmp(&number(b)).then_with(|| text(a).cmp(&text(b)));
            by_field.then_with(|| position(&a["Name"]).cmp(&position(&b["Name"])))
        });
        for order in ["asc", "desc"] {
            for size in [1, 4, 23, 100] {
                let mut request = json!({ "SortBy": sort, "SortOrder": order, "MaxResults": size });
                let mut names = Vec::new();
                loop {
                    let page = world.ok("ListSecrets", request.clone());
                    names.extend(page["SecretList"].as_array().unwrap().iter().map(|s| s["Name"].clone()));
                    if page["NextToken"].is_null() {
                        break;
                    }
                    request["NextToken"] = page["NextToken"].clone();
                }
                let wanted: Vec<Value> = expected.iter().map(|secret| secret["Name"].clone()).collect();
                assert_eq!(names, wanted, "{sort} {order} in pages of {size}");
            }
            expected.reverse();
        }
    }
}

#[test]
fn a_token_belongs_to_its_query() {
    let world = World::new();
    fill(&world);
    let page = world.ok("ListSecrets", json!({ "MaxResults": 5 }));
    let next = page["NextToken"].clone();
    for wrong in [
        json!({ "NextToken": next, "SortBy": "name" }),
        json!({ "NextToken": next, "Filters": [{ "Key": "name", "Values": ["s"] }] }),
        json!({ "NextToken": "made-up" }),
        json!({ "NextToken": format!("{}A", next.as_str().unwrap()) }),
    ] {
        assert_eq!(world.fault("ListSecrets", wrong.clone()).0, "InvalidNextTokenException", "{wrong}");
    }
}
