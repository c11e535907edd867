//! What labels and versions tell of a rotation: how far it is, whether it is stuck, and what leads out.
#![allow(clippy::unwrap_used)]

use chrono::{DateTime, Utc};
use latchkey_domain::rotation::{
    Cause, Diagnosis, PendingVersion, Progress, Remedy, RotationStep, RotationTrouble, StepState, Symptom,
};
use latchkey_domain::secret::SecretDetail;
use latchkey_domain::template::{Finding, Strategy};
use serde_json::{Value, json};

const NOW: &str = "2026-11-23T09:00:00Z";

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

/// A secret that rotates on Mondays at 08:00, with v-1 current and these stages on v-2, which was made at 08:30.
fn secret(stages: &[&str], has_value: Option<bool>) -> SecretDetail {
    let current = if stages.contains(&"AWSCURRENT") { json!(["AWSPREVIOUS"]) } else { json!(["AWSCURRENT"]) };
    let mut version_map = json!({ "v-1": current });
    if !stages.is_empty() {
        version_map["v-2"] = json!(stages);
    }
    detail(json!({
        "summary": {
            "arn": "arn:fake", "name": "prod/db", "tags": [],
            "rotation": {
                "enabled": true, "schedule_expression": "cron(0 8 ? * MON *)",
                "last_rotated_at": "2026-11-16T08:10:00Z", "next_rotation_at": "2026-11-24T00:00:00Z",
            },
        },
        "version_map": version_map,
        "versions": [
            { "version_id": "v-2", "stages": stages, "created_at": "2026-11-23T08:30:00Z", "kms_key_ids": [],
              "has_value": has_value },
            { "version_id": "v-1", "stages": current, "kms_key_ids": [], "has_value": true },
        ],
        "replicas": [],
    }))
}

fn detail(json: Value) -> SecretDetail {
    serde_json::from_value(json).unwrap()
}

fn failure(step: &str) -> RotationTrouble {
    let failure =
        json!({ "step": step, "failed_at": NOW, "reason": "fake ended with status 1.", "has_output": true });
    serde_json::from_value(json!({ "failure": failure })).unwrap()
}

fn states(secret: &SecretDetail) -> Option<[StepState; 4]> {
    Progress::of(secret, "v-2").map(|progress| progress.states)
}

#[test]
fn the_steps_are_told_as_far_as_they_can_be_seen() {
    use StepState::{Done, NotVisible, UnderWay, Waiting};
    let pending = |has_value| states(&secret(&["AWSPENDING"], has_value));
    assert_eq!(pending(Some(false)), Some([UnderWay, Waiting, Waiting, Waiting]), "no value yet");
    assert_eq!(
        pending(Some(true)),
        Some([Done, NotVisible, NotVisible, Waiting]),
        "setSecret and testSecret leave no trace"
    );
    assert_eq!(
        pending(None),
        Some([NotVisible, NotVisible, NotVisible, Waiting]),
        "versions were not listed"
    );
    assert_eq!(states(&secret(&["AWSCURRENT", "AWSPENDING"], Some(true))), Some([Done; 4]));
    assert_eq!(states(&secret(&["AWSCURRENT"], Some(true))), Some([Done; 4]), "the label may go or stay");
    assert_eq!(states(&secret(&[], Some(true))), None, "a version without labels is being made by nobody");
}

#[test]
fn a_failure_that_is_known_tells_the_steps_before_it() {
    use StepState::{Done, Failed, Waiting};
    let progress = Progress::of(&secret(&["AWSPENDING"], Some(true)), "v-2").unwrap();
    let failed = |step| progress.clone().failed_at(step).states;
    assert_eq!(failed(RotationStep::TestSecret), [Done, Done, Failed, Waiting]);
    assert_eq!(failed(RotationStep::CreateSecret), [Failed, Waiting, Waiting, Waiting]);
    let complete = Progress::of(&secret(&["AWSCURRENT"], Some(true)), "v-2").unwrap();
    assert!(complete.failed_at(RotationStep::SetSecret).is_complete(), "what has ended well has not failed");
}

