//! Changes that were cut off or are unknown, found in the journal at the start: looked up, and finished or withdrawn by
//! a plan made anew.

use std::collections::HashSet;

use latchkey_domain::ApiError;
use latchkey_domain::change::{AnyChange, LabelMove, PlanChanges, StageChange};
use latchkey_domain::connection::{ConnectionState, Connections};
use latchkey_domain::writes::{JournalEntry, JournalResult, SearchJournal, WayOut};
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::change_review::{ChangeReview, Review, Reviewed};
use super::described::Target;
use super::request::Request;
use super::toasts::Toasts;
use crate::ipc;

/// How many are offered at once.
const MOST: usize = 50;

/// A change that was looked up and not applied, or only in part.
#[derive(Debug, Clone, PartialEq)]
pub struct LookedUp {
    /// With its outcome.
    pub entry: JournalEntry,
    pub words: String,
}

/// What was cut off; its ways out are reviewed as every other change is.
#[derive(Clone, Copy)]
pub struct Recovery {
    changes: ChangeReview,
    toasts: Toasts,
    pub entries: RwSignal<Vec<JournalEntry>>,
    pub looked_up: RwSignal<Vec<LookedUp>>,
    /// The entries that were looked up by themselves, by their ids: once each.
    tried: StoredValue<HashSet<String>>,
    /// The plan of a way out.
    pub request: Request,
}

impl Recovery {
    pub fn new(changes: ChangeReview, toasts: Toasts) -> Self {
        Self {
            changes,
            toasts,
            entries: RwSignal::default(),
            looked_up: RwSignal::default(),
            tried: StoredValue::default(),
            request: Request::new(),
        }
    }

    /// Looks for what was cut off. What is under way may still end by itself.
    pub async fn load(self) {
        let request = SearchJournal {
            text: String::new(),
            secret_id: None,
            unfinished_only: true,
            offset: 0,
            limit: MOST,
        };
        if let Ok(page) = ipc::call(request).await {
            let is_recoverable = |entry: &JournalEntry| page.recoverable.contains(&entry.entry_id);
            self.entries.set(page.entries.into_iter().filter(is_recoverable).collect());
        }
    }

    /// Looks up what DescribeSecret decides alone, each once its connection is ready.
    pub fn follow(self, connections: RwSignal<Option<Connections>>) {
        Effect::new(move || {
            let is_ready = |entry: &JournalEntry| {
                connections.with(|known| {
                    let mut known = known.iter().flat_map(|known| &known.list);
                    let own = known.find(|known| known.id == entry.scope.connection);
                    own.is_some_and(|own| own.state == ConnectionState::Ready)
                })
            };
            let is_due = |entry: &&JournalEntry| {
                !entry.makes_a_plan()
                    && is_ready(entry)
                    && self.tried.try_update_value(|tried| tried.insert(entry.entry_id.clone())) == Some(true)
            };
            let due: Vec<_> = self.entries.with(|entries| entries.iter().filter(is_due).cloned().collect());
            if !due.is_empty() {
                spawn_local(self.look_up(due));
            }
        });
        let is_reviewed = Memo::new(move |_| {
            self.changes.open.with(|open| {
                let labels = open.as_ref().and_then(Reviewed::labels);
                labels.is_some_and(|labels| matches!(labels.moved.change, StageChange::Recover { .. }))
            })
        });
        Effect::new(move |before: Option<bool>| {
            let now = is_reviewed.get();
            if before == Some(true) && !now && untrack(|| self.is_open()) {
                spawn_local(self.load());
            }
            now
        });
    }

    async fn look_up(self, entries: Vec<JournalEntry>) {
        for entry in entries {
            let moved = LabelMove { change: recovery_of(&entry, WayOut::Finish), keep_under: None };
            let (scope, secret_id) = (entry.scope.clone(), entry.secret_id.clone());
            let request = PlanChanges::one(scope, secret_id, AnyChange::MoveLabels(moved));
            if let Err(answer) = ipc::call(request).await {
                // What could not be looked at stays in the list.
                let _ = self.take_ended(&entry.entry_id, answer).await;
            }
        }
        self.load().await;
    }

    /// Offers the ways out of one entry of the journal.
    pub fn offer(self, entry: JournalEntry) {
        self.tried.try_update_value(|tried| tried.insert(entry.entry_id.clone()));
        self.entries.set(vec![entry]);
    }

    /// Whether something is left to decide; tracks.
    pub fn is_open(self) -> bool {
        self.entries.with(|entries| !entries.is_empty()) || self.looked_up.with(|found| !found.is_empty())
    }

    /// Leaves everything as it is until the next start.
    pub fn leave_for_later(self) {
        self.request.clear();
        self.entries.set(Vec::new());
        self.looked_up.set(Vec::new());
    }

