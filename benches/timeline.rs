//! What the timeline of a secret with a hundred versions costs the window: to take in what was described, and to pick
//! and order what is shown.
//!
//! `cargo bench -p latchkey-ui --bench timeline`

use std::hint::black_box;

use chrono::{DateTime, TimeDelta};
use criterion::{Criterion, criterion_group, criterion_main};
use latchkey_domain::secret::SecretDetail;
use latchkey_ui::state::timeline::versions_in_view;
use serde_json::{Value, json};

const VERSIONS: i32 = 100;

/// Newest first, the first twenty with a label each.
fn described() -> Value {
    let stages = |n: i32| match n {
        0 => json!(["AWSCURRENT"]),
        1 => json!(["AWSPREVIOUS"]),
        2..20 => json!([format!("LABEL-{n}")]),
        _ => json!([]),
    };
    let version_id = |n: i32| format!("00000000-0000-4000-8000-{n:012}");
    let versions: Vec<Value> = (0..VERSIONS)
        .map(|n| {
            json!({
                "version_id": version_id(n),
                "stages": stages(n),
                "created_at": DateTime::UNIX_EPOCH - TimeDelta::days(n.into()),
                "last_accessed_on": null,
                "kms_key_ids": ["DefaultEncryptionKey"],
                "has_value": true,
            })
        })
        .collect();
    let map: serde_json::Map<String, Value> = (0..20).map(|n| (version_id(n), stages(n))).collect();
    json!({
        "summary": { "arn": "arn:aws:secretsmanager:us-east-1:123456789012:secret:fake", "name": "fake", "tags": [] },
        "version_map": map,
        "versions": versions,
        "versions_denied": null,
        "replicas": [],
    })
}

fn timeline(c: &mut Criterion) {
    let text = described().to_string();
    let detail: SecretDetail = serde_json::from_str(&text).expect("it has the form of a description");
    assert_eq!(versions_in_view(&detail, true).len(), 100);
    assert_eq!(versions_in_view(&detail, false).len(), 20);

    let mut group = c.benchmark_group("a timeline of a hundred versions");
    group.bench_function("taken in", |b| b.iter(|| serde_json::from_str::<SecretDetail>(black_box(&text))));
    group.bench_function("all of it", |b| b.iter(|| versions_in_view(black_box(&detail), true)));
    group.bench_function("labelled ones", |b| b.iter(|| versions_in_view(black_box(&detail), false)));
}

criterion_group!(benches, timeline);
criterion_main!(benches);