#[test]
fn awspending_beside_awscurrent_is_no_rotation_under_way() {
    assert_eq!(PendingVersion::of(&secret(&["AWSCURRENT", "AWSPENDING"], Some(true))), None);
    assert_eq!(PendingVersion::of(&secret(&["AWSPREVIOUS"], Some(true))), None);
    let pending = PendingVersion::of(&secret(&["AWSPENDING"], Some(false))).unwrap();
    assert_eq!((pending.version_id.as_str(), pending.has_value), ("v-2", Some(false)));
}

#[test]
fn a_rotation_of_half_an_hour_is_under_way_and_one_of_more_than_an_hour_is_stuck() {
    let pending = secret(&["AWSPENDING"], Some(true));
    let judge = |now| Diagnosis::of(&pending, None, None, at(now)).is_stuck;
    assert!(!judge(NOW), "four calls of 15 minutes each can take that long");
    assert!(judge("2026-11-23T09:30:01Z"));
}

#[test]
fn a_version_without_a_value_can_only_be_tried_again() {
    let found = Diagnosis::of(&secret(&["AWSPENDING"], Some(false)), None, None, at(NOW));
    assert_eq!(found.symptoms, [Symptom::NoValue { version_id: "v-2".into() }]);
    assert_eq!(
        found.remedies,
        [Remedy::TryAgain, Remedy::Cancel],
        "there is nothing that could be made current or kept"
    );
    assert!(found.causes.contains(&Cause::Kms) && found.causes.contains(&Cause::SecretsManagerUnreachable));
    assert!(!found.causes.contains(&Cause::Login), "the service was not asked yet");
}

#[test]
fn a_version_with_a_value_can_be_made_current_or_kept_aside() {
    let found = Diagnosis::of(&secret(&["AWSPENDING"], Some(true)), None, None, at(NOW));
    assert_eq!(found.symptoms, [Symptom::NotFinished { version_id: "v-2".into(), has_value: Some(true) }]);
    assert_eq!(found.remedies, [Remedy::TryAgain, Remedy::Finish, Remedy::SetAside, Remedy::Cancel]);
    assert!(found.causes.contains(&Cause::Login) && found.causes.contains(&Cause::ServiceUnreachable));
}

#[test]
fn what_the_vault_saw_says_more_than_guesses() {
    let pending = secret(&["AWSPENDING"], Some(true));
    let found = Diagnosis::of(&pending, Some(&failure("setSecret")), None, at(NOW));
    assert!(found.is_stuck, "it is known to have failed");
    assert_eq!(found.causes, [], "no guesses beside the reason");
    let text = found.symptoms[1].to_string();
    assert_eq!(
        text,
        "setSecret failed on 23 Nov 2026 09:00 UTC: fake ended with status 1. It is not retried before the next window."
    );
}

#[test]
fn a_rotation_that_was_turned_off_half_way_is_stuck_at_once() {
    let mut pending = secret(&["AWSPENDING"], Some(true));
    pending.summary.rotation.as_mut().unwrap().enabled = false;
    let found = Diagnosis::of(&pending, None, None, at(NOW));
    assert!(found.is_stuck && found.symptoms.contains(&Symptom::OffHalfWay));
    assert!(!found.remedies.contains(&Remedy::Cancel), "it is off");
}

#[test]
fn dates_that_do_not_fit_the_schedule_are_told() {
    let mut secret = secret(&["AWSPREVIOUS"], Some(true));
    let judge = |secret: &SecretDetail| Diagnosis::of(secret, None, None, at(NOW));
    assert_eq!(judge(&secret), Diagnosis::default(), "Monday the 16th, 08:10, is in its window");
    let set = |secret: &mut SecretDetail, last: &str, next: &str| {
        let rotation = secret.summary.rotation.as_mut().unwrap();
        (rotation.last_rotated_at, rotation.next_rotation_at) = (Some(at(last)), Some(at(next)));
    };
    set(&mut secret, "2026-11-18T10:00:00Z", "2026-11-24T00:00:00Z");
    assert_eq!(
        judge(&secret).symptoms,
        [Symptom::OutsideItsWindow { rotated_at: at("2026-11-18T10:00:00Z") }]
    );
    assert_eq!(judge(&secret).remedies, [], "that is no fault");
    set(&mut secret, "2026-11-09T08:10:00Z", "2026-11-17T00:00:00Z");
    assert_eq!(judge(&secret).symptoms, [Symptom::Overdue { due_at: at("2026-11-17T00:00:00Z") }]);
    assert_eq!(judge(&secret).remedies, [Remedy::RotateNow]);
    secret.summary.rotation.as_mut().unwrap().enabled = false;
    assert_eq!(judge(&secret), Diagnosis::default(), "nothing is due while it is off");
}

