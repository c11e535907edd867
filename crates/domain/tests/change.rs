//! What a change sends, what it makes of a secret and what is told of it afterwards agree.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;

use latchkey_domain::change::{Change, ChangeRecord, NoUndo, Settled, WriteRequest, check_writable};
use latchkey_domain::cli_line::{CliLineError, CliTarget};
use latchkey_domain::guard::Guard;
use latchkey_domain::secret::{Rotation, SecretDetail, SecretSummary, Tag, VersionMap};
use latchkey_domain::{Code, Region};
use proptest::prelude::*;

fn tags(map: &BTreeMap<String, String>) -> Vec<Tag> {
    map.iter().map(|(key, value)| Tag { key: key.clone(), value: value.clone() }).collect()
}

fn detail(summary: SecretSummary) -> SecretDetail {
    SecretDetail {
        summary: SecretSummary { name: "fake/db".into(), ..summary },
        version_map: VersionMap::default(),
        versions: Vec::new(),
        versions_denied: None,
        replicas: Vec::new(),
    }
}

fn tagged(map: &BTreeMap<String, String>) -> SecretDetail {
    detail(SecretSummary { tags: tags(map), ..SecretSummary::default() })
}

fn record(change: &Change, before: &SecretDetail) -> ChangeRecord {
    ChangeRecord::new(change.clone(), before)
}

proptest! {
    #[test]
    fn tags_become_what_was_asked_and_none_that_stays_is_touched(
        before in prop::collection::btree_map("[a-d]", "[xy]", 0..4),
        after in prop::collection::btree_map("[a-d]", "[xy]", 0..4),
    ) {
        let change = Change::Tags { tags: tags(&after) };
        let described = tagged(&before);
        let record = record(&change, &described);
        let mut now = before.clone();
        let requests = change.requests(&record.before);
        let count = requests.len();
        for (at, request) in requests.into_iter().enumerate() {
            match request {
                WriteRequest::UntagResource(keys) => {
                    for key in keys {
                        prop_assert!(now.remove(&key).is_some() && !after.contains_key(&key));
                    }
                }
                WriteRequest::TagResource(put) => {
                    for Tag { key, value } in put {
                        prop_assert_ne!(before.get(&key), Some(&value), "it has it already");
                        now.insert(key, value);
                    }
                }
                other => prop_assert!(false, "{:?} is none of tags", other),
            }
            let settled = record.settled(&tagged(&now));
            prop_assert_eq!(settled == Settled::Done, at + 1 == count, "{:?} on the way", settled);
        }
        prop_assert_eq!(&now, &after);
        prop_assert_eq!(count == 0, before == after, "nothing to do, nothing sent");
        if before != after {
            prop_assert_eq!(record.settled(&described), Settled::NotDone);
        }
    }
}

#[test]
fn each_change_is_told_by_the_part_that_it_touches() {
    let plain = || SecretSummary { description: Some("old".into()), ..SecretSummary::default() };
    let rotating = |enabled, duration: Option<&str>| SecretSummary {
        rotation: Some(Rotation {
            enabled,
            lambda_arn: Some("fake-function".into()),
            schedule_expression: Some("rate(10 days)".into()),
            automatically_after_days: None,
            duration: duration.map(str::to_owned),
            last_rotated_at: None,
            next_rotation_at: None,
        }),
        ..plain()
    };
    let deleted = || SecretSummary { deleted_at: Some(Default::default()), ..plain() };
    let words = |text: &str| SecretSummary { description: Some(text.into()), ..plain() };
    let key = |id: Option<&str>| SecretSummary { kms_key_id: id.map(str::to_owned), ..plain() };
    let configure = |duration: Option<&str>| Change::ConfigureRotation {
        lambda_arn: None,
        schedule_expression: "rate(10 days)".into(),
        duration: duration.map(str::to_owned),
        rotate_immediately: false,
        version_id: None,
    };
    for (change, before, after, somebodys) in [
        (
            Change::Description { description: "new".into() },
            words("old"),
            words("new"),
            Some(words("theirs")),
        ),
        (Change::Description { description: String::new() }, words("old"), words(""), Some(words("theirs"))),
        (
            Change::KmsKey { kms_key_id: "fake-1".into() },
            key(None),
            key(Some("fake-1")),
            Some(key(Some("fake-2"))),
        ),
        (
            Change::KmsKey { kms_key_id: String::new() },
            key(Some("fake-1")),
            key(None),
            Some(key(Some("fake-2"))),
        ),
        (Change::Delete { recovery_days: 7 }, plain(), deleted(), None),
        (Change::Restore, deleted(), plain(), None),
        (
            configure(Some("3h")),
            rotating(false, Some("3h")),
            rotating(true, Some("3h")),
            Some(rotating(true, Some("5h"))),
        ),
        (Change::CancelRotation, rotating(true, None), rotating(false, None), None),
    ] {
        let record = record(&change, &detail(before.clone()));
        assert_eq!(record.settled(&detail(after.clone())), Settled::Done, "{change:?}");
        assert_eq!(record.settled(&detail(before.clone())), Settled::NotDone, "{change:?}");
        check_undo(&record, &after, &before);
        if let Some(somebodys) = somebodys {
            assert_eq!(record.settled(&detail(somebodys)), Settled::Neither, "{change:?}");
        }
        let kept = serde_json::to_string(&record).unwrap();
        assert_eq!(serde_json::from_str::<ChangeRecord>(&kept).unwrap(), record, "the journal reads it back");
    }
}

