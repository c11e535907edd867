//! The review of a save; and the merge if somebody else has saved.

mod merge;

use latchkey_domain::Code;
use latchkey_domain::change::{ChangesReview, Planned, SavePreview, SaveWay, WayReason};
use latchkey_domain::guard::Guard;
use latchkey_domain::secret_text::ValueField;
use latchkey_domain::text::{bytes_of, thousands};
use leptos::prelude::*;
use leptos::task::spawn_local;

use self::merge::MergeView;
use crate::parts::button::Button;
use crate::parts::dialog::Dialog;
use crate::parts::difference::{ClearPart, DifferenceView};
use crate::parts::error_panel::ErrorPanel;
use crate::parts::icon::{Icon, lucide};
use crate::parts::review::ReviewForm;
use crate::parts::switch::Switch;
use crate::state::editing::{Editing, MAX_VALUE_BYTES};
use crate::state::review_texts::ReviewTexts;
use crate::state::use_state;
use crate::state::value_edit::ValueEdit;
use crate::state::value_edit::phase::Phase;
use crate::state::word::Word;

/// AWS keeps this many versions, and removes unlabeled ones after at least 24 hours.
const KEPT_VERSIONS: usize = 100;

/// Where consumers find the value, and whether that is somewhere else than now.
fn field_text(field: ValueField, before: Option<ValueField>) -> AnyView {
    let name = view! { <strong>{field.name()}</strong> };
    match before.filter(|before| *before != field) {
        Some(before) => {
            let name_before = before.name();
            view! {
                {name} ". It was " {name_before} ": consumers that read " {name_before} " will not find the value."
            }
            .into_any()
        }
        None => name.into_any(),
    }
}

/// The dialog; there while a save or a merge is looked at.
#[component]
pub fn SaveReview() -> impl IntoView {
    let value_edit = use_state().value_edit;
    let is_open = value_edit.part(Phase::is_in_review);
    let is_merge = value_edit.part(|phase| matches!(phase, Phase::Merging { .. }));
    let plan = value_edit.part(|phase| phase.plan_in_view().cloned());
    let title = value_edit.part(|phase| match phase {
        Phase::Merging { .. } => format!("Merge the value of {}", phase.name()),
        _ => format!("Save the value of {}?", phase.name()),
    });
    view! {
        <Show when=move || is_open.get()>
            <Dialog title wide=true on_close=move || value_edit.leave_review()>
                <div class="save-review" data-testid="save-review">
                    {move || {
                        if is_merge.get() {
                            return view! { <MergeView /> }.into_any();
                        }
                        // It stays typed while the same value is reviewed again.
                        let word = Word::default();
                        (move || plan.get().map(|plan| view! { <Preview plan word /> })).into_any()
                    }}
                </div>
            </Dialog>
        </Show>
    }
}

#[component]
fn Preview(
    plan: ChangesReview,
    /// What the person says to it.
    word: Word,
) -> impl IntoView {
    let value_edit = use_state().value_edit;
    let planned = plan.only().map(|item| item.planned.clone());
    let Some(Planned::Save(preview)) = planned else { return ().into_any() };
    let name = value_edit.peek(Phase::name);
    let typed_label = plan.must_type.as_ref().map(|_| match use_state().detail.guard.get_untracked() {
        Guard::Confirm => format!("Type {name} to save: this connection requires confirmation"),
        _ => format!("Type {name} to save anyway"),
    });
    let verb = if preview.way == SaveWay::First { "Store the first value" } else { "Save as AWSCURRENT" };
    view! {
        <ReviewForm
            name="save-preview"
            plan=Signal::stored(plan)
            verb
            verb_id="save-value"
            typed=word.typed
            typed_label=Signal::stored(typed_label)
            acknowledged=word.acknowledged
            held=value_edit.part(Phase::is_spent)
            busy=value_edit.part(Phase::is_busy)
            failure=move || view! { <Failure value_edit /> }
            on_apply=move || value_edit.save(word.said())
            on_back=move || value_edit.leave_review()
        >
            <SavedAs preview />
        </ReviewForm>
    }
    .into_any()
}