#[test]
fn a_window_that_the_vault_slept_through_is_told_with_rotate_now() {
    let trouble = RotationTrouble { failure: None, missed_at: Some(at("2026-11-16T08:00:00Z")) };
    let found = Diagnosis::of(&secret(&["AWSPREVIOUS"], Some(true)), Some(&trouble), None, at(NOW));
    assert_eq!(found.symptoms, [Symptom::Missed { opened_at: at("2026-11-16T08:00:00Z") }]);
    assert_eq!(found.remedies, [Remedy::RotateNow]);
}

#[test]
fn keys_that_the_template_misses_are_told_where_somebody_looked() {
    let keys = ["engine", "host", "username"];
    let looked = Finding::of(&keys, Some("postgres"), Strategy::SingleUser, false).unwrap();
    let found = Diagnosis::of(&secret(&["AWSPREVIOUS"], Some(true)), None, Some(&looked), at(NOW));
    assert_eq!(found.symptoms, [Symptom::KeysMissing(looked)]);
    assert!(found.symptoms[0].to_string().contains("password is missing"), "{}", found.symptoms[0]);
}

#[test]
fn a_pending_version_is_put_aside_under_a_label_before_awspending_goes() {
    use latchkey_domain::stages::{Refusal, StageStep};
    let step = |label: &str, from: Option<&str>, to: Option<&str>| StageStep {
        label: label.into(),
        from: from.map(str::to_owned),
        to: to.map(str::to_owned),
    };
    let map = secret(&["AWSPENDING"], Some(true)).version_map;
    let plan = map.plan_pending_aside("unfinished").unwrap();
    assert_eq!(
        plan.steps,
        [step("unfinished", None, Some("v-2")), step("AWSPENDING", Some("v-2"), None)],
        "its value may be the live password: it never stays without a label"
    );
    assert_eq!(plan.deprecates(), Vec::<String>::new());
    assert!(!plan.after().blocks_rotation(), "AWS rotates again");
    let kept =
        secret(&["AWSPENDING", "kept"], Some(true)).version_map.plan_pending_aside("unfinished").unwrap();
    assert_eq!(kept.steps, [step("AWSPENDING", Some("v-2"), None)], "another label keeps it");
    let nothing = secret(&["AWSPREVIOUS"], Some(true)).version_map.plan_pending_aside("unfinished");
    assert_eq!(nothing, Err(Refusal::NotAttached { label: "AWSPENDING".into() }));
}

#[test]
fn every_template_of_the_user_guide_names_its_keys() {
    use latchkey_domain::rotation::{FUNCTION_TEMPLATES, FunctionTemplate};
    use latchkey_domain::template::Template;
    for template in &FUNCTION_TEMPLATES {
        assert_eq!(FunctionTemplate::named(template.name), Some(template), "{}", template.name);
        let keys: Vec<String> = template.needed().map(|field| field.key.to_owned()).collect();
        assert!(keys.len() >= 3, "{} needs {keys:?}", template.name);
        assert_eq!(template.check(&keys).missing, [], "nothing more than {keys:?} is needed");
        assert_eq!(template.check(&keys[1..]).missing.len(), 1, "and nothing less");
    }
    for structure in Template::ALL {
        assert!(FunctionTemplate::for_structure(structure).is_some(), "{} rotates", structure.title());
    }
    let own = "arn:aws:lambda:us-east-1:123456789012:function:prod-SecretsManagerRDSMySQLRotationMultiUser-1";
    let named = FunctionTemplate::named(own).unwrap();
    assert_eq!(named.title(), "MySQL, alternating users");
    assert!(named.needed().any(|field| field.key == "masterarn"));
    assert_eq!(FunctionTemplate::named("GenericPasswordRotation"), None);
}
