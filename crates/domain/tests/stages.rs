//! Plans of labels against a naive model of AWS, over random sequences.
//!
//! `PROPTEST_CASES=5000` tries more random cases than the usual 256.
#![allow(clippy::unwrap_used)]

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use latchkey_domain::cli_line::{CliLineError, CliTarget};
use latchkey_domain::shell_text;
use latchkey_domain::stages::{
    CURRENT, Lost, MAX_LABELS, PENDING, PREVIOUS, Pending, Refusal, StagePlan, StageStep, VersionMap,
    save_label,
};
use proptest::prelude::*;

/// What AWS does, written down the other way round: for each label the version that has it.
#[derive(Debug, Clone, Default)]
struct Aws {
    held_by: BTreeMap<String, String>,
    versions: Vec<String>,
}

impl Aws {
    /// PutSecretValue without labels. The old current version keeps AWSPREVIOUS only (as recorded with AWSPENDING).
    fn put(&mut self) {
        let version = format!("version-{}", self.versions.len());
        if let Some(old) = self.held_by.insert(CURRENT.into(), version.clone()) {
            self.held_by.retain(|_, holder| *holder != old);
            self.held_by.insert(PREVIOUS.into(), old);
        }
        self.versions.push(version);
    }

    /// RotateSecret: a new version appears under AWSPENDING.
    fn begin_rotation(&mut self) {
        let version = format!("version-{}", self.versions.len());
        self.held_by.insert(PENDING.into(), version.clone());
        self.versions.push(version);
    }

    fn update_stage(&mut self, step: &StageStep) -> Result<(), String> {
        let holder = self.held_by.get(&step.label).cloned();
        if step.label == CURRENT && step.to.is_none() {
            return Err("It can't be completely removed.".into());
        }
        if holder != step.from {
            return Err(format!("{} is on {holder:?}, not on {:?}", step.label, step.from));
        }
        if step.to.as_ref().is_some_and(|to| !self.versions.contains(to)) {
            return Err(format!("no version {:?}", step.to));
        }
        match &step.to {
            Some(to) => self.held_by.insert(step.label.clone(), to.clone()),
            None => self.held_by.remove(&step.label),
        };
        if let (CURRENT, Some(loser)) = (step.label.as_str(), &step.from) {
            self.held_by.insert(PREVIOUS.into(), loser.clone());
        }
        if self.held_by.len() > MAX_LABELS { Err("too many labels".into()) } else { Ok(()) }
    }

    fn run(&mut self, plan: &StagePlan) -> Result<(), String> {
        plan.steps.iter().try_for_each(|step| self.update_stage(step))
    }

    fn map(&self) -> VersionMap {
        let mut map = VersionMap::default();
        for (label, version) in &self.held_by {
            map.0.entry(version.clone()).or_default().push(label.clone());
        }
        map
    }
}

#[derive(Debug, Clone)]
enum Op {
    Put,
    Rotate,
    Rollback(prop::sample::Index, Pending, bool),
    Attach(u8, prop::sample::Index),
    Move(String, prop::sample::Index),
    Remove(String),
}

fn op() -> impl Strategy<Value = Op> {
    let version = any::<prop::sample::Index>;
    let label = || {
        prop_oneof![
            2 => (0u8..24).prop_map(|n| format!("custom-{n}")),
            1 => prop::sample::select(vec![CURRENT, PREVIOUS, PENDING]).prop_map(String::from),
        ]
    };
    let pending = || prop_oneof![2 => Just(Pending::Detach), 1 => Just(Pending::Leave)];
    prop_oneof![
        2 => Just(Op::Put),
        1 => Just(Op::Rotate),
        4 => (version(), pending(), any::<bool>()).prop_map(|(to, pending, keep)| Op::Rollback(to, pending, keep)),
        4 => (0u8..24, version()).prop_map(|(label, to)| Op::Attach(label, to)),
        3 => (label(), version()).prop_map(|(label, to)| Op::Move(label, to)),
        2 => label().prop_map(Op::Remove),
    ]
}

