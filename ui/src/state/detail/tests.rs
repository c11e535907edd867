//! The detail pane on an engine of the test.

use std::cell::RefCell;
use std::rc::Rc;

use latchkey_domain::{ConnectionId, Region};
use serde_json::{Value as Json, json};

use super::*;
use crate::ipc::host;
use crate::state::testing::in_window;

fn scope(region: &str) -> Scope {
    Scope { connection: ConnectionId::local(), region: Region::from(region) }
}

fn arn(name: &str) -> String {
    format!("arn:aws:secretsmanager:eu-central-1:123456789012:secret:{name}-AbCdEf")
}

/// A described secret; `versions` are pairs of id and stage.
fn described(name: &str, versions: &[(&str, &str)]) -> Json {
    let version =
        |(id, stage): &(&str, &str)| json!({ "version_id": id, "stages": [stage], "kms_key_ids": [] });
    json!({
        "summary": { "arn": arn(name), "name": name, "tags": [] },
        "version_map": {},
        "versions": versions.iter().map(version).collect::<Vec<_>>(),
        "replicas": [],
    })
}

/// An engine whose answer to DescribeSecret can be changed.
fn engine(first: Json) -> Rc<RefCell<Json>> {
    let answer = Rc::new(RefCell::new(first));
    let current = answer.clone();
    host::answer_with(move |name, _| {
        assert_eq!(name, "describe_secret", "to look at a secret is to describe it, and no more");
        let text = current.borrow().to_string();
        async move { Ok(text) }
    });
    answer
}

/// An engine that knows secrets by their ARN and takes its time.
fn slow_engine() {
    host::answer_with(|_, arguments| {
        let name = if arguments.contains("first") { "prod/first" } else { "prod/second" };
        let (turns, text) = if name == "prod/first" { (9, "v1") } else { (3, "w1") };
        let text = described(name, &[(text, "AWSCURRENT")]).to_string();
        async move {
            for _ in 0..turns {
                tokio::task::yield_now().await;
            }
            Ok(text)
        }
    });
}

async fn answered() {
    for _ in 0..20 {
        any_spawner::Executor::tick().await;
    }
}

#[tokio::test]
async fn a_late_answer_never_lands_on_another_secret() {
    in_window(async {
        slow_engine();
        let detail = opened("prod/first").await;
        detail.open(scope("eu-central-1"), arn("prod/second"));
        answered().await;
        assert_eq!(version_in_view(detail).as_deref(), Some("w1"), "the second stays");
        let name = detail.secret.with_untracked(|secret| Some(secret.as_ref()?.summary.name.clone()));
        assert_eq!(name.as_deref(), Some("prod/second"), "the pane has moved on");
    })
    .await;
}

#[tokio::test]
async fn a_late_answer_does_not_reopen_a_closed_pane() {
    in_window(async {
        slow_engine();
        let detail = opened("prod/first").await;
        detail.close();
        answered().await;
        let is_empty =
            detail.described.with_untracked(|known| known.target.is_none() && known.detail.is_none());
        assert!(is_empty, "the pane was closed, and stays so");
    })
    .await;
}

#[tokio::test]
async fn a_refresh_says_that_it_is_under_way() {
    in_window(async {
        slow_engine();
        let detail = opened("prod/first").await;
        answered().await;
        detail.refresh();
        any_spawner::Executor::tick().await;
        assert!(detail.describing.is_busy() && detail.secret.with_untracked(Option::is_some));
        answered().await;
        assert!(!detail.describing.is_busy());
    })
    .await;
}

async fn opened(name: &str) -> Detail {
    let detail = Detail::new(RwSignal::new(Settings::default()).into(), || DateTime::UNIX_EPOCH);
    detail.open(scope("eu-central-1"), arn(name));
    any_spawner::Executor::tick().await;
    detail
}

fn version_in_view(detail: Detail) -> Option<String> {
    detail.picked_version.get_untracked()
}

