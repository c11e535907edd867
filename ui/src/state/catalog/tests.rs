//! The catalog against an engine that answers when the test says so.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;

use any_spawner::Executor;
use latchkey_domain::catalog::{CatalogRow, CatalogWindow, Column, InventoryState, SearchCatalog, Shelf};
use latchkey_domain::event::Event;
use latchkey_domain::secret::SecretSummary;
use latchkey_domain::{ApiError, Code, ConnectionId, Scope};
use leptos::prelude::*;
use tokio::sync::oneshot;
use tokio::task::LocalSet;

use crate::ipc::host;
use crate::state::State;
use crate::state::testing::local_vault;

type Answer = oneshot::Sender<Result<CatalogWindow, ApiError>>;

/// The searches that wait for their answers, oldest first, and the names of all commands.
#[derive(Clone, Default)]
struct Engine {
    searches: Rc<RefCell<VecDeque<(SearchCatalog, Answer)>>>,
    commands: Rc<RefCell<Vec<String>>>,
    /// What the next load waits for.
    gate: Rc<RefCell<Option<oneshot::Receiver<()>>>>,
}

impl Engine {
    fn install() -> Self {
        let engine = Self::default();
        let answering = engine.clone();
        host::answer_with(move |name, arguments| {
            answering.commands.borrow_mut().push(name.to_owned());
            let search = (name == "search_catalog").then(|| answering.hold(arguments));
            let gate = (name == "load_inventory").then(|| answering.gate.borrow_mut().take()).flatten();
            let answer = match name {
                "load_inventory" => json(&inventory("us-east-1", 1_000)),
                "list_prefixes" => "[]".to_owned(),
                _ => "{}".to_owned(),
            };
            async move {
                if let Some(gate) = gate {
                    gate.await.expect("the test opens every gate");
                }
                let Some(search) = search else { return Ok(answer) };
                match search.await.expect("the test answers every search") {
                    Ok(window) => Ok(json(&window)),
                    Err(error) => Err(json(&error)),
                }
            }
        });
        engine
    }

    fn hold(&self, arguments: &str) -> oneshot::Receiver<Result<CatalogWindow, ApiError>> {
        let mut arguments: serde_json::Value = serde_json::from_str(arguments).expect("arguments are JSON");
        let search = serde_json::from_value(arguments["request"].take()).expect("a search arrives whole");
        let (sender, receiver) = oneshot::channel();
        self.searches.borrow_mut().push_back((search, sender));
        receiver
    }

    /// The oldest search that waits, and the way to answer it.
    fn next(&self) -> (SearchCatalog, Answer) {
        self.searches.borrow_mut().pop_front().expect("a search was sent")
    }

    fn waiting(&self) -> usize {
        self.searches.borrow().len()
    }
}

fn json(value: &impl serde::Serialize) -> String {
    serde_json::to_string(value).expect("states are JSON")
}

fn scope(region: &str) -> Scope {
    Scope { connection: ConnectionId::local(), region: region.into() }
}

fn inventory(region: &str, count: usize) -> InventoryState {
    InventoryState {
        scope: scope(region),
        count,
        pending_deletion: 0,
        loading: false,
        loaded_at: None,
        failure: None,
    }
}

fn secret(name: &str) -> SecretSummary {
    SecretSummary { arn: format!("arn:fake:{name}"), name: name.to_owned(), ..SecretSummary::default() }
}

/// A thousand rows match; those in the window are there, named by `word` and their place.
fn window(search: &SearchCatalog, word: &str) -> Result<CatalogWindow, ApiError> {
    let places = search.offset..(search.offset + search.limit).min(1_000);
    Ok(CatalogWindow {
        inventories: search.scopes.iter().map(|scope| inventory(scope.region.as_str(), 1_000)).collect(),
        matched: 1_000,
        offset: search.offset,
        rows: places.map(|at| CatalogRow { scope_at: 0, secret: secret(&format!("{word}-{at}")) }).collect(),
    })
}

/// Lets everything run that can.
async fn settle() {
    for _ in 0..20 {
        Executor::tick().await;
        tokio::task::yield_now().await;
    }
}