fn plan(aws: &Aws, op: &Op) -> Result<StagePlan, Refusal> {
    let map = aws.map();
    let version = |index: &prop::sample::Index| aws.versions[index.index(aws.versions.len())].clone();
    match op {
        Op::Put | Op::Rotate => unreachable!("these are the service's own"),
        Op::Rollback(to, pending, keep) => {
            let plan = map.plan_rollback(&version(to), *pending)?;
            match plan.deprecates().first() {
                Some(lost) if *keep => plan.clone().keeping(lost, "kept-by-the-test").or(Ok(plan)),
                _ => Ok(plan),
            }
        }
        Op::Attach(label, to) => map.plan_label_attach(&format!("custom-{label}"), &version(to)),
        Op::Move(label, to) => map.plan_label_move(label, &version(to)),
        Op::Remove(label) => map.plan_label_remove(label),
    }
}

proptest! {
    #[test]
    fn a_preview_equals_what_aws_then_shows(ops in prop::collection::vec(op(), 1..40)) {
        let mut aws = Aws::default();
        aws.put();
        for op in &ops {
            match op {
                Op::Put => aws.put(),
                Op::Rotate => aws.begin_rotation(),
                _ => {
                    let Ok(plan) = plan(&aws, op) else { continue };
                    let before = aws.map();
                    prop_assert!(plan.before.same_as(&before));
                    // Only the service itself may go beyond the quota (AWSPREVIOUS beside 20 labels).
                    let within_quota = plan.after().label_count() <= MAX_LABELS;
                    let done = aws.run(&plan);
                    prop_assert!(done.is_ok() || !within_quota, "{:?} refused: {:?}", plan, done);
                    prop_assert!(plan.after().same_as(&aws.map()), "{:?} left {:?}", plan, aws.map());
                    check_undo(&aws, &before)?;
                    check_deprecated(&plan, &before, &aws.map())?;
                }
            }
        }
    }

    #[test]
    fn a_rollback_never_strands_pending(ops in prop::collection::vec(op(), 0..20), to in any::<prop::sample::Index>()) {
        let mut aws = Aws::default();
        aws.put();
        for op in &ops {
            match op {
                Op::Put => aws.put(),
                Op::Rotate => aws.begin_rotation(),
                _ => if let Ok(plan) = plan(&aws, op) { let _ = aws.run(&plan); },
            }
        }
        let map = aws.map();
        let target = &aws.versions[to.index(aws.versions.len())];
        if let Ok(plan) = map.plan_rollback(target, Pending::Detach) {
            prop_assert!(map.blocks_rotation() || !plan.after().blocks_rotation(), "{:?}", plan);
            let after = plan.after();
            prop_assert_eq!(after.holder(CURRENT), Some(target.as_str()));
            prop_assert_eq!(after.holder(PREVIOUS), map.holder(CURRENT));
        }
    }

    #[test]
    fn a_quoted_text_is_one_word_of_a_real_shell(words in prop::collection::vec("[^\\x00-\\x1f\\x7f-\\x9f]{0,12}", 1..4)) {
        let line = shell_text::command_line(words.iter().map(String::as_str)).unwrap();
        prop_assert_eq!(shell_words(&line), words);
    }
}

/// The words that the real shell makes of a line, handed to a program.
fn shell_words(line: &str) -> Vec<String> {
    let script = format!("printf '%s\\0' {line}");
    let output = Command::new("sh").args(["-c", &script]).env_clear().output().expect("a POSIX shell");
    assert!(output.status.success(), "{line}: {}", String::from_utf8_lossy(&output.stderr));
    let printed = String::from_utf8(output.stdout).unwrap();
    printed.split_terminator('\0').map(str::to_owned).collect()
}

/// Undo leads back to the picture before, but for what it says it cannot restore.
fn check_undo(aws: &Aws, before: &VersionMap) -> Result<(), TestCaseError> {
    let after = aws.map();
    let Ok(undo) = after.plan_undo(before) else {
        prop_assert!(after.same_as(before), "an undo is refused only where nothing changed");
        return Ok(());
    };
    prop_assert!(!undo.lost.contains(&Lost::NoCurrentBefore), "every picture here has a current version");
    let mut back = aws.clone();
    let done = back.run(&undo.plan);
    if before.label_count().max(after.label_count()) < MAX_LABELS {
        prop_assert!(done.is_ok(), "{:?} refused: {:?}", undo, done);
        prop_assert!(back.map().same_as(before), "{:?} left {:?}", undo, back.map());
    }
    prop_assert!(undo.plan.after().same_as(before));
    let relabelled: BTreeSet<_> = before.0.keys().filter(|id| after.labels(id).is_empty()).cloned().collect();
    let told: BTreeSet<_> = undo
        .lost
        .iter()
        .filter_map(|lost| match lost {
            Lost::MayBePurged { version_id } => Some(version_id.clone()),
            Lost::NoCurrentBefore => None,
        })
        .collect();
    prop_assert_eq!(told, relabelled, "a version that AWS may have purged is told");
    Ok(())
}

