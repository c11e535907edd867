//! Every kind of write goes through the other role, and everything that is read beside it does not.

use std::collections::BTreeMap;
use std::iter::successors;
use std::sync::atomic::{AtomicBool, Ordering};

use latchkey_domain::change::{ApplyChanges, Change, ItemOutcome};
use latchkey_domain::secret::Tag;
use latchkey_domain::secret_text::SecretInput;
use latchkey_domain::stages::{CURRENT, PENDING, PREVIOUS};
use latchkey_domain::value::NewValue;
use latchkey_domain::writes::{PlanId, SaveWay, ValueChange, WayOut};

use super::*;
use crate::testing::changes::{Applied, PlanCreation, PlanSave, PlanStages, SaveReview};
use crate::testing::fault;

const READERS_KEY: &str = "ASIAFAKE1-111111111111-Reader";
const OLD: &str = "00000000-0000-0000-0000-000000000000";
const NEXT: &str = "22222222-2222-2222-2222-222222222222";
const KEY_ARN: &str = "arn:aws:kms:eu-west-1:111111111111:key/fake";
const FUNCTION_ARN: &str = "arn:aws:lambda:eu-west-1:111111111111:function:fake";

/// What is sent beside writes.
const READS: [&str; 7] = [
    "DescribeSecret",
    "GetCallerIdentity",
    "GetSecretValue",
    "ListAccountAliases",
    "ListSecretVersionIds",
    "ListSecrets",
    "federation/credentials",
];

/// One secret, which is written to in every way; `denied` says which requests the role may not send.
fn secret(
    labels: &[(&str, &str)],
    denied: impl Fn(&str, &Value) -> bool + Send + Sync + 'static,
) -> impl Fn(&str, &Value, &str) -> Answer + Send + Sync + 'static {
    let labels = labels.iter().map(|(label, id)| ((*label).to_owned(), (*id).to_owned()));
    let labels = Mutex::new(labels.collect::<BTreeMap<_, _>>());
    move |operation, body, signer| {
        let mut labels = labels.lock().unwrap();
        let mut put = |label: &str, id: &str| {
            let before = labels.insert(label.to_owned(), id.to_owned());
            if let Some(before) = before.filter(|_| label == CURRENT) {
                labels.insert(PREVIOUS.to_owned(), before);
            }
        };
        let text = |name: &str| body[name].as_str().unwrap_or_default();
        match operation {
            _ if denied(operation, body) => fault(400, "AccessDeniedException", "Not you."),
            "GetCallerIdentity" => caller("111111111111", signer),
            "DescribeSecret" => {
                let mut stages = BTreeMap::<_, Vec<_>>::new();
                labels.iter().for_each(|(label, id)| stages.entry(id).or_default().push(label));
                ok(json!({ "ARN": ARN, "Name": "app/db", "VersionIdsToStages": stages }))
            }
            "GetSecretValue" => {
                let id = body["VersionId"].as_str().or(labels.get(CURRENT).map(String::as_str));
                ok(json!({ "ARN": ARN, "Name": "app/db", "VersionId": id, "SecretString": "fake" }))
            }
            "PutSecretValue" => {
                let stages = body["VersionStages"].as_array();
                let stages = stages.map(|all| all.iter().filter_map(Value::as_str).collect());
                let stages: Vec<&str> = stages.unwrap_or(vec![CURRENT]);
                stages.iter().for_each(|label| put(label, text("ClientRequestToken")));
                ok(json!({ "ARN": ARN, "Name": "app/db", "VersionId": text("ClientRequestToken") }))
            }
            "UpdateSecretVersionStage" => {
                match body["MoveToVersionId"].as_str() {
                    Some(id) => put(text("VersionStage"), id),
                    None => drop(labels.remove(text("VersionStage"))),
                }
                ok(json!({ "ARN": ARN, "Name": "app/db" }))
            }
            "ListSecretVersionIds" => ok(json!({ "Versions": [] })),
            _ => ok(json!({ "ARN": ARN, "Name": "app/db", "SecretList": [] })),
        }
    }
}

/// What is sent from now on.
struct Asked<'a> {
    bench: &'a Bench,
    before: usize,
}

impl<'a> Asked<'a> {
    fn since_now(bench: &'a Bench) -> Self {
        Self { bench, before: bench.log.all().len() }
    }

