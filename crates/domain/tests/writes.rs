//! Who is told to be affected by a move of labels, and which way leads out of a change that was cut off.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use latchkey_domain::change::effects;
use latchkey_domain::secret::{Replica, Rotation, SecretDetail, SecretSummary, Version};
use latchkey_domain::stages::{CURRENT, PENDING, PREVIOUS, Pending, StagePlan, VersionMap};
use latchkey_domain::writes::{
    Effect, JournalEntry, JournalResult, Operation, Recovery, SaveRecord, StageRecord, WayOut,
};
use latchkey_domain::{ConnectionId, Region, Scope};

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

fn map(versions: &[(&str, &[&str])]) -> VersionMap {
    let labels = |labels: &[&str]| labels.iter().map(|label| (*label).to_owned()).collect();
    VersionMap(versions.iter().map(|(id, held)| ((*id).to_owned(), labels(held))).collect::<BTreeMap<_, _>>())
}

fn version(id: &str, created_at: &str, key: &str) -> Version {
    Version {
        version_id: id.into(),
        stages: Vec::new(),
        created_at: Some(at(created_at)),
        last_accessed_on: None,
        kms_key_ids: vec![key.into()],
        has_value: Some(true),
    }
}

/// `old` is AWSPREVIOUS and `new` AWSCURRENT.
fn detail() -> SecretDetail {
    SecretDetail {
        summary: SecretSummary {
            arn: "arn:aws:secretsmanager:us-east-1:123456789012:secret:prod/db-AbC12x".into(),
            name: "prod/db".into(),
            ..SecretSummary::default()
        },
        version_map: map(&[("old", &[PREVIOUS]), ("new", &[CURRENT])]),
        versions: vec![
            version("new", "2026-02-01T00:00:00Z", "key"),
            version("old", "2026-01-01T00:00:00Z", "key"),
        ],
        versions_denied: None,
        replicas: Vec::new(),
    }
}

fn rollback(detail: &SecretDetail, target: &str) -> StagePlan {
    detail.version_map.plan_rollback(target, Pending::Detach).unwrap()
}

#[test]
fn a_plain_rollback_tells_of_caches_and_of_the_event_that_does_not_come() {
    let detail = detail();
    assert_eq!(effects(&detail, &rollback(&detail, "old")), [Effect::CachingReaders, Effect::NoEvent]);
    let attach = detail.version_map.plan_label_attach("LIVE", "old").unwrap();
    assert_eq!(effects(&detail, &attach), [], "a label by hand changes no value");
}

#[test]
fn rotation_is_told_and_must_be_ticked() {
    let mut detail = detail();
    let last_rotated_at = at("2026-01-15T00:00:00Z");
    let next_rotation_at = Some(at("2026-03-01T12:00:00Z"));
    detail.summary.rotation = Some(Rotation {
        enabled: true,
        lambda_arn: None,
        schedule_expression: None,
        automatically_after_days: Some(30),
        duration: None,
        last_rotated_at: Some(last_rotated_at),
        next_rotation_at,
    });
    let found = effects(&detail, &rollback(&detail, "old"));
    let is_on = Effect::RotationIsOn { next_rotation_at, opens_at: None };
    for expected in [is_on, Effect::OlderThanRotation { last_rotated_at }] {
        assert!(found.contains(&expected) && expected.needs_tick(), "{expected}");
    }
    assert!(found[2].to_string().contains("by 1 Mar 2026 12:00 UTC"), "{}", found[2]);
    // A schedule that has this window tells when it opens.
    let rotation = detail.summary.rotation.as_mut().unwrap();
    rotation.schedule_expression = Some("cron(0 8 1 * ? *)".into());
    rotation.duration = Some("4h".into());
    let found = effects(&detail, &rollback(&detail, "old"));
    let words = "by 1 Mar 2026 12:00 UTC; its next window opens on 1 Mar 2026 08:00 UTC.";
    assert!(found[2].to_string().contains(words), "{}", found[2]);
    // Nobody tells how old a version without labels is.
    detail.versions.pop();
    let found = effects(&detail, &rollback(&detail, "old"));
    assert!(found.contains(&Effect::OlderThanRotation { last_rotated_at }), "the careful answer");
    detail.summary.rotation.as_mut().unwrap().enabled = false;
    let found = effects(&detail, &rollback(&detail, "old"));
    assert!(!found.iter().any(|effect| matches!(effect, Effect::RotationIsOn { .. })), "it is off");
}

#[test]
fn keys_replicas_services_and_pending_rotations_are_told() {
    let mut detail = detail();
    detail.summary.owning_service = Some("rds".into());
    detail.replicas = vec![Replica {
        region: "eu-west-1".into(),
        kms_key_id: None,
        status: None,
        status_message: None,
        last_accessed_on: None,
    }];
    detail.versions[1].kms_key_ids = vec!["gone".into()];
    detail.version_map = map(&[("old", &[PREVIOUS]), ("new", &[CURRENT]), ("next", &[PENDING])]);
    let found = effects(&detail, &rollback(&detail, "old"));
    for expected in [
        Effect::ManagedBy { service: "rds".into() },
        Effect::Replicas { regions: vec!["eu-west-1".into()] },
        Effect::OtherKeys { kms_key_ids: vec!["gone".into()] },
        Effect::RotationInProgress { version_id: "next".into() },
    ] {
        assert!(found.contains(&expected), "{expected:?} in {found:?}");
    }
}

