//! Changes that were cut off, found in the journal at the start: finished or withdrawn by a plan made anew.

use latchkey_domain::writes::{
    ApplyPlan, JournalEntry, JournalResult, Operation, Outcome, PlanStages, SearchJournal, StageChange,
    StagePreview, WayOut,
};
use latchkey_domain::{ApiError, Code};
use leptos::prelude::*;

use super::described::Target;
use super::detail::Detail;
use super::request::Request;
use super::toasts::Toasts;
use crate::ipc;

/// How many are offered at once.
const MOST: usize = 50;

/// A way out that the person looks at.
#[derive(Debug, Clone, PartialEq)]
pub struct Rescue {
    pub entry: JournalEntry,
    pub way_out: WayOut,
    pub preview: StagePreview,
}

/// What was cut off, and the way out that is looked at.
#[derive(Clone, Copy)]
pub struct Recovery {
    detail: Detail,
    toasts: Toasts,
    pub entries: RwSignal<Vec<JournalEntry>>,
    pub rescue: RwSignal<Option<Rescue>>,
    pub typed_name: RwSignal<String>,
    pub acknowledged: RwSignal<bool>,
    /// The plan of a way out, and its application.
    pub request: Request,
}

impl Recovery {
    pub fn new(detail: Detail, toasts: Toasts) -> Self {
        Self {
            detail,
            toasts,
            entries: RwSignal::default(),
            rescue: RwSignal::default(),
            typed_name: RwSignal::default(),
            acknowledged: RwSignal::default(),
            request: Request::new(),
        }
    }

    /// Looks for what was cut off. Only at the start: later, what is unfinished is under way.
    pub async fn load(self) {
        let request = SearchJournal {
            text: String::new(),
            secret_id: None,
            unfinished_only: true,
            offset: 0,
            limit: MOST,
        };
        if let Ok(page) = ipc::call(request).await {
            let can_be_ended = |entry: &JournalEntry| {
                let is_creation = entry.operation == Operation::CreateSecret;
                entry.save.is_some() || entry.stages.is_some() || entry.change.is_some() || is_creation
            };
            self.entries.set(page.entries.into_iter().filter(can_be_ended).collect());
        }
    }

    /// Leaves everything as it is until the next start.
    pub fn leave_for_later(self) {
        self.back();
        self.entries.set(Vec::new());
    }

    pub fn back(self) {
        self.rescue.set(None);
        self.request.clear();
        self.typed_name.set(String::new());
        self.acknowledged.set(false);
    }

    /// Plans a way out on the labels of now. What turns out to be over is told and leaves the list.
    pub async fn plan(self, entry: JournalEntry, way_out: WayOut) {
        if self.request.is_busy() {
            return;
        }
        let entry_id = entry.entry_id.clone();
        let change = StageChange::Recover { entry_id: entry_id.clone(), way_out };
        let (scope, secret_id) = (entry.scope.clone(), entry.secret_id.clone());
        let request = PlanStages { scope, secret_id, change, keep_under: None };
        match self.request.act(ipc::call(request)).await {
            Some(preview) => self.rescue.set(Some(Rescue { entry, way_out, preview })),
            None => self.drop_ended(&entry_id).await,
        }
    }

    /// Keeps what the journal still calls unfinished.
    async fn drop_ended(self, entry_id: &str) {
        let failure = self.request.failure.get_untracked();
        self.load().await;
        match failure {
            Some(error) if self.entries.with_untracked(Vec::is_empty) => {
                self.request.clear();
                if self.ended_in_conflict(entry_id).await {
                    self.toasts.failed(&error);
                } else {
                    self.toasts.done(error.message);
                }
            }
            failure => self.request.failure.set(failure),
        }
    }