fn check_deprecated(plan: &StagePlan, before: &VersionMap, after: &VersionMap) -> Result<(), TestCaseError> {
    let labelled = |map: &VersionMap| map.0.keys().cloned().collect::<BTreeSet<_>>();
    let expected: BTreeSet<_> = labelled(before).difference(&labelled(after)).cloned().collect();
    let told: BTreeSet<_> = plan.deprecates().into_iter().collect();
    prop_assert_eq!(told, expected);
    Ok(())
}

fn map(versions: &[(&str, &[&str])]) -> VersionMap {
    VersionMap(
        versions
            .iter()
            .map(|(id, labels)| (id.to_string(), labels.iter().map(ToString::to_string).collect()))
            .collect(),
    )
}

fn step(label: &str, from: Option<&str>, to: Option<&str>) -> StageStep {
    StageStep { label: label.into(), from: from.map(Into::into), to: to.map(Into::into) }
}

#[test]
fn a_rollback_moves_current_and_previous_follows() {
    let before = map(&[("a", &[PREVIOUS, "put0"]), ("b", &[CURRENT, "blue"])]);
    let plan = before.plan_rollback("a", Pending::Detach).unwrap();
    assert_eq!(plan.steps, [step(CURRENT, Some("b"), Some("a"))]);
    assert!(plan.after().same_as(&map(&[("a", &["put0", CURRENT]), ("b", &["blue", PREVIOUS])])));
    assert_eq!(plan.deprecates(), [""; 0]);
}

#[test]
fn a_rollback_to_a_deprecated_version_tells_who_loses_the_last_label() {
    let before = map(&[("b", &[PREVIOUS]), ("c", &[CURRENT])]);
    let plan = before.plan_rollback("a", Pending::Detach).unwrap();
    assert!(plan.after().same_as(&map(&[("a", &[CURRENT]), ("c", &[PREVIOUS])])));
    assert_eq!(plan.deprecates(), ["b"]);

    let kept = plan.keeping("b", "before-rollback").unwrap();
    assert_eq!(kept.steps[0], step("before-rollback", None, Some("b")), "kept before anything moves");
    assert_eq!(kept.deprecates(), [""; 0]);
    assert_eq!(
        kept.clone().keeping("b", "again"),
        Err(Refusal::NotLosingItsLabels { version_id: "b".into() })
    );
    assert!(kept.after().same_as(&map(&[
        ("a", &[CURRENT]),
        ("b", &["before-rollback"]),
        ("c", &[PREVIOUS])
    ])));
}

#[test]
fn pending_beside_current_is_detached_first_unless_switched_off() {
    let before = map(&[("a", &[PREVIOUS]), ("b", &[CURRENT, PENDING])]);
    let plan = before.plan_rollback("a", Pending::default()).unwrap();
    assert_eq!(plan.steps, [step(PENDING, Some("b"), None), step(CURRENT, Some("b"), Some("a"))]);
    assert!(!plan.after().blocks_rotation());
    let left = before.plan_rollback("a", Pending::Leave).unwrap();
    assert_eq!(left.steps.len(), 1);
    assert!(left.after().blocks_rotation(), "left behind, it makes AWS refuse every later rotation");
}

#[test]
fn pending_stays_on_the_version_that_becomes_current() {
    let before = map(&[("a", &[CURRENT]), ("b", &[PENDING])]);
    assert!(before.blocks_rotation());
    let plan = before.plan_rollback("b", Pending::Detach).unwrap();
    assert!(plan.after().same_as(&map(&[("a", &[PREVIOUS]), ("b", &[PENDING, CURRENT])])));
    assert!(!plan.after().blocks_rotation());
}

