//! The list reads no value, keeps what it has, and never shows what came too late.
#![allow(clippy::unwrap_used)]

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use aws_sdk_secretsmanager::config::SharedHttpClient;
use aws_sdk_secretsmanager::operation::list_secrets::ListSecretsOutput;
use aws_sdk_secretsmanager::types::SecretListEntry;
use aws_smithy_http_client::test_util::NeverClient;
use chrono::{DateTime, TimeDelta, Utc};
use latchkey_domain::catalog::{Column, InventoryState, Shelf, Sort};
use latchkey_domain::contract::{
    CancelInventory, ListPrefixes, LoadInventory, LoadSamples, OpenVault, SearchCatalog,
};
use latchkey_domain::event::Event;
use latchkey_domain::filter::Query;
use latchkey_domain::secret::SecretSummary;
use latchkey_domain::{Code, ConnectionId, Scope};
use serde_json::{Value, json};

mod full_region;

use super::Inventory;
use super::index::{Ask, Index, View};
use crate::aws::client::Transport;
use crate::testing::{Bench, CallLog, FakeVault, fault, ok, row, scope};

fn entry(name: &str) -> Value {
    json!({ "ARN": row(name).arn, "Name": name, "CreatedDate": 1_700_000_000 })
}

/// Pages of two names each; the token of a page is the place of its first name.
fn pages(names: &[&str], body: &Value) -> Value {
    let start: usize = body["NextToken"].as_str().map_or(0, |token| token.parse().unwrap());
    let list: Vec<Value> = names.iter().skip(start).take(2).map(|name| entry(name)).collect();
    match names.len() > start + 2 {
        true => json!({ "SecretList": list, "NextToken": (start + 2).to_string() }),
        false => json!({ "SecretList": list, "NextToken": "" }),
    }
}

async fn load(bench: &Bench) -> InventoryState {
    bench.engine.load_inventory(LoadInventory { scope: scope() }).await.unwrap()
}

fn ask(line: &str, offset: usize, limit: usize) -> SearchCatalog {
    let (prefix, shelf, sort) = (String::new(), Shelf::Live, Sort::default());
    SearchCatalog { scopes: vec![scope()], query: Query::parse(line), prefix, shelf, sort, offset, limit }
}

async fn names(bench: &Bench, line: &str) -> Vec<String> {
    let window = bench.engine.search_catalog(ask(line, 0, 100)).await.unwrap();
    window.rows.into_iter().map(|row| row.secret.name).collect()
}

#[tokio::test]
async fn a_list_is_loaded_page_by_page_without_reading_a_value() {
    let all = ["prod/b", "prod/a", "dev/c", "dev/d", "lone"];
    let bench = Bench::new(move |_, body| ok(pages(&all, body))).await;
    let state = load(&bench).await;
    assert_eq!((state.count, state.loading, state.failure), (5, false, None));
    assert!(state.loaded_at.is_some(), "the load ended");
    assert_eq!(names(&bench, "").await, ["dev/c", "dev/d", "lone", "prod/a", "prod/b"]);
    assert_eq!(names(&bench, "name:prod/").await, ["prod/a", "prod/b"]);
    let sent = bench.log.all();
    assert_eq!(sent.len(), 3, "two full pages and a rest");
    assert!(sent.iter().all(|sent| sent.operation == "ListSecrets"), "zero GetSecretValue without a click");
    assert_eq!(
        (&sent[0].body["MaxResults"], &sent[0].body["IncludePlannedDeletion"]),
        (&json!(100), &json!(true))
    );
}

#[tokio::test]
async fn progress_is_told_a_few_times_a_second_and_at_the_end() {
    let all: Vec<String> = (0..41).map(|n| format!("s{n:02}")).collect();
    let bench = Bench::new(move |_, body| {
        let all: Vec<&str> = all.iter().map(String::as_str).collect();
        ok(pages(&all, body))
    })
    .await;
    load(&bench).await;
    let told = bench.events().into_iter().filter_map(|event| match event {
        Event::Inventory(state) => Some((state.count, state.loading)),
        _ => None,
    });
    assert_eq!(told.collect::<Vec<_>>(), [(0, true), (2, true), (41, false)], "the clock stood still");
}