    /// The operations that wrote, each sent by the admin, while the reader has read.
    fn writes(self, what: &str) -> Vec<String> {
        let sent = self.bench.log.all().split_off(self.before);
        let (reads, writes): (Vec<_>, Vec<_>) =
            sent.into_iter().partition(|sent| READS.contains(&sent.operation.as_str()));
        for write in &writes {
            let signer = signer(&write.headers["authorization"]);
            assert_eq!(signer, ADMINS_KEY, "{what}: {} is the admin's", write.operation);
        }
        for read in reads.iter().filter(|read| !is_of_credentials(&read.operation)) {
            let signer = signer(&read.headers["authorization"]);
            assert_eq!(signer, READERS_KEY, "{what}: {} is the reader's", read.operation);
        }
        writes.into_iter().map(|write| write.operation).collect()
    }
}

/// Asks who the credentials are, or for others.
fn is_of_credentials(operation: &str) -> bool {
    ["GetCallerIdentity", "ListAccountAliases", "federation/credentials"].contains(&operation)
}

/// One change of each kind: the one after this. A new kind does not compile before it stands in this row.
fn change_after(change: &Change) -> Option<Change> {
    match change {
        Change::Description { .. } => Some(Change::KmsKey { kms_key_id: KEY_ARN.into() }),
        Change::KmsKey { .. } => {
            Some(Change::Tags { tags: vec![Tag { key: "team".into(), value: "fake".into() }] })
        }
        Change::Tags { .. } => Some(Change::Delete { recovery_days: 7 }),
        Change::Delete { .. } => Some(Change::Restore),
        Change::Restore => Some(Change::ConfigureRotation {
            lambda_arn: Some(FUNCTION_ARN.into()),
            schedule_expression: "rate(30 days)".into(),
            duration: None,
            rotate_immediately: false,
            version_id: None,
        }),
        Change::ConfigureRotation { .. } => Some(Change::RotateNow { version_id: None }),
        Change::RotateNow { .. } => Some(Change::CancelRotation),
        Change::CancelRotation => None,
    }
}

#[tokio::test]
async fn every_kind_of_change_goes_through_the_other_role() {
    let (bench, center) = bench().await;
    let scope = scope(&bench, READER).await;
    let first = Change::Description { description: "fake".into() };
    let mut operations = Vec::new();
    for change in successors(Some(first), change_after) {
        center.play(secret(&[(CURRENT, VERSION)], |_, _| false));
        let asked = Asked::since_now(&bench);
        bench.change_in(scope.clone(), ARN, change.clone(), Some("app/db")).await.unwrap();
        operations.extend(asked.writes(&format!("{change:?}")));
        assert_is_the_admins(&bench, &format!("{change:?}")).await;
    }
    assert_eq!(
        operations,
        [
            "UpdateSecret",
            "UpdateSecret",
            "TagResource",
            "DeleteSecret",
            "RestoreSecret",
            "RotateSecret",
            "RotateSecret",
            "CancelRotateSecret"
        ]
    );
}

/// The journal names who wrote last.
async fn assert_is_the_admins(bench: &Bench, what: &str) {
    let told = format!("arn:aws:sts::111111111111:assumed-role/{ADMINS_KEY}/ana");
    assert_eq!(callers(bench).await[0].as_deref(), Some(told.as_str()), "{what}");
}

#[tokio::test]
async fn a_creation_goes_through_the_other_role() {
    let (bench, center) = bench().await;
    center.play(secret(&[(CURRENT, VERSION)], |_, _| false));
    let request = PlanCreation {
        scope: scope(&bench, READER).await,
        name: "app/db".into(),
        description: None,
        kms_key_id: None,
        value: NewValue::Text(SecretInput::new("fake")),
        tags: Vec::new(),
    };
    let asked = Asked::since_now(&bench);
    let review = bench.plan_creation(request).await.unwrap();
    assert_eq!(review.writes_through.unwrap().name, ADMIN);
    let request =
        ApplyChanges { plan_id: review.plan_id, typed: None, acknowledged: false, is_reviewed: true };
    bench.apply_creation(request).await.unwrap();
    assert_eq!(asked.writes("a creation"), ["CreateSecret"]);
    assert_is_the_admins(&bench, "a creation").await;
}

/// The way after this one; a new one does not compile before it stands in this row.
fn way_after(way: &SaveWay) -> Option<SaveWay> {
    match way {
        SaveWay::First => Some(SaveWay::Swap),
        SaveWay::Swap => Some(SaveWay::PutAndVerify),
        SaveWay::PutAndVerify => None,
    }
}

