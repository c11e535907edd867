//! What the engine answers after the edit is over.

use std::rc::Rc;

use latchkey_domain::{Code, ConnectionId, Region, Scope};
use serde_json::json;

use super::*;
use crate::ipc::host;
use crate::state::State;
use crate::state::testing::in_window;
use crate::state::word::Said;

const ARN: &str = "arn:aws:secretsmanager:us-east-1:123456789012:secret:app/db-AbCdEf";

fn preview() -> serde_json::Value {
    json!({
        "plan_id": "fake-plan", "is_quiet": false,
        "items": [{
            "secret_id": ARN, "name": "app/db",
            "planned": {
                "planned": "save", "size_bytes": 9, "field": "secret_string", "may_choose_field": false, "way": "swap",
                "why": "safest",
            },
        }],
    })
}

/// A window with one open secret, whose value has a draft. `before` runs before each command is answered.
async fn opened(before: impl Fn(&str, ValueEdit) + 'static) -> State {
    let state = State::new(|| DateTime::UNIX_EPOCH);
    let scope = Scope { connection: ConnectionId::local(), region: Region::from("us-east-1") };
    let note = json!({ "scope": scope, "secret_id": ARN, "name": "app/db", "kept_at": DateTime::UNIX_EPOCH });
    let before = Rc::new(before);
    host::answer_with(move |name, _| {
        before(name, state.value_edit);
        let answer = match name {
            "describe_secret" => json!({
                "summary": { "arn": ARN, "name": "app/db", "tags": [] },
                "version_map": {},
                "versions": [],
                "replicas": [],
            }),
            "list_drafts" => json!([note]),
            "reveal_draft" => json!(Revealed::Text("fake-mine".into())),
            "plan_changes" => preview(),
            "apply_changes" => {
                let failure = ApiError::new(Code::Internal, "fake failure");
                return std::future::ready(Err(json!(failure).to_string()));
            }
            _ => json!(null),
        };
        std::future::ready(Ok(answer.to_string()))
    });
    state.detail.open(scope, ARN.into());
    any_spawner::Executor::tick().await;
    state.value_edit.load_drafts().await;
    state
}

#[tokio::test]
async fn what_is_read_of_a_secret_that_was_left_is_not_edited_and_its_draft_still_waits() {
    in_window(async {
        let leave = |name: &str, value_edit: ValueEdit| {
            if name == "reveal_draft" {
                value_edit.detail.close();
            }
        };
        let State { detail, value_edit, .. } = opened(leave).await;
        let target = detail.target_untracked().expect("the secret is open");
        value_edit.begin().await;
        assert!(value_edit.peek(|phase| matches!(phase, Phase::Idle)));
        assert!(value_edit.drafts.of(&target).is_some());
    })
    .await;
}

#[tokio::test]
async fn what_came_of_a_save_is_told_after_its_edit_was_discarded() {
    in_window(async {
        let discard = |name: &str, value_edit: ValueEdit| {
            if name == "apply_changes" {
                value_edit.drop_edit();
            }
        };
        let State { detail, value_edit, toasts, .. } = opened(discard).await;
        value_edit.begin().await;
        assert!(detail.unsaved.get_untracked(), "the draft is no version yet");
        value_edit.plan().await;
        assert!(value_edit.peek(|phase| phase.plan_in_view().is_some()));
        value_edit.save(Said::default()).await;
        assert!(value_edit.peek(|phase| matches!(phase, Phase::Idle)), "nothing of it comes back");
        assert!(!detail.unsaved.get_untracked());
        let told: Vec<_> = toasts.list.get_untracked().into_iter().map(|toast| toast.text).collect();
        assert!(told.iter().any(|text| text.contains("fake failure")), "{told:?}");
    })
    .await;
}