/// Runs a test in a window whose catalog follows the local vault.
async fn with_window<F: Future<Output = ()>>(test: impl FnOnce(State, Engine) -> F) {
    let _ = Executor::init_tokio();
    LocalSet::new()
        .run_until(async {
            let owner = Owner::new();
            owner.set();
            let engine = Engine::install();
            let state = State::new(chrono::DateTime::default);
            state.catalog.follow();
            state.session.receive(local_vault());
            settle().await;
            test(state, engine).await;
        })
        .await;
}

#[tokio::test]
async fn a_ready_connection_is_loaded_and_listed_without_being_asked() {
    with_window(|state, engine| async move {
        assert!(engine.commands.borrow().contains(&"load_inventory".to_owned()), "the scope is loaded once");
        let (search, answer) = engine.next();
        assert_eq!(search.scopes, [scope("us-east-1")]);
        answer.send(window(&search, "first")).expect("the catalog waits");
        settle().await;
        assert_eq!(state.catalog.row(0).map(|(_, row)| row.name).as_deref(), Some("first-0"));
        assert_eq!(state.catalog.matched(), 1_000);
    })
    .await;
}

#[tokio::test]
async fn a_list_is_being_read_from_the_moment_on_that_it_is_asked_for() {
    with_window(|state, engine| async move {
        assert_eq!(state.catalog.loads(), 0, "it was read");
        let (open, gate) = oneshot::channel();
        engine.gate.replace(Some(gate));
        state.catalog.refresh();
        settle().await;
        assert_eq!(state.catalog.loads(), 1, "whatever else was told before: it is not empty yet");
        open.send(()).expect("the load waits");
        settle().await;
        assert_eq!(state.catalog.loads(), 0);
    })
    .await;
}

#[tokio::test]
async fn an_event_of_the_engine_counts_for_its_own_scope_only() {
    with_window(|state, _engine| async move {
        state.listen();
        let count = || state.catalog.sum(|inventory| inventory.count);
        host::emit(&json(&Event::Inventory(inventory("us-east-1", 7))));
        assert_eq!(count(), Some(7), "the load goes on in sight");
        host::emit(&json(&Event::Inventory(inventory("eu-central-1", 9))));
        assert_eq!(count(), Some(7), "another Region's load is none of this window's business");
    })
    .await;
}

#[tokio::test]
async fn fast_typing_sends_one_search_at_a_time_and_ends_with_the_last() {
    with_window(|state, engine| async move {
        let (search, answer) = engine.next();
        for text in ["p", "pr", "pro", "prod"] {
            state.catalog.search.edit(text.to_owned(), text.len());
            settle().await;
        }
        assert_eq!(engine.waiting(), 0, "nothing is sent while a search is under way");
        answer.send(window(&search, "old")).expect("the catalog waits");
        settle().await;
        let (last, answer) = engine.next();
        assert_eq!(last.query.filters()[0].values, ["prod"], "the words in between are never sent");
        assert_eq!(engine.waiting(), 0);
        answer.send(window(&last, "new")).expect("the catalog waits");
        settle().await;
        assert_eq!(state.catalog.row(0).map(|(_, row)| row.name).as_deref(), Some("new-0"));
        assert_eq!(engine.waiting(), 0, "and then it is quiet");
    })
    .await;
}

#[tokio::test]
async fn an_unfinished_filter_asks_nothing() {
    with_window(|state, engine| async move {
        let (search, answer) = engine.next();
        answer.send(window(&search, "all")).expect("the catalog waits");
        settle().await;
        while engine.waiting() > 0 {
            let (search, answer) = engine.next();
            answer.send(window(&search, "all")).expect("the catalog waits");
            settle().await;
        }
        state.catalog.search.edit("tag-key:".to_owned(), 8);
        settle().await;
        assert_eq!(engine.waiting(), 0, "`tag-key:` filters nothing yet");
    })
    .await;
}