#[test]
fn rollback_to_the_current_version_is_refused() {
    let before = map(&[("a", &[CURRENT])]);
    assert_eq!(
        before.plan_rollback("a", Pending::Detach),
        Err(Refusal::AlreadyCurrent { version_id: "a".into() })
    );
    assert_eq!(map(&[("a", &[PENDING])]).plan_rollback("a", Pending::Detach), Err(Refusal::NoCurrent));
}

#[test]
fn current_is_moved_and_never_removed() {
    let before = map(&[("a", &[PREVIOUS]), ("b", &[CURRENT])]);
    assert_eq!(before.plan_label_remove(CURRENT), Err(Refusal::CurrentCannotBeRemoved));
    assert_eq!(before.plan_label_move(CURRENT, "a"), before.plan_rollback("a", Pending::Detach));
}

#[test]
fn previous_may_be_moved_by_hand() {
    let before = map(&[("a", &[PREVIOUS]), ("b", &[CURRENT])]);
    let plan = before.plan_label_move(PREVIOUS, "z").unwrap();
    assert!(plan.after().same_as(&map(&[("b", &[CURRENT]), ("z", &[PREVIOUS])])));
    assert_eq!(plan.deprecates(), ["a"]);
    assert!(before.plan_label_remove(PREVIOUS).unwrap().after().same_as(&map(&[("b", &[CURRENT])])));
}

#[test]
fn labels_by_hand_are_refused_where_they_would_surprise() {
    let before = map(&[("a", &["blue"]), ("b", &[CURRENT])]);
    let (label, version_id) = ("blue".to_owned(), "a".to_owned());
    assert_eq!(
        before.plan_label_attach("blue", "b"),
        Err(Refusal::AttachedElsewhere { label: label.clone(), version_id: version_id.clone() })
    );
    let there = Err(Refusal::AlreadyThere { label, version_id });
    assert_eq!(before.plan_label_attach("blue", "a"), there);
    assert_eq!(before.plan_label_move("blue", "a"), there);
    assert_eq!(before.plan_label_move("green", "a"), Err(Refusal::NotAttached { label: "green".into() }));
    assert_eq!(before.plan_label_remove("green"), Err(Refusal::NotAttached { label: "green".into() }));
    assert_eq!(before.plan_label_attach("", "a"), Err(Refusal::LabelLength));
    assert_eq!(before.plan_label_attach(&"é".repeat(257), "a"), Err(Refusal::LabelLength));
    assert!(before.plan_label_attach(&"é".repeat(256), "a").is_ok());
}

#[test]
fn a_twenty_first_label_is_refused() {
    let labels: Vec<String> = (0..18).map(|n| format!("label-{n}")).collect();
    let labels: Vec<&str> = labels.iter().map(String::as_str).collect();
    let nineteen = map(&[("a", &labels), ("b", &[CURRENT])]);
    let twenty = nineteen.plan_label_attach("twenty", "b").unwrap().after();
    assert_eq!(twenty.label_count(), MAX_LABELS);
    assert_eq!(twenty.plan_label_attach("one-more", "c"), Err(Refusal::TooManyLabels));
    assert!(twenty.plan_label_move("twenty", "a").is_ok(), "a move adds none");
}

#[test]
fn an_undo_puts_back_what_a_rollback_took_along() {
    let before = map(&[("a", &["old"]), ("b", &[PREVIOUS]), ("c", &[CURRENT, PENDING])]);
    let after = before.plan_rollback("a", Pending::Detach).unwrap().after();
    let undo = after.plan_undo(&before).unwrap();
    assert_eq!(
        undo.plan.steps,
        [
            step(CURRENT, Some("a"), Some("c")),
            step(PENDING, None, Some("c")),
            step(PREVIOUS, Some("a"), Some("b")),
        ]
    );
    assert_eq!(undo.lost, [Lost::MayBePurged { version_id: "b".into() }]);
    assert_eq!(before.plan_undo(&before), Err(Refusal::NothingToUndo));
}