#[tokio::test]
async fn a_page_that_fails_keeps_what_was_there() {
    let calls = Arc::new(AtomicUsize::new(0));
    let counted = calls.clone();
    let bench = Bench::new(move |_, body| match counted.fetch_add(1, Ordering::SeqCst) {
        1 => fault(400, "AccessDeniedException", "not any more"),
        _ => ok(pages(&["a", "b", "c"], body)),
    })
    .await;
    let state = load(&bench).await;
    assert_eq!((state.count, state.loading, state.loaded_at), (2, false, None));
    assert_eq!(state.failure.map(|error| error.code), Some(Code::AccessDenied));
    assert_eq!(names(&bench, "").await, ["a", "b"], "the first page can be searched");
    let state = load(&bench).await;
    assert_eq!((state.count, state.failure), (3, None), "the next load fixes it");
}

#[tokio::test]
async fn a_new_load_drops_what_is_gone_but_not_what_was_just_described() {
    let calls = Arc::new(AtomicUsize::new(0));
    let counted = calls.clone();
    let bench = Bench::new(move |_, body| match counted.fetch_add(1, Ordering::SeqCst) {
        0 => ok(pages(&["a", "b"], body)),
        _ => ok(pages(&["b"], body)),
    })
    .await;
    load(&bench).await;
    bench.engine.note_described(&scope(), &row("new"));
    load(&bench).await;
    assert_eq!(names(&bench, "").await, ["b", "new"], "ListSecrets may lag behind a write by five minutes");
    bench.clock.advance(11 * 60).await;
    load(&bench).await;
    assert_eq!(names(&bench, "").await, ["b"], "after that the list counts");
}

#[tokio::test]
async fn an_endpoint_that_repeats_a_page_is_left() {
    let bench = Bench::new(|_, _| ok(json!({ "SecretList": [entry("a")], "NextToken": "again" }))).await;
    let state = load(&bench).await;
    assert_eq!(state.failure.map(|error| error.code), Some(Code::Internal));
    assert_eq!(bench.log.of("ListSecrets").len(), 2);
}

#[tokio::test]
async fn a_load_on_a_network_that_hangs_can_be_cancelled_and_joined() {
    let never = SharedHttpClient::new(NeverClient::new());
    let transport = Transport::over(never);
    let bench = Bench::on(transport, CallLog::default(), FakeVault { gate: None });
    bench.engine.open_vault(OpenVault::local()).await.unwrap();
    let loads = [0, 1].map(|_| {
        let engine = bench.engine.clone();
        tokio::spawn(async move { engine.load_inventory(LoadInventory { scope: scope() }).await.unwrap() })
    });
    bench.clock.advance(0).await;
    let state = bench.engine.cancel_inventory(CancelInventory { scope: scope() }).await.unwrap();
    assert!(!state.loading, "cancelling answers at once");
    for load in loads {
        let state = load.await.unwrap();
        assert_eq!(
            (state.loading, state.loaded_at, state.failure),
            (false, None, None),
            "cancelled is no failure"
        );
    }
}

#[test]
fn a_page_that_comes_after_its_load_was_cancelled_does_not_land() {
    let page = |name: &str| {
        let listed = SecretListEntry::builder().arn(row(name).arn).name(name).build();
        ListSecretsOutput::builder().secret_list(listed).build()
    };
    let inventory = Inventory::new(scope());
    let Ok(mut first) = inventory.begin() else { panic!("nothing runs yet") };
    assert!(first.land(page("early"), Utc::now()));
    inventory.cancel();
    let Ok(mut second) = inventory.begin() else { panic!("a cancelled load makes room") };
    assert!(!first.land(page("late"), Utc::now()), "it belongs to the cancelled load");
    first.end(Ok(()), Utc::now());
    assert!(inventory.state().loading, "the end of the old load is not the end of the new one");
    assert!(second.land(page("new"), Utc::now()));
    drop(second);
    let state = inventory.state();
    assert_eq!((state.count, state.loading), (2, false), "a load that nobody waits for any more has ended");
}

