//! What a click on *Compare* and on *Review* costs: difference and merge of two values of the largest size.
//!
//! `cargo bench -p latchkey-domain --bench document`

use std::fmt::Write;
use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use latchkey_domain::diff::{Fingerprint, Merge, compare};
use latchkey_domain::document::{Document, Edit};
use latchkey_domain::secret_text::{SecretInput, SecretValue};

/// AWS's limit for a value.
const SIZE_BYTES: usize = 65_536;

/// An object of `group.key: text` fields, nested one deep, as long as a value may be. `seed` changes every eighth field.
fn object(seed: usize) -> String {
    let mut text = String::from("{");
    for group in 0.. {
        let mut fields = format!("{}\"group{group}\":{{", if group == 0 { "" } else { "," });
        for key in 0..16 {
            let version = if key % 8 == seed { seed } else { 0 };
            let comma = if key == 0 { "" } else { "," };
            write!(fields, "{comma}\"key{key}\":\"fake value {group} {version}\"")
                .expect("a string takes all");
        }
        fields.push('}');
        if text.len() + fields.len() >= SIZE_BYTES {
            break;
        }
        text += &fields;
    }
    text + "}"
}

/// Short lines, one in eight another than with seed 0.
fn lines(seed: usize) -> String {
    let line = |n: usize| format!("line {} fake {}\n", n, if n % 8 == seed { seed } else { 0 });
    (0..)
        .map(line)
        .scan(0, |length, line| {
            *length += line.len();
            (*length < SIZE_BYTES).then_some(line)
        })
        .collect()
}

fn fingerprint(bytes: &[u8]) -> Fingerprint {
    Fingerprint((bytes.len() as u64).to_be_bytes())
}

fn document(c: &mut Criterion) {
    let [base, theirs, mine] = [0, 1, 2].map(|seed| SecretValue::text(object(seed)));
    let [old, new] = [0, 1].map(|seed| SecretValue::text(lines(seed)));
    // The worst for a line difference: many short lines with nothing in common.
    let unlike = SecretValue::text("a\nb\n".repeat(SIZE_BYTES / 4));
    let unlike_too = SecretValue::text("c\na\nd\n".repeat(SIZE_BYTES / 6));
    let text = object(0);
    let edit = Edit::Set { way: vec![30, 7], kind: None, text: SecretInput::new("another fake value") };

    let mut group = c.benchmark_group("a value of 64 KiB");
    group.sample_size(20);
    group.bench_function("parse", |b| b.iter(|| Document::parse(black_box(&text)).expect("it is JSON")));
    group.bench_function("edit one field", |b| {
        let document = Document::parse(&text).expect("it is JSON");
        b.iter_batched(
            || document.clone(),
            |mut document| document.apply(black_box(&edit)),
            criterion::BatchSize::SmallInput,
        );
    });
    group.bench_function("difference by key", |b| {
        b.iter(|| compare(black_box(&base), black_box(&theirs), fingerprint));
    });
    group.bench_function("difference by line", |b| {
        b.iter(|| compare(black_box(&old), black_box(&new), fingerprint));
    });
    group.bench_function("difference by line, little in common", |b| {
        b.iter(|| compare(black_box(&unlike), black_box(&unlike_too), fingerprint));
    });
    group.bench_function("merge by key", |b| {
        b.iter(|| Merge::new(black_box(&base), black_box(&theirs), black_box(&mine)).resolve(&[]));
    });
}

criterion_group!(benches, document);
criterion_main!(benches);
