//! What the preview of a rollback costs on a secret with a hundred versions and all of its labels.
//!
//! `cargo bench -p latchkey-domain --bench stages`

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use latchkey_domain::stages::{CURRENT, MAX_LABELS, PENDING, PREVIOUS, Pending, VersionMap};

const VERSIONS: usize = 100;

fn version_id(n: usize) -> String {
    format!("00000000-0000-4000-8000-{n:012}")
}

/// Each label on a version of its own, but AWSPENDING, which a rotation left beside AWSCURRENT.
fn map() -> VersionMap {
    let mut map = VersionMap::default();
    for n in 0..VERSIONS {
        map.0.insert(version_id(n), Vec::new());
    }
    let mut attach = |n: usize, label: String| map.0.entry(version_id(n)).or_default().push(label);
    attach(VERSIONS - 1, CURRENT.to_owned());
    attach(VERSIONS - 1, PENDING.to_owned());
    attach(VERSIONS - 2, PREVIOUS.to_owned());
    for n in 3..MAX_LABELS {
        attach(n, format!("LABEL-{n}"));
    }
    map
}

fn stages(c: &mut Criterion) {
    let now = map();
    let target = version_id(0);
    let plan = now.plan_rollback(&target, Pending::Detach).expect("it is not current");
    let after = now.apply(&plan);

    let mut group = c.benchmark_group("a hundred versions");
    group.bench_function("preview of a rollback", |b| {
        b.iter(|| {
            let plan = black_box(&now).plan_rollback(black_box(&target), Pending::Detach);
            plan.map(|plan| (now.apply(&plan), plan.deprecates()))
        });
    });
    group.bench_function("comparison before a write", |b| {
        b.iter(|| black_box(&now).same_as(black_box(&after)))
    });
    group.bench_function("plan of an undo", |b| b.iter(|| black_box(&after).plan_undo(black_box(&now))));
}

criterion_group!(benches, stages);
criterion_main!(benches);
