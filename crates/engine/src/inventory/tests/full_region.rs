//! As many secrets as AWS allows an account in a Region: listed, counted, searched, sorted and scrolled to the end.
#![allow(clippy::unwrap_used)]

use aws_sdk_secretsmanager::operation::list_secrets::ListSecretsOutput;
use aws_sdk_secretsmanager::primitives::DateTime as SdkTime;
use aws_sdk_secretsmanager::types::{SecretListEntry, Tag};
use chrono::Utc;
use latchkey_domain::catalog::{CatalogWindow, Column, Shelf, Sort};
use latchkey_domain::contract::{ListPrefixes, SearchCatalog, SuggestFilters};
use latchkey_domain::filter::FilterKey;

use super::super::{Inventory, MAX_WINDOW};
use super::ask;
use crate::testing::{Bench, in_own_home, row, scope};

/// AWS's quota for one Region.
const SECRETS: usize = 500_000;
const PAGE: usize = 100;
/// More than the rows take, and far less than twice as much.
const MOST_BYTES: usize = 900 * 1024 * 1024;

const ENVIRONMENTS: [&str; 4] = ["prod", "staging", "test", "dev"];
const TEAMS: [&str; 7] = ["payments", "identity", "search", "billing", "webShop", "dataPlatform", "mobile"];

fn environment(n: usize) -> &'static str {
    ENVIRONMENTS[n % 4]
}

fn team(n: usize) -> &'static str {
    TEAMS[n / 4 % 7]
}

fn name(n: usize) -> String {
    format!("{}/{}/key-{n:06}", environment(n), team(n))
}

fn is_live(n: usize) -> bool {
    n % 50 != 49
}

/// Each instant comes once, in an order that is not that of the names.
fn minute(n: usize) -> i64 {
    (n * 7919 % SECRETS) as i64
}

/// An entry of ListSecrets, as the SDK reads one.
fn entry(n: usize) -> SecretListEntry {
    let name = name(n);
    let tag = |key: &str, value: String| Tag::builder().key(key).value(value).build();
    SecretListEntry::builder()
        .arn(row(&name).arn)
        .description(if n % 40 == 1 { "Rotated quarterly" } else { "Rotated by the platform people" })
        .tags(tag(if n % 30 == 2 { "owner" } else { "team" }, team(n).to_owned()))
        .tags(tag("cost-centre", format!("CC{:02}", n % 97)))
        .set_owning_service(n.is_multiple_of(20).then(|| "rds".to_owned()))
        .set_primary_region(n.is_multiple_of(15).then(|| "eu-central-1".to_owned()))
        .last_changed_date(SdkTime::from_secs(1_700_000_000 + minute(n) * 60))
        .set_deleted_date((!is_live(n)).then(|| SdkTime::from_secs(1_790_000_000)))
        .name(name)
        .build()
}

/// Lands pages as a load does, one after the other; no page is kept.
fn load(inventory: &Inventory) {
    let Ok(mut ticket) = inventory.begin() else { panic!("nothing runs yet") };
    for start in (0..SECRETS).step_by(PAGE) {
        let entries: Vec<_> = (start..start + PAGE).map(entry).collect();
        let page = ListSecretsOutput::builder().set_secret_list(Some(entries)).build();
        assert!(ticket.land(page, Utc::now()));
    }
    ticket.end(Ok(()), Utc::now());
}

async fn search(bench: &Bench, request: SearchCatalog) -> CatalogWindow {
    bench.engine.search_catalog(request).await.unwrap()
}

fn names(window: &CatalogWindow) -> Vec<&str> {
    window.rows.iter().map(|row| row.secret.name.as_str()).collect()
}

/// How many numbers of live secrets pass.
fn count(passes: impl Fn(usize) -> bool) -> usize {
    (0..SECRETS).filter(|&n| is_live(n) && passes(n)).count()
}

/// The most memory that this process has had.
fn peak_bytes() -> Option<usize> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    Some(line.trim().trim_end_matches(" kB").parse::<usize>().ok()? * 1024)
}

