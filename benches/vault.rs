//! How fast the vault answers over HTTP with signatures: a value, and lists with and without a filter.
#![allow(clippy::unwrap_used)]

#[path = "../crates/vault/tests/common/mod.rs"]
mod common;

use std::hint::black_box;

use chrono::Utc;
use common::{REGION, World};
use criterion::{Criterion, criterion_group, criterion_main};
use latchkey_domain::secret_text::SecretValue;
use latchkey_vault::seed::{Seed, SeedVersion};
use serde_json::json;

const SECRETS: usize = 5_000;

fn filled() -> World {
    let world = World::new();
    for n in 0..SECRETS {
        let version = SeedVersion {
            value: SecretValue::text(format!("fake value {n}")),
            stages: vec!["AWSCURRENT".into()],
            created_at: Utc::now(),
        };
        let name = format!("env{}/service{}/secret{n}", n % 5, n % 70);
        let description = Some(format!("Secret number {n} of the benchmark"));
        let seed = Seed { name, description, versions: vec![version], ..Seed::default() };
        world.vault.seed(REGION, seed).unwrap();
    }
    world
}

fn calls(criterion: &mut Criterion) {
    let world = filled();
    let caller = world.caller();
    let mut group = criterion.benchmark_group(format!("vault of {SECRETS} secrets"));
    let mut bench = |name: &str, operation: &str, request: serde_json::Value| {
        group.bench_function(name, |bencher| {
            bencher.iter(|| {
                let reply = caller.call(operation, &request);
                assert_eq!(reply.status, 200, "{}", reply.body);
                black_box(reply)
            });
        });
    };
    bench("GetSecretValue", "GetSecretValue", json!({ "SecretId": "env0/service0/secret0" }));
    bench("ListSecrets, first page", "ListSecrets", json!({ "MaxResults": 100 }));
    let filter = json!({ "Filters": [{ "Key": "all", "Values": ["number 4999"] }] });
    bench("ListSecrets, one match by the last word", "ListSecrets", filter);
    group.finish();
}

criterion_group!(benches, calls);
criterion_main!(benches);