#[test]
fn custom_labels_that_a_put_dropped_are_attached_again() {
    let before = map(&[("a", &["old"]), ("b", &[CURRENT, PENDING, "blue", "green"])]);
    let after_put = map(&[("a", &["old"]), ("b", &[PREVIOUS]), ("c", &[CURRENT, "green"])]);
    let plan = after_put.plan_reattach(&before).unwrap();
    assert_eq!(
        plan.steps,
        [step("blue", None, Some("b"))],
        "AWSPENDING is left to rotation, green was moved"
    );
    assert_eq!(plan.after().plan_reattach(&before), None);
}

#[test]
fn the_label_of_another_save_that_a_put_dropped_is_left_to_that_save() {
    let theirs = save_label("0123456789abcdef");
    let after_put = map(&[("b", &[PREVIOUS]), ("c", &[CURRENT])]);
    let reattached = |label: &str| {
        let plan = after_put.plan_reattach(&map(&[("b", &[CURRENT, label])]));
        plan.map(|plan| plan.steps)
    };
    assert_eq!(reattached(&theirs), None, "{theirs} is removed by its own save");
    for own in ["latchkey-0123456789a", "latchkey-0123456789abc", "latchkey-of-the-team", "latchkey-"] {
        assert_eq!(reattached(own), Some(vec![step(own, None, Some("b"))]), "a person's own label");
    }
}

#[test]
fn the_first_value_of_a_secret_cannot_be_undone() {
    let after = map(&[("a", &[CURRENT])]);
    assert_eq!(after.plan_undo(&VersionMap::default()), Err(Refusal::CurrentCannotBeRemoved));
}

#[test]
fn the_order_of_labels_means_nothing_to_a_comparison() {
    let one = map(&[("a", &["x", CURRENT]), ("b", &[])]);
    assert!(one.same_as(&map(&[("a", &[CURRENT, "x"])])));
    assert!(!one.same_as(&map(&[("a", &[CURRENT])])));
    assert!(!one.same_as(&map(&[("b", &[CURRENT, "x"])])));
}

#[test]
fn a_plan_is_written_as_lines_of_the_aws_cli() {
    let before = map(&[("version-a", &[PREVIOUS]), ("version-b", &[CURRENT, PENDING])]);
    let arn = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:prod/db-AbCdEf";
    let lines = before
        .plan_rollback("version-a", Pending::Detach)
        .unwrap()
        .cli_lines(CliTarget { secret_id: Some(arn), region: "eu-central-1", endpoint_url: None })
        .unwrap();
    assert_eq!(
        lines,
        [
            format!(
                "aws secretsmanager update-secret-version-stage --secret-id={arn} --version-stage=AWSPENDING \
                 --remove-from-version-id=version-b --region=eu-central-1"
            ),
            format!(
                "aws secretsmanager update-secret-version-stage --secret-id={arn} --version-stage=AWSCURRENT \
                 --remove-from-version-id=version-b --move-to-version-id=version-a --region=eu-central-1"
            ),
        ]
    );
}

#[test]
fn a_label_of_a_colleague_runs_nothing_in_a_terminal() {
    let before = map(&[("a", &[CURRENT])]);
    let line = |label: &str| {
        let plan = before.plan_label_attach(label, "a").unwrap();
        let endpoint_url = Some("http://127.0.0.1:4566");
        let target = CliTarget { secret_id: Some("fake/name"), region: "us-east-1", endpoint_url };
        plan.cli_lines(target).map(|lines| lines[0].clone())
    };
    for label in ["$(id)", "--debug", "a' ; id #", "`id`", "~", "*", "!!", "\u{202e}x", "x y", "a=b"] {
        let words = shell_words(&line(label).unwrap());
        assert!(words.contains(&format!("--version-stage={label}")), "{label:?} arrives as it is: {words:?}");
        assert_eq!(words.len(), 8, "{words:?}");
    }
    assert!(matches!(line("x\u{15}rm -rf fake\n"), Err(CliLineError::ControlCharacters(_))));
    assert!(matches!(line("file:///etc/passwd"), Err(CliLineError::TakenForFile { .. })));
}

#[test]
fn a_first_word_is_never_an_assignment() {
    assert_eq!(&*shell_text::quote("A=b").unwrap(), "'A=b'");
    assert_eq!(&*shell_text::quote("").unwrap(), "''");
    assert_eq!(shell_text::quote("a\0b"), Err(shell_text::ControlCharacters));
}