#[tokio::test]
async fn scrolling_looks_at_no_row_outside_the_window() {
    let all: Vec<String> = (0..6).map(|n| format!("s{n}")).collect();
    let bench = Bench::new(move |_, body| {
        let all: Vec<&str> = all.iter().map(String::as_str).collect();
        ok(pages(&all, body))
    })
    .await;
    load(&bench).await;
    let window = bench.engine.search_catalog(ask("name:s", 4, 3)).await.unwrap();
    let names: Vec<_> = window.rows.iter().map(|row| row.secret.name.as_str()).collect();
    assert_eq!((names, window.matched, window.offset), (vec!["s4", "s5"], 6, 4));
    let beyond = bench.engine.search_catalog(ask("name:s", 60, 3)).await.unwrap();
    assert_eq!((beyond.rows.len(), beyond.matched), (0, 6), "an offset behind the end is empty");
    let inventory = bench.engine.inventories.of(&scope());
    let kept =
        |inventory: &Inventory| inventory.shelves().view.as_ref().map(|view| view.order().as_ptr().addr());
    let before = kept(&inventory);
    bench.engine.search_catalog(ask("name:s", 0, 3)).await.unwrap();
    assert_eq!(kept(&inventory), before, "the same order serves every window");
}

/// Two Regions, each with names of its own and one that both have; the first one is loaded first.
async fn two_regions() -> (Bench, [Scope; 2]) {
    let regions = [["prod/a", "prod/c", "shared/key"], ["prod/b", "shared/key", "staging/d"]];
    let begun = AtomicUsize::new(0);
    let bench = Bench::new(move |_, body| {
        let loads = begun.fetch_add(usize::from(body["NextToken"].is_null()), Ordering::SeqCst);
        let region = if body["NextToken"].is_null() { loads } else { loads - 1 };
        ok(pages(&regions[region], body))
    })
    .await;
    let scopes = [scope(), Scope { region: "eu-west-1".into(), ..scope() }];
    (bench, scopes)
}

