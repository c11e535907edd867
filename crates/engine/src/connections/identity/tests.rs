//! A guard counts for an identity, by however many connections that is known.
#![allow(clippy::unwrap_used)]

use latchkey_domain::assumed_role::{AssumedRoleDraft, SaveAssumedRole};
use latchkey_domain::connection::{AccessKeyDraft, Connection, SaveAccessKey};
use latchkey_domain::contract::EditConnection;
use latchkey_domain::guard::Guard;
use latchkey_domain::secret_text::SecretInput;
use latchkey_domain::{ApiError, ConnectionId};
use serde_json::json;

use crate::testing::{Bench, edit_of, ok};

async fn add_key(bench: &Bench, name: &str, access_key_id: &str) -> Result<Connection, ApiError> {
    let draft = AccessKeyDraft {
        name: name.into(),
        access_key_id: access_key_id.into(),
        secret_access_key: SecretInput::new("fake"),
        session_token: None,
        region: "eu-west-1".into(),
        endpoint_url: None,
        variant: Default::default(),
    };
    let known = bench.engine.save_access_key(SaveAccessKey { draft }).await?;
    Ok(known.list.into_iter().find(|known| known.name == name).unwrap())
}

async fn add_role(bench: &Bench, name: &str, base: &ConnectionId) -> Connection {
    let draft = AssumedRoleDraft {
        name: name.into(),
        base: base.clone(),
        role_arn: "arn:aws:iam::210987654321:role/admin".into(),
        external_id: None,
        session_name: None,
        duration_minutes: None,
        mfa_serial: None,
        region: "eu-west-1".into(),
        endpoint_url: None,
    };
    let known = bench.engine.save_assumed_role(SaveAssumedRole { draft }).await.unwrap();
    known.list.into_iter().find(|known| known.name == name).unwrap()
}

#[tokio::test]
async fn a_connection_that_is_added_begins_with_the_strictest_guard_of_its_identity() {
    let bench = Bench::new(|_, _| ok(json!({}))).await;
    let key = add_key(&bench, "key", "AKIAFAKEFAKEFAKEFAKE").await.unwrap();
    let role = add_role(&bench, "role", &key.id).await;
    assert_eq!((key.marks.guard, role.marks.guard), (Guard::Free, Guard::Free), "nothing is guarded yet");

    let edit = EditConnection { reveal_asks: true, ..edit_of(&key.id, Guard::ReadOnly) };
    bench.engine.edit_connection(edit).await.unwrap();
    let again = add_key(&bench, "key again", "AKIAFAKEFAKEFAKEFAKE").await.unwrap().marks;
    assert_eq!((again.guard, again.reveal_asks), (Guard::ReadOnly, true), "it is the same key");
    let on_it = add_role(&bench, "another role", &key.id).await.marks;
    assert_eq!(
        (on_it.guard, on_it.reveal_asks),
        (Guard::ReadOnly, true),
        "the guarded key asks for the role"
    );
    let other = add_key(&bench, "other key", "AKIAFAKEFAKEFAKEOTHR").await.unwrap().marks;
    assert_eq!((other.guard, other.reveal_asks), (Guard::Free, false), "another identity has its own guard");

    bench.engine.edit_connection(edit_of(&role.id, Guard::Confirm)).await.unwrap();
    let base = add_key(&bench, "free key", "AKIAFAKEFAKEFAKEFREE").await.unwrap();
    let elsewhere = add_role(&bench, "role by another key", &base.id).await.marks;
    assert_eq!(elsewhere.guard, Guard::Free, "neither that base nor the role through it is guarded");
}

#[tokio::test]
async fn a_connection_that_could_not_be_added_leaves_no_guard_behind() {
    let bench = Bench::new(|_, _| ok(json!({}))).await;
    let key = add_key(&bench, "key", "AKIAFAKEFAKEFAKEFAKE").await.unwrap();
    bench.engine.edit_connection(edit_of(&key.id, Guard::ReadOnly)).await.unwrap();
    let marks = || std::fs::read_to_string(bench.folder.path().join("data/marks.json")).unwrap();
    let before = marks();
    let file = bench.folder.path().join("data/connections.json");
    std::fs::remove_file(&file).unwrap();
    std::fs::create_dir(&file).unwrap();
    add_key(&bench, "key again", "AKIAFAKEFAKEFAKEFAKE").await.expect_err("the file cannot be written");
    assert_eq!(marks(), before);
}