/// The undo of a change makes of the secret after it what it was before.
fn check_undo(record: &ChangeRecord, after: &SecretSummary, before: &SecretSummary) {
    let undo = match record.undo() {
        Ok(undo) => undo,
        Err(none) => {
            assert_eq!((none, &record.change), (NoUndo::Restored, &Change::Restore));
            return;
        }
    };
    let undone = ChangeRecord::new(undo.clone(), &detail(after.clone()));
    assert_eq!(undone.settled(&detail(before.clone())), Settled::Done, "{:?} by {undo:?}", record.change);
}

proptest! {
    #[test]
    fn an_undo_makes_the_secret_what_it_was(
        before in prop::collection::btree_map("[a-d]", "[xy]", 0..4),
        after in prop::collection::btree_map("[a-d]", "[xy]", 0..4),
    ) {
        let record = record(&Change::Tags { tags: tags(&after) }, &tagged(&before));
        let undo = record.undo().unwrap();
        let undone = ChangeRecord::new(undo, &tagged(&after));
        prop_assert_eq!(undone.settled(&tagged(&before)), Settled::Done);
    }
}

#[test]
fn a_rotation_and_a_restore_have_no_undo_and_say_why() {
    let rotating =
        record(&Change::RotateNow { version_id: Some("v2".into()) }, &detail(SecretSummary::default()));
    assert_eq!(rotating.undo(), Err(NoUndo::Rotated));
    let begun = Change::ConfigureRotation {
        lambda_arn: None,
        schedule_expression: "rate(10 days)".into(),
        duration: None,
        rotate_immediately: true,
        version_id: Some("v2".into()),
    };
    assert_eq!(record(&begun, &detail(SecretSummary::default())).undo(), Err(NoUndo::Rotated));
    let never = record(&Change::CancelRotation, &detail(SecretSummary::default()));
    assert_eq!(never.undo(), Err(NoUndo::NoSchedule));
}

#[test]
fn what_the_aws_cli_would_take_for_a_file_has_no_line() {
    let target = CliTarget { secret_id: Some("fake/db"), region: "us-east-1", endpoint_url: None };
    let line = |text: &str| WriteRequest::UpdateDescription(text.to_owned()).cli_line(target);
    for text in ["file:///etc/passwd", "fileb://x", "http://x", "https://x"] {
        assert!(matches!(line(text), Err(CliLineError::TakenForFile { .. })), "{text}");
    }
    assert!(matches!(line("a\u{1b}b"), Err(CliLineError::ControlCharacters(_))));
    assert_eq!(
        line("it's").unwrap(),
        r"aws secretsmanager update-secret --secret-id=fake/db '--description=it'\''s' --region=us-east-1"
    );
}

#[test]
fn a_rotation_is_told_by_its_version_unless_that_was_there_before() {
    let change = Change::RotateNow { version_id: Some("v2".into()) };
    let with = |ids: &[&str]| SecretDetail {
        version_map: VersionMap(ids.iter().map(|id| ((*id).to_owned(), Vec::new())).collect()),
        ..detail(SecretSummary::default())
    };
    let begun = record(&change, &with(&["v1"]));
    assert_eq!(begun.settled(&with(&["v1"])), Settled::NotDone);
    assert_eq!(begun.settled(&with(&["v1", "v2"])), Settled::Done);
    let again = record(&change, &with(&["v1", "v2"]));
    assert_eq!(
        again.settled(&with(&["v1", "v2"])),
        Settled::Undecidable,
        "nothing shows whether it was asked for again"
    );
}

#[test]
fn what_waits_for_its_deletion_is_restored_and_nothing_else() {
    let region = Region::from("us-east-1");
    let deleted = detail(SecretSummary { deleted_at: Some(Default::default()), ..SecretSummary::default() });
    assert!(Change::Restore.check_on(Guard::Free, &region, &deleted).is_ok());
    for change in [
        Change::Description { description: "new".into() },
        Change::Delete { recovery_days: 7 },
        Change::RotateNow { version_id: Some("v2".into()) },
        Change::CancelRotation,
    ] {
        let refused = change.check_on(Guard::Free, &region, &deleted).unwrap_err();
        assert_eq!(refused.code, Code::PendingDeletion, "{change:?}");
    }
}

#[test]
fn what_cannot_be_written_to_says_why_and_what_to_do_instead() {
    let region = Region::from("eu-central-1");
    let summary = |deleted: bool, primary: Option<&str>| SecretSummary {
        name: "prod/db".into(),
        deleted_at: deleted.then(Default::default),
        primary_region: primary.map(str::to_owned),
        ..SecretSummary::default()
    };
    let of = |guard, summary| check_writable(guard, &region, &summary).map_err(|reason| reason.to_string());
    for guard in [Guard::Free, Guard::Confirm] {
        assert_eq!(of(guard, summary(false, None)), Ok(()));
        assert_eq!(of(guard, summary(false, Some("eu-central-1"))), Ok(()), "this is the primary");
        assert!(of(guard, summary(true, None)).unwrap_err().contains("Restore it"));
        assert!(
            of(guard, summary(false, Some("us-east-1"))).unwrap_err().contains("us-east-1: change it there")
        );
    }
    assert!(of(Guard::ReadOnly, summary(false, None)).unwrap_err().contains("read only"));
}