#[test]
fn a_stranded_awspending_is_told_only_where_it_stays() {
    let mut detail = detail();
    detail.version_map = map(&[("old", &[PREVIOUS]), ("new", &[CURRENT, PENDING])]);
    let stranded = Effect::PendingIsStranded { version_id: "new".into() };
    assert!(!effects(&detail, &rollback(&detail, "old")).contains(&stranded), "it is detached");
    let leaving = detail.version_map.plan_rollback("old", Pending::Leave).unwrap();
    assert!(effects(&detail, &leaving).contains(&stranded));
    assert!(stranded.needs_tick());
    let by_hand =
        map(&[("old", &[PREVIOUS]), ("new", &[CURRENT])]).plan_label_attach(PENDING, "old").unwrap();
    detail.version_map = by_hand.before.clone();
    let stranded = Effect::PendingIsStranded { version_id: "old".into() };
    assert!(effects(&detail, &by_hand).contains(&stranded), "put there by hand");
    detail.version_map = by_hand.after();
    let other = detail.version_map.plan_label_attach("blue", "new").unwrap();
    assert!(!effects(&detail, &other).contains(&stranded), "it was there before");
}

#[test]
fn an_unfinished_version_that_loses_its_last_label_must_be_ticked() {
    let mut detail = detail();
    detail.version_map = map(&[("new", &[CURRENT]), ("next", &[PENDING])]);
    let let_go = Effect::UnfinishedIsLetGo { version_id: "next".into() };
    let removal = detail.version_map.plan_label_remove(PENDING).unwrap();
    assert!(effects(&detail, &removal).contains(&let_go) && let_go.needs_tick());
    let kept = removal.keeping("next", "BEFORE").unwrap();
    assert!(!effects(&detail, &kept).contains(&let_go), "it stays under a label");
    let aside = detail.version_map.plan_pending_aside("BEFORE").unwrap();
    assert!(!effects(&detail, &aside).contains(&let_go));
}

fn entry(stages: Option<StageRecord>, save: Option<SaveRecord>) -> JournalEntry {
    JournalEntry {
        entry_id: "one".into(),
        began_at: at("2026-11-21T02:00:00Z"),
        ended_at: None,
        scope: Scope { connection: ConnectionId::local(), region: Region::from("us-east-1") },
        connection_name: "Local vault".into(),
        account: None,
        caller_arn: None,
        secret_id: "arn".into(),
        secret_name: "prod/db".into(),
        operation: Operation::SaveValue,
        version_ids: Vec::new(),
        request_ids: Vec::new(),
        stages,
        save,
        change: None,
        plan: None,
        result: JournalResult::Unfinished,
    }
}

const LABEL: &str = "latchkey-0123456789ab";

fn cut_off_swap(before: &VersionMap) -> JournalEntry {
    entry(
        None,
        Some(SaveRecord {
            base_version_id: Some("base".into()),
            new_version_id: "made".into(),
            label: Some(LABEL.into()),
            before: before.clone(),
            left: None,
        }),
    )
}

/// What the labels are after the way out, if there are steps.
fn after(entry: &JournalEntry, now: &VersionMap, way_out: WayOut) -> Result<VersionMap, Recovery> {
    match entry.recover(now, way_out) {
        Recovery::Plan(plan) => Ok(plan.after()),
        other => Err(other),
    }
}

#[test]
fn a_swap_that_was_cut_off_goes_on_or_back_from_each_of_its_states() {
    let before = map(&[("base", &[CURRENT, "LIVE"])]);
    let entry = cut_off_swap(&before);
    let saved = map(&[("made", &[CURRENT]), ("base", &["LIVE", PREVIOUS])]);
    let attached = map(&[("base", &[CURRENT, "LIVE", LABEL])]);
    assert_eq!(after(&entry, &attached, WayOut::Finish), Err(Recovery::ValueIsMissing));
    assert!(after(&entry, &attached, WayOut::Withdraw).unwrap().same_as(&before));
    let staged = map(&[("base", &[CURRENT, "LIVE"]), ("made", &[LABEL])]);
    assert!(after(&entry, &staged, WayOut::Finish).unwrap().same_as(&saved));
    assert!(after(&entry, &staged, WayOut::Withdraw).unwrap().same_as(&before));
    let swapped = map(&[("made", &[CURRENT, LABEL]), ("base", &["LIVE", PREVIOUS])]);
    assert!(after(&entry, &swapped, WayOut::Finish).unwrap().same_as(&saved));
    let back = after(&entry, &swapped, WayOut::Withdraw).unwrap();
    assert_eq!((back.holder(CURRENT), back.holder(LABEL)), (Some("base"), None));
    assert_eq!(after(&entry, &saved, WayOut::Finish), Err(Recovery::WasDone));
    assert_eq!(after(&entry, &before, WayOut::Withdraw), Err(Recovery::WasNotDone));
}