    /// Reviews a way out, planned on the labels of now. What turns out to be over is told and leaves the list.
    pub async fn plan(self, entry: JournalEntry, way_out: WayOut) {
        if self.request.is_busy() {
            return;
        }
        let target = Target { scope: entry.scope.clone(), secret_id: entry.secret_id.clone() };
        let review = self.changes.try_propose_move_of(target, recovery_of(&entry, way_out));
        if self.request.act(review).await.is_none() {
            self.drop_ended(&entry.entry_id).await;
        }
    }

    /// Keeps what the journal still calls open.
    async fn drop_ended(self, entry_id: &str) {
        let Some(answer) = self.request.failure.get_untracked() else { return };
        self.request.clear();
        let still_open = self.take_ended(entry_id, answer).await;
        self.load().await;
        self.request.failure.set(still_open.err());
    }

    /// Says how an entry has ended; the answer is an error again if it has not.
    async fn take_ended(self, entry_id: &str, answer: ApiError) -> Result<(), ApiError> {
        let text = entry_id.to_owned();
        let request = SearchJournal { text, secret_id: None, unfinished_only: false, offset: 0, limit: 1 };
        let Ok(page) = ipc::call(request).await else { return Err(answer) };
        let words = answer.message.clone();
        match page.entries.into_iter().next() {
            Some(entry) if entry.result.is_open() => return Err(answer),
            Some(entry) if entry.way_out(WayOut::Finish).is_some() => {
                self.looked_up.update(|looked_up| looked_up.push(LookedUp { entry, words }));
            }
            // Somebody else's change was met: that stays in view until it is read.
            Some(JournalEntry { result: JournalResult::Conflict(_), .. }) => self.toasts.failed(&answer),
            _ => self.toasts.done(words),
        }
        Ok(())
    }

    /// Reviews the change that finishes or withdraws what was looked up.
    pub async fn review(self, looked_up: LookedUp, way_out: WayOut) {
        let entry = looked_up.entry;
        let Some(change) = entry.way_out(way_out) else { return };
        let target = Target { scope: entry.scope, secret_id: entry.secret_id };
        let entry_id = entry.entry_id;
        let on_applied = Callback::new(move |()| {
            self.looked_up.update(|looked_up| looked_up.retain(|other| other.entry.entry_id != entry_id));
        });
        let proposed = self.changes.propose(target, change, None, Review::Always, on_applied).await;
        self.request.failure.set(proposed.err());
    }
}