#[tokio::test]
async fn a_late_answer_of_another_region_is_dropped() {
    with_window(|state, engine| async move {
        let (old, old_answer) = engine.next();
        state.session.choose_region("eu-central-1".into());
        settle().await;
        let (new, new_answer) = engine.next();
        assert_eq!(new.scopes, [scope("eu-central-1")], "the new Region does not wait for the old one");
        new_answer.send(window(&new, "new")).expect("the catalog waits");
        old_answer.send(window(&old, "old")).expect("the late answer still arrives");
        settle().await;
        assert_eq!(
            state.catalog.row(0).map(|(_, row)| row.name).as_deref(),
            Some("new-0"),
            "rows of us-east-1 must never stand under eu-central-1"
        );
    })
    .await;
}

#[tokio::test]
async fn scrolling_asks_only_for_rows_that_are_not_there() {
    with_window(|state, engine| async move {
        state.catalog.look_at(0..20);
        while engine.waiting() > 0 {
            let (search, answer) = engine.next();
            answer.send(window(&search, "row")).expect("the catalog waits");
            settle().await;
        }
        state.catalog.look_at(10..30);
        settle().await;
        assert_eq!(engine.waiting(), 0, "the rows beyond the edge were asked for with the first ones");
        state.catalog.look_at(500..520);
        settle().await;
        let (search, answer) = engine.next();
        assert!(search.offset < 500 && search.offset + search.limit > 520, "a margin on either side");
        assert!(search.limit < 200, "and never the whole list: {}", search.limit);
        answer.send(window(&search, "far")).expect("the catalog waits");
        settle().await;
        assert_eq!(state.catalog.row(510).map(|(_, row)| row.name).as_deref(), Some("far-510"));
        assert_eq!(state.catalog.row(0), None, "the window holds only what is near");
    })
    .await;
}

#[tokio::test]
async fn rows_that_an_answer_on_its_way_will_drop_are_asked_for_again() {
    with_window(|state, engine| async move {
        let (search, answer) = engine.next();
        answer.send(window(&search, "row")).expect("the catalog waits");
        settle().await;
        state.catalog.look_at(600..620);
        settle().await;
        let (far, answer) = engine.next();
        state.catalog.look_at(0..20);
        answer.send(window(&far, "row")).expect("the catalog waits");
        settle().await;
        let (near, answer) = engine.next();
        answer.send(window(&near, "row")).expect("the catalog waits");
        settle().await;
        assert_eq!(
            state.catalog.row(0).map(|(_, row)| row.name).as_deref(),
            Some("row-0"),
            "the view is at the top again"
        );
    })
    .await;
}

#[tokio::test]
async fn a_refused_search_is_told_and_the_next_answer_takes_it_back() {
    with_window(|state, engine| async move {
        while engine.waiting() > 0 {
            let (_, answer) = engine.next();
            let refusal = ApiError::new(Code::AccessDenied, "You may not list secrets.");
            answer.send(Err(refusal)).expect("the catalog waits");
            settle().await;
        }
        let codes: Vec<_> = state.catalog.failures().into_iter().map(|(_, error)| error.code).collect();
        assert_eq!(codes, [Code::AccessDenied]);
        state.catalog.turn_to(Shelf::All);
        settle().await;
        let (search, answer) = engine.next();
        answer.send(window(&search, "row")).expect("the catalog waits");
        settle().await;
        assert_eq!(state.catalog.failures(), []);
    })
    .await;
}

#[tokio::test]
async fn a_column_sorts_up_then_down_and_the_name_cannot_be_hidden() {
    with_window(|state, _engine| async move {
        let settings = state.preferences.settings;
        state.catalog.sort_by(Column::LastChanged);
        assert!(!settings.with(|settings| settings.sort.descending));
        state.catalog.sort_by(Column::LastChanged);
        assert!(settings.with(|settings| settings.sort.descending));
        state.catalog.sort_by(Column::Name);
        assert!(!settings.with(|settings| settings.sort.descending), "another column begins upwards");
        state.catalog.toggle_column(Column::Name);
        assert!(settings.with(|settings| settings.columns.contains(&Column::Name)));
        state.catalog.toggle_column(Column::Tags);
        assert!(!settings.with(|settings| settings.columns.contains(&Column::Tags)));
    })
    .await;
}
