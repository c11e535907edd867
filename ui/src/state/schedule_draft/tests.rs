//! Form and text say the same, faults stand at their input, and the future is what the schedule says.
#![allow(clippy::unwrap_used)]

use latchkey_domain::schedule::PRESETS;

use super::*;

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

fn draft(expression: &str) -> ScheduleDraft {
    ScheduleDraft::of(expression, "")
}

fn on_days(form: &mut Form) -> (&mut FormHours, &mut FormDays, &mut BTreeSet<u8>) {
    match &mut form.repeat {
        Repeat::OnDays { hours, days, months } => (hours, days, months),
        other => panic!("{other:?} has no days"),
    }
}

#[test]
fn every_preset_fills_the_form_and_the_form_writes_the_same_schedule() {
    for preset in PRESETS {
        let mut draft = draft(preset.expression);
        assert!(draft.fits_form(), "{} can be shown", preset.title);
        let (before, form) = (
            draft.windows_from(at("2027-01-01T00:00:00Z"), at("2027-01-01T00:00:00Z"), 40),
            draft.form().clone(),
        );
        draft.change_form(|_| ());
        assert_eq!(
            draft.windows_from(at("2027-01-01T00:00:00Z"), at("2027-01-01T00:00:00Z"), 40),
            before,
            "{}: {} means the same",
            preset.title,
            draft.text()
        );
        let again = ScheduleDraft::of(draft.text(), "");
        assert_eq!(again.form(), &form, "{}: builder, expression, builder", preset.title);
        assert!(draft.can_be_sent(), "{}: AWS documents it", preset.title);
    }
}

#[test]
fn a_choice_in_the_form_writes_the_text() {
    let mut draft = ScheduleDraft::default();
    draft.change_form(|form| Pattern::Weekly.put_into(form));
    draft.change_form(|form| *on_days(form).1 = FormDays::Weekly((2..=6).collect()));
    assert_eq!(draft.text(), "cron(0 8 ? * MON-FRI *)");
    draft.change_form(|form| on_days(form).0.start = 22);
    assert_eq!(draft.text(), "cron(0 22 ? * MON-FRI *)");
    draft.change_form(|form| Pattern::Monthly.put_into(form));
    draft.change_form(|form| MonthDays::Nth.put_into(form));
    assert_eq!(draft.text(), "cron(0 22 ? * MON#1 *)", "hours and months stay");
    draft.change_form(|form| MonthDays::LastWeekday.put_into(form));
    assert_eq!(draft.text(), "cron(0 22 ? * MONL *)", "the weekday stays");
    draft.change_form(|form| Pattern::Days.put_into(form));
    assert_eq!(draft.text(), "rate(30 days)");
}

#[test]
fn the_form_reads_back_each_pattern_that_it_offers() {
    for pattern in [Pattern::Hours, Pattern::Days, Pattern::Daily, Pattern::Weekly, Pattern::Monthly] {
        let mut draft = ScheduleDraft::default();
        draft.change_form(|form| pattern.put_into(form));
        assert_eq!(Pattern::of(ScheduleDraft::of(draft.text(), "").form()), pattern, "{}", draft.text());
    }
    for days in [MonthDays::Chosen, MonthDays::Last, MonthDays::Nth, MonthDays::LastWeekday] {
        let mut draft = ScheduleDraft::default();
        draft.change_form(|form| Pattern::Monthly.put_into(form));
        draft.change_form(|form| days.put_into(form));
        let again = ScheduleDraft::of(draft.text(), "");
        assert_eq!(MonthDays::of(again.form()), Some(days), "{}", draft.text());
    }
}

#[test]
fn what_only_text_can_say_leaves_the_form_as_it_was_and_says_so() {
    let mut draft = draft("cron(0 8 ? * MON *)");
    let form = draft.form().clone();
    draft.set_text("cron(0 3,9,20 * * ? *)".into());
    assert!(!draft.fits_form(), "a list of hours has no place in the form");
    assert_eq!(draft.form(), &form, "the form stays");
    assert!(draft.sentence().is_some(), "the schedule is understood all the same");
    draft.set_text("cron(0 8 ? * TUE *)".into());
    assert!(draft.fits_form(), "and follows again");
}

#[test]
fn an_unfinished_text_tells_its_field_and_keeps_the_form() {
    let mut draft = draft("cron(0 8 ? * MON *)");
    let form = draft.form().clone();
    draft.set_text("cron(5 8 ? * MON *)".into());
    assert_eq!(draft.form(), &form, "nothing jumps while somebody types");
    let faults = draft.faults();
    assert_eq!(faults.len(), 1, "{faults:?}");
    assert_eq!((faults[0].input, faults[0].severity), (Input::Expression, Severity::Refused));
    assert!(faults[0].text.starts_with("Minutes: "), "{}", faults[0].text);
    assert!(!draft.can_be_sent() && draft.sentence().is_none(), "it is no schedule");
    draft.fix(&faults[0].fix.clone().unwrap());
    assert_eq!(draft.text(), "cron(0 8 ? * MON *)", "one click fixes it");
    assert_eq!(draft.faults(), [], "and nothing is left");
}

