//! A thousand mixed rotation schedules: read, and asked for their next ten windows.
//!
//! `cargo bench -p latchkey-domain --bench schedule`

use std::hint::black_box;

use chrono::{DateTime, Utc};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use latchkey_domain::schedule::{ScheduleExpression, check};

const SCHEDULES: u32 = 1_000;

/// Rates, hours in steps, weekdays, days of the month, last days and n-th weekdays, in equal parts.
fn texts() -> Vec<String> {
    (0..SCHEDULES)
        .map(|n| {
            let (hour, day, month) = (n % 24, n % 28 + 1, n % 12 + 1);
            let weekday = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"][n as usize % 7];
            match n % 8 {
                0 => format!("rate({} hours)", n % 500 + 4),
                1 => format!("rate({} days)", n % 999 + 1),
                2 => format!("cron(0 {}/{} * * ? *)", n % 4, n % 9 + 4),
                3 => format!("cron(0 {hour} ? * {weekday},7 *)"),
                4 => format!("cron(0 {hour} {day},15 {month}/3 ? *)"),
                5 => format!("cron(0 {hour} L * ? *)"),
                6 => format!("cron(0 {hour} ? 1/{month} {weekday}#{} *)", n % 5 + 1),
                _ => format!("cron(0 {hour} ? * {weekday}L *)"),
            }
        })
        .collect()
}

fn read(texts: &[String]) -> Vec<ScheduleExpression> {
    texts.iter().map(|text| text.parse().expect("the samples are schedules")).collect()
}

fn schedules(c: &mut Criterion) {
    let texts = texts();
    let expressions = read(&texts);
    let from: DateTime<Utc> = "2027-01-01T00:00:00Z".parse().expect("an instant");
    let mut group = c.benchmark_group("1,000 mixed schedules");
    group.throughput(Throughput::Elements(u64::from(SCHEDULES)));
    group.bench_function("read", |b| b.iter(|| read(black_box(&texts))));
    group.bench_function("the next 10 windows of each", |b| {
        b.iter(|| {
            for expression in black_box(&expressions) {
                black_box(expression.windows(None, from).opening_from(from).take(10).count());
            }
        });
    });
    group.finish();
    // What the builder pays at each keystroke: the gaps over the whole calendar.
    let sunday: ScheduleExpression = "cron(0 1 ? 1/3 SUN#1 *)".parse().expect("a schedule");
    c.bench_function("check one schedule", |b| b.iter(|| check(black_box(&sunday), None)));
}

criterion_group!(benches, schedules);
criterion_main!(benches);
