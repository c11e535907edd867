//! The schedule builder: form and text, each writing the other, and what the schedule will do.

use chrono::{DateTime, Utc};
use latchkey_domain::schedule::PRESETS;
use leptos::prelude::*;

use super::form::ScheduleForm;
use super::outlook::Outlook;
use crate::parts::dom::unique_id;
use crate::parts::{CopyButton, Select, unremembered};
use crate::state::schedule_draft::{Input, ScheduleDraft};
use crate::state::use_state;

/// The value of the preset list that means no preset.
const OWN: &str = "";

/// The builder of the draft that is being changed.
#[component]
pub fn ScheduleBuilder(
    now: Signal<DateTime<Utc>>,
    counted_from: Signal<Option<DateTime<Utc>>>,
) -> impl IntoView {
    let rotation_form = use_state().rotation;
    let draft = rotation_form.draft;
    let fits = Memo::new(move |_| draft.with(ScheduleDraft::fits_form));
    let is_readable = Memo::new(move |_| draft.with(|draft| draft.expression().is_ok()));
    let text = Memo::new(move |_| draft.with(|draft| draft.text().to_owned()));
    let faults_id = unique_id("schedule-faults");
    view! {
        <section class="rotation-section" aria-label="Schedule" data-testid="schedule-builder">
            <h3>"Schedule"</h3>
            <Presets />
            <ScheduleForm />
            <Show when=move || !fits.get() && is_readable.get()>
                <p class="field-note" role="status" data-testid="text-only">
                    "The form cannot show this schedule. Changing the form replaces it."
                </p>
            </Show>
            <div class="rotation-texts">
                <DraftText
                    label="Schedule expression"
                    input=Input::Expression
                    member="schedule_expression"
                    text
                    faults_id=faults_id.clone()
                    on_input=move |text| draft.update(|draft| draft.set_text(text))
                />
                <DraftText
                    label="Duration"
                    input=Input::Duration
                    member="duration"
                    text=Memo::new(move |_| draft.with(|draft| draft.duration_text().to_owned()))
                    faults_id=faults_id.clone()
                    on_input=move |text| draft.update(|draft| draft.set_duration_text(text))
                />
                {move || view! { <CopyButton label="Copy the schedule expression" text=text.get() /> }}
            </div>
            <Outlook draft now counted_from faults_id />
        </section>
    }
}

/// The examples of the user guide, to begin with one.
#[component]
fn Presets() -> impl IntoView {
    let draft = use_state().rotation.draft;
    let known = Memo::new(move |_| {
        let known = |text: &str| PRESETS.iter().any(|preset| preset.expression == text);
        draft.with(|draft| if known(draft.text()) { draft.text().to_owned() } else { OWN.to_owned() })
    });
    let options: Vec<(String, String)> = std::iter::once((OWN.to_owned(), "Custom schedule".to_owned()))
        .chain(PRESETS.iter().map(|preset| (preset.expression.to_owned(), preset.title.to_owned())))
        .collect();
    view! {
        <Select
            label="Start from an example"
            options=Signal::stored(options)
            value=known
            on_change=move |chosen: String| {
                if chosen != OWN {
                    draft.update(|draft| draft.set_text(chosen));
                }
            }
        />
    }
}

/// One of the two expressions that AWS takes. Errors are shown below it, with the fixes.
#[component]
fn DraftText(
    label: &'static str,
    input: Input,
    member: &'static str,
    #[prop(into)] text: Signal<String>,
    /// The list of errors, which describes the field while a rule refuses its content.
    faults_id: String,
    #[prop(into)] on_input: Callback<String>,
) -> impl IntoView {
    let rotation_form = use_state().rotation;
    let id = unique_id("schedule-text");
    let note = format!("{id}-note");
    // The rules' own messages are in the list of findings; the engine's error has no other place.
    let refused = Memo::new(move |_| rotation_form.request.at(member));
    let breaks_a_rule = Memo::new(move |_| rotation_form.draft.with(|draft| draft.refuses(input)));
    let is_invalid = Memo::new(move |_| refused.with(Option::is_some) || breaks_a_rule.get());
    let described_by = {
        let note = note.clone();
        move || if breaks_a_rule.get() { format!("{note} {faults_id}") } else { note.clone() }
    };
    view! {
        <div class="field">
            <label for=id.clone()>{label}</label>
            <input
                {..unremembered()}
                id=id
                class="input mono"
                type="text"
                placeholder=if input == Input::Duration { "default" } else { "" }
                aria-invalid=move || is_invalid.get().then_some("true")
                aria-describedby=described_by
                prop:value=move || text.get()
                on:input=move |event| on_input.run(event_target_value(&event))
            />
            <p id=note class="field-note field-error">{move || refused.get()}</p>
        </div>
    }
}