#[test]
fn no_weekday_at_all_is_told_and_stays_in_the_form() {
    let mut draft = draft("cron(0 8 ? * MON *)");
    draft.change_form(|form| *on_days(form).1 = FormDays::Weekly(BTreeSet::new()));
    assert!(draft.fits_form(), "the boxes are as they were left");
    assert!(!draft.can_be_sent(), "no day means no window");
    draft.change_form(|form| *on_days(form).1 = FormDays::Weekly([3].into()));
    assert_eq!(draft.text(), "cron(0 8 ? * TUE *)");
}

#[test]
fn a_window_is_told_at_its_own_input_and_mended_there() {
    let mut draft = ScheduleDraft::of("cron(0 22 ? * MON *)", "5h");
    let faults = draft.faults();
    assert_eq!((faults[0].input, faults[0].severity), (Input::Duration, Severity::Refused), "{faults:?}");
    draft.fix(&faults[0].fix.clone().unwrap());
    assert_eq!((draft.text(), draft.duration_text()), ("cron(0 22 ? * MON *)", "2h"));
    for (typed, fixed) in [("90m", "2h"), ("0h", "1h"), ("25h", "24h")] {
        draft.set_duration_text(typed.into());
        let fault = draft.faults().into_iter().next().expect(typed);
        assert_eq!(fault.input, Input::Duration, "{typed}");
        assert_eq!(fault.fix, Some(Fix::Duration(fixed.into())), "{typed}");
    }
}

#[test]
fn a_duration_that_cannot_be_read_hides_no_rule_of_the_expression() {
    let draft = ScheduleDraft::of("cron(0 0/2 * * ? *)", "soon");
    let inputs: Vec<Input> = draft.faults().iter().map(|fault| fault.input).collect();
    assert_eq!(inputs, [Input::Duration, Input::Expression], "both are told");
}

#[test]
fn the_length_of_the_window_is_the_same_in_form_and_text() {
    let mut draft = draft("rate(10 days)");
    draft.set_duration(WindowDuration::from_hours(3));
    assert_eq!(draft.duration_text(), "3h");
    draft.set_duration_text("4h".into());
    assert_eq!(draft.form().duration, WindowDuration::from_hours(4));
    draft.set_duration(None);
    assert_eq!(draft.duration_text(), "", "AWS's default is no text at all");
}

#[test]
fn the_window_that_is_open_now_comes_first() {
    let draft = ScheduleDraft::of("cron(0 8 ? * MON-FRI *)", "2h");
    let monday = at("2026-11-23T09:30:00Z");
    let windows = draft.windows_from(monday, monday, 12);
    assert_eq!(windows.len(), 12);
    assert_eq!(windows[0].opens_at, at("2026-11-23T08:00:00Z"), "open for another half hour");
    assert_eq!(windows[1].opens_at, at("2026-11-24T08:00:00Z"));
    let opening = draft.windows_from(at("2026-11-23T08:00:00Z"), monday, 2);
    assert_eq!(opening[1].opens_at, at("2026-11-24T08:00:00Z"), "the one that opens now comes once");
    let later = draft.windows_from(at("2026-11-23T10:00:00Z"), monday, 1);
    assert_eq!(later[0].opens_at, at("2026-11-24T08:00:00Z"), "the closing belongs to it no more");
}

#[test]
fn the_year_has_the_days_on_which_a_window_opens() {
    let year =
        |year| NaiveDate::from_ymd_opt(year, 1, 1).unwrap()..NaiveDate::from_ymd_opt(year + 1, 1, 1).unwrap();
    let epoch = at("2026-01-01T00:00:00Z");
    let days = draft("cron(0 1 ? 1/3 SUN#1 *)").days_in(&year(2027), epoch);
    let written: Vec<String> = days.iter().map(ToString::to_string).collect();
    assert_eq!(written, ["2027-01-03", "2027-04-04", "2027-07-04", "2027-10-03"]);
    assert_eq!(draft("rate(4 hours)").days_in(&year(2027), epoch).len(), 365, "each day once");
    let from_november = draft("rate(10 days)").days_in(&year(2026), at("2026-11-21T02:00:00Z"));
    assert_eq!(
        from_november.iter().map(ToString::to_string).collect::<Vec<_>>(),
        ["2026-12-01", "2026-12-11", "2026-12-21", "2026-12-31"],
        "a rate has no past before the last rotation"
    );
    assert!(draft("cron(").days_in(&year(2027), epoch).is_empty());
}

#[test]
fn a_rate_is_offered_the_cron_expression_that_comes_near() {
    for (rate, cron) in [
        ("rate(1 day)", Some("cron(0 0 * * ? *)")),
        ("rate(8 hours)", Some("cron(0 0/8 * * ? *)")),
        ("rate(7 days)", Some("cron(0 0 ? * SUN *)")),
        ("rate(30 days)", Some("cron(0 0 1 * ? *)")),
        ("rate(90 days)", Some("cron(0 0 1 1/3 ? *)")),
        ("rate(365 days)", Some("cron(0 0 1 JAN ? *)")),
        ("rate(10 days)", None),
        ("rate(5 hours)", None),
        ("cron(0 8 ? * MON *)", None),
    ] {
        let offered = draft(rate).nearest_cron();
        assert_eq!(offered.as_deref(), cron, "{rate}");
        if let Some(cron) = offered {
            assert!(draft(&cron).can_be_sent(), "{cron} is a schedule");
        }
    }
}