#[tokio::test]
async fn a_value_is_saved_through_the_other_role_in_every_way() {
    let (bench, center) = bench().await;
    for way in successors(Some(SaveWay::First), way_after) {
        let is_first = way == SaveWay::First;
        let labels = if is_first { Vec::new() } else { vec![(CURRENT, VERSION)] };
        center.play(secret(&labels, |_, _| false));
        let request = PlanSave {
            scope: scope(&bench, READER).await,
            secret_id: ARN.into(),
            base_version_id: (!is_first).then(|| VERSION.to_owned()),
            change: ValueChange::Text(SecretInput::new("fake-new")),
            put: way == SaveWay::PutAndVerify,
        };
        let asked = Asked::since_now(&bench);
        let SaveReview::Save(preview) = bench.plan_save(request).await.unwrap() else {
            panic!("{way:?}: nobody else has saved")
        };
        assert_eq!(preview.way, way);
        assert_eq!(preview.writes_through.unwrap().name, ADMIN, "{way:?}");
        let request =
            ApplyChanges { plan_id: preview.plan_id, typed: None, acknowledged: false, is_reviewed: true };
        let Applied { outcome, .. } = bench.apply(request).await.unwrap();
        assert!(matches!(outcome, ItemOutcome::Done), "{way:?}: {outcome:?}");
        let writes = asked.writes(&format!("{way:?}"));
        assert!(writes.iter().any(|write| write == "PutSecretValue"), "{way:?}: {writes:?}");
        let moves = writes.iter().filter(|write| *write == "UpdateSecretVersionStage").count();
        assert_eq!(moves, if way == SaveWay::Swap { 3 } else { 0 }, "{way:?}: {writes:?}");
        assert_is_the_admins(&bench, &format!("{way:?}")).await;
    }
}

/// The move after this one, which was applied as `plan_id`. A new kind does not compile before it stands in this row.
async fn move_after(
    change: &StageChange,
    plan_id: PlanId,
    half_done: impl AsyncFn() -> String,
) -> Option<StageChange> {
    match change {
        StageChange::Attach { .. } => {
            Some(StageChange::Move { label: "LIVE".into(), version_id: OLD.into() })
        }
        StageChange::Move { .. } => Some(StageChange::Remove { label: "LIVE".into() }),
        StageChange::Remove { .. } => Some(StageChange::SetPendingAside { keep_under: "KEPT".into() }),
        StageChange::SetPendingAside { .. } => Some(rollback()),
        StageChange::Rollback { .. } => Some(StageChange::Undo { plan_id }),
        StageChange::Undo { .. } => {
            Some(StageChange::Recover { entry_id: half_done().await, way_out: WayOut::Finish })
        }
        StageChange::Recover { .. } => None,
    }
}

fn rollback() -> StageChange {
    StageChange::Rollback { version_id: OLD.into(), detach_pending: true }
}

#[tokio::test]
async fn every_move_of_a_label_goes_through_the_other_role() {
    let (bench, center) = bench().await;
    let scope = scope(&bench, READER).await;
    center.play(secret(&[(CURRENT, VERSION), (PREVIOUS, OLD), (PENDING, NEXT)], |_, _| false));
    let plan = async |change: StageChange| {
        let request = PlanStages { scope: scope.clone(), secret_id: ARN.into(), change, keep_under: None };
        bench.plan_stages(request).await.unwrap()
    };
    let apply = async |plan_id: PlanId| {
        let request =
            ApplyChanges { plan_id, typed: Some("app/db".into()), acknowledged: true, is_reviewed: true };
        bench.apply(request).await
    };
    // Its second step is denied, once: the entry of its journal.
    let half_done = async || {
        let is_denied = AtomicBool::new(true);
        let labels = [(CURRENT, VERSION), (PREVIOUS, OLD), (PENDING, VERSION)];
        center.play(secret(&labels, move |_, body| {
            body["MoveToVersionId"] == OLD && is_denied.swap(false, Ordering::SeqCst)
        }));
        let entry_id = plan(rollback()).await.plan_id;
        apply(entry_id.clone()).await.expect_err("it is half done");
        entry_id.0
    };
    let mut next = Some(StageChange::Attach { label: "LIVE".into(), version_id: VERSION.into() });
    while let Some(change) = next {
        let asked = Asked::since_now(&bench);
        let preview = plan(change.clone()).await;
        assert_eq!(preview.writes_through.unwrap().name, ADMIN, "{change:?}");
        let applied = apply(preview.plan_id.clone()).await.unwrap();
        assert_eq!(applied.outcome, ItemOutcome::Done, "{change:?}");
        let writes = asked.writes(&format!("{change:?}"));
        assert!(!writes.is_empty(), "{change:?}");
        assert!(writes.iter().all(|write| write == "UpdateSecretVersionStage"), "{change:?}: {writes:?}");
        assert_is_the_admins(&bench, &format!("{change:?}")).await;
        next = move_after(&change, preview.plan_id, &half_done).await;
    }
}
