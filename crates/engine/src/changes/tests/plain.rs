//! Description, key and tags change without a version; a deletion is named, scheduled and taken back.
#![allow(clippy::unwrap_used)]

use std::sync::Arc;

use latchkey_domain::Code;
use latchkey_domain::change::Change;
use latchkey_domain::secret::{SecretDetail, Tag};
use latchkey_domain::writes::{JournalResult, Operation};

use crate::testing::Bench;
use crate::testing::wire::RealVault;

const KEY: &str = "arn:aws:kms:us-east-1:123456789012:key/11111111-2222-3333-4444-555555555555";

/// The vault serves for as long as it is held.
async fn made() -> (Arc<RealVault>, Bench, SecretDetail) {
    let vault = RealVault::start().await;
    let bench = vault.engine().await;
    let made = bench.create("prod/db", "fake").await;
    (vault, bench, made)
}

fn tag(key: &str, value: &str) -> Tag {
    Tag { key: key.into(), value: value.into() }
}

async fn journal(bench: &Bench) -> Vec<(Operation, bool)> {
    let entries = bench.journal().await;
    entries.into_iter().map(|entry| (entry.operation, entry.result == JournalResult::Done)).collect()
}

#[tokio::test]
async fn a_description_and_a_key_make_no_version_and_stand_in_the_journal() {
    let (_vault, bench, made) = made().await;
    let secret_id = made.summary.arn.clone();
    let describe = |text: &str| Change::Description { description: text.into() };
    let key = |id: &str| Change::KmsKey { kms_key_id: id.into() };
    let described = bench.change(&secret_id, describe("Fake"), None).await.unwrap();
    assert_eq!(described.summary.description.as_deref(), Some("Fake"));
    let keyed = bench.change(&secret_id, key(&format!(" {KEY} ")), None).await.unwrap();
    assert_eq!(keyed.summary.kms_key_id.as_deref(), Some(KEY));
    let keyed = bench.change(&secret_id, key(""), None).await.unwrap();
    assert_eq!(keyed.summary.kms_key_id, None, "back to the key of AWS");
    let described = bench.change(&secret_id, describe(""), None).await.unwrap();
    assert_eq!(described.summary.description, None, "an empty one is none");
    assert_eq!(described.version_map, made.version_map, "no version, no move");
    let wrote = [
        Operation::SaveDescription,
        Operation::SaveKmsKey,
        Operation::SaveKmsKey,
        Operation::SaveDescription,
    ];
    let kept = journal(&bench).await;
    assert_eq!(kept[1..], wrote.map(|operation| (operation, true)), "each write, after the creation");
}

#[tokio::test]
async fn tags_become_what_was_asked_with_as_few_writes_as_that_takes() {
    let (_vault, bench, made) = made().await;
    let secret_id = made.summary.arn;
    let save = async |tags| bench.change(&secret_id, Change::Tags { tags }, None).await;
    save(vec![tag("a", "1"), tag("b", "2")]).await.unwrap();
    let tagged = save(vec![tag("b", "3"), tag("c", "")]).await.unwrap();
    assert_eq!(tagged.summary.tags, [tag("b", "3"), tag("c", "")]);
    assert_eq!(bench.log.of("TagResource").len(), 2);
    assert_eq!(bench.log.of("UntagResource").len(), 1, "the first write had nothing to take away");
    save(vec![tag("b", "3"), tag("c", "")]).await.unwrap();
    assert_eq!(bench.log.of("TagResource").len(), 2, "nothing to do, nothing sent");
    let refused = save(vec![tag("aws:x", "1")]).await.unwrap_err();
    assert_eq!(refused.code, Code::Invalid("tags".into()));
}

#[tokio::test]
async fn a_deletion_needs_the_name_and_can_be_taken_back() {
    let (_vault, bench, made) = made().await;
    let secret_id = made.summary.arn;
    let delete = async |recovery_days, typed: &str| {
        bench.change(&secret_id, Change::Delete { recovery_days }, Some(typed)).await
    };
    let refused = delete(7, "prod/other").await.unwrap_err();
    assert_eq!(refused.code, Code::Invalid("typed_name".into()));
    let refused = delete(6, "prod/db").await.unwrap_err();
    assert_eq!(refused.code, Code::Invalid("recovery_days".into()));
    assert!(bench.log.of("DeleteSecret").is_empty(), "nothing was sent");
    let deleted = delete(7, "prod/db").await.unwrap();
    assert!(deleted.summary.deleted_at.is_some());
    let describe = Change::Description { description: "Fake".into() };
    let refused = bench.change(&secret_id, describe, None).await.unwrap_err();
    assert_eq!(refused.code, Code::PendingDeletion, "what waits for deletion is not changed");
    let restored = bench.change(&secret_id, Change::Restore, None).await.unwrap();
    assert_eq!(restored.summary.deleted_at, None);
    let wrote = [(Operation::DeleteSecret, true), (Operation::RestoreSecret, true)];
    assert_eq!(journal(&bench).await[1..], wrote);
}