    /// Whether the journal has it as a conflict with somebody else's change: that stays in view until it is read.
    async fn ended_in_conflict(self, entry_id: &str) -> bool {
        let text = entry_id.to_owned();
        let request = SearchJournal { text, secret_id: None, unfinished_only: false, offset: 0, limit: 1 };
        ipc::call(request).await.is_ok_and(|page| {
            page.entries.first().is_some_and(|entry| matches!(entry.result, JournalResult::Conflict(_)))
        })
    }

    /// Carries the planned way out.
    pub async fn apply(self) {
        let Some(rescue) = self.rescue.get_untracked() else { return };
        let typed_name = Some(self.typed_name.get_untracked()).filter(|name| !name.is_empty());
        let acknowledged = self.acknowledged.get_untracked();
        let request = ApplyPlan { plan_id: rescue.preview.plan_id.clone(), typed_name, acknowledged };
        let Some(applied) = self.request.act(ipc::call(request)).await else { return };
        let JournalEntry { scope, secret_id, secret_name, .. } = rescue.entry;
        self.detail.take_changed(&Target { scope, secret_id }, applied.detail);
        match applied.outcome {
            Outcome::Done => {
                let word = if rescue.way_out == WayOut::Finish { "finished" } else { "withdrawn" };
                self.toasts.done(format!("The change of {secret_name} is {word}."));
                self.back();
                self.load().await;
            }
            Outcome::Conflict(error) | Outcome::NotDone(error) => {
                self.request.fail(ApiError { code: Code::Conflict, ..error });
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;
    use std::rc::Rc;

    use chrono::DateTime;
    use latchkey_domain::settings::Settings;
    use serde_json::{Value as Json, json};

    use super::*;
    use crate::ipc::host;
    use crate::state::testing::in_window;

    fn entry(id: &str, has_save: bool) -> Json {
        let save = json!({ "base_version_id": "v1", "new_version_id": "v2", "label": null, "before": {} });
        json!({
            "entry_id": id, "began_at": "2026-01-01T00:00:00Z", "connection_name": "Local vault",
            "scope": { "connection": "local", "region": "us-east-1" }, "secret_id": "arn", "secret_name": "prod/db",
            "operation": if has_save { "save_value" } else { "save_tags" }, "version_ids": [], "request_ids": [],
            "save": if has_save { save } else { Json::Null }, "result": { "result": "unfinished" },
        })
    }

    fn recovery() -> Recovery {
        let detail = Detail::new(RwSignal::new(Settings::default()).into(), || DateTime::UNIX_EPOCH);
        Recovery::new(detail, Toasts::new())
    }

    #[tokio::test]
    async fn what_can_be_ended_is_offered_at_the_start() {
        in_window(async {
            host::answer_with(|name, arguments| {
                assert_eq!(name, "search_journal", "to look is to read the journal, and no more");
                assert!(arguments.contains("\"unfinished_only\":true"));
                let page =
                    json!({ "entries": [entry("a", true), entry("b", false)], "matched": 2, "undoable": [], "problems": [] });
                async move { Ok(page.to_string()) }
            });
            let recovery = recovery();
            recovery.load().await;
            let ids = recovery.entries.with_untracked(|entries| {
                entries.iter().map(|entry| entry.entry_id.clone()).collect::<Vec<_>>()
            });
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
                    "plan_stages" => {
                        *is_over.borrow_mut() = true;
                        Err(serde_json::to_string(&ApiError::new(Code::Conflict, "It was over."))
                            .expect("JSON"))
                    }
                    _ => {
                        let entries = if *is_over.borrow() { vec![] } else { vec![entry("a", true)] };
                        Ok(json!({ "entries": entries, "matched": 0, "undoable": [], "problems": [] })
                            .to_string())
                    }
                };
                async move { answer }
            });
            let recovery = recovery();
            recovery.load().await;
            let first = recovery.entries.with_untracked(|entries| entries[0].clone());
            recovery.plan(first, WayOut::Finish).await;
            assert!(recovery.entries.with_untracked(Vec::is_empty));
            assert_eq!(recovery.request.failure.get_untracked(), None, "told in a notice instead");
        })
        .await;
    }
}
