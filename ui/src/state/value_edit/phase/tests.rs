//! Every phase that can be reached, and what no step may do there.

use std::collections::{BTreeSet, VecDeque};

use latchkey_domain::change::{ItemReview, SavePreview, SaveWay, WayReason};
use latchkey_domain::secret_text::ValueField;

use latchkey_domain::{Code, ConnectionId, Region, Scope};

use super::*;
use crate::state::review_texts::ReviewText;

fn subject() -> Subject {
    let scope = Scope { connection: ConnectionId::local(), region: Region::from("us-east-1") };
    let target = Target { scope, secret_id: "arn:fake".into() };
    Subject { target, name: "app/db".into(), base_version_id: Some("v1".into()) }
}

fn failure() -> ApiError {
    ApiError::new(Code::Conflict, "fake failure")
}

fn reviewed(planned: Planned) -> ChangesReview {
    let item = ItemReview {
        secret_id: "arn:fake".into(),
        name: "app/db".into(),
        planned,
        effects: Vec::new(),
        cli_lines: Vec::new(),
        cli_problem: None,
    };
    ChangesReview {
        plan_id: PlanId("fake-plan".into()),
        items: vec![item],
        must_type: Some("app/db".into()),
        needs_tick: false,
        is_quiet: false,
        writes_through: None,
        journal_in_memory: false,
    }
}

fn preview() -> ChangesReview {
    reviewed(Planned::Save(SavePreview {
        difference: None,
        size_bytes: 9,
        field: ValueField::SecretString,
        field_before: None,
        may_choose_field: false,
        version_count: None,
        way: SaveWay::Swap,
        why: WayReason::Safest,
    }))
}

/// A merge of one row; `onto` is the current version.
fn merge(onto: &str) -> ChangesReview {
    let path = Default::default();
    let row = MergeRow { path, state: MergeState::Conflict, base: None, theirs: None, mine: None };
    reviewed(Planned::Merge(MergeReview {
        merge_id: PlanId("fake-merge".into()),
        base_version_id: "v1".into(),
        theirs_version_id: "theirs".into(),
        onto_version_id: onto.into(),
        rows: vec![row],
        conflicts: 1,
        size_bytes: 9,
    }))
}

fn values() -> ReviewTexts {
    let text = || ReviewText::new("fake-side");
    ReviewTexts { base: text(), theirs: None, now: None, mine: text(), merged: None }
}

/// A phase, and the last question that was asked in it.
#[derive(Default)]
struct Walk {
    phase: Phase,
    question: u32,
}

impl Walk {
    fn ask(&mut self) -> Question {
        self.question += 1;
        Question(self.question)
    }

    fn plan(&mut self, put: bool) {
        let (question, change) = (self.ask(), ValueChange::File);
        if self.phase.plan(question, change, put).is_none() {
            self.question -= 1;
        }
    }

    fn begin(&mut self) {
        let question = self.ask();
        if !self.phase.begin(question, subject()) {
            self.question -= 1;
        }
    }

    fn save(&mut self) -> Option<ApplyChanges> {
        let question = self.ask();
        let request = self.phase.save(question, Said { typed: "app/db".into(), acknowledged: false });
        if request.is_none() {
            self.question -= 1;
        }
        request
    }

    fn text(&mut self, answer: Result<Option<Editing>, ApiError>) {
        self.phase.take_text(Question(self.question), answer);
    }

    fn review(&mut self, answer: Result<ChangesReview, ApiError>) {
        self.phase.take_review(Question(self.question), answer);
    }

    fn type_text(&mut self) {
        self.phase.change(|text| text.type_raw("fake-mine"));
    }

