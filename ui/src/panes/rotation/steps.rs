//! The four steps of a rotation, as far as labels and versions show them.

use latchkey_domain::rotation::{Progress, RotationStep, StepState};
use leptos::prelude::*;

use crate::parts::{Icon, lucide};

/// One line for each step; a step that is not observable says so.
#[component]
pub fn RotationSteps(progress: Progress) -> impl IntoView {
    let is_partly_hidden = progress.states.contains(&StepState::NotVisible);
    let heading =
        if progress.is_complete() { "The rotation is complete" } else { "The steps of this rotation" };
    let steps = RotationStep::ALL.into_iter().zip(progress.states);
    view! {
        <section class="rotation-section" aria-label=heading data-testid="rotation-steps">
            <h3>{heading}</h3>
            <p class="field-note">"Version " <code class="breakable">{progress.version_id.clone()}</code></p>
            <ol class="rotation-steps">
                {steps.map(|(step, state)| view! { <StepLine step state /> }).collect_view()}
            </ol>
            {is_partly_hidden
                .then(|| {
                    view! {
                        <p class="field-note">
                            "setSecret and testSecret act on the service and leave no trace in labels or versions, so \
                             whether they have run cannot be determined from here."
                        </p>
                    }
                })}
        </section>
    }
}

#[component]
fn StepLine(step: RotationStep, state: StepState) -> impl IntoView {
    let (class, icon) = match state {
        StepState::Done => ("step step-done", lucide::LuCircleCheck),
        StepState::UnderWay => ("step step-under-way", lucide::LuLoaderCircle),
        StepState::NotVisible => ("step step-not-visible", lucide::LuCircleDashed),
        StepState::Waiting => ("step step-waiting", lucide::LuCircle),
        StepState::Failed => ("step step-failed", lucide::LuCircleX),
    };
    view! {
        <li class=class data-testid="rotation-step" data-step=step.as_str()>
            <Icon icon />
            <span>
                <code>{step.as_str()}</code> " " <strong class="step-state">{state.words()}</strong>
                <span class="finding-text">{step.purpose()}</span>
            </span>
        </li>
    }
}