#[test]
fn a_swap_never_goes_on_over_somebody_elses_value() {
    let entry = cut_off_swap(&map(&[("base", &[CURRENT])]));
    let theirs = map(&[("theirs", &[CURRENT]), ("base", &[PREVIOUS]), ("made", &[LABEL])]);
    assert_eq!(after(&entry, &theirs, WayOut::Finish), Err(Recovery::MovedOn));
    let withdrawn = after(&entry, &theirs, WayOut::Withdraw).unwrap();
    assert!(withdrawn.same_as(&map(&[("theirs", &[CURRENT]), ("base", &[PREVIOUS])])), "{withdrawn:?}");
}

#[test]
fn a_put_that_was_cut_off_gets_its_dropped_labels_back() {
    let mut entry = cut_off_swap(&map(&[("base", &[CURRENT, "LIVE"])]));
    entry.save.as_mut().unwrap().label = None;
    let put = map(&[("made", &[CURRENT]), ("base", &[PREVIOUS])]);
    assert_eq!(after(&entry, &put, WayOut::Finish).unwrap().holder("LIVE"), Some("base"));
    let withdrawn = after(&entry, &put, WayOut::Withdraw).unwrap();
    assert!(withdrawn.same_as(&map(&[("base", &[CURRENT, "LIVE"])])), "back to the base, with its labels");
    let theirs = map(&[("theirs", &[CURRENT]), ("made", &[PREVIOUS])]);
    assert_eq!(after(&entry, &theirs, WayOut::Withdraw), Err(Recovery::MovedOn), "theirs is not taken back");
    assert_eq!(after(&entry, &theirs, WayOut::Finish).unwrap().holder("LIVE"), Some("base"));
    let whole = map(&[("made", &[CURRENT]), ("base", &[PREVIOUS, "LIVE"])]);
    assert_eq!(after(&entry, &whole, WayOut::Withdraw), Err(Recovery::WasDone), "an undo is what goes back");
    let never = map(&[("base", &[CURRENT, "LIVE"])]);
    assert_eq!(after(&entry, &never, WayOut::Finish), Err(Recovery::WasNotDone));
}

#[test]
fn a_put_that_was_cut_off_over_somebody_elses_value_is_not_called_done() {
    let mut entry = cut_off_swap(&map(&[("base", &[CURRENT, "LIVE"])]));
    entry.save.as_mut().unwrap().label = None;
    let put = map(&[("made", &[CURRENT]), ("theirs", &[PREVIOUS, "THEIRS"]), ("base", &["LIVE"])]);
    let replaced = Recovery::Replaced { version_id: "theirs".into() };
    assert_eq!(after(&entry, &put, WayOut::Finish), Err(replaced));
    let withdrawn = after(&entry, &put, WayOut::Withdraw).unwrap();
    let expected = map(&[("theirs", &[CURRENT, "THEIRS"]), ("made", &[PREVIOUS]), ("base", &["LIVE"])]);
    assert!(withdrawn.same_as(&expected), "theirs is current, and their label stays: {withdrawn:?}");
    let dropped = map(&[("made", &[CURRENT]), ("theirs", &[PREVIOUS])]);
    for way_out in [WayOut::Finish, WayOut::Withdraw] {
        assert_eq!(after(&entry, &dropped, way_out).unwrap().holder("LIVE"), Some("base"), "{way_out:?}");
    }
    // The same for the first value of a secret.
    let mut entry = cut_off_swap(&VersionMap::default());
    let save = entry.save.as_mut().unwrap();
    (save.label, save.base_version_id) = (None, None);
    let first = map(&[("made", &[CURRENT]), ("theirs", &[PREVIOUS])]);
    assert!(matches!(after(&entry, &first, WayOut::Finish), Err(Recovery::Replaced { .. })));
    assert_eq!(after(&entry, &first, WayOut::Withdraw).unwrap().holder(CURRENT), Some("theirs"));
    let alone = map(&[("made", &[CURRENT])]);
    assert_eq!(after(&entry, &alone, WayOut::Finish), Err(Recovery::WasDone));
}

#[test]
fn moves_of_labels_go_on_from_where_they_stopped() {
    let before = map(&[("old", &[PREVIOUS]), ("new", &[CURRENT, PENDING])]);
    let plan = before.plan_rollback("old", Pending::Detach).unwrap();
    let record = StageRecord { before: before.clone(), steps: plan.steps.clone() };
    let entry = entry(Some(record), None);
    let half = before.apply(&StagePlan { before: before.clone(), steps: plan.steps[..1].to_vec() });
    assert!(after(&entry, &half, WayOut::Finish).unwrap().same_as(&plan.after()));
    assert!(after(&entry, &half, WayOut::Withdraw).unwrap().same_as(&before));
    assert_eq!(after(&entry, &plan.after(), WayOut::Finish), Err(Recovery::WasDone));
    assert_eq!(after(&entry, &before, WayOut::Finish), Err(Recovery::WasNotDone));
    let theirs = map(&[("theirs", &[CURRENT])]);
    assert_eq!(after(&entry, &theirs, WayOut::Finish), Err(Recovery::MovedOn));
}