#[tokio::test]
async fn the_value_follows_awscurrent_until_a_version_is_picked_by_hand() {
    in_window(async {
        let answer = engine(described("prod/db", &[("v1", "AWSCURRENT")]));
        let detail = opened("prod/db").await;
        assert_eq!(version_in_view(detail).as_deref(), Some("v1"), "what readers get");
        *answer.borrow_mut() = described("prod/db", &[("v2", "AWSCURRENT"), ("v1", "AWSPREVIOUS")]);
        detail.refresh();
        any_spawner::Executor::tick().await;
        assert_eq!(version_in_view(detail).as_deref(), Some("v2"), "somebody stored a new value");
        detail.pick_version("v1".into());
        detail.refresh();
        any_spawner::Executor::tick().await;
        assert_eq!(version_in_view(detail).as_deref(), Some("v1"), "picked by hand");
    })
    .await;
}

#[tokio::test]
async fn a_secret_that_may_not_be_described_can_still_be_read() {
    in_window(async {
        let denied =
            serde_json::to_string(&ApiError::new(Code::AccessDenied, "Not you.")).expect("an error is JSON");
        host::answer_with(move |_, _| {
            let denied = denied.clone();
            async move { Err(denied) }
        });
        let detail = opened("prod/db").await;
        assert_eq!(version_in_view(detail).as_deref(), Some(""), "what readers get who name no version");
        assert!(!detail.is_writable(), "nothing is known to write on");
    })
    .await;
}

#[tokio::test]
async fn a_secret_that_is_found_but_may_not_be_described_is_asked_for_once() {
    in_window(async {
        let asked = Rc::new(RefCell::new(Vec::new()));
        let heard = asked.clone();
        let denied = serde_json::to_string(&ApiError::new(Code::AccessDenied, "Not you.")).expect("JSON");
        host::answer_with(move |name, _| {
            heard.borrow_mut().push(name.to_owned());
            std::future::ready(Err(denied.clone()))
        });
        let detail = Detail::new(RwSignal::new(Settings::default()).into(), || DateTime::UNIX_EPOCH);
        let found = detail.find(scope("eu-central-1"), "prod/db".into()).await.expect("it is opened");
        any_spawner::Executor::tick().await;
        assert_eq!(found, scope("eu-central-1"));
        assert_eq!(version_in_view(detail).as_deref(), Some(""), "its value may be readable");
        assert_eq!(*asked.borrow(), ["find_secret"], "the same refusal is not fetched twice");
    })
    .await;
}

#[tokio::test]
async fn a_picked_version_that_is_gone_gives_way_to_awscurrent() {
    in_window(async {
        let answer = engine(described("prod/db", &[("v2", "AWSCURRENT"), ("v1", "AWSPREVIOUS")]));
        let detail = opened("prod/db").await;
        detail.pick_version("v1".into());
        *answer.borrow_mut() = described("prod/db", &[("v2", "AWSCURRENT")]);
        detail.refresh();
        any_spawner::Executor::tick().await;
        assert_eq!(version_in_view(detail).as_deref(), Some("v2"), "v1 was purged");
    })
    .await;
}

#[tokio::test]
async fn another_secret_starts_at_its_own_awscurrent() {
    in_window(async {
        let answer = engine(described("prod/db", &[("v2", "AWSCURRENT"), ("v1", "AWSPREVIOUS")]));
        let detail = opened("prod/db").await;
        detail.pick_version("v1".into());
        *answer.borrow_mut() = described("prod/web", &[("w1", "AWSCURRENT")]);
        detail.open(scope("eu-central-1"), arn("prod/web"));
        assert_eq!(version_in_view(detail), None, "until it is described there is no version to read");
        any_spawner::Executor::tick().await;
        assert_eq!(version_in_view(detail).as_deref(), Some("w1"), "its own");
    })
    .await;
}

#[tokio::test]
async fn the_secret_closes_when_another_scope_comes_into_view() {
    in_window(async {
        engine(described("prod/db", &[("v1", "AWSCURRENT")]));
        let detail = opened("prod/db").await;
        let in_view = RwSignal::new(Some(scope("eu-central-1")));
        detail.close_in_other_scopes(Memo::new(move |_| in_view.get()));
        any_spawner::Executor::tick().await;
        assert!(detail.is_open(), "its own scope");
        in_view.set(Some(scope("us-east-1")));
        any_spawner::Executor::tick().await;
        assert!(!detail.is_open(), "a secret of another Region must not stand beside this list");
        assert_eq!(version_in_view(detail), None, "nor its value");
    })
    .await;
}