    fn step(&mut self, step: Step) {
        let last = Question(self.question);
        match step {
            Step::Begin => self.begin(),
            Step::Text => self.text(Ok(Some(Editing::new("fake-old")))),
            Step::Binary => self.text(Ok(None)),
            Step::Unreadable => self.text(Err(failure())),
            Step::Type => self.type_text(),
            Step::Plan => self.plan(false),
            Step::PlanPut => self.plan(true),
            Step::Preview => self.review(Ok(preview())),
            Step::Merges => self.review(Ok(merge("theirs"))),
            Step::Landed => self.review(Ok(merge("mine"))),
            Step::Unplanned => self.review(Err(failure())),
            Step::Save => drop(self.save()),
            Step::Unsaved => drop(self.phase.take_unsaved(last, &failure(), true)),
            Step::Choose => self.phase.choose(0, Take::Mine),
            Step::Leave => self.phase.leave_review(),
            Step::Show => {
                self.phase.ask_values(Question(0));
                self.phase.take_values(Question(0), Ok(values()));
            }
            Step::Hide => self.phase.hide(),
            Step::End => drop(self.phase.end()),
        }
    }

    /// What tells this phase from others.
    fn seen(&self) -> String {
        let phase = &self.phase;
        let variant = match phase {
            Phase::Idle => "idle",
            Phase::NotBegun(..) => "not begun",
            Phase::Binary(_) => "binary",
            Phase::Beginning(..) => "beginning",
            Phase::Editing { .. } => "editing",
            Phase::Merging { .. } => "merging",
            Phase::Reviewing { .. } => "reviewing",
        };
        let saves = phase.edit().is_some_and(|edit| matches!(edit.request, Request::Save(_)));
        let put_before = phase.edit().map(|edit| match edit.request {
            Request::Plan { put_before, .. } => put_before,
            _ => edit.put,
        });
        let merge = phase.merge().map(|merge| (merge.has_landed(), merge.undecided()));
        let waits = (phase.awaits(Question(self.question)), saves, phase.puts(), put_before);
        let told = (phase.failure().is_some(), phase.is_spent(), phase.values().is_some());
        format!("{variant} {:?} {merge:?} {waits:?} {told:?}", phase.text().map(Editing::text))
    }
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Step {
    Begin,
    Text,
    Binary,
    Unreadable,
    Type,
    Plan,
    PlanPut,
    Preview,
    Merges,
    Landed,
    Unplanned,
    Save,
    Unsaved,
    Choose,
    Leave,
    Show,
    Hide,
    End,
}

use Step::*;

const STEPS: [Step; 18] = [
    Begin, Text, Binary, Unreadable, Type, Plan, PlanPut, Preview, Merges, Landed, Unplanned, Save, Unsaved,
    Choose, Leave, Show, Hide, End,
];
const ANSWERS: [Step; 8] = [Text, Binary, Unreadable, Preview, Merges, Landed, Unplanned, Unsaved];

fn walk(steps: &[Step]) -> Walk {
    let mut walk = Walk::default();
    steps.iter().for_each(|step| walk.step(*step));
    walk
}

#[test]
fn no_step_from_any_stage_loses_the_subject_the_text_or_what_has_landed() {
    let mut reached = BTreeSet::from([walk(&[]).seen()]);
    let mut open = VecDeque::from([Vec::new()]);
    while let Some(way) = open.pop_front() {
        for step in STEPS {
            let mut now = walk(&way);
            let (before, text, had_landed) = (
                now.seen(),
                now.phase.text().map(|text| text.text().to_owned()),
                now.phase.merge().is_some_and(Merge::has_landed),
            );
            let (waited, was_shown) =
                (now.phase.awaits(Question(now.question)), now.phase.values().is_some());
            now.step(step);
            let (phase, after) = (&now.phase, now.seen());
            let told = format!("{way:?}, then {step:?}: {before} became {after}");
            assert!(
                phase.subject().is_some() || !(phase.is_in_review() || phase.is_busy()),
                "no subject: {told}"
            );
            assert!(waited || !ANSWERS.contains(&step) || before == after, "a late answer counted: {told}");
            assert!(step == Show || was_shown || phase.values().is_none(), "shown unasked: {told}");
            if let (Some(text), Some(now)) = (text, phase.text()) {
                assert!(step == Type || text == now.text(), "the text changed: {told}");
            }
            if had_landed && phase.is_begun() {
                assert!(phase.merge().is_some_and(Merge::has_landed), "what has landed is forgotten: {told}");
            }
            if step == End {
                assert_eq!(after, walk(&[]).seen(), "something stays: {told}");
            }
            if reached.insert(after) {
                open.push_back([way.as_slice(), &[step]].concat());
            }
        }
    }
    let is_reached = |variant: &str| reached.iter().any(|seen| seen.starts_with(variant));
    let variants = ["not begun", "binary", "beginning", "editing", "merging", "reviewing"];
    assert!(variants.into_iter().all(is_reached), "{reached:?}");
}

#[test]
fn back_leads_from_the_preview_to_the_merge_and_to_the_edit() {
    let mut now = walk(&[Begin, Text, Type, Plan, Merges, Choose, Plan, Preview]);
    assert!(now.phase.plan_in_view().is_some());
    now.step(Leave);
    assert_eq!(now.phase.merge().and_then(|merge| merge.choice(0)), Some(Take::Mine), "the choices stay");
    now.step(Leave);
    assert!(matches!(&now.phase, Phase::Editing { text, .. } if text.text() == "fake-mine"));
}

#[test]
fn a_merge_whose_own_side_has_landed_has_no_edit_behind_it() {
    let mut now = walk(&[Begin, Text, Type, PlanPut, Preview, Save, Landed, Plan, Preview, Save, Merges]);
    let unmerged = now.phase.unmerged().map(|(subject, theirs)| (subject.name, theirs));
    assert_eq!(unmerged, Some(("app/db".into(), "theirs".into())), "nor in a second round");
    now.step(Leave);
    assert!(matches!(now.phase, Phase::Idle));
}

#[test]
fn a_file_is_reviewed_at_once_and_given_up_with_its_review() {
    let mut now = walk(&[Begin, Preview]);
    assert!(now.phase.plan_in_view().is_some() && now.phase.text().is_none());
    assert!(matches!(now.phase.new_value(), Some(Ok(ValueChange::File))));
    now.step(Leave);
    assert!(matches!(now.phase, Phase::Idle));
    assert!(walk(&[Begin, Unplanned]).phase.failure().is_some(), "why there is no review is told");
}

#[test]
fn a_save_in_vain_uses_its_plan_up_until_it_is_planned_again() {
    let mut now = walk(&[Begin, Text, Type, Plan, Preview, Save, Unsaved]);
    assert!(now.phase.is_spent() && now.phase.failure().is_some() && now.save().is_none());
    now.step(Plan);
    now.step(Preview);
    assert!(!now.phase.is_spent() && now.phase.failure().is_none());
    let request = now.save();
    assert_eq!(request.and_then(|request| request.typed).as_deref(), Some("app/db"));
    assert!(now.save().is_none(), "one at a time");
}

#[test]
fn the_way_of_saving_stays_once_it_is_planned() {
    assert!(!walk(&[Begin, Text, Type, Plan, Preview, PlanPut, Unplanned]).phase.puts());
    assert!(walk(&[Begin, Text, Type, Plan, Preview, PlanPut, Preview, Leave]).phase.puts());
}

#[test]
fn what_is_typed_or_left_is_not_reviewed_by_an_older_plan_and_a_save_goes_on() {
    for left in [&[Begin, Text, Type, Plan, Type][..], &[Begin, Text, Type, Plan, Preview, PlanPut, Leave]] {
        let now = walk(left);
        assert!(matches!(now.phase, Phase::Editing { .. }) && !now.phase.is_busy() && !now.phase.puts());
    }
    let mut now = walk(&[Begin, Text, Type, Plan, Preview, Save, Leave]);
    assert!(now.phase.is_busy(), "it is sent");
    now.step(Merges);
    assert!(now.phase.merge().is_some(), "and its answer counts");
}

#[test]
fn values_that_are_hidden_while_they_are_asked_for_stay_hidden() {
    let mut now = walk(&[Begin, Text, Type, Plan, Preview]);
    now.phase.ask_values(Question(7));
    now.phase.hide();
    now.phase.take_values(Question(7), Ok(values()));
    assert!(!now.phase.is_anything_shown());
    now.step(Show);
    now.step(Leave);
    assert!(!now.phase.is_anything_shown(), "nor are they kept with the edit");
}
