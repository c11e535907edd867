//! Why a rotation does not finish, where to look, and what to do.

use std::time::Duration;

use chrono::{DateTime, Utc};
use latchkey_domain::rotation::{Diagnosis, PendingVersion, Remedy, Symptom};
use latchkey_domain::text::short_id;
use latchkey_domain::writes::StageChange;
use leptos::prelude::*;

use crate::parts::{Button, ClearText, ErrorPanel, Icon, Tone, lucide};
use crate::state::hiding::hide_on_blur;
use crate::state::rotation::Question;
use crate::state::{State, use_state};

/// Everything that is known to be wrong; nothing while all is well.
#[component]
pub fn RotationDiagnosis(now: Signal<DateTime<Utc>>) -> impl IntoView {
    let state = use_state();
    let following = state.rotation.following;
    let key_check = state.rotation.key_check;
    let diagnosis = Memo::new(move |_| following.diagnosis(key_check.finding().as_ref(), now.get()));
    on_cleanup(move || following.hide_output());
    move || {
        let diagnosis = diagnosis.get();
        if diagnosis.symptoms.is_empty() || following.is_testing() {
            return ().into_any();
        }
        let Diagnosis { symptoms, causes, remedies, is_stuck } = diagnosis;
        let has_output = symptoms
            .iter()
            .any(|symptom| matches!(symptom, Symptom::StepFailed(failure) if failure.has_output));
        let is_under_way = following.progress().is_some_and(|progress| !progress.is_complete());
        let heading = match (is_stuck, is_under_way) {
            (true, _) => "The rotation is stuck",
            (false, true) => "If the rotation does not finish",
            (false, false) => "Notes",
        };
        let body = view! {
            <ul class="findings">
                {symptoms.into_iter().map(|symptom| view! { <SymptomLine symptom /> }).collect_view()}
            </ul>
            {has_output.then(|| view! { <FunctionOutput /> })}
            {(!causes.is_empty())
                .then(|| {
                    view! {
                        <dl class="rotation-causes" data-testid="rotation-causes">
                            {causes
                                .into_iter()
                                .map(|cause| {
                                    let (title, text) = cause.words();
                                    view! { <dt>{title}</dt><dd>{text}</dd> }
                                })
                                .collect_view()}
                        </dl>
                    }
                })}
            <div class="actions">
                {remedies.into_iter().map(|remedy| view! { <RemedyButton remedy /> }).collect_view()}
            </div>
        };
        // A rotation in progress may still succeed: its details are shown on demand, so that nobody fixes what is not
        // broken.
        if is_under_way && !is_stuck {
            view! {
                <details class="rotation-section" data-testid="rotation-diagnosis">
                    <summary>{heading}</summary>
                    <div class="rotation-diagnosis">{body}</div>
                </details>
            }
            .into_any()
        } else {
            view! {
                <section class="rotation-section" aria-label=heading data-testid="rotation-diagnosis">
                    <h3>{heading}</h3>
                    <div class="rotation-diagnosis">{body}</div>
                </section>
            }
            .into_any()
        }
    }
}

#[component]
fn SymptomLine(symptom: Symptom) -> impl IntoView {
    let (class, icon) = match symptom {
        Symptom::StepFailed(_) => ("finding finding-failed", lucide::LuCircleX),
        Symptom::OutsideItsWindow { .. } => ("finding", lucide::LuInfo),
        _ => ("finding finding-denied", lucide::LuTriangleAlert),
    };
    view! {
        <li class=class data-testid="rotation-symptom">
            <Icon icon />
            <span class="breakable">{symptom.to_string()}</span>
        </li>
    }
}

#[component]
fn RemedyButton(remedy: Remedy) -> impl IntoView {
    let state = use_state();
    let rotation_form = state.rotation;
    let ask = move |question| {
        view! {
            <Button
                disabled=Signal::derive(move || state.detail.is_read_only())
                work=move || rotation_form.ask(question)
            >
                {match question {
                    Question::RotateNow => "Rotate now",
                    Question::TryAgain => "Try again",
                    Question::Cancel => "Cancel rotation",
                }}
            </Button>
        }
    };
    match remedy {
        Remedy::TryAgain => ask(Question::TryAgain).into_any(),
        Remedy::Cancel => ask(Question::Cancel).into_any(),
        Remedy::RotateNow => ask(Question::RotateNow).into_any(),
        Remedy::Finish => {
            let finish = move || {
                if let Some(version_id) = pending_id(state) {
                    state
                        .change_review
                        .propose_move(StageChange::Rollback { version_id, detach_pending: true });
                }
            };
            view! { <Button on_press=finish>"Make it current"</Button> }.into_any()
        }
        Remedy::SetAside => {
            let set_aside = move || {
                if let Some(version_id) = pending_id(state) {
                    let keep_under = kept_label(&version_id);
                    state.change_review.propose_move(StageChange::SetPendingAside { keep_under });
                }
            };
            view! { <Button on_press=set_aside>"Keep it under a label"</Button> }.into_any()
        }
    }
}

fn pending_id(state: State) -> Option<String> {
    let pending = state.detail.secret.with_untracked(|secret| PendingVersion::of(secret.as_ref()?))?;
    Some(pending.version_id)
}

/// A label that no other version has: it ends in the version's own id.
fn kept_label(version_id: &str) -> String {
    format!("unfinished-{}", short_id(version_id))
}

/// The function's output: it may contain values, so it is shown on a click and for a limited time.
#[component]
fn FunctionOutput() -> impl IntoView {
    let state = use_state();
    let following = state.rotation.following;
    let seconds = move || state.preferences.settings.with_untracked(|settings| settings.hide_after_seconds);
    Effect::new(move |hiding: Option<Option<TimeoutHandle>>| {
        if let Some(Some(hiding)) = hiding {
            hiding.clear();
        }
        let limit = Duration::from_secs(seconds().into());
        following
            .output
            .with(Option::is_some)
            .then(|| set_timeout_with_handle(move || following.hide_output(), limit).ok())?
    });
    hide_on_blur(state.preferences.settings.into(), move || following.hide_output());
    view! {
        <div class="function-output" data-testid="function-output">
            {move || match following.output.get() {
                Some(text) => {
                    view! {
                        <ClearText label="Function output" text />
                        <Button tone=Tone::Quiet on_press=move || following.hide_output()>"Hide function output"</Button>
                    }
                        .into_any()
                }
                None => {
                    view! {
                        <Button work=move || following.reveal_output()>
                            "Show function output"
                        </Button>
                        <p class="field-note">"It may contain secret values. It is kept in memory only."</p>
                    }
                        .into_any()
                }
            }}
            {move || following.output_request.failure.get().map(|error| view! { <ErrorPanel error /> })}
        </div>
    }
}