#[tokio::test]
async fn as_many_secrets_as_a_region_may_have_are_listed_searched_sorted_and_scrolled_to_their_end() {
    let test = "as_many_secrets_as_a_region_may_have_are_listed_searched_sorted_and_scrolled_to_their_end";
    // Alone, so that what it takes of memory is its own.
    if !in_own_home(module_path!(), test) {
        return;
    }
    let bench = Bench::new(|_, _| panic!("nothing is sent")).await;
    let inventory = bench.engine.inventories.of(&scope());
    load(&inventory);
    let state = inventory.state();
    assert_eq!((state.count, state.pending_deletion), (490_000, 10_000));
    assert!(state.loaded_at.is_some() && !state.loading);

    // By name, to the end: the view is kept, so that each window costs its rows alone.
    let all = search(&bench, ask("", 0, 3)).await;
    assert_eq!(all.matched, 490_000);
    assert_eq!(names(&all)[0], "dev/billing/key-000015", "the smallest of all names");
    for offset in (0..490_000).step_by(35_000) {
        assert_eq!(search(&bench, ask("", offset, 50)).await.rows.len(), 50);
    }
    let end = search(&bench, ask("", 489_990, 50)).await;
    assert_eq!((end.rows.len(), end.offset), (10, 489_990), "what is left at the end");
    let last = (0..SECRETS).filter(|&n| is_live(n) && environment(n) == "test" && team(n) == "webShop").max();
    assert_eq!(names(&end).last(), Some(&name(last.unwrap()).as_str()));
    assert!(search(&bench, ask("", 490_000, 50)).await.rows.is_empty(), "nothing is behind the end");
    assert_eq!(search(&bench, ask("", 0, SECRETS)).await.rows.len(), MAX_WINDOW, "no window takes all rows");

    // By each filter; the numbers are worked out from how the secrets were made.
    for (line, expected) in [
        ("name:prod/payments/", count(|n| environment(n) == "prod" && team(n) == "payments")),
        ("description:quarter", count(|n| n % 40 == 1)),
        ("tag-key:own", count(|n| n % 30 == 2)),
        ("tag-value:CC13", count(|n| n % 97 == 13)),
        ("owning-service:RDS", count(|n| n % 20 == 0)),
        ("primary-region:eu- tag-value:CC0", count(|n| n % 15 == 0 && n % 97 < 10)),
        // No name has a number that begins with these digits.
        ("identity CC96", count(|n| team(n) == "identity" && n % 97 == 96)),
        ("nothingLikeThis", 0),
    ] {
        let found = search(&bench, ask(line, 0, 20)).await;
        assert_eq!((found.matched, found.rows.len()), (expected, expected.min(20)), "{line}");
    }
    let deleted = SearchCatalog { shelf: Shelf::PendingDeletion, ..ask("", 9_999, 5) };
    let deleted = search(&bench, deleted).await;
    assert_eq!((deleted.matched, deleted.rows.len()), (10_000, 1));

    // By the last change, the newest first.
    let sort = Sort { column: Column::LastChanged, descending: true };
    let newest = search(&bench, SearchCatalog { sort, ..ask("", 0, 1_000) }).await;
    let changed: Vec<_> = newest.rows.iter().map(|row| row.secret.last_changed_at.unwrap()).collect();
    assert!(changed.is_sorted_by(|a, b| a > b), "each instant comes once");
    let first = (0..SECRETS).filter(|&n| is_live(n)).max_by_key(|&n| minute(n)).unwrap();
    assert_eq!(names(&newest)[0], name(first));
    let oldest = search(&bench, SearchCatalog { sort, ..ask("", 489_999, 1) }).await;
    let first = (0..SECRETS).filter(|&n| is_live(n)).min_by_key(|&n| minute(n)).unwrap();
    assert_eq!(names(&oldest), [name(first)]);

    let request = ListPrefixes { scopes: vec![scope()], parent: "prod/".into(), shelf: Shelf::Live };
    let levels = bench.engine.list_prefixes(request).await.unwrap();
    assert_eq!(levels.len(), TEAMS.len());
    assert_eq!(levels.iter().map(|level| level.count).sum::<usize>(), count(|n| environment(n) == "prod"));
    let (key, start) = (FilterKey::TagValue, "CC".to_owned());
    let request = SuggestFilters { scopes: vec![scope()], key, start, limit: 5 };
    assert_eq!(bench.engine.suggest_filters(request).await.unwrap().len(), 5);

    // A service that holds more than its quota says is shown as it is.
    let Ok(mut ticket) = inventory.begin() else { panic!("nothing runs any more") };
    ticket.land(ListSecretsOutput::builder().secret_list(entry(SECRETS)).build(), Utc::now());
    drop(ticket);
    assert_eq!(inventory.state().count, 490_001);
    let found = search(&bench, SearchCatalog { prefix: name(SECRETS), ..ask("", 0, 50) }).await;
    assert_eq!(names(&found), [name(SECRETS)]);
    if let Some(peak) = peak_bytes() {
        assert!(peak < MOST_BYTES, "{} MiB at most", peak / 1024 / 1024);
    }
}