/// Plans the way out of an entry; of what makes no plan the outcome is looked up.
fn recovery_of(entry: &JournalEntry, way_out: WayOut) -> StageChange {
    StageChange::Recover { entry_id: entry.entry_id.clone(), way_out }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;
    use std::rc::Rc;

    use any_spawner::Executor;
    use chrono::DateTime;
    use latchkey_domain::Code;
    use latchkey_domain::settings::Settings;
    use serde_json::{Value as Json, json};

    use super::*;
    use crate::ipc::host;
    use crate::state::detail::Detail;
    use crate::state::testing::{in_window, local_vault};
    use crate::state::timeline::Timeline;

    fn entry(id: &str, has_save: bool) -> Json {
        let save = json!({ "base_version_id": "v1", "new_version_id": "v2", "label": null, "before": {} });
        json!({
            "entry_id": id, "began_at": "2026-01-01T00:00:00Z", "connection_name": "Local vault",
            "scope": { "connection": "local", "region": "us-east-1" }, "secret_id": "arn", "secret_name": "prod/db",
            "operation": if has_save { "save_value" } else { "save_tags" }, "version_ids": [], "request_ids": [],
            "save": if has_save { save } else { Json::Null }, "result": { "result": "unfinished" },
        })
    }

    /// A change of the description, with this outcome.
    fn description(result: Json) -> Json {
        let change = json!({
            "change": { "kind": "description", "description": "fake words" },
            "before": { "part": "description", "description": null },
        });
        let mut entry = entry("a", false);
        (entry["change"], entry["result"]) = (change, result);
        entry
    }

    fn page(entries: Vec<Json>, recoverable: &[&str]) -> String {
        let matched = entries.len();
        let lists = json!({ "undoable": [], "problems": [], "recoverable": recoverable });
        let mut page = json!({ "entries": entries, "matched": matched });
        page.as_object_mut().expect("an object").extend(lists.as_object().expect("an object").clone());
        page.to_string()
    }

    fn error(message: &str) -> Json {
        serde_json::to_value(ApiError::new(Code::Conflict, message)).expect("JSON")
    }

    fn recovery() -> Recovery {
        let settings: Signal<Settings> = RwSignal::new(Settings::default()).into();
        let detail = Detail::new(settings, || DateTime::UNIX_EPOCH);
        let toasts = Toasts::new();
        let changes = ChangeReview::new(detail, Timeline::new(detail, settings), toasts, settings);
        Recovery::new(changes, toasts)
    }

    fn ids(entries: &[JournalEntry]) -> Vec<String> {
        entries.iter().map(|entry| entry.entry_id.clone()).collect()
    }

    #[tokio::test]
    async fn what_can_be_ended_is_offered_at_the_start() {
        in_window(async {
            host::answer_with(|name, arguments| {
                assert_eq!(name, "search_journal", "to look is to read the journal, and no more");
                assert!(arguments.contains("\"unfinished_only\":true"));
                async move { Ok(page(vec![entry("a", true), entry("b", false)], &["a"])) }
            });
            let recovery = recovery();
            recovery.load().await;
            let ids = recovery.entries.with_untracked(|entries| ids(entries));
            assert_eq!(ids, ["a"], "of an entry without a record nothing can be found out");
        })
        .await;
    }

    #[tokio::test]
    async fn what_turns_out_to_be_over_leaves_the_list() {
        in_window(async {
            let planned = Rc::new(RefCell::new(false));
            let is_over = planned.clone();
            host::answer_with(move |name, _| {
                let answer = match name {
                    "plan_changes" => {
                        *is_over.borrow_mut() = true;
                        Err(error("It was over.").to_string())
                    }
                    _ if *is_over.borrow() => Ok(page(vec![], &[])),
                    _ => Ok(page(vec![entry("a", true)], &["a"])),
                };
                async move { answer }
            });
            let recovery = recovery();
            recovery.load().await;
            let first = recovery.entries.with_untracked(|entries| entries[0].clone());
            recovery.plan(first, WayOut::Finish).await;
            assert!(!recovery.is_open());
            assert_eq!(recovery.request.failure.get_untracked(), None, "told in a notice instead");
        })
        .await;
    }

    /// What stays of a change of the description after a look, by its outcome.
    async fn looked_up(result: Json) -> (Vec<LookedUp>, Option<String>) {
        let looked = Rc::new(RefCell::new(0));
        let looks = looked.clone();
        host::answer_with(move |name, _| {
            let answer = match name {
                "plan_changes" => {
                    *looks.borrow_mut() += 1;
                    Err(error("fake outcome").to_string())
                }
                _ if *looks.borrow() == 0 => {
                    Ok(page(vec![description(json!({ "result": "unfinished" }))], &["a"]))
                }
                _ => Ok(page(vec![description(result.clone())], &[])),
            };
            async move { answer }
        });
        let recovery = recovery();
        recovery.load().await;
        let entries = recovery.entries.get_untracked();
        recovery.look_up(entries).await;
        assert_eq!(*looked.borrow(), 1);
        assert!(recovery.entries.with_untracked(Vec::is_empty), "it is open no more");
        let toasts =
            recovery.toasts.list.with_untracked(|toasts| toasts.last().map(|toast| toast.text.clone()));
        (recovery.looked_up.get_untracked(), toasts)
    }

    #[tokio::test]
    async fn what_was_not_applied_can_be_finished_and_what_was_applied_in_part_withdrawn_too() {
        in_window(async {
            let (stays, told) = looked_up(json!({ "result": "done" })).await;
            assert_eq!(
                (stays, told.as_deref()),
                (Vec::new(), Some("fake outcome")),
                "its undo is in the journal"
            );
            for (result, can_withdraw) in [("not_done", false), ("conflict", true)] {
                let (stays, told) =
                    looked_up(json!({ "result": result, "error": error("fake outcome") })).await;
                let [LookedUp { entry, words }] = &stays[..] else { panic!("{stays:?}") };
                assert_eq!((words.as_str(), told), ("fake outcome", None), "{result}");
                assert!(entry.way_out(WayOut::Finish).is_some(), "{result}");
                assert_eq!(entry.way_out(WayOut::Withdraw).is_some(), can_withdraw, "{result}");
            }
        })
        .await;
    }

    #[tokio::test]
    async fn an_outcome_is_looked_up_once_its_connection_is_ready_and_by_itself_only_once() {
        in_window(async {
            let looks = Rc::new(RefCell::new(0));
            let looked = looks.clone();
            host::answer_with(move |name, _| {
                let answer = match name {
                    "plan_changes" => {
                        *looked.borrow_mut() += 1;
                        Err(error("Not you.").to_string())
                    }
                    _ => Ok(page(
                        vec![description(json!({ "result": "unknown", "error": error("fake") }))],
                        &["a"],
                    )),
                };
                async move { answer }
            });
            let recovery = recovery();
            let mut opening = local_vault();
            opening.list[0].state = ConnectionState::Opening;
            let connections = RwSignal::new(Some(opening));
            recovery.follow(connections);
            recovery.load().await;
            for _ in 0..3 {
                Executor::tick().await;
            }
            assert_eq!(*looks.borrow(), 0, "the vault is not open yet");
            for _ in 0..2 {
                connections.set(Some(local_vault()));
                for _ in 0..3 {
                    Executor::tick().await;
                }
                assert_eq!(*looks.borrow(), 1);
            }
            assert!(recovery.is_open(), "what could not be looked at can still be checked");
        })
        .await;
    }
}