#[tokio::test]
async fn several_scopes_are_one_list_that_says_whose_each_row_is() {
    let (bench, scopes) = two_regions().await;
    load(&bench).await;
    let together =
        |sort, offset, limit| SearchCatalog { scopes: scopes.to_vec(), sort, ..ask("", offset, limit) };
    let shown = async |ask| {
        let window = bench.engine.search_catalog(ask).await.unwrap();
        let rows = window.rows.into_iter().map(|row| (row.scope_at, row.secret.name)).collect::<Vec<_>>();
        (rows, window.matched, window.inventories.iter().map(|state| state.count).collect::<Vec<_>>())
    };
    let (rows, matched, counts) = shown(together(Sort::default(), 0, 100)).await;
    assert_eq!(
        (rows.len(), matched, counts),
        (3, 3, vec![3, 0]),
        "one that is not loaded yet holds nothing up"
    );

    bench.engine.load_inventory(LoadInventory { scope: scopes[1].clone() }).await.unwrap();
    let (rows, matched, _) = shown(together(Sort::default(), 0, 100)).await;
    let expected =
        [(0, "prod/a"), (1, "prod/b"), (0, "prod/c"), (0, "shared/key"), (1, "shared/key"), (1, "staging/d")];
    assert_eq!(rows, expected.map(|(at, name)| (at, name.to_owned())));
    assert_eq!(matched, 6);
    let (rows, _, _) = shown(together(Sort::default(), 2, 2)).await;
    assert_eq!(rows, [(0, "prod/c".to_owned()), (0, "shared/key".to_owned())], "a window in the middle");
    let by_connection = Sort { column: Column::Connection, descending: true };
    let (rows, _, _) = shown(together(by_connection, 0, 4)).await;
    let places: Vec<_> = rows.iter().map(|(at, name)| (*at, name.as_str())).collect();
    assert_eq!(places, [(1, "prod/b"), (1, "shared/key"), (1, "staging/d"), (0, "prod/a")]);

    let levels = ListPrefixes { scopes: scopes.to_vec(), parent: String::new(), shelf: Shelf::Live };
    let levels = bench.engine.list_prefixes(levels).await.unwrap();
    let levels: Vec<_> = levels.iter().map(|level| (level.path.as_str(), level.count)).collect();
    assert_eq!(levels, [("prod/", 3), ("shared/", 2), ("staging/", 1)]);
    let twice = SearchCatalog { scopes: vec![scope(), scope()], ..ask("", 0, 1) };
    assert_eq!(bench.engine.search_catalog(twice).await.unwrap_err().code, Code::Invalid("scopes".into()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn searches_over_the_same_scopes_in_any_order_never_wait_for_each_other() {
    let (bench, [first, second]) = two_regions().await;
    let both = [vec![first.clone(), second.clone()], vec![second, first]];
    let searches: Vec<_> = (0..200)
        .map(|turn| {
            let (engine, scopes) = (bench.engine.clone(), both[turn % 2].clone());
            tokio::spawn(async move {
                engine.search_catalog(SearchCatalog { scopes, ..ask("", 0, 10) }).await.unwrap().matched
            })
        })
        .collect();
    for search in searches {
        let ended = tokio::time::timeout(std::time::Duration::from_secs(30), search).await;
        assert_eq!(ended.expect("no search is stuck").unwrap(), 0);
    }
}

#[test]
fn a_view_follows_what_is_added_changed_and_removed() {
    let now = DateTime::from_timestamp(1_800_000_000, 0).unwrap();
    let mut index = Index::default();
    let question = Ask {
        filters: Query::parse("name:s").filters(),
        prefix: String::new(),
        shelf: Shelf::Live,
        sort: Sort { column: Column::Name, descending: true },
    };
    let mut view = View::new(question.clone());
    let shown = |view: &View, index: &Index| -> Vec<String> {
        view.order().iter().map(|&place| index.rows()[place].name.clone()).collect()
    };
    for name in ["s1", "x", "s3"] {
        index.put_listed(row(name), now);
    }
    view.follow(&index);
    assert_eq!(shown(&view, &index), ["s3", "s1"]);
    index.put_listed(row("s2"), now);
    view.follow(&index);
    assert_eq!(shown(&view, &index), ["s3", "s2", "s1"], "a new row is sorted in");
    index.put_listed(SecretSummary { deleted_at: Some(now), ..row("s3") }, now);
    view.follow(&index);
    assert_eq!(shown(&view, &index), ["s2", "s1"], "a changed row is looked at again");
    assert_eq!((index.live(), index.pending_deletion()), (3, 1));
    index.keep_only(&[row("s1").arn].into(), now);
    view.follow(&index);
    assert_eq!(shown(&view, &index), ["s1"], "what is gone is gone");
    assert_eq!((index.live(), index.pending_deletion()), (1, 0));
    index.put_described(SecretSummary { description: Some("fresh".into()), ..row("s1") }, now);
    index.put_listed(row("s1"), now + TimeDelta::minutes(4));
    assert_eq!(index.rows()[0].description.as_deref(), Some("fresh"), "the list may lag");
}

#[test]
fn what_a_row_lacks_comes_last_in_both_directions() {
    let mut rows = [row("B"), row("a"), row("c")];
    rows[0].description = Some("x".into());
    rows[1].description = Some("y".into());
    for (descending, expected) in [(false, ["B", "a", "c"]), (true, ["a", "B", "c"])] {
        rows.sort_by(|a, b| super::order::compare(a, b, Sort { column: Column::Description, descending }));
        assert_eq!(rows.each_ref().map(|row| row.name.as_str()), expected);
    }
    rows.sort_by(|a, b| super::order::compare(a, b, Sort::default()));
    assert_eq!(
        rows.each_ref().map(|row| row.name.as_str()),
        ["a", "B", "c"],
        "capitals stand beside small letters"
    );
}

#[tokio::test]
async fn unknown_connections_and_samples_elsewhere_are_refused() {
    let bench = Bench::new(|_, body| ok(pages(&["sample"], body))).await;
    let foreign = Scope { connection: ConnectionId::from("gone"), ..scope() };
    let error =
        bench.engine.load_inventory(LoadInventory { scope: foreign.clone() }).await.expect_err("unknown");
    assert_eq!(error.code, Code::NotFound);
    let error = bench.engine.load_samples(LoadSamples { scope: foreign }).await.expect_err("not the vault");
    assert_eq!(error.code, Code::Invalid("scope".into()));
    let state = bench.engine.load_samples(LoadSamples { scope: scope() }).await.unwrap();
    assert_eq!(state.count, 1, "the samples are listed");
}