/// What a save would store, and how.
#[component]
fn SavedAs(preview: SavePreview) -> impl IntoView {
    let value_edit = use_state().value_edit;
    let SavePreview {
        difference,
        size_bytes,
        field,
        field_before,
        may_choose_field,
        version_count,
        way,
        why,
    } = preview;
    let fault = value_edit.peek(|phase| phase.text().and_then(Editing::fault));
    // Else there is but one way, or the connection is set to one.
    let may_choose = matches!(why, WayReason::Safest | WayReason::Asked);
    let can_reveal = value_edit.peek(|phase| phase.text().is_some());
    let is_clear = value_edit.part(|phase| phase.values().is_some());
    let clear = move |part| {
        is_clear.get().then(|| value_edit.peek(|phase| clear_text(phase.values()?, &part))).flatten()
    };
    view! {
        {difference
            .map(|difference| view! {
                <DifferenceView difference names=["Now", "After"] clear />
                {can_reveal.then(|| view! { <div class="actions"><RevealValues /></div> })}
            })}
        {fault.map(|fault| {
            view! {
                <p class="banner banner-amber" data-testid="review-fault">
                    <Icon icon=lucide::LuTriangleAlert />
                    <span>"This is not JSON and is saved as plain text. " {fault.to_string()}</span>
                </p>
            }
        })}
        <dl class="facts">
            <dt>"How"</dt>
            <dd data-testid="save-way">
                <strong>{way_text(way)} ". "</strong>
                {why.to_string()}
            </dd>
            <dt>"Stored in"</dt>
            <dd data-testid="value-field-name">{field_text(field, field_before)}</dd>
            <dt>"Size"</dt>
            <dd>{bytes_of(size_bytes, MAX_VALUE_BYTES)}</dd>
            <dt>"Versions"</dt>
            <dd data-testid="version-quota">{quota_text(version_count)}</dd>
        </dl>
        {may_choose
            .then(|| view! {
                <Switch
                    label="Write directly with PutSecretValue (for consumers triggered by that event)"
                    on=value_edit.part(Phase::puts)
                    on_change=move |put| spawn_local(value_edit.choose_way(put))
                />
            })}
        {may_choose_field
            .then(|| view! {
                <Switch
                    label="Store the file as binary (SecretBinary)"
                    on=Signal::stored(field == ValueField::SecretBinary)
                    on_change=move |is_binary| {
                        let field = if is_binary { ValueField::SecretBinary } else { ValueField::SecretString };
                        spawn_local(value_edit.choose_field(field));
                    }
                />
            })}
    }
}

/// A part of the difference in the clear.
fn clear_text(values: &ReviewTexts, part: &ClearPart) -> Option<String> {
    let side = |is_new: bool| if is_new { values.after() } else { values.before() };
    match part {
        ClearPart::Value { is_new, side: at } => side(*is_new).value(at),
        ClearPart::Lines { is_new, from, count } => Some(side(*is_new).lines(*from, *count)),
    }
}

/// Why the last step failed; an expired or used plan is created again.
#[component]
fn Failure(value_edit: ValueEdit) -> impl IntoView {
    let failure = value_edit.part(|phase| {
        let failure = phase.failure()?;
        Some((failure.clone(), failure.code == Code::Conflict || phase.is_spent()))
    });
    move || {
        failure.get().map(|(error, may_review_again)| {
            let again = may_review_again.then(|| {
                view! { <Button work=move || value_edit.plan()>"Review again"</Button> }
            });
            view! { <ErrorPanel error>{again}</ErrorPanel> }
        })
    }
}

fn way_text(way: SaveWay) -> &'static str {
    match way {
        SaveWay::First => "First value",
        SaveWay::Swap => "Swap",
        SaveWay::PutAndVerify => "Put and verify",
    }
}

fn quota_text(version_count: Option<usize>) -> String {
    match version_count {
        Some(count) => format!(
            "{} of {KEPT_VERSIONS} exist; this adds one. AWS removes unlabeled versions after at least 24 hours.",
            thousands(count)
        ),
        None => "The number of versions is unknown (no permission to list them). This adds one.".into(),
    }
}

/// Shows or hides the values of the review.
#[component]
fn RevealValues() -> impl IntoView {
    let value_edit = use_state().value_edit;
    let is_shown = value_edit.part(|phase| phase.values().is_some());
    view! {
        <Show
            when=move || is_shown.get()
            fallback=move || view! {
                <Button
                    icon=lucide::LuEye
                    work=move || value_edit.reveal_values()
                    attr:data-testid="reveal-sides"
                >
                    "Reveal values"
                </Button>
            }
        >
            <Button icon=lucide::LuEyeOff on_press=move || value_edit.hide_values()>"Hide values"</Button>
        </Show>
    }
}

#[cfg(test)]
mod tests {
    use super::quota_text;

    #[test]
    fn the_quota_is_told_as_far_as_it_is_known() {
        assert!(quota_text(Some(12)).starts_with("12 of 100"));
        assert!(quota_text(None).contains("no permission to list"));
    }
}
