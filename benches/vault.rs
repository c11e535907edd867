//! How fast the vault answers over HTTP with signatures: a value, and lists with and without a filter; a value beside
//! scans and beside writes; what a write and a read beside one cost in each journal mode of SQLite, and what the check of a
//! vault costs that is opened.
#![allow(clippy::unwrap_used)]

#[path = "../crates/vault/tests/common/mod.rs"]
mod common;

use std::fs;
use std::hint::black_box;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use chrono::Utc;
use common::keyring::{FakeKeyring, by_keyring};
use common::{Caller, REGION, World, as_it_is};
use criterion::{Criterion, criterion_group};
use latchkey_domain::secret_text::SecretValue;
use latchkey_vault::seed::{Seed, SeedVersion};
use latchkey_vault::{Limits, Options};
use rusqlite::{Connection, TransactionBehavior, params};
use serde_json::{Value, json};
use uuid::Uuid;

const SECRETS: usize = 5_000;

/// What the region of a real account may hold, and a fifth of it.
const CROWDS: [i64; 2] = [100_000, 500_000];
const READS: usize = 400;
const WRITES: usize = 200;

fn seed(world: &World, n: usize) {
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

fn filled() -> World {
    let world = World::new();
    (0..SECRETS).for_each(|n| seed(&world, n));
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

/// The middle one, and the one that 99 of 100 stay below.
fn percentiles(mut times: Vec<Duration>) -> (Duration, Duration) {
    times.sort();
    (times[times.len() / 2], times[times.len() * 99 / 100])
}

fn timed(count: usize, mut work: impl FnMut(usize)) -> (Duration, Duration) {
    let one = |n| {
        let began = Instant::now();
        work(n);
        began.elapsed()
    };
    percentiles((0..count).map(one).collect())
}

fn succeed(caller: &Caller, operation: &str, request: &Value) {
    let reply = caller.call(operation, request);
    assert_eq!(reply.status, 200, "{}", reply.body);
}

/// GetSecretValue by itself, beside a list whose filter matches nothing, and beside writes that never pause.
fn reads_beside_others() {
    for crowd in CROWDS {
        let home = tempfile::tempdir().unwrap();
        let keyring = Arc::new(FakeKeyring::default());
        let open = || {
            World::with_options(
                Limits::default(),
                as_it_is(Options::folder(home.path(), by_keyring(&keyring), "a bench")),
            )
        };
        let world = open();
        seed(&world, 0);
        drop(world);
        fill(&home.path().join("vault.db"), crowd);

        let world = open();
        let get = json!({ "SecretId": "env0/service0/secret0" });
        let read = |_: usize| succeed(&world.caller(), "GetSecretValue", &get);
        // The first one notes the day.
        read(0);
        let print = |beside: &str, (middle, most): (Duration, Duration)| {
            println!("GetSecretValue, {crowd} secrets, {beside}: p50 {middle:.2?}, p99 {most:.2?}");
        };
        print("alone", timed(READS, read));
        let nothing = json!({ "Filters": [{ "Key": "name", "Values": ["no-such-name"] }] });
        let list = |_: usize| ("ListSecrets", nothing.clone());
        print("beside a list without a match", beside(&world, list, || timed(READS, read)));
        let put = |n: usize| {
            let text = format!("fake {n}");
            let token = Uuid::new_v4().to_string();
            (
                "PutSecretValue",
                json!({ "SecretId": "bulk/000001", "ClientRequestToken": token, "SecretString": text }),
            )
        };
        print("beside writes", beside(&world, put, || timed(READS, read)));
        let write = |n: usize| {
            let (operation, request) = put(n);
            succeed(&world.caller(), operation, &request);
        };
        let (middle, most) = beside(&world, list, || timed(WRITES, write));
        println!("PutSecretValue, {crowd} secrets, beside such a list: p50 {middle:.2?}, p99 {most:.2?}");
    }
}

/// Multiplies the only secret of a closed vault, without its versions.
fn fill(file: &Path, crowd: i64) {
    let rows = Connection::open(file).unwrap();
    let fill = "INSERT INTO secret (account, region, name, arn, description, created_at, changed_at)
        WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?1)
        SELECT account, region, printf('bulk/%06d', i), printf('%s-%06d', arn, i), description, created_at + i,
            changed_at + i FROM secret, n";
    rows.execute(fill, [crowd - 1]).unwrap();
}

/// What the check of a vault costs that is opened: every page and index of a file whose secrets have two versions each.
fn openings() {
    for crowd in [10_000, 100_000] {
        let home = tempfile::tempdir().unwrap();
        let file = home.path().join("vault.db");
        let keyring = Arc::new(FakeKeyring::default());
        let options = || Options::folder(home.path(), by_keyring(&keyring), "a bench");
        let open = || World::with_options(Limits::default(), options());
        let world = open();
        seed(&world, 0);
        drop(world);
        fill(&file, crowd);
        let rows = Connection::open(&file).unwrap();
        for (version_id, label) in [("1", "AWSPREVIOUS"), ("2", "AWSCURRENT")] {
            let version =
                "INSERT INTO version (secret_id, version_id, created_at, is_binary, wrapped_key, sealed)
                SELECT secret.id, ?1, version.created_at, is_binary, wrapped_key, sealed FROM secret, version
                WHERE version.id = 1 AND secret.id > 1";
            rows.execute(version, [version_id]).unwrap();
            let stage =
                "INSERT INTO stage (secret_id, label, version_id) SELECT id, ?1, ?2 FROM secret WHERE id > 1";
            rows.execute(stage, [label, version_id]).unwrap();
        }
        drop(rows);
        drop(World::with_options(Limits::default(), as_it_is(options())));
        let mebibytes = fs::metadata(&file).unwrap().len() / (1024 * 1024);
        let (whole, _) = timed(5, |_| drop(open()));
        let check = |pragma: &str| {
            timed(5, |_| {
                let rows = Connection::open(&file).unwrap();
                let verdict: String = rows.query_row(pragma, [], |row| row.get(0)).unwrap();
                assert_eq!(verdict, "ok");
            })
            .0
        };
        let (quick, full) = (check("PRAGMA quick_check(1)"), check("PRAGMA integrity_check(1)"));
        let times = full.as_secs_f64() / quick.as_secs_f64();
        let share = 100.0 * full.as_secs_f64() / whole.as_secs_f64();
        println!(
            "opening {crowd} secrets ({mebibytes} MiB): {whole:.2?}; the check of pages and indexes: {full:.2?}, {share:.0} % \
             of it and {times:.1} times that of pages alone"
        );
    }
}

/// Measures while requests are sent without a pause.
fn beside<T>(
    world: &World,
    request: impl Fn(usize) -> (&'static str, Value) + Sync,
    measure: impl FnOnce() -> T,
) -> T {
    let (has_begun, is_over) = (AtomicBool::new(false), AtomicBool::new(false));
    let caller = world.caller();
    thread::scope(|scope| {
        scope.spawn(|| {
            for n in 0.. {
                has_begun.store(true, Ordering::SeqCst);
                let (operation, request) = request(n);
                succeed(&caller, operation, &request);
                if is_over.load(Ordering::SeqCst) {
                    return;
                }
            }
        });
        while !has_begun.load(Ordering::SeqCst) {
            thread::yield_now();
        }
        let measured = measure();
        is_over.store(true, Ordering::SeqCst);
        measured
    })
}

/// A mode in which SQLite can keep what is written.
struct Mode {
    name: &'static str,
    pragma: &'static str,
    /// The log goes into the file before a write is acknowledged.
    is_emptied: bool,
}

/// The first is that of version 0.2.0, in which the file lacks what the log holds; the second is the vault's.
const MODES: [Mode; 5] = [
    Mode { name: "log", pragma: "wal", is_emptied: false },
    Mode { name: "log, emptied after each write", pragma: "wal", is_emptied: true },
    Mode { name: "journal, deleted", pragma: "delete", is_emptied: false },
    Mode { name: "journal, cut", pragma: "truncate", is_emptied: false },
    Mode { name: "journal, kept", pragma: "persist", is_emptied: false },
];

/// What a write costs in each mode, and what a read waits for beside writes and a scan that never pause.
fn journal_modes() {
    let home = tempfile::tempdir().unwrap();
    let keyring = Arc::new(FakeKeyring::default());
    let options = Options::folder(home.path(), by_keyring(&keyring), "a bench");
    let world = World::with_options(Limits::default(), options);
    seed(&world, 0);
    drop(world);
    fill(&home.path().join("vault.db"), CROWDS[0]);
    let mut first = None;
    for mode in MODES {
        let file = home.path().join(format!("{}-{}.db", mode.pragma, mode.is_emptied));
        fs::copy(home.path().join("vault.db"), &file).unwrap();
        let mut rows = mode.open(&file);
        let written = timed(WRITES, |n| mode.write(&mut rows, n));
        let read = mode.reads_beside_others(&file, &mut rows);
        let first = *first.get_or_insert((written.0, read.1));
        for (what, (middle, most), ratio) in [
            ("a write", written, written.0.div_duration_f64(first.0)),
            ("a read beside writes and a scan", read, read.1.div_duration_f64(first.1)),
        ] {
            println!("{what}, {}: p50 {middle:.2?}, p99 {most:.2?}, {ratio:.1} times the first", mode.name);
        }
    }
}

impl Mode {
    fn open(&self, file: &Path) -> Connection {
        let rows = Connection::open(file).unwrap();
        rows.busy_timeout(Duration::from_secs(60)).unwrap();
        rows.pragma_update(None, "journal_mode", self.pragma).unwrap();
        let synchronous = if self.is_emptied { "normal" } else { "full" };
        rows.pragma_update(None, "synchronous", synchronous).unwrap();
        rows.pragma_update(None, "secure_delete", true).unwrap();
        rows
    }

    /// What CreateSecret writes.
    fn write(&self, rows: &mut Connection, n: usize) {
        let work = rows.transaction_with_behavior(TransactionBehavior::Immediate).unwrap();
        let secret = "INSERT INTO secret (account, region, name, arn, created_at, changed_at)
            SELECT account, region, ?1, ?1, created_at, changed_at FROM secret WHERE id = 1";
        let version =
            "INSERT INTO version (secret_id, version_id, created_at, is_binary, wrapped_key, sealed)
            SELECT ?1, ?2, created_at, is_binary, wrapped_key, sealed FROM version WHERE id = 1";
        let stage = "INSERT INTO stage (secret_id, label, version_id) VALUES (?1, 'AWSCURRENT', ?2)";
        let id = work.prepare_cached(secret).unwrap().insert([format!("written/{n}")]).unwrap();
        let version_id = format!("{n:0>32}");
        for sql in [version, stage] {
            work.prepare_cached(sql).unwrap().execute(params![id, version_id]).unwrap();
        }
        work.commit().unwrap();
        if self.is_emptied {
            // A reader that is under way leaves some of it to the next.
            let _: i64 = rows.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0)).unwrap();
        }
    }

    /// Of one value, while another connection writes and a third scans.
    fn reads_beside_others(&self, file: &Path, writer: &mut Connection) -> (Duration, Duration) {
        let (is_over, scans) = (AtomicBool::new(false), AtomicUsize::new(0));
        let goes_on = &|| !is_over.load(Ordering::SeqCst);
        let (scanner, reader) = (self.open(file), self.open(file));
        let scanned = &scans;
        thread::scope(|scope| {
            scope.spawn(|| (WRITES..).take_while(|_| goes_on()).for_each(|n| self.write(writer, n)));
            scope.spawn(move || {
                let scan = "SELECT count(*) FROM secret WHERE name LIKE '%no-such-name%'";
                while goes_on() {
                    let _: i64 = scanner.query_row(scan, [], |row| row.get(0)).unwrap();
                    scanned.fetch_add(1, Ordering::SeqCst);
                }
            });
            while scans.load(Ordering::SeqCst) == 0 {
                thread::yield_now();
            }
            let measured = (0..READS).map(|_| {
                // As requests arrive, and not all between two writes.
                thread::sleep(Duration::from_millis(1));
                let began = Instant::now();
                let mut read =
                    reader.prepare_cached("SELECT sealed FROM version WHERE secret_id = 1").unwrap();
                black_box(read.query_row([], |row| row.get::<_, Vec<u8>>(0)).unwrap());
                began.elapsed()
            });
            let measured = percentiles(measured.collect());
            is_over.store(true, Ordering::SeqCst);
            measured
        })
    }
}

criterion_group!(benches, calls);

fn main() {
    journal_modes();
    openings();
    reads_beside_others();
    benches();
    Criterion::default().configure_from_args().final_summary();
}
